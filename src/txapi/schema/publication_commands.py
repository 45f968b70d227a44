"""Commands on publications 发布 as mutations: one for each, answered with the document or with the rule that said no."""

from __future__ import annotations

import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import ID

from txapi.application import publications as commands
from txapi.application.desk import Done
from txapi.domain.publication import About, PublishedKind
from txapi.projections.moment import Reader
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at
from txapi.schema.ids import entity_of
from txapi.schema.inputs import (
    LabelInput,
    MoneyInput,
    PartialDateInput,
    QuantityInput,
    date_of,
    fields_of,
    money_of,
    optional,
)
from txapi.schema.publications import Publication, load_publication
from txapi.schema.scalars import JSON, Position


@strawberry.type(description="What a command on a document came to. 发布文件回执。")
class PublicationReceipt:
    """The document after the command, and what was recorded."""

    publication: Publication = strawberry.field(description="The document, as it is now. 发布文件。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


PublicationResult = Annotated[
    PublicationReceipt | Refusal, strawberry.union("PublicationResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> PublicationReceipt:
    return PublicationReceipt(
        publication=load_publication(reader, None, done.id),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a document. 发布文件指令。")
class PublicationCommandInput(CommandInput):
    """Which document."""

    publication: ID = strawberry.field(description="The entityId, or an id of the present. 发布文件。")

    @property
    def entity(self) -> str:
        """The entity id of the document. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.publication, "publication")


@strawberry.input(description="Record a document that was published. 登记发布文件。")
class RecordPublicationInput(CommandInput):
    """What is known of the document."""

    title: LabelInput = strawberry.field(description="Its title. 标题。")
    publisher: LabelInput | None = strawberry.field(default=None, description="Who published it. 发布单位。")
    published_at: datetime.datetime | None = strawberry.field(
        default=None, description="When; not later than now. 发布时间。"
    )
    editor: str | None = strawberry.field(default=None, description="Who edited it, as printed. 编辑。")
    note: str | None = strawberry.field(default=None, description="Anything else that is said of it. 备注。")


@strawberry.input(description="Change what is said of a document; what is left out stays. 修改发布文件。")
class AmendPublicationInput(PublicationCommandInput):
    """What to change."""

    title: LabelInput | None = strawberry.field(default=None, description="Its title. 标题。")
    publisher: LabelInput | None = strawberry.field(default=None, description="Who published it. 发布单位。")
    note: str | None = strawberry.field(default=None, description="Anything else that is said of it. 备注。")


@strawberry.input(description="The noun that something printed speaks of. 涉及对象。")
class AboutInput:
    """A noun by kind and id."""

    kind: str = strawberry.field(description="The kind of noun: target, supervision_list, project. 对象类别。")
    id: ID = strawberry.field(description="The entityId, or an id of the present. 对象标识。")

    def value(self) -> About:
        """The noun. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return About(checked_text(self.kind, "kind", 40), entity_of(self.id, self.kind))


@strawberry.input(description="Write down what a document printed, as it stands there. 登记刊载内容。")
class PrintItemInput(PublicationCommandInput):
    """What was printed, where, and about what."""

    kind: PublishedKind = strawberry.field(description="What sort of thing. 类别。")
    label: LabelInput = strawberry.field(description="What it is, in words. 名称。")
    printed: str = strawberry.field(description="What stands there. 刊载内容。")
    locator: str = strawberry.field(description="Where in the document. 位置。")
    about: AboutInput | None = strawberry.field(default=None, description="The noun that it speaks of. 涉及对象。")
    as_of: PartialDateInput | None = strawberry.field(default=None, description="For which date. 截至。")
    value: QuantityInput | None = strawberry.field(default=None, description="The figure, where it is one. 数值。")
    amount: MoneyInput | None = strawberry.field(default=None, description="The money, where it is money. 金额。")
    part: int | None = strawberry.field(default=None, description="The count that a rate is of: 86. 部分数。")
    whole: int | None = strawberry.field(default=None, description="The count that a rate is over: 129. 总数。")


@strawberry.input(description="Withdraw a document; a reason is needed. 撤回发布文件。")
class ClosePublicationInput(PublicationCommandInput):
    """Which document."""


@strawberry.input(description="Retract or replace a fact of a document; a reason is needed. 更正发布文件事实。")
class CorrectPublicationInput(PublicationCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="The version (event number in its stream) of the fact. 被更正事件。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace; null retracts. 更正内容。"
    )


@strawberry.type
class PublicationMutations:
    """Commands on documents."""

    @strawberry.mutation(description="Record a document that was published. 登记发布文件。")
    def record_publication(self, info: Info, input: RecordPublicationInput) -> PublicationResult:
        """Record a document."""
        return carry_out(info, input, lambda desk, order: commands.record_publication(
            desk, order, title=input.title.value(), publisher=input.publisher.value() if input.publisher else None,
            published_at=input.published_at, editor=optional(input.editor, "editor", 200),
            note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a document. 修改发布文件。")
    def amend_publication(self, info: Info, input: AmendPublicationInput) -> PublicationResult:
        """Amend a document."""
        return carry_out(info, input, lambda desk, order: commands.amend_publication(
            desk, order, publication=input.entity, title=input.title.value() if input.title else None,
            publisher=input.publisher.value() if input.publisher else None, note=optional(input.note, "note"),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Write down what a document printed. 登记刊载内容。")
    def print_item(self, info: Info, input: PrintItemInput) -> PublicationResult:
        """Write down something printed."""
        return carry_out(info, input, lambda desk, order: commands.print_item(
            desk, order, publication=input.entity, kind=input.kind, label=input.label.value(),
            printed=checked_text(input.printed, "printed", 2000), locator=checked_text(input.locator, "locator", 500),
            about=input.about.value() if input.about else None, as_of=date_of(input.as_of),
            value=input.value.value() if input.value else None, money=money_of(input.amount), part=input.part,
            whole=input.whole,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Withdraw a document. 撤回发布文件。")
    def close_publication(self, info: Info, input: ClosePublicationInput) -> PublicationResult:
        """Withdraw a document."""
        return carry_out(info, input, lambda desk, order: commands.close_publication(
            desk, order, publication=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a document. 更正发布文件事实。")
    def correct_publication(self, info: Info, input: CorrectPublicationInput) -> PublicationResult:
        """Correct a document."""
        return carry_out(info, input, lambda desk, order: commands.correct_publication(
            desk, order, publication=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
