"""A ticket is drafted, issued under its own number, sent on, supported, withdrawn."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.ticket.given import (
    ACCEPTED_AT,
    HANDLER,
    ISSUED_AT,
    ISSUER,
    MAYOR,
    PROMISED,
    READER,
    SECOND,
    SECRETARY,
    STRANGER,
    SUPERVISOR,
    accepted,
    confirmed,
    do,
    drafted,
    instant,
    issued,
    last,
    lead,
    meta,
    on_site,
    received,
    references,
    refused,
    resolved,
    returned,
    survives_storage,
)
from txapi.domain.aggregate import AlreadyExists, DoesNotExist
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.errors import BadInput
from txapi.domain.reference import NothingAdopted, References
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import (
    AlreadyHandling,
    IssueNeedsAHandler,
    LiaisonFormNeedsAnIssuer,
    OnSiteItemHasNoReplyRule,
    ReassignmentNeedsAReason,
    TicketStateForbids,
    WithdrawalNeedsAReason,
)
from txapi.domain.ticket.values import (
    HandlingRole,
    ReplyOutcome,
    SubjectKind,
    TicketCategory,
    TicketOrigin,
    TicketState,
    TicketSubject,
)


def test_a_draft_says_what_it_is_about_and_nobody_owes_anything():
    about = [TicketSubject(SubjectKind.PROJECT, "p1"), TicketSubject(SubjectKind.PARCEL, "l1")]

    ticket = drafted(about=about, copies=["planning-bureau"], requested_by=date(2015, 8, 20))

    assert ticket.state is TicketState.DRAFT
    assert ticket.about == tuple(about)
    assert ticket.copies == ("planning-bureau",)
    assert ticket.requested_by == date(2015, 8, 20)
    assert ticket.next_deadline() is None
    survives_storage(ticket)


def test_a_ticket_is_drafted_once():
    ticket = drafted()

    with refused(ticket, AlreadyExists):
        do(
            ticket,
            "draft",
            ISSUED_AT,
            ISSUER,
            origin=TicketOrigin.LIAISON_FORM,
            category=TicketCategory.LAND_USE,
            subject="s",
            body="b",
            issuer="chongfu",
        )


@pytest.mark.parametrize(
    ("changed", "actor", "refusal"),
    [
        ({"issuer": None}, ISSUER, LiaisonFormNeedsAnIssuer),
        ({}, STRANGER, NotYourUnit),
        ({}, READER, NotYourRole),
        ({}, SECRETARY, NotYourRole),
        ({"subject": "  "}, ISSUER, BadInput),
        ({"subject": "事" * 501}, ISSUER, BadInput),
        ({"body": "\ud800"}, ISSUER, BadInput),
        ({"body": "a\0b"}, ISSUER, BadInput),
        ({"copies": ["a", "a"]}, ISSUER, BadInput),
        ({"about": [TicketSubject(SubjectKind.COMPANY, "c")] * 2}, ISSUER, BadInput),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(changed, actor, refusal):
    ticket = Ticket("t1")
    inputs = {
        "origin": TicketOrigin.LIAISON_FORM,
        "category": TicketCategory.LAND_USE,
        "subject": "s",
        "body": "b",
        "issuer": "chongfu",
        **changed,
    }

    with refused(ticket, refusal):
        ticket.draft(meta(ISSUED_AT, actor), **inputs)


def test_a_draft_is_rewritten_only_where_something_changes():
    ticket = drafted()

    do(ticket, "amend_draft", "2015-08-02 09:00", ISSUER, subject="新事由", handler=None)
    do(ticket, "amend_draft", "2015-08-02 09:01", ISSUER, subject="新事由")

    assert last(ticket, 2) == ["drafted", "draft_amended"]
    assert (ticket.subject, ticket.handler, ticket.body) == ("新事由", None, "该地块如何利用？")
    survives_storage(ticket)


def test_what_was_issued_is_not_rewritten():
    ticket = issued()

    with refused(ticket, TicketStateForbids):
        do(ticket, "amend_draft", ISSUED_AT, ISSUER, subject="新事由")


def test_issuing_gives_a_number_that_the_ticket_claims_and_opens_the_first_handling():
    ticket = drafted()

    do(ticket, "issue", ISSUED_AT, ISSUER, number=" 1号 ", references=references(), signed_off_by=MAYOR)

    [claim] = ticket.pending[-1].claims()
    assert claim == ("ticket_number", "1号")
    assert (ticket.state, ticket.number, ticket.signed_off_by) == (TicketState.ISSUED, "1号", MAYOR)
    assert (lead(ticket).unit, lead(ticket).role, lead(ticket).round) == ("land-bureau", HandlingRole.LEAD, 1)
    assert ticket.next_deadline() == instant("2015-08-08 00:00")
    survives_storage(ticket)


def test_a_ticket_without_a_handler_is_not_issued():
    ticket = drafted(handler=None)

    with refused(ticket, IssueNeedsAHandler):
        do(ticket, "issue", ISSUED_AT, ISSUER, number="1号", references=references())


def test_a_ticket_is_not_issued_before_a_policy_was_adopted():
    ticket = drafted()

    with refused(ticket, NothingAdopted):
        do(ticket, "issue", ISSUED_AT, ISSUER, number="1号", references=References())


def test_only_the_issuer_issues_and_only_once():
    ticket = drafted()

    with refused(ticket, NotYourUnit):
        do(ticket, "issue", ISSUED_AT, HANDLER, number="1号", references=references())
    with refused(ticket, BadInput):
        do(ticket, "issue", ISSUED_AT, ISSUER, number="", references=references())
    issued_once = issued()
    with refused(issued_once, TicketStateForbids):
        do(issued_once, "issue", ISSUED_AT, ISSUER, number="2号", references=references())


def test_an_on_site_item_is_not_issued():
    ticket = on_site()

    with refused(ticket, OnSiteItemHasNoReplyRule):
        do(ticket, "issue", ISSUED_AT, ISSUER, number="1号", references=references())


def test_nothing_is_done_with_a_ticket_that_was_never_drafted():
    ticket = Ticket("t1")

    with refused(ticket, DoesNotExist):
        ticket.withdraw(meta(ISSUED_AT, ISSUER, "错发"))


def test_reassigning_opens_a_new_round_with_a_deadline_of_its_own():
    ticket = received()

    do(ticket, "reassign", "2015-08-12 09:00", ISSUER, reason="职责划转", to="planning-bureau", references=references())
    do(ticket, "receive", "2015-08-12 15:00", SECOND, references=references())

    first, second = ticket.handlings
    assert (first.outcome, first.closed_at) == (ReplyOutcome.REASSIGNED, instant("2015-08-12 09:00"))
    assert (second.unit, second.round, ticket.handler) == ("planning-bureau", 2, "planning-bureau")
    assert second.reply is not None
    assert second.reply.last_day == date(2015, 8, 19)
    assert ticket.state is TicketState.RECEIVED
    assert ticket.turns[-1].reason == "职责划转"
    survives_storage(ticket)


def test_between_reassignment_and_receipt_the_ticket_is_reassigned():
    ticket = do(accepted(), "reassign", "2015-08-12 09:00", SUPERVISOR, reason="划转", to="x", references=references())

    assert ticket.state is TicketState.REASSIGNED
    assert ticket.handlings[0].outcome is ReplyOutcome.ACCEPTED


def test_a_unit_that_returned_a_ticket_may_get_it_again():
    ticket = returned()

    do(ticket, "reassign", "2015-08-11 09:00", ISSUER, reason="确属职责", to="land-bureau", references=references())

    assert [handling.outcome for handling in ticket.handlings] == [ReplyOutcome.RETURNED, None]


@pytest.mark.parametrize(
    ("to", "reason", "actor", "refusal"),
    [
        ("planning-bureau", None, ISSUER, ReassignmentNeedsAReason),
        ("planning-bureau", " ", ISSUER, ReassignmentNeedsAReason),
        ("land-bureau", "r", ISSUER, AlreadyHandling),
        ("planning-bureau", "r", HANDLER, NotYourUnit),
        ("planning-bureau", "r", READER, NotYourRole),
        ("", "r", ISSUER, BadInput),
    ],
)
def test_a_reassignment_needs_a_reason_another_unit_and_the_issuer(to, reason, actor, refusal):
    ticket = received()

    with refused(ticket, refusal):
        do(ticket, "reassign", "2015-08-12 09:00", actor, reason=reason, to=to, references=references())


def test_what_is_resolved_is_not_reassigned():
    ticket = resolved()

    with refused(ticket, TicketStateForbids):
        do(ticket, "reassign", "2015-08-21 09:00", ISSUER, reason="r", to="x", references=references())


def test_a_supporting_unit_has_its_own_receipt_and_reply_and_leaves_the_state_to_the_lead():
    ticket = received()

    do(ticket, "add_support", "2015-08-07 09:00", ISSUER, unit="planning-bureau", references=references())
    do(ticket, "receive", "2015-08-07 10:00", SECOND, references=references())
    do(ticket, "accept", "2015-08-08 10:00", SECOND, opinion="同意协办", promised_by=PROMISED)

    support = ticket.handlings[1]
    assert (support.role, support.outcome) == (HandlingRole.SUPPORT, ReplyOutcome.ACCEPTED)
    assert support.reply is not None
    assert support.reply.last_day == date(2015, 8, 14)
    assert ticket.state is TicketState.RECEIVED
    assert lead(ticket).unit == "land-bureau"
    survives_storage(ticket)


def test_a_unit_handles_a_ticket_once_at_a_time():
    ticket = received()
    do(ticket, "add_support", "2015-08-07 09:00", ISSUER, unit="planning-bureau", references=references())

    for unit in ("land-bureau", "planning-bureau"):
        with refused(ticket, AlreadyHandling):
            do(ticket, "add_support", "2015-08-07 09:00", ISSUER, unit=unit, references=references())
    with refused(ticket, NotYourUnit):
        do(ticket, "add_support", "2015-08-07 09:00", STRANGER, unit="x", references=references())


def test_withdrawing_ends_every_handling_and_nothing_lapses_afterwards():
    ticket = received()

    do(ticket, "withdraw", ACCEPTED_AT, ISSUER, reason="问题已解决")
    ticket.record_pending(meta("2016-01-01 00:00"))

    assert ticket.state is TicketState.WITHDRAWN
    assert lead(ticket).outcome is ReplyOutcome.UNANSWERED
    assert last(ticket) == ["withdrawn"]
    assert ticket.next_deadline() is None
    survives_storage(ticket)


def test_a_withdrawal_keeps_what_lapsed_before_even_if_it_was_not_recorded_then():
    ticket = received()

    ticket.withdraw(meta("2015-08-14 00:00", ISSUER, "不再需要"))
    ticket.record_pending(meta("2015-08-20 00:00"))

    assert last(ticket, 2) == ["withdrawn", "acceptance_lapsed"]
    assert ticket.state is TicketState.WITHDRAWN


def test_a_withdrawal_needs_a_reason_and_the_issuer_and_comes_before_the_resolution():
    ticket, done, closed = received(), resolved(), confirmed()

    with refused(ticket, WithdrawalNeedsAReason):
        do(ticket, "withdraw", ACCEPTED_AT, ISSUER)
    with refused(ticket, NotYourUnit):
        do(ticket, "withdraw", ACCEPTED_AT, HANDLER, reason="r")
    with refused(ticket, NotYourRole):
        do(ticket, "withdraw", ACCEPTED_AT, SUPERVISOR, reason="r")
    for late in (done, closed):
        with refused(late, TicketStateForbids):
            do(late, "withdraw", "2015-08-22 09:00", ISSUER, reason="r")
