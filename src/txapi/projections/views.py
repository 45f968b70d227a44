"""The read models: versioned rows in a database of their own, named after the code that made them."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import txapi
from txapi.projections.rows import RowWriter
from txapi.projections.table import digest_text
from txapi.record.instants import instant, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from txapi.projections.projection import Projection
    from txapi.projections.table import Table

_READERS = 16


@cache
def fingerprint(parts: tuple[str, ...] = ("domain", "projections")) -> str:
    """Names the code that decides what the rows are: a change of domain or projections gives another name.

    The same for other packages and modules of ours, by their paths, where they are given.
    """
    root = Path(txapi.__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        whole = root / part
        for path in sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def views_file(folder: Path) -> Path:
    """Where the read models of this version of the code live, beside the record in `folder`."""
    return folder / f"views-{fingerprint()}.db"


@dataclass(frozen=True)
class Progress:
    """How far the rows follow the record: 0 before the first event."""

    position: int
    recorded_at: datetime | None
    digests: dict[str, str]

    @property
    def digest(self) -> str:
        """One digest over those of all tables."""
        joined = "\n".join(f"{name} {value}" for name, value in sorted(self.digests.items()))
        return hashlib.sha256(joined.encode()).hexdigest()


class Views:
    """One file of read models. Readers take snapshots; one follower holds the `writing` connection.

    The file is disposable: it is made anew when it belongs to another record. With `event_id_at` (the id of the record's
    event at a position, None beyond its head) also when the record is an older copy than the one that was followed.
    """

    def __init__(
        self,
        path: Path,
        record_id: str,
        projections: Sequence[Projection],
        event_id_at: Callable[[int], str | None] | None = None,
    ) -> None:
        self.path = path
        self.projections = tuple(projections)
        self.tables: dict[str, Table[Any]] = {table.name: table for p in projections for table in p.tables}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._moved = threading.Condition()
        self._writing = self._open_writing(record_id, event_id_at)
        self._position = self._read_position()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False

    # -- writing -----------------------------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        return connection

    def _connect_to_write(self) -> sqlite3.Connection:
        # The rows of an event are scattered over the indexes: with little memory and frequent checkpoints, the same
        # pages would be written again and again while a long record is followed.
        connection = self._connect()
        connection.execute("PRAGMA cache_size = -262144")
        connection.execute("PRAGMA wal_autocheckpoint = 16384")
        return connection

    def _open_writing(self, record_id: str, event_id_at: Callable[[int], str | None] | None) -> sqlite3.Connection:
        with contextlib.suppress(sqlite3.DatabaseError):
            connection = self._connect_to_write()
            try:
                found = connection.execute("SELECT record_id, complete FROM progress").fetchone()
                last = connection.execute(
                    "SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1"
                ).fetchone()
            except sqlite3.DatabaseError:
                found = last = None
            strange = event_id_at is not None and last is not None and event_id_at(last[0]) != last[1]
            if found == (record_id, 1) and not strange:
                return connection
            connection.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        connection = self._connect_to_write()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "CREATE TABLE progress (record_id TEXT, complete INTEGER, position INTEGER, recorded_at INTEGER)"
        )
        connection.execute("CREATE TABLE digests (name TEXT PRIMARY KEY, total BLOB NOT NULL)")
        connection.execute(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,"
            " kind TEXT NOT NULL, topic TEXT NOT NULL, event_id TEXT NOT NULL, subject TEXT NOT NULL,"
            " role TEXT NOT NULL, unit TEXT, decided_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,"
            " basis TEXT NOT NULL, correlation TEXT NOT NULL)"
        )
        for columns in ("stream, version", "topic, position", "subject, position", "unit, position", "kind, position"):
            connection.execute(f"CREATE INDEX events_{columns.partition(',')[0]} ON events ({columns})")
        connection.execute("CREATE UNIQUE INDEX events_id ON events (event_id)")
        connection.execute("CREATE INDEX events_correlation ON events (correlation, position)")
        for table in self.tables.values():
            for statement in table.ddl():
                connection.execute(statement)
        connection.executemany("INSERT INTO digests VALUES (?, ?)", [(name, b"\0") for name in self.tables])
        connection.execute("INSERT INTO progress VALUES (?, 1, 0, NULL)", (record_id,))
        connection.execute("COMMIT")
        return connection

    def _read_position(self) -> int:
        position: int = self._writing.execute("SELECT position FROM progress").fetchone()[0]
        return position

    def row_writer(self) -> RowWriter:
        """A writer that goes on from what is stored."""
        writer = RowWriter(self._writing, self.tables.values())
        for name, total in self._writing.execute("SELECT name, total FROM digests"):
            writer.digests[name] = int.from_bytes(total, "big")
        return writer

    @contextlib.contextmanager
    def batch(self, writer: RowWriter) -> Iterator[sqlite3.Connection]:
        """One transaction: rows, events and progress arrive together or not at all."""
        self._writing.execute("BEGIN IMMEDIATE")
        try:
            yield self._writing
            writer.flush()
            self._writing.executemany(
                "UPDATE digests SET total = ? WHERE name = ?",
                [(total.to_bytes(256, "big"), name) for name, total in writer.digests.items()],
            )
            self._writing.execute("COMMIT")
        except BaseException:
            self._writing.execute("ROLLBACK")
            raise

    def moved_to(self, position: int) -> None:
        """Tell everybody who waits that rows up to this position are visible."""
        with self._moved:
            self._position = position
            self._moved.notify_all()

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The last position whose rows are visible."""
        return self._position

    def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Wait until rows up to `position` are visible; False when they were not in time."""
        if self._position >= position:
            return True
        with self._moved:
            return self._moved.wait_for(lambda: self._position >= position or self._closed, timeout_seconds)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of all rows for as long as it is held."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")
            if self._closed or self._idle.qsize() >= _READERS:
                connection.close()
            else:
                self._idle.put(connection)

    def progress(self, connection: sqlite3.Connection | None = None) -> Progress:
        """Position, recorded time and digests of the snapshot (of now, without one)."""
        if connection is None:
            with self.snapshot() as own:
                return self.progress(own)
        position, recorded_at = connection.execute("SELECT position, recorded_at FROM progress").fetchone()
        totals = connection.execute("SELECT name, total FROM digests").fetchall()
        return Progress(
            position,
            None if recorded_at is None else instant(recorded_at),
            {name: digest_text(int.from_bytes(total, "big")) for name, total in totals},
        )

    def close(self) -> None:
        """Close every idle connection; waiters give up."""
        self._closed = True
        with self._moved:
            self._moved.notify_all()
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                break
        self._writing.close()


def stored_progress(path: Path, record_id: str) -> Progress | None:
    """How far the file at `path` follows that record, without touching it; None where it is no such file."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        ) as connection:
            connection.execute("BEGIN")
            found = connection.execute("SELECT record_id, complete, position, recorded_at FROM progress").fetchone()
            totals = connection.execute("SELECT name, total FROM digests").fetchall()
    except sqlite3.Error:
        return None
    if found is None or found[:2] != (record_id, 1):
        return None
    digests = {name: digest_text(int.from_bytes(total, "big")) for name, total in totals}
    return Progress(found[2], None if found[3] is None else instant(found[3]), digests)


def write_progress(connection: sqlite3.Connection, position: int, recorded_at: datetime) -> None:
    """Note, in the batch's transaction, how far the rows follow the record."""
    connection.execute("UPDATE progress SET position = ?, recorded_at = ?", (position, micros(recorded_at)))
