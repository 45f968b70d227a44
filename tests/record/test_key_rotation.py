"""The record's key is rotated: what the old key signed stays good, the new one signs, and nobody is left with none of them."""

from __future__ import annotations

import errno
import itertools
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.by_hand import by_hand
from tests.record.killing import looks_of
from tests.record.test_ledger import verified, write
from tests.stores import place
from txapi.domain.errors import BadInput
from txapi.receipts.covering import KeyOfLedger
from txapi.record import Record
from txapi.record.copying import copy_record
from txapi.record.keys import BadKey, ExposedKey, NoKey, next_of, read_key
from txapi.record.ledger import KEY_FILE, BrokenPromise, Ledger, NotALedger
from txapi.record.notes import NoteKey, key_id_in
from txapi.record.place import Place
from txapi.record.record_key import prepare_next, rotate
from txapi.record.signer import Digests, Signer


@pytest.fixture
def ledger(tmp_path: Path, record: Record) -> Iterator[Ledger]:
    with closing(Ledger.open(place(tmp_path), record.record_id, owner=True)) as opened:
        yield opened


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / KEY_FILE


def node(tmp_path: Path, record: Record, key_file: Path) -> Ledger:
    """The ledger as another node has it, whose copy of the key lies in that file."""
    return Ledger.open(place(tmp_path), record.record_id, owner=True, key_file=key_file)


def copied(key_file: Path, to: Path) -> Path:
    to.parent.mkdir(exist_ok=True)
    to.unlink(missing_ok=True)
    to.write_bytes(key_file.read_bytes())
    to.chmod(0o600)
    return to


def test_after_a_rotation_the_new_key_signs_and_what_the_old_one_signed_is_kept_and_extended(
    record: Record, ledger: Ledger, key_file: Path
) -> None:
    write(record, "1", "2")
    signer = Signer(record, ledger)
    before = signer.sign()

    done = rotate(ledger, key_file)
    write(record, "3")
    after = signer.sign()

    assert before is not None
    assert after is not None
    assert done.old != done.new == ledger.vkey_now()
    assert ledger.at(2) == before
    assert verified(before.note, done.old).startswith(f"{ledger.origin}\n2\n")
    assert verified(after.note, done.new).startswith(f"{ledger.origin}\n3\n")
    assert [key_id_in(done.new) in each.note for each in (before, after)] == [False, False]
    assert ledger.consistency(2, 3)
    beside = [each.note for kind in ("bookkeeping",) for each in ledger.statements(kind)]
    assert verified(beside[0], done.old)
    assert verified(beside[1], done.new)


def test_a_hand_over_is_signed_by_both_keys_over_the_last_checkpoint_of_the_old_one(
    record: Record, ledger: Ledger, key_file: Path
) -> None:
    write(record, "1", "2")
    checkpoint = Signer(record, ledger).sign()
    write(record, "3")

    done = rotate(ledger, key_file, exposed=True)

    assert checkpoint is not None
    root = checkpoint.note.splitlines()[2]
    text = f"txapi.handover/v1\n{ledger.origin}\n1\n2 {root}\nfrom {done.old}\nto {done.new}\nbecause exposed\n"
    [handover] = ledger.handovers()
    _, _, lines = handover.note.partition("\n\n")
    first, second = lines.splitlines(keepends=True)
    assert verified(f"{text}\n{first}", done.old) == verified(f"{text}\n{second}", done.new) == text
    assert handover.note.startswith(f"{text}\n")
    assert (handover.size, done.handover) == (2, handover)


def test_the_new_key_has_the_place_and_the_mode_of_the_old_one_which_is_kept_under_its_id(
    record: Record, ledger: Ledger, key_file: Path
) -> None:
    old = read_key(key_file)

    done = rotate(ledger, key_file)

    kept = key_file.with_name(f"{KEY_FILE}.{key_id_in(done.old)}")
    assert done.kept == kept
    assert read_key(kept).private_bytes_raw() == old.private_bytes_raw()
    assert read_key(key_file).private_bytes_raw() != old.private_bytes_raw()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (kept, key_file)} == {0o600}
    assert not next_of(key_file).exists()


