"""How long a server is waited for: seconds that it had, not those in which others had the machine.

A request hangs when the server does nothing for it although it could, or works on it without end. On a machine that many share,
a clock on the wall tells neither: it goes on while the server waits for a processor. So the time in which threads of the server, or
this process, were ready and waited for one is taken off. A server that is stuck waits for none, and is found out as fast as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

TICK_SECONDS = 0.5
MOST_WALL_SECONDS = 900.0
"""Nobody waits longer than that, however little the server had."""


class Hung(Exception):
    """Neither an answer nor the end of the connection came in time."""


class Waiting:
    """How long the threads of some processes have been ready and waited for a processor, as the kernel counts it."""

    def __init__(self, *pids: int | str) -> None:
        self._folders = [Path(f"/proc/{pid}/task") for pid in pids]
        self._of: dict[Path, int] = {}
        self.since()

    def since(self) -> float:
        """Seconds since it was asked before, of all threads together."""
        now: dict[Path, int] = {}
        for folder in self._folders:
            # A thread, or the whole process, may end while it is looked at.
            with contextlib.suppress(OSError):
                for thread in folder.iterdir():
                    with contextlib.suppress(OSError):
                        now[thread] = int((thread / "schedstat").read_text().split()[1])
        waited = sum(total - self._of.get(thread, total) for thread, total in now.items())
        self._of = now
        return waited / 1e9


async def within(seconds: float, pid: int, work: Coroutine[Any, Any, T], what: str) -> T:
    """What the work comes to, within so many seconds that the server could have used. Hung, with `what` is said of it."""
    task = asyncio.ensure_future(work)
    began = time.monotonic()
    try:
        done, _ = await asyncio.wait({task}, timeout=TICK_SECONDS)
        spent, seen, waiting = time.monotonic() - began, time.monotonic(), Waiting(pid, "self")
        while not done:
            done, _ = await asyncio.wait({task}, timeout=TICK_SECONDS)
            now = time.monotonic()
            spent, seen = spent + max(0.0, now - seen - waiting.since()), now
            if not done and (spent >= seconds or now - began >= MOST_WALL_SECONDS):
                raise Hung(f"{what} within {seconds:g} s that the server had ({now - began:.0f} s on the wall)")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
