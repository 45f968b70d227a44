"""What commands on tickets 工作联系单 take."""

from __future__ import annotations

import datetime

import strawberry
from strawberry.scalars import ID

from txapi.domain.ticket.values import TicketSubject
from txapi.schema.commands import CommandInput
from txapi.schema.ids import entity_of
from txapi.schema.inputs import OfficialInput
from txapi.schema.ticket_enums import Escalation, SubjectKind, TicketCategory, TicketOrigin


@strawberry.input(description="A noun that a ticket is about. 涉及对象。")
class TicketSubjectInput:
    """One subject."""

    kind: SubjectKind = strawberry.field(description="What kind of noun. 类别。")
    id: ID = strawberry.field(description="Its entityId, or an id of the present. 实体标识。")

    def value(self) -> TicketSubject:
        """The subject. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return TicketSubject(self.kind, entity_of(self.id, self.kind.value))


@strawberry.input(description="Draft a ticket. 起草工作联系单。")
class DraftTicketInput(CommandInput):
    """What the ticket says."""

    category: TicketCategory = strawberry.field(description="What kind of difficulty. 类别。")
    subject: str = strawberry.field(description="What it is about, in one line. 事由。")
    body: str = strawberry.field(description="The text. 内容。")
    origin: TicketOrigin = strawberry.field(
        default=TicketOrigin.LIAISON_FORM, description="A liaison form or an item of a meeting on the spot. 来源。"
    )
    issuer: str | None = strawberry.field(
        default=None,
        description="The code of the issuing unit; only an item of a meeting may have none. 发出单位代码。",
    )
    handler: str | None = strawberry.field(
        default=None, description="The code of the unit that is to lead; needed before it is issued. 主办单位代码。"
    )
    about: list[TicketSubjectInput] = strawberry.field(
        default_factory=list, description="Projects, parcels and companies. 涉及对象。"
    )
    copies: list[str] = strawberry.field(
        default_factory=list, description="Codes of the units that it is copied to. 抄送单位代码。"
    )
    requested_by: datetime.date | None = strawberry.field(
        default=None, description="By when the issuer would like it done. 要求时限。"
    )
    meeting: ID | None = strawberry.field(default=None, description="The meeting where it was noted. 会议。")


@strawberry.input(description="A command on a ticket. 工作联系单指令。")
class TicketCommandInput(CommandInput):
    """Which ticket."""

    ticket: ID = strawberry.field(description="The entityId, or an id of the present. 工作联系单。")

    @property
    def entity(self) -> str:
        """The entity id of the ticket. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.ticket, "ticket")


@strawberry.input(description="Rewrite a draft; what is left out stays, null clears. 修改草稿。")
class AmendTicketDraftInput(TicketCommandInput):
    """What to change."""

    category: TicketCategory | None = strawberry.field(
        default=strawberry.UNSET, description="What kind of difficulty. 类别。"
    )
    subject: str | None = strawberry.field(default=strawberry.UNSET, description="In one line. 事由。")
    body: str | None = strawberry.field(default=strawberry.UNSET, description="The text. 内容。")
    about: list[TicketSubjectInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Projects, parcels and companies. 涉及对象。"
    )
    handler: str | None = strawberry.field(
        default=strawberry.UNSET, description="The code of the unit that is to lead. 主办单位代码。"
    )
    copies: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Codes of the copied units. 抄送单位代码。"
    )
    requested_by: datetime.date | None = strawberry.field(
        default=strawberry.UNSET, description="By when the issuer would like it done. 要求时限。"
    )
    meeting: ID | None = strawberry.field(default=strawberry.UNSET, description="The meeting. 会议。")


@strawberry.input(description="Name the person to call about a ticket. 确定联系人。")
class NameTicketContactInput(TicketCommandInput):
    """Who."""

    person: ID | None = strawberry.field(
        default=None, description="The entityId of the person, or an id of the present; null: nobody any more. 联系人。"
    )


