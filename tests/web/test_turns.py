"""Threads are given out in turn, a long operation waits for the other long ones and for the short, and each comes to its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from tests import stores
from txapi.record.deadlines import Deadline, TimeIsUp
from txapi.record.postgres.database import MOST_CONNECTIONS
from txapi.web.app import MOST_READING
from txapi.web.turns import COMPUTES_SECONDS, COMPUTING, LONG_POINTS, PacedDeadline, Turn, Turns

pytestmark = pytest.mark.only_on(stores.SQLITE, because="nothing is read")

PATIENCE_SECONDS = 20


def long_one(said: list[str], name: str, goes: threading.Event, steps: int) -> Callable[[Turn], None]:
    """An operation that is long from the beginning, and tells each of its steps."""

    def work(turn: Turn) -> None:
        turn.weigh(LONG_POINTS)
        deadline = PacedDeadline(PATIENCE_SECONDS, turn)
        for _ in range(steps):
            deadline.check()
            said.append(name)
            goes.wait(0.03)

    return work


def test_who_asks_much_leaves_threads_to_who_comes_next() -> None:
    async def told() -> str:
        turns, ends, began = Turns(8), threading.Event(), threading.Semaphore(0)

        def endless(_: Turn) -> None:
            began.release()
            assert ends.wait(PATIENCE_SECONDS)

        many = [asyncio.create_task(turns.run("greedy", endless)) for _ in range(30)]
        for _ in range(4):
            assert await asyncio.to_thread(began.acquire, timeout=PATIENCE_SECONDS)
        answer = await asyncio.wait_for(turns.run("modest", lambda _: "answered"), PATIENCE_SECONDS)
        assert not began.acquire(blocking=False)
        ends.set()
        await asyncio.gather(*many)
        return answer

    assert asyncio.run(told()) == "answered"


def test_all_that_was_asked_is_carried_out_and_who_went_away_takes_no_turn() -> None:
    async def told() -> list[int]:
        turns, done = Turns(2), list[int]()

        def note(n: int) -> Callable[[Turn], None]:
            return lambda _: done.append(n)

        many = [asyncio.create_task(turns.run("one", note(n))) for n in range(20)]
        await asyncio.sleep(0)
        for task in many[10:15]:
            task.cancel()
        await asyncio.gather(*many, return_exceptions=True)
        await turns.run("another", note(99))
        return done

    assert asyncio.run(told()) == [*range(10), *range(15, 20), 99]


def test_of_long_operations_one_goes_on_at_a_time_and_clients_take_turns() -> None:
    async def told() -> list[str]:
        turns, said, never = Turns(12), list[str](), threading.Event()
        # Two of the first client's and one of the second's; each step is longer than a slice.
        work = [turns.run(client, long_one(said, client, never, 6)) for client in ("a", "a", "b")]
        await asyncio.gather(*work)
        return said

    said = asyncio.run(told())

    assert said.count("a") == 12
    assert said.count("b") == 6
    # Once all three are there, every second step is the second client's.
    begins = said.index("b")
    assert said[begins : begins + 10 : 2].count("b") >= 4


def test_a_long_operation_pauses_for_a_short_one_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.web.turns.PAUSE_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr("txapi.web.turns.YOUNG_SECONDS", PATIENCE_SECONDS)

    async def told() -> list[str]:
        turns, said, under_way, never = Turns(8), list[str](), threading.Event(), threading.Event()

        def short(_: Turn) -> None:
            under_way.set()
            never.wait(0.1)
            said.append("short")

        def long(turn: Turn) -> None:
            turn.weigh(LONG_POINTS)
            assert under_way.wait(PATIENCE_SECONDS)
            PacedDeadline(2 * PATIENCE_SECONDS, turn).check()
            said.append("long")

        await asyncio.gather(turns.run("a", long), turns.run("b", short))
        return said

    assert asyncio.run(told()) == ["short", "long"]


def test_who_waits_for_a_turn_until_the_time_is_over_is_stopped_and_stops_nobody_else() -> None:
    async def told() -> list[str]:
        turns, said, holds, ends = Turns(8), list[str](), threading.Event(), threading.Event()

        def holding(turn: Turn) -> None:
            turn.weigh(LONG_POINTS)
            PacedDeadline(PATIENCE_SECONDS, turn).check()
            holds.set()
            assert ends.wait(PATIENCE_SECONDS)

        def waiting(turn: Turn) -> None:
            turn.weigh(LONG_POINTS)
            assert holds.wait(PATIENCE_SECONDS)
            try:
                PacedDeadline(0.01, turn).check()
            except TimeIsUp:
                said.append("stopped")
            ends.set()

        await asyncio.gather(turns.run("a", holding), turns.run("b", waiting))
        await turns.run("c", long_one(said, "after", threading.Event(), 1))
        return said

    assert asyncio.run(told()) == ["stopped", "after"]


def test_the_time_of_who_is_asked_anew_is_paced_as_well() -> None:
    async def told() -> type[Deadline]:
        return await Turns(2).run("a", lambda turn: type(PacedDeadline(5, turn).anew()))

    assert asyncio.run(told()) is PacedDeadline


def test_of_what_computes_a_few_begin_at_a_time_and_the_next_when_one_has_waited_for_a_while() -> None:
    async def told() -> tuple[int, int]:
        turns, ends, began = Turns(16), threading.Event(), threading.Semaphore(0)

        def waiting(_: Turn) -> None:
            began.release()
            assert ends.wait(PATIENCE_SECONDS)

        async def count(most: int) -> int:
            found = 0
            while found < most and await asyncio.to_thread(began.acquire, timeout=PATIENCE_SECONDS):
                found += 1
            return found

        many = [asyncio.create_task(turns.run(f"client {n}", waiting)) for n in range(7)]
        # Who waits keeps nobody from beginning for longer than a moment.
        slow = await count(7)
        known = [asyncio.create_task(turns.run(f"client {n}", waiting, waits=True)) for n in range(7)]
        commands = await count(7)
        ends.set()
        await asyncio.gather(*many, *known)
        return slow, commands

    assert asyncio.run(told()) == (7, 7)


def test_no_more_compute_at_a_time_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.web.turns.COMPUTES_SECONDS", float(PATIENCE_SECONDS))

    async def told() -> int:
        turns, lock, under_way, most = Turns(16), threading.Lock(), [0], [0]

        def computing(_: Turn) -> None:
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            threading.Event().wait(0.01)
            with lock:
                under_way[0] -= 1

        await asyncio.gather(*(turns.run(f"client {n}", computing) for n in range(12)))
        return most[0]

    assert asyncio.run(told()) <= COMPUTING


def test_connections_are_left_for_who_writes_and_for_who_comes_next_however_many_read() -> None:
    async def told() -> tuple[int, str, str]:
        turns, ends, began = Turns(16, reading=4), threading.Event(), threading.Semaphore(0)

        def reading(_: Turn) -> None:
            began.release()
            assert ends.wait(PATIENCE_SECONDS)

        many = [asyncio.create_task(turns.run(f"greedy {n % 2}", reading)) for n in range(12)]
        for _ in range(2):
            assert await asyncio.to_thread(began.acquire, timeout=PATIENCE_SECONDS)
        # Long after each of them might have begun to compute.
        await asyncio.sleep(3 * COMPUTES_SECONDS)
        greedy = sum(1 for _ in range(12) if began.acquire(blocking=False)) + 2
        command = await asyncio.wait_for(turns.run("greedy 0", lambda _: "recorded", waits=True), PATIENCE_SECONDS)
        modest = await asyncio.wait_for(turns.run("modest", lambda _: "answered"), PATIENCE_SECONDS)
        ends.set()
        await asyncio.gather(*many)
        return greedy, command, modest

    greedy, command, modest = asyncio.run(told())
    assert greedy == 2
    assert (command, modest) == ("recorded", "answered")


def test_fewer_read_in_a_database_than_it_has_connections() -> None:
    assert MOST_READING + 4 <= MOST_CONNECTIONS
