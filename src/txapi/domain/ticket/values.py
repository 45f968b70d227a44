"""What a ticket 工作联系单 is made of: its states, handlings, commitments, extensions, lapses and decisions."""

from __future__ import annotations

import enum
from datetime import date, datetime

import msgspec

from txapi.domain.deadlines import Deadline, deemed_receipt, reply_deadline
from txapi.domain.event import Basis, Source
from txapi.domain.labels import labelled
from txapi.domain.official import Official
from txapi.domain.reference import References


class TicketOrigin(enum.Enum):
    """Whether a ticket was written as a liaison form or noted at a meeting on the spot."""

    LIAISON_FORM = "liaison_form"
    ON_SITE_MEETING = "on_site_meeting"


class TicketCategory(enum.Enum):
    """What kind of difficulty a ticket is about."""

    LAND_USE = "land_use"
    PROJECT_PROGRESS = "project_progress"
    INVESTMENT_PROMOTION = "investment_promotion"
    APPROVAL_ASSISTANCE = "approval_assistance"
    INDUSTRIAL_WASTEWATER = "industrial_wastewater"


class TicketState(enum.Enum):
    """How far a ticket has come; it follows the lead handling. Overdue is no state but a question to a clock."""

    DRAFT = "draft"
    ISSUED = "issued"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REASSIGNED = "reassigned"


class SubjectKind(enum.Enum):
    """What kind of noun a ticket is about."""

    PROJECT = "project"
    PARCEL = "parcel"
    COMPANY = "company"


class HandlingRole(enum.Enum):
    """Whether a unit leads the handling or supports it."""

    LEAD = "lead"
    SUPPORT = "support"


class ReplyOutcome(enum.Enum):
    """What became of the reply that a unit owed. `ASSIGNED` owed none: the item was assigned with a deadline."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    REASSIGNED = "reassigned"
    UNANSWERED = "unanswered"
    ASSIGNED = "assigned"


class CommitmentGround(enum.Enum):
    """Who set the date by which a unit is to have done."""

    PROMISED = "promised"
    EXTENDED = "extended"
    ASSIGNED = "assigned"
    REOPENED = "reopened"


class LapseKind(enum.Enum):
    """What passed although nobody acted, in the order in which it counts when two pass at one instant."""

    RECEIPT_DEEMED = "receipt_deemed"
    ACCEPTANCE = "acceptance"
    COMMITMENT = "commitment"
    DECISION = "decision"


class Escalation(enum.Enum):
    """How high a ticket was taken; an axis of its own beside the state."""

    NONE = "none"
    LEADING_OFFICIAL = "leading_official"
    MAYORS_OFFICE_MEETING = "mayors_office_meeting"


labelled(
    {
        TicketOrigin.LIAISON_FORM: ("工作联系单", "liaison form"),
        TicketOrigin.ON_SITE_MEETING: ("现场办公", "on-site meeting"),
        TicketCategory.LAND_USE: ("节约集约利用土地", "land use"),
        TicketCategory.PROJECT_PROGRESS: ("项目推进", "project progress"),
        TicketCategory.INVESTMENT_PROMOTION: ("招商引资", "investment promotion"),
        TicketCategory.APPROVAL_ASSISTANCE: ("审批代办", "approval assistance"),
        TicketCategory.INDUSTRIAL_WASTEWATER: ("工业污水入网", "industrial wastewater"),
        TicketState.DRAFT: ("草稿", "draft"),
        TicketState.ISSUED: ("已发出", "issued"),
        TicketState.RECEIVED: ("已签收", "received"),
        TicketState.ACCEPTED: ("已受理", "accepted"),
        TicketState.RETURNED: ("已退回", "returned"),
        TicketState.IN_PROGRESS: ("办理中", "in progress"),
        TicketState.RESOLVED: ("已办结", "resolved"),
        TicketState.CONFIRMED: ("已确认(销号)", "confirmed"),
        TicketState.WITHDRAWN: ("已撤回", "withdrawn"),
        TicketState.REASSIGNED: ("已转办", "reassigned"),
        SubjectKind.PROJECT: ("项目", "project"),
        SubjectKind.PARCEL: ("地块", "parcel"),
        SubjectKind.COMPANY: ("企业", "company"),
        HandlingRole.LEAD: ("主办", "lead"),
        HandlingRole.SUPPORT: ("协办", "support"),
        ReplyOutcome.ACCEPTED: ("受理", "accepted"),
        ReplyOutcome.RETURNED: ("退回", "returned"),
        ReplyOutcome.REASSIGNED: ("转办", "reassigned"),
        ReplyOutcome.UNANSWERED: ("未答复", "unanswered"),
        ReplyOutcome.ASSIGNED: ("限期办结", "assigned with a deadline"),
        CommitmentGround.PROMISED: ("承诺", "promised"),
        CommitmentGround.EXTENDED: ("延期", "extended"),
        CommitmentGround.ASSIGNED: ("限期", "assigned"),
        CommitmentGround.REOPENED: ("重办限期", "set on reopening"),
        LapseKind.RECEIPT_DEEMED: ("视同签收", "receipt deemed"),
        LapseKind.ACCEPTANCE: ("逾期未受理", "acceptance lapsed"),
        LapseKind.COMMITMENT: ("逾期未办结", "commitment lapsed"),
        LapseKind.DECISION: ("逾期未落实", "decision lapsed"),
        Escalation.NONE: ("未提级", "none"),
        Escalation.LEADING_OFFICIAL: ("领衔领导", "leading official"),
        Escalation.MAYORS_OFFICE_MEETING: ("市长办公会议", "mayor's office meeting"),
    }
)


class TicketSubject(msgspec.Struct, frozen=True, gc=False):
    """A noun that a ticket is about: its kind and its entity id."""

    kind: SubjectKind
    id: str


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What follows if an addressed unit stays silent: when it counts as having received, by when it must then reply.

    It is fixed when the ticket is addressed, so that folding needs no references. Empty where the policy knows no
    deemed receipt.
    """

    deemed_receipt: Deadline | None = None
    deemed_reply: Deadline | None = None

    @classmethod
    def at(cls, addressed_at: datetime, references: References, policy: str | None, on: date) -> Delivery:
        """The delivery of a ticket addressed at that instant, by the named policy, or the one in force on that day."""
        rule = references.deadline_policy(policy) if policy else references.deadline_policy(on=on)
        deemed = deemed_receipt(addressed_at, rule, references.calendars)
        if deemed is None:
            return cls()
        return cls(deemed, reply_deadline(deemed.last_day, rule, references.calendars))