@strawberry.input(
    description="Make a ticket internal, for the units that take part in it and the city's offices, or public again. 标为内部。"
)
class MarkTicketInternalInput(TicketCommandInput):
    """Which it is to be."""

    internal: bool = strawberry.field(description="True: internal from now on; false: public again. 是否内部。")


@strawberry.input(description="Issue a draft: it gets the next number of its year. 发出。")
class IssueTicketInput(TicketCommandInput):
    """Who signed it off."""

    signed_off_by: OfficialInput | None = strawberry.field(default=None, description="Who signed it off. 签发人。")


@strawberry.input(description="Receive a ticket for a handling unit. 签收。")
class ReceiveTicketInput(TicketCommandInput):
    """When, and for whom."""

    received_at: datetime.datetime | None = strawberry.field(
        default=None, description="When; an earlier day needs a source and a reason. Null: now. 签收时间。"
    )
    unit: str | None = strawberry.field(
        default=None, description="For which handling unit, by code; null: for the viewer's. 办理单位代码。"
    )


@strawberry.input(description="Accept a ticket, in time or late. 受理。")
class AcceptTicketInput(TicketCommandInput):
    """The reply."""

    opinion: str | None = strawberry.field(default=None, description="What the unit will do. 办理意见。")
    promised_by: datetime.date | None = strawberry.field(
        default=None, description="By the end of which day it will be done. 承诺时限。"
    )
    stated_on: datetime.date | None = strawberry.field(
        default=None, description="The unit's claim of an earlier paper reply; it changes no verdict. 自述答复日期。"
    )
    unit: str | None = strawberry.field(
        default=None, description="For which handling unit, by code; null: for the viewer's. 办理单位代码。"
    )


@strawberry.input(description="Return a ticket: it answers the deadline and is counted apart. 退回。")
class ReturnTicketInput(TicketCommandInput):
    """The reply."""

    opinion: str | None = strawberry.field(default=None, description="Why it is not the unit's to do. 退回意见。")
    stated_on: datetime.date | None = strawberry.field(
        default=None, description="The unit's claim of an earlier paper reply; it changes no verdict. 自述答复日期。"
    )
    unit: str | None = strawberry.field(
        default=None, description="For which handling unit, by code; null: for the viewer's. 办理单位代码。"
    )


@strawberry.input(description="Report on the work. 报告进展。")
class ReportTicketProgressInput(TicketCommandInput):
    """The report."""

    note: str | None = strawberry.field(default=None, description="What was done. 进展。")
    unit: str | None = strawberry.field(default=None, description="The handling unit, by code. 办理单位代码。")


@strawberry.input(description="Ask for time; a reason is needed. 延期申请。")
class AskTicketExtensionInput(TicketCommandInput):
    """Until when."""

    to: datetime.date = strawberry.field(description="Until the end of which day. 申请延至。")
    unit: str | None = strawberry.field(default=None, description="The handling unit, by code. 办理单位代码。")


@strawberry.input(description="Decide the extension that a unit asked. 延期批复。")
class DecideTicketExtensionInput(TicketCommandInput):
    """The decision."""

    granted: bool = strawberry.field(description="Whether it is granted. 是否同意。")
    to: datetime.date | None = strawberry.field(
        default=None, description="Until the end of which day; null: as asked. 批准延至。"
    )
    opinion: str | None = strawberry.field(default=None, description="Needed to refuse. 批复意见。")
    unit: str | None = strawberry.field(default=None, description="The unit that asked, by code. 申请单位代码。")


@strawberry.input(description="Complete or resolve a unit's part, with its outcome. 办结。")
class ResolveTicketInput(TicketCommandInput):
    """The outcome."""

    outcome: str | None = strawberry.field(default=None, description="What came of it. 办理结果。")
    unit: str | None = strawberry.field(default=None, description="The handling unit, by code. 办理单位代码。")


