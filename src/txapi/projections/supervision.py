"""Supervision lists 专项督查清单 as rows, and their rates, computed from members at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.editions import CountingRule, Duty, EditionKind
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.quantity import Ratio
from txapi.domain.rates import Member, first_reached, rate
from txapi.domain.supervision import SupervisionList
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MEMBERSHIPS, MembershipKind, MembershipRow
from txapi.projections.projection import Projection
from txapi.projections.projects import members_of, milestones_of
from txapi.projections.references import references_at
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class SupervisionRow:
    """What a supervision list answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    duty: Duty = answer("督查事项", "What the list holds its members to.")
    year: int | None = answer("年度", "The year that it belongs to.")
    count_stated: int | None = answer("列入数", "How many projects the list is said to have.")
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否关闭", "Whether it was closed.")
    basis: Basis = answer("依据", "On what it rests that there is such a list.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    programme_label: Label = kept()
    over: PartialDate | None = kept()
    rule_edition: str = kept()


SUPERVISION_LISTS = Table(
    "supervision_lists",
    SupervisionRow,
    extras=(Extra("programme_zh", "TEXT", ("programme_label",), lambda label: label.zh),),
    indexes=("year, programme_zh",),
)


def project(found: SupervisionList) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a list; its members are rows of the projects."""
    yield (
        SUPERVISION_LISTS,
        SupervisionRow(
            entity_id=found.id,
            duty=found.duty,
            year=found.year,
            count_stated=found.count_stated,
            note=found.note,
            closed=found.closed,
            basis=found.basis,
            version=found.version,
            programme_label=found.programme,
            over=found.period,
            rule_edition=found.rule,
        ),
    )


PROJECTION = Projection(SupervisionList, (SUPERVISION_LISTS,), project)

IN_ORDER = [Order("t.year", descending=True), Order("t.programme_zh"), Order("t.duty")]


def select(reader: Reader, year: int | None = None) -> Select[SupervisionRow]:
    """The lists, of one year or of all."""
    found = Select(SUPERVISION_LISTS, reader)
    return found if year is None else found.where("t.year = ?", year)


def list_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The list with that id at the moment, or None."""
    return one_of(SUPERVISION_LISTS, reader, id, into)


def lists_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The lists with those ids at the moment."""
    return many_of(SUPERVISION_LISTS, reader, ids, into)


BY_ENTRY = [Order("t.entered_latest")]


def select_members(reader: Reader, list_id: str, *, current: bool | None = None) -> Select[MembershipRow]:
    """The memberships of a list that had begun by the moment's valid day: those that last, those that ended, or both."""
    valid_on = reader.moment.valid_on
    found = Select(MEMBERSHIPS, reader).where("t.belongs_to = ?", MembershipKind.LIST.value)
    found.where_in("of_id", [list_id])
    ended, given = "t.left_on IS NOT NULL", []
    if valid_on is not None:
        found.where("t.entered_latest <= ?", valid_on.isoformat())
        ended, given = "coalesce(t.left_latest <= ?, FALSE)", [valid_on.isoformat()]
    if current is not None:
        found.where(f"{'NOT ' if current else ''}({ended})", *given)
    return found


@dataclass(frozen=True)
class Standing:
    """How a list stands at a moment: its members, those who are done, and the rate where it can be computed."""

    listed: int
    done: int
    rate: Ratio | None
    outstanding: tuple[str, ...]
    """The ids of the projects that are listed and not done."""


def standings(reader: Reader, lists: Sequence[SupervisionRow]) -> dict[str, Standing]:
    """How lists stand: two statements for all of them."""
    valid_on = reader.moment.valid_on
    references = references_at(reader)
    on_lists = [
        row for row in members_of(reader, [row.entity_id for row in lists]) if row.belongs_to is MembershipKind.LIST
    ]
    reached: dict[tuple[str, Any], PartialDate] = {}
    for milestone in milestones_of(reader, sorted({row.project_id for row in on_lists})):
        seen = milestone.seen(valid_on)
        if seen.actual is not None:
            reached[milestone.project_id, milestone.kind] = seen.actual
    found: dict[str, Standing] = {}
    for row in lists:
        adopted = references.edition(EditionKind.COUNTING_RULE, row.rule_edition)
        rule = adopted.content if adopted is not None else None
        kinds = rule.milestones if isinstance(rule, CountingRule) else ()
        members: list[Member] = []
        outstanding: list[str] = []
        for membership in on_lists:
            if membership.of_id != row.entity_id:
                continue
            dates = [reached[key] for kind in kinds if (key := (membership.project_id, kind)) in reached]
            seen_membership = membership.seen(valid_on)
            member = Member(seen_membership.entered, seen_membership.left, first_reached(dates))
            if member.on_list(valid_on):
                members.append(member)
                if not member.done_by(valid_on):
                    outstanding.append(membership.project_id)
        found[row.entity_id] = Standing(
            listed=len(members),
            done=sum(member.done_by(valid_on) for member in members),
            rate=rate(members, row.count_stated, valid_on),
            outstanding=tuple(outstanding),
        )
    return found
