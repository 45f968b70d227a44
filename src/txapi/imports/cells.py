"""Cells 单元格 as they were read: text, an exact number, a day, or what cannot be read and why; each with its place."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from txapi.domain.errors import BadInput
from txapi.imports.wrong import Wrong

MOST_ROWS = 5_000
"""Rows of a sheet at most: they are recorded in one transaction."""
MOST_COLUMNS = 64
MOST_CHARACTERS = 12_000
"""Of one cell; the longest text that a ticket holds has 10,000."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that holds something, and nothing that can be recorded: an error of Excel, a number that lost digits."""

    why: Wrong


Value = str | Decimal | date | Unreadable | None
"""What a cell holds; None where it is empty."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One worksheet, or a CSV file: rows by their number, each with its cells from column A on. `name` is empty for CSV."""

    name: str
    rows: dict[int, list[Value]]

    def place(self, row: int, column: int) -> str:
        """How people name a cell: Sheet1!C7. Columns count from 0, rows from 1."""
        return f"{self._prefix}{letters(column)}{row}"

    def row_place(self, row: int) -> str:
        """How a whole row is named: Sheet1!7:7."""
        return f"{self._prefix}{row}:{row}"

    @property
    def _prefix(self) -> str:
        if not self.name:
            return ""
        return f"{self.name}!" if self.name.isalnum() else f"'{self.name}'!"


def letters(column: int) -> str:
    """The letters of a column: A for 0, AA for 26."""
    found, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = string.ascii_uppercase[rest] + found
    return found


def too_many(what: str, most: int) -> BadInput:
    """The complaint about a file that is larger than it may be."""
    return BadInput("SHEET_TOO_LARGE", f"the file has more than {most} {what}")
