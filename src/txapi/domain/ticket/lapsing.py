"""Lapsing 逾期: what passes although nobody acts is recorded once each, with its legal instant, in legal order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from txapi.domain.deadlines import Deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.permissions import must_be_permitted
from txapi.domain.ticket.state import TicketParts
from txapi.domain.ticket.values import Decision, Handling, Lapse, LapseKind, Receipt, TicketState, first_of


class Due(NamedTuple):
    """A lapse that is not recorded: when, of what kind, and of which handling, commitment or decision (numbers)."""

    at: datetime
    order: int
    kind: LapseKind
    handling: int
    commitment: int
    decision: int


class Lapsing(TicketParts):
    """Whether something has lapsed is asked of the state and a clock; these events only keep that it was noticed."""

    class ReceiptDeemed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A silent unit counts as having received the ticket 视同签收, and has until `reply` to answer."""

        TOPIC = "ticket.receipt_deemed"

        handling: int
        unit: str
        at: datetime
        received_on: date
        reply: Deadline

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            handling.lapses.append(Lapse(kind=LapseKind.RECEIPT_DEEMED, at=self.at, version=self.originator_version))
            receipt = Receipt(at=self.at, on=self.received_on, deemed=True, by=self.meta.actor.subject)
            ticket._take_receipt(handling, receipt, self.reply)

    class AcceptanceLapsed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit let its reply deadline pass, at the instant `at`."""

        TOPIC = "ticket.acceptance_lapsed"

        handling: int
        unit: str
        at: datetime
        reply: Deadline

        def apply(self, ticket: TicketParts) -> None:
            ticket._numbered(self.handling).lapses.append(
                Lapse(kind=LapseKind.ACCEPTANCE, at=self.at, version=self.originator_version)
            )

    class CommitmentLapsed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit let the date pass by which it was to have done, at the instant `at`."""

        TOPIC = "ticket.commitment_lapsed"

        handling: int
        unit: str
        commitment: int
        at: datetime
        deadline: Deadline

        def apply(self, ticket: TicketParts) -> None:
            ticket._numbered(self.handling).lapses.append(
                Lapse(
                    kind=LapseKind.COMMITMENT,
                    at=self.at,
                    version=self.originator_version,
                    commitment=self.commitment,
                )
            )

    class DecisionLapsed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The responsible unit let the deadline of a meeting's decision pass, at the instant `at`."""

        TOPIC = "ticket.decision_lapsed"

        decision: int
        unit: str
        at: datetime
        deadline: Deadline

        def apply(self, ticket: TicketParts) -> None:
            lapse = Lapse(kind=LapseKind.DECISION, at=self.at, version=self.originator_version)
            ticket.decisions[self.decision - 1].lapse = lapse

    def next_deadline(self) -> datetime | None:
        """The next instant at which a lapse is to be recorded; it may have passed already."""
        due = self._next_lapse()
        return due.at if due else None

    def record_pending(self, meta: Metadata) -> None:
        """Record what has lapsed by `meta.decided_at`, each once, in the order of the legal instants.

        Recording one may bring the next: a deemed receipt starts the reply deadline, which may have passed as well.
        """
        while (due := self._next_lapse()) is not None and due.at <= meta.decided_at:
            self._record_lapse(due, meta)

    def lapse(self, meta: Metadata) -> None:
        """Record what has lapsed, as the watch. NotYourRole."""
        self._may_lapse(meta)
        self.record_pending(meta)

    def _may_lapse(self, meta: Metadata) -> None:
        self._must_exist()
        must_be_permitted(meta, "lapse_ticket")

    def _next_lapse(self) -> Due | None:
        lapses = [due for handling in self.handlings for due in _of_handling(handling)]
        withdrawn_at = self.closed_at if self.state is TicketState.WITHDRAWN else None
        lapses.extend(due for decision in self.decisions for due in _of_decision(decision, withdrawn_at))
        return min(
            lapses, default=None, key=lambda due: (due.at, due.order, due.handling, due.commitment, due.decision)
        )

    def _record_lapse(self, due: Due, meta: Metadata) -> None:
        if due.kind is LapseKind.DECISION:
            decision = self.decisions[due.decision - 1]
            self._record(
                self.DecisionLapsed,
                meta,
                decision=decision.number,
                unit=decision.unit,
                at=due.at,
                deadline=decision.deadline,
            )
            return
        handling = self._numbered(due.handling)
        of = {"handling": handling.number, "unit": handling.unit, "at": due.at}
        deemed, reply = handling.delivery.deemed_receipt, handling.delivery.deemed_reply
        if due.kind is LapseKind.RECEIPT_DEEMED and deemed is not None:
            self._record(self.ReceiptDeemed, meta, **of, received_on=deemed.last_day, reply=reply)
        elif due.kind is LapseKind.ACCEPTANCE:
            self._record(self.AcceptanceLapsed, meta, **of, reply=handling.reply)
        else:
            commitment = handling.commitments[due.commitment - 1]
            self._record(self.CommitmentLapsed, meta, **of, commitment=commitment.number, deadline=commitment.deadline)


def _of_handling(handling: Handling) -> Iterator[Due]:
    """What lapses of a handling and is not recorded, whatever the clock says."""
    deemed = handling.delivery.deemed_receipt
    if handling.receipt is None and deemed is not None and _lapses(deemed, handling.closed_at):
        yield _due(deemed, LapseKind.RECEIPT_DEEMED, handling=handling.number)
    if (
        handling.reply is not None
        and handling.standing_lapse(LapseKind.ACCEPTANCE) is None
        and _lapses(handling.reply, handling.answered_at, handling.closed_at)
    ):
        yield _due(handling.reply, LapseKind.ACCEPTANCE, handling=handling.number)
    for one in handling.commitments:
        if handling.standing_lapse(LapseKind.COMMITMENT, one.number) is None and _lapses(
            one.deadline, one.met_at, one.replaced_at, handling.closed_at
        ):
            yield _due(one.deadline, LapseKind.COMMITMENT, handling=handling.number, commitment=one.number)


def _of_decision(decision: Decision, withdrawn_at: datetime | None) -> Iterator[Due]:
    if decision.lapse is None and _lapses(decision.deadline, decision.carried_out_at, withdrawn_at):
        yield _due(decision.deadline, LapseKind.DECISION, decision=decision.number)


def _lapses(deadline: Deadline, *ends: datetime | None) -> bool:
    """Whether the deadline passes unmet: nothing ended it before 24:00 of its last day."""
    ended = first_of(*ends)
    return ended is None or deadline.passed_at(ended)


def _due(deadline: Deadline, kind: LapseKind, *, handling: int = 0, commitment: int = 0, decision: int = 0) -> Due:
    return Due(deadline.due, ORDER.index(kind), kind, handling, commitment, decision)


ORDER = tuple(LapseKind)
