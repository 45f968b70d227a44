"""A unit receives a ticket and has seven days to accept or return it; what is late stays late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from tests.domain.ticket.given import (
    ACCEPTED_AT,
    HANDLER,
    ISSUED_AT,
    ISSUER,
    PAPER,
    PROMISED,
    RECEIVED_AT,
    SECOND,
    STRANGER,
    SUPERVISOR,
    SYSTEM,
    accepted,
    do,
    drafted,
    instant,
    issued,
    lapses,
    last,
    lead,
    meta,
    received,
    references,
    refused,
    survives_storage,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Role
from txapi.domain.facts import FactLiesAhead
from txapi.domain.ticket.refusals import (
    AcceptanceNeedsAnOpinion,
    AcceptanceNeedsAPromise,
    AlreadyReceived,
    AlreadyReplied,
    BackdatingNeedsAReason,
    BackdatingNeedsASource,
    NoHandlingOfThatUnit,
    NotReceivedYet,
    PromisePrecedesTheAcceptance,
    ReceiptLiesAhead,
    ReceiptPrecedesTheTicket,
    ReturnNeedsAnOpinion,
    TicketStateForbids,
)
from txapi.domain.ticket.values import LapseKind, ReplyOutcome, TicketState

LAPSED = (LapseKind.ACCEPTANCE, "2015-08-14 00:00", False)


@pytest.mark.parametrize(
    ("on", "policy", "last_day"),
    [
        ("2015-08-06", "reply-7-calendar-days", date(2015, 8, 13)),
        ("2015-08-28", "reply-7-calendar-days", date(2015, 9, 6)),
        ("2015-09-25", "reply-7-calendar-days", date(2015, 10, 8)),
        ("2015-08-06", "reply-7-working-days", date(2015, 8, 17)),
        ("2015-08-28", "reply-7-working-days", date(2015, 9, 9)),
        ("2015-09-25", "reply-7-working-days", date(2015, 10, 12)),
    ],
)
def test_the_reply_deadline_is_fixed_at_receipt_and_names_what_gave_it(on, policy, last_day):
    ticket = received(f"{on} 23:59", references(policy=policy))

    reply = lead(ticket).reply

    assert reply is not None
    assert (reply.last_day, reply.policy, reply.calendar) == (last_day, policy, "cn-workdays-2015")
    assert not reply.provisional
    assert ticket.next_deadline() == reply.due
    assert ticket.state is TicketState.RECEIVED
    survives_storage(ticket)


def test_an_acceptance_a_tenth_of_a_second_before_midnight_is_in_time():
    ticket = received()

    do(ticket, "accept", "2015-08-13 23:59:59.900", HANDLER, opinion="同意", promised_by=PROMISED)

    assert last(ticket, 2) == ["received", "accepted"]
    assert not lead(ticket).reply_late
    assert not lead(ticket).reply_late_at(instant("2016-01-01 00:00"))


def test_an_acceptance_at_midnight_is_late_and_the_lapse_comes_first():
    ticket = received()

    do(ticket, "accept", "2015-08-14 00:00:00", HANDLER, opinion="同意", promised_by=PROMISED)

    assert last(ticket, 2) == ["acceptance_lapsed", "accepted"]
    assert ticket.pending[-1].late  # type: ignore[attr-defined]
    assert lead(ticket).reply_late
    assert lapses(lead(ticket)) == [LAPSED]
    assert ticket.state is TicketState.ACCEPTED
    survives_storage(ticket)


def test_a_ticket_accepted_on_day_eight_stays_late_for_ever():
    ticket = received()

    do(ticket, "accept", "2015-08-14 09:00", HANDLER, opinion="同意", promised_by=PROMISED)
    do(ticket, "resolve", "2015-08-20 09:00", HANDLER, outcome="已办")
    do(ticket, "confirm", "2015-08-21 09:00", ISSUER)

    assert lead(ticket).reply_late_at(instant("2030-01-01 00:00"))
    assert lapses(lead(ticket)) == [LAPSED]


def test_a_claim_of_an_earlier_paper_reply_stands_beside_the_verdict():
    ticket = received()

    do(
        ticket,
        "accept",
        "2015-08-14 09:00",
        HANDLER,
        opinion="同意",
        promised_by=PROMISED,
        stated_on=date(2015, 8, 12),
    )

    assert lead(ticket).stated_on == date(2015, 8, 12)
    assert lead(ticket).answered_at == instant("2015-08-14 09:00")
    assert lead(ticket).reply_late


def test_an_acceptance_keeps_the_opinion_and_the_promise():
    ticket = accepted()

    commitment = lead(ticket).commitment

    assert commitment is not None
    assert (lead(ticket).opinion, lead(ticket).outcome) == ("同意受理", ReplyOutcome.ACCEPTED)
    assert (commitment.deadline.last_day, commitment.deadline.due) == (PROMISED, instant("2015-09-01 00:00"))
    assert ticket.next_deadline() == commitment.deadline.due


def test_a_promise_for_the_day_of_acceptance_is_a_promise():
    ticket = accepted(promised_by=date(2015, 8, 10))

    assert ticket.next_deadline() == instant("2015-08-11 00:00")


@pytest.mark.parametrize(
    ("inputs", "refusal"),
    [
        ({"opinion": None, "promised_by": PROMISED}, AcceptanceNeedsAnOpinion),
        ({"opinion": "　 ", "promised_by": PROMISED}, AcceptanceNeedsAnOpinion),
        ({"opinion": "同意", "promised_by": None}, AcceptanceNeedsAPromise),
        ({"opinion": "同意", "promised_by": date(2015, 8, 9)}, PromisePrecedesTheAcceptance),
        ({"opinion": "同意", "promised_by": PROMISED, "stated_on": date(2015, 8, 11)}, FactLiesAhead),
        ({"opinion": "同意", "promised_by": PROMISED, "unit": "dama"}, NoHandlingOfThatUnit),
        ({"opinion": "意" * 10_001, "promised_by": PROMISED}, BadInput),
        ({"opinion": "同意", "promised_by": date(9999, 12, 31)}, BadInput),
    ],
)
def test_an_acceptance_needs_an_opinion_and_a_promise_that_makes_sense(inputs, refusal):
    ticket = received()

    with refused(ticket, refusal):
        do(ticket, "accept", ACCEPTED_AT, HANDLER, **inputs)


def test_the_day_of_acceptance_is_a_day_in_shanghai():
    ticket = received()

    # 2015-08-10 00:30 in Shanghai is still the ninth in UTC.
    with refused(ticket, PromisePrecedesTheAcceptance):
        do(ticket, "accept", "2015-08-10 00:30", HANDLER, opinion="同意", promised_by=date(2015, 8, 9))


def test_only_the_handling_unit_replies():
    ticket = received()

    for actor, refusal in ((STRANGER, NotYourUnit), (ISSUER, NotYourUnit), (SUPERVISOR, NotYourRole)):
        with refused(ticket, refusal):
            do(ticket, "accept", ACCEPTED_AT, actor, opinion="同意", promised_by=PROMISED)
        with refused(ticket, refusal):
            do(ticket, "return_", ACCEPTED_AT, actor, opinion="退回")


def test_the_successor_of_a_merged_unit_replies_for_it():
    ticket = received()
    successor = Actor("s", Role.CLERK, "resources-bureau", successor_of=("land-bureau",))

    do(ticket, "accept", ACCEPTED_AT, successor, opinion="同意", promised_by=PROMISED)

    assert lead(ticket).outcome is ReplyOutcome.ACCEPTED


def test_the_system_may_reply_for_a_unit_by_name():
    ticket = received()

    do(ticket, "accept", ACCEPTED_AT, SYSTEM, opinion="同意", promised_by=PROMISED, unit="land-bureau")

    assert ticket.state is TicketState.ACCEPTED


def test_a_ticket_is_answered_once_and_after_it_was_received():
    ticket, answered = issued(), accepted()

    for command in ("accept", "return_"):
        inputs: dict[str, Any] = {"opinion": "意见"} | ({"promised_by": PROMISED} if command == "accept" else {})
        with refused(ticket, NotReceivedYet):
            do(ticket, command, "2015-08-07 09:00", HANDLER, **inputs)
        with refused(answered, AlreadyReplied):
            do(answered, command, ACCEPTED_AT, HANDLER, **inputs)


def test_a_draft_is_neither_received_nor_answered():
    ticket = drafted()

    with refused(ticket, TicketStateForbids):
        do(ticket, "receive", ISSUED_AT, HANDLER, references=references())
    with refused(ticket, TicketStateForbids):
        do(ticket, "accept", ISSUED_AT, HANDLER, opinion="同意", promised_by=PROMISED)


def test_a_return_answers_the_deadline_and_nothing_lapses_any_more():
    ticket = received()

    do(ticket, "return_", "2015-08-13 23:59", HANDLER, opinion="非本局职责")
    ticket.record_pending(meta("2016-01-01 00:00"))

    assert ticket.state is TicketState.RETURNED
    assert (lead(ticket).outcome, lead(ticket).opinion) == (ReplyOutcome.RETURNED, "非本局职责")
    assert not lead(ticket).reply_late
    assert last(ticket) == ["returned"]
    survives_storage(ticket)


def test_a_return_after_the_deadline_is_a_late_return():
    ticket = do(received(), "return_", "2015-08-14 00:00", HANDLER, opinion="非本局职责")

    assert last(ticket, 2) == ["acceptance_lapsed", "returned"]
    assert lead(ticket).reply_late


def test_a_return_needs_an_opinion():
    ticket = received()

    with refused(ticket, ReturnNeedsAnOpinion):
        do(ticket, "return_", ACCEPTED_AT, HANDLER, opinion=" ")


def test_the_lateness_of_the_first_handler_survives_reassignment_and_the_second_starts_afresh():
    ticket = received()

    do(ticket, "reassign", "2015-08-15 09:00", ISSUER, reason="转办", to="planning-bureau", references=references())
    do(ticket, "receive", "2015-08-15 10:00", SECOND, references=references())
    do(ticket, "accept", "2015-08-18 10:00", SECOND, opinion="同意", promised_by=PROMISED)

    first, second = ticket.handlings
    assert lapses(first) == [LAPSED]
    assert first.reply_late_at(instant("2020-01-01 00:00"))
    assert lapses(second) == []
    assert not second.reply_late_at(instant("2020-01-01 00:00"))


def test_a_first_handler_relieved_in_time_is_never_late():
    ticket = received()

    do(ticket, "reassign", "2015-08-13 23:59", ISSUER, reason="转办", to="planning-bureau", references=references())

    assert not ticket.handlings[0].reply_late_at(instant("2020-01-01 00:00"))


def test_a_receipt_is_recorded_for_an_earlier_instant_of_the_same_day_without_more():
    ticket = issued()

    do(
        ticket,
        "receive",
        "2015-08-06 18:00",
        HANDLER,
        references=references(),
        received_at=instant(RECEIVED_AT),
    )

    receipt = lead(ticket).receipt
    assert receipt is not None
    assert (receipt.at, receipt.on, receipt.deemed) == (instant(RECEIVED_AT), date(2015, 8, 6), False)


def test_a_receipt_on_an_earlier_day_counts_from_that_day_with_a_source_and_a_reason():
    ticket = issued("2015-08-06 09:00")

    do(
        ticket,
        "receive",
        "2015-08-07 18:00",
        HANDLER,
        references=references(),
        received_at=instant(RECEIVED_AT),
        reason="补录",
        source=PAPER,
    )

    receipt, reply = lead(ticket).receipt, lead(ticket).reply
    assert receipt is not None
    assert reply is not None
    assert (receipt.source, reply.last_day) == (PAPER, date(2015, 8, 13))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"received_at": instant(RECEIVED_AT), "reason": "补录"}, BackdatingNeedsASource),
        ({"received_at": instant(RECEIVED_AT), "source": PAPER}, BackdatingNeedsAReason),
        ({"received_at": instant("2015-08-07 18:00:01")}, ReceiptLiesAhead),
        ({"received_at": instant("2015-08-06 08:59:59")}, ReceiptPrecedesTheTicket),
        ({"received_at": datetime(2015, 8, 7, 10)}, BadInput),  # noqa: DTZ001 - a time without its zone is refused.
        ({"unit": "dama"}, NoHandlingOfThatUnit),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(more, refusal):
    ticket = issued()

    with refused(ticket, refusal):
        do(ticket, "receive", "2015-08-07 18:00", HANDLER, references=references(), **more)


def test_a_ticket_is_received_once_and_by_the_handling_unit():
    ticket, twice = issued(), received()

    with refused(ticket, NotYourUnit):
        do(ticket, "receive", RECEIVED_AT, ISSUER, references=references())
    with refused(twice, AlreadyReceived):
        do(twice, "receive", RECEIVED_AT, HANDLER, references=references())


def test_the_accepting_event_says_by_which_deadline_it_was_judged():
    event = accepted().pending[-1]

    stored = msgspec.json.decode(msgspec.json.encode(event))

    assert stored["reply"]["policy"] == "reply-7-calendar-days"
    assert stored["reply"]["calendar"] == "cn-workdays-2015"
    assert stored["late"] is False
