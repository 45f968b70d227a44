"""A receiver of webhooks for tests: an HTTP server of its own on this machine, which keeps what it gets and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

PATIENCE_SECONDS = 60.0


class Got(NamedTuple):
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The CloudEvent in it."""
        return json.loads(self.body)

    @property
    def position(self) -> int:
        """Where its event stands in the record."""
        return int(self.event["position"])


class Reply(NamedTuple):
    """What is answered."""

    status: int = 204
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it


class Receiver:
    """Listens on 127.0.0.1. `reply` is asked what to answer to each request, in the thread of that request."""

    def __init__(self, reply: Callable[[Got], Reply] = lambda got: Reply()) -> None:
        self.got: list[Got] = []
        self.acknowledged: list[Got] = []
        """Those that were answered by a status of 2xx, in the order in which that was decided."""
        self.reply = reply
        self._news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                with receiver._news:
                    receiver.got.append(got)
                    receiver._news.notify_all()
                told = receiver.reply(got)
                with receiver._news:
                    if 200 <= told.status < 300:
                        receiver.acknowledged.append(got)
                    receiver._news.notify_all()
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *said: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *what: object) -> None:
                """Whoever hangs up is no error here: servers are killed in these tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/in"

    def wait(self, true: Callable[[], bool], what: str = "") -> None:
        """Until that is so, which is looked at whenever something comes; an AssertionError if it never is."""
        with self._news:
            assert self._news.wait_for(true, PATIENCE_SECONDS), (what, [got.position for got in self.got])

    def positions(self) -> list[int]:
        """The positions of the events that were acknowledged, in that order."""
        return [got.position for got in self.acknowledged]

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
