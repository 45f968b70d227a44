"""Checkpoints: what a log says of itself — whose, how many entries, which root (C2SP tlog-checkpoint, "Note text")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import from_decimal, hash_from_base64
from txapi.audit.checker.errors import ForkedLog, MalformedCheckpoint, MalformedProof, ShrunkenLog, WrongOrigin
from txapi.audit.checker.merkle import EMPTY_ROOT, verify_consistency


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The text of a checkpoint, read. It proves nothing before its signature is verified."""

    origin: str
    """Which log it is of."""
    size: int
    """How many entries the log has."""
    root: bytes
    """The root of the Merkle tree over them, 32 bytes."""
    extensions: tuple[str, ...] = ()
    """Further lines, which no reader understands; not recommended."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a note, with its last newline. Raises MalformedCheckpoint."""
        if not text.endswith("\n"):
            raise MalformedCheckpoint("the text of a checkpoint ends in a newline")
        lines = text[:-1].split("\n")
        if len(lines) < 3:
            raise MalformedCheckpoint("a checkpoint has at least three lines: origin, size and root")
        if "" in lines:
            raise MalformedCheckpoint(f"line {lines.index('') + 1} of the checkpoint is empty")
        size, root = from_decimal(lines[1]), hash_from_base64(lines[2])
        if size is None:
            raise MalformedCheckpoint(f"the checkpoint's size {lines[1]!r} is no decimal without leading zeroes")
        if root is None:
            raise MalformedCheckpoint(f"the checkpoint's root {lines[2]!r} is no base64 of 32 bytes")
        return cls(lines[0], size, root, tuple(lines[3:]))


def verify_extension(older: Checkpoint, newer: Checkpoint, path: Sequence[bytes]) -> None:
    """That `newer` contains all of `older`, at the same places: nothing was changed, taken out, put between or cut off.

    A log begins empty, and any tree extends the empty one without a proof (tlog-witness, "add-checkpoint"). Raises
    WrongOrigin, ShrunkenLog, ForkedLog, NotAnExtension or MalformedProof.
    """
    if older.origin != newer.origin:
        raise WrongOrigin(f"a checkpoint of {newer.origin} cannot extend one of {older.origin}")
    for each in (older, newer):
        if each.size == 0 and each.root != EMPTY_ROOT:
            raise ForkedLog(f"{each.origin} claims that a tree without entries has another root than the empty one")
    if newer.size < older.size:
        raise ShrunkenLog(f"{newer.origin} had {older.size} entries, and now shows {newer.size}")
    if older.size:
        verify_consistency(older.size, older.root, newer.size, newer.root, path)
    elif path:
        raise MalformedProof("a tree without entries needs no consistency proof")
