"""The record as clients see it: how far it goes, whose clock it keeps, what its read models add up to."""

from __future__ import annotations

import datetime
from typing import Annotated, Self

import strawberry

from txapi.domain.event import TimeBasis
from txapi.domain.event_labels import EVENT_LABELS
from txapi.record.ledger import Statement
from txapi.record.statements import handed_over_from
from txapi.schema.commands import Info
from txapi.schema.connections import size_of
from txapi.schema.proofs import (
    Checkpoint,
    ConsistencyProof,
    InclusionProof,
    consistency_of,
    inclusion_of,
    ledger_beside,
)
from txapi.schema.scalars import Position
from txapi.schema.values import Label


@strawberry.type(description="One table's share of the digest. 分表摘要。")
class TableDigest:
    """A multiset hash over the rows that are current."""

    table: str = strawberry.field(description="The table of read models. 表。")
    digest: str = strawberry.field(description="SHA-256 of the sum of its rows' hashes, hex. 摘要。")


@strawberry.type(description="A kind of event that a record can hold. 事件类型。")
class EventType:
    """A topic with its label."""

    type: str = strawberry.field(description="Its name: ticket.accepted. 类型代码。")
    kind: str = strawberry.field(description="The kind of noun that it happens to: ticket. 对象类别。")
    label: Label = strawberry.field(description="What people read for it. 事件名称。")


@strawberry.type(
    description="The change of the record's key for another: a note that both keys signed. What the former key signed stays good."
    " 密钥交接。"
)
class KeyHandover:
    """A hand-over of the record's key."""

    former_key: str = strawberry.field(description="The verifier key that signed until then (C2SP vkey). 原验证密钥。")
    size: Position = strawberry.field(
        description="How many events the last checkpoint attests that the former key signed. 原密钥签署的事件数。"
    )
    note: str = strawberry.field(
        description="The hand-over with both signatures, as `txapi verify` reads it; it names the next key. 交接签名文书。"
    )

    @classmethod
    def of(cls, handover: Statement) -> Self:
        """A hand-over as the ledger keeps it."""
        return cls(former_key=handed_over_from(handover.note), size=Position(handover.size), note=handover.note)


@strawberry.type(description="The record, as this answer sees it. 记录。")
class Record:
    """The head of the record."""

    id: strawberry.ID = strawberry.field(description="The record's own identifier, given when it was begun. 记录标识。")
    head: Position = strawberry.field(description="The last event that these answers know. 最新位置。")
    recorded_at: datetime.datetime | None = strawberry.field(
        description="When it was recorded; null in an empty record. 记录时间。"
    )
    clock_basis: TimeBasis = strawberry.field(description="Whose clock that is. 时钟依据。")
    digest: str = strawberry.field(description="One digest over those of all tables. 总摘要。")
    digests: list[TableDigest] = strawberry.field(description="The digest of every table. 分表摘要。")

    @strawberry.field(description="What the record's clock says now. 当前时钟。")
    def clock(self, info: Info) -> datetime.datetime:
        """The clock of the operation."""
        info.context.told_the_time = True
        return info.context.now

    @strawberry.field(
        description="The name under which checkpoints are signed; null where nothing was ever signed. 账本名称。"
    )
    def origin(self, info: Info) -> str | None:
        """The origin of the ledger."""
        ledger = ledger_beside(info)
        return ledger.origin if ledger else None

    @strawberry.field(
        description="The key that verifies the record's signatures (C2SP vkey). Whoever trusts nobody here has it from elsewhere."
        " 验证密钥。"
    )
    def verifier_key(self, info: Info) -> str | None:
        """The verifier key of the ledger."""
        ledger = ledger_beside(info)
        return ledger.vkey_now() if ledger else None

    @strawberry.field(
        description="How the record was handed over from one key to the next, in order; few, and mostly none. 密钥交接记录。"
    )
    def key_handovers(self, info: Info) -> list[KeyHandover]:
        """The hand-overs of the record's key."""
        ledger = ledger_beside(info)
        return [KeyHandover.of(each) for each in ledger.handovers()] if ledger else []

    @strawberry.field(
        description="The last checkpoint that as many witnesses have co-signed as the policy asks for. 最新检查点。"
    )
    def checkpoint(self, info: Info) -> Checkpoint | None:
        """The last published checkpoint."""
        ledger = ledger_beside(info)
        found = ledger.latest(published=True) if ledger else None
        return None if found is None else Checkpoint.of(found)

    @strawberry.field(
        description="Checkpoints that attest more than `after` events, in order: 50 unless told how many, at most 500."
        " 检查点列表（默认前 50 个，至多 500 个）。"
    )
    def checkpoints(self, info: Info, after: Position = Position(0), first: int = 50) -> list[Checkpoint]:  # noqa: B008
        """A part of the checkpoints."""
        size, _ = size_of(first, None)
        ledger = ledger_beside(info)
        found = ledger.checkpoints(after, size) if ledger else []
        return [Checkpoint.of(each) for each in found]

    @strawberry.field(
        description="Every kind of event that a record can hold, by kind of noun; some hundred. 事件类型列表。"
    )
    def event_types(self) -> list[EventType]:
        """The topics, with what people read for them."""
        return [
            EventType(type=topic, kind=topic.partition(".")[0], label=Label.of(label))
            for topic, label in EVENT_LABELS.items()
        ]

    @strawberry.field(
        description="The proof that the event at a position is in the tree of a size; of the last checkpoint unless given."
        " 包含证明。"
    )
    def proof(self, info: Info, position: Position, tree_size: Position | None = None) -> InclusionProof:
        """An inclusion proof."""
        return inclusion_of(info, position, tree_size)

    @strawberry.field(
        description="The proof that the tree of size `to` (the last checkpoint's unless given) extends that of size `from`."
        " 一致性证明。"
    )
    def consistency(
        self,
        info: Info,
        from_: Annotated[Position, strawberry.argument(name="from")],
        to: Position | None = None,
    ) -> ConsistencyProof:
        """A consistency proof."""
        return consistency_of(info, from_, to)


def record_of(info: Info) -> Record:
    """The record at the operation's snapshot."""
    context = info.context
    progress = context.views.progress(context.present().connection)
    return Record(
        id=strawberry.ID(context.record.record_id),
        head=Position(progress.position),
        recorded_at=progress.recorded_at,
        clock_basis=context.record.clock.basis,
        digest=progress.digest,
        digests=[TableDigest(table=name, digest=digest) for name, digest in sorted(progress.digests.items())],
    )