class Receipt(msgspec.Struct, kw_only=True, gc=False):
    """When a unit received a ticket; `deemed` where it never said so. `corrected_by` numbers the re-dating event."""

    at: datetime
    on: date
    deemed: bool
    by: str
    source: Source | None = None
    corrected_by: int | None = None


class Lapse(msgspec.Struct, kw_only=True, gc=False):
    """What lapsed at its legal instant `at`. It stays recorded for ever; the event that shows that it did not lapse
    after all, a correction or a command that had arrived in time, is named by `corrected_by`.
    """

    kind: LapseKind
    at: datetime
    version: int
    commitment: int | None = None
    corrected_by: int | None = None


class Commitment(msgspec.Struct, kw_only=True, gc=False):
    """By when a unit is to have done, until it has (`met_at`) or another date takes its place (`replaced_at`)."""

    number: int
    ground: CommitmentGround
    made_at: datetime
    deadline: Deadline
    met_at: datetime | None = None
    replaced_at: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether it was met after its end, which it stays for ever."""
        return self.met_at is not None and self.deadline.passed_at(self.met_at)


class Extension(msgspec.Struct, kw_only=True, gc=False):
    """An extension asked 延期申请 and the decision 批复. `after_lapse` judges the deciding, or else the asking."""

    number: int
    asked_at: datetime
    to: date
    reason: str
    after_lapse: bool
    granted: bool | None = None
    granted_to: date | None = None
    decided_at: datetime | None = None
    by: str | None = None
    opinion: str | None = None


class Handling(msgspec.Struct, kw_only=True, gc=False):
    """What one unit does with a ticket, from one addressing to its end. `number` counts from 1 within the ticket.

    `outcome` is None while the unit owes its reply; `answered_at` is when it accepted or returned; `completed_at` when
    it resolved its part; `closed_at` when the handling ended: reassigned, withdrawn, confirmed.
    """

    number: int
    unit: str
    role: HandlingRole
    round: int
    addressed_at: datetime
    basis: Basis
    delivery: Delivery = Delivery()
    receipt: Receipt | None = None
    reply: Deadline | None = None
    answered_at: datetime | None = None
    outcome: ReplyOutcome | None = None
    opinion: str | None = None
    stated_on: date | None = None
    commitments: list[Commitment] = []
    extensions: list[Extension] = []
    lapses: list[Lapse] = []
    completed_at: datetime | None = None
    result: str | None = None
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether anything may still come of it."""
        return self.closed_at is None

    @property
    def commitment(self) -> Commitment | None:
        """The commitment that counts: the last."""
        return self.commitments[-1] if self.commitments else None

    @property
    def undecided_extension(self) -> Extension | None:
        """The extension asked and not decided yet."""
        last = self.extensions[-1] if self.extensions else None
        return last if last is not None and last.granted is None else None

    @property
    def working(self) -> bool:
        """Whether the unit has taken it on and is not done."""
        return self.open and self.outcome in TAKEN_ON and self.completed_at is None

    @property
    def reply_late(self) -> bool:
        """Whether the reply came after its deadline, which it stays for ever unless the receipt is corrected."""
        return self.reply is not None and self.answered_at is not None and self.reply.passed_at(self.answered_at)

    def reply_late_at(self, clock: datetime) -> bool:
        """Whether at that instant the reply is late: given too late, or not given while the deadline passed."""
        ended = first_of(clock, self.answered_at, self.closed_at)
        return self.reply is not None and ended is not None and self.reply.passed_at(ended)

    def commitment_late_at(self, clock: datetime) -> bool:
        """Whether at that instant any commitment of this handling is broken, kept late, or was replaced too late."""
        return any(
            commitment.deadline.passed_at(ended)
            for commitment in self.commitments
            if (ended := first_of(clock, commitment.met_at, commitment.replaced_at, self.closed_at)) is not None
        )

    def arrived_in_time(self, kind: LapseKind, arrived: datetime, version: int, commitment: int | None = None) -> None:
        """Mark a lapse that the watch recorded while a command that had arrived before it was still being written."""
        lapse = self.standing_lapse(kind, commitment)
        if lapse is not None and arrived < lapse.at:
            lapse.corrected_by = version

    def standing_lapse(self, kind: LapseKind, commitment: int | None = None) -> Lapse | None:
        """The recorded lapse of that kind that no correction has marked."""
        for lapse in self.lapses:
            if lapse.kind is kind and lapse.commitment == commitment and lapse.corrected_by is None:
                return lapse
        return None


