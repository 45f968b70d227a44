"""Question 2 数据更正: which reported figures were corrected, by whom and why; what the report said then, and what now."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import corrected_figures
from txapi.domain.event import Basis
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.audit_parts import LightThen
from txapi.schema.commands import Info
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.inputs import optional
from txapi.schema.moments import PointInput, moment_reader
from txapi.schema.scalars import Position
from txapi.schema.target_parts import Figure, Goal, RatioInterval
from txapi.schema.targets import Target
from txapi.schema.values import Ratio


@strawberry.type(description="How a reported figure reads, or read. 填报数读法。")
class FigureReading:
    """A figure with its day."""

    through: datetime.date = strawberry.field(description="The figure counts through the end of this day. 截至。")
    value: Figure | None = strawberry.field(description="How much. 数据。")
    basis: Basis = strawberry.field(description="On what it rests. 依据。")

    @classmethod
    def of(cls, reading: corrected_figures.Reading | None, reader: Reader) -> FigureReading | None:
        """The public form; None for none."""
        if reading is None:
            return None
        return cls(through=reading.through, value=Figure.of(reading.figure, reader), basis=reading.basis)


@strawberry.type(description="An event that changed how a figure reads; it says who did it, and why. 更正。")
class FigureCorrection:
    """One correction."""

    event: Event | None = strawberry.field(description="The correction: actor, reason, time. 更正事件。")
    before: FigureReading | None = strawberry.field(description="Before; null where a figure came back. 更正前。")
    after: FigureReading | None = strawberry.field(description="After; null where it was retracted. 更正后。")


@strawberry.type(
    description="What could be said of a target for a day with what was known at a position, as `moment(at:, validOn:)` says it."
    " 某日某时所知的目标进度。"
)
class TargetStanding:
    """Figure, goal and what follows from them."""

    position: Position = strawberry.field(description="What had been recorded. 位置。")
    figure: FigureReading | None = strawberry.field(description="The latest figure through that day. 累计完成数。")
    figure_event: Event | None = strawberry.field(description="The event by which it reads so. 填报或更正事件。")
    goal: Goal | None = strawberry.field(description="The goal as last stated or revised. 目标值。")
    goal_event: Event | None = strawberry.field(description="The event by which it reads so. 目标事件。")
    attainment: Ratio | None = strawberry.field(
        description="The figure over the goal; null where the goal is an interval. 完成率。"
    )
    attainment_between: RatioInterval | None = strawberry.field(
        description="The least and the most that it can be. 完成率区间。"
    )
    schedule: Ratio | None = strawberry.field(
        description="How much of the year had passed at the end of the figure's day, by months. 序时进度。"
    )
    light: LightThen = strawberry.field(description="The light. 亮灯。")

    @classmethod
    def of(cls, standing: corrected_figures.TargetStanding, page: AnswerPage[Any]) -> TargetStanding:
        """The public form."""
        return cls(
            position=Position(standing.position),
            figure=FigureReading.of(standing.figure, page.reader),
            figure_event=page.event(standing.figure_position),
            goal=Goal.of(standing.goal, page.reader),
            goal_event=page.event(standing.goal_position),
            attainment=Ratio.of(standing.attainment),
            attainment_between=RatioInterval.of(standing.attainment_between),
            schedule=Ratio.of(standing.schedule),
            light=LightThen.of(standing.light),
        )


@strawberry.type(description="A reported figure that was corrected by the moment. 被更正的填报数。")
class CorrectedFigure:
    """One line of the answer."""

    day: datetime.date = strawberry.field(
        description="The day that `then` and `now` speak of: the one asked for, or that of the first report. 截至日。"
    )
    reported: FigureReading | None = strawberry.field(description="The figure as first reported. 首次填报。")
    line: strawberry.Private[corrected_figures.CorrectedFigure]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The target, at the moment of the question. 目标。")
    def target(self) -> Target | None:
        """The target."""
        return self.page.noun("target", self.line.target, _targets)  # type: ignore[no-any-return]

    @strawberry.field(description="The event by which the figure was first reported. 填报事件。")
    def reported_by(self) -> Event | None:
        """The report."""
        return self.page.event(self.line.position)

    @strawberry.field(description="Every correction of this one figure, in order. 历次更正。")
    def corrections(self) -> list[FigureCorrection]:
        """The corrections."""
        reader = self.page.reader
        return [
            FigureCorrection(
                event=self.page.event(one.position),
                before=FigureReading.of(one.before, reader),
                after=FigureReading.of(one.after, reader),
            )
            for one in self.line.corrections
        ]

    @strawberry.field(
        description="What the report could say: as known at `then`, or when it was first reported. 当时所报。"
    )
    def then(self) -> TargetStanding:
        """The standing as the report knew it."""
        return TargetStanding.of(self.line.then, self.page)

    @strawberry.field(description="What is known of the same day at the moment. 现在所知。")
    def now(self) -> TargetStanding:
        """The standing as it is known at the moment."""
        return TargetStanding.of(self.line.now, self.page)

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """Report, corrections, goals."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: corrected_figures.CorrectedFigure, page: AnswerPage[Any]) -> CorrectedFigure:
        """The public form of a line."""
        return cls(day=line.day, reported=FigureReading.of(line.reported, page.reader), line=line, page=page)


def _targets(line: corrected_figures.CorrectedFigure) -> Iterator[str]:
    yield line.target


@strawberry.type
class CorrectedFigureQuestions(Asking):
    """Question 2 of the ten."""

    @strawberry.field(
        description="Which reported figures were corrected, by whom and why, what the report said then, and what is known now;"
        " in the order of their first report. BadInput THEN_IS_LATER. 数据更正。"
    )
    def corrected_figures(
        self,
        info: Info,
        year: Annotated[int | None, strawberry.argument(description="Of targets of this year. 年度。")] = None,
        indicator: Annotated[str | None, strawberry.argument(description="By this indicator. 指标代码。")] = None,
        unit: Annotated[str | None, strawberry.argument(description="Of this unit (its code). 单位代码。")] = None,
        through: Annotated[
            datetime.date | None,
            strawberry.argument(description="Figures that count, or once counted, through this day. 截至日。"),
        ] = None,
        then: Annotated[
            PointInput | None,
            strawberry.argument(description="When the report was made; else when each was first reported. 报告时点。"),
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[CorrectedFigure]:
        """A page of them."""
        asked = corrected_figures.FiguresAsked(
            year=year,
            indicator=optional(indicator, "indicator", 200),
            unit=optional(unit, "unit", 200),
            through=through,
        )
        report = None if then is None else moment_reader(info.context, then, None, None).moment

        def shown(reader: Reader, lines: Sequence[corrected_figures.CorrectedFigure]) -> list[CorrectedFigure]:
            page = AnswerPage(reader, self.pinned, lines)
            return [CorrectedFigure.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: corrected_figures.corrected_figures(reader, asked, report, size=size, after=key),
            lambda reader: corrected_figures.count_corrected_figures(reader, asked),
            shown, name="correctedFigures", asked=(asked, report and report.position), first=first, after=after,
        )  # fmt: skip
