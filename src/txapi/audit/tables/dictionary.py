"""The data dictionary 数据字典: every column of every table, with its type, unit, meaning in both languages and origin."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from txapi.audit.tables.columns import Column, Get, Kind, Sheet
from txapi.audit.tables.contents import SHEETS, SHEETS_BESIDE
from txapi.domain.labels import Label

KINDS: dict[Kind, Label] = {
    Kind.TEXT: Label(zh="文本", en="text"),
    Kind.INTEGER: Label(zh="整数", en="whole number"),
    Kind.DECIMAL: Label(zh="小数（精确）", en="exact decimal"),
    Kind.BOOLEAN: Label(zh="是否", en="yes or no"),
    Kind.DATE: Label(zh="日期", en="date"),
    Kind.TIME: Label(zh="时刻（北京时间）", en="instant, in Asia/Shanghai"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One column of one table."""

    sheet: Sheet
    column: Column

    def cells(self) -> tuple[str | None, ...]:
        """What the dictionary says of it, in the order of the dictionary's own columns."""
        kind = KINDS[self.column.kind]
        return (
            self.sheet.name, self.sheet.label.zh, self.column.name, self.column.kind.value, kind.zh, self.column.unit or None,
            self.column.zh, self.column.en, self.column.values or None, self.column.source,
        )  # fmt: skip


_COLUMNS = (
    ("table_name", "表", "The table."),
    ("table_zh", "表（中文）", "The table, in Chinese."),
    ("column_name", "列", "The column."),
    ("type", "类型", "The type."),
    ("type_zh", "类型（中文）", "The type, in Chinese."),
    ("unit", "单位", "The unit, where it has one."),
    ("meaning_zh", "含义（中文）", "What it means, in Chinese."),
    ("meaning_en", "含义（英文）", "What it means, in English."),
    ("codes", "代码", "The codes that may stand in it, with their labels."),
    ("source", "出处", "The field of the read models or of the event that it is read from, or computed."),
)


def _reader(at: int) -> Get:
    return lambda line: line.row.cells()[at]


DICTIONARY = Sheet(
    "data_dictionary",
    Label(zh="数据字典", en="data dictionary"),
    Label(zh="一行一列：各表各列的类型、单位、含义和出处。", en="One row for each column of each table."),
    tuple(Column(name, Kind.TEXT, zh, en, "tables", _reader(at)) for at, (name, zh, en) in enumerate(_COLUMNS)),
)


def dictionary() -> Iterator[Entry]:
    """Every column of the tables of the record, those of the dictionary itself last."""
    return _entries((*SHEETS, DICTIONARY))


def _entries(sheets: Iterable[Sheet]) -> Iterator[Entry]:
    for sheet in sheets:
        for column in sheet.columns:
            yield Entry(sheet, column)


def dictionary_text() -> str:
    """The dictionary as CSV, as it is published: with the tables of what is kept beside the record."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([column.name for column in DICTIONARY.columns])
    rows.writerows(entry.cells() for entry in _entries((*SHEETS, *SHEETS_BESIDE, DICTIONARY)))
    return text.getvalue()
