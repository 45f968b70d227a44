"""The parts of a target 目标 as clients see them: indicators, figures, goals, and the words that clients choose from."""

from __future__ import annotations

import datetime

import strawberry

from txapi.audit.questions.versions import Version
from txapi.domain import editions, pace, quantity, target
from txapi.domain.editions import Measure
from txapi.domain.event import Basis
from txapi.domain.light import Light
from txapi.domain.money import Currency
from txapi.domain.pace import ScheduleBy
from txapi.projections.moment import Reader
from txapi.projections.references import references_at
from txapi.projections.targets import FigureRow, TargetOrderField
from txapi.schema.attachments import Attachment, Withdrawn, attached_to
from txapi.schema.commands import Info, Lang
from txapi.schema.inputs import MoneyInput, QuantityInput, money_of
from txapi.schema.nouns import Answer, answers
from txapi.schema.scalars import Position
from txapi.schema.values import Label, Money, Quantity, Ratio, lang_of, public_enum

public_enum(Measure, "计量方式", "What an indicator counts.")
public_enum(ScheduleBy, "进度口径", "How much of the year has passed: in whole months, or in days.")
public_enum(TargetOrderField, "排序项", "By what targets are sorted.")


@strawberry.type(description="What targets measure. 指标。")
class Indicator:
    """An indicator, as the editions in force read it."""

    code: str = strawberry.field(description="Its code. 代码。")
    label: Label = strawberry.field(description="Its name; the code where no edition in force names it. 名称。")
    measure: Measure | None = strawberry.field(
        description="What it counts; null where no edition in force says so. 计量方式。"
    )
    unit: str | None = strawberry.field(description="The unit in which it is usually entered. 计量单位。")
    currency: Currency | None = strawberry.field(description="The currency, where it counts money. 币种。")
    basis: Basis = strawberry.field(description="On what it rests that there is such an indicator. 依据。")

    @classmethod
    def of(cls, indicator: editions.Indicator) -> Indicator:
        """The public form."""
        return cls(
            code=indicator.code,
            label=Label.of(indicator.label),
            measure=indicator.measure,
            unit=indicator.unit,
            currency=indicator.currency,
            basis=indicator.basis,
        )

    @classmethod
    def coded(cls, code: str, reader: Reader) -> Indicator:
        """The indicator of that code; one whose editions were all withdrawn keeps its code."""
        known = references_at(reader).indicators.get(code)
        if known is not None:
            return cls.of(known)
        return cls(code=code, label=Label(zh=code, en=code), measure=None, unit=None, currency=None, basis=Basis.STATED)


@strawberry.type(description="A figure of a target: an amount of money, or another quantity. 数据。")
class Figure:
    """One of the two."""

    money: Money | None = strawberry.field(description="The amount, where money is counted. 金额。")
    quantity: Quantity | None = strawberry.field(description="The quantity, where something else is. 数量。")
    value: strawberry.Private[pace.Figure]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="What people read: 13955万美元, USD 139.55 million. 文字。")
    def text(self, info: Info, lang: Lang | None = None) -> str:
        """The figure in words."""
        if self.value.money is not None:
            return self.value.money.text(lang_of(info, lang))
        assert self.value.quantity is not None
        return self.value.quantity.text(lang_of(info, lang), references_at(self.reader).unit_label)

    @classmethod
    def of(cls, figure: pace.Figure | None, reader: Reader) -> Figure | None:
        """The public form of a figure; None for none."""
        if figure is None:
            return None
        return cls(
            money=Money.of(figure.money), quantity=Quantity.of(figure.quantity, reader), value=figure, reader=reader
        )


@strawberry.type(description="What is to be reached: one value, or an interval where only that is known. 目标值。")
class Goal:
    """A goal with its basis."""

    value: Figure | None = strawberry.field(description="The value; null where only an interval is known. 目标值。")
    low: Figure | None = strawberry.field(description="The least that it may be, of an interval. 下限。")
    high: Figure | None = strawberry.field(description="The most that it may be, of an interval. 上限。")
    basis: Basis = strawberry.field(description="On what it rests; an inferred goal never drives a light. 依据。")

    @classmethod
    def of(cls, goal: pace.Goal | None, reader: Reader) -> Goal | None:
        """The public form of a goal; None for none."""
        if goal is None:
            return None
        return cls(
            value=Figure.of(goal.value, reader),
            low=Figure.of(goal.low, reader),
            high=Figure.of(goal.high, reader),
            basis=goal.basis,
        )


