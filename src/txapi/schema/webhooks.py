"""Webhooks 推送端点: other systems that are told events as they are recorded, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import webhooks as commands
from txapi.application.desk import Done
from txapi.projections import webhooks
from txapi.projections.moment import Reader
from txapi.projections.webhooks import WebhookRow
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import asks, fields_of, optional, texts
from txapi.schema.nouns import Answer, Node, answers, since_position
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import Unit, alone, units_of


@answers("推送端点", "Another system that is told events as they are recorded: CloudEvents over HTTP, signed.")
class Webhook(WebhookRow, Answer, Node):
    """A webhook at a moment."""

    NOUN = "webhook"

    @strawberry.field(description="The units of whose nouns it hears; none means all. 单位范围。")
    def units(self) -> list[Unit]:
        """The units."""
        return units_of(self, "units", lambda row: row.unit_filter)

    @strawberry.field(
        description="It hears what was recorded behind this position; null: behind its own registration. 起始位置。"
    )
    def after(self) -> Position | None:
        """Where it begins."""
        return None if self.begins_after is None else Position(self.begins_after)

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


@loads("webhook")
def load_webhook(reader: Reader, pinned: GlobalId | None, key: str) -> Webhook | None:
    """The webhook with that entity id."""
    return alone(webhooks.webhook_of(reader, key, Webhook), reader, pinned)  # type: ignore[no-any-return]


@loads_many("webhook")
def load_webhooks(reader: Reader, keys: list[str]) -> list[Any]:
    """The webhooks with those entity ids."""
    return webhooks.webhooks_of(reader, keys, Webhook)


@asks("推送端点筛选", "Which webhooks; every part that is given must hold.")
class WebhookFilter(webhooks.WebhookFilter):
    """Which webhooks are asked for."""

    def asked(self) -> webhooks.WebhookFilter:
        """The filter as a question."""
        return webhooks.WebhookFilter(closed=self.closed)


@strawberry.type
class WebhookQuestions(Asking):
    """Questions about webhooks."""

    @strawberry.field(description="The webhook with that entityId. 推送端点。", metadata=plain(Sought()))
    def webhook(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Webhook | None:
        """A webhook."""
        found: Webhook | None = load_webhook(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Webhooks, by name. 推送端点列表。")
    def webhooks(
        self,
        filter: WebhookFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Webhook]:
        """A page of webhooks."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: webhooks.select(reader, asked), webhooks.BY_NAME, Webhook,
            name="webhooks", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a webhook came to. 推送端点回执。")
class WebhookReceipt:
    """The webhook after the command, and what was recorded."""

    webhook: Webhook = strawberry.field(description="The webhook, as it is now. 推送端点。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


WebhookResult = Annotated[
    WebhookReceipt | Refusal, strawberry.union("WebhookResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> WebhookReceipt:
    return WebhookReceipt(
        webhook=alone(webhooks.webhook_of(reader, done.id, Webhook), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


_URL = "https://host/path, without user, password or secret: everybody who reads the record reads it. 网址。"
_UNITS = "Codes of units: it hears of their nouns alone; none means all. 单位代码。"
_TYPES = "Types of event (ticket.issued) or kinds of noun (ticket); none means all. 事件类型。"


@strawberry.input(description="A command on a webhook. 推送端点指令。")
class WebhookCommandInput(CommandInput):
    """Which webhook."""

    webhook: ID = strawberry.field(description="The entityId, or an id of the present. 推送端点。")

    @property
    def entity(self) -> str:
        """The entity id of the webhook. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.webhook, "webhook")


@strawberry.input(
    description="Enter a webhook. Nothing is sent until it has a secret, which is made beside the record. 登记推送端点。"
)
class RegisterWebhookInput(CommandInput):
    """Who listens, where, and what it hears of."""

    name: str = strawberry.field(description="The name of the system that listens. 名称。")
    url: str = strawberry.field(description=_URL)
    units: list[str] = strawberry.field(default_factory=list, description=_UNITS)
    types: list[str] = strawberry.field(default_factory=list, description=_TYPES)
    after: Position | None = strawberry.field(
        default=None, description="Begin behind this position; behind the registration unless given. 起始位置。"
    )
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(
    description="Change where a webhook listens or what it hears of; what is left out stays. 修改推送端点。"
)
class AmendWebhookInput(WebhookCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=None, description="The name of the system that listens. 名称。")
    url: str | None = strawberry.field(default=None, description=_URL)
    units: list[str] | None = strawberry.field(default=None, description=_UNITS)
    types: list[str] | None = strawberry.field(default=None, description=_TYPES)
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Send nothing more to a webhook; a reason is needed. 停用推送端点。")
class CloseWebhookInput(WebhookCommandInput):
    """Which webhook."""


@strawberry.input(description="Retract or replace a fact of a webhook; a reason is needed. 更正推送端点事实。")
class CorrectWebhookInput(WebhookCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the webhook stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


@strawberry.type
class WebhookMutations:
    """Commands on webhooks."""

    @strawberry.mutation(description="Enter a webhook. 登记推送端点。")
    def register_webhook(self, info: Info, input: RegisterWebhookInput) -> WebhookResult:
        """Register a webhook."""
        return carry_out(info, input, lambda desk, order: commands.register_webhook(
            desk, order, name=checked_text(input.name, "name", 200), url=checked_text(input.url, "url", 2000),
            units=texts(input.units, "units", 64), types=texts(input.types, "types"), after=input.after,
            note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change where a webhook listens or what it hears of. 修改推送端点。")
    def amend_webhook(self, info: Info, input: AmendWebhookInput) -> WebhookResult:
        """Amend a webhook."""
        return carry_out(info, input, lambda desk, order: commands.amend_webhook(
            desk, order, webhook=input.entity, name=optional(input.name, "name", 200),
            url=optional(input.url, "url", 2000),
            units=None if input.units is None else texts(input.units, "units", 64),
            types=None if input.types is None else texts(input.types, "types"), note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Send nothing more to a webhook. 停用推送端点。")
    def close_webhook(self, info: Info, input: CloseWebhookInput) -> WebhookResult:
        """Close a webhook."""
        return carry_out(info, input, lambda desk, order: commands.close_webhook(
            desk, order, webhook=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a webhook. 更正推送端点事实。")
    def correct_webhook(self, info: Info, input: CorrectWebhookInput) -> WebhookResult:
        """Correct a webhook."""
        return carry_out(info, input, lambda desk, order: commands.correct_webhook(
            desk, order, webhook=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
