"""Attachments 附件: the files of a noun and of its parts, with their hashes, and the commands on them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import attachments as commands
from txapi.application.desk import Done
from txapi.domain.attachment import CAPTION_LENGTH_MAX, AttachedTo
from txapi.domain.errors import BadInput
from txapi.projections import attachments
from txapi.projections.attachments import AttachmentRow
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking, loads, loads_many, nouns_behind
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import asks, fields_of, optional
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.project_enums import MilestoneKind
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import alone, unit_behind

AttachmentSubject = Annotated[
    Annotated["Ticket", strawberry.lazy("txapi.schema.tickets")]  # type: ignore[name-defined]  # noqa: F821
    | Annotated["Project", strawberry.lazy("txapi.schema.projects")]  # type: ignore[name-defined]  # noqa: F821
    | Annotated["Target", strawberry.lazy("txapi.schema.targets")],  # type: ignore[name-defined]  # noqa: F821
    strawberry.union("AttachmentSubject", description="What a file is attached to. 所附对象。"),
]

Withdrawn = Annotated[
    bool, strawberry.argument(description="Whether those that were withdrawn are told, too. 是否包括已撤回的。")
]


@answers("附件", "A file that hangs on a ticket, a project or a target, or on a part of one.")
class Attachment(AttachmentRow, Answer, Node):
    """An attachment at a moment."""

    NOUN = "attachment"

    @strawberry.field(
        description="Where its bytes are, on this server: GET, with the token of whoever may read what it hangs on. 下载地址。"
    )
    def url(self) -> str:
        """The path of its bytes."""
        return f"/files/{self.sha256}?attachment={self.entity_id}"

    @strawberry.field(
        graphql_type=AttachmentSubject | None, description="The ticket, project or target that it hangs on. 所附对象。"
    )
    def about(self) -> Any:
        """What it hangs on, as far as that exists at the moment."""
        return next(iter(nouns_behind(self, "about", lambda row: [(row.about_kind, row.about_id)])), None)

    unit = unit_behind("unit_code", "The unit for which it was attached; null where for none. 添加单位。")

    @strawberry.field(description="The event by which it was attached. 添加位置。")
    def attached_position(self) -> Position:
        """The position of its first event."""
        return Position(
            self.related("attachedPosition", self.entity_id, lambda row: row.entity_id, attachments.positions_of)
        )

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


def attached_to(
    answer: Answer,
    noun: str,
    noun_of: Callable[[Any], str],
    *,
    withdrawn: bool,
    part: Callable[[AttachmentRow], bool] = lambda row: True,
) -> list[Attachment]:
    """The files of a noun, or of a `part` of one, by number: one statement for all siblings."""
    found = to_many(
        answer, "attachments", noun, noun_of,
        lambda reader, ids: attachments.attached_to(reader, ids, Attachment), lambda row: row.about_id,
    )  # fmt: skip
    return [row for row in found if part(row) and (withdrawn or not row.withdrawn)]


@strawberry.type
class Attachable(Answer):
    """Base of the nouns that files are attached to, and whose parts they are."""

    @strawberry.field(description="The files that were attached to it and to its parts, in order. 附件。")
    def attachments(self, withdrawn: Withdrawn = False) -> list[Attachment]:
        """The files of the noun."""
        return attached_to(self, _id_of(self), _id_of, withdrawn=withdrawn)

    @strawberry.field(description="Whether the viewer may attach a file to it now, and why not. 添加附件权限。")
    def may_attach(self, info: Info) -> Permission:
        """Why the button is grey."""
        return may_attach_to(self, info, AttachedTo(self.NOUN, _id_of(self)))


def may_attach_to(answer: Answer, info: Info, to: AttachedTo) -> Permission:
    """Whether the viewer may attach a file to that noun, or to that part of it, now."""
    [permission] = permissions_of(
        answer, info, to.id, lambda desk, meta, id: [("attach_file", commands.may_attach(desk, meta, to))]
    )
    return permission


def _id_of(row: Any) -> str:
    id: str = row.entity_id
    return id


@loads("attachment")
def load_attachment(reader: Reader, pinned: GlobalId | None, key: str) -> Attachment | None:
    """The attachment with that entity id."""
    return alone(attachments.attachment_of(reader, key, Attachment), reader, pinned)  # type: ignore[no-any-return]


@loads_many("attachment")
def load_attachments(reader: Reader, keys: list[str]) -> list[Any]:
    """The attachments with those entity ids."""
    return attachments.attachments_of(reader, keys, Attachment)


@asks("附件筛选", "Which attachments; every part that is given must hold, an empty list finds nothing.")
class AttachmentFilter(attachments.AttachmentFilter):
    """Which attachments are asked for."""

    about: list[ID] | None = strawberry.field(  # type: ignore[assignment]
        default=None, description="On one of these tickets, projects or targets, by entityId or id. 所附对象。"
    )

    def asked(self) -> attachments.AttachmentFilter:
        """The filter as a question. BadInput BAD_ID, and those of a text."""
        return attachments.AttachmentFilter(
            about=None if self.about is None else [stream_of(id) for id in self.about],
            sha256=optional(self.sha256, "sha256", 64),
            withdrawn=self.withdrawn,
        )


@strawberry.type
class AttachmentQuestions(Asking):
    """Questions about attachments."""

    @strawberry.field(description="The attachment with that entityId. 附件。", metadata=plain(Sought()))
    def attachment(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Attachment | None:
        """An attachment."""
        found: Attachment | None = load_attachment(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Attachments, by what they hang on and by number. 附件列表。")
    def attachments(
        self,
        filter: AttachmentFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Attachment]:
        """A page of attachments."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: attachments.select(reader, asked), attachments.BY_NOUN, Attachment,
            name="attachments", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on an attachment came to. 附件回执。")
