"""A SQLite file of all tables: decimals as text, so that no digit is lost; times as ISO text in Shanghai time."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txapi.audit.tables import Kind
from txapi.domain.dates import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.audit.tables import Sheet

_BATCH = 1000
_TYPES = {Kind.INTEGER: "INTEGER", Kind.BOOLEAN: "INTEGER"}


class SqliteFile:
    """One table for each sheet, with the same names of tables and columns."""

    def __init__(self, path: Path, sheets: Iterable[Sheet]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # The file is new and nobody else's: what a crash leaves of it is thrown away.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "page_size = 4096"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._inserts: dict[str, str] = {}
        for sheet in sheets:
            columns = ", ".join(f'"{column.name}" {_TYPES.get(column.kind, "TEXT")}' for column in sheet.columns)
            self._connection.execute(f'CREATE TABLE "{sheet.name}" ({columns})')
            self._rows[sheet.name] = []
            self._inserts[sheet.name] = f'INSERT INTO "{sheet.name}" VALUES ({", ".join("?" * len(sheet.columns))})'

    def write(self, sheet: Sheet, cells: Sequence[Any]) -> None:
        """Add a row to the table."""
        rows = self._rows[sheet.name]
        rows.append(tuple(map(_value, cells)))
        if len(rows) >= _BATCH:
            self._send(sheet.name)

    def close(self) -> None:
        """Finish the file."""
        for name in self._rows:
            self._send(name)
        self._connection.execute("COMMIT")
        self._connection.close()

    def abandon(self) -> None:
        """Let go of it unfinished."""
        self._connection.close()

    def _send(self, name: str) -> None:
        self._connection.executemany(self._inserts[name], self._rows[name])
        self._rows[name].clear()


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value
