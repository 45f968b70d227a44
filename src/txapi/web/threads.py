"""Threads of an event loop, to which it hands what would hold it up.

anyio's do more than is wanted here, for whoever calls the loop back from them, and each hand-over goes twice through the loop and takes
conditions and locks of a queue in Python: half of what the loop does for an operation that has to be carried out in a thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

import anyio

T = TypeVar("T")

IDLE_SECONDS = 10.0
"""How long a thread has nothing to do until it may end."""

Work = tuple[Callable[[], Any], "asyncio.Future[Any]"]
"""What a thread is to do, and who waits for it."""


class _Thread:
    """One thread, from its beginning to its end, and since when it has nothing to do."""

    __slots__ = ("idle_since", "work")

    def __init__(self) -> None:
        self.work: SimpleQueue[Work | None] = SimpleQueue()
        self.idle_since = 0.0


class Threads:
    """As many threads as are needed at once: whoever hands something to them sees to it that these are not too many.

    Whoever waits does so on an event loop, one at a time; the threads end with whoever had them.
    """

    def __init__(self) -> None:
        self._idle: deque[_Thread] = deque()
        weakref.finalize(self, _end, self._idle)

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Carry something out in a thread, in the context of whoever hands it over, and wait until that is done, even where it is not
        wanted any more. Its own error where it fails.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._thread().work.put((partial(copy_context().run, work, *arguments), done))
        try:
            with anyio.CancelScope(shield=True):
                await done
            return done.result()
        finally:
            del done  # It knows the error, and the error knows this frame: only a search for garbage would find them.

    def _thread(self) -> _Thread:
        """One that has nothing to do: the one that had something last, so that those which are not needed end."""
        if not self._idle:
            thread = _Thread()
            threading.Thread(target=_serve, args=(thread, self._idle), name="txapi-operations", daemon=True).start()
            return thread
        thread = self._idle.pop()
        while self._idle and time.monotonic() - self._idle[0].idle_since > IDLE_SECONDS:
            self._idle.popleft().work.put(None)
        return thread


def _serve(thread: _Thread, idle: deque[_Thread]) -> None:
    """What a thread does until it is told to end."""

    def tell(done: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
        # On the loop: where nobody waits any more, the thread is free all the same.
        thread.idle_since = time.monotonic()
        idle.append(thread)
        if done.done():
            return
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(RuntimeError(repr(error)) if isinstance(error, StopIteration) else error)

    while (handed := thread.work.get()) is not None:
        work, done = handed
        value, error = None, None
        try:
            value = work()
        except BaseException as raised:
            error = raised
        try:
            done.get_loop().call_soon_threadsafe(tell, done, value, error)
        except RuntimeError:
            idle.append(thread)  # The loop is closed: nobody waits.
        del handed, work, done, value, error


def _end(idle: deque[_Thread]) -> None:
    for thread in idle:
        thread.work.put(None)
