"""Dates of the world: a day in Shanghai, and a partial date 不完整日期, an interval either end of which may be open."""

from __future__ import annotations

import calendar as months
import enum
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NoReturn
from zoneinfo import ZoneInfo

import msgspec

from txapi.domain.errors import BadInput
from txapi.domain.labels import labelled

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The time zone of the domain: days and deadlines end at 24:00 there."""
FIRST_YEAR, LAST_YEAR = 1900, 2199


def day_of(instant: datetime) -> date:
    """The day in Shanghai at that instant, which must carry a time zone."""
    if instant.tzinfo is None:
        raise BadInput("BAD_TIME", "a time must carry its time zone")
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The instant 00:00 of that day in Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant 24:00 of that day in Shanghai, which is 00:00 of the next, in UTC. What comes at it is late."""
    return start_of(day + timedelta(days=1))


def day_from(text: str) -> date:
    """Read one day, "2015-08-06"; BadInput BAD_DATE where there is no such day."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        _bad("a day is written as 2015-08-06")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        _bad(f"there is no day {text}")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        _bad(f"years from {FIRST_YEAR} to {LAST_YEAR} are known here")
    return day


class DatePrecision(enum.Enum):
    """How precisely a date is known, which is how it was said."""

    DAY = "day"
    TEN_DAYS = "ten_days"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    RANGE = "range"
    END_OF = "end_of"
    BY = "by"


labelled(
    {
        DatePrecision.DAY: ("日", "day"),
        DatePrecision.TEN_DAYS: ("旬", "ten days"),
        DatePrecision.MONTH: ("月", "month"),
        DatePrecision.QUARTER: ("季度", "quarter"),
        DatePrecision.HALF: ("半年", "half-year"),
        DatePrecision.YEAR: ("年", "year"),
        DatePrecision.RANGE: ("区间", "range"),
        DatePrecision.END_OF: ("底", "end of"),
        DatePrecision.BY: ("底前", "by"),
    }
)

Ten = Literal[1, 2, 3]
"""上旬, 中旬, 下旬: days 1 to 10, 11 to 20, 21 to the last."""


class PartialDate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """When something happened or is to happen: some day from `earliest` to `latest`, both included; None is open.

    The interval lies within one period of its precision; it may be shorter than the period where the record itself
    narrows it (see `capped`). `printed` is what the source wrote. Building one checks it. BadInput BAD_DATE.
    """

    earliest: date | None
    latest: date | None
    precision: DatePrecision
    printed: str | None = None

    def __post_init__(self) -> None:
        for end in (self.earliest, self.latest):
            if end is not None and not FIRST_YEAR <= end.year <= LAST_YEAR:
                _bad(f"years from {FIRST_YEAR} to {LAST_YEAR} are known here")
        if self.precision is DatePrecision.BY:
            if self.earliest is not None or self.latest is None:
                _bad("a date that says BY has a latest day and no earliest")
        elif self.precision is DatePrecision.RANGE:
            if self.earliest is None and self.latest is None:
                _bad("a range needs at least one end")
        elif self.earliest is None or self.latest is None:
            _bad(f"a date of precision {self.precision.name} has both ends")
        elif _PERIODS[self.precision](self.earliest) != _PERIODS[self.precision](self.latest):
            _bad(f"{self.earliest} to {self.latest} is not within one period of precision {self.precision.name}")
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            _bad("a date cannot end before it begins")

    # -- making one ----------------------------------------------------------------------------------------------

    @classmethod
    def day(cls, day: date, printed: str | None = None) -> PartialDate:
        """Exactly that day."""
        return cls(day, day, DatePrecision.DAY, printed)

    @classmethod
    def ten_days(cls, year: int, month: int, ten: Ten, printed: str | None = None) -> PartialDate:
        """The first, second or third ten days of a month 上旬 中旬 下旬."""
        if ten not in (1, 2, 3):
            _bad("a month has three times ten days: 1, 2 and 3")
        first = _day(year, month, 10 * ten - 9)
        last = _month_end(first) if ten == 3 else _day(year, month, 10 * ten)
        return cls(first, last, DatePrecision.TEN_DAYS, printed)

    @classmethod
    def month(cls, year: int, month: int, printed: str | None = None) -> PartialDate:
        """Some day of that month."""
        first = _day(year, month, 1)
        return cls(first, _month_end(first), DatePrecision.MONTH, printed)

    @classmethod
    def quarter(cls, year: int, quarter: int, printed: str | None = None) -> PartialDate:
        """Some day of that quarter, 1 to 4."""
        if quarter not in (1, 2, 3, 4):
            _bad("a year has four quarters")
        return cls(
            _day(year, 3 * quarter - 2, 1), _month_end(_day(year, 3 * quarter, 1)), DatePrecision.QUARTER, printed
        )

    @classmethod
    def half(cls, year: int, half: int, printed: str | None = None) -> PartialDate:
        """Some day of that half-year, 1 or 2."""
        if half not in (1, 2):
            _bad("a year has two halves")
        return cls(_day(year, 6 * half - 5, 1), _month_end(_day(year, 6 * half, 1)), DatePrecision.HALF, printed)

    @classmethod
    def year(cls, year: int, printed: str | None = None) -> PartialDate:
        """Some day of that year."""
        return cls(_day(year, 1, 1), _day(year, 12, 31), DatePrecision.YEAR, printed)

    @classmethod
    def month_end(cls, year: int, month: int, printed: str | None = None) -> PartialDate:
        """The end of a month 月底, which is read as its last ten days."""
        first = _day(year, month, 21)
        return cls(first, _month_end(first), DatePrecision.END_OF, printed)

    @classmethod
    def year_end(cls, year: int, printed: str | None = None) -> PartialDate:
        """The end of a year 年底, which is read as its last month."""
        return cls(_day(year, 12, 1), _day(year, 12, 31), DatePrecision.END_OF, printed)

    @classmethod
    def by_month_end(cls, year: int, month: int, printed: str | None = None) -> PartialDate:
        """By the end of a month 月底前: any day up to its last."""
        return cls(None, _month_end(_day(year, month, 1)), DatePrecision.BY, printed)

    @classmethod
    def by(cls, day: date, printed: str | None = None) -> PartialDate:
        """Any day up to and including that one."""
        return cls(None, day, DatePrecision.BY, printed)

    @classmethod
    def between(cls, earliest: date | None, latest: date | None, printed: str | None = None) -> PartialDate:
        """Some day from one to the other; at most one end may be open."""
        return cls(earliest, latest, DatePrecision.RANGE, printed)

    @classmethod
    def from_text(cls, text: str, printed: str | None = None) -> PartialDate:
        """Read what a person types; BadInput BAD_DATE.

        "2015-05-28", "2015-05", "2015-Q2", "2015-H1", "2015", "2015-05 early" (mid, late), "2015-05 end", "2015 end",
        "by 2015-09" (or by any of these: by its last day), "2015-03/2015-05", "../2015-05", "2015-03/..".
        """
        if not isinstance(text, str) or len(text) > 64:
            _bad("a date is written as 2015-05-28, 2015-05, 2015-Q2, 2015-H1 or 2015")
        words = " ".join(text.split())
        if words.startswith("by "):
            latest = _simple(words[3:]).latest
            return cls(None, latest, DatePrecision.BY, printed)
        if "/" in words:
            first, _, last = (part.strip() for part in words.partition("/"))
            return cls.between(
                None if first == ".." else _simple(first).earliest,
                None if last == ".." else _simple(last).latest,
                printed,
            )
        return msgspec.structs.replace(_simple(words), printed=printed)

    # -- asking it -----------------------------------------------------------------------------------------------

    def reached_by(self, on: date) -> bool:
        """Whether it has certainly happened by the end of that day: its last day is not later."""
        return self.latest is not None and self.latest <= on

    def begins_after(self, on: date) -> bool:
        """Whether it certainly lies after that day: a fact dated so is refused."""
        return self.earliest is not None and self.earliest > on

    def capped(self, on: date) -> PartialDate:
        """The same date, known on that day to have come: a fact that is recorded on a day happened by that day.

        BadInput DATE_IN_THE_FUTURE where it certainly lies later.
        """
        if self.begins_after(on):
            raise BadInput("DATE_IN_THE_FUTURE", f"{self.text()} lies after {on}, so it is no fact yet")
        if self.latest is not None and self.latest <= on:
            return self
        return msgspec.structs.replace(self, latest=on)

    def text(self, lang: str = "en") -> str:
        """What people read: 2015年5月底 or "end of May 2015"."""
        return _in_chinese(self) if lang == "zh" else _in_english(self)


def _bad(message: str) -> NoReturn:
    raise BadInput("BAD_DATE", message)


def _simple(words: str) -> PartialDate:
    """A date that is neither a range nor a BY."""
    for pattern, make in _FORMS:
        found = pattern.fullmatch(words)
        if found:
            return make(found)
    return _bad("a date is written as 2015-05-28, 2015-05, 2015-Q2, 2015-H1 or 2015")


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        _bad(f"there is no day {year}-{month}-{day}")


def _month_end(day: date) -> date:
    return day.replace(day=months.monthrange(day.year, day.month)[1])


_PERIODS: dict[DatePrecision, Callable[[date], tuple[int, ...]]] = {
    DatePrecision.DAY: lambda day: (day.toordinal(),),
    DatePrecision.TEN_DAYS: lambda day: (day.year, day.month, min((day.day - 1) // 10, 2)),
    DatePrecision.MONTH: lambda day: (day.year, day.month),
    DatePrecision.QUARTER: lambda day: (day.year, (day.month - 1) // 3),
    DatePrecision.HALF: lambda day: (day.year, (day.month - 1) // 6),
    DatePrecision.YEAR: lambda day: (day.year,),
    DatePrecision.END_OF: lambda day: (day.year, day.month),
}

_TENS: dict[str, Ten] = {"early": 1, "mid": 2, "late": 3}

_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], PartialDate]]] = [
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), lambda m: PartialDate.day(day_from(m[0]))),
    (re.compile(r"([0-9]{4})-([0-9]{2})"), lambda m: PartialDate.month(int(m[1]), int(m[2]))),
    (re.compile(r"([0-9]{4})-Q([0-9])"), lambda m: PartialDate.quarter(int(m[1]), int(m[2]))),
    (re.compile(r"([0-9]{4})-H([0-9])"), lambda m: PartialDate.half(int(m[1]), int(m[2]))),
    (re.compile(r"([0-9]{4})"), lambda m: PartialDate.year(int(m[1]))),
    (re.compile(r"([0-9]{4})-([0-9]{2}) end"), lambda m: PartialDate.month_end(int(m[1]), int(m[2]))),
    (re.compile(r"([0-9]{4}) end"), lambda m: PartialDate.year_end(int(m[1]))),
    (
        re.compile(r"([0-9]{4})-([0-9]{2}) (early|mid|late)"),
        lambda m: PartialDate.ten_days(int(m[1]), int(m[2]), _TENS[m[3]]),
    ),
]


def _in_chinese(when: PartialDate) -> str:
    precision = DatePrecision
    first, last = when.earliest, when.latest
    if first is None:
        return f"{_zh_end(last)}前" if last else ""
    if last is None:
        return f"{_zh_day(first)}起"
    year, month = f"{first.year}年", f"{first.year}年{first.month}月"
    match when.precision:
        case precision.DAY:
            return _zh_day(first)
        case precision.TEN_DAYS:
            return f"{month}{'上中下'[min((first.day - 1) // 10, 2)]}旬"
        case precision.MONTH:
            return month
        case precision.QUARTER:
            return f"{year}第{'一二三四'[(first.month - 1) // 3]}季度"
        case precision.HALF:
            return f"{year}{'上下'[(first.month - 1) // 6]}半年"
        case precision.YEAR:
            return year
        case precision.END_OF:
            return f"{year}底" if _is_year_end(first) else f"{month}底"
        case _:
            return f"{_zh_day(first)}至{_zh_day(last)}"


def _in_english(when: PartialDate) -> str:
    precision = DatePrecision
    first, last = when.earliest, when.latest
    if first is None:
        return f"by {_en_end(last)}" if last else ""
    if last is None:
        return f"from {_en_day(first)}"
    month = f"{months.month_name[first.month]} {first.year}"
    match when.precision:
        case precision.DAY:
            return _en_day(first)
        case precision.TEN_DAYS:
            return f"{('early', 'mid', 'late')[min((first.day - 1) // 10, 2)]} {month}"
        case precision.MONTH:
            return month
        case precision.QUARTER:
            return f"Q{(first.month + 2) // 3} {first.year}"
        case precision.HALF:
            return f"H{(first.month + 5) // 6} {first.year}"
        case precision.YEAR:
            return f"{first.year}"
        case precision.END_OF:
            return f"end of {first.year}" if _is_year_end(first) else f"end of {month}"
        case _:
            return f"{_en_day(first)} to {_en_day(last)}"


def _is_year_end(first: date) -> bool:
    return (first.month, first.day) == (12, 1)


def _is_month_end(day: date) -> bool:
    return day.day == months.monthrange(day.year, day.month)[1]


def _zh_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _zh_end(day: date) -> str:
    return f"{day.year}年{day.month}月底" if _is_month_end(day) else _zh_day(day)


def _en_day(day: date) -> str:
    return f"{day.day} {months.month_name[day.month]} {day.year}"


def _en_end(day: date) -> str:
    return f"the end of {months.month_name[day.month]} {day.year}" if _is_month_end(day) else _en_day(day)
