"""Lines: an event loop asks a database by itself, several statements at once, of one snapshot; what fails is asked as ever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.record.postgres.proxy import Fault, Proxy
from txapi.record.beforehand import NotAnswered, Rows, Statement
from txapi.record.postgres import lines as module
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.lines import MOST_LINES, Lines, NoLine

COUNT: Statement = ("SELECT count(*) FROM books", ())
WHO: Statement = ("SELECT pg_backend_pid()", ())


@pytest.fixture
def database(dsn: str) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(dsn, "shelf")
    with opened.transaction() as change:
        change.execute("CREATE SCHEMA shelf; CREATE SCHEMA txapi_sql")
        change.execute("CREATE TABLE books (number BIGINT, title TEXT)")
        change.execute("INSERT INTO books VALUES (1, '桐乡'), (2, NULL)")
    yield opened
    opened.close()


async def asked(lines: Lines, *statements: Statement) -> list[Rows]:
    """What is answered, once a line is there."""
    for _ in range(2_000):
        with contextlib.suppress(NoLine):
            return await lines.ask(statements)
        await asyncio.sleep(0.005)
    pytest.fail("no line was opened")


async def opened(lines: Lines) -> int:
    """The process of the server behind the line that is asked next."""
    [[(process,)]] = await asked(lines, WHO)
    return int(process)


@pytest.mark.parametrize(
    "statement",
    [
        ("SELECT number, title FROM books ORDER BY number", ()),
        ("SELECT title FROM books WHERE number = ? AND '?' = '?'", (1,)),
        ("SELECT ?::text, ?::bigint, ?::bigint, ?::text", ("中文 '?", 2**40, True, None)),
        ("SELECT number FROM books WHERE number = ANY(?::bigint[]) ORDER BY 1", ([1, 2, 3],)),
        ("SELECT sum(number), 1 = 1, NULL FROM books", ()),
        ("SELECT number FROM books WHERE false", ()),
    ],
)
def test_rows_come_as_from_any_other_connection(database: PostgresDatabase, statement: Statement) -> None:
    with database.lent() as connection:
        ever = connection.execute(*statement).fetchall()

    async def twice() -> list[list[Rows]]:
        return [await asked(database.lines(), statement), await asked(database.lines(), statement, statement)]

    assert asyncio.run(twice()) == [[ever], [ever, ever]]


def test_all_statements_see_one_state(database: PostgresDatabase) -> None:
    async def while_somebody_writes() -> tuple[list[Rows], list[Rows]]:
        lines = database.lines()
        await asked(lines, COUNT)
        asking = asyncio.create_task(lines.ask([COUNT, ("SELECT pg_sleep(0.15)", ()), COUNT]))
        await asyncio.sleep(0.03)
        with database.transaction() as change:
            change.execute("INSERT INTO books VALUES (3, 'new')")
        return await asking, await lines.ask([COUNT])

    [before, _, still], [after] = asyncio.run(while_somebody_writes())

    assert (before, still, after) == ([(2,)], [(2,)], [(3,)])


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("INSERT INTO books VALUES (9, 'written')", "read-only"),
        ("SELECT nothing FROM books", "nothing"),
        ("SELECT pg_sleep(5)", "statement timeout"),
        ("SELECT 1; SELECT 2", "multiple commands"),
    ],
)
def test_what_fails_is_not_answered_and_the_next_question_is(database: PostgresDatabase, sql: str, says: str) -> None:
    async def failing() -> tuple[int, int, list[Rows]]:
        lines = database.lines()
        before = await opened(lines)
        with pytest.raises(NotAnswered, match=says):
            await lines.ask([COUNT, (sql, ()), COUNT])
        return before, await opened(lines), await asked(lines, COUNT)

    before, after, [count] = asyncio.run(failing())

    assert after != before, "what may still come is not taken for the next answer"
    assert count == [(2,)]


def test_a_value_that_cannot_be_sent_is_not_answered(database: PostgresDatabase) -> None:
    async def failing() -> list[Rows]:
        lines = database.lines()
        await opened(lines)
        with pytest.raises(NotAnswered):
            await lines.ask([("SELECT ?::text", ("a\0b",))])
        return await asked(lines, COUNT)

    assert asyncio.run(failing()) == [[(2,)]]


def test_a_line_that_the_server_ends_is_replaced(database: PostgresDatabase, dsn: str) -> None:
    async def ended() -> tuple[int, int]:
        lines = database.lines()
        before = await opened(lines)
        with connect(dsn) as other:
            other.execute("SELECT pg_terminate_backend($1, 5000)", (before,))
        await asyncio.sleep(0.05)
        return before, await opened(lines)

    before, after = asyncio.run(ended())

    assert after != before


@pytest.mark.parametrize("fault", list(Fault))
def test_who_hears_nothing_is_not_answered_in_the_end(
    dsn: str, database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)

    async def cut(lines: Lines) -> list[Rows]:
        await opened(lines)
        proxy.trap(b"treasure", fault)
        with pytest.raises(NotAnswered):
            await lines.ask([("SELECT 'treasure'", ())])
        assert proxy.sprung.is_set()
        return await asked(lines, COUNT)

    with Proxy(dsn) as proxy:
        through = PostgresDatabase(proxy.dsn, "shelf")
        try:
            assert asyncio.run(cut(through.lines())) == [[(2,)]]
        finally:
            through.close()


def test_large_questions_and_answers_come_whole(database: PostgresDatabase) -> None:
    text = "桐乡" * 100_000

    async def large() -> list[Rows]:
        return await asked(database.lines(), ("SELECT length(?::text), ?::text || '!'", (text, text)))

    [[(length, back)]] = asyncio.run(large())

    assert length == len(text)
    assert back == text + "!"


def test_who_gives_up_leaves_nothing_behind_for_the_next_one(database: PostgresDatabase) -> None:
    async def given_up() -> list[Rows]:
        lines = database.lines()
        await opened(lines)
        asking = asyncio.create_task(lines.ask([("SELECT 'his', pg_sleep(0.1)", ())]))
        await asyncio.sleep(0.02)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await asked(lines, COUNT)

    assert asyncio.run(given_up()) == [[(2,)]]


def test_each_of_many_hears_his_own_answer_and_no_more_lines_are_opened_than_were_said(
    database: PostgresDatabase, dsn: str
) -> None:
    async def many() -> tuple[list[int], int]:
        lines = database.lines()
        answers = await asyncio.gather(*(asked(lines, ("SELECT ?::bigint", (each,))) for each in range(200)))
        return [rows[0][0] for [rows] in answers], len(processes(dsn, "SELECT $1::bigint"))

    found, open_lines = asyncio.run(many())

    assert found == list(range(200))
    assert 1 <= open_lines <= MOST_LINES


def processes(dsn: str, last: str = "") -> list[Any]:
    """The processes of the server for connections of this database, beside the one that asks, whose last statement was that."""
    asking = "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connect(dsn) as other:
        return [pid for pid, query in other.execute(asking).fetchall() if query.startswith(last)]


def test_another_loop_opens_its_own_and_who_closes_lets_go_of_all(database: PostgresDatabase, dsn: str) -> None:
    lines = database.lines()

    first, second = asyncio.run(opened(lines)), asyncio.run(opened(lines))
    between = processes(dsn)
    lines.close()

    async def asking() -> None:
        await lines.ask([COUNT])

    assert first != second
    assert first not in between
    assert gone(dsn, second)
    for _ in range(2):
        with pytest.raises(NotAnswered):
            asyncio.run(asking())
    lines.close()


def gone(dsn: str, process: int) -> bool:
    """Whether the server notices that its client has left."""
    return any(process not in processes(dsn) for _ in range(200))


def test_where_no_thread_can_be_had_it_is_tried_again(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asking() -> list[Rows]:
        lines = database.lines()
        with monkeypatch.context() as full:
            full.setattr("threading.Thread.start", no_thread)
            for _ in range(2 * MOST_LINES):
                with pytest.raises(NoLine):
                    await lines.ask([COUNT])
        return await asked(lines, COUNT)

    assert asyncio.run(asking()) == [[(2,)]]


def no_thread(thread: Any) -> None:
    raise RuntimeError("can't start new thread")


def test_a_process_that_ends_opens_none(database: PostgresDatabase) -> None:
    database.abandon()

    async def asking() -> None:
        for _ in range(20):
            with pytest.raises(NotAnswered):
                await database.lines().ask([COUNT])
            await asyncio.sleep(0.005)

    asyncio.run(asking())


def test_the_server_keeps_few_statements_prepared(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PREPARED", 3)
    prepared: Statement = ("SELECT count(*) FROM pg_prepared_statements", ())

    async def several() -> tuple[set[int], list[int]]:
        lines = Lines(database.lines()._connect, 1)
        processes, counts = {await opened(lines)}, []
        for number in [*range(8), 7, 6, 0]:
            [[(told,)], [(count,)]] = await asked(lines, (f"SELECT {number}", ()), prepared)
            assert told == number
            counts.append(count)
            processes.add(await opened(lines))
        lines.close()
        return processes, counts

    processes, counts = asyncio.run(several())

    assert len(processes) == 1
    assert max(counts) == 3
