"""A table of versioned rows: what a noun answered, from one position of the record until another."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import itertools
import operator
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from txapi.record.instants import instant, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FOREVER = 2**63 - 1
"""The `until` of a row that is current."""

BY_NOUN: Final = "noun"
BY_SPAN: Final = "span"
"""Indexes that every table has: by noun, and by length class."""

R = TypeVar("R")


def answer(zh: str, en: str, **options: Any) -> Any:
    """A field of a row, with its Chinese term and its meaning: the text that the public schema shows."""
    return dataclasses.field(metadata={"zh": zh, "en": en}, **options)


def kept(**options: Any) -> Any:
    """A field of a row that no client sees by itself: the code or id behind a relation."""
    return dataclasses.field(metadata={"hidden": True}, **options)


@dataclass(frozen=True, slots=True)
class Column:
    """How one field of a row is kept: its SQL type and both directions, and what it is in Python."""

    name: str
    sql: str
    encode: Callable[[Any], Any] | None
    decode: Callable[[Any], Any] | None
    hint: Any = None
    """The type of the field without None."""
    nullable: bool = False


def _column(name: str, hint: Any) -> Column:
    nullable, arms = False, [arm for arm in typing.get_args(hint) if arm is not type(None)]
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        nullable = len(arms) < len(typing.get_args(hint))
        hint = arms[0] if len(arms) == 1 else hint
    return dataclasses.replace(_kept(name, hint), hint=hint, nullable=nullable)


def _kept(name: str, hint: Any) -> Column:
    if hint is bool:
        return Column(name, "INTEGER", int, bool)
    if hint is int:
        return Column(name, "INTEGER", None, None)
    if hint is str:
        return Column(name, "TEXT", None, None)
    if hint is Decimal:
        return Column(name, "TEXT", str, Decimal)
    if hint is datetime:
        return Column(name, "INTEGER", micros, instant)
    if hint is date:
        return Column(name, "TEXT", date.isoformat, date.fromisoformat)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        # An enum's `value` is a property in Python; this attribute behind it is read in C.
        return Column(name, "TEXT", operator.attrgetter("_value_"), hint)
    encode = _several if typing.get_origin(hint) in (tuple, list) else _one
    return Column(name, "TEXT", encode, msgspec.json.Decoder(hint).decode)


_JSON = msgspec.json.Encoder(order="deterministic")


def _one(value: Any) -> str:
    return _JSON.encode(value).decode()


def _several(values: Sequence[Any]) -> str:
    return _JSON.encode(values).decode() if values else "[]"


_PLAIN = (str, int, bool, Decimal, date, datetime, type(None))


def _is_immutable(hint: Any) -> bool:
    """Whether a value of that type stays as it is, so that the same object has the same form."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return all(_is_immutable(arm) for arm in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return all(arm is Ellipsis or _is_immutable(arm) for arm in typing.get_args(hint))
    if not isinstance(hint, type):
        return False
    if issubclass(hint, msgspec.Struct):
        fields = typing.get_type_hints(hint)
        frozen = hint.__struct_config__.frozen
        return frozen and all(_is_immutable(fields[name]) for name in hint.__struct_fields__)
    return hint in _PLAIN or issubclass(hint, enum.Enum)


@dataclass(frozen=True, slots=True)
class Extra:
    """A column for filters and sorts that no answer shows: `of` makes it from the fields `reads`, and from nothing else."""

    name: str
    sql: str
    reads: tuple[str, ...]
    of: Callable[..., Any]


_TABLES: dict[type, Table[Any]] = {}


def table_of(answer: type) -> Table[Any] | None:
    """The table that instances of a class are decoded from, as the row that it inherits from says; None for none."""
    return next((_TABLES[base] for base in answer.__mro__ if base in _TABLES), None)


