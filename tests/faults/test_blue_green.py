"""A new version of the projections builds beside the old one and takes over at the head: somebody answers at every moment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests import stores
from tests.web.serving import UNITS, Served, environment
from tests.web.several import codes, register, until
from txapi.record.postgres.connecting import connect

CHECKOUT = Path(__file__).parents[2]


class Newer(Served):
    """A server of another version of the code: the same, with one comment more in a projection."""

    def __init__(self, folder: Path, code: Path, *options: str, **settings: str) -> None:
        super().__init__(folder, *options, log=str(folder.parent / "newer.log"), PYTHONPATH=str(code), **settings)


@pytest.fixture(scope="module")
def newer_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source tree in which a module of the projections is another."""
    source = tmp_path_factory.mktemp("newer")
    shutil.copytree(CHECKOUT / "src" / "txapi", source / "txapi")
    for name in ("schema", "domain"):
        (source.parent / name).exists() or shutil.copytree(CHECKOUT / name, source.parent / name)
    units = source / "txapi" / "projections" / "units.py"
    units.write_text(units.read_text() + "\n# Another version.\n")
    return source


class Asking:
    """Asks one address without a pause, and keeps what came that was no answer."""

    def __init__(self, address: str) -> None:
        self.asked = 0
        self.wrong: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(address,))

    def _run(self, address: str) -> None:
        while not self._ended.wait(0.02):
            try:
                with httpx.Client(base_url=address, timeout=60) as client:
                    answer = client.post("/graphql", json={"query": UNITS})
                if answer.status_code != 200 or "errors" in answer.json():
                    self.wrong.append(answer.text)
            except httpx.HTTPError as error:
                self.wrong.append(repr(error))
            self.asked += 1

    def __enter__(self) -> Asking:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.mark.only_on("postgresql", because="two nodes need a database")
def test_with_two_nodes_the_newer_one_builds_its_own_read_models_while_the_older_one_answers(
    tmp_path: Path, newer_code: Path
) -> None:
    data = tmp_path / "data"
    with Served(data) as old:
        first = register(old, "first")
        with Asking(old.address) as asking, Newer(data, newer_code) as new:
            second = register(new, "second")
            assert codes(old, second) == codes(new, second) == {"first", "second"}
            assert len(schemas(data)) == 2
            until(lambda: asking.asked > 5)
        assert asking.wrong == []
        assert second == first + 1


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
    with Served(data) as old, Asking(old.address) as asking:
        register(old, "first")

        done = ahead(data, newer_code)

        second = register(old, "second")
        assert codes(old, second) == {"first", "second"}
        until(lambda: asking.asked > 5)
    assert done.returncode == 0, done.stderr
    assert "goes on from there" in done.stdout
    assert asking.wrong == []
    with Newer(data, newer_code) as new:
        assert codes(new, second) == {"first", "second"}


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
