"""What passes although nobody acts is recorded once, with its legal instant, in legal order."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.ticket.given import (
    HANDLER,
    ISSUER,
    PAPER,
    PROMISED,
    SUPERVISOR,
    SYSTEM,
    accepted,
    do,
    instant,
    issued,
    lapses,
    last,
    lead,
    meta,
    received,
    references,
    refused,
    state_of,
    survives_storage,
    topics,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import (
    AlreadyReceived,
    BackdatingNeedsAReason,
    BackdatingNeedsASource,
    CalendarIsStillUnknown,
    NoDeadlineIsProvisional,
    NoHandlingOfThatUnit,
    NotReceivedYet,
    ReceiptFollowsTheReply,
    ReceiptLiesAhead,
    ReceiptPrecedesTheTicket,
)
from txapi.domain.ticket.values import LapseKind, TicketState

DEEMED = (LapseKind.RECEIPT_DEEMED, "2015-08-08 00:00", False)
LAPSED = (LapseKind.ACCEPTANCE, "2015-08-14 00:00", False)


def corrected(ticket: Ticket, to: str, at: str = "2015-08-20 09:00", **more: int) -> Ticket:
    return do(
        ticket,
        "correct_receipt",
        at,
        SUPERVISOR,
        reason="签收簿为准",
        source=PAPER,
        received_at=instant(to),
        references=references(),
        **more,
    )


def test_one_working_day_of_silence_is_a_receipt_and_starts_the_reply_deadline():
    ticket = issued("2015-08-06 09:00")

    ticket.record_pending(meta("2015-08-07 23:59:59.999"))
    assert last(ticket) == ["issued"]
    ticket.record_pending(meta("2015-08-08 00:00"))

    receipt, reply = lead(ticket).receipt, lead(ticket).reply
    assert receipt is not None
    assert reply is not None
    assert (receipt.deemed, receipt.on, reply.last_day) == (True, date(2015, 8, 7), date(2015, 8, 14))
    assert lapses(lead(ticket)) == [DEEMED]
    assert ticket.state is TicketState.RECEIVED
    survives_storage(ticket)


def test_a_ticket_issued_on_a_friday_is_deemed_received_on_monday():
    ticket = issued("2015-08-07 17:00")

    assert ticket.next_deadline() == instant("2015-08-11 00:00")


def test_a_deemed_receipt_is_not_followed_by_another_receipt():
    ticket = issued()
    ticket.record_pending(meta("2015-08-08 09:00"))

    with refused(ticket, AlreadyReceived):
        do(ticket, "receive", "2015-08-08 09:00", HANDLER, references=references())


def test_long_silence_is_recorded_in_legal_order_and_once_each():
    ticket = issued()

    ticket.record_pending(meta("2015-12-01 09:00"))
    ticket.record_pending(meta("2015-12-02 09:00"))

    assert last(ticket, 3) == ["issued", "receipt_deemed", "acceptance_lapsed"]
    assert lapses(lead(ticket)) == [DEEMED, (LapseKind.ACCEPTANCE, "2015-08-15 00:00", False)]
    assert ticket.next_deadline() is None
    survives_storage(ticket)


def test_recording_at_once_or_step_by_step_gives_the_same_lapses():
    at_once, in_steps = issued(), issued()

    at_once.record_pending(meta("2015-08-20 00:00"))
    for day in range(6, 21):
        in_steps.record_pending(meta(f"2015-08-{day:02} 00:00"))

    assert lapses(lead(at_once)) == lapses(lead(in_steps))


def test_two_units_lapse_in_the_order_of_their_deadlines():
    ticket = accepted(promised_by=date(2015, 8, 25))
    do(ticket, "add_support", "2015-08-11 09:00", ISSUER, unit="planning-bureau", references=references())

    ticket.record_pending(meta("2015-09-30 00:00"))

    assert last(ticket, 3) == ["receipt_deemed", "acceptance_lapsed", "commitment_lapsed"]
    assert [event.at for event in ticket.pending[-3:]] == [  # type: ignore[attr-defined]
        instant("2015-08-13 00:00"),
        instant("2015-08-20 00:00"),
        instant("2015-08-26 00:00"),
    ]


def test_a_broken_promise_lapses_at_the_end_of_the_promised_day():
    ticket = accepted()

    ticket.record_pending(meta("2015-08-31 23:59:59.999"))
    assert last(ticket) == ["accepted"]
    ticket.record_pending(meta("2015-09-01 00:00"))

    assert last(ticket) == ["commitment_lapsed"]
    assert lapses(lead(ticket)) == [(LapseKind.COMMITMENT, "2015-09-01 00:00", False)]


def test_lapsing_is_the_system_s():
    ticket = received()

    with refused(ticket, NotYourRole):
        ticket.lapse(meta("2015-08-14 00:00", ISSUER))
    ticket.lapse(meta("2015-08-14 00:00", SYSTEM))
    assert last(ticket) == ["acceptance_lapsed"]


def test_a_receipt_corrected_to_later_puts_a_late_acceptance_right_and_marks_the_lapse():
    ticket = do(received(), "accept", "2015-08-14 09:00", HANDLER, opinion="同意", promised_by=PROMISED)
    assert lead(ticket).reply_late

    corrected(ticket, "2015-08-07 09:00")

    receipt, reply = lead(ticket).receipt, lead(ticket).reply
    assert receipt is not None
    assert reply is not None
    assert (reply.last_day, receipt.corrected_by) == (date(2015, 8, 14), ticket.version)
    assert not lead(ticket).reply_late
    assert lapses(lead(ticket)) == [(*LAPSED[:2], True)]
    assert ticket.next_deadline() == instant("2015-09-01 00:00")
    survives_storage(ticket)


def test_a_receipt_corrected_to_earlier_makes_an_acceptance_late_and_records_the_lapse():
    ticket = issued("2015-08-03 09:00")
    do(ticket, "receive", "2015-08-04 09:00", HANDLER, references=references())
    do(ticket, "accept", "2015-08-11 23:00", HANDLER, opinion="同意", promised_by=PROMISED)
    assert not lead(ticket).reply_late

    corrected(ticket, "2015-08-03 10:00")
    ticket.record_pending(meta("2015-08-20 09:00"))

    assert lead(ticket).reply_late
    assert lapses(lead(ticket)) == [(LapseKind.ACCEPTANCE, "2015-08-11 00:00", False)]
    survives_storage(ticket)


def test_a_corrected_lapse_is_followed_by_the_lapse_that_holds():
    ticket = received()

    corrected(ticket, "2015-08-07 09:00")
    ticket.record_pending(meta("2015-08-20 09:00"))

    assert lapses(lead(ticket)) == [(*LAPSED[:2], True), (LapseKind.ACCEPTANCE, "2015-08-15 00:00", False)]


def test_a_correction_that_leaves_the_deadline_alone_marks_nothing():
    ticket = corrected(received(), "2015-08-06 23:00")

    assert lapses(lead(ticket)) == [LAPSED]


def test_a_deemed_receipt_is_corrected_by_a_real_one():
    ticket = corrected(issued(), "2015-08-06 11:00", at="2015-08-10 09:00")

    receipt, reply = lead(ticket).receipt, lead(ticket).reply
    assert receipt is not None
    assert reply is not None
    assert (receipt.deemed, receipt.source, reply.last_day) == (False, PAPER, date(2015, 8, 13))
    assert lapses(lead(ticket)) == [(*DEEMED[:2], True)]
    survives_storage(ticket)


@pytest.mark.parametrize(
    ("to", "more", "refusal"),
    [
        ("2015-08-07 09:00", {"reason": None}, BackdatingNeedsAReason),
        ("2015-08-07 09:00", {"source": None}, BackdatingNeedsASource),
        ("2015-08-20 09:01", {}, ReceiptLiesAhead),
        ("2015-08-06 09:59", {}, ReceiptPrecedesTheTicket),
        ("2015-08-10 09:01", {}, ReceiptFollowsTheReply),
        ("2015-08-07 09:00", {"handling": 2}, NoHandlingOfThatUnit),
        ("2015-08-07 09:00", {"actor": HANDLER}, NotYourUnit),
    ],
)
def test_a_correction_of_a_receipt_needs_a_source_a_reason_and_a_possible_instant(to, more, refusal):
    ticket = accepted()
    inputs = {"reason": "r", "source": PAPER, "actor": ISSUER, **more}

    with refused(ticket, refusal):
        do(
            ticket,
            "correct_receipt",
            "2015-08-20 09:00",
            received_at=instant(to),
            references=references(),
            **inputs,
        )


def test_there_is_no_receipt_to_correct_before_one():
    ticket = issued()

    with refused(ticket, NotReceivedYet):
        corrected(ticket, "2015-08-06 11:00", at="2015-08-06 12:00")


def test_a_deadline_in_an_unknown_year_is_provisional_until_an_edition_fixes_it():
    ticket = received("2015-12-25 10:00")
    reply = lead(ticket).reply
    assert reply is not None
    assert (reply.last_day, reply.provisional) == (date(2016, 1, 1), True)
    assert ticket.has_provisional_deadline()

    do(ticket, "fix_deadline", "2015-12-28 09:00", SYSTEM, references=references(2015, 2016))

    fixed = lead(ticket).reply
    assert fixed is not None
    assert (fixed.last_day, fixed.provisional, fixed.calendar) == (date(2016, 1, 4), False, "cn-workdays-2016")
    assert ticket.next_deadline() == instant("2016-01-05 00:00")
    assert not ticket.has_provisional_deadline()
    survives_storage(ticket)


def test_fixing_a_deadline_that_lapsed_provisionally_marks_the_lapse_and_judges_anew():
    ticket = received("2015-12-25 10:00")

    do(ticket, "accept", "2016-01-04 09:00", HANDLER, opinion="同意", promised_by=date(2016, 1, 31))
    assert lead(ticket).reply_late
    do(ticket, "fix_deadline", "2016-01-05 09:00", SUPERVISOR, references=references(2015, 2016))

    assert not lead(ticket).reply_late
    assert lapses(lead(ticket)) == [(LapseKind.ACCEPTANCE, "2016-01-02 00:00", True)]
    survives_storage(ticket)


def test_what_would_follow_from_silence_is_fixed_as_well():
    ticket = issued("2015-12-31 10:00")
    assert ticket.next_deadline() == instant("2016-01-02 00:00")

    do(ticket, "fix_deadline", "2015-12-31 11:00", SYSTEM, references=references(2015, 2016))
    assert ticket.next_deadline() == instant("2016-01-05 00:00")
    ticket.record_pending(meta("2016-01-05 00:00"))

    receipt = lead(ticket).receipt
    assert receipt is not None
    assert receipt.on == date(2016, 1, 4)
    assert not ticket.has_provisional_deadline()
    survives_storage(ticket)


def test_a_receipt_deemed_by_a_provisional_calendar_is_dated_anew():
    ticket = issued("2015-12-31 10:00")
    ticket.record_pending(meta("2016-01-02 00:00"))

    do(ticket, "fix_deadline", "2016-01-02 09:00", SYSTEM, references=references(2015, 2016))

    receipt, reply = lead(ticket).receipt, lead(ticket).reply
    assert receipt is not None
    assert reply is not None
    assert (receipt.on, receipt.deemed, reply.last_day) == (date(2016, 1, 4), True, date(2016, 1, 11))
    assert lapses(lead(ticket)) == [(LapseKind.RECEIPT_DEEMED, "2016-01-02 00:00", True)]
    assert last(ticket) == ["deadline_fixed"]
    survives_storage(ticket)


def test_a_deadline_is_fixed_only_where_it_is_provisional_and_the_year_is_known():
    final, provisional = received(), received("2015-12-25 10:00")

    with refused(final, NoDeadlineIsProvisional):
        do(final, "fix_deadline", "2015-08-07 09:00", SYSTEM, references=references(2015, 2016))
    with refused(provisional, CalendarIsStillUnknown):
        do(provisional, "fix_deadline", "2015-12-26 09:00", SYSTEM, references=references(2015))
    with refused(provisional, NotYourRole):
        do(provisional, "fix_deadline", "2015-12-26 09:00", HANDLER, references=references(2015, 2016))


def test_every_prefix_of_a_ticket_s_events_folds_to_a_state_and_the_whole_to_the_present():
    ticket = corrected(received(), "2015-08-07 09:00")
    ticket.record_pending(meta("2015-08-20 09:00"))

    for count in range(1, len(ticket.pending) + 1):
        assert Ticket.fold(ticket.id, ticket.pending[:count]).version == count

    assert state_of(Ticket.fold(ticket.id, ticket.pending)) == state_of(ticket)
    assert topics(ticket)[:3] == ["drafted", "issued", "received"]


def test_after_a_reassignment_the_first_handler_s_receipt_can_be_corrected():
    ticket = received()
    do(ticket, "reassign", "2015-08-14 09:00", ISSUER, reason="r", to="planning-bureau", references=references())

    corrected(ticket, "2015-08-07 09:00", at="2015-08-14 10:00")

    first = ticket.handlings[0]
    assert lapses(first) == [(*LAPSED[:2], True)]
    assert not first.reply_late_at(instant("2020-01-01 00:00"))
    survives_storage(ticket)
