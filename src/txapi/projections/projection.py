"""A projection 投影: how the state of one kind of noun reads as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from txapi.domain.aggregate import Aggregate
from txapi.projections.table import Table

RowsOf = Callable[[Any], Iterable[tuple[Table[Any], Any]]]


@dataclass(frozen=True)
class Projection:
    """The tables that one kind of noun fills, and the function that reads its rows off its state.

    `project` is pure: the same state gives the same rows, in any order. The follower compares them with the current
    rows, closes what changed and opens what is new, so a projection never says "update".
    """

    kind: type[Aggregate]
    tables: tuple[Table[Any], ...]
    project: RowsOf
