"""Asked again: the same bytes are not read twice; who asks, what he has left and where the record stands are asked each time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.city import instant
from tests.projections.ticket_city import furnished
from tests.web.asking import Client
from tests.web.resting import following
from tests.web.serving import REGISTER, unit
from txapi.domain.event import Role, TimeBasis
from txapi.record.clock import ScriptClock
from txapi.web import asked as asked_module
from txapi.web.again import MOST_DOCUMENT, OF_ITS_OWN, Again
from txapi.web.instance import Instance
from txapi.web.token_keys import rotate

QUERY = "{ units { totalCount nodes { code } } }"


@dataclass
class Asked:
    """An app, and which requests it had to read."""

    client: Client
    instance: Instance
    clock: ScriptClock
    reads: list[str]
    folder: Path

    def post(self, query: str = QUERY, token: str | None = None, **headers: str) -> httpx.Response:
        """The response to an operation."""
        return self.client.post(query, None, token, **headers)

    def count(self) -> int:
        """How many requests were read since this was asked last."""
        count = len(self.reads)
        self.reads.clear()
        return count

    def known(self, token: str | None = None) -> None:
        """Ask until the request is known."""
        for _ in range(3):
            assert self.post(token=token).status_code == 200
        assert self.count() == 1


@pytest.fixture
def asked(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    furnished(tmp_path, "2015-08-03T09:00").close()
    clock = ScriptClock(instant("2015-08-05T09:00"), TimeBasis.SIMULATED)
    reads: list[str] = []
    read = asked_module.asked_by

    async def reading(request: Any) -> Any:
        reads.append(request.method)
        return await read(request)

    monkeypatch.setattr("txapi.web.graphql.asked_by", reading)
    with following(tmp_path, clock) as instance:
        yield Asked(Client(instance, tmp_path), instance, clock, reads, tmp_path)


def lasting(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.encode() not in OF_ITS_OWN}


def test_a_question_is_read_once_and_answered_alike(asked: Asked) -> None:
    answers = [asked.post() for _ in range(4)]

    assert asked.count() == 1
    assert len({response.json()["data"]["units"]["totalCount"] for response in answers}) == 1
    assert [lasting(response) for response in answers] == [lasting(answers[0])] * 4
    assert [response.headers.keys() - {"date"} for response in answers] == [answers[0].headers.keys()] * 4
    assert len({response.headers["x-request-id"] for response in answers}) == 4
    assert "x-frame-options" in answers[3].headers


def test_who_wants_it_worked_out_is_known_again_too(asked: Asked) -> None:
    answers = [asked.post(cache_control="no-store") for _ in range(3)]

    assert asked.count() == 1
    # What is left is told anew each time, and comes again meanwhile.
    assert [response.json()["data"] for response in answers] == [answers[0].json()["data"]] * 3
    told = asked.client.ask("GET", "/metrics").text
    assert 'txapi_requests_total{kind="query",operation="other",outcome="answered"} 3.0' in told


def test_an_event_has_it_worked_out_anew(asked: Asked) -> None:
    asked.known()
    before = asked.post().json()["data"]["units"]["totalCount"]
    asked.client.post(REGISTER, unit("new-bureau"), asked.client.token())

    assert asked.post().json()["data"]["units"]["totalCount"] == before + 1


def test_a_request_is_known_by_all_of_its_bytes_but_its_id(asked: Asked) -> None:
    asked.known()

    assert asked.post(x_request_id="mine").headers["x-request-id"] == "mine"
    assert asked.count() == 0
    for other in ({"accept_language": "zh"}, {"x_txapi_at_least": "1"}, {"x_other": "a"}, {"accept": "*/*; q=0.5"}):
        asked.post(**other)
    asked.post(f"{QUERY} ")
    assert asked.count() == 5


def test_who_demands_what_is_not_there_is_told_so_though_he_asks_the_same_bytes(asked: Asked) -> None:
    head = asked.instance.record.head.position
    for _ in range(3):
        assert asked.post(x_txapi_at_least=str(head)).status_code == 200
    asked.count()
    refused = [asked.post(x_txapi_at_least=str(head + 1)).json()["errors"][0]["extensions"]["code"] for _ in range(3)]

    assert refused == ["POSITION_AHEAD"] * 3
    assert asked.count() == 3


def test_a_token_that_is_believed_no_more_is_refused(asked: Asked) -> None:
    token = asked.client.token(Role.LEADER)
    asked.known(token)
    rotate(asked.folder / "key.pem", timedelta())

    refused = asked.post(token=token)

    assert refused.status_code == 401
    assert "data" not in refused.json()


def test_what_one_viewer_asked_is_not_known_of_another(asked: Asked) -> None:
    asked.known(asked.client.token(Role.LEADER))
    asked.post(token=asked.client.token(Role.AUDITOR))
    asked.post()

    assert asked.count() == 2


def test_each_costs_its_points_and_who_has_none_left_is_refused(asked: Asked, tmp_path: Path) -> None:
    asked.client = Client(asked.instance, tmp_path, TXAPI_BUDGETS="anonymous=500/1000")
    answers = [asked.post() for _ in range(3)]
    left = [answer.json()["extensions"]["cost"]["remaining"] for answer in answers]
    while (last := asked.post()).status_code == 200:
        answers.append(last)

    assert left[0] > left[1] > left[2]
    assert [int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]) for answer in answers[:3]] == left
    assert last.status_code == 429
    assert last.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(last.headers["retry-after"]) > 0
    assert asked.count() == 1


def test_commands_and_questions_by_get_are_always_read(asked: Asked) -> None:
    for name in ("bureau-a", "bureau-b", "bureau-b"):
        asked.client.post(REGISTER, unit(name), asked.client.token())
    for _ in range(3):
        assert asked.client.ask("GET", "/graphql", params={"query": QUERY}).status_code == 200

    assert asked.count() == 6


def test_what_is_long_is_always_read(asked: Asked) -> None:
    for _ in range(3):
        assert asked.post(QUERY + "#" + "x" * MOST_DOCUMENT).status_code == 200

    assert asked.count() == 3


def test_who_looks_closer_sees_each_request(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    asked.known()
    with caplog.at_level(logging.DEBUG, "txapi.web.shield"):
        asked.post()

    assert asked.count() == 1
    assert any("path=/graphql status=200" in record.getMessage() for record in caplog.records)


def test_they_are_counted_as_others_are(asked: Asked) -> None:
    asked.known()
    told = asked.client.ask("GET", "/metrics").text

    assert 'txapi_requests_total{kind="query",operation="other",outcome="again"} 2.0' in told
    assert 'txapi_http_responses_total{route="/graphql",status="200"} 3.0' in told


def test_what_fails_here_is_answered_on_the_usual_way(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.known()

    async def fails(*_: object) -> None:
        raise RuntimeError

    [again] = [each for each in asked.client.app.user_middleware if each.cls is Again]  # type: ignore[comparison-overlap]
    monkeypatch.setitem(again.kwargs, "answer", fails)
    asked.client.app.middleware_stack = None

    assert [asked.post().status_code for _ in range(3)] == [200] * 3
    assert asked.count() == 3


def test_an_error_that_nobody_expected_is_counted_once(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        assert asked.post(cache_control="no-store").status_code == 200

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("txapi.web.working.execute", fails)
    assert asked.post(cache_control="no-store").status_code == 500

    failed = 'txapi_requests_total{kind="none",operation="other",outcome="failed"} '
    assert f"{failed}1.0" in asked.client.ask("GET", "/metrics").text


def test_of_requests_without_number_only_so_many_are_known(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.web.again.MOST_KNOWN", 2)
    ways = [f"{QUERY} # {number}" for number in range(3)]
    for way in ways:
        for _ in range(2):
            asked.post(way)
    asked.count()
    for way in reversed(ways):
        asked.post(way)

    assert asked.count() == 1
