"""Connections are counted, and whoever sends or takes too slowly is let go, while others are answered."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from tests import stores
from tests.web.serving import Served
from txapi.web.connecting import requests_through
from txapi.web.gate import MOST_HEARING, Bounds, Full, Gate

ASK = b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: localhost\r\n\r\n"

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n"
)

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store knows of connections")


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Served]:
    """A server with room for few, who must be quick, and which believes its proxy."""
    settings = {
        "TXAPI_CONNECTIONS": "6",
        "TXAPI_ADDRESS_CONNECTIONS": "4",
        "TXAPI_REQUEST_SECONDS": "2",
        "TXAPI_TRUSTED_PROXIES": "127.0.0.9",
        "TXAPI_BUDGETS": "anonymous=600/1200",
    }
    with Served(tmp_path_factory.mktemp("bounded") / "data", **settings) as served:
        served.client.close()
        yield served


def connected(served: Served, address: str = "127.0.0.1", room: int = 0) -> socket.socket:
    """A connection from an address of this machine; `room` bytes for what it has not read."""
    split = urlsplit(served.address)
    assert split.hostname is not None
    made = socket.socket()
    made.settimeout(20)
    if room:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.bind((address, 0))
    made.connect((split.hostname, split.port))
    return made


def heard(connection: socket.socket) -> bytes:
    """Everything that comes until the connection ends."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def status_and_code(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["errors"][0]["extensions"]["code"]


def answered(connection: socket.socket) -> dict[str, Any]:
    """The answer to one question on a connection that goes on."""
    connection.sendall(ASK)
    head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    while not body:
        body = connection.recv(65_536)
    assert head.startswith(b"HTTP/1.1 200"), head
    return dict(json.loads(body))


