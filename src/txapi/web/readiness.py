"""Readiness 就绪: whether an instance answers truthfully and in time, told in time even where its database is silent."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from txapi.record.store import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from txapi.record import Record
    from txapi.record.ledger import Ledger

MOST_EVENTS_BEHIND = 1_000
MOST_SECONDS_BEHIND = 60.0
"""How old what is not visible yet may be. To take the follower's duty over takes up to 11 s, a failover of the database some 20 s."""
MOST_SECONDS_CLOCK_BEHIND = 5.0
LOOK_SECONDS = 1.5
"""How long a database may take to say how it stands; whoever asks for readiness is answered within two seconds."""

AWAY = "the database that is written cannot be reached: no command is carried out"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an instance answers truthfully and in time; `problems` says what is wrong, in sentences.

    It may be ready and not `writable`: questions are answered from replicas while the database that is written is away.
    `head`, `lag_events`, `lag_seconds` and `signed` (the events that the last checkpoint signs for) are those that were seen
    last; `seen` says whether that was now. So is `position`, the last whose rows are visible, with `views_seen`.
    """

    ready: bool
    writable: bool
    head: int
    position: int
    lag_events: int
    lag_seconds: float
    signed: int
    seen: bool
    views_seen: bool
    clock: datetime
    problems: tuple[str, ...]


class Stand(NamedTuple):
    """How a record stands: its head, and how many events the last checkpoint signs for."""

    head: Head
    signed: int


class Look(Generic[T]):
    """Asks something that may not answer, in a thread of its own, and only once at a time.

    `last` is what it answered last. A question that is still without an answer is not waited for again.
    """

    def __init__(self, ask: Callable[[], T], last: T) -> None:
        self.last = last
        self._ask = ask
        self._news = threading.Condition()
        self._began: float | None = None
        self._answered = False

    def begin(self) -> None:
        """Ask, unless an earlier question still waits for its answer."""
        with self._news:
            if self._began is None:
                self._began = time.monotonic()
                threading.Thread(target=self._wait_for_it, name="txapi-look", daemon=True).start()

    def answered(self) -> bool:
        """Wait for the answer, until it is `LOOK_SECONDS` since it was asked for; whether it came. `last` is the answer then."""
        with self._news:
            until = LOOK_SECONDS + (self._began if self._began is not None else -LOOK_SECONDS)
            self._news.wait_for(lambda: self._began is None, max(0.0, until - time.monotonic()))
            return self._began is None and self._answered

    def _wait_for_it(self) -> None:
        found: T | None = None
        try:
            found = self._ask()
        except Exception:
            # Why a database is away is logged by whoever needs it; here it only counts that it is.
            found = None
        finally:
            with self._news:
                self._answered = found is not None
                if found is not None:
                    self.last = found
                self._began = None
                self._news.notify_all()


class Looking:
    """Looks how an instance stands. `is_replicated`: whether replicas answer its questions, which do so without the primary."""

    def __init__(self, record: Record, ledger: Ledger, visible: Callable[[], int], *, is_replicated: bool) -> None:
        """`visible` asks for the last position whose rows are visible. Any of them may raise RecordUnavailable, and may block."""
        self._clock = record.clock
        self._is_replicated = is_replicated
        self._stand = Look(lambda: _stand_of(record, ledger), Stand(Head(0, None), 0))
        self._visible = Look(visible, 0)
        self._waiting = Look(lambda: _since(record, self._visible.last + 1), 0.0)

    def readiness(self, problems: Sequence[str]) -> Readiness:
        """What is seen within two seconds. `problems` are what the duties of this process complain about."""
        self._stand.begin()
        self._visible.begin()
        views_seen, seen = self._visible.answered(), self._stand.answered()
        (head, signed), visible, clock = self._stand.last, self._visible.last, self._clock.now()
        lag = max(0, head.position - visible)
        if lag and seen:
            self._waiting.begin()
            self._waiting.answered()
        lag_seconds = max(0.0, clock.timestamp() - self._waiting.last) if lag and self._waiting.last else 0.0
        found: list[str] = []
        if not views_seen:
            found.append("the read models cannot be read just now: no question is answered")
        if lag > MOST_EVENTS_BEHIND:
            found.append(f"the read models are {lag} events behind")
        if lag_seconds > MOST_SECONDS_BEHIND:
            found.append(f"the read models are {lag_seconds:.0f} seconds behind")
        is_behind = (
            head.recorded_at is not None and (head.recorded_at - clock).total_seconds() > MOST_SECONDS_CLOCK_BEHIND
        )
        if is_behind:
            assert head.recorded_at is not None
            found.append(f"the clock stands behind the last event, of {head.recorded_at.isoformat()}")
        # Without the database no duty is done, which is nobody's fault; replicas go on answering with what they have.
        found += problems if seen else () if self._is_replicated else (AWAY,)
        return Readiness(
            ready=not found,
            writable=seen and not is_behind,
            head=max(head.position, visible),
            position=visible,
            lag_events=lag,
            lag_seconds=lag_seconds,
            signed=signed,
            seen=seen,
            views_seen=views_seen,
            clock=clock,
            problems=(*found, AWAY) if self._is_replicated and not seen else tuple(found),
        )


def _stand_of(record: Record, ledger: Ledger) -> Stand:
    last = ledger.latest()
    return Stand(record.head, last.size if last else 0)


def _since(record: Record, position: int) -> float:
    """When the event at that position was recorded, in seconds since 1970; 0 where there is none."""
    found = record.event_at(position)
    return found.recorded_at.timestamp() if found else 0.0
