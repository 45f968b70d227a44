"""Reading .csv as offices save it: UTF-8 or GB 18030, every value as text, what spreadsheets would run told from what was meant."""

from __future__ import annotations

import csv
import io

from txapi.audit.table_files.csv_files import RISKY
from txapi.domain.errors import BadInput
from txapi.imports.cells import MOST_COLUMNS, MOST_ROWS, Grid, Value, too_many
from txapi.imports.xlsx import text_value


def read_csv(content: bytes) -> Grid:
    """The rows of a CSV file. BadInput BAD_CSV, SHEET_TOO_LARGE."""
    text = _decoded(content)
    # Semicolons and tabs separate in some versions of Excel; the line with the names of the columns shows which.
    separator = max(",;\t", key=text[:4000].count)
    rows: dict[int, list[Value]] = {}
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            if not any(field.strip() for field in fields):
                continue
            if len(rows) > MOST_ROWS + 50:
                raise too_many("rows", MOST_ROWS)
            if len(fields) > MOST_COLUMNS:
                raise too_many("columns", MOST_COLUMNS)
            rows[number] = [text_value(meant(field)) for field in fields]
    except csv.Error as error:
        raise BadInput("BAD_CSV", f"this is no CSV: {error}") from error
    return Grid("", rows)


def meant(field: str) -> str:
    """The text without the apostrophe that an export puts before what a spreadsheet would run."""
    return field[1:] if field.startswith("'") and field[1:].startswith(RISKY) else field


def _decoded(content: bytes) -> str:
    # Excel in China saves GB 18030, which is hardly ever valid UTF-8 where it holds Chinese.
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput("BAD_CSV", "this is neither UTF-8 nor GB 18030: save it as CSV UTF-8")
