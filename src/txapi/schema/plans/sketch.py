"""Sketches: what is asked with the same arguments comes to the same statement, as long as nobody looks at anything else.

A statement is kept with all that it was made from. It is made with a sketch of the reader that has no connection and, for now, of the
moment only says that it is now, and up to which date facts count: who looks at anything else is `Unsure`, and then nothing is kept.
So a kept statement of now is that of any now, at whatever clock, and one of the past is kept for that very moment. A resolver that asks
the sketch for one row says by which statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, NoReturn, TypeVar

from txapi.projections.moment import INDEXED, Reader
from txapi.projections.shapes import Unsure
from txapi.record.database import Dialect
from txapi.schema.asking import Asking

T = TypeVar("T")

MOST_MOMENTS = 8
"""For how many moments something is kept."""


class _Nothing:
    """Stands where nothing may be looked at: whoever does is `Unsure`."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Unsure


class _Now(_Nothing):
    """A moment of which it is known that it is now, and up to which date facts count."""

    now = True

    def __init__(self, valid_on: date | None) -> None:
        self.valid_on = valid_on


class _Unconnected(_Nothing):
    """A connection of which it is known which SQL it speaks."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect


class Asks(Exception):
    """A resolver asks for one row."""

    def __init__(self, sql: str, parameters: Sequence[Any]) -> None:
        super().__init__(sql)
        self.sql, self.parameters = sql, parameters


class _Sketch(Reader):
    """A reader of which it is known what a statement is made from; who asks for one row says by which statement."""

    __slots__ = ()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> NoReturn:
        """See `Reader`."""
        raise Asks(sql, parameters)


def _sketch(reader: Reader) -> Reader:
    moment: Any = _Now(reader.moment.valid_on) if reader.moment.now else reader.moment
    unconnected: Any = _Unconnected(reader.connection.dialect)
    return _Sketch(unconnected, moment, {INDEXED: reader.is_indexed}, reader.hidden)


@dataclass(slots=True)
class Kept(Generic[T]):
    """What is asked with arguments, and what came of it in a sketch, by all that the sketch says."""

    resolve: Callable[..., Any]
    info: Any
    arguments: dict[str, Any]
    kept: dict[Any, T | None] = field(default_factory=dict)

    def of(self, reader: Reader, made: Callable[[Asking], T]) -> T | None:
        """What comes of the sketch of a reader; None where more would have to be known."""
        moment = reader.moment
        key = (
            reader.connection.dialect,
            reader.is_indexed,
            reader.hidden,
            moment.now,
            moment.valid_on if moment.now else moment,
        )
        if key not in self.kept:
            if len(self.kept) >= MOST_MOMENTS:
                self.kept.clear()
            sketch = _sketch(reader)
            try:
                self.kept[key] = made(Asking(reading=lambda: sketch, pinned=None))
            except Exception:
                # Whatever is wrong with what is asked shows where it is asked for in earnest.
                self.kept[key] = None
        return self.kept[key]

    def asked(self, source: Asking) -> Any:
        """What the resolver answers."""
        return self.resolve(source, self.info, **self.arguments)
