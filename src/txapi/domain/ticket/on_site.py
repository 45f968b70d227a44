"""On-site items 现场办公: resolved on the spot 当场解决 or assigned with a deadline 限期办结, by no seven-day rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from txapi.domain.deadlines import Deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.ticket.refusals import (
    AlreadyHandling,
    LiaisonFormIsNoOnSiteItem,
    ReassignmentNeedsAReason,
    ResolutionNeedsAnOutcome,
)
from txapi.domain.ticket.sending import NUMBER, address, end
from txapi.domain.ticket.state import (
    CODE_LENGTH_MAX,
    WORKING,
    TicketParts,
    commit,
    must_have_reason,
    must_say,
    words,
)
from txapi.domain.ticket.values import (
    CommitmentGround,
    Delivery,
    HandlingRole,
    ReplyOutcome,
    TicketOrigin,
    TicketState,
)
from txapi.domain.ticket.working import must_leave_time


class OnSite(TicketParts):
    """What a meeting on the spot does with an item: settle it there, or give it to a unit with a time limit."""

    class ResolvedOnSpot(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The item was resolved at the meeting."""

        TOPIC = "ticket.resolved_on_spot"

        outcome: str
        number: str | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.number = self.number or ticket.number
            ticket.issued_at = ticket.issued_at or self.meta.decided_at
            ticket.outcome = self.outcome
            ticket.resolved_at = self.meta.decided_at
            ticket.state = TicketState.RESOLVED

        def claims(self) -> Iterable[tuple[str, str]]:
            return () if self.number is None else ((NUMBER, self.number),)

    class AssignedOnSite(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The item was assigned to a unit with a deadline; `replaces` is the handling that this ends, if any."""

        TOPIC = "ticket.assigned_on_site"

        unit: str
        round: int
        commitment: Deadline
        number: str | None = None
        replaces: int | None = None

        def apply(self, ticket: TicketParts) -> None:
            if self.replaces is not None:
                end(ticket._numbered(self.replaces), ReplyOutcome.REASSIGNED, self.meta)
            ticket.number = self.number or ticket.number
            ticket.issued_at = ticket.issued_at or self.meta.decided_at
            handling = address(ticket, self.unit, HandlingRole.LEAD, self.round, Delivery(), self.meta)
            handling.outcome = ReplyOutcome.ASSIGNED
            commit(handling, CommitmentGround.ASSIGNED, self.commitment, self.meta.decided_at)
            ticket.state = TicketState.IN_PROGRESS

        def claims(self) -> Iterable[tuple[str, str]]:
            return () if self.number is None else ((NUMBER, self.number),)

    def resolve_on_spot(self, meta: Metadata, *, outcome: str | None, number: str | None = None) -> None:
        """Record that the item was resolved at the meeting. ResolutionNeedsAnOutcome, LiaisonFormIsNoOnSiteItem."""
        self._may_resolve_on_spot(meta)
        text = words(outcome, "outcome")
        if not text:
            raise ResolutionNeedsAnOutcome()
        self._record(self.ResolvedOnSpot, meta, outcome=text, number=_number(number))

    def assign_on_site(self, meta: Metadata, *, unit: str, due: date, number: str | None = None) -> None:
        """Assign the item to a unit that is to have done by the end of a day; to another one with a reason.

        DeadlineLiesInThePast, AlreadyHandling, ReassignmentNeedsAReason, LiaisonFormIsNoOnSiteItem.
        """
        self._may_assign_on_site(meta)
        unit = must_say(unit, "unit", CODE_LENGTH_MAX)
        current = self.lead if self.lead is not None and self.lead.open else None
        if current is not None:
            must_have_reason(meta, ReassignmentNeedsAReason)
            if current.unit == unit:
                raise AlreadyHandling(unit=unit)
        self._record(
            self.AssignedOnSite,
            meta,
            unit=unit,
            round=self.round + 1,
            commitment=must_leave_time(due, "due", meta),
            number=_number(number),
            replaces=current.number if current is not None else None,
        )

    def _may_resolve_on_spot(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.DRAFT)
        self._may_as_issuer(meta, "resolve_ticket_on_spot")
        self._must_be_on_site()

    def _may_assign_on_site(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.DRAFT, *WORKING)
        self._may_as_issuer(meta, "assign_ticket_on_site")
        self._must_be_on_site()

    def _must_be_on_site(self) -> None:
        if self.origin is not TicketOrigin.ON_SITE_MEETING:
            raise LiaisonFormIsNoOnSiteItem()


def _number(number: str | None) -> str | None:
    return None if number is None else must_say(number, "number", CODE_LENGTH_MAX)
