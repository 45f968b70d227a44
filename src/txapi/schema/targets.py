"""Targets 目标: what each unit is to reach in a year, what it has reported, and how that compares with the calendar."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import targets as commands
from txapi.audit.questions.corrected_figures import figures_before_correction
from txapi.domain import pace
from txapi.domain.pace import ScheduleBy
from txapi.projections import targets
from txapi.projections.moment import Reader
from txapi.projections.references import references_at
from txapi.projections.targets import TargetOrderField, TargetRow
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.attachments import Attachable
from txapi.schema.commands import Info
from txapi.schema.connections import DEFAULT_SIZE, FIRST, LINES, Connection, beginning, connect
from txapi.schema.history import Event, history_of
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.inputs import asks, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.publications import Published, published_on
from txapi.schema.references import LightVerdict
from txapi.schema.scalars import Position
from txapi.schema.target_parts import (
    Figure,
    FigureBeforeCorrection,
    Goal,
    GoalRevision,
    Indicator,
    RatioInterval,
    ReportedFigure,
    TargetLightCount,
)
from txapi.schema.units import alone, unit_behind
from txapi.schema.values import Ratio

BY = Annotated[ScheduleBy, strawberry.argument(description="In whole months, or in days. 进度口径。")]

_FIGURES = "figures"


@answers("目标", "What a unit is to reach in a year by one indicator, with the cumulative figures reported so far.")
class Target(TargetRow, Attachable, Answer, Node):
    """A target at a moment."""

    NOUN = "target"

    @strawberry.field(description="What it measures. 指标。")
    def indicator(self) -> Indicator:
        """The indicator."""
        return Indicator.coded(self.indicator_code, self.reader)

    unit = unit_behind("unit_code", "The unit that is to reach it. 责任单位。")

    @strawberry.field(description="The goal in force; null where none was stated. 目标值。")
    def goal(self) -> Goal | None:
        """The goal, as last stated or revised."""
        return Goal.of(self.goal_in_force(), self.reader)

    @strawberry.field(description="Every statement of the goal, in order. 目标下达与调整。")
    def goals(self) -> list[GoalRevision]:
        """What was stated and revised."""
        return [GoalRevision.of(fact, self.reader) for fact in self.goal_facts]

    # -- what was reported ---------------------------------------------------------------------------------------------

    @strawberry.field(description="The cumulative figures in force up to validOn, in order. 填报数。")
    def figures(self) -> list[ReportedFigure]:
        """The figures as they now read."""
        return to_many(
            self, _FIGURES, self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: targets.figures_of(reader, ids, ReportedFigure), lambda row: row.target_id,
        )  # fmt: skip

    @strawberry.field(
        description="How figures read until they were corrected or retracted, in the order of reporting. 更正前的填报数。"
    )
    def figures_before_correction(self) -> list[FigureBeforeCorrection]:
        """What was believed once."""
        found = self.related(
            "figuresBeforeCorrection", self.entity_id, lambda row: row.entity_id, figures_before_correction
        )
        return [FigureBeforeCorrection.of(one, self.reader) for one in found or ()]

    @strawberry.field(description="The latest cumulative figure, at or before validOn. 累计完成数。")
    def actual(self) -> Figure | None:
        """The figure that counts."""
        return Figure.of(self._actual(), self.reader)

    @strawberry.field(description="Through the end of which day the latest figure counts. 截至日。")
    def through(self) -> datetime.date | None:
        """The day of the latest figure."""
        latest = self._latest()
        return latest.through if latest else None

    @strawberry.field(
        description="The figure through the same day of the year before, where one is known. 上年同期数。"
    )
    def same_time_last_year(self) -> Figure | None:
        """The figure of the target of the same indicator and unit, a year before."""
        return Figure.of(self._last_year(), self.reader)

    # -- how it compares -----------------------------------------------------------------------------------------------

    @strawberry.field(
        description="The latest figure over the goal; null where the goal is only an interval (see attainmentBetween). 完成率。"
    )
    def attainment(self) -> Ratio | None:
        """The attainment."""
        return Ratio.of(pace.attainment(self._actual(), self.goal_in_force()))

    @strawberry.field(
        description="The least and the most that the attainment can be, by the goal's interval; both the same for one value."
        " 完成率区间。"
    )
    def attainment_between(self) -> RatioInterval | None:
        """The attainment by both ends of the goal."""
        return RatioInterval.of(pace.attainment_between(self._actual(), self.goal_in_force()))

    @strawberry.field(
        description="How much of the year has passed at the end of the latest figure's day; null without a figure. 序时进度。"
    )
    def schedule(self, by: BY = ScheduleBy.MONTHS) -> Ratio | None:
        """The share of the year."""
        through = self.through()
        return Ratio.of(pace.schedule(through, by) if through else None)

    @strawberry.field(
        description="Attainment above schedule in percentage points, two places; negative: behind. 超（欠）序时进度百分点。"
    )
    def ahead_of_schedule(self, by: BY = ScheduleBy.MONTHS) -> Decimal | None:
        """The points ahead."""
        return pace.ahead_of_schedule(self._actual(), self.goal_in_force(), self.through(), by)

    @strawberry.field(
        description="From 30 June on, whether half the task is done; null before, and where the goal leaves it open."
        " 时间过半任务过半。"
    )
    def past_half(self) -> bool | None:
        """Time past half, task past half."""
        return targets.past_half_of(self.reader, self, self._latest())

    @strawberry.field(description="The growth on the same day of the year before; null where that is unknown. 同比。")
    def year_on_year(self) -> Ratio | None:
        """The growth."""
        return Ratio.of(pace.year_on_year(self._actual(), self._last_year()))

    @strawberry.field(description="The light and why: how far it is behind its schedule by months. 亮灯。")
    def light(self) -> LightVerdict:
        """The light of the latest figure."""
        return LightVerdict.of(targets.light_of(self.reader, self, self._latest()), self)

    @strawberry.field(
        description="What was printed about it, beside what is computed; 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures."""
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

    def _latest(self) -> ReportedFigure | None:
        if _FIGURES in self._siblings.related:
            figures = self.figures()
            return figures[-1] if figures else None
        # Nobody has asked for the others yet, of which there may be many.
        found: ReportedFigure | None = to_one(
            self, "latest", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: targets.latest_figures_of(reader, ids, ReportedFigure), lambda row: row.target_id,
        )  # fmt: skip
        return found

    def _actual(self) -> pace.Figure | None:
        latest = self._latest()
        return latest.figure if latest else None

    def _last_year(self) -> pace.Figure | None:
        found: pace.Figure | None = self.related(
            "lastYear", self._same_time(), lambda row: row._same_time(), targets.same_time_last_year
        )
        return found

    def _same_time(self) -> tuple[str, str, int, datetime.date] | None:
        through = self.through()
        return (self.indicator_code, self.unit_code, self.year, through) if through else None


