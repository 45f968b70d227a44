"""A target 目标: what a unit is to reach in a year by one indicator, and the cumulative figures reported month by month."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.editions import Indicator, Measure
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Basis, Event
from txapi.domain.facts import must_not_lie_ahead
from txapi.domain.pace import Figure, Goal
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.domain.event import Metadata
    from txapi.domain.reference import References


class UnknownIndicator(Refusal):
    """A target is set for an indicator that was adopted."""

    en = "There is no indicator {indicator}."
    zh = "没有指标{indicator}。"


class FigureOfAnotherMeasure(Refusal):
    """A figure is counted in what its indicator counts: no currency or unit is ever converted."""

    en = "{indicator} is counted in {needs}, not in {given}."
    zh = "指标{indicator}以{needs}计，不以{given}计。"


class GoalIsSet(Refusal):
    """A goal is stated once; afterwards it is revised, with a reason."""

    en = "The goal is set; revise it, with a reason."
    zh = "目标已下达，如需调整请说明理由。"


class NoGoalToRevise(Refusal):
    """Only a goal that was stated is revised."""

    en = "There is no goal to revise."
    zh = "尚未下达目标，无从调整。"


class RevisionNeedsAReason(Refusal):
    """Whoever revises a goal says why."""

    en = "Revising a goal needs a reason."
    zh = "调整目标须说明理由。"


class FigureOfAnotherYear(Refusal):
    """A figure is reported through a day of the target's own year."""

    en = "{through} is no day of {year}."
    zh = "{through}不在{year}年度内。"


class FigureWasReported(Refusal):
    """The figure through a day is reported once; a mistake is corrected by naming it."""

    en = "The figure through {through} was reported (event {version}); correct it."
    zh = "截至{through}的数据已填报（第{version}号事件），请作更正。"


class FallNeedsAReason(Refusal):
    """Cumulative figures rise; a fall is possible, but whoever reports it says why."""

    en = "The cumulative figure falls from {before} (through {through}); that needs a reason."
    zh = "累计数低于截至{through}的{before}，须说明理由。"


class GoalFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One statement of the goal, with event number `version`; the last one is in force.

    Where a correction says how it reads now, that is event number `corrected_by`, and `reason` is the correction's.
    """

    version: int
    goal: Goal
    decided_at: datetime
    revised: bool
    reason: str | None = None
    corrected_by: int | None = None


class FigureFact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One cumulative figure through the end of a day, with event number `version`.

    Where a correction says how it reads now, that is event number `corrected_by`, and `reason` and `basis` are its.
    """

    version: int
    through: date
    value: Figure
    decided_at: datetime
    basis: Basis
    reason: str | None = None
    corrected_by: int | None = None


