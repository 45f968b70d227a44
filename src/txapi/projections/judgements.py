"""What the scoreboards count, as lists: the tickets behind a number of replies, the projects behind a number of starts."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from txapi.domain.editions import Duty
from txapi.domain.labels import labelled
from txapi.domain.unit import Duty as UnitDuty
from txapi.projections.goals import DONE, DUE, Goals, rule_of
from txapi.projections.moment import Reader
from txapi.projections.project_rows import PROJECTS, ProjectRow
from txapi.projections.scoreboards import Lines, deadlines_of, reply_sql, resolution_sql, year_of
from txapi.projections.select import Select, marks
from txapi.projections.ticket_rows import HANDLINGS, TicketRow


class JudgedDeadline(enum.Enum):
    """Which deadline of a handling the scoreboard of departments judges."""

    REPLY = "reply"
    RESOLUTION = "resolution"


class Verdict(enum.Enum):
    """What became of a deadline by the clock."""

    ON_TIME = "on_time"
    LATE = "late"
    UNANSWERED = "unanswered"
    NOT_YET_DUE = "not_yet_due"
    RETURNED = "returned"


class Progress(enum.Enum):
    """What became by the valid day of a project that was to reach something within a year."""

    EXPECTED = "expected"
    DONE = "done"
    OVERDUE = "overdue"


labelled(
    {
        JudgedDeadline.REPLY: ("受理答复", "the reply"),
        JudgedDeadline.RESOLUTION: ("办结", "the resolution"),
        Verdict.ON_TIME: ("按时", "in time"),
        Verdict.LATE: ("逾期", "late"),
        Verdict.UNANSWERED: ("逾期未办", "has passed, and nothing came"),
        Verdict.NOT_YET_DUE: ("未到期", "not yet due"),
        Verdict.RETURNED: ("退回", "returned"),
        Progress.EXPECTED: ("应完成", "was to be reached"),
        Progress.DONE: ("已完成", "was reached"),
        Progress.OVERDUE: ("逾期未完成", "is overdue"),
    }
)


@dataclass(kw_only=True)
class JudgedTickets:
    """Tickets of which such a deadline, within a year and of that unit, became one of these."""

    deadline: JudgedDeadline
    became: list[Verdict] = field(default_factory=list)
    unit: str | None = None
    year: int | None = None


@dataclass(kw_only=True)
class TalliedProjects:
    """Projects of that unit that were to reach within a year what the duty counts, as far as they came."""

    duty: Duty
    progress: Progress
    unit: str | None = None
    year: int | None = None


def where_judged(question: Select[TicketRow], asked: JudgedTickets) -> None:
    """Restrict tickets to those that a number of the scoreboard of departments counts. BadInput BAD_YEAR."""
    reader = question.reader
    year = year_of(reader, asked.year)
    due, became = {
        JudgedDeadline.REPLY: ("reply_limit", reply_sql),
        JudgedDeadline.RESOLUTION: ("commitment_due", resolution_sql),
    }[asked.deadline]
    codes = _standing_for(reader, asked.unit, UnitDuty.HANDLING_DEPARTMENT)
    by = "" if codes is None else f" AND t.unit_code IN ({marks(codes)})"
    question.where(
        f"t.entity_id IN (SELECT t.ticket_id FROM {HANDLINGS.name} t WHERE {reader.live('t')} AND t.{due} > ? AND t.{due} <= ?"
        f" AND ({became(reader)}) IN ({marks(asked.became)}){by})",
        *deadlines_of(year),
        *(each.value for each in asked.became),
        *(codes or ()),
    )


def where_tallied(question: Select[ProjectRow], asked: TalliedProjects) -> None:
    """Restrict projects to those that a number of the scoreboard of towns and platforms counts. BadInput BAD_YEAR."""
    reader = question.reader
    goals = Goals(reader, year_of(reader, asked.year))
    rule = rule_of(reader, asked.duty)
    if rule is None:
        question.where("FALSE")
        return
    projects = Select(PROJECTS, reader).where("t.unit_code IS NOT NULL")
    for kind in dict.fromkeys(rule.milestones):
        projects.joined(goals.milestone(kind))
    table, parameters = projects.as_table(["t.entity_id", "t.condition", *goals.facts(asked.duty, rule)])
    judged = f"({goals.judged(asked.duty)})"
    counted = {
        Progress.EXPECTED: f"{judged} IS NOT NULL",
        Progress.DONE: f"{judged} IN ({DONE}, {DONE + DUE})",
        Progress.OVERDUE: f"{judged} = {DUE}",
    }[asked.progress]
    question.where(f"t.entity_id IN (SELECT p.entity_id FROM {table} p WHERE {counted})", *parameters)
    question.where_in("unit_code", _standing_for(reader, asked.unit, UnitDuty.IMPLEMENTING_BODY))


def _standing_for(reader: Reader, unit: str | None, duty: UnitDuty) -> list[str] | None:
    """The unit and those that were merged into it, whose numbers are its own; None for all units."""
    if unit is None:
        return None
    lines = Lines(reader, duty)
    return [unit, *(code for code in lines.units if code != unit and lines.standing_for(code) == unit)]
