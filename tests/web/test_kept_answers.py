"""Kept answers: who asks the same again is answered without anything being worked out, and never with what is not so any more."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import stores
from tests.city import instant, published
from tests.projections.ticket_city import Tickets, furnished
from tests.schema.test_restricted_tickets import adopt
from tests.stores import place
from tests.web.asking import Client
from tests.web.resting import following
from tests.web.serving import REGISTER, unit
from txapi.domain.event import Role, TimeBasis
from txapi.projections.views import views_schema
from txapi.record.clock import ScriptClock
from txapi.record.person_keys import Erasure
from txapi.record.postgres.connecting import connect
from txapi.schema import executing
from txapi.schema.context import Context
from txapi.web.instance import Instance
from txapi.web.shorts import Shorts

BOARD = "query Board { tickets { nodes { number light { colour } } } }"


@dataclass
class Asked:
    """An app, its clock, and how often something was worked out."""

    client: Client
    clock: ScriptClock
    instance: Instance
    worked_out: list[str]

    def post(self, query: str, variables: Any = None, role: Role | None = None, **headers: str) -> httpx.Response:
        """The response to an operation by POST."""
        return self.client.post(query, variables, None if role is None else self.client.token(role), **headers)

    def get(self, query: str, **headers: str) -> httpx.Response:
        """The response to a question by GET."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.ask("GET", "/graphql", params={"query": query}, headers=given)

    def counted(self) -> int:
        """How often something was worked out since this was asked last."""
        count = len(self.worked_out)
        self.worked_out.clear()
        return count


@pytest.fixture(params=["everything is public", "tickets are internal"])
def asked(
    store: str, request: pytest.FixtureRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Asked]:
    city = furnished(tmp_path, "2015-08-03T09:00")
    Tickets(city).issued("2015-08-03T09:00")
    if request.param == "tickets are internal":
        adopt(city)
    city.close()
    clock = ScriptClock(instant("2015-08-05T09:00"), TimeBasis.SIMULATED)
    worked_out: list[str] = []
    execute = executing.execute

    def counting(schema: Any, context: Any, operation: Any, **more: Any) -> Any:
        worked_out.append(operation.document)
        return execute(schema, context, operation, **more)

    monkeypatch.setattr("txapi.web.working.execute", counting)
    with following(tmp_path, clock) as instance:
        # However busy the machine is: what is not over in time is worked out twice.
        yield Asked(Client(instance, tmp_path, Shorts(10.0, 10.0)), clock, instance, worked_out)


public = pytest.mark.parametrize("asked", ["everything is public"], indirect=True)
internal = pytest.mark.parametrize("asked", ["tickets are internal"], indirect=True)


def told(response: httpx.Response) -> Any:
    """An answer without what is left to its client, which is less each time."""
    content = response.json()
    for name in ("remaining", "resetsInSeconds"):
        content["extensions"]["cost"].pop(name)
    return content


@public
def test_who_asks_the_same_again_is_answered_the_same_and_nothing_is_worked_out(asked: Asked) -> None:
    first, again, by_get = asked.post(BOARD), asked.post(BOARD), asked.get(BOARD)

    assert asked.counted() == 1
    assert told(first) == told(again)
    assert first.json()["data"]["tickets"]["nodes"]
    assert first.headers.keys() == again.headers.keys()
    assert by_get.json()["data"] == first.json()["data"]
    assert "remaining" not in by_get.json()["extensions"]["cost"]
    assert "etag" in by_get.headers
    assert "etag" not in again.headers


@public
def test_what_is_recorded_is_in_the_next_answer(asked: Asked) -> None:
    before = [asked.post("{ units { totalCount } }").json() for _ in range(2)]
    recorded = asked.post(REGISTER, unit("new-bureau"), Role.ADMINISTRATOR).json()["data"]["registerUnit"]["position"]
    asked.counted()

    after = asked.post("{ units { totalCount } }").json()

    assert asked.counted() == 1
    assert before[0]["data"] == before[1]["data"]
    assert after["data"]["units"]["totalCount"] == before[0]["data"]["units"]["totalCount"] + 1
    assert after["extensions"]["position"] == recorded


@public
def test_a_light_turns_with_the_day_although_nothing_is_recorded(asked: Asked) -> None:
    green = [asked.post(BOARD).json() for _ in range(2)]
    asked.clock.set(instant("2015-09-05T00:00:01"))
    red = asked.post(BOARD).json()

    assert asked.counted() == 2
    colours = [answer["data"]["tickets"]["nodes"][0]["light"]["colour"] for answer in (*green, red)]
    assert colours == ["GREEN", "GREEN", "RED"]


