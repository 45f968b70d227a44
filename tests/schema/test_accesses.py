"""What auditors read that is not everybody's to read leaves a trace before it is told, and nobody can take that away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, SCHEMA, SUPERVISOR, City
from tests.projections.ticket_city import ISSUER, furnished_and_told
from tests.schema.test_restricted_tickets import adopt
from txapi.application import attempts, persons, tickets
from txapi.application.references import adopt_edition
from txapi.domain.editions import EditionKind
from txapi.domain.event import Actor
from txapi.record.accesses import NAMED_MOST, Access
from txapi.schema.admitting import Operation
from txapi.schema.executing import Answered, execute
from txapi.schema.live import TailEvent
from txapi.schema.scalars import Position
from txapi.schema.streaming import Checked, check, render


@pytest.fixture
def told_city(tmp_path: Path) -> Iterator[tuple[City, dict[str, str]]]:
    """A city with internal tickets in every state, where accesses are kept."""
    city, one = furnished_and_told(tmp_path)
    adopt(city)
    assert city.accesses.page() == []
    yield city, one
    city.close()


def asked(city: City, document: str, as_: Actor = AUDITOR, **variables: Any) -> Answered:
    """The published form of an answer."""
    context = city.context(as_)
    try:
        return execute(SCHEMA, context, Operation(document, variables))
    finally:
        context.close()


def kept(city: City) -> list[Access]:
    """Everything that was kept."""
    return [access for _, access in city.accesses.page()]


def test_what_an_auditor_is_shown_is_kept_with_who_and_when_and_by_which_request(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, one = told_city

    asked(city, "query Inspection($id: ID!) { ticket(entityId: $id) { number subject } }", id=one["late"])

    [access] = kept(city)
    assert (access.subject, access.role, access.unit) == ("auditor", "auditor", None)
    assert (access.request, access.operation) == ("of a test", "Inspection")
    assert (access.kinds, access.nouns, access.more) == (("ticket",), (f"ticket/{one['late']}",), 0)
    assert access.position == city.record.head.position


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ("{ tickets(first: 0) { totalCount } }", False),
        ("{ ticketGroups(by: [STATE]) { count } }", False),
        ("{ handlingUnits(year: 2015) { reply { onTime } } }", False),
        ("{ lateAcceptances { totalCount nodes { daysLate } } }", False),
        ("{ tickets(first: 3) { nodes { id } } }", True),
        ("{ events(first: 30) { nodes { type } } }", True),
        ("{ compare(before: {at: {position: 20}}) { tickets { nodes { before { id } } } } }", True),
    ],
)
def test_whatever_is_asked_of_what_is_internal_is_kept_once(
    told_city: tuple[City, dict[str, str]], document: str, shown: bool
) -> None:
    city, _ = told_city

    assert asked(city, document).errors == []

    [access] = kept(city)
    assert access.kinds == ("ticket",)
    assert bool(access.nouns) is shown


def test_what_everybody_reads_leaves_no_trace_and_others_leave_none_at_all(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, _ = told_city

    asked(
        city, "{ units { nodes { code } } projects { totalCount } events(last: 1) { nodes { type } } record { head } }"
    )
    for actor in (ISSUER, LEADER, SUPERVISOR, ADMINISTRATOR):
        asked(city, "{ tickets { nodes { subject } } }", actor)
    assert kept(city) == []


def test_where_tickets_are_public_to_read_them_leaves_no_trace(tmp_path: Path) -> None:
    city, _ = furnished_and_told(tmp_path)
    assert city.accesses.page() == []

    asked(city, "{ tickets { nodes { subject } } }")

    assert kept(city) == []
    city.close()


def test_who_opens_what_is_personal_or_looks_at_refused_attempts_leaves_a_trace_in_any_case(tmp_path: Path) -> None:
    city, one = furnished_and_told(tmp_path)
    person = persons.register_person(
        city.desk, city.order(ISSUER), name="某某", phone="000-0000", unit="chongfu"
    ).id  # fmt: skip
    tickets.name_ticket_contact(city.desk, city.order(ISSUER), ticket=one["supported"], person=person)
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.ATTEMPT_POLICY, edition="attempts", content={"basis": "inferred"}
    )
    attempts.remember_refused(city.desk, ISSUER, city.clock.now(), action="closeUnit", code="NotYourRole")
    assert city.accesses.page() == []

    asked(city, "query($id: ID!) { person(entityId: $id) { hidden unit { code } } }", id=person)
    assert kept(city) == []
    asked(city, "query($id: ID!) { person(entityId: $id) { name } }", id=person)
    asked(city, "{ refusedAttempts { nodes { action } } }")
    asked(city, "{ events(last: 1) { nodes { type } } }")

    first, second, third = kept(city)
    assert (first.kinds, first.nouns) == (("person",), (f"person/{person}",))
    assert second.kinds == third.kinds == ("attempt",)
    city.close()


def test_what_cannot_be_traced_is_not_told(
    told_city: tuple[City, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, one = told_city

    def full(access: Access) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(city.accesses, "append", full)
    refused = asked(city, "query($id: ID!) { ticket(entityId: $id) { subject } }", id=one["late"])
    public = asked(city, "{ units { totalCount } }")

    assert refused.data is None
    assert [error["extensions"]["code"] for error in refused.errors] == ["UNAVAILABLE"]
    assert "用地" not in str(refused.content())
    assert (public.data, public.errors) == ({"units": {"totalCount": 4}}, [])


def test_an_item_of_a_subscription_leaves_a_trace_as_it_is_told(told_city: tuple[City, dict[str, str]]) -> None:
    city, one = told_city
    context = city.context(AUDITOR)
    try:
        checked = check(
            SCHEMA, context, Operation("subscription Live { tail { ... on TailEvent { event { type } } } }", None, None)
        )
        assert isinstance(checked, Checked)
        position = city.record.stream_events(one["late"])[0].position
        render(SCHEMA, context, checked, TailEvent(position=Position(position)))
    finally:
        context.close()

    [access] = kept(city)
    assert (access.kinds, access.nouns) == (("ticket",), (f"ticket/{one['late']}",))


def test_nothing_of_it_is_changed_or_taken_away(told_city: tuple[City, dict[str, str]]) -> None:
    city, _ = told_city
    asked(city, "{ tickets { totalCount } }")
    before = kept(city)

    for statement in ("UPDATE accesses SET subject = 'nobody'", "DELETE FROM accesses"):
        with pytest.raises(Exception, match="accesses are only added"), city.accesses._database.transaction() as change:
            change.execute(statement)

    assert kept(city) == before


def test_accesses_are_told_in_order_page_by_page_and_by_subject(told_city: tuple[City, dict[str, str]]) -> None:
    city, _ = told_city
    many = tuple(f"ticket/{number}" for number in range(NAMED_MOST))
    for number in range(5):
        city.accesses.append(
            Access(at=number, subject=f"s{number % 2}", role="auditor", unit=None, request="r", operation="o", position=7,
                   kinds=("ticket",), nouns=many, more=number)
        )  # fmt: skip

    numbers = [number for number, _ in city.accesses.page()]
    assert numbers == sorted(numbers)
    assert [access.more for _, access in city.accesses.page(numbers[1], 2)] == [2, 3]
    assert [access.more for _, access in city.accesses.page(subject="s1")] == [1, 3]
    assert city.accesses.page(numbers[-1]) == []
