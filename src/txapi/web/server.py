"""The server: one app on one socket, until a signal ends it; what it has begun to answer, it answers."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from txapi.web.connecting import Messages, requests_through
from txapi.web.gate import Gate
from txapi.web.signals import HAND_OVER, LEAVE

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.types import ASGIApp

log = logging.getLogger(__name__)


FIRST_REQUEST_SECONDS = 1.0
"""How long a connection that was accepted may take to ask something, when the server stops."""


async def _nothing() -> None:
    """Nothing has to be let go."""


COLLECT_AFTER = (5_000, 10, 20)
"""After how many new objects the youngest are searched for cycles, and after how many such searches the older ones."""


def collect_seldom() -> None:
    """Search for cyclic garbage less often than Python does, and never among what is there when serving begins.

    A search of everything walks every object of every connection and of every noun that is remembered, while nobody is
    answered: half a second for two thousand subscribers. What ends without cycles is freed at once as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


SWITCH_SECONDS = 0.001
"""How long a thread goes on while another waits for the interpreter: requests are received and answered by one of them."""


class Server(uvicorn.Server):
    """Goes on serving for `drain_seconds` after SIGTERM.

    `ready` is called when the first request can be answered, `leave` when a signal asks to stop, `hand_over` when a successor
    accepts on the same socket; all of them must be quick. `let_go` is awaited when nothing more is accepted: it ends what
    would never end by itself.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        leave: Callable[[], None],
        drain_seconds: float,
        let_go: Callable[[], Awaitable[None]] = _nothing,
        hand_over: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._let_go = let_go
        self._ready = ready
        self._leave = leave
        self._hand_over = hand_over
        self._drain_seconds = drain_seconds
        self._heard: Counter[int] = Counter()
        self._until: float | None = None
        self._handed_over = False
        self._said = False
        self._sockets: list[socket.socket] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections."""
        self._sockets = sockets or []
        await super().startup(sockets)
        collect_seldom()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._ready()

    def _stop_listening(self) -> None:
        for server in self.servers:
            server.close()
        for listening in self._sockets:
            listening.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, answer what was asked, and whatever those ask who were accepted just now."""
        self._stop_listening()
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
        """Begin to leave. Whoever presses Ctrl-C, or signals twice, does not want to wait; who presses twice, for nothing."""
        self._heard[sig] += 1
        self.leave()
        if sig == signal.SIGINT or self._heard[sig] > 1:
            if self._heard[signal.SIGINT] > 1:
                super().handle_exit(sig, frame)
            self.should_exit = True

    def leave(self) -> None:
        """Begin to leave, if that has not begun."""
        self._leave()
        self._end_in(self._drain_seconds)

    def hand_over(self) -> None:
        """Leave to a successor whatever comes from now on: nobody need be sent elsewhere, so this server stays ready."""
        self._hand_over()
        self._handed_over = True
        self._end_in(self._drain_seconds)

    def _end_in(self, seconds: float) -> None:
        if self._until is None:
            self._until = time.monotonic() + seconds
        if not seconds:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop listening."""
        if self._until is not None:
            if self._drain_seconds and not self._said:
                self._said = True
                if self._handed_over:
                    log.info("a successor accepts; answering who is connected, for %g s at most", self._drain_seconds)
                else:
                    log.info("told to end; serving for %g s more", self._drain_seconds)
            if self._handed_over:
                self._stop_listening()
            if time.monotonic() >= self._until or (self._handed_over and not self.server_state.connections):
                self.should_exit = True
        return await super().on_tick(counter)


def run(
    app: ASGIApp,
    listening: socket.socket,
    gate: Gate | None = None,
    *,
    stop_seconds: int = 10,
    drain_seconds: float = 0,
    ready: Callable[[], None] = lambda: None,
    leave: Callable[[], None] = lambda: None,
    let_go: Callable[[], Awaitable[None]] = _nothing,
    hand_over: Callable[[], None] = lambda: None,
    message_bytes: int = 1 << 20,
    proxies: tuple[str, ...] = (),
) -> None:
    """Serve `app` until SIGINT or SIGTERM; afterwards every request that was begun is answered, or `stop_seconds` are over.

    `gate` counts connections and says what one may take, `message_bytes` is the largest message that a WebSocket takes, `proxies` are the
    addresses of whoever may say for whom he asks (X-Forwarded-For).
    """
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=requests_through(gate or Gate()),
        ws=Messages,
        ws_max_size=message_bytes,
        # Small messages gain little, and each connection would hold a dictionary.
        ws_per_message_deflate=False,
        lifespan="off",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=stop_seconds,
    )
    server = Server(config, ready, leave, drain_seconds, let_go, hand_over)
    # From here on, not only while it runs: a signal that comes before must not be lost, and the one that the server raises
    # again when it has stopped must not end the process before what it holds is closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    signal.signal(LEAVE, lambda *_: server.leave())
    signal.signal(HAND_OVER, lambda *_: server.hand_over())
    server.run(sockets=[listening])
    log.info("no longer listening")
