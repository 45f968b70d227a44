"""What numbers of the scoreboards speak of, as parts of filters."""

from __future__ import annotations

import strawberry

from txapi.domain.editions import Duty
from txapi.projections import judgements
from txapi.projections.judgements import JudgedDeadline, Progress, Verdict
from txapi.schema.inputs import optional
from txapi.schema.values import public_enum

public_enum(JudgedDeadline, "评判时限", "Which deadline the scoreboard of departments judges.")
public_enum(Verdict, "时限结果", "What became of a deadline by the clock.", name="DeadlineVerdict")
public_enum(Progress, "完成情况", "What became of what a project was to reach within a year.", name="TallyPart")


@strawberry.input(
    description="The tickets behind numbers of the scoreboard of departments: each has a handling of which that is true. A ticket"
    " that one unit handled twice is one ticket and two in the number. 记分牌口径（联系单）。"
)
class JudgedInput:
    """Which numbers."""

    deadline: JudgedDeadline = strawberry.field(description="Which deadline. 时限。")
    became: list[Verdict] = strawberry.field(description="What became of it; any of these. 结果。")
    unit: str | None = strawberry.field(default=None, description="Of this line, by the unit's code. 单位代码。")
    year: int | None = strawberry.field(
        default=None, description="Due in this year; null: that of the moment's validOn. 年度。"
    )

    def asked(self) -> judgements.JudgedTickets:
        """The part as a question. BadInput those of a text."""
        unit = optional(self.unit, "unit", 64)
        return judgements.JudgedTickets(deadline=self.deadline, became=self.became, unit=unit, year=self.year)


@strawberry.input(
    description="The projects behind a number of the scoreboard of towns and platforms. 记分牌口径（项目）。"
)
class TalliedInput:
    """Which number."""

    duty: Duty = strawberry.field(description="Starts or completions. 督查事项。")
    part: Progress = strawberry.field(description="Which of its numbers. 完成情况。")
    unit: str | None = strawberry.field(default=None, description="Of this line, by the unit's code. 单位代码。")
    year: int | None = strawberry.field(
        default=None, description="In this year; null: that of the moment's validOn. 年度。"
    )

    def asked(self) -> judgements.TalliedProjects:
        """The part as a question. BadInput those of a text."""
        unit = optional(self.unit, "unit", 64)
        return judgements.TalliedProjects(duty=self.duty, progress=self.part, unit=unit, year=self.year)
