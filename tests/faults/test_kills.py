"""kill -9 at every place of the path of a write, over and over: nothing that was acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.aftermath import whole
from tests.faults.clients import Crowd
from tests.faults.conftest import Report
from tests.faults.killing_nodes import DUTY_POINTS, RECORD_POINTS
from tests.faults.killpoints import POINTS, Of, Point, Victim
from tests.faults.size import turns
from tests.faults.test_histories_of_servers import MANNERS, checked, nouns_of
from tests.postgres import in_memory
from tests.web.serving import Served

if TYPE_CHECKING:
    from typing import Any

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is room: a kill spares what the system holds, so the disk would only slow it down."""
    beside = in_memory() or tmp_path
    yield beside / "data"
    shutil.rmtree(beside)


def killing(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """What became of a run of kills."""
    command = [sys.executable, "-m", f"tests.faults.{program}", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=7200)


def test_nothing_is_lost_or_doubled_wherever_the_owner_is_killed(folder: Path, report: Report) -> None:
    kills = turns(5, 400) * len(POINTS)

    done = killing("killing", folder, kills)

    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    at = tell(report, "SQLite", told)
    assert told["kills"] == kills
    assert all(at[str(point)]["process killed"] > kills / len(POINTS) / 2 for point in POINTS)
    assert told["done_unanswered"] > 0
    assert told["acknowledged"] > kills
    assert told["lapsed"] > kills / len(Of)
    assert (told["lost"], told["doubled"]) == (0, 0)


def test_nothing_is_lost_or_doubled_wherever_nodes_are_killed_and_their_database_with_them(
    folder: Path, report: Report
) -> None:
    folder.mkdir()
    kills, duty_kills = turns(100, 5_000), turns(len(DUTY_POINTS), 40 * len(DUTY_POINTS))

    done = killing("killing_nodes", folder, kills, "--duty-kills", duty_kills)

    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    at = tell(report, "PostgreSQL", told)
    assert told["kills"] >= kills
    for victim in Victim:
        assert sum(f"{victim} killed" in at[str(point)] for point in RECORD_POINTS) >= enough_of(RECORD_POINTS)
        struck = sum(f"{victim} killed" in at[str(point)] for point in DUTY_POINTS)
        assert struck >= (enough_of(DUTY_POINTS) if victim is Victim.PROCESS else turns(0, len(DUTY_POINTS)))
    assert told["lapsed"] > 0
    assert told["connections_cut"] > 0
    assert told["done_unanswered"] > 0
    assert (told["lost"], told["doubled"]) == (0, 0)


def enough_of(points: tuple[Point, ...]) -> int:
    """At how many points something must have died: at most of them in a short run, and at every one in a long one."""
    return turns(len(points) // 2 + 1, len(points))


def tell(report: Report, store: str, told: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Report the figures of a run, as a whole and by points; these."""
    at: dict[str, dict[str, int]] = told.pop("at")
    report(store=store, **told)
    columns = [*(f"{victim} killed" for victim in Victim), "acknowledged", "done unanswered"]
    for point, figures in at.items():
        report(store=store, point=point, **{column: figures.get(column, 0) for column in columns})
    return at


def test_a_loss_would_be_noticed(folder: Path) -> None:
    done = killing("killing", folder, 60, "--mistake", "acknowledges_what_it_drops")

    assert done.returncode != 0
    assert "AssertionError" in done.stderr


class Dying(Served):
    """A server that is killed when it comes to a point for the given time."""

    def __init__(self, folder: Path, point: Point, turn: int, **settings: str) -> None:
        self.program = ("tests.faults.dying", point.of, point.moment, str(turn), "serve")
        super().__init__(folder, PYTHONPATH=str(CHECKOUT), **settings)


@pytest.mark.long
def test_the_history_of_clients_whose_server_is_killed_at_every_point_breaks_no_promise(folder: Path) -> None:
    server = Served(folder)
    nouns, token, port = nouns_of(server), server.token(), server.address.rpartition(":")[2]
    server.stop()

    with Crowd([server.address], token, nouns, MANNERS) as crowd:
        for point in 3 * [point for point in POINTS if point.of is not Of.WATCH]:
            server = Dying(folder, point, 20, TXAPI_PORT=port)
            server.process.wait(60)
            assert server.stop() == -signal.SIGKILL
        server = Served(folder, TXAPI_PORT=port)
        history = crowd.stop()
    server.stop()

    assert checked(history, folder) == []
    whole(folder)
