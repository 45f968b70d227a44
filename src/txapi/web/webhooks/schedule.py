"""The schedule 重试: when a delivery that failed is tried again, and when a webhook is taken for dead."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from txapi.record.deliveries import Delivery

SECOND = 1_000_000
GONE = 410


class Schedule(NamedTuple):
    """How long it is waited between attempts, in seconds: twice as long each time, from `first` to `most`; `dead_after` ends it."""

    first: float = 5.0
    most: float = 3_600.0
    dead_after: float = 259_200.0

    def pause(self, attempts: int, chance: float, retry_after: float | None = None) -> float:
        """The pause after so many attempts have failed. `chance`, from 0 to 1, takes up to a quarter of it away.

        Many webhooks of one receiver that was away do not come back all at once. What the receiver itself asks for
        (Retry-After) makes it longer, up to `most`.
        """
        doubled = self.first * 2.0 ** min(attempts - 1, 60)
        pause = min(doubled, self.most) * (1.0 - 0.25 * chance)
        return pause if retry_after is None else max(pause, min(retry_after, self.most))


def seconds_of(retry_after: str, now: datetime) -> float | None:
    """What a Retry-After header asks for, in seconds from now; None where it says nothing."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now.timestamp())


class Failure(NamedTuple):
    """Why an attempt failed: the status of the response where there was one, what is said of it, and what it asks for."""

    status: int | None
    says: str
    retry_after: float | None = None


def failed(delivery: Delivery, failure: Failure, now: int, schedule: Schedule, chance: float) -> Delivery:
    """The delivery after one more attempt that failed, at that time in microseconds."""
    attempts = delivery.attempts + 1
    since = delivery.failing_since if delivery.failing_since is not None else now
    pause = schedule.pause(attempts, chance, failure.retry_after)
    because = None
    if failure.status == GONE:
        because = "the receiver says that it is gone (410)"
    elif now - since >= schedule.dead_after * SECOND:
        because = f"nothing was acknowledged for {schedule.dead_after:g} s, in {attempts} attempts: {failure.says}"
    return dataclasses.replace(
        delivery,
        attempts=attempts,
        failing_since=since,
        next_attempt=None if because else now + int(pause * SECOND),
        last_attempt=now,
        last_status=failure.status,
        last_error=failure.says,
        dead_since=now if because else None,
        dead_because=because,
    )


def acknowledged(delivery: Delivery, position: int, event_id: str | None, status: int, now: int) -> Delivery:
    """The delivery after everything up to a position was acknowledged."""
    return dataclasses.replace(
        delivery,
        position=position,
        event_id=event_id,
        attempts=0,
        failing_since=None,
        next_attempt=None,
        last_attempt=now,
        last_status=status,
        last_error=None,
        acknowledged_at=now,
    )
