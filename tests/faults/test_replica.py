"""A streaming replica answers questions, waits for the position that is asked of it, and says when it has not come in time."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.postgres import Databases, Server
from tests.web.serving import UNITS, Served
from tests.web.several import codes, register, until

pytestmark = pytest.mark.only_on("postgresql", because="a file has no replica")


@contextmanager
def standby_of(primary: Server, folder: Path) -> Iterator[Server]:
    """A streaming replica of a server."""
    folder.mkdir()
    primary.programs.run(
        "pg_basebackup", "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast", "-d", primary.dsn()
    )
    with Server(folder, settings=("hot_standby=on",)) as standby:
        yield standby


@pytest.fixture
def replicated(tmp_path: Path) -> Iterator[tuple[Server, Server, str]]:
    """A primary and its replica, and the name of an empty database on both."""
    with Server(tmp_path / "primary", settings=()) as primary, closing(Databases(primary.dsn())) as databases:
        dsn = databases.create()
        name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        with standby_of(primary, tmp_path / "replica") as standby:
            yield primary, standby, name


def test_questions_go_to_the_replica_and_wait_there_for_what_is_asked(
    tmp_path: Path, replicated: tuple[Server, Server, str]
) -> None:
    primary, standby, name = replicated
    data = tmp_path / "data"

    with Served(data, TXAPI_DATABASE=primary.dsn(name), TXAPI_REPLICA=standby.dsn(name)) as server:
        first = register(server, "first")
        assert codes(server, first) == {"first"}
        with psycopg.connect(standby.dsn(name), autocommit=True) as replica:
            replica.execute("SELECT pg_wal_replay_pause()")
            until(lambda: replica.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",))
            with Served(data, TXAPI_DATABASE=primary.dsn(name), log=str(tmp_path / "other.log")) as writer:
                second = register(writer, "second")
                assert codes(writer, second) == {"first", "second"}

            late = server.post(UNITS, extensions={"atLeast": str(second)}).json()
            stale = server.post(UNITS).json()
            # A command is answered from where it was written.
            third = register(server, "third")
            replica.execute("SELECT pg_wal_replay_resume()")

        assert late["errors"][0]["extensions"]["code"] == "NOT_YET_VISIBLE"
        assert [node["code"] for node in stale["data"]["units"]["nodes"]] == ["first"]
        assert stale["extensions"]["position"] == str(first)
        assert codes(server, third) == {"first", "second", "third"}


def test_without_its_primary_a_server_with_a_replica_goes_on_answering_and_says_that_nothing_is_written(
    tmp_path: Path, replicated: tuple[Server, Server, str]
) -> None:
    primary, standby, name = replicated

    with Served(tmp_path / "data", TXAPI_DATABASE=primary.dsn(name), TXAPI_REPLICA=standby.dsn(name)) as server:
        first = register(server, "first")
        assert codes(server, first) == {"first"}
        primary.stop(signal.SIGQUIT)

        until(lambda: not server.client.get("/readyz").json()["writable"])
        ready = server.client.get("/readyz")
        answered = server.post(UNITS).json()
        proof = server.client.get("/log/checkpoint")
        primary.start()

        assert (ready.status_code, ready.json()["ready"], len(ready.json()["problems"])) == (200, True, 1)
        assert [node["code"] for node in answered["data"]["units"]["nodes"]] == ["first"]
        assert (proof.status_code, proof.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        until(lambda: server.client.get("/readyz").json()["writable"])
        assert register(server, "second") > first


def test_a_replica_that_is_gone_is_found_again_when_it_comes_back(
    tmp_path: Path, replicated: tuple[Server, Server, str]
) -> None:
    primary, standby, name = replicated

    with Served(tmp_path / "data", TXAPI_DATABASE=primary.dsn(name), TXAPI_REPLICA=standby.dsn(name)) as server:
        first = register(server, "first")
        assert codes(server, first) == {"first"}
        standby.stop(signal.SIGQUIT)

        refused = server.post(UNITS)
        standby.start()

        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        until(lambda: "errors" not in server.post(UNITS).json())
        assert codes(server, first) == {"first"}
    shutil.rmtree(tmp_path / "data")
