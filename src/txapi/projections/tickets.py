"""Tickets 工作联系单 as rows, and the questions about given tickets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.light import grounds, light
from txapi.domain.ticket.parties import takes_part
from txapi.domain.ticket.questions import owes
from txapi.domain.ticket.values import Handling, TicketSubject
from txapi.projections.moment import Reader
from txapi.projections.projection import Aspect, Parts, Projection
from txapi.projections.references import thresholds_at
from txapi.projections.select import many_of, one_of
from txapi.projections.table import Table
from txapi.projections.ticket_rows import (
    HANDLINGS,
    OWED,
    PARTIES,
    SUBJECTS,
    TICKETS,
    HandlingRow,
    OwedRow,
    PartyRow,
    SubjectRow,
    TicketRow,
)

# -- from the state to the rows ----------------------------------------------------------------------------------------


def project(ticket: Ticket) -> Iterator[tuple[Table[Any], Any]]:
    """The rows of one ticket that any event may change."""
    row = _ticket_row(ticket)
    yield TICKETS, row
    for handling in ticket.handlings:
        yield HANDLINGS, _handling_row(ticket, handling)
    for place, one in enumerate(row.owed_known):
        yield (
            OWED,
            OwedRow(
                ticket_id=ticket.id,
                place=place,
                what=one.what,
                unit_code=one.unit,
                due=one.due,
                limit_due=one.limit.due if one.limit else None,
            ),
        )


def _ticket_row(ticket: Ticket) -> TicketRow:
    owed = owes(ticket)
    return TicketRow(
        entity_id=ticket.id,
        number=ticket.number,
        origin=ticket.origin,
        category=ticket.category,
        subject=ticket.subject,
        body=ticket.body,
        requested_by=ticket.requested_by,
        state=ticket.state,
        escalation=ticket.escalation,
        drafted_at=ticket.drafted_at,
        issued_at=ticket.issued_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        outcome=ticket.outcome,
        internal=ticket.internal,
        version=ticket.version,
        issuer_code=ticket.issuer,
        handler_code=ticket.handler,
        copy_codes=ticket.copies,
        meeting_id=ticket.meeting,
        contact_id=ticket.contact,
        signer=ticket.signed_off_by,
        about_known=ticket.about,
        progress_notes=tuple(ticket.progress),
        reminder_notes=tuple(ticket.reminders),
        escalation_steps=tuple(ticket.escalations),
        leader_steps=tuple(ticket.leader_steps),
        decisions_made=tuple(ticket.decisions),
        turns_taken=tuple(ticket.turns),
        owed_known=owed,
        light_grounds=grounds(ticket, owed),
    )


def _handling_row(ticket: Ticket, handling: Handling) -> HandlingRow:
    return HandlingRow(
        ticket_id=ticket.id,
        number=handling.number,
        role=handling.role,
        round=handling.round,
        addressed_at=handling.addressed_at,
        answered_at=handling.answered_at,
        outcome=handling.outcome,
        opinion=handling.opinion,
        stated_on=handling.stated_on,
        completed_at=handling.completed_at,
        result=handling.result,
        closed_at=handling.closed_at,
        basis=handling.basis,
        unit_code=handling.unit,
        delivery=handling.delivery,
        receipt_known=handling.receipt,
        reply_deadline=handling.reply,
        commitments_made=tuple(handling.commitments),
        extensions_asked=tuple(handling.extensions),
        lapses_recorded=tuple(handling.lapses),
    )


def _parties(ticket: Ticket) -> Iterator[PartyRow]:
    for unit, part in dict.fromkeys(takes_part(ticket)):
        if unit is not None:
            yield PartyRow(ticket_id=ticket.id, unit_code=unit, part=part)


def _subject_row(ticket: Ticket, subject: TicketSubject) -> SubjectRow:
    return SubjectRow(ticket_id=ticket.id, subject_kind=subject.kind, subject_id=subject.id)


PROJECTION = Projection(
    Ticket,
    (TICKETS, HANDLINGS, OWED, PARTIES, SUBJECTS),
    project,
    aspects=(Aspect(PARTIES, lambda ticket: tuple(itertools.chain.from_iterable(takes_part(ticket))), _parties),),
    parts=(Parts(SUBJECTS, lambda ticket: ticket.about, _subject_row),),
)


# -- questions about given tickets -------------------------------------------------------------------------------------


def ticket_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The ticket with that id, or None."""
    return one_of(TICKETS, reader, id, into)


def ticket_with_number(reader: Reader, number: str, into: type[Any] | None = None) -> Any:
    """The ticket with that number, or None."""
    return next(iter(many_of(TICKETS, reader, [number], into, column="number")), None)


def tickets_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The tickets with those ids, by number, drafts last."""
    found = many_of(TICKETS, reader, ids, into)
    return sorted(found, key=lambda row: (row.number is None, row.number or "", row.entity_id))


def handlings_of(reader: Reader, tickets: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The handlings of tickets, in the order in which the units were addressed."""
    return sorted(many_of(HANDLINGS, reader, tickets, into), key=lambda row: (row.ticket_id, row.number))


# -- the light ---------------------------------------------------------------------------------------------------------

_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")


def light_of(reader: Reader, row: TicketRow) -> LightVerdict:
    """The light at the moment's clock; grey where no thresholds were adopted by then."""
    thresholds = thresholds_at(reader)
    if thresholds is None:
        return LightVerdict(Light.GREY, _NO_THRESHOLDS)
    return light(row.light_grounds, reader.moment.clock, thresholds)
