"""Where a policy makes what is said in tickets internal, everybody sees how each stands, and no text of it leaves by any question."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.city import AUDITOR, LEADER, READER, SCHEMA, SECRETARY, SUPERVISOR, City, clerk
from tests.imports.sheets import workbook
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished, furnished_and_told
from tests.schema.any_question import AnyQuestion
from tests.schema.registering import NOBODY
from tests.schema.spoken_city import OUTSIDER, PUBLIC, SECRET, STRANGERS, adopt_texts, furnished_and_spoken, marked
from tests.schema.test_noninterference import published_questions, values_of
from tests.schema.test_restricted_tickets import id_of
from tests.schema.two_worlds import World
from tests.views import overhear
from txapi.application.references import adopt_edition, withdraw_edition
from txapi.application.units import merge_unit
from txapi.domain.editions import EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Event, Role
from txapi.domain.reference import reference_id
from txapi.imports import Asked, import_sheet
from txapi.projections.all import PROJECTIONS
from txapi.projections.history import EVERYTHING
from txapi.projections.listening import Wanted, behind
from txapi.schema.admitting import Operation
from txapi.schema.executing import execute
from txapi.schema.live import NounChanged, TailEvent
from txapi.schema.scalars import Position
from txapi.schema.streaming import Checked, check, render

EVERYTHING_SAID = """query($of: ID!, $at: PointInput) { moment(at: $at) { ticket(entityId: $of) {
  number subject state textsWithheld body outcome
  progress { at note unit { code } } reminders { at note } reminderCount
  escalationHistory { to at reason } attempts { at outcome settled } turns { state at reason }
  decisions { number text outcome deadline { lastDay } }
  handlings { number opinion result outcome receipt { at source { document locator note } } extensions { to reason granted opinion } }
  attachments { name caption } history(first: 200) { totalCount nodes { position } }
} } }"""


@pytest.fixture
def city_and_tickets(tmp_path: Path) -> Iterator[tuple[City, dict[str, str]]]:
    city, tickets = furnished_and_spoken(tmp_path)
    adopt_texts(city)
    yield city, tickets
    city.close()


def told(city: City, document: str, variables: dict[str, Any] | None, as_: Actor | None) -> str:
    """The bytes of an answer, as they are sent."""
    context = city.context(as_)
    context.raw = True
    try:
        answered = execute(SCHEMA, context, Operation(document, variables))
        return msgspec.json.encode(answered.content()).decode()
    finally:
        context.close()


def said(city: City, ticket: str, as_: Actor | None, at: int | None = None) -> Any:
    """All that is said in a ticket."""
    moment = None if at is None else {"position": str(at)}
    return city.ask(EVERYTHING_SAID, {"of": ticket, "at": moment}, as_=as_)["moment"]["ticket"]


def events(city: City, as_: Actor | None, of: str) -> list[Any]:
    """The events of a ticket, with all that they say."""
    query = """query($of: ID!) { events(filter: {of: [$of]}, first: 500) { totalCount nodes {
      position type withheld data reason source { document } actor { subject } changes { field before after } } } }"""
    found = city.ask(query, {"of": of}, as_=as_)["events"]
    assert found["totalCount"] == len(found["nodes"])
    return list(found["nodes"])


def values(city: City) -> dict[str, list[Any]]:
    """What can be said in questions about the city."""
    world = World.__new__(World)
    world.__dict__.update(vars(city))
    streams = [recorded.event.originator_id for recorded in city.record.read_all()]
    world.tickets, world.nouns = list(dict.fromkeys(streams)), []
    found = values_of(world)
    found["text"] = [PUBLIC, "2015", "第"]
    found["units"] = found["unit"] = ["chongfu", "dama", "land-bureau", "planning-bureau"]
    return found


# -- no way around -----------------------------------------------------------------------------------------------------


def test_the_word_stands_in_every_text_that_an_event_of_a_ticket_can_hold(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, _ = city_and_tickets
    texts = {"body", "note", "opinion", "outcome", "text"}
    can = {
        (topic, name)
        for topic, kind in Event.registry.items()
        if topic.startswith("ticket.")
        for name in texts & set(kind.__struct_fields__)
    }
    held = [recorded.event for recorded in city.record.read_all()]
    does = {
        (one.TOPIC, name)
        for one in held
        for name in texts & set(type(one).__struct_fields__)
        if SECRET in str(getattr(one, name))
    }

    assert can <= does
    commanded = [one for one in held if one.TOPIC.startswith("ticket.") and one.meta.actor.role is not Role.SYSTEM]
    assert all(SECRET in str(one.meta.reason) and SECRET in str(one.meta.source) for one in commanded)


@pytest.mark.slow_on("postgresql")
@pytest.mark.parametrize("mark", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_no_published_operation_tells_an_outsider_a_text(tmp_path: Path, mark: bool) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    if mark:
        marked(city, tickets["marked"], internal=True)
    adopt_texts(city)
    city.sign()
    known = values(city)
    of_it = [event["position"] for event in events(city, LEADER, tickets["whole"])]
    heard = set()
    for seed in range(3):
        for document, drawn in published_questions(random.Random(seed), known):
            variables = aimed(document, drawn, tickets["whole"], of_it[seed * 7 % len(of_it)], now=seed == 0)
            name = document.partition("query ")[2].partition("(")[0].partition(" ")[0]
            if SECRET in told(city, document, variables, LAND):
                heard.add(name)
            for stranger in STRANGERS:
                assert SECRET not in told(city, document, variables, stranger), (stranger, name, variables)
    assert {"Ticket", "TicketForm", "History", "Event", "Proof"} <= heard, heard
    city.close()


def aimed(document: str, drawn: dict[str, Any], ticket: str, position: str, *, now: bool) -> dict[str, Any]:
    """The variables of a question, which is about that ticket where it is about any, and its events."""
    aims = {"entityId": ticket, "of": ticket, "id": id_of(ticket), "position": position}
    left_out = {"number", "code", "treeSize", *(("at", "clock", "validOn", "filter") if now else ())}
    variables = {name: value for name, value in drawn.items() if name not in left_out}
    return {**variables, **{name: value for name, value in aims.items() if f"${name}:" in document}}


@pytest.mark.slow_on("postgresql")
def test_no_question_that_anybody_can_think_of_tells_an_outsider_a_text(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, _ = city_and_tickets
    chance = random.Random(11)
    drawing = AnyQuestion(chance, values(city), frozenset({"Query.viewer"}))
    heard = 0
    for _ in range(60):
        document = drawing.document()
        assert SECRET not in told(city, document, None, chance.choice(STRANGERS)), document
        heard += SECRET in told(city, document, None, LEADER)
    # Which are drawn, depends on all that the schema has.
    assert heard > 2


def test_everybody_sees_how_a_ticket_stands_and_those_who_take_part_what_is_said_in_it(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    whole = said(city, tickets["whole"], LAND)
    assert whole["textsWithheld"] is False
    assert len(whole["attachments"]) == 2
    for actor in (ISSUER, PLANNING, LEADER, SECRETARY, SUPERVISOR, AUDITOR):
        assert said(city, tickets["whole"], actor) == whole

    for stranger in STRANGERS:
        shown = said(city, tickets["whole"], stranger)
        assert shown == {**blank(whole), "textsWithheld": True, "attachments": [], "history": shown["history"]}
        assert shown["history"]["totalCount"] == whole["history"]["totalCount"] - 2
        assert [event["type"] for event in events(city, stranger, tickets["whole"])] == [
            event["type"] for event in events(city, LAND, tickets["whole"])
        ]


def blank(of: Any) -> Any:
    """The same without its texts: empty where there is always one, and else null."""
    if isinstance(of, dict):
        return (
            {
                name: None
                if name in ("opinion", "result", "source") or (name == "outcome" and SECRET in str(value))
                else blank(value)
                for name, value in of.items()
            }
            | ({"outcome": ""} if "settled" in of else {})
            | ({"reason": None} if "state" in of and "at" in of else {})
        )
    if isinstance(of, list):
        return [blank(one) for one in of]
    return "" if isinstance(of, str) and SECRET in of else of


def test_an_event_is_told_without_what_was_said_in_it(city_and_tickets: tuple[City, dict[str, str]]) -> None:
    city, tickets = city_and_tickets
    theirs = events(city, LAND, tickets["whole"])
    for stranger in STRANGERS:
        for shown, whole in zip(events(city, stranger, tickets["whole"]), theirs, strict=True):
            assert (shown["withheld"], whole["withheld"]) == (True, False)
            assert (shown["data"], shown["reason"], shown["source"]) == ({}, None, None)
            assert whole["data"]
            assert {name: shown[name] for name in ("position", "type", "actor")} == {
                name: whole[name] for name in ("position", "type", "actor")
            }
            assert {change["field"] for change in shown["changes"]} <= {change["field"] for change in whole["changes"]}
    # Events of other nouns say what they say.
    others = city.ask('{ events(filter: {kinds: ["unit"]}, first: 3) { nodes { withheld data } } }', as_=OUTSIDER)
    assert all(event["data"] and not event["withheld"] for event in others["events"]["nodes"])


def test_a_change_of_texts_alone_is_an_event_that_changes_nothing_and_no_difference(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    do = Tickets(city)
    ticket = do.drafted("2015-08-03T09:00")
    before = city.record.head.position
    do("2015-08-03T10:00", ISSUER, "amend_ticket_draft", ticket, body=SECRET)
    adopt_texts(city)

    query = """query($from: Position!) { compare(before: {at: {position: $from}}) {
      tickets(first: 10) { totalCount nodes { changes { field } events { position } } } summary(kinds: [TICKET]) { changed } } }"""
    for actor, differ in ((LAND, 1), (OUTSIDER, 0), (None, 0)):
        found = city.ask(query, {"from": str(before)}, as_=actor)["compare"]
        assert (
            found["tickets"]["totalCount"] == len(found["tickets"]["nodes"]) == found["summary"][0]["changed"] == differ
        )
        [*_, event] = events(city, actor, ticket)
        assert len(event["changes"]) == differ
    city.close()


def test_a_filter_finds_nobody_by_a_text_that_it_does_not_show(city_and_tickets: tuple[City, dict[str, str]]) -> None:
    city, tickets = city_and_tickets
    query = """query($text: String!) { tickets(filter: {text: $text}, first: 50) { totalCount nodes { entityId } }
      ticketGroups(by: [STATE], filter: {text: $text}) { count } }"""

    def found(text: str, as_: Actor | None) -> int:
        answer = city.ask(query, {"text": text}, as_=as_)
        ids = [node["entityId"] for node in answer["tickets"]["nodes"]]
        assert answer["tickets"]["totalCount"] == len(ids) == sum(group["count"] for group in answer["ticketGroups"])
        return len(ids)

    number = said(city, tickets["whole"], None)["number"]
    for stranger in STRANGERS:
        assert found(SECRET, stranger) == 0
        assert found(PUBLIC, stranger) == len(tickets)
        assert found(number, stranger) == 1
    # All but the one that was assigned to another unit on the spot.
    assert found(SECRET, LAND) == len(tickets) - 1
    assert found(SECRET, LEADER) == len(tickets)


@pytest.mark.slow_on("postgresql")
def test_subscriptions_tell_that_it_happened_and_not_what_was_said(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    of_event = """event { type withheld data reason source { document } line { zh } changes { before after }
      noun { id ... on Ticket { body } } }"""
    of_noun = "noun { ... on Ticket { textsWithheld body progress { note } turns { reason } handlings { opinion } } }"
    for item, selected in ((TailEvent, of_event), (NounChanged, f"{of_event} {of_noun}")):
        field = "tail" if item is TailEvent else "changes"
        operation = f"subscription {{ {field} {{ ... on {item.__name__} {{ {selected} }} }} }}"
        heard = 0
        for actor in (LAND, *STRANGERS):
            for event in events(city, actor, tickets["whole"]):
                context = city.context(actor)
                try:
                    checked = check(SCHEMA, context, Operation(operation, None, None))
                    assert isinstance(checked, Checked), checked
                    answered = render(SCHEMA, context, checked, item(position=Position(int(event["position"]))))
                finally:
                    context.close()
                assert not answered.errors
                if actor is LAND:
                    heard += SECRET in str(answered.data)
                else:
                    assert SECRET not in str(answered.data)
        assert heard > 10


def test_who_comes_late_hears_of_events_and_of_no_files(city_and_tickets: tuple[City, dict[str, str]]) -> None:
    city, _ = city_and_tickets
    head = city.record.head.position
    for stranger in (OUTSIDER, READER):
        missing = set(range(1, head + 1)) - set(
            behind(city.reader(), PROJECTIONS, Wanted(EVERYTHING, viewer=stranger), 0).positions
        )
        assert {each.event.TOPIC for each in city.record.read_all() if each.position in missing} == {
            "attachment.attached"
        }
    assert behind(city.reader(), PROJECTIONS, Wanted(EVERYTHING, viewer=LAND), 0).positions == list(range(1, head + 1))


def test_an_auditors_question_is_about_tickets_whose_texts_whoever_asks_has_read_all_along(tmp_path: Path) -> None:
    city, one = furnished_and_told(tmp_path)
    adopt_texts(city)
    lines = "(first: 50) { totalCount nodes { ticket { entityId } } }"
    query = f"{{ lateAcceptances{lines} pushedBackCommitments{lines} }}"

    def found(actor: Actor | None) -> dict[str, set[str]]:
        answer = city.ask(query, as_=actor)
        for line in answer.values():
            assert line["totalCount"] == len(line["nodes"])
        return {name: {node["ticket"]["entityId"] for node in line["nodes"]} for name, line in answer.items()}

    whole = found(LEADER)
    assert whole == {"lateAcceptances": {one["late"]}, "pushedBackCommitments": {one["supported"]}}
    assert found(ISSUER) == found(LAND) == whole
    # Dama has had a copy of one from the first; the planning bureau joined it late.
    assert found(OUTSIDER) == {**whole, "lateAcceptances": set()}
    for stranger in (PLANNING, clerk("nowhere"), None):
        assert found(stranger) == {name: set() for name in whole}
    city.close()


# -- commands ------------------------------------------------------------------------------------------------------------


def test_an_import_does_not_say_whether_a_guess_of_a_text_is_right(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    header = ["来文编号", "类别", "事由", "内容", "发单单位", "受理单位", "是否发出"]

    def sheet(body: str, **how: Any) -> Asked:
        row = ["12号", "审批代办", "事由", body, "chongfu", "land-bureau", "否"]
        return Asked(workbook(("t", [header, row])), "t.xlsx", record=True, **how)

    assert import_sheet(city.desk, ISSUER, sheet(SECRET)).new == 1
    assert import_sheet(city.desk, OUTSIDER, sheet(SECRET)).same == 1
    adopt_texts(city)
    head = city.record.head.position

    for how in ({}, {"correct": True, "reason": "更正"}):
        right, wrong = (import_sheet(city.desk, OUTSIDER, sheet(body, **how)) for body in (SECRET, "别的"))
        assert right.told() == wrong.told()
        assert [problem.code for problem in right.problems] == ["NotYourUnit" if how else "DIFFERS_FROM_THE_RECORD"]
    assert city.record.head.position == head
    assert import_sheet(city.desk, ISSUER, sheet(SECRET)).same == 1
    city.close()


def test_a_file_on_a_ticket_is_to_commands_of_an_outsider_as_if_it_never_was(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    [file, *_] = city.ask("{ attachments(first: 10) { nodes { entityId sha256 } } }", as_=ISSUER)["attachments"][
        "nodes"
    ]
    head = city.record.head.position

    answers = []
    for id in (file["entityId"], NOBODY):
        given = {"input": {"attachment": id, "reason": "r"}}
        answers.append(str(city.ask("WithdrawAttachment", given, as_=OUTSIDER)).replace(id, "?"))

    assert answers[0] == answers[1]
    assert "DoesNotExist" in answers[0]
    # The ticket itself is known to everybody, and refused for another reason.
    refused = city.ask("WithdrawTicket", {"input": {"ticket": tickets["silent"], "reason": "r"}}, as_=OUTSIDER)
    assert refused["withdrawTicket"]["code"] == "NotYourUnit"
    assert SECRET not in str(refused)
    assert city.record.head.position == head


def test_who_gives_a_command_is_answered_with_the_ticket_as_they_may_read_it(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    do = Tickets(city)
    ticket = do.issued("2015-08-03T09:00", body=SECRET)
    adopt_texts(city)

    receipt = city.ask(
        "WithdrawTicket", {"input": {"ticket": ticket, "reason": SECRET, "commandId": "once"}}, as_=ISSUER
    )
    again = city.ask(
        "WithdrawTicket", {"input": {"ticket": ticket, "reason": SECRET, "commandId": "once"}},
        as_=Actor(ISSUER.subject, Role.CLERK, "dama"),
    )  # fmt: skip

    assert receipt["withdrawTicket"]["__typename"] == "TicketReceipt"
    assert again["withdrawTicket"].get("replayed") is True or again["withdrawTicket"]["__typename"] == "Refusal"
    assert SECRET not in str(again)
    city.close()


# -- then and now ----------------------------------------------------------------------------------------------------------


def test_who_joins_reads_what_is_said_from_then_on_and_who_leaves_reads_nothing_any_more(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    do = Tickets(city)
    adopt_texts(city)
    ticket = do.drafted("2015-08-03T09:00", body="先前")
    drafted = city.record.head.position
    do("2015-08-03T10:00", ISSUER, "amend_ticket_draft", ticket, body="后来", copies=["dama"])
    joined = city.record.head.position

    def body(as_: Actor | None, at: int | None = None) -> tuple[str, bool]:
        shown = said(city, ticket, as_, at)
        return shown["body"], shown["textsWithheld"]

    assert body(OUTSIDER) == body(OUTSIDER, joined) == ("后来", False)
    assert body(OUTSIDER, drafted) == ("", True)
    assert body(ISSUER, drafted) == ("先前", False)
    first, second = events(city, OUTSIDER, ticket)
    assert (first["withheld"], second["withheld"]) == (True, False)
    assert second["data"]["body"] == "后来"
    assert "先前" not in told(city, "History", {"of": ticket}, OUTSIDER)
    changed = {change["field"]: (change["before"], change["after"]) for change in second["changes"]}
    assert changed["body"] == ("", "后来")

    do("2015-08-03T11:00", ISSUER, "amend_ticket_draft", ticket, copies=[])
    for at in (None, joined, drafted):
        assert body(OUTSIDER, at) == ("", True)
    assert all(event["withheld"] for event in events(city, OUTSIDER, ticket))
    assert "后来" not in told(city, "History", {"of": ticket}, OUTSIDER)
    assert body(LAND) == ("后来", False)
    city.close()


def test_the_successor_of_a_merged_unit_reads_what_that_unit_read(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    head = city.record.head.position
    whole = said(city, tickets["whole"], LAND, head)
    assert said(city, tickets["whole"], OUTSIDER)["textsWithheld"]

    merge_unit(city.desk, city.order(SUPERVISOR), unit="land-bureau", into="dama")

    assert said(city, tickets["whole"], OUTSIDER, head) == whole
    assert said(city, tickets["assigned"], OUTSIDER)["textsWithheld"]


def test_a_policy_that_is_withdrawn_makes_everything_public_again(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    texts = reference_id(EditionKind.READING_POLICY, "texts")

    withdraw_edition(city.desk, city.order(reason="a mistake"), reference=texts)

    for stranger in STRANGERS:
        assert said(city, tickets["whole"], stranger) == said(city, tickets["whole"], LAND)
        assert events(city, stranger, tickets["whole"]) == events(city, LAND, tickets["whole"])


def test_a_ticket_that_is_marked_is_withheld_as_a_whole_and_the_others_in_their_texts(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    marked(city, tickets["marked"], internal=True)
    adopt_texts(city)

    for stranger in STRANGERS:
        assert said(city, tickets["marked"], stranger) is None
        assert events(city, stranger, tickets["marked"]) == []
        assert said(city, tickets["whole"], stranger)["textsWithheld"]
    assert SECRET in said(city, tickets["marked"], LAND)["body"]

    marked(city, tickets["marked"], internal=False)

    for stranger in STRANGERS:
        shown = events(city, stranger, tickets["marked"])
        assert [event["type"] for event in shown][-1] == "ticket.marked_internal"
        assert SECRET not in str(shown)
        assert said(city, tickets["marked"], stranger)["body"] == ""
    city.close()


def test_both_policies_are_one_choice_and_all_internal_includes_the_texts(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    content = {"basis": "inferred", "internal": ["ticket"], "texts": ["ticket"]}
    adopt_edition(city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="both", content=content)
    assert said(city, tickets["whole"], OUTSIDER) is None
    assert SECRET in said(city, tickets["whole"], LAND)["body"]

    with pytest.raises(BadInput, match="'company' is none of ticket"):
        adopt_edition(
            city.desk, city.order(), kind=EditionKind.READING_POLICY, edition="more", content={**content, "texts": ["company"]}
        )  # fmt: skip
    city.close()


# -- whom it does not bind -------------------------------------------------------------------------------------------------


def test_who_reads_all_asks_nothing_more_and_without_a_policy_nobody_does(tmp_path: Path) -> None:
    city, tickets = furnished_and_spoken(tmp_path)
    statements = overhear(city.views)

    def asked(actor: Actor, operation: str) -> int:
        statements.clear()
        city.ask(operation, {"of": tickets["whole"]} if operation in ("History", EVERYTHING_SAID) else {}, as_=actor)
        return len(statements)

    for operation in ("Tickets", "Now", EVERYTHING_SAID):
        asked(LEADER, operation)
        before = asked(LEADER, operation)
        # Of whoever must not know of refused attempts it is asked more where events are told.
        assert operation == EVERYTHING_SAID or asked(READER, operation) == before, operation
        adopted = f"a-{abs(hash(operation))}"
        adopt_texts(city, adopted)
        asked(LEADER, operation)
        assert asked(LEADER, operation) == before, operation
        withdraw_edition(city.desk, city.order(reason="r"), reference=reference_id(EditionKind.READING_POLICY, adopted))
    city.close()


def test_what_an_auditor_reads_of_tickets_whose_texts_are_internal_leaves_a_trace(
    city_and_tickets: tuple[City, dict[str, str]],
) -> None:
    city, tickets = city_and_tickets
    assert city.accesses.page() == []

    told(city, "query($of: ID!) { ticket(entityId: $of) { body } }", {"of": tickets["whole"]}, AUDITOR)

    [(_, access)] = city.accesses.page()
    assert access.nouns == (f"ticket/{tickets['whole']}",)
    told(city, "query($of: ID!) { ticket(entityId: $of) { body } }", {"of": tickets["whole"]}, LEADER)
    assert len(city.accesses.page()) == 1
