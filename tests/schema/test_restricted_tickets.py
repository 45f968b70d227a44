"""Where a policy of reading makes tickets internal, a unit sees those in which it takes part, now and then, and learns nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SCHEMA, SECRETARY, SUPERVISOR, City, clerk
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, furnished_and_told
from tests.schema.registering import NOBODY
from tests.views import overhear
from txapi.application.references import adopt_edition, withdraw_edition
from txapi.application.units import merge_unit
from txapi.domain.editions import EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Role
from txapi.domain.reference import reference_id
from txapi.projections.all import PROJECTIONS
from txapi.projections.history import EVERYTHING, EventFilter
from txapi.projections.listening import Wanted, behind
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.ids import GlobalId
from txapi.schema.live import NounChanged, TailEvent
from txapi.schema.scalars import Position
from txapi.schema.streaming import Checked, check, render

DAMA = clerk("dama")
HANDLER = Actor("handler-planning", Role.HANDLER, "planning-bureau")
CITY = (LEADER, SECRETARY, SUPERVISOR, AUDITOR, ADMINISTRATOR)


def adopt(city: City, edition: str = "reading", **content: Any) -> None:
    """A policy of reading comes into force."""
    adopt_edition(
        city.desk, city.order(), kind=EditionKind.READING_POLICY, edition=edition, content={"basis": "inferred", **content}
    )  # fmt: skip


@pytest.fixture
def told_city(tmp_path: Path) -> Iterator[tuple[City, dict[str, str]]]:
    """A city with a ticket in every state, by a name for what became of it, and a policy that makes tickets internal."""
    city, tickets = furnished_and_told(tmp_path)
    adopt(city)
    yield city, tickets
    city.close()


def listed(city: City, as_: Actor | None, at: int | None = None, **asked: Any) -> list[str]:
    """The ids of the tickets that somebody is shown, and that as many are counted."""
    where = None if at is None else {"position": str(at)}
    found = city.ask("Tickets", {"filter": asked or None, "first": 500, "at": where}, as_=as_)["moment"]["tickets"]
    ids = sorted(node["entityId"] for node in found["nodes"])
    assert found["totalCount"] == len(ids)
    return ids


def positions(city: City, as_: Actor | None, **filter: Any) -> list[int]:
    """Where the events stand that somebody is shown, and that as many are counted."""
    query = """query($filter: EventFilter) { events(filter: $filter, first: 500) { totalCount nodes { position } } }"""
    found = city.ask(query, {"filter": filter or None}, as_=as_)["events"]
    assert found["totalCount"] == len(found["nodes"])
    return [int(node["position"]) for node in found["nodes"]]


# -- whom it binds -----------------------------------------------------------------------------------------------------


def test_without_a_policy_everybody_reads_every_ticket(tmp_path: Path) -> None:
    city, tickets = furnished_and_told(tmp_path)

    assert listed(city, None) == listed(city, DAMA) == sorted(tickets.values())
    assert positions(city, READER) == list(range(1, city.record.head.position + 1))
    city.close()


def test_a_policy_that_names_nothing_or_was_withdrawn_restricts_nothing(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    assert listed(city, READER) == []

    policy = reference_id(EditionKind.READING_POLICY, "reading")
    withdraw_edition(city.desk, city.order(reason="a mistake"), reference=policy)
    assert listed(city, READER) == sorted(tickets.values())

    adopt(city, "second")
    adopt(city, "third", internal=[])
    assert listed(city, READER) == sorted(tickets.values())


def test_no_policy_makes_internal_what_knows_of_no_units_concerned(told_city: tuple[City, dict[str, str]]) -> None:
    city, _ = told_city
    before = city.record.head.position

    with pytest.raises(BadInput, match="'company' is none of ticket"):
        adopt(city, "everything", internal=["company"])

    assert city.record.head.position == before


def test_a_unit_reads_the_tickets_in_which_it_takes_part_and_the_offices_of_the_city_all(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city

    for actor in CITY:
        assert listed(city, actor) == sorted(tickets.values())
    assert listed(city, ISSUER) == sorted(tickets.values())
    assert listed(city, LAND) == sorted(set(tickets.values()) - {tickets["item"]})
    for actor in (PLANNING, HANDLER):
        assert listed(city, actor) == sorted(tickets[name] for name in ("supported", "returned", "escalated", "item"))
    assert listed(city, DAMA) == [tickets["supported"]]
    for stranger in (None, READER, clerk("nowhere")):
        assert listed(city, stranger) == []


def test_who_may_read_follows_what_is_asked_and_not_what_the_question_names(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, _ = told_city

    assert listed(city, DAMA, units=["planning-bureau"]) == listed(city, DAMA, issuers=["chongfu"])
    assert listed(city, DAMA, text="用地") == listed(city, DAMA)
    assert listed(city, DAMA, handlers=["planning-bureau"]) == []
    assert listed(city, DAMA, owedBy=["planning-bureau"]) == listed(city, DAMA)
    assert listed(city, DAMA, owedBy=["chongfu"]) == []


# -- then and now ------------------------------------------------------------------------------------------------------


def joined_at(city: City, ticket: str, topic: str) -> int:
    """The position of the first event of that kind in a ticket's stream."""
    return next(one.position for one in city.record.stream_events(ticket) if topic == one.event.TOPIC)


