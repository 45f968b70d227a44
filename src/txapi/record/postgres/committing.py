"""What counts as a commit: the server says COMMIT, and nothing besides.

A transaction that has failed answers ROLLBACK to a COMMIT, and a server that stops waiting for its synchronous standbys says so in a
warning and reports success.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from txapi.record.conflicts import CommitFailed
from txapi.record.postgres.connecting import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from txapi.record.postgres.connecting import DatabaseConnection

_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')"
)


class CommitUnknown(ConnectionLost):
    """Whether a transaction was committed, and stays so, is not known."""


def make_durable(connection: DatabaseConnection) -> None:
    """From now on what it commits is on the disk, and on the synchronous standbys where there are any. psycopg.Error."""
    connection.execute(_DURABLE)


@contextmanager
def warnings_on(connection: DatabaseConnection, warnings: list[str]) -> Iterator[None]:
    """Collect the warnings that the server gives meanwhile."""

    def warned(diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            warnings.append(diagnostic.message_primary or "")

    connection.add_notice_handler(warned)
    try:
        yield
    finally:
        connection.remove_notice_handler(warned)


def is_committed(told: psycopg.Cursor[tuple[Any, ...]] | None) -> bool:
    """Whether that is the answer to a COMMIT that happened."""
    return told is not None and told.statusmessage == "COMMIT"


def must_be_kept(
    connection: DatabaseConnection, told: psycopg.Cursor[tuple[Any, ...]] | None, warnings: list[str]
) -> None:
    """Raise CommitFailed unless COMMIT was answered, without a word about standbys that do not have it."""
    if warnings or not is_committed(told):
        connection.doubt()
        raise CommitFailed("; ".join(warnings) or "the database did not commit")


def commit(connection: DatabaseConnection, news: Sequence[tuple[str, str]] = ()) -> None:
    """Commit the transaction that is open. CommitUnknown, with the connection closed, where it is not sure that it stays.

    `news` are channels and what is told there behind the commit: within it, whoever tells anything in this database would wait for it.
    """
    with committed(connection, news):
        pass


@contextmanager
def committed(connection: DatabaseConnection, news: Sequence[tuple[str, str]] = ()) -> Iterator[None]:
    """Commit the transaction that is open with the statements of the block, which are sent together with the commit and find nothing.

    Errors as `commit`; where one of the statements failed, and not the connection, its own: nothing is committed then, and the
    transaction is still open.
    """
    warnings: list[str] = []
    told: psycopg.Cursor[tuple[Any, ...]] | None = None
    try:
        with warnings_on(connection, warnings), connection.pipeline():
            yield
            told = connection.execute("COMMIT")
            for channel, text in news:
                connection.execute("SELECT pg_notify($1, $2)", (channel, text))
        must_be_kept(connection, told, warnings)
    except (psycopg.OperationalError, CommitFailed) as error:
        if not connection.closed and connection.info.transaction_status == TransactionStatus.INERROR:
            raise
        connection.close()
        if news and is_committed(told) and not warnings:
            return  # Only the news were lost, which others find when they look.
        raise CommitUnknown(f"what was written may be lost: {error}") from error


@contextmanager
def transaction(connection: DatabaseConnection) -> Iterator[None]:
    """A transaction: committed when the block ends, rolled back when it raises. CommitUnknown, psycopg.Error."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        if not connection.closed:
            with suppress(psycopg.Error):
                connection.execute("ROLLBACK")
        raise
    commit(connection)
