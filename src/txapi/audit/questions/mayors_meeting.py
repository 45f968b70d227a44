"""Question 8: what reached the mayor's office meeting 市长办公会议 without a recorded attempt by the leading official."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from txapi.audit.questions.meeting_decisions import MeetingDecision, Tried, decisions_of, handled_as_item
from txapi.audit.questions.moments import events_of, places_of
from txapi.audit.questions.pages import Key, Lines
from txapi.domain.labels import labelled
from txapi.domain.meeting import MeetingKind
from txapi.domain.official import Official
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import Escalation, LeaderStep
from txapi.projections.history import Told
from txapi.projections.meetings import MEETINGS
from txapi.projections.moment import Reader
from txapi.projections.select import Select, marks
from txapi.projections.ticket_rows import TICKETS, HandlingRow, TicketRow
from txapi.projections.tickets import handlings_of
from txapi.record.record import RecordedEvent


class MeetingWay(enum.Enum):
    """How a ticket came before the mayor's office meeting."""

    ESCALATED = "escalated"
    ITEM = "item"


labelled(
    {
        MeetingWay.ESCALATED: ("提级", "taken there by an escalation"),
        MeetingWay.ITEM: ("会议议题", "noted as an item of that meeting"),
    }
)

_OUT = (Ticket.Issued.TOPIC, Ticket.ResolvedOnSpot.TOPIC, Ticket.AssignedOnSite.TOPIC)
_TURNS = (Ticket.Reassigned.TOPIC, Ticket.Reopened.TOPIC)
_PLACED = (*_OUT, *_TURNS, Ticket.Escalated.TOPIC, Ticket.LeaderAttempted.TOPIC, Ticket.Decided.TOPIC)
_TOLD = (
    Ticket.Drafted.TOPIC,
    Ticket.DraftAmended.TOPIC,
    Ticket.ResolvedOnSpot.TOPIC,
    Ticket.AssignedOnSite.TOPIC,
    Ticket.DecisionCarriedOut.TOPIC,
    Ticket.DecisionLapsed.TOPIC,
    Ticket.CommitmentLapsed.TOPIC,
    Ticket.Resolved.TOPIC,
)