def test_a_record_is_handed_over_again_and_again_also_before_anything_was_signed(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    done = [rotate(ledger, key_file), rotate(ledger, key_file)]
    write(record, "1")
    checkpoint = Signer(record, ledger).sign()
    done += [rotate(ledger, key_file) for _ in range(9)]
    write(record, "2")

    with closing(node(tmp_path, record, key_file)) as again:
        later = Signer(record, again).sign()

    assert checkpoint is not None
    assert later is not None
    assert [each.size for each in ledger.handovers()] == [0, 0, *[1] * 9]
    assert [each.about for each in ledger.handovers()] == [str(number) for number in range(1, 12)]
    assert verified(checkpoint.note, done[1].new)
    assert verified(later.note, done[-1].new)
    assert all(before.new == after.old for before, after in itertools.pairwise(done))


def test_a_node_that_holds_the_old_key_signs_nothing_after_the_rotation(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    elsewhere = copied(key_file, tmp_path / "elsewhere" / KEY_FILE)
    with closing(node(tmp_path, record, elsewhere)) as other:
        done = rotate(ledger, key_file)
        write(record, "2")

        with pytest.raises(NotALedger, match="not at hand"):
            Signer(record, other).sign()
        with pytest.raises(NotALedger, match="not at hand"):
            other.state(1, "digest", "code", "text\n")
        with pytest.raises(BadInput) as refused:
            KeyOfLedger(other).sign("text\n")
        assert other.lacks_key() is not None
        assert [each.size for each in ledger.checkpoints()] == [1]
        assert not ledger.has_statement(1, "digest", "code")
        assert refused.value.code == "RECEIPT_WITHOUT_KEY"
        with pytest.raises(NotALedger, match=r"was handed over from .* put that key"):
            node(tmp_path, record, elsewhere)

        # The new key arrives, and the node goes on without a restart.
        copied(key_file, elsewhere)
        signed = Signer(record, other).sign()

    assert signed is not None
    assert verified(signed.note, done.new)


def test_a_node_that_was_given_the_next_key_before_goes_on_at_once(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    elsewhere = copied(key_file, tmp_path / "elsewhere" / KEY_FILE)
    prepared = prepare_next(key_file, ledger.origin)
    copied(next_of(key_file), next_of(elsewhere))
    write(record, "1")
    with closing(node(tmp_path, record, elsewhere)) as other:
        before = Signer(record, other).sign()
        done = rotate(ledger, key_file)
        write(record, "2")
        after = Signer(record, other).sign()

    assert before is not None
    assert after is not None
    assert prepared == done.new
    assert verified(before.note, done.old)
    assert verified(after.note, done.new)
    assert not next_of(elsewhere).exists()
    assert NoteKey.from_file(elsewhere, ledger.origin, create=False).vkey == done.new


def test_whoever_only_reads_needs_no_key_after_a_rotation_either(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    elsewhere = copied(key_file, tmp_path / "elsewhere" / KEY_FILE)
    rotate(ledger, key_file)

    with closing(Ledger.open(place(tmp_path), record.record_id, key_file=elsewhere)) as read:
        assert read.key is None
        assert read.vkey_now() == ledger.vkey_now()


def test_without_the_key_that_signs_nothing_is_handed_over(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    vkey = ledger.vkey_now()
    key_file.rename(tmp_path / "gone")
    with closing(Ledger.open(place(tmp_path), record.record_id)) as without, pytest.raises(NotALedger):
        rotate(without, key_file)

    assert ledger.vkey_now() == vkey
    assert ledger.handovers() == []
    assert not key_file.exists()
    assert not next_of(key_file).exists()
    with pytest.raises(NoKey):
        node(tmp_path, record, key_file)


def test_a_next_key_that_others_may_read_is_not_used(record: Record, ledger: Ledger, key_file: Path) -> None:
    vkey = ledger.vkey_now()
    prepare_next(key_file, ledger.origin)
    next_of(key_file).chmod(0o644)

    with pytest.raises(ExposedKey):
        rotate(ledger, key_file)

    assert ledger.vkey_now() == vkey
    assert ledger.handovers() == []


def test_a_key_that_signed_before_does_not_sign_again(record: Record, ledger: Ledger, key_file: Path) -> None:
    done = rotate(ledger, key_file)
    assert done.kept is not None
    copied(done.kept, next_of(key_file))

    with pytest.raises(BadKey, match="signed for this record before"):
        rotate(ledger, key_file)

    assert ledger.vkey_now() == done.new
    assert len(ledger.handovers()) == 1


def test_beside_a_checkpoint_of_the_old_key_nothing_is_stated_any_more(
    record: Record, ledger: Ledger, key_file: Path
) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    rotate(ledger, key_file)
    signer = Signer(record, ledger, digests=lambda: Digests(1, "code", "0" * 64, {}))

    signer.sign()
    assert not ledger.has_statement(1, "digest", "code")
    assert signer._stated
    write(record, "2")
    late = Signer(record, ledger, digests=lambda: Digests(2, "code", "0" * 64, {}))
    late.sign()

    assert ledger.has_statement(2, "digest", "code")


@pytest.mark.parametrize("what", ["checkpoint", "hand-over"])
def test_what_was_changed_by_hand_is_neither_extended_nor_handed_over(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path, what: str
) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    rotate(ledger, key_file)
    with by_hand(tmp_path, "ledger") as connection:
        if what == "checkpoint":
            connection.execute("UPDATE checkpoints SET note = replace(note, '\n1\n', '\n2\n')")
        else:
            connection.execute(
                "UPDATE statements SET note = replace(note, 'routine', 'exposed') WHERE kind = 'handover'"
            )
    write(record, "2")

    with pytest.raises(BrokenPromise, match="does not bear the signature"):
        Signer(record, ledger).sign()
    with pytest.raises(BrokenPromise, match="does not bear the signature"):
        rotate(ledger, key_file)

    assert ledger.at(2) is None
    assert len(ledger.handovers()) == 1


def test_a_copy_of_the_record_in_another_place_has_its_hand_overs_and_is_signed_for_by_the_new_key(
    tmp_path: Path, record: Record, ledger: Ledger, key_file: Path
) -> None:
    write(record, "1")
    Signer(record, ledger).sign()
    done = rotate(ledger, key_file)
    there = Place(tmp_path / "there")

    copy_record(place(tmp_path), there)
    copied(key_file, there.folder / KEY_FILE)

    with Record.open(there) as taken, closing(Ledger.open(there, taken.record_id, owner=True)) as again:
        write(taken, "2")
        signed = Signer(taken, again).sign()
        assert again.handovers() == ledger.handovers()
        assert again.vkey_now() == done.new
    assert signed is not None
    assert verified(signed.note, done.new)


def test_where_no_key_can_be_written_nothing_is_handed_over(
    ledger: Ledger, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_read_only_disk(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    vkey = ledger.vkey_now()
    monkeypatch.setattr("txapi.record.record_key.write_key", on_a_read_only_disk)

    with pytest.raises(BadKey, match=r"no key can be made at .*\.next: Read-only file system"):
        rotate(ledger, key_file)

    assert (ledger.vkey_now(), ledger.handovers()) == (vkey, [])


@pytest.mark.slow
def test_a_rotation_that_is_killed_at_any_call_leaves_the_old_key_or_the_new_one_and_can_be_begun_again(
    tmp_path: Path,
) -> None:
    where = place(tmp_path)
    first = _begun(where)
    looks = looks_of("record-key", where)

    assert len(looks) > 30
    assert all(look["vkey"] == look["signer"] for look in looks)
    assert [look["size"] for look in looks] == list(range(2, len(looks) + 2))
    # Killed before the ledger knew of it, and after: both came to pass, and the last was not killed.
    grown = [after["handovers"] - before["handovers"] for before, after in itertools.pairwise(looks)]
    assert set(grown) == {0, 1}
    assert looks[-1]["vkey"] != first
    assert not [name for name in looks[-1]["files"] if name.startswith(".") or name.endswith(".next")]
    with Record.open(where, owner=False) as record, closing(Ledger.open(where, record.record_id)) as ledger:
        chain = ledger.handovers()
    assert len(chain) == looks[-1]["handovers"]


def _begun(where: Place) -> str:
    with Record.open(where) as record, closing(Ledger.open(where, record.record_id, owner=True)) as ledger:
        write(record, "0")
        Signer(record, ledger).sign()
        return ledger.vkey_now()
