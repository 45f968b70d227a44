"""What a record in tables is asked, whichever database keeps them: one statement serves SQLite and PostgreSQL."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from txapi.record.clock import SystemClock
from txapi.record.instants import instant, micros
from txapi.record.store import Changes, CommandKey, CommandRow, Head, Key, RecordStore, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from eventsourcing.persistence import StoredEvent

    from txapi.record.clock import Clock

COLUMNS = "position, recorded_at, stream, version, topic, state"
HEAD = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"
COMMAND = "SELECT input_hash, first, last FROM commands WHERE subject = ? AND command_id = ?"
_READ = f"SELECT {COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
# Positions have no gaps and recorded times never run backwards, so halving finds it without an index.
_POSITION_AT = """
WITH RECURSIVE halving (low, high) AS (
    SELECT CAST(0 AS BIGINT), COALESCE((SELECT MAX(position) FROM events), CAST(0 AS BIGINT))
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= ? THEN e.position ELSE low END,
           CASE WHEN e.recorded_at <= ? THEN high ELSE e.position - 1 END
    FROM halving CROSS JOIN events AS e WHERE low < high AND e.position = (low + high + 1) / 2
)
SELECT low FROM halving WHERE low = high
"""


class TableStore(RecordStore):
    """A record in tables. `clock` times what comes through the library's `insert_events`; the writer brings its own times."""

    STANDING: ClassVar[str]
    """The condition of the index of standing events, as this database writes it."""
    HOLDS: ClassVar[str]
    """The condition that the stored bytes of an event hold some bytes, or none."""
    BY_POSITION: ClassVar[str] = "events"
    """The events, to be read in the order of their positions."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = clock or SystemClock()

    @abstractmethod
    def _rows(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[Any]:
        """All rows that a statement finds."""

    @abstractmethod
    def _streamed(self, sql: str, arguments: tuple[Any, ...] = ()) -> Iterator[Any]:
        """The rows that a statement finds, few of them in memory at a time."""

    # -- appending -------------------------------------------------------------------------------------------------

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Append stored events through the library's interface; their positions.

        Raises the library's IntegrityError where a stream has such a version already. Stored events do not tell
        their keys and deadlines; what claims any goes through the writer.
        """
        with self.appending() as append:
            at = max(micros(self._clock.now()), append.recorded_at, append.settled + 1)
            rows = [
                Row(position, at, str(e.originator_id), e.originator_version, e.topic, e.state)
                for position, e in enumerate(stored_events, append.position + 1)
            ]
            append.write(Changes(rows, {}, {}, {}))
        if rows:
            self.announce(rows[-1].position)
        return [row.position for row in rows]

    def replace_indexes(self, keys: dict[Key, str], deadlines: dict[str, int]) -> None:
        """Put these keys and deadlines in the place of those kept, at once."""
        with self.appending() as append:
            append.clear_indexes()
            append.write(Changes([], dict(keys), dict(deadlines), {}))

    def landed(self, changes: Changes) -> bool:
        """Whether a transaction with these changes is in the record."""
        return are_kept(changes, self._rows)

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, after: int, limit: int) -> list[Row]:
        """At most `limit` events behind position `after`, in order."""
        return list(map(Row._make, self._rows(_READ, (after, limit))))

    def read_at(self, positions: Sequence[int]) -> list[Row]:
        """The events at these positions, in order."""
        if not positions:
            return []
        # Statements are prepared by their text: there are few of them where one is named again until they are some round number.
        wanted = [*positions, *[positions[-1]] * (_round(len(positions)) - len(positions))]
        sql = f"SELECT {COLUMNS} FROM events WHERE position IN ({', '.join('?' * len(wanted))}) ORDER BY position"
        return list(map(Row._make, self._rows(sql, tuple(wanted))))

    def stream(self, stream: str, after_version: int = 0) -> list[Row]:
        """The events of a stream behind that version, in order."""
        sql = f"SELECT {COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version"
        return list(map(Row._make, self._rows(sql, (stream, after_version))))

    def standing(self, after: int) -> list[Row]:
        """The events of references and units behind a position, in order."""
        sql = f"SELECT {COLUMNS} FROM events WHERE ({self.STANDING}) AND position > ? ORDER BY position"
        return list(map(Row._make, self._rows(sql, (after,))))

    def head(self) -> Head:
        """The last event."""
        rows = self._rows(HEAD)
        return Head(rows[0][0], instant(rows[0][1])) if rows else Head(0, None)

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before `moment`; 0 where there is none."""
        at = micros(moment)
        [[position]] = self._rows(_POSITION_AT, (at, at))
        return int(position)

    def command(self, subject: str, command_id: str) -> CommandRow | None:
        """The command, if it was carried out."""
        rows = self._rows(COMMAND, (subject, command_id))
        return CommandRow(*rows[0]) if rows else None

    def commands_between(self, after: int, until: int) -> Iterator[tuple[CommandKey, int, int]]:
        """The commands whose first position lies in that range."""
        sql = (
            "SELECT subject, command_id, input_hash, first, last FROM commands WHERE first > ? AND first <= ?"
            " ORDER BY first, last, subject, command_id"
        )
        for subject, command_id, input_hash, first, last in self._streamed(sql, (after, until)):
            yield CommandKey(subject, command_id, input_hash), first, last

    def facts(self) -> dict[str, str]:
        """What the record says of itself."""
        return dict(self._rows("SELECT key, value FROM meta"))

    def key_owner(self, key: Key) -> str | None:
        """The stream that owns the key."""
        rows = self._rows("SELECT stream FROM keys WHERE kind = ? AND value = ?", key)
        return rows[0][0] if rows else None

    def last_key(self, kind: str, prefix: str) -> str | None:
        """The last owned value of a kind that begins like this."""
        sql = (
            "SELECT value FROM keys WHERE kind = ? AND value >= ? AND value < ?"
            " ORDER BY length(value) DESC, value DESC LIMIT 1"
        )
        rows = self._rows(sql, (kind, prefix, prefix + "\U0010ffff"))
        return rows[0][0] if rows else None

    def due(self, before: datetime) -> list[tuple[str, datetime]]:
        """The streams with a deadline at or before that moment, earliest first."""
        sql = "SELECT stream, due FROM deadlines WHERE due <= ? ORDER BY due, stream"
        return [(stream, instant(due)) for stream, due in self._rows(sql, (micros(before),))]

    def first_topic(self, stream: str) -> str | None:
        """The topic of the stream's first event; None for a stream that was never written."""
        rows = self._rows("SELECT topic FROM events WHERE stream = ? AND version = 1", (stream,))
        return rows[0][0] if rows else None

    def keys(self) -> dict[Key, str]:
        """Every owned key with its stream."""
        return {Key(kind, value): stream for kind, value, stream in self._rows("SELECT kind, value, stream FROM keys")}

    def deadlines(self) -> dict[str, int]:
        """Every stream with a deadline, in microseconds since 1970 UTC."""
        return dict(self._rows("SELECT stream, due FROM deadlines"))

    def streams(self) -> Iterator[str]:
        """Every stream, in the order of their identifiers."""
        for (stream,) in self._streamed("SELECT stream FROM events WHERE version = 1 ORDER BY stream"):
            yield stream

    def streams_between(self, kind: str, after: int, until: int, holding: bytes = b"") -> list[str]:
        """The streams of a kind of noun with an event in that range whose stored bytes hold these."""
        sql = (
            f"SELECT stream FROM {self.BY_POSITION} WHERE position > ? AND position <= ? AND topic >= ? AND topic < ?"
            f" AND {self.HOLDS} GROUP BY stream ORDER BY min(position)"
        )
        # The topics that begin with the kind and a dot: the sign behind a dot is a slash.
        return [row[0] for row in self._rows(sql, (after, until, f"{kind}.", f"{kind}/", holding))]


def are_kept(changes: Changes, rows: Callable[[str, tuple[Any, ...]], list[Any]]) -> bool:
    """Whether the changes are what the database holds, which is asked through `rows`."""
    if changes.rows:
        found = rows(_READ, (changes.rows[0].position - 1, len(changes.rows)))
        return [Row._make(row) for row in found] == list(changes.rows)
    if changes.commands:
        return all(
            [CommandRow._make(row) for row in rows(COMMAND, key)] == [done] for key, done in changes.commands.items()
        )
    due = "SELECT due FROM deadlines WHERE stream = ?"
    return all(
        [at for (at,) in rows(due, (stream,))] == [at for at in [wanted] if at is not None]
        for stream, wanted in changes.deadlines.items()
    )


def _round(count: int) -> int:
    """The next power of two."""
    return 1 << (count - 1).bit_length()
