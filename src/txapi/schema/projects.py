"""Projects 重大项目: what each has come to, who leads it, what it is worth and to what it belongs; lists and groups of them."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import projects as commands
from txapi.domain import project as domain
from txapi.domain.errors import BadInput
from txapi.projections import project_lights, project_questions, projects
from txapi.projections.moment import Reader
from txapi.projections.project_rows import LeaderRow, MembershipKind, ProjectRow
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.attachments import Attachable
from txapi.schema.commands import Info
from txapi.schema.companies import Company, companies_behind, company_of
from txapi.schema.connections import DEFAULT_SIZE, Connection, connect, told_whole
from txapi.schema.history import Event, history_of
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.inputs import MoneyInput, asks, optional, texts
from txapi.schema.judgements import TalliedInput
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.project_enums import MilestoneKind, ProjectDimension, ProjectOrderField
from txapi.schema.project_parts import (
    AgentTerm,
    CapitalIncrease,
    ConditionChange,
    LeaderTerm,
    Membership,
    Milestone,
    Output,
    PaidIn,
)
from txapi.schema.publications import Published, published_on
from txapi.schema.references import LightVerdict
from txapi.schema.scalars import Position
from txapi.schema.tickets import Ticket, TicketFilter, TicketOrder, tickets_about
from txapi.schema.units import alone, unit_behind
from txapi.schema.values import CurrencySum, Label, Money, Official


@answers("重大项目", "A major project: signed, given land, approved, started, completed and put into production.")
class Project(ProjectRow, Attachable, Answer, Node):
    """A project at a moment."""

    NOUN = "project"

    # -- how far it is -------------------------------------------------------------------------------------------------

    @strawberry.field(description="The milestones reached or forecast, in the usual order. 节点。")
    def milestones(self) -> list[Milestone]:
        """The milestones known at the moment and its valid date."""
        return to_many(
            self, "milestones", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: projects.milestones_of(reader, ids, Milestone), lambda row: row.project_id,
        )  # fmt: skip

    @strawberry.field(description="The last milestone reached in the usual order; LEAD 在谈 where none was. 阶段。")
    def stage(self) -> MilestoneKind:
        """The stage, by valid time."""
        valid_on = self.reader.moment.valid_on
        return self.stage_known if valid_on is None else self._state().stage(valid_on)

    @strawberry.field(description="What people read for the stage. 阶段名称。")
    def stage_label(self) -> Label:
        """The label of the stage."""
        return Label.of_member(self.stage())

    @strawberry.field(description="The milestone that is forecast to come next; null where none is. 下一预计节点。")
    def next_forecast(self) -> Milestone | None:
        """The earliest forecast not met."""
        expected = self._state().next_forecast(self.reader.moment.valid_on)
        return next((one for one in self.milestones() if expected and one.kind is expected.kind), None)

    @strawberry.field(description="The light, why, and how long it holds. 亮灯。")
    def light(self) -> LightVerdict:
        """The light on the clock's day."""
        state = None if self.reader.moment.valid_on is None else self._state()
        return LightVerdict.of(project_lights.light_of(self.reader, self, state), self)

    @strawberry.field(description="When it was suspended, resumed or terminated, and why. 状态变更。")
    def condition_changes(self) -> list[ConditionChange]:
        """Every change of condition, in order."""
        return [ConditionChange.of(change) for change in self.condition_facts]

    # -- who answers for it --------------------------------------------------------------------------------------------

    unit = unit_behind("unit_code", "The unit that answers for it; null where none is stated. 实施主体。")

    owner = company_of("owner_id", "The company that builds it. 建设单位。")

    @strawberry.field(description="The companies that invest in it. 投资方。")
    def investors(self) -> list[Company]:
        """The investors, in the order stated."""
        return companies_behind(self, "investors", lambda row: row.investor_ids)

    @strawberry.field(description="The leading official; null: nobody leads. 领衔领导。")
    def leader(self) -> Official | None:
        """Who leads on the valid day."""
        valid_on = self.reader.moment.valid_on
        term = self.leader_known if valid_on is None else self._state().leader(valid_on)
        return Official.of(term.official) if term else None

    @strawberry.field(description="Every term of a leading official, in order. 历任领衔领导。")
    def leaders(self) -> list[LeaderTerm]:
        """The terms that had begun by the valid day."""
        return [LeaderTerm.of(term.seen(self.reader.moment.valid_on)) for term in self._terms()]

    @strawberry.field(description="Since when nobody leads; null where somebody does. 无领衔领导起始日。")
    def leaderless_since(self) -> datetime.date | None:
        """The first of the days in a row without a leader."""
        valid_on = self.reader.moment.valid_on
        return self.signs.leaderless_since if valid_on is None else self._state().leaderless_since(valid_on)

    @strawberry.field(description="On how many days nobody led, up to the moment's valid day. 无领衔领导天数。")
    def days_without_leader(self) -> int:
        """The days without a leader since the project was introduced."""
        return self._state().days_without_leader(self.reader.moment.valid_day)

    @strawberry.field(description="The approval agents and their terms. 代办人员。")
    def agents(self) -> list[AgentTerm]:
        """The terms that had begun by the valid day."""
        valid_on = self.reader.moment.valid_on
        return [AgentTerm.of(term, self) for term in self.agent_terms if valid_on is None or term.since <= valid_on]

    # -- its money and what it yields -----------------------------------------------------------------------------------

    @strawberry.field(description="Total investment as last stated. 总投资。")
    def investment(self) -> Money | None:
        """The total investment."""
        return Money.of(self.investment_total)

    @strawberry.field(description="Registered capital as last stated. 注册资本。")
    def registered_capital(self) -> Money | None:
        """The registered capital."""
        return Money.of(self.investment_registered)

    @strawberry.field(description="Increases of capital, in order. 增资。")
    def increases(self) -> list[CapitalIncrease]:
        """Every increase."""
        return [CapitalIncrease.of(increase) for increase in self.increase_facts]

    @strawberry.field(description="What was paid in, as cumulative figures up to validOn, in order. 实缴资本。")
    def payments(self) -> list[PaidIn]:
        """Every figure of paid-in capital."""
        valid_on = self.reader.moment.valid_on
        return [PaidIn.of(paid) for paid in self.payment_facts if valid_on is None or paid.through <= valid_on]

    @strawberry.field(description="What it is to yield and what was measured, apart. 产出。")
    def outputs(self) -> list[Output]:
        """Every figure of an output."""
        return [Output.of(output, self.reader) for output in self.output_facts]

    # -- to what it belongs --------------------------------------------------------------------------------------------

    @strawberry.field(description="Supervision lists that it is or was on. 专项督查。")
    def supervision(self) -> list[Membership]:
        """Memberships of supervision lists."""
        return [one for one in self._memberships() if one.belongs_to is MembershipKind.LIST]

    @strawberry.field(description="Groups that it is or was in: parks, joint starts, pipelines, batches. 项目组。")
    def groups(self) -> list[Membership]:
        """Memberships of groups."""
        return [one for one in self._memberships() if one.belongs_to is MembershipKind.GROUP]

    @strawberry.field(description="Parcels that it is or was tied to, with since and until when. 地块。")
    def parcels(self) -> list[Membership]:
        """Memberships of parcels."""
        return [one for one in self._memberships() if one.belongs_to is MembershipKind.PARCEL]

    @strawberry.field(
        description="Tickets about it, newest first unless another order is asked for. 工作联系单。",
        metadata=plain(Hanging()),
    )
    def tickets(
        self,
        filter: TicketFilter | None = None,
        order_by: list[TicketOrder] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Ticket]:
        """A page of the tickets about this project."""
        return tickets_about(self, filter, order_by, first=first, after=after, last=last, before=before)

    @strawberry.field(
        description="What documents printed about it, beside what the record says; 50 unless told how many. 公布数据（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """Every item printed about this project."""
        return published_on(self, first)

    # -- its record ----------------------------------------------------------------------------------------------------

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)

    def _terms(self) -> list[Any]:
        return to_many(
            self, "leaders", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: projects.leaders_of(reader, ids, _Term), lambda row: row.project_id,
        )  # fmt: skip

    def _memberships(self) -> list[Membership]:
        return to_many(
            self, "memberships", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: projects.memberships_of(reader, ids, Membership), lambda row: row.project_id,
        )  # fmt: skip

    def _state(self) -> domain.Project:
        return project_lights.state_of(self, self.milestones(), self._terms())


class _Term(LeaderRow, Answer):
    """A term of a leading official, read together with those of sibling projects."""


@loads("project")
def load_project(reader: Reader, pinned: GlobalId | None, key: str) -> Project | None:
    """The project with that entity id."""
    return alone(projects.project_of(reader, key, Project), reader, pinned)  # type: ignore[no-any-return]


@loads_many("project")
def load_projects(reader: Reader, keys: list[str]) -> list[Any]:
    """The projects with those entity ids."""
    return projects.projects_of(reader, keys, Project)


def projects_by_id(answer: Answer, name: str, id: str | None, id_of: Any) -> Project | None:
    """The project behind an id that an answer keeps; read once for all its siblings."""
    return to_one(  # type: ignore[no-any-return]
        answer,
        name,
        id,
        id_of,
        lambda reader, ids: projects.projects_of(reader, ids, Project),
        lambda row: row.entity_id,
    )


# -- questions ---------------------------------------------------------------------------------------------------------


@asks("项目筛选", "Which projects; every part that is given must hold, an empty list finds nothing.")
class ProjectFilter(project_questions.ProjectFilter):
    """Which projects are asked for."""

    owner: ID | None = strawberry.field(
        default=None, description="Built by this company, by entityId or id. 建设单位。"
    )
    supervision_list: ID | None = strawberry.field(
        default=None, description="On this supervision list, entered and not removed, by entityId or id. 督查清单。"
    )
    group: ID | None = strawberry.field(
        default=None, description="In this group (joint start, park, pipeline, batch), by entityId or id. 项目组。"
    )
    tallied: TalliedInput | None = strawberry.field(  # type: ignore[assignment]
        default=None, description="Of which a number of the scoreboard of towns and platforms speaks. 记分牌口径。"
    )
    investment_at_least: MoneyInput | None = strawberry.field(  # type: ignore[assignment]
        default=None,
        description="Total investment of at least this, in its currency; others are left out. 投资额下限。",
    )

    def asked(self) -> project_questions.ProjectFilter:
        """The filter as a question. BadInput BAD_ID, and those of an amount or a text."""
        given = {name: getattr(self, name) for name in project_questions.ProjectFilter.__dataclass_fields__}
        for name in ("owner", "supervision_list", "group"):
            given[name] = stream_of(given[name]) if given[name] is not None else None
        given["tallied"] = self.tallied.asked() if self.tallied else None
        given["investment_at_least"] = self.investment_at_least.value() if self.investment_at_least else None
        given |= {name: optional(given[name], name, 200) for name in ("search", "leader")}
        for name in ("units", "industries"):
            given[name] = None if given[name] is None else list(texts(given[name], name))
        return project_questions.ProjectFilter(**given)


def _asked(filter: ProjectFilter | None) -> project_questions.ProjectFilter | None:
    return None if filter is None else filter.asked()


@strawberry.input(description="One term of a sort. 排序。")
class ProjectOrder:
    """By what, in which direction; what is unknown comes last in both."""

    by: ProjectOrderField = strawberry.field(description="By what. 排序项。")
    descending: bool = strawberry.field(default=False, description="From the last to the first. 降序。")


@strawberry.type(description="What the projects of a group have in common. 分组键。")
class GroupKey:
    """One key of a group."""

    dimension: ProjectDimension = strawberry.field(description="By what it was grouped. 维度。")
    key: str | None = strawberry.field(
        description="The code, id or name; null for projects that have none: without a unit, without a leader. 键。"
    )
    label: Label | None = strawberry.field(description="What people read for it. 名称。")


@strawberry.type(description="Projects that have something in common. 项目分组。")
class ProjectGroup:
    """One group."""

    group: list[GroupKey] = strawberry.field(description="Its keys, in the order of `by`. 分组键。")
    count: int = strawberry.field(description="How many projects. 项目数。")
    investment: list[CurrencySum] = strawberry.field(
        description="Total investment by currency; never added across currencies. 投资额合计。"
    )


@strawberry.type
class ProjectQuestions(Asking):
    """Questions about projects."""

    @strawberry.field(description="The project with that entityId, or with that code. 项目。", metadata=plain(Sought()))
    def project(
        self,
        entity_id: Annotated[ID | None, strawberry.argument(description="The entityId or id. 实体标识。")] = None,
        code: Annotated[str | None, strawberry.argument(description="The project code. 项目代码。")] = None,
    ) -> Project | None:
        """A project by id or by code."""
        if entity_id is None and code is None:
            raise BadInput("ONE_OF_TWO", "say which project: ask by entityId or by code", ("entityId",))
        if entity_id is not None and code is not None:
            raise BadInput("ONE_OF_TWO", "ask by entityId or by code, and by one of them only", ("entityId",))
        if entity_id is not None:
            found: Project | None = load_project(self.reader, self.pinned, stream_of(entity_id))
            return found
        return alone(projects.project_with_code(self.reader, code or "", Project), self.reader, self.pinned)  # type: ignore[no-any-return]

    @strawberry.field(description="Projects, by code unless another order is asked for. 项目列表。")
    def projects(
        self,
        filter: ProjectFilter | None = None,
        order_by: list[ProjectOrder] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Project]:
        """A page of projects."""
        asked = _asked(filter)
        terms = [(term.by, term.descending) for term in order_by or ()] or [(ProjectOrderField.CODE, False)]
        return connect(
            self.reader, self.pinned, lambda reader: project_questions.select(reader, asked),
            lambda reader: project_questions.ordered(reader, terms), Project,
            name="projects", asked=(asked, terms), first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(
        description="How many projects there are by each combination, and their investment. A project in several groups, lists or"
        " industries counts in each. Without a dimension: all in one. 项目分组统计。"
    )
    def project_groups(self, by: list[ProjectDimension], filter: ProjectFilter | None = None) -> list[ProjectGroup]:
        """Counts and sums."""
        dimensions = list(dict.fromkeys(by))
        found = told_whole(project_questions.groups(self.reader, dimensions, _asked(filter)))
        names = project_questions.names_of(self.reader, dimensions, found)
        return [
            ProjectGroup(
                group=[
                    GroupKey(dimension=dimension, key=key, label=_label(names.get((dimension, key))))
                    for dimension, key in zip(dimensions, group.keys, strict=True)
                ],
                count=group.count,
                investment=[CurrencySum.of(total) for total in group.investment],
            )
            for group in found
        ]


def _label(label: Any) -> Label | None:
    return None if label is None else Label.of(label)
