"""A record in a PostgreSQL database, to which any number of processes append.

Appends take turns: each holds one advisory lock from before it reads the head until after its commit is visible (PostgreSQL
lets go of locks last, and waits for its synchronous standbys before). So positions have no gaps, and whoever sees one event
sees every event before it. READ COMMITTED gives each statement a snapshot of its own, so the head is read as of when the lock
was had.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from eventsourcing.persistence import IntegrityError
from psycopg import errors

from txapi.record.conflicts import CommitFailed, NotARecord, RecordUnavailable
from txapi.record.ids import Ids, RandomIds
from txapi.record.postgres import tables
from txapi.record.postgres.appending import Append, begun, commit, landed, writing_connection
from txapi.record.postgres.clocks import fixed_ahead, known_ahead
from txapi.record.postgres.connecting import numbered, shown
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.listener import RECORD_CHANNEL, listen
from txapi.record.postgres.reaching import reached
from txapi.record.store import NOTHING, AppendTransaction, Changes, Sought
from txapi.record.table_store import TableStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from txapi.record.clock import Clock
    from txapi.record.postgres.connecting import DatabaseConnection

T = TypeVar("T")

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""How long an append waits for a database that cannot be reached, or cannot be written: a failover takes some seconds."""

ASKING_SECONDS = 30.0
"""How long it is asked whether a commit without an answer has happened, until that is given up as uncertain."""


