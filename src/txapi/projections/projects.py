"""Projects 重大项目 as rows, and the questions about given projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from txapi.domain.editions import ProjectKind
from txapi.domain.project import Project
from txapi.domain.project.leadership import LeaderTerm
from txapi.domain.project.light import signs_of
from txapi.domain.project.milestones import Milestone
from txapi.projections.moment import Reader
from txapi.projections.project_rows import (
    LEADERS,
    MEMBERSHIPS,
    MILESTONES,
    PROJECTS,
    LeaderRow,
    MembershipKind,
    MembershipRow,
    MilestoneRow,
    ProjectRow,
)
from txapi.projections.projection import Aspect, Parts, Projection
from txapi.projections.select import many_of, one_of
from txapi.projections.table import Table

# -- from the state to the rows ----------------------------------------------------------------------------------------


def project(one: Project) -> Iterable[tuple[Table[Any], Any]]:
    """The row of one project."""
    if one.kind is not None:
        yield PROJECTS, _project_row(one, one.kind)


def _milestone_row(one: Project, milestone: Milestone) -> MilestoneRow:
    return MilestoneRow(
        project_id=one.id,
        kind=milestone.kind,
        rank=milestone.rank,
        actual_on=milestone.actual,
        stated=milestone.stated,
        evidence_said=milestone.evidence,
        note_said=milestone.note,
        skipped_over=milestone.skipped,
        ends=milestone.final,
        said=milestone.forecasts,
    )


def _leader_row(one: Project, term: LeaderTerm) -> LeaderRow:
    return LeaderRow(
        project_id=one.id,
        official_known=term.official,
        since_on=term.since,
        until_on=term.until,
        why_began=term.why,
        why_ended=term.why_ended,
        stated=term.stated,
        ended=term.ended,
        stated_version=term.stated.version,
    )


def _membership_rows(one: Project) -> Iterator[MembershipRow]:
    for kind, members in (
        (MembershipKind.PARCEL, one.parcels),
        (MembershipKind.LIST, one.lists),
        (MembershipKind.GROUP, one.groups),
    ):
        for member in members:
            yield MembershipRow(
                project_id=one.id,
                belongs_to=kind,
                of_id=member.of,
                entered_on=member.entered,
                left_on=member.left,
                due=member.due,
                why_left=member.reason,
                stated=member.stated,
                left_stated=member.left_stated,
                stated_version=member.stated.version,
            )


def _project_row(one: Project, kind: ProjectKind) -> ProjectRow:
    return ProjectRow(
        entity_id=one.id,
        code=one.code,
        national_code=one.national_code,
        name=one.name,
        aliases=one.aliases,
        kind=kind,
        condition=one.condition,
        location=one.location,
        industries=one.industries,
        content=one.content,
        phase=one.phase,
        capital=one.capital,
        introduced_on=one.introduced_on,
        version=one.version,
        unit_code=one.unit,
        owner_id=one.owner,
        investor_ids=one.investors,
        investment_total=one.investment,
        investment_registered=one.registered_capital,
        increase_facts=one.increases,
        payment_facts=one.payments,
        output_facts=one.outputs,
        agent_terms=one.agents,
        condition_facts=one.conditions,
        stage_known=one.stage(),
        leader_known=one.leader(),
        # Facts lie behind the day of their recording, so that this day lets all of them count.
        signs=signs_of(one, date.max),
    )


PROJECTION = Projection(
    Project,
    (PROJECTS, MILESTONES, LEADERS, MEMBERSHIPS),
    project,
    aspects=(Aspect(MEMBERSHIPS, lambda one: (one.parcels, one.lists, one.groups), _membership_rows),),
    parts=(
        Parts(MILESTONES, lambda one: one.milestones, _milestone_row),
        Parts(LEADERS, lambda one: one.leaders, _leader_row),
    ),
)


# -- questions about given projects ------------------------------------------------------------------------------------


def project_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The project with that id, or None."""
    return one_of(PROJECTS, reader, id, into)


def project_with_code(reader: Reader, code: str, into: type[Any] | None = None) -> Any:
    """The project with that code, or None."""
    return next(iter(many_of(PROJECTS, reader, [code], into, column="code")), None)


def projects_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The projects with those ids, by code."""
    return sorted(many_of(PROJECTS, reader, ids, into), key=lambda row: row.code)


def milestones_of(reader: Reader, projects: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The milestones of projects that were reached by the moment's valid day or are forecast, in the usual order."""
    valid_on = reader.moment.valid_on
    found = [row for row in many_of(MILESTONES, reader, projects, into) if row.said or row.known().reached_by(valid_on)]
    return sorted(found, key=lambda row: (row.project_id, row.rank))


def leaders_of(reader: Reader, projects: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The terms of leading officials that had begun by the moment's valid day, in order."""
    valid_on = reader.moment.valid_on
    found = [row for row in many_of(LEADERS, reader, projects, into) if valid_on is None or row.since_on <= valid_on]
    return sorted(found, key=lambda row: (row.project_id, row.stated_version))


def memberships_of(reader: Reader, projects: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """To what projects belong or belonged by the moment's valid day, in the order of entering."""
    return _begun(reader, many_of(MEMBERSHIPS, reader, projects, into))


def members_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """Which projects belong or belonged to these lists, groups or parcels by the moment's valid day."""
    return _begun(reader, many_of(MEMBERSHIPS, reader, ids, into, column="of_id"))


def _begun(reader: Reader, rows: list[Any]) -> list[Any]:
    valid_on = reader.moment.valid_on
    begun = [row for row in rows if valid_on is None or row.entered_on.reached_by(valid_on)]
    return sorted(begun, key=lambda row: (row.project_id, row.stated_version))
