"""Tickets through the published operations: every screen now and then, every command with its receipt or refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.city import ADMINISTRATOR, LEADER, OPERATIONS, READER, SECRETARY, SUPERVISOR, City, clerk
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, furnished, told
from txapi.application.companies import register_company
from txapi.application.projects import introduce_project
from txapi.application.units import merge_unit
from txapi.domain.editions import ProjectKind
from txapi.domain.ticket import ACTIONS
from txapi.schema.ticket_commands import TicketMutations

DRAFT = {
    "category": "LAND_USE",
    "subject": "用地指标",
    "body": "请协调落实。",
    "issuer": "chongfu",
    "handler": "land-bureau",
}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = furnished(tmp_path, "2015-08-03T09:00")
    yield city
    city.close()


def do(city: City, operation: str, as_: Any = ISSUER, /, **input: Any) -> Any:
    """Run a published mutation; its receipt or refusal."""
    data = city.ask(operation, {"input": input}, as_=as_)
    return data[operation[0].lower() + operation[1:]]


def done(city: City, operation: str, as_: Any = ISSUER, /, **input: Any) -> Any:
    """A command that must be carried out: the ticket after it."""
    answer = do(city, operation, as_, **input)
    assert answer["__typename"] == "TicketReceipt", answer
    assert int(answer["position"]) == city.record.head.position
    return answer["ticket"]


def refused(city: City, code: str, operation: str, as_: Any = ISSUER, /, **input: Any) -> Any:
    """A command that must be refused with this code and record nothing."""
    before = city.record.head.position
    answer = do(city, operation, as_, **input)
    assert (answer["__typename"], answer.get("code")) == ("Refusal", code), answer
    assert city.record.head.position == before
    return answer


def mistaken(city: City, code: str, operation: str, as_: Any = ISSUER, /, **input: Any) -> None:
    """A command whose input makes no sense: an error with this code, and nothing recorded."""
    before = city.record.head.position
    result = city.execute(operation, {"input": input}, as_=as_)
    assert [error.extensions["code"] for error in result.errors or ()] == [code]
    assert city.record.head.position == before


def issued(city: City, **said: Any) -> str:
    """Draft and issue a ticket through the schema; its entity id."""
    ticket = done(city, "DraftTicket", **{**DRAFT, **said})["entityId"]
    done(city, "IssueTicket", ticket=ticket)
    return str(ticket)


def received(city: City, **said: Any) -> str:
    """One that the land bureau received."""
    ticket = issued(city, **said)
    done(city, "ReceiveTicket", LAND, ticket=ticket)
    return ticket


def seen(city: City, ticket: str, as_: Any = None, **moment: Any) -> Any:
    """The ticket on its screen."""
    return city.ask("Ticket", {"entityId": ticket, **moment}, as_=as_)["moment"]["ticket"]


def listed(city: City, **asked: Any) -> list[str]:
    """The numbers of the tickets of a list."""
    page = city.ask("Tickets", asked)["moment"]["tickets"]
    return [node["number"] for node in page["nodes"]]


def test_every_command_has_its_mutation_and_its_published_operation() -> None:
    mutations = [name for name in vars(TicketMutations) if not name.startswith("_")]

    assert sorted(mutations) == sorted(["draft_ticket", *ACTIONS])
    for name in mutations:
        assert (OPERATIONS / f"{name.title().replace('_', '')}.graphql").is_file(), name


# -- from draft to confirmation ----------------------------------------------------------------------------------------


def test_a_ticket_goes_from_draft_to_confirmed_and_every_step_is_seen_at_its_position(city: City) -> None:
    ticket = received(city)
    city.at("2015-08-10T09:00")
    accepted = done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31")
    done(city, "ReportTicketProgress", LAND, ticket=ticket, note="正在报批")
    at = str(city.record.head.position)
    done(city, "ResolveTicket", LAND, ticket=ticket, outcome="已落实")
    confirmed = done(city, "ConfirmTicket", ticket=ticket)

    then, now = seen(city, ticket, at={"position": at}), seen(city, ticket)

    assert accepted["state"] == "ACCEPTED"
    assert accepted["owed"] == [
        {
            "what": "COMMITMENT",
            "due": "2015-08-31T16:00:00Z",
            "lastDay": "2015-08-31",
            "overdue": False,
            "unit": {"id": accepted["owed"][0]["unit"]["id"], "code": "land-bureau"},
        }
    ]
    assert confirmed["number"] == "2015-0001"
    assert (then["state"], then["outcome"]) == ("IN_PROGRESS", None)
    assert (now["state"], now["outcome"], now["owed"]) == ("CONFIRMED", "已落实", [])
    assert now["progress"][0]["unit"]["code"] == "land-bureau"
    assert now["history"]["totalCount"] == now["version"] == 7
    assert then["id"] != now["id"]
    assert city.ask("Ticket", {"number": "2015-0001"})["moment"]["ticket"]["entityId"] == ticket


def test_a_reply_names_its_policy_and_calendar_and_is_late_from_midnight_on_by_the_clock_alone(city: City) -> None:
    city.at("2015-08-06T10:00")
    ticket = received(city)

    on_time = seen(city, ticket, clock="2015-08-13T23:59:59+08:00")
    late = seen(city, ticket, clock="2015-08-14T00:00:00+08:00")

    [handling] = on_time["handlings"]
    assert handling["reply"]["lastDay"] == "2015-08-13"
    assert handling["reply"]["policyName"] == "reply-7-calendar-days"
    assert handling["reply"]["calendarName"] is not None
    assert handling["reply"]["late"] is False
    assert on_time["light"]["colour"] == "YELLOW"
    assert late["handlings"][0]["reply"]["late"] is True
    assert (late["light"]["colour"], late["owed"][0]["overdue"]) == ("RED", True)
    assert late["light"]["because"]["zh"] == "已逾期：时限为2015-08-13"


def test_a_late_acceptance_stays_late_for_ever(city: City) -> None:
    city.at("2015-08-06T10:00")
    ticket = received(city)
    city.at("2015-08-14T00:00:00")
    done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31", statedOn="2015-08-12")

    [handling] = seen(city, ticket, clock="2016-08-14T00:00:00+08:00")["handlings"]

    assert (handling["reply"]["late"], handling["reply"]["metAt"]) == (True, "2015-08-13T16:00:00Z")
    assert (handling["outcome"], handling["statedOn"]) == ("ACCEPTED", "2015-08-12")
    assert [lapse["kind"] for lapse in handling["lapses"]] == ["ACCEPTANCE"]


def test_a_silent_unit_is_deemed_to_have_received_before_its_command_is_judged(city: City) -> None:
    ticket = issued(city)
    city.at("2015-08-05T09:00")

    accepted = do(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31")

    assert [event["type"] for event in accepted["events"]] == ["ticket.receipt_deemed", "ticket.accepted"]
    [handling] = seen(city, ticket)["handlings"]
    assert (handling["receipt"]["deemed"], handling["receipt"]["on"]) == (True, "2015-08-04")


def test_extensions_reminders_and_support_are_shown_with_who_and_when(city: City) -> None:
    ticket = received(city, copies=["dama"])
    done(city, "AddTicketSupport", ticket=ticket, unit="planning-bureau")
    done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-20")
    done(city, "ReceiveTicket", PLANNING, ticket=ticket)
    done(city, "AcceptTicket", PLANNING, ticket=ticket, opinion="配合", promisedBy="2015-08-20")
    done(city, "CompleteTicketSupport", PLANNING, ticket=ticket, outcome="已配合")
    done(city, "RemindTicket", ticket=ticket, note="请加快")
    done(city, "AskTicketExtension", LAND, ticket=ticket, to="2015-09-10", reason="等待省里批复")
    done(city, "DecideTicketExtension", SUPERVISOR, ticket=ticket, granted=True, opinion="同意")

    now = seen(city, ticket)

    lead, support = now["handlings"]
    assert [unit["code"] for unit in now["copies"]] == ["dama"]
    assert (lead["role"], support["role"], support["result"]) == ("LEAD", "SUPPORT", "已配合")
    assert [one["deadline"]["lastDay"] for one in lead["commitments"]] == ["2015-08-20", "2015-09-10"]
    assert (lead["extensions"][0]["granted"], lead["extensions"][0]["by"]) == (True, "supervisor")
    assert (now["reminders"][0]["unit"]["code"], now["reminders"][0]["by"]) == ("land-bureau", "chongfu")
    # Who acted is told as a unit with its name; whoever acts for no unit is no unit.
    assert now["reminders"][0]["byUnit"]["name"]["zh"] == "chongfu"


def test_an_escalation_goes_over_the_leader_to_the_meeting_and_its_decision(city: City) -> None:
    ticket = received(city)
    done(city, "EscalateTicket", ticket=ticket, to="LEADING_OFFICIAL", leader={"name": "盛勇军"}, reason="久拖未决")
    refused(city, "EscalationSkipsTheLeader", "EscalateTicket", ticket=ticket, to="MAYORS_OFFICE_MEETING", reason="急")
    done(city, "RecordTicketAttempt", LEADER, ticket=ticket, outcome="未能协调", settled=False)
    done(city, "EscalateTicket", ticket=ticket, to="MAYORS_OFFICE_MEETING", reason="领导协调未果")
    done(
        city, "DecideTicket", SECRETARY,
        ticket=ticket, text="由规划局牵头", responsible="planning-bureau", deadline="2015-08-25",
    )  # fmt: skip
    late = seen(city, ticket, clock="2015-08-26T00:00:00+08:00")
    done(city, "CarryOutTicketDecision", PLANNING, ticket=ticket, decision=1, outcome="已落实")

    now = seen(city, ticket)

    assert late["decisions"][0]["deadline"]["late"] is True
    assert (now["escalation"], [step["to"] for step in now["escalationHistory"]]) == (
        "MAYORS_OFFICE_MEETING", ["LEADING_OFFICIAL", "MAYORS_OFFICE_MEETING"],
    )  # fmt: skip
    assert now["attempts"][0]["settled"] is False
    assert (now["attempts"][0]["by"], now["attempts"][0]["byUnit"]) == ("leader", None)
    [decision] = now["decisions"]
    assert (decision["unit"]["code"], decision["outcome"], decision["deadline"]["late"]) == (
        "planning-bureau", "已落实", False,
    )  # fmt: skip


def test_a_person_whose_subject_reads_like_a_units_code_is_not_told_as_that_unit(city: City) -> None:
    ticket = received(city)
    namesake = msgspec.structs.replace(SUPERVISOR, subject="dama")
    leader = msgspec.structs.replace(LEADER, subject="planning-bureau")
    administrator = msgspec.structs.replace(ADMINISTRATOR, subject="dama")
    done(city, "RemindTicket", namesake, ticket=ticket, unit="land-bureau", note="请尽快办理")
    done(city, "RemindTicket", ISSUER, ticket=ticket, unit="land-bureau", note="请尽快办理")
    done(city, "EscalateTicket", ticket=ticket, to="LEADING_OFFICIAL", leader={"name": "盛勇军"}, reason="久拖未决")
    done(city, "RecordTicketAttempt", leader, ticket=ticket, outcome="未能协调", settled=False)
    done(city, "WithdrawTicket", administrator, ticket=ticket, reason="重复发单")
    other = received(city)
    done(city, "WithdrawTicket", ISSUER, ticket=other, reason="重复发单")

    now = seen(city, ticket)

    by_person, by_unit = now["reminders"]
    assert (by_person["by"], by_person["byUnit"]) == ("dama", None)
    assert (by_unit["by"], by_unit["byUnit"]["name"]["zh"]) == ("chongfu", "chongfu")
    assert (now["attempts"][0]["by"], now["attempts"][0]["byUnit"]) == ("planning-bureau", None)
    assert [(turn["by"], turn["byUnit"]) for turn in now["turns"]] == [("dama", None)]
    assert [turn["byUnit"]["name"]["zh"] for turn in seen(city, other)["turns"]] == ["chongfu"]


def test_an_item_of_a_meeting_is_assigned_or_resolved_on_the_spot_and_numbered(city: City) -> None:
    item = done(city, "DraftTicket", SECRETARY, **{**DRAFT, "issuer": None, "origin": "ON_SITE_MEETING"})["entityId"]
    other = done(city, "DraftTicket", SECRETARY, **{**DRAFT, "issuer": None, "origin": "ON_SITE_MEETING"})["entityId"]

    assigned = done(city, "AssignTicketOnSite", SECRETARY, ticket=item, unit="planning-bureau", due="2015-08-28")
    again = done(city, "AssignTicketOnSite", SUPERVISOR, ticket=item, unit="dama", due="2015-08-29", reason="改派")
    settled = done(city, "ResolveTicketOnSpot", SECRETARY, ticket=other, outcome="当场解决")

    assert (assigned["number"], assigned["state"]) == ("2015-0001", "IN_PROGRESS")
    assert (again["number"], again["handler"]["code"]) == ("2015-0001", "dama")
    assert (settled["number"], settled["state"]) == ("2015-0002", "RESOLVED")


def test_a_returned_ticket_is_sent_on_withdrawn_or_taken_up_again(city: City) -> None:
    one, other = received(city), received(city)
    done(city, "ReturnTicket", LAND, ticket=one, opinion="不属本局职责")
    sent_on = done(city, "ReassignTicket", ticket=one, to="planning-bureau", reason="改由规划局办理")
    withdrawn = done(city, "WithdrawTicket", ticket=other, reason="已自行解决")
    done(city, "ReceiveTicket", PLANNING, ticket=one)
    done(city, "AcceptTicket", PLANNING, ticket=one, opinion="同意", promisedBy="2015-08-31")
    done(city, "ResolveTicket", PLANNING, ticket=one, outcome="已办")
    reopened = done(city, "ReopenTicket", ticket=one, due="2015-09-30", reason="未到位")

    assert (sent_on["state"], sent_on["handler"]["code"]) == ("REASSIGNED", "planning-bureau")
    assert (withdrawn["state"], withdrawn["light"]["colour"]) == ("WITHDRAWN", "GREY")
    assert (reopened["state"], reopened["owed"][0]["lastDay"]) == ("IN_PROGRESS", "2015-09-30")
    assert [turn["state"] for turn in seen(city, one)["turns"]] == ["REASSIGNED", "IN_PROGRESS"]


def test_a_receipt_dated_anew_moves_the_deadline_and_marks_the_lapse(city: City) -> None:
    ticket = issued(city)
    city.at("2015-08-20T09:00").watch()
    source = {"document": "签收簿", "locator": "第3页"}

    refused(
        city, "BackdatingNeedsASource", "CorrectTicketReceipt",
        ticket=ticket, receivedAt="2015-08-18T09:00:00+08:00", reason="实际签收较晚",
    )  # fmt: skip
    done(
        city, "CorrectTicketReceipt",
        ticket=ticket, receivedAt="2015-08-18T09:00:00+08:00", reason="实际签收较晚", source=source,
    )  # fmt: skip

    [handling] = seen(city, ticket)["handlings"]
    assert (handling["receipt"]["on"], handling["reply"]["lastDay"]) == ("2015-08-18", "2015-08-25")
    assert handling["receipt"]["source"] == source
    assert all(lapse["correctedBy"] for lapse in handling["lapses"])


def test_a_draft_is_rewritten_and_what_is_left_out_stays(city: City) -> None:
    ticket = done(city, "DraftTicket", **DRAFT, requestedBy="2015-09-01")["entityId"]

    done(city, "AmendTicketDraft", ticket=ticket, subject="新增用地", requestedBy=None, copies=["dama"])

    now = seen(city, ticket)
    assert (now["subject"], now["body"], now["requestedBy"]) == ("新增用地", DRAFT["body"], None)
    assert [unit["code"] for unit in now["copies"]] == ["dama"]
    mistaken(city, "NOT_CLEARABLE", "AmendTicketDraft", ticket=ticket, subject=None)


# -- who may, and what is wrong ------------------------------------------------------------------------------------------


def test_only_the_handling_unit_accepts_and_only_the_issuer_confirms(city: City) -> None:
    ticket = received(city)

    refused(city, "NotYourUnit", "AcceptTicket", ISSUER, ticket=ticket, opinion="同意", promisedBy="2015-08-31")
    refused(city, "AcceptanceNeedsAPromise", "AcceptTicket", LAND, ticket=ticket, opinion="同意")
    refused(city, "AcceptanceNeedsAnOpinion", "AcceptTicket", LAND, ticket=ticket, promisedBy="2015-08-31")
    done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31")
    done(city, "ResolveTicket", LAND, ticket=ticket, outcome="已办")
    refused(city, "NotYourUnit", "ConfirmTicket", LAND, ticket=ticket)
    stale = refused(city, "StaleVersion", "ConfirmTicket", ticket=ticket, expectedVersion=1)

    assert stale["currentVersion"] == seen(city, ticket)["version"]


def test_a_grey_button_says_why_and_in_the_past_every_button_is_grey(city: City) -> None:
    ticket = received(city)
    at = str(city.record.head.position)
    done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31")

    def may(as_: Any, **moment: Any) -> dict[str, str | None]:
        permissions = seen(city, ticket, as_, **moment)["may"]
        return {one["action"]: None if one["allowed"] else one["because"]["code"] for one in permissions}

    assert may(LAND)["resolveTicket"] is None
    assert may(LAND)["acceptTicket"] == "AlreadyReplied"
    assert may(ISSUER)["resolveTicket"] == "NotYourUnit"
    assert set(may(ADMINISTRATOR, at={"position": at}).values()) == {"MomentIsPast"}


def test_the_same_command_again_answers_with_what_it_came_to(city: City) -> None:
    ticket = received(city)
    given = {"ticket": ticket, "opinion": "同意", "promisedBy": "2015-08-31", "commandId": "c1"}
    first = do(city, "AcceptTicket", LAND, **given)
    done(city, "ReportTicketProgress", LAND, ticket=ticket, note="正在报批")
    head = city.record.head.position

    again = do(city, "AcceptTicket", LAND, **given)

    assert (again["replayed"], again["position"], again["ticket"]["state"]) == (True, first["position"], "ACCEPTED")
    assert city.record.head.position == head
    refused(city, "CommandIdReused", "AcceptTicket", LAND, **{**given, "opinion": "不同意"})


def test_nouns_that_do_not_exist_are_refused_and_input_without_sense_is_an_error(city: City) -> None:
    ticket = received(city)
    nowhere = "00000000-0000-4000-8000-000000000000"
    then = seen(city, ticket, at={"position": str(city.record.head.position)})["id"]

    refused(city, "DoesNotExist", "DraftTicket", **{**DRAFT, "handler": "nowhere"})
    refused(city, "DoesNotExist", "DraftTicket", **DRAFT, about=[{"kind": "PROJECT", "id": nowhere}])
    refused(city, "DoesNotExist", "AcceptTicket", LAND, ticket=nowhere, opinion="同意", promisedBy="2015-08-31")
    mistaken(city, "ID_OF_A_MOMENT", "ConfirmTicket", ticket=then)
    mistaken(city, "BAD_ID", "ConfirmTicket", ticket="nonsense")
    mistaken(city, "EMPTY_TEXT", "DraftTicket", **{**DRAFT, "subject": " "})
    mistaken(city, "TEXT_TOO_LONG", "DraftTicket", **{**DRAFT, "subject": "长" * 501})
    mistaken(city, "BAD_TEXT", "ReportTicketProgress", LAND, ticket=ticket, note="\ud800")
    mistaken(city, "FORBIDDEN", "ConfirmTicket", READER, ticket=ticket)


# -- lists, groups, inbox ------------------------------------------------------------------------------------------------


def test_a_list_shows_each_ticket_with_its_project_and_the_projects_tickets_come_back(city: City) -> None:
    company = register_company(city.desk, city.order(), name="桐昆").id
    project = introduce_project(
        city.desk, city.order(), code="2015-001", name="化纤", kind=ProjectKind.NEW_BUILD, unit="chongfu"
    ).id
    issued(city, about=[{"kind": "PROJECT", "id": project}, {"kind": "COMPANY", "id": company}])
    issued(city)

    nodes = city.ask("Tickets", {"orderBy": [{"by": "NUMBER"}]})["moment"]["tickets"]["nodes"]

    assert [(one["__typename"], one["entityId"]) for one in nodes[0]["about"]] == [
        ("Project", project), ("Company", company),
    ]  # fmt: skip
    assert nodes[0]["about"][0]["name"] == "化纤"
    assert nodes[1]["about"] == []
    assert listed(city, filter={"about": [project]}) == ["2015-0001"]
    query = (
        "query($id: ID!) { project(entityId: $id) { tickets(filter: {open: true}) { totalCount nodes { number } } } }"
    )
    assert city.ask(query, {"id": project})["project"]["tickets"] == {
        "totalCount": 1, "nodes": [{"number": "2015-0001"}],
    }  # fmt: skip


def test_the_open_tickets_by_due_date_page_through_a_list_that_moves(city: City) -> None:
    tickets = [received(city) for _ in range(5)]
    asked = {"filter": {"open": True}, "orderBy": [{"by": "DUE"}, {"by": "NUMBER"}], "first": 2}

    page = city.ask("Tickets", asked)["moment"]["tickets"]
    done(city, "WithdrawTicket", ticket=tickets[2], reason="已自行解决")
    query = (
        "query($after: String) { tickets(filter: {open: true}, orderBy: [{by: DUE}, {by: NUMBER}], first: 9, after: $after)"
        " { totalCount nodes { number state } } }"
    )
    rest = city.ask(query, {"after": page["pageInfo"]["endCursor"]})["tickets"]

    assert [node["number"] for node in page["nodes"]] == ["2015-0001", "2015-0002"]
    assert [node["number"] for node in rest["nodes"]] == ["2015-0003", "2015-0004", "2015-0005"]
    assert rest["nodes"][0]["state"] == "RECEIVED"
    assert rest["totalCount"] == page["totalCount"] == 5


def test_tickets_are_counted_by_unit_state_and_light_with_labels(city: City) -> None:
    told(city)

    by_state = city.ask("TicketGroups", {"by": ["STATE"]})["moment"]["ticketGroups"]
    by_handler = city.ask("TicketGroups", {"by": ["HANDLER", "LIGHT"], "filter": {"open": True}})
    nothing = city.ask("TicketGroups", {"by": []})["moment"]["ticketGroups"]

    assert {group["group"][0]["key"]: group["count"] for group in by_state}["draft"] == 1
    assert by_state[0]["group"][0]["label"] == {"zh": "草稿", "en": "draft"}
    keys = [[key["label"]["en"] for key in group["group"]] for group in by_handler["moment"]["ticketGroups"]]
    assert keys[0][0] == "land-bureau"
    assert nothing == [{"group": [], "count": 9, "overdue": nothing[0]["overdue"]}]


def test_the_inbox_counts_what_waits_for_the_viewers_unit_and_for_units_merged_into_it(city: City) -> None:
    told(city)

    def inbox(actor: Any) -> Any:
        answer = city.ask("Inbox", {"dueSoonDays": 20}, as_=actor)
        counts = {part: count for part, count in answer["moment"]["inbox"].items() if part not in ("tickets", "parts")}
        return {**answer["viewer"], "inbox": counts}

    land, issuer = inbox(LAND), inbox(ISSUER)
    merge_unit(city.desk, city.order(reason="机构改革"), unit="land-bureau", into="planning-bureau")
    both = inbox(PLANNING)

    assert [unit["code"] for unit in land["units"]] == ["land-bureau"]
    assert land["inbox"] == {
        "owed": 3, "toReceive": 0, "toReply": 1, "dueSoon": 2, "overdue": 1, "toConfirm": 0, "escalated": 0, "copied": 0,
    }  # fmt: skip
    assert issuer["inbox"]["toConfirm"] == 1
    assert [unit["code"] for unit in both["units"]] == ["planning-bureau", "land-bureau"]
    assert both["inbox"]["toReply"] >= 1
    nobody = city.ask("Inbox")
    assert (nobody["viewer"]["signedIn"], nobody["viewer"]["units"]) == (False, [])
    assert nobody["moment"]["inbox"]["toReply"] == 0

    def parts(actor: Any) -> Any:
        return city.ask("Inbox", as_=actor)["moment"]["inbox"]["parts"]

    assert parts(LEADER) == ["ESCALATED"]
    assert parts(LAND)[0] == "OWED"
    assert "ESCALATED" not in parts(LAND)
    assert [parts(SUPERVISOR), parts(None)] == [[], []]


def test_every_part_of_the_inbox_lists_what_it_counts_then_as_now(city: City) -> None:
    told(city)
    ticket = received(city)
    before = {"position": str(city.record.head.position)}
    done(city, "AcceptTicket", LAND, ticket=ticket, opinion="同意", promisedBy="2015-08-31")
    done(city, "EscalateTicket", ticket=ticket, to="LEADING_OFFICIAL", leader={"name": "盛勇军"}, reason="久拖未决")
    parts = {
        "OWED": "owed", "TO_RECEIVE": "toReceive", "TO_REPLY": "toReply", "DUE_SOON": "dueSoon", "OVERDUE": "overdue",
        "TO_CONFIRM": "toConfirm", "ESCALATED": "escalated", "COPIED": "copied",
    }  # fmt: skip

    def inbox(part: str, actor: Any = LAND, **more: Any) -> Any:
        return city.ask("Inbox", {"part": part, "dueSoonDays": 20, **more}, as_=actor)["moment"]["inbox"]

    for part, name in parts.items():
        for actor in (LAND, ISSUER, LEADER):
            answer = inbox(part, actor)
            assert answer["tickets"]["totalCount"] == len(answer["tickets"]["nodes"]) == answer[name]
    then, now = inbox("TO_REPLY", at=before)["tickets"]["nodes"], inbox("TO_REPLY")["tickets"]["nodes"]
    assert {one["entityId"] for one in then} - {one["entityId"] for one in now} == {ticket}
    assert {one["because"]["code"] for node in then for one in node["may"]} == {"MomentIsPast"}
    mine = next(node for node in inbox("OWED")["tickets"]["nodes"] if node["entityId"] == ticket)
    assert [one["allowed"] for one in mine["may"] if one["action"] == "resolveTicket"] == [True]
    assert [one["entityId"] for one in inbox("ESCALATED", LEADER)["tickets"]["nodes"]] == [ticket]
    result = city.execute("Inbox", {"part": "DUE_SOON", "dueSoonDays": -1})
    assert [error.extensions["code"] for error in result.errors or ()] == ["NEGATIVE_DAYS"]


def test_a_clerk_of_a_town_sees_what_was_copied_to_it(city: City) -> None:
    told(city)

    assert city.ask("Inbox", as_=clerk("dama"))["moment"]["inbox"]["copied"] == 1
    assert listed(city, filter={"copiedTo": ["dama"], "open": True}) == ["2015-0005"]
    result = city.execute("Tickets", {"filter": {"dueWithinDays": -1}})
    assert [error.extensions["code"] for error in result.errors or ()] == ["NEGATIVE_DAYS"]
