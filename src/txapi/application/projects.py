"""Commands on projects 重大项目: load, let the project decide, save; and check that what a command names exists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import UNSET, UnsetType

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.company import Company
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.group import Group
from txapi.domain.labels import Label
from txapi.domain.money import Money
from txapi.domain.official import Official
from txapi.domain.parcel import Parcel
from txapi.domain.project import Project
from txapi.domain.project.description import CapitalSource
from txapi.domain.project.investment import Investment
from txapi.domain.project.outputs import Per
from txapi.domain.quantity import Quantity
from txapi.domain.supervision import SupervisionList


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a project, and why the actor may not give it now; None where it is open."""
    project = desk.load(Project, id)
    return [(action, project.may(action, meta)) for action in Project.ACTIONS]


# -- what it is ------------------------------------------------------------------------------------------------------


def introduce_project(
    desk: Desk,
    order: Order,
    *,
    code: str,
    name: str,
    kind: ProjectKind,
    unit: str | None = None,
    location: str | None = None,
    owner: str | None = None,
    investors: Sequence[str] = (),
    industries: Sequence[str] = (),
    content: str | None = None,
    phase: str | None = None,
    capital: CapitalSource = CapitalSource.UNSTATED,
    national_code: str | None = None,
    investment: Money | None = None,
    registered_capital: Money | None = None,
    aliases: Sequence[str] = (),
    id: str | None = None,
) -> Done:
    """Bring a project into the record. `unit` is a unit's code; `owner` and `investors` are ids of companies."""
    desk.must_know_units(unit)
    desk.must_exist(Company, owner, *investors)
    return desk.create(
        Project,
        id or desk.record.ids.uuid(),
        order,
        lambda project: project.introduce(
            order.meta,
            code=code,
            name=name,
            kind=kind,
            unit=unit,
            location=location,
            owner=owner,
            investors=investors,
            industries=industries,
            content=content,
            phase=phase,
            capital=capital,
            national_code=national_code,
            investment=investment,
            registered_capital=registered_capital,
            aliases=aliases,
        ),
    )


def amend_project(
    desk: Desk,
    order: Order,
    *,
    project: str,
    name: str | UnsetType = UNSET,
    kind: ProjectKind | UnsetType = UNSET,
    unit: str | UnsetType | None = UNSET,
    location: str | UnsetType | None = UNSET,
    owner: str | UnsetType | None = UNSET,
    investors: Sequence[str] | UnsetType | None = UNSET,
    industries: Sequence[str] | UnsetType = UNSET,
    content: str | UnsetType | None = UNSET,
    phase: str | UnsetType | None = UNSET,
    capital: CapitalSource | UnsetType = UNSET,
    national_code: str | UnsetType | None = UNSET,
    aliases: Sequence[str] | UnsetType = UNSET,
) -> Done:
    """Change what is said of a project. A field that is not given stays as it is; None clears it."""
    desk.must_know_units(unit if isinstance(unit, str) else None)
    desk.must_exist(Company, owner if isinstance(owner, str) else None)
    desk.must_exist(Company, *(() if isinstance(investors, UnsetType) else investors or ()))
    given = {
        "name": name,
        "kind": kind,
        "unit": unit,
        "location": location,
        "owner": owner,
        "investors": investors,
        "industries": industries,
        "content": content,
        "phase": phase,
        "capital": capital,
        "national_code": national_code,
        "aliases": aliases,
    }
    changes = {field: value for field, value in given.items() if value is not UNSET}
    return desk.change(Project, project, order, lambda one: one.amend(order.meta, **changes))


