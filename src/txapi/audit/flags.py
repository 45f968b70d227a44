"""What an auditor is told of the events behind a change: that the fact was recorded late, that it was a correction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.event import Event
from txapi.domain.ticket import Ticket
from txapi.projections.history import happened_on
from txapi.projections.moment import Moment
from txapi.record.record import RecordedEvent


@dataclass(frozen=True, slots=True)
class Flags:
    """Of the events behind one change.

    `back_dated`: one of them was recorded after the earlier moment, on a later day than that of the fact, and states a
    fact of that moment's day or an earlier one. `lag_days` is how many days the latest of these was late.
    """

    back_dated: bool
    correction: bool
    lag_days: int | None


def flags_of(before: Moment, events: Iterable[RecordedEvent]) -> Flags:
    """The flags of a change between `before` and a later moment, by the events that are to blame for it."""
    lags: list[int] = []
    correction = False
    for recorded in events:
        correction = correction or is_correction(recorded.event)
        day = last_day_of(recorded.event)
        if day is None or recorded.position <= before.position or day > before.valid_day:
            continue
        lag = (day_of(recorded.recorded_at) - day).days
        if lag > 0:
            lags.append(lag)
    return Flags(bool(lags), correction, max(lags, default=None))


def is_correction(event: Event) -> bool:
    """Whether it changes what the record is believed to say: a fact retracted or replaced, a receipt dated anew."""
    return isinstance(event, Correction | Ticket.ReceiptCorrected)


def last_day_of(event: Event) -> date | None:
    """The last day on which the fact can have happened that the event states; a correction: that it puts in its place."""
    if isinstance(event, Correction):
        return _day((event.fields or {}).get("on"))
    received_on: date | None = getattr(event, "received_on", None)
    on = happened_on(event)
    return on.latest if on is not None else received_on


def _day(on: Any) -> date | None:
    """The day in the JSON form of a date: a day, or a date that is known less precisely."""
    if on is None:
        return None
    return date.fromisoformat(on) if isinstance(on, str) else msgspec.convert(on, PartialDate).latest
