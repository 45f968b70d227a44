"""An Excel workbook of all tables: Chinese and English headers that stay in sight, dates as dates, decimals exact."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from txapi.audit.table_files.csv_files import RISKY
from txapi.audit.tables import Kind
from txapi.domain.dates import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.audit.tables import Column, Sheet

ROWS_MAX = 1_000_000
"""How many rows of a table stand on one worksheet (Excel ends at 1,048,576); the rest goes on another, named `… 2`."""
DIGITS_MAX = 15
"""How many digits Excel keeps of a number; what has more is written as text."""
TEXT_MAX = 32_767
"""How much text Excel keeps in one cell; what is longer ends with a word that says so."""
CUT = "……（过长，全文见CSV或SQLite too long for a cell: the whole text is in the CSV and SQLite files）"

_HEADERS = 2
_A3 = 8
_WIDTHS = {Kind.TEXT: 16, Kind.INTEGER: 10, Kind.DECIMAL: 15, Kind.BOOLEAN: 9, Kind.DATE: 11, Kind.TIME: 19}
_WIDE = ("name", "title", "subject", "location", "reason", "_because_zh", "meaning_zh", "text", "text_zh", "value")
_WIDER = ("body", "content", "note", "opinion", "outcome", "result", "printed", "meaning_en", "codes", "description")


class Workbook:
    """The workbook, row by row: never more than the row at hand is in memory."""

    def __init__(self, path: Path, sheets: Iterable[Sheet], title: str, created: datetime) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                # The rows wait beside the file, where an unfinished export is cleared away.
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        # The file says when the record was what it tells, not when it was written: the same moment, the same bytes.
        self._book.set_properties({"title": title, "created": created.replace(tzinfo=None)})
        self._header = self._book.add_format(
            {"bold": True, "bg_color": "#DDE6EE", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._identifier = self._book.add_format({"font_color": "#5A6672", "bg_color": "#F3F6F8", "bottom": 1})
        self._formats = {
            Kind.DATE: self._book.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.TIME: self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            Kind.TEXT: self._book.add_format({"num_format": "@"}),
        }
        # As if an apostrophe had been typed before it: whoever edits the cell runs nothing, and the text is what it was.
        self._risky = self._book.add_format({"quote_prefix": True})
        self._places: dict[str, _Place] = {}
        self._sheets = tuple(sheets)
        for sheet in self._sheets:
            self._places[sheet.name] = _Place(self._begin(sheet, 1))

    def write(self, sheet: Sheet, cells: Sequence[Any]) -> None:
        """Add a row to the table's worksheet."""
        place = self._places[sheet.name]
        if place.row == _HEADERS + ROWS_MAX:
            self._end(sheet, place)
            place.sheet, place.row, place.number = self._begin(sheet, place.number + 1), _HEADERS, place.number + 1
        for at, (column, value) in enumerate(zip(sheet.columns, cells, strict=True)):
            if value is not None:
                self._cell(place.sheet, place.row, at, column, value)
        place.row += 1
        place.any = True

    def close(self) -> None:
        """Finish the file."""
        for sheet in self._sheets:
            self._end(sheet, self._places[sheet.name])
        self._book.close()

    def abandon(self) -> None:
        """Let go of it unfinished: the library would otherwise write the file when the object goes."""
        self._book.fileclosed = True
        for worksheet in self._book.worksheets():
            worksheet.row_data_fh.close()

    def _begin(self, sheet: Sheet, number: int) -> Any:
        name = f"{sheet.label.zh} {sheet.name}" + (f" {number}" if number > 1 else "")
        worksheet = self._book.add_worksheet(name)
        worksheet.freeze_panes(_HEADERS, 1)
        worksheet.set_landscape()
        worksheet.set_paper(_A3)
        worksheet.repeat_rows(0, _HEADERS - 1)
        worksheet.repeat_columns(0)
        for at, column in enumerate(sheet.columns):
            worksheet.set_column(at, at, width_of(column))
            worksheet.write_string(0, at, column.zh, self._header)
        for at, column in enumerate(sheet.columns):
            worksheet.write_string(1, at, column.name, self._identifier)
        return worksheet

    def _end(self, sheet: Sheet, place: _Place) -> None:
        if not place.any:
            place.sheet.set_tab_color("#C8CED4")
        place.sheet.autofilter(1, 0, max(place.row - 1, 1), len(sheet.columns) - 1)

    def _cell(self, worksheet: Any, row: int, at: int, column: Column, value: Any) -> None:
        if isinstance(value, bool):
            worksheet.write_boolean(row, at, value)
        elif isinstance(value, datetime):
            local = value.astimezone(SHANGHAI).replace(tzinfo=None)
            worksheet.write_datetime(row, at, local, self._formats[Kind.TIME])
        elif isinstance(value, date):
            worksheet.write_datetime(row, at, datetime(value.year, value.month, value.day), self._formats[Kind.DATE])  # noqa: DTZ001 - a cell has no zone
        elif isinstance(value, int | Decimal) and is_kept_by_excel(value):
            worksheet.write_number(row, at, value)
        else:
            text = format(value, "f") if isinstance(value, Decimal) else str(value)
            told = text if len(text) <= TEXT_MAX else text[: TEXT_MAX - len(CUT)] + CUT
            worksheet.write_string(row, at, told, self._risky if text.startswith(RISKY) else None)


class _Place:
    """Where the next row of a table goes."""

    def __init__(self, sheet: Any) -> None:
        self.sheet, self.row, self.number, self.any = sheet, _HEADERS, 1, False


def is_kept_by_excel(number: int | Decimal) -> bool:
    """Whether Excel keeps every digit of the number."""
    _, digits, exponent = Decimal(number).as_tuple()
    return len(digits) + max(int(exponent), 0) <= DIGITS_MAX


def width_of(column: Column) -> int:
    """A sensible width in characters: by type and name, and at least what half of the header needs."""
    if column.name.endswith(_WIDER):
        width = 44
    elif column.name.endswith(_WIDE):
        width = 24
    else:
        width = _WIDTHS[column.kind]
    return max(width, min(len(column.name) + 2, 24), min(2 * len(column.zh) + 2, 24))
