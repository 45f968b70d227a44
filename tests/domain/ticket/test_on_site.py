"""An item of an on-site meeting is resolved on the spot or assigned with a deadline."""

from __future__ import annotations

from datetime import date

from tests.domain.ticket.given import (
    HANDLER,
    ISSUER,
    SECOND,
    SECRETARY,
    SUPERVISOR,
    do,
    drafted,
    instant,
    lapses,
    last,
    lead,
    meta,
    on_site,
    references,
    refused,
    survives_storage,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.ticket.refusals import (
    AlreadyHandling,
    AlreadyReplied,
    DeadlineLiesInThePast,
    LiaisonFormIsNoOnSiteItem,
    OnSiteItemHasNoReplyRule,
    ReassignmentNeedsAReason,
    ResolutionNeedsAnOutcome,
)
from txapi.domain.ticket.values import LapseKind, ReplyOutcome, TicketState

AT = "2015-08-06 15:00"
LIMIT = date(2015, 8, 20)


def test_an_item_resolved_on_the_spot_waits_for_confirmation_only():
    ticket = do(on_site(), "resolve_on_spot", AT, ISSUER, outcome="当场协调解决", number="现1")

    assert (ticket.state, ticket.outcome, ticket.handlings) == (TicketState.RESOLVED, "当场协调解决", [])
    assert list(ticket.pending[-1].claims()) == [("ticket_number", "现1")]
    assert ticket.next_deadline() is None
    do(ticket, "confirm", "2015-08-07 09:00", ISSUER)
    assert ticket.state is TicketState.CONFIRMED
    survives_storage(ticket)


def test_an_item_resolved_on_the_spot_and_reopened_can_be_assigned():
    ticket = do(on_site(), "resolve_on_spot", AT, ISSUER, outcome="当场协调解决", number="现1")

    do(ticket, "reopen", "2015-08-07 09:00", ISSUER, reason="未解决")
    do(ticket, "assign_on_site", "2015-08-07 10:00", ISSUER, unit="land-bureau", due=LIMIT)

    assert (ticket.state, ticket.number) == (TicketState.IN_PROGRESS, "现1")
    survives_storage(ticket)


def test_an_assigned_item_has_its_deadline_and_owes_no_reply():
    ticket = do(on_site(), "assign_on_site", AT, ISSUER, unit="land-bureau", due=LIMIT)

    ticket.record_pending(meta("2015-08-20 23:59"))

    assert (lead(ticket).outcome, lead(ticket).reply) == (ReplyOutcome.ASSIGNED, None)
    assert last(ticket) == ["assigned_on_site"]
    assert ticket.next_deadline() == instant("2015-08-21 00:00")
    do(ticket, "resolve", "2015-08-21 00:00", HANDLER, outcome="已办")
    assert lapses(lead(ticket)) == [(LapseKind.COMMITMENT, "2015-08-21 00:00", False)]
    survives_storage(ticket)


def test_an_assigned_item_is_given_to_another_unit_with_a_reason():
    ticket = do(on_site(), "assign_on_site", AT, ISSUER, unit="land-bureau", due=LIMIT)

    with refused(ticket, ReassignmentNeedsAReason):
        do(ticket, "assign_on_site", "2015-08-10 09:00", ISSUER, unit="planning-bureau", due=LIMIT)
    with refused(ticket, AlreadyHandling):
        do(ticket, "assign_on_site", "2015-08-10 09:00", ISSUER, reason="r", unit="land-bureau", due=LIMIT)
    do(ticket, "assign_on_site", "2015-08-10 09:00", SUPERVISOR, reason="职责", unit="planning-bureau", due=LIMIT)

    assert [handling.round for handling in ticket.handlings] == [1, 2]
    do(ticket, "report_progress", "2015-08-11 09:00", SECOND, note="已开展")
    survives_storage(ticket)


def test_the_seven_day_rule_is_not_for_on_site_items():
    ticket = do(on_site(), "assign_on_site", AT, ISSUER, unit="land-bureau", due=LIMIT)

    with refused(ticket, OnSiteItemHasNoReplyRule):
        do(ticket, "reassign", "2015-08-10 09:00", ISSUER, reason="r", to="x", references=references())
    with refused(ticket, OnSiteItemHasNoReplyRule):
        do(ticket, "add_support", "2015-08-10 09:00", ISSUER, unit="x", references=references())
    with refused(ticket, AlreadyReplied):
        do(ticket, "receive", "2015-08-10 09:00", HANDLER, references=references())
    with refused(ticket, AlreadyReplied):
        do(ticket, "accept", "2015-08-10 09:00", HANDLER, opinion="o", promised_by=LIMIT)


def test_an_item_of_the_meeting_itself_is_the_secretary_s():
    ticket = on_site(issuer=None)

    with refused(ticket, NotYourRole):
        do(ticket, "resolve_on_spot", AT, ISSUER, outcome="o")
    do(ticket, "resolve_on_spot", AT, SECRETARY, outcome="o")
    do(ticket, "confirm", AT, SECRETARY)

    assert ticket.state is TicketState.CONFIRMED


def test_a_liaison_form_is_not_settled_on_the_spot():
    ticket = drafted()

    with refused(ticket, LiaisonFormIsNoOnSiteItem):
        do(ticket, "resolve_on_spot", AT, ISSUER, outcome="o")
    with refused(ticket, LiaisonFormIsNoOnSiteItem):
        do(ticket, "assign_on_site", AT, ISSUER, unit="x", due=LIMIT)


def test_an_on_site_item_needs_an_outcome_or_a_deadline_that_leaves_time():
    ticket = on_site()

    with refused(ticket, ResolutionNeedsAnOutcome):
        do(ticket, "resolve_on_spot", AT, ISSUER, outcome=" ")
    with refused(ticket, DeadlineLiesInThePast):
        do(ticket, "assign_on_site", AT, ISSUER, unit="x", due=date(2015, 8, 5))
    with refused(ticket, NotYourUnit):
        do(ticket, "assign_on_site", AT, HANDLER, unit="x", due=LIMIT)