def test_who_finds_no_room_is_told_so_and_welcome_when_somebody_has_gone(bounded: Served) -> None:
    with ExitStack() as held:
        mine = [held.enter_context(connected(bounded, "127.0.0.2")) for _ in range(4)]
        assert answered(mine[0])["data"] == {"__typename": "Query"}
        with connected(bounded, "127.0.0.2") as fifth:
            fifth.sendall(ASK)
            of_one_address = heard(fifth)
        others = [held.enter_context(connected(bounded, f"127.0.0.{number}")) for number in (3, 4)]
        assert answered(others[1])["data"] == {"__typename": "Query"}
        with connected(bounded, "127.0.0.5") as seventh:
            seventh.sendall(ASK)
            in_all = heard(seventh)
        mine[1].close()
        told = b""
        for _ in range(200):
            with connected(bounded, "127.0.0.2") as again:
                again.sendall(ASK)
                told = again.recv(1_000)
            if told.startswith(b"HTTP/1.1 200"):
                break
            time.sleep(0.05)

    for refused in (of_one_address, in_all):
        assert status_and_code(refused) == (503, "TOO_MANY_CONNECTIONS")
        assert b"retry-after: 5\r\n" in refused
    assert told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"P", id="a letter"),
        pytest.param(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ", id="a part of the headers"),
        pytest.param(
            b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            id="a part of the body",
        ),
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(bounded: Served, begun: bytes) -> None:
    with connected(bounded, "127.0.0.6") as slow, connected(bounded, "127.0.0.7") as other:
        slow.sendall(begun)
        assert answered(other)["data"] == {"__typename": "Query"}

        assert status_and_code(heard(slow)) == (408, "REQUEST_TOO_SLOW")


def test_headers_have_a_limit_whether_they_come_at_once_or_in_parts(bounded: Served) -> None:
    for parts in (1, 20):
        with connected(bounded, "127.0.0.6") as connection:
            try:
                for _ in range(parts):
                    connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: " if _ == 0 else b"")
                    connection.sendall(b"x" * (140_000 // parts))
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = heard(connection)
        assert answer == b"" or status_and_code(answer) == (431, "HEADERS_TOO_LARGE")


class Pipe(asyncio.Transport):
    """A connection of which a test decides whether its client takes anything."""

    def __init__(self) -> None:
        super().__init__()
        self.aborted = False

    def is_closing(self) -> bool:
        return self.aborted

    def write(self, data: Any) -> None:
        """Nobody reads it."""

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        """It has ended."""


@pytest.mark.parametrize("takes", [True, False])
def test_who_takes_nothing_of_his_answers_is_cut_off(takes: bool) -> None:
    async def answered() -> bool:
        pipe = Pipe()
        config = uvicorn.Config(Starlette(), lifespan="off", log_config=None)
        config.load()
        connection = requests_through(Gate(Bounds(send_seconds=0.05)))(config, ServerState(), {})
        connection.connection_made(pipe)
        connection.pause_writing()
        if takes:
            connection.resume_writing()
        await asyncio.sleep(0.3)
        cut_off = pipe.aborted
        connection.connection_lost(None)
        return cut_off

    assert asyncio.run(answered()) is not takes


def test_a_connection_that_goes_on_asking_is_not_late(bounded: Served) -> None:
    with connected(bounded, "127.0.0.6") as connection:
        for _ in range(4):
            assert answered(connection)["data"] == {"__typename": "Query"}
            time.sleep(0.7)


def test_a_proxy_that_is_trusted_says_for_whom_it_asks_and_nobody_else_does(bounded: Served) -> None:
    page = ASK.replace(b"%7B__typename%7D", b"%7Bunits(first:500)%7Bnodes%7Bcode%7D%7D%7D")

    def statuses(address: str) -> list[bytes]:
        found = []
        for number in range(3):
            with connected(bounded, address) as connection:
                client = b"host: localhost\r\nx-forwarded-for: 192.0.2.%d" % number
                connection.sendall(page.replace(b"host: localhost", client))
                found.append(connection.recv(65_536).split()[1])
        return found

    assert statuses("127.0.0.9") == [b"200", b"200", b"200"]
    assert statuses("127.0.0.8") == [b"200", b"200", b"429"]


BAD_UTF8, CLOSE = b"\x81\x82\x00\x00\x00\x00\xff\xfe", b"\x88\x80\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("origin", "frames", "code"),
    [
        ("http://evil.example", b"", None),
        (None, BAD_UTF8, 1007),
        (None, CLOSE + BAD_UTF8, None),
        (None, b"\xff\xff\xff", None),
        (None, CLOSE, None),
    ],
)
def test_what_is_no_message_ends_a_socket_and_is_no_error_of_ours(
    tmp_path: Path, origin: str | None, frames: bytes, code: int | None
) -> None:
    handshake = HANDSHAKE + (f"origin: {origin}\r\n" if origin else "").encode() + b"\r\n"
    with Served(tmp_path / "data") as served, connected(served) as connection:
        connection.sendall(handshake)
        said = connection.recv(4096)
        connection.sendall(frames)
        said += heard(connection)

    assert said.startswith(b"HTTP/1.1 403" if origin else b"HTTP/1.1 101")
    assert code is None or said.endswith(b"\x88\x02" + code.to_bytes(2))
    assert served.errors() == []


def test_a_gate_counts_out_whom_it_counted_in() -> None:
    gate = Gate(Bounds(connections=3, address_connections=2))
    first, second, third = "192.0.2.1", "192.0.2.2", "192.0.2.3"

    came = [gate.enter(address) for address in (first, first, first, second, third)]
    gate.leave(first)

    assert came == [first, first, Full.ADDRESS, second, Full.PROCESS]
    assert [gate.enter(address) for address in (third, third)] == [third, Full.PROCESS]


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_opens_connections_as_fast_as_one_may_and_no_faster() -> None:
    clock = Clock()
    counted: list[Full] = []
    gate = Gate(Bounds(address_rate=2), now=clock)
    gate.observer = counted.append

    def opened(count: int, host: str = "192.0.2.1") -> int:
        return sum(isinstance(gate.enter(host), str) for _ in range(count))

    assert opened(15) == 10
    clock.now = 1.0
    assert opened(15) == 2
    assert opened(15, "192.0.2.2") == 10
    clock.now = 100.0
    assert opened(15) == 10
    assert counted == [Full.RATE] * (5 + 13 + 5 + 5)
    # Of IPv6 it is the network that counts, whichever of its addresses comes; one of IPv4 in other clothes is that one.
    assert sum(opened(1, f"2001:db8:1:2::{number:x}") for number in range(15)) == 10
    assert opened(1, "::ffff:192.0.2.1") == 0


def test_this_machine_and_proxies_that_are_named_connect_as_they_like() -> None:
    gate = Gate(Bounds(address_rate=1, address_connections=1), proxies=("10.0.0.0/24", "2001:db8::5", "a name"))

    for host in ("127.0.0.1", "::1", "10.0.0.77", "2001:db8::5", "::ffff:10.0.0.1", None):
        assert all(isinstance(gate.enter(host), str) for _ in range(50)), host
    for host in ("127.0.0.2", "10.0.1.77", "2001:db8::6"):
        assert Full.RATE in {gate.enter(host) for _ in range(50)}, host


def test_whose_rates_are_remembered_is_bounded_and_so_is_what_the_log_says(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    gate = Gate(Bounds(address_rate=1), now=clock, most_addresses=100)

    for number in range(10_000):
        gate.enter(f"10.0.{number // 250}.{number % 250}")
    for _ in range(10_000):
        gate.enter("192.0.2.1")
    clock.now = 10.0
    for _ in range(11):
        gate.enter("192.0.2.1")

    assert len(gate._left) == 100
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "1 connections were turned away",
        "9995 connections were turned away",
    ]


def test_who_connects_too_often_is_turned_away_and_counted_and_others_are_not(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_ADDRESS_RATE="1") as served, ExitStack() as held:
        opened = []
        for _ in range(40):
            opened.append(held.enter_context(connected(served, "127.0.0.3")))
            opened[-1].sendall(ASK)
        answers = [connection.recv(65_536) for connection in opened]
        with connected(served, "127.0.0.4") as other:
            assert answered(other)["data"] == {"__typename": "Query"}
        metrics = served.client.get("/metrics").text
        logged = served.log.read_text()

    refused = [answer for answer in answers if not answer.startswith(b"HTTP/1.1 200")]
    assert [answer.startswith(b"HTTP/1.1 200") for answer in answers[:5]] == [True] * 5
    assert len(refused) >= 10
    for answer in refused:
        assert status_and_code(answer) == (503, "TOO_MANY_CONNECTIONS")
        assert b"retry-after: 5\r\n" in answer
    assert f'txapi_connections_refused_total{{limit="rate"}} {len(refused)}.0' in metrics
    assert "1 connections were turned away, the last of 127.0.0.3, by the limit of the rate" in logged


def test_when_too_many_are_turned_away_to_hear_why_more_are_cut_off_at_once() -> None:
    async def cut_off() -> list[bool]:
        config = uvicorn.Config(Starlette(), lifespan="off", log_config=None)
        config.load()
        state, gate = ServerState(), Gate(Bounds(connections=1))
        pipes = [Pipe() for _ in range(MOST_HEARING + 4)]
        connections = [requests_through(gate)(config, state, {}) for _ in pipes]
        for connection, pipe in zip(connections, pipes, strict=True):
            connection.connection_made(pipe)
        found = [pipe.aborted for pipe in pipes]
        for connection in connections:
            connection.data_received(b"x")
            connection.connection_lost(None)
        assert (gate.count, gate.hearing, len(state.connections)) == (0, 0, 0)
        return found

    assert asyncio.run(cut_off()) == [False] * (MOST_HEARING + 1) + [True] * 3
