"""The nouns that can be compared: which rows each has, in what order it is listed, what people read for it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from txapi.audit.seen import (
    Rows,
    Told,
    members_derived,
    nothing_derived,
    parcel_derived,
    project_derived,
)
from txapi.domain.editions import MilestoneKind
from txapi.domain.labels import Label, label_of, labelled
from txapi.projections import (
    attachments,
    companies,
    groups,
    meetings,
    parcels,
    project_questions,
    publications,
    supervision,
    targets,
    ticket_questions,
    units,
)
from txapi.projections.moment import Reader
from txapi.projections.project_rows import LEADERS, MEMBERSHIPS, MILESTONES, PROJECTS, MembershipKind
from txapi.projections.select import Select
from txapi.projections.table import Table
from txapi.projections.ticket_rows import HANDLINGS, TICKETS


class ComparedKind(enum.Enum):
    """The kinds of noun that can be compared, in the order of a list of everything."""

    PROJECT = "project"
    TICKET = "ticket"
    TARGET = "target"
    COMPANY = "company"
    PARCEL = "parcel"
    GROUP = "group"
    MEETING = "meeting"
    UNIT = "unit"
    SUPERVISION_LIST = "supervision_list"
    PUBLICATION = "publication"
    ATTACHMENT = "attachment"


labelled(
    {
        ComparedKind.PROJECT: ("重大项目", "projects"),
        ComparedKind.TICKET: ("工作联系单", "tickets"),
        ComparedKind.TARGET: ("目标", "targets"),
        ComparedKind.COMPANY: ("企业", "companies"),
        ComparedKind.PARCEL: ("地块", "parcels"),
        ComparedKind.GROUP: ("项目组", "groups of projects"),
        ComparedKind.MEETING: ("会议", "meetings"),
        ComparedKind.UNIT: ("单位", "units"),
        ComparedKind.SUPERVISION_LIST: ("专项督查清单", "supervision lists"),
        ComparedKind.PUBLICATION: ("发布", "publications"),
        ComparedKind.ATTACHMENT: ("附件", "attachments"),
    }
)


@dataclass(frozen=True)
class Dated:
    """Facts that a date leaves out or lets count: every fact that is kept has a last day, the day of its recording at most.

    `days` are the columns of last days; `inside` names columns of several facts each, with the path of the day in one of
    them. `column` holds the noun's id. `found_by` is true of every row, and makes an index of current rows of use.
    """

    table: Table[Any]
    column: str
    days: tuple[str, ...] = ()
    inside: tuple[tuple[str, str], ...] = ()
    found_by: str = "TRUE"

    def crossed_between(self, one: date | None, other: date | None) -> str:
        """The condition over `t` that a fact counts by one of two dates and not by the other; by no date all count."""
        given = sorted(day.isoformat() for day in (one, other) if day is not None)
        bounds = list(zip((">", "<="), given, strict=False))

        def between(day: str) -> str:
            return " AND ".join(f"{day} {sign} '{bound}'" for sign, bound in bounds)

        conditions = [f"({between(f't.{day}')})" for day in self.days]
        for facts, path in self.inside:
            day = f"json_extract(j.value, '{path}')"
            conditions.append(f"EXISTS (SELECT 1 FROM json_each(t.{facts}) j WHERE {between(day)})")
        return f"({' OR '.join(conditions)})"


@dataclass(frozen=True)
class Noun:
    """A kind of noun that can be compared.

    `parts` are its tables, its own first, each with the column that holds its id. `silent` tables only decide what is
    derived. `order` sorts a list of differences, in SQL over `t`.
    """

    kind: str
    parts: tuple[tuple[Table[Any], str], ...]
    select: Callable[[Reader, Any], Select[Any]]
    order: tuple[str, ...]
    label: Callable[[Any], Label]
    derived: Callable[[Reader, Rows], Told] = nothing_derived
    silent: frozenset[str] = frozenset()
    dated: tuple[Dated, ...] = ()
    membership: MembershipKind | None = None

    @property
    def table(self) -> Table[Any]:
        """The table of the noun's own row."""
        return self.parts[0][0]


def is_open(asked: Any) -> bool:
    """Whether a filter lets everything through."""
    return asked is None or (
        hasattr(asked, "__dataclass_fields__") and all(getattr(asked, part.name) is None for part in fields(asked))
    )


def _named(*parts: Any) -> Label:
    said = " ".join(str(part) for part in parts if part is not None)
    return Label(zh=said, en=said)


