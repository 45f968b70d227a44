"""Handlings 办理: what one unit does with a ticket — its receipt, reply, promises, extensions and what lapsed."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from txapi.domain import deadlines
from txapi.domain.attachment import AttachedTo
from txapi.domain.ticket import values
from txapi.projections.ticket_rows import HandlingRow
from txapi.schema.attachments import Attachment, Withdrawn, attached_to, may_attach_to
from txapi.schema.commands import Info
from txapi.schema.nouns import Answer, answers
from txapi.schema.permissions import Permission
from txapi.schema.references import Edition, edition_named
from txapi.schema.ticket_enums import CommitmentGround, LapseKind, ReplyOutcome
from txapi.schema.units import unit_behind
from txapi.schema.values import Label, Source


@strawberry.type(
    description="By when something is due: 24:00 in Shanghai of a last day, with the policy and calendar that gave it. 时限。"
)
class Deadline:
    """A deadline, and what became of it by the moment's clock."""

    due: datetime.datetime = strawberry.field(description="The instant at which it has passed. 到期时刻。")
    last_day: datetime.date = strawberry.field(description="The last day that is in time. 最后一日。")
    provisional: bool = strawberry.field(
        description="Whether it lies in a year that no calendar knew, so that an edition may still move it. 是否暂定。"
    )
    met_at: datetime.datetime | None = strawberry.field(description="When it was met; null where not. 履行时间。")
    late: bool = strawberry.field(
        description="Whether it was met too late, which it stays for ever, or has passed at the clock unmet. 是否逾期。"
    )
    policy_name: str | None = strawberry.field(
        description="The edition of the policy that gave it; null where a person set the day. 政策版本名。"
    )
    calendar_name: str | None = strawberry.field(
        description="The edition of the calendar of working days; null where none was asked. 日历版本名。"
    )
    answer: strawberry.Private[Any]

    @strawberry.field(description="The policy that gave it, as adopted. 政策。")
    def policy(self) -> Edition | None:
        """The edition of the deadline policy."""
        return edition_named(self.answer.reader, self.answer._siblings.pinned, self.policy_name or "")

    @strawberry.field(description="The calendar of working days that it was counted by, as adopted. 工作日历。")
    def calendar(self) -> Edition | None:
        """The edition of the calendar."""
        return edition_named(self.answer.reader, self.answer._siblings.pinned, self.calendar_name or "")

    @classmethod
    def of(
        cls, deadline: deadlines.Deadline | None, answer: Answer, *, met_at: datetime.datetime | None, late: bool
    ) -> Deadline | None:
        """The public form; None for none. `answer` is where it stands."""
        if deadline is None:
            return None
        return cls(
            due=deadline.due,
            last_day=deadline.last_day,
            provisional=deadline.provisional,
            met_at=met_at,
            late=late,
            policy_name=deadline.policy,
            calendar_name=deadline.calendar,
            answer=answer,
        )


@strawberry.type(description="When a unit received a ticket. 签收。")
class Receipt:
    """A receipt, or one that is deemed."""

    at: datetime.datetime = strawberry.field(description="The instant. 签收时间。")
    on: datetime.date = strawberry.field(description="The day in Shanghai from which the reply is counted. 签收日期。")
    deemed: bool = strawberry.field(
        description="Whether it only counts as received, for it never said so. 是否视同签收。"
    )
    by: str = strawberry.field(description="Who recorded it. 登记人。")
    source: Source | None = strawberry.field(description="The document that shows it, where one was given. 来源。")
    corrected_by: int | None = strawberry.field(
        description="Which event of the ticket dated it anew; null where it stands as recorded. 更正事件序号。"
    )

    @classmethod
    def of(cls, receipt: values.Receipt | None) -> Receipt | None:
        """The public form; None for none."""
        if receipt is None:
            return None
        return cls(
            at=receipt.at,
            on=receipt.on,
            deemed=receipt.deemed,
            by=receipt.by,
            source=Source.of(receipt.source),
            corrected_by=receipt.corrected_by,
        )


@strawberry.type(description="By when a unit is to have done, and who set that date. 承诺。")
class Commitment:
    """One commitment of a handling."""

    number: int = strawberry.field(description="Counts from 1 within the handling. 序号。")
    ground: CommitmentGround = strawberry.field(description="Who set it. 时限来源。")
    made_at: datetime.datetime = strawberry.field(description="When it was set. 作出时间。")
    replaced_at: datetime.datetime | None = strawberry.field(
        description="When another date took its place; null where none did. 被替代时间。"
    )
    deadline: Deadline = strawberry.field(description="The date, and what became of it. 时限。")

    @classmethod
    def of(cls, one: values.Commitment | None, handling: Handling) -> Commitment | None:
        """The public form; None for none."""
        if one is None:
            return None
        late = handling.commitment_late_at(one, handling.reader.moment.clock)
        deadline = Deadline.of(one.deadline, handling, met_at=one.met_at, late=late)
        return cls(
            number=one.number,
            ground=one.ground,
            made_at=one.made_at,
            replaced_at=one.replaced_at,
            deadline=deadline,  # type: ignore[arg-type]
        )


