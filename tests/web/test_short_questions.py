"""What is short is carried out on the event loop: questions that nothing is written for, and only as long as they are short."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import stores
from tests.city import instant
from tests.projections.ticket_city import furnished
from tests.schema.test_restricted_tickets import adopt
from tests.web.asking import Client
from tests.web.resting import following
from tests.web.serving import REGISTER, unit
from txapi.domain.event import Role, TimeBasis
from txapi.receipts import issue
from txapi.record.clock import ScriptClock
from txapi.record.deadlines import TimeIsUp
from txapi.schema import executing
from txapi.web.instance import Instance
from txapi.web.shorts import MOST_KNOWN, SHORT_SECONDS, Shorts
from txapi.web.turns import LONG_POINTS, PacedDeadline, Turn, Turns

QUERY = "{ units { totalCount nodes { code } } }"
THREAD, LOOP = "thread", "loop"


@dataclass
class Asked:
    """An app, and where each of its operations was carried out."""

    client: Client
    instance: Instance
    places: list[str]
    shorts: Shorts

    def post(
        self, query: str = QUERY, variables: Any = None, role: Role | None = None, **headers: str
    ) -> httpx.Response:
        """The response to an operation that is worked out."""
        token = None if role is None else self.client.token(role)
        return self.client.post(query, variables, token, cache_control="no-store", **headers)

    def where(self) -> list[str]:
        """Where they were carried out since this was asked last."""
        places = self.places.copy()
        self.places.clear()
        return places


def where_is(main: int) -> str:
    """Where this is called, if the event loop is in the thread `main`."""
    return LOOP if threading.get_ident() == main else THREAD


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where each operation is carried out from now on, if this is called in the thread of the event loop."""
    execute, main = executing.execute, threading.get_ident()
    places: list[str] = []

    def carried_out(schema: Any, context: Any, operation: Any, **more: Any) -> Any:
        places.append(where_is(main))
        return execute(schema, context, operation, **more)

    monkeypatch.setattr("txapi.web.working.execute", carried_out)
    return places


