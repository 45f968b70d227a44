"""What a follower takes from memory, and who is woken when it has gone on."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.projections.crates import PROJECTION, Pile
from tests.projections.test_framework import told
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.projections.views_waiting import Reach
from txapi.record.record import RecordedEvent


def test_what_is_known_without_asking_is_believed_until_a_batch_fails(tmp_path: Path) -> None:
    pile = told([("paint", "crate-a", "red"), ("paint", "crate-b", "red"), ("paint", "crate-c", "red")])
    more = [pile.crate("crate-a"), pile.crate("crate-b"), pile.crate("crate-c")]
    asked: list[str] = []

    def newest(after: int, limit: int) -> Sequence[RecordedEvent]:
        asked.append("memory")
        if after >= 5:
            raise ConnectionError("there are no such events")
        return pile.read(after, limit)

    def read(after: int, limit: int) -> Sequence[RecordedEvent]:
        asked.append("record")
        return Pile.read(pile, after, limit)

    pile.read = read  # type: ignore[method-assign]
    views = Views.in_file(tmp_path / "views.db", "a record", [PROJECTION])
    follower = Follower(pile, views, batch=3, newest=newest)
    steps: list[list[str]] = []

    def step() -> None:
        asked.clear()
        with suppress(ConnectionError):
            follower.step()
        steps.append(asked.copy())

    step()
    for crate in more:
        crate.weigh(pile.said(), 2)
        pile.take(crate)
        step()
    step()
    step()
    pile.generation = 1
    step()
    step()

    views.close()
    assert steps[0] == ["record"]
    assert steps[1:3] == [["memory", "record"]] * 2
    assert steps[3] == ["memory"]
    assert steps[4:7] == [["record"]] * 3
    assert steps[7] == ["memory"]


def test_only_those_are_woken_whose_position_is_reached() -> None:
    reach = Reach()
    found: dict[int, bool] = {}
    threads = [threading.Thread(target=lambda at=at: found.update({at: reach.hear_of(at, 20)})) for at in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    while len(reach._waiting) < 4:
        time.sleep(0.001)

    reach.see(2)
    for thread in threads[:2]:
        thread.join(20)
    woken = dict(found)
    late = reach.hear_of(3, 0.01)
    waiting = sorted(position for position, _ in reach._waiting)
    reach.see(3)
    threads[2].join(20)
    reach.close()
    threads[3].join(20)

    assert woken == {1: True, 2: True}
    assert (late, waiting) == (False, [3, 4])
    assert set(found) == {1, 2, 3, 4}
