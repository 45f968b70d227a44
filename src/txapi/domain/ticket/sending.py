"""Sending 发出: a ticket is issued, sent on to another unit, joined by supporting units, or withdrawn."""

from __future__ import annotations

from collections.abc import Iterable

from txapi.domain.dates import day_of
from txapi.domain.event import Event, Metadata
from txapi.domain.official import Official
from txapi.domain.reference import References
from txapi.domain.ticket.refusals import (
    AlreadyHandling,
    IssueNeedsAHandler,
    OnSiteItemHasNoReplyRule,
    ReassignmentNeedsAReason,
    WithdrawalNeedsAReason,
)
from txapi.domain.ticket.state import (
    CODE_LENGTH_MAX,
    UNRECEIVED,
    UNSETTLED,
    WORKING,
    TicketParts,
    must_have_reason,
    must_say,
)
from txapi.domain.ticket.values import (
    Delivery,
    Handling,
    HandlingRole,
    ReplyOutcome,
    TicketOrigin,
    TicketState,
)

NUMBER = "ticket_number"
"""The kind under which a ticket claims its number, which no other ticket has."""


class Sending(TicketParts):
    """Every addressing of a unit opens a handling of its own and restarts nobody's deadline."""

    class Issued(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The ticket got its number and was sent to the unit that must accept it."""

        TOPIC = "ticket.issued"

        number: str
        handler: str
        delivery: Delivery
        signed_off_by: Official | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.number = self.number
            ticket.signed_off_by = self.signed_off_by
            ticket.issued_at = self.meta.decided_at
            ticket.state = TicketState.ISSUED
            address(ticket, self.handler, HandlingRole.LEAD, 1, self.delivery, self.meta)

        def claims(self) -> Iterable[tuple[str, str]]:
            return ((NUMBER, self.number),)

    class Reassigned(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The ticket was sent on 转办 to another leading unit. What the earlier one let lapse stays with it."""

        TOPIC = "ticket.reassigned"

        handling: int
        from_unit: str
        to_unit: str
        round: int
        delivery: Delivery

        def apply(self, ticket: TicketParts) -> None:
            end(ticket._numbered(self.handling), ReplyOutcome.REASSIGNED, self.meta)
            ticket._turn(TicketState.REASSIGNED, self.meta)
            address(ticket, self.to_unit, HandlingRole.LEAD, self.round, self.delivery, self.meta)

    class SupportAdded(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit was asked to support 协办, with a receipt and a reply of its own."""

        TOPIC = "ticket.support_added"

        unit: str
        round: int
        delivery: Delivery

        def apply(self, ticket: TicketParts) -> None:
            address(ticket, self.unit, HandlingRole.SUPPORT, self.round, self.delivery, self.meta)

    class Withdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The issuer withdrew the ticket 撤回. What lapsed before stays."""

        TOPIC = "ticket.withdrawn"

        def apply(self, ticket: TicketParts) -> None:
            ticket.closed_at = self.meta.decided_at
            for handling in ticket.current_handlings:
                end(handling, ReplyOutcome.UNANSWERED, self.meta)
            ticket._turn(TicketState.WITHDRAWN, self.meta)

    def issue(
        self, meta: Metadata, *, number: str, references: References, signed_off_by: Official | None = None
    ) -> None:
        """Send the draft to its handler under a number that no other ticket has.

        IssueNeedsAHandler, OnSiteItemHasNoReplyRule, NothingAdopted.
        """
        self._may_issue(meta)
        if self.handler is None:
            raise IssueNeedsAHandler()
        self._record(
            self.Issued,
            meta,
            number=must_say(number, "number", CODE_LENGTH_MAX),
            handler=self.handler,
            signed_off_by=signed_off_by,
            delivery=self._delivery(meta, references),
        )

    def reassign(self, meta: Metadata, *, to: str, references: References) -> None:
        """Send the ticket on to another unit, with the command's reason. A unit that returned it may get it again.

        ReassignmentNeedsAReason, AlreadyHandling.
        """
        self._may_reassign(meta)
        must_have_reason(meta, ReassignmentNeedsAReason)
        to = must_say(to, "to", CODE_LENGTH_MAX)
        lead = self._lead()
        for handling in self.current_handlings:
            if handling.unit == to and not (handling is lead and lead.outcome is ReplyOutcome.RETURNED):
                raise AlreadyHandling(unit=to)
        self._record(
            self.Reassigned,
            meta,
            handling=lead.number,
            from_unit=lead.unit,
            to_unit=to,
            round=lead.round + 1,
            delivery=self._delivery(meta, references),
        )

    def add_support(self, meta: Metadata, *, unit: str, references: References) -> None:
        """Ask one more unit to support the handling. AlreadyHandling."""
        self._may_add_support(meta)
        unit = must_say(unit, "unit", CODE_LENGTH_MAX)
        if any(handling.unit == unit for handling in self.current_handlings):
            raise AlreadyHandling(unit=unit)
        self._record(self.SupportAdded, meta, unit=unit, round=self.round, delivery=self._delivery(meta, references))

    def withdraw(self, meta: Metadata) -> None:
        """Withdraw the ticket, with the command's reason. WithdrawalNeedsAReason."""
        self._may_withdraw(meta)
        must_have_reason(meta, WithdrawalNeedsAReason)
        self._record(self.Withdrawn, meta)

    def _delivery(self, meta: Metadata, references: References) -> Delivery:
        return Delivery.at(meta.decided_at, references, None, day_of(meta.decided_at))

    def _lead(self) -> Handling:
        lead = self.lead
        if lead is None:
            raise AssertionError("a ticket that was sent has a leading unit")
        return lead

    def _may_issue(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.DRAFT)
        self._may_as_issuer(meta, "issue_ticket")
        self._must_follow_the_reply_rule()

    def _may_reassign(self, meta: Metadata) -> None:
        self._must_be_in(*UNSETTLED)
        self._may_as_issuer(meta, "reassign_ticket")
        self._must_follow_the_reply_rule()

    def _may_add_support(self, meta: Metadata) -> None:
        self._must_be_in(*UNRECEIVED, TicketState.RECEIVED, *WORKING)
        self._may_as_issuer(meta, "add_ticket_support")
        self._must_follow_the_reply_rule()

    def _may_withdraw(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.DRAFT, *UNSETTLED)
        self._may_as_issuer(meta, "withdraw_ticket")

    def _must_follow_the_reply_rule(self) -> None:
        if self.origin is TicketOrigin.ON_SITE_MEETING:
            raise OnSiteItemHasNoReplyRule()


def address(
    ticket: TicketParts, unit: str, role: HandlingRole, nth: int, delivery: Delivery, meta: Metadata
) -> Handling:
    """Open a handling of that unit; a leading unit becomes the ticket's handler."""
    handling = Handling(
        number=len(ticket.handlings) + 1,
        unit=unit,
        role=role,
        round=nth,
        addressed_at=meta.decided_at,
        delivery=delivery,
        basis=meta.basis,
    )
    ticket.handlings.append(handling)
    if role is HandlingRole.LEAD:
        ticket.handler = unit
    return handling


def end(handling: Handling, unanswered: ReplyOutcome, meta: Metadata) -> None:
    """Close a handling; `unanswered` says how where it still owed its reply."""
    handling.closed_at = meta.decided_at
    if handling.outcome is None:
        handling.outcome = unanswered
