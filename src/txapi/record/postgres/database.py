"""One schema of a PostgreSQL database, through a pool of connections."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import psycopg
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from txapi.record.conflicts import LeaseLost, RecordUnavailable
from txapi.record.database import Database, Dialect, Fence, Statement
from txapi.record.postgres.committing import commit, committed, make_durable
from txapi.record.postgres.connecting import (
    ANSWER_SECONDS,
    PREFER_PRIMARY,
    ConnectionLost,
    DatabaseConnection,
    NoAnswer,
    PostgresConnection,
    address,
    ends_with,
    numbered,
    prepare,
)
from txapi.record.postgres.functions import install
from txapi.record.postgres.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.record.database import Connection
    from txapi.record.deadlines import Deadline

MOST_CONNECTIONS = 16
"""Connections that one process keeps to one schema at most; whoever comes when all are lent, waits."""

ABANDONED_SECONDS = 5
"""After how long without a word the server ends a transaction that is open: its client is frozen, and others wait for its locks."""

READING_SECONDS = 600
"""The same for a snapshot, which holds nobody up: an answer may take a while to be put together from it."""

GRACE_SECONDS = 5.0
"""How long after the end of an operation's time the server is waited for to say so."""

_TRY_SECONDS = 1.0
"""After how long a database that could not be reached is tried again."""

FEW_CONNECTIONS = 4
"""How many connections the tables have that few requests ask."""

_CLOSE_SECONDS = 5.0
"""How long the threads of a pool that is closed are waited for."""

_ENDS = "the process ends, and asks nothing of the database any more"

_SNAPSHOT = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    f" SET LOCAL idle_in_transaction_session_timeout = '{READING_SECONDS}s'"
)
FENCE = "SELECT 1 FROM nodes.leases WHERE name = ? AND holder = ? AND epoch = ? FOR KEY SHARE"


class Beginning:
    """What a transaction begins with, in one round trip: the lease that it relies on, and its first statement."""

    def __init__(self, fence: Fence | None, first: Statement | None) -> None:
        self._fence = fence
        self._first = first
        self.held = False
        """Whether the lease was not lost."""

    def __call__(self, connection: PostgresConnection) -> None:
        """Begin. psycopg.Error."""
        raw, held, changed = connection.raw, None, None
        with raw.pipeline():
            raw.execute("BEGIN")
            if self._fence is not None:
                held = raw.execute(numbered(FENCE), self._fence)
            if self._first is not None:
                changed = raw.execute(numbered(self._first.sql), self._first.parameters)
        self.held = held is None or held.fetchone() is not None
        connection.said = None if changed is None else changed.rowcount


