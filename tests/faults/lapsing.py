"""Tickets whose deadlines have passed when they are issued, so that the watch has something to record at once: of each, twice.

They are issued as of long ago: nobody received them, so they count as received, and nobody answered then either.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from txapi.application.desk import Desk, Done, Order
from txapi.application.references import adopt_edition
from txapi.application.tickets import draft_ticket, issue_ticket
from txapi.application.watch import record_due
from txapi.datasets.references import bundled_references
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import TicketCategory
from txapi.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.accounts import Command
    from tests.faults.killpoints import Trigger
    from txapi.record.place import Place
    from txapi.web.instance import Instance

DRAFT, ISSUE = "draft a ticket", "issue a ticket"
LAPSES = (Ticket.ReceiptDeemed, Ticket.AcceptanceLapsed)
"""What lapses of each."""
LONG_AGO = datetime(2015, 8, 3, 1, tzinfo=UTC)


def adopt_references(desk: Desk) -> None:
    """Adopt the calendar and the policies by which deadlines are reckoned."""
    for kind, edition, content in bundled_references(lambda year: year == LONG_AGO.year):
        meta = Metadata(
            decided_at=LONG_AGO - timedelta(days=1),
            actor=Actor("test.killing", Role.ADMINISTRATOR),
            correlation_id=edition,
            command_id=f"start {kind} {edition}",
        )
        adopt_edition(desk, Order(meta), kind=kind, edition=edition, content=content)


def act(desk: Desk, command: Command, input_hash: bytes) -> Done:
    """Draft the ticket that the command's value names, or issue it."""
    issuer = Actor("test.killing", Role.CLERK, unit="noun-0")
    meta = Metadata(decided_at=LONG_AGO, actor=issuer, correlation_id=command.id, command_id=command.id)
    order = Order(meta, input_hash)
    if command.noun == DRAFT:
        return draft_ticket(
            desk,
            order,
            category=TicketCategory.LAND_USE,
            subject="供地",
            body="尚未供地",
            issuer="noun-0",
            handler="noun-1",
            id=ticket_of(command.value),
        )
    return issue_ticket(desk, order, ticket=ticket_of(command.value), number=f"2015-{command.value:06}")


def ticket_of(value: int) -> str:
    """The id of the ticket that a value names."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"ticket {value}"))


def watch_until_struck(instance: Instance, trigger: Trigger, until: Callable[[], bool]) -> None:
    """Watch: from now on, what this process appends is what lapses."""
    trigger.watching = True
    instance.watching.start()
    while not (trigger.struck or until()):
        time.sleep(0.02)


def let_all_lapse(place: Place) -> None:
    """Record what is due and was not recorded yet, because whoever watched died."""
    with Record.open(place) as record:
        record_due(Desk(record), record.clock.now())
