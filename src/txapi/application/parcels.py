"""Commands on parcels 地块: load, let the parcel decide, save."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.company import Company
from txapi.domain.dates import PartialDate
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.money import Money
from txapi.domain.parcel import Parcel


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a parcel, and why the actor may not give it now; None where it is open."""
    parcel = desk.load(Parcel, id)
    return [(action, parcel.may(action, meta)) for action in Parcel.ACTIONS]


def register_parcel(
    desk: Desk,
    order: Order,
    *,
    location: str,
    unit: str | None = None,
    area_m2: Decimal | None = None,
    former_user: str | None = None,
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Enter a parcel; `former_user` is a company's id, `unit` a unit's code, the area is in square metres."""
    desk.must_know_units(unit)
    desk.must_exist(Company, former_user)
    return desk.create(
        Parcel,
        id or desk.record.ids.uuid(),
        order,
        lambda parcel: parcel.register(
            order.meta, location=location, unit=unit, area_m2=area_m2, former_user=former_user, note=note
        ),
    )


def amend_parcel(
    desk: Desk,
    order: Order,
    *,
    parcel: str,
    location: str | None = None,
    unit: str | None = None,
    area_m2: Decimal | None = None,
    former_user: str | None = None,
    note: str | None = None,
) -> Done:
    """Change what is said of a parcel; None leaves a field as it is."""
    desk.must_know_units(unit)
    desk.must_exist(Company, former_user)
    return desk.change(
        Parcel,
        parcel,
        order,
        lambda p: p.amend(
            order.meta, location=location, unit=unit, area_m2=area_m2, former_user=former_user, note=note
        ),
    )


def list_parcel(desk: Desk, order: Order, *, parcel: str, on: PartialDate) -> Done:
    """Record that a parcel was listed for sale."""
    return desk.change(Parcel, parcel, order, lambda p: p.list(order.meta, on=on))


def award_parcel(
    desk: Desk, order: Order, *, parcel: str, on: PartialDate, winner: str | None = None, price: Money | None = None
) -> Done:
    """Record that a parcel was awarded; `winner` is a company's id."""
    desk.must_exist(Company, winner)
    return desk.change(Parcel, parcel, order, lambda p: p.award(order.meta, on=on, winner=winner, price=price))


def put_parcel_to_use(desk: Desk, order: Order, *, parcel: str, on: PartialDate) -> Done:
    """Record that a parcel is used."""
    return desk.change(Parcel, parcel, order, lambda p: p.put_to_use(order.meta, on=on))


def mark_parcel_underused(desk: Desk, order: Order, *, parcel: str, on: PartialDate) -> Done:
    """Record that a parcel is underused."""
    return desk.change(Parcel, parcel, order, lambda p: p.mark_underused(order.meta, on=on))


def mark_parcel_idle(desk: Desk, order: Order, *, parcel: str, on: PartialDate) -> Done:
    """Record the legal finding that a parcel is idle; source and reason are needed."""
    return desk.change(Parcel, parcel, order, lambda p: p.mark_idle(order.meta, on=on))


def reuse_parcel(desk: Desk, order: Order, *, parcel: str, on: PartialDate) -> Done:
    """Record that underused or idle land was put to use again."""
    return desk.change(Parcel, parcel, order, lambda p: p.reuse(order.meta, on=on))


def close_parcel(desk: Desk, order: Order, *, parcel: str) -> Done:
    """Close a parcel, with a reason."""
    return desk.change(Parcel, parcel, order, lambda p: p.close(order.meta))


def correct_parcel(
    desk: Desk, order: Order, *, parcel: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a fact of a parcel."""
    return desk.change(Parcel, parcel, order, lambda p: p.correct(order.meta, corrects=corrects, fields=fields))
