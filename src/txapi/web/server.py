"""The server: one app on one socket, until a signal ends it; what it has begun to answer, it answers."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.types import ASGIApp
    from websockets.http11 import Request

log = logging.getLogger(__name__)


FIRST_REQUEST_SECONDS = 1.0
"""How long a connection that was accepted may take to ask something, when the server stops."""


async def _nothing() -> None:
    """Nothing has to be let go."""


class Requests(HttpToolsProtocol):
    """A connection of HTTP. What serves it can let go of it at once: `txapi.abort` among the extensions of the scope."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {**self.scope.get("extensions", {}), "txapi.abort": {"now": self.transport.abort}}


class Messages(WebSocketsSansIOProtocol):
    """A WebSocket, which can be let go of like a request: closing waits for a client that may never take what waits for it."""

    def handle_connect(self, event: Request) -> None:
        """A handshake has come."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["txapi.abort"] = {"now": self.transport.abort}


class Server(uvicorn.Server):
    """Goes on serving for `drain_seconds` after SIGTERM.

    `ready` is called when the first request can be answered, `leave` when a signal asks to stop; both must be quick. `let_go`
    is awaited when nothing more is accepted: it ends what would never end by itself.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        leave: Callable[[], None],
        drain_seconds: float,
        let_go: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        super().__init__(config)
        self._let_go = let_go
        self._ready = ready
        self._leave = leave
        self._drain_seconds = drain_seconds
        self._until: float | None = None
        self._said = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, answer what was asked, and whatever those ask who were accepted just now."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await self._let_go()
        # A connection without a request would be cut, and its request, on the way already, would be answered by nobody:
        # the next server on the same socket knows nothing of it.
        for _ in range(int(FIRST_REQUEST_SECONDS / 0.01)):
            await asyncio.sleep(0.01)
            if not any(
                isinstance(one, HttpToolsProtocol) and one.cycle is None for one in self.server_state.connections
            ):
                break
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave. Whoever presses Ctrl-C, or signals twice, does not want to wait."""
        self._leave()
        if sig == signal.SIGTERM and self._drain_seconds and self._until is None:
            self._until = time.monotonic() + self._drain_seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop listening."""
        if self._until is not None:
            if not self._said:
                log.info("told to end; serving for %g s more", self._drain_seconds)
                self._said = True
            if time.monotonic() >= self._until:
                self.should_exit = True
        return await super().on_tick(counter)


def run(
    app: ASGIApp,
    listening: socket.socket,
    *,
    stop_seconds: int = 10,
    drain_seconds: float = 0,
    ready: Callable[[], None] = lambda: None,
    leave: Callable[[], None] = lambda: None,
    let_go: Callable[[], Awaitable[None]] = _nothing,
    message_bytes: int = 1 << 20,
) -> None:
    """Serve `app` until SIGINT or SIGTERM; afterwards every request that was begun is answered, or `stop_seconds` are over.

    `message_bytes` is the largest message that a WebSocket takes.
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Requests,
        ws=Messages,
        ws_max_size=message_bytes,
        # Small messages gain little, and each connection would hold a dictionary.
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=stop_seconds,
    )
    server = Server(config, ready, leave, drain_seconds, let_go)
    # From here on, not only while it runs: a signal that comes before must not be lost, and the one that the server raises
    # again when it has stopped must not end the process before what it holds is closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    server.run(sockets=[listening])
    log.info("no longer listening")