def test_the_past_of_a_ticket_is_read_from_when_the_unit_took_part(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    joined = joined_at(city, tickets["supported"], "ticket.support_added")

    assert tickets["supported"] not in listed(city, PLANNING, joined - 1)
    assert tickets["supported"] in listed(city, PLANNING, joined)
    assert tickets["supported"] in listed(city, LAND, joined - 1)
    own = positions(city, PLANNING, of=[tickets["supported"]])
    assert own == [one.position for one in city.record.stream_events(tickets["supported"]) if one.position >= joined]


def test_the_past_is_closed_to_a_unit_that_takes_part_no_more(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    draft = city.ask("AmendTicketDraft", {"input": {"ticket": tickets["draft"], "copies": ["dama"]}}, as_=ISSUER)
    then = int(draft["amendTicketDraft"]["position"])
    assert tickets["draft"] in listed(city, DAMA)

    city.ask("AmendTicketDraft", {"input": {"ticket": tickets["draft"], "copies": []}}, as_=ISSUER)

    assert tickets["draft"] not in listed(city, DAMA)
    assert tickets["draft"] not in listed(city, DAMA, then)
    assert positions(city, DAMA, of=[tickets["draft"]]) == []


def test_the_event_by_which_a_unit_joins_tells_it_nothing_of_what_was_before(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city
    joined = joined_at(city, tickets["returned"], "ticket.reassigned")
    query = "query($at: Position!) { event(position: $at) { changes { field before after } } }"

    shown = city.ask(query, {"at": str(joined)}, as_=PLANNING)["event"]["changes"]
    whole = city.ask(query, {"at": str(joined)}, as_=LAND)["event"]["changes"]

    assert {change["field"]: change["before"] for change in shown if change["before"] is not None} == {}
    assert next(change["before"] for change in whole if change["field"] == "state") == "returned"


def test_the_successor_of_a_merged_unit_reads_what_it_read(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    then = city.record.head.position
    assert listed(city, LAND) != listed(city, DAMA)

    merge_unit(city.desk, city.order(SUPERVISOR), unit="land-bureau", into="dama")

    everything = sorted(set(tickets.values()) - {tickets["item"]})
    assert listed(city, DAMA) == listed(city, DAMA, then) == everything
    # Through any number of mergers.
    merge_unit(city.desk, city.order(SUPERVISOR), unit="dama", into="planning-bureau")
    assert listed(city, PLANNING) == sorted(tickets.values())


# -- no way around -----------------------------------------------------------------------------------------------------


def test_what_is_withheld_is_answered_like_what_never_was(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    withheld = tickets["item"]
    id = city.ask("Ticket", {"entityId": withheld}, as_=ISSUER)["moment"]["ticket"]["id"]
    absent = id_of(NOBODY)
    assert id == id_of(withheld)
    hidden = positions(city, ISSUER, of=[withheld])[0]
    head = city.record.head.position
    number = city.ask("Ticket", {"entityId": withheld}, as_=ISSUER)["moment"]["ticket"]["number"]

    def both(query: str, one: dict[str, Any], other: dict[str, Any]) -> None:
        first, second = city.execute(query, one, as_=DAMA), city.execute(query, other, as_=DAMA)
        assert (first.data, first.errors) == (second.data, second.errors)

    both("Ticket", {"entityId": withheld}, {"entityId": NOBODY})
    both("Ticket", {"number": number}, {"number": "2015-9999"})
    both("query($id: ID!) { node(id: $id) { id } }", {"id": id}, {"id": absent})
    both("History", {"of": withheld}, {"of": NOBODY})
    both("query($at: Position!) { event(position: $at) { type } }", {"at": str(hidden)}, {"at": str(head + 5)})
    both(
        "query($id: ID!) { node(id: $id) { id } }", {"id": event_id(hidden)}, {"id": event_id(head + 5)}
    )  # fmt: skip
    for at in (hidden, head):
        assert listed(city, DAMA, at, number=number) == []


def id_of(ticket: str) -> str:
    """The global id of a ticket."""
    return GlobalId("ticket", ticket).text()


def event_id(position: int) -> str:
    """The global id of an event."""
    return GlobalId("event", str(position)).text()


def test_a_command_on_what_is_withheld_is_refused_like_one_on_what_never_was(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city
    before = city.record.head.position
    document = {"document": "a finding", "locator": "page 1"}
    commands: list[tuple[str, dict[str, Any]]] = [
        ("AcceptTicket", {"opinion": "同意", "promisedBy": "2015-09-10"}),
        ("ReceiveTicket", {}),
        ("AcceptTicket", {"opinion": "同意", "promisedBy": "2015-09-10", "expectedVersion": 77}),
        ("ReportTicketProgress", {"note": "进展"}),
        ("WithdrawTicket", {"reason": "不再需要"}),
        ("AttachFile", {"sha256": hashlib.sha256(b"x").hexdigest(), "name": "a.pdf"}),
        ("CarryOutTicketDecision", {"decision": 1, "outcome": "已落实"}),
        ("CorrectTicketReceipt", {"handling": 1, "receivedAt": "2015-08-20T10:00:00+08:00", "reason": "r", "source": document}),
    ]  # fmt: skip
    for operation, given in commands:
        said = []
        for id in (tickets["item"], NOBODY):
            result = city.execute(operation, {"input": {**given, "ticket": id}}, as_=DAMA)
            said.append(str((result.data, result.errors)).replace(id, "?"))

        assert said[0] == said[1], operation
        assert "DoesNotExist" in said[0], said[0]
    assert city.record.head.position == before


def test_who_lost_the_permission_is_not_shown_what_a_command_came_to_once(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city
    given = {"input": {"ticket": tickets["supported"], "outcome": "已配合", "commandId": "once"}}
    city.ask("AcceptTicket", {"input": {"ticket": tickets["supported"], "opinion": "配合", "promisedBy": "2015-09-10"}},
             as_=PLANNING)  # fmt: skip
    first = city.ask("CompleteTicketSupport", given, as_=PLANNING)["completeTicketSupport"]
    assert first["__typename"] == "TicketReceipt"
    head = city.record.head.position

    moved = city.ask("CompleteTicketSupport", given, as_=Actor(PLANNING.subject, Role.CLERK, "nowhere"))[
        "completeTicketSupport"
    ]

    assert (moved["__typename"], moved["code"]) == ("Refusal", "DoesNotExist")
    again = city.ask("CompleteTicketSupport", given, as_=PLANNING)["completeTicketSupport"]
    assert (again["__typename"], again["replayed"]) == ("TicketReceipt", True)
    assert city.record.head.position == head


def test_groups_scoreboards_and_inboxes_count_what_their_lists_hold(told_city: tuple[City, dict[str, str]]) -> None:
    city, _ = told_city
    groups = "{ now: ticketGroups(by: [STATE, HANDLER]) { count } }"
    for actor, expected in ((DAMA, 1), (PLANNING, 4), (LAND, 8), (ISSUER, 9), (AUDITOR, 9), (READER, 0)):
        assert sum(group["count"] for group in city.ask(groups, as_=actor)["now"]) == expected

    boards = "{ handlingUnits(year: 2015) { unit { code } reply { notYetDue onTime late unanswered returned } } }"

    def replies(actor: Actor) -> dict[str, int]:
        lines = city.ask(boards, as_=actor)["handlingUnits"]
        told = {line["unit"]["code"]: sum(line["reply"].values()) for line in lines}
        return {code: many for code, many in told.items() if many}

    assert replies(DAMA) == {"land-bureau": 1, "planning-bureau": 1}
    assert replies(READER) == {}
    assert replies(PLANNING) == {"land-bureau": 3, "planning-bureau": 2}
    assert replies(AUDITOR) == replies(ISSUER) == {"land-bureau": 6, "planning-bureau": 2}


def test_a_comparison_tells_no_more_than_its_two_moments(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    head = city.record.head.position
    query = """query($from: Position!, $filter: TicketFilter) {
      compare(before: {at: {position: $from}}) {
        tickets(filter: $filter, first: 500) { totalCount nodes { entityId kind: what events { position } changes { field } } }
        summary(kinds: [TICKET]) { appeared disappeared changed }
      }
    }"""
    joined = joined_at(city, tickets["supported"], "ticket.support_added")
    for actor in (DAMA, PLANNING, READER):
        for begin in (0, joined - 1, joined, head - 10):
            for filter in (None, {"open": True}, {"units": ["land-bureau"]}):
                found = city.ask(query, {"from": str(begin), "filter": filter}, as_=actor)["compare"]
                ids = {node["entityId"] for node in found["tickets"]["nodes"]}
                assert found["tickets"]["totalCount"] == len(ids)
                assert ids <= set(listed(city, actor))
                told = {int(event["position"]) for node in found["tickets"]["nodes"] for event in node["events"]}
                assert told <= set(positions(city, actor))
                if filter is None:
                    assert sum(found["summary"][0].values()) == len(ids)


def test_an_answer_to_an_auditor_rests_on_histories_that_are_read_as_a_whole(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city
    late = "{ lateAcceptances(first: 50) { totalCount nodes { ticket { entityId } } } }"

    def found(actor: Actor) -> list[str]:
        lines = city.ask(late, as_=actor)["lateAcceptances"]
        assert lines["totalCount"] == len(lines["nodes"])
        return [line["ticket"]["entityId"] for line in lines["nodes"]]

    assert found(AUDITOR) == found(ISSUER) == found(LAND) == [tickets["late"]]
    assert found(PLANNING) == found(DAMA) == []


def test_who_is_bound_by_no_policy_asks_nothing_more_than_who_never_could_be(tmp_path: Path) -> None:
    city, tickets = furnished_and_told(tmp_path)
    statements = overhear(city.views)

    def asked(actor: Actor, query: str) -> int:
        statements.clear()
        city.ask(query, {"entityId": tickets["late"]} if query == "Ticket" else {}, as_=actor)
        return len(statements)

    for query in ("Tickets", "Ticket", "Scoreboards", "Projects", "Now"):
        # What was adopted is read once for all.
        asked(LEADER, query)
        assert asked(READER, query) == asked(LEADER, query), query
    city.close()


# -- as it happens -----------------------------------------------------------------------------------------------------


def test_who_comes_late_to_what_happens_hears_what_the_history_tells(told_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = told_city
    for actor in (DAMA, PLANNING, LAND, READER, AUDITOR):
        found = behind(city.reader(), PROJECTIONS, Wanted(EVERYTHING, viewer=actor), 0)

        assert found.positions == positions(city, actor)
        of = Wanted(EventFilter(nouns=[tickets["supported"]]), frozenset({"chongfu"}), viewer=actor)
        assert behind(city.reader(), PROJECTIONS, of, 0).positions == positions(city, actor, of=[tickets["supported"]])


def test_an_item_that_may_be_read_no_more_when_it_is_told_tells_nothing(
    told_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = told_city
    position = positions(city, ISSUER, of=[tickets["item"]])[-1]
    for item, selected in ((TailEvent, "event { type }"), (NounChanged, "entityId"), (NounChanged, "noun { id }")):
        operation = f"subscription {{ {'tail' if item is TailEvent else 'changes'} {{ ... on {item.__name__} {{ {selected} }} }} }}"
        for actor, code in ((DAMA, "FORBIDDEN"), (PLANNING, None)):
            context = Context(city.views, city.desk, actor, signed_in=True)
            try:
                checked = check(SCHEMA, context, Operation(operation, None, None))
                assert isinstance(checked, Checked), checked
                answered = render(SCHEMA, context, checked, item(position=Position(position)))
            finally:
                context.close()

            assert [error["extensions"]["code"] for error in answered.errors] == ([code] if code else [])


# -- one ticket --------------------------------------------------------------------------------------------------------


@pytest.fixture
def marked_city(tmp_path: Path) -> Iterator[tuple[City, dict[str, str]]]:
    """A city without a policy, where one ticket was marked as internal."""
    city, tickets = furnished_and_told(tmp_path)
    mark(city, tickets["supported"])
    yield city, tickets
    city.close()


def mark(city: City, ticket: str, *, internal: bool = True) -> int:
    """Mark a ticket; the position."""
    given = {"ticket": ticket, "internal": internal, "reason": "涉密"}
    receipt = city.ask("MarkTicketInternal", {"input": given}, as_=ISSUER)["markTicketInternal"]
    assert receipt["__typename"] == "TicketReceipt", receipt
    assert receipt["ticket"]["internal"] is internal
    return int(receipt["position"])


def test_a_ticket_that_is_marked_is_read_by_those_whom_it_concerns_and_the_others_by_everybody(
    marked_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = marked_city
    public = sorted(set(tickets.values()) - {tickets["supported"]})

    for stranger in (READER, None, clerk("nowhere")):
        assert listed(city, stranger) == public
        assert positions(city, stranger, of=[tickets["supported"]]) == []
        assert city.ask("Ticket", {"entityId": tickets["supported"]}, as_=stranger)["moment"]["ticket"] is None
        groups = city.ask("{ ticketGroups(by: [STATE]) { count } }", as_=stranger)["ticketGroups"]
        assert sum(group["count"] for group in groups) == len(public)
    for concerned in (ISSUER, LAND, PLANNING, DAMA, *CITY):
        assert listed(city, concerned) == sorted(tickets.values())
    assert positions(city, READER)[-1] < city.record.head.position
    assert positions(city, LEADER)[-1] == city.record.head.position


def test_what_was_public_once_is_closed_by_the_mark_and_what_was_closed_stays_so_when_it_is_opened_again(
    marked_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = marked_city
    closed = city.record.head.position
    assert tickets["supported"] not in listed(city, READER, closed - 1)

    opened = mark(city, tickets["supported"], internal=False)

    assert tickets["supported"] in listed(city, READER)
    assert tickets["supported"] in listed(city, READER, closed - 1)
    assert tickets["supported"] not in listed(city, READER, closed)
    told = positions(city, READER, of=[tickets["supported"]])
    assert opened in told
    assert closed not in told
    assert closed in positions(city, DAMA, of=[tickets["supported"]])


def test_who_may_not_read_a_marked_ticket_commands_it_as_if_it_never_was(
    marked_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = marked_city
    before = city.record.head.position

    said = []
    for ticket in (tickets["supported"], NOBODY):
        given = {"input": {"ticket": ticket, "opinion": "同意", "promisedBy": "2015-09-10"}}
        said.append(str(city.ask("AcceptTicket", given, as_=clerk("nowhere"))).replace(ticket, "?"))

    assert said[0] == said[1]
    assert "DoesNotExist" in said[0]
    assert city.record.head.position == before


def test_an_auditors_question_is_about_tickets_that_were_never_closed_to_whoever_asks(
    marked_city: tuple[City, dict[str, str]],
) -> None:
    city, tickets = marked_city
    late = "{ lateAcceptances(first: 50) { nodes { ticket { entityId } } } }"
    assert [line["ticket"]["entityId"] for line in city.ask(late, as_=READER)["lateAcceptances"]["nodes"]] == [
        tickets["late"]
    ]

    mark(city, tickets["late"])
    assert city.ask(late, as_=READER)["lateAcceptances"]["nodes"] == []
    mark(city, tickets["late"], internal=False)

    assert city.ask(late, as_=READER)["lateAcceptances"]["nodes"] == []
    assert len(city.ask(late, as_=LAND)["lateAcceptances"]["nodes"]) == 1


def test_a_mark_needs_a_reason_and_changes_something(marked_city: tuple[City, dict[str, str]]) -> None:
    city, tickets = marked_city
    before = city.record.head.position

    without = city.ask("MarkTicketInternal", {"input": {"ticket": tickets["late"], "internal": True}}, as_=ISSUER)
    again = {"ticket": tickets["supported"], "internal": True, "reason": "涉密"}
    same = city.ask("MarkTicketInternal", {"input": again}, as_=ISSUER)

    assert without["markTicketInternal"]["code"] == "MarkingNeedsAReason"
    assert same["markTicketInternal"]["events"] == []
    assert city.record.head.position == before
