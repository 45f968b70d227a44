"""Where the rows stand: asked for many at a time, never told as it was before somebody asked; of a file once for each position."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from txapi.projections.views_progress import Standing
from txapi.record.conflicts import RecordUnavailable
from txapi.web.instance import Instance
from txapi.web.stand import Stand

pytestmark = pytest.mark.only_on("sqlite", because="no store has a part in it")


def at(position: int) -> Standing:
    """Where the rows stand at a position."""
    return Standing(position, position * 1_000)


class Asked:
    """Views of a record that others write, too, unless it is alone: what they say, and how often they are asked."""

    def __init__(self, *says: Any, alone: bool = False) -> None:
        self.says = list(says)
        self.times = 0
        self.position = 7
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.let_go.set()
        self.stand = Stand(cast("Instance", SimpleNamespace(record=SimpleNamespace(is_alone=alone), views=self)))

    def standing(self) -> Standing | None:
        self.times += 1
        said = self.says.pop(0)
        return None if said is None else at(said)

    def look_where(self) -> Standing:
        self.times += 1
        said = self.says.pop(0)
        self.begun.set()
        assert self.let_go.wait(10)
        if isinstance(said, Exception):
            raise said
        return at(said)


def test_who_writes_alone_asks_once_for_each_position() -> None:
    # At first the rows are further than this process was told.
    asked = Asked(8, 8, 9, alone=True)

    async def ask() -> list[Standing]:
        found = []
        for told in (7, 7, 8, 8, 9):
            asked.position = told
            found.append(await asked.stand.standing())
        return found

    assert asyncio.run(ask()) == [at(8), at(8), at(8), at(8), at(9)]
    assert asked.times == 3


def test_what_could_not_be_read_of_a_file_is_asked_again() -> None:
    asked = Asked(None, 7, alone=True)

    async def ask() -> list[Standing]:
        return [await asked.stand.standing() for _ in range(3)]

    assert asyncio.run(ask()) == [Standing(7, 0), at(7), at(7)]
    assert asked.times == 2


def test_all_who_wait_are_told_at_once_and_who_comes_meanwhile_is_told_what_is_asked_afterwards() -> None:
    asked = Asked(1, 2, 3)

    async def ask() -> list[Standing]:
        asked.let_go.clear()
        first = asyncio.create_task(asked.stand.standing())
        assert await asyncio.to_thread(asked.begun.wait, 10)
        others = [asyncio.create_task(asked.stand.standing()) for _ in range(5)]
        await asyncio.sleep(0)
        asked.let_go.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(ask()) == [at(1), *[at(2)] * 5]
    assert asked.times == 2


def test_what_cannot_be_had_is_told_to_all_who_wait_and_asked_again_for_the_next() -> None:
    asked = Asked(RecordUnavailable("away"), 5)

    async def ask() -> list[Any]:
        return [
            *await asyncio.gather(asked.stand.standing(), asked.stand.standing(), return_exceptions=True),
            await asked.stand.standing(),
        ]

    *refused, told = asyncio.run(ask())
    assert [str(each) for each in refused] == ["away", "away"]
    assert told == at(5)


def test_who_has_left_keeps_nobody_from_being_told() -> None:
    asked = Asked(4, 5)

    async def ask() -> Standing:
        asked.let_go.clear()
        leaves = asyncio.create_task(asked.stand.standing())
        stays = asyncio.create_task(asked.stand.standing())
        assert await asyncio.to_thread(asked.begun.wait, 10)
        leaves.cancel()
        asked.let_go.set()
        return await stays

    assert asyncio.run(ask()) == at(4)