TAKEN_ON = (ReplyOutcome.ACCEPTED, ReplyOutcome.ASSIGNED)
"""The outcomes by which a unit has work to do."""


class Decision(msgspec.Struct, kw_only=True, gc=False):
    """What the mayor's office meeting decided: a responsible unit, a deadline, and what became of it."""

    number: int
    text: str
    unit: str
    deadline: Deadline
    decided_at: datetime
    meeting: str | None = None
    carried_out_at: datetime | None = None
    outcome: str | None = None
    by_resolution: bool = False
    lapse: Lapse | None = None

    def carry_out(self, arrived: datetime, version: int) -> None:
        """Keep that it was carried out; a lapse recorded while the word was on its way is marked."""
        self.carried_out_at = arrived
        if self.lapse is not None and arrived < self.lapse.at:
            self.lapse.corrected_by = version

    @property
    def outstanding(self) -> bool:
        """Whether the responsible unit still has to carry it out."""
        return self.carried_out_at is None


class LeaderStep(msgspec.Struct, kw_only=True, gc=False):
    """What a leading official tried, and whether that settled the matter."""

    at: datetime
    by: str
    outcome: str
    settled: bool
    by_unit: str | None = None
    """The unit it was recorded for, by code; None where `by` is a person who acts for no unit."""


class EscalationStep(msgspec.Struct, kw_only=True, gc=False):
    """When a ticket was taken how high, to whom and why."""

    to: Escalation
    at: datetime
    reason: str
    leader: Official | None = None


class Reminder(msgspec.Struct, kw_only=True, gc=False):
    """A reminder 催办: when, from which unit or person, to which unit, and what it said."""

    at: datetime
    by: str
    unit: str
    note: str
    by_unit: str | None = None
    """The unit that reminded, by code; None where `by` is a person who acts for no unit."""


class ProgressNote(msgspec.Struct, kw_only=True, gc=False):
    """What a handling unit reported of its work."""

    at: datetime
    handling: int
    unit: str
    note: str


class Turn(msgspec.Struct, kw_only=True, gc=False):
    """A withdrawal, reassignment, reopening or confirmation: the state that followed, when, by whom and why."""

    state: TicketState
    at: datetime
    by: str
    reason: str | None = None
    by_unit: str | None = None
    """The unit that did it, by code; None where `by` is a person who acts for no unit."""


def first_of(*instants: datetime | None) -> datetime | None:
    """The earliest of the instants that are known; None where none is."""
    return min((instant for instant in instants if instant is not None), default=None)
