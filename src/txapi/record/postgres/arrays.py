"""Columns of many rows, as arrays in PostgreSQL's binary form: put together at once, where psycopg turns each value over by itself."""

from __future__ import annotations

import struct
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg.abc import AdaptContext, Buffer

V = TypeVar("V", int, str, bytes)

_LENGTH = struct.Struct(">i").pack
_HEADER = struct.Struct(">iiiii").pack


class Column(Generic[V]):
    """The values of one column, none of them NULL."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[V]) -> None:
        self.values: Sequence[V] = values


class Int8s(Column[int]):
    """Whole numbers, for a parameter of type int8[]."""


class Texts(Column[str]):
    """Texts, for a parameter of type text[]."""


class Byteas(Column[bytes]):
    """Bytes, for a parameter of type bytea[]."""


class _ArrayDumper(Dumper):
    """The binary form: dimensions, whether there are NULLs, the type of the values, how many and from which index; then the values."""

    format = Format.BINARY
    kind: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.oid = psycopg.adapters.types[cls.kind].array_oid

    def _headed(self, count: int, values: Iterable[bytes]) -> Buffer:
        oid = psycopg.adapters.types[self.kind].oid
        return b"".join((_HEADER(1, 0, oid, count, 1), *values)) if count else struct.pack(">iii", 0, 0, oid)


class _Int8sDumper(_ArrayDumper):
    kind = "int8"

    def dump(self, obj: Int8s) -> Buffer:
        count = len(obj.values)
        values: Iterable[int] = chain.from_iterable((8, value) for value in obj.values)
        return self._headed(count, (struct.pack(f">{'iq' * count}", *values),))


class _ByteasDumper(_ArrayDumper):
    kind = "bytea"

    def dump(self, obj: Byteas) -> Buffer:
        return self._headed(len(obj.values), chain.from_iterable((_LENGTH(len(value)), value) for value in obj.values))


class _TextsDumper(_ArrayDumper):
    kind = "text"

    def dump(self, obj: Texts) -> Buffer:
        values = [text.encode() for text in obj.values]
        return self._headed(len(values), chain.from_iterable((_LENGTH(len(value)), value) for value in values))


def adapt(context: AdaptContext) -> None:
    """Let a connection take columns as parameters."""
    context.adapters.register_dumper(Int8s, _Int8sDumper)
    context.adapters.register_dumper(Texts, _TextsDumper)
    context.adapters.register_dumper(Byteas, _ByteasDumper)
