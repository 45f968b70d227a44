"""Question 3 刊载与计算: what was printed beside what the data gives, why they differ, and which goal was in force that day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.audit.questions import explaining, printed_beside_computed
from txapi.audit.questions.explaining import Explanation
from txapi.domain.publication import PublishedKind
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_corrected_figures import FigureReading
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.ids import stream_of
from txapi.schema.publications import Published
from txapi.schema.scalars import Position
from txapi.schema.target_parts import GoalRevision, RatioInterval
from txapi.schema.values import Label, Ratio, public_enum

public_enum(Explanation, "释疑", "How what was printed relates to what is computed.")


@strawberry.type(
    description="With which goals a figure gives a printed percentage, in the figure's own unit; the ends with six digits."
    " 所需目标值。"
)
class GoalsNeeded:
    """An interval of goals."""

    above: Decimal = strawberry.field(description="Above this. 大于。")
    up_to: Decimal = strawberry.field(description="Up to this. 不超过。")
    up_to_if_rounded_twice: Decimal = strawberry.field(
        description="Up to this, where the percentage was rounded to one more place first. 两次四舍五入时不超过。"
    )
    round_goal: Decimal = strawberry.field(
        description="The roundest number of the wider interval: a guess at the goal that was in mind. 最整的目标值。"
    )
    round_goal_needs_two_roundings: bool = strawberry.field(
        description="Whether that goal gives what was printed only where it is rounded twice. 是否须两次四舍五入。"
    )
    round_ratio: Ratio | None = strawberry.field(description="What the figure is of that goal. 按该目标值的完成率。")

    @classmethod
    def of(cls, needed: explaining.GoalsNeeded | None) -> GoalsNeeded | None:
        """The public form; None for none."""
        if needed is None:
            return None
        return cls(
            above=needed.above,
            up_to=needed.up_to,
            up_to_if_rounded_twice=needed.up_to_if_rounded_twice,
            round_goal=needed.round_goal,
            round_goal_needs_two_roundings=needed.round_goal_needs_two_roundings,
            round_ratio=Ratio.of(needed.round_ratio),
        )


@strawberry.type(description="A printed figure beside what the data gives at the printed precision. 刊载与计算对照。")
class PrintedBesideComputed:
    """One line of the answer."""

    day: datetime.date = strawberry.field(
        description="The day of the figure: the one printed with it, else that of publication. 截至日。"
    )
    value: Decimal | None = strawberry.field(
        description="The figure as printed, in its unit; null for none. 刊载数值。"
    )
    places: int = strawberry.field(description="With how many decimals it was printed. 小数位数。")
    computed: Decimal | None = strawberry.field(
        description="What is computed, rounded half up once to as many decimals; null where only an interval, or nothing, is."
        " 计算值。"
    )
    least: Decimal | None = strawberry.field(
        description="The least that it can be, where the goal is an interval. 下限。"
    )
    most: Decimal | None = strawberry.field(description="The most that it can be. 上限。")
    ratio: Ratio | None = strawberry.field(description="The exact ratio, of a rate. 精确比率。")
    ratio_between: RatioInterval | None = strawberry.field(description="The exact interval, of a rate. 精确区间。")
    figure: FigureReading | None = strawberry.field(description="The reported figure of that day. 累计完成数。")
    goal: GoalRevision | None = strawberry.field(
        description="The goal in force on that day, with basis and bounds; of the year's first one, see goalStatedLater. 目标值。"
    )
    goal_stated_later: bool = strawberry.field(
        description="Whether no goal had been stated by the end of that day, so that the first one afterwards counts, since a goal"
        " is for its whole year. 目标是否后补。"
    )
    needed: GoalsNeeded | None = strawberry.field(description="The goals by which the figure gives it. 所需目标值。")
    explanation: Explanation = strawberry.field(description="How the two relate. 释疑。")
    explanation_label: Label = strawberry.field(description="That, for people. 释疑名称。")
    because: Label = strawberry.field(description="The explanation with its numbers. 理由。")
    known_at: Position | None = strawberry.field(
        description="Where it is stale: a position at which it had been known; by another goal: the event that stated it. 位置。"
    )
    line: strawberry.Private[printed_beside_computed.PrintedBesideComputed]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="What was printed, where and about what. 刊载。")
    def item(self) -> Published | None:
        """The printed thing."""
        return self.page.noun("published", self.line.item, _items)  # type: ignore[no-any-return]

    @strawberry.field(description="The event that noted what was printed. 刊载事件。")
    def printed_by(self) -> Event | None:
        """The noting."""
        return self.page.event(self.line.printed_by)

    @strawberry.field(description="The event by which the figure reads so; null for none. 填报或更正事件。")
    def figure_event(self) -> Event | None:
        """The report or its correction."""
        return self.page.event(self.line.found.figure_position)

    @strawberry.field(description="The event by which the goal reads so; null for none. 目标事件。")
    def goal_event(self) -> Event | None:
        """The statement of the goal or its correction."""
        return self.page.event(self.line.found.goal_position)

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The noting, the figure, the goal."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: printed_beside_computed.PrintedBesideComputed, page: AnswerPage[Any]) -> PrintedBesideComputed:
        """The public form of a line."""
        found, between = line.found, line.computed_between
        return cls(
            day=line.day,
            value=line.value,
            places=line.places,
            computed=line.computed,
            least=between[0] if between else None,
            most=between[1] if between else None,
            ratio=Ratio.of(found.ratio),
            ratio_between=RatioInterval.of(found.ratios),
            figure=FigureReading.of(found.figure, page.reader),
            goal=None if found.goal is None else GoalRevision.of(found.goal, page.reader),
            goal_stated_later=found.goal_stated_later,
            needed=GoalsNeeded.of(line.needed),
            explanation=line.explanation,
            explanation_label=Label.of_member(line.explanation),
            because=Label.of(line.because),
            known_at=None if line.known_at is None else Position(line.known_at),
            line=line,
            page=page,
        )


def _items(line: printed_beside_computed.PrintedBesideComputed) -> Iterator[str]:
    yield line.item


@strawberry.type
class PrintedBesideComputedQuestions(Asking):
    """Question 3 of the ten."""

    @strawberry.field(
        description="Printed rates, counts and totals beside what the data gives, and why they differ; document by document, as"
        " printed. 刊载与计算对照。"
    )
    def printed_beside_computed(
        self,
        publication: Annotated[
            ID | None, strawberry.argument(description="In this document, by entityId or id. 文件。")
        ] = None,
        about: Annotated[
            ID | None, strawberry.argument(description="About this noun, by entityId or id. 涉及对象。")
        ] = None,
        kinds: Annotated[
            list[PublishedKind] | None,
            strawberry.argument(description="Of these kinds; only rates, counts and totals are figures. 刊载类别。"),
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[PrintedBesideComputed]:
        """A page of them."""
        asked = printed_beside_computed.PrintedAsked(
            publication=None if publication is None else stream_of(publication),
            about=None if about is None else stream_of(about),
            kinds=printed_beside_computed.KINDS if kinds is None else tuple(kinds),
        )

        def shown(
            reader: Reader, lines: Sequence[printed_beside_computed.PrintedBesideComputed]
        ) -> list[PrintedBesideComputed]:
            page = AnswerPage(reader, self.pinned, lines)
            return [PrintedBesideComputed.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: printed_beside_computed.printed_beside_computed(
                reader, asked, size=size, after=key
            ),
            lambda reader: printed_beside_computed.count_printed(reader, asked),
            shown, name="printedBesideComputed", asked=asked, first=first, after=after,
        )  # fmt: skip
