"""Which tables there are, and all their rows at a moment, one pass over the read models for each kind of noun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from txapi.audit.tables import attempts, beside, events, projects, registers, targets, tickets
from txapi.audit.tables.columns import Line, Sheet
from txapi.audit.tables.extract import Extract

Lines = Iterator[tuple[Sheet, Line]]


@dataclass(frozen=True)
class Family:
    """Tables that are filled together, because one kind of noun holds what stands in them."""

    sheets: tuple[Sheet, ...]
    lines: Callable[[Extract], Lines]


FAMILIES: tuple[Family, ...] = (
    Family(projects.SHEETS, projects.lines),
    Family(tickets.SHEETS, tickets.lines),
    Family(targets.TARGET_SHEETS, targets.target_lines),
    Family(targets.LIST_SHEETS, targets.list_lines),
    Family(registers.SHEETS, registers.lines),
    Family(attempts.SHEETS, attempts.lines),
)

BESIDE: tuple[Family, ...] = (
    Family((beside.CHECKPOINT,), beside.checkpoint_lines),
    Family((beside.DELIVERY,), beside.delivery_lines),
)
"""What is kept beside the record, and follows from no moment of it."""

SHEETS: tuple[Sheet, ...] = (*(sheet for family in FAMILIES for sheet in family.sheets), events.EVENT)
"""Every table of the record, in the order of the workbook."""

SHEETS_BESIDE: tuple[Sheet, ...] = tuple(sheet for family in BESIDE for sheet in family.sheets)
"""Every table of what is kept beside it."""


def lines_of(extract: Extract, events_max: int) -> Lines:
    """Every row of every table of the record at the extract's moment; of the events the last ones, at most so many."""
    for family in FAMILIES:
        yield from family.lines(extract)
    yield from events.lines(extract, events_max)


def lines_of_table(sheet: Sheet, extract: Extract, events_max: int) -> Iterator[Line]:
    """Every row of one table at the extract's moment; of the events the last ones, at most so many."""
    if sheet is events.EVENT:
        told = events.lines(extract, events_max)
    else:
        told = next(family for family in (*FAMILIES, *BESIDE) if sheet in family.sheets).lines(extract)
    return (line for one, line in told if one is sheet)
