"""An operation that takes too long is stopped: its statement in the store ends, its thread is free, and a command is never half done."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest
import uvicorn

from tests import stores
from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import catch_up, resting
from tests.web.serving import REGISTER, unit
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.select import Select
from txapi.record.deadlines import Deadline, TimeIsUp
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.executing import execute
from txapi.schema.schema import the_schema
from txapi.web.connecting import IS_GONE, requests_through
from txapi.web.gate import Gate
from txapi.web.instance import Instance
from txapi.web.viewers import ANONYMOUS

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
COUNT = "{ units(first: 0) { totalCount } }"
ONCE = "SELECT count(*) FROM units"


class Ticking:
    """A clock on which a little time has gone by whenever it is looked at."""

    def __init__(self, seconds: float) -> None:
        self.now = 0.0
        self._seconds = seconds

    def __call__(self) -> float:
        self.now += self._seconds
        return self.now


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with resting(tmp_path) as opened:
        catch_up(opened)
        yield opened


@pytest.fixture
def endless_counts(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Whoever counts a list never comes to an end."""
    monkeypatch.setattr(Select, "count", lambda select: select.reader.rows(ENDLESS)[0][0])
    return monkeypatch


def under_way(folder: Path, store: str) -> list[str]:
    """The statements without end that the store is carrying out."""
    if store == stores.SQLITE:
        return []  # What is under way there is so on the connection that is asked for something else next.
    database = place(folder).database
    assert database is not None
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH REC%'"
        )
        return [row[0] for row in found]


def test_a_statement_is_stopped_in_the_store_when_the_time_is_over(
    instance: Instance, tmp_path: Path, store: str
) -> None:
    with instance.views.snapshot(Deadline(0.3)) as connection:
        reader = Reader(connection, at_position(connection, head_of(connection)))
        with pytest.raises(TimeIsUp):
            reader.rows(ENDLESS)

        assert under_way(tmp_path, store) == []
        with pytest.raises(TimeIsUp):
            reader.rows(ONCE)


def test_the_connection_is_good_for_the_next_who_has_time(instance: Instance) -> None:
    with instance.views.snapshot(Deadline(0.2)) as connection, pytest.raises(TimeIsUp):
        Reader(connection, at_position(connection, head_of(connection))).one(ENDLESS)

    for deadline in (None, Deadline(20.0)):
        with instance.views.snapshot(deadline) as connection:
            reader = Reader(connection, at_position(connection, head_of(connection)))
            assert reader.one(ONCE) == (0,)
            assert reader.rows(
                "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 300000) SELECT max(x) FROM c"
            ) == [(300_000,)]


@pytest.mark.only_on(stores.POSTGRESQL, because="the server there is told how long each statement may take")
def test_the_server_is_told_how_much_time_is_left_for_later_statements(instance: Instance) -> None:
    clock = Ticking(0.0)
    with instance.views.snapshot(Deadline(10.0, clock)) as connection:
        told = [connection.execute("SHOW statement_timeout").fetchone()[0]]
        clock.now = 0.5
        told.append(connection.execute("SHOW statement_timeout").fetchone()[0])
        clock.now = 8.0
        told.append(connection.execute("SHOW statement_timeout").fetchone()[0])

    assert told == ["10s", "10s", "2s"]


def test_who_asks_is_told_and_the_next_question_is_answered(
    instance: Instance, tmp_path: Path, store: str, endless_counts: pytest.MonkeyPatch
) -> None:
    client = Client(instance, tmp_path, TXAPI_QUERY_SECONDS="1", TXAPI_THREADS="1")

    stopped = client.post(COUNT, accept="application/graphql-response+json")

    assert under_way(tmp_path, store) == []
    [error] = stopped.json()["errors"]
    assert (stopped.status_code, error["extensions"]["code"]) == (503, "QUERY_TOO_SLOW")
    assert error["message"] == "this took longer than 1 s and was stopped; nothing was recorded"
    assert "data" not in stopped.json()
    endless_counts.undo()
    assert client.post(COUNT).json()["data"] == {"units": {"totalCount": 0}}


