"""A new version of the projections builds beside the old one and takes over at the head: somebody answers at every moment."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests import stores
from tests.faults.test_nodes import pids
from tests.web.serving import UNITS, Served, environment
from tests.web.several import answered, codes, register, until
from tests.web.supervising import Supervisor
from txapi.record.postgres.connecting import connect

CHECKOUT = Path(__file__).parents[2]
MANY = 60
"""How many units there are before anything happens."""


def register_many(server: Served) -> int:
    """Register units; the position of the last event."""
    return max(register(server, f"first-{number}") for number in range(MANY))


def units_at(server: Served, at_least: int) -> int:
    """How many units this server shows once it has got to that position."""
    answer = answered(lambda: server.post(UNITS, extensions={"atLeast": str(at_least)}).json())
    return int(answer["data"]["units"]["totalCount"])


class Newer(Served):
    """A server of another version of the code: the same, with one comment more in a projection."""

    def __init__(self, folder: Path, code: Path, *options: str, **settings: str) -> None:
        super().__init__(folder, *options, log=str(folder.parent / "newer.log"), PYTHONPATH=str(code), **settings)


@pytest.fixture(scope="module")
def newer_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree in which a module of the projections is another."""
    source = source_tree(tmp_path_factory.mktemp("newer") / "code")
    change_a_projection(source)
    return source


def source_tree(source: Path) -> Path:
    """A copy of the code."""
    shutil.copytree(CHECKOUT / "src" / "txapi", source / "txapi")
    for name in ("schema", "domain"):
        shutil.copytree(CHECKOUT / name, source.parent / name)
    return source


def change_a_projection(source: Path) -> None:
    """Let a copy of the code be another version."""
    units = source / "txapi" / "projections" / "units.py"
    units.write_text(units.read_text() + "\n# Another version.\n")


class Asking:
    """Asks servers in turn without a pause, as behind a load balancer, and keeps what came that was no answer, or not all of it."""

    def __init__(self, *addresses: str) -> None:
        self.asked = 0
        self.wrong: list[str] = []
        self._addresses = addresses
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def turn_to(self, *addresses: str) -> None:
        """Ask these from now on, and no others once the question at hand is answered."""
        self._addresses = addresses
        self.more(2)

    def more(self, answers: int = 10) -> None:
        """Wait until so many more questions were asked."""
        wanted = self.asked + answers
        until(lambda: self.asked >= wanted)

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            addresses = self._addresses
            try:
                with httpx.Client(base_url=addresses[self.asked % len(addresses)], timeout=60) as client:
                    answer = client.post("/graphql", json={"query": UNITS})
                told = answer.json()
                # Read models that are half built would know fewer.
                if answer.status_code != 200 or "errors" in told or told["data"]["units"]["totalCount"] < MANY:
                    self.wrong.append(answer.text)
            except httpx.HTTPError as error:
                self.wrong.append(repr(error))
            self.asked += 1

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def end(self) -> None:
        """Ask no more, from the moment on that this returns."""
        self._ended.set()
        self._thread.join()


@pytest.mark.only_on("postgresql", because="two nodes need a database")
def test_with_two_nodes_the_newer_one_builds_its_own_read_models_while_the_older_one_answers(
    tmp_path: Path, newer_code: Path
) -> None:
    data = tmp_path / "data"
    with Served(data) as old:
        last = register_many(old)
        with Asking(old.address) as asking, Newer(data, newer_code) as new:
            asking.more()
            asking.turn_to(old.address, new.address)
            second = register(new, "second")
            assert units_at(old, second) == units_at(new, second) == MANY + 1
            assert len(schemas(data)) == 2
            asking.more()
            asking.turn_to(new.address)
            old.stop()
            third = register(new, "third")
            asking.more()
            asking.end()
            assert units_at(new, third) == MANY + 2
    assert asking.wrong == []
    assert (second, third) == (last + 1, last + 2)


@pytest.mark.only_on("postgresql", because="several workers need a database")
def test_workers_of_the_newer_code_take_over_from_those_of_the_older_while_one_address_answers(tmp_path: Path) -> None:
    data, code = tmp_path / "data", source_tree(tmp_path / "code")
    with Served(data, "--workers", "2", PYTHONPATH=str(code)) as workers:
        last = register_many(workers)
        with Asking(workers.address) as asking:
            asking.more()
            before = pids(workers)
            change_a_projection(code)
            workers.process.send_signal(signal.SIGHUP)
            until(lambda: len(schemas(data)) == 2)
            until(lambda: len(pids(workers) - before) == 2 and not pids(workers) & before)
            second = register(workers, "second")
            asking.more()
            assert units_at(workers, second) == MANY + 1
    assert asking.wrong == []
    assert second == last + 1


@pytest.mark.only_on("postgresql", because="a schema that nobody uses any more is dropped")
def test_the_read_models_of_the_older_code_go_when_its_last_node_has_gone(tmp_path: Path, newer_code: Path) -> None:
    data = tmp_path / "data"
    with Served(data) as old:
        register(old, "first")
    [before] = schemas(data)

    with Newer(data, newer_code) as new:
        second = register(new, "second")
        assert codes(new, second) == {"first", "second"}
        # A node is counted as living for half a minute after it was seen last.
        until(lambda: before not in schemas(data))


def test_read_models_that_were_built_ahead_are_found_by_the_server_of_the_newer_code(
    tmp_path: Path, newer_code: Path
) -> None:
    data = tmp_path / "data"
    with Served(data) as old:
        register_many(old)
        with Asking(old.address) as asking:
            done = ahead(data, newer_code)

            second = register(old, "second")
            assert units_at(old, second) == MANY + 1
            asking.more()
    assert done.returncode == 0, done.stderr
    assert "goes on from there" in done.stdout
    assert asking.wrong == []
    with Newer(data, newer_code) as new:
        assert units_at(new, second) == MANY + 1


def test_a_server_whose_read_models_were_built_ahead_takes_over_and_nobody_who_asks_meanwhile_is_refused(
    tmp_path: Path, newer_code: Path
) -> None:
    data = tmp_path / "data"
    with Served(data) as before:
        register_many(before)

    with Supervisor(data) as supervisor, Asking(supervisor.address) as asking:
        asking.more()
        done = ahead(data, newer_code)
        asking.more()
        supervisor.stop()
        supervisor.start(PYTHONPATH=str(newer_code))
        asking.more()

    assert done.returncode == 0, done.stderr
    assert asking.wrong == []


def test_there_is_nothing_to_build_ahead_of_a_server_of_the_same_code(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Served(data) as server:
        register(server, "first")

        done = ahead(data, CHECKOUT / "src")

    assert done.returncode == 4
    assert "server of this version" in done.stderr


def ahead(data: Path, code: Path) -> subprocess.CompletedProcess[str]:
    """What `txapi rebuild --ahead` of that code came to."""
    return subprocess.run(
        [sys.executable, "-m", "txapi", "rebuild", "--ahead"],
        env=environment(data, PYTHONPATH=str(code)),
        capture_output=True,
        text=True,
        check=False,
    )


def schemas(data: Path) -> list[str]:
    """The schemas of read models in the database of the record."""
    dsn = stores.place(data).database
    assert dsn is not None
    with connect(dsn) as connection:
        return [name for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'views%'")]
