"""Correcting 更正签收与时限: a receipt is re-dated, a provisional deadline fixed; what was recorded stays, marked."""

from __future__ import annotations

from datetime import date, datetime

from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline, reply_deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.permissions import must_be_permitted
from txapi.domain.reference import References
from txapi.domain.ticket.refusals import (
    CalendarIsStillUnknown,
    NoDeadlineIsProvisional,
    NoHandlingOfThatUnit,
    NotReceivedYet,
    ReceiptFollowsTheReply,
)
from txapi.domain.ticket.replying import must_prove_the_day, receipt_instant
from txapi.domain.ticket.state import UNSETTLED, TicketParts
from txapi.domain.ticket.values import Delivery, Handling, LapseKind, ReplyOutcome, TicketState


class Correcting(TicketParts):
    """The deadline and the verdict follow from what is now known; a lapse that does not hold any more is marked."""

    class ReceiptCorrected(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The receipt of a unit is now known to be of another instant, and `reply` follows from it."""

        TOPIC = "ticket.receipt_corrected"

        handling: int
        unit: str
        received_at: datetime
        received_on: date
        before: Deadline
        reply: Deadline

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            version = self.originator_version
            if handling.receipt is not None:
                if handling.receipt.deemed:
                    mark(handling, LapseKind.RECEIPT_DEEMED, None, version)
                handling.receipt.at = self.received_at
                handling.receipt.on = self.received_on
                handling.receipt.deemed = False
                handling.receipt.by = self.meta.actor.subject
                handling.receipt.source = self.meta.source
                handling.receipt.corrected_by = version
            handling.reply = self.reply
            mark(handling, LapseKind.ACCEPTANCE, self.reply, version)

    class DeadlineFixed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """An edition of the calendar arrived, and a provisional deadline is final."""

        TOPIC = "ticket.deadline_fixed"

        handling: int
        unit: str
        delivery: Delivery
        received_on: date | None = None
        before: Deadline | None = None
        reply: Deadline | None = None

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            version = self.originator_version
            handling.delivery = self.delivery
            receipt = handling.receipt
            if receipt is not None and self.received_on is not None and self.received_on != receipt.on:
                receipt.on = self.received_on
                receipt.corrected_by = version
                if self.delivery.deemed_receipt is not None:
                    receipt.at = self.delivery.deemed_receipt.due
                    mark(handling, LapseKind.RECEIPT_DEEMED, self.delivery.deemed_receipt, version)
            if self.reply is not None:
                handling.reply = self.reply
                mark(handling, LapseKind.ACCEPTANCE, self.reply, version)

    def correct_receipt(
        self, meta: Metadata, *, received_at: datetime, references: References, handling: int | None = None
    ) -> None:
        """Date a receipt anew, with a source and a reason: of the handling with that number, or else the lead's.

        The policy stays the one that gave the deadline. BackdatingNeedsASource, BackdatingNeedsAReason,
        NotReceivedYet, ReceiptLiesAhead, ReceiptPrecedesTheTicket, ReceiptFollowsTheReply.
        """
        found = self._may_correct_receipt(meta, handling)
        before = found.reply
        if before is None:
            raise NotReceivedYet(unit=found.unit)
        must_prove_the_day(meta)
        at = receipt_instant(received_at, found, meta)
        if found.answered_at is not None and at > found.answered_at:
            raise ReceiptFollowsTheReply(at=at.isoformat(), answered_at=found.answered_at.isoformat())
        on = day_of(at)
        policy = references.deadline_policy(before.policy)
        self._record(
            self.ReceiptCorrected,
            meta,
            handling=found.number,
            unit=found.unit,
            received_at=at,
            received_on=on,
            before=before,
            reply=reply_deadline(on, policy, references.calendars),
        )

    def fix_deadline(self, meta: Metadata, *, references: References) -> None:
        """Make every provisional deadline final that the adopted calendars now know.

        NoDeadlineIsProvisional, CalendarIsStillUnknown.
        """
        self._may_fix_deadline(meta)
        fixed = [change for handling in self._provisional() if (change := _fixed(handling, references))]
        if not fixed:
            raise CalendarIsStillUnknown()
        for change in fixed:
            self._record(self.DeadlineFixed, meta, **change)

    def has_provisional_deadline(self) -> bool:
        """Whether an edition of the calendar may still move a deadline of this ticket."""
        return bool(self._provisional())

    def _provisional(self) -> list[Handling]:
        return [handling for handling in self.handlings if _is_provisional(handling)]

    def _may_correct_receipt(self, meta: Metadata, handling: int | None = None) -> Handling:
        self._must_be_in(*UNSETTLED, TicketState.RESOLVED, TicketState.CONFIRMED)
        self._may_as_issuer(meta, "correct_ticket_receipt")
        # The lead's receipt, or after a reassignment that nobody has received yet, the last one that there is.
        received = [one for one in self.handlings if one.receipt is not None]
        found = self.lead if self.lead in received or not received else received[-1]
        if handling is not None:
            found = self._numbered(handling) if 1 <= handling <= len(self.handlings) else None
        if found is None:
            raise NoHandlingOfThatUnit(unit=self.handler or "")
        if found.receipt is None or found.reply is None:
            raise NotReceivedYet(unit=found.unit)
        return found

    def _may_fix_deadline(self, meta: Metadata) -> None:
        self._must_exist()
        must_be_permitted(meta, "fix_ticket_deadline")
        if not self._provisional():
            raise NoDeadlineIsProvisional()


def mark(handling: Handling, kind: LapseKind, now: Deadline | None, version: int) -> None:
    """Mark the standing lapse of that kind as corrected where it is of another instant than the deadline now."""
    lapse = handling.standing_lapse(kind)
    if lapse is not None and (now is None or lapse.at != now.due):
        lapse.corrected_by = version


def _is_provisional(handling: Handling) -> bool:
    if handling.reply is not None:
        return handling.reply.provisional
    waiting = handling.open and handling.receipt is None and handling.outcome is not ReplyOutcome.ASSIGNED
    deemed = (handling.delivery.deemed_receipt, handling.delivery.deemed_reply)
    return waiting and any(deadline is not None and deadline.provisional for deadline in deemed)


def _fixed(handling: Handling, references: References) -> dict[str, object] | None:
    """What an edition that arrived makes of a handling's deadlines; None where they stay provisional.

    The policies are those that gave the deadlines: only the calendar is new.
    """
    delivery = handling.delivery
    given_by = delivery.deemed_receipt.policy if delivery.deemed_receipt else None
    if given_by is not None:
        delivery = Delivery.at(handling.addressed_at, references, given_by, day_of(handling.addressed_at))
    change: dict[str, object] = {"handling": handling.number, "unit": handling.unit, "delivery": delivery}
    receipt, reply = handling.receipt, handling.reply
    if receipt is None or reply is None:
        deemed = (delivery.deemed_receipt, delivery.deemed_reply)
        still = any(deadline is not None and deadline.provisional for deadline in deemed)
        return None if still or delivery == handling.delivery else change
    on = delivery.deemed_receipt.last_day if receipt.deemed and delivery.deemed_receipt else receipt.on
    now = reply_deadline(on, references.deadline_policy(reply.policy), references.calendars)
    if now.provisional:
        return None
    return {**change, "received_on": on, "before": reply, "reply": now}