def left_alone(
    instance: Instance,
    folder: Path,
    query: str,
    variables: Any = None,
    token: str | None = None,
    patience_seconds: float = 0.5,
) -> list[Any]:
    """What is sent to a client that asks something and leaves after a while."""
    app = Client(instance, folder, TXAPI_QUERY_SECONDS="60")
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    gone, sent = threading.Event(), []
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers, "root_path": "",
        "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "extensions": {IS_GONE: {"now": gone.is_set}},
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                group.start_soon(app.app, scope, receive, send)
                await anyio.sleep(patience_seconds)
                gone.set()

    anyio.run(ask)
    return sent


@pytest.mark.only_on(
    stores.SQLITE, because="a statement of PostgreSQL ends with its time, or when it is asked for rows"
)
def test_nothing_more_is_worked_out_for_who_has_left(
    instance: Instance, tmp_path: Path, endless_counts: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()

    left_alone(instance, tmp_path, COUNT)

    # It would have gone on for a minute.
    assert time.monotonic() - began < 30


def test_a_command_is_carried_out_whoever_has_left(instance: Instance, tmp_path: Path) -> None:
    before = instance.record.head.position
    instance.record.writer.listen(lambda _: catch_up(instance))
    token = Client(instance, tmp_path).token()

    sent = left_alone(instance, tmp_path, REGISTER, unit("wutong"), token, patience_seconds=0.0)

    assert instance.record.head.position == before + 1
    assert json.loads(sent[1]["body"])["data"]["registerUnit"]["__typename"] == "UnitReceipt"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody tells."""
    with anyio.fail_after(20):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.02)


def test_a_server_knows_that_a_client_has_left_before_it_is_answered() -> None:
    seen: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        is_gone = scope["extensions"][IS_GONE]["now"]
        seen.append(is_gone())
        await until(is_gone)
        seen.append(is_gone())

    async def serve() -> None:
        config = uvicorn.Config(app, http=requests_through(Gate()), lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            async with anyio.create_task_group() as group:
                group.start_soon(server.serve, [listening])
                await until(lambda: server.started)
                client = await anyio.connect_tcp("127.0.0.1", listening.getsockname()[1])
                await client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await until(lambda: seen == [False])
                await client.aclose()
                await until(lambda: len(seen) == 2)
                server.should_exit = True

    anyio.run(serve)

    assert seen == [False, True]


def asked(context: Context, document: str) -> list[Any]:
    try:
        return execute(the_schema(), context, Operation(document)).errors
    finally:
        context.close()


def test_objects_that_take_too_long_to_be_put_together_are_stopped_too(instance: Instance) -> None:
    context = instance.context(ANONYMOUS, signed_in=False)
    context.deadline = Deadline(1.0, Ticking(0.02))
    other = instance.context(ANONYMOUS, signed_in=False)
    other.deadline = Deadline(1.0, Ticking(0.0))

    [error] = asked(context, "{ record { eventTypes { type } } }")

    assert error["extensions"]["code"] == "QUERY_TOO_SLOW"
    assert asked(other, "{ record { eventTypes { type } } }") == []


def test_a_command_that_was_recorded_is_not_told_as_if_it_were_not(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(instance, tmp_path)
    fresh = Context.fresh

    def slowly(context: Context, position: int) -> Reader:
        catch_up(instance)
        reader = fresh(context, position)
        context.deadline = Deadline(-1.0)
        return reader

    monkeypatch.setattr(Context, "fresh", slowly)
    told = client.post(REGISTER, unit("slow", commandId="once"), client.token()).json()
    monkeypatch.undo()
    again = client.post(REGISTER, unit("slow", commandId="once"), client.token()).json()

    assert [error["extensions"]["code"] for error in told["errors"]] == ["UNCERTAIN"]
    assert instance.record.head.position == 1
    assert again["data"]["registerUnit"] == {
        "__typename": "UnitReceipt", "position": "1", "replayed": True, "unit": {"code": "slow"},
    }  # fmt: skip


def test_what_a_command_came_to_is_read_in_a_time_of_its_own(instance: Instance, tmp_path: Path) -> None:
    context = instance.context(ANONYMOUS, signed_in=False)
    clock = Ticking(0.0)
    context.deadline = first = Deadline(5.0, clock)
    clock.now = 6.0

    context.fresh(0)

    assert context.deadline is not first
    assert context.deadline.seconds == 5.0
    context.close()