@strawberry.type(description="One statement of the goal; the last one is in force. 目标下达与调整。")
class GoalRevision:
    """What was stated, when and why."""

    noun_version: int = strawberry.field(
        description="Which event of the target states it; what `corrects` takes. 事件序号。"
    )
    goal: Goal = strawberry.field(description="The goal. 目标值。")
    decided_at: datetime.datetime = strawberry.field(description="When it was stated. 下达时间。")
    revised: bool = strawberry.field(description="Whether it replaced an earlier one. 是否调整。")
    reason: str | None = strawberry.field(description="Why. 理由。")
    corrected_by: int | None = strawberry.field(
        description="Which event of the target corrected how it reads; null where it stands as stated. 更正事件序号。"
    )

    @classmethod
    def of(cls, fact: target.GoalFact, reader: Reader) -> GoalRevision:
        """The public form."""
        return cls(
            noun_version=fact.version,
            goal=Goal.of(fact.goal, reader),  # type: ignore[arg-type]
            decided_at=fact.decided_at,
            revised=fact.revised,
            reason=fact.reason,
            corrected_by=fact.corrected_by,
        )


@strawberry.type(description="The least and the most that a share can be. 比率区间。")
class RatioInterval:
    """Both ends included."""

    least: Ratio = strawberry.field(description="The least. 下限。")
    most: Ratio = strawberry.field(description="The most. 上限。")

    @classmethod
    def of(cls, between: tuple[quantity.Ratio, quantity.Ratio] | None) -> RatioInterval | None:
        """The public form of an interval; None for none."""
        if between is None:
            return None
        return cls(least=Ratio.of(between[0]), most=Ratio.of(between[1]))  # type: ignore[arg-type]


@answers("填报数", "One cumulative figure of a target, through the end of a day, as it now reads.")
class ReportedFigure(FigureRow, Answer):
    """A reported figure at a moment."""

    @strawberry.field(description="How much. 数据。")
    def value(self) -> Figure:
        """The figure."""
        return Figure.of(self.figure, self.reader)  # type: ignore[return-value]

    @strawberry.field(description="The files that were attached to the figure of that day. 附件。")
    def attachments(self, withdrawn: Withdrawn = False) -> list[Attachment]:
        """The files of this figure."""
        return attached_to(
            self, self.target_id, lambda row: row.target_id, withdrawn=withdrawn,
            part=lambda row: row.through == self.through,
        )  # fmt: skip


@strawberry.type(description="How a reported figure read until it was corrected or retracted. 更正前的填报数。")
class FigureBeforeCorrection:
    """A figure as it was once believed."""

    fact_version: int = strawberry.field(
        description="The number of the event that reported it, in the target's stream. 事件版次。"
    )
    through: datetime.date = strawberry.field(
        description="The figure counted from 1 January through the end of this day. 截至。"
    )
    value: Figure = strawberry.field(description="How much. 数据。")
    until: Position = strawberry.field(description="The event from which on it read so no more. 更正位置。")

    @classmethod
    def of(cls, version: Version[FigureRow], reader: Reader) -> FigureBeforeCorrection:
        """The public form."""
        row = version.row
        return cls(
            fact_version=row.fact_version,
            through=row.through,
            value=Figure.of(row.figure, reader),  # type: ignore[arg-type]
            until=Position(version.until or 0),
        )


@strawberry.type(description="How many targets have a light. 亮灯统计。")
class TargetLightCount:
    """A colour and its count."""

    light: Light = strawberry.field(description="The colour. 灯色。")
    count: int = strawberry.field(description="How many targets. 目标数。")


# -- as clients write them ---------------------------------------------------------------------------------------------


@strawberry.input(description="A figure: an amount of money, or another quantity; exactly one of the two. 数据。")
class FigureInput:
    """A figure as it is printed."""

    money: MoneyInput | None = strawberry.field(default=None, description="The amount. 金额。")
    quantity: QuantityInput | None = strawberry.field(default=None, description="The quantity. 数量。")

    def value(self) -> pace.Figure:
        """The figure; BadInput ONE_VALUE, and those of the amount."""
        return pace.Figure(money_of(self.money), self.quantity.value() if self.quantity else None)


def figure_of(given: FigureInput | None) -> pace.Figure | None:
    """The figure that a client gave, if any."""
    return None if given is None else given.value()


@strawberry.input(description="What is to be reached: one value, or an interval with both ends. 目标值。")
class GoalInput:
    """A goal."""

    value: FigureInput | None = strawberry.field(default=None, description="The value. 目标值。")
    low: FigureInput | None = strawberry.field(default=None, description="The least that it may be. 下限。")
    high: FigureInput | None = strawberry.field(default=None, description="The most that it may be. 上限。")
    basis: Basis = strawberry.field(
        default=Basis.STATED, description="On what it rests; an inferred goal drives no light. 依据。"
    )

    def goal(self) -> pace.Goal:
        """The goal; BadInput BAD_GOAL, UNITS_DIFFER, and those of a figure."""
        return pace.Goal(figure_of(self.value), figure_of(self.low), figure_of(self.high), self.basis)
