"""Where the rows stand, as far as the event loop has to know: without a statement where one process writes, with few of them elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from txapi.record.beforehand import NotAnswered

if TYPE_CHECKING:
    from txapi.web.beforehand import Beforehand
    from txapi.web.instance import Instance


class Stand:
    """Asks how far the rows are. It belongs to the event loop.

    Where others write them, too, the database is asked. It is asked by one at a time, for all who came before it was asked: whoever comes
    while an answer is under way must not be told that one, for what he has heard of may be later; he is told the next one.
    """

    def __init__(self, instance: Instance, beforehand: Beforehand | None = None) -> None:
        """`beforehand` asks a database; without it, or where it cannot just now, a thread does."""
        self._instance = instance
        self._beforehand = beforehand
        self._threads = ThreadPoolExecutor(1, "txapi-stand")
        self._waiting: list[asyncio.Future[int]] = []
        self._asking: asyncio.Task[None] | None = None

    async def position(self) -> int:
        """The position. UNAVAILABLE errors where it cannot be had just now."""
        if self._instance.record.is_alone:
            return self._instance.views.position
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[int] = loop.create_future()
        self._waiting.append(waits)
        if self._asking is None:
            self._asking = loop.create_task(self._ask(loop))
        return await waits

    async def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                try:
                    position = await self._asked(loop)
                except Exception as error:
                    for one in waiting:
                        if not one.done():
                            one.set_exception(error)
                else:
                    for one in waiting:
                        if not one.done():
                            one.set_result(position)
        finally:
            self._asking = None

    async def _asked(self, loop: asyncio.AbstractEventLoop) -> int:
        if self._beforehand is not None:
            with contextlib.suppress(NotAnswered):
                return await self._beforehand.position()
        return await loop.run_in_executor(self._threads, self._instance.views.look)
