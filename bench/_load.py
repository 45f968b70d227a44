"""A client that is not itself what is measured: many kept connections, one loop, requests that were put together before."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What came back within the time: seconds for each answer, and the bytes of one."""

    seconds: float
    took: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.took) / self.seconds


def request(
    host: str, port: int, path: str, body: bytes | None = None, token: str | None = None, *, anew: bool = False
) -> bytes:
    """The bytes of a request on a connection that is kept: a POST of JSON where there is a body; `anew` wants no answer that is kept."""
    method, more = ("GET", b"") if body is None else ("POST", body)
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(more)}\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    if anew:
        head += "Cache-Control: no-store\r\n"
    return f"{head}Content-Type: application/json\r\nAccept: application/json\r\n\r\n".encode() + more


class _Kept:
    """One connection, and what it has received of the answer under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._got = bytearray()
        self._whole: int | None = None

    def ask(self, asked: bytes) -> None:
        """Send the request."""
        self._got.clear()
        self._whole = None
        self.began = time.perf_counter()
        self.socket.sendall(asked)

    def hear(self) -> int | None:
        """Take in what has come; the size of the answer once it is whole. SystemExit where it is no answer."""
        some = self.socket.recv(1 << 18)
        if not some:
            raise SystemExit("the server closed a connection")
        self._got += some
        if self._whole is None and (end := self._got.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._got, 0, end + 2)
            if not self._got.startswith(b"HTTP/1.1 200") or found is None:
                raise SystemExit(f"an answer that is none: {bytes(self._got[:300])!r}")
            self._whole = end + 4 + int(found[1])
        if self._whole is None or len(self._got) < self._whole:
            return None
        if b'"errors":' in self._got:
            raise SystemExit(f"an answer with errors: {bytes(self._got[:600])!r}")
        return self._whole


def load(hosts: Sequence[tuple[str, int]], asked: bytes, connections: int, seconds: float) -> Load:
    """Ask again and again over so many connections, spread over the hosts, each of which waits for its answer.

    When the time is up nothing more is asked, and what was asked is waited for: it took its share of the server.
    """
    kept = [_Kept(*hosts[number % len(hosts)]) for number in range(connections)]
    found = Load(seconds)
    with selectors.DefaultSelector() as waiting:
        for one in kept:
            waiting.register(one.socket, selectors.EVENT_READ, one)
            one.ask(asked)
        began = time.perf_counter()
        under_way = len(kept)
        while under_way:
            heard_of = waiting.select(60)
            if not heard_of:
                raise SystemExit("a server has not answered for a minute")
            for key, _ in heard_of:
                one = key.data
                if (size := one.hear()) is not None:
                    heard = time.perf_counter()
                    found.size = size
                    found.took.append(heard - one.began)
                    found.seconds = heard - began
                    if found.seconds < seconds:
                        one.ask(asked)
                    else:
                        # It may be closed now, for nothing more is asked on it.
                        waiting.unregister(one.socket)
                        under_way -= 1
    for one in kept:
        one.socket.close()
    return found
