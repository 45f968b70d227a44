"""What the mayor's office meeting decided 市长办公会议决定 on a ticket, and whether it was carried out, in time or late."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from txapi.domain.deadlines import Deadline
from txapi.domain.labels import labelled
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import HandlingRole, first_of
from txapi.projections.ticket_rows import HandlingRow, TicketRow
from txapi.record.record import RecordedEvent


class Tried(enum.Enum):
    """What a leading official had tried before. `EARLIER`: only before the ticket was last sent on or reopened.

    `SETTLED`: the last attempt said that the matter was settled.
    """

    MADE = "made"
    SETTLED = "settled"
    EARLIER = "earlier"
    NONE = "none"


labelled(
    {
        Tried.MADE: ("已协调未果", "tried and not settled"),
        Tried.SETTLED: ("协调称已解决", "tried, and said to be settled"),
        Tried.EARLIER: ("转办或重办后未再协调", "tried only before it was last sent on or reopened"),
        Tried.NONE: ("无协调记录", "no recorded attempt"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingDecision:
    """One decision, by the event at `decided`, and what became of it by the moment's clock.

    `number` is None for what the meeting did with an item of its own: it was assigned with a deadline, or resolved on the
    spot (`deadline` None). `late`: carried out after the deadline, or not while the deadline passed. `tried` is what a
    leading official had tried by then.
    """

    number: int | None
    text: str | None
    unit: str | None
    deadline: Deadline | None
    decided_at: datetime
    carried_out_at: datetime | None
    outcome: str | None
    late: bool
    tried: Tried
    decided: int
    carried_out: int | None
    lapsed: int | None

    @property
    def events(self) -> tuple[int, ...]:
        """The events that it rests on."""
        return tuple(one for one in (self.decided, self.carried_out, self.lapsed) if one is not None)


TriedBefore = Callable[[int], Tried]
"""What a leading official had tried before a position."""


def decisions_of(
    row: TicketRow, said: Sequence[RecordedEvent], places: Sequence[int], tried_before: TriedBefore, clock: datetime
) -> list[MeetingDecision]:
    """What the meeting decided on a ticket before it: `places` are those of its decisions, `said` its events."""
    found = []
    for decision, decided in zip(row.decisions_made, places, strict=True):
        carried_out = lapsed = None
        for one in said:
            event = one.event
            if isinstance(event, Ticket.DecisionCarriedOut) and event.decision == decision.number:
                carried_out = one.position
            elif isinstance(event, Ticket.DecisionLapsed) and event.decision == decision.number:
                lapsed = one.position
            elif isinstance(event, Ticket.Resolved) and event.meta.decided_at == decision.carried_out_at:
                carried_out = carried_out or one.position
        found.append(
            MeetingDecision(
                number=decision.number,
                text=decision.text,
                unit=decision.unit,
                deadline=decision.deadline,
                decided_at=decision.decided_at,
                carried_out_at=decision.carried_out_at,
                outcome=decision.outcome,
                late=row.decision_late_at(decision, clock),
                tried=tried_before(decided),
                decided=decided,
                carried_out=carried_out if decision.carried_out_at else None,
                lapsed=lapsed,
            )
        )
    return found


def handled_as_item(
    handlings: Sequence[HandlingRow], said: Sequence[RecordedEvent], tried_before: TriedBefore, clock: datetime
) -> Iterator[MeetingDecision]:
    """What a meeting did with an item of its own: assigned it, perhaps more than once, or resolved it on the spot."""
    by_round = {one.round: one for one in handlings if one.role is HandlingRole.LEAD}
    for one in said:
        event = one.event
        if isinstance(event, Ticket.ResolvedOnSpot):
            yield MeetingDecision(
                number=None,
                text=None,
                unit=None,
                deadline=None,
                decided_at=event.meta.decided_at,
                carried_out_at=event.meta.decided_at,
                outcome=event.outcome,
                late=False,
                tried=tried_before(one.position),
                decided=one.position,
                carried_out=one.position,
                lapsed=None,
            )
        elif isinstance(event, Ticket.AssignedOnSite):
            handling = by_round[event.round]
            ended = first_of(clock, handling.completed_at, handling.closed_at)
            yield MeetingDecision(
                number=None,
                text=None,
                unit=event.unit,
                deadline=event.commitment,
                decided_at=event.meta.decided_at,
                carried_out_at=handling.completed_at,
                outcome=handling.result,
                late=ended is not None and event.commitment.passed_at(ended),
                tried=tried_before(one.position),
                decided=one.position,
                carried_out=_last(said, Ticket.Resolved, handling.number) if handling.completed_at else None,
                lapsed=_last(said, Ticket.CommitmentLapsed, handling.number),
            )


def _last(said: Sequence[RecordedEvent], kind: type[Any], handling: int) -> int | None:
    """Where the last event of that kind on a handling stands."""
    found = [one.position for one in said if isinstance(one.event, kind) and one.event.handling == handling]
    return found[-1] if found else None