class Target(Register):
    """A target. The supervisor sets it and its goal; the clerk of its unit reports the figures, and may correct them."""

    KIND = "target"

    class Set(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The target was set for a unit, an indicator and a year 设立."""

        TOPIC = "target.set"
        indicator: str
        unit: str
        year: int

        def apply(self, target: Target) -> None:
            target.indicator, target.unit, target.year = self.indicator, self.unit, self.year
            target.basis = self.meta.basis

        def claims(self) -> Iterable[tuple[str, str]]:
            """A unit has one target by an indicator in a year."""
            return (("target", f"{self.indicator}/{self.unit}/{self.year}"),)

    class GoalStated(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The goal was stated 下达."""

        TOPIC = "target.goal_stated"
        goal: Goal

        def apply(self, target: Target) -> None:
            target._take_goal(self, self.goal, revised=False)

    class GoalRevised(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The goal was revised 调整; the reason is in the metadata."""

        TOPIC = "target.goal_revised"
        goal: Goal

        def apply(self, target: Target) -> None:
            target._take_goal(self, self.goal, revised=True)

    class ActualReported(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The cumulative figure through the end of a day was reported 填报."""

        TOPIC = "target.actual_reported"
        through: date
        value: Figure

        def apply(self, target: Target) -> None:
            by = target._said_by.get(self.originator_version)
            said = (by or self).meta
            fact = FigureFact(
                self.originator_version,
                self.through,
                self.value,
                self.meta.decided_at,
                said.basis,
                said.reason,
                by.originator_version if by else None,
            )
            target.figures = tuple(sorted((*target.figures, fact), key=lambda one: (one.through, one.version)))

    class Closed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The target was closed 关闭."""

        TOPIC = "target.closed"

        def apply(self, target: Target) -> None:
            target.closed, target.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A figure or goal was retracted or replaced 更正; it names the event that stated it."""

        TOPIC = "target.fact_corrected"

    CORRECTION = FactCorrected
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (GoalStated, GoalRevised, ActualReported, Closed)

    def _blank(self) -> None:
        super()._blank()
        self.indicator = ""
        self.unit = ""
        self.year = 0
        self.goals: tuple[GoalFact, ...] = ()
        self.figures: tuple[FigureFact, ...] = ()

    def _take_goal(self, event: Event, goal: Goal, *, revised: bool) -> None:
        by = self._said_by.get(event.originator_version)
        said = (by or event).meta
        if goal.basis is Basis.STATED:
            # A goal rests on no firmer ground than the event that states it.
            goal = msgspec.structs.replace(goal, basis=said.basis)
        fact = GoalFact(
            event.originator_version,
            goal,
            event.meta.decided_at,
            revised,
            said.reason,
            by.originator_version if by else None,
        )
        self.goals = (*self.goals, fact)

    # -- questions ---------------------------------------------------------------------------------------------

    @property
    def goal(self) -> Goal | None:
        """The goal in force."""
        return self.goals[-1].goal if self.goals else None

    def figure_at(self, valid_on: date | None = None) -> FigureFact | None:
        """The latest figure through that day or an earlier one; None: the latest of all."""
        for fact in reversed(self.figures):
            if valid_on is None or fact.through <= valid_on:
                return fact
        return None

    # -- who may -----------------------------------------------------------------------------------------------

    def _may_set_goal(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action)

    def _may_report(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action, self.unit)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    ACTIONS: ClassVar[Actions] = {
        "state_goal": _may_set_goal,
        "revise_goal": _may_set_goal,
        "report_actual": _may_report,
        "close_target": _may_set_goal,
        "correct_target": _may_correct,
    }

    # -- commands ----------------------------------------------------------------------------------------------

    def set(self, meta: Metadata, *, indicator: str, unit: str, year: int, references: References) -> None:
        """Set the target of a unit (its code) by an adopted indicator, for a year. BadInput BAD_YEAR."""
        must_be_permitted(meta, "set_target")
        self._must_be_new()
        _known(references, indicator)
        if not 1949 <= year <= 2200:
            raise BadInput("BAD_YEAR", f"{year} is no year of this record", ("year",))
        self._record(self.Set, meta, indicator=indicator, unit=unit, year=year)

    def state_goal(self, meta: Metadata, *, goal: Goal, references: References) -> None:
        """State the goal for the first time: one value, or an interval where only that is known."""
        self._may_set_goal(meta, "state_goal")
        if self.goals:
            raise GoalIsSet
        self._must_count(references, *goal.bounds)
        self._record(self.GoalStated, meta, goal=goal)

    def revise_goal(self, meta: Metadata, *, goal: Goal, references: References) -> None:
        """Put another goal in its place, with a reason; what was in force before stays in the record."""
        self._may_set_goal(meta, "revise_goal")
        if not self.goals:
            raise NoGoalToRevise
        if not meta.reason:
            raise RevisionNeedsAReason
        self._must_count(references, *goal.bounds)
        self._record(self.GoalRevised, meta, goal=goal)

    def report_actual(self, meta: Metadata, *, through: date, value: Figure, references: References) -> None:
        """Report the cumulative figure through the end of a day, which must have come."""
        self._may_report(meta, "report_actual")
        self._must_be_of_the_year(meta, through)
        self._must_count(references, value)
        for fact in self.figures:
            if fact.through == through:
                raise FigureWasReported(through=through.isoformat(), version=fact.version)
        before = self.figure_at(through)
        if before is not None and value.base < before.value.base and not meta.reason:
            raise FallNeedsAReason(before=_text(before.value), through=before.through.isoformat())
        self._record(self.ActualReported, meta, through=through, value=value)

    def close(self, meta: Metadata) -> None:
        """Close it, with a reason."""
        self._may_set_goal(meta, "close_target")
        self._must_say_why(meta)
        self._record(self.Closed, meta)

    def correct(self, meta: Metadata, *, corrects: int, fields: dict[str, Any] | None) -> None:
        """Retract (fields None) or replace the figure or goal that event number `corrects` stated. A reason is needed.

        A clerk corrects figures; goals are the supervisor's.
        """
        self._may_correct(meta, "correct_target")
        if 1 <= corrects <= len(self.events) and not isinstance(
            self._original(self.events[corrects - 1]), Target.ActualReported
        ):
            must_be_permitted(meta, "correct_target.goal")
        super().correct(meta, corrects=corrects, fields=fields)

    def _must_hold_together(self) -> None:
        # Retracting a retraction brings a figure back, which must not meet another through the same day.
        for one, other in itertools.pairwise(self.figures):
            if one.through == other.through:
                raise FigureWasReported(through=other.through.isoformat(), version=other.version)

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        if isinstance(replacement, Target.ActualReported):
            self._must_be_of_the_year(meta, replacement.through)
            self._must_count(None, replacement.value)
            for fact in self.figures:
                if fact.through == replacement.through and fact.version != replacement.originator_version:
                    raise FigureWasReported(through=fact.through.isoformat(), version=fact.version)
        elif isinstance(replacement, Target.GoalStated | Target.GoalRevised):
            self._must_count(None, *replacement.goal.bounds)

    def _must_be_of_the_year(self, meta: Metadata, through: date) -> None:
        if through.year != self.year:
            raise FigureOfAnotherYear(through=through.isoformat(), year=self.year)
        must_not_lie_ahead(through, meta.decided_at)

    def _must_count(self, references: References | None, *figures: Figure) -> None:
        """A target keeps what it was first counted in, whatever a later edition says; before that its indicator decides."""
        first = self._first_figure()
        if first is not None:
            money, needs = first.money is not None, first.counted_in
        else:
            assert references is not None
            indicator = _known(references, self.indicator)
            money = indicator.measure is Measure.MONEY
            needs = indicator.currency.value if money and indicator.currency is not None else indicator.unit
        for figure in figures:
            if (figure.money is not None) != money or figure.counted_in != needs:
                raise FigureOfAnotherMeasure(indicator=self.indicator, needs=needs, given=figure.counted_in)

    def _first_figure(self) -> Figure | None:
        """The first figure or goal that was ever recorded, even if it was retracted since."""
        for event in self.events:
            if isinstance(event, Target.ActualReported):
                return event.value
            if isinstance(event, Target.GoalStated | Target.GoalRevised):
                return event.goal.bounds[0]
        return None


def _known(references: References, code: str) -> Indicator:
    indicator = references.indicators.get(code)
    if indicator is None:
        raise UnknownIndicator(indicator=code)
    return indicator


def _text(figure: Figure) -> str:
    return figure.amount.text()
