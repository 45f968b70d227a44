"""The follower 跟随者: reads the record in order and turns every event into versions of rows, exactly once."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from txapi.domain.aggregate import Aggregate
from txapi.projections.views import Views
from txapi.record.conflicts import LeaseLost, UnknownTopic
from txapi.record.damage import is_damage, of_an_event
from txapi.record.instants import micros
from txapi.record.spans import current, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.trace import SpanContext

    from txapi.domain.event import Event
    from txapi.record.database import Fence
    from txapi.record.record import RecordedEvent

log = logging.getLogger(__name__)

Watched = Callable[[int, Callable[[], Mapping[str, int]]], None]
"""Is told a position, and may ask what the digests of all tables sum up to there: that costs a hash of every open row."""

Newest = Callable[[int, int], "Sequence[RecordedEvent]"]
"""Reads at most so many events behind a position, in order."""

BATCH = 4_000
"""Events in one transaction at most: enough that versions which live briefly are written once, closed already."""
DAMAGED = "the read models are damaged: stop the server, and make them anew by `txapi rebuild --replace`"
"""The error of a follower whose file holds what nobody wrote: trying again does not mend it."""
RECORD_DAMAGED = "the record holds an event that cannot be read: `txapi verify` says which; then restore a backup"
"""The error of a follower that comes to an event which is none any more."""
RECORD_NEWER = (
    "the record holds an event of a kind that this version does not know: a newer one wrote it, or its bytes were changed, which"
    " `txapi verify` says"
)
"""The error of a follower that comes to an event which it has no name for."""
FOR_PEOPLE = (DAMAGED, RECORD_DAMAGED, RECORD_NEWER)
"""The errors of a follower that last until somebody does something."""
REMEMBERED_AGGREGATES = 20_000
REMEMBERED_CAUSES = 1_024
"""Appends that are traced and not followed yet. Of more than these, the first are not linked to their rows."""


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """No search for cyclic garbage meanwhile: rows make none, and each search would walk all that is remembered."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Readable(Protocol):
    """What the follower needs of a record."""

    @property
    def generation(self) -> int:
        """Rises where the record was lost and found again, maybe with less than was read before."""
        ...

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The events after a position, in order."""
        ...

    def stream_events(self, id: str) -> Sequence[RecordedEvent]:
        """All events of one stream, in order."""
        ...


class News(Protocol):
    """Who tells of appends."""

    def wait_beyond(self, position: int, timeout_seconds: float, stopped: Callable[[], bool]) -> bool:
        """Wait for an event behind a position, at most that long and until `stopped()`."""
        ...

    def wake(self) -> None:
        """Let everyone in `wait_beyond` look whether to stop."""
        ...


class FollowerObserver(Protocol):
    """Is told what the follower does, from its thread: be quick."""

    def took_in(self, events: int, seconds: float) -> None:
        """A batch of events became visible; reading them is not in the time."""

    def restarted(self) -> None:
        """A batch failed, and is tried again."""


class Follower:
    """Follows one record into its views. `catch_up` does the work; `start` does it in a supervised thread."""

    def __init__(
        self,
        record: Readable,
        views: Views,
        batch: int = BATCH,
        watched: Watched | None = None,
        fence: Fence | None = None,
        news: News | None = None,
        newest: Newest | None = None,
    ) -> None:
        """`watched` is told every event's position, and whom to ask what the digests of all tables sum up to there.

        It is told within the batch, so a batch that fails is told again when it is tried again. `fence` is the lease
        under which this process follows where others might: LeaseLost as soon as one of them does. `news` tells of
        appends to whoever follows in the background. `newest` reads events as the record does, and may know some without
        asking; it is not believed at first, nor after a batch that failed, until the record was lost and found again.
        """
        self._record = record
        self._watched = watched
        self._views = views
        self._batch = batch
        self._fence = fence
        self._news = news
        self._newest = newest
        self._disbelieved: int | None = None
        """The generation of the record in which a batch failed."""
        self._projections = {projection.kind.KIND: projection for projection in views.projections}
        self._stopping = False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._causes: deque[tuple[int, SpanContext]] = deque(maxlen=REMEMBERED_CAUSES)
        self.observer: FollowerObserver | None = None
        self.restarts = 0
        self.last_error: str | None = None
        views.prepare(fence)
        self._begin()

    def _begin(self) -> None:
        """Go on from what is stored: forget what a failed batch may have left in memory, or what another process wrote on."""
        self._begun = False
        self._read: Newest = self._record.read
        self._generation = self._record.generation
        self._position = self._views.stored_position()
        self._views.moved_to(self._position)
        self._writer = self._views.row_writer()
        self._aggregates: OrderedDict[str, Aggregate] = OrderedDict()
        self._begun = True

    def step(self, until: int | None = None) -> int:
        """Take in one batch; the number of events that it held. `until`: the last position wanted."""
        if not self._begun or self._generation != self._record.generation:
            self._begin()
        after = self._position
        limit = self._batch if until is None else min(self._batch, until - after)
        try:
            with _without_collecting():
                events = self._read(after, limit) if limit > 0 else []
                if len(events) < self._batch:
                    # The last lap begins: whoever finds the rows at the head finds their indexes, too.
                    self._views.make_indexes(self._fence)
                if events:
                    self._take_all(events)
        except BaseException:
            # What is stored cannot be read now, where the database is gone: the next step asks for it.
            self._begun = False
            self._disbelieved = self._generation
            raise
        if self._newest is not None and self._generation != self._disbelieved:
            self._read = self._newest
        return len(events)

    def _take_all(self, events: Sequence[RecordedEvent]) -> None:
        """One transaction with all that follows from these events."""
        first, last = events[0].position, events[-1].position
        began = time.perf_counter()
        with span(
            "projection", {"txapi.position.first": first, "txapi.position.last": last}, causes=self._causes_of(last)
        ):
            with self._views.folding(self._writer):
                index = [self._take(recorded) for recorded in events]
            self._views.store(self._writer, index, self._position, events[-1], self._fence)
            self._position = last
            self._views.moved_to(last)
        if self.observer is not None:
            self.observer.took_in(len(events), time.perf_counter() - began)

    def _causes_of(self, last: int) -> list[SpanContext]:
        """The spans of the appends up to that position, which are forgotten."""
        causes = []
        while self._causes and self._causes[0][0] <= last:
            causes.append(self._causes.popleft()[1])
        return causes

    def _take(self, recorded: RecordedEvent) -> tuple[Any, ...]:
        event = recorded.event
        kind = event.TOPIC.partition(".")[0]
        aggregate = self._aggregate(kind, event)
        aggregate.evolve(event)
        projection = self._projections.get(kind)
        if projection is not None:
            self._writer.put(projection, aggregate, recorded.position)
        if self._watched is not None:
            self._watched(recorded.position, self._digests)
        meta = event.meta
        return (
            recorded.position, event.originator_id, event.originator_version, kind, event.TOPIC, event.event_id,
            meta.actor.subject, meta.actor.role._value_, meta.actor.unit, micros(meta.decided_at),
            micros(recorded.recorded_at), meta.basis._value_, meta.correlation_id,
        )  # fmt: skip

    def _digests(self) -> Mapping[str, int]:
        return self._writer.digests

    def _aggregate(self, kind: str, event: Event) -> Aggregate:
        known = self._aggregates.get(event.originator_id)
        if known is None:
            known = Aggregate.kinds[kind](event.originator_id)
            if event.originator_version > 1:
                for earlier in self._record.stream_events(event.originator_id):
                    if earlier.event.originator_version < event.originator_version:
                        known.evolve(earlier.event)
            self._aggregates[event.originator_id] = known
            while len(self._aggregates) > REMEMBERED_AGGREGATES:
                self._aggregates.popitem(last=False)
        else:
            self._aggregates.move_to_end(event.originator_id)
        return known

    def catch_up(self, until: int | None = None, on_progress: Callable[[int], None] | None = None) -> int:
        """Take in everything there is (up to `until`); the position reached. Can be interrupted between batches."""
        while self.step(until):
            if on_progress is not None:
                on_progress(self._position)
        return self._position

    # -- in the background -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Follow in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._supervise, name="txapi-follower", daemon=True)
        self._thread.start()

    def caused(self, position: int) -> None:
        """Something was appended, up to that position, in the span that is open here: its rows are linked to that span."""
        cause = current()
        if cause.is_valid:
            self._causes.append((position, cause))

    def stop(self) -> None:
        """Finish the batch under way and end the thread."""
        self._stopping = True
        self._over.set()
        if self._news is not None:
            self._news.wake()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _supervise(self) -> None:
        news = self._news
        if news is None:
            raise AssertionError("nobody tells this follower of appends")
        pause_seconds = 0.05
        while not self._stopping:
            try:
                # Fewer than a batch holds were all that there were: of more, whoever appends it tells.
                while self.step() >= self._batch and not self._stopping:
                    pass
                pause_seconds = 0.05
                self.last_error = None
                # Appends wake at once, those of other processes as soon as they are told; the poll is the net under that.
                news.wait_beyond(self._position, 1.0, lambda: self._stopping)
            except LeaseLost as lost:
                self.last_error = None
                log.info("another process follows from now on lease=%s", lost.name)
                return
            except Exception as error:
                self.restarts += 1
                if self.observer is not None:
                    self.observer.restarted()
                self.last_error = _said_of(error)
                if self.last_error in FOR_PEOPLE:
                    log.error("%s (%s)", self.last_error, error)
                else:
                    log.exception("the follower failed after position %d and starts again", self._position)
                self._over.wait(pause_seconds)
                pause_seconds = min(pause_seconds * 2, 5.0)


def _said_of(error: Exception) -> str:
    """What is told of an error of the follower."""
    if isinstance(error, UnknownTopic):
        return RECORD_NEWER
    if of_an_event(error):
        return RECORD_DAMAGED
    return DAMAGED if is_damage(error) else repr(error)
