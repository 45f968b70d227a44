"""A template 模板 for a kind of sheet: headers in two languages, valid codes as lists, and instructions."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter

from txapi.application.desk import Desk
from txapi.domain.project.description import CODE_KEY
from txapi.domain.reference import References
from txapi.domain.unit import Unit
from txapi.imports.cells import MOST_ROWS
from txapi.imports.kind import SheetKind
from txapi.record.record import Record

ROWS_WITH_LISTS = 1_000
MOST_CODES = 5_000

INSTRUCTIONS = (
    ("先试后录：不加 --yes 只检查，不写入。", "It is only checked, and nothing is recorded, until --yes is given."),
    ("全部写入或全部不写：有一处错误，整个文件都不写入。", "All of a file is recorded, or nothing of it."),
    (
        "重复导入无害：已记录的行不再记录。",
        "To import a file again does no harm: what is recorded is not recorded again.",
    ),
    ("与记录不同的数须更正：--correct 并说明理由。", "What differs from the record takes --correct and a reason."),
    ("合计、总计、小计行不作为数据，只核对其和。", "Rows of totals are no data; their sums are checked."),
    (
        "月份写作 2015-10，不写 2015.10：Excel会把它变成 2015.1。",
        "Write 2015-10, never 2015.10: Excel makes 2015.1 of it.",
    ),
    ("小数须精确；公式结果请用 ROUND 取到实际位数。", "Decimals are exact: round what a formula computes (ROUND)."),
    (f"一个文件至多 {MOST_ROWS} 行。", f"A file has at most {MOST_ROWS} rows."),
    (
        "表头以上可有标题；列的顺序不限，多余的列不读取。",
        "Titles may stand above the header; columns come in any order.",
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that a record knows: what was adopted, its units and its projects."""

    references: References
    units: list[tuple[str, str]]
    projects: list[tuple[str, str]]

    @classmethod
    def of(cls, record: Record) -> Known:
        """What may stand in a sheet for this record now."""
        units = [
            (recorded.event.code, recorded.event.name.zh)
            for recorded in record.standing_events()
            if isinstance(recorded.event, Unit.Registered)
        ]
        codes = sorted(key.value for key in record.indexes().keys if key.kind == CODE_KEY)
        return cls(Desk(record).references, sorted(units), [(code, "") for code in codes[:MOST_CODES]])


def write_template(kind: SheetKind, record: Record) -> bytes:
    """The template of a kind of sheet as .xlsx, with the codes that the record knows."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _fill(book, kind, Known.of(record))
    book.close()
    return content.getvalue()


def _fill(book: Any, kind: SheetKind, known: Known) -> None:
    needed = book.add_format({"bold": True, "bg_color": "#F7D9C4", "text_wrap": True, "valign": "top", "bottom": 1})
    header = book.add_format({"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "valign": "top", "bottom": 1})
    as_text = book.add_format({"num_format": "@"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(kind.label.zh)
    told = book.add_worksheet("填写说明")
    codes = book.add_worksheet("代码")
    lists = kind.lists(known)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    for at, column in enumerate(kind.columns):
        number = isinstance(kind.example.get(column.name), Decimal)
        # Text keeps 2015-10 as it is typed.
        sheet.set_column(at, at, 18, None if number else as_text)
        sheet.write_string(0, at, column.header, needed if column.required else header)
    for place, (name, values) in enumerate((name, values) for name, values in lists.items() if values):
        _list(codes, place, name, values, kind)
        at = next(at for at, column in enumerate(kind.columns) if column.name == name)
        letter = chr(ord("A") + 2 * place)
        sheet.data_validation(
            1, at, ROWS_WITH_LISTS, at,
            {
                "validate": "list",
                "source": f"='代码'!${letter}$2:${letter}${len(values) + 1}",
                "error_title": "代码 code",
                "error_message": "请从列表中选择 choose from the list",
            },
        )  # fmt: skip
    told.set_column(0, 0, 22)
    told.set_column(1, 3, 52, wrapped)
    for row, line in enumerate(_lines(kind)):
        for at, text in enumerate(line):
            told.write_string(row, at, text)


def _list(codes: Any, place: int, name: str, values: list[tuple[str, str]], kind: SheetKind) -> None:
    column = next(column for column in kind.columns if column.name == name)
    codes.set_column(2 * place, 2 * place + 1, 20)
    # No header of a sheet that comes in: nobody's codes shall be taken for rows.
    codes.write_string(0, 2 * place, f"{column.zh}：可填 codes")
    codes.write_string(0, 2 * place + 1, "含义 meaning")
    for row, (code, label) in enumerate(values, 1):
        codes.write_string(row, 2 * place, code)
        codes.write_string(row, 2 * place + 1, label)


def _lines(kind: SheetKind) -> list[tuple[str, ...]]:
    """The sheet of instructions, whose first row is no header of the kind: its columns stand one below the other."""
    lines: list[tuple[str, ...]] = [("本表", kind.meaning.zh, kind.meaning.en)]
    for column in kind.columns:
        example = kind.example.get(column.name)
        needed = "必填 needed" if column.required else ""
        lines.append((column.header.replace("\n", " "), column.hint_zh, column.hint_en, needed))
        if example is not None:
            lines.append(("", f"例 {example}", "", ""))
    return [*lines, *(("", zh, en, "") for zh, en in INSTRUCTIONS)]
