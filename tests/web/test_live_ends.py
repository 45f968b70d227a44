"""How what is live ends: for a server that stops, and for a client that does not keep up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message
from websockets.exceptions import ConnectionClosed

from tests.web.resting import catch_up, resting
from tests.web.serving import REGISTER, Served, unit
from tests.web.subscribing import TAIL, Socket, register, stream
from txapi.schema.schema import the_schema
from txapi.settings import Settings
from txapi.web import live as module
from txapi.web import sockets as sockets_module
from txapi.web import streams as streams_module
from txapi.web.answers import HttpError
from txapi.web.asked import Asked, asked_from
from txapi.web.instance import Instance
from txapi.web.live import Limits, Live
from txapi.web.sockets import Sockets
from txapi.web.streams import Stream
from txapi.web.tail import Pace
from txapi.web.tokens import Tokens
from txapi.web.viewers import Asking, Viewers

pytestmark = pytest.mark.only_on("sqlite", because="what is told does not depend on where it is kept")

MANY_WORDS = 2_000
HEAVY = (
    "subscription { tail { ... on TailEvent { event { position "
    + " ".join(f"r{n}: reason" for n in range(30))
    + " } } } }"
)


def test_a_server_that_stops_lets_clients_go_so_that_they_come_back(tmp_path: Path) -> None:
    with Served(tmp_path / "data") as server:
        with Socket(server, server.token()) as one, stream(server, TAIL) as sent:
            one.begin(TAIL)
            next(sent)
            [position] = register(server)
            heard = (one.events(1), next(sent).id)
            server.process.terminate()
            rest = list(sent)
            with pytest.raises(ConnectionClosed):
                one.hear()
            code = one.connection.close_code
        assert server.process.wait(30) == 0, server.log.read_text()

    assert heard == ([position], str(position))
    assert code == 1012
    assert rest == [], "without the word that it is complete, after which clients do not come back"
    assert server.warnings() == []


def test_a_client_that_takes_nothing_while_much_comes_is_told_so_and_let_go(tmp_path: Path) -> None:
    settings = {"TXAPI_LIVE_BACKLOG": "3", "TXAPI_LIVE_SLOW_SECONDS": "1"}
    with Served(tmp_path / "data", **settings) as server:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", int(server.address.rpartition(":")[2])))
        with Socket(server, sock=narrow, max_queue=1) as slow, Socket(server) as quick:
            slow.subscribe(HEAVY)
            quick.begin(TAIL)
            for number in range(60):
                server.post(REGISTER, unit(f"wordy-{number}", reason="言" * MANY_WORDS), server.token())
            heard = quick.events(60)
            while "txapi_live_too_slow_total 1.0" not in server.client.get("/metrics").text:
                pass
            told = list(everything(slow))
            code = slow.connection.close_code

    assert heard == list(range(1, 61)), "others do not wait"
    assert told[-1]["type"] == "error"
    assert told[-1]["payload"][0]["extensions"]["code"] == "TOO_SLOW"
    assert len(told) < 60
    assert code == 1013


def everything(socket: Socket) -> Iterator[dict[str, Any]]:
    """All that still comes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            yield socket.hear()


# -- clients that take nothing at all, not even the last word ----------------------------------------------------------


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with resting(tmp_path) as opened:
        catch_up(opened)
        yield opened


class Deaf:
    """The connection of a client that takes nothing after its first so many messages."""

    def __init__(self, takes: int, *says: dict[str, Any]) -> None:
        self.taken: list[Message] = []
        self.aborted = False
        self._takes = takes
        self._says = [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": json.dumps(s)} for s in says),
        ]

    async def receive(self) -> Message:
        if not self._says:
            await asyncio.Event().wait()
        return self._says.pop(0)

    async def send(self, message: Message) -> None:
        if len(self.taken) >= self._takes:
            await asyncio.Event().wait()
        self.taken.append(message)

    @property
    def extensions(self) -> dict[str, Any]:
        return {"txapi.abort": {"now": lambda: setattr(self, "aborted", True)}}


def impatient(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Live:
    """A server that waits for nobody."""
    for each in (sockets_module, streams_module):
        monkeypatch.setattr(each, "LINGER_SECONDS", 0.05)
    assert module.LINGER_SECONDS > 1
    return Live(the_schema(), instance, Pace(0.1, 3), Limits.of(Settings.from_environment({})))


async def operate(asked: Asked, asking: Asking, language: str, only: object) -> dict[str, Any]:
    """Nobody asks anything here."""
    raise AssertionError


def test_a_socket_that_does_not_even_take_the_last_word_is_aborted(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = impatient(instance, monkeypatch)
    viewers = Viewers(Tokens.from_file(tmp_path / "key.pem"), anonymous_reads=True)
    client = Deaf(2, {"type": "connection_init"}, {"type": "nonsense"})
    scope = {
        "type": "websocket",
        "headers": [],
        "subprotocols": ["graphql-transport-ws"],
        "extensions": client.extensions,
    }

    asyncio.run(Sockets(live, operate, viewers)(scope, client.receive, client.send))

    assert [message["type"] for message in client.taken] == ["websocket.accept", "websocket.send"]
    assert client.aborted


def test_a_stream_that_does_not_even_take_the_last_word_is_aborted(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = impatient(instance, monkeypatch)
    client = Deaf(2)
    client._says.clear()
    scope = {"type": "http", "method": "POST", "headers": [], "extensions": client.extensions}
    request = Request(scope, client.receive)

    asyncio.run(Stream(live, operate, Asking(), "en").serve(request, asked_from({"query": "{ nothing }"}), client.send))

    assert [message["type"] for message in client.taken] == ["http.response.start", "http.response.body"]
    assert client.aborted


def test_what_comes_as_a_stream_and_is_no_operation_is_told_in_the_stream(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Deaf(10)
    client._says.clear()
    request = Request({"type": "http", "method": "POST", "headers": []}, client.receive)
    error = HttpError(400, "BAD_JSON", "the body is not JSON")

    asyncio.run(Stream(impatient(instance, monkeypatch), operate, Asking(), "en").serve(request, error, client.send))

    last = client.taken[-1]
    assert last["body"].startswith(b"event: next\ndata: ")
    assert b'"code":"BAD_JSON"' in last["body"]
    assert last["body"].endswith(b"event: complete\ndata:\n\n")
    assert not last["more_body"]
