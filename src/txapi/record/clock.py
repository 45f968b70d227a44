"""The record's clock 时钟: real, offset for demonstrations, or set by a script; and it says which.

Settings understood by `parse_clock`: `system` (or nothing) is the machine's clock; a date or a moment
(`2015-08-11`, `2015-08-11T09:00+08:00`) starts a clock there that ticks on from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from txapi.domain.errors import BadInput
from txapi.domain.event import TimeBasis

_SHANGHAI = timezone(timedelta(hours=8))


class Clock(Protocol):
    """Tells the time, in UTC, and whose time it is."""

    @property
    def basis(self) -> TimeBasis:
        """Whose clock this is; every event recorded by it says so."""

    def now(self) -> datetime:
        """The present moment, UTC."""


class SystemClock:
    """The machine's clock."""

    basis = TimeBasis.SYSTEM

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)


class OffsetClock:
    """A demonstration clock: it starts at `start`, but never before `not_before` (the record's head), and ticks."""

    basis = TimeBasis.OFFSET

    def __init__(self, start: datetime, not_before: datetime | None = None) -> None:
        self._start = (max(start, not_before) if not_before else start).astimezone(UTC)
        self._began = time.monotonic_ns()

    def now(self) -> datetime:
        """The demonstration's moment, UTC."""
        return self._start + timedelta(microseconds=(time.monotonic_ns() - self._began) // 1000)


class ScriptClock:
    """A clock that stands still until a script sets it: for data sets and simulations."""

    def __init__(self, moment: datetime, basis: TimeBasis = TimeBasis.DATASET) -> None:
        if basis not in (TimeBasis.DATASET, TimeBasis.SIMULATED):
            raise ValueError(f"a script's clock is dataset or simulated, not {basis.value}")
        self._basis = basis
        self.set(moment)

    @property
    def basis(self) -> TimeBasis:
        """Dataset or simulated, as the script said."""
        return self._basis

    def set(self, moment: datetime) -> None:
        """Let it be `moment`; a ValueError when that names no time zone."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs a moment with a time zone")
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that the script last set, UTC."""
        return self._moment


def parse_clock(
    setting: str,
    head: datetime | None = None,
    agreed: Callable[[str, timedelta], timedelta] = lambda setting, ahead: ahead,
) -> Clock:
    """The clock of a setting; an offset clock never starts before `head`, the record's last recorded time.

    `agreed` says how far such a clock is ahead of the machine's, where several processes go by the same one: it is told the setting,
    and how far it would be.

    A date means 00:00 of that day in Asia/Shanghai, a moment without offset is Asia/Shanghai too. BadInput where
    the setting is neither.
    """
    text = setting.strip()
    if text in ("", "system"):
        return SystemClock()
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            "BAD_CLOCK",
            f"a clock is `system`, a date or a moment (2015-08-11, 2015-08-11T09:00+08:00), not {setting!r}",
        ) from error
    if start.tzinfo is None:
        start = start.replace(tzinfo=_SHANGHAI)
    if head is not None and head > start:
        start = head
    machine = datetime.now(UTC)
    return OffsetClock(machine + agreed(text, start - machine), head)
