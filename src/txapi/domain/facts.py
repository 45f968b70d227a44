"""A fact 事实 of the world happened before it is recorded: a date that lies ahead is a forecast and is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.dates import day_of
from txapi.domain.errors import Refusal

if TYPE_CHECKING:
    from datetime import date, datetime

    from txapi.domain.dates import PartialDate


class FactLiesAhead(Refusal):
    """What has not happened yet is no fact; it may be forecast."""

    en = "The date {on} lies after {today}: that is a forecast, not a fact."
    zh = "日期{on}晚于{today}：尚未发生，只能作为预计。"


def must_have_happened(on: PartialDate, decided_at: datetime) -> PartialDate:
    """The date, capped at the day of the decision (Asia/Shanghai). FactLiesAhead where it certainly lies later."""
    today = day_of(decided_at)
    if on.begins_after(today):
        raise FactLiesAhead(on=on.text(), today=today.isoformat())
    return on.capped(today)


def must_not_lie_ahead(day: date, decided_at: datetime) -> date:
    """The day, unless it is after the day of the decision (Asia/Shanghai). FactLiesAhead."""
    today = day_of(decided_at)
    if day > today:
        raise FactLiesAhead(on=day.isoformat(), today=today.isoformat())
    return day