@strawberry.input(description="Confirm the outcome: the ticket is off the list. 销号。")
class ConfirmTicketInput(TicketCommandInput):
    """The issuer's opinion."""

    opinion: str | None = strawberry.field(default=None, description="Anything to say with it. 确认意见。")


@strawberry.input(description="Take a resolved or confirmed ticket up again; a reason is needed. 重新办理。")
class ReopenTicketInput(TicketCommandInput):
    """By when it is to be done now."""

    due: datetime.date | None = strawberry.field(
        default=None, description="By the end of which day; null: the earlier date stands. 重办时限。"
    )


@strawberry.input(description="Send a ticket on to another unit; a reason is needed. 转办。")
class ReassignTicketInput(TicketCommandInput):
    """To whom."""

    to: str = strawberry.field(description="The code of the unit. 转办单位代码。")


@strawberry.input(description="Ask one more unit to support the handling. 增加协办。")
class AddTicketSupportInput(TicketCommandInput):
    """Whom."""

    unit: str = strawberry.field(description="The code of the unit. 协办单位代码。")


@strawberry.input(description="Remind a handling unit. 催办。")
class RemindTicketInput(TicketCommandInput):
    """Of what."""

    note: str | None = strawberry.field(default=None, description="What it says. 催办内容。")
    unit: str | None = strawberry.field(
        default=None, description="Whom, by code; null: the leading unit. 被催办单位代码。"
    )


@strawberry.input(description="Take a ticket higher; a reason is needed. 提级。")
class EscalateTicketInput(TicketCommandInput):
    """How high."""

    to: Escalation = strawberry.field(description="How high; the meeting needs the leader's attempt first. 提级至。")
    leader: OfficialInput | None = strawberry.field(
        default=None, description="To which leading official, where it goes to one. 领衔领导。"
    )


@strawberry.input(description="Record what a leading official tried. 领导协调。")
class RecordTicketAttemptInput(TicketCommandInput):
    """The attempt."""

    outcome: str | None = strawberry.field(default=None, description="What came of it. 协调结果。")
    settled: bool = strawberry.field(description="Whether the matter is settled. 是否解决。")


@strawberry.input(description="Record a decision of the mayor's office meeting. 市长办公会议决定。")
class DecideTicketInput(TicketCommandInput):
    """The decision."""

    text: str | None = strawberry.field(default=None, description="What was decided. 决定内容。")
    responsible: str = strawberry.field(description="The code of the responsible unit. 责任单位代码。")
    deadline: datetime.date = strawberry.field(description="By the end of which day. 完成时限。")
    meeting: ID | None = strawberry.field(default=None, description="The meeting. 会议。")


@strawberry.input(description="Say what became of a decision. 落实决定。")
class CarryOutTicketDecisionInput(TicketCommandInput):
    """Which decision."""

    decision: int = strawberry.field(description="The number of the decision. 决定序号。")
    outcome: str | None = strawberry.field(default=None, description="What came of it. 落实结果。")


@strawberry.input(description="Resolve an item at the meeting. 当场解决。")
class ResolveTicketOnSpotInput(TicketCommandInput):
    """The outcome."""

    outcome: str | None = strawberry.field(default=None, description="What came of it. 办理结果。")


@strawberry.input(description="Assign an item of a meeting to a unit with a deadline. 限期办结。")
class AssignTicketOnSiteInput(TicketCommandInput):
    """To whom, by when."""

    unit: str = strawberry.field(description="The code of the unit. 办理单位代码。")
    due: datetime.date = strawberry.field(description="By the end of which day. 时限。")


@strawberry.input(description="Date a receipt anew; a source and a reason are needed. 更正签收。")
class CorrectTicketReceiptInput(TicketCommandInput):
    """The true instant."""

    received_at: datetime.datetime = strawberry.field(description="When it was received. 签收时间。")
    handling: int | None = strawberry.field(
        default=None, description="Which handling, by number; null: the leading unit's last receipt. 办理序号。"
    )
