"""Commands on units 单位: load, let the unit decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.labels import Label
from txapi.domain.register import unit_id
from txapi.domain.unit import Duty, Unit, UnitKind


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a unit, and why the actor may not give it now; None where it is open."""
    unit = desk.load(Unit, id)
    return [(action, unit.may(action, meta)) for action in Unit.ACTIONS]


def register_unit(
    desk: Desk,
    order: Order,
    *,
    code: str,
    name: Label,
    kind: UnitKind,
    duty: Duty,
    order_number: int = 0,
    parent: str | None = None,
    aliases: Sequence[str] = (),
) -> Done:
    """Enter a unit in the register; its id follows from its code."""
    desk.must_know_units(parent)
    return desk.create(
        Unit,
        unit_id(code),
        order,
        lambda unit: unit.register(
            order.meta,
            code=code,
            name=name,
            kind=kind,
            duty=duty,
            order=order_number,
            parent=parent,
            aliases=tuple(aliases),
        ),
    )


def amend_unit(
    desk: Desk,
    order: Order,
    *,
    unit: str,
    kind: UnitKind | None = None,
    duty: Duty | None = None,
    order_number: int | None = None,
    parent: str | None = None,
    aliases: Sequence[str] | None = None,
) -> Done:
    """Change what is said of a unit; None leaves a field as it is."""
    desk.must_know_units(unit, parent)
    kept = None if aliases is None else tuple(aliases)
    return desk.change(
        Unit,
        unit_id(unit),
        order,
        lambda u: u.amend(order.meta, kind=kind, duty=duty, order=order_number, parent=parent, aliases=kept),
    )


def rename_unit(desk: Desk, order: Order, *, unit: str, name: Label) -> Done:
    """Give a unit another name; its code stays."""
    desk.must_know_units(unit)
    return desk.change(Unit, unit_id(unit), order, lambda u: u.rename(order.meta, name=name))


def merge_unit(desk: Desk, order: Order, *, unit: str, into: str) -> Done:
    """Merge a unit into another, to which its authority passes."""
    desk.must_know_units(unit, into)
    successor = desk.load(Unit, unit_id(into))
    return desk.change(Unit, unit_id(unit), order, lambda u: u.merge_into(order.meta, into=successor))


def close_unit(desk: Desk, order: Order, *, unit: str) -> Done:
    """Close a unit, with a reason."""
    desk.must_know_units(unit)
    return desk.change(Unit, unit_id(unit), order, lambda u: u.close(order.meta))


def correct_unit(desk: Desk, order: Order, *, unit: str, corrects: int, fields: dict[str, Any] | None = None) -> Done:
    """Retract or replace a fact of a unit."""
    desk.must_know_units(unit)
    return desk.change(Unit, unit_id(unit), order, lambda u: u.correct(order.meta, corrects=corrects, fields=fields))
