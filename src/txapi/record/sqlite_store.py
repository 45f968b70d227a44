"""The embedded store: a record in one SQLite file, in WAL mode, every commit on the disk before it is acknowledged."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import IntegrityError, StoredEvent

from txapi.record.clock import Clock, SystemClock
from txapi.record.conflicts import CommitFailed, NotARecord, RecordUnavailable
from txapi.record.ids import Ids, RandomIds
from txapi.record.instants import instant, micros
from txapi.record.sqlite_files import ReadingPool, connect
from txapi.record.store import AppendTransaction, Changes, CommandKey, CommandRow, Found, Head, Key, RecordStore, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

FORMAT = 1
"""The version of the tables below; a file of another format is not opened."""

_APPLICATION_ID = 0x74786170  # "txap": tells `file` and this code what the database is.

_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    UNIQUE (stream, version)
);
CREATE TABLE commands (
    subject TEXT NOT NULL,
    command_id TEXT NOT NULL,
    input_hash BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (subject, command_id)
) WITHOUT ROWID;
CREATE TABLE keys (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    stream TEXT NOT NULL,
    PRIMARY KEY (kind, value)
) WITHOUT ROWID;
CREATE TABLE deadlines (stream TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX deadlines_due ON deadlines (due);
CREATE INDEX commands_first ON commands (first);
CREATE INDEX events_standing ON events (position) WHERE topic GLOB 'reference.*' OR topic GLOB 'unit.*';
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {FORMAT};
"""

_COLUMNS = "position, recorded_at, stream, version, topic, state"
_HEAD = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"


