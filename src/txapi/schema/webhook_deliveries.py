"""Deliveries 推送进度: how far each webhook was told and what went wrong, beside the record; and telling it again."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import strawberry
from strawberry.scalars import ID

from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.permissions import RULES, FieldClass, may_read
from txapi.projections import webhooks
from txapi.record.deliveries import Delivery, DeliveryState, state_of
from txapi.record.instants import instant
from txapi.schema.commands import Info
from txapi.schema.connections import LARGEST_SIZE
from txapi.schema.context import Context
from txapi.schema.ids import entity_of
from txapi.schema.nouns import together
from txapi.schema.scalars import Position
from txapi.schema.values import Label, public_enum
from txapi.schema.webhooks import Webhook

log = logging.getLogger(__name__)

public_enum(DeliveryState, "推送状态", "How it stands with telling a webhook.")


@strawberry.type(
    description="How far a webhook was told. It is kept beside the record by the machine's clock, and says how it is now: no"
    " moment has it, and no receipt attests it. 推送进度。"
)
class WebhookDelivery:
    """The delivery of one webhook."""

    webhook: Webhook = strawberry.field(description="Who is told. 推送端点。")
    state: DeliveryState = strawberry.field(description="How it stands. 状态。")
    position: Position | None = strawberry.field(
        description="Everything that it hears of up to here was acknowledged; null before anything was looked for. 已确认位置。"
    )
    secrets: int = strawberry.field(description="How many secrets sign: two while they change. 密钥数。")
    attempts: int = strawberry.field(
        description="How many attempts to tell what comes next have failed, one after the other. 连续失败次数。"
    )
    last_status: int | None = strawberry.field(
        description="What the receiver answered last; null for nothing. 最近状态码。"
    )
    last_error: str | None = strawberry.field(
        description="What went wrong last, or why its address is never called; null where nothing did. 最近错误。"
    )
    last_attempt: datetime.datetime | None = strawberry.field(description="When that was. 最近尝试时间。")
    acknowledged_at: datetime.datetime | None = strawberry.field(
        description="When something was acknowledged last. 最近确认时间。"
    )
    next_attempt: datetime.datetime | None = strawberry.field(
        description="When it is tried again; null where nothing waits for that. 下次尝试时间。"
    )
    dead_since: datetime.datetime | None = strawberry.field(
        description="Since when nothing is sent any more; null while it lives. 失效时间。"
    )
    dead_because: str | None = strawberry.field(description="Why it was taken for dead. 失效原因。")

    @strawberry.field(description="What people read for the state. 状态名称。")
    def state_label(self) -> Label:
        """The label of the state."""
        return Label.of_member(self.state)


def _time(micros: int | None) -> datetime.datetime | None:
    return None if micros is None else instant(micros)


def _told(webhook: Webhook, delivery: Delivery | None, secrets: int, never: str | None) -> WebhookDelivery:
    told = delivery or Delivery(webhook=webhook.entity_id, position=0)
    return WebhookDelivery(
        webhook=webhook,
        state=state_of(delivery, secrets, never),
        position=None if delivery is None else Position(delivery.position),
        secrets=secrets,
        attempts=told.attempts,
        last_status=told.last_status,
        last_error=never or told.last_error,
        last_attempt=_time(told.last_attempt),
        acknowledged_at=_time(told.acknowledged_at),
        next_attempt=_time(told.next_attempt),
        dead_since=_time(told.dead_since),
        dead_because=told.dead_because,
    )


def _all(context: Context) -> list[WebhookDelivery]:
    reader, deliveries = context.present(), context.deliveries
    opened = webhooks.WebhookFilter(closed=False)
    found: list[Any] = webhooks.select(reader, opened).all(Webhook, webhooks.BY_NAME)
    kept = {} if deliveries is None else deliveries.all()
    secrets = {} if deliveries is None else deliveries.secrets()
    return [
        _told(row, kept.get(row.entity_id), len(secrets.get(row.entity_id, ())), context.never_called(row.url))
        for row in together(found[:LARGEST_SIZE], reader, None)
    ]


STOPPED = (DeliveryState.DEAD, DeliveryState.WITHOUT_SECRET, DeliveryState.NOT_ALLOWED_HERE)
"""Where nothing is sent until somebody does something."""


def stopped(context: Context) -> int | None:
    """How many webhooks nothing is sent to until somebody does something; None for whoever may not see that."""
    if not may_read(context.viewer, "webhook", FieldClass.INTERNAL):
        return None
    # It follows from no snapshot.
    context.beside = True
    return sum(each.state in STOPPED for each in _all(context))


@strawberry.type
class DeliveryQuestions:
    """Questions about deliveries: of now alone."""

    @strawberry.field(
        description="How far each webhook that is not closed was told, by name; at most 500. The auditor and the administrator"
        " see it. 推送进度列表。"
    )
    def webhook_deliveries(self, info: Info) -> list[WebhookDelivery]:
        """The deliveries. FORBIDDEN."""
        context = info.context
        _must_be(context.viewer, may_read(context.viewer, "webhook", FieldClass.INTERNAL))
        # It follows from no snapshot.
        context.beside = True
        return _all(context)


@strawberry.input(description="Tell a webhook again, or on after it was dead. Nothing is recorded by that. 重新推送。")
class ReplayWebhookInput:
    """Which webhook, and from where."""

    webhook: ID = strawberry.field(description="The entityId, or an id of the present. 推送端点。")
    after: Position | None = strawberry.field(
        default=None,
        description="Tell it again what was recorded behind this position; on from where it stands unless given. 起始位置。",
    )


@strawberry.type
class DeliveryMutations:
    """What is done about deliveries."""

    @strawberry.mutation(
        description="Tell a webhook again what was recorded behind a position; a dead one lives from then on. 重新推送。"
    )
    def replay_webhook(self, info: Info, input: ReplayWebhookInput) -> WebhookDelivery:
        """Replay. UNAUTHENTICATED, FORBIDDEN, POSITION_AHEAD, NO_SUCH_WEBHOOK, NOT_DELIVERING."""
        context = info.context
        if not context.signed_in:
            raise BadInput(
                "UNAUTHENTICATED", "this request carries no valid token; only signed-in people change anything"
            )
        _must_be(context.viewer, RULES["replay_webhook"].reach(context.viewer.role) is not None)
        deliveries, id = context.deliveries, entity_of(input.webhook, "webhook")
        reader = context.present()
        head = reader.moment.position
        kept = None if deliveries is None else deliveries.all().get(id)
        found = next((each for each in _all(context) if each.webhook.entity_id == id), None)
        if deliveries is None or found is None:
            raise BadInput(
                "NO_SUCH_WEBHOOK", f"nobody tells a webhook {id}: it was never registered, or is closed", ("webhook",)
            )
        if input.after is not None:
            after = int(input.after)
        else:
            after = webhooks.begins_behind(reader, found.webhook) if kept is None else kept.position
        if after > head:
            raise BadInput("POSITION_AHEAD", f"position {after} does not exist; the head is {head}", ("after",))
        at = context.record.event_at(after) if after else None
        deliveries.replay(id, after, at.event.event_id if at else None)
        log.info("webhook %s is told again what is behind position %d, by %s", id, after, context.viewer.subject)
        return next(each for each in _all(context) if each.webhook.entity_id == id)


def _must_be(viewer: Actor, may: bool) -> None:
    if not may:
        raise BadInput("FORBIDDEN", f"the role {viewer.role.value} has nothing to do with how webhooks are told")
