"""What can be proven of a record, and why the rest cannot: refusals name the argument, and say what would do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.record.letters import Letter, said
from txapi.audit.checker import Tile, entries_of_bundle, leaf_hash, verify_consistency, verify_inclusion
from txapi.audit.checker.tiles import ENTRIES
from txapi.audit.proofs import NothingSigned, consistency_of, entry_bundle, last_checkpoint, proof_of
from txapi.domain.errors import BadInput
from txapi.record import Append, Record
from txapi.record.entries import entry_of
from txapi.record.ledger import Ledger
from txapi.record.signer import Signer
from txapi.record.store import Row


class Signed:
    """A record with its ledger: five events, and checkpoints over three and four of them."""

    def __init__(self, record: Record, ledger: Ledger) -> None:
        self.record = record
        self.ledger = ledger
        self.write(3)
        self.first = Signer(record, ledger).sign()
        self.write(1)
        self.last = Signer(record, ledger).sign()
        self.write(1)

    def write(self, count: int) -> None:
        """Append so many events."""
        for _ in range(count):
            letter = Letter(self.record.ids.uuid())
            letter._record(Letter.Written, said(), number=str(letter.id))
            self.record.writer.append(Append(events=tuple(letter.pending)))

    def rows(self, after: int, limit: int) -> list[Row]:
        """The stored events behind a position."""
        return list(self.record.store.read(after, limit))


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Signed]:
    with Record.open(tmp_path) as record:
        yield Signed(record, Ledger.open(tmp_path, record.record_id, owner=True))


def test_every_event_is_proven_in_every_tree_that_holds_it(signed: Signed) -> None:
    entries = [entry_of(row) for row in signed.rows(0, 4)]

    for size in range(1, 5):
        for position in range(1, size + 1):
            proof = proof_of(signed.ledger, signed.rows, position, size)
            assert (proof.index, proof.tree_size, proof.entry) == (position - 1, size, entries[position - 1])
            assert proof.leaf == leaf_hash(proof.entry)
            verify_inclusion(proof.index, size, proof.leaf, proof.hashes, proof.root)
            assert proof.checkpoint == {3: signed.first, 4: signed.last}.get(size)

    assert proof_of(signed.ledger, signed.rows, 2) == proof_of(signed.ledger, signed.rows, 2, 4)


def test_every_tree_is_proven_to_extend_every_smaller_one(signed: Signed) -> None:
    for since in range(1, 5):
        for until in range(since, 5):
            proof = consistency_of(signed.ledger, since, until)
            assert (proof.since, proof.until) == (since, until)
            verify_consistency(since, proof.root_since, until, proof.root_until, proof.hashes)

    assert consistency_of(signed.ledger, 2) == consistency_of(signed.ledger, 2, 4)


@pytest.mark.parametrize(
    ("position", "size", "code", "argument", "why"),
    [
        (1, 0, "BAD_TREE_SIZE", "treeSize", "from 1 to 4, not 0"),
        (1, 5, "BAD_TREE_SIZE", "treeSize", "from 1 to 4, not 5"),
        (0, None, "NO_SUCH_EVENT", "position", "no event 0"),
        (-1, None, "NO_SUCH_EVENT", "position", "no event -1"),
        (6, None, "NO_SUCH_EVENT", "position", "no event 6"),
        (5, None, "NOT_SIGNED_YET", "position", "event 5 lies behind the tree of 4 events"),
        (4, 3, "NOT_SIGNED_YET", "position", "event 4 lies behind the tree of 3 events"),
    ],
)
def test_what_has_no_inclusion_proof_names_the_argument_and_says_why(
    signed: Signed, position: int, size: int | None, code: str, argument: str, why: str
) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        proof_of(signed.ledger, signed.rows, position, size)

    assert (refused.value.code, refused.value.path) == (code, (argument,))


@pytest.mark.parametrize(("since", "until"), [(0, 4), (3, 2), (1, 5), (-1, 1)])
def test_what_has_no_consistency_proof_names_the_argument_and_says_why(signed: Signed, since: int, until: int) -> None:
    with pytest.raises(BadInput, match=f"<= 4, not {since} and {until}") as refused:
        consistency_of(signed.ledger, since, until)

    assert (refused.value.code, refused.value.path) == ("BAD_TREE_SIZE", ("from",))


def test_what_too_few_witnesses_signed_proves_nothing(signed: Signed) -> None:
    signed.ledger.enter(signed.rows(4, 1))
    newest = signed.ledger.sign(5, 0, [], publish=False)

    assert signed.ledger.latest() == newest
    assert last_checkpoint(signed.ledger) == signed.last


def test_a_record_of_which_nothing_was_signed_proves_nothing(tmp_path: Path) -> None:
    with Record.open(tmp_path) as record:
        ledger = Ledger.open(tmp_path, record.record_id, owner=True)

        with pytest.raises(NothingSigned, match="no checkpoint of this record was signed") as refused:
            last_checkpoint(ledger)

    assert refused.value.code == "NOTHING_SIGNED"


def test_a_bundle_holds_the_entries_of_a_tile_and_is_none_where_the_record_does_not_reach(signed: Signed) -> None:
    bundle = entry_bundle(signed.rows, 0, 5)

    assert bundle is not None
    assert entries_of_bundle(Tile(ENTRIES, 0, 5), bundle) == [entry_of(row) for row in signed.rows(0, 5)]
    assert entry_bundle(signed.rows, 0, 6) is None
    assert entry_bundle(signed.rows, 1, 1) is None
