"""How each dialect writes JSON, byte for byte as answers are encoded: without spaces, and nothing escaped but what must be."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol

from txapi.record.database import Dialect

LEAST, MOST = -(2**31), 2**31 - 1
"""The whole numbers that GraphQL has."""

BETWEEN = "\x1e"
"""Stands between rows: JSON holds no such character as it is."""
NULL = "'null'"


class Speaks(Protocol):
    """Expressions of JSON. What they make may stand in `told` and `list_of`, which make a text.

    A value is UNSURE where it is null though not `nullable`, or cannot be written.
    """

    def text(self, value: str, *, nullable: bool) -> str:
        """A text."""

    def integer(self, value: str, *, nullable: bool) -> str:
        """A whole number that GraphQL has."""

    def count(self, value: str) -> str:
        """How many there are, by an expression that may hold parameters, and so stands there once."""

    def boolean(self, value: str, *, nullable: bool) -> str:
        """A truth, kept as 1 or 0."""

    def decimal(self, value: str, *, nullable: bool) -> str:
        """An exact decimal, kept as text; not where that has an exponent."""

    def instant(self, value: str, *, nullable: bool) -> str:
        """An instant, kept in microseconds."""

    def digits(self, value: str, *, nullable: bool) -> str:
        """A whole number as a text."""

    def json(self, value: str, *, nullable: bool = False) -> str:
        """What is JSON already, as an expression of text."""

    def inside(self, value: str, path: Sequence[str]) -> str:
        """A text inside JSON, as an expression of text."""

    def chosen(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        """The JSON that is told for each value."""

    def name(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        """The plain name that is told for each value."""

    def found(self, statement: str) -> str:
        """The JSON that a statement within this one makes with `told`, and null where it finds nothing."""

    def gathered(self, statement: str) -> str:
        """The JSON that a statement within this one makes with `list_of` of rows that are found in their order already."""

    def told(self, fields: Sequence[tuple[str, str]]) -> str:
        """An object."""

    def array(self, values: Sequence[str]) -> str:
        """An array of columns, which hold texts, numbers or nothing."""

    def list_of(self, value: str) -> str:
        """An array of what all rows tell."""

    def joined(self, text: str) -> str:
        """The texts of all rows with BETWEEN between them."""

    def raw(self, text: str) -> str:
        """The bytes of a text, which nobody reads as text."""


def speaking(dialect: Dialect, unsure: str) -> Speaks:
    """How a dialect writes JSON; `unsure` stands where it cannot."""
    return _SQLite(unsure) if dialect is Dialect.SQLITE else _PostgreSQL(unsure)


class _SQLite:
    """Values stay values until `json_object` writes them."""

    def __init__(self, unsure: str) -> None:
        self._unsure = f"'{unsure}'"
        self._unsure_json = f"'\"{unsure}\"'"

    def text(self, value: str, *, nullable: bool) -> str:
        return value if nullable else f"coalesce({value}, {self._unsure})"

    def integer(self, value: str, *, nullable: bool) -> str:
        return self._sure(value, f"{value} BETWEEN {LEAST} AND {MOST}", value, nullable=nullable)

    def count(self, value: str) -> str:
        return value

    def boolean(self, value: str, *, nullable: bool) -> str:
        none = NULL if nullable else self._unsure_json
        return f"json(CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {none} END)"

    def decimal(self, value: str, *, nullable: bool) -> str:
        return self._sure(value, f"instr(upper({value}), 'E') = 0", value, nullable=nullable)

    def instant(self, value: str, *, nullable: bool) -> str:
        part = f"(({value} % 1000000 + 1000000) % 1000000)"
        # These two write faster together than `strftime` does, which reads what form is wanted.
        second = "date({0}, 'unixepoch') || 'T' || time({0}, 'unixepoch')".format
        written = (
            f"CASE WHEN {value} % 1000000 = 0 THEN {second(f'{value} / 1000000')} || 'Z'"
            f" ELSE {second(f'({value} - {part}) / 1000000')} || '.' || substr(1000000 + {part}, 2) || 'Z' END"
        )
        return self.text(written, nullable=nullable)

    def digits(self, value: str, *, nullable: bool) -> str:
        return self.text(f"CAST({value} AS TEXT)", nullable=nullable)

    def json(self, value: str, *, nullable: bool = False) -> str:
        return f"json({value})" if nullable else f"json(coalesce({value}, {self._unsure_json}))"

    def inside(self, value: str, path: Sequence[str]) -> str:
        return f"({value} ->> '$.{'.'.join(path)}')"

    def chosen(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        return f"json({_case(value, told, self._unsure_json, NULL if nullable else None)})"

    def name(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        return _case(value, told, self._unsure, "NULL" if nullable else None)

    def found(self, statement: str) -> str:
        # What is sorted is no longer known to be JSON.
        return f"json(coalesce(({statement}), 'null'))"

    def gathered(self, statement: str) -> str:
        return f"({statement})" if _is_passed_on() else f"json(({statement}))"

    def told(self, fields: Sequence[tuple[str, str]]) -> str:
        pairs = [f"'{name}', {value}" for name, value in fields]
        return f"json_object({', '.join(pairs)})"

    def array(self, values: Sequence[str]) -> str:
        return f"json_array({', '.join(values)})"

    def list_of(self, value: str) -> str:
        return f"json_group_array({value})"

    def joined(self, text: str) -> str:
        return f"group_concat({text}, char({ord(BETWEEN)}))"

    def raw(self, text: str) -> str:
        return f"CAST({text} AS BLOB)"

    def _sure(self, value: str, condition: str, written: str, *, nullable: bool) -> str:
        none = f"WHEN {value} IS NULL THEN NULL " if nullable else ""
        return f"CASE WHEN {condition} THEN {written} {none}ELSE {self._unsure} END"


@cache
def _is_passed_on() -> bool:
    """Whether this SQLite knows of what a statement within another gathers that it is JSON, so that it need not be read again."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        statement = "SELECT json_object('a', (SELECT json_group_array(x) FROM (SELECT 1 AS x LIMIT 1)))"
        return bool(connection.execute(statement).fetchone() == ('{"a":[1]}',))


