"""A transaction that begins and ends together with its statements: two round trips, and nothing of it is half there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import errors

from txapi.record import Record
from txapi.record.conflicts import LeaseLost
from txapi.record.database import Fence, Statement
from txapi.record.place import Place
from txapi.record.postgres.connecting import DatabaseConnection
from txapi.record.postgres.database import PostgresDatabase

NOBODYS = Fence("watch", "nobody", 1)
SETTLE = Statement("UPDATE settled SET until = ? WHERE until < ?", (7, 7))


@pytest.fixture
def database(place: Place, here: Record) -> Iterator[PostgresDatabase]:
    assert place.database is not None
    opened = PostgresDatabase(place.database, "record", most_connections=1)
    with opened.transaction() as connection:
        connection.execute("CREATE TABLE numbers (number BIGINT PRIMARY KEY)")
    yield opened
    opened.close()


def numbers(database: PostgresDatabase) -> list[int]:
    with database.lent() as connection:
        return [number for (number,) in connection.execute("SELECT number FROM numbers ORDER BY number").fetchall()]


def settled(database: PostgresDatabase) -> int:
    with database.lent() as connection:
        return int(connection.execute("SELECT until FROM settled").fetchone()[0])  # type: ignore[index]


def test_what_it_begins_with_says_how_many_rows_it_changed(database: PostgresDatabase) -> None:
    with database.transaction(None, SETTLE) as connection:
        first = connection.said
    with database.transaction(None, SETTLE) as connection:
        second = connection.said

    assert (first, second, settled(database)) == (1, 0, 7)


def test_it_waits_for_the_server_twice(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    alone: list[Any] = []
    pipelines: list[Any] = []
    execute, pipeline = DatabaseConnection.execute, DatabaseConnection.pipeline

    def watched(self: DatabaseConnection, sql: Any, *arguments: Any, **options: Any) -> Any:
        if not self.pgconn.pipeline_status:
            alone.append(sql)
        return execute(self, sql, *arguments, **options)

    def opened(self: DatabaseConnection) -> Any:
        if not self.pgconn.pipeline_status:
            pipelines.append(self)
        return pipeline(self)

    monkeypatch.setattr(DatabaseConnection, "execute", watched)
    monkeypatch.setattr(DatabaseConnection, "pipeline", opened)

    with database.transaction(None, SETTLE) as connection:
        connection.tell("txapi_views", "somebody 1")
        with database.ending(connection):
            connection.insert("numbers", [(1,), (2,)])
            connection.executemany("UPDATE numbers SET number = ? WHERE number = ?", [(3, 1)])

    monkeypatch.undo()
    assert (alone, len(pipelines)) == ([], 2)
    assert numbers(database) == [2, 3]


def test_a_lost_lease_undoes_what_it_began_with(database: PostgresDatabase) -> None:
    with pytest.raises(LeaseLost), database.transaction(NOBODYS, SETTLE):
        pytest.fail("nobody holds the lease")

    assert settled(database) == 0


def test_a_statement_that_fails_beside_the_commit_says_so_itself_and_nothing_is_committed(
    database: PostgresDatabase,
) -> None:
    lent: list[DatabaseConnection] = []

    def store() -> None:
        with database.transaction(None, SETTLE) as connection:
            lent.append(connection.raw)
            with database.ending(connection):
                connection.insert("numbers", [(1,), (1,)])

    with pytest.raises(errors.UniqueViolation):
        store()

    assert (numbers(database), settled(database)) == ([], 0)
    with database.lent() as connection:
        # The connection was good, and is the one that is lent again.
        assert connection.raw is lent[0]


def test_a_transaction_that_is_left_by_an_error_of_ours_is_rolled_back(database: PostgresDatabase) -> None:
    def store() -> None:
        with database.transaction(None, SETTLE) as connection, database.ending(connection):
            connection.insert("numbers", [(1,)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store()

    assert (numbers(database), settled(database)) == ([], 0)


def test_a_stale_connection_is_replaced_when_a_transaction_begins(database: PostgresDatabase) -> None:
    with database.lent() as connection:
        stale = connection.raw
    stale.sever()

    with database.transaction(None, SETTLE) as connection:
        assert connection.said == 1
        assert connection.raw is not stale
