"""Entity tags: an answer that has not changed is not sent again, and one that the clock alone has changed is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import stores
from tests.city import instant, published
from tests.projections.ticket_city import Tickets, furnished
from tests.web.asking import Client
from tests.web.resting import following
from tests.web.serving import REGISTER, unit
from txapi.domain.event import Role, TimeBasis
from txapi.record.clock import ScriptClock
from txapi.record.signer import Signer
from txapi.web.instance import Instance

BOARD = "query Board { tickets { nodes { light { colour } } } }"
PAST = """
query Past($clock: DateTime!) {
  moment(at: { time: "2015-08-03T20:00:00+08:00" }, clock: $clock) { tickets { nodes { light { colour } } } }
}
"""
pytestmark = pytest.mark.only_on(stores.SQLITE, because="a tag is made of what both stores answer alike")


@dataclass
class Asked:
    """An app, and the clock that it goes by."""

    client: Client
    clock: ScriptClock
    instance: Instance

    def get(self, query: str, variables: Any = None, **headers: str) -> httpx.Response:
        """The response to a question by GET; headers with underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        parameters = {"query": query} if variables is None else {"query": query, "variables": json.dumps(variables)}
        return self.client.ask("GET", "/graphql", params=parameters, headers=given)

    def at(self, time: str) -> Asked:
        """Set the clock."""
        self.clock.set(instant(time))
        return self


