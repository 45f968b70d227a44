"""Groups of projects 项目组 as rows, and the questions about them. Members are memberships of the projects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.dates import PartialDate
from txapi.domain.event import Basis
from txapi.domain.group import Group, GroupKind
from txapi.domain.money import Money
from txapi.projections.moment import Reader
from txapi.projections.project_facts import Facts
from txapi.projections.project_rows import MEMBERSHIPS, MembershipRow
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, marks, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass(kw_only=True)
class GroupRow:
    """What a group answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    kind: GroupKind = answer("类别", "Why these projects are named together.")
    name: str = answer("名称", "The name.")
    aliases: list[str] = answer("别名", "Other names in use.")
    count_stated: int | None = answer("所称数量", "How many members the source says there are.")
    open: bool = answer("未列全", "Whether the source's list of members ends in 等.")
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否关闭", "Whether it was closed.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    unit_code: str | None = kept()
    happens: PartialDate | None = kept()
    total: Money | None = kept()


GROUPS = Table(
    "project_groups",
    GroupRow,
    extras=(Extra("search", "TEXT", ("name", "aliases"), lambda name, aliases: " ".join([name, *aliases]).casefold()),),
    indexes=("name, entity_id",),
    walked=("name",),
)


def project(group: Group) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a group."""
    yield (
        GROUPS,
        GroupRow(
            entity_id=group.id,
            kind=group.kind,
            name=group.name,
            aliases=list(group.aliases),
            count_stated=group.count_stated,
            open=group.open_list,
            note=group.note,
            closed=group.closed,
            basis=group.basis,
            version=group.version,
            unit_code=group.unit,
            happens=group.on,
            total=group.investment,
        ),
    )


PROJECTION = Projection(Group, (GROUPS,), project)


@dataclass
class GroupFilter:
    """Which groups; every part that is given must hold."""

    kind: list[GroupKind] | None = answer("类别", "Of these kinds.", default=None)
    unit: list[str] | None = answer("单位代码", "Of these units, by code.", default=None)
    text: str | None = answer("文字检索", "Name or alias contains this.", default=None)


BY_NAME = [Order("t.name")]


def select(reader: Reader, asked: GroupFilter | None = None) -> Select[GroupRow]:
    """The groups that a filter asks for."""
    asked = asked or GroupFilter()
    found = Select(GROUPS, reader).where_in("kind", asked.kind).where_in("unit_code", asked.unit)
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def group_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The group with that id at the moment, or None."""
    return one_of(GROUPS, reader, id, into)


def groups_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The groups with those ids at the moment."""
    return many_of(GROUPS, reader, ids, into)


BY_ENTERING = [Order("t.entered_latest"), Order("t.project_id")]


def select_members(reader: Reader, group: str) -> Select[MembershipRow]:
    """The projects that belong or belonged to a group by the moment's valid day."""
    found = Select(MEMBERSHIPS, reader).where_in("of_id", [group])
    valid_on = reader.moment.valid_on
    return found if valid_on is None else found.where("t.entered_latest <= ?", valid_on.isoformat())


def members_known(reader: Reader, groups: Sequence[str]) -> dict[str, int]:
    """How many projects are in each of these groups at the moment, entered and not left."""
    found = reader.rows(
        f"SELECT b.of_id, count(*) FROM memberships b WHERE b.of_id IN ({marks(groups)}) AND {Facts(reader).belongs()}"
        " GROUP BY b.of_id",
        list(groups),
    )
    return dict.fromkeys(groups, 0) | dict(found)
