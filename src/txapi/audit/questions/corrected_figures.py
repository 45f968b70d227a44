"""Question 2: which reported figures were corrected, by whom and why; what the report said then, and what is known now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from txapi.audit.questions.adopted import Adopted, thresholds_on
from txapi.audit.questions.pages import Key, Lines, key_of
from txapi.audit.questions.versions import Version, Versions, positions_of, recorded_at, versions_of
from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.pace import Figure, Goal, attainment, attainment_between, light, schedule
from txapi.domain.quantity import Ratio
from txapi.domain.target import GoalFact
from txapi.projections.moment import Moment, Reader
from txapi.projections.targets import FIGURES, TARGETS, FigureRow, TargetRow

_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")


@dataclass(frozen=True, kw_only=True)
class FiguresAsked:
    """Which figures: of a year, by an indicator, of a unit (codes), through a day. None does not restrict."""

    year: int | None = None
    indicator: str | None = None
    unit: str | None = None
    through: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a figure reads: the day through which it counts, its value, and on what it rests."""

    through: date
    figure: Figure
    basis: Basis


@dataclass(frozen=True, slots=True)
class FigureCorrection:
    """One event that changed how a figure reads. `after` is None where it was retracted, `before` where it came back."""

    position: int
    before: Reading | None
    after: Reading | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetStanding:
    """What could be said of a target for a day, with what was known at a position: of figures through that day or before.

    `figure_position` and `goal_position` name the events by which the figure and the goal read as they do.
    """

    position: int
    figure: Reading | None
    figure_position: int | None
    goal: Goal | None
    goal_position: int | None
    attainment: Ratio | None
    attainment_between: tuple[Ratio, Ratio] | None
    schedule: Ratio | None
    light: LightVerdict


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectedFigure:
    """A figure that was corrected: as first reported (the event at `position`), every correction, and the target's
    standing for `day` as the report knew it and as it is known at the moment.
    """

    position: int
    target: str
    indicator: str
    unit: str
    year: int
    day: date
    reported: Reading
    corrections: tuple[FigureCorrection, ...]
    then: TargetStanding
    now: TargetStanding

    @property
    def key(self) -> Key:
        """Where the line stands: a figure is reported by one event."""
        return (self.position,)

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that the line rests on, in order."""
        said = [one.position for one in self.corrections]
        for standing in (self.then, self.now):
            said += [one for one in (standing.figure_position, standing.goal_position) if one is not None]
        return tuple(sorted({self.position, *said}))


def corrected_figures(
    reader: Reader, asked: FiguresAsked, then: Moment | None = None, *, size: int = 50, after: Key | None = None
) -> Lines[CorrectedFigure]:
    """The figures that a correction had changed or retracted by the moment, in the order of their first reporting.

    `then` is the moment at which the report was made: for each figure that of its first reporting, unless it is given.
    The day of a line is the one asked for, or else the one through which the figure was first reported. BadInput
    THEN_IS_LATER where the report would know more than the moment.
    """
    if then is not None and then.position > reader.moment.position:
        raise BadInput("THEN_IS_LATER", "the report cannot have known more than is known at the moment", ("then",))
    after = key_of(after, int)
    condition, parameters = _corrected(reader, asked)
    beyond = "" if after is None else f" HAVING min(f.since) > {int(after[0] or 0)}"
    found = reader.rows(
        f"SELECT f.target_id, f.fact_version, min(f.since) {condition} GROUP BY f.target_id, f.fact_version{beyond}"
        f" ORDER BY min(f.since) LIMIT {int(size) + 1}",
        parameters,
    )
    page = [(target, version) for target, version, _ in found[:size]]
    return Lines(tuple(_lines(reader, page, asked.through, then)), has_next=len(found) > size)


def count_corrected_figures(reader: Reader, asked: FiguresAsked) -> int:
    """How many figures had been corrected by the moment."""
    condition, parameters = _corrected(reader, asked)
    counted = f"SELECT DISTINCT f.target_id, f.fact_version {condition}"
    return int(reader.rows(f"SELECT count(*) FROM ({counted}) c", parameters)[0][0])


def figures_before_correction(reader: Reader, targets: Sequence[str]) -> dict[str, list[Version[FigureRow]]]:
    """By target: how its figures read until a correction changed or retracted them, in the order in which they began to."""
    found = versions_of(FIGURES, reader, targets)
    return {target: [one for one in found.of(target) if one.until is not None] for target in found.nouns}


def _corrected(reader: Reader, asked: FiguresAsked) -> tuple[str, list[Any]]:
    """FROM and WHERE over versions of figures that a correction ended: only such versions have a length."""
    position = int(reader.moment.position)
    conditions, parameters = [f"f.span < 64 AND f.until <= {position}"], list[Any]()
    for column, value in (
        ("o.year", asked.year),
        ("o.indicator_code", asked.indicator),
        ("o.unit_code", asked.unit),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    if asked.through is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM target_figures g WHERE g.target_id = f.target_id AND g.fact_version = f.fact_version"
            f" AND g.through = ? AND g.since <= {position})"
        )
        parameters.append(asked.through.isoformat())
    joined = f"JOIN targets o ON o.entity_id = f.target_id AND {reader.live('o')}"
    return f"FROM target_figures f {joined} WHERE {' AND '.join(conditions)}", parameters


def _lines(
    reader: Reader, page: Sequence[tuple[str, int]], through: date | None, then: Moment | None
) -> list[CorrectedFigure]:
    if not page:
        return []
    ids = list(dict.fromkeys(target for target, _ in page))
    known = TargetsKnown(reader, ids)
    firsts = {key: known.versions_of_figure(*key) for key in page}
    times = recorded_at(reader, [versions[0].since for versions in firsts.values()])
    lines = []
    for (target, _), versions in firsts.items():
        first = versions[0]
        day = through or first.row.through
        point = then or Moment(first.since, times[first.since], times[first.since])
        row = known.row(target)
        lines.append(
            CorrectedFigure(
                position=first.since,
                target=target,
                indicator=row.indicator_code,
                unit=row.unit_code,
                year=row.year,
                day=day,
                reported=_reading(first.row),
                corrections=tuple(_corrections(versions)),
                then=known.standing(target, day, point),
                now=known.standing(target, day, reader.moment),
            )
        )
    return lines


def _corrections(versions: Sequence[Version[FigureRow]]) -> list[FigureCorrection]:
    """What happened to a figure from version to version; one that went and came back has a gap between two."""
    made: list[FigureCorrection] = []
    for number, version in enumerate(versions):
        before = versions[number - 1] if number else None
        if before is not None:
            came_back = before.until != version.since
            made.append(
                FigureCorrection(version.since, None if came_back else _reading(before.row), _reading(version.row))
            )
        follows = versions[number + 1].since if number + 1 < len(versions) else None
        if version.until is not None and version.until != follows:
            made.append(FigureCorrection(version.until, _reading(version.row), None))
    return sorted(made, key=lambda one: one.position)


def _reading(row: FigureRow) -> Reading:
    return Reading(row.through, row.figure, row.basis)


class TargetsKnown:
    """Some targets with their figures and what was adopted, at every moment up to the reader's: four statements."""

    def __init__(self, reader: Reader, targets: Sequence[str]) -> None:
        self._targets: Versions[TargetRow] = versions_of(TARGETS, reader, targets)
        self._figures: Versions[FigureRow] = versions_of(FIGURES, reader, targets)
        self._positions = positions_of(reader, targets)
        self.adopted = Adopted(reader)

    def row(self, target: str) -> TargetRow:
        """The target as it reads last."""
        return self._targets.of(target)[-1].row

    def versions_of_figure(self, target: str, fact: int) -> list[Version[FigureRow]]:
        """How one figure read, in order."""
        return [version for version in self._figures.of(target) if version.row.fact_version == fact]

    def turns_of(self, target: str) -> list[int]:
        """The positions of all events after which the target or one of its figures read otherwise."""
        ends = [(one.since, one.until) for one in self._targets.of(target)]
        ends += [(one.since, one.until) for one in self._figures.of(target)]
        return sorted({end for both in ends for end in both if end is not None})

    def figure(self, target: str, day: date, position: int) -> Version[FigureRow] | None:
        """The figure that counted for a day, with what was known at a position."""
        known = [one for one in self._figures.of(target) if one.known_at(position) and one.row.through <= day]
        return max(known, key=lambda one: one.row.through, default=None)

    def goals(self, target: str, position: int) -> tuple[GoalFact, ...]:
        """Every statement of the goal that was known at a position, as it read there."""
        rows = self._targets.at(target, position)
        return rows[0].goal_facts if rows else ()

    def position_of(self, target: str, fact: GoalFact) -> int:
        """The event by which that statement of a goal reads as it does."""
        return self._positions[target, fact.corrected_by or fact.version]

    def standing(self, target: str, day: date, moment: Moment) -> TargetStanding:
        """What could be said of the target for a day at that moment, by the thresholds in force on the moment's day."""
        position = moment.position
        latest = self.figure(target, day, position)
        goals = self.goals(target, position)
        goal = goals[-1].goal if goals else None
        reading = _reading(latest.row) if latest else None
        value = latest.row.figure if latest else None
        through = latest.row.through if latest else None
        return TargetStanding(
            position=position,
            figure=reading,
            figure_position=latest.since if latest else None,
            goal=goal,
            goal_position=self.position_of(target, goals[-1]) if goals else None,
            attainment=attainment(value, goal),
            attainment_between=attainment_between(value, goal),
            schedule=schedule(through) if through else None,
            light=self._light(value, goal, through, moment),
        )

    def _light(self, value: Figure | None, goal: Goal | None, through: date | None, moment: Moment) -> LightVerdict:
        thresholds = thresholds_on(self.adopted.at(moment.position), day_of(moment.clock))
        if thresholds is None:
            return LightVerdict(Light.GREY, _NO_THRESHOLDS)
        return light(value, goal, through, thresholds)
