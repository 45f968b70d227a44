"""A point of the record as an address names it: `at=325`, `at=2015-08-11`, `at=2015-08-11T18:00+08:00`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from txapi.domain.dates import FIRST_YEAR, LAST_YEAR, SHANGHAI, day_from, day_of, end_of
from txapi.web.answers import HttpError

if TYPE_CHECKING:
    from txapi.projections.moment import Reader
    from txapi.schema.context import Context


@dataclass(frozen=True, slots=True)
class Point:
    """A position, the end of a day, or an instant; none of them for now."""

    position: int | None = None
    day: date | None = None
    """The end of this day, or now where that has not come."""
    time: datetime | None = None

    def reader(self, context: Context, valid_on: date | None = None) -> Reader:
        """The reader of this point. BadInput as of any moment."""
        time = self.time
        if self.day is not None:
            ends = end_of(self.day) - timedelta(microseconds=1)
            time = None if ends > context.now and self.day == day_of(context.now) else ends
        return context.reader_at(self.position, time, None, valid_on)


def point_of(text: str) -> Point:
    """The point that a text names. HttpError BAD_PARAMETER; BadInput BAD_DATE."""
    if not text:
        return Point()
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return Point(position=int(text))
    try:
        if len(text) == len("2015-08-11"):
            return Point(day=day_from(text))
        told = datetime.fromisoformat(text)
        time = (told if told.tzinfo else told.replace(tzinfo=SHANGHAI)).astimezone(UTC)
        if not FIRST_YEAR <= time.year <= LAST_YEAR:
            raise OverflowError(f"the year {time.year}")
    except (ValueError, OverflowError) as error:
        message = f"at is a position, a day or an instant: 325, 2015-08-11, 2015-08-11T18:00+08:00, not {text[:40]!r}"
        raise HttpError(400, "BAD_PARAMETER", message) from error
    return Point(time=time)