def _list_label(row: Any) -> Label:
    duty, year = label_of(row.duty), "" if row.year is None else f"{row.year} "
    programme = row.programme_label
    return Label(zh=f"{year}{programme.zh}（{duty.zh}）", en=f"{year}{programme.en} ({duty.en})")


_MEMBERS = Dated(MEMBERSHIPS, "of_id", ("entered_latest", "left_latest"))

# The index of current milestones begins with the kind.
_ANY_MILESTONE = f"t.kind IN ({', '.join(repr(kind.value) for kind in MilestoneKind)})"

_ALL = (
    Noun(
        "project",
        ((PROJECTS, "entity_id"), (MILESTONES, "project_id"), (LEADERS, "project_id"), (MEMBERSHIPS, "project_id")),
        project_questions.select,
        ("t.code",),
        lambda row: _named(row.code, row.name),
        project_derived,
        dated=(
            Dated(MILESTONES, "project_id", ("actual_latest",), found_by=_ANY_MILESTONE),
            Dated(LEADERS, "project_id", ("since_on", "until_on")),
            Dated(MEMBERSHIPS, "project_id", _MEMBERS.days),
            Dated(PROJECTS, "entity_id", inside=(("agent_terms", "$.since"), ("payment_facts", "$.through"))),
        ),
    ),
    Noun(
        "ticket",
        ((TICKETS, "entity_id"), (HANDLINGS, "ticket_id")),
        ticket_questions.select,
        ("t.number_order",),
        lambda row: _named(row.number, row.subject),
    ),
    Noun(
        "target",
        ((targets.TARGETS, "entity_id"), (targets.FIGURES, "target_id")),
        targets.select,
        ("t.unit_code", "t.year", "t.indicator_code"),
        lambda row: _named(row.unit_code, row.year, row.indicator_code),
        dated=(Dated(targets.FIGURES, "target_id", ("through",)),),
    ),
    Noun(
        "company",
        ((companies.COMPANIES, "entity_id"),),
        companies.select,
        ("t.name",),
        lambda row: _named(row.name or row.description),
    ),
    Noun(
        "parcel",
        ((parcels.PARCELS, "entity_id"), (parcels.PARCEL_STEPS, "parcel_id"), (MEMBERSHIPS, "of_id")),
        parcels.select,
        ("t.location",),
        lambda row: _named(row.location),
        parcel_derived,
        frozenset({MEMBERSHIPS.name}),
        (Dated(parcels.PARCEL_STEPS, "parcel_id", ("latest",)), _MEMBERS),
        MembershipKind.PARCEL,
    ),
    Noun(
        "group",
        ((groups.GROUPS, "entity_id"), (MEMBERSHIPS, "of_id")),
        groups.select,
        ("t.name",),
        lambda row: _named(row.name),
        members_derived,
        frozenset({MEMBERSHIPS.name}),
        (_MEMBERS,),
        MembershipKind.GROUP,
    ),
    Noun(
        "meeting",
        ((meetings.MEETINGS, "entity_id"),),
        meetings.select,
        ("t.latest", "t.title"),
        lambda row: _named(row.title),
    ),
    Noun(
        "unit",
        ((units.UNITS, "entity_id"),),
        units.select,
        ("t.official_order", "t.code"),
        lambda row: row.name_label,
    ),
    Noun(
        "supervision_list",
        ((supervision.SUPERVISION_LISTS, "entity_id"), (MEMBERSHIPS, "of_id")),
        supervision.select,
        ("t.year", "t.programme_zh", "t.duty"),
        _list_label,
        members_derived,
        frozenset({MEMBERSHIPS.name}),
        (_MEMBERS,),
        MembershipKind.LIST,
    ),
    Noun(
        "publication",
        ((publications.PUBLICATIONS, "entity_id"), (publications.PUBLISHED, "publication_id")),
        lambda reader, asked: publications.select(reader),
        ("t.published_at",),
        lambda row: row.title_label,
    ),
    Noun(
        "attachment",
        ((attachments.ATTACHMENTS, "entity_id"),),
        attachments.select,
        ("t.about_id", "t.number"),
        lambda row: _named(row.name),
    ),
)

NOUNS: dict[str, Noun] = {kind.value: noun for kind in ComparedKind for noun in _ALL if noun.kind == kind.value}
"""What is to be known of each kind, in the order of a list of everything."""
