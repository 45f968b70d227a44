"""What can be imported: a kind of sheet with its columns, and what a row of it asks the desk for."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from txapi.application.desk import Order
from txapi.application.together import Together
from txapi.domain.event import Metadata, Source
from txapi.domain.labels import Label
from txapi.imports.columns import Column
from txapi.imports.rows import Problems, Row, Table
from txapi.imports.wrong import Wrong


class Outcome(enum.Enum):
    """What becomes of a row."""

    NEW = "new"
    SAME = "same"
    CORRECTED = "corrected"


@dataclass(slots=True)
class Importing:
    """One run over the rows: the desk that decides without recording, whose envelope the commands carry, what was wrong."""

    desk: Together
    meta: Metadata
    kind: str
    file: str
    correct: bool
    problems: Problems

    def order(self, row: Row, reason: str | None = None) -> Order:
        """The envelope of a command, whose source is the row; a reason in the row goes before that of the whole file."""
        source = Source(document=self.file, locator=row.place(None))
        return Order(msgspec.structs.replace(self.meta, source=source, reason=reason or self.meta.reason))

    def must_correct(self, column: str, sentence: str, **facts: str | Label) -> None:
        """Refuse a row that says otherwise than the record, unless it was asked to correct."""
        if not self.correct:
            raise Wrong("DIFFERS_FROM_THE_RECORD", sentence, column, **facts)


Act = Callable[[Importing, Row], Outcome]
Lists = dict[str, list[tuple[str, str]]]
"""For a column, the codes that may stand in it, each with what people read for it."""


def _unordered(rows: Sequence[Row]) -> Iterable[Row]:
    return rows


def _unchecked(importing: Importing, tables: Sequence[Table]) -> None:
    """Nothing is said by several rows together."""


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A kind of sheet. `act` asks the desk for what one row says; `check` compares rows and totals; `lists` gives valid codes.

    `places` says in which column stands what an error is about, by its code, where no fact of it is called as a column is.
    """

    name: str
    label: Label
    meaning: Label
    columns: tuple[Column, ...]
    act: Act
    example: dict[str, Any]
    lists: Callable[[Any], Lists]
    places: Mapping[str, str]
    check: Callable[[Importing, Sequence[Table]], None] = _unchecked
    ordered: Callable[[Sequence[Row]], Iterable[Row]] = _unordered
