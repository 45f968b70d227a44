"""The Merkle tree by its definition (RFC 6962 sections 2.1 to 2.1.2), recursive and slow: what the checker must agree with."""

from __future__ import annotations

from hashlib import sha256


def split(size: int) -> int:
    """The largest power of two below `size`."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def root_of(entries: list[bytes]) -> bytes:
    """MTH(D[n])."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    half = split(len(entries))
    return sha256(b"\1" + root_of(entries[:half]) + root_of(entries[half:])).digest()


def path_of(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(entries) == 1:
        return []
    half = split(len(entries))
    if index < half:
        return [*path_of(index, entries[:half]), root_of(entries[half:])]
    return [*path_of(index - half, entries[half:]), root_of(entries[:half])]


def proof_of(old: int, entries: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return _subproof(old, entries, True)


def _subproof(old: int, entries: list[bytes], whole: bool) -> list[bytes]:
    if old == len(entries):
        return [] if whole else [root_of(entries)]
    half = split(len(entries))
    if old <= half:
        return [*_subproof(old, entries[:half], whole), root_of(entries[half:])]
    return [*_subproof(old - half, entries[half:], False), root_of(entries[:half])]


def entries_of(count: int, salt: str = "") -> list[bytes]:
    """So many different entries."""
    return [f"entry {number} {salt}".encode() for number in range(count)]
