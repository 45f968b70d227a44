"""What is owed on a ticket 待办, by whom and by when: questions to its state and a clock, never stored as a flag."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime

import msgspec

from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline
from txapi.domain.labels import labelled
from txapi.domain.ticket.state import UNSETTLED, TicketParts
from txapi.domain.ticket.values import Escalation, Handling, HandlingRole, ReplyOutcome, TicketState


class OwedKind(enum.Enum):
    """What somebody owes on a ticket."""

    RECEIPT = "receipt"
    REPLY = "reply"
    COMMITMENT = "commitment"
    NEXT_STEP = "next_step"
    CONFIRMATION = "confirmation"
    EXTENSION_DECISION = "extension_decision"
    LEADER_ATTEMPT = "leader_attempt"
    DECISION = "decision"
    CARRYING_OUT = "carrying_out"


labelled(
    {
        OwedKind.RECEIPT: ("待签收", "to receive"),
        OwedKind.REPLY: ("待受理", "to reply"),
        OwedKind.COMMITMENT: ("待办结", "to resolve"),
        OwedKind.NEXT_STEP: ("退回待处理", "to send on or withdraw"),
        OwedKind.CONFIRMATION: ("待确认", "to confirm"),
        OwedKind.EXTENSION_DECISION: ("延期待批复", "to decide an extension"),
        OwedKind.LEADER_ATTEMPT: ("待领导协调", "to be tried by a leading official"),
        OwedKind.DECISION: ("待会议研究", "to be decided by the meeting"),
        OwedKind.CARRYING_OUT: ("待落实", "to carry out"),
    }
)


class Owed(msgspec.Struct, frozen=True, gc=False):
    """What one unit owes: `unit` is None where a person or the meeting owes it; `handling` and `decision` are numbers.

    `deadline` is None where nobody set one. `then` is what a receipt turns into when it is deemed: the reply deadline
    that follows. So a ticket waiting for receipt is overdue when `then` has passed, not when the receipt is deemed.
    """

    what: OwedKind
    unit: str | None
    deadline: Deadline | None = None
    then: Deadline | None = None
    handling: int | None = None
    decision: int | None = None

    @property
    def due(self) -> datetime | None:
        """The instant of the deadline; None where there is none."""
        return self.deadline.due if self.deadline else None

    @property
    def limit(self) -> Deadline | None:
        """The deadline after which this is overdue."""
        return self.then if self.what is OwedKind.RECEIPT else self.deadline

    def overdue(self, clock: datetime) -> bool:
        """Whether it is overdue at that instant."""
        return self.limit is not None and self.limit.passed_at(clock)

    def as_of(self, clock: datetime) -> Owed:
        """What is owed at that instant: a receipt that is deemed by then is a reply, recorded or not."""
        if self.what is OwedKind.RECEIPT and self.deadline is not None and self.deadline.passed_at(clock):
            return Owed(OwedKind.REPLY, self.unit, deadline=self.then, handling=self.handling)
        return self


def owes(ticket: TicketParts) -> tuple[Owed, ...]:
    """Everything owed on the ticket, what its leading unit or its issuer owes first."""
    return tuple(_owed(ticket))


def owed(ticket: TicketParts) -> Owed | None:
    """What has to happen next for the ticket to go on; None for a draft and for one that is closed."""
    everything = owes(ticket)
    return everything[0] if everything else None


def to_receive(ticket: TicketParts, clock: datetime) -> tuple[str, ...]:
    """The units that have still to receive the ticket at that instant."""
    return _units(ticket, clock, OwedKind.RECEIPT)


def to_reply(ticket: TicketParts, clock: datetime) -> tuple[str, ...]:
    """The units that have received the ticket at that instant and have not answered."""
    return _units(ticket, clock, OwedKind.REPLY)


def overdue(ticket: TicketParts, clock: datetime) -> tuple[Owed, ...]:
    """What is overdue at that instant: at 24:00 of the last day, not before."""
    return tuple(one.as_of(clock) for one in owes(ticket) if one.overdue(clock))


def due_within(ticket: TicketParts, clock: datetime, days: int) -> tuple[Owed, ...]:
    """What falls due on the day of the clock (Shanghai) or within so many days after it, and is not overdue."""
    today = day_of(clock)
    current = [one.as_of(clock) for one in owes(ticket)]
    return tuple(
        one
        for one in current
        if one.deadline and not one.overdue(clock) and (one.deadline.last_day - today).days <= days
    )


def _units(ticket: TicketParts, clock: datetime, what: OwedKind) -> tuple[str, ...]:
    current = (one.as_of(clock) for one in owes(ticket))
    return tuple(one.unit for one in current if one.what is what and one.unit is not None)


def _owed(ticket: TicketParts) -> Iterator[Owed]:
    if ticket.state is TicketState.RESOLVED:
        yield Owed(OwedKind.CONFIRMATION, ticket.issuer)
    if ticket.state in UNSETTLED:
        for handling in ticket.current_handlings:
            yield from _of_handling(ticket, handling)
        yield from _of_escalation(ticket)
    if ticket.state is not TicketState.WITHDRAWN:
        for decision in ticket.decisions:
            if decision.outstanding:
                yield Owed(OwedKind.CARRYING_OUT, decision.unit, deadline=decision.deadline, decision=decision.number)


def _of_handling(ticket: TicketParts, handling: Handling) -> Iterator[Owed]:
    number, delivery = handling.number, handling.delivery
    if handling.working:
        # A promise that was kept and then reopened without a new date leaves the work without one.
        promised = handling.commitment if handling.commitment and handling.commitment.met_at is None else None
        limit = promised.deadline if promised else None
        yield Owed(OwedKind.COMMITMENT, handling.unit, deadline=limit, handling=number)
        if handling.undecided_extension is not None:
            yield Owed(OwedKind.EXTENSION_DECISION, ticket.issuer, handling=number)
    elif handling.outcome is ReplyOutcome.RETURNED and handling.role is HandlingRole.LEAD:
        yield Owed(OwedKind.NEXT_STEP, ticket.issuer, handling=number)
    elif handling.outcome is None and handling.receipt is None:
        yield Owed(
            OwedKind.RECEIPT,
            handling.unit,
            deadline=delivery.deemed_receipt,
            then=delivery.deemed_reply,
            handling=number,
        )
    elif handling.outcome is None:
        yield Owed(OwedKind.REPLY, handling.unit, deadline=handling.reply, handling=number)


def _of_escalation(ticket: TicketParts) -> Iterator[Owed]:
    if ticket.escalation is Escalation.LEADING_OFFICIAL and not ticket.leader_steps:
        yield Owed(OwedKind.LEADER_ATTEMPT, None)
    elif ticket.escalation is Escalation.MAYORS_OFFICE_MEETING and not ticket.decisions:
        yield Owed(OwedKind.DECISION, None)
