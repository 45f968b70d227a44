"""A server that is told to end says so first, and cuts nothing in half."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.stores import place
from tests.web.serving import REGISTER, Served, unit
from txapi.cli.reading import open_to_read
from txapi.web.server import Server


class Clients:
    """Register units over connections that are kept, noting of each request whether it was answered, refused or cut."""

    def __init__(self, server: Served, count: int = 6) -> None:
        self.acknowledged: set[str] = set()
        self.unanswered: set[str] = set()
        """Requests on whose connection not one byte came back: refused, however late the client learnt it."""
        self.cut: list[str] = []
        self._place = urlsplit(server.address).netloc
        self._token = server.token()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def _work(self, number: int) -> None:
        connection = http.client.HTTPConnection(self._place, timeout=30)
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        for turn in range(100_000):
            code = f"c{number}-{turn}"
            body = json.dumps({"query": REGISTER, "variables": unit(code)})
            try:
                connection.request("POST", "/graphql", body, headers)
                response = connection.getresponse()
            except (ConnectionError, http.client.RemoteDisconnected):
                self.unanswered.add(code)
                break
            try:
                answer = json.loads(response.read())
            except (http.client.IncompleteRead, ConnectionError, ValueError):
                self.cut.append(code)
                break
            if response.status != 200 or "errors" in answer:
                self.cut.append(code)
                break
            self.acknowledged.add(answer["data"]["registerUnit"]["unit"]["code"])
        connection.close()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.mark.only_on("sqlite", because="below, a server is stopped under commands on both stores")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_stops_at_once_answers_what_it_has_begun_and_nothing_else(tmp_path: Path, number: int) -> None:
    with Served(tmp_path / "data") as server:
        clients = Clients(server)
        while len(clients.acknowledged) < 20:
            time.sleep(0.01)
        code = server.stop(number)
        clients.join()

    assert code == 0, server.log.read_text()
    assert "stopped" in server.said
    assert clients.cut == []
    assert clients.acknowledged == recorded_in(tmp_path / "data")


def recorded_in(folder: Path) -> set[str]:
    """The codes of the units that are recorded, each once."""
    with open_to_read(place(folder)) as record:
        recorded = {key.value for key in record.indexes().keys if key.kind == "unit_code"}
        assert record.head.position == len(recorded)
    return recorded


def test_a_server_that_is_told_to_end_serves_until_others_know_and_cuts_nothing_in_half(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_DRAIN_SECONDS="1", TXAPI_SIGN_SECONDS="3600") as server:
        before = server.client.get("/readyz")
        clients = Clients(server)
        while len(clients.acknowledged) < 20:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        told = [before]
        while told[-1].status_code == 200:
            told.append(server.client.get("/readyz"))
        draining = len(clients.acknowledged)
        while len(clients.acknowledged) == draining:
            time.sleep(0.01)
        clients.join()
        code = server.process.wait(30)
        with pytest.raises(httpx.ConnectError):
            server.client.get("/healthz")

    assert code == 0, server.log.read_text()
    assert told[-1].json()["problems"] == ["the instance is stopping"]
    assert told[-1].headers["connection"] == "close"
    assert clients.cut == []
    assert clients.acknowledged == recorded_in(tmp_path / "data"), "what was not answered is not recorded either"
    assert server.warnings() == []


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that is never asked."""


def test_whoever_presses_ctrl_c_or_signals_twice_does_not_wait() -> None:
    left: list[bool] = []
    once, twice, pressed = (
        Server(uvicorn.Config(nobody), lambda: None, lambda: left.append(True), 3600.0) for _ in range(3)
    )

    once.handle_exit(signal.SIGTERM, None)
    twice.handle_exit(signal.SIGTERM, None)
    twice.handle_exit(signal.SIGTERM, None)
    pressed.handle_exit(signal.SIGINT, None)

    assert [asyncio.run(server.on_tick(1)) for server in (once, twice, pressed)] == [False, True, True]
    assert len(left) == 4


def test_a_starter_and_systemd_that_both_say_it_once_have_not_said_it_twice() -> None:
    left: list[bool] = []
    told_first, told_last, hurried = (
        Server(uvicorn.Config(nobody), lambda: None, lambda: left.append(True), 3600.0) for _ in range(3)
    )

    for server in (told_first, hurried):
        server.leave()
    for server in (told_first, told_last, hurried):
        server.handle_exit(signal.SIGTERM, None)
    for server in (told_first, told_last):
        server.leave()
    hurried.handle_exit(signal.SIGTERM, None)

    assert [asyncio.run(server.on_tick(1)) for server in (told_first, told_last, hurried)] == [False, False, True]


def test_a_server_with_a_successor_accepts_nothing_more_answers_who_is_connected_and_ends_with_them() -> None:
    handed_over: list[bool] = []
    ready = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as kept:
        address: tuple[str, int] = kept.getsockname()
        server = Server(
            uvicorn.Config(answers, lifespan="off", log_config=None), ready.set, lambda: None, 3600.0,
            hand_over=lambda: handed_over.append(True),
        )  # fmt: skip
        serving = threading.Thread(target=server.run, args=([kept.dup()],))
        serving.start()
        ready.wait()
        connected = http.client.HTTPConnection(*address, timeout=30)
        before = answer_of(connected)

        server.hand_over()
        while any(each.is_serving() for each in server.servers):
            time.sleep(0.01)
        late = socket.create_connection(address)
        accepted, peer = kept.accept()
        after = answer_of(connected)
        connected.close()
        serving.join(30)

        assert peer == late.getsockname(), "whoever comes later is the successor's"
        for each in (late, accepted):
            each.close()
    assert (before, after) == (b"answered", b"answered")
    assert handed_over == [True]
    assert not serving.is_alive()


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """An app with one answer."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    await send({"type": "http.response.body", "body": b"answered"})


def answer_of(connection: http.client.HTTPConnection) -> bytes:
    """What is answered over a connection that is kept."""
    connection.request("GET", "/")
    return connection.getresponse().read()