class _PostgreSQL:
    """Every value is a text of JSON at once: `json_build_object` would write spaces."""

    def __init__(self, unsure: str) -> None:
        self._unsure = f"'\"{unsure}\"'"

    def text(self, value: str, *, nullable: bool) -> str:
        return self._or_none(f"to_json({value})::text", nullable=nullable)

    def integer(self, value: str, *, nullable: bool) -> str:
        return self._sure(value, f"{value} BETWEEN {LEAST} AND {MOST}", f"({value})::text", nullable=nullable)

    def count(self, value: str) -> str:
        return f"({value})::text"

    def boolean(self, value: str, *, nullable: bool) -> str:
        none = NULL if nullable else self._unsure
        return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {none} END"

    def decimal(self, value: str, *, nullable: bool) -> str:
        return self._sure(value, f"strpos(upper({value}), 'E') = 0", f"to_json({value})::text", nullable=nullable)

    def instant(self, value: str, *, nullable: bool) -> str:
        part = f"((({value}) % 1000000 + 1000000) % 1000000)"
        second = f"timestamp '1970-01-01' + (({value}) - {part}) / 1000000 * interval '1 second'"
        written = (
            f"'\"' || to_char({second}, 'YYYY-MM-DD\"T\"HH24:MI:SS')"
            f" || CASE {part} WHEN 0 THEN '' ELSE '.' || lpad({part}::text, 6, '0') END || 'Z\"'"
        )
        return self._or_none(written, nullable=nullable)

    def digits(self, value: str, *, nullable: bool) -> str:
        return self._or_none(f"'\"' || ({value})::text || '\"'", nullable=nullable)

    def json(self, value: str, *, nullable: bool = False) -> str:
        return self._or_none(value, nullable=nullable)

    def inside(self, value: str, path: Sequence[str]) -> str:
        *way, last = path
        steps = "".join(f" -> '{name}'" for name in way)
        return f"({value}::json{steps} ->> '{last}')"

    def chosen(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        return _case(value, told, self._unsure, NULL if nullable else None)

    def name(self, value: str, told: Mapping[str, str], *, nullable: bool) -> str:
        written = {name: f'"{said}"' for name, said in told.items()}
        return _case(value, written, self._unsure, NULL if nullable else None)

    def found(self, statement: str) -> str:
        return f"coalesce(({statement}), 'null')"

    def gathered(self, statement: str) -> str:
        return f"({statement})"

    def told(self, fields: Sequence[tuple[str, str]]) -> str:
        pieces = " || ',".join(f'"{name}":\' || {value}' for name, value in fields)
        return f"('{{{pieces} || '}}')"

    def array(self, values: Sequence[str]) -> str:
        pieces = " || ',' || ".join(f"coalesce(to_json({value})::text, 'null')" for value in values)
        return f"'[' || {pieces} || ']'"

    def list_of(self, value: str) -> str:
        return f"'[' || coalesce(string_agg({value}, ','), '') || ']'"

    def joined(self, text: str) -> str:
        return f"string_agg({text}, chr({ord(BETWEEN)}))"

    def raw(self, text: str) -> str:
        # Nothing is done to it for this type, which no column has: its loader takes the bytes as they come.
        return f"({text})::bpchar"

    def _or_none(self, written: str, *, nullable: bool) -> str:
        return f"coalesce({written}, {NULL if nullable else self._unsure})"

    def _sure(self, value: str, condition: str, written: str, *, nullable: bool) -> str:
        none = f"WHEN {value} IS NULL THEN 'null' " if nullable else ""
        return f"CASE WHEN {condition} THEN {written} {none}ELSE {self._unsure} END"


def _case(value: str, told: Mapping[str, str], unsure: str, none: str | None) -> str:
    arms = " ".join(f"WHEN {quoted(name)} THEN {quoted(said)}" for name, said in told.items())
    last = unsure if none is None else f"CASE WHEN {value} IS NULL THEN {none} ELSE {unsure} END"
    return f"CASE {value} {arms} ELSE {last} END"


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
