"""CSV files, one for each table: UTF-8 with a byte order mark, so that Excel reads Chinese, and nothing that it would run."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txapi.domain.dates import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.audit.tables import Sheet

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""With what a text may not begin in a spreadsheet: it would be read as a formula. An apostrophe is put before it.

The full-width signs are read as formulas by some Chinese and Japanese versions. The apostrophe itself is in the list, so
that the rule to read a text back is one: take one leading apostrophe away.
"""


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: with an apostrophe before a risky beginning."""
    return f"'{text}" if text.startswith(RISKY) else text


def cell(value: Any) -> str:
    """One value as text: instants in Shanghai time with their offset, decimals with every digit, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return harmless(value) if isinstance(value, str) else str(value)


class CsvFiles:
    """One open file for each table; the first line has the names of the columns."""

    def __init__(self, sheets: Iterable[Sheet], paths: dict[str, Path]) -> None:
        self._held = ExitStack()
        self._rows: dict[str, Any] = {}
        for sheet in sheets:
            file = self._held.enter_context(paths[sheet.name].open("w", encoding="utf-8-sig", newline=""))
            rows = self._rows[sheet.name] = csv.writer(file)
            rows.writerow([column.name for column in sheet.columns])

    def write(self, sheet: Sheet, cells: Sequence[Any]) -> None:
        """Add a row to the table's file."""
        self._rows[sheet.name].writerow([cell(value) for value in cells])

    def close(self) -> None:
        """Finish every file."""
        self._held.close()

    def abandon(self) -> None:
        """Let go of every file."""
        self._held.close()
