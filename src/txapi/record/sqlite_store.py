"""The embedded store: a record in one SQLite file, in WAL mode, every commit on the disk before it is acknowledged."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from eventsourcing.persistence import IntegrityError

from txapi.record.conflicts import CommitFailed, NotARecord, RecordUnavailable
from txapi.record.ids import Ids, RandomIds
from txapi.record.kept_clock import noted_clock
from txapi.record.sqlite_files import ReadingPool, connect
from txapi.record.store import NOTHING, AppendTransaction, Changes, CommandRow, Found, Key, Sought
from txapi.record.table_store import COLUMNS, HEAD, TableStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from txapi.record.clock import Clock

FORMAT = 1
"""The version of the tables below; a file of another format is not opened."""

_APPLICATION_ID = 0x74786170  # "txap": tells `file` and this code what the database is.

_MOST_AT_ONCE = 64
"""Rows in one statement at most."""

_HEAD = f"SELECT 0, position, recorded_at, NULL, NULL, NULL FROM ({HEAD})"
# What is wanted is the outer loop, and each is found by its key: of `(a, b) IN (VALUES ...)` SQLite makes a scan of the table.
_VERSIONS = (
    "SELECT 1, e.stream, e.version, NULL, NULL, NULL FROM (VALUES {}) AS w CROSS JOIN events AS e"
    " ON e.stream = w.column1 AND e.version = (SELECT MAX(version) FROM events WHERE stream = w.column1)"
)
_OWNERS = (
    "SELECT 2, k.kind, k.value, k.stream, NULL, NULL FROM (VALUES {}) AS w CROSS JOIN keys AS k"
    " ON k.kind = w.column1 AND k.value = w.column2"
)
_COMMANDS = (
    "SELECT 3, c.* FROM (VALUES {}) AS w CROSS JOIN commands AS c ON c.subject = w.column1 AND c.command_id = w.column2"
)

_STANDING = "topic GLOB 'reference.*' OR topic GLOB 'unit.*'"

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
CREATE INDEX events_standing ON events (position) WHERE {_STANDING};
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {FORMAT};
"""


class _Append:
    """One transaction of the writing connection."""

    def __init__(self, store: SQLiteStore, connection: sqlite3.Connection, sought: Sought) -> None:
        self._store = store
        self._connection = connection
        self.position = self.recorded_at = 0
        self.settled = store.settled
        # The owner of the file holds every lease for as long as it owns the file.
        self.found = Found(dict.fromkeys(sought.streams, 0), {}, {}, sought.fences)
        self._look(sought)

    def _look(self, sought: Sought) -> None:
        """Where the record stands, and what it holds of what is sought.

        Every step of a statement lets other threads run, and this one then waits for its turn again while everybody waits
        for the append. So all is asked at once, in numbers of which there are few, for each is a statement to prepare: what is
        missing to such a number is asked for twice.
        """
        asked: list[tuple[str, list[tuple[Any, ...]]]] = [
            (_VERSIONS, [(stream,) for stream in sought.streams]),
            (_OWNERS, list(sought.keys)),
            (_COMMANDS, list(sought.commands)),
        ]
        selects, wanted = [_HEAD], list[Any]()
        for at in range(0, max(1, *(len(rows) for _, rows in asked)), _MOST_AT_ONCE):
            for select, rows in asked:
                if some := rows[at : at + _MOST_AT_ONCE]:
                    some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
                    selects.append(select.format(_marks(len(some), len(some[0]))))
                    wanted += chain.from_iterable(some)
            for found in self._connection.execute(" UNION ALL ".join(selects), wanted).fetchall():
                self._note(*found)
            selects, wanted = [], []

    def _note(self, what: int, *told: Any) -> None:
        """Take in a row of what was looked for."""
        if what == 0:
            self.position, self.recorded_at, *_ = told
        elif what == 1:
            self.found.versions[told[0]] = told[1]
        elif what == 2:
            self.found.owners[Key(told[0], told[1])] = told[2]
        else:
            self.found.commands[told[0], told[1]] = CommandRow(*told[2:])

    def settle(self, until: int) -> None:
        """Let nothing be recorded at or before that time any more; remembered for as long as the file is owned."""
        self._store.settled = max(self._store.settled, until)

    def confirm(self) -> None:
        """Nothing needs to be done: what is in the file is the present."""

    def clear_indexes(self) -> None:
        """Delete every key and deadline."""
        self._connection.execute("DELETE FROM keys")
        self._connection.execute("DELETE FROM deadlines")

    def write(self, changes: Changes) -> None:
        """Write them; visible to nobody before the transaction ends."""
        many = self._connection.executemany
        self._insert(f"INSERT INTO events ({COLUMNS})", changes.rows)
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
        self._insert("INSERT INTO commands", [(*command, *row) for command, row in changes.commands.items()])

    def _insert(self, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert many at once, for the reason that `_look` gives."""
        for at in range(0, len(rows), _MOST_AT_ONCE):
            some = rows[at : at + _MOST_AT_ONCE]
            sql = f"{into} VALUES {_marks(len(some), len(some[0]))}"
            self._connection.execute(sql, list(chain.from_iterable(some)))


@cache
def _marks(rows: int, columns: int) -> str:
    """The marks of so many rows, of which there are `_MOST_AT_ONCE` at most."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


class SQLiteStore(TableStore):
    """A record in `path`. With `create` the file is made where it is missing; without, it is only read.

    `clock` as in `TableStore`.
    """

    STANDING = _STANDING
    HOLDS = "instr(state, ?) > 0"
    BY_POSITION = "events NOT INDEXED"

    def __init__(self, path: Path, *, create: bool = True, ids: Ids | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._path = path
        self.settled = 0
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
            found = connection.execute("SELECT value FROM meta WHERE key = 'record_id'").fetchone()
            if found is None:
                raise NotARecord(
                    f"{self._path} does not say which record it is: it was damaged, and a backup is restored"
                )
            [self.record_id] = found

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, from the pool."""
        if self._pool.closed:
            raise RecordUnavailable("the record is closed")
        with self._pool.lent() as connection:
            yield connection

    # -- appending -------------------------------------------------------------------------------------------------

    @contextmanager
    def appending(self, sought: Sought = NOTHING) -> Iterator[AppendTransaction]:
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
                yield _Append(self, connection, sought)
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise RecordUnavailable(f"the record cannot be written: {error}") from error
                if isinstance(error, sqlite3.IntegrityError):
                    raise IntegrityError(str(error)) from error
                raise
            try:
                self._commit(connection)
            except sqlite3.Error as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise CommitFailed(str(error)) from error

    def _commit(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")

    # -- reading ---------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(sql, arguments).fetchall()

    def _streamed(self, sql: str, arguments: tuple[Any, ...] = ()) -> Iterator[Any]:
        with self._reading() as connection:
            yield from connection.execute(sql, arguments)

    def clock_told(self, setting: str | None = None) -> datetime | None:
        """See `RecordStore.clock_told`: what the last server noted beside the file."""
        note = noted_clock(self._path.parent)
        return None if note is None or setting not in (None, note.setting) else note.stands

    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
        with self._lock:
            if self._writing is not None:
                self._writing.close()
                self._writing = None
        self._pool.close()
        self.wake(closing=True)