@pytest.fixture
def asked(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    city = furnished(tmp_path, "2015-08-03T09:00")
    adopt(city)
    city.close()
    places = watched(monkeypatch)
    # However busy the machine is.
    shorts = Shorts(10.0, 10.0)
    with following(tmp_path, ScriptClock(instant("2015-08-05T09:00"), TimeBasis.SIMULATED)) as instance:
        yield Asked(Client(instance, tmp_path, shorts), instance, places, shorts)


alone = pytest.mark.only_on(stores.SQLITE, because="only who owns the record reads it without waiting for anybody")


@alone
def test_what_was_short_is_carried_out_on_the_loop_from_then_on_and_answered_alike(asked: Asked) -> None:
    answers = [asked.post() for _ in range(3)]

    assert asked.where() == [THREAD, LOOP, LOOP]
    assert answers[0].json()["data"] == answers[2].json()["data"]
    assert answers[0].headers.keys() == answers[2].headers.keys()


@pytest.mark.only_on("postgresql", because="the other store is read without waiting")
def test_who_has_to_wait_for_a_database_does_so_in_a_thread(asked: Asked) -> None:
    for _ in range(3):
        asked.post()

    assert asked.where() == [THREAD] * 3


@alone
def test_who_has_to_wait_for_whoever_appends_does_so_in_a_thread(asked: Asked) -> None:
    # Since the last event: whoever appends just now may still append one of that time.
    body = {"query": '{ moment(at: {time: "2015-08-05T00:59:00Z"}) { units { totalCount } } }'}
    headers = {"cache-control": "no-store"}
    for _ in range(3):
        asked.client.ask("POST", "/graphql", json=body, headers=headers)
        asked.post()
    asked.where()

    async def main() -> tuple[Any, Any]:
        transport = httpx.ASGITransport(asked.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as http:
            with asked.instance.record.store.appending():
                waits = asyncio.create_task(http.post("/graphql", json=body, headers=headers))
                for _ in range(2_000):
                    if THREAD in asked.places:
                        break
                    await asyncio.sleep(0.005)
                # Everybody else is answered meanwhile.
                other = await http.post("/graphql", json={"query": QUERY}, headers=headers)
                assert not waits.done()
            return (await waits).json(), other.json()

    waited, other = asyncio.run(main())

    assert asked.where() == [LOOP, THREAD, LOOP], "tried on the loop, and given up without waiting"
    assert waited["data"]["moment"]["units"] == {"totalCount": other["data"]["units"]["totalCount"]}
    counted = asked.client.ask("GET", "/metrics").text
    assert 'operation="other",outcome="refused"' not in counted


def test_a_command_is_carried_out_in_a_thread(asked: Asked) -> None:
    for name in ("bureau-a", "bureau-b", "bureau-b"):
        asked.post(REGISTER, unit(name), Role.ADMINISTRATOR)

    assert asked.where() == [THREAD] * 3


@alone
def test_whose_reading_leaves_a_trace_reads_in_a_thread(asked: Asked) -> None:
    for _ in range(3):
        asked.post("{ tickets { totalCount } }", role=Role.AUDITOR)
    auditor = asked.where()
    for _ in range(3):
        asked.post("{ tickets { totalCount } }", role=Role.LEADER)

    assert auditor == [THREAD] * 3
    assert asked.where() == [THREAD, LOOP, LOOP]


@alone
def test_a_receipt_is_made_in_a_thread(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    receipts, main, ask = list[str](), threading.get_ident(), issue.ask

    def asking(*given: Any) -> Any:
        receipts.append(where_is(main))
        return ask(*given)

    monkeypatch.setattr("txapi.web.working.ask", asking)
    monkeypatch.setattr("txapi.web.working.evidenced", lambda attested, _: attested.answered.content())
    for _ in range(3):
        asked.post()
    asked.where()
    assert asked.post(x_txapi_evidence="receipt").status_code == 200
    asked.post()

    assert receipts == [THREAD]
    assert asked.where() == [LOOP]


@alone
def test_what_is_not_over_in_time_is_carried_out_in_a_thread_once_paid_and_told_as_ever(asked: Asked) -> None:
    first, second = asked.post().json(), asked.post().json()
    asked.where()
    asked.shorts.hurry_seconds = 0.0
    late = asked.post().json()

    assert asked.where() == [LOOP, THREAD]
    assert late["data"] == second["data"] == first["data"]
    # Where what was left is full again after each answer, what one takes is what is left after it.
    assert late["extensions"]["cost"] == second["extensions"]["cost"] == first["extensions"]["cost"]
    counted = asked.client.ask("GET", "/metrics").text
    assert 'txapi_requests_total{kind="query",operation="other",outcome="answered"} 3.0' in counted


@alone
def test_an_error_of_the_question_itself_is_told_from_the_loop(asked: Asked) -> None:
    query = "{ units(first: 100000) { totalCount } }"
    told = [asked.post(query).json()["errors"][0] for _ in range(2)]

    assert asked.where() == [THREAD, LOOP]
    assert told[0] == told[1]


@alone
def test_who_demands_a_position_that_is_not_visible_waits_in_a_thread(asked: Asked) -> None:
    asked.post()
    asked.post()
    asked.where()
    asked.post(x_txapi_at_least=str(asked.instance.views.position + 1))
    asked.post(x_txapi_at_least=str(asked.instance.views.position))

    # The first is refused before it is executed.
    assert asked.where() == [LOOP]


@pytest.mark.only_on(stores.SQLITE, because="no store has a part in it")
class TestWhatIsShort:
    """How it is remembered, and how it is given out, without a server."""

    def test_what_was_long_once_has_to_be_short_for_a_while(self) -> None:
        shorts = Shorts()
        assert not shorts.holds(1)
        shorts.took(1, SHORT_SECONDS / 2)
        assert shorts.holds(1)
        shorts.took(1, 10 * SHORT_SECONDS)
        times = 0
        while not shorts.holds(1):
            shorts.took(1, SHORT_SECONDS / 2)
            times += 1
        assert 10 < times < 100

    def test_what_is_never_short_stays_so_and_only_so_many_are_remembered(self) -> None:
        shorts = Shorts()
        shorts.took(1, float("inf"))
        for _ in range(100):
            shorts.took(1, 0.0)
        assert not shorts.holds(1)
        for what in range(2, MOST_KNOWN + 2):
            shorts.took(what, 0.0)
        assert shorts.holds(2)
        shorts.took(MOST_KNOWN + 2, 0.0)
        assert not shorts.holds(2)

    def test_one_is_carried_out_in_each_round_and_clients_take_turns(self) -> None:
        async def told() -> tuple[list[str], list[int]]:
            turns, said, rounds, now = Turns(4), list[str](), list[int](), [0]

            def count() -> None:
                now[0] += 1
                if len(said) < 12:
                    asyncio.get_running_loop().call_soon(count)

            def note(name: str) -> Callable[[Turn], None]:
                def work(_: Turn) -> None:
                    said.append(name)
                    rounds.append(now[0])

                return work

            count()
            many = [asyncio.create_task(turns.run_here("greedy", note("greedy"))) for _ in range(10)]
            await asyncio.sleep(0)
            few = [asyncio.create_task(turns.run_here("modest", note("modest"))) for _ in range(2)]
            await asyncio.gather(*many, *few)
            return said, rounds

        said, rounds = asyncio.run(told())
        assert len(set(rounds)) == 12
        assert "modest" in said[:4]
        assert said.count("greedy") == 10

    def test_who_leaves_while_waiting_takes_no_turn(self) -> None:
        async def told() -> list[int]:
            turns, done = Turns(4), list[int]()

            def note(n: int) -> Callable[[Turn], None]:
                return lambda _: done.append(n)

            tasks = [asyncio.create_task(turns.run_here("one", note(n))) for n in range(5)]
            await asyncio.sleep(0)
            for leaves in (1, 3):
                tasks[leaves].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return done

        assert asyncio.run(told()) == [0, 2, 4]

    def test_it_never_pauses_for_others_but_ends_with_its_time(self) -> None:
        async def told() -> bool:
            turns, ends = Turns(4), threading.Event()
            began = threading.Event()

            def another(_: Turn) -> None:
                began.set()
                assert ends.wait(20)

            def work(turn: Turn) -> bool:
                turn.weigh(LONG_POINTS)
                deadline = PacedDeadline(0.05, turn)
                until = time.monotonic() + 20
                try:
                    while time.monotonic() < until:
                        deadline.check()
                except TimeIsUp:
                    return True
                return False

            other = asyncio.create_task(turns.run("other", another))
            assert await asyncio.to_thread(began.wait, 20)
            found = await turns.run_here("one", work)
            ends.set()
            await other
            return found

        assert asyncio.run(told())
