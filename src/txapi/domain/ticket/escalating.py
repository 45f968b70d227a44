"""Escalating 催办与提级: reminders, the leading official's attempt, the mayor's office meeting and its decisions."""

from __future__ import annotations

from datetime import date

from txapi.domain.deadlines import Deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.official import Official
from txapi.domain.permissions import must_be_permitted
from txapi.domain.ticket.refusals import (
    AlreadyEscalated,
    AttemptNeedsAnOutcome,
    DecisionIsCarriedOut,
    DecisionNeedsAText,
    EscalationNeedsALeader,
    EscalationNeedsAReason,
    EscalationSkipsTheLeader,
    NoHandlingOfThatUnit,
    NoSuchDecision,
    NotBeforeALeader,
    NotBeforeTheMeeting,
    ReminderNeedsANote,
    ResolutionNeedsAnOutcome,
)
from txapi.domain.ticket.state import (
    CODE_LENGTH_MAX,
    UNRECEIVED,
    UNSETTLED,
    WORKING,
    TicketParts,
    by,
    must_have_reason,
    must_say,
    words,
)
from txapi.domain.ticket.values import (
    Decision,
    Escalation,
    EscalationStep,
    LeaderStep,
    Reminder,
    TicketState,
)
from txapi.domain.ticket.working import must_leave_time


