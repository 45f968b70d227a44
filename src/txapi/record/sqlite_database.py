"""One SQLite file as a database: one connection writes, and a pool of others reads beside it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from txapi.record.database import Database, Dialect, Fence
from txapi.record.sqlite_files import ReadingPool, SQLiteConnection, connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SQLiteDatabase(Database):
    """The tables of the file at `path`, which exists.

    Whoever writes owns the record by its lock, so a fence has nothing to add here. `settings` are pragmas of the connection
    that writes; with the ones given, a commit is on the disk when it is acknowledged.
    """

    dialect = Dialect.SQLITE

    def __init__(self, path: Path, settings: tuple[str, ...] = ("synchronous = FULL",)) -> None:
        self.path = path
        self._settings = settings
        self._pool = ReadingPool(path)
        self._lock = threading.Lock()
        self._writing: SQLiteConnection | None = None

    @contextmanager
    def lent(self) -> Iterator[SQLiteConnection]:
        """A connection for reading, on which every statement sees the latest state."""
        with self._pool.lent() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[SQLiteConnection]:
        """A connection that sees one state for as long as it is held, and cannot write."""
        with self._pool.lent() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self, fence: Fence | None = None) -> Iterator[SQLiteConnection]:
        """A write transaction; see `Database.transaction`."""
        with self._lock:
            if self._writing is None:
                self._writing = connect(self.path)
                for setting in self._settings:
                    self._writing.execute(f"PRAGMA {setting}")
            connection = self._writing
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        self._pool.close()
        with self._lock:
            if self._writing is not None:
                self._writing.close()
                self._writing = None
