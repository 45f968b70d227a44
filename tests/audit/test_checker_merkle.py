"""The tree of RFC 6962 as the checker reads it: the vectors of others, the definition, and every byte flipped."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.trees import entries_of, path_of, proof_of, root_of
from txapi.audit.checker import (
    EMPTY_ROOT,
    Checkpoint,
    CompactRange,
    ForkedLog,
    MalformedProof,
    NotAnExtension,
    NotInTheTree,
    NotProven,
    ShrunkenLog,
    WrongOrigin,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_extension,
    verify_inclusion,
)

VECTORS = Path(__file__).parent / "vectors"
TREE = json.loads((VECTORS / "tree.json").read_text())
MOST = 40


def probes(file: str) -> list[Any]:
    found = json.loads((VECTORS / file).read_text())
    return [pytest.param(probe, id=name) for name, probe in found.items()]


def decoded(value: str | None) -> bytes:
    """The bytes of a probe. Where it says "don't care" any hash will do, but here it must be a hash."""
    found = base64.b64decode(value or "")
    return sha256(found).digest() if found.startswith(b"don't care") else found


@pytest.mark.parametrize("probe", probes("inclusion.json"))
def test_inclusion_is_judged_as_the_family_of_rfc_6962_judges_it(probe) -> None:
    path = [decoded(step) for step in probe["proof"] or ()]

    def verified() -> None:
        verify_inclusion(probe["leafIdx"], probe["treeSize"], decoded(probe["leafHash"]), path, decoded(probe["root"]))

    if probe["wantErr"]:
        with pytest.raises(NotProven):
            verified()
    else:
        verified()


@pytest.mark.parametrize("probe", probes("consistency.json"))
def test_consistency_is_judged_as_the_family_of_rfc_6962_judges_it(probe) -> None:
    path = [decoded(step) for step in probe["proof"] or ()]

    def verified() -> None:
        verify_consistency(probe["size1"], decoded(probe["root1"]), probe["size2"], decoded(probe["root2"]), path)

    if probe["wantErr"]:
        with pytest.raises(NotProven):
            verified()
    else:
        verified()


def test_leaves_nodes_and_roots_are_those_of_the_family() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in TREE["leaves"]]
    tree = CompactRange()

    roots = [tree.root()]
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
        roots.append(tree.root())

    assert [root.hex() for root in roots] == TREE["roots"]
    assert [leaf_hash(leaf).hex() for leaf in leaves] == TREE["nodes"][0]
    for level in (1, 2, 3):
        below = [bytes.fromhex(each) for each in TREE["nodes"][level - 1]]
        above = [node_hash(below[at], below[at + 1]).hex() for at in range(0, len(below), 2)]
        assert above == TREE["nodes"][level]


def test_every_proof_of_every_tree_up_to_forty_leaves_is_accepted_at_its_place_and_nowhere_else() -> None:
    for size in range(1, MOST + 1):
        entries = entries_of(size)
        root = root_of(entries)
        for index in range(size):
            leaf, path = leaf_hash(entries[index]), path_of(index, entries)
            verify_inclusion(index, size, leaf, path, root)
            for wrong in {index - 1, index + 1, index ^ 1, size} - {index}:
                with pytest.raises(NotProven):
                    verify_inclusion(wrong, size, leaf, path, root)
        for old in range(1, size + 1):
            older, path = root_of(entries[:old]), proof_of(old, entries)
            verify_consistency(old, older, size, root, path)
            for wrong in {old - 1, old + 1} - {size if path == [] else 0}:
                with pytest.raises(NotProven):
                    verify_consistency(wrong, older, size, root, path)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_proofs_of_random_larger_trees_are_accepted_and_those_of_other_content_refused(data) -> None:
    size = data.draw(st.integers(41, 700))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    entries, others = entries_of(size), entries_of(size, "rewritten")
    root = root_of(entries)

    verify_inclusion(index, size, leaf_hash(entries[index]), path_of(index, entries), root)
    verify_consistency(old, root_of(entries[:old]), size, root, proof_of(old, entries))
    with pytest.raises(NotInTheTree):
        verify_inclusion(index, size, leaf_hash(others[index]), path_of(index, entries), root)
    with pytest.raises(NotAnExtension):
        verify_consistency(old, root_of(others[:old]), size, root, proof_of(old, entries))
    with pytest.raises(NotAnExtension):
        verify_consistency(old, root_of(entries[:old]), size, root_of(others), proof_of(old, others))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 700))
def test_the_root_of_a_stream_is_that_of_the_whole_tree(size: int) -> None:
    entries = entries_of(size)
    tree = CompactRange()

    tree.extend(leaf_hash(entry) for entry in entries)

    assert tree.size == size
    assert tree.root() == root_of(entries)
    assert tree.root() == tree.root()


@pytest.mark.parametrize("bits", [0x01, 0x10, 0x80, 0xFF])
def test_every_byte_of_an_inclusion_proof_counts(bits: int) -> None:
    entries = entries_of(13)
    leaf, path, root = leaf_hash(entries[11]), path_of(11, entries), root_of(entries)
    verify_inclusion(11, 13, leaf, path, root)

    parts = [leaf, root, *path]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            flipped = list(parts)
            flipped[which] = part[:at] + bytes([part[at] ^ bits]) + part[at + 1 :]
            with pytest.raises(NotInTheTree):
                verify_inclusion(11, 13, flipped[0], flipped[2:], flipped[1])


@pytest.mark.parametrize("bits", [0x01, 0x10, 0x80, 0xFF])
@pytest.mark.parametrize("old", [6, 8])
def test_every_byte_of_a_consistency_proof_counts(bits: int, old: int) -> None:
    entries = entries_of(13)
    parts = [root_of(entries[:old]), root_of(entries), *proof_of(old, entries)]
    verify_consistency(old, parts[0], 13, parts[1], parts[2:])

    for which, part in enumerate(parts):
        for at in range(len(part)):
            flipped = list(parts)
            flipped[which] = part[:at] + bytes([part[at] ^ bits]) + part[at + 1 :]
            with pytest.raises(NotAnExtension):
                verify_consistency(old, flipped[0], 13, flipped[1], flipped[2:])


def test_a_proof_that_is_too_long_or_too_short_is_no_proof() -> None:
    entries = entries_of(6)
    leaf, path, root = leaf_hash(entries[5]), path_of(5, entries), root_of(entries)
    older, steps = root_of(entries[:3]), proof_of(3, entries)

    for wrong in ([*path, root], path[:-1], [], [leaf, *path]):
        with pytest.raises(MalformedProof):
            verify_inclusion(5, 6, leaf, wrong, root)
    for wrong in ([*steps, root], steps[:-1], []):
        with pytest.raises(MalformedProof):
            verify_consistency(3, older, 6, root, wrong)


def test_a_proof_that_proves_nothing_says_why() -> None:
    entries = entries_of(6)
    leaf, path, root = leaf_hash(entries[5]), path_of(5, entries), root_of(entries)

    with pytest.raises(MalformedProof, match="a tree of 6 leaves has no leaf 6"):
        verify_inclusion(6, 6, leaf, path, root)
    with pytest.raises(MalformedProof, match="a tree of 6 leaves has no leaf -1"):
        verify_inclusion(-1, 6, leaf, path, root)
    with pytest.raises(MalformedProof, match="a tree of 0 leaves has no leaf 0"):
        verify_inclusion(0, 0, leaf, [], EMPTY_ROOT)
    with pytest.raises(MalformedProof, match="longer than the way"):
        verify_inclusion(5, 6, leaf, [*path, root], root)
    with pytest.raises(MalformedProof, match="ends before the root"):
        verify_inclusion(5, 6, leaf, path[:-1], root)
    for wrong in ((leaf + b"0", path, root), (leaf, [path[0][:-1], *path[1:]], root), (leaf, path, root[:-1])):
        with pytest.raises(MalformedProof, match="the inclusion proof holds something that is no SHA-256 hash"):
            verify_inclusion(5, 6, *wrong)
    with pytest.raises(NotInTheTree, match="leaf 5 leads to another root than that of size 6"):
        verify_inclusion(5, 6, leaf, path, leaf)


def test_a_consistency_proof_that_proves_nothing_says_why() -> None:
    entries = entries_of(6)
    root, older, steps = root_of(entries), root_of(entries[:3]), proof_of(3, entries)

    with pytest.raises(MalformedProof, match="tree without leaves"):
        verify_consistency(0, EMPTY_ROOT, 6, root, [])
    with pytest.raises(ShrunkenLog, match="3 leaves cannot contain one of 6"):
        verify_consistency(6, root, 3, older, steps)
    with pytest.raises(MalformedProof, match="one size need no"):
        verify_consistency(6, root, 6, root, [root])
    with pytest.raises(ForkedLog, match="two trees of 6 leaves"):
        verify_consistency(6, root, 6, older, [])
    with pytest.raises(MalformedProof, match="proof is empty"):
        verify_consistency(3, older, 6, root, [])
    with pytest.raises(MalformedProof, match="longer than the way"):
        verify_consistency(3, older, 6, root, [*steps, root])
    with pytest.raises(MalformedProof, match="ends before the root"):
        verify_consistency(3, older, 6, root, steps[:-1])
    with pytest.raises(MalformedProof, match="ends before the root"):
        verify_consistency(2, root_of(entries[:2]), 6, root, [])
    for wrong in ((older[:-1], root, steps), (older, root + b"0", steps), (older, root, [*steps[:-1], steps[-1][1:]])):
        with pytest.raises(MalformedProof, match="the consistency proof holds something that is no SHA-256 hash"):
            verify_consistency(3, wrong[0], 6, *wrong[1:])
    with pytest.raises(NotAnExtension, match="that of the earlier size 3"):
        verify_consistency(3, root, 6, root, steps)
    with pytest.raises(NotAnExtension, match="that of the later size 6"):
        verify_consistency(3, older, 6, older, steps)


def test_a_leaf_that_is_no_hash_is_not_taken_into_a_stream() -> None:
    tree = CompactRange()

    with pytest.raises(MalformedProof, match="no SHA-256 hash"):
        tree.append(b"x" * 31)

    assert tree.size == 0
    assert tree.root() == EMPTY_ROOT


def test_a_checkpoint_extends_another_of_its_log_when_the_proof_says_so() -> None:
    entries = entries_of(7)
    older = Checkpoint("town.example/log", 4, root_of(entries[:4]))
    newer = Checkpoint("town.example/log", 7, root_of(entries))
    empty = Checkpoint("town.example/log", 0, EMPTY_ROOT)

    verify_extension(older, newer, proof_of(4, entries))
    verify_extension(newer, newer, [])
    verify_extension(empty, newer, [])
    verify_extension(empty, empty, [])


def test_a_checkpoint_that_does_not_extend_another_says_which_way_the_log_went_wrong() -> None:
    entries, others = entries_of(7), entries_of(7, "rewritten")
    older = Checkpoint("town.example/log", 4, root_of(entries[:4]))
    newer = Checkpoint("town.example/log", 7, root_of(entries))
    empty = Checkpoint("town.example/log", 0, EMPTY_ROOT)
    false_empty = Checkpoint("town.example/log", 0, older.root)
    path = proof_of(4, entries)

    with pytest.raises(WrongOrigin, match=re.escape("elsewhere.example cannot extend one of town.example/log")):
        verify_extension(older, Checkpoint("elsewhere.example", 7, newer.root), path)
    with pytest.raises(ShrunkenLog, match="had 7 entries, and now shows 4"):
        verify_extension(newer, older, path)
    with pytest.raises(ShrunkenLog):
        verify_extension(older, empty, [])
    with pytest.raises(ForkedLog):
        verify_extension(older, Checkpoint("town.example/log", 4, root_of(others[:4])), [])
    with pytest.raises(NotAnExtension):
        verify_extension(older, Checkpoint("town.example/log", 7, root_of(others)), path)
    with pytest.raises(MalformedProof, match="without entries needs no"):
        verify_extension(empty, newer, path)
    with pytest.raises(ForkedLog, match="another root than the empty one"):
        verify_extension(empty, false_empty, [])
    with pytest.raises(ForkedLog, match="another root than the empty one"):
        verify_extension(false_empty, newer, [])
