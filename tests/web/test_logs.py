"""Logs: every line says which request it is of, and none tells a secret, a person's words, or a lie."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.asking import Client
from tests.web.serving import REGISTER, unit
from txapi.record.conflicts import RecordUnavailable
from txapi.record.deadlines import Deadline
from txapi.web.instance import Instance
from txapi.web.logs import (
    MOST_OF_A_KIND,
    REPEAT_SECONDS,
    JsonLines,
    Lines,
    Repeats,
    log_to_stderr,
    request_id,
    request_id_of,
)

log = logging.getLogger("txapi.test")

DATABASE_AWAY = ("leases cannot be renewed, it is tried again: %s", "connection refused, port 5432")

UNITS = "query Units($text: String) { units(first: 1, filter: {text: $text}) { totalCount } }"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with Instance.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def client(instance: Instance, tmp_path: Path) -> Client:
    return Client(instance, tmp_path)


@pytest.fixture(params=[Lines, JsonLines])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged at any level, by either formatter."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    # The client of these tests logs what it asks for; it is not part of the server.
    monkeypatch.setattr(logging.getLogger("httpx"), "level", logging.WARNING)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_line_says_when_where_and_of_which_request(written: io.StringIO) -> None:
    token = request_id.set("r-1")
    log.warning("it is %s", "so")
    request_id.reset(token)

    line = written.getvalue()
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line)
    for part in ("warning", "txapi.test", "it is so", "r-1"):
        assert part in line.lower()


def test_a_json_line_is_one_object_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to_stderr("info", "json")
        try:
            raise ValueError("half a \ud800 pair")
        except ValueError:
            log.exception("two\nlines")
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    [line] = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "txapi.test", "two\nlines")
    assert "ValueError: half a" in told["error"]
    assert "request" not in told


def test_a_client_cannot_write_a_line_of_its_own(written: io.StringIO, client: Client) -> None:
    client.ask("GET", "/x%0A2026-01-01T00:00:00.000Z%20ERROR%20txapi%20all%20is%20lost%E2%80%A8")

    lines = written.getvalue().splitlines()
    assert any("all is lost" in line for line in lines)
    assert not [line for line in lines if line.startswith("2026-01-01T00:00:00.000Z")]


def test_every_line_of_a_request_says_which_in_whatever_thread(
    written: io.StringIO, instance: Instance, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def fail(_deadline: Deadline | None) -> None:
        seen.append(threading.current_thread().name)
        raise RuntimeError("broken")

    monkeypatch.setattr(instance.views, "snapshot", fail)
    response = client.post(UNITS, x_request_id="front-17")

    lines = [line for line in written.getvalue().splitlines() if "txapi." in line and "front-17" in line]
    assert response.headers["x-request-id"] == "front-17"
    assert seen[0] != threading.main_thread().name
    assert any("txapi.errors" in line for line in lines)
    assert any("txapi.web.shield" in line for line in lines)


def test_requests_that_bring_no_sane_id_get_one_each(client: Client) -> None:
    given: list[dict[str, Any]] = [{}, {}, {"x_request_id": "a b"}, {"x_request_id": "x" * 129}, {"x_request_id": ""}]

    ids = [client.post(UNITS, **headers).headers["x-request-id"] for headers in given]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert request_id_of("Root=1-67891233-abcdef012345678912345678") == "Root=1-67891233-abcdef012345678912345678"


def test_the_line_says_the_trace_that_a_request_belongs_to(written: io.StringIO, client: Client) -> None:
    client.post(UNITS, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")

    [line] = [line for line in written.getvalue().splitlines() if "shield" in line]
    assert "0af7651916cd43dd8448eb211c80319c" in line


def test_no_line_tells_a_secret_or_what_people_wrote(
    written: io.StringIO, instance: Instance, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = client.token()
    person = {"text": "王小明 13800138000"}
    client.ask("GET", "/graphql", params={"query": UNITS, "variables": json.dumps(person)})
    client.ask("GET", "/graphql", params={"query": UNITS, "token": token, "variables": "王小明"})
    client.post(REGISTER, unit("wang-xiaoming", reason="王小明说的"), token)
    client.post(REGISTER, unit("wang-xiaoming", reason="王小明说的"), token)
    client.post(REGISTER, unit("x", reason="王\x01"), token)
    client.post('{ units(filter: {text: "王小明"}) { nobody } }', token=token)
    monkeypatch.setattr(instance.record.writer, "append", lambda append: 1 // 0)
    client.post(REGISTER, unit("wang-xiaoer", reason="王小明说的"), token)
    monkeypatch.setattr(instance.record.writer, "append", _unavailable)
    client.post(REGISTER, unit("wang-xiaoer", reason="王小明说的"), token)
    log.error("cannot reach postgresql://city:s3cret@db/record", exc_info=ValueError(f"bad token {token}"))
    log.error("no row\nDETAIL:  Failing row contains (1, 王小明).\nthe end")
    log.error("%s", (tmp_path / "key.pem").read_text())

    told = written.getvalue()
    secrets = [token, *token.split("."), "s3cret", (tmp_path / "key.pem").read_text().splitlines()[1]]
    assert "ZeroDivisionError" in told
    assert "db/record" in told
    assert "the end" in told
    assert [
        secret for secret in (*secrets, "王", "wang-xiao", "13800138000", "test.administrator") if secret in told
    ] == []


def _unavailable(append: object) -> None:
    raise RecordUnavailable("the disk is full")


class Timer:
    """A timer whose time is over when a test says so."""

    started: list[Timer]

    def __init__(self, seconds: float, tell: Callable[..., None], given: tuple[Any, ...]) -> None:
        assert 0 < seconds <= REPEAT_SECONDS
        self.daemon, self.tell, self.given = False, tell, given

    def start(self) -> None:
        """It begins to run."""
        assert self.daemon
        self.started.append(self)


def test_requests_that_are_none_do_not_fill_the_log_and_are_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr(Timer, "started", [], raising=False)
    monkeypatch.setattr("txapi.web.logs.threading.Timer", Timer)
    try:
        log_to_stderr("info")
        for number in range(5_000):
            logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
            log.warning("too deep at %s", number)
            log.error("error %s", number)
        for timer in Timer.started:
            timer.tell(*timer.given)
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    lines = capsys.readouterr().err.splitlines()
    assert sum("Invalid HTTP" in line for line in lines) == MOST_OF_A_KIND + 1
    assert sum("too deep" in line for line in lines) == MOST_OF_A_KIND + 1
    assert sum(" ERROR " in line for line in lines) == 5_000
    assert [line.split(" ", 3)[3] for line in lines if "left out" in line] == [
        "4980 more of these were left out in 10 s: Invalid HTTP request received.",
        "4980 more of these were left out in 10 s: too deep at %s",
    ]


def test_an_outage_is_told_once_and_then_how_often(monkeypatch: pytest.MonkeyPatch) -> None:
    repeats, time = Repeats(), [100.0]
    monkeypatch.setattr("txapi.web.logs.monotonic", lambda: time[0])

    def told(name: str, message: str, *values: str) -> str | None:
        record = logging.LogRecord(name, logging.WARNING, "", 0, message, values, None)
        return record.getMessage() if repeats.filter(record) else None

    again = []
    for seconds in (0, 1, 2, 9, 11, 12):
        time[0] = 100.0 + seconds
        again.append(told("txapi.record.leases", *DATABASE_AWAY))
    other = told("txapi.record.leases", DATABASE_AWAY[0], "another cause")
    of_requests = [told("txapi.errors", "error %s", "1") for _ in range(2)]

    away = DATABASE_AWAY[0] % DATABASE_AWAY[1]
    assert again == [away, None, None, None, f"{away} (and 3 times before)", None]
    assert other == DATABASE_AWAY[0] % "another cause"
    assert of_requests == ["error 1", "error 1"]
