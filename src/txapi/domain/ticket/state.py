"""The state of a ticket 工作联系单, and the guards that its commands share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from txapi.domain.aggregate import Aggregate
from txapi.domain.dates import FIRST_YEAR, LAST_YEAR
from txapi.domain.deadlines import Deadline
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Metadata
from txapi.domain.official import Official
from txapi.domain.permissions import acts_for_a_unit, must_be_permitted
from txapi.domain.ticket.refusals import NoHandlingOfThatUnit, TicketStateForbids
from txapi.domain.ticket.values import (
    Commitment,
    CommitmentGround,
    Decision,
    Escalation,
    EscalationStep,
    Handling,
    HandlingRole,
    LeaderStep,
    ProgressNote,
    Receipt,
    Reminder,
    TicketCategory,
    TicketOrigin,
    TicketState,
    TicketSubject,
    Turn,
)

TEXT_LENGTH_MAX = 10_000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
LINE_LENGTH_MAX = 500
CODE_LENGTH_MAX = 64

UNRECEIVED = (TicketState.ISSUED, TicketState.REASSIGNED)
WORKING = (TicketState.ACCEPTED, TicketState.IN_PROGRESS)
UNSETTLED = (*UNRECEIVED, TicketState.RECEIVED, *WORKING, TicketState.RETURNED)
"""The states in which a ticket is out and not resolved."""
OVER = (TicketState.CONFIRMED, TicketState.WITHDRAWN)
"""The states in which nothing more is done about a ticket, unless it is reopened."""


class TicketParts(Aggregate):
    """What every part of the ticket works on. The parts hold the commands and events by subject."""

    KIND = "ticket"

    def _blank(self) -> None:
        self.origin = TicketOrigin.LIAISON_FORM
        self.category = TicketCategory.PROJECT_PROGRESS
        self.number: str | None = None
        self.subject = ""
        self.body = ""
        self.about: tuple[TicketSubject, ...] = ()
        self.issuer: str | None = None
        self.handler: str | None = None
        self.copies: tuple[str, ...] = ()
        self.requested_by: date | None = None
        self.meeting: str | None = None
        self.contact: str | None = None
        """The id of the person to call about it."""
        self.internal = False
        """Whether it was marked as internal."""
        self.signed_off_by: Official | None = None
        self.state = TicketState.DRAFT
        self.drafted_at: datetime | None = None
        self.issued_at: datetime | None = None
        self.closed_at: datetime | None = None
        """When the ticket was confirmed or withdrawn, while it is."""
        self.outcome: str | None = None
        self.resolved_at: datetime | None = None
        self.handlings: list[Handling] = []
        self.progress: list[ProgressNote] = []
        self.reminders: list[Reminder] = []
        self.escalation = Escalation.NONE
        self.escalations: list[EscalationStep] = []
        self.leader_steps: list[LeaderStep] = []
        self.decisions: list[Decision] = []
        self.turns: list[Turn] = []
        """Withdrawal, reassignments, reopenings and confirmations, in order."""

    # -- asking the state ------------------------------------------------------------------------------------------

    @property
    def lead(self) -> Handling | None:
        """The handling that leads now: the last with that role."""
        for handling in reversed(self.handlings):
            if handling.role is HandlingRole.LEAD:
                return handling
        return None

    @property
    def current_handlings(self) -> list[Handling]:
        """The handlings that have not ended, the lead first."""
        current = [handling for handling in self.handlings if handling.open]
        return sorted(current, key=lambda handling: (handling.role is not HandlingRole.LEAD, handling.number))

    @property
    def round(self) -> int:
        """How often the ticket was sent to a leading unit."""
        return self.lead.round if self.lead else 0

    def _numbered(self, number: int) -> Handling:
        return self.handlings[number - 1]

    # -- guards that commands share --------------------------------------------------------------------------------

    def _must_be_in(self, *states: TicketState) -> None:
        self._must_exist()
        if self.state not in states:
            raise TicketStateForbids(state=self.state.value, needs=[state.value for state in states])

    def _may_as_issuer(self, meta: Metadata, action: str) -> None:
        """Refuse who may not take an action that is the issuer's; for a meeting, which is no unit, its secretary acts."""
        must_be_permitted(meta, action, self.issuer, on_site=self.origin is TicketOrigin.ON_SITE_MEETING)

    def _handling_for(self, meta: Metadata, action: str, unit: str | None) -> Handling:
        """The open handling that a command is for: of the unit named, or the one that the actor acts for.

        NoHandlingOfThatUnit, NotYourUnit, NotYourRole.
        """
        current = self.current_handlings
        if unit is None and acts_for_a_unit(meta, action):
            current = [handling for handling in current if meta.actor.acts_for(handling.unit)] or current
        elif unit is not None:
            current = [handling for handling in current if handling.unit == unit]
        if not current:
            raise NoHandlingOfThatUnit(unit=unit or self.handler or meta.actor.unit or "")
        must_be_permitted(meta, action, current[0].unit)
        return current[0]

    # -- evolving, shared by events --------------------------------------------------------------------------------

    def _take_receipt(self, handling: Handling, receipt: Receipt, reply: Deadline | None) -> None:
        handling.receipt = receipt
        handling.reply = reply
        if handling is self.lead and handling.open and self.state in UNRECEIVED:
            self.state = TicketState.RECEIVED

    def _turn(self, state: TicketState, meta: Metadata) -> None:
        self.state = state
        turn = Turn(state=state, at=meta.decided_at, by=by(meta), reason=meta.reason, by_unit=meta.actor.unit)
        self.turns.append(turn)


