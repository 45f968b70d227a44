"""What the record writes, the checker reads: two codes, one format."""

from __future__ import annotations

import hashlib

import pytest

from txapi.audit.checker import (
    Checkpoint,
    LedgerEntry,
    LogProof,
    Note,
    Policy,
    Tile,
    TileStream,
    VerifierKey,
    entries_of_bundle,
    leaf_hash,
    tiles_of,
    verify_extension,
    verify_inclusion,
)
from txapi.audit.checker.tiles import ENTRIES
from txapi.audit.proofs import entry_bundle, proof_of
from txapi.record.entries import entry_of
from txapi.record.ledger import Ledger
from txapi.record.store import Row

COUNT = 600
SIZES = (1, 255, 256, 300, COUNT)
ROWS = [
    Row(n, 1_438_828_200_000_000 + n, f"stream-{n % 7}", n // 7 + 1, "letter.noted", b"state %d" % n)
    for n in range(1, COUNT + 1)
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory):
    opened = Ledger.open(tmp_path_factory.mktemp("data"), "00000000-0000-4000-8000-000000000001", owner=True)
    for size in SIZES:
        opened.enter(ROWS[opened.size : size])
        opened.sign(size, 1_438_828_300_000_000, [], publish=True)
    yield opened
    opened.close()


def rows_after(position: int, limit: int) -> list[Row]:
    return ROWS[position : position + limit]


def test_bundles_of_the_record_are_read_entry_by_entry() -> None:
    content = entry_bundle(rows_after, 2, 88)

    assert content is not None
    assert entries_of_bundle(Tile(ENTRIES, 2, 88), content) == [entry_of(row) for row in ROWS[512:]]


def test_entries_of_the_record_are_read_and_built_alike() -> None:
    for row in ROWS:
        entry = LedgerEntry.parse(entry_of(row))

        assert entry == LedgerEntry(*row[:2], row.version, row.stream, row.topic, hashlib.sha256(row.state).digest())
        assert entry.encoded() == entry_of(row)


def test_checkpoints_and_proofs_of_the_ledger_hold(ledger: Ledger) -> None:
    key = VerifierKey.parse(ledger.vkey)
    checkpoints = [Checkpoint.parse(Note.parse(each.note).text) for each in ledger.checkpoints()]

    assert [each.size for each in checkpoints] == list(SIZES)
    for each in ledger.checkpoints():
        assert Note.parse(each.note).verified([key])
    for old in checkpoints:
        for new in checkpoints[checkpoints.index(old) :]:
            verify_extension(old, new, ledger.consistency(old.size, new.size))
            for index in (0, 1, 254, 255, 256, 299, 599):
                if index < new.size:
                    leaf = leaf_hash(entry_of(ROWS[index]))
                    verify_inclusion(index, new.size, leaf, ledger.inclusion(index, new.size), new.root)


def test_tiles_of_the_ledger_are_those_of_its_entries(ledger: Ledger) -> None:
    stream = TileStream()
    told: dict[Tile, bytes] = {}

    for row in ROWS:
        told.update(stream.append(leaf_hash(entry_of(row))))
    told.update(stream.partial())

    assert set(told) == set(tiles_of(COUNT))
    for tile, content in told.items():
        assert ledger.tile(tile.level, tile.index, tile.width) == content
        assert tile == Tile.parse(tile.path)


def test_a_proof_file_of_the_ledger_holds_under_a_policy_that_names_it(ledger: Ledger) -> None:
    policy = Policy.parse(f"log {ledger.vkey}\nquorum none\n".encode())

    proof = proof_of(ledger, rows_after, 300)

    assert proof.text is not None
    proven = LogProof.parse(proof.text).verify(entry_of(ROWS[299]), policy)
    assert (proven.index, proven.verdict.checkpoint.size) == (299, COUNT)
