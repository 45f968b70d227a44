"""Sorts and pages in SQL: the terms of a sort, nulls last in both directions, and where a page of a sorted list is cut out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Order:
    """One term of a sort: an SQL expression over `t`, its direction. Nulls come last in both; `certain` says that there are none."""

    expression: str
    descending: bool = False
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: `size` rows after (or before) the row with these sort values; `backward` from the end."""

    size: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """How the rows of a page are found: what they are sorted by; FROM and WHERE; these with ORDER BY; and their parameters.

    `only_full`: a page that another one does not follow may lack rows, and is found by the next cut.
    """

    keys: list[str]
    source: str
    rows: str
    parameters: list[Any]
    only_full: bool = False


def ordered(term: Order, reverse: bool = False) -> str:
    """A term as it stands behind ORDER BY."""
    direction = "DESC" if term.descending != reverse else "ASC"
    if term.certain:
        # To say where nulls come would keep SQLite from walking an index, which says nothing of them.
        return f"{term.expression} {direction}"
    nulls = "FIRST" if reverse else "LAST"
    return f"{term.expression} {direction} NULLS {nulls}"


def beyond(order: Sequence[Order], key: tuple[Any, ...], *, forward: bool) -> tuple[str, list[Any]]:
    """The condition that a row lies strictly after (before) the one with this key."""
    arms: list[str] = []
    values: list[Any] = []
    equal: list[str] = []
    equal_values: list[Any] = []
    for term, value in zip(order, key, strict=True):
        expression = term.expression
        if value is None:
            # Nulls come last: nothing of this term lies after one, every value lies before it.
            strictly, strict_values = ("FALSE", []) if forward else (f"{expression} IS NOT NULL", [])
        else:
            sign = "<" if term.descending == forward else ">"
            strictly, strict_values = f"{expression} {sign} ?", [value]
            if forward:
                strictly = f"({strictly} OR {expression} IS NULL)"
        arms.append(f"({' AND '.join([*equal, strictly])})")
        values += [*equal_values, *strict_values]
        equal.append(f"{expression} IS NULL" if value is None else f"{expression} = ?")
        equal_values += [] if value is None else [value]
    return f"({' OR '.join(arms)})", values