class PostgresDatabase(Database):
    """The tables of one schema in the database at `dsn`, which need not exist yet.

    `written`: whether transactions will write; a database that is only read may be a replica.
    RecordUnavailable where no connection can be had.
    """

    dialect = Dialect.POSTGRESQL
    unreadable = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)

    def __init__(
        self,
        dsn: str,
        schema: str,
        *,
        written: bool = True,
        most_connections: int = MOST_CONNECTIONS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.schema = schema
        self._answer_seconds = answer_seconds
        self._abandoned = False
        self._connections: WeakSet[DatabaseConnection] = WeakSet()
        path = (
            f"-c search_path={schema},txapi_sql -c idle_in_transaction_session_timeout={ABANDONED_SECONDS}s -c jit=off"
        )
        wanted = {"target_session_attrs": "read-write"} if written else {}

        def equipped(connection: DatabaseConnection) -> None:
            prepare(connection, answer_seconds)
            if written:
                make_durable(connection)
            self._connections.add(connection)

        where = address(dsn, options=path, **wanted)
        how: dict[str, Any] = {"autocommit": True, "cursor_factory": psycopg.RawCursor}
        how |= {} if written else PREFER_PRIMARY

        def connected() -> DatabaseConnection:
            if self._abandoned:
                raise RecordUnavailable(_ENDS)
            connection = DatabaseConnection.connect(where, **how)
            try:
                equipped(connection)
            except BaseException:
                connection.close()
                raise
            return connection

        self._lines = Lines(connected)
        self._pool: ConnectionPool[DatabaseConnection] = ConnectionPool(
            where,
            connection_class=DatabaseConnection,
            kwargs=how,
            configure=equipped,
            min_size=0,
            max_size=most_connections,
            reconnect_timeout=_TRY_SECONDS,
            open=False,
        )
        self._pool.open()

    @contextmanager
    def _lent(self, first: str | Beginning | None = None) -> Iterator[PostgresConnection]:
        """A connection on which `first` was carried out. A stale one, of a server that is gone, is replaced."""
        connection = self._ready(first)
        raw = connection.raw
        try:
            yield connection
        except errors.ReadOnlySqlTransaction:
            # This server was the primary and is none any more: another connection finds the one that is.
            raw.close()
            raise
        except psycopg.OperationalError as error:
            if isinstance(error, RecordUnavailable):
                raise
            raise ConnectionLost(f"the database was lost: {error}") from error
        finally:
            if not raw.closed and raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                _roll_back(raw)
            self._return(raw)

    def _ready(self, first: str | Beginning | None) -> PostgresConnection:
        """A connection; what the last statement of `first` found is what it said."""
        for _ in range(self._pool.max_size + 1):
            connection = PostgresConnection(raw := self._taken())
            try:
                if callable(first):
                    first(connection)
                elif first is not None:
                    # Prepared after a few times, as other statements are, it could not hold two commands.
                    found = raw.execute(first, prepare=False)
                    while found.nextset():
                        pass
                    connection.said = found.fetchone() if found.description else None
                elif raw.severed or raw.pgconn.status != psycopg.pq.ConnStatus.OK:
                    raise psycopg.OperationalError("the connection is broken")
            except psycopg.Error as error:
                if isinstance(error, psycopg.OperationalError) and not isinstance(error, errors.QueryCanceled):
                    raw.close()
                    self._return(raw)
                    if callable(first) and isinstance(error, NoAnswer):
                        # Somebody who does not let go of a lock may be what it waits for, on whichever connection.
                        raise ConnectionLost(f"the database was lost: {error}") from error
                    continue
                # It answers: something is wrong with what was asked, or the time for it was over.
                _roll_back(raw)
                if isinstance(error, errors.ReadOnlySqlTransaction):
                    raw.close()
                self._return(raw)
                raise
            else:
                return connection
        raise RecordUnavailable("the database answers on no connection")

    def _taken(self) -> DatabaseConnection:
        """A connection from the pool, which is waited for as long as for an answer."""
        until = time.monotonic() + self._answer_seconds
        while not self._abandoned:
            try:
                # Asking anew makes the pool try anew; by itself it would pause longer after each failure.
                return self._pool.getconn(timeout=_TRY_SECONDS)
            except psycopg.OperationalError as error:
                if not isinstance(error, PoolTimeout) or time.monotonic() > until:
                    raise RecordUnavailable(f"the database cannot be reached: {error}") from error
        raise RecordUnavailable(_ENDS)

    def _return(self, raw: DatabaseConnection) -> None:
        if raw.closed:
            # Where one connection broke, the others lead to the same server: they are not tried one by one.
            self._pool.drain()
        self._pool.putconn(raw)

    @contextmanager
    def lent(self) -> Iterator[PostgresConnection]:
        """A connection for reading, on which every statement sees the latest state."""
        with self._lent() as connection:
            yield connection

    @contextmanager
    def snapshot(self, deadline: Deadline | None = None, first: str | None = None) -> Iterator[PostgresConnection]:
        """A connection that sees one state for as long as it is held, and cannot write; see `Database.snapshot`."""
        asked = "" if first is None else f"; {first}"
        if deadline is None:
            with self._lent(f"{_SNAPSHOT}{asked}") as connection:
                yield connection
            return
        with self._lent(f"{_SNAPSHOT}; {ends_with(deadline)}{asked}") as connection:
            raw = connection.raw
            # The server says itself that the time is over, if it can: it is waited for a little longer than that.
            raw.answer_seconds = max(self._answer_seconds, deadline.left + GRACE_SECONDS)
            connection.mind(deadline)
            try:
                yield connection
            finally:
                raw.answer_seconds = self._answer_seconds

    @contextmanager
    def transaction(self, fence: Fence | None = None, first: Statement | None = None) -> Iterator[PostgresConnection]:
        """A write transaction; see `Database.transaction`."""
        beginning = None if fence is None and first is None else Beginning(fence, first)
        with self._lent(beginning or "BEGIN") as connection:
            if fence is not None and beginning is not None and not beginning.held:
                raise LeaseLost(fence.name)
            yield connection
            if not connection.ended:
                commit(connection.raw, connection.news)

    @contextmanager
    def ending(self, connection: Connection) -> Iterator[None]:
        """The last statements of a transaction, sent together with its commit; see `Database.ending`."""
        assert isinstance(connection, PostgresConnection)
        with committed(connection.raw, connection.news):
            yield
        connection.ended = True

    @contextmanager
    def emptied(self, fence: Fence | None = None) -> Iterator[PostgresConnection]:
        """A write transaction in an empty schema; see `Database.emptied`."""
        with self.transaction(fence) as connection:
            schema = sql.Identifier(self.schema)
            connection.raw.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
            connection.raw.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
            yield connection

    def equip(self) -> None:
        """Make the functions that questions use, where they are missing."""
        with self.transaction() as connection:
            install(connection)

    def exists(self) -> bool:
        """Whether the schema exists."""
        with self.lent() as connection:
            return connection.execute("SELECT to_regnamespace(?) IS NOT NULL", (self.schema,)).fetchone() == (1,)

    def drop(self) -> None:
        """Drop the schema with all that it holds."""
        with self._lent() as connection:
            connection.raw.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(self.schema)))

    def lines(self) -> Lines:
        """What an event loop asks by itself."""
        return self._lines

    def abandon(self) -> None:
        """Ask nothing of the database any more; see `Database.abandon`."""
        self._abandoned = True
        for connection in tuple(self._connections):
            connection.sever()

    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
        self._lines.close()
        # The pool's threads may be connecting to a server that does not answer, and would be waited for.
        self._pool.close(timeout=0 if self._abandoned else _CLOSE_SECONDS)


def replica_of(dsn: str, schema: str) -> PostgresDatabase:
    """The tables of one schema on streaming replicas; where several are named, on one that is no primary if there is one."""
    return PostgresDatabase(address(dsn, target_session_attrs="prefer-standby"), schema, written=False)


def _roll_back(raw: DatabaseConnection) -> None:
    try:
        raw.execute("ROLLBACK")
    except psycopg.Error:
        raw.close()