class _Append:
    """One transaction of the writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        head: tuple[int, int] = connection.execute(_HEAD).fetchone() or (0, 0)
        self.position, self.recorded_at = head

    def look_up(self, streams: Iterable[str], keys: Iterable[Key], commands: Iterable[tuple[str, str]]) -> Found:
        """What is known of these streams, keys and commands."""
        execute = self._connection.execute
        versions: dict[str, int] = {}
        for stream in streams:
            versions[stream] = execute("SELECT MAX(version) FROM events WHERE stream = ?", (stream,)).fetchone()[0] or 0
        owners: dict[Key, str] = {}
        for key in keys:
            row = execute("SELECT stream FROM keys WHERE kind = ? AND value = ?", key).fetchone()
            if row is not None:
                owners[key] = row[0]
        found: dict[tuple[str, str], CommandRow] = {}
        for command in commands:
            row = execute(_COMMAND, command).fetchone()
            if row is not None:
                found[command] = CommandRow(*row)
        return Found(versions, owners, found)

    def write(self, changes: Changes) -> None:
        """Write them; visible to nobody before the transaction ends."""
        many = self._connection.executemany
        many(f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", changes.rows)
        if changes.owners:
            gone = [key for key, stream in changes.owners.items() if stream is None]
            many("DELETE FROM keys WHERE kind = ? AND value = ?", gone)
            kept = [(*key, stream) for key, stream in changes.owners.items() if stream is not None]
            many("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", kept)
        if changes.deadlines:
            many(
                "DELETE FROM deadlines WHERE stream = ?", [(s,) for s, due in changes.deadlines.items() if due is None]
            )
            due_streams = [(s, due) for s, due in changes.deadlines.items() if due is not None]
            many("INSERT OR REPLACE INTO deadlines VALUES (?, ?)", due_streams)
        if changes.commands:
            many("INSERT INTO commands VALUES (?, ?, ?, ?, ?)", [(*k, *row) for k, row in changes.commands.items()])


_COMMAND = "SELECT input_hash, first, last FROM commands WHERE subject = ? AND command_id = ?"


class SQLiteStore(RecordStore):
    """A record in `path`. With `create` the file is made where it is missing; without, it is only read.

    `clock` times what comes through the library's `insert_events`; the writer brings its own times.
    """

    def __init__(self, path: Path, *, create: bool = True, ids: Ids | None = None, clock: Clock | None = None) -> None:
        super().__init__()
        self._path = path
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._pool = ReadingPool(path)
        if not create and not path.exists():
            raise NotARecord(f"there is no record at {path}")
        self._writing = connect(self._path) if create else None
        try:
            if self._writing is not None:
                self._prepare(self._writing, ids or RandomIds())
            self._check()
            if self._writing is not None:
                # Records that were begun before commands were signed for have no such index yet.
                self._writing.execute("CREATE INDEX IF NOT EXISTS commands_first ON commands (first)")
        except BaseException as error:
            self.close()
            if isinstance(error, sqlite3.DatabaseError):
                raise NotARecord(f"{path} cannot be read as a record: {error}") from error
            raise

    def _prepare(self, connection: sqlite3.Connection, ids: Ids) -> None:
        """Set up durability, and the tables in a new file."""
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                created = datetime.now(UTC).isoformat()
                facts = {"record_id": ids.uuid(), "format": str(FORMAT), "created": created}
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _check(self) -> None:
        """Raise `NotARecord` where the file is none, or of another format; else remember whose record it is."""
        with self._reading() as connection:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            form = connection.execute("PRAGMA user_version").fetchone()[0]
            if kind != _APPLICATION_ID:
                raise NotARecord(f"{self._path} is a database, but no record")
            if form != FORMAT:
                raise NotARecord(f"{self._path} is a record of format {form}; this version knows format {FORMAT}")
            self.record_id = connection.execute("SELECT value FROM meta WHERE key = 'record_id'").fetchone()[0]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, from the pool."""
        if self._pool.closed:
            raise RecordUnavailable("the record is closed")
        with self._pool.lent() as connection:
            yield connection

    # -- appending -------------------------------------------------------------------------------------------------

    @contextmanager
    def appending(self) -> Iterator[AppendTransaction]:
        """The append lock and a transaction; see `RecordStore.appending`."""
        with self._lock:
            connection = self._writing
            if connection is None:
                raise RecordUnavailable("the record is closed, or was opened to be read")
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise RecordUnavailable(f"the record cannot be locked for appending: {error}") from error
            try:
                yield _Append(connection)
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise RecordUnavailable(f"the record cannot be written: {error}") from error
                raise
            try:
                self._commit(connection)
            except sqlite3.Error as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise CommitFailed(str(error)) from error

    def _commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Append stored events through the library's interface; their positions.

        Raises the library's IntegrityError where a stream has such a version already. Stored events do not tell
        their keys and deadlines; what claims any goes through the writer.
        """
        try:
            with self.appending() as append:
                at = max(micros(self._clock.now()), append.recorded_at)
                rows = [
                    Row(position, at, str(e.originator_id), e.originator_version, e.topic, e.state)
                    for position, e in enumerate(stored_events, append.position + 1)
                ]
                append.write(Changes(rows, {}, {}, {}))
        except sqlite3.IntegrityError as error:
            raise IntegrityError(str(error)) from error
        if rows:
            self.announce(rows[-1].position)
        return [row.position for row in rows]

    def streams_between(self, kind: str, after: int, until: int) -> list[str]:
        """The streams of a kind of noun with an event in that range."""
        sql = (
            "SELECT stream FROM events NOT INDEXED WHERE position > ? AND position <= ? AND topic GLOB ?"
            " GROUP BY stream ORDER BY min(position)"
        )
        return [row[0] for row in self._rows(sql, (after, until, f"{kind}.*"))]

    def replace_indexes(self, keys: dict[Key, str], deadlines: dict[str, int]) -> None:
        """Put these keys and deadlines in the place of those kept, at once."""
        with self.appending() as append:
            assert self._writing is not None
            self._writing.execute("DELETE FROM keys")
            self._writing.execute("DELETE FROM deadlines")
            append.write(Changes([], dict(keys), dict(deadlines), {}))

    # -- reading ---------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(sql, arguments).fetchall()

    def read(self, after: int, limit: int) -> list[Row]:
        """At most `limit` events behind position `after`, in order."""
        sql = f"SELECT {_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
        return list(map(Row._make, self._rows(sql, (after, limit))))

    def stream(self, stream: str, after_version: int = 0) -> list[Row]:
        """The events of a stream behind that version, in order."""
        sql = f"SELECT {_COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version"
        return list(map(Row._make, self._rows(sql, (stream, after_version))))

    def standing(self, after: int) -> list[Row]:
        """The events of references and units behind a position, in order."""
        found = self._rows(
            f"SELECT {_COLUMNS} FROM events WHERE (topic GLOB 'reference.*' OR topic GLOB 'unit.*') AND position > ?"
            " ORDER BY position",
            (after,),
        )
        return [Row(*row) for row in found]

    def head(self) -> Head:
        """The last event."""
        rows = self._rows(_HEAD)
        return Head(rows[0][0], instant(rows[0][1])) if rows else Head(0, None)

    def position_at(self, moment: datetime) -> int:
        """The position of the last event recorded at or before `moment`; 0 where there is none."""
        at = micros(moment)
        with self._reading() as connection:
            low, high = 0, (connection.execute(_HEAD).fetchone() or (0, 0))[0]
            # Positions have no gaps and recorded times never run backwards, so halving finds it without an index.
            while low < high:
                middle = (low + high + 1) // 2
                sql = "SELECT recorded_at FROM events WHERE position = ?"
                if connection.execute(sql, (middle,)).fetchone()[0] <= at:
                    low = middle
                else:
                    high = middle - 1
        return int(low)

    def command(self, subject: str, command_id: str) -> CommandRow | None:
        """The command, if it was carried out."""
        rows = self._rows(_COMMAND, (subject, command_id))
        return CommandRow(*rows[0]) if rows else None

    def commands_between(self, after: int, until: int) -> Iterator[tuple[CommandKey, int, int]]:
        """The commands whose first position lies in that range."""
        sql = (
            "SELECT subject, command_id, input_hash, first, last FROM commands WHERE first > ? AND first <= ?"
            " ORDER BY first, last, subject, command_id"
        )
        with self._reading() as connection:
            for subject, command_id, input_hash, first, last in connection.execute(sql, (after, until)):
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
        with self._reading() as connection:
            for (stream,) in connection.execute("SELECT stream FROM events WHERE version = 1 ORDER BY stream"):
                yield stream

    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
        with self._lock:
            if self._writing is not None:
                self._writing.close()
                self._writing = None
        self._pool.close()
        self.wake(closing=True)
