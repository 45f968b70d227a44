"""Commands on groups of projects 项目组: load, let the group decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.dates import PartialDate
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.group import Group, GroupKind
from txapi.domain.money import Money


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a group, and why the actor may not give it now; None where it is open."""
    group = desk.load(Group, id)
    return [(action, group.may(action, meta)) for action in Group.ACTIONS]


def register_group(
    desk: Desk,
    order: Order,
    *,
    kind: GroupKind,
    name: str,
    unit: str | None = None,
    on: PartialDate | None = None,
    count_stated: int | None = None,
    open_list: bool = False,
    investment: Money | None = None,
    aliases: Sequence[str] = (),
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Name a group; its members are recorded on the projects (`join_group`)."""
    desk.must_know_units(unit)
    return desk.create(
        Group,
        id or desk.record.ids.uuid(),
        order,
        lambda group: group.register(
            order.meta,
            kind=kind,
            name=name,
            unit=unit,
            on=on,
            count_stated=count_stated,
            open_list=open_list,
            investment=investment,
            aliases=tuple(aliases),
            note=note,
        ),
    )


def amend_group(
    desk: Desk,
    order: Order,
    *,
    group: str,
    name: str | None = None,
    on: PartialDate | None = None,
    count_stated: int | None = None,
    open_list: bool | None = None,
    investment: Money | None = None,
    aliases: Sequence[str] | None = None,
    note: str | None = None,
) -> Done:
    """Change what is said of a group; None leaves a field as it is."""
    given: dict[str, Any] = {
        "name": name,
        "on": on,
        "count_stated": count_stated,
        "open_list": open_list,
        "investment": investment,
        "aliases": None if aliases is None else tuple(aliases),
        "note": note,
    }
    return desk.change(Group, group, order, lambda g: g.amend(order.meta, **given))


def close_group(desk: Desk, order: Order, *, group: str) -> Done:
    """Close a group, with a reason."""
    return desk.change(Group, group, order, lambda g: g.close(order.meta))


def correct_group(desk: Desk, order: Order, *, group: str, corrects: int, fields: dict[str, Any] | None = None) -> Done:
    """Retract or replace a fact of a group."""
    return desk.change(Group, group, order, lambda g: g.correct(order.meta, corrects=corrects, fields=fields))
