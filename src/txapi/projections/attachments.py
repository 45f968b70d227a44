"""Attachments 附件 as rows, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from txapi.domain.attachment import Attachment
from txapi.domain.editions import MilestoneKind
from txapi.domain.event import Basis
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, marks, one_of
from txapi.projections.table import Table, answer, kept


@dataclass(kw_only=True)
class AttachmentRow:
    """What an attachment answers."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    number: int = answer("序号", "Counts from 1 within the noun that it hangs on, withdrawn ones included.")
    sha256: str = answer("哈希", "The SHA-256 of its bytes, in hex.")
    size: int = answer("字节数", "How many bytes it has.")
    media_type: str = answer("媒体类型", "The media type that was found in its bytes.")
    name: str = answer("文件名", "What it is called.")
    caption: str | None = answer("说明", "What is said of it.")
    handling: int | None = answer("办理序号", "The handling of a ticket that it hangs on; null where on none.")
    milestone: MilestoneKind | None = answer("节点", "The milestone of a project that it hangs on; null where on none.")
    through: date | None = answer("截至", "The last day of the target's figure that it hangs on; null where on none.")
    attached_at: datetime = answer("添加时间", "When it was attached.")
    attached_by: str = answer("添加人", "The subject of who attached it.")
    withdrawn: bool = answer("是否撤回", "Whether it was withdrawn.")
    withdrawn_because: str | None = answer("撤回理由", "Why it was withdrawn.")
    basis: Basis = answer("依据", "On what it rests.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    about_kind: str = kept()
    about_id: str = kept()
    unit_code: str | None = kept()


ATTACHMENTS = Table(
    "attachments",
    AttachmentRow,
    sought=("sha256",),
    # Nouns find their files by this column, in the past as well.
    hot=("about_id",),
)


def project(attachment: Attachment) -> Iterator[tuple[Table[Any], Any]]:
    """The row of an attachment."""
    assert attachment.attached_at is not None
    to = attachment.to
    yield (
        ATTACHMENTS,
        AttachmentRow(
            entity_id=attachment.id,
            number=attachment.number,
            sha256=attachment.sha256,
            size=attachment.size,
            media_type=attachment.media_type,
            name=attachment.name,
            caption=attachment.caption,
            handling=to.handling,
            milestone=to.milestone,
            through=to.through,
            attached_at=attachment.attached_at,
            attached_by=attachment.attached_by,
            withdrawn=attachment.closed,
            withdrawn_because=attachment.closed_because,
            basis=attachment.basis,
            version=attachment.version,
            about_kind=to.kind,
            about_id=to.id,
            unit_code=attachment.unit,
        ),
    )


PROJECTION = Projection(Attachment, (ATTACHMENTS,), project)


@dataclass
class AttachmentFilter:
    """Which attachments; every part that is given must hold."""

    about: list[str] | None = answer("所附对象", "On one of these nouns.", default=None)
    sha256: str | None = answer("哈希", "With these bytes.", default=None)
    withdrawn: bool | None = answer("是否撤回", "Only withdrawn ones, or only others.", default=None)


BY_NOUN = [Order("t.about_id"), Order("t.number")]


def select(reader: Reader, asked: AttachmentFilter | None = None) -> Select[AttachmentRow]:
    """The attachments that a filter asks for."""
    asked = asked or AttachmentFilter()
    found = Select(ATTACHMENTS, reader).where_in("about_id", asked.about)
    if asked.sha256 is not None:
        found.where("t.sha256 = ?", asked.sha256)
    if asked.withdrawn is not None:
        found.where("t.withdrawn = ?", int(asked.withdrawn))
    return found


def attachment_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The attachment with that id at the moment, or None."""
    return one_of(ATTACHMENTS, reader, id, into)


def attachments_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The attachments with those ids at the moment."""
    return many_of(ATTACHMENTS, reader, ids, into)


def attached_to(reader: Reader, nouns: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The attachments of those nouns and of their parts at the moment, by noun and number."""
    found = many_of(ATTACHMENTS, reader, nouns, into, column="about_id")
    return sorted(found, key=lambda row: (row.about_id, row.number))


def with_hash(reader: Reader, sha256: str) -> list[AttachmentRow]:
    """Every attachment of those bytes at the moment, current ones first."""
    found = many_of(ATTACHMENTS, reader, [sha256], column="sha256")
    return sorted(found, key=lambda row: (row.withdrawn, row.attached_at, row.entity_id))


def positions_of(reader: Reader, ids: Sequence[str]) -> dict[str, int]:
    """Where each of these attachments was attached, by its id."""
    if not ids:
        return {}
    return dict(
        reader.rows(f"SELECT stream, position FROM events WHERE version = 1 AND stream IN ({marks(ids)})", list(ids))
    )
