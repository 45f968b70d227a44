"""The server: one app on one socket, until a signal ends it; what it has begun to answer, it answers."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from starlette.types import ASGIApp

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Goes on serving for `drain_seconds` after SIGTERM. `leave` is called at the first signal, and must be quick."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], None], drain_seconds: float) -> None:
        super().__init__(config)
        self._leave = leave
        self._drain_seconds = drain_seconds
        self._until: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave. Whoever presses Ctrl-C, or signals twice, does not want to wait."""
        self._leave()
        if sig == signal.SIGTERM and self._drain_seconds and self._until is None:
            self._until = time.monotonic() + self._drain_seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to stop listening."""
        if self._until is not None and time.monotonic() >= self._until:
            self.should_exit = True
        return await super().on_tick(counter)


def run(
    app: ASGIApp,
    listening: socket.socket,
    *,
    stop_seconds: int = 10,
    drain_seconds: float = 0,
    leave: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` until SIGINT or SIGTERM; afterwards every request that was begun is answered, or `stop_seconds` are over."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=stop_seconds,
    )
    # The server raises the signal again when it has stopped; by then somebody must be there who lets it pass, or the
    # process would end before what it holds is closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    Server(config, leave, drain_seconds).run(sockets=[listening])
    log.info("no longer listening")
