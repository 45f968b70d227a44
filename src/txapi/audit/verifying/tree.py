"""The tree 树 that the shown events make, beside the tiles that are kept of it and the roots that were signed.

The arithmetic is the checker's; nothing of the writer's is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from txapi.audit.checker import EMPTY_ROOT, TILE_WIDTH, LedgerEntry, node_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.shown import Shown, StoredRow

HASH_BYTES = 32
TILE_HEIGHT = 8
_PAGE = 1_000


class GrowingTree:
    """The tree over leaves that come in order, and the hashes of its tiles as they fill up.

    Where a range of leaves is not shown, the root of its full subtree can come instead. Kept are the roots of the
    largest full subtrees and the unfinished tile of each level: a few hundred hashes, however long the record.
    """

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []
        self._unfinished: list[list[bytes]] = []

    def append(self, node: bytes, level: int = 0) -> list[tuple[int, int, list[bytes]]]:
        """Take in the next leaf, or the root of the next 2^level leaves, which must begin at a multiple of so many.

        The tiles that it completes, lowest first: level, index, hashes.
        """
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of 2^{level} leaves cannot begin at leaf {self.size}")
        self.size += 1 << level
        completed: list[tuple[int, int, list[bytes]]] = []
        subtrees = self._subtrees
        while True:
            if not level & (TILE_HEIGHT - 1):
                done = self._into_tile(level // TILE_HEIGHT, node)
                if done is not None:
                    completed.append(done)
            if not subtrees or subtrees[-1][0] != level:
                subtrees.append((level, node))
                return completed
            node = node_hash(subtrees.pop()[1], node)
            level += 1

    def _into_tile(self, level: int, node: bytes) -> tuple[int, int, list[bytes]] | None:
        while len(self._unfinished) <= level:
            self._unfinished.append([])
        hashes = self._unfinished[level]
        hashes.append(node)
        if len(hashes) < TILE_WIDTH:
            return None
        self._unfinished[level] = []
        return level, (self.size >> TILE_HEIGHT * (level + 1)) - 1, hashes

    def unfinished(self) -> list[tuple[int, int, list[bytes]]]:
        """The tiles that are not full, lowest first: level, index, hashes."""
        return [
            (level, self.size >> TILE_HEIGHT * (level + 1), hashes)
            for level, hashes in enumerate(self._unfinished)
            if hashes
        ]

    def root(self) -> bytes:
        """The root of the tree over all leaves so far (RFC 6962, section 2.1)."""
        if not self._subtrees:
            return EMPTY_ROOT
        reached = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            reached = node_hash(left, reached)
        return reached


def root_over(
    rows_after: Callable[[int, int], Sequence[StoredRow]],
    size: int,
    tile: Callable[[int, int], bytes | None] = lambda level, index: None,
) -> bytes | None:
    """The root over the first `size` events of a record; None where it does not reach. `rows_after` reads stored events.

    Behind the last event, leaves are taken from `tile`, which gives the hashes at a level and index of a tree that somebody
    has verified.
    """
    tree = GrowingTree()
    while tree.size < size:
        rows = rows_after(tree.size, min(_PAGE, size - tree.size))
        if not rows:
            break
        for position, recorded_at, stream, version, topic, state in rows:
            tree.append(LedgerEntry(position, recorded_at, version, stream, topic, sha256(state).digest()).leaf())
    while tree.size < size:
        index, at = divmod(tree.size, TILE_WIDTH)
        kept = tile(0, index) or b""
        leaves = [kept[begin : begin + HASH_BYTES] for begin in range(at * HASH_BYTES, len(kept), HASH_BYTES)]
        if not leaves:
            return None
        for leaf in leaves[: size - tree.size]:
            tree.append(leaf)
    return tree.root()


@dataclass(frozen=True)
class SignedRoot:
    """A root that was signed: of how many events, and which. `name` says where it was found."""

    size: int
    root: bytes
    name: str
    kept: bool = True
    """Whether the source keeps it itself, and so the tiles of its tree too."""


class TreeWalk:
    """Walks along the leaves, and on the way holds the tree against the kept tiles and the signed roots."""

    def __init__(self, shown: Shown, roots: Iterable[SignedRoot], kept_until: int, findings: Findings) -> None:
        """`roots` come in order of their sizes; the tiles of the tree of `kept_until` leaves should be there."""
        self.tree = GrowingTree()
        self.agreed = 0
        """The size of the last root that the source keeps and that this tree has."""
        self._agreed_outside = 0
        self._shown = shown
        self._findings = findings
        self._kept_until = kept_until
        self._roots = iter(roots)
        self._next = next(self._roots, None)
        self._tile = b""
        # What disagrees is judged when the next root is known: it says whether the events are wrong or what is kept of them.
        self._doubted: tuple[int, str] | None = None
        self._doubted_tile: tuple[int, str] | None = None

    def skip_to(self, position: int) -> None:
        """Take the leaves before a position from the tiles: the source begins there. What they hash to decides later."""
        whole, rest = divmod(position - 1, TILE_WIDTH)
        for number in range(whole):
            tile, at = divmod(number, TILE_WIDTH)
            self._append(_hash_at(self._shown.tile(1, tile), at), TILE_HEIGHT)
        self._take_from_tile(whole, 0, rest)

    def take_rest(self) -> None:
        """Take the leaves behind the last event from the tiles: the last checkpoint attests more than is shown."""
        while self.tree.size < self._kept_until:
            tile, at = divmod(self.tree.size, TILE_WIDTH)
            self._take_from_tile(tile, at, min(TILE_WIDTH, at + self._kept_until - self.tree.size))

    def _take_from_tile(self, tile: int, begin: int, end: int) -> None:
        kept = self._shown.tile(0, tile)
        for at in range(begin, end):
            self._append(_hash_at(kept, at), 0)

    def take(self, leaf: bytes) -> None:
        """The next event has this leaf hash."""
        at = self.tree.size % TILE_WIDTH
        if at == 0 or not self._tile:
            self._tile = self._shown.tile(0, self.tree.size // TILE_WIDTH) or b""
        if self.tree.size < self._kept_until and self._doubted is None:
            kept = self._tile[at * HASH_BYTES : (at + 1) * HASH_BYTES]
            if kept != leaf:
                self._doubted = self.tree.size + 1, "is another" if kept else "is missing"
        self._append(leaf, 0)

    def _append(self, node: bytes, level: int) -> None:
        for tile_level, index, hashes in self.tree.append(node, level):
            self._compare(tile_level, index, hashes)
        if self.tree.size == self._kept_until:
            for tile_level, index, hashes in self.tree.unfinished():
                self._compare(tile_level, index, hashes)
        while self._next is not None and self._next.size <= self.tree.size:
            self._check(self._next)
            self._next = next(self._roots, None)

    def _compare(self, level: int, index: int, hashes: list[bytes]) -> None:
        """A tile is known now. (Leaves are compared one by one as they come; here are the levels above.)"""
        if level == 0 or self.tree.size > self._kept_until:
            return
        kept = self._shown.tile(level, index) or b""
        # A tile that the source goes on filling may be longer by now.
        if self._doubted_tile is None and kept[: len(hashes) * HASH_BYTES] != b"".join(hashes):
            wrong = next(at for at, one in enumerate(hashes) if _hash_at(kept, at) != one)
            first = ((index * TILE_WIDTH + wrong) << TILE_HEIGHT * level) + 1
            self._doubted_tile = first, f"the tile {level}/{index} that is kept is not the one that the events make"

    def _check(self, signed: SignedRoot) -> None:
        size = signed.size
        if size != self.tree.size:
            # It was passed over with a subtree that came as a whole.
            what = f"{signed.name} of {size} events cannot be checked here: what is shown begins behind it"
            self._findings.add(size, "not-shown", what)
        elif signed.root == self.tree.root():
            if self._doubted is not None:
                position, said = self._doubted
                what = f"the leaf in the kept tiles {said}; the event is as {signed.name} of {size} events attests it"
                self._findings.add(position, "tile", what)
            if self._doubted_tile is not None:
                self._findings.add(self._doubted_tile[0], "tile", self._doubted_tile[1])
            self._doubted = self._doubted_tile = None
            if signed.kept:
                self.agreed = size
            else:
                self._agreed_outside = size
        elif self._doubted is not None:
            position, said = self._doubted
            what = (
                f"the event is not the one that was entered: the leaf in the kept tiles {said}, and {signed.name} of"
                f" {size} events does not attest it"
            )
            self._findings.add(position, "event", what)
        else:
            what = (
                f"{signed.name} of {size} events attests another record: at this position or behind it, up to {size}, an event"
                " was changed, and the tiles with it"
            )
            agreed, kind = (self.agreed, "root") if signed.kept else (self._agreed_outside, "outside-root")
            self._findings.add(agreed + 1, kind, what)

    def finish(self) -> None:
        """All leaves have come: nothing larger may have been signed, and what no root has judged is told as it is."""
        while self._next is not None:
            what = (
                f"{self._next.name} attests {self._next.size} events, and {self.tree.size} are shown: it was cut short"
            )
            self._findings.add(self.tree.size + 1, "cut-short", what)
            self._next = next(self._roots, None)
        if self._doubted is not None:
            position, said = self._doubted
            what = f"the event is not the one that was entered: the leaf in the kept tiles {said}"
            self._findings.add(position, "event", what)


def _hash_at(content: bytes | None, at: int) -> bytes:
    """A hash of a kept tile; zeroes, which hash to nothing that was signed, where it is missing."""
    return (content or b"")[at * HASH_BYTES : (at + 1) * HASH_BYTES].ljust(HASH_BYTES, b"\0")
