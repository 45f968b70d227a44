"""Rows of a sheet that comes in: its header is found, every cell is read, totals are set apart, and everything wrong is gathered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from txapi.domain.errors import BadInput, Refusal
from txapi.domain.labels import Label
from txapi.imports.cells import MOST_ROWS, Grid, Value, too_many
from txapi.imports.columns import Column, folded
from txapi.imports.wrong import Wrong

HEADER_WITHIN = 20
"""The header is one of the first so many rows: titles and notes may stand above it."""
MOST_PROBLEMS = 500
TOTALS = ("合计", "总计", "小计", "total", "subtotal", "grandtotal", "sum")
OF_WHAT = (
    "全省", "全市", "全区", "全县", "全镇", "各镇", "各单位", "本月", "当月", "本季", "本季度", "本年", "本年度",
    "全年", "上半年", "本页", "以上",
)  # fmt: skip
"""What may stand before such a word, for totals of those. Nothing else may: a subject that ends with one of the words is none."""
_TOTAL = re.compile(f"(?:{'|'.join(OF_WHAT)})?({'|'.join(TOTALS)})(?:数|额)?:?")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a cell (Sheet1!C7) or a row; `code` is published, `zh` and `en` say it to people."""

    cell: str
    code: str
    zh: str
    en: str


