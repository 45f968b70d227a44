"""After a start the board is asked once for nobody: whoever asks first finds added up what it adds up over the whole record."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.city import OPERATIONS
from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import catch_up, resting
from txapi.datasets.loading import load_dataset
from txapi.domain.event import Role
from txapi.projections import sums
from txapi.projections.moment import Reader
from txapi.web import warming
from txapi.web.instance import Instance
from txapi.web.warming import Warming

BOARD = (OPERATIONS / "Board.graphql").read_text(encoding="utf-8")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    load_dataset(place(tmp_path), ["tongxiang-2015", "tongxiang-2015-illustration"])
    sums.forget()
    with resting(tmp_path) as opened:
        catch_up(opened)
        yield opened


@pytest.fixture
def added_up(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is added up over all nouns."""
    found, add_up = list[Any](), sums.Sums._added_up

    def heard(self: sums.Sums, reader: Reader, nouns: Any) -> Any:
        if nouns is None:
            found.append(self.name)
        return add_up(self, reader, nouns)

    monkeypatch.setattr(sums.Sums, "_added_up", heard)
    return found


def test_whoever_asks_first_after_it_waits_for_nothing_to_be_added_up(
    instance: Instance, tmp_path: Path, added_up: list[Any]
) -> None:
    head = instance.record.head.position
    client = Client(instance, tmp_path)

    Warming(instance).ask()
    beforehand = list(added_up)
    added_up.clear()
    told = client.post(BOARD)
    auditor = client.post(BOARD, token=client.token(Role.AUDITOR))

    assert len(beforehand) > 5
    assert "errors" not in told.json()
    assert "errors" not in auditor.json()
    # An auditor leaves traces, and is answered anew.
    assert sorted(map(str, added_up)) == sorted(map(str, beforehand))
    assert instance.record.head.position == head


def test_one_that_is_stopped_reads_nothing_more(instance: Instance, added_up: list[Any]) -> None:
    with Warming(instance) as stopped:
        pass

    stopped.ask()

    assert added_up == []
    assert not sums._kept


def test_it_asks_once_a_day_also_when_it_failed(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "LOOK_SECONDS", 0.01)
    asked, twice, looked = list[Any](), threading.Event(), threading.Semaphore(0)

    class Clock:
        late = timedelta()

        def now(self) -> Any:
            looked.release()
            return clock.now() + self.late

    class Counting(Warming):
        def ask(self) -> None:
            asked.append(turning.late)
            if len(asked) == 2:
                twice.set()
            raise OSError("the database is away")

    clock, turning = instance.record.clock, Clock()
    monkeypatch.setattr(instance.record, "clock", turning)
    with Counting(instance) as counting:
        counting.start()
        for _ in range(5):
            assert looked.acquire(timeout=60)
        once = list(asked)
        turning.late = timedelta(days=1)
        assert twice.wait(timeout=60)

    assert once == [timedelta()]
    assert asked == [timedelta(), timedelta(days=1)]


def test_it_waits_for_the_rows_and_does_not_ask_what_nobody_can_answer_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(warming, "BEHIND_SECONDS", 0.01)
    load_dataset(place(tmp_path), ["tongxiang-2015"])
    behind, answered, looked = list[int](), threading.Event(), threading.Semaphore(0)

    class Heard(Warming):
        def _has_rows(self) -> bool:
            looked.release()
            return super()._has_rows()

        def ask(self) -> None:
            behind.append(self._instance.record.head.position - self._instance.views.progress().position)
            super().ask()
            answered.set()

    with resting(tmp_path) as opened, Heard(opened) as waiting:
        waiting.start()
        for _ in range(5):
            assert looked.acquire(timeout=60)
        before = list(behind)
        catch_up(opened)
        assert answered.wait(timeout=60)

    assert before == []
    assert behind == [0]
    complaints = [record for record in caplog.records if record.name in ("txapi.errors", "txapi.web.warming")]
    assert complaints == []
