"""Where the rows stand, asked for many at a time, and never answered with what was found before somebody asked."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from txapi.record.conflicts import RecordUnavailable
from txapi.web.instance import Instance
from txapi.web.stand import Stand

pytestmark = pytest.mark.only_on("sqlite", because="no store has a part in it")


class Asked:
    """Views of a record that others write, too: what they say, and how often they are asked."""

    def __init__(self, *says: Any, alone: bool = False) -> None:
        self.says = list(says)
        self.times = 0
        self.position = 7
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.let_go.set()
        self.stand = Stand(cast("Instance", SimpleNamespace(record=SimpleNamespace(is_alone=alone), views=self)))

    def look(self) -> int:
        self.times += 1
        said = self.says.pop(0)
        self.begun.set()
        assert self.let_go.wait(10)
        if isinstance(said, Exception):
            raise said
        return int(said)


def test_who_writes_alone_asks_nobody() -> None:
    asked = Asked(alone=True)

    assert asyncio.run(asked.stand.position()) == 7
    assert asked.times == 0


def test_all_who_wait_are_told_at_once_and_who_comes_meanwhile_is_told_what_is_asked_afterwards() -> None:
    asked = Asked(1, 2, 3)

    async def ask() -> list[int]:
        asked.let_go.clear()
        first = asyncio.create_task(asked.stand.position())
        assert await asyncio.to_thread(asked.begun.wait, 10)
        others = [asyncio.create_task(asked.stand.position()) for _ in range(5)]
        await asyncio.sleep(0)
        asked.let_go.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(ask()) == [1, 2, 2, 2, 2, 2]
    assert asked.times == 2


def test_what_cannot_be_had_is_told_to_all_who_wait_and_asked_again_for_the_next() -> None:
    asked = Asked(RecordUnavailable("away"), 5)

    async def ask() -> list[Any]:
        return [
            *await asyncio.gather(asked.stand.position(), asked.stand.position(), return_exceptions=True),
            await asked.stand.position(),
        ]

    *refused, told = asyncio.run(ask())
    assert [str(each) for each in refused] == ["away", "away"]
    assert told == 5


def test_who_has_left_keeps_nobody_from_being_told() -> None:
    asked = Asked(4, 5)

    async def ask() -> int:
        asked.let_go.clear()
        leaves = asyncio.create_task(asked.stand.position())
        stays = asyncio.create_task(asked.stand.position())
        assert await asyncio.to_thread(asked.begun.wait, 10)
        leaves.cancel()
        asked.let_go.set()
        return await stays

    assert asyncio.run(ask()) == 4
