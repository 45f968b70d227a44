"""Scoreboards 记分牌: towns and platforms by starts, completions and targets, departments by replies and resolutions in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from txapi.domain.dates import FIRST_YEAR, LAST_YEAR, end_of
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.project import Project
from txapi.domain.quantity import Ratio
from txapi.domain.reference import Reference
from txapi.domain.register import unit_id
from txapi.domain.supervision import SupervisionList
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import ReplyOutcome
from txapi.domain.unit import Duty
from txapi.projections.goals import COUNTED, DONE, DUE, Goals, rule_of
from txapi.projections.moment import Reader
from txapi.projections.project_rows import PROJECTS
from txapi.projections.select import Select
from txapi.projections.sums import Sums
from txapi.projections.table import answer, kept
from txapi.projections.ticket_rows import HANDLINGS
from txapi.projections.units import OFFICIAL_ORDER, UNITS, UnitRow
from txapi.record.instants import micros


@dataclass(kw_only=True)
class Tally:
    """Projects that were to reach within a year what the counting rule in force counts, and how many did."""

    expected: int = answer(
        "应完成数",
        "How many are to reach it this year: listed for it, forecast for this year at first or at last, or done.",
        default=0,
    )
    done: int = answer("已完成数", "How many of them have reached it.", default=0)
    due: int = answer(
        "到期数",
        "For how many the last day is over: the list's due date or the first forecast, the earlier, or else the year's end.",
        default=0,
    )
    overdue: int = answer("逾期数", "How many of those that are due have not reached it.", default=0)

    @property
    def share(self) -> Ratio | None:
        """Done over expected; None where nothing is expected."""
        return Ratio(self.done, self.expected, Basis.COMPUTED) if self.expected else None


@dataclass(kw_only=True)
class OnTime:
    """Deadlines of one sort within a year, and what became of them by the clock."""

    fell_due: int = answer("到期数", "How many deadlines had passed by the clock.", default=0)
    on_time: int = answer("按时数", "How many were met in time; returns are counted apart.", default=0)
    late: int = answer("逾期办理数", "How many were met too late, which they stay for ever.", default=0)
    unanswered: int = answer("逾期未办数", "How many had passed by the clock and were not met by then.", default=0)
    not_yet_due: int = answer("未到期数", "How many were not met and had not passed by the clock.", default=0)
    returned: int = answer("退回数", "How many were answered in time by returning the ticket.", default=0)
    days: dict[int, int] = kept(default_factory=dict)

    @property
    def share(self) -> Ratio | None:
        """Met in time over all that were met or missed; None where there is none. Returns are left out."""
        judged = self.on_time + self.late + self.unanswered
        return Ratio(self.on_time, judged, Basis.COMPUTED) if judged else None

    @property
    def median_days(self) -> Decimal | None:
        """The median of the days that it took, exact: half of an odd sum ends in .5. None where nothing was met."""
        total = sum(self.days.values())
        if not total:
            return None
        low, high = _nth(self.days, (total - 1) // 2), _nth(self.days, total // 2)
        return Decimal(low + high) / 2


@dataclass(kw_only=True)
class BodyRow:
    """How a town or platform stands in a year."""

    entity_id: str = kept()
    unit_code: str = kept()
    year: int = answer("年度", "The year.")
    started: Tally = kept(default_factory=Tally)
    completed: Tally = kept(default_factory=Tally)


@dataclass(kw_only=True)
class BodyTargetsRow:
    """Of which town or platform, and which year, the targets are asked for."""

    unit_code: str = kept()
    year: int = answer("年度", "The year.")


@dataclass(kw_only=True)
class HandlerRow:
    """How a department stands in a year."""

    unit_code: str = kept()
    year: int = answer("年度", "The year in which the deadlines lie.")
    replies: OnTime = kept(default_factory=OnTime)
    resolutions: OnTime = kept(default_factory=OnTime)


@dataclass
class Lines:
    """The units of a board in the official order; what a merged unit left behind counts for its successor."""

    reader: Reader
    duty: Duty
    units: dict[str, UnitRow] = field(init=False)

    def __post_init__(self) -> None:
        rows = Select(UNITS, self.reader).all(order=OFFICIAL_ORDER)
        self.units = {row.code: row for row in rows}

    def standing_for(self, code: str) -> str:
        """The unit that answers today for what this one did."""
        seen = {code}
        while (row := self.units.get(code)) and row.successor_code and row.successor_code not in seen:
            code = row.successor_code
            seen.add(code)
        return code

    def listed(self, counted: Iterable[str]) -> list[str]:
        """Every open unit with the board's duty, and every other one for which something was counted."""
        counted = set(counted)
        known = [
            code for code, row in self.units.items() if code in counted or (row.duty is self.duty and not row.closed)
        ]
        return [*known, *sorted(counted - set(known))]


