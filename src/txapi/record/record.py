"""The record 记录: the one door to what was ever recorded, for those who read it and those who append."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import msgspec

from txapi.domain.aggregate import Aggregate
from txapi.domain.event import Event
from txapi.record.batch import claims_of
from txapi.record.clock import Clock, SystemClock, parse_clock
from txapi.record.codec import EventMapper
from txapi.record.conflicts import NotAnOwner, NotARecord, RecordUnavailable
from txapi.record.damage import DamagedEvent
from txapi.record.files import Files, open_files
from txapi.record.ids import Ids, RandomIds
from txapi.record.instants import instant, micros
from txapi.record.kept_clock import KeptClock, kept_clock
from txapi.record.ledger import LEDGER_FILE
from txapi.record.owner import OwnerLock, must_not_have_moved
from txapi.record.place import Place
from txapi.record.sqlite_store import SQLiteStore
from txapi.record.store import Head, Key, RecordStore, Row
from txapi.record.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

A = TypeVar("A", bound=Aggregate)

BEHIND_SECONDS = 5.0
"""How long to wait until what others have recorded can be read."""

RECORD_FILE = "record.db"
_REMEMBERED_NOUNS = 8192
_REMEMBERED_KINDS = 65_536
_PAGE = 2000


class RecordedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event, its place in the record, and when the record took it (UTC)."""

    position: int
    recorded_at: datetime
    event: Event


class Indexes(NamedTuple):
    """What is found by more than stream and position, derived from the events: owned keys, next deadlines (µs UTC)."""

    keys: dict[Key, str]
    deadlines: dict[str, int]


