"""Who leads a project 领衔领导, at most one at a time; and the approval agents 代办 who carry it through."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from txapi.domain.dates import day_of
from txapi.domain.editions import MilestoneKind
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.facts import must_not_lie_ahead
from txapi.domain.official import Official
from txapi.domain.project.base import ProjectBase, ProjectFact, Stated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from txapi.domain.event import Event, Metadata


class ReplacingALeaderNeedsAReason(Refusal):
    """One leading official, through to the end: another one only with a reason."""

    en = "{leader} leads the project; to replace or release a leading official needs a reason."
    zh = "该项目已由{leader}领衔；更换或免去领衔领导须说明理由。"


class AlreadyLeads(Refusal):
    """The same official is not assigned twice in a row."""

    en = "{leader} leads the project already."
    zh = "{leader}已是该项目领衔领导。"


class NobodyLeads(Refusal):
    """Only a leading official who was assigned can be released."""

    en = "The project has no leading official."
    zh = "该项目无领衔领导。"


class LeaderTermsOverlap(Refusal):
    """At most one leading official at a time: a term does not begin, nor end, before the last one began or ended."""

    en = "{on} lies before {since}, so that two would lead at one time."
    zh = "{on}早于{since}，将出现两名领衔领导并存。"


class AgentAlreadyAssigned(Refusal):
    """An agent has one open term for a milestone of a project."""

    en = "{agent} is an agent for {milestone} already (event {version})."
    zh = "{agent}已代办{milestone}（第{version}号事件）。"


class NoSuchAgent(Refusal):
    """Only an agent who was assigned and not released yet can be released."""

    en = "Event {version} assigned no agent who is still active."
    zh = "第{version}号事件未指派在任代办人员。"


class LeaderTerm(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One official led from the day `since` up to, not including, the day `until`; None: still leads.

    `why` is the reason for the assignment where it replaced somebody, `why_ended` that of the end, `ended` where the end
    was stated: by the release, or by the assignment of somebody else.
    """

    official: Official
    since: date
    stated: Stated
    until: date | None = None
    why: str | None = None
    why_ended: str | None = None
    ended: Stated | None = None

    def covers(self, day: date) -> bool:
        """Whether the official led on that day."""
        return self.since <= day and (self.until is None or day < self.until)


