"""A unit that has taken a ticket on reports, asks for time, resolves; the issuer confirms or reopens."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.ticket.given import (
    ADMINISTRATOR,
    HANDLER,
    ISSUER,
    PROMISED,
    SECOND,
    SUPERVISOR,
    accepted,
    confirmed,
    do,
    instant,
    lapses,
    last,
    lead,
    meta,
    received,
    references,
    refused,
    resolved,
    survives_storage,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.errors import BadInput
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import (
    DeadlineLiesInThePast,
    ExtensionDecisionNeedsAnOpinion,
    ExtensionIsNoLonger,
    ExtensionIsUndecided,
    ExtensionNeedsAReason,
    NoExtensionToDecide,
    NoHandlingOfThatUnit,
    NotTakenOn,
    OnlySupportCompletesSupport,
    OnlyTheLeadResolves,
    ProgressNeedsANote,
    ReopeningNeedsAReason,
    ResolutionNeedsAnOutcome,
    TicketStateForbids,
)
from txapi.domain.ticket.values import CommitmentGround, LapseKind, TicketState

BROKEN = (LapseKind.COMMITMENT, "2015-09-01 00:00", False)


def asked(to: date = date(2015, 9, 15), at: str = "2015-08-25 09:00") -> Ticket:
    return do(accepted(), "ask_extension", at, HANDLER, reason="拆迁未完", to=to)


def supported() -> Ticket:
    """A ticket whose lead and support have both accepted."""
    ticket = do(accepted(), "add_support", "2015-08-11 09:00", ISSUER, unit="planning-bureau", references=references())
    do(ticket, "receive", "2015-08-11 10:00", SECOND, references=references())
    return do(ticket, "accept", "2015-08-12 10:00", SECOND, opinion="同意", promised_by=date(2015, 8, 20))


def test_the_first_report_takes_an_accepted_ticket_into_progress():
    ticket = accepted()

    do(ticket, "report_progress", "2015-08-12 09:00", HANDLER, note="已现场踏勘")
    do(ticket, "report_progress", "2015-08-13 09:00", HANDLER, note="已报批")

    assert ticket.state is TicketState.IN_PROGRESS
    assert [note.note for note in ticket.progress] == ["已现场踏勘", "已报批"]
    survives_storage(ticket)


def test_a_report_of_a_supporting_unit_leaves_the_state_alone():
    ticket = do(supported(), "report_progress", "2015-08-13 09:00", SECOND, note="提供图纸")

    assert ticket.state is TicketState.ACCEPTED
    assert ticket.progress[0].unit == "planning-bureau"


def test_a_report_needs_a_note_and_a_unit_that_has_accepted():
    ticket, waiting = accepted(), received()

    with refused(ticket, ProgressNeedsANote):
        do(ticket, "report_progress", "2015-08-12 09:00", HANDLER, note="")
    with refused(ticket, NotYourUnit):
        do(ticket, "report_progress", "2015-08-12 09:00", ISSUER, note="n")
    with refused(waiting, NotTakenOn):
        do(waiting, "report_progress", "2015-08-12 09:00", HANDLER, note="n")


def test_an_extension_granted_in_time_replaces_the_promise_and_nothing_lapses_on_the_old_date():
    ticket = asked()

    do(ticket, "decide_extension", "2015-08-31 23:59", ISSUER, granted=True)
    ticket.record_pending(meta("2015-09-15 23:59"))

    extension = lead(ticket).extensions[0]
    assert (extension.granted, extension.granted_to, extension.after_lapse) == (True, date(2015, 9, 15), False)
    assert [one.ground for one in lead(ticket).commitments] == [CommitmentGround.PROMISED, CommitmentGround.EXTENDED]
    assert lapses(lead(ticket)) == []
    assert ticket.next_deadline() == instant("2015-09-16 00:00")
    survives_storage(ticket)


def test_an_extension_granted_after_the_lapse_gives_a_new_date_and_the_lapse_stays():
    ticket = do(accepted(), "ask_extension", "2015-09-01 00:00", HANDLER, reason="拆迁未完", to=date(2015, 9, 15))

    do(ticket, "decide_extension", "2015-09-02 09:00", SUPERVISOR, granted=True, to=date(2015, 9, 20), opinion="从严")

    extension = lead(ticket).extensions[0]
    assert (extension.after_lapse, extension.granted_to, extension.by) == (True, date(2015, 9, 20), "supervisor")
    assert lapses(lead(ticket)) == [BROKEN]
    assert lead(ticket).commitment_late_at(instant("2015-09-03 00:00"))
    assert ticket.next_deadline() == instant("2015-09-21 00:00")
    survives_storage(ticket)


def test_an_extension_asked_in_time_and_granted_at_midnight_is_granted_after_the_lapse():
    ticket = asked()

    do(ticket, "decide_extension", "2015-09-01 00:00", ISSUER, granted=True)

    assert last(ticket, 2) == ["commitment_lapsed", "extension_decided"]
    assert lead(ticket).extensions[0].after_lapse


def test_a_refused_extension_leaves_the_promise_as_it_was():
    ticket = asked()

    do(ticket, "decide_extension", "2015-08-26 09:00", ISSUER, granted=False, opinion="按期办结")

    assert lead(ticket).extensions[0].granted is False
    assert ticket.next_deadline() == instant("2015-09-01 00:00")
    do(ticket, "ask_extension", "2015-08-27 09:00", HANDLER, reason="再申请", to=date(2015, 9, 5))
    assert len(lead(ticket).extensions) == 2
    survives_storage(ticket)


@pytest.mark.parametrize(
    ("to", "at", "reason", "refusal"),
    [
        (date(2015, 9, 15), "2015-08-25 09:00", None, ExtensionNeedsAReason),
        (PROMISED, "2015-08-25 09:00", "r", ExtensionIsNoLonger),
        (date(2015, 9, 1), "2015-09-02 00:00", "r", ExtensionIsNoLonger),
        (date(9999, 1, 1), "2015-08-25 09:00", "r", BadInput),
    ],
)
def test_an_extension_needs_a_reason_and_a_later_date(to, at, reason, refusal):
    ticket = accepted()
    ticket.record_pending(meta(at))

    with refused(ticket, refusal):
        do(ticket, "ask_extension", at, HANDLER, reason=reason, to=to)


def test_one_extension_at_a_time_and_only_for_what_was_taken_on():
    ticket, waiting = asked(), received()

    with refused(ticket, ExtensionIsUndecided):
        do(ticket, "ask_extension", "2015-08-26 09:00", HANDLER, reason="r", to=date(2015, 9, 30))
    with refused(waiting, NotTakenOn):
        do(waiting, "ask_extension", "2015-08-12 09:00", HANDLER, reason="r", to=date(2015, 9, 30))


def test_deciding_an_extension_is_for_the_issuer_and_needs_one_to_decide():
    ticket, none = asked(), accepted()

    with refused(none, NoExtensionToDecide):
        do(none, "decide_extension", "2015-08-26 09:00", ISSUER, granted=True)
    with refused(ticket, NotYourUnit):
        do(ticket, "decide_extension", "2015-08-26 09:00", HANDLER, granted=True)
    with refused(ticket, ExtensionDecisionNeedsAnOpinion):
        do(ticket, "decide_extension", "2015-08-26 09:00", ISSUER, granted=False)
    with refused(ticket, ExtensionIsNoLonger):
        do(ticket, "decide_extension", "2015-08-26 09:00", ISSUER, granted=True, to=PROMISED)
    with refused(ticket, NoHandlingOfThatUnit):
        do(ticket, "decide_extension", "2015-08-26 09:00", ISSUER, granted=True, unit="dama")


def test_what_is_resolved_on_the_promised_day_keeps_the_promise():
    ticket = do(accepted(), "resolve", "2015-08-31 23:59:59.9", HANDLER, outcome="已收储")

    commitment = lead(ticket).commitment
    assert commitment is not None
    assert (ticket.state, ticket.outcome, commitment.late) == (TicketState.RESOLVED, "已收储", False)
    assert ticket.next_deadline() is None
    survives_storage(ticket)


def test_what_is_resolved_at_midnight_is_late_for_ever():
    ticket = do(accepted(), "resolve", "2015-09-01 00:00", HANDLER, outcome="已收储")

    assert last(ticket, 2) == ["commitment_lapsed", "resolved"]
    assert lapses(lead(ticket)) == [BROKEN]
    assert lead(ticket).commitment_late_at(instant("2030-01-01 00:00"))


def test_a_resolution_needs_an_outcome_and_the_leading_unit():
    ticket = supported()

    with refused(ticket, ResolutionNeedsAnOutcome):
        do(ticket, "resolve", "2015-08-20 09:00", HANDLER, outcome="")
    with refused(ticket, OnlyTheLeadResolves):
        do(ticket, "resolve", "2015-08-20 09:00", SECOND, outcome="o")
    with refused(ticket, OnlySupportCompletesSupport):
        do(ticket, "complete_support", "2015-08-20 09:00", HANDLER, outcome="o")
    with refused(ticket, NotYourUnit):
        do(ticket, "resolve", "2015-08-20 09:00", ISSUER, outcome="o")


def test_what_was_only_received_is_not_resolved():
    ticket = received()

    with refused(ticket, TicketStateForbids):
        do(ticket, "resolve", "2015-08-10 09:00", HANDLER, outcome="o")


def test_a_supporting_unit_completes_its_part_and_keeps_its_own_promise():
    ticket = do(supported(), "complete_support", "2015-08-20 23:59", SECOND, outcome="图纸已提供")

    ticket.record_pending(meta("2015-08-31 12:00"))

    support = ticket.handlings[1]
    assert (support.result, lapses(support)) == ("图纸已提供", [])
    assert ticket.state is TicketState.ACCEPTED
    with refused(ticket, NotTakenOn):
        do(ticket, "complete_support", "2015-08-31 12:00", SECOND, outcome="o")
    survives_storage(ticket)


def test_a_supporting_unit_breaks_its_own_promise_only():
    ticket = supported()

    ticket.record_pending(meta("2015-08-21 00:00"))

    assert lapses(ticket.handlings[1]) == [(LapseKind.COMMITMENT, "2015-08-21 00:00", False)]
    assert lapses(lead(ticket)) == []


def test_the_resolution_ends_what_supporting_units_owe():
    ticket = do(supported(), "resolve", "2015-08-19 09:00", HANDLER, outcome="已收储")

    ticket.record_pending(meta("2016-01-01 00:00"))

    assert last(ticket) == ["resolved"]


def test_only_the_issuer_confirms_what_is_resolved():
    ticket, working = resolved(), accepted()

    with refused(ticket, NotYourUnit):
        do(ticket, "confirm", "2015-08-21 09:00", HANDLER)
    with refused(ticket, NotYourRole):
        do(ticket, "confirm", "2015-08-21 09:00", SUPERVISOR)
    with refused(working, TicketStateForbids):
        do(working, "confirm", "2015-08-21 09:00", ISSUER)
    do(ticket, "confirm", "2015-08-21 09:00", ISSUER, opinion="满意")
    assert (ticket.state, ticket.closed_at) == (TicketState.CONFIRMED, instant("2015-08-21 09:00"))
    survives_storage(ticket)


def test_a_rejected_outcome_kept_no_promise_and_the_promise_stands():
    ticket = do(resolved(), "reopen", "2015-08-21 09:00", ISSUER, reason="问题仍在")

    assert (ticket.state, ticket.outcome) == (TicketState.IN_PROGRESS, None)
    assert ticket.next_deadline() == instant("2015-09-01 00:00")
    survives_storage(ticket)


def test_an_outcome_rejected_after_the_promised_day_breaks_the_promise():
    ticket = do(resolved(), "reopen", "2015-09-02 09:00", ISSUER, reason="问题仍在", due=date(2015, 9, 10))

    ticket.record_pending(meta("2015-09-02 09:00"))

    assert lapses(lead(ticket)) == [BROKEN]
    assert ticket.next_deadline() == instant("2015-09-11 00:00")


def test_a_confirmed_ticket_reopened_kept_its_promise_and_may_get_a_new_date():
    ticket = do(confirmed(), "reopen", "2015-10-10 09:00", ISSUER, reason="问题复发", due=date(2015, 10, 20))

    ticket.record_pending(meta("2015-10-20 23:59"))

    assert lapses(lead(ticket)) == []
    assert ticket.closed_at is None
    do(ticket, "resolve", "2015-10-21 00:00", HANDLER, outcome="再次办结")
    assert lapses(lead(ticket)) == [(LapseKind.COMMITMENT, "2015-10-21 00:00", False)]
    survives_storage(ticket)


def test_a_confirmed_ticket_reopened_without_a_date_is_never_judged_by_the_kept_promise():
    ticket = do(confirmed(), "reopen", "2015-10-10 09:00", ISSUER, reason="问题复发")

    do(ticket, "resolve", "2015-11-10 09:00", HANDLER, outcome="再次办结")

    assert not ticket.pending[-1].late  # type: ignore[attr-defined]
    assert lapses(lead(ticket)) == []


def test_a_reopening_needs_a_reason_a_future_date_and_the_issuer():
    ticket, working = resolved(), accepted()

    with refused(ticket, ReopeningNeedsAReason):
        do(ticket, "reopen", "2015-08-21 09:00", ISSUER)
    with refused(ticket, DeadlineLiesInThePast):
        do(ticket, "reopen", "2015-08-21 09:00", ISSUER, reason="r", due=date(2015, 8, 20))
    with refused(ticket, NotYourUnit):
        do(ticket, "reopen", "2015-08-21 09:00", HANDLER, reason="r")
    with refused(working, TicketStateForbids):
        do(working, "reopen", "2015-08-21 09:00", ADMINISTRATOR, reason="r")