class Record:
    """A record, opened. Every method may be called from any thread, none of them from an event loop."""

    def __init__(
        self, store: RecordStore, files: Files, clock: Clock, ids: Ids, lock: OwnerLock | None, *, owner: bool
    ) -> None:
        self.store = store
        self.files = files
        self.clock = clock
        self.ids = ids
        self.mapper = EventMapper(ids, clock.basis)
        self._lock = lock
        self._writer = Writer(store, self.mapper, clock) if owner else None
        self._remembered: OrderedDict[str, tuple[Aggregate, int]] = OrderedDict()
        """Nouns as they were last loaded, and the positions of their last events."""
        self._remembering = threading.Lock()
        self._generation = 0
        self._kinds: dict[tuple[int, str], str] = {}

    @classmethod
    def open(
        cls,
        where: Place | Path | str,
        clock: Clock | str | None = None,
        ids: Ids | None = None,
        *,
        owner: bool = True,
        serving: bool = False,
    ) -> Self:
        """Open the record in a place or folder, which the owner creates where it is missing.

        `clock` is a clock or the setting of one (see `parse_clock`); who is `serving` goes on from where the last server's
        stood. An embedded record has one owner, a record in a database any number of them. Raises `RecordIsOwned` where
        another process owns it, `NotARecord` where there is none to read or the place holds something else,
        `RecordUnavailable` where the database cannot be reached. Readers need no lock.
        """
        place = Place.of(where)
        ids = ids or RandomIds()
        lock: OwnerLock | None = None
        if owner:
            place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if place.embedded:
                must_not_have_moved(place.folder)
                lock = OwnerLock(place.folder)
        try:
            store = _store(place, ids, owner=owner)
            try:
                told = _clock(place, store, clock, kept=owner and serving) if isinstance(clock, str) else clock
                files = open_files(place, owner=owner)
                return cls(store, files, told or SystemClock(), ids, lock, owner=owner)
            except BaseException:
                store.close()
                raise
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def record_id(self) -> str:
        """The record's own identifier."""
        return self.store.record_id

    @property
    def generation(self) -> int:
        """Rises whenever the store was lost and found again: what was remembered of the record is to be read anew."""
        return self.store.generation

    @property
    def is_alone(self) -> bool:
        """Whether this process alone appends: the owner of an embedded record. What it knows of the record, it knows at once."""
        return self._lock is not None

    @property
    def head(self) -> Head:
        """The last event's position and recorded time; position 0 in an empty record."""
        return self.store.head()

    def reach_the_present(self) -> None:
        """Make sure that what is read from now on is not older than this moment.

        After a failover that it slept through, a server takes itself for the primary for some seconds more, and whoever
        reads from it does not see what others have recorded. RecordUnavailable where it stays behind.
        """
        present, until = self.writer.present(), time.monotonic() + BEHIND_SECONDS
        while self.head.position < present:
            if time.monotonic() > until:
                raise RecordUnavailable(f"position {present} is recorded and cannot be read here yet")
            time.sleep(0.05)

    def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """At most `limit` events behind position `after`, in order."""
        return self._recorded(self.store.read(after, limit))

    def read_newest(self, after: int, limit: int) -> list[RecordedEvent]:
        """As `read`, and perhaps fewer than there are: what this process appended last is read from memory, byte for byte as it was
        committed."""
        rows = None if self._writer is None else self._writer.recent.behind(after, limit, self.store.generation)
        return self._recorded(self.store.read(after, limit) if rows is None else rows)

    def read_all(self, after: int = 0) -> Iterator[RecordedEvent]:
        """Every event behind `after`, page by page, up to what the head is when the last page is read."""
        while page := self.read(after, _PAGE):
            yield from page
            after = page[-1].position

    def event_at(self, position: int) -> RecordedEvent | None:
        """The event at that position; None where the record does not reach."""
        found = self.read(position - 1, 1) if position > 0 else []
        return found[0] if found else None

    def events_at(self, positions: Sequence[int]) -> list[RecordedEvent]:
        """The events at these positions, in order, as far as the record reaches: in one reading."""
        return self._recorded(self.store.read_at(positions))

    def event_id_at(self, position: int) -> str | None:
        """The id of the event at that position; None where the record does not reach."""
        found = self.event_at(position)
        return found.event.event_id if found else None

    def stream_events(self, id: str, after_version: int = 0) -> list[RecordedEvent]:
        """The events of a stream behind that version, in order."""
        return self._recorded(self.store.stream(id, after_version))

    def standing_events(self, after: int = 0) -> list[RecordedEvent]:
        """The events of references and units behind a position, in order: what many rules read and few commands change."""
        return self._recorded(self.store.standing(after))

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before `moment`; 0 where there is none.

        While `moment` is the present, a later answer may be higher: see `settled_position_at`.
        """
        return self.store.position_at(moment)

    def settled_position_at(self, moment: datetime) -> int:
        """As `position_at`, and final: nothing recorded later changes it. Owner only.

        A ValueError where `moment` lies ahead of the record's clock and behind its last event.
        """
        recorded_at = self.head.recorded_at
        if recorded_at is None or recorded_at <= moment:
            self.writer.settle(moment)
        return self.store.position_at(moment)

    def owner_of_key(self, kind: str, value: str) -> str | None:
        """The stream that owns the number or code."""
        return self.store.key_owner(Key(kind, value))

    def last_key(self, kind: str, prefix: str) -> str | None:
        """The last of the owned numbers or codes that begin like this: the longest, and of these the greatest."""
        return self.store.last_key(kind, prefix)

    def due_streams(self, before: datetime) -> list[tuple[str, datetime]]:
        """The streams with a deadline at or before that moment, earliest first."""
        return self.store.due(before)

    def kind_of(self, stream: str) -> str | None:
        """The kind of noun that the stream is of ("ticket"); None where it was never written."""
        # What was written once stays what it is, so nobody looks twice, unless another server took the place of the first.
        place = (self.store.generation, stream)
        kind = self._kinds.get(place)
        if kind is None and (topic := self.store.first_topic(stream)):
            kind = topic.partition(".")[0]
            if len(self._kinds) >= _REMEMBERED_KINDS:
                self._kinds.clear()
            self._kinds[place] = kind
        return kind

    def streams_between(self, kind: str, after: int, until: int, holding: bytes = b"") -> list[str]:
        """The streams of a kind of noun ("ticket") with an event behind `after` and up to `until` whose stored bytes hold these."""
        return self.store.streams_between(kind, after, until, holding)

    def wait_beyond(self, position: int, timeout_seconds: float, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Wait for an event behind `position`, at most that long and until `stopped()`; whether there is one.

        Appends wake the waiter at once; on SQLite those of another process do when the time is over. Call `wake` after
        making `stopped()` true.
        """
        return self.store.wait_beyond(position, timeout_seconds, stopped)

    def hear(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener(position)` whenever the record is known to reach further; see `RecordStore.hear`."""
        return self.store.hear(listener)

    def wake(self) -> None:
        """Let everyone in `wait_beyond` look whether to stop."""
        self.store.wake()

    def _recorded(self, rows: Iterable[Row]) -> list[RecordedEvent]:
        decode = self.mapper.decode
        found: list[RecordedEvent] = []
        last, at = 0, instant(0)
        for position, recorded_at, stream, version, topic, state in rows:
            if recorded_at != last:
                try:
                    last, at = recorded_at, instant(recorded_at)
                except (TypeError, OverflowError):
                    raise DamagedEvent(f"event {position} was recorded at no time: {recorded_at!r}") from None
            found.append(RecordedEvent(position, at, decode(stream, version, topic, state)))
        return found

    # -- deciding and appending --------------------------------------------------------------------------------------

    @property
    def writer(self) -> Writer:
        """Appends; `NotAnOwner` where the record was opened to be read."""
        if self._writer is None:
            raise NotAnOwner("the record was opened to be read; only its owner appends")
        return self._writer

    def load(self, cls: type[A], id: str, until: int | None = None) -> A:
        """The noun as it is at this moment, to decide on, or as it was at the position `until`; the caller's own.

        A stream that was never written, or is another kind of noun's, gives a blank one that does not exist.
        """
        generation = self.store.generation
        known = self._known(id, cls, generation, until)
        rows = self.store.stream(id, known.version if known else 0)
        if until is not None:
            rows = [row for row in rows if row.position <= until]
        if not rows:
            return cls(id) if known is None else known.copy()
        if known is None and rows[0].topic.partition(".")[0] != cls.KIND:
            return cls(id)
        noun = cls(id) if known is None else known.copy()
        for recorded in self._recorded(rows):
            noun.evolve(recorded.event)
        if until is not None:
            return noun
        self._remember(noun, rows[-1].position, generation)
        return noun.copy()

    def _known(self, id: str, cls: type[A], generation: int, until: int | None) -> A | None:
        """What is remembered of the noun, as it was at that position or before. Nobody changes it: whoever decides has a copy."""
        with self._remembering:
            if self._generation != generation:
                self._remembered.clear()
                self._generation = generation
            if id not in self._remembered:
                return None
            self._remembered.move_to_end(id)
            noun, position = self._remembered[id]
        return noun if type(noun) is cls and (until is None or position <= until) else None

    def _remember(self, noun: Aggregate, position: int, generation: int) -> None:
        with self._remembering:
            if self._generation != generation:
                return
            if noun.id not in self._remembered or self._remembered[noun.id][1] < position:
                self._remembered[noun.id] = (noun, position)
            self._remembered.move_to_end(noun.id)
            if len(self._remembered) > _REMEMBERED_NOUNS:
                self._remembered.popitem(last=False)

    # -- indexes -----------------------------------------------------------------------------------------------------

    def indexes(self) -> Indexes:
        """The keys and deadlines as they were kept append by append."""
        return Indexes(self.store.keys(), self.store.deadlines())

    def derived_indexes(self) -> Indexes:
        """The keys and deadlines that follow from the events, computed anew from the first to the last."""
        keys: dict[Key, str] = {}
        for recorded in self.read_all():
            for key, stream, taken in claims_of(recorded.event):
                if taken:
                    keys[key] = stream
                elif keys.get(key) == stream:
                    del keys[key]
        deadlines: dict[str, int] = {}
        for stream in self.store.streams():
            events = [recorded.event for recorded in self.stream_events(stream)]
            noun = Aggregate.kinds.get(events[0].TOPIC.partition(".")[0])
            if noun is None:
                raise NotARecord(f"stream {stream} begins with {events[0].TOPIC!r}: no noun of this version")
            due = noun.fold(stream, events).next_deadline()
            if due is not None:
                deadlines[stream] = micros(due)
        return Indexes(keys, deadlines)

    def rebuild_indexes(self) -> Indexes:
        """Put the derived keys and deadlines in the place of those kept, while nobody appends. Owner only."""
        _ = self.writer
        derived = self.derived_indexes()
        self.store.replace_indexes(derived.keys, derived.deadlines)
        return derived

    # -- closing -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Append what is queued, let go of the store, give up the owner lock. Closing twice is harmless."""
        if self._writer is not None:
            self._writer.close()
        if isinstance(self.clock, KeptClock):
            self.clock.stop()
        self.files.close()
        self.store.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _clock(place: Place, store: RecordStore, setting: str, *, kept: bool) -> Clock:
    recorded_at = store.head().recorded_at
    if kept and place.embedded:
        return kept_clock(place.folder, setting, recorded_at)
    return parse_clock(setting, recorded_at, store.clock_ahead)


def _store(place: Place, ids: Ids, *, owner: bool) -> RecordStore:
    if place.database is None:
        file = place.folder / RECORD_FILE
        if owner and (place.folder / LEDGER_FILE).exists() and not file.exists():
            # An empty record beside what was promised of another one would only be in its way.
            raise NotARecord(f"{place} holds a ledger without its record: restore the record, or move the ledger away")
        return SQLiteStore(file, create=owner, ids=ids)
    from txapi.record.postgres.store import PostgresStore

    return PostgresStore(place.database, create=owner, ids=ids)
