"""The interface of a record's store: what every database that keeps a record must be able to do.

A store keeps rows and knows nothing of events' meaning. It appends under one lock that orders appends, so positions
have no gaps and recorded times never run backwards.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Protocol

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from uuid import UUID

    from txapi.record.database import Fence

_log = logging.getLogger(__name__)


class Head(NamedTuple):
    """The last event of the record: its position (0: none yet) and when it was recorded."""

    position: int
    recorded_at: datetime | None


class Row(NamedTuple):
    """One event as it is kept. `recorded_at` is in microseconds since 1970 UTC."""

    position: int
    recorded_at: int
    stream: str
    version: int
    topic: str
    state: bytes


class CommandKey(NamedTuple):
    """Which command of whom, and the hash of what it asked for."""

    subject: str
    command_id: str
    input_hash: bytes


class CommandRow(NamedTuple):
    """A command that was carried out: the hash of its input, and the positions of its events.

    A command that recorded no event has `last` = the head of then, and `first` = `last` + 1.
    """

    input_hash: bytes
    first: int
    last: int


class Key(NamedTuple):
    """A number or code that one stream owns: ("ticket-number", "2015-031")."""

    kind: str
    value: str


class Sought(NamedTuple):
    """What a batch of appends touches: streams, keys, commands (subject, command id), and the leases that it relies on."""

    streams: Collection[str] = ()
    keys: Collection[Key] = ()
    commands: Collection[tuple[str, str]] = ()
    fences: Collection[Fence] = ()


NOTHING = Sought()


class Found(NamedTuple):
    """What the store knows of what was sought. Streams never written are at 0; `held` are the leases not lost."""

    versions: dict[str, int]
    owners: dict[Key, str]
    commands: dict[tuple[str, str], CommandRow]
    held: Collection[Fence] = ()


class Changes(NamedTuple):
    """What a batch writes. An owner or a deadline of None deletes it; deadlines are in microseconds since 1970 UTC."""

    rows: Sequence[Row]
    owners: dict[Key, str | None]
    deadlines: dict[str, int | None]
    commands: dict[tuple[str, str], CommandRow]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write."""
        return not any(self)


class AppendTransaction(Protocol):
    """One transaction under the append lock."""

    position: int
    """The head's position when the lock was taken."""
    recorded_at: int
    """The head's recorded time in microseconds; 0 in an empty record."""
    settled: int
    """Nothing is recorded at or before this time any more, in microseconds."""
    found: Found
    """What is known of what was sought."""

    def write(self, changes: Changes) -> None:
        """Write them; visible to nobody before the transaction ends."""
        ...

    def settle(self, until: int) -> None:
        """Let nothing be recorded at or before that time any more, in microseconds, by whichever process."""
        ...

    def confirm(self) -> None:
        """Commit even where nothing is written, so that what was found is the present, and stays: a server that was the primary and
        does not know yet that it is none any more cannot commit, and what its standbys have not confirmed may be lost."""
        ...

    def clear_indexes(self) -> None:
        """Delete every key and deadline."""
        ...


