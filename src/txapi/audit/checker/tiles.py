"""Tiles: the pieces in which a log publishes its tree and its entries (C2SP tlog-tiles)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import from_decimal
from txapi.audit.checker.errors import MalformedProof
from txapi.audit.checker.merkle import HASH_BYTES, CompactRange

TILE_WIDTH = 256
"""How many hashes a full tile has, and how many entries a full bundle (tlog-tiles, "Merkle Tree")."""

ENTRIES = -1
"""The level of bundles of entries, which lie beside the tiles of level 0."""

MOST_LEVEL = 63

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One published piece: a tile of hashes, or a bundle of entries."""

    level: int
    """0 for the hashes of leaves, n for the roots of full tiles of level n - 1; ENTRIES for a bundle of entries."""
    index: int
    """Which tile of its level, from 0."""
    width: int = TILE_WIDTH
    """How many hashes or entries it has; fewer than 256 make it a partial one."""

    @property
    def path(self) -> str:
        """Where it is published, below the log's prefix (tlog-tiles, "Merkle Tree"): `tile/0/x001/x234/067.p/8`."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """The tile that is published there. Raises MalformedProof; every tile has one path only."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise MalformedProof(f"{path!r} is no path of a tile")
        level = ENTRIES if found[1] == "entries" else from_decimal(found[1])
        index = from_decimal(found[2].replace("x", "").replace("/", "").lstrip("0") or "0")
        width = TILE_WIDTH if found[3] is None else from_decimal(found[3])
        if level is None or level > MOST_LEVEL or index is None or width is None or not 0 < width <= TILE_WIDTH:
            raise MalformedProof(f"{path!r} is no path of a tile: a number is out of range")
        tile = cls(level, index, width)
        if tile.path != path:
            raise MalformedProof(f"{path!r} is another way to write {tile.path!r}")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of hashes of a tree of `size` leaves, level by level; partial ones last in theirs, empty ones never."""
    level, hashes = 0, size
    while hashes:
        full, width = divmod(hashes, TILE_WIDTH)
        for index in range(full):
            yield Tile(level, index)
        if width:
            yield Tile(level, full, width)
        level, hashes = level + 1, full


class TileStream:
    """What the tiles of a log must be, from its leaves in order; a few hundred hashes are kept, however long the log."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = []
        self._full: list[int] = []

    def append(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Take in the hash of the next leaf. The tiles that it completes, with their content, lowest level first."""
        completed: list[tuple[Tile, bytes]] = []
        level, value = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append([])
                self._full.append(0)
            hashes = self._levels[level]
            hashes.append(value)
            if len(hashes) < TILE_WIDTH:
                return completed
            completed.append((Tile(level, self._full[level]), b"".join(hashes)))
            value = root_of_tile(hashes)
            hashes.clear()
            self._full[level] += 1
            level += 1

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles of the tree so far, with their content, lowest level first."""
        return [
            (Tile(level, self._full[level], len(hashes)), b"".join(hashes))
            for level, hashes in enumerate(self._levels)
            if hashes
        ]


def root_of_tile(hashes: list[bytes]) -> bytes:
    """The root of the subtree over the hashes of a tile."""
    tree = CompactRange()
    tree.extend(hashes)
    return tree.root()


def hashes_of_tile(tile: Tile, content: bytes) -> list[bytes]:
    """The hashes of a tile as it was served. Raises MalformedProof where their number is not the tile's width."""
    if len(content) != tile.width * HASH_BYTES:
        raise MalformedProof(f"{tile.path} has {len(content)} bytes, not {tile.width} hashes")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def entries_of_bundle(tile: Tile, content: bytes) -> list[bytes]:
    """The entries of a bundle as it was served: each with its length before it, a big-endian uint16 (tlog-tiles, "Log entries").

    Raises MalformedProof where a length runs over the end, or their number is not the bundle's width.
    """
    entries = []
    at = 0
    while at < len(content):
        begin = at + 2
        at = begin + int.from_bytes(content[at:begin], "big")
        if at > len(content) or begin > len(content):
            raise MalformedProof(f"an entry of {tile.path} runs over its end")
        entries.append(content[begin:at])
    if len(entries) != tile.width:
        raise MalformedProof(f"{tile.path} has {len(entries)} entries, not {tile.width}")
    return entries
