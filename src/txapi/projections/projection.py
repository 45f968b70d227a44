"""A projection 投影: how the state of one kind of noun reads as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from txapi.domain.aggregate import Aggregate
from txapi.projections.table import Table

RowsOf = Callable[[Any], Iterable[tuple[Table[Any], Any]]]


@dataclass(frozen=True)
class Aspect:
    """The rows of one table where they follow from a part of the state that few events touch.

    `grounds` gives all that they follow from: values that never change themselves. While these are the very same
    objects as at the event before, the rows are the same too, and `rows` is not asked for them.
    """

    table: Table[Any]
    grounds: Callable[[Any], tuple[Any, ...]]
    rows: Callable[[Any], Iterable[Any]]


@dataclass(frozen=True)
class Parts:
    """The rows of one table where each follows from one part of the state, and from the id of the noun.

    `parts` gives values that never change themselves. A part that is the very same object as at the event before has the
    same row, and `row` is not asked for it. Two parts never have the same key.
    """

    table: Table[Any]
    parts: Callable[[Any], tuple[Any, ...]]
    row: Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Projection:
    """The tables that one kind of noun fills, and what reads its rows off its state.

    `own` gives the rows that any event may change, `aspects` and `parts` those of the other tables. All of it is pure: the
    same state gives the same rows, in any order. The follower compares them with the current rows, closes what changed
    and opens what is new, so a projection never says "update".
    """

    kind: type[Aggregate]
    tables: tuple[Table[Any], ...]
    own: RowsOf
    aspects: tuple[Aspect, ...] = ()
    parts: tuple[Parts, ...] = ()

    @cached_property
    def own_tables(self) -> tuple[Table[Any], ...]:
        """The tables that `own` gives rows of."""
        apart = {aspect.table.name for aspect in self.aspects} | {each.table.name for each in self.parts}
        return tuple(table for table in self.tables if table.name not in apart)

    def project(self, noun: Any) -> Iterator[tuple[Table[Any], Any]]:
        """Every row of the noun."""
        yield from self.own(noun)
        for aspect in self.aspects:
            for row in aspect.rows(noun):
                yield aspect.table, row
        for each in self.parts:
            for part in each.parts(noun):
                yield each.table, each.row(noun, part)
