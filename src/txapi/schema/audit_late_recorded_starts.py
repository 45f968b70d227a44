"""Question 5 迟报开工: which starts were recorded late with a date before the cut-off, and whether a rate changed by it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.audit.questions import late_recorded_starts as question
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.ids import stream_of
from txapi.schema.inputs import optional
from txapi.schema.project_enums import MilestoneKind
from txapi.schema.projects import Project
from txapi.schema.supervision import SupervisionList
from txapi.schema.values import Label, PartialDate, Ratio


@strawberry.type(
    description="What a start that was recorded late did to a supervision list on the cut-off. 对完成率的影响。"
)
class RateEffect:
    """One list."""

    listed: int = strawberry.field(description="How many projects were on it on the cut-off, as known now. 列入数。")
    done: int = strawberry.field(description="How many of them were done on it, as known now. 完成数。")
    rate: Ratio | None = strawberry.field(
        description="The rate on the cut-off, as known now; null where it cannot be computed. 现知完成率。"
    )
    rate_without: Ratio | None = strawberry.field(description="The same without this start. 不计此项的完成率。")
    rate_then: Ratio | None = strawberry.field(
        description="The rate on the cut-off, as known at its end. 截止日当时完成率。"
    )
    counts: bool = strawberry.field(
        description="Whether the project counts as done only by what was recorded after the cut-off. 是否因迟报计入。"
    )
    changes_rate: bool = strawberry.field(description="Whether the rate would be another without it. 是否改变完成率。")
    entered: Event | None = strawberry.field(description="The event that entered the project into it. 纳入事件。")
    list_id: strawberry.Private[str]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The supervision list. 专项督查清单。")
    def supervision_list(self) -> SupervisionList | None:
        """The list."""
        return self.page.noun("supervision_list", self.list_id, _lists)  # type: ignore[no-any-return]

    @classmethod
    def of(cls, effect: question.RateEffect, page: AnswerPage[Any]) -> RateEffect:
        """The public form of an effect."""
        return cls(
            listed=effect.listed,
            done=effect.done,
            rate=Ratio.of(effect.now),
            rate_without=Ratio.of(effect.without),
            rate_then=Ratio.of(effect.then),
            counts=effect.counts,
            changes_rate=effect.changes_rate,
            entered=page.event(effect.entered),
            list_id=effect.supervision_list,
            page=page,
        )


@strawberry.type(
    description="A start that the record did not know at the end of the cut-off day, and knows now to lie on or before it."
    " 迟报开工。"
)
class LateRecordedStart:
    """One line of the answer."""

    milestone: MilestoneKind = strawberry.field(description="Which milestone counts as the start. 节点。")
    milestone_label: Label = strawberry.field(description="What people read for it. 节点名称。")
    on: PartialDate = strawberry.field(description="When it happened, as known now. 实际日期。")
    recorded_at: datetime.datetime = strawberry.field(description="When it was recorded so. 记录时间。")
    lag_days: int = strawberry.field(
        description="So many days after the last day on which it can have happened. 滞后天数。"
    )
    days_after_cut_off: int = strawberry.field(description="So many days after the cut-off. 截止日后天数。")
    line: strawberry.Private[question.LateRecordedStart]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The project, at the moment of the question. 项目。")
    def project(self) -> Project | None:
        """The project."""
        return self.page.noun("project", self.line.project, _projects)  # type: ignore[no-any-return]

    @strawberry.field(description="The event since which it reads so: a statement or a correction. 记录事件。")
    def recorded(self) -> Event | None:
        """The event to look at: who, when and why."""
        return self.page.event(self.line.recorded)

    @strawberry.field(description="The event that first stated the milestone. 首次填报事件。")
    def stated(self) -> Event | None:
        """The statement, which a correction may have moved."""
        return self.page.event(self.line.stated)

    @strawberry.field(
        description="The supervision lists that the project was on, on the cut-off, whose rule counts this milestone."
        " 涉及的督查清单。"
    )
    def lists(self) -> list[RateEffect]:
        """What it did to each list."""
        return [RateEffect.of(effect, self.page) for effect in self.line.lists]

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The events of the line."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: question.LateRecordedStart, page: AnswerPage[Any]) -> LateRecordedStart:
        """The public form of a line."""
        return cls(
            milestone=line.kind,
            milestone_label=Label.of_member(line.kind),
            on=PartialDate.of(line.on),  # type: ignore[arg-type]
            recorded_at=line.recorded_at,
            lag_days=line.lag_days,
            days_after_cut_off=line.days_after_cut_off,
            line=line,
            page=page,
        )


def _projects(line: question.LateRecordedStart) -> Iterator[str]:
    yield line.project


def _lists(line: question.LateRecordedStart) -> Iterator[str]:
    yield from (effect.supervision_list for effect in line.lists)


@strawberry.type
class LateRecordedStartQuestions(Asking):
    """Question 5 of the ten."""

    @strawberry.field(
        description="Which starts were recorded after the end of a cut-off day with a date on or before it, and whether the"
        " rate of a supervision list on that day changed by it; the earliest first. 迟报开工。"
    )
    def late_recorded_starts(
        self,
        cut_off: Annotated[datetime.date, strawberry.argument(description="The cut-off day. 截止日。")],
        kinds: Annotated[
            list[MilestoneKind] | None,
            strawberry.argument(
                description="These milestones count as a start; null: as the rule says. 计为开工的节点。"
            ),
        ] = None,
        rule: Annotated[
            str | None,
            strawberry.argument(
                description="The edition of a counting rule; null: that of the list, or every active one for commencement."
                " 统计口径版本。"
            ),
        ] = None,
        supervision_list: Annotated[
            ID | None,
            strawberry.argument(description="Only projects on this list on the cut-off, by entityId or id. 督查清单。"),
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[LateRecordedStart]:
        """A page of them."""
        asked = question.StartsAsked(
            cut_off=cut_off,
            kinds=None if kinds is None else tuple(dict.fromkeys(kinds)),
            rule=optional(rule, "rule", 200),
            supervision_list=None if supervision_list is None else stream_of(supervision_list),
        )

        def shown(reader: Reader, lines: Sequence[question.LateRecordedStart]) -> list[LateRecordedStart]:
            page = AnswerPage(reader, self.pinned, lines)
            return [LateRecordedStart.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: question.late_recorded_starts(reader, asked, size=size, after=key),
            lambda reader: question.count_late_recorded_starts(reader, asked),
            shown, name="lateRecordedStarts", asked=asked, first=first, after=after,
        )  # fmt: skip
