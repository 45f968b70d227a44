"""The clock by which a command judges a record: the machine's, or the one that the record goes by itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record import Record
    from txapi.record.clock import Clock, OffsetClock
    from txapi.record.place import Place


def own_clock(record: Record) -> OffsetClock | None:
    """A clock that goes on from where the record's servers noted theirs, else from the last event; None where the record goes by
    the machine's, or TXAPI_CLOCK says by which.

    A demonstration's events are of years ago, by a clock that its server keeps. Whoever goes by what is noted, or by the last
    event, can be behind that server, but is never ahead of it: what the server takes for the future is not taken for the past here.
    """
    from txapi.domain.event import TimeBasis
    from txapi.record.clock import OffsetClock

    if os.environ.get("TXAPI_CLOCK"):
        return None
    last, told = record.event_at(record.head.position), record.store.clock_told()
    if last is None:
        return None if told is None else OffsetClock(told)
    if last.event.meta.clock is TimeBasis.SYSTEM:
        return None
    if told is None and (datetime.now(UTC) - last.recorded_at).days < 365:
        return None
    return OffsetClock(last.recorded_at, told)


def clock_of_readers(record: Record) -> Clock:
    """The clock by which a command judges that only reads: the record's own, the one that TXAPI_CLOCK says, or the machine's."""
    from txapi.record.clock import SystemClock, parse_clock

    setting = (os.environ.get("TXAPI_CLOCK") or "").strip()
    if setting:
        known = (record.head.recorded_at, record.store.clock_told(setting))
        return parse_clock(setting, max((one for one in known if one is not None), default=None))
    return own_clock(record) or SystemClock()


def clock_of_commands(record: Record, place: Place) -> OffsetClock | None:
    """The record's own clock where commands go by it: a demonstration that a server has written to, or is serving.

    A data set that nobody serves goes on by the machine's clock: as of `txapi serve`, it becomes an ordinary record.
    """
    from txapi.domain.event import TimeBasis
    from txapi.record.owner import is_owned

    own = own_clock(record)
    last = record.event_at(record.head.position)
    if own is None or last is None:
        return None
    demonstration = last.event.meta.clock is TimeBasis.OFFSET
    return own if demonstration or (place.embedded and is_owned(place.folder)) else None
