"""Question 8: what reached the mayor's meeting without a recorded attempt by the leading official; was it carried out?

The rules refuse an escalation to the meeting without an attempt that failed. What is left: an item of the meeting itself, a
ticket that was sent on after the attempt, and a second decision after the ticket was reopened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import listed, paged, resting_on, said, told
from tests.city import LEADER, SECRETARY, SUPERVISOR, City, like
from tests.projections.ticket_city import ISSUER, LAND, MAYOR, PLANNING, Tickets, furnished
from txapi.application.meetings import register_meeting
from txapi.domain.meeting import MeetingKind
from txapi.domain.ticket.refusals import EscalationSkipsTheLeader
from txapi.domain.ticket.values import Escalation, TicketOrigin


def august(folder: Path) -> City:
    """Seven tickets of August 2015; the clock stands at 2 September, and the watch has been."""
    city = furnished(folder, "2015-08-03T08:00")
    do = Tickets(city)
    meetings = {
        kind: register_meeting(city.desk, city.order(SUPERVISOR), kind=kind, title=kind.value).id
        for kind in (MeetingKind.MAYORS_OFFICE, MeetingKind.ON_SITE)
    }
    three = {name: do.issued("2015-08-03T09:00", subject=name) for name in ("tried", "sent on", "decided again")}
    for ticket in three.values():
        do("2015-08-04T09:00", LAND, "receive_ticket", ticket)
    for ticket in three.values():
        do("2015-08-04T10:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 9, 30))
    for ticket in three.values():
        do("2015-08-05T09:00", ISSUER, "escalate_ticket", ticket, to=Escalation.LEADING_OFFICIAL, leader=MAYOR,
           reason="久拖未决")  # fmt: skip
    for ticket in three.values():
        do("2015-08-06T09:00", LEADER, "record_ticket_attempt", ticket, outcome="未能协调", settled=False)
    do("2015-08-07T09:00", ISSUER, "reassign_ticket", three["sent on"], to="planning-bureau", reason="职责调整")
    for ticket in three.values():
        do("2015-08-08T09:00", ISSUER, "escalate_ticket", ticket, to=Escalation.MAYORS_OFFICE_MEETING, reason="未果")
    decided = {
        "tried": ("planning-bureau", 20),
        "sent on": ("planning-bureau", 31),
        "decided again": ("land-bureau", 14),
    }
    for name, (unit, day) in decided.items():
        do("2015-08-10T09:00", SECRETARY, "decide_ticket", three[name], text="限期落实", responsible=unit,
           deadline=date(2015, 8, day), meeting=meetings[MeetingKind.MAYORS_OFFICE])  # fmt: skip
    given: dict[str, Any] = {"origin": TicketOrigin.ON_SITE_MEETING, "meeting": meetings[MeetingKind.MAYORS_OFFICE]}
    assigned = do.drafted("2015-08-12T09:00", subject="assigned", **given)
    spot = do.drafted("2015-08-12T09:00", subject="on the spot", **given)
    do.drafted("2015-08-12T09:00", subject="only a draft", **given)
    other = do.drafted("2015-08-12T09:00", subject="of another meeting",
                       **{**given, "meeting": meetings[MeetingKind.ON_SITE]})  # fmt: skip
    for ticket in (assigned, other):
        do("2015-08-12T10:00", ISSUER, "assign_ticket_on_site", ticket, unit="planning-bureau", due=date(2015, 8, 18))
    do("2015-08-12T11:00", ISSUER, "resolve_ticket_on_spot", spot, outcome="当场同意")
    again = three["decided again"]
    do("2015-08-13T09:00", LAND, "resolve_ticket", again, outcome="已落实")
    do("2015-08-14T09:00", ISSUER, "confirm_ticket", again)
    do("2015-08-15T09:00", ISSUER, "reopen_ticket", again, reason="问题复发")
    do("2015-08-17T09:00", SECRETARY, "decide_ticket", again, text="再次限期", responsible="land-bureau",
       deadline=date(2015, 8, 25))  # fmt: skip
    do("2015-08-17T10:00", PLANNING, "resolve_ticket", assigned, outcome="已办结")
    do("2015-08-21T09:00", PLANNING, "carry_out_ticket_decision", three["tried"], decision=1, outcome="已落实")
    city.at("2015-09-02T09:00").watch()
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, august)
    yield city
    city.close()


def short(lines: list[Any]) -> dict[str, tuple[str, str, list[tuple[str | None, str | None, bool, str]]]]:
    """By subject: how it came there, what had been tried, and of each decision: last day, carried out on, late, tried."""
    return {
        line["ticket"]["subject"]: (
            line["way"],
            line["tried"],
            [
                (one["lastDay"], one["carriedOutAt"] and one["carriedOutAt"][:10], one["late"], one["tried"])
                for one in line["decisions"]
            ],
        )
        for line in lines
    }


def test_what_was_not_tried_before_the_meeting_is_listed_with_what_became_of_the_decision(city: City) -> None:
    lines = listed(city, "MayorsMeeting", clock="2015-09-02T09:00:00+08:00")

    # In the order in which they came before the meeting. "tried" had its attempt; the draft was never sent; the item of
    # another meeting never came before this one.
    assert list(short(lines).items()) == [
        # Sent on to the planning bureau on the 7th, after the attempt of the 6th; its decision lapsed at the end of the 31st.
        ("sent on", ("ESCALATED", "EARLIER", [("2015-08-31", None, True, "EARLIER")])),
        # The first decision was carried out on the 13th, by resolving the ticket. It was reopened on the 15th, and decided
        # again without another attempt; that deadline, the 25th, passed.
        (
            "decided again",
            ("ESCALATED", "MADE", [("2015-08-14", "2015-08-13", False, "MADE"), ("2015-08-25", None, True, "EARLIER")]),
        ),
        # Assigned until the 18th and resolved on the 17th.
        ("assigned", ("ITEM", "NONE", [("2015-08-18", "2015-08-17", False, "NONE")])),
        ("on the spot", ("ITEM", "NONE", [(None, "2015-08-12", False, "NONE")])),
    ]


def test_everything_that_came_before_the_meeting_is_told_where_it_is_asked_for(city: City) -> None:
    lines = listed(city, "MayorsMeeting", everything=True)

    assert list(short(lines)) == ["tried", "sent on", "decided again", "assigned", "on the spot"]
    # Decided until the 20th, carried out on the 21st.
    assert short(lines)["tried"] == ("ESCALATED", "MADE", [("2015-08-20", "2015-08-21", True, "MADE")])


def test_every_line_names_the_events_that_it_rests_on(city: City) -> None:
    by_subject = {line["ticket"]["subject"]: line for line in listed(city, "MayorsMeeting", everything=True)}

    assert resting_on(by_subject["tried"]) == [
        "ticket.escalated",
        "ticket.leader_attempted",
        "ticket.escalated",
        "ticket.decided",
        "ticket.decision_lapsed",
        "ticket.decision_carried_out",
    ]
    sent_on = by_subject["sent on"]
    assert (sent_on["leader"]["name"], sent_on["leaderStep"]["reason"]) == ("盛勇军", "久拖未决")
    assert (sent_on["turned"]["type"], sent_on["turned"]["reason"]) == ("ticket.reassigned", "职责调整")
    assert [(one["outcome"], one["settled"], one["event"]["actor"]["role"]) for one in sent_on["attempts"]] == [
        ("未能协调", False, "LEADER")
    ]
    assert sent_on["reached"]["type"] == "ticket.escalated"
    assert (sent_on["noted"], sent_on["meeting"]["title"]) == (None, "mayors_office")
    [decision] = sent_on["decisions"]
    assert (decision["unit"]["code"], decision["carriedOut"]) == ("planning-bureau", None)
    assert decision["lapsed"]["type"] == "ticket.decision_lapsed"
    first, second = by_subject["decided again"]["decisions"]
    assert (first["carriedOut"]["type"], second["lapsed"]["type"]) == ("ticket.resolved", "ticket.decision_lapsed")
    assigned = by_subject["assigned"]
    assert (assigned["noted"]["type"], assigned["reached"]["type"]) == ("ticket.drafted", "ticket.assigned_on_site")
    assert assigned["leaderStep"] is None
    assert assigned["decisions"][0]["carriedOut"]["type"] == "ticket.resolved"


def test_a_moment_of_the_past_knows_what_had_come_before_the_meeting_and_judges_by_its_clock(city: City) -> None:
    then = listed(city, "MayorsMeeting", at={"time": "2015-08-16T23:59:59+08:00"})

    # The second decision was not made yet, so nothing is to be said of that ticket; the item was not resolved.
    assert short(then) == {
        "sent on": ("ESCALATED", "EARLIER", [("2015-08-31", None, False, "EARLIER")]),
        "assigned": ("ITEM", "NONE", [("2015-08-18", None, False, "NONE")]),
        "on the spot": ("ITEM", "NONE", [(None, "2015-08-12", False, "NONE")]),
    }


@pytest.mark.parametrize(("clock", "late"), [("2015-08-31T23:59:59", False), ("2015-09-01T00:00:00", True)])
def test_a_decision_is_late_from_the_end_of_its_last_day_on(city: City, clock: str, late: bool) -> None:
    lines = listed(city, "MayorsMeeting", clock=f"{clock}+08:00")

    assert short(lines)["sent on"][2] == [("2015-08-31", None, late, "EARLIER")]


def test_an_escalation_without_an_attempt_is_refused_and_reaches_nothing(city: City) -> None:
    before = listed(city, "MayorsMeeting", everything=True)
    do = Tickets(city)
    ticket = do.issued("2015-09-03T09:00", subject="in a hurry")
    do("2015-09-03T10:00", ISSUER, "escalate_ticket", ticket, to=Escalation.LEADING_OFFICIAL, leader=MAYOR, reason="急")
    head = city.record.head.position

    with pytest.raises(EscalationSkipsTheLeader):
        do("2015-09-03T11:00", ISSUER, "escalate_ticket", ticket, to=Escalation.MAYORS_OFFICE_MEETING, reason="急")

    assert city.record.head.position == head
    assert [line["ticket"]["number"] for line in listed(city, "MayorsMeeting", everything=True)] == [
        line["ticket"]["number"] for line in before
    ]


def test_pages_follow_each_other_in_the_order_of_the_record(city: City) -> None:
    assert paged(city, "MayorsMeeting", size=2, everything=True) == listed(city, "MayorsMeeting", everything=True)


def test_the_command_line_gives_the_same_answer_now_and_then(city: City, tmp_path: Path) -> None:
    now = told(tmp_path, "mayors-meeting", "--at", "2015-09-02", "--set", "everything=true")["mayorsMeeting"]["nodes"]
    then = told(tmp_path, "8", "--at", "2015-08-11")["mayorsMeeting"]["nodes"]

    assert short(now) == short(listed(city, "MayorsMeeting", everything=True, clock="2015-09-02T09:00:00+08:00"))
    assert list(short(then)) == ["sent on"]
    assert "8. What reached the mayor's meeting" in said(tmp_path, "8")
