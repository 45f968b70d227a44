"""Reading 阅读 at the desk: a noun that somebody may not read is for that person's commands as if it had never been recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.domain.attachment import Attachment
from txapi.domain.permissions import FieldClass, may_read, reads_all
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.parties import takes_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.domain.aggregate import Aggregate
    from txapi.domain.event import Actor
    from txapi.domain.reference import References


def is_everybodys(kind: type[Aggregate]) -> bool:
    """Whether everybody may read every noun of a kind."""
    return not issubclass(kind, Ticket | Attachment)


def reads(
    actor: Actor, noun: Aggregate, references: Callable[[], References], ticket_of: Callable[[str], Ticket]
) -> bool:
    """Whether the actor, acting for the own unit and its predecessors, may read that noun as it is now."""
    if not isinstance(noun, Ticket | Attachment) or reads_all(actor.role, Ticket.KIND, FieldClass.INTERNAL):
        return True
    if not noun.exists or (isinstance(noun, Attachment) and noun.to.kind != Ticket.KIND):
        return True
    ticket = noun if isinstance(noun, Ticket) else ticket_of(noun.to.id)
    if not ticket.internal and Ticket.KIND not in references().internal_kinds:
        # A file is read with what is said in the ticket.
        return isinstance(noun, Ticket) or reads_texts(actor, ticket, references)
    return _takes_part(actor, ticket)


def reads_texts(actor: Actor, ticket: Ticket, references: Callable[[], References]) -> bool:
    """Whether the actor, who may read that ticket as it is now, may read the texts in it, too."""
    if reads_all(actor.role, Ticket.KIND, FieldClass.INTERNAL) or Ticket.KIND not in references().internal_texts:
        return True
    return _takes_part(actor, ticket)


def _takes_part(actor: Actor, ticket: Ticket) -> bool:
    units = (unit for unit, _ in takes_part(ticket) if unit is not None)
    return may_read(actor, Ticket.KIND, FieldClass.INTERNAL, units)
