"""The writer: one thread that turns the commands of many clients into few transactions."""

from __future__ import annotations

import logging
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

import msgspec

from txapi.domain.event import TimeBasis
from txapi.record.batch import Append, Appended, Batch, Prepared, prepare, replay_of
from txapi.record.conflicts import (
    AppendConflict,
    AppendUncertain,
    ClockBehind,
    CommandIdReused,
    CommitFailed,
    LeaseLost,
    RecordUnavailable,
    WriterClosed,
)
from txapi.record.instants import instant, micros
from txapi.record.recent import Recent
from txapi.record.spans import current, span
from txapi.record.store import NOTHING, Sought

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from opentelemetry.trace import SpanContext

    from txapi.record.clock import Clock
    from txapi.record.codec import EventMapper
    from txapi.record.store import AppendTransaction, Changes, CommandKey, RecordStore

_log = logging.getLogger(__name__)

MOST_IN_A_BATCH = 512
"""Appends per transaction at most, so that the first of a crowd does not wait for all."""

ENOUGH_ALONE = 8
"""How many transactions of one append follow one another until a client appends in its own thread, which spares two changes of
thread. In a crowd it would leave the others behind: many in a transaction cost less than many transactions."""

Outcome = Appended | Exception


class BatchObserver(Protocol):
    """Is told of every transaction, from the thread that committed it: be quick."""

    def batch_ended(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        """What became of each append of a batch, and how long the transaction took, from asking for the lock on."""


class Waiting:
    """An append in the queue: where its receipt is waited for, and the span of the command that it is of.

    It does for one answer what a `concurrent.futures.Future` does for many kinds of them, at a fifth of the cost.
    """

    __slots__ = ("_answered", "_outcome", "cause", "prepared")

    def __init__(self, prepared: Prepared, cause: SpanContext) -> None:
        self.prepared = prepared
        self.cause = cause
        self._outcome: Outcome | None = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self, outcome: Outcome) -> None:
        """Say once what became of the append."""
        self._outcome = outcome
        self._answered.release()

    def done(self) -> bool:
        """Whether it is known what became of the append."""
        return self._outcome is not None

    def outcome(self, timeout_seconds: float | None = None) -> Outcome:
        """What became of the append, waiting for it; a TimeoutError where that takes longer."""
        if not self._answered.acquire(timeout=-1 if timeout_seconds is None else timeout_seconds):
            raise TimeoutError(f"the append was not answered within {timeout_seconds:g} s")
        self._answered.release()
        assert self._outcome is not None
        return self._outcome

    def result(self, timeout_seconds: float | None = None) -> Appended:
        """The receipt, waiting for it; the error of an append that was turned down or failed."""
        return _receipt(self.outcome(timeout_seconds))


