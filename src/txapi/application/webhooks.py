"""Commands on webhooks 推送端点: load, let the webhook decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.webhook import Webhook


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a webhook, and why the actor may not give it now; None where it is open."""
    webhook = desk.load(Webhook, id)
    return [(action, webhook.may(action, meta)) for action in Webhook.ACTIONS]


def register_webhook(
    desk: Desk,
    order: Order,
    *,
    name: str,
    url: str,
    units: Sequence[str] = (),
    types: Sequence[str] = (),
    after: int | None = None,
    note: str | None = None,
    id: str | None = None,
) -> Done:
    """Enter a webhook: what is recorded from now on, or behind `after`, is sent to it."""
    desk.must_know_units(*units)
    return desk.create(
        Webhook,
        id or desk.record.ids.uuid(),
        order,
        lambda webhook: webhook.register(
            order.meta, name=name, url=url, units=tuple(units), types=tuple(types), after=after, note=note
        ),
    )


def amend_webhook(
    desk: Desk,
    order: Order,
    *,
    webhook: str,
    name: str | None = None,
    url: str | None = None,
    units: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
    note: str | None = None,
) -> Done:
    """Change where a webhook listens or what it hears of; None leaves a field as it is."""
    desk.must_know_units(*(units or ()))
    given: dict[str, Any] = {
        "name": name,
        "url": url,
        "units": None if units is None else tuple(units),
        "types": None if types is None else tuple(types),
        "note": note,
    }
    return desk.change(Webhook, webhook, order, lambda w: w.amend(order.meta, **given))


def close_webhook(desk: Desk, order: Order, *, webhook: str) -> Done:
    """Send nothing more to a webhook, with a reason."""
    return desk.change(Webhook, webhook, order, lambda w: w.close(order.meta))


def correct_webhook(
    desk: Desk, order: Order, *, webhook: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a fact of a webhook."""
    return desk.change(Webhook, webhook, order, lambda w: w.correct(order.meta, corrects=corrects, fields=fields))
