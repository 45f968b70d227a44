"""An attachment 附件: a file that hangs on a ticket, a project or a target, or on a part of one; its bytes lie beside the record.

The record holds the SHA-256 of the bytes, so whoever has them can tell that they are the ones that were attached.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.editions import MilestoneKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Event
from txapi.domain.file_names import checked_file_name, checked_sha256
from txapi.domain.permissions import must_be_permitted
from txapi.domain.register import Actions, Register

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from txapi.domain.event import Metadata

MOST_ATTACHMENTS = 200
"""How many files were ever attached to one noun at most, those that were withdrawn among them."""

CAPTION_LENGTH_MAX = 500

ABOUT = ("ticket", "project", "target")
"""The kinds of noun that files are attached to."""


class FileNotUploaded(Refusal):
    """A file is uploaded first, and attached by its hash then, by who uploaded it or is given it already."""

    en = "No file of yours with the SHA-256 {sha256} is here: upload it (POST /files), then attach it within a day."
    zh = "没有您上传的 SHA-256 为 {sha256} 的文件：请先上传（POST /files），并在一日内添加为附件。"


class FileIsAnother(Refusal):
    """What a client says of a file is not what lies here under its hash."""

    en = "The file {sha256} has {size} bytes of the type {media_type}, not what was said of it."
    zh = "文件 {sha256} 实为 {size} 字节、类型 {media_type}，与所述不符。"


class NoSuchPart(Refusal):
    """A file hangs on a part that is there: a handling, a milestone, a figure."""

    en = "There is no such part of this {kind} to attach a file to: {part}."
    zh = "该{kind}没有可附文件的部分：{part}。"


class TooManyAttachments(Refusal):
    """One noun takes so many files and no more."""

    en = "At most {most} files are attached to one {kind}."
    zh = "每个{kind}最多可附 {most} 个文件。"


class AttachmentWithdrawalNeedsAReason(Refusal):
    """Whoever withdraws a file says why."""

    en = "Withdrawing an attachment needs a reason."
    zh = "撤回附件须说明理由。"


class AttachedTo(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a file hangs on: a noun, by its kind and entity id, and perhaps a part of it.

    `handling` is the number of a handling within a ticket, `milestone` one of a project, `through` the last day of a
    target's figure; at most one of them is given.
    """

    kind: str
    id: str
    handling: int | None = None
    milestone: MilestoneKind | None = None
    through: date | None = None

    def part(self) -> str | None:
        """The part as messages name it; None where the file hangs on the noun itself."""
        if self.handling is not None:
            return f"handling {self.handling}"
        if self.milestone is not None:
            return f"milestone {self.milestone.value}"
        return None if self.through is None else f"figure through {self.through.isoformat()}"


class Stored(msgspec.Struct, frozen=True, gc=False):
    """What is known of the bytes that lie beside the record: hash, length, and the type that was found in them."""

    sha256: str
    size: int
    media_type: str


