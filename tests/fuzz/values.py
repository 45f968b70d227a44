"""Odd values: what a careless script or somebody who means ill would put where a value belongs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

TEXTS = (
    "", " ", "\x00", "a\x00b", "\u202eright to left", "\ufeff", "\ufffe", "\uffff", "\x7f\x1b[31m", "梧桐街道", "é", "e\u0301", "𠮷" * 50,
    "'; DROP TABLE events; --", "%", "_", "*", '"', "\\", "NEAR(", "a OR b", '"unclosed', "-", "(", "AND", "ß", "İ", "ﬃ", "\r\n", "\t",
    "../../../etc/passwd", "${jndi:ldap://x}", "{{7*7}}", "<script>", "%00", "%s%n", "0x10", "1e309", "NaN", "null", "true",
    "9" * 400, "a" * 3000, "🏛" * 300, "2015-08-11", "2015-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2015-08-11T08:00:00+08:00",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2015-W33-2", "24:00", "12.50", "-0", "1E5", "१२", "²", "٣",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, -0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**308,
    1.5, -0.0, 1e308, 1e-320,
    499, 500, 501,
)  # fmt: skip
DAYS = (
    "2014-01-31",
    "2015-01-01",
    "2015-06-30",
    "2015-07-01",
    "2015-07-31",
    "2015-08-01",
    "2015-08-11",
    "2015-08-12",
    "2016-02-29",
    "1900-01-01",
    "9999-12-31",
)
TIMES = (
    "2015-08-11T08:00:00+08:00",
    "2015-07-31T16:00:00Z",
    "2015-08-11T06:00:30.5Z",
    "2014-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
)
DECIMALS = (
    "0",
    "1",
    "12.50",
    "-3",
    "100000",
    "0.0001",
    "99999999999999.9999",
    "1234567890123456789012345678901234567890",
)


def odd(chance: random.Random, depth: int = 0) -> Any:
    """Anything that JSON can say."""
    turn = chance.random()
    if turn < 0.4:
        return chance.choice(TEXTS)
    if turn < 0.6:
        return chance.choice(NUMBERS)
    if turn < 0.75 or depth > 5:
        return chance.choice((None, True, False))
    if turn < 0.88:
        return [odd(chance, depth + 1) for _ in range(chance.choice((0, 1, 2, 3)))]
    return {
        chance.choice(("", "a", "id", "__proto__", "at", "zh", "first")): odd(chance, depth + 1)
        for _ in range(chance.choice((0, 1, 2)))
    }


class Values:
    """Values of the schema's input types. `known` holds what the record names things by, by sort."""

    def __init__(self, known: Mapping[str, Sequence[str]], *, oddness: float = 0.06) -> None:
        self.known = known
        self._oddness = oddness
        self._scalars: dict[str, Callable[[random.Random, str], Any]] = {
            "ID": self._id,
            "String": self._string,
            "Int": lambda chance, name: chance.choice(
                (1, 2, 3, 5) if name in ("first", "last") else (0, 1, 2, 3, 10, 2015)
            ),
            "Float": lambda chance, _: chance.choice((0.0, 1.5, -2.25, 1e10)),
            "Boolean": lambda chance, _: chance.random() < 0.5,
            "Date": lambda chance, _: chance.choice(DAYS),
            "DateTime": lambda chance, _: chance.choice(TIMES),
            "Decimal": lambda chance, _: chance.choice(DECIMALS),
            "Position": lambda chance, _: str(chance.randint(0, 340)),
            "JSON": lambda chance, _: odd(chance),
        }

    def of(self, chance: random.Random, type_: GraphQLInputType, name: str = "", depth: int = 0) -> Any:
        """A value of that type, for the argument or field of that name; something odd now and then."""
        if chance.random() < self._oddness:
            return odd(chance)
        if isinstance(type_, GraphQLNonNull):
            return self._given(chance, type_.of_type, name, depth)
        if chance.random() < 0.05:
            return None
        return self._given(chance, type_, name, depth)

    def _given(self, chance: random.Random, type_: Any, name: str, depth: int) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._given(chance, type_.of_type, name, depth)
        if isinstance(type_, GraphQLList):
            return [self.of(chance, type_.of_type, name, depth + 1) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        if isinstance(type_, GraphQLEnumType):
            return chance.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(chance, type_, depth)
        assert isinstance(type_, GraphQLScalarType)
        return self._scalars[type_.name](chance, name)

    def _object(self, chance: random.Random, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        if type_.is_one_of and chance.random() < 0.9:
            name = chance.choice(list(type_.fields))
            return {name: self._given(chance, type_.fields[name].type, name, depth + 1)}
        given = {}
        for name, field in type_.fields.items():
            needed = isinstance(field.type, GraphQLNonNull)
            if name in ("commandId", "expectedVersion"):
                keep = chance.random() < 0.1
            else:
                keep = chance.random() < (0.98 if needed else max(0.1, 0.5 - depth * 0.15))
            if keep:
                given[name] = self.of(chance, field.type, name, depth + 1)
        if chance.random() < 0.01:
            given[chance.choice(("", "__typename", "extra"))] = odd(chance)
        return given

    def _id(self, chance: random.Random, name: str) -> str:
        if name == "commandId":
            return f"fuzz-{chance.randrange(1 << 40)}"
        fitting = self.known.get(name) or self.known["id"]
        return chance.choice(fitting if chance.random() < 0.8 else self.known["id"])

    def _string(self, chance: random.Random, name: str) -> str:
        if name in (
            "zh",
            "en",
            "name",
            "reason",
            "opinion",
            "text",
            "description",
            "caption",
            "subject",
            "body",
            "title",
        ):
            return chance.choice(("道路", "桥梁 bridge", "a", "项目", "为什么", f"n{chance.randrange(1 << 30)}"))
        if name == "code" and chance.random() < 0.5:
            return f"fuzz-{chance.randrange(1 << 30)}"
        if name in ("number", "unit", "code", "units", "parent", "sha256"):
            return chance.choice(self.known.get(name) or self.known["unit"])
        return chance.choice(
            self.known["unit"] if chance.random() < 0.5 else ("a", "路", "2015-0001", "2015 (12)", "x" * 40)
        )
