"""What projects were to reach in a year 年度应完成, and whether they did, in SQL: by milestones, forecasts and supervision lists."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date, timedelta

from txapi.domain.editions import CountingRule, MilestoneKind
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.project.base import ProjectCondition
from txapi.domain.reference import NothingAdopted
from txapi.projections.moment import Reader
from txapi.projections.project_facts import Facts
from txapi.projections.project_rows import MembershipKind
from txapi.projections.references import references_at

COUNTED = (ListDuty.COMMENCEMENT, ListDuty.COMPLETION)
DONE, DUE = 1, 2


def rule_of(reader: Reader, duty: ListDuty) -> CountingRule | None:
    """Which milestones count on the valid day; one rule for all lines. None where none was adopted."""
    try:
        return references_at(reader).counting_rule(duty, on=reader.moment.valid_day)
    except NothingAdopted:
        return None


class Goals:
    """SQL on what projects were to reach in a year. The facts of a duty are columns that begin with its name."""

    def __init__(self, reader: Reader, year: int) -> None:
        valid_on = reader.moment.valid_on
        # Facts count up to the end of the valid day; the clock's own day is not over yet.
        self._over = (reader.moment.day - timedelta(days=1) if valid_on is None else valid_on).isoformat()
        self._first, self._last = f"'{date(year, 1, 1).isoformat()}'", f"'{date(year, 12, 31).isoformat()}'"
        self._valid_on = valid_on
        self._year = year
        self._reader = reader

    def milestone(self, kind: MilestoneKind) -> str:
        """The join of a milestone to its project `t`, under its own name."""
        # SQLite would else go through all milestones of a kind for every single project.
        by_project = self._reader.by_index("project_milestones_noun")
        return (
            f"LEFT JOIN project_milestones k_{kind.value} {by_project} ON k_{kind.value}.project_id = t.entity_id"
            f" AND k_{kind.value}.kind = '{kind.value}' AND {self._reader.live(f'k_{kind.value}')}"
        )

    def facts(self, duty: ListDuty, rule: CountingRule) -> list[str]:
        """When a project reached what is counted, whether that was forecast for the year, from when it counts, by when lists want it."""
        name, milestones = duty.value, [f"k_{kind.value}" for kind in rule.milestones]
        forecast = " OR ".join(
            f"coalesce({one}.{column} BETWEEN {self._first} AND {self._last}, FALSE)"
            for one in milestones
            for column in ("forecast_due", "counted_from")
        )
        # Null: on no list. A list that sets no date leaves the year's end. Inside `coalesce` the lists are looked up once.
        lists = (
            f"SELECT s.entity_id FROM supervision_lists s WHERE {self._reader.live('s')}"
            f" AND s.year = {int(self._year)} AND s.duty = '{name}'"
        )
        listed = (
            f"(SELECT min(coalesce(b.due, {self._last})) FROM memberships b WHERE b.project_id = t.entity_id"
            f" AND b.belongs_to = '{MembershipKind.LIST.value}' AND {Facts(self._reader).belongs()}"
            f" AND coalesce(b.of_id IN ({lists}), FALSE))"
        )
        return [
            f"{_earliest([self._reached(one) for one in milestones])} AS {name}_reached_on",
            f"({forecast}) AS {name}_forecast",
            f"{_earliest([f'{one}.counted_from' for one in milestones])} AS {name}_counted_from",
            f"{listed} AS {name}_listed",
        ]

    def _reached(self, milestone: str) -> str:
        on = f"{milestone}.actual_latest"
        return on if self._valid_on is None else f"CASE WHEN {on} <= '{self._valid_on.isoformat()}' THEN {on} END"

    def judged(self, duty: ListDuty) -> str:
        """Of what was to be reached in the year: whether it was, and whether the last day is over. Null for the others."""
        reached, forecast, counted_from, listed = (
            f"p.{duty.value}_{fact}" for fact in ("reached_on", "forecast", "counted_from", "listed")
        )
        of_the_year = (
            f"coalesce({reached} BETWEEN {self._first} AND {self._last}, FALSE) OR {listed} IS NOT NULL"
            f" OR ({forecast} AND NOT coalesce({reached} < {self._first}, FALSE))"
        )
        done = f"coalesce({reached} <= {self._last}, FALSE)"
        given_up = f"p.condition = '{ProjectCondition.TERMINATED.value}'"
        last_day = f"coalesce(min({listed}, {counted_from}), {listed}, {counted_from}, {self._last})"
        return (
            f"CASE WHEN ({of_the_year}) AND ({done} OR NOT {given_up}) THEN CASE WHEN {done} THEN {DONE} ELSE 0 END"
            f" + CASE WHEN {last_day} <= '{self._over}' THEN {DUE} ELSE 0 END END"
        )


def _earliest(days: Sequence[str]) -> str:
    """The earliest of some days, null where all of them are."""
    # No day sorts behind a tilde.
    known = [f"coalesce({day}, '~')" for day in days]
    return f"nullif({functools.reduce('min({}, {})'.format, known)}, '~')"
