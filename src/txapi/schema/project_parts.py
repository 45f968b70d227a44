"""The parts of a project 重大项目 as clients see them: milestones, terms of office, increases, outputs, memberships."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from txapi.domain.event import Basis
from txapi.domain.project import base, capital, leadership, milestones, outputs
from txapi.domain.project import condition as conditions
from txapi.domain.project import investment as investments
from txapi.projections import project_rows
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MembershipKind
from txapi.schema.attachments import Attachment, Withdrawn, attached_to
from txapi.schema.nouns import Answer, answers
from txapi.schema.project_enums import MilestoneKind, Per, ProjectCondition
from txapi.schema.units import Unit, units_of
from txapi.schema.values import Label, Money, Official, PartialDate, Quantity, label_of

if TYPE_CHECKING:
    from txapi.schema.groups import Group
    from txapi.schema.parcels import Parcel
    from txapi.schema.projects import Project
    from txapi.schema.supervision import SupervisionList


@strawberry.type(description="Where a fact in force was stated. 事实出处。")
class Statement:
    """The event that states a fact."""

    noun_version: int = strawberry.field(
        description="Which event of the noun stated it; what `corrects` takes. 事件序号。"
    )
    decided_at: datetime.datetime = strawberry.field(description="When it was stated. 填报时间。")
    basis: Basis = strawberry.field(description="On what it rests. 依据。")
    corrected_by: int | None = strawberry.field(
        description="Which event of the noun corrected how it reads; null where it stands as stated. 更正事件序号。"
    )

    @classmethod
    def of(cls, stated: base.Stated | None) -> Statement | None:
        """The public form; None for none."""
        if stated is None:
            return None
        return cls(
            noun_version=stated.version,
            decided_at=stated.decided_at,
            basis=stated.basis,
            corrected_by=stated.corrected_by,
        )


@strawberry.type(description="When a milestone was expected, said at some time and kept for ever. 预计。")
class Forecast:
    """One forecast."""

    on: PartialDate = strawberry.field(description="When the milestone was to come. 预计日期。")
    note: str | None = strawberry.field(description="A remark. 备注。")
    statement: Statement = strawberry.field(description="Where it was said. 出处。")

    @classmethod
    def of(cls, forecast: milestones.Forecast) -> Forecast:
        """The public form."""
        return cls(on=PartialDate.of(forecast.on), note=forecast.note, statement=Statement.of(forecast.stated))  # type: ignore[arg-type]


@answers("节点", "A milestone of a project, reached or forecast; forecasts are never overwritten by what came.")
class Milestone(project_rows.MilestoneRow, Answer):
    """One milestone at a moment."""

    def _seen(self) -> milestones.Milestone:
        return self.seen(self.reader.moment.valid_on)

    label = label_of("kind", "What people read for it. 节点名称。")

    @strawberry.field(description="When it was reached; null where it was not, up to validOn. 实际日期。")
    def actual(self) -> PartialDate | None:
        """The date of the fact."""
        return PartialDate.of(self._seen().actual)

    @strawberry.field(description="Every forecast in the order of saying. 历次预计。")
    def forecasts(self) -> list[Forecast]:
        """What was expected."""
        return [Forecast.of(forecast) for forecast in self.said]

    @strawberry.field(
        description="By how many days the actual, or else the latest forecast, is later than the first; negative where earlier,"
        " null without a forecast that has a last day. 推迟天数。"
    )
    def slipped_days(self) -> int | None:
        """The slip, last day to last day."""
        return self.known().slipped_days(self.reader.moment.valid_on)

    @strawberry.field(description="What proves that it was reached. 佐证。")
    def evidence(self) -> str | None:
        """The evidence given."""
        return self._seen().evidence

    @strawberry.field(description="A remark on its being reached. 备注。")
    def note(self) -> str | None:
        """The note given."""
        return self._seen().note

    @strawberry.field(description="What should have come before by the template, and had not. 跳过的节点。")
    def skipped(self) -> list[MilestoneKind]:
        """The order broken."""
        return list(self._seen().skipped)

    @strawberry.field(description="Whether a project of this kind is finished with it. 是否结项节点。")
    def final(self) -> bool:
        """Whether it was the last step."""
        return self._seen().final

    @strawberry.field(description="Where its being reached was stated; null where it was not. 出处。")
    def statement(self) -> Statement | None:
        """The event that says so, and what corrected it."""
        return Statement.of(self._seen().stated)

    @strawberry.field(description="The files that were attached to it: what proves it, for one. 附件。")
    def attachments(self, withdrawn: Withdrawn = False) -> list[Attachment]:
        """The files of this milestone."""
        return attached_to(
            self, self.project_id, lambda row: row.project_id, withdrawn=withdrawn,
            part=lambda row: row.milestone is self.kind,
        )  # fmt: skip


@strawberry.type(description="The term of a leading official. 领衔任期。")
class LeaderTerm:
    """Who led from when to when."""

    official: Official = strawberry.field(description="Who led. 领衔领导。")
    since: datetime.date = strawberry.field(description="The first day. 起始日。")
    until: datetime.date | None = strawberry.field(
        description="The first day on which this official led no more; null: still leads. 终止日。"
    )
    why: str | None = strawberry.field(description="Why this official replaced another. 更换理由。")
    why_ended: str | None = strawberry.field(description="Why the term ended. 终止理由。")
    statement: Statement = strawberry.field(description="Where it was stated. 出处。")

    @classmethod
    def of(cls, term: leadership.LeaderTerm) -> LeaderTerm:
        """The public form."""
        return cls(
            official=Official.of(term.official),  # type: ignore[arg-type]
            since=term.since,
            until=term.until,
            why=term.why,
            why_ended=term.why_ended,
            statement=Statement.of(term.stated),  # type: ignore[arg-type]
        )


@strawberry.type(description="The term of an approval agent. 代办任期。")
class AgentTerm:
    """Who carries the project through which milestones."""

    official: Official = strawberry.field(description="The agent. 代办人员。")
    scope: list[MilestoneKind] = strawberry.field(description="Through which milestones. 代办事项。")
    since: datetime.date = strawberry.field(description="The first day. 起始日。")
    until: datetime.date | None = strawberry.field(description="The last day agreed; null: open. 约定终止日。")
    released_on: datetime.date | None = strawberry.field(
        description="The first day on which the agent was in charge no more; null where nobody released. 解除日。"
    )
    why_released: str | None = strawberry.field(description="Why. 解除理由。")
    active: bool = strawberry.field(description="Whether the agent is in charge on the moment's valid day. 是否在任。")
    statement: Statement = strawberry.field(
        description="Where it was stated; its version is what release takes. 出处。"
    )
    unit_code: strawberry.Private[str]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The agent's unit. 代办单位。")
    def unit(self) -> Unit | None:
        """The unit that sent the agent."""
        found = units_of(self.answer, "agents", lambda row: [term.unit for term in row.agent_terms])
        return next((unit for unit in found if unit.code == self.unit_code), None)

    @classmethod
    def of(cls, term: leadership.AgentTerm, answer: Answer) -> AgentTerm:
        """The public form; `answer` is the project."""
        return cls(
            official=Official.of(term.official),  # type: ignore[arg-type]
            scope=list(term.scope),
            since=term.since,
            until=term.until,
            released_on=term.released_on,
            why_released=term.why_released,
            active=term.covers(answer.reader.moment.valid_day),
            statement=Statement.of(term.stated),  # type: ignore[arg-type]
            unit_code=term.unit,
            answer=answer,
        )


@strawberry.type(description="Total investment and registered capital. 投资。")
class Investment:
    """Both amounts of one account."""

    total: Money | None = strawberry.field(description="Total investment; null where not stated. 总投资。")
    registered: Money | None = strawberry.field(description="Registered capital; null where not stated. 注册资本。")

    @classmethod
    def of(cls, investment: investments.Investment) -> Investment:
        """The public form."""
        return cls(total=Money.of(investment.total), registered=Money.of(investment.registered))


@strawberry.type(description="An increase of capital: before plus what was added is after. 增资。")
class CapitalIncrease:
    """One increase."""

    on: PartialDate = strawberry.field(description="When. 日期。")
    added: Investment = strawberry.field(description="What was added. 增资额。")
    before: Investment = strawberry.field(description="Before, as far as it is known. 增资前。")
    after: Investment = strawberry.field(description="After, as far as it is known. 增资后。")
    uses: list[str] = strawberry.field(description="For what. 用途。")
    statement: Statement = strawberry.field(description="Where it was stated. 出处。")

    @classmethod
    def of(cls, increase: capital.CapitalIncrease) -> CapitalIncrease:
        """The public form."""
        return cls(
            on=PartialDate.of(increase.on),  # type: ignore[arg-type]
            added=Investment.of(increase.added),
            before=Investment.of(increase.before),
            after=Investment.of(increase.after),
            uses=list(increase.uses),
            statement=Statement.of(increase.stated),  # type: ignore[arg-type]
        )


@strawberry.type(description="How much was paid in, all told, through a day. 实缴资本。")
class PaidIn:
    """A cumulative figure."""

    amount: Money = strawberry.field(description="All told. 累计实缴。")
    through: datetime.date = strawberry.field(description="Through the end of this day. 截至日。")
    statement: Statement = strawberry.field(description="Where it was stated. 出处。")

    @classmethod
    def of(cls, paid: capital.PaidIn) -> PaidIn:
        """The public form."""
        return cls(amount=Money.of(paid.amount), through=paid.through, statement=Statement.of(paid.stated))  # type: ignore[arg-type]


@strawberry.type(description="What a project is to yield, or was measured to yield. 产出。")
class Output:
    """One figure of an output."""

    label: Label = strawberry.field(description="What is yielded. 产出名称。")
    quantity: Quantity = strawberry.field(description="How much. 数量。")
    per: Per | None = strawberry.field(description="For what time it is reckoned; null where not said. 计量周期。")
    measured: bool = strawberry.field(description="Measured, or forecast: the two are kept apart. 是否实测。")
    period: PartialDate | None = strawberry.field(description="Over which time it was measured. 实测期间。")
    statement: Statement = strawberry.field(description="Where it was stated. 出处。")

    @classmethod
    def of(cls, output: outputs.Output, reader: Reader) -> Output:
        """The public form; `reader` knows the units of measure."""
        return cls(
            label=Label.of(output.label),
            quantity=Quantity.of(output.quantity, reader),  # type: ignore[arg-type]
            per=output.per,
            measured=output.measured,
            period=PartialDate.of(output.period),
            statement=Statement.of(output.stated),  # type: ignore[arg-type]
        )


@strawberry.type(description="A change of condition: suspended, resumed, terminated. 状态变更。")
class ConditionChange:
    """From when on the project was in which condition, and why."""

    condition: ProjectCondition = strawberry.field(description="The condition from then on. 状态。")
    reason: str = strawberry.field(description="Why. 理由。")
    statement: Statement = strawberry.field(description="Where it was stated. 出处。")

    @classmethod
    def of(cls, change: conditions.ConditionChange) -> ConditionChange:
        """The public form."""
        return cls(condition=change.condition, reason=change.reason, statement=Statement.of(change.stated))  # type: ignore[arg-type]


@answers("归属", "That a project belongs to a parcel, a supervision list or a group, from its entering to its leaving.")
class Membership(project_rows.MembershipRow, Answer):
    """One membership at a moment."""

    @strawberry.field(description="When the project was entered. 纳入日期。")
    def entered(self) -> PartialDate:
        """The beginning."""
        return PartialDate.of(self.entered_on)  # type: ignore[return-value]

    @strawberry.field(description="When it was removed; null: it still belongs, up to validOn. 移出日期。")
    def left(self) -> PartialDate | None:
        """The end."""
        return PartialDate.of(self.seen(self.reader.moment.valid_on).left)

    @strawberry.field(description="Why it was removed. 移出理由。")
    def reason(self) -> str | None:
        """The reason of the end."""
        return self.seen(self.reader.moment.valid_on).reason

    @strawberry.field(description="Whether it belongs at the moment. 是否在列。")
    def current(self) -> bool:
        """Entered and not left."""
        return self.seen(self.reader.moment.valid_on).left is None

    @strawberry.field(description="Where its entering was stated. 出处。")
    def statement(self) -> Statement:
        """The event that says so."""
        return Statement.of(self.stated)  # type: ignore[return-value]

    @strawberry.field(description="Where its leaving was stated. 移出出处。")
    def left_statement(self) -> Statement | None:
        """The event that says so."""
        return Statement.of(self.seen(self.reader.moment.valid_on).left_stated)

    @strawberry.field(description="The project. 项目。")
    def project(self) -> Annotated[Project, strawberry.lazy("txapi.schema.projects")] | None:
        """The member."""
        from txapi.schema.projects import projects_by_id

        return projects_by_id(self, "project", self.project_id, lambda row: row.project_id)

    @strawberry.field(description="The group, where it belongs to one: a park, a joint start. 项目组。")
    def group(self) -> Annotated[Group, strawberry.lazy("txapi.schema.groups")] | None:
        """The group that it belongs to."""
        from txapi.schema.groups import group_behind

        return group_behind(
            self, "group", _id_of(self, MembershipKind.GROUP), lambda row: _id_of(row, MembershipKind.GROUP)
        )

    @strawberry.field(description="The supervision list, where it is on one. 督查清单。")
    def supervision_list(self) -> Annotated[SupervisionList, strawberry.lazy("txapi.schema.supervision")] | None:
        """The list that it is on."""
        from txapi.schema.supervision import list_behind

        return list_behind(
            self, "list", _id_of(self, MembershipKind.LIST), lambda row: _id_of(row, MembershipKind.LIST)
        )

    @strawberry.field(description="The parcel, where it is tied to one. 地块。")
    def parcel(self) -> Annotated[Parcel, strawberry.lazy("txapi.schema.parcels")] | None:
        """The parcel that it is tied to."""
        from txapi.schema.parcels import parcel_behind

        return parcel_behind(
            self, "parcel", _id_of(self, MembershipKind.PARCEL), lambda row: _id_of(row, MembershipKind.PARCEL)
        )


def _id_of(row: Membership, kind: MembershipKind) -> str | None:
    return row.of_id if row.belongs_to is kind else None
