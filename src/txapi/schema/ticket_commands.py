"""Commands on tickets 工作联系单 as mutations: one for each, answered with the fresh ticket or with the rule that said no."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import strawberry

from txapi.application import tickets as commands
from txapi.application.desk import Done
from txapi.domain.errors import BadInput
from txapi.projections import tickets
from txapi.projections.moment import Reader
from txapi.schema.commands import Info, Refusal, carry_out
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at
from txapi.schema.ids import entity_of
from txapi.schema.inputs import official_of, optional, texts
from txapi.schema.scalars import Position
from txapi.schema.ticket_inputs import (
    AcceptTicketInput,
    AddTicketSupportInput,
    AmendTicketDraftInput,
    AskTicketExtensionInput,
    AssignTicketOnSiteInput,
    CarryOutTicketDecisionInput,
    ConfirmTicketInput,
    CorrectTicketReceiptInput,
    DecideTicketExtensionInput,
    DecideTicketInput,
    DraftTicketInput,
    EscalateTicketInput,
    IssueTicketInput,
    MarkTicketInternalInput,
    NameTicketContactInput,
    ReassignTicketInput,
    ReceiveTicketInput,
    RecordTicketAttemptInput,
    RemindTicketInput,
    ReopenTicketInput,
    ReportTicketProgressInput,
    ResolveTicketInput,
    ResolveTicketOnSpotInput,
    ReturnTicketInput,
    TicketCommandInput,
)
from txapi.schema.tickets import Ticket
from txapi.schema.units import alone


@strawberry.type(description="What a command on a ticket came to. 工作联系单回执。")
class TicketReceipt:
    """The ticket after the command, and what was recorded."""

    ticket: Ticket = strawberry.field(description="The ticket, as it is now. 工作联系单。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


TicketResult = Annotated[
    TicketReceipt | Refusal, strawberry.union("TicketResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> TicketReceipt:
    return TicketReceipt(
        ticket=alone(tickets.ticket_of(reader, done.id, Ticket), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


_LONGEST = {"subject": 500, "unit": 64, "handler": 64, "issuer": 64, "to": 64, "responsible": 64}


def _said(input: Any, *names: str) -> dict[str, Any]:
    """The texts of an input by name, each one that can be stored or None; BadInput EMPTY_TEXT, TEXT_TOO_LONG, BAD_TEXT."""
    return {name: optional(getattr(input, name), name, _LONGEST.get(name, 10_000)) for name in names}


def _amended(input: AmendTicketDraftInput) -> dict[str, Any]:
    """What an amendment says: a field that was left out stays UNSET, null clears. BadInput NOT_CLEARABLE."""
    said: dict[str, Any] = {}
    for name in ("category", "subject", "body", "about", "handler", "copies", "requested_by", "meeting"):
        value = getattr(input, name)
        if value is strawberry.UNSET:
            value = msgspec.UNSET
        elif value is None:
            if name not in ("handler", "requested_by", "meeting"):
                raise BadInput("NOT_CLEARABLE", f"{name} can be changed but not cleared", (name,))
        elif name in ("subject", "body", "handler"):
            value = checked_text(value, name, _LONGEST.get(name, 10_000))
        elif name == "about":
            value = [one.value() for one in value]
        elif name == "copies":
            value = texts(value, "copies")
        elif name == "meeting":
            value = entity_of(value, "meeting")
        said[name] = value
    return said


@strawberry.type
class TicketMutations:
    """Commands on tickets."""

    # -- drafting and sending ------------------------------------------------------------------------------------------

    @strawberry.mutation(description="Draft a ticket. 起草工作联系单。")
    def draft_ticket(self, info: Info, input: DraftTicketInput) -> TicketResult:
        """Draft."""
        return carry_out(info, input, lambda desk, order: commands.draft_ticket(
            desk, order, category=input.category, subject=checked_text(input.subject, "subject", 500),
            body=checked_text(input.body, "body", 10_000), origin=input.origin, **_said(input, "issuer", "handler"),
            about=[one.value() for one in input.about], copies=texts(input.copies, "copies"),
            requested_by=input.requested_by,
            meeting=entity_of(input.meeting, "meeting") if input.meeting else None,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Rewrite a draft. 修改草稿。")
    def amend_ticket_draft(self, info: Info, input: AmendTicketDraftInput) -> TicketResult:
        """Amend."""
        return carry_out(info, input, lambda desk, order: commands.amend_ticket_draft(
            desk, order, ticket=input.entity, **_amended(input)), _receipt)  # fmt: skip

    @strawberry.mutation(description="Name the person to call about a ticket, or nobody any more. 确定联系人。")
    def name_ticket_contact(self, info: Info, input: NameTicketContactInput) -> TicketResult:
        """Name the contact."""
        return carry_out(info, input, lambda desk, order: commands.name_ticket_contact(
            desk, order, ticket=input.entity, person=entity_of(input.person, "person") if input.person else None,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(
        description="Make a ticket internal, so that only the units that take part in it and the city's offices read it, at any moment,"
        " or public again; a reason is needed. 标为内部。"
    )
    def mark_ticket_internal(self, info: Info, input: MarkTicketInternalInput) -> TicketResult:
        """Mark."""
        return carry_out(info, input, lambda desk, order: commands.mark_ticket_internal(
            desk, order, ticket=input.entity, internal=input.internal), _receipt)  # fmt: skip

    @strawberry.mutation(description="Issue a draft to its handler under the next number of the year. 发出。")
    def issue_ticket(self, info: Info, input: IssueTicketInput) -> TicketResult:
        """Issue."""
        return carry_out(info, input, lambda desk, order: commands.issue_ticket(
            desk, order, ticket=input.entity, signed_off_by=official_of(input.signed_off_by)), _receipt)  # fmt: skip

    @strawberry.mutation(description="Send a ticket on to another unit. 转办。")
    def reassign_ticket(self, info: Info, input: ReassignTicketInput) -> TicketResult:
        """Reassign."""
        return carry_out(info, input, lambda desk, order: commands.reassign_ticket(
            desk, order, ticket=input.entity, **_said(input, "to")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Ask one more unit to support the handling. 增加协办。")
    def add_ticket_support(self, info: Info, input: AddTicketSupportInput) -> TicketResult:
        """Add support."""
        return carry_out(info, input, lambda desk, order: commands.add_ticket_support(
            desk, order, ticket=input.entity, **_said(input, "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Withdraw a ticket; a reason is needed. 撤回。")
    def withdraw_ticket(self, info: Info, input: TicketCommandInput) -> TicketResult:
        """Withdraw."""
        return carry_out(info, input, lambda desk, order: commands.withdraw_ticket(
            desk, order, ticket=input.entity), _receipt)  # fmt: skip

    # -- replying ------------------------------------------------------------------------------------------------------

    @strawberry.mutation(description="Receive a ticket: from then on the unit has until a deadline to reply. 签收。")
    def receive_ticket(self, info: Info, input: ReceiveTicketInput) -> TicketResult:
        """Receive."""
        return carry_out(info, input, lambda desk, order: commands.receive_ticket(
            desk, order, ticket=input.entity, received_at=input.received_at, **_said(input, "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Accept a ticket with an opinion and a promised date. 受理。")
    def accept_ticket(self, info: Info, input: AcceptTicketInput) -> TicketResult:
        """Accept."""
        return carry_out(info, input, lambda desk, order: commands.accept_ticket(
            desk, order, ticket=input.entity, promised_by=input.promised_by, stated_on=input.stated_on,
            **_said(input, "opinion", "unit"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Return a ticket with an opinion. 退回。")
    def return_ticket(self, info: Info, input: ReturnTicketInput) -> TicketResult:
        """Return."""
        return carry_out(info, input, lambda desk, order: commands.return_ticket(
            desk, order, ticket=input.entity, stated_on=input.stated_on, **_said(input, "opinion", "unit"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Date a receipt anew; deadline and verdict follow. 更正签收。")
    def correct_ticket_receipt(self, info: Info, input: CorrectTicketReceiptInput) -> TicketResult:
        """Correct a receipt."""
        return carry_out(info, input, lambda desk, order: commands.correct_ticket_receipt(
            desk, order, ticket=input.entity, received_at=input.received_at, handling=input.handling,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Make provisional deadlines final that the adopted calendars now know. 确定时限。")
    def fix_ticket_deadline(self, info: Info, input: TicketCommandInput) -> TicketResult:
        """Fix deadlines."""
        return carry_out(info, input, lambda desk, order: commands.fix_ticket_deadline(
            desk, order, ticket=input.entity), _receipt)  # fmt: skip

    # -- working -------------------------------------------------------------------------------------------------------

    @strawberry.mutation(description="Report on the work. 报告进展。")
    def report_ticket_progress(self, info: Info, input: ReportTicketProgressInput) -> TicketResult:
        """Report."""
        return carry_out(info, input, lambda desk, order: commands.report_ticket_progress(
            desk, order, ticket=input.entity, **_said(input, "note", "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Ask for time until the end of a day. 延期申请。")
    def ask_ticket_extension(self, info: Info, input: AskTicketExtensionInput) -> TicketResult:
        """Ask for an extension."""
        return carry_out(info, input, lambda desk, order: commands.ask_ticket_extension(
            desk, order, ticket=input.entity, to=input.to, **_said(input, "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Grant or refuse the extension that a unit asked. 延期批复。")
    def decide_ticket_extension(self, info: Info, input: DecideTicketExtensionInput) -> TicketResult:
        """Decide an extension."""
        return carry_out(info, input, lambda desk, order: commands.decide_ticket_extension(
            desk, order, ticket=input.entity, granted=input.granted, to=input.to,
            **_said(input, "opinion", "unit"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Complete the part of a supporting unit. 协办完成。")
    def complete_ticket_support(self, info: Info, input: ResolveTicketInput) -> TicketResult:
        """Complete support."""
        return carry_out(info, input, lambda desk, order: commands.complete_ticket_support(
            desk, order, ticket=input.entity, **_said(input, "outcome", "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Resolve a ticket as its leading unit. 办结。")
    def resolve_ticket(self, info: Info, input: ResolveTicketInput) -> TicketResult:
        """Resolve."""
        return carry_out(info, input, lambda desk, order: commands.resolve_ticket(
            desk, order, ticket=input.entity, **_said(input, "outcome", "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Confirm the outcome as the issuer. 销号。")
    def confirm_ticket(self, info: Info, input: ConfirmTicketInput) -> TicketResult:
        """Confirm."""
        return carry_out(info, input, lambda desk, order: commands.confirm_ticket(
            desk, order, ticket=input.entity, **_said(input, "opinion")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Take a resolved or confirmed ticket up again. 重新办理。")
    def reopen_ticket(self, info: Info, input: ReopenTicketInput) -> TicketResult:
        """Reopen."""
        return carry_out(info, input, lambda desk, order: commands.reopen_ticket(
            desk, order, ticket=input.entity, due=input.due), _receipt)  # fmt: skip

    # -- escalating ----------------------------------------------------------------------------------------------------

    @strawberry.mutation(description="Remind a handling unit of what it owes. 催办。")
    def remind_ticket(self, info: Info, input: RemindTicketInput) -> TicketResult:
        """Remind."""
        return carry_out(info, input, lambda desk, order: commands.remind_ticket(
            desk, order, ticket=input.entity, **_said(input, "note", "unit")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Take a ticket to a leading official, or on to the mayor's office meeting. 提级。")
    def escalate_ticket(self, info: Info, input: EscalateTicketInput) -> TicketResult:
        """Escalate."""
        return carry_out(info, input, lambda desk, order: commands.escalate_ticket(
            desk, order, ticket=input.entity, to=input.to, leader=official_of(input.leader)), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record what a leading official tried. 领导协调。")
    def record_ticket_attempt(self, info: Info, input: RecordTicketAttemptInput) -> TicketResult:
        """Record an attempt."""
        return carry_out(info, input, lambda desk, order: commands.record_ticket_attempt(
            desk, order, ticket=input.entity, settled=input.settled, **_said(input, "outcome")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record a decision of the mayor's office meeting. 市长办公会议决定。")
    def decide_ticket(self, info: Info, input: DecideTicketInput) -> TicketResult:
        """Decide."""
        return carry_out(info, input, lambda desk, order: commands.decide_ticket(
            desk, order, ticket=input.entity, deadline=input.deadline,
            meeting=entity_of(input.meeting, "meeting") if input.meeting else None,
            **_said(input, "text", "responsible"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Say as the responsible unit what became of a decision. 落实决定。")
    def carry_out_ticket_decision(self, info: Info, input: CarryOutTicketDecisionInput) -> TicketResult:
        """Carry a decision out."""
        return carry_out(info, input, lambda desk, order: commands.carry_out_ticket_decision(
            desk, order, ticket=input.entity, decision=input.decision, **_said(input, "outcome")), _receipt)  # fmt: skip

    # -- items of an on-site meeting -----------------------------------------------------------------------------------

    @strawberry.mutation(description="Record that an item was resolved at the meeting. 当场解决。")
    def resolve_ticket_on_spot(self, info: Info, input: ResolveTicketOnSpotInput) -> TicketResult:
        """Resolve on the spot."""
        return carry_out(info, input, lambda desk, order: commands.resolve_ticket_on_spot(
            desk, order, ticket=input.entity, **_said(input, "outcome")), _receipt)  # fmt: skip

    @strawberry.mutation(description="Assign an item of a meeting to a unit with a deadline. 限期办结。")
    def assign_ticket_on_site(self, info: Info, input: AssignTicketOnSiteInput) -> TicketResult:
        """Assign on site."""
        return carry_out(info, input, lambda desk, order: commands.assign_ticket_on_site(
            desk, order, ticket=input.entity, due=input.due, **_said(input, "unit")), _receipt)  # fmt: skip