class Writer:
    """Appends to a store. `append` and `submit` coalesce what many threads bring; `append_now` is for loaders.

    Create one per record and process. Whoever finds nobody before it appends in its own thread; what comes meanwhile is queued
    for a thread of the writer, which starts with the first of it.
    """

    def __init__(self, store: RecordStore, mapper: EventMapper, clock: Clock) -> None:
        self._store = store
        self._mapper = mapper
        self._clock = clock
        self.observer: BatchObserver | None = None
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._turn = threading.Lock()
        self._lone = ENOUGH_ALONE
        self._thread: threading.Thread | None = None
        self._closed = False
        self._asked = 0
        self.recent = Recent()
        self._listeners: list[Callable[[int], None]] = []

    # -- what clients call -----------------------------------------------------------------------------------------

    def submit(self, append: Append) -> Waiting:
        """Queue an append; the result of what is given is the receipt once the events are durable.

        Asking for it raises `CommandIdReused`, `StreamMoved`, `KeyTaken`, `LeaseLost`, `ClockBehind`, `RecordUnavailable`
        (nothing of this append is recorded) or `AppendUncertain`. Raises `WriterClosed`, or what is wrong with the events, at once.
        """
        return self._queued(Waiting(self._prepare(append), current()))

    def append(self, append: Append) -> Appended:
        """Append and give the receipt once the events are durable; errors as `submit` and the result of what it gives."""
        entry = Waiting(self._prepare(append), current())
        if self._lone >= ENOUGH_ALONE and self._queue.empty() and self._turn.acquire(blocking=False):
            try:
                self._must_be_open()
                [outcome] = self._outcomes([entry])
            finally:
                self._turn.release()
            return _receipt(outcome)
        return self._queued(entry).result()

    def _queued(self, entry: Waiting) -> Waiting:
        with self._gate:
            self._must_be_open()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="txapi-writer", daemon=True)
                self._thread.start()
            self._queue.put(entry)
        return entry

    def _must_be_open(self) -> None:
        if self._closed:
            raise WriterClosed("the writer is closed")

    def append_now(self, appends: Sequence[Append]) -> list[Appended | Exception]:
        """Append all in one transaction in this thread, in this order: for loaders. What became of each, in order.

        The same checks as `submit`: a conflicting append is answered with its error and the others are recorded.
        Raises `RecordUnavailable` or `AppendUncertain` where the transaction as a whole failed.
        """
        self._must_be_open()
        return self._transact([self._prepare(append) for append in appends])

    def present(self) -> int:
        """The position of the last event: at present, and not only on a server that was the primary once.

        Raises `RecordUnavailable` where that cannot be known now.
        """
        return self._confirmed(NOTHING).position

    def replay(self, command: CommandKey) -> Appended | None:
        """The receipt of a command carried out before, else None; `CommandIdReused` where its id was used otherwise.

        Ask before deciding: a command that was carried out would be refused the second time.
        """
        if self._store.command(*command[:2]) is None:
            return None
        done = self._confirmed(Sought(commands=(command[:2],))).found.commands.get(command[:2])
        return None if done is None else self._complete(replay_of(command, done))

    def _confirmed(self, sought: Sought) -> AppendTransaction:
        """What is sought, as it is at present and stays; the transaction has ended. RecordUnavailable."""
        try:
            with self._store.appending(sought) as append:
                append.confirm()
                return append
        except CommitFailed as error:
            raise RecordUnavailable(f"the record cannot be asked now: {error}") from error

    def listen(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener(position)` after every commit with the new head, from the committing thread: be quick.

        Returns what ends the listening.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def settle(self, moment: datetime) -> None:
        """Make sure that nothing recorded from now on has a recorded time up to `moment`, which must not lie ahead.

        Afterwards the last position at `moment` is final. Waits for the append in progress, if there is one.
        A ValueError where the moment lies ahead, `RecordUnavailable` where the record cannot be written.
        """
        at = micros(moment)
        if moment <= self._clock.now():
            self._asked = max(self._asked, at)
        for last in (False, True):
            try:
                self._settle(at)
            except CommitFailed as error:
                # To settle twice is to settle once, so it is not asked whether it happened.
                if last:
                    raise RecordUnavailable(f"the record could not be written: {error}") from error
            else:
                return

    def _settle(self, at: int) -> None:
        with self._store.appending() as append:
            if max(append.recorded_at - 1, append.settled) < at:
                now = micros(self._clock.now())
                if at > now:
                    raise ValueError(f"{instant(at).isoformat()} lies ahead of the record's clock")
                # Those who wait for the lock behind this one find that it has been done for them.
                append.settle(max(at, min(self._asked, now)))

    def close(self) -> None:
        """Append what is queued, then stop. Closing twice is harmless."""
        with self._gate:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is threading.current_thread():
            return
        if thread is not None:
            thread.join()
        with self._turn:
            pass  # Whoever appends by itself has its receipt before anything is closed.

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            waiting = [self._queue.get()]
            with self._turn:
                # Whatever came until somebody's own append had ended goes together.
                try:
                    while len(waiting) < MOST_IN_A_BATCH and waiting[-1] is not None:
                        waiting.append(self._queue.get_nowait())
                except Empty:
                    pass
                entries = [entry for entry in waiting if entry is not None]
                self._lone = self._lone + 1 if len(entries) <= 1 else 0
                if entries:
                    for entry, outcome in zip(entries, self._outcomes(entries), strict=True):
                        entry.answer(outcome)
            if waiting[-1] is None:
                return

    def _outcomes(self, entries: list[Waiting]) -> Sequence[Outcome]:
        """Append all in one transaction, or each by itself where something fails in it that was not foreseen."""
        try:
            return self._transact([entry.prepared for entry in entries], [entry.cause for entry in entries])
        except (RecordUnavailable, AppendUncertain) as error:
            return [error] * len(entries)
        except Exception:
            _log.exception("a batch of %d appends failed; each is tried by itself", len(entries))
            return [self._append_alone(entry) for entry in entries]

    def _append_alone(self, entry: Waiting) -> Outcome:
        try:
            return self._transact([entry.prepared], [entry.cause])[0]
        except Exception as error:
            return error

    def _transact(self, appends: list[Prepared], causes: Sequence[SpanContext] = ()) -> list[Outcome]:
        """One transaction, as a span and for the observer."""
        began = time.perf_counter()
        outcomes: list[Outcome] = []
        with span(
            "append", {"txapi.appends": len(appends)}, causes=[cause for cause in causes if cause.is_valid]
        ) as told:
            try:
                outcomes = self._append(appends)
            except Exception as error:
                outcomes = [error] * len(appends)
                raise
            finally:
                if self.observer is not None:
                    self.observer.batch_ended(outcomes, time.perf_counter() - began)
            if told.is_recording():
                told.set_attributes(_traced(outcomes))
        return outcomes

    # -- one transaction -------------------------------------------------------------------------------------------

    def _prepare(self, append: Append) -> Prepared:
        scripted = self._clock.basis in (TimeBasis.DATASET, TimeBasis.SIMULATED)
        return prepare(append, self._mapper, (append.at or self._clock.now()) if scripted else None)

    def _append(self, appends: list[Prepared]) -> list[Outcome]:
        changes: Changes | None = None
        outcomes: list[Outcome] = []
        generation: int | None = None
        try:
            with self._store.appending(_touched(appends)) as append:
                generation = self._store.generation
                # The clock is read under the lock, so what was settled or recorded before lies before.
                now = micros(self._clock.now())
                batch = Batch(append.position, append.recorded_at, now, append.settled + 1, append.found)
                outcomes = [_admitted(batch, one) for one in appends]
                changes = batch.changes()
                append.write(changes)
                if changes.nothing and any(isinstance(outcome, Appended) for outcome in outcomes):
                    # A receipt for what was there already, or for nothing to be done.
                    append.confirm()
        except CommitFailed as error:
            generation = None  # Where it landed is another question, and whoever follows asks the store.
            if changes is None or changes.nothing or not self._landed(changes, error):
                raise RecordUnavailable(f"the record could not be written: {error}") from error
        if changes is not None and changes.rows:
            if generation is None:
                self.recent.forget()
            else:
                self.recent.note(changes.rows, generation)
            self._announce(changes.rows[-1].position)
        return [self._complete(o) if isinstance(o, Appended) and o.replayed else o for o in outcomes]

    def _landed(self, changes: Changes, error: Exception) -> bool:
        """Whether a transaction whose COMMIT raised was committed after all."""
        try:
            return self._store.landed(changes)
        except Exception as unanswered:
            raise AppendUncertain(f"{error}; and then: {unanswered}") from error

    def _complete(self, receipt: Appended) -> Appended:
        """A replayed receipt with the time and the events of then."""
        rows = self._store.read(receipt.first - 1, receipt.last - receipt.first + 1)
        events = tuple(self._mapper.decode(row.stream, row.version, row.topic, row.state) for row in rows)
        times = rows or self._store.read(receipt.last - 1, 1)
        recorded_at = instant(times[-1].recorded_at) if times else self._clock.now()
        return msgspec.structs.replace(receipt, recorded_at=recorded_at, events=events)

    def _announce(self, position: int) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(position)
            except Exception:
                _log.exception("a listener failed at position %d; the events are recorded", position)
        # Last, for whoever waits for news may want what the listeners noted.
        self._store.announce(position)


def _receipt(outcome: Outcome) -> Appended:
    if isinstance(outcome, Appended):
        return outcome
    raise outcome


def _admitted(batch: Batch, append: Prepared) -> Outcome:
    try:
        return batch.admit(append)
    except (AppendConflict, ClockBehind, CommandIdReused, LeaseLost) as conflict:
        return conflict


def _touched(appends: Sequence[Prepared]) -> Sought:
    return Sought(
        tuple(dict.fromkeys(stream for append in appends for stream in append.expected)),
        tuple(dict.fromkeys(claim.key for append in appends for claim in append.claims)),
        tuple(dict.fromkeys(append.command[:2] for append in appends if append.command is not None)),
        tuple(dict.fromkeys(append.fence for append in appends if append.fence is not None)),
    )


def _traced(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """What a trace tells of a transaction: how many of its appends were turned down, and which positions it wrote."""
    told = {"txapi.turned_down": sum(not isinstance(outcome, Appended) for outcome in outcomes)}
    new = [one for one in outcomes if isinstance(one, Appended) and not one.replayed and one.first <= one.last]
    if new:
        told |= {"txapi.position.first": new[0].first, "txapi.position.last": new[-1].last}
    return told
