"""Refusals name units as people call them now; the codes are among the facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import AUDITOR, City
from tests.projections.ticket_city import ISSUER, PLANNING, Tickets, furnished
from tests.views import overhear
from txapi.application.units import rename_unit
from txapi.domain.labels import Label

RECEIVE = """
mutation($ticket: ID!) {
  receiveTicket(input: {ticket: $ticket}) {
    ... on Refusal { code facts zh: message(lang: ZH) en: message(lang: EN) message }
  }
}
"""
MAY = """
query($at: PointInput) {
  moment(at: $at) { tickets(first: 50) { nodes { may { action because { code facts message(lang: ZH) } } } } }
}
"""


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = furnished(tmp_path, "2015-08-03T09:00")
    yield city
    city.close()


def renamed(city: City, code: str, zh: str, en: str) -> None:
    rename_unit(city.desk, city.order(reason="机构改革"), unit=code, name=Label(zh=zh, en=en))


def refused(city: City, ticket: str, language: str = "en") -> Any:
    """The refusal of a receipt by a unit that the ticket was not sent to; nothing is recorded."""
    before = city.record.head.position
    result = city.execute(RECEIVE, {"ticket": ticket}, as_=PLANNING, language=language)
    assert result.errors is None
    assert city.record.head.position == before
    return result.data["receiveTicket"]


def test_a_refused_command_says_the_units_name_in_both_languages_and_keeps_the_code(city: City) -> None:
    ticket = Tickets(city).issued("2015-08-03T09:10")
    renamed(city, "planning-bureau", "市规划局", "Planning Bureau")
    renamed(city, "land-bureau", "市国土局", "Land Bureau")

    answer = refused(city, ticket, "zh")

    assert answer["code"] == "NotYourUnit"
    assert answer["zh"] == answer["message"] == "该事项应由市国土局办理，您代表的是市规划局。"
    assert answer["en"] == "You act for Planning Bureau, but this is for Land Bureau to do."
    assert answer["facts"] == {"unit": "land-bureau", "yours": "planning-bureau"}


def test_why_a_button_is_grey_is_said_with_the_names_of_now_and_these_are_read_once(city: City) -> None:
    do = Tickets(city)
    for minute in range(10, 16):
        do.issued(f"2015-08-03T09:{minute}")
    renamed(city, "land-bureau", "市国土局", "Land Bureau")
    statements = overhear(city.views)

    permissions = city.ask(MAY, as_=PLANNING)["moment"]["tickets"]["nodes"]

    reasons = [one["because"] for node in permissions for one in node["may"] if one["action"] == "receiveTicket"]
    assert [reason["message"] for reason in reasons] == ["该事项应由市国土局办理，您代表的是planning-bureau。"] * 6
    assert sum("FROM units" in said for said in statements) <= 2


def test_a_refusal_that_speaks_of_no_unit_reads_nothing(city: City) -> None:
    statements = overhear(city.views)

    answer = city.ask(
        'mutation { issueTicket(input: {ticket: "20eb70d1-e9c7-53b7-8d13-4233065825a5"}) { ... on Refusal { code message } } }',
        as_=ISSUER,
    )["issueTicket"]

    assert answer == {"code": "DoesNotExist", "message": "There is no ticket 20eb70d1-e9c7-53b7-8d13-4233065825a5."}
    assert not any("FROM units" in said for said in statements)


def test_whoever_has_a_role_that_changes_nothing_is_told_so_without_a_unit(city: City) -> None:
    Tickets(city).issued("2015-08-03T09:10")

    [node] = city.ask(MAY, as_=AUDITOR)["moment"]["tickets"]["nodes"]

    assert {one["because"]["code"] for one in node["may"] if one["because"]} >= {"NotYourRole"}
