"""Replying 签收与受理: a unit receives a ticket, and then accepts it with a promise or returns it, in time or late."""

from __future__ import annotations

from datetime import UTC, date, datetime

from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline, reply_deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.facts import must_not_lie_ahead
from txapi.domain.reference import References
from txapi.domain.ticket.refusals import (
    AcceptanceNeedsAnOpinion,
    AcceptanceNeedsAPromise,
    AlreadyReceived,
    AlreadyReplied,
    BackdatingNeedsAReason,
    BackdatingNeedsASource,
    NotReceivedYet,
    PromisePrecedesTheAcceptance,
    ReceiptLiesAhead,
    ReceiptPrecedesTheTicket,
    ReturnNeedsAnOpinion,
)
from txapi.domain.ticket.state import UNSETTLED, TicketParts, commit, deadline_on, must_have_reason, words
from txapi.domain.ticket.values import (
    CommitmentGround,
    Handling,
    LapseKind,
    Receipt,
    ReplyOutcome,
    TicketState,
)


class Replying(TicketParts):
    """The reply deadline is fixed at receipt. A reply is judged by when it arrived, never by what it claims."""

    class Received(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit received the ticket; from then on it has until `reply` to answer."""

        TOPIC = "ticket.received"

        handling: int
        unit: str
        received_at: datetime
        received_on: date
        reply: Deadline

        def apply(self, ticket: TicketParts) -> None:
            receipt = Receipt(
                at=self.received_at,
                on=self.received_on,
                deemed=False,
                by=self.meta.actor.subject,
                source=self.meta.source,
            )
            handling = ticket._numbered(self.handling)
            handling.arrived_in_time(LapseKind.RECEIPT_DEEMED, self.meta.decided_at, self.originator_version)
            ticket._take_receipt(handling, receipt, self.reply)

    class Accepted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit accepted the ticket 受理 with an opinion and a promise. `late` judges by `reply`, which it names."""

        TOPIC = "ticket.accepted"

        handling: int
        unit: str
        opinion: str
        commitment: Deadline
        reply: Deadline
        late: bool
        stated_on: date | None = None

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            answer(handling, ReplyOutcome.ACCEPTED, self.opinion, self.stated_on, self)
            commit(handling, CommitmentGround.PROMISED, self.commitment, self.meta.decided_at)
            if handling is ticket.lead:
                ticket.state = TicketState.ACCEPTED

    class Returned(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit returned the ticket 退回. That answers its deadline and is counted apart."""

        TOPIC = "ticket.returned"

        handling: int
        unit: str
        opinion: str
        reply: Deadline
        late: bool
        stated_on: date | None = None

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            answer(handling, ReplyOutcome.RETURNED, self.opinion, self.stated_on, self)
            if handling is ticket.lead:
                ticket.state = TicketState.RETURNED

    def receive(
        self,
        meta: Metadata,
        *,
        references: References,
        received_at: datetime | None = None,
        unit: str | None = None,
    ) -> None:
        """Receive the ticket for a handling unit, now or at an earlier instant.

        An earlier day needs a source and a reason. AlreadyReceived, ReceiptLiesAhead, ReceiptPrecedesTheTicket,
        BackdatingNeedsASource, BackdatingNeedsAReason.
        """
        handling = self._may_receive(meta, unit)
        at = receipt_instant(received_at or meta.decided_at, handling, meta)
        on = day_of(at)
        if on != day_of(meta.decided_at):
            must_prove_the_day(meta)
        policy = references.deadline_policy(on=on)
        self._record(
            self.Received,
            meta,
            handling=handling.number,
            unit=handling.unit,
            received_at=at,
            received_on=on,
            reply=reply_deadline(on, policy, references.calendars),
        )

    def accept(
        self,
        meta: Metadata,
        *,
        opinion: str | None,
        promised_by: date | None,
        stated_on: date | None = None,
        unit: str | None = None,
    ) -> None:
        """Accept with an opinion and a promised date; `stated_on` claims an earlier reply on paper.

        AcceptanceNeedsAnOpinion, AcceptanceNeedsAPromise, PromisePrecedesTheAcceptance, NotReceivedYet,
        AlreadyReplied, FactLiesAhead.
        """
        handling, reply = self._must_owe_a_reply(self._may_accept(meta, unit))
        text = words(opinion, "opinion")
        if not text:
            raise AcceptanceNeedsAnOpinion()
        if promised_by is None:
            raise AcceptanceNeedsAPromise()
        today = day_of(meta.decided_at)
        if promised_by < today:
            raise PromisePrecedesTheAcceptance(promised_by=promised_by.isoformat(), today=today.isoformat())
        self._record(
            self.Accepted,
            meta,
            handling=handling.number,
            unit=handling.unit,
            opinion=text,
            commitment=deadline_on(promised_by, "promised_by"),
            reply=reply,
            late=reply.passed_at(meta.decided_at),
            stated_on=None if stated_on is None else must_not_lie_ahead(stated_on, meta.decided_at),
        )

    def return_(
        self, meta: Metadata, *, opinion: str | None, stated_on: date | None = None, unit: str | None = None
    ) -> None:
        """Return the ticket with an opinion. ReturnNeedsAnOpinion, NotReceivedYet, AlreadyReplied, FactLiesAhead."""
        handling, reply = self._must_owe_a_reply(self._may_return(meta, unit))
        text = words(opinion, "opinion")
        if not text:
            raise ReturnNeedsAnOpinion()
        self._record(
            self.Returned,
            meta,
            handling=handling.number,
            unit=handling.unit,
            opinion=text,
            reply=reply,
            late=reply.passed_at(meta.decided_at),
            stated_on=None if stated_on is None else must_not_lie_ahead(stated_on, meta.decided_at),
        )

    def _may_receive(self, meta: Metadata, unit: str | None = None) -> Handling:
        self._must_be_in(*UNSETTLED)
        handling = self._handling_for(meta, "receive_ticket", unit)
        if handling.outcome is ReplyOutcome.ASSIGNED:
            raise AlreadyReplied(unit=handling.unit)
        deemed = handling.standing_lapse(LapseKind.RECEIPT_DEEMED)
        faster = deemed is not None and meta.decided_at < deemed.at and handling.outcome is None
        if handling.receipt is not None and not faster:
            raise AlreadyReceived(unit=handling.unit, on=handling.receipt.on.isoformat())
        return handling

    def _may_accept(self, meta: Metadata, unit: str | None = None) -> Handling:
        return self._may_reply("accept_ticket", meta, unit)

    def _may_return(self, meta: Metadata, unit: str | None = None) -> Handling:
        return self._may_reply("return_ticket", meta, unit)

    def _may_reply(self, action: str, meta: Metadata, unit: str | None) -> Handling:
        self._must_be_in(*UNSETTLED)
        handling = self._handling_for(meta, action, unit)
        self._must_owe_a_reply(handling)
        return handling

    def _must_owe_a_reply(self, handling: Handling) -> tuple[Handling, Deadline]:
        if handling.outcome is not None:
            raise AlreadyReplied(unit=handling.unit)
        if handling.reply is None:
            raise NotReceivedYet(unit=handling.unit)
        return handling, handling.reply


def answer(handling: Handling, outcome: ReplyOutcome, opinion: str, stated_on: date | None, event: Event) -> None:
    """Keep a unit's reply: what arrived, when it arrived, and beside it what the unit claims."""
    arrived = event.meta.decided_at
    handling.outcome = outcome
    handling.opinion = opinion
    handling.stated_on = stated_on
    handling.answered_at = arrived
    handling.arrived_in_time(LapseKind.ACCEPTANCE, arrived, event.originator_version)


def receipt_instant(at: datetime, handling: Handling, meta: Metadata) -> datetime:
    """The instant of a receipt in UTC. ReceiptLiesAhead, ReceiptPrecedesTheTicket; BadInput BAD_TIME."""
    day_of(at)  # It says BAD_TIME of a time without its zone, which nothing can be compared with.
    at = at.astimezone(UTC)
    if at > meta.decided_at:
        raise ReceiptLiesAhead(at=at.isoformat())
    if at < handling.addressed_at:
        raise ReceiptPrecedesTheTicket(at=at.isoformat(), addressed_at=handling.addressed_at.isoformat())
    return at


def must_prove_the_day(meta: Metadata) -> None:
    """Refuse an earlier day of receipt without a document that shows it and a reason."""
    if meta.source is None:
        raise BackdatingNeedsASource()
    must_have_reason(meta, BackdatingNeedsAReason)
