"""What mutations share: the envelope of an input, and the way from a command to its receipt or refusal."""

from __future__ import annotations

import datetime
import decimal
import enum
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import strawberry
from graphql.pyutils import camel_to_snake
from strawberry.scalars import ID

from txapi.application.attempts import remember_refused
from txapi.application.desk import Desk, Done, Order
from txapi.domain import errors
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.attempt import OF_AUTHORITY
from txapi.domain.permissions import RULES
from txapi.domain.register import unit_id
from txapi.projections.history import is_told
from txapi.projections.moment import Reader, at_position
from txapi.record.spans import span
from txapi.schema.context import Context
from txapi.schema.errors import UNAVAILABLE
from txapi.schema.ids import stream_of
from txapi.schema.refusal_codes import RefusalCode
from txapi.schema.scalars import JSON
from txapi.schema.unseen import NotYetVisible, RecordedNotVisible

log = logging.getLogger(__name__)

Info = strawberry.Info[Context, Any]
R = TypeVar("R")


@strawberry.enum(description="The language of a text. 语言。")
class Lang(enum.Enum):
    """Chinese or English."""

    ZH = "zh"
    EN = "en"


for _value, _said in zip(Lang.__strawberry_definition__.values, ("Chinese 中文", "English 英文"), strict=True):  # type: ignore[attr-defined]
    _value.description = _said


@strawberry.input(description="Where a fact is stated: the document and the place in it. 来源文件。")
class SourceInput:
    """A document reference."""

    document: str = strawberry.field(description="The document's title or number. 文件。")
    locator: str = strawberry.field(description="Page, line or paragraph. 位置。")
    publisher: str | None = strawberry.field(default=None, description="Who issued it. 发布单位。")
    published_at: datetime.datetime | None = strawberry.field(
        default=None, description="When it was issued. 发布时间。"
    )
    note: str | None = strawberry.field(default=None, description="Anything else. 备注。")


@strawberry.input(description="What every command may carry. 指令通用项。")
class CommandInput:
    """The envelope of a command."""

    command_id: ID | None = strawberry.field(
        default=None,
        description="Makes the command idempotent: the same id with the same input answers with the first receipt. 指令编号。",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse (StaleVersion) unless the noun is at this version. 预期版本。"
    )
    reason: str | None = strawberry.field(default=None, description="Why; some commands are refused without. 理由。")
    source: SourceInput | None = strawberry.field(default=None, description="The document that states it. 来源。")


@strawberry.type(description="A rule of the business said no. Data, not an error; nothing was recorded. 不予办理。")
class Refusal:
    """What the client learns of a refusal."""

    code: RefusalCode = strawberry.field(description="The fact that refuses. 代码。")
    facts: JSON = strawberry.field(description="The values that the message speaks of. 相关事实。")
    path: list[str] | None = strawberry.field(default=None, description="Which part of the input. 输入位置。")
    current_version: int | None = strawberry.field(
        default=None, description="The noun's version now, where that is what refuses. 当前版本。"
    )
    refusal: strawberry.Private[errors.Refusal]

    @strawberry.field(
        description="The sentence for people, with the names that units have now; `facts` has their codes. 说明。"
    )
    def message(self, info: Info, lang: Lang | None = None) -> str:
        """The message in the language asked for, else in the request's, with the names of units."""
        context = info.context
        names = context.unit_names(self.refusal.unit_codes)
        return self.refusal.message(lang.value if lang else context.language, names)

    @classmethod
    def of(cls, refusal: errors.Refusal) -> Refusal:
        """The public form of a domain refusal."""
        facts = msgspec.to_builtins(refusal.facts, enc_hook=_plain)
        return cls(
            code=RefusalCode[refusal.code],
            facts=facts,
            current_version=refusal.facts.get("current_version"),
            refusal=refusal,
        )


def _remember(info: Info, input: Any, code: str) -> None:
    """Remember a refusal for want of authority, where the policy says so."""
    context = info.context
    if code in OF_AUTHORITY and context.signed_in:
        noun = _about(info, input)
        remember_refused(context.desk, context.viewer, context.now, action=info.field_name, code=code, noun=noun)


def _about(info: Info, input: Any) -> tuple[str, str] | None:
    """The kind and id of the noun that a command's input names; None where it begins one, or names none of ours."""
    kind = RULES[camel_to_snake(info.field_name)].noun
    named = getattr(input, "edition" if kind == "reference" else kind, None)
    if not isinstance(named, str):
        return None
    try:
        return kind, unit_id(named) if kind == "unit" else stream_of(named)
    except errors.BadInput:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(str(part) for part in value)
    return str(value)


def carry_out(
    info: Info,
    input: Any,
    command: Callable[[Desk, Order], Done],
    receipt: Callable[[Reader, Done], R],
) -> R | Refusal:
    """Carry a command out and answer with its receipt, read after its events became visible, or with the refusal.

    A command that was carried out before answers with the noun as of its last event.
    """
    context = info.context
    try:
        done = _done(info, input, command)
    except errors.Refusal as refusal:
        return Refusal.of(refusal)
    context.recorded = True
    try:
        reader = context.fresh(done.last)
    except (NotYetVisible, *UNAVAILABLE) as error:
        log.warning("recorded and not to be shown position=%d: %s", done.last, error)
        raise RecordedNotVisible(done.last, getattr(input, "command_id", None)) from error
    if done.replayed and done.last < reader.moment.position:
        reader = reader.at(at_position(reader.connection, done.last, reader.moment.clock))
    if done.first <= done.last and not is_told(reader, done.last):
        # Whoever gave the command once may not read any more what came of it.
        return Refusal.of(DoesNotExist(kind=done.kind, id=done.id))
    return receipt(reader, done)


def _done(info: Info, input: Any, command: Callable[[Desk, Order], Done]) -> Done:
    """Carry the command out, as a span and for whoever counts what becomes of commands."""
    context, outcome = info.context, "failed"
    try:
        with span(f"command {info.field_name}") as told:

            def given(desk: Desk) -> Done:
                order = context.order(desk, info.field_name, input)
                told.set_attribute("txapi.correlation_id", order.meta.correlation_id)
                return command(desk.read_by(context.viewer), order)

            done = context.desk.give(given)
            outcome = "replayed" if done.replayed else "done"
            told.set_attributes({"txapi.position.last": done.last, "txapi.replayed": done.replayed})
            return done
    except errors.Refusal as refusal:
        outcome = "refused"
        _remember(info, input, refusal.code)
        raise
    except errors.BadInput as error:
        outcome = "invalid"
        _remember(info, input, error.code)
        raise
    finally:
        if context.command_ended is not None:
            context.command_ended(info.field_name, outcome)
