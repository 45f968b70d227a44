"""Proofs 证明: that an event is in the record that a checkpoint attests, and that a later record extends an earlier one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from txapi.domain.errors import BadInput
from txapi.record.entries import entry_of
from txapi.record.ledger import Checkpoint, Ledger
from txapi.record.store import Row

RowsAfter = Callable[[int, int], Sequence[Row]]
"""Reads stored events: those behind a position, at most so many."""


class NothingSigned(BadInput):
    """No checkpoint of this record was signed, or by too few witnesses, so nothing can be proven of it."""

    def __init__(self) -> None:
        super().__init__(
            "NOTHING_SIGNED", "no checkpoint of this record was signed, or co-signed by as many witnesses as must"
        )


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the tree of `tree_size` entries with that root holds the entry at `index` (RFC 6962, section 2.1.1).

    `checkpoint` is the one of exactly that size, where one was signed. `state` are the event's stored bytes, whose SHA-256 ends
    the entry.
    """

    index: int
    tree_size: int
    entry: bytes
    leaf: bytes
    hashes: list[bytes]
    root: bytes
    checkpoint: Checkpoint | None
    state: bytes

    @property
    def text(self) -> str | None:
        """The proof as a file (C2SP tlog-proof), with the entry as extra data; None where no checkpoint has that size."""
        if self.checkpoint is None:
            return None
        lines = [
            "c2sp.org/tlog-proof@v1",
            f"extra {base64.b64encode(self.entry).decode()}",
            f"index {self.index}",
            *(base64.b64encode(each).decode() for each in self.hashes),
        ]
        return "\n".join(lines) + f"\n\n{self.checkpoint.note}"


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of size `until` extends the one of size `since` (RFC 6962, section 2.1.2)."""

    since: int
    until: int
    hashes: list[bytes]
    root_since: bytes
    root_until: bytes


def last_checkpoint(ledger: Ledger) -> Checkpoint:
    """The last checkpoint that enough witnesses signed. NOTHING_SIGNED."""
    found = ledger.latest(published=True)
    if found is None:
        raise NothingSigned
    return found


def proof_of(ledger: Ledger, rows: RowsAfter, position: int, tree_size: int | None = None) -> InclusionProof:
    """The proof that the event at a position is in the tree of a size, of the last checkpoint unless given.

    NOTHING_SIGNED, NOT_SIGNED_YET, BAD_TREE_SIZE, NO_SUCH_EVENT.
    """
    last = last_checkpoint(ledger)
    size = last.size if tree_size is None else tree_size
    if not 0 < size <= last.size:
        raise BadInput("BAD_TREE_SIZE", f"a tree size is from 1 to {last.size}, not {size}", ("treeSize",))
    stored = rows(position - 1, 1) if position > 0 else ()
    if not stored or stored[0].position != position:
        raise BadInput("NO_SUCH_EVENT", f"the record has no event {position}", ("position",))
    if position > size:
        raise BadInput(
            "NOT_SIGNED_YET", f"event {position} lies behind the tree of {size} events; ask again", ("position",)
        )
    return InclusionProof(
        index=position - 1,
        tree_size=size,
        entry=entry_of(stored[0]),
        leaf=ledger.leaf(position - 1),
        hashes=ledger.inclusion(position - 1, size),
        root=ledger.root(size),
        checkpoint=last if size == last.size else ledger.at(size),
        state=stored[0].state,
    )


def consistency_of(ledger: Ledger, since: int, until: int | None = None) -> ConsistencyProof:
    """The proof that the tree of size `until` (the last checkpoint's unless given) extends that of size `since`.

    NOTHING_SIGNED, BAD_TREE_SIZE.
    """
    last = last_checkpoint(ledger)
    end = last.size if until is None else until
    if not 0 < since <= end <= last.size:
        raise BadInput(
            "BAD_TREE_SIZE", f"tree sizes are 0 < from <= to <= {last.size}, not {since} and {end}", ("from",)
        )
    return ConsistencyProof(since, end, ledger.consistency(since, end), ledger.root(since), ledger.root(end))


def entry_bundle(rows: RowsAfter, number: int, width: int) -> bytes | None:
    """An entry bundle (C2SP tlog-tiles): `width` entries from `number * 256` on, each after its length in two bytes.

    Made from the record as it stands: an event that was changed by hand no longer hashes to its tile. None where the
    record does not reach.
    """
    found = rows(number * 256, width)
    if len(found) != width:
        return None
    entries = (entry_of(row) for row in found)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
