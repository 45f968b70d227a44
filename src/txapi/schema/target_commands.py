"""Commands on targets 目标 as mutations: one for each, answered with the fresh target or with the rule that said no."""

from __future__ import annotations

import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import ID

from txapi.application import targets as commands
from txapi.application.desk import Done
from txapi.projections.moment import Reader
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at
from txapi.schema.ids import entity_of
from txapi.schema.inputs import fields_of
from txapi.schema.scalars import JSON, Position
from txapi.schema.target_parts import FigureInput, GoalInput
from txapi.schema.targets import Target, load_target


@strawberry.type(description="What a command on a target came to. 目标回执。")
class TargetReceipt:
    """The target after the command, and what was recorded."""

    target: Target = strawberry.field(description="The target, as it is now. 目标。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


TargetResult = Annotated[
    TargetReceipt | Refusal, strawberry.union("TargetResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> TargetReceipt:
    return TargetReceipt(
        target=load_target(reader, None, done.id),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a target. 目标指令。")
class TargetCommandInput(CommandInput):
    """Which target."""

    target: ID = strawberry.field(description="The entityId, or an id of the present. 目标。")

    @property
    def entity(self) -> str:
        """The entity id of the target. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.target, "target")


@strawberry.input(description="Set a target of a unit by an indicator, for a year. 设立目标。")
class SetTargetInput(CommandInput):
    """Whose target, by what, for when."""

    indicator: str = strawberry.field(description="The code of an adopted indicator. 指标代码。")
    unit: str = strawberry.field(description="The code of the unit. 单位代码。")
    year: int = strawberry.field(description="The year in which it is to be reached. 年度。")


@strawberry.input(description="State the goal of a target for the first time. 下达目标值。")
class StateGoalInput(TargetCommandInput):
    """The goal."""

    goal: GoalInput = strawberry.field(description="What is to be reached. 目标值。")


@strawberry.input(description="Revise the goal of a target; a reason is needed. 调整目标值。")
class ReviseGoalInput(StateGoalInput):
    """The new goal."""


@strawberry.input(description="Report the cumulative figure through the end of a day. 填报累计数。")
class ReportActualInput(TargetCommandInput):
    """How much, through when."""

    through: datetime.date = strawberry.field(description="Through the end of this day, which must have come. 截至日。")
    value: FigureInput = strawberry.field(description="How much since 1 January. 累计数。")


@strawberry.input(description="Close a target; a reason is needed. 关闭目标。")
class CloseTargetInput(TargetCommandInput):
    """Which target."""


@strawberry.input(description="Retract or replace a figure or goal of a target; a reason is needed. 更正目标数据。")
class CorrectTargetInput(TargetCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="The version (event number in its stream) of the fact. 被更正事件。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace; null retracts. 更正内容。"
    )


@strawberry.type
class TargetMutations:
    """Commands on targets."""

    @strawberry.mutation(description="Set a target of a unit by an indicator, for a year. 设立目标。")
    def set_target(self, info: Info, input: SetTargetInput) -> TargetResult:
        """Set a target."""
        return carry_out(info, input, lambda desk, order: commands.set_target(
            desk, order, indicator=checked_text(input.indicator, "indicator", 64),
            unit=checked_text(input.unit, "unit", 64), year=input.year,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="State the goal of a target. 下达目标值。")
    def state_goal(self, info: Info, input: StateGoalInput) -> TargetResult:
        """State the goal."""
        return carry_out(info, input, lambda desk, order: commands.state_goal(
            desk, order, target=input.entity, goal=input.goal.goal()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Put another goal in the place of the one in force. 调整目标值。")
    def revise_goal(self, info: Info, input: ReviseGoalInput) -> TargetResult:
        """Revise the goal."""
        return carry_out(info, input, lambda desk, order: commands.revise_goal(
            desk, order, target=input.entity, goal=input.goal.goal()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Report the cumulative figure through the end of a day. 填报累计数。")
    def report_actual(self, info: Info, input: ReportActualInput) -> TargetResult:
        """Report a figure."""
        return carry_out(info, input, lambda desk, order: commands.report_actual(
            desk, order, target=input.entity, through=input.through, value=input.value.value()), _receipt)  # fmt: skip

    @strawberry.mutation(description="Close a target. 关闭目标。")
    def close_target(self, info: Info, input: CloseTargetInput) -> TargetResult:
        """Close a target."""
        return carry_out(info, input, lambda desk, order: commands.close_target(
            desk, order, target=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a figure or goal of a target. 更正目标数据。")
    def correct_target(self, info: Info, input: CorrectTargetInput) -> TargetResult:
        """Correct a target."""
        return carry_out(info, input, lambda desk, order: commands.correct_target(
            desk, order, target=input.entity, corrects=input.corrects, fields=fields_of(input.fields)), _receipt)  # fmt: skip
