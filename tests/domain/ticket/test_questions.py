"""What is owed, what is overdue, what the light shows and who may act: questions to a state and a clock."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.ticket.given import (
    HANDLER,
    ISSUER,
    READER,
    SECOND,
    SECRETARY,
    accepted,
    before_the_meeting,
    confirmed,
    do,
    drafted,
    instant,
    issued,
    lead,
    meta,
    received,
    references,
    resolved,
    returned,
    state_of,
    with_leader,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Event
from txapi.domain.labels import label_of
from txapi.domain.light import Light
from txapi.domain.ticket import ACTIONS, Ticket, refusals, values
from txapi.domain.ticket.light import grounds, light
from txapi.domain.ticket.questions import OwedKind, due_within, overdue, owed, owes, to_receive, to_reply
from txapi.domain.ticket.refusals import NotReceivedYet, TicketStateForbids


def shown(ticket: Ticket, at: str) -> tuple[Light, str | None]:
    """The colour at that instant, and the instant until which it holds."""
    verdict = light(grounds(ticket), instant(at), references().thresholds)
    assert verdict.because.zh
    assert verdict.because.en
    return verdict.colour, None if verdict.until is None else verdict.until.isoformat()


@pytest.mark.parametrize(
    ("given", "what", "unit", "due"),
    [
        (issued, OwedKind.RECEIPT, "land-bureau", "2015-08-08 00:00"),
        (received, OwedKind.REPLY, "land-bureau", "2015-08-14 00:00"),
        (accepted, OwedKind.COMMITMENT, "land-bureau", "2015-09-01 00:00"),
        (returned, OwedKind.NEXT_STEP, "chongfu", None),
        (resolved, OwedKind.CONFIRMATION, "chongfu", None),
    ],
)
def test_each_state_says_what_is_owed_next_and_by_whom(given, what, unit, due):
    next_owed = owed(given())

    assert next_owed is not None
    assert (next_owed.what, next_owed.unit) == (what, unit)
    assert next_owed.due == (instant(due) if due else None)


def test_nothing_is_owed_on_a_draft_or_on_what_is_closed():
    withdrawn = do(received(), "withdraw", "2015-08-07 09:00", ISSUER, reason="r")

    assert [owes(ticket) for ticket in (drafted(), confirmed(), withdrawn)] == [(), (), ()]


def test_leader_meeting_and_issuer_owe_their_part_beside_the_handling_unit():
    asked = do(accepted(), "ask_extension", "2015-08-20 09:00", HANDLER, reason="r", to=date(2015, 9, 9))
    decided = do(
        before_the_meeting(),
        "decide",
        "2015-08-14 09:00",
        SECRETARY,
        text="t",
        responsible="planning-bureau",
        deadline=date(2015, 8, 25),
    )

    assert [one.what for one in owes(asked)] == [OwedKind.COMMITMENT, OwedKind.EXTENSION_DECISION]
    assert [one.what for one in owes(with_leader())] == [OwedKind.COMMITMENT, OwedKind.LEADER_ATTEMPT]
    assert [one.what for one in owes(before_the_meeting())] == [OwedKind.COMMITMENT, OwedKind.DECISION]
    assert [(one.what, one.unit) for one in owes(decided)][1] == (OwedKind.CARRYING_OUT, "planning-bureau")


def test_a_silent_unit_has_to_receive_until_the_receipt_is_deemed_and_then_to_reply_recorded_or_not():
    ticket = issued()

    before, after = instant("2015-08-07 23:59:59"), instant("2015-08-08 00:00")

    assert (to_receive(ticket, before), to_reply(ticket, before)) == (("land-bureau",), ())
    assert (to_receive(ticket, after), to_reply(ticket, after)) == ((), ("land-bureau",))
    assert overdue(ticket, instant("2015-08-14 23:59:59")) == ()
    assert [one.what for one in overdue(ticket, instant("2015-08-15 00:00"))] == [OwedKind.REPLY]


def test_overdue_begins_at_midnight_and_is_no_event():
    ticket = received()
    version = ticket.version

    assert overdue(ticket, instant("2015-08-13 23:59:59.9")) == ()
    assert [one.unit for one in overdue(ticket, instant("2015-08-14 00:00"))] == ["land-bureau"]
    assert ticket.version == version


def test_due_within_counts_days_in_shanghai_and_leaves_out_what_is_overdue():
    ticket = received()

    assert due_within(ticket, instant("2015-08-10 23:59"), 2) == ()
    assert len(due_within(ticket, instant("2015-08-11 00:00"), 2)) == 1
    assert len(due_within(ticket, instant("2015-08-13 23:59"), 0)) == 1
    assert due_within(ticket, instant("2015-08-14 00:00"), 2) == ()


@pytest.mark.parametrize(
    ("at", "colour", "until"),
    [
        ("2015-08-06 10:00", Light.GREEN, "2015-08-10T16:00:00+00:00"),
        ("2015-08-10 23:59", Light.GREEN, "2015-08-10T16:00:00+00:00"),
        ("2015-08-11 00:00", Light.YELLOW, "2015-08-13T16:00:00+00:00"),
        ("2015-08-13 23:59", Light.YELLOW, "2015-08-13T16:00:00+00:00"),
        ("2015-08-14 00:00", Light.RED, None),
    ],
)
def test_the_light_turns_yellow_two_days_before_the_end_and_red_at_midnight(at, colour, until):
    assert shown(received(), at) == (colour, until)


def test_the_light_of_a_late_ticket_is_red_until_it_is_confirmed_and_yellow_for_ever_after():
    ticket = do(received(), "accept", "2015-08-14 09:00", HANDLER, opinion="同意", promised_by=date(2015, 8, 31))

    assert shown(ticket, "2015-08-14 09:00")[0] is Light.RED
    do(ticket, "resolve", "2015-08-20 09:00", HANDLER, outcome="o")
    assert shown(ticket, "2015-08-20 09:00")[0] is Light.RED
    do(ticket, "confirm", "2015-08-21 09:00", ISSUER)
    assert shown(ticket, "2030-01-01 00:00") == (Light.YELLOW, None)


def test_a_second_handler_is_not_shown_red_for_the_first_one_s_lateness():
    ticket = received()

    do(ticket, "reassign", "2015-08-15 09:00", ISSUER, reason="r", to="planning-bureau", references=references())
    do(ticket, "receive", "2015-08-15 10:00", SECOND, references=references())

    assert shown(ticket, "2015-08-15 10:00")[0] is Light.GREEN
    assert ticket.handlings[0].reply_late_at(instant("2015-08-15 10:00"))


def test_drafts_and_withdrawn_tickets_are_grey_and_confirmed_ones_green():
    withdrawn = do(received(), "withdraw", "2015-08-20 09:00", ISSUER, reason="r")

    assert shown(drafted(), "2030-01-01 00:00") == (Light.GREY, None)
    assert shown(withdrawn, "2030-01-01 00:00") == (Light.GREY, None)
    assert shown(confirmed(), "2030-01-01 00:00") == (Light.GREEN, None)


def test_returned_often_reminded_and_highly_escalated_tickets_are_yellow():
    reminded = accepted()
    do(reminded, "remind", "2015-08-11 09:00", ISSUER, note="n")
    assert shown(reminded, "2015-08-11 09:00")[0] is Light.GREEN
    do(reminded, "remind", "2015-08-12 09:00", ISSUER, note="n")

    assert shown(reminded, "2015-08-12 09:00")[0] is Light.YELLOW
    assert shown(returned(), "2015-08-12 09:00")[0] is Light.YELLOW
    assert shown(before_the_meeting(), "2015-08-14 09:00")[0] is Light.YELLOW


@pytest.mark.parametrize("given", [drafted, issued, received, accepted, returned, resolved, confirmed])
def test_a_light_holds_until_the_instant_that_it_names(given):
    ticket = given()
    known = references().thresholds
    at = instant("2015-08-06 12:00")
    verdict = light(grounds(ticket), at, known)

    for _ in range(5):
        verdict = light(grounds(ticket), at, known)
        if verdict.until is None:
            break
        assert verdict.until > at
        assert light(grounds(ticket), verdict.until, known) != verdict
        at = verdict.until
    assert verdict.until is None


@pytest.mark.parametrize(
    ("action", "actor", "refusal"),
    [
        ("receive_ticket", HANDLER, None),
        ("receive_ticket", ISSUER, NotYourUnit),
        ("accept_ticket", HANDLER, NotReceivedYet),
        ("confirm_ticket", ISSUER, TicketStateForbids),
        ("withdraw_ticket", ISSUER, None),
        ("withdraw_ticket", READER, NotYourRole),
    ],
)
def test_may_says_why_a_button_is_grey(action, actor, refusal):
    ticket = issued()

    said = ticket.may(action, meta("2015-08-06 12:00", actor))

    assert type(said) is (refusal or type(None))


def test_may_answers_for_every_action_in_every_state_and_records_nothing():
    for given in (drafted, issued, received, accepted, returned, resolved, confirmed, before_the_meeting):
        ticket = given()
        before = state_of(ticket)
        for action in ACTIONS:
            for actor in (ISSUER, HANDLER, READER):
                ticket.may(action, meta("2015-08-21 09:00", actor))
        assert state_of(ticket) == before


def test_may_does_not_know_every_word():
    with pytest.raises(BadInput) as said:
        issued().may("explode", meta("2015-08-06 12:00", ISSUER))

    assert said.value.code == "UNKNOWN_ACTION"


def test_every_topic_is_named_by_the_noun():
    events = {one.TOPIC for one in vars_of(Ticket) if one.TOPIC}
    assert len(events) == 31
    assert all(topic.startswith("ticket.") for topic in events)


def vars_of(of: type[Ticket]) -> list[type[Event]]:
    found = [value for part in of.__mro__ for value in vars(part).values()]
    return [value for value in found if isinstance(value, type) and issubclass(value, Event)]


def test_every_enum_member_has_a_label_in_both_languages():
    for name in ("TicketOrigin", "TicketCategory", "TicketState", "SubjectKind", "HandlingRole", "ReplyOutcome"):
        for member in getattr(values, name):
            assert label_of(member).zh
            assert label_of(member).en
    for enumeration in (values.CommitmentGround, values.LapseKind, values.Escalation, OwedKind):
        for member in enumeration:
            assert label_of(member).zh


def test_every_refusal_has_its_message_in_both_languages():
    for name, value in vars(refusals).items():
        if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal:
            assert value.en, name
            assert value.zh, name


def test_the_lead_is_the_last_that_leads():
    ticket = do(accepted(), "add_support", "2015-08-11 09:00", ISSUER, unit="x", references=references())

    assert lead(ticket).unit == "land-bureau"
