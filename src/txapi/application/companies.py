"""Commands on companies 企业: load, let the company decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.company import Company
from txapi.domain.dates import PartialDate
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.money import Money
from txapi.domain.project.investment import Investment


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a company, and why the actor may not give it now; None where it is open."""
    company = desk.load(Company, id)
    return [(action, company.may(action, meta)) for action in Company.ACTIONS]


def register_company(
    desk: Desk,
    order: Order,
    *,
    name: str | None = None,
    description: str | None = None,
    unit: str | None = None,
    parent: str | None = None,
    country: str | None = None,
    credit_code: str | None = None,
    settled: PartialDate | None = None,
    aliases: Sequence[str] = (),
    id: str | None = None,
) -> Done:
    """Enter a company in the register; `parent` is a company's id, `unit` a unit's code."""
    desk.must_know_units(unit)
    desk.must_exist(Company, parent)
    return desk.create(
        Company,
        id or desk.record.ids.uuid(),
        order,
        lambda company: company.register(
            order.meta,
            name=name,
            description=description,
            unit=unit,
            parent=parent,
            country=country,
            credit_code=credit_code,
            settled=settled,
            aliases=tuple(aliases),
        ),
    )


def amend_company(
    desk: Desk,
    order: Order,
    *,
    company: str,
    name: str | None = None,
    description: str | None = None,
    unit: str | None = None,
    parent: str | None = None,
    country: str | None = None,
    credit_code: str | None = None,
    aliases: Sequence[str] | None = None,
) -> Done:
    """Change what is said of a company; None leaves a field as it is."""
    desk.must_know_units(unit)
    desk.must_exist(Company, parent)
    given: dict[str, Any] = {
        "name": name,
        "description": description,
        "unit": unit,
        "parent": parent,
        "country": country,
        "credit_code": credit_code,
        "aliases": None if aliases is None else tuple(aliases),
    }
    return desk.change(Company, company, order, lambda c: c.amend(order.meta, **given))


def state_company_capital(
    desk: Desk, order: Order, *, company: str, total: Money | None = None, registered: Money | None = None
) -> Done:
    """State a company's total investment or registered capital."""
    return desk.change(
        Company, company, order, lambda c: c.state_capital(order.meta, total=total, registered=registered)
    )


def increase_company_capital(
    desk: Desk,
    order: Order,
    *,
    company: str,
    on: PartialDate,
    add_total: Money | None = None,
    add_registered: Money | None = None,
    before: Investment | None = None,
    after: Investment | None = None,
) -> Done:
    """Record an increase of a company's capital."""
    return desk.change(
        Company,
        company,
        order,
        lambda c: c.increase_capital(
            order.meta, on=on, add_total=add_total, add_registered=add_registered, before=before, after=after
        ),
    )


def close_company(desk: Desk, order: Order, *, company: str) -> Done:
    """Close a company, with a reason."""
    return desk.change(Company, company, order, lambda c: c.close(order.meta))


def correct_company(
    desk: Desk, order: Order, *, company: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a fact of a company."""
    return desk.change(Company, company, order, lambda c: c.correct(order.meta, corrects=corrects, fields=fields))