class Problems:
    """Everything that is wrong with a sheet, each with its place; the notes tell what could not be checked."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.notes: list[Problem] = []
        self.more = 0
        """How many more there were than are told."""

    def add(self, cell: str, error: Wrong | BadInput | Refusal, names: Mapping[str, Label] | None = None) -> None:
        """Something is wrong there, so that nothing will be recorded. `names` are those of units that a refusal names by code."""
        if len(self.found) >= MOST_PROBLEMS:
            self.more += 1
            return
        if isinstance(error, Refusal):
            self.found.append(Problem(cell, error.code, error.message("zh", names), error.message("en", names)))
        elif isinstance(error, Wrong):
            self.found.append(Problem(cell, error.code, error.zh, error.en))
        else:
            self.found.append(Problem(cell, error.code, str(error), str(error)))

    def note(self, cell: str, note: Wrong) -> None:
        """Something could not be checked, or was left out."""
        if len(self.notes) < MOST_PROBLEMS:
            self.notes.append(Problem(cell, note.code, note.zh, note.en))


@dataclass(slots=True)
class Row:
    """One row: what its columns hold, by name, as it was read."""

    table: Table
    number: int
    values: dict[str, Any]
    good: bool = True

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    def place(self, column: str | None) -> str:
        """Where a column of this row stands; the whole row for a column that the sheet has not."""
        at = self.table.at.get(column) if column is not None else None
        return self.table.grid.row_place(self.number) if at is None else self.table.grid.place(self.number, at)

    def place_of(self, column: str | None, facts: Mapping[Any, object]) -> str:
        """Where what a rule said no to stands: in this column, if the sheet has it; else in the first that is called as one of
        the facts is, or that holds the unit or the noun which they name; the whole row where there is none."""
        at = self.table.at
        called = (name for name in (column, *facts) if isinstance(name, str) and name in at)
        named = {facts[name] for name in NAMING if isinstance(facts.get(name), str)}
        holding = (name for name in at if named.intersection(_texts(self.values.get(name))))
        return self.place(next(called, None) or next(holding, None))


NAMING = ("id", "unit")
"""The facts of a refusal that name a noun or a unit as a cell does."""


def _texts(value: Any) -> Iterable[str]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


@dataclass(slots=True)
class Total:
    """A row of totals: it is no fact, and says what the rows above it add up to, from row `after` on."""

    row: Row
    after: int
    grand: bool


@dataclass(slots=True)
class Table:
    """The rows below one header. `at` is where each column stands."""

    grid: Grid
    at: dict[str, int]
    rows: list[Row] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)


def tables_of(grids: Iterable[Grid], columns: Sequence[Column], problems: Problems) -> list[Table]:
    """The tables among the worksheets: those with a header that names every column which is needed."""
    tables = [table for grid in grids for table in _table(grid, columns, problems)]
    count = sum(len(table.rows) for table in tables)
    if count > MOST_ROWS:
        raise too_many("rows", MOST_ROWS)
    return tables


def missing_columns(grids: Iterable[Grid], columns: Sequence[Column]) -> list[Column]:
    """The columns that are needed and missing from the row which comes nearest to a header."""
    needed = [column for column in columns if column.required]
    best = needed
    for grid in grids:
        for number in _first_rows(grid):
            at = _header(grid.rows[number], columns)
            missing = [column for column in needed if column.name not in at]
            if len(missing) < len(best):
                best = missing
    return best


def _first_rows(grid: Grid) -> list[int]:
    return [number for number in sorted(grid.rows) if number <= HEADER_WITHIN]


def _table(grid: Grid, columns: Sequence[Column], problems: Problems) -> Iterator[Table]:
    needed = {column.name for column in columns if column.required}
    for number in _first_rows(grid):
        at = _header(grid.rows[number], columns)
        if needed <= at.keys():
            _note_others(grid, number, columns, at, problems)
            table = Table(grid, at)
            _fill(table, number, columns, problems)
            yield table
            return


def _header(values: Sequence[Value], columns: Sequence[Column]) -> dict[str, int]:
    at: dict[str, int] = {}
    for position, value in enumerate(values):
        if isinstance(value, str):
            for column in columns:
                if column.is_called(value):
                    at.setdefault(column.name, position)
    return at


def _note_others(grid: Grid, number: int, columns: Sequence[Column], at: dict[str, int], problems: Problems) -> None:
    for position, value in enumerate(grid.rows[number]):
        if value is None or position in at.values():
            continue
        place = grid.place(number, position)
        if isinstance(value, str) and any(column.is_called(value) for column in columns):
            problems.add(place, Wrong("COLUMN_TWICE", "the column {header} is here twice", header=repr(value)))
        else:
            problems.note(
                place, Wrong("COLUMN_IS_NOT_READ", "the column {header} is not read", header=repr(str(value)))
            )


def _fill(table: Table, header: int, columns: Sequence[Column], problems: Problems) -> None:
    begins = header
    for number in sorted(table.grid.rows):
        if number <= header:
            continue
        values = table.grid.rows[number]
        if word := _total_word(table, values):
            grand = word not in ("小计", "subtotal")
            row = Row(table, number, _read_total(table, values, columns))
            table.totals.append(Total(row, header if grand else begins, grand))
            begins = number
            continue
        if all(at >= len(values) or values[at] is None for at in table.at.values()):
            continue
        table.rows.append(_row(table, number, values, columns, problems))


def _total_word(table: Table, values: Sequence[Value]) -> str:
    """The word that makes the row one of totals, wherever it stands in it; empty for a row of facts."""
    for value in values:
        if isinstance(value, str) and (word := total_word(value)):
            return word
    return ""


def total_word(text: str) -> str:
    """The word for a total that a cell holds, without of what (全市合计, 本月小计) and how counted (合计数); empty where it holds none."""
    found = _TOTAL.fullmatch(folded(text))
    return "" if found is None else found[1]


def _read_total(table: Table, values: Sequence[Value], columns: Sequence[Column]) -> dict[str, Any]:
    """What a row of totals says, as far as it can be read."""
    read: dict[str, Any] = {}
    for column in columns:
        value = _at(values, table.at.get(column.name))
        if isinstance(value, str) and total_word(value):
            continue
        try:
            read[column.name] = column.read(value)
        except Wrong as wrong:
            read[column.name] = wrong
    return read


def _row(table: Table, number: int, values: Sequence[Value], columns: Sequence[Column], problems: Problems) -> Row:
    row = Row(table, number, {})
    for column in columns:
        value = _at(values, table.at.get(column.name))
        try:
            if value is None and column.required:
                raise Wrong("CELL_IS_EMPTY", "{name} must be filled in", name=Label(zh=column.zh, en=column.name))
            row.values[column.name] = column.read(value)
        except Wrong as wrong:
            problems.add(row.place(column.name), wrong)
            row.good = False
    return row


def _at(values: Sequence[Value], at: int | None) -> Value:
    return None if at is None or at >= len(values) else values[at]
