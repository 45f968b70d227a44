"""Working 办理: progress, more time, an outcome, and the issuer's confirmation 销号 or reopening."""

from __future__ import annotations

from datetime import date

from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline
from txapi.domain.event import Event, Metadata
from txapi.domain.ticket.refusals import (
    DeadlineLiesInThePast,
    ExtensionDecisionNeedsAnOpinion,
    ExtensionIsNoLonger,
    ExtensionIsUndecided,
    ExtensionNeedsAReason,
    NoExtensionToDecide,
    NoHandlingOfThatUnit,
    NotTakenOn,
    OnlySupportCompletesSupport,
    OnlyTheLeadResolves,
    ProgressNeedsANote,
    ReopeningNeedsAReason,
    ResolutionNeedsAnOutcome,
)
from txapi.domain.ticket.state import UNSETTLED, WORKING, TicketParts, by, commit, deadline_on, must_have_reason, words
from txapi.domain.ticket.values import (
    CommitmentGround,
    Extension,
    Handling,
    HandlingRole,
    LapseKind,
    ProgressNote,
    TicketState,
)


class Working(TicketParts):
    """What a unit that has taken a ticket on does with it, and what the issuer makes of the outcome."""

    class ProgressReported(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit reported on its work; the first report of the lead shows that it has begun."""

        TOPIC = "ticket.progress_reported"

        handling: int
        unit: str
        note: str

        def apply(self, ticket: TicketParts) -> None:
            at = self.meta.decided_at
            ticket.progress.append(ProgressNote(at=at, handling=self.handling, unit=self.unit, note=self.note))
            if ticket._numbered(self.handling) is ticket.lead and ticket.state is TicketState.ACCEPTED:
                ticket.state = TicketState.IN_PROGRESS

    class ExtensionAsked(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A unit asked for more time 延期申请, before or after its date had passed; why is the event's reason."""

        TOPIC = "ticket.extension_asked"

        handling: int
        unit: str
        extends: Deadline
        to: date
        after_lapse: bool

        def apply(self, ticket: TicketParts) -> None:
            extensions = ticket._numbered(self.handling).extensions
            extensions.append(
                Extension(
                    number=len(extensions) + 1,
                    asked_at=self.meta.decided_at,
                    to=self.to,
                    reason=self.meta.reason or "",
                    after_lapse=self.after_lapse,
                )
            )

    class ExtensionDecided(Event, frozen=True, kw_only=True, omit_defaults=True):
        """An extension was decided 批复. Granted after a lapse, it gives a new date and the lapse stays."""

        TOPIC = "ticket.extension_decided"

        handling: int
        unit: str
        extension: int
        granted: bool
        after_lapse: bool
        commitment: Deadline | None = None
        opinion: str = ""

        def apply(self, ticket: TicketParts) -> None:
            handling = ticket._numbered(self.handling)
            extension = handling.extensions[self.extension - 1]
            extension.granted = self.granted
            extension.decided_at = self.meta.decided_at
            extension.by = by(self.meta)
            extension.opinion = self.opinion or None
            extension.after_lapse = self.after_lapse
            if self.commitment is not None:
                extension.granted_to = self.commitment.last_day
                commit(handling, CommitmentGround.EXTENDED, self.commitment, self.meta.decided_at)

    class SupportCompleted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A supporting unit completed its part."""

        TOPIC = "ticket.support_completed"

        handling: int
        unit: str
        outcome: str
        due: Deadline | None = None
        late: bool = False

        def apply(self, ticket: TicketParts) -> None:
            complete(ticket._numbered(self.handling), self.outcome, self)

    class Resolved(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The leading unit resolved the ticket 办结; `late` judges by `due`. Supporting units have no more to do."""

        TOPIC = "ticket.resolved"

        handling: int
        unit: str
        outcome: str
        due: Deadline | None = None
        late: bool = False

        def apply(self, ticket: TicketParts) -> None:
            for handling in ticket.current_handlings:
                if handling.working:
                    complete(handling, self.outcome if handling.number == self.handling else None, self)
            for decision in ticket.decisions:
                if decision.outstanding and decision.unit == self.unit:
                    decision.carry_out(self.meta.decided_at, self.originator_version)
                    decision.outcome = self.outcome
                    decision.by_resolution = True
            ticket.outcome = self.outcome
            ticket.resolved_at = self.meta.decided_at
            ticket.state = TicketState.RESOLVED

    class Confirmed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The issuer confirmed the outcome: the ticket is off the list 销号."""

        TOPIC = "ticket.confirmed"

        opinion: str = ""

        def apply(self, ticket: TicketParts) -> None:
            ticket.closed_at = self.meta.decided_at
            for handling in ticket.current_handlings:
                handling.closed_at = self.meta.decided_at
            ticket._turn(TicketState.CONFIRMED, self.meta)

    class Reopened(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The issuer reopened the ticket. An outcome that was never confirmed (`rejected`) kept no promise."""

        TOPIC = "ticket.reopened"

        handling: int | None
        rejected: bool
        commitment: Deadline | None = None

        def apply(self, ticket: TicketParts) -> None:
            at = self.meta.decided_at
            handling = None if self.handling is None else ticket._numbered(self.handling)
            if handling is not None:
                handling.closed_at = handling.completed_at = handling.result = None
                if self.rejected and handling.commitment is not None:
                    handling.commitment.met_at = None
                if self.commitment is not None:
                    commit(handling, CommitmentGround.REOPENED, self.commitment, at)
            if self.rejected:
                for decision in ticket.decisions:
                    if decision.by_resolution:
                        decision.carried_out_at = decision.outcome = None
                        decision.by_resolution = False
            ticket.closed_at = ticket.resolved_at = ticket.outcome = None
            ticket._turn(TicketState.IN_PROGRESS if handling is not None else TicketState.DRAFT, self.meta)

    # -- commands of the handling units ----------------------------------------------------------------------------

    def report_progress(self, meta: Metadata, *, note: str | None, unit: str | None = None) -> None:
        """Report on the work; the lead's first report takes the ticket from accepted to in progress. NotTakenOn."""
        handling = self._may_report_progress(meta, unit)
        text = words(note, "note")
        if not text:
            raise ProgressNeedsANote()
        self._record(self.ProgressReported, meta, handling=handling.number, unit=handling.unit, note=text)

    def ask_extension(self, meta: Metadata, *, to: date, unit: str | None = None) -> None:
        """Ask for time until the end of a day, with the command's reason.

        ExtensionNeedsAReason, ExtensionIsNoLonger, ExtensionIsUndecided, NotTakenOn.
        """
        handling = self._may_ask_extension(meta, unit)
        must_have_reason(meta, ExtensionNeedsAReason)
        extends = self._extendable(handling, to, meta)
        self._record(
            self.ExtensionAsked,
            meta,
            handling=handling.number,
            unit=handling.unit,
            extends=extends,
            to=to,
            after_lapse=extends.passed_at(meta.decided_at),
        )

    def complete_support(self, meta: Metadata, *, outcome: str | None, unit: str | None = None) -> None:
        """Complete the part of a supporting unit. OnlySupportCompletesSupport, ResolutionNeedsAnOutcome."""
        handling = self._may_complete_support(meta, unit)
        self._record(self.SupportCompleted, meta, **self._completion(handling, outcome, meta))

    def resolve(self, meta: Metadata, *, outcome: str | None, unit: str | None = None) -> None:
        """Resolve the ticket as its leading unit. OnlyTheLeadResolves, ResolutionNeedsAnOutcome, NotTakenOn."""
        handling = self._may_resolve(meta, unit)
        self._record(self.Resolved, meta, **self._completion(handling, outcome, meta))

    # -- commands of the issuer ------------------------------------------------------------------------------------

    def decide_extension(
        self,
        meta: Metadata,
        *,
        granted: bool,
        to: date | None = None,
        opinion: str | None = None,
        unit: str | None = None,
    ) -> None:
        """Grant the extension that a unit asked, to the day asked or another, or refuse it with an opinion.

        NoExtensionToDecide, ExtensionIsNoLonger, ExtensionDecisionNeedsAnOpinion.
        """
        handling = self._may_decide_extension(meta, unit)
        extension, current = handling.undecided_extension, handling.commitment
        if extension is None or current is None:
            raise NoExtensionToDecide()
        text = words(opinion, "opinion")
        commitment = None
        if granted:
            to = to or extension.to
            self._extendable(handling, to, meta)
            commitment = deadline_on(to, "to")
        elif not text:
            raise ExtensionDecisionNeedsAnOpinion()
        self._record(
            self.ExtensionDecided,
            meta,
            handling=handling.number,
            unit=handling.unit,
            extension=extension.number,
            granted=granted,
            after_lapse=current.deadline.passed_at(meta.decided_at),
            commitment=commitment,
            opinion=text,
        )

    def confirm(self, meta: Metadata, *, opinion: str | None = None) -> None:
        """Confirm the outcome as the issuer."""
        self._may_confirm(meta)
        self._record(self.Confirmed, meta, opinion=words(opinion, "opinion"))

    def reopen(self, meta: Metadata, *, due: date | None = None) -> None:
        """Take a resolved or confirmed ticket up again, with the command's reason and perhaps a new date.

        Without one the earlier date stands, for nothing restarts a deadline. ReopeningNeedsAReason,
        DeadlineLiesInThePast.
        """
        self._may_reopen(meta)
        must_have_reason(meta, ReopeningNeedsAReason)
        lead = self.lead
        self._record(
            self.Reopened,
            meta,
            handling=lead.number if lead else None,
            rejected=self.state is TicketState.RESOLVED,
            commitment=None if due is None or lead is None else must_leave_time(due, "due", meta),
        )

    # -- guards ----------------------------------------------------------------------------------------------------

    def _may_report_progress(self, meta: Metadata, unit: str | None = None) -> Handling:
        return self._may_work("report_ticket_progress", meta, unit)

    def _may_work(self, action: str, meta: Metadata, unit: str | None) -> Handling:
        """The handling that is worked on. NotTakenOn, and who may not take the action."""
        self._must_be_in(*UNSETTLED)
        handling = self._handling_for(meta, action, unit)
        if not handling.working:
            raise NotTakenOn(unit=handling.unit)
        return handling

    def _may_ask_extension(self, meta: Metadata, unit: str | None = None) -> Handling:
        handling = self._may_work("ask_ticket_extension", meta, unit)
        if handling.undecided_extension is not None:
            raise ExtensionIsUndecided(unit=handling.unit)
        return handling

    def _may_complete_support(self, meta: Metadata, unit: str | None = None) -> Handling:
        handling = self._may_work("complete_ticket_support", meta, unit)
        if handling.role is HandlingRole.LEAD:
            raise OnlySupportCompletesSupport(unit=handling.unit)
        return handling

    def _may_resolve(self, meta: Metadata, unit: str | None = None) -> Handling:
        self._must_be_in(*WORKING)
        handling = self._may_work("resolve_ticket", meta, unit)
        if handling.role is not HandlingRole.LEAD:
            raise OnlyTheLeadResolves(unit=handling.unit)
        return handling

    def _may_decide_extension(self, meta: Metadata, unit: str | None = None) -> Handling:
        self._must_be_in(*UNSETTLED)
        self._may_as_issuer(meta, "decide_ticket_extension")
        current = [handling for handling in self.current_handlings if unit in (None, handling.unit)]
        if unit is not None and not current:
            raise NoHandlingOfThatUnit(unit=unit)
        for handling in current:
            if handling.working and handling.undecided_extension is not None:
                return handling
        raise NoExtensionToDecide()

    def _may_confirm(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.RESOLVED)
        self._may_as_issuer(meta, "confirm_ticket")

    def _may_reopen(self, meta: Metadata) -> None:
        self._must_be_in(TicketState.RESOLVED, TicketState.CONFIRMED)
        self._may_as_issuer(meta, "reopen_ticket")

    def _extendable(self, handling: Handling, to: date, meta: Metadata) -> Deadline:
        """The deadline that an extension to that day would extend."""
        deadline_on(to, "to")
        if handling.commitment is None:
            raise NotTakenOn(unit=handling.unit)
        current, today = handling.commitment.deadline, day_of(meta.decided_at)
        if to <= current.last_day or to < today:
            raise ExtensionIsNoLonger(to=to.isoformat(), last_day=current.last_day.isoformat(), today=today.isoformat())
        return current

    def _completion(self, handling: Handling, outcome: str | None, meta: Metadata) -> dict[str, object]:
        text = words(outcome, "outcome")
        if not text:
            raise ResolutionNeedsAnOutcome()
        owed = handling.commitment
        due = owed.deadline if owed is not None and owed.met_at is None else None
        late = due is not None and due.passed_at(meta.decided_at)
        return {"handling": handling.number, "unit": handling.unit, "outcome": text, "due": due, "late": late}


def complete(handling: Handling, result: str | None, event: Event) -> None:
    """Keep that a unit is done, and with it its commitment."""
    arrived = event.meta.decided_at
    handling.completed_at = arrived
    handling.result = result
    if handling.commitment is not None and handling.commitment.met_at is None:
        owed = handling.commitment
        owed.met_at = arrived
        handling.arrived_in_time(LapseKind.COMMITMENT, arrived, event.originator_version, owed.number)


def must_leave_time(day: date, field: str, meta: Metadata) -> Deadline:
    """The deadline for that day, which must not lie before today. DeadlineLiesInThePast; BadInput BAD_DATE."""
    today = day_of(meta.decided_at)
    if day < today:
        raise DeadlineLiesInThePast(due=day.isoformat(), today=today.isoformat())
    return deadline_on(day, field)
