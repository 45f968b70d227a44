"""Reading of files: numbers that are exact or refused, dates as they are written, and files that mean harm."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.sheets import workbook
from txapi.audit.table_files.csv_files import harmless
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.imports import xlsx
from txapi.imports.cells import Grid, Unreadable
from txapi.imports.columns import decimal, partial_date
from txapi.imports.csv_file import meant
from txapi.imports.xlsx import exact, read_workbook

DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)
NAME = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def changed(part: str, text: str | None) -> bytes:
    """A workbook with one part written anew, or left out."""
    written = io.BytesIO()
    before = zipfile.ZipFile(io.BytesIO(workbook(("Sheet1", [["a"]]))))
    with before, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            if name != part:
                after.writestr(name, before.read(name))
        if text is not None:
            after.writestr(part, text)
    return written.getvalue()


def cells(xml: str) -> Grid:
    """The worksheet that this XML describes."""
    sheet = f'<worksheet xmlns="{NAME}"><sheetData>{xml}</sheetData></worksheet>'
    return read_workbook(changed("xl/worksheets/sheet1.xml", sheet))[0]


@given(DECIMALS)
@settings(max_examples=40)
def test_what_was_typed_is_read_however_a_binary_number_is_written(number):
    for text in (repr(float(number)), format(float(number), ".17g"), format(number, "f")):
        assert exact(text) == number


@pytest.mark.parametrize("text", ["0.30000000000000004", "1234567890.123456789", "12345678901234567", "1e400", "x"])
def test_a_number_that_is_no_exact_decimal_is_none(text):
    assert isinstance(exact(text), Unreadable)


@given(
    st.lists(
        st.lists(
            st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1)) | st.text("甲a=-&<>\"' ", max_size=8) | DECIMALS,
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    )
)
@settings(max_examples=12)
def test_a_workbook_of_another_program_is_read_as_it_was_written(rows):
    read = read_workbook(workbook(("表", [["header"], *([_openpyxl(value) for value in row] for row in rows)])))[0]

    expected = {}
    for number, row in enumerate([["header"], *rows], 1):
        values = [value.strip() or None if isinstance(value, str) else value for value in map(_openpyxl, row)]
        while values and values[-1] is None:
            values.pop()
        if values:
            expected[number] = values
    assert (read.name, read.rows) == ("表", expected)


def _openpyxl(value: Any) -> Any:
    # A text that begins with an equals sign is a formula to openpyxl.
    return value.lstrip("=") if isinstance(value, str) else value


@given(
    st.dates(date(1990, 1, 1), date(2190, 1, 1)),
    st.sampled_from(["day", "ten", "month", "quarter", "half", "year", "end", "year end", "by", "from", "between"]),
)
@settings(max_examples=100)
def test_every_date_is_read_back_as_it_is_printed_in_chinese(day, how):
    made = {
        "day": lambda: PartialDate.day(day),
        "ten": lambda: PartialDate.ten_days(day.year, day.month, min((day.day - 1) // 10 + 1, 3)),
        "month": lambda: PartialDate.month(day.year, day.month),
        "quarter": lambda: PartialDate.quarter(day.year, (day.month + 2) // 3),
        "half": lambda: PartialDate.half(day.year, (day.month + 5) // 6),
        "year": lambda: PartialDate.year(day.year),
        "end": lambda: PartialDate.month_end(day.year, day.month),
        "year end": lambda: PartialDate.year_end(day.year),
        "by": lambda: PartialDate.from_text(f"by {day}"),
        "from": lambda: PartialDate.between(day, None),
        "between": lambda: PartialDate.between(day, date(2195, 1, 1)),
    }[how]()

    read = partial_date(made.text("zh"))

    assert read is not None
    assert (read.earliest, read.latest, read.precision) == (made.earliest, made.latest, made.precision)


@given(st.text("=+-@'＝\t\n甲a1", max_size=6))
@settings(max_examples=40)
def test_what_an_export_neutralises_is_meant_again(text):
    assert meant(harmless(text)) == text


@pytest.mark.parametrize(("text", "number"), [("1,234.5", "1234.5"), ("１２.5", "12.5"), ("-3", "-3")])
def test_a_number_written_as_text_is_read(text, number):
    assert decimal(text) == Decimal(number)


def test_errors_formulas_and_times_are_cells_that_cannot_be_recorded():
    grid = cells(
        '<row r="3"><c r="B3" t="e"><v>#REF!</v></c><c r="C3"><f>1+1</f></c><c r="D3"><f>1+1</f><v>2</v></c>'
        '<c r="E3" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r><rPh sb="0" eb="1"><t>jia</t></rPh></is></c>'
        '<c t="b"><v>1</v></c></row>'
    )

    [(number, row)] = grid.rows.items()
    assert number == 3
    assert isinstance(row[1], Unreadable)
    assert row[1].why.code == "CELL_HOLDS_AN_ERROR"
    assert isinstance(row[2], Unreadable)
    assert row[2].why.code == "FORMULA_WITHOUT_A_RESULT"
    assert row[3:] == [Decimal(2), "甲乙", "TRUE"]


def test_days_are_days_by_their_format_and_hidden_worksheets_are_left_out():
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["C1"] = 42287, 42287, 42287.5
    sheet["B1"].number_format = 'yyyy"年"m"月"'
    sheet["C1"].number_format = "yyyy-mm-dd"
    book.create_sheet("hidden").sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)

    [grid] = read_workbook(content.getvalue())

    assert grid.rows[1][:2] == [Decimal(42287), date(2015, 10, 10)]
    assert isinstance(grid.rows[1][2], Unreadable)


LAUGHS = f'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet xmlns="{NAME}">&b;</worksheet>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK not a zip", "BAD_WORKBOOK"),
        (changed("xl/workbook.xml", None), "BAD_WORKBOOK"),
        (changed("xl/worksheets/sheet1.xml", LAUGHS), "BAD_WORKBOOK"),
        (changed("xl/worksheets/sheet1.xml", "<worksheet>"), "BAD_WORKBOOK"),
        (changed("xl/worksheets/sheet1.xml", " " * (xlsx.MOST_BYTES + 1)), "SHEET_TOO_LARGE"),
        (workbook(("Sheet1", [["x"] * 65])), "SHEET_TOO_LARGE"),
        (workbook(*((f"S{number}", []) for number in range(33))), "SHEET_TOO_LARGE"),
    ],
    ids=["no zip", "no workbook", "laughs", "no end", "bomb", "columns", "worksheets"],
)
def test_a_file_that_means_harm_is_refused(content, code):
    with pytest.raises(BadInput) as refused:
        read_workbook(content)

    assert refused.value.code == code


def test_rows_beyond_what_is_read_are_refused():
    with pytest.raises(BadInput, match="5000 rows"):
        cells('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