class AttachmentReceipt:
    """The attachment after the command, and what was recorded."""

    attachment: Attachment = strawberry.field(description="The attachment, as it is now. 附件。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


AttachmentResult = Annotated[
    AttachmentReceipt | Refusal, strawberry.union("AttachmentResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> AttachmentReceipt:
    return AttachmentReceipt(
        attachment=alone(attachments.attachment_of(reader, done.id, Attachment), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(
    description="Attach an uploaded file to a ticket, a project or a target, or to a part of it. 添加附件。"
)
class AttachFileInput(CommandInput):
    """Which file, and what it hangs on."""

    sha256: str = strawberry.field(description="The SHA-256 of its bytes, as POST /files answered it. 哈希。")
    name: str = strawberry.field(
        description="What it is called, with the ending of its type; no path, at most 200 bytes. 文件名。"
    )
    caption: str | None = strawberry.field(default=None, description="What is said of it. 说明。")
    size: int | None = strawberry.field(
        default=None, description="How many bytes; compared with what was uploaded, where given. 字节数。"
    )
    media_type: str | None = strawberry.field(
        default=None, description="The media type; compared with what was found, where given. 媒体类型。"
    )
    ticket: ID | None = strawberry.field(
        default=None, description="The ticket, by entityId, or by an id of the present. 工作联系单。"
    )
    handling: int | None = strawberry.field(
        default=None, description="On that handling of the ticket, by its number: its reply, for one. 办理序号。"
    )
    project: ID | None = strawberry.field(
        default=None, description="The project, by entityId, or by an id of the present. 项目。"
    )
    milestone: MilestoneKind | None = strawberry.field(
        default=None, description="On that milestone of the project. 节点。"
    )
    target: ID | None = strawberry.field(
        default=None, description="The target, by entityId, or by an id of the present. 目标。"
    )
    through: datetime.date | None = strawberry.field(
        default=None, description="On the target's figure through the end of that day. 截至。"
    )

    def to(self) -> AttachedTo:
        """What it hangs on. BadInput ONE_NOUN, BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        given = {kind: id for kind in ("ticket", "project", "target") if (id := getattr(self, kind)) is not None}
        if len(given) != 1:
            raise BadInput("ONE_NOUN", "name one of ticket, project and target", ("ticket",))
        [(kind, id)] = given.items()
        return AttachedTo(kind, entity_of(id, kind), self.handling, self.milestone, self.through)


@strawberry.input(description="A command on an attachment. 附件指令。")
class AttachmentCommandInput(CommandInput):
    """Which attachment."""

    attachment: ID = strawberry.field(description="The entityId, or an id of the present. 附件。")

    @property
    def entity(self) -> str:
        """The entity id of the attachment. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.attachment, "attachment")


@strawberry.input(description="Change what a file is called or what is said of it; what is left out stays. 修改附件。")
class AmendAttachmentInput(AttachmentCommandInput):
    """What to change."""

    name: str | None = strawberry.field(default=None, description="What it is called. 文件名。")
    caption: str | None = strawberry.field(default=None, description="What is said of it. 说明。")


@strawberry.input(description="Withdraw a file; a reason is needed, and it stays in the record. 撤回附件。")
class WithdrawAttachmentInput(AttachmentCommandInput):
    """Which attachment."""


@strawberry.input(
    description="Retract or replace a change of an attachment, or its withdrawal; a reason is needed. 更正附件信息。"
)
class CorrectAttachmentInput(AttachmentCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the attachment stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


@strawberry.type
class AttachmentMutations:
    """Commands on attachments."""

    @strawberry.mutation(
        description="Attach a file that the same person uploaded by POST /files within a day, or may fetch now; refused otherwise, as"
        " where its bytes are not there. 添加附件：须为本人一日内上传或现可下载的文件。"
    )
    def attach_file(self, info: Info, input: AttachFileInput) -> AttachmentResult:
        """Attach a file."""

        def already() -> list[str]:
            rows = attachments.with_hash(info.context.present(), input.sha256)
            return [row.entity_id for row in rows if not row.withdrawn]

        return carry_out(info, input, lambda desk, order: commands.attach_file(
            desk, order, to=input.to(), sha256=input.sha256, name=checked_text(input.name, "name", 200),
            caption=_caption(input.caption), size=input.size, media_type=optional(input.media_type, "mediaType", 100),
            already=already,
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what a file is called or what is said of it. 修改附件。")
    def amend_attachment(self, info: Info, input: AmendAttachmentInput) -> AttachmentResult:
        """Amend an attachment."""
        return carry_out(info, input, lambda desk, order: commands.amend_attachment(
            desk, order, attachment=input.entity, name=optional(input.name, "name", 200), caption=_caption(input.caption),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Withdraw a file; it stays in the record. 撤回附件。")
    def withdraw_attachment(self, info: Info, input: WithdrawAttachmentInput) -> AttachmentResult:
        """Withdraw an attachment."""
        return carry_out(info, input, lambda desk, order: commands.withdraw_attachment(
            desk, order, attachment=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a change of an attachment, or its withdrawal. 更正附件信息。")
    def correct_attachment(self, info: Info, input: CorrectAttachmentInput) -> AttachmentResult:
        """Correct an attachment."""
        return carry_out(info, input, lambda desk, order: commands.correct_attachment(
            desk, order, attachment=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip


def _caption(given: str | None) -> str | None:
    return optional(given, "caption", CAPTION_LENGTH_MAX)