class RecordStore(ApplicationRecorder):
    """Keeps a record. Every method may be called from any thread."""

    record_id: str
    """The record's own identifier, given once when it was created."""
    generation = 0
    """Rises whenever the store was lost and found again: another server may tell less than was read before, so what is remembered
    of it is to be read anew."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._announced = 0
        self._closing = False
        self._hearing: list[Callable[[int], None]] = []

    @abstractmethod
    def appending(self, sought: Sought = NOTHING) -> AbstractContextManager[AppendTransaction]:
        """The append lock and a transaction: committed when the block ends, rolled back when it raises.

        What is sought is looked up under the lock. Raises `CommitFailed` where COMMIT raised, `RecordUnavailable` where
        the lock cannot be had, the library's IntegrityError where a stream has such a version already.
        """

    @abstractmethod
    def landed(self, changes: Changes) -> bool:
        """Whether a transaction with these changes, whose COMMIT raised, was committed after all and will stay so.

        Its events are looked for by their bytes, which hold each event's id and salt, so another's never look the same.
        Raises where the store does not answer.
        """

    @abstractmethod
    def read(self, after: int, limit: int) -> list[Row]:
        """At most `limit` events behind position `after`, in order."""

    @abstractmethod
    def read_at(self, positions: Sequence[int]) -> list[Row]:
        """The events at these positions, in order, as far as the record reaches."""

    @abstractmethod
    def stream(self, stream: str, after_version: int = 0) -> list[Row]:
        """The events of a stream behind that version, in order."""

    @abstractmethod
    def standing(self, after: int) -> list[Row]:
        """The events of references and units behind a position: few, and read by every rule. In order."""

    @abstractmethod
    def head(self) -> Head:
        """The last event."""

    @abstractmethod
    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before `moment`; 0 where there is none."""

    @abstractmethod
    def command(self, subject: str, command_id: str) -> CommandRow | None:
        """The command, if it was carried out."""

    @abstractmethod
    def commands_between(self, after: int, until: int) -> Iterable[tuple[CommandKey, int, int]]:
        """The commands whose first position is behind `after` and up to `until`, with their first and last positions.

        In order of first, last, subject and id. A command that recorded nothing counts at the position behind the head of
        then, so what lies up to a head never changes any more.
        """

    def clock_ahead(self, setting: str, ahead: timedelta) -> timedelta:
        """How far the demonstration clock of that setting is ahead of the machine's: `ahead`, or what another process fixed."""
        return ahead

    def clock_told(self, setting: str | None = None) -> datetime | None:
        """Where the demonstration clock of that setting, or of any, has got to that servers of this record keep: not ahead of
        them, but for milliseconds between machines. None where none is kept.
        """
        return None

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What the record says of itself: its identifier, its format, when it was created."""

    @abstractmethod
    def key_owner(self, key: Key) -> str | None:
        """The stream that owns the key."""

    @abstractmethod
    def last_key(self, kind: str, prefix: str) -> str | None:
        """The last owned value of a kind that begins like this: the longest, and of these the greatest by code point."""

    @abstractmethod
    def due(self, before: datetime) -> list[tuple[str, datetime]]:
        """The streams with a deadline at or before that moment, earliest first."""

    @abstractmethod
    def first_topic(self, stream: str) -> str | None:
        """The topic of the stream's first event; None for a stream that was never written."""

    @abstractmethod
    def keys(self) -> dict[Key, str]:
        """Every owned key with its stream."""

    @abstractmethod
    def deadlines(self) -> dict[str, int]:
        """Every stream with a deadline, in microseconds since 1970 UTC."""

    @abstractmethod
    def streams(self) -> Iterable[str]:
        """Every stream, in the order of their identifiers."""

    @abstractmethod
    def streams_between(self, kind: str, after: int, until: int, holding: bytes = b"") -> list[str]:
        """The streams of a kind of noun with an event behind `after` and up to `until` whose stored bytes hold these, in order
        of the first of them."""

    @abstractmethod
    def replace_indexes(self, keys: dict[Key, str], deadlines: dict[str, int]) -> None:
        """Put these keys and deadlines in the place of those kept, at once."""

    def abandon(self) -> None:
        """Ask nothing of the database any more, for the process ends: who waits for an answer hears at once that none will come."""

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection."""

    # -- news of appends -----------------------------------------------------------------------------------------

    def announce(self, position: int) -> None:
        """Tell those who wait that the record reaches `position`."""
        with self._news:
            if position <= self._announced:
                return
            self._announced = position
            self._news.notify_all()
        for listener in tuple(self._hearing):
            try:
                listener(position)
            except Exception:
                _log.exception("a listener failed at position %d; the events are recorded", position)

    def hear(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener(position)` whenever the record is known to reach further, from another thread: be quick.

        Of this process's appends it hears at once, in the committing thread; of other processes' where the database tells
        them. Gives what ends the hearing.
        """
        self._hearing.append(listener)
        return lambda: self._hearing.remove(listener)

    def wait_beyond(self, position: int, timeout_seconds: float, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Wait for an event behind `position`, at most that long and until `stopped()`; whether there is one.

        Appends of this process wake the waiter at once; those of another at once where the database tells them, else
        they are seen when the time is over. Whoever makes `stopped()` true calls `wake` afterwards.
        """
        with self._news:
            self._news.wait_for(lambda: self._announced > position or self._closing or stopped(), timeout_seconds)
            if self._announced > position:
                return True
            if self._closing:
                return False
        return self._reaches_beyond(position)

    def _reaches_beyond(self, position: int) -> bool:
        """Whether there is an event behind a position of which nobody told."""
        return self.head().position > position

    def wake(self, *, closing: bool = False) -> None:
        """Let everyone in `wait_beyond` look whether to stop; with `closing`, nobody waits any more."""
        with self._news:
            self._closing = self._closing or closing
            self._news.notify_all()

    # -- the library's interface -----------------------------------------------------------------------------------

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """At most `limit` notifications from `start` through `stop`, of these topics (all where none is named)."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        wanted: Collection[str] = frozenset(topics)
        found: list[Notification] = []
        while len(found) < limit:
            rows = self.read(after, limit)
            for row in rows:
                if stop is not None and row.position > stop:
                    return found
                if (not wanted or row.topic in wanted) and len(found) < limit:
                    found.append(Notification(row.stream, row.version, row.topic, row.state, row.position))
            if len(rows) < limit:
                break
            after = rows[-1].position
        return found

    def max_notification_id(self) -> int | None:
        """The head's position, or None in an empty record."""
        return self.head().position or None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """The stored events of a stream with versions above `gt` and up to `lte`."""
        rows = self.stream(str(originator_id), gt or 0)
        events = [StoredEvent(r.stream, r.version, r.topic, r.state) for r in rows if lte is None or r.version <= lte]
        if desc:
            events.reverse()
        return events[:limit]

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """An endless iterator of the notifications behind `gt`; stop it to end it."""
        return RecordSubscription(self, gt, topics)


class RecordSubscription(Subscription[RecordStore]):
    """Follows a record: wakes at once on this process's appends, and looks once a second besides."""

    def __init__(self, recorder: RecordStore, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._wanted = frozenset(topics)
        self._waiting: list[Notification] = []

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._waiting:
                return self._waiting.pop()
            after = self._last_notification_id or 0
            rows = self._recorder.read(after, 500)
            if rows:
                # What the topics leave out is passed over too, or the next look would begin with it again.
                self._last_notification_id = rows[-1].position
                self._waiting = [
                    Notification(r.stream, r.version, r.topic, r.state, r.position)
                    for r in reversed(rows)
                    if not self._wanted or r.topic in self._wanted
                ]
            else:
                self._recorder.wait_beyond(after, 1.0, lambda: self._has_been_stopped)
        raise StopIteration

    def stop(self) -> None:
        """End the iteration; whoever waits for the next notification stops waiting."""
        super().stop()
        self._recorder.wake()