@pytest.fixture(scope="module")
def running(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("etags")
    city = furnished(folder, "2015-08-03T09:00")
    Tickets(city).issued("2015-08-03T09:00")
    city.close()
    clock = ScriptClock(instant("2015-08-05T09:00"), TimeBasis.SIMULATED)
    with following(folder, clock) as instance:
        yield Asked(Client(instance, folder), clock, instance)


@pytest.fixture
def asked(running: Asked) -> Asked:
    return running.at("2015-08-05T09:00")


def colours(response: httpx.Response) -> list[str]:
    data = response.json()["data"]
    return [node["light"]["colour"] for node in data.get("moment", data)["tickets"]["nodes"]]


def test_an_unchanged_answer_is_not_sent_again_later_that_day(asked: Asked) -> None:
    first = asked.get(BOARD)
    again = asked.at("2015-08-05T23:59:59").get(BOARD, if_none_match=f'"other", W/{first.headers["etag"]}')

    assert first.status_code == 200
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    for response in (first, again):
        assert response.headers["cache-control"] == "private, no-cache"
        assert response.headers["vary"] == "Accept, Accept-Language, Authorization"


def test_nothing_is_executed_for_an_unchanged_answer(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    held = asked.get(BOARD).headers["etag"]

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was executed")

    monkeypatch.setattr("txapi.web.working.execute", never)

    assert asked.get(BOARD, if_none_match=held).status_code == 304


def test_a_light_that_turned_red_in_the_meantime_is_sent_although_nothing_was_recorded(asked: Asked) -> None:
    before = asked.get(BOARD)
    position = asked.instance.record.head.position

    after = asked.at("2015-09-05T00:00:01").get(BOARD, if_none_match=before.headers["etag"])

    assert asked.instance.record.head.position == position
    assert (colours(before), colours(after)) == (["GREEN"], ["RED"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


def test_what_was_recorded_in_the_meantime_is_sent(asked: Asked) -> None:
    held = asked.get("{ units { totalCount } }")

    asked.client.post(REGISTER, unit("in-the-meantime"), asked.client.token())
    fresh = asked.get("{ units { totalCount } }", if_none_match=held.headers["etag"])

    assert fresh.status_code == 200
    assert fresh.json()["data"]["units"]["totalCount"] == held.json()["data"]["units"]["totalCount"] + 1


def test_what_was_lost_is_not_unchanged_where_a_copy_from_before_was_put_back(store: str, tmp_path: Path) -> None:
    folder, backup, units = tmp_path / "record", tmp_path / "backup", "{ units { nodes { code } } }"
    furnished(folder, "2015-08-03T09:00").close()
    shutil.copytree(folder, backup)
    found = []
    held = '"nothing"'
    for code, time in (("lost-bureau", "2015-08-05T09:00"), ("new-bureau", "2015-08-05T09:01")):
        with following(folder, ScriptClock(instant(time), TimeBasis.SIMULATED)) as instance:
            asked = Asked(Client(instance, folder), ScriptClock(instant(time), TimeBasis.SIMULATED), instance)
            asked.client.post(REGISTER, unit(code), asked.client.token(Role.ADMINISTRATOR))
            response = asked.get(units, if_none_match=held)
            held = response.headers["etag"]
            found.append((response.status_code, instance.record.head.position, code in response.text))
            assert asked.get(units, if_none_match=held).status_code == 304
        shutil.rmtree(folder)
        shutil.copytree(backup, folder)

    assert found == [(200, found[0][1], True)] * 2


def test_the_past_is_tagged_too_and_right_whatever_the_day(asked: Asked) -> None:
    green = {"clock": "2015-08-04T09:00:00+08:00"}
    red = {"clock": "2015-08-05T09:00:00+08:00"}
    first = asked.get(PAST, green)
    held = first.headers["etag"]

    same, other = asked.get(PAST, green, if_none_match=held), asked.get(PAST, red, if_none_match=held)
    next_day = asked.at("2015-08-06T09:00").get(PAST, green, if_none_match=held)

    assert (same.status_code, other.status_code) == (304, 200)
    assert colours(next_day) == colours(first)


def test_who_asks_in_which_language_and_for_which_media_type_are_part_of_the_tag(asked: Asked) -> None:
    held = asked.get(BOARD).headers["etag"]
    auditor = asked.client.token(Role.AUDITOR)

    others = [
        asked.get(BOARD, if_none_match=held, **more)
        for more in (
            {"authorization": f"Bearer {auditor}"},
            {"accept_language": "zh"},
            {"accept": "application/graphql-response+json"},
        )
    ]

    assert [response.status_code for response in others] == [200, 200, 200]
    assert len({held, *(response.headers["etag"] for response in others)}) == 4


@pytest.mark.parametrize(
    "query",
    [
        "{ record { clock } }",
        "{ record { checkpoint { size } } }",
        "{ nothing }",
        '{ node(id: "no") { id } }',
        "{ __typename }",
    ],
)
def test_what_is_otherwise_the_next_time_has_no_tag(asked: Asked, query: str) -> None:
    response = asked.get(query)

    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_an_answer_by_post_or_with_evidence_has_no_tag(asked: Asked) -> None:
    Signer(asked.instance.record, asked.instance.ledger, lambda: None).sign()

    posted = asked.client.post(BOARD)
    attested = asked.get(BOARD, x_txapi_evidence="receipt", if_none_match=asked.get(BOARD).headers["etag"])

    assert "etag" not in posted.headers
    assert "etag" not in attested.headers
    assert attested.status_code == 200
    assert "receipt" in attested.json()["extensions"]


def test_a_held_answer_does_not_stand_in_for_one_that_must_be_fresher(asked: Asked) -> None:
    held = asked.get(BOARD).headers["etag"]

    ahead = asked.get(BOARD, if_none_match=held, x_txapi_at_least="99999999")

    assert ahead.json()["errors"][0]["extensions"]["code"] == "POSITION_AHEAD"


def test_a_published_operation_has_a_tag_as_any_other(asked: Asked) -> None:
    response = asked.get(published("Units"))

    assert asked.get(published("Units"), if_none_match=response.headers["etag"]).status_code == 304


def test_the_clock_of_an_unchanged_answer_is_told_in_a_header(asked: Asked) -> None:
    first = asked.at("2015-08-06T09:00").get(published("Now"))

    unchanged = asked.at("2015-08-06T10:30").get(published("Now"), if_none_match=first.headers["etag"])

    assert (unchanged.status_code, unchanged.headers["x-txapi-clock"]) == (304, "2015-08-06T02:30:00+00:00")
    assert first.json()["data"]["moment"]["clock"] == "2015-08-06T01:00:00Z"