@public
def test_another_viewer_language_form_value_or_name_is_another_question(asked: Asked) -> None:
    document = "query A($first: Int) { tickets(first: $first) { totalCount } } query B { tickets { totalCount } }"

    def ask(first: int = 1, name: str = "A", token: str | None = None, **headers: str) -> int:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        given |= {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": document, "variables": {"first": first}, "operationName": name}
        assert asked.client.ask("POST", "/graphql", json=body, headers=given).status_code == 200
        return asked.counted()

    clerk = asked.client.token(Role.LEADER)
    ways: list[dict[str, Any]] = [
        {}, {"first": 2}, {"name": "B"}, {"token": clerk}, {"accept_language": "zh"},
        {"accept": "application/graphql-response+json"},
    ]  # fmt: skip

    assert [ask(**way) for way in ways] == [1] * len(ways)
    assert [ask(**way) for way in ways] == [0] * len(ways)


@public
def test_an_error_is_not_kept_and_neither_is_what_tells_the_time(asked: Asked) -> None:
    for query in ('{ ticket(entityId: "?") { number } }', "{ nonsense }", "{ record { head { clock } } }"):
        first, second = asked.post(query), asked.post(query)
        assert asked.counted() == 2, (first.json(), second.json())


@public
def test_the_clock_of_a_moment_goes_on_for_who_posts_and_stands_in_a_header_for_who_gets(asked: Asked) -> None:
    query = "{ moment { clock } }"

    def clock(response: httpx.Response) -> str:
        return str(response.json()["data"]["moment"]["clock"])

    morning = [asked.post(query), asked.get(query)]
    asked.clock.set(instant("2015-08-05T17:00"))
    evening = [asked.post(query), asked.get(query)]

    assert [clock(each) for each in morning] == ["2015-08-05T01:00:00Z"] * 2
    assert clock(evening[0]) == "2015-08-05T09:00:00Z"
    assert [each.headers["x-txapi-clock"] for each in evening] == ["2015-08-05T09:00:00+00:00"] * 2


@public
def test_a_command_is_carried_out_each_time(asked: Asked) -> None:
    heads = []
    for name in ("bureau-a", "bureau-b"):
        asked.post(REGISTER, unit(name), Role.ADMINISTRATOR)
        heads.append(asked.instance.record.head.position)
    same = [asked.post(REGISTER, unit("bureau-c"), Role.ADMINISTRATOR).json() for _ in range(2)]

    assert heads[1] == heads[0] + 1
    assert asked.counted() == 4
    assert same[0]["data"] != same[1]["data"]


@public
def test_who_demands_a_position_that_is_not_there_is_not_sent_a_former_answer(asked: Asked) -> None:
    asked.post(BOARD)
    head = asked.instance.record.head.position

    ahead = asked.post(BOARD, x_txapi_at_least=str(head + 1)).json()
    there = asked.post(BOARD, x_txapi_at_least=str(head)).json()

    assert ahead["errors"][0]["extensions"]["code"] == "POSITION_AHEAD"
    assert there["extensions"]["position"] == str(head)


@public
def test_an_answer_that_is_kept_costs_what_it_cost(asked: Asked, tmp_path: Any) -> None:
    client = Client(asked.instance, tmp_path, TXAPI_BUDGETS="anonymous=500/1000")
    costs = [client.post(BOARD).json()["extensions"]["cost"] for _ in range(2)]
    while (response := client.post(BOARD)).status_code == 200:
        pass

    assert costs[0]["requested"] == costs[1]["requested"] > 0
    assert costs[0]["remaining"] - costs[1]["remaining"] == pytest.approx(costs[0]["requested"], abs=20)
    assert asked.counted() == 1
    assert response.status_code == 429
    assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(response.headers["retry-after"]) > 0
    assert "data" not in response.json()


@public
def test_a_setting_says_that_nothing_is_kept(asked: Asked, tmp_path: Any) -> None:
    client = Client(asked.instance, tmp_path, TXAPI_KEPT_MEGABYTES="0")
    answers = [client.post(BOARD).json()["data"] for _ in range(3)]

    assert answers[0] == answers[2]
    assert asked.counted() == 3


@public
def test_who_wants_nothing_stored_has_it_worked_out(asked: Asked) -> None:
    asked.post(BOARD)
    anew = [asked.post(BOARD, cache_control="no-store") for _ in range(2)]

    assert asked.counted() == 3
    assert told(anew[0]) == told(asked.post(BOARD))
    assert asked.counted() == 0


@internal
def test_each_reading_of_an_auditor_leaves_its_own_trace(asked: Asked) -> None:
    answers = [asked.post(BOARD, role=Role.AUDITOR).json()["data"] for _ in range(3)]

    accesses = asked.instance._accesses
    assert accesses is not None
    assert answers[0] == answers[2]
    assert answers[0]["tickets"]["nodes"]
    assert len([access for _, access in accesses.page() if access.subject == "test.auditor"]) == 3


@internal
def test_who_may_not_read_is_never_sent_what_was_kept_for_who_may(asked: Asked) -> None:
    leader = [asked.post(BOARD, role=Role.LEADER).json()["data"]["tickets"]["nodes"] for _ in range(2)]
    anybody = [asked.post(BOARD).json()["data"]["tickets"]["nodes"] for _ in range(2)]

    assert [len(nodes) for nodes in (*leader, *anybody)] == [1, 1, 0, 0]


@public
def test_an_answer_that_holds_what_is_personal_is_kept_by_nobody_and_the_key_alone_decides(asked: Asked) -> None:
    given = {"name": "卫佳音羽", "phone": "137-4242-0917", "unit": "chongfu"}
    answer = asked.post(published("RegisterPerson"), {"input": given}, role=Role.ADMINISTRATOR).json()["data"]
    person = answer["registerPerson"]["person"]["entityId"]
    question, which = published("Person"), {"entityId": person}
    asked.counted()

    def got() -> httpx.Response:
        headers = {"authorization": f"Bearer {asked.client.token(Role.SUPERVISOR)}"}
        told = {"query": question, "variables": json.dumps(which)}
        return asked.client.ask("GET", "/graphql", params=told, headers=headers)

    read = [asked.post(question, which, role=Role.SUPERVISOR).json()["data"]["moment"]["person"] for _ in range(2)]
    by_get = got()
    worked_out = asked.counted()
    # The key goes, and nothing is recorded by which anybody would notice.
    asked.instance.desk.person_keys.destroy(Erasure(person, "2015-08-05T01:00:00Z", "本人要求", "第四十七条"))
    gone = [asked.post(question, which, role=Role.SUPERVISOR).text for _ in range(2)]
    gone.append(got().text)

    assert [each["name"] for each in read] == [given["name"]] * 2
    assert given["name"] in by_get.text
    assert "etag" not in by_get.headers
    assert worked_out == 3
    for text in gone:
        assert given["name"] not in text
        assert given["phone"] not in text


@public
@pytest.mark.only_on(stores.POSTGRESQL, because="the process that owns a file sees nobody else write it")
def test_nothing_is_answered_of_a_history_that_was_lost_by_a_node_that_outlived_it(
    asked: Asked, tmp_path: Path
) -> None:
    asked.post(BOARD)
    held = asked.get(BOARD).headers["etag"]
    asked.counted()
    dsn = place(tmp_path).database
    assert dsn is not None
    with connect(dsn) as connection:
        # As where an older copy was put back, and came to the same position by another event, later.
        connection.execute(f"UPDATE {views_schema()}.progress SET recorded_at = recorded_at + 1".encode())

    again = asked.post(BOARD), asked.get(BOARD, if_none_match=held)

    assert asked.counted() == 1
    assert [response.status_code for response in again] == [200, 200]
    assert again[1].headers["etag"] != held
    assert asked.get(BOARD, if_none_match=again[1].headers["etag"]).status_code == 304


@public
def test_answers_that_were_kept_are_counted_apart(asked: Asked) -> None:
    for _ in range(3):
        asked.post(BOARD)
    counted = asked.client.ask("GET", "/metrics").text

    assert 'txapi_requests_total{kind="query",operation="Board",outcome="again"} 2.0' in counted
    assert 'txapi_requests_total{kind="query",operation="Board",outcome="answered"} 1.0' in counted


@public
def test_what_an_operation_has_at_hand_is_let_go_of_with_its_answer(asked: Asked) -> None:
    # Else it would be held until somebody searches for cycles, which takes longer than a short question does.
    query = "{ tickets(first: 3) { nodes { number } } }"
    asked.post(query, cache_control="no-store")
    gc.collect()
    gc.disable()
    try:
        known = contexts()
        for _ in range(3):
            asked.post(query, cache_control="no-store")
        assert asked.counted() == 4
        assert contexts() == known
    finally:
        gc.enable()


def contexts() -> int:
    """How many there are, whoever holds them."""
    return sum(type(one) is Context for one in gc.get_objects())
