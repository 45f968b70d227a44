"""Webhooks 推送端点 as rows, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.event import Basis
from txapi.domain.event_labels import EVENT_LABELS
from txapi.domain.permissions import told_by_unit
from txapi.domain.webhook import TOLD_KINDS, Webhook
from txapi.projections.history import EventFilter
from txapi.projections.listening import Wanted
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Table, answer, kept


@dataclass(kw_only=True)
class WebhookRow:
    """What a webhook answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    name: str = answer("名称", "The name of the system that listens.")
    url: str = answer("网址", "Where it listens.")
    types: list[str] = answer("事件类型", "The events, or kinds of noun, that it hears of; none means all.")
    note: str | None = answer("备注", "Anything else that is said of it.")
    closed: bool = answer("是否停用", "Whether nothing more is sent to it.")
    basis: Basis = answer("依据", "On what its registration rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    unit_filter: list[str] = kept()
    begins_after: int | None = kept()


WEBHOOKS = Table("webhooks", WebhookRow, indexes=("name, entity_id",))


def project(webhook: Webhook) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a webhook."""
    yield (
        WEBHOOKS,
        WebhookRow(
            entity_id=webhook.id,
            name=webhook.name,
            url=webhook.url,
            types=list(webhook.types),
            note=webhook.note,
            closed=webhook.closed,
            basis=webhook.basis,
            version=webhook.version,
            unit_filter=list(webhook.units),
            begins_after=webhook.after,
        ),
    )


PROJECTION = Projection(Webhook, (WEBHOOKS,), project)


@dataclass
class WebhookFilter:
    """Which webhooks; every part that is given must hold."""

    closed: bool | None = answer("是否停用", "Those to which nothing more is sent, or the others.", default=None)


BY_NAME = [Order("t.name")]


def select(reader: Reader, asked: WebhookFilter | None = None) -> Select[WebhookRow]:
    """The webhooks that a filter asks for."""
    found = Select(WEBHOOKS, reader)
    if asked is not None and asked.closed is not None:
        found.where("t.closed = ?", int(asked.closed))
    return found


def webhook_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The webhook with that id at the moment, or None."""
    return one_of(WEBHOOKS, reader, id, into)


def webhooks_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The webhooks with those ids at the moment."""
    return many_of(WEBHOOKS, reader, ids, into)


def open_webhooks(reader: Reader) -> list[WebhookRow]:
    """Those to which events are sent, by name."""
    return list(select(reader, WebhookFilter(closed=False)).each(BY_NAME))


def begins_behind(reader: Reader, webhook: WebhookRow) -> int:
    """The position behind which a webhook hears events: the one it was registered with, or that of its registration."""
    if webhook.begins_after is not None:
        return webhook.begins_after
    [(position,)] = reader.rows("SELECT min(since) FROM webhooks WHERE entity_id = ?", (webhook.entity_id,))
    return int(position)


def wanted_by(webhook: WebhookRow) -> Wanted:
    """Which events a webhook hears of; of what is internal, one that is told of units hears what these units may read."""
    named = frozenset(webhook.types) or TOLD_KINDS
    topics = sorted(topic for topic in EVENT_LABELS if not named.isdisjoint((topic, topic.partition(".")[0])))
    units = frozenset(webhook.unit_filter)
    return Wanted(EventFilter(topics=topics), units or None, told_by_unit(sorted(units)) if units else None)
