"""Question 6 领衔领导: which projects had no leading official, or changed theirs, on which days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import leadership
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.inputs import optional
from txapi.schema.projects import Project
from txapi.schema.units import Unit
from txapi.schema.values import Official


@strawberry.type(description="Days in a row on which nobody led a project. 无领衔领导期间。")
class LeaderGap:
    """One gap, as much of it as lies in the period."""

    first: datetime.date = strawberry.field(description="The first of these days in the period. 起始日。")
    last: datetime.date = strawberry.field(description="The last of them in the period. 终止日。")
    days: int = strawberry.field(description="How many they are. 天数。")
    began: list[Event] = strawberry.field(
        description="Since which events nobody led: the introduction of the project, or the end of a term. 起因事件。"
    )
    ended: list[Event] = strawberry.field(
        description="By which events somebody led again; empty where nobody did by the end of the period. 终结事件。"
    )

    @classmethod
    def of(cls, gap: leadership.LeaderGap, page: AnswerPage[Any]) -> LeaderGap:
        """The public form of a gap."""
        return cls(
            first=gap.first,
            last=gap.last,
            days=gap.days,
            began=page.events(gap.began),
            ended=page.events(gap.ended),
        )


@strawberry.type(description="That from a day on somebody else led a project, or nobody did. 领衔领导变更。")
class LeaderChange:
    """One change."""

    on: datetime.date = strawberry.field(description="The first day on which it was so. 变更日期。")
    before: Official | None = strawberry.field(description="Who led before; null: nobody. 变更前。")
    after: Official | None = strawberry.field(description="Who led from then on; null: nobody. 变更后。")
    reason: str | None = strawberry.field(description="The reason that was given. 理由。")
    events: list[Event] = strawberry.field(description="The events that state it, and their corrections. 依据事件。")

    @classmethod
    def of(cls, change: leadership.LeaderChange, page: AnswerPage[Any]) -> LeaderChange:
        """The public form of a change."""
        return cls(
            on=change.on,
            before=Official.of(change.before),
            after=Official.of(change.after),
            reason=change.reason,
            events=page.events(change.events),
        )


@strawberry.type(
    description="A project that was without a leading official, or changed it, in the period. 领衔领导情况。"
)
class ProjectLeadership:
    """One line of the answer."""

    days_without: int = strawberry.field(description="On how many days of the period nobody led. 无领衔领导天数。")
    line: strawberry.Private[leadership.ProjectLeadership]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The project, at the moment of the question. 项目。")
    def project(self) -> Project | None:
        """The project."""
        return self.page.noun("project", self.line.project, _projects)  # type: ignore[no-any-return]

    @strawberry.field(description="The unit that answers for it. 实施主体。")
    def unit(self) -> Unit | None:
        """The implementing unit."""
        return self.page.unit(self.line.unit, _units)

    @strawberry.field(description="The days without a leading official, in order. 无领衔领导期间。")
    def gaps(self) -> list[LeaderGap]:
        """Every gap of the period."""
        return [LeaderGap.of(gap, self.page) for gap in self.line.gaps]

    @strawberry.field(description="The changes of the period, in order. 变更。")
    def changes(self) -> list[LeaderChange]:
        """Every change of the period."""
        return [LeaderChange.of(change, self.page) for change in self.line.changes]

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The events of the gaps and changes."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: leadership.ProjectLeadership, page: AnswerPage[Any]) -> ProjectLeadership:
        """The public form of a line."""
        return cls(days_without=line.days_without, line=line, page=page)


def _projects(line: leadership.ProjectLeadership) -> Iterator[str]:
    yield line.project


def _units(line: leadership.ProjectLeadership) -> Iterator[str | None]:
    yield line.unit


@strawberry.type
class LeadershipQuestions(Asking):
    """Question 6 of the ten."""

    @strawberry.field(
        description="Which projects had no leading official, or changed theirs, on which days of a period; by code."
        " 领衔领导缺位与变更。"
    )
    def leadership(
        self,
        from_: Annotated[datetime.date, strawberry.argument(name="from", description="The first day. 起始日。")],
        to: Annotated[
            datetime.date, strawberry.argument(description="The last day, as far as it has come by validOn. 终止日。")
        ],
        unit: Annotated[
            str | None, strawberry.argument(description="Only of this implementing unit (its code). 单位代码。")
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[ProjectLeadership]:
        """A page of them."""
        unit = optional(unit, "unit", 200)

        def shown(reader: Reader, lines: Sequence[leadership.ProjectLeadership]) -> list[ProjectLeadership]:
            page = AnswerPage(reader, self.pinned, lines)
            return [ProjectLeadership.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: leadership.leadership(
                reader, leadership.period(reader, from_, to), unit, size=size, after=key
            ),
            lambda reader: leadership.count_leadership(reader, leadership.period(reader, from_, to), unit),
            shown, name="leadership", asked=(from_, to, unit), first=first, after=after,
        )  # fmt: skip