class AgentTerm(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An official of a unit carries the project through those milestones, from the day `since` through `until`."""

    official: Official
    unit: str
    scope: tuple[MilestoneKind, ...]
    since: date
    stated: Stated
    until: date | None = None
    released_on: date | None = None
    why_released: str | None = None

    def covers(self, day: date) -> bool:
        """Whether the agent was in charge on that day."""
        ended = self.released_on is not None and day >= self.released_on
        return self.since <= day and not ended and (self.until is None or day <= self.until)


class Leadership(ProjectBase):
    """The commands that say who answers for the project."""

    def _blank(self) -> None:
        super()._blank()
        self.leaders: tuple[LeaderTerm, ...] = ()
        self.agents: tuple[AgentTerm, ...] = ()

    # -- what can be asked -------------------------------------------------------------------------------------------

    def leader(self, valid_on: date | None = None) -> LeaderTerm | None:
        """Who led on that day (None: who leads now); None where nobody did."""
        terms = [term for term in self.leaders if (term.until is None if valid_on is None else term.covers(valid_on))]
        return terms[-1] if terms else None

    def leaderless_since(self, valid_on: date) -> date | None:
        """The first of the days in a row, up to that day, on which nobody led; None where somebody did.

        Days count from the introduction of the project.
        """
        if self.introduced_on is None or valid_on < self.introduced_on or self.leader(valid_on) is not None:
            return None
        ends = [term.until for term in self.leaders if term.until is not None and term.until <= valid_on]
        return max([self.introduced_on, *ends])

    def days_without_leader(self, valid_on: date) -> int:
        """On how many days nobody led, from the introduction of the project through that day."""
        if self.introduced_on is None:
            return 0
        end = valid_on + timedelta(days=1)
        led = sum(
            max(0, (min(term.until or end, end) - max(term.since, self.introduced_on)).days) for term in self.leaders
        )
        return max(0, (end - self.introduced_on).days - led)

    # -- events ------------------------------------------------------------------------------------------------------

    class LeaderAssigned(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """An official leads the project from that day on; whoever led before does so no more."""

        TOPIC = "project.leader_assigned"

        official: Official
        on: date

        def must_hold(self, decided_at: datetime) -> None:
            must_not_lie_ahead(self.on, decided_at)

        def apply(self, project: Leadership) -> None:
            replaces = project.leader() is not None
            project._end_term(self.on, self.meta.reason, project._stated(self))
            term = LeaderTerm(self.official, self.on, project._stated(self), why=self.meta.reason if replaces else None)
            project.leaders = (*project.leaders, term)

    class LeaderReleased(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The leading official leads no more from that day on; nobody does."""

        TOPIC = "project.leader_released"

        on: date

        def must_hold(self, decided_at: datetime) -> None:
            must_not_lie_ahead(self.on, decided_at)

        def apply(self, project: Leadership) -> None:
            project._end_term(self.on, self.meta.reason, project._stated(self))

    class AgentAssigned(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """An approval agent was assigned: who, of which unit, for which milestones, for how long."""

        TOPIC = "project.agent_assigned"

        official: Official
        unit: str
        scope: tuple[MilestoneKind, ...]
        since: date
        until: date | None = None

        def must_hold(self, decided_at: datetime) -> None:
            must_not_lie_ahead(self.since, decided_at)
            if not self.scope:
                raise BadInput("EMPTY_SCOPE", "an agent is assigned for at least one milestone", ("scope",))
            if self.until is not None and self.until < self.since:
                raise BadInput("BAD_TERM", "a term cannot end before it begins", ("until",))

        def apply(self, project: Leadership) -> None:
            term = AgentTerm(self.official, self.unit, self.scope, self.since, project._stated(self), self.until)
            project.agents = (*project.agents, term)

    class AgentReleased(ProjectFact, frozen=True, kw_only=True, omit_defaults=True):
        """The agent that event number `assigned` of this project assigned is in charge no more from that day on."""

        TOPIC = "project.agent_released"
        SUBJECT = ("assigned",)

        assigned: int
        on: date

        def must_hold(self, decided_at: datetime) -> None:
            must_not_lie_ahead(self.on, decided_at)

        def apply(self, project: Leadership) -> None:
            project.agents = tuple(
                msgspec.structs.replace(term, released_on=self.on, why_released=self.meta.reason)
                if term.stated.version == self.assigned
                else term
                for term in project.agents
            )

    # -- commands ----------------------------------------------------------------------------------------------------

    def assign_leader(self, meta: Metadata, *, official: Official, on: date) -> None:
        """Assign the leading official from that day on. Where another one leads, a reason is needed."""
        self._may_assign_leader(meta)
        present = self.leader()
        if present is not None:
            if present.official == official:
                raise AlreadyLeads(leader=official.name)
            if not meta.reason:
                raise ReplacingALeaderNeedsAReason(leader=present.official.name)
        self._must_follow(on)
        self._state(self.LeaderAssigned, meta, official=official, on=on)

    def _may_assign_leader(self, meta: Metadata) -> None:
        self._may(meta, "assign_leader")
        self._must_not_be_terminated()

    def release_leader(self, meta: Metadata, *, on: date | None = None) -> None:
        """Release the leading official from that day on (None: today); the reason is needed."""
        self._may_release_leader(meta)
        present = self.leader()
        if present is None:
            raise NobodyLeads
        if not meta.reason:
            raise ReplacingALeaderNeedsAReason(leader=present.official.name)
        on = on or day_of(meta.decided_at)
        self._must_follow(on)
        self._state(self.LeaderReleased, meta, on=on)

    def _may_release_leader(self, meta: Metadata) -> None:
        self._may(meta, "release_leader")
        if self.leader() is None:
            raise NobodyLeads

    def assign_agent(
        self,
        meta: Metadata,
        *,
        official: Official,
        unit: str,
        scope: Sequence[MilestoneKind],
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        """Assign an approval agent of a unit (its code) for those milestones, from a day (None: today) on."""
        self._may_assign_agent(meta)
        since = since or day_of(meta.decided_at)
        for term in self.agents:
            shared = [kind for kind in scope if kind in term.scope]
            if shared and (term.official.name, term.unit) == (official.name, unit) and term.covers(since):
                raise AgentAlreadyAssigned(agent=official.name, milestone=shared[0].value, version=term.stated.version)
        scope = tuple(dict.fromkeys(scope))
        self._state(self.AgentAssigned, meta, official=official, unit=unit, scope=scope, since=since, until=until)

    def _may_assign_agent(self, meta: Metadata) -> None:
        self._may(meta, "assign_agent")
        self._must_not_be_terminated()

    def release_agent(self, meta: Metadata, *, assigned: int, on: date | None = None) -> None:
        """Release the agent that event number `assigned` of this project assigned, from a day on (None: today)."""
        self._may_release_agent(meta)
        on = on or day_of(meta.decided_at)
        active = [term for term in self.agents if term.stated.version == assigned and term.released_on is None]
        if not active:
            raise NoSuchAgent(version=assigned)
        if on < active[0].since:
            raise BadInput("BAD_TERM", "a term cannot end before it begins", ("on",))
        self._state(self.AgentReleased, meta, assigned=assigned, on=on)

    def _may_release_agent(self, meta: Metadata) -> None:
        self._may(meta, "release_agent")

    # -- rules -------------------------------------------------------------------------------------------------------

    def _end_term(self, on: date, why: str | None, stated: Stated) -> None:
        """End the open term, never before it began: corrections may move either end."""
        self.leaders = tuple(
            msgspec.structs.replace(term, until=max(on, term.since), why_ended=why, ended=stated)
            if term.until is None
            else term
            for term in self.leaders
        )

    def _must_follow(self, on: date) -> None:
        """Refuse a day before the last beginning or end of a term."""
        last = max((term.until or term.since for term in self.leaders), default=on)
        if on < last:
            raise LeaderTermsOverlap(on=on.isoformat(), since=last.isoformat())

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        super()._check_correction(meta, replacement)
        if not isinstance(replacement, Leadership.LeaderAssigned | Leadership.LeaderReleased):
            return
        changes = (Leadership.LeaderAssigned, Leadership.LeaderReleased)
        for fact, _ in self.effective():
            if not isinstance(fact, changes) or fact.originator_version == replacement.originator_version:
                continue
            earlier, later = sorted((fact, replacement), key=lambda one: one.originator_version)
            if earlier.on > later.on:
                raise LeaderTermsOverlap(on=later.on.isoformat(), since=earlier.on.isoformat())
