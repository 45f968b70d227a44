"""The record as clients see it: how far it goes, whose clock it keeps, what its read models add up to."""

from __future__ import annotations

import datetime

import strawberry

from txapi.domain.event import TimeBasis
from txapi.schema.commands import Info
from txapi.schema.scalars import Position


@strawberry.type(description="One table's share of the digest. 分表摘要。")
class TableDigest:
    """A multiset hash over the rows that are current."""

    table: str = strawberry.field(description="The table of read models. 表。")
    digest: str = strawberry.field(description="SHA-256 of the sum of its rows' hashes, hex. 摘要。")


@strawberry.type(description="The record, as this answer sees it. 记录。")
class Record:
    """The head of the record."""

    id: strawberry.ID = strawberry.field(description="The record's own identifier, given when it was begun. 记录标识。")
    head: Position = strawberry.field(description="The last event that these answers know. 最新位置。")
    recorded_at: datetime.datetime | None = strawberry.field(
        description="When it was recorded; null in an empty record. 记录时间。"
    )
    clock: datetime.datetime = strawberry.field(description="What the record's clock says now. 当前时钟。")
    clock_basis: TimeBasis = strawberry.field(description="Whose clock that is. 时钟依据。")
    digest: str = strawberry.field(description="One digest over those of all tables. 总摘要。")
    digests: list[TableDigest] = strawberry.field(description="The digest of every table. 分表摘要。")


def record_of(info: Info) -> Record:
    """The record at the operation's snapshot."""
    context = info.context
    progress = context.views.progress(context.present().connection)
    return Record(
        id=strawberry.ID(context.record.record_id),
        head=Position(progress.position),
        recorded_at=progress.recorded_at,
        clock=context.now,
        clock_basis=context.record.clock.basis,
        digest=progress.digest,
        digests=[TableDigest(table=name, digest=digest) for name, digest in sorted(progress.digests.items())],
    )
