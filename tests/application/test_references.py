"""Editions are adopted once, and a calendar that arrives fixes the deadlines that waited for it, by events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, SUPERVISOR, City, clerk
from txapi.application.references import adopt_edition, fix_what_a_crash_left, withdraw_edition
from txapi.application.tickets import accept_ticket, draft_ticket, issue_ticket, receive_ticket
from txapi.application.units import register_unit
from txapi.datasets.references import EditionInput, bundled_references
from txapi.domain.authority import NotYourRole
from txapi.domain.editions import EditionKind
from txapi.domain.labels import Label
from txapi.domain.reference import (
    EditionAlreadyAdopted,
    EditionHasOtherContent,
    Reference,
    WithdrawalOfAnEditionNeedsAReason,
    reference_id,
)
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import TicketCategory
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.references import references_at


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-01-01T09:00")
    for edition in bundled_references(lambda year: year == 2015):
        adopt(city, edition)
    for code in ("chongfu", "land-bureau"):
        register_unit(
            city.desk,
            city.order(),
            code=code,
            name=Label(zh=code, en=code),
            kind=next(iter(UnitKind)),
            duty=next(iter(Duty)),
        )
    yield city
    city.close()


def adopt(city: City, edition: EditionInput, **meta: Any) -> Any:
    return adopt_edition(
        city.desk, city.order(**meta), kind=edition.kind, edition=edition.edition, content=edition.content
    )


def calendar(year: int) -> EditionInput:
    """The calendar of a year that comes with the product."""
    return next(one for one in bundled_references(lambda known: known == year) if one.kind is EditionKind.CALENDAR)


def received(city: City, time: str) -> str:
    """A ticket that was issued and received at that time."""
    city.at(time)
    ticket = draft_ticket(
        city.desk,
        city.order(clerk("chongfu")),
        category=TicketCategory.LAND_USE,
        subject="供地",
        body="尚未供地",
        issuer="chongfu",
        handler="land-bureau",
    ).id
    issue_ticket(city.desk, city.order(clerk("chongfu")), ticket=ticket)
    receive_ticket(city.desk, city.order(clerk("land-bureau")), ticket=ticket)
    return ticket


def reply_of(city: City, ticket: str) -> Any:
    return city.record.load(Ticket, ticket).handlings[0].reply


def topics(city: City, after: int) -> list[str]:
    return [one.event.TOPIC for one in city.record.read(after, 1000)]


# -- adopting ----------------------------------------------------------------------------------------------------------


def test_an_edition_is_adopted_once_and_never_changes(city: City) -> None:
    edition = calendar(2016)
    adopt(city, edition)
    head = city.record.head.position

    with pytest.raises(EditionAlreadyAdopted):
        adopt(city, edition)
    with pytest.raises(EditionHasOtherContent):
        adopt(city, edition._replace(content={**edition.content, "notice": "another"}))

    assert city.record.head.position == head


def test_only_the_administrator_adopts(city: City) -> None:
    with pytest.raises(NotYourRole):
        adopt(city, calendar(2016), actor=SUPERVISOR)


def test_a_withdrawn_edition_is_chosen_by_no_rule_and_still_named(city: City) -> None:
    policy = city.desk.references.deadline_policy().edition
    id = reference_id(EditionKind.DEADLINE_POLICY, policy)

    with pytest.raises(WithdrawalOfAnEditionNeedsAReason):
        withdraw_edition(city.desk, city.order(), reference=id)
    withdraw_edition(city.desk, city.order(reason="adopted by mistake"), reference=id)

    assert city.desk.references.deadline_policy(policy).edition == policy
    assert all(one.withdrawn for one in city.desk.references.editions if one.edition == policy)


def test_references_at_a_moment_are_those_adopted_by_then(city: City) -> None:
    before = city.record.head.position
    adopt(city, calendar(2016))

    past, now = references_at(city.reader(before)), references_at(city.reader())

    assert (past.calendars.years, now.calendars.years) == ([2015], [2015, 2016])
    assert now.editions == city.desk.references.editions
    assert references_at(city.reader(before)) is past
    assert references_at(city.reader(0)).editions == ()


# -- deadlines that waited ---------------------------------------------------------------------------------------------


def test_a_calendar_that_arrives_fixes_the_deadlines_that_waited_for_it(city: City) -> None:
    waiting = received(city, "2015-12-25T10:00")
    settled = received(city, "2015-12-25T10:05")
    accept_ticket(
        city.desk, city.order(clerk("land-bureau")), ticket=settled, opinion="同意", promised_by=date(2016, 3, 1)
    )
    early = received(city, "2015-12-25T10:10")
    head = city.record.head.position

    assert (reply_of(city, waiting).last_day, reply_of(city, waiting).provisional) == (date(2016, 1, 1), True)
    done = adopt(city, calendar(2016))

    for ticket in (waiting, settled, early):
        assert (reply_of(city, ticket).last_day, reply_of(city, ticket).provisional) == (date(2016, 1, 4), False)
    assert topics(city, head) == ["reference.adopted"] + ["ticket.deadline_fixed"] * 3
    assert done.first == done.last == head + 1


def test_a_deadline_within_a_known_year_is_left_alone(city: City) -> None:
    ticket = received(city, "2015-08-06T10:00")
    before = reply_of(city, ticket)
    head = city.record.head.position

    adopt(city, calendar(2016))

    assert reply_of(city, ticket) == before
    assert topics(city, head) == ["reference.adopted"]


def test_a_calendar_of_another_year_leaves_a_deadline_waiting(city: City) -> None:
    ticket = received(city, "2015-12-25T10:00")

    adopt(city, calendar(2014))

    assert reply_of(city, ticket).provisional


def test_what_a_crash_left_undone_is_done_at_the_next_start_and_only_once(city: City) -> None:
    ticket = received(city, "2015-12-25T10:00")
    edition = calendar(2016)
    order = city.order(ADMINISTRATOR)
    city.desk.create(
        Reference,
        reference_id(edition.kind, edition.edition),
        order,
        lambda one: one.adopt(order.meta, kind=edition.kind, edition=edition.edition, content=edition.content),
    )

    assert reply_of(city, ticket).provisional
    assert fix_what_a_crash_left(city.desk) == 1
    assert fix_what_a_crash_left(city.desk) == 0
    assert not reply_of(city, ticket).provisional