@loads("target")
def load_target(reader: Reader, pinned: GlobalId | None, key: str) -> Target | None:
    """The target with that entity id."""
    return alone(targets.target_of(reader, key, Target), reader, pinned)  # type: ignore[no-any-return]


@loads_many("target")
def load_targets(reader: Reader, keys: list[str]) -> list[Any]:
    """The targets with those entity ids."""
    return targets.targets_of(reader, keys, Target)


# -- questions ---------------------------------------------------------------------------------------------------------


@asks("目标筛选", "Which targets; every part that is given must hold, an empty list finds nothing.")
class TargetFilter(targets.TargetFilter):
    """Which targets are asked for."""

    def asked(self) -> targets.TargetFilter:
        """The filter as a question. BadInput TOO_MANY, and those of a text."""
        return targets.TargetFilter(
            indicator=None if self.indicator is None else list(texts(self.indicator, "indicator")),
            unit=None if self.unit is None else list(texts(self.unit, "unit")),
            year=self.year,
            light=self.light,
            closed=self.closed,
        )


def _asked(filter: TargetFilter | None) -> targets.TargetFilter | None:
    return None if filter is None else filter.asked()


@strawberry.input(description="One term of a sort. 排序。")
class TargetOrder:
    """By what, in which direction; what is unknown comes last in both."""

    by: TargetOrderField = strawberry.field(description="By what. 排序项。")
    descending: bool = strawberry.field(default=False, description="From the last to the first. 降序。")


@strawberry.type
class TargetQuestions(Asking):
    """Questions about targets."""

    @strawberry.field(description="The target with that entityId. 目标。", metadata=plain(Sought()))
    def target(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Target | None:
        """A target."""
        found: Target | None = load_target(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Targets, by unit, year and indicator unless another order is asked for. 目标列表。")
    def targets(
        self,
        filter: TargetFilter | None = None,
        order_by: list[TargetOrder] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Target]:
        """A page of targets."""
        asked = _asked(filter)
        terms = [order for term in order_by or () for order in targets.order_by(term.by, descending=term.descending)]
        return connect(
            self.reader, self.pinned, lambda reader: targets.select(reader, asked), terms or targets.BY_UNIT, Target,
            name="targets", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(description="How many targets have each light. 目标亮灯统计。")
    def target_lights(self, filter: TargetFilter | None = None) -> list[TargetLightCount]:
        """Counts by light."""
        found = targets.count_by_light(self.reader, _asked(filter))
        return [TargetLightCount(light=light, count=count) for light, count in found.items()]

    @strawberry.field(
        description="What targets may be set for, by the editions in force, by code: 100 unless told how many. 指标列表（默认前 100 个）。"
    )
    def indicators(self, first: FIRST = LINES) -> list[Indicator]:
        """The indicators, by code."""
        found = references_at(self.reader).indicators
        return beginning([Indicator.of(found[code]) for code in sorted(found)], first)

    @strawberry.field(description="How many indicators targets may be set for, however many are told. 指标数。")
    def indicator_count(self) -> int:
        """The number of indicators."""
        return len(references_at(self.reader).indicators)
