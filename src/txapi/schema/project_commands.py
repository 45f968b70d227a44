"""Commands on projects 重大项目 as mutations: one for each, answered with the fresh project or with the rule that said no."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import strawberry

from txapi.application import projects as commands
from txapi.application.desk import Done
from txapi.projections import projects
from txapi.projections.moment import Reader
from txapi.schema.commands import Info, Refusal, carry_out
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at
from txapi.schema.ids import entity_of
from txapi.schema.inputs import date_of, fields_of, money_of, optional, texts
from txapi.schema.project_inputs import (
    AmendProjectInput,
    AssignAgentInput,
    AssignLeaderInput,
    CorrectProjectInput,
    EnterListInput,
    ForecastMilestoneInput,
    ForecastOutputInput,
    IncreaseCapitalInput,
    IntroduceProjectInput,
    LeaveListInput,
    MeasureOutputInput,
    PayInInput,
    ProjectCommandInput,
    ProjectGroupInput,
    ProjectParcelInput,
    ReachMilestoneInput,
    ReleaseAgentInput,
    ReleaseLeaderInput,
    SetInvestmentInput,
)
from txapi.schema.projects import Project
from txapi.schema.scalars import Position
from txapi.schema.units import alone


@strawberry.type(description="What a command on a project came to. 项目回执。")
class ProjectReceipt:
    """The project after the command, and what was recorded."""

    project: Project = strawberry.field(description="The project, as it is now. 项目。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


ProjectResult = Annotated[
    ProjectReceipt | Refusal, strawberry.union("ProjectResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> ProjectReceipt:
    return ProjectReceipt(
        project=alone(projects.project_of(reader, done.id, Project), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


def _amended(input: AmendProjectInput) -> dict[str, Any]:
    """What an amendment says: a field that was left out stays UNSET, null clears."""
    said: dict[str, Any] = {}
    for name, longest in (("name", 200), ("unit", 64), ("location", 4000), ("content", 4000), ("phase", 4000)):
        said[name] = _given(
            getattr(input, name), lambda text, name=name, longest=longest: checked_text(text, name, longest)
        )
    said["national_code"] = _given(input.national_code, lambda text: checked_text(text, "nationalCode", 64))
    said["owner"] = _given(input.owner, lambda id: entity_of(id, "company"))
    said["investors"] = _given(input.investors, lambda ids: [entity_of(id, "company") for id in ids])
    for name in ("industries", "aliases"):
        said[name] = _given(getattr(input, name), lambda given, name=name: texts(given, name))
    for name in ("kind", "capital"):
        said[name] = _given(getattr(input, name), lambda member: member)
    return said


def _given(value: Any, read: Any) -> Any:
    if value is strawberry.UNSET:
        return msgspec.UNSET
    return None if value is None else read(value)


@strawberry.type
class ProjectMutations:
    """Commands on projects."""

    @strawberry.mutation(description="Bring a project into the record. 录入项目。")
    def introduce_project(self, info: Info, input: IntroduceProjectInput) -> ProjectResult:
        """Introduce a project."""
        return carry_out(info, input, lambda desk, order: commands.introduce_project(
            desk, order, code=checked_text(input.code, "code", 64), name=checked_text(input.name, "name", 200),
            kind=input.kind, unit=optional(input.unit, "unit", 64), location=optional(input.location, "location"),
            owner=entity_of(input.owner, "company") if input.owner else None,
            investors=[entity_of(id, "company") for id in input.investors],
            industries=texts(input.industries, "industries"), content=optional(input.content, "content"),
            phase=optional(input.phase, "phase"), capital=input.capital,
            national_code=optional(input.national_code, "nationalCode", 64), investment=money_of(input.investment),
            registered_capital=money_of(input.registered_capital), aliases=texts(input.aliases, "aliases"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change how a project is described. 变更项目信息。")
    def amend_project(self, info: Info, input: AmendProjectInput) -> ProjectResult:
        """Amend a project."""
        return carry_out(info, input, lambda desk, order: commands.amend_project(
            desk, order, project=input.entity, **_amended(input),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a project. 更正项目事实。")
    def correct_project(self, info: Info, input: CorrectProjectInput) -> ProjectResult:
        """Correct a project."""
        return carry_out(info, input, lambda desk, order: commands.correct_project(
            desk, order, project=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Say that a milestone was reached. 填报节点完成。")
    def reach_milestone(self, info: Info, input: ReachMilestoneInput) -> ProjectResult:
        """Reach a milestone."""
        return carry_out(info, input, lambda desk, order: commands.reach_milestone(
            desk, order, project=input.entity, kind=input.kind, on=input.on.value(),
            evidence=optional(input.evidence, "evidence"), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Say when a milestone will be reached. 填报节点预计。")
    def forecast_milestone(self, info: Info, input: ForecastMilestoneInput) -> ProjectResult:
        """Forecast a milestone."""
        return carry_out(info, input, lambda desk, order: commands.forecast_milestone(
            desk, order, project=input.entity, kind=input.kind, on=input.on.value(),
            note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Suspend a project; a reason is needed. 暂停项目。")
    def suspend_project(self, info: Info, input: ProjectCommandInput) -> ProjectResult:
        """Suspend a project."""
        return carry_out(info, input, lambda desk, order: commands.suspend_project(
            desk, order, project=input.entity,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Let a suspended project go on; a reason is needed. 恢复项目。")
    def resume_project(self, info: Info, input: ProjectCommandInput) -> ProjectResult:
        """Resume a project."""
        return carry_out(info, input, lambda desk, order: commands.resume_project(
            desk, order, project=input.entity,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Give a project up for good; a reason is needed. 终止项目。")
    def terminate_project(self, info: Info, input: ProjectCommandInput) -> ProjectResult:
        """Terminate a project."""
        return carry_out(info, input, lambda desk, order: commands.terminate_project(
            desk, order, project=input.entity,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Assign the leading official. 确定领衔领导。")
    def assign_leader(self, info: Info, input: AssignLeaderInput) -> ProjectResult:
        """Assign a leader."""
        return carry_out(info, input, lambda desk, order: commands.assign_leader(
            desk, order, project=input.entity, official=input.official.value(), on=input.on,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Release the leading official. 免去领衔领导。")
    def release_leader(self, info: Info, input: ReleaseLeaderInput) -> ProjectResult:
        """Release the leader."""
        return carry_out(info, input, lambda desk, order: commands.release_leader(
            desk, order, project=input.entity, on=input.on,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Assign an approval agent. 指派代办人员。")
    def assign_agent(self, info: Info, input: AssignAgentInput) -> ProjectResult:
        """Assign an agent."""
        return carry_out(info, input, lambda desk, order: commands.assign_agent(
            desk, order, project=input.entity, official=input.official.value(),
            unit=checked_text(input.unit, "unit", 64), scope=input.scope, since=input.since, until=input.until,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Release an approval agent. 解除代办人员。")
    def release_agent(self, info: Info, input: ReleaseAgentInput) -> ProjectResult:
        """Release an agent."""
        return carry_out(info, input, lambda desk, order: commands.release_agent(
            desk, order, project=input.entity, assigned=input.assigned, on=input.on,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="State total investment or registered capital. 填报投资额。")
    def set_investment(self, info: Info, input: SetInvestmentInput) -> ProjectResult:
        """State the investment."""
        return carry_out(info, input, lambda desk, order: commands.set_investment(
            desk, order, project=input.entity, total=money_of(input.total), registered=money_of(input.registered),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Record an increase of capital. 增资。")
    def increase_capital(self, info: Info, input: IncreaseCapitalInput) -> ProjectResult:
        """Increase the capital."""
        return carry_out(info, input, lambda desk, order: commands.increase_capital(
            desk, order, project=input.entity, on=input.on.value(), add_total=money_of(input.add_total),
            add_registered=money_of(input.add_registered), before=input.before.value() if input.before else None,
            after=input.after.value() if input.after else None, uses=texts(input.uses, "uses"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="State how much capital was paid in, all told. 填报实缴资本。")
    def pay_in(self, info: Info, input: PayInInput) -> ProjectResult:
        """State the paid-in capital."""
        return carry_out(info, input, lambda desk, order: commands.pay_in(
            desk, order, project=input.entity, amount=input.amount.value(), through=input.through,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Tie a parcel to a project. 关联地块。")
    def attach_parcel(self, info: Info, input: ProjectParcelInput) -> ProjectResult:
        """Attach a parcel."""
        return carry_out(info, input, lambda desk, order: commands.attach_parcel(
            desk, order, project=input.entity, parcel=entity_of(input.parcel, "parcel"), on=date_of(input.on),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Untie a parcel from a project. 解除地块关联。")
    def detach_parcel(self, info: Info, input: ProjectParcelInput) -> ProjectResult:
        """Detach a parcel."""
        return carry_out(info, input, lambda desk, order: commands.detach_parcel(
            desk, order, project=input.entity, parcel=entity_of(input.parcel, "parcel"), on=date_of(input.on),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Enter a project into a supervision list. 纳入专项督查。")
    def enter_list(self, info: Info, input: EnterListInput) -> ProjectResult:
        """Enter a list."""
        return carry_out(info, input, lambda desk, order: commands.enter_list(
            desk, order, project=input.entity, supervision_list=entity_of(input.supervision_list, "supervision_list"),
            on=date_of(input.on), due=input.due,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Remove a project from a supervision list; a reason is needed. 移出专项督查。")
    def leave_list(self, info: Info, input: LeaveListInput) -> ProjectResult:
        """Leave a list."""
        return carry_out(info, input, lambda desk, order: commands.leave_list(
            desk, order, project=input.entity, supervision_list=entity_of(input.supervision_list, "supervision_list"),
            on=date_of(input.on),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Count a project among a group. 纳入项目组。")
    def join_group(self, info: Info, input: ProjectGroupInput) -> ProjectResult:
        """Join a group."""
        return carry_out(info, input, lambda desk, order: commands.join_group(
            desk, order, project=input.entity, group=entity_of(input.group, "group"), on=date_of(input.on),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Count a project among a group no more. 退出项目组。")
    def leave_group(self, info: Info, input: ProjectGroupInput) -> ProjectResult:
        """Leave a group."""
        return carry_out(info, input, lambda desk, order: commands.leave_group(
            desk, order, project=input.entity, group=entity_of(input.group, "group"), on=date_of(input.on),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Say what a project is to yield. 填报预期产出。")
    def forecast_output(self, info: Info, input: ForecastOutputInput) -> ProjectResult:
        """Forecast an output."""
        return carry_out(info, input, lambda desk, order: commands.forecast_output(
            desk, order, project=input.entity, label=input.label.value(), quantity=input.quantity.value(),
            per=input.per,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="State what a project yielded. 填报实际产出。")
    def measure_output(self, info: Info, input: MeasureOutputInput) -> ProjectResult:
        """Measure an output."""
        return carry_out(info, input, lambda desk, order: commands.measure_output(
            desk, order, project=input.entity, label=input.label.value(), quantity=input.quantity.value(),
            on=input.on.value(), per=input.per,
        ), _receipt)  # fmt: skip
