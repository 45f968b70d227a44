"""The clock by which a command judges a record: the machine's, or the one that the record goes by itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record import Record
    from txapi.record.clock import OffsetClock
    from txapi.record.place import Place


def own_clock(record: Record) -> OffsetClock | None:
    """A clock that goes on from the record's last event; None where the record goes by the machine's, or TXAPI_CLOCK says by which.

    A demonstration's events are of years ago, by a clock that its server keeps to itself. Whoever goes by the last event can be
    behind that server, but is never ahead of it: what the server takes for the future is not taken for the past here.
    """
    from txapi.domain.event import TimeBasis
    from txapi.record.clock import OffsetClock

    if os.environ.get("TXAPI_CLOCK"):
        return None
    last = record.event_at(record.head.position)
    if last is None or last.event.meta.clock is TimeBasis.SYSTEM:
        return None
    if (datetime.now(UTC) - last.recorded_at).days < 365:
        return None
    return OffsetClock(last.recorded_at)


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