class PostgresStore(TableStore):
    """The record in the database at `dsn`. With `create` tables are made where there are none; without, it is only read.

    `clock` as in `TableStore`. Raises `NotARecord` where there is none to read, or one of another format, and
    `RecordUnavailable` where the database cannot be reached.
    """

    STANDING = tables.STANDING
    HOLDS = "position(? in state) > 0"

    def __init__(self, dsn: str, *, create: bool = True, ids: Ids | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._dsn = dsn
        self._lock = threading.Lock()
        self._writes = create
        self._writing: DatabaseConnection | None = None
        self._closed = False
        self._abandoned = False
        self._deafen: Callable[[], None] | None = None
        self._database = PostgresDatabase(dsn, "record", written=create)
        try:
            if create:
                self._writing = writing_connection(dsn)
                tables.make(self._writing, ids or RandomIds())
            else:
                # The pool would try for a while, and then not know the cause.
                reached(dsn).close()
            with self._database.lent() as connection:
                found = tables.facts(connection.raw)
        except BaseException as error:
            self.close()
            if isinstance(error, psycopg.Error):
                raise RecordUnavailable(f"{shown(dsn)} cannot be opened: {error}") from error
            if isinstance(error, NotARecord):
                raise NotARecord(f"{shown(dsn)}: {error}") from error
            raise
        if "record_id" not in found:
            self.close()
            raise NotARecord(f"{shown(dsn)}: nobody has begun the record yet")
        self.record_id = found["record_id"]

    # -- appending -------------------------------------------------------------------------------------------------

    @contextmanager
    def appending(self, sought: Sought = NOTHING) -> Iterator[AppendTransaction]:
        """The append lock and a transaction; see `RecordStore.appending`."""
        with self._lock:
            append = self._begun(sought)
            try:
                yield append
                if append.empty:
                    self._roll_back()
                else:
                    self._commit(append)
            except (CommitFailed, RecordUnavailable):
                self._drop()
                raise
            except BaseException as error:
                broken = append.connection.closed
                self._roll_back()
                if isinstance(error, psycopg.IntegrityError):
                    raise IntegrityError(str(error)) from error
                if isinstance(error, psycopg.OperationalError) or (isinstance(error, psycopg.Error) and broken):
                    raise RecordUnavailable(f"the record cannot be written: {error}") from error
                raise

    def _commit(self, append: Append) -> None:
        commit(append)

    def _begun(self, sought: Sought) -> Append:
        """A transaction that holds the append lock, on a connection that works: broken ones are replaced."""

        def begin(connection: DatabaseConnection) -> Append:
            return begun(connection, sought)

        try:
            return self._persistently(begin, PATIENCE_SECONDS)
        except errors.LockNotAvailable as error:
            self._roll_back()
            raise RecordUnavailable("another process has held the append lock for too long") from error
        except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
            self._drop()
            raise RecordUnavailable(f"the record cannot be written: {error}") from error
        except BaseException:
            self._roll_back()
            raise

    def _persistently(self, act: Callable[[DatabaseConnection], T], seconds: float) -> T:
        """What `act` gives on the writing connection, tried again on another one while the database is not to be had.

        The last error where that does not end in time. Only for what may be done twice.
        """
        if not self._writes or self._closed or self._abandoned:
            raise RecordUnavailable("the record is closed, or was opened to be read")
        until = time.monotonic() + seconds
        pause = 0.02
        while True:
            try:
                if self._writing is None:
                    self._writing = writing_connection(self._dsn)
                    self.generation += 1
                return act(self._writing)
            except errors.LockNotAvailable:
                raise
            except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
                # The connection broke, or leads to a server that is the primary no more.
                self._drop()
                if time.monotonic() + pause > until or self._closed or self._abandoned:
                    raise
                _log.warning("the record's database is not to be had, it is tried again: %s", error)
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _roll_back(self) -> None:
        connection = self._writing
        if connection is None or connection.closed:
            self._drop()
            return
        try:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            self._drop()

    def _drop(self) -> None:
        connection, self._writing = self._writing, None
        if connection is not None:
            connection.close()

    def landed(self, changes: Changes) -> bool:
        """Whether a transaction whose COMMIT raised was committed after all, and is kept by the standbys; see `RecordStore`."""
        with self._lock:
            return self._persistently(lambda connection: landed(connection, changes), ASKING_SECONDS)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _rows(self, sql: str, arguments: tuple[Any, ...] = ()) -> list[Any]:
        # No text that is kept holds the sign 0, so what is compared with it finds nothing; PostgreSQL refuses to look.
        if any(isinstance(argument, str) and "\0" in argument for argument in arguments):
            return []
        for last in (False, True):
            try:
                with self._database.lent() as connection:
                    return connection.raw.execute(numbered(sql), arguments or None, binary=True).fetchall()
            except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
                if last:
                    raise RecordUnavailable(f"the record cannot be read: {error}") from error
        raise AssertionError

    def _streamed(self, sql: str, arguments: tuple[Any, ...] = ()) -> Iterator[Any]:
        with self._database.snapshot() as connection:
            try:
                yield from connection.stream(sql, arguments)
            except psycopg.OperationalError as error:
                raise RecordUnavailable(f"the record cannot be read to its end: {error}") from error

    def clock_ahead(self, setting: str, ahead: timedelta) -> timedelta:
        """How far a demonstration clock is ahead, on every node alike: whoever uses it first fixes it. RecordUnavailable."""
        if not self._writes:
            return ahead
        with self._database.transaction() as change:
            return fixed_ahead(change, setting, ahead)

    def clock_told(self, setting: str | None = None) -> datetime | None:
        """See `RecordStore.clock_told`: of several clocks, the one that is furthest. RecordUnavailable."""
        try:
            with self._database.lent() as connection:
                ahead = known_ahead(connection, setting)
        except psycopg.OperationalError as error:
            raise RecordUnavailable(f"the record cannot be read: {error}") from error
        return None if ahead is None else datetime.now(UTC) + ahead

    # -- news of appends -------------------------------------------------------------------------------------------

    def hear(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener(position)` whenever the record is known to reach further, by whichever node's append."""
        self._listen()
        return super().hear(listener)

    def wait_beyond(self, position: int, timeout_seconds: float, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Wait for an event behind `position`; see `RecordStore.wait_beyond`. Appends of every node wake the waiter at once."""
        self._listen()
        return super().wait_beyond(position, timeout_seconds, stopped)

    def _reaches_beyond(self, position: int) -> bool:
        # The listener looks for everybody, and whoever waits is not held up by a database that does not answer.
        return self._announced > position

    def _listen(self) -> None:
        with self._news:
            if self._deafen is None and not self._closed:
                self._deafen = listen(self._dsn, RECORD_CHANNEL, self._told)

    def _told(self, payload: str | None) -> None:
        if payload is not None:
            self.announce(int(payload))

    def abandon(self) -> None:
        """Ask nothing of the database any more; see `Database.abandon`."""
        self._abandoned = True
        self._database.abandon()
        if (writing := self._writing) is not None:
            writing.sever()

    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
        self.wake(closing=True)
        with self._news:
            self._closed = True
            deafen, self._deafen = self._deafen, None
        if deafen is not None:
            deafen()
        with self._lock:
            self._drop()
        self._database.close()
