"""Proof files, entries and tiles to the letter, and every byte of what is handed over flipped."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.signing import COSIGNATURE, Signing, b64, checkpoint_text, note_of
from tests.audit.trees import entries_of, path_of, root_of
from txapi.audit.checker import (
    TILE_WIDTH,
    LedgerEntry,
    LogProof,
    MalformedEntry,
    MalformedProof,
    NotInTheTree,
    NotProven,
    Policy,
    QuorumNotMet,
    Tile,
    TileStream,
    entries_of_bundle,
    leaf_hash,
    tiles_of,
)
from txapi.audit.checker.tiles import ENTRIES as BUNDLE
from txapi.audit.checker.tiles import hashes_of_tile, root_of_tile

LOG = Signing("town.example/log")
WITNESS = Signing("witness.example/w1", COSIGNATURE)
POLICY = Policy.parse(f"log {LOG.vkey}\nwitness w {WITNESS.vkey}\nquorum w\n".encode())
ENTRIES = entries_of(11)
INDEX = 6
TEXT = checkpoint_text(LOG.name, len(ENTRIES), root_of(ENTRIES))
CHECKPOINT = note_of(TEXT, LOG.line(TEXT), WITNESS.line(TEXT, 1438905600))
HASHES = "".join(f"{b64(step)}\n" for step in path_of(INDEX, ENTRIES))
PROOF = f"c2sp.org/tlog-proof@v1\nindex {INDEX}\n{HASHES}\n{CHECKPOINT}"


def test_a_proof_file_proves_that_an_entry_is_in_the_log() -> None:
    proof = LogProof.parse(PROOF)

    proven = proof.verify(ENTRIES[INDEX], POLICY)

    assert proven.index == INDEX
    assert proven.verdict.quorum_met
    assert proven.verdict.checkpoint.size == 11
    assert proof.extra is None
    assert LogProof.parse(PROOF.encode()) == proof


def test_a_proof_file_may_carry_extra_data_that_nothing_vouches_for() -> None:
    proof = LogProof.parse(PROOF.replace("index", f"extra {b64(b'see page 3')}\nindex"))

    assert proof.extra == b"see page 3"
    assert proof.verify(ENTRIES[INDEX], POLICY).index == INDEX


def test_a_proof_of_another_entry_or_without_its_quorum_is_refused() -> None:
    alone = LogProof.parse(PROOF.replace(WITNESS.line(TEXT, 1438905600), ""))

    with pytest.raises(NotInTheTree):
        LogProof.parse(PROOF).verify(ENTRIES[INDEX + 1], POLICY)
    with pytest.raises(QuorumNotMet):
        alone.verify(ENTRIES[INDEX], POLICY)


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    text = checkpoint_text(LOG.name, 1, leaf_hash(b"alone"))
    note = note_of(text, LOG.line(text), WITNESS.line(text, 1))

    proof = LogProof.parse(f"c2sp.org/tlog-proof@v1\nindex 0\n\n{note}")

    assert proof.path == ()
    assert proof.verify(b"alone", POLICY).index == 0


def test_a_proof_has_at_most_sixty_three_hashes() -> None:
    line = b64(bytes(32)) + "\n"

    assert len(LogProof.parse(f"c2sp.org/tlog-proof@v1\nindex 0\n{line * 63}\nnote").path) == 63
    with pytest.raises(MalformedProof, match="at most 63"):
        LogProof.parse(f"c2sp.org/tlog-proof@v1\nindex 0\n{line * 64}\nnote")


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        ("", "begins with"),
        (PROOF.replace("@v1", "@v2"), "begins with"),
        ("\n" + PROOF, "begins with"),
        (PROOF.replace("\n\n", "\n", 1).split("\n\n", maxsplit=1)[0], "empty line comes before"),
        (PROOF.replace("index 6", "extra \nindex 6"), "extra data"),
        (PROOF.replace("index 6", "extra !\nindex 6"), "extra data"),
        (PROOF.replace("index 6", "extra AAAA\nextra AAAA\nindex 6"), "names the index"),
        (PROOF.replace("index 6\n", ""), "names the index"),
        ("c2sp.org/tlog-proof@v1\n\n" + CHECKPOINT, "names the index"),
        ("c2sp.org/tlog-proof@v1\nextra AAAA\n\n" + CHECKPOINT, "names the index"),
        (PROOF.replace("index 6", "index"), "names the index"),
        (PROOF.replace("index 6", "index "), "is no index"),
        (PROOF.replace("index 6", "index 06"), "is no index"),
        (PROOF.replace("index 6", "index -6"), "is no index"),
        (PROOF.replace("index 6", "index 9223372036854775808"), "is no index"),
        (PROOF.replace(HASHES, HASHES + "index 6\n"), "base64 of 32 bytes"),
        (PROOF.replace(HASHES, HASHES + b64(bytes(31)) + "\n"), "base64 of 32 bytes"),
    ],
)
def test_what_is_no_proof_file_is_not_read(proof: str, why: str) -> None:
    with pytest.raises(MalformedProof, match=why):
        LogProof.parse(proof)


def test_an_index_that_is_none_is_refused_where_no_hashes_follow_it() -> None:
    with pytest.raises(MalformedProof, match="'index x' is no index"):
        LogProof.parse(f"c2sp.org/tlog-proof@v1\nindex x\n\n{CHECKPOINT}")


def test_a_proof_file_is_utf_8() -> None:
    with pytest.raises(MalformedProof, match="UTF-8"):
        LogProof.parse(b"\xff" + PROOF.encode())


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80])
def test_every_byte_of_a_proof_file_counts(bits: int) -> None:
    # Index, hashes, checkpoint, the log's signature, the witness's cosignature and all that holds them together.
    encoded = PROOF.encode()

    for at in range(len(encoded)):
        flipped = encoded[:at] + bytes([encoded[at] ^ bits]) + encoded[at + 1 :]
        with pytest.raises(NotProven):
            LogProof.parse(flipped).verify(ENTRIES[INDEX], POLICY)


@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80, 0xFF])
def test_every_byte_of_an_entry_counts(bits: int) -> None:
    proof, entry = LogProof.parse(PROOF), ENTRIES[INDEX]

    for at in range(len(entry)):
        with pytest.raises(NotInTheTree):
            proof.verify(entry[:at] + bytes([entry[at] ^ bits]) + entry[at + 1 :], POLICY)


ENTRY = LedgerEntry(258, 1_438_905_600_000_001, 3, "ticket:ä", "ticket.accepted", sha256(b"state").digest())


def test_an_entry_is_laid_out_as_it_is_published() -> None:
    # By hand: format 1; 258 = 0x0102; the time 0x00051ca7... counted in microseconds; version 3; the texts with their
    # lengths in bytes (ä has two); the hash.
    by_hand = (
        b"\x01" + b"\0\0\0\0\0\0\x01\x02" + (1_438_905_600_000_001).to_bytes(8, "big") + b"\0\0\0\x03"
        + b"\x09ticket:\xc3\xa4" + b"\x0fticket.accepted" + sha256(b"state").digest()
    )  # fmt: skip

    assert ENTRY.encoded() == by_hand
    assert LedgerEntry.parse(by_hand) == ENTRY
    assert ENTRY.leaf() == leaf_hash(by_hand)
    assert ENTRY.index == 257


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1),
    st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60), st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_an_entry_comes_back_as_it_was(position, recorded, version, stream, topic, state) -> None:
    entry = LedgerEntry(position, recorded, version, stream, topic, state)

    assert LedgerEntry.parse(entry.encoded()) == entry


def test_the_longest_and_the_shortest_entries_are_read() -> None:
    for size in (1, 255):
        entry = LedgerEntry(1, 0, 0, "s" * size, "t" * size, bytes(32))
        assert LedgerEntry.parse(entry.encoded()) == entry


def test_the_largest_numbers_of_an_entry_are_read_and_written() -> None:
    entry = LedgerEntry(2**63 - 1, 2**63 - 1, 2**32 - 1, "s", "t", bytes(32))

    assert entry.encoded()[:21] == b"\x01" + (b"\x7f" + b"\xff" * 7) * 2 + b"\xff" * 4
    assert LedgerEntry.parse(entry.encoded()) == entry


def test_an_entry_that_is_cut_or_goes_on_is_none() -> None:
    encoded = ENTRY.encoded()

    for wrong in [encoded[:length] for length in range(len(encoded))] + [encoded + b"\0"]:
        with pytest.raises(MalformedEntry):
            LedgerEntry.parse(wrong)
    for cut, what in (
        (20, "begins with the format"),
        (21, "the stream of"),
        (22, "the stream of"),
        (31, "the topic of"),
    ):
        with pytest.raises(MalformedEntry, match=what):
            LedgerEntry.parse(encoded[:cut])


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (b"\x02" + ENTRY.encoded()[1:], "begins with the format 1"),
        (ENTRY.encoded()[:-32], "a hash of 32 bytes; here are 0"),
        (ENTRY.encoded() + b"\0", "a hash of 32 bytes; here are 33"),
        (b"\x01" + bytes(8) + ENTRY.encoded()[9:], "from 1 to"),
        (b"\x01\x80" + bytes(7) + ENTRY.encoded()[9:], "from 1 to"),
        (ENTRY.encoded()[:9] + b"\x80" + bytes(7) + ENTRY.encoded()[17:], "from 1 to"),
        (ENTRY.encoded()[:21] + b"\0" + ENTRY.encoded()[22:], "the stream of an entry has 1 to 255"),
        (ENTRY.encoded()[:21] + b"\xff" + ENTRY.encoded()[22:], "the stream of an entry has 1 to 255"),
        (ENTRY.encoded()[:31] + b"\0" + ENTRY.encoded()[32:], "the topic of an entry has 1 to 255"),
        (ENTRY.encoded().replace(b"\xc3\xa4", b"\xc3\xc3"), "the stream of an entry is no UTF-8"),
        (ENTRY.encoded().replace(b"accepted", b"accept\xff\xff"), "the topic of an entry is no UTF-8"),
    ],
)
def test_what_is_no_entry_is_not_read(entry: bytes, why: str) -> None:
    with pytest.raises(MalformedEntry, match=why):
        LedgerEntry.parse(entry)


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (LedgerEntry(0, 0, 0, "s", "t", bytes(32)), "number"),
        (LedgerEntry(2**63, 0, 0, "s", "t", bytes(32)), "number"),
        (LedgerEntry(1, -1, 0, "s", "t", bytes(32)), "number"),
        (LedgerEntry(1, 2**63, 0, "s", "t", bytes(32)), "number"),
        (LedgerEntry(1, 0, -1, "s", "t", bytes(32)), "number"),
        (LedgerEntry(1, 0, 2**32, "s", "t", bytes(32)), "number"),
        (LedgerEntry(1, 0, 0, "", "t", bytes(32)), "have 1 to 255 bytes"),
        (LedgerEntry(1, 0, 0, "ä" * 128, "t", bytes(32)), "have 1 to 255 bytes"),
        (LedgerEntry(1, 0, 0, "s", "", bytes(32)), "have 1 to 255 bytes"),
        (LedgerEntry(1, 0, 0, "s", "t" * 256, bytes(32)), "have 1 to 255 bytes"),
        (LedgerEntry(1, 0, 0, "s", "t", bytes(31)), "a hash has 32"),
    ],
)
def test_what_does_not_fit_an_entry_is_not_written(entry: LedgerEntry, why: str) -> None:
    with pytest.raises(MalformedEntry, match=why):
        entry.encoded()


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 1234067, 8), "tile/0/x001/x234/067.p/8"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(0, 999_000_000), "tile/0/x999/x000/000"),
        (Tile(2, 1000, 1), "tile/2/x001/000.p/1"),
        (Tile(BUNDLE, 70, 112), "tile/entries/070.p/112"),
        (Tile(BUNDLE, 1_000_000), "tile/entries/x001/x000/000"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tile/64/000", "tile/00/000", "tile/01/000", "tile/-1/000",
        "tile/100/000", "tile/0/0", "tile/0/0000", "tile/0/x000/000", "tile/0/x000/x001/000", "tile/0/001/000",
        "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/999",
        "tile/Entries/000", "tile/entries", "tile/0/０００", "tile/0/000\n", "tile/0/" + "x001/" * 8 + "000",
        "tile/0/000.P/1", "tile/0/000xp/1",
    ],
)  # fmt: skip
def test_what_is_no_path_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(MalformedProof, match=re.escape(repr(path))):
        Tile.parse(path)


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_counts() -> None:
    # 273 full tiles and one of width 112 at level 0; one full and one of width 17 at level 1; one of width 1 at level 2.
    tiles = list(tiles_of(70_000))

    assert [tile for tile in tiles if tile.level == 0] == [*(Tile(0, n) for n in range(273)), Tile(0, 273, 112)]
    assert [tile for tile in tiles if tile.level > 0] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]


def test_a_tree_of_256_is_a_full_tile_and_a_partial_one_of_width_one() -> None:
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(255)) == [Tile(0, 0, 255)]
    assert list(tiles_of(1)) == [Tile(0, 0, 1)]
    assert list(tiles_of(0)) == []


def test_the_tiles_of_a_stream_are_those_that_the_definition_gives() -> None:
    # MTH(D[(n * 256 + i) * 256^l : (n * 256 + i + 1) * 256^l]) for level 1 is the root of 256 entries.
    entries = entries_of(600)
    stream, told = TileStream(), []

    for entry in entries:
        told += stream.append(leaf_hash(entry))

    leaves = [leaf_hash(entry) for entry in entries]
    above = [root_of(entries[:256]), root_of(entries[256:512])]
    assert told == [(Tile(0, 0), b"".join(leaves[:256])), (Tile(0, 1), b"".join(leaves[256:512]))]
    assert stream.partial() == [(Tile(0, 2, 88), b"".join(leaves[512:])), (Tile(1, 0, 2), b"".join(above))]
    assert {tile for tile, _ in [*told, *stream.partial()]} == set(tiles_of(600))


def test_a_stream_of_65536_leaves_completes_a_tile_of_level_one() -> None:
    stream, leaf = TileStream(), leaf_hash(b"same")
    full = [done for _ in range(TILE_WIDTH * TILE_WIDTH) for done in stream.append(leaf)]

    above = root_of_tile([leaf] * 256)
    assert [tile for tile, _ in full[-2:]] == [Tile(0, 255), Tile(1, 0)]
    assert full[-1][1] == above * 256
    assert stream.partial() == [(Tile(2, 0, 1), root_of_tile([above] * 256))]


def test_the_hashes_of_a_tile_are_as_many_as_it_is_wide() -> None:
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    tile = Tile(0, 0, 11)

    assert hashes_of_tile(tile, b"".join(hashes)) == hashes
    for wrong in (b"", b"".join(hashes[:-1]), b"".join(hashes) + b"\0"):
        with pytest.raises(MalformedProof, match="not 11 hashes"):
            hashes_of_tile(tile, wrong)


def test_a_bundle_is_read_entry_by_entry() -> None:
    entries = [b"", b"one", b"x" * 258]
    content = b"\0\0" + b"\0\x03one" + b"\x01\x02" + b"x" * 258

    assert entries_of_bundle(Tile(BUNDLE, 0, 3), content) == entries
    assert entries_of_bundle(Tile(BUNDLE, 0, 1), b"\0\0") == [b""]
    with pytest.raises(MalformedProof, match="has 3 entries, not 2"):
        entries_of_bundle(Tile(BUNDLE, 0, 2), content)
    for wrong in (content[:-1], content + b"\0", b"\0", content + b"\0\x05"):
        with pytest.raises(MalformedProof, match="runs over its end"):
            entries_of_bundle(Tile(BUNDLE, 0, 3), wrong)


def test_tiles_sort_by_level_and_index() -> None:
    tiles = list(tiles_of(70_000))

    assert all(one < two for one, two in pairwise(tiles))
