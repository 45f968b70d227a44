"""Subscribers that are not themselves what is measured: many sockets on one loop, whose frames are counted and thrown away.

Run by `live.py` as a process of its own, which it tells on standard input how many to connect, and asks what they heard.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import struct
import sys
from pathlib import Path
from typing import Any

OPERATIONS = Path(__file__).parent.parent / "schema" / "operations"
CHANGES = (OPERATIONS / "Changes.graphql").read_text(encoding="utf-8")

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def frame(opcode: int, payload: bytes) -> bytes:
    """A frame as a client sends it. The mask is nothing, which is a mask."""
    if len(payload) < 126:
        return struct.pack("!BBI", 0x80 | opcode, 0x80 | len(payload), 0) + payload
    return struct.pack("!BBHI", 0x80 | opcode, 0x80 | 126, len(payload), 0) + payload


def handshake(host: str, port: int) -> bytes:
    """The request that opens a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /graphql HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}"
        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    ).encode()


class Subscriber:
    """One socket with one subscription."""

    def __init__(self, host: str, port: int, variables: dict[str, Any]) -> None:
        self.socket = socket.create_connection((host, port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.events = self.bookmarks = 0
        self._got = bytearray()
        self._open = False
        subscribe = {"id": "1", "type": "subscribe", "payload": {"query": CHANGES, "variables": variables}}
        self._asked = frame(TEXT, b'{"type":"connection_init"}') + frame(TEXT, json.dumps(subscribe).encode())
        self.socket.sendall(handshake(host, port))

    def hear(self) -> None:
        """Take in what has come, and answer pings. SystemExit where the server says something that it should not."""
        some = self.socket.recv(1 << 18)
        if not some:
            raise SystemExit("the server closed a socket")
        self._got += some
        if not self._open:
            if (end := self._got.find(b"\r\n\r\n")) < 0:
                return
            if not self._got.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"no socket: {bytes(self._got[:200])!r}")
            del self._got[: end + 4]
            self._open = True
            self.socket.sendall(self._asked)
        while (taken := self._frame()) is not None:
            opcode, payload = taken
            if opcode == PING:
                self.socket.sendall(frame(PONG, payload))
            elif opcode == CLOSE or b'"error' in payload:
                raise SystemExit(f"the server says {payload[:300]!r}")
            elif b'"__typename":"Bookmark"' in payload:
                self.bookmarks += 1
            elif b'"type":"next"' in payload:
                self.events += 1

    def _frame(self) -> tuple[int, bytes] | None:
        got = self._got
        if len(got) < 2:
            return None
        size, head = got[1], 2
        if size == 126:
            size, head = int.from_bytes(got[2:4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(got[2:10], "big"), 10
        if len(got) < head + size:
            return None
        opcode, payload = got[0] & 15, bytes(got[head : head + size])
        del got[: head + size]
        return opcode, payload


def main() -> None:
    """`connect HOST PORT IDLE BUSY` on standard input, then `heard`, then `leave`; each is answered with a line."""
    subscribers: list[Subscriber] = []
    busy = 0
    with selectors.DefaultSelector() as waiting:
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.data is not None:
                    key.data.hear()
                    continue
                words = sys.stdin.readline().split()
                if not words:
                    return
                if words[0] == "connect":
                    host, port, idle, busy = words[1], int(words[2]), int(words[3]), int(words[4])
                    # Each of the idle ones waits for a noun of its own, to which nothing happens.
                    nouns = [{"of": [f"00000000-0000-4000-8000-{number:012}"]} for number in range(idle)]
                    for number, variables in enumerate([*nouns, *[{} for _ in range(busy)]]):
                        subscribers.append(Subscriber(host, port, variables))
                        waiting.register(subscribers[-1].socket, selectors.EVENT_READ, subscribers[-1])
                        if number % 50 == 49:
                            settle(waiting, subscribers)
                    settle(waiting, subscribers)
                    print("connected", flush=True)
                elif words[0] == "heard":
                    heard = [one.events for one in subscribers[len(subscribers) - busy :]]
                    marks = sum(one.bookmarks for one in subscribers)
                    print(min(heard, default=0), max(heard, default=0), marks, flush=True)
                elif words[0] == "leave":
                    for one in subscribers:
                        waiting.unregister(one.socket)
                        one.socket.close()
                    subscribers.clear()
                    print("left", flush=True)
                    # Whoever else had something to say is gone.
                    break


def settle(waiting: selectors.BaseSelector, subscribers: list[Subscriber]) -> None:
    """Wait until everybody has been told from where on it listens."""
    while not all(one.bookmarks or one.events for one in subscribers):
        for key, _ in waiting.select(60):
            if key.data is not None:
                key.data.hear()


if __name__ == "__main__":
    main()
