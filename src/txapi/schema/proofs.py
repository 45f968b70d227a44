"""Proofs as clients see them: checkpoints, and that events are in what they attest."""

from __future__ import annotations

import base64
import datetime
from typing import TYPE_CHECKING

import strawberry

from txapi.audit import proofs
from txapi.projections import history
from txapi.projections.restricted import events_withheld
from txapi.record import ledger
from txapi.record.instants import instant
from txapi.schema.commands import Info
from txapi.schema.scalars import Position

if TYPE_CHECKING:
    from txapi.schema.context import Context


def ledger_beside(info: Info) -> ledger.Ledger | None:
    """The ledger of the record, for an answer that then is no function of the snapshot alone; None where there is none."""
    info.context.beside = True
    return info.context.ledger


def ledger_of(info: Info) -> ledger.Ledger:
    """The ledger of the record. NOTHING_SIGNED where there is none."""
    found = ledger_beside(info)
    if found is None:
        raise proofs.NothingSigned
    return found


def _text(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


@strawberry.type(
    description="A signed promise about the first `size` events: none of them will ever read otherwise. C2SP tlog-checkpoint."
    " 检查点。"
)
class Checkpoint:
    """A checkpoint of the ledger."""

    size: Position = strawberry.field(description="How many events it attests: the last one's position. 树大小。")
    root: str = strawberry.field(description="The root of the Merkle tree over them (RFC 6962), base64. 根哈希。")
    signed_at: datetime.datetime = strawberry.field(
        description="When it was signed, by the record's clock; not part of what is signed. 签署时间。"
    )
    note: str = strawberry.field(
        description="The signed note, with the signatures of the record and of the witnesses. 签名文书。"
    )
    published: bool = strawberry.field(
        description="Whether as many witnesses have co-signed as the policy asks for. 是否已发布。"
    )

    @classmethod
    def of(cls, found: ledger.Checkpoint) -> Checkpoint:
        """The public form of a checkpoint."""
        return cls(
            size=Position(found.size),
            root=base64.b64encode(found.root).decode(),
            signed_at=instant(found.signed_at),
            note=found.note,
            published=found.published,
        )


@strawberry.type(description="That a tree holds an event's entry. RFC 6962, section 2.1.1. 包含证明。")
class InclusionProof:
    """An inclusion proof."""

    index: int = strawberry.field(description="The entry's index in the tree: the position less one. 叶序号。")
    tree_size: Position = strawberry.field(description="The size of the tree. 树大小。")
    entry: str = strawberry.field(
        description="The ledger entry, base64: where the event stands and the SHA-256 of its stored bytes. 账目。"
    )
    stored: str = strawberry.field(
        description="The event as it is stored, to the byte: the entry ends with the SHA-256 of its UTF-8. Empty where the viewer may"
        " not read the event; the rest is in the ledger, which everybody reads. 存储原文。"
    )
    leaf: str = strawberry.field(description="SHA-256 of 0x00 and the entry, base64. 叶哈希。")
    hashes: list[str] = strawberry.field(
        description="The proof, from the leaf's sibling up, base64; at most 63. 证明路径。"
    )
    root: str = strawberry.field(description="The root of the tree, base64. 根哈希。")
    tlog_proof: str | None = strawberry.field(
        description="All of it as a file that tools written by others read (C2SP tlog-proof); null where no checkpoint of that"
        " size was signed. 证明文件。"
    )

    @classmethod
    def of(cls, found: proofs.InclusionProof, *, shown: bool) -> InclusionProof:
        """The public form of a proof; `shown` says whether the event is shown with it."""
        return cls(
            index=found.index,
            tree_size=Position(found.tree_size),
            entry=base64.b64encode(found.entry).decode(),
            stored=found.state.decode() if shown else "",
            leaf=base64.b64encode(found.leaf).decode(),
            hashes=_text(found.hashes),
            root=base64.b64encode(found.root).decode(),
            tlog_proof=found.text,
        )


@strawberry.type(description="That a larger tree extends a smaller one. RFC 6962, section 2.1.2. 一致性证明。")
class ConsistencyProof:
    """A consistency proof."""

    from_: Position = strawberry.field(name="from", description="The smaller size. 起始大小。")
    to: Position = strawberry.field(description="The larger size. 终止大小。")
    hashes: list[str] = strawberry.field(description="The proof, base64; at most 63, none for equal sizes. 证明路径。")
    from_root: str = strawberry.field(description="The root of the smaller tree, base64. 起始根哈希。")
    to_root: str = strawberry.field(description="The root of the larger tree, base64. 终止根哈希。")

    @classmethod
    def of(cls, found: proofs.ConsistencyProof) -> ConsistencyProof:
        """The public form of a proof."""
        return cls(
            from_=Position(found.since),
            to=Position(found.until),
            hashes=_text(found.hashes),
            from_root=base64.b64encode(found.root_since).decode(),
            to_root=base64.b64encode(found.root_until).decode(),
        )


def inclusion_of(info: Info, position: int, tree_size: int | None) -> InclusionProof:
    """The proof that an event is in the tree of a size."""
    found, context = ledger_of(info), info.context
    proof = proofs.proof_of(found, context.desk.record.store.read, position, tree_size)
    return InclusionProof.of(proof, shown=_is_shown(context, position))


def _is_shown(context: Context, position: int) -> bool:
    """Whether the viewer may read the event at a position; whoever leaves traces leaves one of it."""
    reader = context.present()
    if (reader.hidden or reader.is_restricted) and not history.is_told(reader, position):
        return False
    if events_withheld(reader, [position]):
        return False
    if reader.restriction is not None and reader.restriction.leaves_traces:
        context.note_events(history.told(context.record, [position]).values())
    return True


def consistency_of(info: Info, since: int, until: int | None) -> ConsistencyProof:
    """The proof that one tree extends another."""
    return ConsistencyProof.of(proofs.consistency_of(ledger_of(info), since, until))
