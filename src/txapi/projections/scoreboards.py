"""Scoreboards 记分牌: towns and platforms by starts, completions and targets, departments by replies and resolutions in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from txapi.domain.dates import FIRST_YEAR, LAST_YEAR, end_of
from txapi.domain.editions import CountingRule
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.project.base import ProjectCondition
from txapi.domain.quantity import Ratio
from txapi.domain.reference import NothingAdopted
from txapi.domain.register import unit_id
from txapi.domain.ticket.values import ReplyOutcome
from txapi.domain.unit import Duty
from txapi.projections.moment import Reader
from txapi.projections.project_facts import Facts
from txapi.projections.project_rows import PROJECTS, MembershipKind
from txapi.projections.references import references_at
from txapi.projections.select import Select
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
class HandlerRow:
    """How a department stands in a year."""

    unit_code: str = kept()
    year: int = answer("年度", "The year in which the deadlines lie.")
    replies: OnTime = kept(default_factory=OnTime)
    resolutions: OnTime = kept(default_factory=OnTime)


@dataclass
class _Lines:
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

    Without a year it is the valid day's. One statement for starts, one for completions. BadInput BAD_YEAR.
    """
    year = _year(reader, year)
    lines = _Lines(reader, Duty.IMPLEMENTING_BODY)
    started = _tallies(reader, lines, year, ListDuty.COMMENCEMENT)
    completed = _tallies(reader, lines, year, ListDuty.COMPLETION)
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


def handling_units(reader: Reader, year: int | None = None, into: type[Any] | None = None) -> list[Any]:
    """Departments, and whoever else handled tickets: deadlines of the year, judged at the clock.

    Without a year it is the valid day's. One statement for replies, one for resolutions. BadInput BAD_YEAR.
    """
    year = _year(reader, year)
    lines = _Lines(reader, Duty.HANDLING_DEPARTMENT)
    replies = _on_time(reader, lines, year, "reply_limit", _reply_sql(reader), "answered_at", "reply_days")
    resolutions = _on_time(
        reader, lines, year, "commitment_due", _resolution_sql(reader), "commitment_met", "resolution_days"
    )
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


def _rule(reader: Reader, duty: ListDuty) -> CountingRule | None:
    """Which milestones count on the valid day; one rule for all lines. None where none was adopted."""
    try:
        return references_at(reader).counting_rule(duty, on=reader.moment.valid_day)
    except NothingAdopted:
        return None


def _tallies(reader: Reader, lines: _Lines, year: int, duty: ListDuty) -> dict[str, Tally]:
    """By unit: projects that were to reach what the duty counts in the year."""
    rule = _rule(reader, duty)
    if rule is None:
        return {}
    valid_on = reader.moment.valid_on
    # Facts count up to the end of the valid day; the clock's own day is not over yet.
    over = reader.moment.day - timedelta(days=1) if valid_on is None else valid_on
    first, last = f"'{date(year, 1, 1).isoformat()}'", f"'{date(year, 12, 31).isoformat()}'"
    kinds = ", ".join(f"'{kind.value}'" for kind in rule.milestones)
    reached = "TRUE" if valid_on is None else f"k.actual_latest <= '{valid_on.isoformat()}'"
    forecast = f"(k.forecast_due BETWEEN {first} AND {last} OR k.counted_from BETWEEN {first} AND {last})"
    # Appending nothing keeps the planner from finding milestones by their kind instead of by their project.
    each = (
        Select(PROJECTS, reader)
        .joined(
            f"LEFT JOIN project_milestones k ON k.project_id = t.entity_id AND k.kind || '' IN ({kinds})"
            f" AND {reader.live('k')}"
        )
        .where("t.unit_code IS NOT NULL")
        .as_table(
            ["t.entity_id", "t.unit_code", "t.condition"],
            [
                f"min(CASE WHEN {reached} THEN k.actual_latest END) AS reached_on",
                f"max(CASE WHEN {forecast} THEN 1 ELSE 0 END) AS forecast",
                "min(k.counted_from) AS counted_from",
            ],
        )
    )
    # Null: on no list. A list that sets no date leaves the year's end.
    listed = (
        f"(SELECT min(coalesce(b.due, {last})) FROM memberships b JOIN supervision_lists s ON s.entity_id = b.of_id"
        f" AND {reader.live('s')} AND s.year = {int(year)} AND s.duty = '{duty.value}'"
        f" WHERE b.project_id = p.entity_id AND b.belongs_to = '{MembershipKind.LIST.value}' AND {Facts(reader).belongs()})"
    )
    found = reader.rows(
        "WITH p AS (SELECT unit_code, condition, reached_on, counted_from,"
        f" coalesce(reached_on BETWEEN {first} AND {last}, FALSE)"
        f" OR (forecast = 1 AND NOT coalesce(reached_on < {first}, FALSE)) AS of_the_year,"
        f" coalesce(reached_on <= {last}, FALSE) AS done, {listed} AS listed FROM {each} p),"
        " q AS (SELECT unit_code, done,"
        f" coalesce(min(listed, counted_from), listed, counted_from, {last}) <= '{over.isoformat()}' AS due FROM p"
        f" WHERE (of_the_year OR listed IS NOT NULL) AND (done OR condition <> '{ProjectCondition.TERMINATED.value}'))"
        " SELECT unit_code, count(*), count(*) FILTER (WHERE done), count(*) FILTER (WHERE due),"
        " count(*) FILTER (WHERE due AND NOT done) FROM q GROUP BY unit_code"
    )
    tallies: dict[str, Tally] = {}
    for code, expected, reached_, due_, overdue in found:
        tally = tallies.setdefault(lines.standing_for(code), Tally())
        tally.expected += expected
        tally.done += reached_
        tally.due += due_
        tally.overdue += overdue
    return tallies


# -- replies and resolutions ---------------------------------------------------------------------------------------------


def _reply_sql(reader: Reader) -> str:
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


def _resolution_sql(reader: Reader) -> str:
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
    reader: Reader, lines: _Lines, year: int, due: str, became: str, met_at: str, days: str
) -> dict[str, OnTime]:
    """By unit: deadlines whose last day lies in the year. A deadline ends at 24:00, so it may end with the year."""
    after, until = micros(end_of(date(year - 1, 12, 31))), micros(end_of(date(year, 12, 31)))
    clock = micros(reader.moment.clock)
    # A date that was missed is late before it is met: its days count once the clock has come to the meeting.
    met = f"CASE WHEN t.{met_at} <= {clock} THEN t.{days} END"
    found = (
        Select(HANDLINGS, reader)
        .where(f"t.{due} > ? AND t.{due} <= ?", after, until)
        .where(f"({became}) IS NOT NULL")
        .grouped(["t.unit_code", became, met], ["count(*)", f"count(*) FILTER (WHERE t.{due} <= {clock})"])
    )
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


def _year(reader: Reader, year: int | None) -> int:
    year = reader.moment.valid_day.year if year is None else year
    if not FIRST_YEAR < year <= LAST_YEAR:
        raise BadInput("BAD_YEAR", f"years from {FIRST_YEAR + 1} to {LAST_YEAR} are known here", ("year",))
    return year
