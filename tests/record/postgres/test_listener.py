"""Whoever waits for news hears of any node's append, whatever happens to the connection that the news come by."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from queue import SimpleQueue

import psycopg

from tests.record.letters import written
from txapi.record import Append, Record
from txapi.record.place import Place
from txapi.record.postgres import listener
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.listener import RECORD_CHANNEL, VIEWS_CHANNEL, listen

LISTENING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ~ 'record.events|LISTEN'"
    " AND pid <> pg_backend_pid()"
)


def append(record: Record, id: str) -> None:
    record.writer.append(Append(events=tuple(written(id).pending)))


def sql(place: Place, statement: str) -> list[tuple[object, ...]]:
    assert place.database is not None
    with psycopg.connect(place.database, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_append_of_another_node_wakes_whoever_waits(here: Record, there: Record) -> None:
    heard = threading.Semaphore(0)
    stop = here.hear(lambda position: heard.release())
    append(there, "a")

    assert heard.acquire(timeout=5)
    assert here.wait_beyond(0, 5)

    stop()
    append(there, "b")
    assert here.wait_beyond(1, 5)
    assert not heard.acquire(blocking=False)


def test_a_listener_whose_backend_is_killed_misses_nothing(here: Record, there: Record, place: Place) -> None:
    append(there, "a")
    assert here.wait_beyond(0, 5)

    for n in range(3):
        killed = sql(place, f"SELECT pg_terminate_backend(pid) FROM ({LISTENING}) AS l")
        append(there, f"b{n}")

        assert killed
        assert here.wait_beyond(n + 1, 10)


def test_an_append_of_which_nobody_told_is_found_all_the_same(here: Record, place: Place) -> None:
    assert not here.wait_beyond(0, 0.1)

    sql(place, "INSERT INTO record.events VALUES (1, 0, 'a', 1, 'letter.written', '') RETURNING 1")

    assert here.wait_beyond(0, 5)


def test_one_thread_listens_for_a_process_and_ends_with_the_last_who_listens(here: Record, place: Place) -> None:
    assert place.database is not None
    said: list[str | None] = []
    made = threading.Event()
    came = threading.Event()

    def told(payload: str | None) -> None:
        said.append(payload)
        (made if payload is None else came).set()

    end = listen(place.database, VIEWS_CHANNEL, told)
    assert made.wait(5)
    here.wait_beyond(0, 0.01)
    threads = [thread for thread in threading.enumerate() if thread.name == "txapi-listener"]
    sql(place, f"SELECT pg_notify('{VIEWS_CHANNEL}', 'abc 7')")
    assert came.wait(5)

    end()
    here.close()

    assert said == [None, "abc 7"]
    assert len(threads) == 1
    assert not threads[0].is_alive()
    assert not listener._shared


def test_a_listener_that_fails_keeps_nobody_from_hearing(here: Record, there: Record, place: Place) -> None:
    def fails(payload: str | None) -> None:
        raise RuntimeError(payload)

    assert place.database is not None
    end = listen(place.database, RECORD_CHANNEL, fails)
    append(there, "a")

    assert here.wait_beyond(0, 5)
    end()


def test_whoever_waits_stops_at_once_when_the_record_is_closed(here: Record) -> None:
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(here.wait_beyond(0, 60)))
    waiter.start()

    here.close()
    waiter.join(5)

    assert answers == [False]


def test_news_of_a_transaction_are_told_when_it_is_committed_and_of_one_that_is_given_up_never(place: Place) -> None:
    assert place.database is not None
    heard: SimpleQueue[str | None] = SimpleQueue()
    with closing(PostgresDatabase(place.database, "public")) as database:
        stop = listen(place.database, VIEWS_CHANNEL, lambda payload: heard.put(payload) if payload else None)
        try:
            with suppress(ZeroDivisionError), database.transaction() as connection:
                connection.tell(VIEWS_CHANNEL, "given up")
                raise ZeroDivisionError
            with database.transaction() as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS seen_in_tests (what TEXT)")
                connection.execute("INSERT INTO seen_in_tests VALUES ('x')")
                connection.tell(VIEWS_CHANNEL, "committed")

            assert heard.get(timeout=5) == "committed"
            assert sql(place, "SELECT what FROM seen_in_tests") == [("x",)]
        finally:
            stop()
