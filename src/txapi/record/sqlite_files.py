"""Opening the SQLite files of a record: for writing where the folder allows it, else so that nothing is touched."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from txapi.record.database import Dialect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from txapi.record.deadlines import Deadline

_KEPT_READERS = 16


class SQLiteConnection(sqlite3.Connection):
    """A connection as `txapi.record.database.Connection` describes it."""

    dialect = Dialect.SQLITE
    deadline: Deadline | None = None
    said: Any = None

    def together(self) -> AbstractContextManager[Any]:
        """Nothing is sent anywhere, so there is nothing to wait for."""
        return nullcontext()

    def tell(self, channel: str, text: str) -> None:
        """Nobody listens: one process has the file."""

    def insert(self, table: str, rows: Collection[Sequence[Any]]) -> None:
        """Store rows, each with the values of all columns in their order."""
        for row in rows:
            self.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", rows)
            return

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a statement one by one."""
        return self.execute(sql, parameters)


def connect(path: Path) -> SQLiteConnection:
    """A connection that any thread may use, without implicit transactions."""
    # A reader's connection may write to the shared-memory file only; where it may not even do that (an
    # auditor's copy on a read-only medium), SQLite has to be told so.
    mode = "rwc"
    if not os.access(path.parent, os.W_OK):
        mode = "ro" if path.with_name(path.name + "-wal").exists() else "ro&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri,
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5.0,
        cached_statements=256,
        factory=SQLiteConnection,
    )


def reading_address(path: Path) -> str:
    """The address of a file that is only read: beside its writer, from a backup, or from a medium nobody can write to."""
    on_a_copy = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if on_a_copy else ''}"


class ReadingPool:
    """Connections to one file that cannot write, lent to one thread at a time."""

    def __init__(self, path: Path, settings: Sequence[str] = ()) -> None:
        """`settings` are pragmas of every connection."""
        self._path = path
        self._settings = ("query_only = 1", *settings)
        self._idle: list[SQLiteConnection] = []
        self.closed = False

    def take(self) -> SQLiteConnection:
        """A connection for who gives it back."""
        try:
            return self._idle.pop()
        except IndexError:
            connection = connect(self._path)
            for setting in self._settings:
                connection.execute(f"PRAGMA {setting}")
            return connection

    def give(self, connection: SQLiteConnection) -> None:
        """Take a connection back."""
        if self.closed or len(self._idle) >= _KEPT_READERS:
            connection.close()
        else:
            self._idle.append(connection)

    @contextmanager
    def lent(self) -> Iterator[SQLiteConnection]:
        """A connection for as long as the block lasts."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give(connection)

    def close(self) -> None:
        """Close every connection; one that is lent is closed when it comes back. Closing twice is harmless."""
        self.closed = True
        while self._idle:
            self._idle.pop().close()
