"""What commands on projects 重大项目 take."""

from __future__ import annotations

import datetime

import strawberry
from strawberry.scalars import ID

from txapi.domain.project.investment import Investment
from txapi.schema.commands import CommandInput
from txapi.schema.ids import entity_of
from txapi.schema.inputs import LabelInput, MoneyInput, OfficialInput, PartialDateInput, QuantityInput, money_of
from txapi.schema.project_enums import CapitalSource, MilestoneKind, Per, ProjectKind
from txapi.schema.scalars import JSON


@strawberry.input(description="A command on a project. 项目指令。")
class ProjectCommandInput(CommandInput):
    """Which project."""

    project: ID = strawberry.field(description="The entityId, or an id of the present. 项目。")

    @property
    def entity(self) -> str:
        """The entity id of the project. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.project, "project")


@strawberry.input(description="Bring a project into the record. 录入项目。")
class IntroduceProjectInput(CommandInput):
    """What is known of the project."""

    code: str = strawberry.field(description="The project code, its own for ever. 项目代码。")
    name: str = strawberry.field(description="The name. 项目名称。")
    kind: ProjectKind = strawberry.field(description="The kind, which chooses the milestone template. 项目类型。")
    unit: str | None = strawberry.field(
        default=None, description="The code of the unit that answers for it. 实施主体代码。"
    )
    location: str | None = strawberry.field(default=None, description="Where. 建设地点。")
    owner: ID | None = strawberry.field(default=None, description="The company that builds. 建设单位。")
    investors: list[ID] = strawberry.field(default_factory=list, description="The companies that invest. 投资方。")
    industries: list[str] = strawberry.field(default_factory=list, description="The industries. 行业。")
    content: str | None = strawberry.field(default=None, description="What is built. 建设内容。")
    phase: str | None = strawberry.field(default=None, description="The phase. 期次。")
    capital: CapitalSource = strawberry.field(
        default=CapitalSource.UNSTATED, description="Where the capital comes from. 资金来源。"
    )
    national_code: str | None = strawberry.field(default=None, description="The national code. 国家代码。")
    investment: MoneyInput | None = strawberry.field(default=None, description="Total investment. 总投资。")
    registered_capital: MoneyInput | None = strawberry.field(default=None, description="Registered capital. 注册资本。")
    aliases: list[str] = strawberry.field(default_factory=list, description="Other names. 别名。")


@strawberry.input(
    description="Change how a project is described; a reason is needed. What is left out stays, null clears. 变更项目信息。"
)
class AmendProjectInput(ProjectCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=strawberry.UNSET, description="The new name. 项目名称。")
    kind: ProjectKind | None = strawberry.field(default=strawberry.UNSET, description="The kind. 项目类型。")
    unit: str | None = strawberry.field(default=strawberry.UNSET, description="The code of the unit. 实施主体代码。")
    location: str | None = strawberry.field(default=strawberry.UNSET, description="Where. 建设地点。")
    owner: ID | None = strawberry.field(default=strawberry.UNSET, description="The company that builds. 建设单位。")
    investors: list[ID] | None = strawberry.field(default=strawberry.UNSET, description="Who invests. 投资方。")
    industries: list[str] | None = strawberry.field(default=strawberry.UNSET, description="The industries. 行业。")
    content: str | None = strawberry.field(default=strawberry.UNSET, description="What is built. 建设内容。")
    phase: str | None = strawberry.field(default=strawberry.UNSET, description="The phase. 期次。")
    capital: CapitalSource | None = strawberry.field(default=strawberry.UNSET, description="Its capital. 资金来源。")
    national_code: str | None = strawberry.field(default=strawberry.UNSET, description="The national code. 国家代码。")
    aliases: list[str] | None = strawberry.field(default=strawberry.UNSET, description="Other names. 别名。")


@strawberry.input(description="Retract or replace a fact of a project; a reason is needed. 更正项目事实。")
class CorrectProjectInput(ProjectCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the project stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


@strawberry.input(description="Say that a milestone was reached. 填报节点完成。")
class ReachMilestoneInput(ProjectCommandInput):
    """Which milestone, when."""

    kind: MilestoneKind = strawberry.field(description="Which milestone. 节点。")
    on: PartialDateInput = strawberry.field(description="When it was reached; it cannot lie ahead. 完成日期。")
    evidence: str | None = strawberry.field(default=None, description="What proves it. 佐证。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Say when a milestone will be reached. 填报节点预计。")
class ForecastMilestoneInput(ProjectCommandInput):
    """Which milestone, when."""

    kind: MilestoneKind = strawberry.field(description="Which milestone. 节点。")
    on: PartialDateInput = strawberry.field(description="When it is to come. 预计日期。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Assign the leading official; replacing one needs a reason. 确定领衔领导。")
class AssignLeaderInput(ProjectCommandInput):
    """Who leads from when on."""

    official: OfficialInput = strawberry.field(description="Who leads. 领衔领导。")
    on: datetime.date = strawberry.field(description="From this day on. 起始日。")


@strawberry.input(description="Release the leading official; a reason is needed. 免去领衔领导。")
class ReleaseLeaderInput(ProjectCommandInput):
    """From when on nobody leads."""

    on: datetime.date | None = strawberry.field(default=None, description="From this day on; null: today. 终止日。")


@strawberry.input(description="Assign an approval agent. 指派代办人员。")
class AssignAgentInput(ProjectCommandInput):
    """Who, of which unit, for which milestones, for how long."""

    official: OfficialInput = strawberry.field(description="The agent. 代办人员。")
    unit: str = strawberry.field(description="The code of the agent's unit. 代办单位代码。")
    scope: list[MilestoneKind] = strawberry.field(description="Through which milestones. 代办事项。")
    since: datetime.date | None = strawberry.field(default=None, description="From this day on; null: today. 起始日。")
    until: datetime.date | None = strawberry.field(default=None, description="The last day; null: open. 终止日。")


@strawberry.input(description="Release an approval agent. 解除代办人员。")
class ReleaseAgentInput(ProjectCommandInput):
    """Which agent, from when on."""

    assigned: int = strawberry.field(description="Which event of the project assigned the agent. 指派事件序号。")
    on: datetime.date | None = strawberry.field(default=None, description="From this day on; null: today. 终止日。")


@strawberry.input(
    description="State total investment or registered capital; changing them needs a reason. 填报投资额。"
)
class SetInvestmentInput(ProjectCommandInput):
    """The amounts."""

    total: MoneyInput | None = strawberry.field(default=None, description="Total investment. 总投资。")
    registered: MoneyInput | None = strawberry.field(default=None, description="Registered capital. 注册资本。")


@strawberry.input(description="Total investment and registered capital. 投资。")
class InvestmentInput:
    """Both amounts of one account, as far as they are stated."""

    total: MoneyInput | None = strawberry.field(default=None, description="Total investment. 总投资。")
    registered: MoneyInput | None = strawberry.field(default=None, description="Registered capital. 注册资本。")

    def value(self) -> Investment:
        """The amounts; BadInput as of an amount."""
        return Investment(money_of(self.total), money_of(self.registered))


@strawberry.input(description="Record an increase of capital: before plus what was added is after, exactly. 增资。")
class IncreaseCapitalInput(ProjectCommandInput):
    """What was added, when and for what."""

    on: PartialDateInput = strawberry.field(description="When. 日期。")
    add_total: MoneyInput | None = strawberry.field(default=None, description="Added to the total. 增加总投资。")
    add_registered: MoneyInput | None = strawberry.field(
        default=None, description="Added to the registered capital. 增加注册资本。"
    )
    before: InvestmentInput | None = strawberry.field(default=None, description="Before; null: as recorded. 增资前。")
    after: InvestmentInput | None = strawberry.field(default=None, description="After, where it is stated. 增资后。")
    uses: list[str] = strawberry.field(default_factory=list, description="For what. 用途。")


@strawberry.input(description="State how much capital was paid in, all told. 填报实缴资本。")
class PayInInput(ProjectCommandInput):
    """A cumulative figure."""

    amount: MoneyInput = strawberry.field(description="All told. 累计实缴。")
    through: datetime.date = strawberry.field(description="Through the end of this day. 截至日。")


@strawberry.input(description="Tie a parcel to a project, or untie it. 关联地块。")
class ProjectParcelInput(ProjectCommandInput):
    """Which parcel, since or until when."""

    parcel: ID = strawberry.field(description="The parcel. 地块。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; null: by today. 日期。")


@strawberry.input(description="Enter a project into a supervision list. 纳入专项督查。")
class EnterListInput(ProjectCommandInput):
    """Which list, when, and by when its duty is due."""

    supervision_list: ID = strawberry.field(description="The list. 督查清单。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; null: by today. 纳入日期。")
    due: datetime.date | None = strawberry.field(default=None, description="The last day for its duty. 完成时限。")


@strawberry.input(description="Remove a project from a supervision list; a reason is needed. 移出专项督查。")
class LeaveListInput(ProjectCommandInput):
    """Which list, when."""

    supervision_list: ID = strawberry.field(description="The list. 督查清单。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; null: by today. 移出日期。")


@strawberry.input(description="Count a project among a group, or no more. 项目组归属。")
class ProjectGroupInput(ProjectCommandInput):
    """Which group, since or until when."""

    group: ID = strawberry.field(description="The group. 项目组。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; null: by today. 日期。")


@strawberry.input(description="Say what a project is to yield. 填报预期产出。")
class ForecastOutputInput(ProjectCommandInput):
    """A figure of what is to come."""

    label: LabelInput = strawberry.field(description="What is yielded. 产出名称。")
    quantity: QuantityInput = strawberry.field(description="How much. 数量。")
    per: Per | None = strawberry.field(default=None, description="For what time it is reckoned. 计量周期。")


@strawberry.input(description="State what a project yielded. 填报实际产出。")
class MeasureOutputInput(ForecastOutputInput):
    """A figure that was measured."""

    on: PartialDateInput = strawberry.field(description="Over which time. 实测期间。")
