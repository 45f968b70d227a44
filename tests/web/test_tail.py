"""One tail for all who listen: late, slow and interrupted ones hear every event once, in order, and the clock when it turns."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.city import READER, City, clerk
from tests.projections.ticket_city import LAND, Tickets, furnished
from txapi.application import units
from txapi.application.references import adopt_edition
from txapi.domain.editions import EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.history import EVERYTHING, EventFilter
from txapi.projections.listening import Heard, Reached, Signal, Turned, Wanted
from txapi.record.record import RecordedEvent
from txapi.web import tail as module
from txapi.web.tail import Pace, Tail

ALL = Wanted(EVERYTHING)
RENAMED = Wanted(EventFilter(topics=["unit.renamed"]))
PACE = Pace(bookmark_seconds=0.2, backlog=3, resume_events=1_000)


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """A city on whose tail there is little room."""
    monkeypatch.setattr(module, "RING", 8)
    monkeypatch.setattr(module, "BATCH", 5)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(module, "WOKEN_AT_ONCE", 2)
    opened = City(tmp_path)
    yield opened
    opened.close()


@asynccontextmanager
async def tail_of(city: City, pace: Pace = PACE) -> AsyncIterator[Tail]:
    """A tail that is ended afterwards."""
    tail = Tail(city.record, city.views, pace)
    try:
        yield tail
    finally:
        tail.end()
        await asyncio.sleep(0)


def register(city: City, code: str) -> None:
    """Register a unit, and rename every third: events of two types."""
    name = Label(zh=code, en=code)
    units.register_unit(city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    if code.endswith(("0", "3", "6", "9")):
        new = Label(zh=f"{code}新", en=f"{code} new")
        units.rename_unit(city.desk, city.order(reason="renamed"), unit=code, name=new)


def register_all(city: City) -> None:
    """Register forty units, one after the other."""
    for number in range(40):
        register(city, f"late-{number}")


def positions(city: City, topic: str | None = None) -> list[int]:
    """Where the events of a type are, or all."""
    return [one.position for one in city.record.read_all() if topic in (None, one.event.TOPIC)]


async def heard(signals: AsyncIterator[Signal], until: Callable[[Signal], bool]) -> list[int]:
    """The events that are told until something is."""
    found = []
    async for signal in signals:
        if isinstance(signal, Heard):
            found.append(signal.position)
        if until(signal):
            break
    return found


def lasting(story: Callable[[], Awaitable[None]]) -> None:
    """Run it; nothing of it takes long."""
    asyncio.run(asyncio.wait_for(story(), 60))


@pytest.mark.parametrize("seed", range(2))
def test_whoever_comes_late_falls_behind_or_is_interrupted_hears_every_event_once_and_in_order(
    city: City, seed: int
) -> None:
    for number in range(20):
        register(city, f"early-{number}")
    fallen: list[bool] = []

    async def listen(
        tail: Tail, chance: random.Random, wanted: Wanted, after: int, last: int, sleeps_until: asyncio.Task[None]
    ) -> list[int]:
        found: list[int] = []
        while after < last:
            listener = tail.listener()
            async with aclosing(listener.follow(wanted, after, days=False)) as signals:  # type: ignore[type-var]
                async for signal in signals:
                    assert isinstance(signal, Heard | Reached)
                    assert signal.position >= after, "nothing goes back"
                    after = signal.position
                    if isinstance(signal, Heard):
                        found.append(after)
                    fallen.append(listener.late)
                    if chance.random() < 0.1 or after >= last:
                        break
                    await asyncio.sleep(chance.choice((0, 0, 0, 0.01)))
                    if chance.random() < 0.1:
                        await asyncio.shield(sleeps_until)
        return found

    async def story() -> None:
        chance = random.Random(seed)
        begins = [0, 5, len(positions(city)), chance.randrange(20)]
        async with tail_of(city) as tail:
            await tail.begin()
            # The last one is renamed, so that its event is what everybody waits for.
            writing = asyncio.create_task(asyncio.to_thread(register_all, city))
            last = len(positions(city)) + 40 + 16
            listening = [
                listen(tail, random.Random(seed * 10 + number), wanted, after, last, writing)
                for number, after in enumerate(begins)
                for wanted in (ALL, RENAMED)
            ]
            found = await asyncio.gather(*listening)
            await writing
        for number, after in enumerate(begins):
            assert found[2 * number] == [at for at in positions(city) if at > after]
            assert found[2 * number + 1] == [at for at in positions(city, "unit.renamed") if at > after]

    lasting(story)
    assert any(fallen), "somebody was given more than may wait"


def test_whoever_begins_now_is_told_where_that_is_and_then_hears_what_comes(city: City) -> None:
    register(city, "before-1")

    async def story() -> None:
        async with tail_of(city) as tail:
            signals = tail.listener().follow(ALL, None, days=True)
            first = await anext(signals)
            await asyncio.to_thread(register, city, "after-1")
            found = await heard(signals, lambda signal: isinstance(signal, Reached) and signal.position == 2)
            assert (first, found) == (Reached(1), [2])

    lasting(story)


def test_the_turn_of_a_day_is_told_once_and_again_to_whoever_goes_on_from_an_earlier_day(city: City) -> None:
    register(city, "before-1")

    async def story() -> None:
        async with tail_of(city) as tail:
            here, elsewhere = (
                tail.listener().follow(ALL, None, days=True),
                tail.listener().follow(ALL, None, days=False),
            )
            assert [await anext(here), await anext(elsewhere)] == [Reached(1), Reached(1)]

            city.at("2015-08-02T00:00")
            told = [await anext(here) for _ in range(2)]
            again = [await anext(signals) for signals in [tail.listener().follow(ALL, 1, days=True)] for _ in range(2)]

            assert told == [Turned(date(2015, 8, 2), 1), Reached(1)]
            assert again == [Turned(date(2015, 8, 2), 1), Reached(1)]
            assert await anext(elsewhere) == Reached(1)

    lasting(story)


def test_a_ticket_that_lapses_is_heard_although_nobody_has_done_anything(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    give = Tickets(city)
    ticket = give.issued("2015-08-06T09:00")
    give("2015-08-06T10:00", LAND, "receive_ticket", ticket)
    city.at("2015-08-13T23:59:59").watch()
    before = len(positions(city))

    async def story() -> None:
        async with tail_of(city) as tail:
            signals = tail.listener().follow(Wanted(EventFilter(streams=[ticket])), None, days=True)
            await anext(signals)

            city.at("2015-08-14T00:00")
            await asyncio.to_thread(city.watch)

            told = [await anext(signals) for _ in range(2)]
            assert sorted(map(type, told), key=str) == [Heard, Turned]

    lasting(story)
    lapsed = city.record.event_at(before + 1)
    assert lapsed is not None
    assert lapsed.event.TOPIC == "ticket.acceptance_lapsed"
    city.close()


def test_nobody_begins_behind_what_there_is_or_further_back_than_is_told_again(city: City) -> None:
    for number in range(1, 9, 3):
        register(city, f"early-{number}")

    async def story() -> None:
        async with tail_of(city, Pace(0.2, 3, resume_events=2)) as tail:
            refused = {}
            for after in (0, 4):
                with pytest.raises(BadInput) as told:
                    await anext(tail.listener().follow(ALL, after, days=False))
                refused[after] = (told.value.code, told.value.facts)
            assert refused == {0: ("TOO_OLD", {"oldest": "1"}), 4: ("POSITION_AHEAD", {})}
            assert await anext(tail.listener().follow(ALL, 1, days=False)) == Heard(2)
            assert await anext(tail.listener(resume=2).follow(ALL, 0, days=False)) == Heard(3)

    lasting(story)


def test_a_tail_that_ends_lets_everybody_go(city: City) -> None:
    async def story() -> None:
        async with tail_of(city) as tail:
            signals = [tail.listener().follow(ALL, None, days=True) for _ in range(3)]
            for each in signals:
                await anext(each)
            waiting = [asyncio.create_task(heard(each, lambda signal: False)) for each in signals]
            await asyncio.sleep(0.01)
            tail.end()
            assert await asyncio.gather(*waiting) == [[], [], []]

    lasting(story)


def test_a_reading_that_fails_is_tried_again_and_nothing_is_lost(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, broken = city.record.read, [True]

    def read(after: int, limit: int) -> list[RecordedEvent]:
        if threading.current_thread().name == "txapi-tail" and broken:
            broken.clear()
            raise OSError("the disk sleeps")
        return whole(after, limit)

    monkeypatch.setattr(city.record, "read", read)

    async def story() -> None:
        async with tail_of(city) as tail:
            signals = tail.listener().follow(ALL, None, days=False)
            await anext(signals)
            await asyncio.to_thread(register, city, "once-1")
            assert await heard(signals, lambda signal: isinstance(signal, Heard)) == [1]
            assert broken == []

    lasting(story)


def test_who_may_not_read_an_event_does_not_hear_it_from_the_adoption_on(tmp_path: Path) -> None:
    do = Tickets(furnished(tmp_path))
    town = do.city
    viewers = (None, LAND, clerk("dama"), READER)
    told: dict[Actor | None, list[int]] = {viewer: [] for viewer in viewers}
    heard_first = asyncio.Event()

    def adopt() -> None:
        adopt_edition(
            town.desk, town.order(), kind=EditionKind.READING_POLICY, edition="reading", content={"basis": "inferred"}
        )

    async def listen(tail: Tail, viewer: Actor | None) -> None:
        async for signal in tail.listener().follow(Wanted(EVERYTHING, viewer=viewer), None, days=False):
            if isinstance(signal, Heard):
                told[viewer].append(signal.position)
            if all(found == [begin + 1, begin + 2] for found in told.values()):
                heard_first.set()
            if signal.position >= last:
                return

    async def story() -> None:
        async with tail_of(town) as tail:
            await tail.begin()
            listening = [asyncio.create_task(listen(tail, viewer)) for viewer in viewers]
            await asyncio.sleep(0.05)
            await asyncio.to_thread(do.issued, "2015-08-03T09:10")
            await heard_first.wait()
            await asyncio.to_thread(adopt)
            await asyncio.to_thread(lambda: do.issued("2015-08-03T09:20", copies=["dama"]))
            await asyncio.to_thread(lambda: do.issued("2015-08-03T09:30"))
            await asyncio.gather(*listening)

    begin = town.record.head.position
    last = begin + 7
    lasting(story)

    everything = list(range(begin + 1, last + 1))
    assert told[None] == told[LAND] == everything
    assert told[clerk("dama")] == everything[:5]
    assert told[READER] == everything[:3]
    town.close()
