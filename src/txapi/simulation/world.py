"""The world of a simulation: its clock, what happens next, who acts, and the record that it is written into."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from txapi.domain.aggregate import Aggregate
from txapi.domain.dates import SHANGHAI, day_of
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor, Basis, Metadata, Role, TimeBasis
from txapi.domain.reference import References
from txapi.domain.ticket import Ticket
from txapi.record import Append, Record

Life = Iterator[datetime]
"""What a noun goes through: it acts, and then yields when it goes on."""

BATCH = 1_000
"""Appends per transaction."""

WATCH = Actor("txapi:watch", Role.SYSTEM)
LOADER = Actor("txapi:simulation", Role.SYSTEM)
SUPERVISOR = Actor("simulated-supervisor", Role.SUPERVISOR)
LEADER = Actor("simulated-leader", Role.LEADER)
SECRETARY = Actor("simulated-secretary", Role.SECRETARY)


class World:
    """Runs lives in the order of their times and appends what they decide, in batches."""

    def __init__(self, record: Record, seed: int, begins: datetime, ends: datetime) -> None:
        self.record = record
        self.seed = seed
        self.now = begins
        self.ends = ends
        self.references = References()
        self.provisional: dict[str, Ticket] = {}
        """Tickets with a deadline that a calendar will fix."""
        self.events = 0
        self.refused = 0
        self._ids = random.Random(f"{seed}:ids")
        self._clerks: dict[str, Actor] = {}
        self._agenda: list[tuple[datetime, int, Life]] = []
        self._turn = 0
        self._numbers: dict[int, int] = {}
        self._appends: list[Append] = []

    # -- chance ------------------------------------------------------------------------------------------------

    def chance(self, *of: Any) -> random.Random:
        """The chance of one thing: it depends on the seed and the thing alone, never on what else happens."""
        return random.Random(f"{self.seed}:{':'.join(str(part) for part in of)}")

    def new_id(self) -> str:
        """An id for a noun."""
        digits = f"{self._ids.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    # -- time --------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The day in Asia/Shanghai."""
        return day_of(self.now)

    def begin(self, life: Life, at: datetime | None = None) -> None:
        """Let a life begin, now or later."""
        self._turn += 1
        heapq.heappush(self._agenda, (at or self.now, self._turn, life))

    def run(self, on_progress: Any = None, total: int = 0) -> None:
        """Live until the end of the time."""
        told = 0
        while self._agenda and self._agenda[0][0] < self.ends:
            at, _, life = heapq.heappop(self._agenda)
            self.now = max(self.now, at)
            try:
                again = next(life)
            except StopIteration:
                continue
            self.begin(life, max(again, self.now))
            if on_progress is not None and self.events - told >= 5_000:
                told = self.events
                on_progress(min(told, total), total)
        self.flush()
        if on_progress is not None:
            on_progress(total, total)

    # -- acting ------------------------------------------------------------------------------------------------

    def clerk(self, unit: str) -> Actor:
        """The clerk of a unit."""
        known = self._clerks.get(unit)
        if known is None:
            known = self._clerks[unit] = Actor(f"simulated-clerk-{unit}", Role.CLERK, unit)
        return known

    def meta(self, actor: Actor, reason: str | None = None) -> Metadata:
        """The envelope of a command, now."""
        return Metadata(
            decided_at=self.now,
            actor=actor,
            correlation_id=f"simulated-{self._turn}",
            reason=reason,
            basis=Basis.ILLUSTRATED,
            clock=TimeBasis.SIMULATED,
        )

    def act(self, noun: Aggregate, command: str, actor: Actor, reason: str | None = None, **given: Any) -> bool:
        """Carry out a command on a noun; False where the rules refused it, in which case nothing is recorded."""
        noun.record_pending(self.meta(WATCH))
        try:
            getattr(noun, command)(self.meta(actor, reason), **given)
        except Refusal:
            self.refused += 1
            self.save(noun)
            return False
        self.save(noun)
        return True

    def lapse(self, noun: Aggregate) -> None:
        """Record what has lapsed on a noun, as the watch does."""
        noun.record_pending(self.meta(WATCH))
        self.save(noun)

    def save(self, noun: Aggregate) -> None:
        """Queue what the noun has decided."""
        if not noun.pending:
            return
        events = tuple(noun.pending)
        noun.pending.clear()
        self.events += len(events)
        for event in events:
            self.references = self.references.with_event(event) if noun.KIND == "reference" else self.references
        self._appends.append(Append(events=events, deadlines={noun.id: noun.next_deadline()}, at=self.now))
        if len(self._appends) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Append what is queued. A conflict would be a mistake of the simulation."""
        for outcome in self.record.writer.append_now(self._appends) if self._appends else ():
            if isinstance(outcome, Exception):
                raise outcome
        self._appends.clear()

    def next_number(self) -> str:
        """The next ticket number of the year."""
        year = self.today.year
        self._numbers[year] = self._numbers.get(year, 0) + 1
        return f"{year}-{self._numbers[year]:04d}"


def office_time(at: datetime, chance: random.Random) -> datetime:
    """The same moment, or the next office hour after it, on a weekday."""
    local = at.astimezone(SHANGHAI)
    if local.weekday() < 5 and 8 <= local.hour < 18:
        return at
    day = local.date()
    if local.hour >= 8:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    morning = datetime(day.year, day.month, day.day, 8, 0, tzinfo=SHANGHAI)
    return (morning + timedelta(minutes=chance.randrange(0, 120), seconds=chance.randrange(60))).astimezone(UTC)
