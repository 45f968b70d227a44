"""Commands on attachments 附件: what a file is to hang on is loaded and asked, the bytes are looked for, then it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from txapi.application.desk import Desk, Done, Loads, Order
from txapi.domain.attachment import (
    NUMBER,
    AttachedTo,
    Attachment,
    FileIsAnother,
    FileNotUploaded,
    NoSuchPart,
    Stored,
    must_take_part,
)
from txapi.domain.editions import MilestoneKind
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor, Metadata
from txapi.domain.file_names import checked_sha256
from txapi.domain.permissions import FieldClass, may_read
from txapi.domain.project import Project
from txapi.domain.target import Target
from txapi.domain.ticket import Ticket


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on an attachment, and why the actor may not give it now; None where it is open."""
    attachment = desk.load(Attachment, id)
    return [(action, attachment.may(action, meta)) for action in Attachment.ACTIONS]


def may_attach(desk: Loads, meta: Metadata, to: AttachedTo) -> Refusal | None:
    """Why the actor may not attach a file to that now; None where it is open."""
    try:
        must_take_part(meta, to.kind, _units_of(desk, to))
    except Refusal as refusal:
        return refusal
    return None


def attach_file(
    desk: Desk,
    order: Order,
    *,
    to: AttachedTo,
    sha256: str,
    name: str,
    caption: str | None = None,
    size: int | None = None,
    media_type: str | None = None,
    id: str | None = None,
    already: Callable[[], Sequence[str]] = tuple,
) -> Done:
    """Attach an uploaded file, by its hash. `size` and `media_type` are compared with what lies there, where they are given.

    A hash is no secret: the actor must have uploaded the bytes within their day, or be given them now by another
    attachment that is current, one of those that `already` finds.

    FileNotUploaded, FileIsAnother, NoSuchPart, NotYourRole, NotYourUnit, TooManyAttachments; BadInput ONE_PART,
    BAD_FILE_NAME, BAD_HASH.
    """
    parts = (to.handling, to.milestone, to.through)
    if sum(part is not None for part in parts) > 1:
        raise BadInput("ONE_PART", "a file hangs on one part of a noun, or on the noun itself", ("to",))
    checked_sha256(sha256)

    def decide(attachment: Attachment, number: str) -> None:
        must_take_part(order.meta, to.kind, _units_of(desk, to))
        stored = _stored(desk, sha256, size, media_type)
        if not _has(desk, order.meta.actor, sha256, already):
            # As where there are none: nobody learns by asking which bytes lie here.
            raise FileNotUploaded(sha256=sha256)
        counted = int(number.rpartition("/")[2])
        attachment.attach(order.meta, to=to, number=counted, stored=stored, name=name, caption=caption)

    own = id or desk.record.ids.uuid()

    def carry_out(number: str) -> Done:
        return desk.create(Attachment, own, order, lambda attachment: decide(attachment, number))

    return desk.numbers.allot(NUMBER, f"{to.id}/", carry_out)


def amend_attachment(
    desk: Desk, order: Order, *, attachment: str, name: str | None = None, caption: str | None = None
) -> Done:
    """Change what a file is called, or what is said of it; None leaves it as it is."""
    return desk.change(Attachment, attachment, order, lambda one: one.amend(order.meta, name=name, caption=caption))


def withdraw_attachment(desk: Desk, order: Order, *, attachment: str) -> Done:
    """Withdraw a file, with a reason; it stays in the record."""
    return desk.change(Attachment, attachment, order, lambda one: one.withdraw(order.meta))


def correct_attachment(
    desk: Desk, order: Order, *, attachment: str, corrects: int, fields: dict[str, Any] | None = None
) -> Done:
    """Retract or replace a change of an attachment, or its withdrawal."""
    return desk.change(
        Attachment, attachment, order, lambda one: one.correct(order.meta, corrects=corrects, fields=fields)
    )


def _stored(desk: Desk, sha256: str, size: int | None, media_type: str | None) -> Stored:
    # Looked for and kept from being swept in one: what is attached a moment later is still there.
    stored = desk.record.files.hold(sha256)
    if stored is None:
        raise FileNotUploaded(sha256=sha256)
    if (size is not None and size != stored.size) or (media_type is not None and media_type != stored.media_type):
        raise FileIsAnother(sha256=sha256, size=stored.size, media_type=stored.media_type)
    return stored


def _has(desk: Desk, actor: Actor, sha256: str, already: Callable[[], Sequence[str]]) -> bool:
    """Whether the actor has these bytes: sent them here, or is given them by whoever asks at the door."""
    if desk.record.files.was_uploaded_by(sha256, actor.subject):
        return True
    # What is read may be a moment old: whether an attachment was withdrawn meanwhile, its own events say.
    found = (desk.load(Attachment, id) for id in already())
    return any(not one.closed and may_read(actor, one.to.kind, FieldClass.PUBLIC) for one in found)


def _units_of(desk: Loads, to: AttachedTo) -> list[str]:
    """The codes of the units that take part in what a file is to hang on. DoesNotExist, NoSuchPart."""
    units = _UNITS_OF[to.kind](desk, to)
    return [unit for unit in dict.fromkeys(units) if unit is not None]


def _of_ticket(desk: Loads, to: AttachedTo) -> list[str | None]:
    ticket = desk.load(Ticket, to.id)
    _must_have_no(to, to.milestone, to.through)
    if to.handling is not None:
        handling = next((one for one in ticket.handlings if one.number == to.handling), None)
        if handling is None:
            raise NoSuchPart(kind=to.kind, part=to.part())
        return [handling.unit]
    return [ticket.issuer, ticket.handler, *(one.unit for one in ticket.handlings)]


def _of_project(desk: Loads, to: AttachedTo) -> list[str | None]:
    project = desk.load(Project, to.id)
    _must_have_no(to, to.handling, to.through)
    if to.milestone is not None and all(one.kind is not to.milestone for one in project.milestones):
        raise NoSuchPart(kind=to.kind, part=to.part())
    return [project.unit]


def _of_target(desk: Loads, to: AttachedTo) -> list[str | None]:
    target = desk.load(Target, to.id)
    _must_have_no(to, to.handling, to.milestone)
    if to.through is not None and all(one.through != to.through for one in target.figures):
        raise NoSuchPart(kind=to.kind, part=to.part())
    return [target.unit]


def _must_have_no(to: AttachedTo, *parts: int | MilestoneKind | date | None) -> None:
    """Refuse a part that only another kind of noun has."""
    if any(part is not None for part in parts):
        raise NoSuchPart(kind=to.kind, part=to.part())


_UNITS_OF = {"ticket": _of_ticket, "project": _of_project, "target": _of_target}
