"""The Merkle tree of RFC 6962 and RFC 9162 with SHA-256, as a reader meets it: hashes, proofs, the root of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from txapi.audit.checker.errors import ForkedLog, MalformedProof, NotAnExtension, NotInTheTree, ShrunkenLog

HASH_BYTES = 32

EMPTY_ROOT = sha256().digest()
"""The root of a tree without entries: the hash of nothing (RFC 9162 section 2.1.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf (RFC 9162 section 2.1.1): a zero byte sets it apart from inner nodes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """That the leaf with this hash stands at `index` (from 0) of the tree of `size` leaves with this `root`.

    RFC 9162 section 2.1.3.2, step by step. Raises MalformedProof where the place is not in the tree or the path is too
    long or too short for it, NotInTheTree where the path leads to another root.
    """
    _are_hashes("inclusion", leaf, root, *path)
    if not 0 <= index < size:
        raise MalformedProof(f"a tree of {size} leaves has no leaf {index}")
    first, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise MalformedProof("the inclusion proof is longer than the way to the root")
        if first & 1 or first == last:
            reached = node_hash(sibling, reached)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        first, last = first >> 1, last >> 1
    if last:
        raise MalformedProof("the inclusion proof ends before the root")
    if reached != root:
        raise NotInTheTree(f"the inclusion proof of leaf {index} leads to another root than that of size {size}")


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """That the first `old_size` leaves of the tree of `size` leaves are those of the tree with `old_root`.

    RFC 9162 section 2.1.4.2, step by step; trees of equal size are consistent when the path is empty and the roots are
    one. A tree without leaves says nothing, so both sizes are at least 1. Raises MalformedProof where the path is too
    long or too short, ShrunkenLog, ForkedLog for one size with two roots, NotAnExtension where the path leads elsewhere.
    """
    _are_hashes("consistency", old_root, root, *path)
    if old_size < 1:
        raise MalformedProof("nothing can be proven from a tree without leaves")
    if size < old_size:
        raise ShrunkenLog(f"a tree of {size} leaves cannot contain one of {old_size}")
    if size == old_size:
        if path:
            raise MalformedProof("trees of one size need no consistency proof")
        if root != old_root:
            raise ForkedLog(f"two trees of {size} leaves have different roots")
        return
    reached_old, reached = _replayed(old_size, old_root, size, path)
    if reached_old != old_root:
        raise NotAnExtension(f"the consistency proof leads to another root than that of the earlier size {old_size}")
    if reached != root:
        raise NotAnExtension(f"the consistency proof leads to another root than that of the later size {size}")


def _replayed(old_size: int, old_root: bytes, size: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees as the path has them: steps 1 to 6 of RFC 9162 section 2.1.4.2, for 0 < old < new."""
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    elif not steps:
        raise MalformedProof("the consistency proof is empty")
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise MalformedProof("the consistency proof is longer than the way to the root")
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, step)
        first, last = first >> 1, last >> 1
    if last:
        raise MalformedProof("the consistency proof ends before the root")
    return old, new


def _are_hashes(proof: str, *values: bytes) -> None:
    """SHA-256 hashes have 32 bytes; one of another length would shift what follows it inside a node's hash."""
    if any(len(value) != HASH_BYTES for value in values):
        raise MalformedProof(f"the {proof} proof holds something that is no SHA-256 hash")


class CompactRange:
    """The tree over leaves that come one after the other, kept as the roots of its full subtrees: a few hundred bytes."""

    def __init__(self) -> None:
        self._size = 0
        self._subtrees: list[bytes] = []

    @property
    def size(self) -> int:
        """How many leaves have come."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Take in the hash of the next leaf."""
        if len(leaf) != HASH_BYTES:
            raise MalformedProof("a leaf of the stream is no SHA-256 hash")
        reached, rest = leaf, self._size
        while rest & 1:
            reached = node_hash(self._subtrees.pop(), reached)
            rest >>= 1
        self._subtrees.append(reached)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take in the hashes of the next leaves, in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root of the tree over all leaves so far (RFC 9162 section 2.1.1)."""
        if not self._subtrees:
            return EMPTY_ROOT
        reached = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            reached = node_hash(left, reached)
        return reached
