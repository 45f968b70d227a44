"""What arrives before a deadline is in time, also where the watch writes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.city import City, clerk
from txapi.application import references, tickets, units
from txapi.datasets.references import bundled_references
from txapi.domain.labels import Label
from txapi.domain.ticket.values import TicketCategory
from txapi.domain.unit import Duty, UnitKind

BODY, LAND = clerk("wutong"), clerk("land")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city with two units, on 6 August 2015."""
    city = City(tmp_path, start="2015-08-06T09:00")
    for given in bundled_references(lambda year: year == 2015):
        references.adopt_edition(city.desk, city.order(), kind=given.kind, edition=given.edition, content=given.content)
    for code in ("wutong", "land"):
        units.register_unit(
            city.desk, city.order(), code=code, name=Label(zh=code, en=code), kind=UnitKind.TOWN, duty=Duty.OTHER
        )
    yield city
    city.close()


def issued(city: City) -> str:
    """A ticket on its way to the land bureau."""
    ticket = tickets.draft_ticket(
        city.desk, city.order(BODY), category=TicketCategory.LAND_USE, subject="用地", body="请予支持",
        issuer="wutong", handler="land",
    ).id  # fmt: skip
    tickets.issue_ticket(city.desk, city.order(BODY), ticket=ticket)
    return ticket


def late(city: City) -> int:
    """How many tickets the board shows as having been late."""
    found: int = city.ask("{ tickets(filter: { wasLate: true }) { totalCount } }")["tickets"]["totalCount"]
    return found


def test_a_reply_that_arrives_before_midnight_is_in_time_although_the_watch_wrote_first(city: City) -> None:
    ticket = issued(city)
    tickets.receive_ticket(city.desk, city.order(LAND), ticket=ticket)

    arrived = city.at("2015-08-13T23:59:59.900").order(LAND)
    assert city.at("2015-08-14T00:00:00.100").watch() == 1
    assert late(city) == 1
    tickets.accept_ticket(city.desk, arrived, ticket=ticket, opinion="同意", promised_by=date(2015, 8, 20))

    handling = city.ask("{ tickets { nodes { handlings { reply { late } lapses { kind correctedBy } } } } }")
    assert handling["tickets"]["nodes"][0]["handlings"][0] == {
        "reply": {"late": False},
        "lapses": [{"kind": "ACCEPTANCE", "correctedBy": 5}],
    }
    assert late(city) == 0


def test_a_reply_that_arrives_at_midnight_is_late_for_ever(city: City) -> None:
    ticket = issued(city)
    tickets.receive_ticket(city.desk, city.order(LAND), ticket=ticket)

    arrived = city.at("2015-08-14T00:00").order(LAND)
    tickets.accept_ticket(city.desk, arrived, ticket=ticket, opinion="同意", promised_by=date(2015, 8, 20))

    handling = city.ask("{ tickets { nodes { handlings { reply { late } lapses { kind correctedBy } } } } }")
    assert handling["tickets"]["nodes"][0]["handlings"][0] == {
        "reply": {"late": True},
        "lapses": [{"kind": "ACCEPTANCE", "correctedBy": None}],
    }
    assert late(city) == 1


def test_a_resolution_that_arrives_before_midnight_keeps_its_promise(city: City) -> None:
    ticket = issued(city)
    tickets.receive_ticket(city.desk, city.order(LAND), ticket=ticket)
    tickets.accept_ticket(city.desk, city.order(LAND), ticket=ticket, opinion="同意", promised_by=date(2015, 8, 10))

    arrived = city.at("2015-08-10T23:59:59.900").order(LAND)
    city.at("2015-08-11T00:00:00.100").watch()
    assert late(city) == 1
    tickets.resolve_ticket(city.desk, arrived, ticket=ticket, outcome="已办结")

    assert late(city) == 0


def test_a_receipt_that_arrives_before_it_is_deemed_counts_although_the_watch_wrote_first(city: City) -> None:
    ticket = issued(city)

    arrived = city.at("2015-08-07T23:59:59.900").order(LAND)
    assert city.at("2015-08-08T00:00:00.100").watch() == 1
    tickets.receive_ticket(city.desk, arrived, ticket=ticket)

    receipt = city.ask("{ tickets { nodes { state handlings { receipt { deemed } reply { due } } } } }")
    assert receipt["tickets"]["nodes"][0] == {
        "state": "RECEIVED",
        "handlings": [{"receipt": {"deemed": False}, "reply": {"due": "2015-08-14T16:00:00Z"}}],
    }
