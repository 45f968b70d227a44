"""Columns of many rows arrive at PostgreSQL as they are."""

from __future__ import annotations

from typing import Any

from txapi.record.place import Place
from txapi.record.postgres.appending import writing_connection
from txapi.record.postgres.arrays import Byteas, Column, Int8s, Texts

COLUMNS: list[tuple[str, type[Column[Any]], list[Any]]] = [
    ("int8[]", Int8s, [0, -1, 2**63 - 1, -(2**63), 1_439_265_600_000_000]),
    ("text[]", Texts, ["", "土地", '{a,"b"}\\\'', "NULL", "🏗 \n"]),
    ("bytea[]", Byteas, [b"", b"\x00\xff\\x00", '{"a":"土地"}'.encode()]),
]


def test_columns_are_read_back_as_they_were_sent(place: Place) -> None:
    assert place.database is not None
    with writing_connection(place.database) as connection:
        for kind, column, values in COLUMNS:
            found = connection.execute(f"SELECT v FROM unnest($1::{kind}) AS v", (column(values),)).fetchall()
            none = connection.execute(f"SELECT v FROM unnest($1::{kind}) AS v", (column([]),)).fetchall()

            assert [value for (value,) in found] == values
            assert none == []
