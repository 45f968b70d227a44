"""The places in the path of a write on PostgreSQL at which a process can be killed. See `killpoints.py`.

An append looks up in the round trip that takes the lock, and sends its writes with its COMMIT: a process that dies among these has
sent some of them, or none.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import psycopg

from tests.faults.killpoints import Moment, Of
from txapi.record.postgres import appending, store
from txapi.record.postgres.connecting import DatabaseConnection, PostgresConnection
from txapi.record.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.killpoints import Trigger
    from txapi.record.database import Fence, Statement
    from txapi.record.postgres.appending import Append
    from txapi.record.store import Sought


_OF: WeakKeyDictionary[DatabaseConnection, Of] = WeakKeyDictionary()
"""Whose transactions a connection is for."""


def arm(trigger: Trigger) -> None:
    """Let every append and every transaction of this process tell the trigger where it is."""
    _watch_appends(trigger)
    _watch_transactions(trigger)


def backend(connection: DatabaseConnection) -> int | None:
    """The process id of the server's end; None where the connection is lost."""
    try:
        return connection.pgconn.backend_pid or None
    except psycopg.OperationalError:
        return None


def _watch_appends(trigger: Trigger) -> None:
    begun, commit, execute = appending.begun, appending.commit, DatabaseConnection.execute

    def watched_begun(connection: DatabaseConnection, sought: Sought) -> Append:
        append = begun(connection, sought)
        trigger(Of.RECORD, Moment.AFTER_LOOK_UP, backend(connection))
        return append

    def watched_commit(append: Append) -> None:
        commit(append)
        trigger(Of.RECORD, Moment.AFTER_COMMIT, backend(append.connection))

    def watched_execute(self: DatabaseConnection, sql: Any, *arguments: Any, **options: Any) -> Any:
        text = str(sql)
        if text.startswith("BEGIN ISOLATION LEVEL READ COMMITTED"):
            _OF[self] = Of.RECORD
            trigger(Of.RECORD, Moment.BEFORE_LOCK, backend(self))
        # The follower sends its commit with its writes, as appends do.
        committing = _OF.get(self) if text == "COMMIT" and self.pgconn.pipeline_status else None
        if committing is not None:
            trigger(committing, Moment.BEFORE_COMMIT, backend(self))
        cursor = execute(self, sql, *arguments, **options)
        if text.startswith("SELECT pg_advisory_xact_lock"):
            trigger(Of.RECORD, Moment.AFTER_LOCK, backend(self))
        elif text.startswith("INSERT INTO events (position"):
            trigger(Of.RECORD, Moment.AMONG_WRITES, backend(self))
        elif committing is not None:
            trigger(committing, Moment.DURING_COMMIT, backend(self))
        return cursor

    vars(store).update(begun=watched_begun, commit=watched_commit)
    DatabaseConnection.execute = watched_execute  # type: ignore[method-assign,assignment]


def _watch_transactions(trigger: Trigger) -> None:
    transaction, executemany = PostgresDatabase.transaction, PostgresConnection.executemany

    @contextmanager
    def watched_transaction(
        self: PostgresDatabase, fence: Fence | None = None, first: Statement | None = None
    ) -> Iterator[PostgresConnection]:
        of = _whose(self.schema)
        if of is None:
            with transaction(self, fence, first) as connection:
                yield connection
            return
        trigger(of, Moment.BEFORE_LOCK)
        with transaction(self, fence, first) as connection:
            trigger(of, Moment.AFTER_LOCK, backend(connection.raw))
            _OF[connection.raw] = of
            yield connection
        trigger(of, Moment.AFTER_COMMIT)

    def watched_executemany(self: PostgresConnection, sql: str, *arguments: Any) -> None:
        executemany(self, sql, *arguments)
        of = _OF.get(self.raw)
        if of is not None:
            trigger(of, Moment.AMONG_WRITES, backend(self.raw))

    PostgresDatabase.transaction = watched_transaction  # type: ignore[method-assign]
    PostgresConnection.executemany = watched_executemany  # type: ignore[method-assign]


def _whose(schema: str) -> Of | None:
    if schema.startswith("views"):
        return Of.FOLLOWER
    return Of.SIGNER if schema == "ledger" else None