@strawberry.type(description="An extension asked and how it was decided. 延期申请与批复。")
class Extension:
    """One extension."""

    number: int = strawberry.field(description="Counts from 1 within the handling. 序号。")
    asked_at: datetime.datetime = strawberry.field(description="When it was asked. 申请时间。")
    to: datetime.date = strawberry.field(description="Until the end of which day. 申请延至。")
    reason: str = strawberry.field(description="Why. 申请理由。")
    after_lapse: bool = strawberry.field(
        description="Whether the date had passed when it was decided, or else asked. 是否逾期后。"
    )
    granted: bool | None = strawberry.field(description="Whether it was granted; null: undecided. 是否同意。")
    granted_to: datetime.date | None = strawberry.field(description="Until the end of which day. 批准延至。")
    decided_at: datetime.datetime | None = strawberry.field(description="When it was decided. 批复时间。")
    by: str | None = strawberry.field(description="The unit or person that decided. 批复人。")
    opinion: str | None = strawberry.field(description="What was said with it. 批复意见。")

    @classmethod
    def of(cls, extension: values.Extension) -> Extension:
        """The public form."""
        return cls(
            number=extension.number,
            asked_at=extension.asked_at,
            to=extension.to,
            reason=extension.reason,
            after_lapse=extension.after_lapse,
            granted=extension.granted,
            granted_to=extension.granted_to,
            decided_at=extension.decided_at,
            by=extension.by,
            opinion=extension.opinion,
        )


@strawberry.type(description="What lapsed although nobody acted, recorded once and kept. 逾期记录。")
class Lapse:
    """One recorded lapse."""

    kind: LapseKind = strawberry.field(description="What lapsed. 类别。")
    label: Label = strawberry.field(description="What people read for it. 名称。")
    at: datetime.datetime = strawberry.field(description="The legal instant, whenever it was noticed. 逾期时刻。")
    noun_version: int = strawberry.field(description="Which event of the ticket recorded it. 事件序号。")
    commitment: int | None = strawberry.field(description="Of which commitment, by number. 承诺序号。")
    corrected_by: int | None = strawberry.field(
        description="Which event of the ticket took its ground away; null where it stands. 更正事件序号。"
    )

    @classmethod
    def of(cls, lapse: values.Lapse) -> Lapse:
        """The public form."""
        return cls(
            kind=lapse.kind,
            label=Label.of_member(lapse.kind),
            at=lapse.at,
            noun_version=lapse.version,
            commitment=lapse.commitment,
            corrected_by=lapse.corrected_by,
        )


@answers("办理", "What one unit does with a ticket, from one addressing to its end; nothing restarts its deadline.")
class Handling(HandlingRow, Answer):
    """One handling at a moment."""

    unit = unit_behind("unit_code", "The handling unit. 办理单位。")

    @strawberry.field(description="What people read for the outcome. 答复结果名称。")
    def outcome_label(self) -> Label | None:
        """The label of the outcome."""
        outcome: ReplyOutcome | None = self.outcome
        return None if outcome is None else Label.of_member(outcome)

    @strawberry.field(description="Its receipt; null while it has not received. 签收。")
    def receipt(self) -> Receipt | None:
        """When the unit received, or counts as having received."""
        return Receipt.of(self.receipt_known)

    @strawberry.field(
        description="When a silent unit counts as having received; null where the policy knows no such thing. 视同签收时限。"
    )
    def deemed_receipt(self) -> Deadline | None:
        """The deadline of the deemed receipt."""
        receipt = self.receipt_known
        return Deadline.of(
            self.delivery.deemed_receipt, self, met_at=receipt.at if receipt and not receipt.deemed else None,
            late=self.receipt_late_at(self.reader.moment.clock),
        )  # fmt: skip

    @strawberry.field(description="By when it must reply, fixed at receipt; null before. 受理时限。")
    def reply(self) -> Deadline | None:
        """The reply deadline with its verdict at the clock."""
        late = self.known().reply_late_at(self.reader.moment.clock)
        return Deadline.of(self.reply_deadline, self, met_at=self.answered_at, late=late)

    @strawberry.field(description="The commitment that counts now; null where it has none. 承诺时限。")
    def commitment(self) -> Commitment | None:
        """The last commitment."""
        return Commitment.of(self.known().commitment, self)

    @strawberry.field(description="Every commitment, those that were replaced too, in order. 历次承诺。")
    def commitments(self) -> list[Commitment]:
        """All commitments."""
        return [Commitment.of(one, self) for one in self.commitments_made]  # type: ignore[misc]

    @strawberry.field(description="Extensions asked, and how each was decided. 延期。")
    def extensions(self) -> list[Extension]:
        """All extensions."""
        return [Extension.of(one) for one in self.extensions_asked]

    @strawberry.field(description="What was recorded as lapsed, with its legal instant. 逾期记录。")
    def lapses(self) -> list[Lapse]:
        """All recorded lapses."""
        return [Lapse.of(one) for one in self.lapses_recorded]

    @strawberry.field(description="The files that were attached to it: to the reply, for one. 附件。")
    def attachments(self, withdrawn: Withdrawn = False) -> list[Attachment]:
        """The files of this handling."""
        return attached_to(
            self, self.ticket_id, lambda row: row.ticket_id, withdrawn=withdrawn,
            part=lambda row: row.handling == self.number,
        )  # fmt: skip

    @strawberry.field(
        description="Whether the viewer may attach a file to it now, and why not: of the units, the handling one alone may."
        " 添加附件权限。"
    )
    def may_attach(self, info: Info) -> Permission:
        """Why the button is grey."""
        return may_attach_to(self, info, AttachedTo("ticket", self.ticket_id, handling=self.number))
