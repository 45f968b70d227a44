"""One door to now and then: ids, cursors and times of moments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, City, like
from txapi.application import units
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind

PAGES = """
query($at: PointInput, $after: String, $clock: DateTime) {
  moment(at: $at, clock: $clock) { position units(first: 2, after: $after) { nodes { id code } pageInfo { endCursor hasNextPage } } }
}"""


def five_units(folder: Path) -> City:
    """A city with five units, one registered every day."""
    city = City(folder)
    for number in range(5):
        city.at(f"2015-08-0{number + 1}T09:00")
        units.register_unit(
            city.desk, city.order(), code=f"u{number}", name=Label(zh=f"单位{number}", en=f"unit {number}"),
            kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY, order_number=number,
        )  # fmt: skip
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, five_units)
    yield city
    city.close()


def code_of(result: Any) -> str:
    """The code of the first error."""
    assert result.errors
    return str(result.errors[0].extensions["code"])


def codes(data: Any) -> list[str]:
    """The codes of the units on a page."""
    return [node["code"] for node in data["moment"]["units"]["nodes"]]


def test_a_moment_that_names_nothing_is_the_present_and_its_ids_are_those_of_now(city: City) -> None:
    answer = city.ask("{ moment { units(first: 1) { nodes { id } } } units(first: 1) { nodes { id } } }")

    assert answer["moment"]["units"] == answer["units"]


def test_inside_a_moment_of_the_past_ids_carry_the_moment_and_fetch_it_again(city: City) -> None:
    then = city.ask('{ moment(at: {position: "1"}) { units { nodes { id code } } } }')["moment"]["units"]["nodes"][0]
    units.rename_unit(city.desk, city.order(), unit="u0", name=Label(zh="新名", en="new name"))
    question = "query($id: ID!) { node(id: $id) { ... on Unit { name { en } } } }"

    now = city.ask('{ unit(code: "u0") { id } }')["unit"]["id"]

    assert then["id"] != now
    assert city.ask(question, {"id": then["id"]})["node"]["name"]["en"] == "unit 0"
    assert city.ask(question, {"id": now})["node"]["name"]["en"] == "new name"


def test_paging_through_now_stays_at_the_moment_of_the_first_page(city: City) -> None:
    first = city.ask(PAGES)
    units.register_unit(
        city.desk, city.order(), code="a-first", name=Label(zh="首", en="first"), kind=UnitKind.TOWN,
        duty=Duty.IMPLEMENTING_BODY, order_number=-1,
    )  # fmt: skip
    city.at("2015-08-06T09:00")

    second = city.ask(PAGES, {"after": first["moment"]["units"]["pageInfo"]["endCursor"]})
    third = city.ask(PAGES, {"after": second["moment"]["units"]["pageInfo"]["endCursor"]})

    assert codes(first) + codes(second) + codes(third) == ["u0", "u1", "u2", "u3", "u4"]
    assert third["moment"]["units"]["pageInfo"]["hasNextPage"] is False
    assert codes(city.ask(PAGES)) == ["a-first", "u0"]


def test_a_cursor_of_another_moment_or_list_or_of_nothing_is_refused_with_its_code(city: City) -> None:
    cursor = city.ask(PAGES, {"at": {"position": "4"}})["moment"]["units"]["pageInfo"]["endCursor"]
    filtered = "query($after: String) { units(filter: {closed: false}, first: 2, after: $after) { nodes { code } } }"

    assert codes(city.ask(PAGES, {"at": {"position": "4"}, "after": cursor})) == ["u2", "u3"]
    assert code_of(city.execute(PAGES, {"at": {"position": "5"}, "after": cursor})) == "CURSOR_OF_ANOTHER_MOMENT"
    assert code_of(city.execute(filtered, {"after": cursor})) == "CURSOR_OF_ANOTHER_LIST"
    assert code_of(city.execute(PAGES, {"after": "nonsense"})) == "BAD_CURSOR"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ({"position": "6"}, "MOMENT_AHEAD"),
        ({"position": "-1"}, "BAD_POSITION"),
        ({"position": "1e3"}, "BAD_POSITION"),
        ({"time": "2015-08-31T00:00:00Z"}, "MOMENT_IN_THE_FUTURE"),
        ({"time": "2015-02-30T00:00:00Z"}, "BAD_DATE_TIME"),
        ({"time": "2015-08-03T09:00:00"}, "BAD_DATE_TIME"),
        ({}, "BAD_REQUEST"),
        ({"position": "1", "time": "2015-08-03T09:00:00Z"}, "BAD_REQUEST"),
        ({"position": None}, "BAD_REQUEST"),
    ],
)
def test_a_point_that_is_none_gets_its_code(city: City, at: dict[str, Any], code: str) -> None:
    assert code_of(city.execute(PAGES, {"at": at})) == code


@pytest.mark.parametrize("at", [{"position": "6"}, {"time": "2015-08-31T00:00:00Z"}])
def test_a_point_that_has_not_come_names_the_whole_path_of_what_said_it(city: City, at: dict[str, str]) -> None:
    [error] = city.execute(PAGES, {"at": at}).errors

    assert error.extensions["input"] == ["at", *at]


def test_a_time_answers_with_the_last_event_recorded_by_then(city: City) -> None:
    at = {"time": "2015-08-03T09:00:00+08:00"}

    assert city.ask(PAGES, {"at": at})["moment"]["position"] == "3"
    assert city.ask(PAGES, {"at": {"time": "2015-08-03T08:59:59.999999+08:00"}})["moment"]["position"] == "2"
    assert city.ask(PAGES, {"at": {"time": "2014-01-01T00:00:00Z"}})["moment"]["position"] == "0"


def test_a_mutation_refuses_the_id_of_a_moment_and_records_nothing(city: City) -> None:
    moment = city.ask('{ moment(at: {position: "1"}) { id } }')["moment"]["id"]
    head = city.record.head.position
    report = 'mutation($t: ID!) { closeTarget(input: {target: $t, reason: "x"}) { __typename } }'

    assert code_of(city.execute(report, {"t": moment}, as_=ADMINISTRATOR)) == "ID_OF_A_MOMENT"
    assert city.record.head.position == head
