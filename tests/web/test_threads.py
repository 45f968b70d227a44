"""What is handed to a thread is carried out there, and its answer or its error comes back to the loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

import anyio
import pytest

from tests import stores
from txapi.web import threads
from txapi.web.threads import Threads

pytestmark = pytest.mark.only_on(stores.SQLITE, because="nothing is read")

PATIENCE_SECONDS = 20
NAMED: ContextVar[str] = ContextVar("named", default="nobody")


def mine() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "txapi-operations"]


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether it is so, after a while at most."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


def ended(most: int) -> bool:
    """Whether no more than so many threads are left, after a while at most."""
    return comes_true(lambda: len(mine()) <= most)


def test_what_is_handed_over_is_carried_out_elsewhere_in_the_same_context() -> None:
    async def told() -> tuple[str, int, bool]:
        NAMED.set("somebody")
        name, total = await Threads().run(lambda one, other: (NAMED.get(), one + other), 1, 2)
        return name, total, await Threads().run(threading.get_ident) != threading.get_ident()

    assert asyncio.run(told()) == ("somebody", 3, True)


@pytest.mark.parametrize(
    ("error", "seen"), [(KeyError, KeyError), (SystemExit, SystemExit), (StopIteration, RuntimeError)]
)
def test_an_error_comes_back_and_the_thread_goes_on(error: type[BaseException], seen: type[BaseException]) -> None:
    def fail() -> int:
        raise error

    async def told() -> list[int]:
        pool = Threads()
        first = await pool.run(threading.get_ident)
        with pytest.raises(seen):
            await pool.run(fail)
        return [first, await pool.run(threading.get_ident)]

    first, second = asyncio.run(told())
    assert first == second


def test_one_thread_does_for_all_who_come_one_after_the_other_and_as_many_as_are_there_at_once() -> None:
    async def told() -> tuple[int, int]:
        pool, ends = Threads(), threading.Barrier(3)
        alone = {await pool.run(threading.get_ident) for _ in range(5)}
        await asyncio.gather(*(pool.run(ends.wait, PATIENCE_SECONDS) for _ in range(3)))
        return len(alone), len(pool._idle)

    assert asyncio.run(told()) == (1, 3)


def test_a_thread_serves_one_loop_after_another() -> None:
    pool = Threads()

    first, second = (asyncio.run(pool.run(threading.get_ident)) for _ in range(2))

    assert first == second


def test_who_is_cancelled_by_a_scope_waits_until_it_is_done_and_by_the_loop_does_not() -> None:
    async def told() -> list[str]:
        pool, goes, said = Threads(), threading.Event(), list[str]()

        def work() -> None:
            goes.wait(PATIENCE_SECONDS)
            said.append("done")

        async def asked() -> None:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await pool.run(work)
                said.append("heard")

        scoped = asyncio.create_task(asked())
        await asyncio.sleep(0.05)
        goes.set()
        await scoped
        goes.clear()
        cancelled = asyncio.create_task(pool.run(work))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        said.append("left")
        goes.set()
        # The thread is free when it has done what nobody waits for.
        assert await asyncio.to_thread(comes_true, lambda: len(pool._idle) == 1)
        return said

    assert asyncio.run(told()) == ["done", "heard", "left", "done"]


def test_threads_that_have_had_nothing_to_do_for_long_end_and_all_end_with_those_who_had_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = len(mine())

    async def told() -> None:
        pool, ends = Threads(), threading.Barrier(3)
        await asyncio.gather(*(pool.run(ends.wait, PATIENCE_SECONDS) for _ in range(3)))
        monkeypatch.setattr(threads, "IDLE_SECONDS", -1.0)
        await pool.run(int)
        assert await asyncio.to_thread(ended, before + 1)

    asyncio.run(told())
    assert ended(before)
