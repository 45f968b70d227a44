"""The parties 参与单位 of a ticket: every unit that takes part in it, or once did, and in what capacity."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from txapi.domain.labels import labelled
from txapi.domain.ticket.values import HandlingRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.domain.ticket.state import TicketParts


class Part(enum.Enum):
    """In what capacity a unit takes part in a ticket."""

    ISSUER = "issuer"
    HANDLER = "handler"
    SUPPORT = "support"
    COPIED = "copied"
    RESPONSIBLE = "responsible"


labelled(
    {
        Part.ISSUER: ("发出单位", "issuer"),
        Part.HANDLER: ("主办单位", "leading unit, now or earlier"),
        Part.SUPPORT: ("协办单位", "supporting unit"),
        Part.COPIED: ("抄送单位", "copied unit"),
        Part.RESPONSIBLE: ("责任单位", "unit responsible for a decision"),
    }
)


def takes_part(ticket: TicketParts) -> Iterator[tuple[str | None, Part]]:
    """Each unit that takes part, with its capacity; None where a draft has no handler yet. A unit may come twice."""
    yield ticket.issuer, Part.ISSUER
    yield ticket.handler, Part.HANDLER
    for handling in ticket.handlings:
        yield handling.unit, Part.HANDLER if handling.role is HandlingRole.LEAD else Part.SUPPORT
    for unit in ticket.copies:
        yield unit, Part.COPIED
    for decision in ticket.decisions:
        yield decision.unit, Part.RESPONSIBLE
