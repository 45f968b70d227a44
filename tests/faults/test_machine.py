"""A machine that misbehaves under a server: its disk is full, its clock jumps back, another process wants the same record."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests import stores
from tests.faults.aftermath import whole
from tests.faults.clients import Chances, Crowd, effects
from tests.faults.guarantees import violations
from tests.faults.histories import Outcome, Read, Write
from tests.faults.killing_nodes import kill_and_start
from tests.faults.size import turns
from tests.faults.small_disk import SmallDisk
from tests.faults.test_histories_of_servers import CHECKOUT, MANNERS, checked, nouns_of
from tests.postgres import Server
from tests.web.serving import Served, environment
from txapi.cli.ends import RECORD_OWNED
from txapi.cli.reading import open_to_read
from txapi.record.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENT = Chances(hang_up=0)
"""Of clients that wait for every answer."""


FIRST_PAGES_BYTES = 16_384


def eventually(holds: Callable[[], bool], what: str, timeout_seconds: float = 180) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        assert time.monotonic() < deadline, f"never came about: {what}"
        time.sleep(0.02)


def since(crowd: Crowd, moment: int, kind: type[Write | Read], outcome: Outcome) -> int:
    """How many operations that were invoked since a moment ended so."""
    return sum(
        isinstance(one, kind) and one.invoked > moment and one.outcome is outcome for one in list(crowd.operations)
    )


# -- the disk ----------------------------------------------------------------------------------------------------------------


@contextmanager
def no_file_may_grow(server: Served) -> Iterator[None]:
    """Let the server write to no file behind its first pages: the system refuses it as it does when a disk is full."""
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (FIRST_PAGES_BYTES, before[1]))
    yield
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


def live_through_a_full_disk(folder: Path, full: Callable[[Served], AbstractContextManager[None]]) -> None:
    """Clients before, while and after the disk is full: nothing that was acknowledged is lost, and nobody needs to help."""
    with Served(folder) as server, Crowd([server.address], server.token(), nouns_of(server), MANNERS, PATIENT) as crowd:
        crowd.wait_for(300)
        with full(server):
            began = time.monotonic_ns()
            eventually(
                lambda: since(crowd, began, Write, Outcome.FAILED) > 20, "writes are told that nothing was recorded"
            )
            begun = time.monotonic_ns()
            eventually(lambda: since(crowd, begun, Read, Outcome.ACKNOWLEDGED) > 20, "reads go on")
        after = time.monotonic_ns()
        eventually(lambda: since(crowd, after, Write, Outcome.ACKNOWLEDGED) > 50, "writes go on")
        history = crowd.stop()
        eventually(lambda: server.client.get("/readyz").status_code == 200, "the server is ready again")

    assert checked(history, folder) == []
    whole(folder)


def test_a_server_lives_through_files_that_cannot_grow(tmp_path: Path) -> None:
    live_through_a_full_disk(tmp_path / "data", no_file_may_grow)


@pytest.mark.needs("disk")
def test_a_server_lives_through_a_full_disk(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", megabytes=16) as disk:
        live_through_a_full_disk(tmp_path / "disk" / "data", lambda server: disk.full())


@pytest.mark.needs("disk")
def test_nodes_live_through_a_full_disk_of_their_database(tmp_path: Path) -> None:
    """Of all that PostgreSQL keeps, its write-ahead log as well: where it stops, it is started again when there is room."""
    with SmallDisk(tmp_path / "disk", megabytes=96) as disk, ExitStack() as held:
        # Small pieces, so that the log wants room for another one while the disk is full.
        settings, initdb = ("min_wal_size=2MB", "max_wal_size=8MB"), ("--wal-segsize=1",)
        database = held.enter_context(Server(tmp_path / "disk" / "server", settings=settings, initdb=initdb))
        with psycopg.connect(database.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE txapi")
        place = Place(tmp_path / "data", database.dsn("txapi"))
        nodes = [
            held.enter_context(Served(place.folder, log=tmp_path / name, TXAPI_DATABASE=place.database or ""))
            for name in ("one.log", "other.log")
        ]
        crowd = held.enter_context(
            Crowd([node.address for node in nodes], nodes[0].token(), nouns_of(nodes[0]), MANNERS, PATIENT)
        )
        crowd.wait_for(200)
        with disk.full():
            began = time.monotonic_ns()
            eventually(lambda: not_done(crowd, began) > 20, "writes are not acknowledged")
        after = time.monotonic_ns()

        def going_on() -> bool:
            if database.process is not None and database.process.poll() is not None:
                kill_and_start(database)
            return since(crowd, after, Write, Outcome.ACKNOWLEDGED) > 50

        eventually(going_on, "writes go on")
        history = crowd.stop()
        for node in nodes:
            eventually(lambda: node.client.get("/readyz").status_code == 200, "the node is ready again")  # noqa: B023
            node.stop()
        with open_to_read(place) as record:
            found = violations(history, list(effects(record)))
        whole(place)

    assert [str(violation) for violation in found[:10]] == []


def not_done(crowd: Crowd, moment: int) -> int:
    """How many writes that were invoked since a moment were told that nothing was done, or told nothing."""
    return since(crowd, moment, Write, Outcome.FAILED) + since(crowd, moment, Write, Outcome.UNKNOWN)


# -- the clock ---------------------------------------------------------------------------------------------------------------


class Jumping(Served):
    """A server whose clock is wrong by as many seconds as it is told."""

    def __init__(self, folder: Path, name: str = "server") -> None:
        self.wrong = folder.parent / f"{name}-seconds-wrong"
        self.jump(0)
        self.program = ("tests.faults.jumping", str(self.wrong), "serve")
        super().__init__(folder, log=folder.parent / f"{name}.log", PYTHONPATH=str(CHECKOUT))

    def jump(self, seconds: float) -> None:
        """Let the clock be wrong by so much."""
        fresh = self.wrong.with_suffix(".fresh")
        fresh.write_text(str(seconds))
        fresh.rename(self.wrong)


def test_a_clock_that_jumps_back_delays_writes_and_falsifies_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    with (
        Jumping(folder) as server,
        Crowd([server.address], server.token(), nouns_of(server), MANNERS, PATIENT) as crowd,
    ):
        crowd.wait_for(100)
        server.jump(-3)
        small = time.monotonic_ns()
        eventually(lambda: since(crowd, small, Write, Outcome.ACKNOWLEDGED) > 50, "a jump of seconds stops nothing")
        server.jump(-3600)
        large = time.monotonic_ns()
        eventually(lambda: since(crowd, large, Write, Outcome.FAILED) > 20, "a jump of an hour stops writes")
        unready = server.client.get("/readyz")
        meanwhile = time.monotonic_ns()
        eventually(lambda: since(crowd, meanwhile, Read, Outcome.ACKNOWLEDGED) > 20, "reads go on")
        until = time.monotonic_ns()
        server.jump(0)
        after = time.monotonic_ns()
        eventually(lambda: since(crowd, after, Write, Outcome.ACKNOWLEDGED) > 50, "writes go on")
        history = crowd.stop()
        eventually(lambda: server.client.get("/readyz").status_code == 200, "the server is ready again")

    assert unready.status_code == 503
    assert "the clock stands behind" in unready.text
    written = [
        one for one in history.writes if one.acknowledged and meanwhile < one.invoked < (one.completed or 0) < until
    ]
    assert all(write.replayed for write in written)
    assert checked(history, folder) == []
    whole(folder)


@pytest.mark.only_on("postgresql", because="several nodes need a database")
def test_clocks_of_nodes_that_run_apart_and_backwards_falsify_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    with (
        Jumping(folder, "right") as right,
        Jumping(folder, "wrong") as wrong,
        Crowd([right.address, wrong.address], right.token(), nouns_of(right), MANNERS, PATIENT) as crowd,
    ):
        crowd.wait_for(100)
        for seconds in (2, -2, -4):
            wrong.jump(seconds)
            apart = time.monotonic_ns()
            eventually(lambda: since(crowd, apart, Write, Outcome.ACKNOWLEDGED) > 50, "seconds apart stop nothing")  # noqa: B023
        wrong.jump(-3600)
        large = time.monotonic_ns()
        eventually(lambda: since(crowd, large, Write, Outcome.FAILED) > 10, "the node an hour behind records nothing")
        eventually(lambda: since(crowd, large, Write, Outcome.ACKNOWLEDGED) > 20, "the other goes on")
        unready, ready = wrong.client.get("/readyz"), right.client.get("/readyz")
        wrong.jump(0)
        after = time.monotonic_ns()
        eventually(lambda: since(crowd, after, Write, Outcome.ACKNOWLEDGED) > 50, "both go on")
        history = crowd.stop()
        eventually(lambda: wrong.client.get("/readyz").status_code == 200, "the node is ready again")

    assert (unready.status_code, ready.status_code) == (503, 200)
    assert "the clock stands behind" in unready.text
    assert checked(history, folder) == []
    whole(stores.place(folder))


# -- two processes -----------------------------------------------------------------------------------------------------------


def test_a_second_server_is_refused_and_the_first_never_notices(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    refused, read = [], []

    def read_beside() -> None:
        for _ in range(10):
            with open_to_read(folder) as record:
                read.append([event.position for event in record.read_all()])

    with Served(folder) as server, Crowd([server.address], server.token(), nouns_of(server), MANNERS, PATIENT) as crowd:
        crowd.wait_for(100)
        reader = threading.Thread(target=read_beside)
        reader.start()
        for _ in range(turns(1, 3)):
            command = [sys.executable, "-m", "txapi", "serve"]
            refused.append(
                subprocess.run(
                    command, env=environment(folder), capture_output=True, text=True, check=False, timeout=180
                )
            )
        reader.join()
        crowd.wait_for(400)
        history = crowd.stop()
        pid = server.process.pid

    for second in refused:
        assert second.returncode == RECORD_OWNED
        assert f"process {pid} owns the record" in second.stderr
        assert "stop it first, or open the record to read only" in second.stderr
    assert {operation.outcome for operation in history.operations} == {Outcome.ACKNOWLEDGED, Outcome.STALE}
    assert server.warnings() == []
    assert all(positions == list(range(1, len(positions) + 1)) for positions in read)
    assert len(read) == 10
    assert checked(history, folder) == []
    whole(folder)
