"""The desk: a command is carried out once, on what its client saw, whole, whoever else is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from tests.city import ADMINISTRATOR, SUPERVISOR, City, clerk
from tests.stores import copied
from txapi.application import groups, projects, references, tickets, units
from txapi.application.desk import Desk, Done, Order, StaleVersion
from txapi.application.numbering import AlreadyTaken
from txapi.datasets.references import bundled_references
from txapi.domain.aggregate import AlreadyExists, DoesNotExist
from txapi.domain.authority import NotYourUnit
from txapi.domain.editions import EditionKind, ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor
from txapi.domain.group import Group, GroupKind
from txapi.domain.labels import Label
from txapi.domain.register import NothingToAmend
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import TicketStateForbids
from txapi.domain.ticket.sending import NUMBER
from txapi.domain.ticket.values import TicketCategory, TicketState
from txapi.domain.unit import Duty, SuccessorIsClosed, UnitKind
from txapi.record.conflicts import CommandIdReused

T = TypeVar("T")

ISSUER, LAND, PLANNING = clerk("chongfu"), clerk("land-bureau"), clerk("planning-bureau")


@pytest.fixture
def city(founded: Path, tmp_path: Path) -> Iterator[City]:
    copied(founded, tmp_path)
    city = City(tmp_path)
    yield city
    city.close()


def named(
    city: City, actor: Actor, command_id: str, input: str = "", expected: int | None = None, **meta: Any
) -> Order:
    """The envelope of a command that its client named."""
    order = city.order(actor, command_id=command_id, **meta)
    return replace(order, input_hash=input.encode(), expected_version=expected)


def a_group(city: City, name: str = "园区") -> str:
    return groups.register_group(city.desk, city.order(), kind=GroupKind.PARK, name=name, unit="chongfu").id


def a_draft(city: City) -> str:
    return tickets.draft_ticket(
        city.desk,
        city.order(ISSUER),
        category=TicketCategory.LAND_USE,
        subject="供地",
        body="尚未供地",
        issuer="chongfu",
        handler="land-bureau",
    ).id


def an_issued_ticket(city: City) -> str:
    ticket = a_draft(city)
    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=ticket)
    return ticket


def topics(city: City, after: int) -> list[str]:
    return [recorded.event.TOPIC for recorded in city.record.read_all(after)]


def head(city: City) -> int:
    return city.record.head.position


def at_once(calls: list[Callable[[], T]], threads: int = 8) -> list[T | Refusal]:
    """What became of each call, all made by several threads at the same time."""

    def outcome(call: Callable[[], T]) -> T | Refusal:
        try:
            return call()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(outcome, calls))


# -- the same command again ------------------------------------------------------------------------------------------


def test_a_command_that_is_repeated_is_answered_with_what_became_of_it(city: City) -> None:
    order = named(city, ISSUER, "one", "园区")
    first = groups.register_group(city.desk, order, kind=GroupKind.PARK, name="园区", unit="chongfu")
    before = head(city)

    again = groups.register_group(city.desk, order, kind=GroupKind.PARK, name="园区", unit="chongfu")

    assert again == replace(first, replayed=True)
    assert head(city) == before


def test_a_repeated_command_is_not_judged_again(city: City) -> None:
    ticket = an_issued_ticket(city)
    order = named(city, LAND, "receive")
    first = tickets.receive_ticket(city.desk, order, ticket=ticket)
    city.at("2015-12-01T09:00")

    again = tickets.receive_ticket(city.desk, named(city, LAND, "receive"), ticket=ticket)

    assert again == replace(first, replayed=True)


def test_a_repeated_issue_uses_no_second_number_up(city: City) -> None:
    ticket, other = a_draft(city), a_draft(city)
    order = named(city, ISSUER, "issue")
    tickets.issue_ticket(city.desk, order, ticket=ticket)

    tickets.issue_ticket(city.desk, order, ticket=ticket)
    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=other)

    assert city.record.load(Ticket, ticket).number == "2015-0001"
    assert city.record.load(Ticket, other).number == "2015-0002"


def test_a_command_is_still_known_after_a_restart(city: City, tmp_path: Path) -> None:
    order = named(city, ISSUER, "one")
    first = groups.register_group(city.desk, order, kind=GroupKind.PARK, name="园区", unit="chongfu")
    city.close()

    again = City(tmp_path)

    assert groups.register_group(again.desk, order, kind=GroupKind.PARK, name="园区", unit="chongfu") == replace(
        first, replayed=True
    )
    again.close()


def test_an_id_that_stood_for_another_command_is_refused(city: City) -> None:
    group = a_group(city)
    groups.amend_group(city.desk, named(city, ISSUER, "one", "甲"), group=group, name="甲")
    before = head(city)

    with pytest.raises(CommandIdReused) as refused:
        groups.amend_group(city.desk, named(city, ISSUER, "one", "乙"), group=group, name="乙")

    assert refused.value.facts == {"command_id": "one"}
    assert head(city) == before


def test_two_people_may_use_the_same_id(city: City) -> None:
    group = a_group(city)

    groups.amend_group(city.desk, named(city, ISSUER, "one", "甲"), group=group, name="甲")
    done = groups.amend_group(city.desk, named(city, SUPERVISOR, "one", "乙"), group=group, name="乙")

    assert not done.replayed
    assert city.record.load(Group, group).name == "乙"


def test_a_refused_command_leaves_its_id_free(city: City) -> None:
    group = a_group(city)
    with pytest.raises(NothingToAmend):
        groups.amend_group(city.desk, named(city, ISSUER, "one"), group=group, name="园区")

    done = groups.amend_group(city.desk, named(city, ISSUER, "one", "甲"), group=group, name="甲")

    assert not done.replayed


# -- what the client saw ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
def test_a_command_on_another_version_than_the_client_saw_is_refused(city: City, expected: int) -> None:
    group = a_group(city)
    groups.amend_group(city.desk, city.order(ISSUER), group=group, name="甲")
    before = head(city)

    with pytest.raises(StaleVersion) as refused:
        groups.amend_group(city.desk, named(city, ISSUER, "one", expected=expected), group=group, name="乙")

    assert refused.value.facts == {"kind": "group", "current_version": 2, "expected_version": expected}
    assert head(city) == before


def test_a_command_on_the_version_that_the_client_saw_is_carried_out(city: City) -> None:
    group = a_group(city)

    groups.amend_group(city.desk, named(city, ISSUER, "one", expected=1), group=group, name="甲")

    assert city.record.load(Group, group).name == "甲"


def test_a_repeated_command_is_answered_although_its_version_has_passed(city: City) -> None:
    group = a_group(city)
    order = named(city, ISSUER, "one", expected=1)
    first = groups.amend_group(city.desk, order, group=group, name="甲")

    assert groups.amend_group(city.desk, order, group=group, name="甲") == replace(first, replayed=True)


# -- what commands name ----------------------------------------------------------------------------------------------


def test_a_command_on_a_noun_that_never_was_is_refused_and_so_is_one_of_another_kind(city: City) -> None:
    ticket = a_draft(city)
    before = head(city)

    for nothing in ("00000000-0000-4000-8000-000000000000", ticket):
        with pytest.raises(DoesNotExist):
            groups.amend_group(city.desk, city.order(), group=nothing, name="甲")

    assert head(city) == before


def test_a_noun_is_not_created_under_the_id_of_another(city: City) -> None:
    group, ticket = a_group(city), a_draft(city)
    before = head(city)

    with pytest.raises(AlreadyExists):
        groups.register_group(city.desk, city.order(), kind=GroupKind.PARK, name="二", unit="chongfu", id=group)
    with pytest.raises(Refusal):
        groups.register_group(city.desk, city.order(), kind=GroupKind.PARK, name="二", unit="chongfu", id=ticket)

    assert head(city) == before


def test_a_unit_that_was_never_registered_is_named_in_the_refusal(city: City) -> None:
    with pytest.raises(DoesNotExist) as refused:
        groups.register_group(city.desk, city.order(), kind=GroupKind.PARK, name="园区", unit="atlantis")

    assert refused.value.facts == {"kind": "unit", "id": "atlantis"}


def introduce(city: City, code: str) -> Done:
    return projects.introduce_project(
        city.desk, city.order(ISSUER), code=code, name="项目", kind=ProjectKind.NEW_BUILD, unit="chongfu"
    )


def test_a_code_that_another_project_has_is_refused(city: City) -> None:
    introduce(city, "P-1")
    before = head(city)

    with pytest.raises(AlreadyTaken) as refused:
        introduce(city, "P-1")

    assert refused.value.facts["value"] == "P-1"
    assert head(city) == before


def test_a_number_that_another_ticket_has_is_refused_and_the_series_goes_on_behind_it(city: City) -> None:
    ticket, other, third = a_draft(city), a_draft(city), a_draft(city)
    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=ticket, number="2015-0007")
    before = head(city)

    with pytest.raises(AlreadyTaken):
        tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=other, number="2015-0007")
    refused_at = head(city)
    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=other)
    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=third)

    assert refused_at == before
    assert [city.record.load(Ticket, one).number for one in (other, third)] == ["2015-0008", "2015-0009"]
    assert city.record.owner_of_key(NUMBER, "2015-0008") == other


def test_a_refused_issue_uses_no_number_up(city: City) -> None:
    ticket = a_draft(city)
    with pytest.raises(NotYourUnit):
        tickets.issue_ticket(city.desk, city.order(LAND), ticket=ticket)

    tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=ticket)

    assert city.record.load(Ticket, ticket).number == "2015-0001"


# -- what has lapsed meanwhile ---------------------------------------------------------------------------------------


def test_what_has_lapsed_is_recorded_in_the_same_append_before_the_command(city: City) -> None:
    ticket = an_issued_ticket(city.at("2015-08-03T09:00"))
    before = head(city)
    city.at("2015-08-20T09:00")

    done = tickets.accept_ticket(
        city.desk, named(city, LAND, "late"), ticket=ticket, opinion="同意", promised_by=date(2015, 9, 30)
    )

    assert topics(city, before) == ["ticket.receipt_deemed", "ticket.acceptance_lapsed", "ticket.accepted"]
    assert (done.first, done.last) == (before + 1, before + 3)
    deemed, lapsed, accepted = (recorded.event for recorded in city.record.read_all(before))
    assert {one.meta.actor.subject for one in (deemed, lapsed)} == {"txapi:watch"}
    assert {one.meta.causation_id for one in (deemed, lapsed)} == {"late"}
    assert (accepted.meta.actor, accepted.meta.command_id) == (LAND, "late")
    assert {one.meta.decided_at for one in (deemed, lapsed, accepted)} == {city.clock.now()}
    assert city.watch() == 0


def test_a_refused_command_leaves_what_has_lapsed_to_the_watch(city: City) -> None:
    ticket = an_issued_ticket(city.at("2015-08-03T09:00"))
    before = head(city)
    city.at("2015-08-20T09:00")

    with pytest.raises(TicketStateForbids):
        tickets.confirm_ticket(city.desk, city.order(ISSUER), ticket=ticket)
    refused_at = head(city)
    touched = city.watch()

    assert refused_at == before
    assert touched == 1
    assert topics(city, before) == ["ticket.receipt_deemed", "ticket.acceptance_lapsed"]


def test_the_watch_and_a_clerk_at_the_same_moment_record_a_lapse_once(city: City) -> None:
    several = [an_issued_ticket(city.at("2015-08-03T09:00")) for _ in range(6)]
    before = head(city)
    city.at("2015-08-05T09:00")
    accept: list[Callable[[], Any]] = [
        lambda ticket=ticket: tickets.accept_ticket(  # type: ignore[misc]
            city.desk, city.order(LAND), ticket=ticket, opinion="同意", promised_by=date(2015, 9, 30)
        )
        for ticket in several
    ]

    outcomes = at_once([city.watch, *accept, city.watch])

    assert not [one for one in outcomes if isinstance(one, Refusal)]
    assert sorted(topics(city, before)) == ["ticket.accepted"] * 6 + ["ticket.receipt_deemed"] * 6


# -- many at once ----------------------------------------------------------------------------------------------------


def test_commands_on_different_nouns_at_the_same_time_are_all_there_once(city: City) -> None:
    before = head(city)

    outcomes = at_once([lambda code=code: introduce(city, f"P-{code}") for code in range(60)])  # type: ignore[misc]

    spans = [(done.first, done.last) for done in outcomes if isinstance(done, Done)]
    assert sorted(spans) == [(position, position) for position in range(before + 1, before + 61)]
    for done in outcomes:
        assert isinstance(done, Done)
        recorded = city.record.event_at(done.first)
        assert recorded is not None
        assert recorded.event.originator_id == done.id


def test_commands_on_one_noun_at_the_same_time_are_decided_again_one_after_the_other(city: City) -> None:
    group = a_group(city)
    before = head(city)

    def amend(nth: int) -> Done:
        return groups.amend_group(city.desk, city.order(ISSUER), group=group, name=f"园区{nth}")

    outcomes = at_once([lambda nth=nth: amend(nth) for nth in range(32)], threads=4)  # type: ignore[misc]

    done = [one for one in outcomes if isinstance(one, Done)]
    assert sorted(one.first for one in done) == list(range(before + 1, before + 1 + len(done)))
    assert {one.code for one in outcomes if isinstance(one, Refusal)} <= {"TooMuchAtOnce"}
    assert len(done) >= 16
    assert city.record.load(Group, group).version == 1 + len(done)


def test_of_many_clients_who_saw_the_same_version_one_is_first_and_the_others_are_told(city: City) -> None:
    group = a_group(city)

    def amend(nth: int) -> Done:
        order = named(city, ISSUER, f"amend-{nth}", str(nth), expected=1)
        return groups.amend_group(city.desk, order, group=group, name=f"园区{nth}")

    outcomes = at_once([lambda nth=nth: amend(nth) for nth in range(16)])  # type: ignore[misc]

    assert [one.code for one in outcomes if isinstance(one, Refusal)] == ["StaleVersion"] * 15
    assert city.record.load(Group, group).version == 2


def test_one_command_sent_many_times_at_once_is_carried_out_once(city: City) -> None:
    order = named(city, ISSUER, "one")
    before = head(city)

    outcomes = at_once(
        [lambda: groups.register_group(city.desk, order, kind=GroupKind.PARK, name="园区", unit="chongfu")] * 16
    )

    assert head(city) == before + 1
    answers = [one for one in outcomes if isinstance(one, Done)]
    assert len(answers) == 16
    assert {(one.first, one.last) for one in answers} == {(before + 1, before + 1)}
    recorded = city.record.event_at(before + 1)
    assert recorded is not None
    assert {one.id for one in answers} == {recorded.event.originator_id}
    assert sum(not one.replayed for one in answers) == 1


@pytest.mark.parametrize("expected", [None, 1])
def test_what_a_command_sent_twice_at_once_has_done_does_not_refuse_it(
    city: City, monkeypatch: pytest.MonkeyPatch, expected: int | None
) -> None:
    group = a_group(city)
    order = named(city, ISSUER, "one", expected=expected)
    load = city.record.load

    def overtaken(*arguments: Any) -> Any:
        """Let the same command be carried out between the look for it and the look at the noun."""
        monkeypatch.undo()
        first.append(groups.amend_group(city.desk, order, group=group, name="甲"))
        return load(*arguments)

    first: list[Done] = []
    monkeypatch.setattr(city.record, "load", overtaken)
    again = groups.amend_group(city.desk, order, group=group, name="甲")

    assert again == replace(first[0], replayed=True)
    assert city.record.load(Group, group).version == 2


def test_tickets_issued_at_once_get_numbers_without_gaps_or_doubles(city: City) -> None:
    drafts = [a_draft(city) for _ in range(24)]

    at_once(
        [lambda one=one: tickets.issue_ticket(city.desk, city.order(ISSUER), ticket=one) for one in drafts]  # type: ignore[misc]
    )

    numbers = sorted(str(city.record.load(Ticket, one).number) for one in drafts)
    assert numbers == [f"2015-{number:04d}" for number in range(1, 25)]


def test_a_code_wanted_by_many_at_once_goes_to_one_of_them(city: City) -> None:
    outcomes = at_once([lambda: introduce(city, "P-1")] * 12)

    assert [one.code for one in outcomes if isinstance(one, Refusal)] == ["AlreadyTaken"] * 11
    assert city.record.derived_indexes() == city.record.indexes()


# -- merged units ----------------------------------------------------------------------------------------------------


def merge(city: City, unit: str, into: str) -> None:
    units.merge_unit(city.desk, city.order(SUPERVISOR), unit=unit, into=into)


def test_the_authority_of_a_merged_unit_passes_to_its_successor_through_any_number_of_mergers(city: City) -> None:
    ticket = an_issued_ticket(city)
    with pytest.raises(NotYourUnit):
        tickets.receive_ticket(city.desk, city.order(PLANNING), ticket=ticket)

    merge(city, "land-bureau", "water-bureau")
    merge(city, "water-bureau", "planning-bureau")
    tickets.receive_ticket(city.desk, city.order(PLANNING), ticket=ticket)

    loaded = city.record.load(Ticket, ticket)
    assert loaded.state is TicketState.RECEIVED
    assert loaded.handler == "land-bureau"
    [received] = [one.event for one in city.record.stream_events(ticket) if one.event.TOPIC == "ticket.received"]
    assert received.meta.actor == msgspec.structs.replace(PLANNING, successor_of=("water-bureau", "land-bureau"))


def test_a_merger_gives_nobody_else_authority(city: City) -> None:
    ticket = an_issued_ticket(city)
    merge(city, "land-bureau", "planning-bureau")

    with pytest.raises(NotYourUnit):
        tickets.receive_ticket(city.desk, city.order(clerk("water-bureau")), ticket=ticket)


def test_a_new_desk_knows_who_succeeded_whom_and_what_was_adopted(city: City) -> None:
    merge(city, "land-bureau", "planning-bureau")

    other = Desk(city.record)

    assert other.acting(PLANNING).successor_of == ("land-bureau",)
    assert other.references.editions == city.desk.references.editions


def test_a_unit_is_not_merged_into_one_that_was_merged_itself(city: City) -> None:
    merge(city, "land-bureau", "planning-bureau")
    before = head(city)

    with pytest.raises(SuccessorIsClosed):
        merge(city, "planning-bureau", "land-bureau")

    assert head(city) == before


# -- references ------------------------------------------------------------------------------------------------------


def test_an_edition_is_read_by_the_next_command(city: City) -> None:
    [calendar] = [one for one in bundled_references(lambda year: year == 2017) if one.kind is EditionKind.CALENDAR]
    assert not city.desk.references.calendars.knows(date(2017, 5, 1))

    references.adopt_edition(
        city.desk, city.order(ADMINISTRATOR), kind=calendar.kind, edition=calendar.edition, content=calendar.content
    )

    assert city.desk.references.calendars.knows(date(2017, 5, 1))


def test_a_unit_that_was_registered_can_be_named_at_once(city: City) -> None:
    label = Label(zh="高桥", en="Gaoqiao")
    units.register_unit(
        city.desk, city.order(), code="gaoqiao", name=label, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY
    )

    done = groups.register_group(city.desk, city.order(), kind=GroupKind.PARK, name="园区", unit="gaoqiao")

    assert done.first == done.last == head(city)
