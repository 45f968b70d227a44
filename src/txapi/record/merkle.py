"""The Merkle tree over the entries, as RFC 6962, section 2.1, defines it: hashes, roots and proofs, from stored nodes.

A node is named by its level (0: leaf hashes) and its number within the level; the node at level l and number n is the
hash of the full subtree over the leaves [n * 2**l, (n + 1) * 2**l). What is here makes trees and proofs; whoever checks
them uses `txapi.audit.checker`, which shares no code with this.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    NodeAt = Callable[[int, int], bytes]
    """Gives the hash of a full subtree by level and number."""

HASH_SIZE = 32

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves: the hash of the empty string."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def full_subtrees(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The largest full subtrees that cover the leaves [begin, end), from left to right, by level and number."""
    while begin < end:
        # A subtree begins at a multiple of its width, and fits.
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


def range_hash(node_at: NodeAt, begin: int, end: int) -> bytes:
    """The hash of the leaves [begin, end), where `begin` is a multiple of the range's width rounded up to a power of 2.

    Such ranges are what roots and proofs are made of: their full subtrees are hashed together from the right.
    """
    found = b""
    for level, number in reversed(list(full_subtrees(begin, end))):
        node = node_at(level, number)
        found = node_hash(node, found) if found else node
    return found


def root(node_at: NodeAt, size: int) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return range_hash(node_at, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node_at: NodeAt, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, section 2.1.1: from the leaf's sibling up. A ValueError where there is none."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return [range_hash(node_at, begin, end) for begin, end in _siblings(index, size)]


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges beside the path from the root to a leaf, the deepest first."""
    begin, end = 0, size
    found: list[tuple[int, int]] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_proof(node_at: NodeAt, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962, section 2.1.2; empty for equal sizes. A ValueError where there is none."""
    if not 0 < old <= new:
        raise ValueError(f"there is no consistency proof from {old} to {new} leaves")
    begin, end, whole = 0, new, True
    found: list[tuple[int, int]] = []
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin, whole = middle, False
    if not whole:
        found.append((begin, end))
    return [range_hash(node_at, *each) for each in reversed(found)]


def _split(width: int) -> int:
    """The largest power of two smaller than the width: where RFC 6962 divides a range of leaves."""
    return 1 << ((width - 1).bit_length() - 1)
