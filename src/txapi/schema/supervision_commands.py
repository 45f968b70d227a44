"""Commands on supervision lists 专项督查清单 as mutations; their members are entered by commands on projects."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import ID

from txapi.application import supervision as commands
from txapi.application.desk import Done
from txapi.domain.editions import Duty
from txapi.projections.moment import Reader
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.history import Event, events_at
from txapi.schema.ids import entity_of
from txapi.schema.inputs import LabelInput, PartialDateInput, date_of, fields_of, optional
from txapi.schema.scalars import JSON, Position
from txapi.schema.supervision import SupervisionList, load_list


@strawberry.type(description="What a command on a supervision list came to. 督查清单回执。")
class SupervisionListReceipt:
    """The list after the command, and what was recorded."""

    supervision_list: SupervisionList = strawberry.field(description="The list, as it is now. 督查清单。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


SupervisionListResult = Annotated[
    SupervisionListReceipt | Refusal,
    strawberry.union("SupervisionListResult", description="A receipt, or why not. 结果。"),
]


def _receipt(reader: Reader, done: Done) -> SupervisionListReceipt:
    return SupervisionListReceipt(
        supervision_list=load_list(reader, None, done.id),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a supervision list. 督查清单指令。")
class SupervisionListCommandInput(CommandInput):
    """Which list."""

    supervision_list: ID = strawberry.field(description="The entityId, or an id of the present. 督查清单。")

    @property
    def entity(self) -> str:
        """The entity id of the list. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.supervision_list, "supervision_list")


@strawberry.input(description="Open a supervision list. 建立督查清单。")
class OpenSupervisionListInput(CommandInput):
    """What the list is for."""

    programme: LabelInput = strawberry.field(description="The programme that it belongs to. 督查专项。")
    duty: Duty = strawberry.field(description="What it holds its members to. 督查事项。")
    rule: str | None = strawberry.field(
        default=None, description="The edition of the counting rule; null: the one in force for the duty. 统计口径。"
    )
    year: int | None = strawberry.field(default=None, description="The year that it belongs to. 年度。")
    period: PartialDateInput | None = strawberry.field(
        default=None, description="The time that it runs over. 督查期间。"
    )
    note: str | None = strawberry.field(default=None, description="Anything else that is said of it. 备注。")


@strawberry.input(description="Change what is said of a supervision list; what is left out stays. 修改督查清单。")
class AmendSupervisionListInput(SupervisionListCommandInput):
    """What to change."""

    programme: LabelInput | None = strawberry.field(default=None, description="The programme. 督查专项。")
    rule: str | None = strawberry.field(default=None, description="The edition of the counting rule. 统计口径。")
    period: PartialDateInput | None = strawberry.field(
        default=None, description="The time that it runs over. 督查期间。"
    )
    note: str | None = strawberry.field(default=None, description="Anything else that is said of it. 备注。")


@strawberry.input(description="Say how many projects a supervision list has. 填报列入数。")
class StateSupervisionCountInput(SupervisionListCommandInput):
    """How many."""

    count: int = strawberry.field(description="How many projects, at least one. 列入数。")


@strawberry.input(description="Close a supervision list; a reason is needed. 关闭督查清单。")
class CloseSupervisionListInput(SupervisionListCommandInput):
    """Which list."""


@strawberry.input(description="Retract or replace a fact of a supervision list; a reason is needed. 更正督查清单事实。")
class CorrectSupervisionListInput(SupervisionListCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="The version (event number in its stream) of the fact. 被更正事件。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace; null retracts. 更正内容。"
    )


@strawberry.type
class SupervisionMutations:
    """Commands on supervision lists."""

    @strawberry.mutation(description="Open a supervision list under a counting rule. 建立督查清单。")
    def open_supervision_list(self, info: Info, input: OpenSupervisionListInput) -> SupervisionListResult:
        """Open a list."""
        return carry_out(info, input, lambda desk, order: commands.open_supervision_list(
            desk, order, programme=input.programme.value(), duty=input.duty, rule=optional(input.rule, "rule", 80),
            year=input.year, period=date_of(input.period), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a supervision list. 修改督查清单。")
    def amend_supervision_list(self, info: Info, input: AmendSupervisionListInput) -> SupervisionListResult:
        """Amend a list."""
        return carry_out(info, input, lambda desk, order: commands.amend_supervision_list(
            desk, order, supervision_list=input.entity, programme=input.programme.value() if input.programme else None,
            period=date_of(input.period), rule=optional(input.rule, "rule", 80), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Say how many projects a supervision list has. 填报列入数。")
    def state_supervision_count(self, info: Info, input: StateSupervisionCountInput) -> SupervisionListResult:
        """State the count."""
        return carry_out(info, input, lambda desk, order: commands.state_supervision_count(
            desk, order, supervision_list=input.entity, count=input.count), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a supervision list. 关闭督查清单。")
    def close_supervision_list(self, info: Info, input: CloseSupervisionListInput) -> SupervisionListResult:
        """Close a list."""
        return carry_out(info, input, lambda desk, order: commands.close_supervision_list(
            desk, order, supervision_list=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a supervision list. 更正督查清单事实。")
    def correct_supervision_list(self, info: Info, input: CorrectSupervisionListInput) -> SupervisionListResult:
        """Correct a list."""
        return carry_out(info, input, lambda desk, order: commands.correct_supervision_list(
            desk, order, supervision_list=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
