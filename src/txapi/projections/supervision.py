"""Supervision lists 专项督查清单 as rows, and their rates, counted from members at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.editions import CountingRule, Duty
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.project import Project
from txapi.domain.quantity import Ratio
from txapi.domain.rates import rate_of
from txapi.domain.reference import Reference
from txapi.domain.supervision import SupervisionList
from txapi.projections.moment import Reader
from txapi.projections.project_facts import Facts
from txapi.projections.project_rows import MEMBERSHIPS, MembershipKind, MembershipRow
from txapi.projections.projection import Projection
from txapi.projections.references import references_at
from txapi.projections.select import Order, Select, many_of, marks, one_of
from txapi.projections.sums import Sums
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


def standings(reader: Reader, lists: Sequence[SupervisionRow]) -> dict[str, Standing]:
    """How lists stand: one statement counts the members of all of them, one finds those who are outstanding."""
    late = outstanding(reader, [row.entity_id for row in lists])
    asked = tuple(late)
    members = dict(
        Sums(
            ("members", *asked), Project.KIND, (SupervisionList.KIND,), 1,
            lambda reader, nouns: _counted(reader, asked, nouns),
        ).at(reader)
    )  # fmt: skip
    found: dict[str, Standing] = {}
    for row in lists:
        listed = members.get(row.entity_id, 0)
        done = listed - len(late[row.entity_id])
        found[row.entity_id] = Standing(listed, done, rate_of(done, listed, row.count_stated))
    return found


def outstanding(reader: Reader, lists: Iterable[str] | None = None) -> dict[str, tuple[str, ...]]:
    """The ids of the projects that are listed and not done, in order, by list: of these lists, or of all that there are.

    They are looked up once for each moment of an operation, whatever asks for them.
    """
    if lists is None:
        lists = [id for (id,) in Select(SUPERVISION_LISTS, reader).narrow(["t.entity_id"])]
    ids = list(lists)
    known: dict[str, tuple[str, ...]] = reader.memo.setdefault(outstanding, {})
    late: dict[str, list[str]] = {id: [] for id in ids if id not in known}
    if late:
        asked = tuple(late)
        sums = Sums(
            ("outstanding", *asked), Project.KIND, (SupervisionList.KIND, Reference.KIND), 1,
            lambda reader, nouns: _outstanding(reader, asked, nouns),
        )  # fmt: skip
        for id, project, count in sums.at(reader):
            late[id] += [project] * count
        known.update({id: tuple(sorted(projects)) for id, projects in late.items()})
    return {id: known[id] for id in ids}


def _outstanding(reader: Reader, lists: Sequence[str], nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
    """Each of these lists with each project, of all or of these, that is on it and not done, and how often."""
    facts = Facts(reader)
    members, parameters = _members(facts, lists, nouns)
    return reader.rows(
        f"SELECT b.of_id, b.project_id, count(*) {members} AND NOT {_done(facts)} GROUP BY 1, 2", parameters
    )


def _counted(reader: Reader, lists: Sequence[str], nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
    """How many members each of these lists has, or how many of these projects."""
    members, parameters = _members(Facts(reader), lists, nouns)
    return reader.rows(f"SELECT b.of_id, count(*) {members} GROUP BY 1", parameters)


def _members(facts: Facts, lists: Sequence[str], nouns: Sequence[str] | None) -> tuple[str, list[Any]]:
    """FROM and WHERE of the memberships `b` of these supervision lists `s`, of all projects or of these, that hold at the moment."""
    # From the lists, which are few, to their members, or from few projects to their lists: SQLite keeps this order.
    tables = ["supervision_lists s", "memberships b"]
    of = "" if nouns is None else f" AND b.project_id IN ({marks(nouns)})"
    members = (
        f"FROM {' CROSS JOIN '.join(tables if nouns is None else reversed(tables))}"
        f" WHERE {facts.reader.live('s')} AND b.of_id = s.entity_id AND b.belongs_to = '{MembershipKind.LIST.value}'"
        f" AND {facts.belongs()} AND s.entity_id IN ({marks(lists)}){of}"
    )
    return members, [*lists, *(nouns or ())]


def _done(facts: Facts) -> str:
    """Whether the project of a membership `b` has reached what the counting rule of its list `s` counts."""
    rules = [one.content for one in references_at(facts.reader).editions if isinstance(one.content, CountingRule)]
    arms = " ".join(f"WHEN '{rule.edition}' THEN {facts.reached(rule.milestones, 'b.project_id')}" for rule in rules)
    return f"CASE s.rule_edition {arms} ELSE FALSE END" if rules else "FALSE"
