"""What is true of projects 重大项目 at a moment, in SQL over `t`: stage, leader, lateness, memberships and light by valid time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from txapi.domain.editions import MilestoneKind, Thresholds
from txapi.domain.light import Light
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MembershipKind


@dataclass(frozen=True, slots=True)
class Facts:
    """SQL expressions at one moment.

    Without a valid date every known fact counts, and the project's own row has the answer; with one, the rows of its
    milestones, leaders and memberships give it.
    """

    reader: Reader

    @property
    def _valid(self) -> str | None:
        valid_on = self.reader.moment.valid_on
        return None if valid_on is None else _day(valid_on)

    def _milestones(self, what: str, condition: str, tail: str = "", of: str = "t.entity_id") -> str:
        live = self.reader.live("m")
        # SQLite, which counts nothing beforehand, would else go through all milestones of a kind for every single project.
        found = f"project_milestones m {self.reader.by_index('project_milestones_noun')}"
        return f"(SELECT {what} FROM {found} WHERE m.project_id = {of} AND {live} AND {condition}{tail})"

    def _was_reached(self) -> str:
        valid = self._valid
        return "m.actual_on IS NOT NULL" if valid is None else f"coalesce(m.actual_latest <= {valid}, FALSE)"

    def _known(self, column: str, by_valid_time: str) -> str:
        return f"t.{column}" if self._valid is None else by_valid_time

    # -- milestones ------------------------------------------------------------------------------------------------

    def stage(self) -> str:
        """The stage: the last milestone reached in the usual order, 'lead' where none was."""
        last = self._milestones("m.kind", self._was_reached(), " ORDER BY m.rank DESC LIMIT 1")
        return self._known("stage_known", f"coalesce({last}, '{MilestoneKind.LEAD.value}')")

    def stage_rank(self) -> str:
        """The stage as a number that rises with it."""
        last = self._milestones("m.stage_rank", self._was_reached(), " ORDER BY m.rank DESC LIMIT 1")
        return self._known("stage_rank", f"coalesce({last}, 0)")

    def finished(self) -> str:
        """Whether the milestone with which such a project is finished was reached."""
        return self._known(
            "finished_known = 1", f"EXISTS {self._milestones('1', f'm.ends = 1 AND {self._was_reached()}')}"
        )

    def reached(self, kinds: Sequence[MilestoneKind], of: str = "t.entity_id") -> str:
        """Whether the project `of` that id reached one of these milestones."""
        if not kinds:
            return "FALSE"
        names = ", ".join(f"'{kind.value}'" for kind in kinds)
        return f"EXISTS {self._milestones('1', f'm.kind IN ({names}) AND {self._was_reached()}', of=of)}"

    def forecast_due(self) -> str:
        """The last day of the forecast that is to come next."""
        return self._known("forecast_due", self._milestones("min(m.forecast_due)", f"NOT {self._was_reached()}"))

    def counted_from(self) -> str:
        """The earliest day from which the lateness of a milestone not reached counts."""
        return self._known("counted_from", self._milestones("min(m.counted_from)", f"NOT {self._was_reached()}"))

    def put_off(self) -> str:
        """By how many days, at most, a milestone not reached was put off."""
        return self._known("put_off", self._milestones("max(m.put_off)", f"NOT {self._was_reached()}"))

    # -- leaders -----------------------------------------------------------------------------------------------------

    def _terms(self, what: str, condition: str, tail: str = "") -> str:
        live = self.reader.live("l")
        return (
            f"(SELECT {what} FROM project_leaders l WHERE l.project_id = t.entity_id AND {live} AND {condition}{tail})"
        )

    def _covers(self) -> str:
        return f"l.since_on <= {self._valid} AND (l.until_on IS NULL OR l.until_on > {self._valid})"

    def leader(self) -> str:
        """The name of the leading official, null where nobody leads."""
        last = self._terms("l.name", self._covers(), " ORDER BY l.stated_version DESC LIMIT 1")
        return self._known("leader_name", last)

    def leaderless_since(self) -> str:
        """The first of the days in a row on which nobody leads, null where somebody does."""
        ended = self._terms("max(l.until_on)", f"l.until_on <= {self._valid}")
        return self._known(
            "leaderless_since",
            f"CASE WHEN t.introduced_on > {self._valid} OR EXISTS {self._terms('1', self._covers())} THEN NULL"
            f" ELSE max(t.introduced_on, coalesce({ended}, '')) END",
        )

    # -- memberships -------------------------------------------------------------------------------------------------

    def belongs(self, alias: str = "b") -> str:
        """The condition that a membership row holds at the moment: entered and not left."""
        valid = self._valid
        live = self.reader.live(alias)
        if valid is None:
            return f"{live} AND {alias}.left_on IS NULL"
        left = f"({alias}.left_latest IS NULL OR {alias}.left_latest > {valid})"
        return f"{live} AND {alias}.entered_latest <= {valid} AND {left}"

    def member(self, kind: MembershipKind, condition: str) -> str:
        """Whether the project belongs to something of a kind; `condition` says over `b` to what."""
        return (
            f"EXISTS (SELECT 1 FROM memberships b WHERE b.project_id = t.entity_id AND b.belongs_to = '{kind.value}'"
            f" AND {self.belongs()} AND {condition})"
        )

    # -- the light -----------------------------------------------------------------------------------------------------

    def late(self, days: int) -> str:
        """Whether a milestone not reached has passed its forecast, or was put off, by so many days."""
        since = _day(self.reader.moment.day - timedelta(days=days))
        return (
            f"(coalesce({self.counted_from()} <= {since}, FALSE) OR coalesce({self.put_off()} >= {int(days)}, FALSE))"
        )

    def light(self, thresholds: Thresholds | None) -> str:
        """The colour, as `domain.project.light` judges it; grey where no thresholds were adopted."""
        if thresholds is None:
            return f"'{Light.GREY.value}'"
        today = self.reader.moment.day
        leaderless = _day(today - timedelta(days=thresholds.no_leader_days_yellow.value))
        quiet = _day(today - timedelta(days=thresholds.quiet_days_yellow.value))
        return (
            f"CASE WHEN t.condition = 'terminated' THEN 'grey' WHEN t.condition = 'suspended' THEN 'red'"
            f" WHEN {self.finished()} THEN 'green'"
            f" WHEN {self.late(max(thresholds.slip_days_red.value, 1))} THEN 'red'"
            f" WHEN {self.late(max(thresholds.slip_days_yellow.value, 1))} THEN 'yellow'"
            f" WHEN coalesce({self.leaderless_since()} <= {leaderless}, FALSE) THEN 'yellow'"
            f" WHEN coalesce(t.news_on <= {quiet}, FALSE) THEN 'yellow' ELSE 'green' END"
        )


def _day(day: date) -> str:
    """A day as an SQL literal; its text has digits and hyphens only."""
    return f"'{day.isoformat()}'"
