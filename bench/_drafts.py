"""What benchmarks record again and again: the draft of one ticket, between two units."""

from __future__ import annotations

from datetime import UTC, datetime

from txapi.application.desk import Desk, Done, Order
from txapi.application.tickets import draft_ticket
from txapi.application.units import register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import TicketCategory, TicketOrigin
from txapi.domain.unit import Duty, UnitKind
from txapi.record.batch import Append
from txapi.record.ids import RandomIds
from txapi.record.store import CommandKey

IDS = RandomIds()
CLERK = Actor("bench-clerk", Role.ADMINISTRATOR)
UNITS = ("unit-1", "unit-2")
CATEGORY = TicketCategory.LAND_USE
SUBJECT = "地块未能按期交付"
BODY = "地块未能按期交付，请予支持。"


def order(command: str) -> Order:
    """The envelope of a command that a client may send again."""
    meta = Metadata(decided_at=datetime.now(UTC), actor=CLERK, correlation_id=IDS.uuid(), command_id=command)
    return Order(meta, b"\0" * 32)


def register_units(desk: Desk) -> None:
    """Register the unit that writes the tickets and the one that they are for."""
    for number, code in enumerate(UNITS, 1):
        register_unit(
            desk,
            order(code),
            code=code,
            name=Label(zh=f"单位{number}", en=f"unit {number}"),
            kind=UnitKind.TOWN,
            duty=Duty.IMPLEMENTING_BODY,
        )


def draft(desk: Desk, command: str) -> Done:
    """Draft a ticket through the desk: what it names is looked for, it is decided, encoded, queued and committed."""
    issuer, handler = UNITS
    return draft_ticket(
        desk, order(command), category=CATEGORY, subject=SUBJECT, body=BODY, issuer=issuer, handler=handler
    )


def drafted(command: str) -> Append:
    """The same draft, decided already: what the desk hands to the writer."""
    issuer, handler = UNITS
    asked = order(command)
    ticket = Ticket(IDS.uuid())
    ticket.draft(
        asked.meta,
        origin=TicketOrigin.LIAISON_FORM,
        category=CATEGORY,
        subject=SUBJECT,
        body=BODY,
        issuer=issuer,
        handler=handler,
    )
    return Append(
        events=tuple(ticket.pending),
        expected={ticket.id: 0},
        command=CommandKey(CLERK.subject, command, asked.input_hash),
    )
