"""Pacing 节奏: so many of one thing at a time, and then everybody else has the processor for a moment."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque


class Pacing:
    """Lets `at_once` go on, and as many again after `pause_seconds`; of clients that wait, one after the other.

    It belongs to one event loop.
    """

    def __init__(self, at_once: int, pause_seconds: float) -> None:
        self._at_once = at_once
        self._pause_seconds = pause_seconds
        self._left = at_once
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Those who wait, by client; the client whose turn is next comes first."""
        self._due = False

    async def take(self, client: str = "") -> None:
        """Wait for a turn."""
        if not self._due:
            self._pause()
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(turn)
        await turn

    def _pause(self) -> None:
        self._due = True
        asyncio.get_running_loop().call_later(self._pause_seconds, self._again)

    def _again(self) -> None:
        self._left, self._due = self._at_once, False
        while self._waiting and self._left:
            client, line = self._waiting.popitem(last=False)
            turn = line.popleft()
            if line:
                self._waiting[client] = line
            # Whoever has gone meanwhile waits for nothing.
            if not turn.done():
                turn.set_result(None)
                self._left -= 1
        if self._waiting:
            self._pause()
