"""A target of Chongfu in its smallest world: set, with a goal, with figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.domain.project.given import CLERK, meta, references
from txapi.domain.money import Money
from txapi.domain.pace import Figure, Goal
from txapi.domain.quantity import Quantity
from txapi.domain.target import Target

JUNE_30, JULY_31 = date(2015, 6, 30), date(2015, 7, 31)


def usd(amount: str) -> Figure:
    return Figure(money=Money.of(amount, "万美元"))


def cny(amount: str) -> Figure:
    return Figure(money=Money.of(amount, "万元"))


def quantity(amount: str, unit: str) -> Figure:
    return Figure(quantity=Quantity.of(amount, unit))


def a_target(indicator: str = "FDI_CONTRACTED") -> Target:
    """The target of Chongfu for 2015, without a goal; event 1."""
    new = Target("t1")
    new.set(meta(), indicator=indicator, unit="chongfu", year=2015, references=references())
    return new


def with_goal(amount: str = "24000") -> Target:
    """The same with a stated goal; event 2."""
    target = a_target()
    target.state_goal(meta(), goal=Goal(value=usd(amount)), references=references())
    return target


def reported(*figures: tuple[date, str]) -> Target:
    """The same with figures; events 3 and on."""
    target = with_goal()
    for through, amount in figures:
        target.report_actual(meta(CLERK), through=through, value=usd(amount), references=references())
    return target


def report(target: Target, through: date, value: Figure, **more: Any) -> None:
    target.report_actual(meta(**{"actor": CLERK, **more}), through=through, value=value, references=references())


def money(amount: str, unit: str = "万美元") -> dict[str, Any]:
    return {"value": {"money": {"amount": amount, "unit": unit}}}
