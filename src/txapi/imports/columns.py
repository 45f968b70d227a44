"""Columns 列 of a sheet that comes in: what they are called, what may stand in them, and how it is read."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from txapi.domain.dates import PartialDate, day_from
from txapi.domain.errors import BadInput
from txapi.domain.labels import label_of
from txapi.domain.money import decimal_of
from txapi.imports.cells import Unreadable, Value
from txapi.imports.wrong import Wrong

E = TypeVar("E", bound=enum.Enum)

SEPARATORS = re.compile("[;；,，、\n]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its header in Chinese, what belongs in it in both languages. `read` refuses what does not (Wrong)."""

    name: str
    zh: str
    hint_zh: str
    hint_en: str
    read: Callable[[Value], Any]
    required: bool = False

    @property
    def header(self) -> str:
        """What stands over the column in a template; either line alone does too."""
        return f"{self.zh}\n{self.name}"

    def is_called(self, header: str) -> bool:
        """Whether a header means this column."""
        return any(folded(line) in (folded(self.zh), folded(self.name)) for line in (header, *header.splitlines()))


def folded(text: str) -> str:
    """A text as it is compared: without space, case and width."""
    return "".join(unicodedata.normalize("NFKC", text).lower().replace("_", "").split())


# -- reading one cell --------------------------------------------------------------------------------------------------


def _readable(value: Value) -> str | Decimal | date | None:
    if isinstance(value, Unreadable):
        raise value.why
    return value


def text(value: Value) -> str | None:
    """Any text. A number or a day is taken as it would be written."""
    value = _readable(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def texts(value: Value) -> tuple[str, ...]:
    """Several texts in one cell, separated by ； or 、 or a comma."""
    found = text(value)
    return tuple(part.strip() for part in SEPARATORS.split(found) if part.strip()) if found else ()


def code(value: Value) -> str | None:
    """A code; what stands behind it in brackets or after a space, as lists of a template show it, is left out."""
    found = text(value)
    if found is None:
        return None
    return unicodedata.normalize("NFKC", found).split()[0]


def yes(value: Value) -> bool:
    """是 or 否; nothing is 否."""
    found = folded(text(value) or "")
    if found in ("是", "yes", "y", "true", "1"):
        return True
    if found in ("", "否", "no", "n", "false", "0"):
        return False
    raise Wrong("NOT_YES_OR_NO", "write yes or no, in either language")


_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def decimal(value: Value) -> Decimal | None:
    """An exact decimal, perhaps negative. Text may group its digits by commas: 1,234.5."""
    value = _readable(value)
    if value is None:
        return None
    if isinstance(value, date):
        raise Wrong("NOT_A_NUMBER", "a number belongs here, and this is a date")
    written = format(value, "f") if isinstance(value, Decimal) else unicodedata.normalize("NFKC", value).strip()
    if _GROUPED.fullmatch(written):
        written = written.replace(",", "")
    try:
        return decimal_of(written, signed=True)
    except BadInput as error:
        raise Wrong(
            "NOT_A_NUMBER",
            "{written} is no number of use: at most 18 digits before the point and 6 after it",
            written=repr(written[:40]),
        ) from error


def day(value: Value) -> date | None:
    """One day."""
    value = _readable(value)
    if value is None or isinstance(value, date):
        return value
    found = partial_date(value)
    if found is None or found.earliest is None or found.earliest != found.latest:
        raise Wrong("NOT_A_DAY", "write one day, such as 2015-10-08")
    return found.earliest


def month(value: Value) -> tuple[int, int] | None:
    """One month: 2015-10, 2015年10月, 201510, or any day in it. What could be January or October is refused."""
    value = _readable(value)
    if value is None:
        return None
    if isinstance(value, date):
        return value.year, value.month
    found = partial_date(value)
    if found is not None and found.earliest and found.latest:
        first, last = found.earliest, found.latest
        if (first.year, first.month) == (last.year, last.month):
            return first.year, first.month
    raise Wrong("NOT_A_MONTH", "write a month, such as 2015-07")


# -- dates, as offices write them --------------------------------------------------------------------------------------

_TENS = {"上": "early", "中": "mid", "下": "late"}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}

_WRITTEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"), lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}"),
    (re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"), lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}"),
    (re.compile(r"(\d{4})年(\d{1,2})月([上中下])旬"), lambda m: f"{m[1]}-{int(m[2]):02d} {_TENS[m[3]]}"),
    (re.compile(r"(\d{4})年(\d{1,2})月底"), lambda m: f"{m[1]}-{int(m[2]):02d} end"),
    (re.compile(r"(\d{4})年(\d{1,2})月份?"), lambda m: f"{m[1]}-{int(m[2]):02d}"),
    (re.compile(r"(\d{4})[-/](\d{1,2})"), lambda m: f"{m[1]}-{int(m[2]):02d}"),
    (re.compile(r"(\d{4})\.(\d{2})"), lambda m: f"{m[1]}-{m[2]}"),
    (re.compile(r"(\d{4})(0[1-9]|1[0-2])"), lambda m: f"{m[1]}-{m[2]}"),
    (re.compile(r"(\d{4})年第?([一二三四1-4])季度"), lambda m: f"{m[1]}-Q{_QUARTERS[m[2]]}"),
    (re.compile(r"(\d{4})年([上下])半年"), lambda m: f"{m[1]}-H{'上下'.index(m[2]) + 1}"),
    (re.compile(r"(\d{4})年底"), lambda m: f"{m[1]} end"),
    (re.compile(r"(\d{4})年"), lambda m: m[1]),
)
_AMBIGUOUS = re.compile(r"(\d{4})\.1")
_EITHER = re.compile(r"(\d{4})\.([2-9])")


def partial_date(value: Value) -> PartialDate | None:
    """A date as precise as it is known: a day, 上中下旬, a month, a quarter, half a year, a year, 底, 底前, 至.

    What a spreadsheet made of 2015.10 is 2015.1, which could be January too: refused, with both ways to write it.
    """
    value = _readable(value)
    if value is None:
        return None
    if isinstance(value, date):
        return PartialDate.day(value)
    written = format(value, "f") if isinstance(value, Decimal) else unicodedata.normalize("NFKC", value).strip()
    if found := _AMBIGUOUS.fullmatch(written):
        year = found[1]
        raise Wrong(
            "MONTH_IS_AMBIGUOUS",
            "{written} could be January or October of {year}: write {january} or {october}",
            written=written,
            year=year,
            january=f"{year}-01",
            october=f"{year}-10",
        )
    if found := _EITHER.fullmatch(written):
        written = f"{found[1]}-{found[2]}"
    try:
        return _partial_date(written, "".join(written.split()))
    except BadInput as error:
        raise Wrong(
            "NOT_A_DATE",
            "{written} is no date; write it as 2015-05-28, 2015-05, 2015-Q2 or 2015, or as offices do",
            written=repr(written[:40]),
        ) from error


def _partial_date(written: str, dense: str) -> PartialDate:
    if dense.endswith("前") and dense[:-1]:
        return PartialDate.from_text(f"by {_standard(dense[:-1])}", _printed(written))
    if dense.endswith("起") and dense[:-1]:
        return PartialDate.from_text(f"{_standard(dense[:-1])}/..", _printed(written))
    if "至" in dense:
        first, _, last = dense.partition("至")
        return PartialDate.from_text(f"{_standard(first)}/{_standard(last)}", _printed(written))
    standard = _standard(dense)
    if standard == dense:
        # What is written as this record writes it, spaces and all, is read by it.
        return PartialDate.from_text(written)
    return PartialDate.from_text(standard, _printed(written))


def _standard(dense: str) -> str:
    for pattern, write in _WRITTEN:
        if found := pattern.fullmatch(dense):
            return write(found)
    return dense


def _printed(written: str) -> str | None:
    """What the source wrote, where it is more than a way of writing a day."""
    try:
        day_from(_standard("".join(written.split())))
    except BadInput:
        return written
    return None


def one_of(choices: type[E], code: str, sentence: str) -> Callable[[Value], E | None]:
    """The reader of cells that name one of the choices, by its label in either language or by its code.

    What names none is Wrong with that code and sentence, whose fact is what was `given`.
    """

    def read(value: Value) -> E | None:
        told = text(value)
        if told is None:
            return None
        for choice in choices:
            label = label_of(choice)
            if folded(told) in (folded(choice.value), folded(label.zh), folded(label.en)):
                return choice
        raise Wrong(code, sentence, given=repr(told[:40]))

    return read