def implementing_bodies(reader: Reader, year: int | None = None, into: type[Any] | None = None) -> list[Any]:
    """Towns and platforms: their starts and completions of the year, up to the moment's valid day.

    Without a year it is the valid day's. BadInput BAD_YEAR.
    """
    year = year_of(reader, year)
    lines = Lines(reader, Duty.IMPLEMENTING_BODY)
    tallies = _tallies(reader, lines, year)
    started, completed = tallies[ListDuty.COMMENCEMENT], tallies[ListDuty.COMPLETION]
    return [
        (into or BodyRow)(
            entity_id=unit_id(code),
            unit_code=code,
            year=year,
            started=started.get(code) or Tally(),
            completed=completed.get(code) or Tally(),
        )
        for code in lines.listed([*started, *completed])
    ]


def body_targets(
    reader: Reader, unit: str | None = None, year: int | None = None, into: type[Any] | None = None
) -> list[Any]:
    """The unit and the year whose targets are asked for; none where nothing has any.

    Without a unit it is the first town or platform in the official order that has targets in the year; without a year it is the
    valid day's. BadInput BAD_YEAR.
    """
    year = year_of(reader, year)
    if unit is None:
        sql = f"SELECT DISTINCT t.unit_code FROM targets t WHERE t.year = ? AND {reader.live()}"
        having = [code for (code,) in reader.rows(sql, (year,))]
        bodies = Lines(reader, Duty.IMPLEMENTING_BODY).listed([])
        unit = next((code for code in bodies if code in having), min(having, default=None))
    return [] if unit is None else [(into or BodyTargetsRow)(unit_code=unit, year=year)]


def handling_units(reader: Reader, year: int | None = None, into: type[Any] | None = None) -> list[Any]:
    """Departments, and whoever else handled tickets: deadlines of the year, judged at the clock.

    Without a year it is the valid day's. One statement for replies, one for resolutions. BadInput BAD_YEAR.
    """
    year = year_of(reader, year)
    lines = Lines(reader, Duty.HANDLING_DEPARTMENT)
    replies = _on_time(reader, lines, year, "reply_limit", reply_sql, "answered_at", "reply_days")
    resolutions = _on_time(reader, lines, year, "commitment_due", resolution_sql, "commitment_met", "resolution_days")
    return [
        (into or HandlerRow)(
            unit_code=code,
            year=year,
            replies=replies.get(code) or OnTime(),
            resolutions=resolutions.get(code) or OnTime(),
        )
        for code in lines.listed([*replies, *resolutions])
    ]


# -- starts and completions ----------------------------------------------------------------------------------------------


def _tallies(reader: Reader, lines: Lines, year: int) -> dict[ListDuty, dict[str, Tally]]:
    """By duty and unit: projects that were to reach in the year what the duty counts. One statement for both duties."""
    boards: dict[ListDuty, dict[str, Tally]] = {duty: {} for duty in COUNTED}
    found = Sums(
        ("starts and completions", year), Project.KIND, (SupervisionList.KIND, Reference.KIND), 1,
        lambda reader, nouns: _judged(reader, year, nouns),
    ).at(reader)  # fmt: skip
    for code, *judgements, count in found:
        for duty, judgement in zip(COUNTED, judgements, strict=True):
            if judgement is not None:
                done, due = bool(judgement & DONE), bool(judgement & DUE)
                tally = boards[duty].setdefault(lines.standing_for(code), Tally())
                tally.expected += count
                tally.done += count * done
                tally.due += count * due
                tally.overdue += count * (due and not done)
    return boards