def correct_project(
    desk: Desk, order: Order, *, project: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract (no fields) or replace the fact that event number `corrects` of the project stated."""
    unit = (fields or {}).get("unit")
    desk.must_know_units(unit if isinstance(unit, str) else None)
    return desk.change(Project, project, order, lambda one: one.correct(order.meta, corrects=corrects, fields=fields))


# -- how far it is ---------------------------------------------------------------------------------------------------


def reach_milestone(
    desk: Desk,
    order: Order,
    *,
    project: str,
    kind: MilestoneKind,
    on: PartialDate,
    evidence: str | None = None,
    note: str | None = None,
) -> Done:
    """Record that a milestone was reached."""
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.reach_milestone(
            order.meta, kind=kind, on=on, references=desk.references, evidence=evidence, note=note
        ),
    )


def forecast_milestone(
    desk: Desk, order: Order, *, project: str, kind: MilestoneKind, on: PartialDate, note: str | None = None
) -> Done:
    """Say when a milestone will be reached."""
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.forecast_milestone(order.meta, kind=kind, on=on, references=desk.references, note=note),
    )


def suspend_project(desk: Desk, order: Order, *, project: str) -> Done:
    """Suspend a project."""
    return desk.change(Project, project, order, lambda one: one.suspend(order.meta))


def resume_project(desk: Desk, order: Order, *, project: str) -> Done:
    """Let a suspended project go on."""
    return desk.change(Project, project, order, lambda one: one.resume(order.meta))


def terminate_project(desk: Desk, order: Order, *, project: str) -> Done:
    """Give a project up for good."""
    return desk.change(Project, project, order, lambda one: one.terminate(order.meta))


# -- who answers for it ----------------------------------------------------------------------------------------------


def assign_leader(desk: Desk, order: Order, *, project: str, official: Official, on: date) -> Done:
    """Assign the leading official from a day on."""
    desk.must_know_units(official.unit)
    return desk.change(Project, project, order, lambda one: one.assign_leader(order.meta, official=official, on=on))


def release_leader(desk: Desk, order: Order, *, project: str, on: date | None = None) -> Done:
    """Release the leading official from a day on (None: today)."""
    return desk.change(Project, project, order, lambda one: one.release_leader(order.meta, on=on))


def assign_agent(
    desk: Desk,
    order: Order,
    *,
    project: str,
    official: Official,
    unit: str,
    scope: Sequence[MilestoneKind],
    since: date | None = None,
    until: date | None = None,
) -> Done:
    """Assign an approval agent of a unit (its code) for some milestones, from a day (None: today) on."""
    desk.must_know_units(unit, official.unit)
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.assign_agent(order.meta, official=official, unit=unit, scope=scope, since=since, until=until),
    )


def release_agent(desk: Desk, order: Order, *, project: str, assigned: int, on: date | None = None) -> Done:
    """Release the agent that event number `assigned` of the project assigned, from a day on (None: today)."""
    return desk.change(Project, project, order, lambda one: one.release_agent(order.meta, assigned=assigned, on=on))


# -- its money -------------------------------------------------------------------------------------------------------


def set_investment(
    desk: Desk, order: Order, *, project: str, total: Money | None = None, registered: Money | None = None
) -> Done:
    """State total investment or registered capital, or both."""
    return desk.change(
        Project, project, order, lambda one: one.set_investment(order.meta, total=total, registered=registered)
    )


def increase_capital(
    desk: Desk,
    order: Order,
    *,
    project: str,
    on: PartialDate,
    add_total: Money | None = None,
    add_registered: Money | None = None,
    before: Investment | None = None,
    after: Investment | None = None,
    uses: Sequence[str] = (),
) -> Done:
    """Record an increase of capital; before plus what was added is after."""
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.increase_capital(
            order.meta,
            on=on,
            add_total=add_total,
            add_registered=add_registered,
            before=before,
            after=after,
            uses=uses,
        ),
    )


def pay_in(desk: Desk, order: Order, *, project: str, amount: Money, through: date) -> Done:
    """State how much was paid in, all told, through the end of a day."""
    return desk.change(Project, project, order, lambda one: one.pay_in(order.meta, amount=amount, through=through))


# -- to what it belongs ----------------------------------------------------------------------------------------------


def attach_parcel(desk: Desk, order: Order, *, project: str, parcel: str, on: PartialDate | None = None) -> Done:
    """Tie a parcel to the project, since a date (None: by today)."""
    desk.must_exist(Parcel, parcel)
    return desk.change(Project, project, order, lambda one: one.attach_parcel(order.meta, parcel_id=parcel, on=on))


def detach_parcel(desk: Desk, order: Order, *, project: str, parcel: str, on: PartialDate | None = None) -> Done:
    """Untie a parcel from the project."""
    return desk.change(Project, project, order, lambda one: one.detach_parcel(order.meta, parcel_id=parcel, on=on))


def enter_list(
    desk: Desk,
    order: Order,
    *,
    project: str,
    supervision_list: str,
    on: PartialDate | None = None,
    due: date | None = None,
) -> Done:
    """Enter the project into a supervision list 纳入; its duty is due by the end of the day `due`."""
    desk.must_be_open(SupervisionList, supervision_list)
    return desk.change(
        Project, project, order, lambda one: one.enter_list(order.meta, list_id=supervision_list, on=on, due=due)
    )


def leave_list(desk: Desk, order: Order, *, project: str, supervision_list: str, on: PartialDate | None = None) -> Done:
    """Remove the project from a supervision list 移出."""
    return desk.change(Project, project, order, lambda one: one.leave_list(order.meta, list_id=supervision_list, on=on))


def join_group(desk: Desk, order: Order, *, project: str, group: str, on: PartialDate | None = None) -> Done:
    """Count the project among a group, since a date (None: by today)."""
    desk.must_be_open(Group, group)
    return desk.change(Project, project, order, lambda one: one.join_group(order.meta, group_id=group, on=on))


def leave_group(desk: Desk, order: Order, *, project: str, group: str, on: PartialDate | None = None) -> Done:
    """Count the project among a group no more."""
    return desk.change(Project, project, order, lambda one: one.leave_group(order.meta, group_id=group, on=on))


# -- what it yields --------------------------------------------------------------------------------------------------


def forecast_output(
    desk: Desk, order: Order, *, project: str, label: Label, quantity: Quantity, per: Per | None = None
) -> Done:
    """Say what the project is to yield."""
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.forecast_output(
            order.meta, label=label, quantity=quantity, references=desk.references, per=per
        ),
    )


def measure_output(
    desk: Desk,
    order: Order,
    *,
    project: str,
    label: Label,
    quantity: Quantity,
    on: PartialDate,
    per: Per | None = None,
) -> Done:
    """State what the project yielded over a time that is past."""
    return desk.change(
        Project,
        project,
        order,
        lambda one: one.measure_output(
            order.meta, label=label, quantity=quantity, on=on, references=desk.references, per=per
        ),
    )
