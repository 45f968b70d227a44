"""Commands on supervision lists 专项督查清单: load, let the list decide, save. Members are commands on projects."""

from __future__ import annotations

from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.labels import Label
from txapi.domain.supervision import SupervisionList


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every action on a list, and why the actor may not take it now; None where it is open."""
    found = desk.load(SupervisionList, id)
    return [(action, found.may(action, meta)) for action in SupervisionList.ACTIONS]


def open_supervision_list(
    desk: Desk,
    order: Order,
    *,
    programme: Label,
    duty: Duty,
    rule: str | None = None,
    year: int | None = None,
    period: PartialDate | None = None,
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Open a list under a counting rule: the named edition, else the one in force for its duty."""
    return desk.create(
        SupervisionList,
        id or desk.record.ids.uuid(),
        order,
        lambda opened: opened.open(
            order.meta,
            programme=programme,
            duty=duty,
            references=desk.references,
            rule=rule,
            year=year,
            period=period,
            note=note,
        ),
    )


def amend_supervision_list(
    desk: Desk,
    order: Order,
    *,
    supervision_list: str,
    programme: Label | None = None,
    period: PartialDate | None = None,
    rule: str | None = None,
    note: str | None = None,
) -> Done:
    """Change what is said of a list; None leaves a field as it is."""
    return desk.change(
        SupervisionList,
        supervision_list,
        order,
        lambda found: found.amend(
            order.meta, references=desk.references, programme=programme, period=period, rule=rule, note=note
        ),
    )


def state_supervision_count(desk: Desk, order: Order, *, supervision_list: str, count: int) -> Done:
    """Record how many projects a list is said to have."""
    return desk.change(
        SupervisionList, supervision_list, order, lambda found: found.state_count(order.meta, count=count)
    )


def close_supervision_list(desk: Desk, order: Order, *, supervision_list: str) -> Done:
    """Close a list, with a reason."""
    return desk.change(SupervisionList, supervision_list, order, lambda found: found.close(order.meta))


def correct_supervision_list(
    desk: Desk, order: Order, *, supervision_list: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a fact of a list."""
    return desk.change(
        SupervisionList,
        supervision_list,
        order,
        lambda found: found.correct(order.meta, corrects=corrects, fields=fields),
    )