def commit(handling: Handling, ground: CommitmentGround, deadline: Deadline, at: datetime) -> None:
    """Give a handling a new date to be done by. One that it replaces is kept."""
    earlier = handling.commitment
    if earlier is not None and earlier.met_at is None and earlier.replaced_at is None:
        earlier.replaced_at = at
    number = len(handling.commitments) + 1
    handling.commitments.append(Commitment(number=number, ground=ground, made_at=at, deadline=deadline))


def by(meta: Metadata) -> str:
    """Who acted, as the state keeps it: the unit's code, or the subject of one who acts for no unit.

    A subject may read like a code: who asks for the unit asks for `meta.actor.unit`.
    """
    return meta.actor.unit or meta.actor.subject


def words(value: str | None, field: str, limit: int = TEXT_LENGTH_MAX) -> str:
    """The text without space around it, "" for none. BadInput TEXT_TOO_LONG, BAD_TEXT."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("BAD_TEXT", "this must be text", (field,))
    text = value.strip()
    if len(text) > limit:
        raise BadInput("TEXT_TOO_LONG", f"at most {limit} characters", (field,))
    if _UNSTORABLE.search(text):
        raise BadInput("BAD_TEXT", "text has no NUL and no lone surrogates", (field,))
    return text


def must_say(value: str | None, field: str, limit: int = TEXT_LENGTH_MAX) -> str:
    """The text, which there must be. BadInput EMPTY_TEXT, TEXT_TOO_LONG, BAD_TEXT."""
    text = words(value, field, limit)
    if not text:
        raise BadInput("EMPTY_TEXT", "this must not be empty", (field,))
    return text


def must_have_reason(meta: Metadata, refusal: type[Refusal]) -> str:
    """The command's reason, or the refusal where it gives none. BadInput TEXT_TOO_LONG, BAD_TEXT."""
    reason = words(meta.reason, "reason")
    if not reason:
        raise refusal()
    return reason


def deadline_on(day: date, field: str) -> Deadline:
    """The deadline that a person sets for a day. BadInput BAD_DATE."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput("BAD_DATE", f"years from {FIRST_YEAR} to {LAST_YEAR} are known here", (field,))
    return Deadline.on(day)


def must_be_distinct(values: Sequence[object], field: str) -> None:
    """BadInput NAMED_TWICE where a list names the same thing twice."""
    if len(set(values)) != len(values):
        raise BadInput("NAMED_TWICE", "the same is named twice", (field,))
