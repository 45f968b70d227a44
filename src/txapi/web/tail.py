"""The tail 记录尾: one thread of a process reads each event once, as it becomes visible, for any number of listeners.

Everything but that thread happens on the event loop: listeners wait there, and none of them has a thread of its own. Who
comes late catches up from the read models, page by page, and then joins those who listen without a gap.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import anyio
import anyio.to_thread

from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.reference import Reference
from txapi.domain.ticket import Ticket
from txapi.projections import history, listening
from txapi.projections.listening import Behind, Heard, Reached, Signal, Turned, Wanted, behind
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.references import any_marked, references_at
from txapi.projections.views import Views
from txapi.record.record import Record, RecordedEvent
from txapi.schema.context import VISIBLE_WITHIN_SECONDS
from txapi.schema.unseen import NotYetVisible
from txapi.web.audience import Audience, Told

log = logging.getLogger(__name__)

T = TypeVar("T")

RING = 4_096
"""How many events are kept at hand for those who come a little late."""
BATCH = 64
"""How many events are told at once: others have their turn on the event loop in between."""
WOKEN_AT_ONCE = 32
PAUSE_SECONDS = 0.003
"""How long others have the processor before more listeners are woken: many of them are told a little later, questions are not."""
LONGEST_WAIT_SECONDS = 5.0
REPLICA_BEHIND_SECONDS = 0.05
TICK_SECONDS = 1.0
"""How often the clock is looked at, and how far bookmarks may lie behind what was told."""
REMEMBERED_UNITS = 1_024
THREADS = 4
"""How many threads read for those who come late, at most: questions have the others."""


class Pace(NamedTuple):
    """How much listeners may ask of a tail."""

    bookmark_seconds: float = 15.0
    backlog: int = 1_000
    """How many events wait for one listener before it is left to catch up later."""
    resume_events: int = 100_000
    """How far behind the head somebody may begin."""


class Tail:
    """Tells the events of one record as their rows become visible. Lives on the event loop that first follows it."""

    def __init__(self, record: Record, views: Views, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.head = 0
        """The last event that was told to those who listen."""
        self.marked = 0
        """Up to where bookmarks go: the head as it was at the last tick, the same for all of them."""
        self.day = day_of(record.clock.now())
        self.ended = False
        self._record = record
        self._views = views
        self._ring: deque[Told] = deque(maxlen=RING)
        self._audience = Audience()
        self._limiter = anyio.CapacityLimiter(THREADS)
        self._ready: asyncio.Task[None] | None = None
        self._taken = threading.Event()
        self._units: dict[int, asyncio.Task[frozenset[str]]] = {}
        self._readable: dict[tuple[Any, ...], asyncio.Task[bool]] = {}
        self.internal: tuple[str, ...] = ()
        """The kinds of noun of which all, or some, are internal."""
        self._woken: deque[Listener] = deque()
        self.ticked: Callable[[float], None] = lambda now: None
        """Is told the time of the event loop's clock, every tick."""
        self.moved: Callable[[], None] = lambda: None
        """Is called when there are new events, for whoever is no listener and reads them elsewhere."""

    @property
    def first(self) -> int:
        """The first event that is at hand; the next one where none is."""
        return self._ring[0].recorded.position if self._ring else self.head + 1

    def listener(self, resume: int = 0) -> Listener:
        """Somebody who will follow, from behind `resume` at the earliest."""
        return Listener(self, resume)

    async def begin(self) -> None:
        """Read from now on, if nobody has begun it. RecordUnavailable where there are no read models yet."""
        if self._ready is None or (self._ready.done() and (self._ready.cancelled() or self._ready.exception())):
            self._ready = asyncio.create_task(self._begin())
        await asyncio.shield(self._ready)

    async def _begin(self) -> None:
        self.head, self.internal = await self.in_thread(self._visible)
        self.marked = self.head
        self.day = day_of(self._record.clock.now())
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop, self.head), name="txapi-tail", daemon=True).start()
        loop.call_later(TICK_SECONDS, self._tick, loop)

    def end(self) -> None:
        """Tell nothing more: whoever listens is let go."""
        self.ended = True
        self._taken.set()
        for listener in self._audience:
            listener.bell.set()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.ended:
            return
        now = loop.time()
        self.marked = self.head
        day = day_of(self._record.clock.now())
        for listener in self._audience:
            if listener.due <= now or day != self.day:
                self.wake(listener)
        self.day = day
        self.ticked(now)
        loop.call_later(TICK_SECONDS, self._tick, loop)

    def wake(self, listener: Listener) -> None:
        """Let a listener look around soon: a few at once, so that others have their turn in between."""
        if not listener.woken:
            listener.woken = True
            if not self._woken:
                asyncio.get_running_loop().call_soon(self._wake)
            self._woken.append(listener)

    def _wake(self) -> None:
        for _ in range(min(WOKEN_AT_ONCE, len(self._woken))):
            listener = self._woken.popleft()
            listener.woken = False
            listener.bell.set()
        if self._woken:
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._wake)

    # -- on the event loop -------------------------------------------------------------------------------------------

    def _told(
        self, events: list[RecordedEvent], about: list[str | None], at: float, internal: tuple[str, ...] | None
    ) -> None:
        """New events, in order; `internal` where they changed which kinds of noun are internal."""
        if internal is not None:
            self.internal = internal
            self._readable.clear()
        for recorded, noun in zip(events, about, strict=True):
            told = Told(recorded, at, noun)
            self._ring.append(told)
            for listener in self._audience.of(told):
                listener.offer(told)
        self.head = events[-1].position
        self._taken.set()
        self.moved()

    def join(self, listener: Listener) -> None:
        """Tell a listener all that is at hand and new to it, and from now on everything."""
        self._audience.add(listener)
        for told in islice(self._ring, max(0, listener.after - self.first + 1), None):
            # It did not just come.
            listener.offer(told._replace(at=0.0))

    def leave(self, listener: Listener) -> None:
        """Tell it nothing more, if anything was told it."""
        self._audience.remove(listener)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """What `work` gives, which may read the record: never on the event loop."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def concerns(self, units: frozenset[str], position: int) -> bool:
        """Whether the noun of an event is of one of the units. Asked once for all who listen."""
        known = self._units.get(position)
        if known is None:
            known = self._units[position] = asyncio.create_task(self.in_thread(lambda: self._units_of(position)))
            if len(self._units) > REMEMBERED_UNITS:
                self._units.pop(next(iter(self._units)))
        try:
            return not units.isdisjoint(await asyncio.shield(known))
        except Exception:
            self._units.pop(position, None)
            raise

    async def may_read(self, viewer: Actor | None, recorded: RecordedEvent) -> bool:
        """Whether somebody who listens may read an event. Asked once for all of one role and unit."""
        if viewer is None or not listening.may_be_withheld(recorded, self.internal):
            return True
        key = (viewer.role, viewer.unit, recorded.position)
        known = self._readable.get(key)
        if known is None:
            known = self._readable[key] = asyncio.create_task(
                self.in_thread(lambda: self._told_to(viewer, recorded.position))
            )
            if len(self._readable) > REMEMBERED_UNITS:
                self._readable.pop(next(iter(self._readable)))
        try:
            return await asyncio.shield(known)
        except Exception:
            self._readable.pop(key, None)
            raise

    # -- in threads --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reader(self, least: int = 0) -> Iterator[Reader]:
        until = time.monotonic() + VISIBLE_WITHIN_SECONDS
        while True:
            with self._views.snapshot() as connection:
                if (head := head_of(connection)) >= least:
                    yield Reader(connection, at_position(connection, head))
                    return
            # One replica has shown the position, and another one, that is behind it, gave the snapshot.
            if time.monotonic() > until:
                raise NotYetVisible(least, head)
            time.sleep(REPLICA_BEHIND_SECONDS)

    def _visible(self) -> tuple[int, tuple[str, ...]]:
        with self._reader() as reader:
            return reader.moment.position, _internal(reader)

    def _adopted(self, events: list[RecordedEvent]) -> tuple[str, ...] | None:
        """The kinds that are internal after these events; None where they say nothing of that."""
        if not any(
            isinstance(each.event, Reference.Adopted | Reference.Withdrawn | Ticket.MarkedInternal) for each in events
        ):
            return None
        with self._reader(events[-1].position) as reader:
            return _internal(reader)

    def _told_to(self, viewer: Actor, position: int) -> bool:
        with self._reader(position) as reader:
            return listening.is_told_to(reader, viewer, position)

    def _units_of(self, position: int) -> frozenset[str]:
        with self._reader(position) as reader:
            return listening.units_of(reader, self._views.projections, position)

    def behind(self, wanted: Wanted, after: int) -> Behind:
        """The next events behind a position that are wanted, as the read models know them."""
        with self._reader(after) as reader:
            return behind(reader, self._views.projections, wanted, after)

    def resumed(self, after: int) -> datetime:
        """When the event was recorded that somebody wants to go on behind. BadInput POSITION_AHEAD, TOO_OLD."""
        head = self._record.head.position
        if after > head:
            raise BadInput("POSITION_AHEAD", f"position {after} does not exist; the head is {head}", ("after",))
        oldest = max(0, head - self.pace.resume_events)
        if after < oldest:
            raise BadInput(
                "TOO_OLD",
                f"subscriptions go on behind position {oldest} at the earliest, not {after}: ask for the present first",
                ("after",),
                {"oldest": str(oldest)},
            )
        if not self._views.wait_for(after, VISIBLE_WITHIN_SECONDS):
            raise NotYetVisible(after, self._views.position)
        with self._reader(after) as reader:
            return history.recorded_at(reader, after)

    def _read(self, loop: asyncio.AbstractEventLoop, position: int) -> None:
        """Read every event behind `position` once, when its rows are visible, and hand it to the event loop."""
        pause = threading.Event()
        while not self.ended:
            try:
                if not self._views.wait_for(position + 1, LONGEST_WAIT_SECONDS):
                    # Read models that are closed do not wait.
                    pause.wait(REPLICA_BEHIND_SECONDS)
                elif not self.ended:
                    events = self._record.read(position, min(BATCH, self._views.position - position))
                    if not events:
                        # Rows can be seen before their events, where a replica answers for the record.
                        pause.wait(REPLICA_BEHIND_SECONDS)
                        continue
                    self._taken.clear()
                    about, internal = listening.belonging(events, self._reader), self._adopted(events)
                    loop.call_soon_threadsafe(self._told, events, about, loop.time(), internal)
                    position = events[-1].position
                    while not self._taken.wait(TICK_SECONDS) and not loop.is_closed():
                        pass
            except Exception:
                if self.ended or loop.is_closed():
                    return
                log.exception("the tail cannot be read behind position %d, and is tried again", position)
                pause.wait(TICK_SECONDS)


def _internal(reader: Reader) -> tuple[str, ...]:
    """The kinds of noun of which all, or some, are internal, or what is said in them is: then the files that hang on them are."""
    marked = (Ticket.KIND,) if any_marked(reader) else ()
    references = references_at(reader)
    return (*references.internal_kinds, *references.internal_texts, *marked)


class Listener:
    """One who follows a tail: the source of one subscription."""

    def __init__(self, tail: Tail, resume: int) -> None:
        self.late = False
        """Whether more came than may wait: what follows will be caught up with."""
        self.came = 0.0
        """When the event that was last given came; 0 where it did not just come."""
        self.wanted: Wanted
        self.bell = asyncio.Event()
        self.woken = False
        """Whether its bell will be rung soon."""
        self.due = float("inf")
        """When it is to be told how far it has come."""
        self.after = 0
        """Everything up to here was given, or is waiting, or is not wanted."""
        self._tail = tail
        self._resume = resume
        self._given = 0
        self._waiting: deque[Told] = deque()

    def offer(self, told: Told) -> None:
        """A new event, or one that may be new."""
        position = told.recorded.position
        if self.late or position <= self.after:
            return
        if listening.holds(self.wanted.filter, told.recorded, told.about):
            if len(self._waiting) >= self._tail.pace.backlog:
                self.late = True
                return
            self._waiting.append(told)
            self._tail.wake(self)
        self.after = position

    async def follow(self, wanted: Wanted, after: int | None, *, days: bool) -> AsyncIterator[Signal]:
        """See `Feed`."""
        tail = self._tail
        self.wanted = wanted
        await tail.begin()
        if after is None and not self._resume:
            self.after, day = tail.head, tail.day
        else:
            self.after = max(after or 0, self._resume)
            began = await tail.in_thread(lambda: tail.resumed(self.after))
            day = day_of(began) if self.after else tail.day
        self._given = self.after
        loop = asyncio.get_running_loop()
        caught_up = False
        try:
            while not tail.ended:
                self.due = float("inf")
                while self.after < tail.first - 1 and not tail.ended:
                    part = await tail.in_thread(lambda: tail.behind(wanted, self.after))
                    self.came = 0.0
                    for position in part.positions:
                        self._given = position
                        yield Heard(position)
                    self.after = part.until
                self.late = False
                tail.join(self)
                self.due = loop.time() + tail.pace.bookmark_seconds
                while not tail.ended:
                    # Nothing is awaited between the look at what waits and the words that all was told.
                    if self._waiting:
                        told = self._waiting.popleft()
                        position = told.recorded.position
                        if (
                            wanted.units is None or await tail.concerns(wanted.units, position)
                        ) and await tail.may_read(wanted.viewer, told.recorded):
                            self.came, self._given = told.at, position
                            yield Heard(position)
                            self.due = loop.time() + tail.pace.bookmark_seconds
                    elif self.late:
                        break
                    elif days and day != tail.day:
                        day, self._given = tail.day, tail.head
                        self.came = 0.0
                        yield Turned(day, self._given)
                    elif not caught_up or loop.time() >= self.due:
                        self._given = max(self._given, tail.marked if caught_up else tail.head)
                        self.came, caught_up = 0.0, True
                        yield Reached(self._given)
                        self.due = loop.time() + tail.pace.bookmark_seconds
                    else:
                        self.bell.clear()
                        await self.bell.wait()
                tail.leave(self)
        finally:
            tail.leave(self)
