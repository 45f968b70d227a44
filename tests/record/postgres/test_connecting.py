"""Connections to PostgreSQL: values keep their form, transactions are whole, and a server that is silent is given up."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgres import Server
from txapi.record.conflicts import LeaseLost, RecordUnavailable
from txapi.record.database import Fence
from txapi.record.postgres.connecting import BadAddress, NoAnswer, address, connect, numbered
from txapi.record.postgres.database import PostgresDatabase


@pytest.fixture
def database(dsn: str) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(dsn, "shelf")
    with opened.transaction() as change:
        change.execute("CREATE SCHEMA shelf; CREATE SCHEMA nodes; CREATE SCHEMA txapi_sql")
        change.execute("CREATE TABLE books (number BIGINT, title TEXT)")
        change.execute(
            "CREATE TABLE nodes.leases (name TEXT PRIMARY KEY, holder TEXT, epoch BIGINT, UNIQUE (name, epoch))"
        )
    yield opened
    opened.close()


def count(database: PostgresDatabase) -> int:
    with database.lent() as connection:
        found: int = connection.execute("SELECT count(*) FROM books").fetchone()[0]  # type: ignore[index]
    return found


def test_question_marks_become_numbers_and_those_in_quotes_stay() -> None:
    assert numbered("SELECT ?, '?', 'it''s ?', a FROM t WHERE b = ? AND c LIKE '%'") == (
        "SELECT $1, '?', 'it''s ?', a FROM t WHERE b = $2 AND c LIKE '%'"
    )


def test_our_defaults_hold_where_the_connection_string_says_nothing() -> None:
    told = psycopg.conninfo.conninfo_to_dict(
        address("host=a,b dbname=x connect_timeout=2 options='-c work_mem=8MB'", options="-c search_path=shelf")
    )

    assert told["connect_timeout"] == "2"
    assert told["application_name"] == "txapi"
    assert told["options"] == "-c search_path=shelf -c work_mem=8MB"


def test_what_is_no_connection_string_is_refused() -> None:
    with pytest.raises(BadAddress, match="no connection string"):
        address("postgres-on-the-left")


def test_truth_and_sums_have_the_form_that_they_have_in_sqlite(database: PostgresDatabase) -> None:
    with database.transaction() as change:
        change.executemany("INSERT INTO books VALUES (?, ?)", [(True, "a"), (2**60, "b"), (False, None)])

    with database.snapshot() as seen:
        found = seen.execute("SELECT sum(number), max(title), count(*) = 3, 1 = 2 FROM books").fetchone()
        streamed = list(seen.stream("SELECT number FROM books WHERE number < ? ORDER BY number", (5,)))

    assert found == (2**60 + 1, "b", 1, 0)
    assert [type(value) for value in found] == [int, str, int, int]
    assert streamed == [(0,), (1,)]


def test_a_snapshot_sees_one_state_and_cannot_write(database: PostgresDatabase) -> None:
    with database.snapshot() as seen:
        assert seen.execute("SELECT count(*) FROM books").fetchone() == (0,)
        with database.transaction() as change:
            change.execute("INSERT INTO books VALUES (1, 'one')")
        assert seen.execute("SELECT count(*) FROM books").fetchone() == (0,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            seen.execute("INSERT INTO books VALUES (2, 'two')")

    assert count(database) == 1


def test_a_transaction_that_raises_leaves_nothing(database: PostgresDatabase) -> None:
    def written_by_halves() -> None:
        with database.transaction() as change:
            change.execute("INSERT INTO books VALUES (1, 'one')")
            change.execute("INSERT INTO books VALUES (1 / 0, 'two')")

    with pytest.raises(psycopg.errors.DivisionByZero):
        written_by_halves()

    assert count(database) == 0


def test_a_warning_at_commit_is_told_as_a_commit_that_may_be_lost(database: PostgresDatabase) -> None:
    with database.transaction() as change:
        # Stands for a server that stops waiting for its standbys; with a real one see tests/faults.
        change.execute(
            "CREATE FUNCTION shelf.warn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;"
            " CREATE CONSTRAINT TRIGGER warned AFTER INSERT ON books"
            " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shelf.warn()"
        )

    with pytest.raises(RecordUnavailable, match="may be lost: not replicated"), database.transaction() as change:
        change.execute("INSERT INTO books VALUES (1, 'one')")

    with database.transaction() as change:
        change.execute("DELETE FROM books")


def test_a_transaction_that_had_failed_already_is_not_taken_for_committed(database: PostgresDatabase) -> None:
    def passed_over() -> None:
        with database.transaction() as change:
            change.execute("INSERT INTO books VALUES (1, 'one')")
            with suppress(psycopg.errors.DivisionByZero):
                change.execute("INSERT INTO books VALUES (1 / 0, 'two')")

    with pytest.raises(RecordUnavailable, match="did not commit"):
        passed_over()

    assert count(database) == 0


def test_what_is_written_waits_for_standbys_whatever_the_server_says(database: PostgresDatabase) -> None:
    with database.lent() as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_who_lost_the_lease_writes_nothing(database: PostgresDatabase) -> None:
    with database.transaction() as change:
        change.execute("INSERT INTO nodes.leases VALUES ('follower', 'a', 1)")
    with database.transaction(Fence("follower", "a", 1)) as change:
        change.execute("INSERT INTO books VALUES (1, 'one')")
    with database.transaction() as change:
        change.execute("UPDATE nodes.leases SET holder = 'b', epoch = 2")

    with pytest.raises(LeaseLost), database.transaction(Fence("follower", "a", 1)) as change:
        change.execute("INSERT INTO books VALUES (2, 'two')")

    assert count(database) == 1


def test_a_lease_is_not_taken_over_while_its_holder_writes(database: PostgresDatabase) -> None:
    with database.transaction() as change:
        change.execute("INSERT INTO nodes.leases VALUES ('follower', 'a', 1)")

    with database.transaction(Fence("follower", "a", 1)) as writing:
        writing.execute("INSERT INTO books VALUES (1, 'one')")
        with pytest.raises(RecordUnavailable, match="lock timeout"), database.transaction() as other:
            other.execute("SET LOCAL lock_timeout = '50ms'; UPDATE nodes.leases SET holder = 'b', epoch = 2")

    assert count(database) == 1


def test_a_connection_that_the_server_ended_is_replaced(database: PostgresDatabase, dsn: str) -> None:
    assert count(database) == 0
    with connect(dsn) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with database.snapshot() as seen:
        assert seen.execute("SELECT count(*) FROM books").fetchone() == (0,)


def test_a_frozen_server_is_given_up_and_found_again_when_it_wakes(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        frozen: list[int] = []
        database = PostgresDatabase(server.dsn(), "public", answer_seconds=1.0)
        with connect(server.dsn(), answer_seconds=1.0) as connection, database.lent() as lent:
            lent.execute("SELECT 1")
            assert server.process is not None
            main = server.process.pid
            frozen = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(NoAnswer):
                    connection.execute("SELECT 1")
                assert connection.closed
            finally:
                for pid in frozen:
                    os.kill(pid, signal.SIGCONT)
        with database.lent() as lent:
            assert lent.execute("SELECT 1").fetchone() == (1,)
        database.close()


def test_whoever_waits_for_an_abandoned_database_hears_at_once_that_no_answer_will_come(
    database: PostgresDatabase, dsn: str
) -> None:
    asking = threading.Event()
    failures: list[Exception] = []

    def ask() -> None:
        try:
            with database.lent() as connection:
                asking.set()
                connection.execute("SELECT pg_sleep(600)")
        except RecordUnavailable as error:
            failures.append(error)

    waiter = threading.Thread(target=ask)
    waiter.start()
    asking.wait()

    database.abandon()
    waiter.join()

    assert len(failures) == 1
    with pytest.raises(RecordUnavailable, match="the process ends"), database.transaction() as change:
        change.execute("INSERT INTO books VALUES (1, 'one')")
    with connect(dsn) as other:
        assert other.execute("SELECT count(*) FROM shelf.books").fetchone() == (0,)


def test_a_server_that_is_not_there_is_told_as_unavailable(tmp_path: Path) -> None:
    database = PostgresDatabase(f"host={tmp_path} connect_timeout=1", "shelf", answer_seconds=0.3)

    with pytest.raises(RecordUnavailable, match="cannot be reached"), database.lent():
        pass
    database.close()


@pytest.mark.parametrize("many", [True, False])
def test_a_client_that_is_silent_behind_a_pipeline_is_left_by_the_server_too(dsn: str, many: bool) -> None:
    lock = "SELECT pg_advisory_xact_lock($1)"
    with (
        connect(dsn, options="-c idle_in_transaction_session_timeout=500ms") as silent,
        connect(dsn) as other,
    ):
        if many:
            silent.execute("BEGIN")
            with silent.cursor() as cursor:
                cursor.executemany(lock, [(1,), (2,)])
        else:
            with silent.pipeline():
                silent.execute("BEGIN")
                silent.execute(lock, (1,))
                silent.execute(lock, (2,))

        # Where it is not left, this is waited for until the connection is given up.
        other.execute("SELECT pg_advisory_lock(2)")

        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            silent.execute("COMMIT")


def test_what_the_driver_itself_says_of_a_broken_connection_is_said_of_the_database(dsn: str) -> None:
    with connect(dsn) as connection:
        # libpq makes such a result, without a code, where the connection breaks between two answers of a pipeline.
        made = connection.pgconn.make_empty_result(psycopg.pq.ExecStatus.FATAL_ERROR)
        by_itself = psycopg.errors.error_from_result(made)

        def broken() -> Generator[Any, Any, Any]:
            raise by_itself
            yield

        with pytest.raises(psycopg.OperationalError):
            connection.wait(broken())
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT 1 FROM nowhere")
    assert type(by_itself) is psycopg.DatabaseError
