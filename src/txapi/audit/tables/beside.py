"""The tables of what is kept beside the record: checkpoints 检查点 of the ledger, and how webhooks are told 推送进度.

They follow from no moment: the same one gives other rows later, when more was signed or told. So they are no part of the tables that
`txapi export --tables` writes, which are the same for the same record and moment; they are asked for one at a time.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from txapi.audit.tables.columns import Column, Kind, Line, Sheet, enum_columns, told
from txapi.audit.tables.extract import Extract
from txapi.domain.labels import Label
from txapi.projections import webhooks
from txapi.record.deliveries import Deliveries, Delivery, DeliveryState, state_of
from txapi.record.instants import instant
from txapi.record.ledger import Ledger

PAGE = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside the record: None for what is not kept here."""

    ledger: Ledger | None
    deliveries: Deliveries | None
    never_called: Callable[[str], str | None]
    """Why this server never calls a webhook at that URL; None where it may."""


def _of_checkpoint(name: str, kind: Kind, zh: str, en: str) -> Column:
    return told(name, kind, zh, en, lambda line: getattr(line.row, name), source=f"checkpoints.{name}")


CHECKPOINT = Sheet(
    "checkpoints",
    Label(zh="检查点", en="checkpoints"),
    Label(
        zh="一行一个检查点：所证事件不晚于该时点；签名和发布情况为现时所存。",
        en="One row for each checkpoint that attests no event behind the moment; signatures are those kept now.",
    ),
    (
        _of_checkpoint(
            "size", Kind.INTEGER, "树大小", "How many events it attests: the last one's position."
        ),
        told(
            "root", Kind.TEXT, "根哈希", "The root of the Merkle tree over them (RFC 6962), base64.",
            lambda line: base64.b64encode(line.row.root).decode(), source="checkpoints.root",
        ),
        told(
            "signed_at", Kind.TIME, "签署时间", "When it was signed, by the record's clock; not part of what is signed.",
            lambda line: instant(line.row.signed_at), source="checkpoints.signed_at",
        ),
        _of_checkpoint(
            "published", Kind.BOOLEAN, "是否已发布", "Whether as many witnesses have co-signed as the policy asks for."
        ),
        _of_checkpoint(
            "note", Kind.TEXT, "签名文书", "The signed note, with the signatures of the record and of the witnesses."
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """How it stands with telling one webhook."""

    webhook: webhooks.WebhookRow
    state: DeliveryState
    position: int | None
    secrets: int
    delivery: Delivery
    last_error: str | None


def _of_webhook(name: str, answer: str, zh: str, en: str) -> Column:
    return told(name, Kind.TEXT, zh, en, lambda line: getattr(line.row.webhook, answer), source=f"webhooks.{answer}")


def _of_delivery(name: str, kind: Kind, zh: str, en: str) -> Column:
    return told(name, kind, zh, en, lambda line: getattr(line.row.delivery, name), source=f"deliveries.{name}")


def _time(name: str, zh: str, en: str) -> Column:
    def read(line: Line) -> datetime | None:
        micros = getattr(line.row.delivery, name)
        return None if micros is None else instant(micros)

    return told(name, Kind.TIME, zh, en, read, source=f"deliveries.{name}")


DELIVERY = Sheet(
    "webhook_deliveries",
    Label(zh="推送进度", en="webhook deliveries"),
    Label(
        zh="一行一个未停用的推送端点：现时推送到何处。",
        en="One row for each webhook that is not closed: how far it was told, as of now.",
    ),
    (
        _of_webhook("webhook_name", "name", "端点名称", "The name of the system that listens."),
        _of_webhook("webhook_url", "url", "网址", "Where it listens."),
        *enum_columns(
            "state", DeliveryState, "状态", "How it stands with telling it.", "computed", lambda line: line.row.state
        ),
        told(
            "position", Kind.INTEGER, "已确认位置",
            "Everything that it hears of up to here was acknowledged; empty before anything was looked for.",
            lambda line: line.row.position, source="deliveries.position",
        ),
        told(
            "secrets", Kind.INTEGER, "密钥数", "How many secrets sign: two while they change.", lambda line: line.row.secrets,
        ),
        _of_delivery(
            "attempts", Kind.INTEGER, "连续失败次数", "How many attempts to tell what comes next have failed, one after the other."
        ),
        _of_delivery(
            "last_status", Kind.INTEGER, "最近状态码", "What the receiver answered last; empty for nothing."
        ),
        told(
            "last_error", Kind.TEXT, "最近错误",
            "What went wrong last, or why its address is never called; empty where nothing did.",
            lambda line: line.row.last_error, source="deliveries.last_error",
        ),
        _time("last_attempt", "最近尝试时间", "When that was, by the machine's clock, as all times here."),
        _time("acknowledged_at", "最近确认时间", "When something was acknowledged last."),
        _time("next_attempt", "下次尝试时间", "When it is tried again; empty where nothing waits for that."),
        _time("dead_since", "失效时间", "Since when nothing is sent any more; empty while it lives."),
        _of_delivery("dead_because", Kind.TEXT, "失效原因", "Why it was taken for dead."),
        _of_webhook("webhook_id", "entity_id", "端点实体标识", "The entity id of the webhook."),
    ),
    internal_of="webhook",
    of_now=True,
)  # fmt: skip


def checkpoint_lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """The checkpoints that attest nothing behind the moment, in order."""
    ledger = extract.beside.ledger if extract.beside is not None else None
    after, last = 0, extract.reader.moment.position
    while ledger is not None and (page := ledger.checkpoints(after, PAGE)):
        for checkpoint in page:
            if checkpoint.size > last:
                return
            yield CHECKPOINT, Line(checkpoint, extract)
            after = checkpoint.size


def delivery_lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """How every webhook that is not closed is told, by name."""
    beside = extract.beside
    if beside is None:
        return
    kept = {} if beside.deliveries is None else beside.deliveries.all()
    secrets = {} if beside.deliveries is None else beside.deliveries.secrets()
    for webhook in webhooks.open_webhooks(extract.reader):
        delivery, signing = kept.get(webhook.entity_id), len(secrets.get(webhook.entity_id, ()))
        never = beside.never_called(webhook.url)
        shown = delivery or Delivery(webhook=webhook.entity_id, position=0)
        line = _Told(
            webhook,
            state_of(delivery, signing, never),
            None if delivery is None else delivery.position,
            signing,
            shown,
            never or shown.last_error,
        )
        yield DELIVERY, Line(line, extract)
