"""Where the rows stand, as far as the event loop has to know: one statement for each event where one process writes, few elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from txapi.projections.views_progress import Standing
from txapi.record.beforehand import NotAnswered

if TYPE_CHECKING:
    from txapi.web.beforehand import Beforehand
    from txapi.web.instance import Instance


class Stand:
    """Asks how far the rows are. It belongs to the event loop.

    Where this process writes them, it knows when there is anything new, and asks its file once what that is.

    Where others write them, too, the database is asked. It is asked by one at a time, for all who came before it was asked: whoever comes
    while an answer is under way must not be told that one, for what he has heard of may be later; he is told the next one.
    """

    def __init__(self, instance: Instance, beforehand: Beforehand | None = None) -> None:
        """`beforehand` asks a database; without it, or where it cannot just now, a thread does."""
        self._instance = instance
        self._beforehand = beforehand
        self._threads = ThreadPoolExecutor(1, "txapi-stand")
        self._waiting: list[asyncio.Future[Standing]] = []
        self._asking: asyncio.Task[None] | None = None
        self._known_at = -1
        self._known = Standing(0, 0)
        """Of rows that this process writes: what was read when it knew of that position."""

    async def standing(self) -> Standing:
        """The position, and when its event was recorded. UNAVAILABLE errors where it cannot be had just now."""
        if self._instance.record.is_alone:
            return self._of_a_file()
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[Standing] = loop.create_future()
        self._waiting.append(waits)
        if self._asking is None:
            self._asking = loop.create_task(self._ask(loop))
        return await waits

    def _of_a_file(self) -> Standing:
        position = self._instance.views.position
        if position != self._known_at:
            # The rows may be further already, of which this process is told next: both numbers come from one statement.
            standing = self._instance.views.standing()
            if standing is None:
                # What is wrong with them is said by whoever reads them; no tag was made of this.
                return Standing(position, 0)
            self._known_at, self._known = position, standing
        return self._known

    async def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                try:
                    standing = await self._asked(loop)
                except Exception as error:
                    for one in waiting:
                        if not one.done():
                            one.set_exception(error)
                else:
                    for one in waiting:
                        if not one.done():
                            one.set_result(standing)
        finally:
            self._asking = None

    async def _asked(self, loop: asyncio.AbstractEventLoop) -> Standing:
        if self._beforehand is not None:
            with contextlib.suppress(NotAnswered):
                return await self._beforehand.standing()
        return await loop.run_in_executor(self._threads, self._instance.views.look_where)