@dataclass(frozen=True, slots=True)
class RecordedAttempt:
    """What a leading official tried before the ticket came before the meeting: the event at `position`."""

    position: int
    step: LeaderStep


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingCase:
    """A ticket that came before the mayor's office meeting by the event at `reached`.

    `noted` is the event that named the meeting, for an item of it; `leader_step` the one that took the ticket to the
    leading official, `turned` the one that sent it on or reopened it last before.
    """

    ticket: str
    way: MeetingWay
    meeting: str | None
    reached_at: datetime
    reached: int
    noted: int | None
    leader: Official | None
    leader_step: int | None
    tried: Tried
    turned: int | None
    attempts: tuple[RecordedAttempt, ...]
    decisions: tuple[MeetingDecision, ...]

    @property
    def key(self) -> Key:
        """Where it stands: by the event by which it came before the meeting."""
        return (self.reached,)

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that this rests on, in order."""
        named = [self.reached, self.noted, self.leader_step, self.turned, *(one.position for one in self.attempts)]
        named += [position for decision in self.decisions for position in decision.events]
        return tuple(sorted({position for position in named if position is not None}))


@dataclass(frozen=True, slots=True)
class _Reached:
    """A ticket that came before the meeting, with where its events of each kind stand."""

    row: TicketRow
    way: MeetingWay
    position: int
    places: Mapping[str, Sequence[int]]

    def turned_before(self, position: int) -> int | None:
        """Where it was last sent on or reopened before a position."""
        turns = [place for topic in _TURNS for place in self.places.get(topic, ())]
        # The first assignment on site sends the item out; each later one sends it on.
        turns += self.places.get(Ticket.AssignedOnSite.TOPIC, ())[1:]
        return max((place for place in turns if place < position), default=None)

    def tried_before(self, position: int) -> Tried:
        """What a leading official had tried before a position."""
        attempts = [place for place in self.places.get(Ticket.LeaderAttempted.TOPIC, ()) if place < position]
        if not attempts:
            return Tried.NONE
        turned = self.turned_before(position)
        if turned is not None and attempts[-1] < turned:
            return Tried.EARLIER
        return Tried.SETTLED if self.row.leader_steps[len(attempts) - 1].settled else Tried.MADE

    @property
    def untried(self) -> bool:
        """Whether it came before the meeting, or was decided there, without an attempt that had failed."""
        decided = self.places.get(Ticket.Decided.TOPIC, ())
        return any(self.tried_before(position) is not Tried.MADE for position in (self.position, *decided))


def mayors_meeting(
    reader: Reader, record: Told, *, everything: bool = False, size: int = 50, after: Key | None = None
) -> Lines[MeetingCase]:
    """What came before the meeting, or was decided there, without an attempt; `everything`: whatever came before it.

    The rules refuse an escalation to the meeting without an attempt that failed. This reads what was recorded, whoever
    wrote it; and some ways are open: an item may be noted at the meeting itself, and a ticket that is sent on or
    reopened stays before the meeting. Six statements, however many tickets.
    """
    found = [one for one in _found(reader, everything=everything) if after is None or (one.position,) > after]
    page = found[:size]
    ids = [one.row.entity_id for one in page]
    told = events_of(reader, record, ids, _TOLD)
    handlings = handlings_of(reader, ids)
    lines = []
    for one in page:
        own = [handling for handling in handlings if handling.ticket_id == one.row.entity_id]
        said = told.get(one.row.entity_id, [])
        lines.append(_line(reader, one, own, said))
    return Lines(lines, has_next=len(found) > size)


def count_mayors_meeting(reader: Reader, *, everything: bool = False) -> int:
    """How many tickets there are."""
    return len(_found(reader, everything=everything))


def _found(reader: Reader, *, everything: bool) -> list[_Reached]:
    meetings = {
        row.entity_id for row in Select(MEETINGS, reader).where("t.kind = ?", MeetingKind.MAYORS_OFFICE.value).all()
    }
    question = Select(TICKETS, reader).where(
        f"(t.escalation = ? OR (t.issued_at IS NOT NULL AND t.meeting_id IN ({marks(meetings)})))",
        Escalation.MAYORS_OFFICE_MEETING.value,
        *sorted(meetings),
    )
    rows = question.all()
    places = places_of(reader, [row.entity_id for row in rows], _PLACED)
    found = [_reached(row, places[row.entity_id], meetings) for row in rows]
    return sorted((one for one in found if everything or one.untried), key=lambda one: one.position)


def _reached(row: TicketRow, places: Mapping[str, Sequence[int]], meetings: Collection[str]) -> _Reached:
    """By which of its events the ticket came before the meeting first."""
    ways = []
    if row.meeting_id in meetings:
        ways.append((min(place for topic in _OUT for place in places.get(topic, ())), MeetingWay.ITEM))
    for step, place in zip(row.escalation_steps, places.get(Ticket.Escalated.TOPIC, ()), strict=True):
        if step.to is Escalation.MAYORS_OFFICE_MEETING:
            ways.append((place, MeetingWay.ESCALATED))
    position, way = min(ways, key=lambda one: one[0])
    return _Reached(row, way, position, places)


def _line(
    reader: Reader, one: _Reached, handlings: Sequence[HandlingRow], said: Sequence[RecordedEvent]
) -> MeetingCase:
    row, places = one.row, one.places
    attempted = zip(places.get(Ticket.LeaderAttempted.TOPIC, ()), row.leader_steps, strict=True)
    steps = zip(places.get(Ticket.Escalated.TOPIC, ()), row.escalation_steps, strict=True)
    to_leader = [(place, step) for place, step in steps if step.to is Escalation.LEADING_OFFICIAL]
    place, step = to_leader[0] if to_leader else (None, None)
    item = one.way is MeetingWay.ITEM
    clock = reader.moment.clock
    decisions = decisions_of(row, said, places.get(Ticket.Decided.TOPIC, ()), one.tried_before, clock)
    if item:
        # What another meeting on the spot did with its own item is no decision of this one.
        decisions = [*handled_as_item(handlings, said, one.tried_before, clock), *decisions]
    escalated = [step.at for step in row.escalation_steps if step.to is Escalation.MAYORS_OFFICE_MEETING]
    reached_at = row.issued_at if item else escalated[0]
    assert reached_at is not None
    return MeetingCase(
        ticket=row.entity_id,
        way=one.way,
        meeting=row.meeting_id if item else next((each.meeting for each in row.decisions_made if each.meeting), None),
        reached_at=reached_at,
        reached=one.position,
        noted=_noted(row, said) if item else None,
        leader=step.leader if step else None,
        leader_step=place,
        tried=one.tried_before(one.position),
        turned=one.turned_before(one.position),
        attempts=tuple(RecordedAttempt(place, step) for place, step in attempted if place < one.position),
        decisions=tuple(sorted(decisions, key=lambda decision: decision.decided)),
    )


def _noted(row: TicketRow, said: Sequence[RecordedEvent]) -> int | None:
    """The last event of the draft that named the meeting."""
    naming = [one.position for one in said if getattr(one.event, "meeting", None) == row.meeting_id]
    return naming[-1] if naming else None
