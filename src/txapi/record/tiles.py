"""Tiles 瓦片: the nodes of the Merkle tree in rows of 256 hashes, as c2sp.org/tlog-tiles cuts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txapi.record.merkle import HASH_SIZE, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.record.database import Connection

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""Hashes in a full tile."""

TILES = "CREATE TABLE tiles (level INTEGER, number INTEGER, hashes BLOB NOT NULL, PRIMARY KEY (level, number)) WITHOUT ROWID"


class Tiles:
    """The tiles of one tree in a database; the rightmost of every level grows until it is full."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, level: int, number: int) -> bytes:
        """The hashes of a tile as far as they are known; empty for one that was never begun."""
        found = self._connection.execute(
            "SELECT hashes FROM tiles WHERE level = ? AND number = ?", (level, number)
        ).fetchone()
        return found[0] if found else b""

    def size(self) -> int:
        """How many leaves there are."""
        found = self._connection.execute(
            "SELECT number, length(hashes) FROM tiles WHERE level = 0 ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return found[0] * WIDTH + found[1] // HASH_SIZE if found else 0

    def append(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes at the right; every tile that becomes full is hashed into the one above."""
        size = self.size()
        hashes = b"".join(leaves)
        level = 0
        while hashes:
            number = size // WIDTH
            known = self.read(level, number)
            hashes = known + hashes
            above = []
            for at in range(0, len(hashes), WIDTH * HASH_SIZE):
                tile = hashes[at : at + WIDTH * HASH_SIZE]
                self._connection.execute(
                    "INSERT INTO tiles VALUES (?, ?, ?) ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes",
                    (level, number, tile),
                )
                if len(tile) == WIDTH * HASH_SIZE:
                    above.append(subtree(tile))
                    number += 1
            size //= WIDTH
            level += 1
            hashes = b"".join(above)

    def node(self, level: int, number: int) -> bytes:
        """The hash of a full subtree by level and number. A ValueError where the tiles do not reach."""
        above, height = divmod(level, HEIGHT)
        tile, offset = divmod(number << height, WIDTH)
        hashes = self.read(above, tile)[offset * HASH_SIZE : (offset + (1 << height)) * HASH_SIZE]
        if len(hashes) != HASH_SIZE << height:
            raise ValueError(f"the tree does not reach node {number} of level {level}")
        return subtree(hashes)


def subtree(hashes: bytes) -> bytes:
    """The root of the full subtree over these hashes, whose number is a power of two."""
    row = [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
