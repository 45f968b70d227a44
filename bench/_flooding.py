"""A process that floods a server in one way until its input ends: `python _flooding.py KIND HOST PORT SECONDS`.

Each client has a loopback address of its own, 127.0.1.1 and following, so that it is somebody else for the server. Everything is
bounded: so many clients, so many connections, so long.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from _load import request

COSTLY = """
{ projects(first: 500) { nodes { id code name stage
    history(first: 60) { nodes { position type recordedAt actor { subject role unit } } } } } }
"""
"""The most expensive that anybody may ask: some hundred thousand objects, about as many points as one operation may cost."""

LARGE = "{ projects(first: 500) { nodes { id entityId code name stage history(first: 5) { nodes { id position type recordedAt } } } } }"
SUBSCRIBE = "subscription { tail { __typename ... on TailEvent { position } } }"

CLIENTS = 8
SLOW_READERS, CONNECTIONS, SOCKETS = 200, 400, 40
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)

done: Counter[str] = Counter()
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def address(number: int) -> str:
    """That of a client."""
    return f"127.0.1.{number % CLIENTS + 1}"


async def connected(host: str, port: int, number: int, room: int = 0) -> Streams:
    """A connection of a client; `room` bytes for what it has not read."""
    made = socket.socket()
    if room:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.setblocking(False)
    made.bind((address(number), 0))
    await asyncio.get_running_loop().sock_connect(made, (host, port))
    return await asyncio.open_connection(sock=made, limit=1 << 16)


def text_frame(message: object) -> bytes:
    """A WebSocket's frame; its mask is zeroes, which changes nothing."""
    payload = json.dumps(message).encode()
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    return b"\x81" + size + bytes(4) + payload


async def slow_reader(host: str, port: int, number: int) -> None:
    """Ask for a large answer, and take next to nothing of it."""
    asked = request(host, port, "/graphql", json.dumps({"query": LARGE}).encode(), anew=True)
    reader, writer = await connected(host, port, number, room=4096)
    with contextlib.closing(writer):
        writer.write(asked * 4)
        for _ in range(60):
            if not await reader.read(64):
                break
            await asyncio.sleep(0.5)


async def connection(host: str, port: int, number: int) -> None:
    """Connect, begin a request, and go again."""
    reader, writer = await connected(host, port, number)
    with contextlib.closing(writer):
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{")
        await asyncio.sleep(0.3)
    await asyncio.sleep(0)
    del reader


async def socket_of_many(host: str, port: int, number: int) -> None:
    """Subscribe as often as one socket may, say what one may say, and never go."""
    reader, writer = await connected(host, port, number)
    with contextlib.closing(writer):
        writer.write(HANDSHAKE.format(host=host, port=port).encode())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text_frame({"type": "connection_init"}))
        for id in range(150):
            writer.write(text_frame({"type": "subscribe", "id": str(id), "payload": {"query": SUBSCRIBE}}))
        while await reader.read(1 << 16):
            writer.write(text_frame({"type": "ping"}) * 10)
            await writer.drain()
            await asyncio.sleep(0.1)


async def costly(host: str, port: int, number: int) -> None:
    """Ask the most expensive, and again when it is answered."""
    asked = request(host, port, "/graphql", json.dumps({"query": COSTLY}).encode(), anew=True)
    reader, writer = await connected(host, port, number)
    with contextlib.closing(writer):
        while True:
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(size)
            done["refused" if b'"errors":' in body else "answered"] += 1
            if b'"errors":' in body:
                await asyncio.sleep(0.05)


async def table(host: str, port: int, number: int) -> None:
    """Have the longest table written, and again."""
    asked = request(host, port, "/export/events.csv")
    reader, writer = await connected(host, port, number)
    with contextlib.closing(writer):
        while True:
            writer.write(asked)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            refused = not head.startswith(b"http/1.1 200")
            done["refused" if refused else "answered"] += 1
            if refused or b"\r\ntransfer-encoding: chunked" not in head:
                size = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(size)
                await asyncio.sleep(0.05)
                continue
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()


KINDS: dict[str, tuple[Callable[[str, int, int], Awaitable[None]], int]] = {
    "slow readers": (slow_reader, SLOW_READERS),
    "connections": (connection, CONNECTIONS),
    "subscriptions": (socket_of_many, SOCKETS),
    "costly questions": (costly, 2 * CLIENTS),
    "tables": (table, 2 * CLIENTS),
}


async def flood(kind: str, host: str, port: int, seconds: float) -> None:
    """Have all of them at it for so long, each again when it has been turned away."""
    one, count = KINDS[kind]
    until = time.monotonic() + seconds

    async def again_and_again(number: int) -> None:
        while time.monotonic() < until:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, StopIteration):
                await one(host, port, number)
            done["ended"] += 1
            await asyncio.sleep(0.01)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(again_and_again(number) for number in range(count)))


def main() -> None:
    """Flood, and say what came of it."""
    kind, host, port, seconds = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(flood(kind, host, int(port), float(seconds)))
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
