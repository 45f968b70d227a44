"""Real servers under concurrent clients: the history of what these were told breaks no promise, whatever happens to the server.

And a server with one mistake in it is found out each time, so that the check is known to look.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import stores
from tests.faults.aftermath import whole
from tests.faults.clients import Chances, Crowd, Manner, effects, register
from tests.faults.guarantees import Broken, violations
from tests.faults.histories import Outcome
from tests.faults.size import turns
from tests.web.serving import Served
from txapi.cli.reading import open_to_read

if TYPE_CHECKING:
    from tests.faults.histories import Effect, History

NOUNS = [f"noun-{number}" for number in range(4)]
MANNERS = [*[Manner.FAITHFUL] * 4, *[Manner.CARRYING] * 3, *[Manner.WANDERING]]
CHECKOUT = Path(__file__).parents[2]


class Mistaken(Served):
    """A server with a mistake in it."""

    def __init__(self, mistake: str, folder: Path) -> None:
        self.program = ("tests.faults.mistaken", mistake, "serve")
        super().__init__(folder, PYTHONPATH=str(CHECKOUT))


def nouns_of(server: Served, *more: str) -> dict[str, Effect]:
    """The units that a run is about, registered."""

    def ask(document: str, variables: Any) -> Any:
        return server.post(document, variables, server.token()).json()["data"]

    return register(ask, [*NOUNS, *more])


def checked(history: History, folder: Path) -> list[str]:
    """What the history and the record of the folder break; where they break anything, the history is kept beside it."""
    with open_to_read(stores.place(folder)) as record:
        found = violations(history, list(effects(record)))
    if found:
        history.save(folder / "history.jsonl")
    return [str(violation) for violation in found[:10]]


def test_the_history_of_a_server_breaks_no_promise(tmp_path: Path):
    folder = tmp_path / "data"

    with Served(folder) as server, Crowd([server.address], server.token(), nouns_of(server), MANNERS) as crowd:
        crowd.wait_for(turns(1_000, 20_000))
        history = crowd.stop()

    assert checked(history, folder) == []
    assert len(whole(folder)) > 200
    # The run was one in which something could have gone wrong: refusals, retries and answers that nobody waited for.
    assert {write.outcome for write in history.writes} == {Outcome.ACKNOWLEDGED, Outcome.STALE, Outcome.UNKNOWN}
    assert sum(write.replayed for write in history.writes) > 20
    assert sum(read.at_least is not None for read in history.reads) > 100


def test_the_history_of_a_server_that_is_killed_again_and_again_breaks_no_promise(tmp_path: Path):
    folder = tmp_path / "data"
    server = Served(folder)
    port = server.address.rpartition(":")[2]
    kills = turns(3, 100)

    with Crowd([server.address], server.token(), nouns_of(server), MANNERS) as crowd:
        for kill in range(1, kills + 1):
            crowd.wait_for(kill * 200)
            server.stop(signal.SIGKILL)
            server = Served(folder, TXAPI_PORT=port)
        crowd.wait_for(kills * 200 + 200)
        history = crowd.stop()
    server.stop()

    assert checked(history, folder) == []
    whole(folder)


@pytest.mark.long
def test_the_history_of_a_server_that_freezes_breaks_no_promise(tmp_path: Path):
    folder = tmp_path / "data"

    with Served(folder) as server, Crowd([server.address], server.token(), nouns_of(server), MANNERS) as crowd:
        freezes = turns(3, 100)
        for freeze in range(1, freezes + 1):
            crowd.wait_for(freeze * 150)
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGCONT)
        crowd.wait_for(freezes * 150 + 150)
        history = crowd.stop()

    assert checked(history, folder) == []
    whole(folder)


@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        ("acknowledges_what_it_drops", {Broken.LOST_WRITE, Broken.POSITION_REUSED}),
        ("does_retries_again", {Broken.DOUBLED}),
        pytest.param("takes_stale_writes", {Broken.NOT_LINEARIZABLE}, marks=pytest.mark.long),
        ("reads_from_older_positions", {Broken.AT_LEAST, Broken.READ_YOUR_WRITES, Broken.MONOTONIC_READS}),
        pytest.param("says_a_newer_position_than_it_reads", {Broken.NEVER_SO}, marks=pytest.mark.long),
    ],
)
def test_a_server_with_a_mistake_is_found_out(mistake: str, names: set[Broken], tmp_path: Path):
    assert found_out(mistake, names, tmp_path)


@pytest.mark.only_on("postgresql", because="on SQLite the same mistakes are made above")
@pytest.mark.parametrize(
    ("mistake", "names"),
    [
        ("acknowledges_what_it_drops", {Broken.LOST_WRITE, Broken.POSITION_REUSED}),
        pytest.param("does_retries_again", {Broken.DOUBLED}, marks=pytest.mark.long),
        pytest.param("reads_from_older_positions", {Broken.AT_LEAST, Broken.READ_YOUR_WRITES}, marks=pytest.mark.long),
    ],
)
def test_a_node_with_a_mistake_is_found_out(mistake: str, names: set[Broken], tmp_path: Path):
    assert found_out(mistake, names, tmp_path)


def found_out(mistake: str, names: set[Broken], folder: Path) -> bool:
    """Whether histories of a server with that mistake break these promises: on a busy machine one alone may happen not to."""
    found = set[Broken]()
    return any(names <= (found := found | broken_by(mistake, folder / f"data-{turn}")) for turn in range(4))


def broken_by(mistake: str, folder: Path) -> set[Broken]:
    """Which promises the history of a server with that mistake breaks."""
    with (
        Mistaken(mistake, folder) as server,
        Crowd([server.address], server.token(), nouns_of(server), MANNERS, Chances(again=0.3)) as crowd,
    ):
        crowd.wait_for(500)
        history = crowd.stop()
    with open_to_read(stores.place(folder)) as record:
        return {one.broken for one in violations(history, list(effects(record)))}