class Table(Generic[R]):
    """Versioned rows of one dataclass.

    `noun` names the column that holds the id of the noun (stream) a row belongs to: "entity_id" for a noun's own row, "project"
    for the milestones of a project. `key` names the columns that tell the rows of one noun apart. `hot` names columns
    of short-lived states: they get an index by length class, which keeps the past as fast as the present.
    `indexes` are column lists for current rows; `sought` those by which few rows are looked up at any moment, a ticket by its
    number. `sorts` names the columns by which lists are usually sorted: as of the
    past, the rows of a page are then chosen from an index alone. `walked` names those by which whole lists are sorted that grow for
    ever: as of the past, their pages are walked to in an index of all versions. `lapsing` names columns that are null but
    where a hot column is 1: most rows of a list in their order have none. `times` names columns of times that never lie ahead of
    their recording: the latest rows of a past moment are found by walking back from it. `counted` names columns that an
    index holds beside what it finds rows by, so that they are counted from the index alone, now and as of the past: under
    BY_SPAN that by length class, under BY_NOUN that by noun, and else that of a hot column.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        *,
        noun: str = "entity_id",
        key: Sequence[str] = (),
        extras: Sequence[Extra] = (),
        indexes: Sequence[str] = (),
        sought: Sequence[str] = (),
        hot: Sequence[str] = (),
        sorts: Sequence[str] = (),
        walked: Sequence[str] = (),
        lapsing: Mapping[str, str] = types.MappingProxyType({}),
        times: Sequence[str] = (),
        counted: Mapping[str, Sequence[str]] = types.MappingProxyType({}),
    ) -> None:
        _TABLES[row] = self
        self.name = name
        self.row = row
        self.noun = noun
        self.key = tuple(key)
        self.identity = (noun, *self.key)
        self.extras = tuple(extras)
        self.indexes = tuple(indexes)
        self.sought = tuple(sought)
        self.hot = tuple(hot)
        self.sorts = tuple(sorts)
        self.walked = tuple(walked)
        self.lapsing = dict(lapsing)
        self.times = tuple(times)
        self.counted = {index: tuple(columns) for index, columns in counted.items()}
        hints = typing.get_type_hints(row)
        self.columns = tuple(_column(field.name, hints[field.name]) for field in dataclasses.fields(row))  # type: ignore[arg-type]
        self.names = tuple(column.name for column in self.columns)
        self.column = {column.name: column for column in self.columns}
        self.select = ", ".join(f"t.{name}" for name in (*self.names, "since"))
        self.width = len(self.names) + 1
        get = operator.attrgetter(*self.names)
        self.raw: Callable[[R], tuple[Any, ...]] = get if len(self.names) > 1 else lambda row: (get(row),)
        self._encoders = tuple(column.encode for column in self.columns)
        self._places = range(len(self.columns))
        self._mutable = tuple(at for at, column in enumerate(self.columns) if not _is_immutable(hints[column.name]))
        self._decoders = tuple((index, column.decode) for index, column in enumerate(self.columns) if column.decode)
        self._extras = tuple((extra.of, tuple(map(self.names.index, extra.reads))) for extra in self.extras)
        self._readers = tuple(
            tuple(number for number, (_, reads) in enumerate(self._extras) if at in reads) for at in self._places
        )
        self._key_at = tuple(self.names.index(part) for part in self.key)

    def encode(self, raw: tuple[Any, ...]) -> tuple[Any, ...]:
        """The fields of a row as the values of its columns, extras last."""
        values = [
            value if value is None or encode is None else encode(value)
            for value, encode in zip(raw, self._encoders, strict=True)
        ]
        values += [of(*[raw[at] for at in reads]) for of, reads in self._extras]
        return tuple(values)

    def encode_like(self, raw: tuple[Any, ...], before: tuple[Any, ...], known: tuple[Any, ...]) -> tuple[Any, ...]:
        """As `encode`, for what follows on a version with the fields `before` and the values `known`.

        An immutable field that is the same object is not encoded again, nor is an extra computed again that reads no
        other fields; where nothing changed, `known` itself is the answer.
        """
        encoders, values, stale = self._encoders, None, set[int]()
        changed = itertools.compress(self._places, map(operator.is_not, raw, before))
        same = [at for at in self._mutable if raw[at] is before[at] and raw[at] is not None and raw[at] is not _EMPTY]
        for at in itertools.chain(changed, same):
            value, encode = raw[at], encoders[at]
            new = value if value is None or encode is None else encode(value)
            if new != known[at]:
                if values is None:
                    values = list(known)
                values[at] = new
                stale.update(self._readers[at])
        if values is None:
            return known
        for at in stale:
            of, reads = self._extras[at]
            values[len(raw) + at] = of(*[raw[place] for place in reads])
        return tuple(values)

    def raw_key(self, raw: tuple[Any, ...]) -> tuple[Any, ...]:
        """What tells a row from the others of its noun, from its fields; the same as `key_of` its values."""
        key = []
        for at in self._key_at:
            value, encode = raw[at], self._encoders[at]
            key.append(value if value is None or encode is None else encode(value))
        return tuple(key)

    def key_of(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """What tells this row from the others of its noun."""
        return tuple(values[at] for at in self._key_at)

    def decode(self, values: Sequence[Any], into: type[R] | None = None) -> R:
        """A row, or an instance of a class that inherits the row, from the values that `select` reads.

        `_since` holds the position that this version holds from.
        """
        cls = into or self.row
        state = dict(zip(self.names, values, strict=False))
        names = self.names
        for index, decode in self._decoders:
            value = values[index]
            if value is not None:
                state[names[index]] = decode(value)
        state["_since"] = values[len(names)]
        row = cls.__new__(cls)
        row.__dict__.update(state)
        return row

    def ddl(self, *, backwards: bool = True) -> list[str]:
        """The statements that make the table, with the indexes that writing needs and those that questions name.

        `backwards`: with the one by which the last changes are walked to. PostgreSQL would take it for what it is not for, and walk
        through all that ever was to find what a moment saw.
        """
        kept = [f"{column.name} {column.sql}" for column in self.columns]
        kept += [f"{extra.name} {extra.sql}" for extra in self.extras]
        name, noun = self.name, self.noun
        bookkeeping = "row INTEGER PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, span INTEGER NOT NULL"
        return [
            f"CREATE TABLE {name} ({bookkeeping}, {', '.join(kept)})",
            f"CREATE INDEX {name}_current ON {name} ({noun}) WHERE until = {FOREVER}",
            *(
                f"CREATE INDEX {name}_latest_{column} ON {name} ({self._latest(column)})"
                for column in self.times
                if backwards or column != "since"
            ),
        ]

    def index_ddl(self) -> list[str]:
        """The statements that make the other indexes, without which questions are answered slowly."""
        name, noun = self.name, self.noun
        chosen = ("until", *self.sorts, noun) if self.sorts else ()
        # Of a noun's many rows those that are counted are few, and found by what tells them apart.
        told_apart = self.key if BY_NOUN in self.counted else ()
        statements = [
            # With `until`, the version of a past moment is told from the others of its noun without reading them.
            f"CREATE INDEX {name}_noun ON {name} ({self._indexed(BY_NOUN, noun, *told_apart, 'since', 'until')})",
            f"CREATE INDEX {name}_span ON {name} ({self._indexed(BY_SPAN, 'span', 'since', *chosen)})",
        ]
        statements += [
            # With what tells rows apart behind it, a page is walked to even where thousands have the same value, or none.
            f"CREATE INDEX {name}_now{number} ON {name} ({self._told_apart(columns)}) WHERE until = {FOREVER}"
            for number, columns in enumerate(self.indexes)
        ]
        # What is nobody's value is never looked up.
        statements += [
            f"CREATE INDEX {name}_sought{number} ON {name} ({columns}, since, until) WHERE {columns.partition(',')[0]} IS NOT NULL"
            for number, columns in enumerate(self.sought)
        ]
        statements += [
            f"CREATE INDEX {name}_walked_{column} ON {name} ({self._told_apart(column)}, since, until)"
            for column in self.walked
        ]
        statements += [
            f"CREATE INDEX {name}_hot_{column} ON {name} ({self._indexed(column, column, 'span', 'since', *chosen)})"
            for column in self.hot
        ]
        return statements

    def index_by(self, column: str, *, now: bool) -> str:
        """The index by which rows are looked up that have one of some values of a column, current ones or any."""
        if column == self.noun:
            return f"{self.name}_{'current' if now else 'noun'}"
        of_any = {columns.partition(",")[0]: f"sought{number}" for number, columns in enumerate(self.sought)}
        of_any |= {each: f"hot_{each}" for each in self.hot}
        current = {columns.partition(",")[0]: f"now{number}" for number, columns in enumerate(self.indexes)}
        return f"{self.name}_{({**of_any, **current} if now else of_any)[column]}"

    def is_listed_by(self, column: str) -> bool:
        """Whether there is an index in which current rows that have one value of a column lie in the order of a list."""
        return any(columns.partition(",")[0] == column for columns in self.indexes)

    def _latest(self, column: str) -> str:
        return ", ".join((f"{column} DESC", *self.identity, *(("since",) if column != "since" else ())))

    def _told_apart(self, columns: str) -> str:
        return ", ".join(dict.fromkeys((*columns.split(", "), *self.identity)))

    def _indexed(self, index: str, *columns: str) -> str:
        """The columns of an index, with those that are counted from it."""
        counted = ("until", *self.counted[index]) if index in self.counted else ()
        return ", ".join(dict.fromkeys((*columns, *counted)))

    def canonical(self, values: tuple[Any, ...]) -> bytes:
        """The bytes that the digest hashes: the table's name and the answers, without bookkeeping."""
        return _JSON.encode([self.name, *values[: len(self.columns)]])


MODULUS = 2**2048
_EMPTY = ()


def row_hash(canonical: bytes) -> int:
    """One row's share of the digest: 2048 bits, because sums of shorter hashes can be forged (Wagner, 2002)."""
    return int.from_bytes(hashlib.shake_256(canonical).digest(256), "big")


def digest_text(total: int) -> str:
    """The digest that people compare: SHA-256 of the sum, in hex."""
    return hashlib.sha256((total % MODULUS).to_bytes(256, "big")).hexdigest()
