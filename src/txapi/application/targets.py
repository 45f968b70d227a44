"""Commands on targets 目标: load, let the target decide, save."""

from __future__ import annotations

from datetime import date
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.pace import Figure, Goal
from txapi.domain.target import Target


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every action on a target, and why the actor may not take it now; None where it is open."""
    target = desk.load(Target, id)
    return [(action, target.may(action, meta)) for action in Target.ACTIONS]


def set_target(desk: Desk, order: Order, *, indicator: str, unit: str, year: int, id: str | None = None) -> Done:
    """Set the target of a unit (its code) by an indicator, for a year."""
    desk.must_know_units(unit)
    return desk.create(
        Target,
        id or desk.record.ids.uuid(),
        order,
        lambda target: target.set(order.meta, indicator=indicator, unit=unit, year=year, references=desk.references),
    )


def state_goal(desk: Desk, order: Order, *, target: str, goal: Goal) -> Done:
    """State a target's goal for the first time."""
    return desk.change(Target, target, order, lambda t: t.state_goal(order.meta, goal=goal, references=desk.references))


def revise_goal(desk: Desk, order: Order, *, target: str, goal: Goal) -> Done:
    """Put another goal in the place of the one in force, with a reason."""
    return desk.change(
        Target, target, order, lambda t: t.revise_goal(order.meta, goal=goal, references=desk.references)
    )


def report_actual(desk: Desk, order: Order, *, target: str, through: date, value: Figure) -> Done:
    """Report the cumulative figure through the end of a day."""
    return desk.change(
        Target,
        target,
        order,
        lambda t: t.report_actual(order.meta, through=through, value=value, references=desk.references),
    )


def close_target(desk: Desk, order: Order, *, target: str) -> Done:
    """Close a target, with a reason."""
    return desk.change(Target, target, order, lambda t: t.close(order.meta))


def correct_target(
    desk: Desk, order: Order, *, target: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a figure or goal of a target."""
    return desk.change(Target, target, order, lambda t: t.correct(order.meta, corrects=corrects, fields=fields))
