"""Extracts written as files and read back the way other people's programs read them."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from tests.city import City, instant
from tests.views import snapshot_of
from txapi.audit.table_files import FORMATS, Written, write_tables
from txapi.audit.tables import Extract
from txapi.projections.moment import Reader, at_position, at_time, head_of
from txapi.projections.views import Views
from txapi.record import Record


def extract_of(
    record: Record, views: Views, at: str | int | None = None, valid_on: date | None = None, clock: str | None = None
) -> Extract:
    """The record as of a position or time, judged by that time unless another clock is given."""
    connection = snapshot_of(views)
    judged = instant(clock) if clock else None
    if isinstance(at, str):
        moment = at_time(connection, instant(at), judged, valid_on)
    else:
        moment = at_position(connection, head_of(connection) if at is None else at, judged, valid_on)
    return Extract(Reader(connection, moment), record)


def written(city: City, folder: Path, events_max: int = 1000, **moment: Any) -> Written:
    """The tables of a city, in every format."""
    return write_tables(extract_of(city.record, city.views, **moment), folder, FORMATS, events_max)


def in_csv(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def in_sqlite(folder: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table of the SQLite file."""
    with closing(sqlite3.connect(folder / "tables.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]


def in_workbook(folder: Path, table: str) -> list[dict[str, Any]]:
    """The cells of a worksheet below its two headers, by the name of the column."""
    book = openpyxl.load_workbook(folder / "tables.xlsx", data_only=False)
    [name] = [name for name in book.sheetnames if name.endswith(f" {table}")]
    rows = list(book[name].iter_rows())
    names = [cell.value for cell in rows[1]]
    found: list[dict[str, Any]] = [dict(zip(map(str, names), row, strict=True)) for row in rows[2:]]
    book.close()
    return found
