"""One SQLite file as a database: one connection writes, and a pool of others reads beside it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from txapi.record.database import Database, Dialect, Fence, Statement
from txapi.record.sqlite_files import ReadingPool, SQLiteConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from txapi.record.deadlines import Deadline

STEPS = 100_000
"""After how many steps of SQLite it is asked whether the time is over: some milliseconds."""


class SQLiteDatabase(Database):
    """The tables of the file at `path`.

    Whoever writes owns the record by its lock, so a fence has nothing to add here. `settings` are pragmas of the connection
    that writes; with the ones given, a commit is on the disk when it is acknowledged. `reading` are those of the others.
    """

    dialect = Dialect.SQLITE
    unreadable = (sqlite3.DatabaseError,)

    def __init__(
        self, path: Path, settings: tuple[str, ...] = ("synchronous = FULL",), reading: tuple[str, ...] = ()
    ) -> None:
        self.path = path
        self._settings = settings
        self._reading = reading
        self._pool = ReadingPool(path, reading)
        self._lock = threading.Lock()
        self._writing: SQLiteConnection | None = None

    @contextmanager
    def lent(self) -> Iterator[SQLiteConnection]:
        """A connection for reading, on which every statement sees the latest state."""
        with self._pool.lent() as connection:
            yield connection

    @contextmanager
    def snapshot(self, deadline: Deadline | None = None, first: str | None = None) -> Iterator[SQLiteConnection]:
        """A connection that sees one state for as long as it is held, and cannot write; see `Database.snapshot`."""
        pool = self._pool
        connection = pool.take()
        try:
            connection.execute("BEGIN")
            if deadline is not None:
                connection.deadline = deadline
                connection.set_progress_handler(lambda: deadline.is_over, STEPS)
            try:
                if first is not None:
                    connection.said = connection.execute(first).fetchone()
                yield connection
            finally:
                connection.said = None
                if deadline is not None:
                    connection.deadline = None
                    connection.set_progress_handler(None, 0)
                connection.execute("ROLLBACK")
        finally:
            pool.give(connection)

    @contextmanager
    def transaction(self, fence: Fence | None = None, first: Statement | None = None) -> Iterator[SQLiteConnection]:
        """A write transaction; see `Database.transaction`."""
        with self._lock:
            if self._writing is None:
                self._writing = connect(self.path)
                for setting in self._settings:
                    self._writing.execute(f"PRAGMA {setting}")
            connection = self._writing
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.said = None if first is None else connection.execute(*first).rowcount
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def emptied(self, fence: Fence | None = None) -> Iterator[SQLiteConnection]:
        """A write transaction in a new file, which takes the place of the one that there was."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._pool = ReadingPool(self.path, self._reading)
        with self.transaction(fence) as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        self._pool.close()
        with self._lock:
            if self._writing is not None:
                self._writing.close()
                self._writing = None
