"""A ticket is reminded of, taken to a leading official, then to the mayor's office meeting, which decides."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.ticket.given import (
    HANDLER,
    ISSUER,
    LEADER,
    MAYOR,
    SECOND,
    SECRETARY,
    STRANGER,
    SUPERVISOR,
    SYSTEM,
    accepted,
    before_the_meeting,
    do,
    instant,
    last,
    meta,
    received,
    refused,
    resolved,
    survives_storage,
    with_leader,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.errors import BadInput
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import (
    AlreadyEscalated,
    AttemptNeedsAnOutcome,
    DeadlineLiesInThePast,
    DecisionIsCarriedOut,
    DecisionNeedsAText,
    EscalationNeedsALeader,
    EscalationNeedsAReason,
    EscalationSkipsTheLeader,
    NoHandlingOfThatUnit,
    NoSuchDecision,
    NotBeforeALeader,
    NotBeforeTheMeeting,
    ReminderNeedsANote,
    ResolutionNeedsAnOutcome,
    TicketStateForbids,
)
from txapi.domain.ticket.values import Escalation, LapseKind, TicketState

MEETING_AT = "2015-08-14 09:00"
LIMIT = date(2015, 8, 25)


def decided() -> Ticket:
    return do(
        before_the_meeting(),
        "decide",
        MEETING_AT,
        SECRETARY,
        text="规划局牵头调整",
        responsible="planning-bureau",
        deadline=LIMIT,
        meeting="m9",
    )


def test_a_reminder_is_kept_with_who_reminded_whom():
    ticket = received()

    do(ticket, "remind", "2015-08-10 09:00", ISSUER, note="请尽快受理")
    do(ticket, "remind", "2015-08-11 09:00", SUPERVISOR, note="督办")

    assert [(one.by, one.unit, one.note) for one in ticket.reminders] == [
        ("chongfu", "land-bureau", "请尽快受理"),
        ("supervisor", "land-bureau", "督办"),
    ]
    survives_storage(ticket)


def test_a_reminder_needs_a_note_a_handling_unit_and_the_issuer():
    ticket, done = received(), resolved()

    with refused(ticket, ReminderNeedsANote):
        do(ticket, "remind", "2015-08-10 09:00", ISSUER, note="")
    with refused(ticket, NoHandlingOfThatUnit):
        do(ticket, "remind", "2015-08-10 09:00", ISSUER, note="n", unit="dama")
    with refused(ticket, NotYourUnit):
        do(ticket, "remind", "2015-08-10 09:00", HANDLER, note="n")
    with refused(done, TicketStateForbids):
        do(done, "remind", "2015-08-21 09:00", ISSUER, note="n")


def test_the_way_up_is_leader_attempt_meeting_decision():
    ticket = decided()

    assert last(ticket, 4) == ["escalated", "leader_attempted", "escalated", "decided"]
    assert ticket.escalation is Escalation.MAYORS_OFFICE_MEETING
    assert [step.leader for step in ticket.escalations] == [MAYOR, None]
    [decision] = ticket.decisions
    assert (decision.unit, decision.deadline.last_day, decision.meeting) == ("planning-bureau", LIMIT, "m9")
    assert ticket.state is TicketState.ACCEPTED
    assert ticket.next_deadline() == instant("2015-08-26 00:00")
    survives_storage(ticket)


def test_the_meeting_is_not_reached_past_the_leader():
    ticket, untried = accepted(), with_leader()
    settled = do(with_leader(), "record_attempt", "2015-08-12 09:00", LEADER, outcome="已协调", settled=True)

    for each in (ticket, untried, settled):
        with refused(each, EscalationSkipsTheLeader):
            do(each, "escalate", "2015-08-13 09:00", ISSUER, reason="r", to=Escalation.MAYORS_OFFICE_MEETING)


@pytest.mark.parametrize(
    ("to", "reason", "leader", "actor", "refusal"),
    [
        (Escalation.LEADING_OFFICIAL, None, MAYOR, ISSUER, EscalationNeedsAReason),
        (Escalation.LEADING_OFFICIAL, "r", None, ISSUER, EscalationNeedsALeader),
        (Escalation.NONE, "r", None, ISSUER, AlreadyEscalated),
        (Escalation.LEADING_OFFICIAL, "r", MAYOR, HANDLER, NotYourUnit),
        (Escalation.LEADING_OFFICIAL, "r", MAYOR, LEADER, NotYourRole),
    ],
)
def test_an_escalation_needs_a_reason_a_leader_and_the_issuer(to, reason, leader, actor, refusal):
    ticket = accepted()

    with refused(ticket, refusal):
        do(ticket, "escalate", "2015-08-11 09:00", actor, reason=reason, to=to, leader=leader)


def test_a_ticket_is_never_taken_lower_or_to_where_it_is():
    ticket, highest = with_leader(), before_the_meeting()

    for each in (ticket, highest):
        with refused(each, AlreadyEscalated):
            do(each, "escalate", MEETING_AT, ISSUER, reason="r", to=Escalation.LEADING_OFFICIAL, leader=MAYOR)


def test_what_is_resolved_is_not_escalated():
    ticket = resolved()

    with refused(ticket, TicketStateForbids):
        do(ticket, "escalate", "2015-08-21 09:00", ISSUER, reason="r", to=Escalation.LEADING_OFFICIAL, leader=MAYOR)


def test_an_attempt_is_recorded_by_a_leader_to_whom_the_ticket_was_taken():
    ticket, low = with_leader(), accepted()

    with refused(low, NotBeforeALeader):
        do(low, "record_attempt", "2015-08-12 09:00", LEADER, outcome="o", settled=False)
    with refused(ticket, NotYourRole):
        do(ticket, "record_attempt", "2015-08-12 09:00", ISSUER, outcome="o", settled=False)
    with refused(ticket, AttemptNeedsAnOutcome):
        do(ticket, "record_attempt", "2015-08-12 09:00", LEADER, outcome=" ", settled=False)


@pytest.mark.parametrize(
    ("changed", "actor", "refusal"),
    [
        ({"text": ""}, SECRETARY, DecisionNeedsAText),
        ({"deadline": date(2015, 8, 13)}, SECRETARY, DeadlineLiesInThePast),
        ({"responsible": ""}, SECRETARY, BadInput),
        ({}, LEADER, NotYourRole),
        ({}, ISSUER, NotYourRole),
    ],
)
def test_a_decision_needs_a_text_a_unit_a_deadline_and_the_secretary(changed, actor, refusal):
    ticket = before_the_meeting()
    inputs = {"text": "t", "responsible": "planning-bureau", "deadline": LIMIT, **changed}

    with refused(ticket, refusal):
        do(ticket, "decide", MEETING_AT, actor, **inputs)


def test_the_meeting_decides_nothing_that_was_not_brought_to_it():
    ticket = with_leader()

    with refused(ticket, NotBeforeTheMeeting):
        do(ticket, "decide", MEETING_AT, SECRETARY, text="t", responsible="x", deadline=LIMIT)


def test_a_decision_carried_out_on_its_last_day_is_in_time():
    ticket = do(decided(), "carry_out_decision", "2015-08-25 23:59", SECOND, decision=1, outcome="已调整")

    ticket.record_pending(meta("2015-08-31 00:00"))

    assert last(ticket) == ["decision_carried_out"]
    assert ticket.decisions[0].outcome == "已调整"
    survives_storage(ticket)


def test_a_decision_not_carried_out_by_midnight_lapses_once():
    ticket = do(decided(), "carry_out_decision", "2015-08-26 00:00", SECOND, decision=1, outcome="已调整")

    ticket.record_pending(meta("2015-08-31 00:00"))

    assert last(ticket, 2) == ["decision_lapsed", "decision_carried_out"]
    lapse = ticket.decisions[0].lapse
    assert lapse is not None
    assert (lapse.kind, lapse.at) == (LapseKind.DECISION, instant("2015-08-26 00:00"))
    survives_storage(ticket)


def test_a_decision_is_carried_out_once_by_the_responsible_unit():
    ticket, none = decided(), accepted()

    with refused(ticket, NotYourUnit):
        do(ticket, "carry_out_decision", "2015-08-20 09:00", STRANGER, decision=1, outcome="o")
    with refused(ticket, NoSuchDecision):
        do(ticket, "carry_out_decision", "2015-08-20 09:00", SECOND, decision=2, outcome="o")
    with refused(none, NoSuchDecision):
        do(none, "carry_out_decision", "2015-08-20 09:00", SECOND, decision=1, outcome="o")
    with refused(ticket, ResolutionNeedsAnOutcome):
        do(ticket, "carry_out_decision", "2015-08-20 09:00", SECOND, decision=1, outcome="")
    do(ticket, "carry_out_decision", "2015-08-20 09:00", SECOND, decision=1, outcome="o")
    with refused(ticket, DecisionIsCarriedOut):
        do(ticket, "carry_out_decision", "2015-08-20 10:00", SECOND, decision=1, outcome="o")


def test_a_resolution_by_the_responsible_unit_carries_its_decisions_out_until_it_is_rejected():
    ticket = do(
        before_the_meeting(),
        "decide",
        MEETING_AT,
        SECRETARY,
        text="国土局办结",
        responsible="land-bureau",
        deadline=LIMIT,
    )

    do(ticket, "resolve", "2015-08-20 09:00", HANDLER, outcome="已办结")
    assert not ticket.decisions[0].outstanding
    do(ticket, "reopen", "2015-08-21 09:00", ISSUER, reason="未落实")

    assert ticket.decisions[0].outstanding
    survives_storage(ticket)


def test_a_decision_binds_another_unit_after_the_ticket_was_resolved_and_confirmed():
    ticket = do(decided(), "resolve", "2015-08-20 09:00", HANDLER, outcome="已办结")
    do(ticket, "confirm", "2015-08-21 09:00", ISSUER)

    assert ticket.next_deadline() == instant("2015-08-26 00:00")
    do(ticket, "carry_out_decision", "2015-08-22 09:00", SYSTEM, decision=1, outcome="已调整")
    assert ticket.next_deadline() is None
