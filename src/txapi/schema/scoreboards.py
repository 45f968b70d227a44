"""Scoreboards 记分牌: towns and platforms by starts, completions and targets, departments by replies and resolutions in time."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from txapi.projections import scoreboards, targets
from txapi.projections.scoreboards import BodyRow, BodyTargetsRow, HandlerRow
from txapi.schema.asking import Asking
from txapi.schema.connections import DEFAULT_SIZE, FIRST, LINES, beginning
from txapi.schema.nouns import Answer, answers, to_many, together
from txapi.schema.publications import Published, published_on
from txapi.schema.targets import Target
from txapi.schema.units import unit_behind
from txapi.schema.values import Ratio

YEAR = Annotated[int | None, strawberry.argument(description="The year; null: that of the moment's validOn. 年度。")]


@answers(
    "完成统计", "Projects that were to reach within a year what the counting rule in force counts, and how many did."
)
class Tally(scoreboards.Tally):
    """A count with its rate."""

    @strawberry.field(description="Done over expected; null where nothing is expected. 完成率。")
    def rate(self) -> Ratio | None:
        """The rate."""
        return Ratio.of(self.share)


@answers("及时统计", "Deadlines of one sort within a year, and what became of them by the clock.")
class OnTime(scoreboards.OnTime):
    """Counts with their rate."""

    @strawberry.field(
        name="medianDays",
        description="Half of them took at most so many days: a reply from the day of receipt, a resolution from the first promise."
        " Null where none came. 用时中位数（天）。",
    )
    def median(self) -> Decimal | None:
        """The median, exact."""
        return self.median_days

    @strawberry.field(
        description="In time over all that were met or missed; returns are left out. Null where there is none. 及时率。"
    )
    def rate(self) -> Ratio | None:
        """The rate."""
        return Ratio.of(self.share)


@answers("实施主体记分", "How a town or platform stands in a year.")
class BodyLine(BodyRow, Answer):
    """One line of the board of towns and platforms."""

    unit = unit_behind("unit_code", "The unit. 实施主体。")

    @strawberry.field(description="Projects that were to start in the year. 开工。")
    def starts(self) -> Tally:
        """The starts."""
        return Tally(**vars(self.started))

    @strawberry.field(description="Projects that were to be completed in the year. 竣工。")
    def completions(self) -> Tally:
        """The completions."""
        return Tally(**vars(self.completed))

    @strawberry.field(
        description="Its targets of the year, by indicator: 50 unless told how many. 目标（默认前 50 项）。"
    )
    def targets(self, first: int = DEFAULT_SIZE) -> list[Target]:
        """The targets."""
        return beginning(targets_of_year(self, self.unit_code, self.year), first)

    @strawberry.field(description="How many targets it has in the year, however many are told. 目标数。")
    def target_count(self) -> int:
        """The number of targets."""
        return len(targets_of_year(self, self.unit_code, self.year))

    @strawberry.field(
        description="What was printed about it, beside what is computed: 50 unless told how many. 刊载（默认前 50 条）。"
    )
    def published(self, first: int = DEFAULT_SIZE) -> list[Published]:
        """The printed figures."""
        return published_on(self, first)


@answers("单位目标", "The targets of one unit in a year.")
class BodyTargets(BodyTargetsRow, Answer):
    """One unit's targets."""

    unit = unit_behind("unit_code", "The unit; null where none is known by that code at the moment. 责任单位。")

    @strawberry.field(
        description="Its targets of the year, by indicator: 50 unless told how many. 目标（默认前 50 项）。"
    )
    def targets(self, first: int = DEFAULT_SIZE) -> list[Target]:
        """The targets."""
        return beginning(targets_of_year(self, self.unit_code, self.year), first)

    @strawberry.field(description="How many targets it has in the year, however many are told. 目标数。")
    def target_count(self) -> int:
        """The number of targets."""
        return len(targets_of_year(self, self.unit_code, self.year))


def targets_of_year(answer: Answer, unit: str, year: int) -> list[Target]:
    """The targets of a line's unit in its year; read once for all lines."""
    return to_many(
        answer, "targets", unit, lambda row: row.unit_code,
        lambda reader, codes: targets.targets_of_units(reader, codes, year, Target),
        lambda row: row.unit_code,
    )  # fmt: skip


@answers("承办部门记分", "How a department stands in a year.")
class HandlerLine(HandlerRow, Answer):
    """One line of the board of departments."""

    unit = unit_behind("unit_code", "The unit. 承办部门。")

    @strawberry.field(description="Replies whose deadline lies in the year. 受理答复。")
    def reply(self) -> OnTime:
        """The replies."""
        return OnTime(**vars(self.replies))

    @strawberry.field(
        description="Promised or set dates that lie in the year, by the last one of each handling. 办结。"
    )
    def resolution(self) -> OnTime:
        """The resolutions."""
        return OnTime(**vars(self.resolutions))


@strawberry.type
class ScoreboardQuestions(Asking):
    """The two scoreboards."""

    @strawberry.field(
        description="Towns and platforms in the official order, 100 unless told how many, judged by starts, completions and targets, up to"
        " validOn. What a merged unit left behind counts for its successor. 实施主体记分牌（默认前 100 个）。"
    )
    def implementing_bodies(self, year: YEAR = None, first: FIRST = LINES) -> list[BodyLine]:
        """The board of towns and platforms."""
        found = together(scoreboards.implementing_bodies(self.reader, year, BodyLine), self.reader, self.pinned)
        return beginning(found, first)

    @strawberry.field(
        description="How many lines the board of towns and platforms has, however many are told. 实施主体数。"
    )
    def implementing_body_count(self, year: YEAR = None) -> int:
        """The number of towns and platforms on the board."""
        return len(scoreboards.implementing_bodies(self.reader, year))

    @strawberry.field(
        description="The targets of one unit: of the first implementing body in the official order that has any in the year, unless a"
        " unit is named. Null where there are none to tell. 单位目标。"
    )
    def body_targets(
        self,
        unit: Annotated[str | None, strawberry.argument(description="The unit, by code. 单位代码。")] = None,
        year: YEAR = None,
    ) -> BodyTargets | None:
        """The targets of one unit."""
        found = together(scoreboards.body_targets(self.reader, unit, year, BodyTargets), self.reader, self.pinned)
        return found[0] if found else None

    @strawberry.field(
        description="Departments in the official order, 100 unless told how many, and whoever else handled tickets, judged by replies"
        " and resolutions in time, at the moment's clock. What a merged unit left behind counts for its successor."
        " 承办部门记分牌（默认前 100 个）。"
    )
    def handling_units(self, year: YEAR = None, first: FIRST = LINES) -> list[HandlerLine]:
        """The board of departments."""
        found = together(scoreboards.handling_units(self.reader, year, HandlerLine), self.reader, self.pinned)
        return beginning(found, first)

    @strawberry.field(description="How many lines the board of departments has, however many are told. 承办部门数。")
    def handling_unit_count(self, year: YEAR = None) -> int:
        """The number of departments on the board."""
        return len(scoreboards.handling_units(self.reader, year))