class Attachment(Register):
    """A file that was attached, by somebody who acts for `unit` where it is not None."""

    KIND = "attachment"
    AMENDABLE = ("name", "caption")

    class Attached(Event, frozen=True, kw_only=True, omit_defaults=True):
        """A file was attached 添加附件. `number` counts from 1 within the noun; the bytes have that SHA-256 and size."""

        TOPIC = "attachment.attached"
        to: AttachedTo
        number: int
        sha256: str
        size: int
        media_type: str
        name: str
        caption: str | None = None

        def apply(self, attachment: Attachment) -> None:
            attachment.to, attachment.number = self.to, self.number
            attachment.sha256, attachment.size, attachment.media_type = self.sha256, self.size, self.media_type
            attachment.name, attachment.caption = self.name, self.caption
            attachment.basis, attachment.attached_at = self.meta.basis, self.meta.decided_at
            attachment.attached_by, attachment.unit = self.meta.actor.subject, self.meta.actor.unit

        def claims(self) -> Iterable[tuple[str, str]]:
            """Its number within the noun is its own."""
            return ((NUMBER, number_key(self.to.id, self.number)),)

    class Amended(Event, frozen=True, kw_only=True, omit_defaults=True):
        """What the file is called, or what is said of it, was changed 修改; fields that are None stay as they were."""

        TOPIC = "attachment.amended"
        name: str | None = None
        caption: str | None = None

        def apply(self, attachment: Attachment) -> None:
            attachment._take_amendment(self)

    class Withdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
        """The file was withdrawn 撤回附件; it stays in the record, and nobody is shown it as current."""

        TOPIC = "attachment.withdrawn"

        def apply(self, attachment: Attachment) -> None:
            attachment.closed, attachment.closed_because = True, self.meta.reason

    class FactCorrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """A change of this attachment, or its withdrawal, was retracted or replaced 更正."""

        TOPIC = "attachment.fact_corrected"

    CORRECTION = FactCorrected
    # What was attached is never said to have been something else: whoever attached the wrong file withdraws it.
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = (Amended, Withdrawn)

    def _blank(self) -> None:
        super()._blank()
        self.to = AttachedTo("", "")
        self.number = 0
        self.sha256 = ""
        self.size = 0
        self.media_type = ""
        self.name = ""
        self.caption: str | None = None
        self.attached_at: datetime | None = None
        self.attached_by = ""
        """The subject of who attached it."""
        self.unit: str | None = None
        """The code of the unit for which it was attached."""

    def _may_change(self, meta: Metadata, action: str) -> None:
        self._must_be_open()
        must_be_permitted(meta, action, self.unit)

    def _may_correct(self, meta: Metadata, action: str) -> None:
        self._must_exist()
        must_be_permitted(meta, action, self.unit)

    ACTIONS: ClassVar[Actions] = {
        "amend_attachment": _may_change,
        "withdraw_attachment": _may_change,
        "correct_attachment": _may_correct,
    }

    def attach(
        self,
        meta: Metadata,
        *,
        to: AttachedTo,
        number: int,
        stored: Stored,
        name: str,
        caption: str | None = None,
    ) -> None:
        """Attach a file that is stored; whether the actor may is asked of the noun first: `must_take_part`.

        BadInput BAD_FILE_NAME, BAD_HASH.
        """
        self._must_be_new()
        if number > MOST_ATTACHMENTS:
            raise TooManyAttachments(kind=to.kind, most=MOST_ATTACHMENTS)
        self._record(
            self.Attached,
            meta,
            to=to,
            number=number,
            sha256=checked_sha256(stored.sha256),
            size=stored.size,
            media_type=stored.media_type,
            name=checked_file_name(name, stored.media_type),
            caption=caption,
        )

    def amend(self, meta: Metadata, **given: Any) -> None:
        """Change what it is called, or what is said of it; None leaves a field as it is."""
        self._may_change(meta, "amend_attachment")
        if given.get("name") is not None:
            given["name"] = checked_file_name(given["name"], self.media_type)
        self._record(self.Amended, meta, **self._amendments(given))

    def withdraw(self, meta: Metadata) -> None:
        """Withdraw it, with a reason."""
        self._may_change(meta, "withdraw_attachment")
        if not meta.reason:
            raise AttachmentWithdrawalNeedsAReason
        self._record(self.Withdrawn, meta)

    def _must_hold_together(self) -> None:
        checked_file_name(self.name, self.media_type)


NUMBER = "attachment-number"
"""The kind of the keys that give each file of a noun its number."""


def number_key(noun: str, number: int) -> str:
    """The key that a file has by its number within a noun."""
    return f"{noun}/{number:04d}"


def must_take_part(meta: Metadata, kind: str, units: Sequence[str]) -> None:
    """Refuse who may not attach files to a noun of that kind, in which these units take part. NotYourRole, NotYourUnit."""
    mine = next((unit for unit in units if meta.actor.acts_for(unit)), None)
    action = "attach_file" if kind == "ticket" else "attach_file.project_or_target"
    must_be_permitted(meta, action, mine or next(iter(units), None))
