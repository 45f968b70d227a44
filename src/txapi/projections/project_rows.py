"""What is kept of a project 重大项目: its own row, its milestones 节点, its leading officials 领衔领导, its memberships."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.labels import labelled
from txapi.domain.money import Bound, Money
from txapi.domain.official import Official
from txapi.domain.project.base import ProjectCondition, Stated
from txapi.domain.project.capital import CapitalIncrease, PaidIn
from txapi.domain.project.condition import ConditionChange
from txapi.domain.project.description import CapitalSource
from txapi.domain.project.leadership import AgentTerm, LeaderTerm
from txapi.domain.project.light import Expectation, Signs
from txapi.domain.project.memberships import Membership
from txapi.domain.project.milestones import Forecast, Milestone
from txapi.domain.project.outputs import Output
from txapi.projections.table import BY_NOUN, BY_SPAN, Extra, Table, answer, kept

STAGES = tuple(MilestoneKind)


@dataclass(kw_only=True)
class ProjectRow:
    """One project. What counts by valid time (`..._known`) is kept as it reads when every known fact counts."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    code: str = answer("项目代码", "The code of this project, one project's own.")
    national_code: str | None = answer("国家代码", "The code in the national platform for investment projects.")
    name: str = answer("项目名称", "The name.")
    aliases: tuple[str, ...] = answer("别名", "Other and former names.")
    kind: ProjectKind = answer("项目类型", "The kind, which chooses the milestone template.")
    condition: ProjectCondition = answer("项目状态", "Whether the project goes on.")
    location: str | None = answer("建设地点", "Where it is.")
    industries: tuple[str, ...] = answer("行业", "The industries.")
    content: str | None = answer("建设内容", "What is built.")
    phase: str | None = answer("期次", "The phase, where a project has several.")
    capital: CapitalSource = answer("资金来源", "Where the capital comes from.")
    introduced_on: date | None = answer("录入日期", "The day on which the project came into the record.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    unit_code: str | None = kept()
    owner_id: str | None = kept()
    investor_ids: tuple[str, ...] = kept()
    investment_total: Money | None = kept()
    investment_registered: Money | None = kept()
    increase_facts: tuple[CapitalIncrease, ...] = kept()
    payment_facts: tuple[PaidIn, ...] = kept()
    output_facts: tuple[Output, ...] = kept()
    agent_terms: tuple[AgentTerm, ...] = kept()
    condition_facts: tuple[ConditionChange, ...] = kept()
    stage_known: MilestoneKind = kept()
    leader_known: LeaderTerm | None = kept()
    signs: Signs = kept()


@dataclass(kw_only=True)
class MilestoneRow:
    """One milestone of a project, reached or forecast."""

    project_id: str = kept()
    kind: MilestoneKind = answer("节点", "Which milestone.")
    rank: int = kept()
    actual_on: PartialDate | None = kept()
    stated: Stated | None = kept()
    evidence_said: str | None = kept()
    note_said: str | None = kept()
    skipped_over: tuple[MilestoneKind, ...] = kept()
    ends: bool = kept()
    said: tuple[Forecast, ...] = kept()

    def known(self) -> Milestone:
        """The milestone as the rules see it."""
        return Milestone(
            kind=self.kind,
            rank=self.rank,
            actual=self.actual_on,
            stated=self.stated,
            evidence=self.evidence_said,
            note=self.note_said,
            skipped=self.skipped_over,
            final=self.ends,
            forecasts=self.said,
        )

    def seen(self, valid_on: date | None) -> Milestone:
        """The milestone as far as it had come by the end of that day; None: as known."""
        known = self.known()
        if known.reached_by(valid_on):
            return known
        return Milestone(kind=known.kind, rank=known.rank, forecasts=known.forecasts)


@dataclass(kw_only=True)
class LeaderRow:
    """One term of a leading official."""

    project_id: str = kept()
    official_known: Official = kept()
    since_on: date = kept()
    until_on: date | None = kept()
    why_began: str | None = kept()
    why_ended: str | None = kept()
    stated: Stated = kept()
    ended: Stated | None = kept()
    stated_version: int = kept()

    def known(self) -> LeaderTerm:
        """The term as the rules see it."""
        return LeaderTerm(
            self.official_known, self.since_on, self.stated, self.until_on, self.why_began, self.why_ended, self.ended
        )

    def seen(self, valid_on: date | None) -> LeaderTerm:
        """The term as it stood on that day: what ended later was still open; None: as known."""
        known = self.known()
        if valid_on is None or known.until is None or known.until <= valid_on:
            return known
        return msgspec.structs.replace(known, until=None, why_ended=None, ended=None)


class MembershipKind(enum.Enum):
    """To what a project belongs."""

    PARCEL = "parcel"
    LIST = "list"
    GROUP = "group"


labelled(
    {
        MembershipKind.PARCEL: ("地块", "parcel"),
        MembershipKind.LIST: ("督查清单", "supervision list"),
        MembershipKind.GROUP: ("项目组", "group"),
    }
)


@dataclass(kw_only=True)
class MembershipRow:
    """That a project belongs to a parcel, a supervision list or a group."""

    project_id: str = kept()
    belongs_to: MembershipKind = kept()
    of_id: str = kept()
    entered_on: PartialDate = kept()
    left_on: PartialDate | None = kept()
    due: date | None = answer("完成时限", "By when a supervision list wants its duty done.")
    why_left: str | None = kept()
    stated: Stated = kept()
    left_stated: Stated | None = kept()
    stated_version: int = kept()

    def known(self) -> Membership:
        """The membership as the rules see it."""
        return Membership(
            self.of_id, self.entered_on, self.stated, self.due, self.left_on, self.left_stated, self.why_left
        )

    def seen(self, valid_on: date | None) -> Membership:
        """The membership as it stood at the end of that day; None: as known."""
        known = self.known()
        if valid_on is None or known.left is None or known.left.reached_by(valid_on):
            return known
        return msgspec.structs.replace(known, left=None, left_stated=None, reason=None)


# -- columns for filters and sorts -------------------------------------------------------------------------------------


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _latest(on: PartialDate | None) -> str | None:
    return _iso(on.latest) if on is not None else None


SEARCHED = ("code", "national_code", "name", "aliases", "location", "content", "industries")


def _searchable(
    code: str,
    national_code: str | None,
    name: str,
    aliases: Sequence[str],
    location: str | None,
    content: str | None,
    industries: Sequence[str],
) -> str:
    parts = [code, national_code, name, *aliases, location, content, *industries]
    return "\n".join(part for part in parts if part).casefold()


def _counted_from(expected: Sequence[Expectation]) -> str | None:
    return _iso(min((one.counted_from for one in expected), default=None))


def _forecast_due(expected: Sequence[Expectation]) -> str | None:
    return _iso(min((one.last_day for one in expected), default=None))


def _put_off(expected: Sequence[Expectation]) -> int | None:
    return max(((one.last_day - one.counted_from).days for one in expected), default=None)


def _expectation(kind: MilestoneKind, said: Sequence[Forecast]) -> list[Expectation]:
    """What the forecasts of this milestone lead to expect, were it not reached."""
    last = said[-1].on.latest if said else None
    return [] if last is None else [Expectation(kind, last, said[0].on.latest)]


def _unsettled(condition: ProjectCondition, signs: Signs) -> int:
    """Whether it can be red or yellow: not finished, or suspended, and not terminated."""
    if condition is ProjectCondition.TERMINATED:
        return 0
    return int(condition is ProjectCondition.SUSPENDED or not signs.finished)


_JUDGED = (
    "entity_id",
    "code",
    "unit_code",
    "condition",
    "stage_known",
    "finished_known",
    "counted_from",
    "put_off",
    "forecast_due",
    "leader_name",
    "leaderless_since",
    "news_on",
    "currency",
    "investment_base",
    "bounded",
)
"""What lights, groups and scoreboards are made of."""

PROJECTS: Table[ProjectRow] = Table(
    "projects",
    ProjectRow,
    extras=(
        Extra("stage_rank", "INTEGER", ("stage_known",), STAGES.index),
        Extra("finished_known", "INTEGER", ("signs",), lambda signs: int(signs.finished)),
        Extra("unsettled", "INTEGER", ("condition", "signs"), _unsettled),
        Extra("counted_from", "TEXT", ("signs",), lambda signs: _counted_from(signs.expectations)),
        Extra("put_off", "INTEGER", ("signs",), lambda signs: _put_off(signs.expectations)),
        Extra("forecast_due", "TEXT", ("signs",), lambda signs: _forecast_due(signs.expectations)),
        Extra("leader_name", "TEXT", ("leader_known",), lambda term: term.official.name if term else None),
        Extra("leaderless_since", "TEXT", ("signs",), lambda signs: _iso(signs.leaderless_since)),
        Extra("news_on", "TEXT", ("signs",), lambda signs: _iso(signs.news_on)),
        Extra("currency", "TEXT", ("investment_total",), lambda total: total.currency.value if total else None),
        Extra("investment_base", "INTEGER", ("investment_total",), lambda total: total.base if total else None),
        Extra(
            "bounded",
            "INTEGER",
            ("investment_total",),
            lambda total: int(total is not None and total.bound is not Bound.EXACT),
        ),
        Extra("search", "TEXT", SEARCHED, _searchable),
    ),
    indexes=(
        "code, entity_id",
        "name",
        "unsettled, forecast_due",
        "stage_known, code",
        "stage_rank",
        "forecast_due",
        "since DESC, entity_id",
    ),
    sought=("code", "owner_id"),
    walked=("code",),
    times=("since",),
    # Those of a unit, and those that can be red or yellow at all, at any moment.
    hot=("unit_code", "unsettled"),
    counted=dict.fromkeys((BY_SPAN, "unit_code", "unsettled"), _JUDGED),
)

MILESTONES: Table[MilestoneRow] = Table(
    "project_milestones",
    MilestoneRow,
    noun="project_id",
    key=("kind",),
    extras=(
        Extra("actual_latest", "TEXT", ("actual_on",), _latest),
        Extra("stage_rank", "INTEGER", ("kind",), STAGES.index),
        Extra("forecast_due", "TEXT", ("kind", "said"), lambda *read: _forecast_due(_expectation(*read))),
        Extra("counted_from", "TEXT", ("kind", "said"), lambda *read: _counted_from(_expectation(*read))),
        Extra("put_off", "INTEGER", ("kind", "said"), lambda *read: _put_off(_expectation(*read))),
    ),
    indexes=("kind, actual_latest",),
    # Of a past moment, too, what was reached between two days is found without reading every milestone.
    sorts=("actual_latest",),
    counted={BY_NOUN: ("kind", "actual_on", "actual_latest", "forecast_due", "counted_from")},
)

LEADERS: Table[LeaderRow] = Table(
    "project_leaders",
    LeaderRow,
    noun="project_id",
    key=("stated_version",),
    extras=(Extra("name", "TEXT", ("official_known",), lambda official: official.name),),
)

MEMBERSHIPS: Table[MembershipRow] = Table(
    "memberships",
    MembershipRow,
    noun="project_id",
    key=("stated_version",),
    extras=(
        Extra("entered_latest", "TEXT", ("entered_on",), _latest),
        Extra("left_latest", "TEXT", ("left_on",), _latest),
    ),
    # Lists and groups find their members by this column, in the past as well.
    hot=("of_id",),
    counted={
        BY_NOUN: ("belongs_to", "of_id", "due", "entered_latest", "left_on", "left_latest"),
        "of_id": ("belongs_to", "project_id", "due", "entered_latest", "left_on", "left_latest"),
    },
)
