"""Targets 目标 as rows with their figures, and the questions about them; their lights in SQL, exactly as the rules judge."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from txapi.domain.event import Basis
from txapi.domain.labels import Label, labelled
from txapi.domain.light import Light, LightVerdict
from txapi.domain.pace import Figure, Goal, light, past_half, schedule
from txapi.domain.target import FigureFact, GoalFact, Target
from txapi.projections.moment import Reader
from txapi.projections.projection import Parts, Projection
from txapi.projections.references import thresholds_at
from txapi.projections.select import Order, Select, many_of, marks, one_of
from txapi.projections.table import Extra, Table, answer, kept

_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")

DRIVING = (Basis.STATED, Basis.ILLUSTRATED)
"""The bases of goals that drive a light."""


@dataclass(kw_only=True)
class TargetRow:
    """What a target answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    year: int = answer("年度", "The year in which it is to be reached.")
    closed: bool = answer("是否关闭", "Whether it was closed.")
    basis: Basis = answer("依据", "On what it rests that there is such a target.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    indicator_code: str = kept()
    unit_code: str = kept()
    goal_facts: tuple[GoalFact, ...] = kept()

    def goal_in_force(self) -> Goal | None:
        """The goal, as last stated or revised."""
        return _in_force(self.goal_facts)


@dataclass(kw_only=True)
class FigureRow:
    """One cumulative figure."""

    target_id: str = kept()
    fact_version: int = answer("事件版次", "The number of the event that reported it, in the target's stream.")
    through: date = answer("截至", "The figure counts from 1 January through the end of this day.")
    figure: Figure = kept()
    decided_at: datetime = answer("填报时间", "When it was reported.")
    basis: Basis = answer("依据", "On what it rests.")
    reason: str | None = answer("理由", "Why, where it was said.")
    corrected_by: int | None = answer("更正版次", "The number of the correction that says how it reads now.")

    def known(self) -> FigureFact:
        """The figure as the rules see it."""
        return FigureFact(
            self.fact_version, self.through, self.figure, self.decided_at, self.basis, self.reason, self.corrected_by
        )


def _in_force(facts: Sequence[GoalFact]) -> Goal | None:
    return facts[-1].goal if facts else None


def _goal_value(facts: Sequence[GoalFact]) -> int | None:
    goal = _in_force(facts)
    return goal.value.base if goal is not None and goal.value is not None else None


def _goal_low(facts: Sequence[GoalFact]) -> int | None:
    goal = _in_force(facts)
    return goal.bounds[0].base if goal is not None else None


def _drives(facts: Sequence[GoalFact]) -> int:
    goal = _in_force(facts)
    return int(goal is not None and goal.basis in DRIVING)


TARGETS = Table(
    "targets",
    TargetRow,
    extras=(
        Extra("goal_value", "INTEGER", ("goal_facts",), _goal_value),
        Extra("goal_low", "INTEGER", ("goal_facts",), _goal_low),
        Extra("goal_drives", "INTEGER", ("goal_facts",), _drives),
    ),
    indexes=("unit_code, year, indicator_code", "indicator_code, year", "year"),
    sought=("unit_code, year", "year"),
)
FIGURES = Table(
    "target_figures",
    FigureRow,
    noun="target_id",
    key=("fact_version",),
    extras=(
        Extra("base", "INTEGER", ("figure",), lambda figure: figure.base),
        Extra("months", "INTEGER", ("through",), lambda through: schedule(through).numerator),
        Extra("half", "INTEGER", ("through",), lambda through: int((through.month, through.day) >= (6, 30))),
    ),
)


def project(target: Target) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a target."""
    yield (
        TARGETS,
        TargetRow(
            entity_id=target.id,
            year=target.year,
            closed=target.closed,
            basis=target.basis,
            version=target.version,
            indicator_code=target.indicator,
            unit_code=target.unit,
            goal_facts=target.goals,
        ),
    )


def _figure_row(target: Target, fact: FigureFact) -> FigureRow:
    """The row of a figure in force."""
    return FigureRow(
        target_id=target.id,
        fact_version=fact.version,
        through=fact.through,
        figure=fact.value,
        decided_at=fact.decided_at,
        basis=fact.basis,
        reason=fact.reason,
        corrected_by=fact.corrected_by,
    )


PROJECTION = Projection(
    Target, (TARGETS, FIGURES), project, parts=(Parts(FIGURES, lambda target: target.figures, _figure_row),)
)


# -- questions -------------------------------------------------------------------------------------------------------


@dataclass
class TargetFilter:
    """Which targets; every part that is given must hold."""

    indicator: list[str] | None = answer("指标代码", "By these indicators.", default=None)
    unit: list[str] | None = answer("单位代码", "Of these units, by code.", default=None)
    year: list[int] | None = answer("年度", "Of these years.", default=None)
    light: list[Light] | None = answer("灯色", "With these lights at the moment.", default=None)
    closed: bool | None = answer("是否关闭", "Only closed ones, or only open ones.", default=None)


class TargetOrderField(enum.Enum):
    """By what targets are sorted."""

    UNIT = "unit"
    INDICATOR = "indicator"
    YEAR = "year"
    ATTAINMENT = "attainment"


labelled(
    {
        TargetOrderField.UNIT: ("按单位", "by the unit's code"),
        TargetOrderField.INDICATOR: ("按指标", "by the indicator's code"),
        TargetOrderField.YEAR: ("按年度", "by year"),
        TargetOrderField.ATTAINMENT: ("按完成率", "by attainment, as far as it can be computed"),
    }
)


def _millionths(base: str, goal: str) -> str:
    """How many whole millionths of a goal a figure is. A cursor compares what is sorted by: these are exact, a float is not.

    In two steps of a thousand, because a remainder times a million may be more than the store counts. Beyond a million
    million times the goal, nobody is further than another.
    """
    return (
        f"min({base} / {goal}, 1000000000000) * 1000000 + (({base} % {goal}) * 1000 / {goal}) * 1000"
        f" + ((({base} % {goal}) * 1000) % {goal}) * 1000 / {goal}"
    )


_EXPRESSIONS = {
    TargetOrderField.UNIT: "t.unit_code",
    TargetOrderField.INDICATOR: "t.indicator_code",
    TargetOrderField.YEAR: "t.year",
    # A remainder of the largest amounts times a thousand would be more than the store counts: they lose three digits of
    # sixteen or more first.
    TargetOrderField.ATTAINMENT: (
        f"CASE WHEN t.goal_value < 9000000000000000 THEN {_millionths('f.base', 'nullif(t.goal_value, 0)')}"
        f" ELSE {_millionths('(f.base / 1000)', '(t.goal_value / 1000)')} END"
    ),
}


def order_by(field: TargetOrderField, *, descending: bool = False) -> list[Order]:
    """The sort by a field."""
    return [Order(_EXPRESSIONS[field], descending)]


BY_UNIT = [Order("t.unit_code"), Order("t.year"), Order("t.indicator_code")]


def light_sql(reader: Reader) -> str:
    """The light of target `t` with its latest figure `f`, as `domain.pace.light` judges it, in whole numbers."""
    thresholds = thresholds_at(reader)
    if thresholds is None:
        return f"'{Light.GREY.value}'"
    # Attainment is below the schedule by more than so many points where 100 * (months * goal - 12 * base) > points * 12 * goal.
    red = _below(f"(100 * f.months - {12 * int(thresholds.pace_behind_points_red.value)})", "t.goal_value", 1200)
    yellow = _below(f"(100 * f.months - {12 * int(thresholds.pace_behind_points_yellow.value)})", "t.goal_value", 1200)
    not_half = _below(str(int(thresholds.half_year_attainment_percent.value)), "t.goal_low", 100)
    return (
        "CASE WHEN t.goal_drives = 0 OR t.goal_value IS NULL OR f.base IS NULL THEN 'grey'"
        f" WHEN {red} THEN 'red' WHEN {yellow} THEN 'yellow'"
        f" WHEN f.half = 1 AND {not_half} THEN 'yellow' ELSE 'green' END"
    )


def _below(share: str, goal: str, whole: int) -> str:
    """Whether `f.base` is less than `share` of `whole` parts of a goal.

    The goal is divided before it is multiplied, so that no product is larger than the store counts exactly; what may be
    too large all the same is compared by its size on SQLite, and is exact on PostgreSQL.
    """
    return f"{whole} * (CAST(f.base AS NUMERIC) - ({goal} / {whole}) * {share}) < ({goal} % {whole}) * {share}"


def light_of(reader: Reader, row: TargetRow, latest: FigureRow | None) -> LightVerdict:
    """The light at the moment, with its reason; `latest` is the figure that counts there."""
    thresholds = thresholds_at(reader)
    if thresholds is None:
        return LightVerdict(Light.GREY, _NO_THRESHOLDS)
    through = latest.through if latest else None
    return light(latest.figure if latest else None, row.goal_in_force(), through, thresholds)


def past_half_of(reader: Reader, row: TargetRow, latest: FigureRow | None) -> bool | None:
    """Whether half the task was done when half the time had passed; None before, and where it cannot be said."""
    thresholds = thresholds_at(reader)
    if thresholds is None or latest is None:
        return None
    return past_half(latest.figure, row.goal_in_force(), latest.through, thresholds)


def select(reader: Reader, asked: TargetFilter | None = None) -> Select[TargetRow]:
    """The targets that a filter asks for, each beside its latest figure at the moment's valid day (`f`)."""
    asked = asked or TargetFilter()
    found = Select(TARGETS, reader).with_one("f", f"LEFT JOIN target_figures f ON f.row = {_latest_of(reader, 't')}")
    found.where_in("indicator_code", asked.indicator).where_in("unit_code", asked.unit).where_in("year", asked.year)
    if asked.closed is not None:
        found.where("t.closed = ?", int(asked.closed))
    if asked.light is not None:
        found.where(f"{light_sql(reader)} IN ({marks(asked.light)})", *(light.value for light in asked.light))
    return found


def count_by_light(reader: Reader, asked: TargetFilter | None = None) -> dict[Light, int]:
    """How many targets have each light."""
    return {Light(key): count for key, count in select(reader, asked).grouped([light_sql(reader)], ["count(*)"])}


def target_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The target with that id at the moment, or None."""
    return one_of(TARGETS, reader, id, into)


def targets_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The targets with those ids at the moment."""
    return many_of(TARGETS, reader, ids, into)


def targets_of_units(reader: Reader, units: Sequence[str], year: int, into: type[Any] | None = None) -> list[Any]:
    """The targets of units in a year, by indicator."""
    if not units:
        return []
    rows = reader.rows(
        f"SELECT {TARGETS.select} FROM targets t WHERE t.unit_code IN ({marks(units)}) AND t.year = ? AND {reader.live()}"
        " ORDER BY t.unit_code, t.indicator_code, t.row",
        [*units, year],
    )
    return [TARGETS.decode(values, into) for values in rows]


def figures_of(reader: Reader, targets: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The figures of targets through the moment's valid day, in order."""
    valid_on = reader.moment.valid_on
    found: list[Any] = many_of(FIGURES, reader, targets, into)
    counted = [row for row in found if valid_on is None or row.through <= valid_on]
    return sorted(counted, key=lambda row: (row.target_id, row.through))


def latest_figures_of(reader: Reader, targets: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """Of each of these targets the figure that counts at the moment's valid day: the last that `figures_of` gives."""
    if not targets:
        return []
    index = reader.by_index(TARGETS.index_by("entity_id", now=reader.is_now))
    rows = reader.rows(
        f"SELECT {FIGURES.select} FROM targets o {index} JOIN target_figures t ON t.row = {_latest_of(reader, 'o')}"
        f" WHERE o.entity_id IN ({marks(targets)}) AND {reader.live('o')}",
        list(targets),
    )
    return [FIGURES.decode(values, into) for values in rows]


def _latest_of(reader: Reader, target: str) -> str:
    """The row of the figure of a target that counts at the moment's valid day, null where there is none."""
    valid_on = reader.moment.valid_on
    by_then = "" if valid_on is None else f" AND g.through <= '{valid_on.isoformat()}'"
    return (
        f"(SELECT g.row FROM target_figures g {reader.by_index(FIGURES.index_by('target_id', now=reader.is_now))}"
        f" WHERE g.target_id = {target}.entity_id AND {reader.live('g')}{by_then}"
        " ORDER BY g.through DESC LIMIT 1)"
    )


def same_time_last_year(
    reader: Reader, wanted: Sequence[tuple[str, str, int, date]]
) -> dict[tuple[str, str, int, date], Figure]:
    """For (indicator, unit, year, through): the figure through the same day of the year before, where there is one."""
    found: dict[tuple[str, str, int, date], Figure] = {}
    if not wanted:
        return found
    by_key: dict[tuple[str, str, int, str], list[tuple[str, str, int, date]]] = {}
    for indicator, unit, year, through in wanted:
        before = _a_year_before(through).isoformat()
        by_key.setdefault((indicator, unit, year - 1, before), []).append((indicator, unit, year, through))
    # From the units and years that are asked for to their targets, and from these to their figures: SQLite keeps this order.
    throughs = list(dict.fromkeys(before for *_, before in by_key))
    whose = dict.fromkeys((unit, year) for _, unit, year, _ in by_key)
    index = reader.by_index(FIGURES.index_by("target_id", now=reader.is_now))
    rows = reader.rows(
        f"WITH w(unit, year) AS (VALUES {', '.join('(?, CAST(? AS BIGINT))' for _ in whose)})"
        f" SELECT {FIGURES.select}, o.indicator_code, o.unit_code, o.year FROM w CROSS JOIN targets o"
        f" CROSS JOIN target_figures t {index} WHERE o.unit_code = w.unit AND o.year = w.year AND {reader.live('o')}"
        f" AND t.target_id = o.entity_id AND {reader.live('t')} AND t.through IN ({marks(throughs)}) ORDER BY o.row, t.row",
        [*itertools.chain.from_iterable(whose), *throughs],
    )
    for values in rows:
        row = FIGURES.decode(values)
        indicator, unit, year = values[FIGURES.width :]
        for key in by_key.get((indicator, unit, year, row.through.isoformat()), ()):
            found[key] = row.figure
    return found


def _a_year_before(day: date) -> date:
    """The same day of the year before; the last of February for a 29th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