def _judged(reader: Reader, year: int, nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
    """How many projects there are by unit and by what became of them for each duty. One statement for both duties."""
    rules = {duty: rule for duty in COUNTED if (rule := rule_of(reader, duty)) is not None}
    if not rules:
        return []
    goals = Goals(reader, year)
    projects = Select(PROJECTS, reader).of_nouns(nouns).where("t.unit_code IS NOT NULL")
    for kind in dict.fromkeys(kind for rule in rules.values() for kind in rule.milestones):
        projects.joined(goals.milestone(kind))
    facts = [fact for duty, rule in rules.items() for fact in goals.facts(duty, rule)]
    judged = ", ".join(goals.judged(duty) if duty in rules else "NULL" for duty in COUNTED)
    groups = ", ".join(str(number) for number in range(1, len(COUNTED) + 2))
    table, parameters = projects.as_table(["t.unit_code", "t.condition", *facts])
    # Were it not made a table of, the facts would be looked up anew wherever they are judged.
    return reader.rows(
        f"WITH p AS MATERIALIZED {table} SELECT p.unit_code, {judged}, count(*) FROM p GROUP BY {groups}", parameters
    )


# -- replies and resolutions ---------------------------------------------------------------------------------------------


def reply_sql(reader: Reader) -> str:
    """What became of a reply by the clock, as `Handling.reply_late_at` judges it; null where none was owed any more."""
    clock = micros(reader.moment.clock)
    answered = f"coalesce(t.answered_at <= {clock}, FALSE)"
    return (
        f"CASE WHEN {answered} AND t.answered_at >= t.reply_limit THEN 'late'"
        f" WHEN {answered} AND t.outcome = '{ReplyOutcome.RETURNED.value}' THEN 'returned'"
        f" WHEN {answered} THEN 'on_time'"
        f" WHEN t.reply_limit <= min({clock}, coalesce(t.closed_at, {clock})) THEN 'unanswered'"
        f" WHEN t.closed_at <= {clock} THEN NULL ELSE 'not_yet_due' END"
    )


def resolution_sql(reader: Reader) -> str:
    """What became of a promised date by the clock: a date that was missed before it was replaced stays missed."""
    clock = micros(reader.moment.clock)
    met = f"coalesce(t.commitment_met <= {clock}, FALSE)"
    broken = f"coalesce(t.commitment_broken <= {clock}, FALSE)"
    return (
        f"CASE WHEN {met} AND {broken} THEN 'late' WHEN {met} THEN 'on_time'"
        f" WHEN t.commitment_due <= min({clock}, coalesce(t.closed_at, {clock})) THEN 'unanswered'"
        f" WHEN {broken} THEN 'late' WHEN t.closed_at <= {clock} THEN NULL ELSE 'not_yet_due' END"
    )


def _on_time(
    reader: Reader, lines: Lines, year: int, due: str, became_sql: Callable[[Reader], str], met_at: str, days: str
) -> dict[str, OnTime]:
    """By unit: deadlines whose last day lies in the year. A deadline ends at 24:00, so it may end with the year."""

    def ask(reader: Reader, nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
        clock, became = micros(reader.moment.clock), became_sql(reader)
        # A date that was missed is late before it is met: its days count once the clock has come to the meeting.
        met = f"CASE WHEN t.{met_at} <= {clock} THEN t.{days} END"
        return (
            Select(HANDLINGS, reader)
            .of_nouns(nouns)
            .where(f"t.{due} > ? AND t.{due} <= ?", *deadlines_of(year))
            .where(f"({became}) IS NOT NULL")
            .grouped(["t.unit_code", became, met], ["count(*)", f"count(*) FILTER (WHERE t.{due} <= {clock})"])
        )

    found = Sums(("deadlines", due, year), Ticket.KIND, (), 2, ask).at(reader)
    boards: dict[str, OnTime] = {}
    for code, what, took, count, fell_due in found:
        board = boards.setdefault(lines.standing_for(code), OnTime())
        setattr(board, what, getattr(board, what) + count)
        board.fell_due += fell_due
        if took is not None:
            board.days[took] = board.days.get(took, 0) + count
    return boards


def _nth(days: dict[int, int], place: int) -> int:
    """The value at that place, from 0, of the sorted values."""
    for value in sorted(days):
        place -= days[value]
        if place < 0:
            return value
    raise AssertionError("there are fewer values than the place")


def deadlines_of(year: int) -> tuple[int, int]:
    """Behind which instant the deadlines of a year lie, and until which: in microseconds, for a deadline ends at 24:00."""
    return micros(end_of(date(year - 1, 12, 31))), micros(end_of(date(year, 12, 31)))


def year_of(reader: Reader, year: int | None) -> int:
    year = reader.moment.valid_day.year if year is None else year
    if not FIRST_YEAR < year <= LAST_YEAR:
        raise BadInput("BAD_YEAR", f"years from {FIRST_YEAR + 1} to {LAST_YEAR} are known here", ("year",))
    return year
