"""The tree of the ledger is the tree of RFC 6962, whatever its size."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txapi.record import merkle
from txapi.record.sqlite_files import SQLiteConnection
from txapi.record.tiles import HEIGHT, TILES, WIDTH, Tiles, subtree

LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
"""The leaves of the reference tree that implementations of Certificate Transparency share."""

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Their roots, by size from 0 on."""


def reference_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, read off the page."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = _split(len(entries))
    return hashlib.sha256(b"\x01" + reference_root(entries[:split]) + reference_root(entries[split:])).digest()


def reference_path(index: int, entries: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(entries) == 1:
        return []
    split = _split(len(entries))
    if index < split:
        return [*reference_path(index, entries[:split]), reference_root(entries[split:])]
    return [*reference_path(index - split, entries[split:]), reference_root(entries[:split])]


def reference_proof(old: int, entries: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old == len(entries):
        return [] if whole else [reference_root(entries)]
    split = _split(len(entries))
    if old <= split:
        return [*reference_proof(old, entries[:split], whole=whole), reference_root(entries[split:])]
    return [*reference_proof(old - split, entries[split:], whole=False), reference_root(entries[:split])]


def _split(count: int) -> int:
    return max(power for power in (1 << bit for bit in range(32)) if power < count)


def tiles_of(entries: list[bytes], *steps: int) -> Tiles:
    """The tiles of entries, added in steps of these sizes, the rest at once."""
    connection = sqlite3.connect(":memory:", factory=SQLiteConnection)
    connection.execute(TILES)
    tiles = Tiles(connection)
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    at = 0
    for step in (*steps, len(hashes)):
        tiles.append(hashes[at : at + step])
        at += step
    return tiles


def test_the_roots_of_the_shared_reference_tree_are_the_shared_roots() -> None:
    tiles = tiles_of(LEAVES)

    assert [merkle.root(tiles.node, size).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 13, 64, 65])
def test_every_proof_of_a_small_tree_is_the_one_of_the_standard(size: int) -> None:
    entries = [bytes([number]) for number in range(size)]
    tiles = tiles_of(entries)

    for index in range(size):
        assert merkle.inclusion_proof(tiles.node, index, size) == reference_path(index, entries)
    for old in range(1, size + 1):
        assert merkle.consistency_proof(tiles.node, old, size) == reference_proof(old, entries)


@given(
    count=st.one_of(st.integers(1, 40), st.sampled_from([255, 256, 257, 511, 512, 513, 700])),
    steps=st.lists(st.integers(0, 300), max_size=4),
    data=st.data(),
)
def test_a_tree_that_grew_in_any_steps_is_the_tree_of_the_standard_at_every_size(
    count: int, steps: list[int], data: st.DataObject
) -> None:
    entries = [number.to_bytes(2, "big") for number in range(count)]
    size = data.draw(st.integers(1, count))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))

    tiles = tiles_of(entries, *steps)

    assert tiles.size() == count
    assert merkle.root(tiles.node, size) == reference_root(entries[:size])
    assert merkle.inclusion_proof(tiles.node, index, size) == reference_path(index, entries[:size])
    assert merkle.consistency_proof(tiles.node, old, size) == reference_proof(old, entries[:size])


def test_a_tree_of_two_levels_of_tiles_has_the_nodes_that_the_levels_below_say() -> None:
    entries = [number.to_bytes(3, "big") for number in range(WIDTH * WIDTH + 300)]
    tiles = tiles_of(entries, 70_000 - 1)

    # 65,836 leaves: 257 full tiles of level 0 and one of 44; 1 full tile of level 1 and one of 1; one of level 2.
    assert len(tiles.read(0, 257)) == 44 * 32
    assert len(tiles.read(1, 0)) == WIDTH * 32
    assert len(tiles.read(1, 1)) == 1 * 32
    assert len(tiles.read(2, 0)) == 1 * 32
    assert tiles.read(2, 1) == tiles.read(3, 0) == b""
    assert tiles.read(1, 1) == reference_root(entries[256 * 256 : 257 * 256])
    assert tiles.node(2 * HEIGHT, 0) == reference_root(entries[: WIDTH * WIDTH])
    assert tiles.node(9, 3) == reference_root(entries[3 * 512 : 4 * 512])


@pytest.mark.parametrize(("level", "number"), [(0, 5), (1, 2), (8, 0), (3, 0)])
def test_a_node_that_the_tree_does_not_reach_is_refused(level: int, number: int) -> None:
    tiles = tiles_of([b"a", b"b", b"c", b"d", b"e"])

    with pytest.raises(ValueError, match="does not reach"):
        tiles.node(level, number)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (7, 5)])
def test_there_is_no_inclusion_proof_for_a_leaf_beyond_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_proof(tiles_of([b"a"] * 5).node, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (5, 4), (0, 0), (-1, 3)])
def test_there_is_no_consistency_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(tiles_of([b"a"] * 5).node, old, new)


def test_a_range_of_leaves_is_covered_by_the_largest_full_subtrees() -> None:
    # Each begins at a multiple of its width: 3; 4 and 5; 6. And 0 to 7; 8 to 11; 12.
    assert list(merkle.full_subtrees(3, 7)) == [(0, 3), (1, 2), (0, 6)]
    assert list(merkle.full_subtrees(0, 13)) == [(3, 0), (2, 2), (0, 12)]
    assert list(merkle.full_subtrees(5, 5)) == []


def test_hashes_that_are_no_power_of_two_are_no_full_subtree() -> None:
    with pytest.raises(ValueError, match="zip"):
        subtree(bytes(3 * 32))


def test_a_tree_is_consistent_with_itself_without_a_proof() -> None:
    assert merkle.consistency_proof(tiles_of([b"a"] * 5).node, 5, 5) == []
