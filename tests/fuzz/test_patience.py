"""What hangs is found out, and what is only kept waiting by others is not taken for it."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.fuzz import patience
from tests.fuzz.patience import Hung, Waiting, within


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _at_once() -> str:
    return "answered"


def test_what_never_answers_is_told_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "TICK_SECONDS", 0.01)

    async def waited() -> set[asyncio.Task[object]]:
        with pytest.raises(Hung, match=r"nothing within 0\.1 s that the server had"):
            await within(0.1, os.getpid(), _for_ever(), "nothing")
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(waited()) == set()


def test_while_others_have_the_processor_the_time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "TICK_SECONDS", 0.001)
    looked = iter(range(1_000_000))
    answered = asyncio.Event()

    def starved(_: Waiting) -> float:
        if next(looked) >= 200:
            answered.set()
        return 3_600.0

    monkeypatch.setattr(Waiting, "since", starved)

    async def asked() -> str:
        await answered.wait()
        return await _at_once()

    assert asyncio.run(within(0.01, os.getpid(), asked(), "nothing")) == "answered"


def test_the_kernel_says_how_long_threads_waited() -> None:
    waiting = Waiting(os.getpid(), 2**30)

    assert waiting.since() >= 0
    assert asyncio.run(within(5, os.getpid(), _at_once(), "nothing")) == "answered"
