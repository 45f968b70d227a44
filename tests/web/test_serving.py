"""A server as a user runs it: its own writes are read, it stops without losing anything, and one owns a record."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.stores import place
from tests.web.serving import REGISTER, UNITS, Served, environment, unit
from txapi.cli import root
from txapi.cli.reading import open_to_read


def txapi(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "txapi", *arguments],
        env=environment(folder, **settings), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_client_reads_what_it_wrote_and_learns_the_position(served: Served) -> None:
    written = served.post(REGISTER, unit("own-write"), served.token()).json()
    receipt = written["data"]["registerUnit"]

    read = served.client.post("/graphql", json={"query": UNITS}, headers={"X-TXAPI-At-Least": receipt["position"]})

    assert receipt["__typename"] == "UnitReceipt"
    assert int(written["extensions"]["position"]) >= int(receipt["position"])
    assert {"code": "own-write"} in read.json()["data"]["units"]["nodes"]
    assert int(read.json()["extensions"]["position"]) >= int(receipt["position"])


def test_the_same_command_again_answers_with_the_first_receipt(served: Served) -> None:
    once = served.post(REGISTER, unit("twice", commandId="c-1"), served.token()).json()
    again = served.post(REGISTER, unit("twice", commandId="c-1"), served.token()).json()

    assert not once["data"]["registerUnit"]["replayed"]
    assert again["data"]["registerUnit"]["replayed"]
    assert again["data"]["registerUnit"]["position"] == once["data"]["registerUnit"]["position"]


def test_refusals_speak_the_language_that_the_client_prefers(served: Served) -> None:
    accepted = ("zh-CN,zh;q=0.9,en;q=0.8", "en-GB,en;q=0.9", "de, zh;q=0.5", "fr")

    said = {accept: _refused(served, accept) for accept in accepted}

    assert said["zh-CN,zh;q=0.9,en;q=0.8"] == said["de, zh;q=0.5"]
    assert said["en-GB,en;q=0.9"] == said["fr"]
    assert said["fr"].isascii()
    assert not said["de, zh;q=0.5"].isascii()


def test_a_question_may_come_by_get(served: Served) -> None:
    response = served.client.get("/graphql", params={"query": UNITS})

    assert "units" in response.json()["data"]


def test_browsers_find_the_ide_at_the_same_path(served: Served) -> None:
    response = served.client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml"})

    assert response.headers["content-type"].startswith("text/html")
    assert "graphiql" in response.text.lower()


def test_the_front_page_says_what_is_where(served: Served) -> None:
    assert "/graphql" in served.client.get("/").text


def test_health_and_readiness_are_told(served: Served) -> None:
    healthy = served.client.get("/healthz")
    ready = served.client.get("/readyz")

    assert healthy.status_code == 200
    assert ready.status_code == 200
    assert ready.json()["ready"] is True
    assert ready.json()["lagEvents"] == 0


@pytest.mark.only_on("sqlite", because="who may read without a token is settled before anything is read")
def test_without_the_setting_nobody_reads_without_a_token(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_ANONYMOUS_ROLE="none") as server:
        assert server.post(UNITS).status_code == 401
        assert server.post(UNITS, token=server.token()).status_code == 200


@pytest.mark.only_on("sqlite", because="a record in a database has any number of processes")
def test_a_second_owner_is_told_who_the_first_is(served: Served) -> None:
    second = txapi(served.folder, "serve")

    assert second.returncode == 4
    assert str(served.process.pid) in second.stderr
    assert served.client.get("/healthz").status_code == 200


@pytest.mark.only_on("sqlite", because="the address is tried before the record is opened")
def test_an_address_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        second = txapi(tmp_path / "data", "serve", TXAPI_PORT=str(port))

    assert second.returncode == 5
    assert str(port) in second.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_a_server_that_was_killed_starts_again_with_everything_it_had_acknowledged(tmp_path: Path) -> None:
    first = Served(tmp_path / "data")
    for number in range(5):
        first.post(REGISTER, unit(f"kept-{number}"), first.token())
    first.stop(signal.SIGKILL)

    with Served(tmp_path / "data") as second:
        answer = second.post(UNITS).json()

    assert answer["data"]["units"]["totalCount"] == 5
    assert CliRunner().invoke(root.txapi, ["rebuild"], env=environment(tmp_path / "data")).exit_code == 0


@pytest.mark.slow
@pytest.mark.only_on("sqlite", because="schemas of earlier code are dropped in tests/faults/test_blue_green.py")
def test_read_models_of_earlier_code_are_deleted_once_these_stand_in_for_them(tmp_path: Path) -> None:
    old = tmp_path / "data" / "views-0123456789abcdef.db"
    old.parent.mkdir()
    old.write_bytes(b"old")

    with Served(tmp_path / "data"):
        for _ in range(100):
            if not old.exists():
                break
            time.sleep(0.05)

    assert not old.exists()


@pytest.mark.slow
def test_a_clock_that_stands_behind_the_record_is_not_ready(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_CLOCK="2999-01-01") as server:
        server.post(REGISTER, unit("future"), server.token())

    with Served(tmp_path / "data") as server:
        response = server.client.get("/readyz")
        refused = server.post(REGISTER, unit("past"), server.token()).json()

    assert response.status_code == 503
    assert "clock" in response.json()["problems"][0]
    assert refused["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


def test_the_demonstration_clock_is_named_by_every_event(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_CLOCK="2015-08-11") as server:
        server.post(REGISTER, unit("then"), server.token())

    # Who forgets the clock would have a watch write eleven years of lapses.
    forgotten = txapi(tmp_path / "data", "serve")
    with open_to_read(place(tmp_path / "data")) as record:
        event = record.event_at(1)
        head = record.head.position
    assert forgotten.returncode == 2
    assert "--clock system" in forgotten.stderr
    assert head == 1
    assert event is not None
    assert event.event.meta.clock.value == "offset"
    assert event.recorded_at.year == 2015


def _refused(served: Served, accept: str) -> str:
    query = 'mutation { closeUnit(input: {unit: "nowhere"}) { ... on Refusal { message } } }'
    headers = {"accept-language": accept, "authorization": f"Bearer {served.token()}"}
    answer = served.client.post("/graphql", json={"query": query}, headers=headers).json()
    message: str = answer["data"]["closeUnit"]["message"]
    return message