class Escalating(TicketParts):
    """Escalation is an axis of its own: the handling units owe what they owe, however high a ticket was taken."""

    class Reminded(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit was reminded 催办 of what it owes."""

        TOPIC = "ticket.reminded"

        unit: str
        note: str

        def apply(self, ticket: TicketParts) -> None:
            actor = self.meta.actor.unit
            ticket.reminders.append(
                Reminder(at=self.meta.decided_at, by=by(self.meta), unit=self.unit, note=self.note, by_unit=actor)
            )

    class Escalated(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The ticket was taken higher 提级; why is the event's reason."""

        TOPIC = "ticket.escalated"

        to: Escalation
        leader: Official | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.escalation = self.to
            step = EscalationStep(
                to=self.to, at=self.meta.decided_at, reason=self.meta.reason or "", leader=self.leader
            )
            ticket.escalations.append(step)

    class LeaderAttempted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A leading official tried to settle the matter."""

        TOPIC = "ticket.leader_attempted"

        outcome: str
        settled: bool

        def apply(self, ticket: TicketParts) -> None:
            at, actor = self.meta.decided_at, self.meta.actor.unit
            ticket.leader_steps.append(
                LeaderStep(at=at, by=by(self.meta), outcome=self.outcome, settled=self.settled, by_unit=actor)
            )

    class Decided(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The mayor's office meeting decided: who is responsible for what, by when."""

        TOPIC = "ticket.decided"

        number: int
        text: str
        unit: str
        deadline: Deadline
        meeting: str | None = None

        def apply(self, ticket: TicketParts) -> None:
            ticket.decisions.append(
                Decision(
                    number=self.number,
                    text=self.text,
                    unit=self.unit,
                    deadline=self.deadline,
                    decided_at=self.meta.decided_at,
                    meeting=self.meeting,
                )
            )

    class DecisionCarriedOut(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The responsible unit carried a decision out; `late` judges by `due`."""

        TOPIC = "ticket.decision_carried_out"

        decision: int
        unit: str
        outcome: str
        due: Deadline
        late: bool

        def apply(self, ticket: TicketParts) -> None:
            decision = ticket.decisions[self.decision - 1]
            decision.carry_out(self.meta.decided_at, self.originator_version)
            decision.outcome = self.outcome

    def remind(self, meta: Metadata, *, note: str | None, unit: str | None = None) -> None:
        """Remind a handling unit, the leading one if none is named. ReminderNeedsANote, NoHandlingOfThatUnit."""
        self._may_remind(meta)
        text = words(note, "note")
        if not text:
            raise ReminderNeedsANote()
        current = [handling for handling in self.current_handlings if unit in (None, handling.unit)]
        if not current:
            raise NoHandlingOfThatUnit(unit=unit or self.handler or "")
        self._record(self.Reminded, meta, unit=current[0].unit, note=text)

    def escalate(self, meta: Metadata, *, to: Escalation, leader: Official | None = None) -> None:
        """Take the ticket to a leading official, or on to the mayor's office meeting, with the command's reason.

        The meeting takes what a leading official has tried and could not settle. EscalationNeedsAReason,
        EscalationNeedsALeader, EscalationSkipsTheLeader, AlreadyEscalated.
        """
        self._may_escalate(meta)
        if LEVELS.index(to) <= LEVELS.index(self.escalation):
            raise AlreadyEscalated()
        must_have_reason(meta, EscalationNeedsAReason)
        if to is Escalation.LEADING_OFFICIAL and leader is None:
            raise EscalationNeedsALeader()
        if to is Escalation.MAYORS_OFFICE_MEETING and (not self.leader_steps or self.leader_steps[-1].settled):
            raise EscalationSkipsTheLeader()
        self._record(self.Escalated, meta, to=to, leader=leader)

    def record_attempt(self, meta: Metadata, *, outcome: str | None, settled: bool) -> None:
        """Record what a leading official tried and whether it settled the matter. AttemptNeedsAnOutcome."""
        self._may_record_attempt(meta)
        text = words(outcome, "outcome")
        if not text:
            raise AttemptNeedsAnOutcome()
        self._record(self.LeaderAttempted, meta, outcome=text, settled=settled)

    def decide(
        self, meta: Metadata, *, text: str | None, responsible: str, deadline: date, meeting: str | None = None
    ) -> None:
        """Record a decision of the mayor's office meeting. DecisionNeedsAText, DeadlineLiesInThePast."""
        self._may_decide(meta)
        said = words(text, "text")
        if not said:
            raise DecisionNeedsAText()
        self._record(
            self.Decided,
            meta,
            number=len(self.decisions) + 1,
            text=said,
            unit=must_say(responsible, "responsible", CODE_LENGTH_MAX),
            deadline=must_leave_time(deadline, "deadline", meta),
            meeting=meeting,
        )

    def carry_out_decision(self, meta: Metadata, *, decision: int, outcome: str | None) -> None:
        """Say as the responsible unit what became of a decision. NoSuchDecision, DecisionIsCarriedOut."""
        found = self._may_carry_out_decision(meta, decision)
        text = words(outcome, "outcome")
        if not text:
            raise ResolutionNeedsAnOutcome()
        self._record(
            self.DecisionCarriedOut,
            meta,
            decision=found.number,
            unit=found.unit,
            outcome=text,
            due=found.deadline,
            late=found.deadline.passed_at(meta.decided_at),
        )

    def _may_remind(self, meta: Metadata) -> None:
        self._must_be_in(*UNRECEIVED, TicketState.RECEIVED, *WORKING)
        self._may_as_issuer(meta, "remind_ticket")

    def _may_escalate(self, meta: Metadata) -> None:
        self._must_be_in(*UNSETTLED)
        self._may_as_issuer(meta, "escalate_ticket")
        if self.escalation is LEVELS[-1]:
            raise AlreadyEscalated()

    def _may_record_attempt(self, meta: Metadata) -> None:
        self._must_be_in(*UNSETTLED)
        must_be_permitted(meta, "record_ticket_attempt")
        if self.escalation is Escalation.NONE:
            raise NotBeforeALeader()

    def _may_decide(self, meta: Metadata) -> None:
        self._must_be_in(*UNSETTLED)
        must_be_permitted(meta, "decide_ticket")
        if self.escalation is not Escalation.MAYORS_OFFICE_MEETING:
            raise NotBeforeTheMeeting()

    def _may_carry_out_decision(self, meta: Metadata, decision: int | None = None) -> Decision:
        # A decision binds its unit even after the ticket was resolved by another.
        self._must_be_in(*UNSETTLED, TicketState.RESOLVED, TicketState.CONFIRMED)
        if decision is None:
            outstanding = [one for one in self.decisions if one.outstanding]
            mine = [one for one in outstanding if meta.actor.acts_for(one.unit)] or outstanding or self.decisions
            if not mine:
                raise NoSuchDecision(number=1)
            found = mine[0]
        elif 1 <= decision <= len(self.decisions):
            found = self.decisions[decision - 1]
        else:
            raise NoSuchDecision(number=decision)
        must_be_permitted(meta, "carry_out_ticket_decision", found.unit)
        if not found.outstanding:
            raise DecisionIsCarriedOut(number=found.number)
        return found


LEVELS = tuple(Escalation)
"""How high a ticket can be taken, from the bottom up."""
