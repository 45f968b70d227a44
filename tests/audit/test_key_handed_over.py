"""A record whose key was rotated: what is believed of it by who holds the old key, the new one or both, offline."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.audit.sealing import by_hand
from tests.audit.witnessed import Witnessing
from tests.city import City
from tests.projections.ticket_city import furnished, told
from txapi.audit.bundle import write_bundle
from txapi.audit.checker import Policy
from txapi.audit.verify import verify
from txapi.audit.witnessing import Witnesses
from txapi.cli.root import txapi
from txapi.domain.event import Actor, Role
from txapi.receipts.offline import issue_offline
from txapi.record import Record
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, Ledger
from txapi.record.notes import key_id_in
from txapi.record.record_key import rotate
from txapi.record.signer import Signer

ASKED = "{ moment { position tickets { totalCount } } }"


class Rotated:
    """A record that was signed for at 14 events, handed over, and signed for at 68 by the new key; bundles of before and after."""

    def __init__(self, folder: Path, *, exposed: bool = False) -> None:
        self.data = folder / "data"
        city = furnished(self.data)
        self.record_id = city.record.record_id
        with closing(Ledger.open(self.data, self.record_id, owner=True)) as ledger:
            signed = Signer(city.record, ledger).sign()
            assert signed is not None
            self.at = signed.size
            self.kept = signed.note
            self.before = folder / "before.zip"
            write_bundle(self.before, city.record, ledger)
            self.old_receipt = self._receipt(city, ledger, folder / "old-receipt.json")
            done = rotate(ledger, self.data / KEY_FILE, exposed=exposed)
            self.old, self.new, self.note = done.old, done.new, done.handover.note
            told(city)
            Signer(city.record, ledger).sign()
            self.after = folder / "after.zip"
            write_bundle(self.after, city.record, ledger)
            self.new_receipt = self._receipt(city, ledger, folder / "new-receipt.json")
            self.size = city.record.head.position
        city.close()
        self.handover = folder / "key.handover"
        self.handover.write_text(self.note, encoding="utf-8")

    def _receipt(self, city: City, ledger: Ledger, path: Path) -> Path:
        auditor = Actor("auditor", Role.AUDITOR)
        response = issue_offline(city.record, city.views, ledger, ASKED, None, auditor)
        path.write_text(json.dumps(response), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Rotated:
    return Rotated(tmp_path_factory.mktemp("rotated"))


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Rotated:
    return Rotated(tmp_path_factory.mktemp("exposed"), exposed=True)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(txapi, list(map(str, arguments)), prog_name="txapi")


def keys(*vkeys: str) -> list[str]:
    return [part for vkey in vkeys for part in ("--vkey", vkey)]


def test_a_record_and_its_bundle_hold_for_who_has_the_old_key_the_new_one_both_or_none(rotated: Rotated) -> None:
    for vkeys in ([rotated.old], [rotated.new], [rotated.old, rotated.new], []):
        for target in (rotated.data, rotated.after):
            found = verify(target, vkeys=vkeys)

            assert found.wrong == ()
            assert found.signed_until == rotated.size
            assert found.checkpoints == 2
            assert set(found.vkeys) == {rotated.old, rotated.new}
            assert any(rotated.old in note and rotated.new in note for note in found.notes)
            assert found.vkey == rotated.new
    assert verify(rotated.before, vkeys=[rotated.old]).wrong == ()


def test_a_bundle_from_before_verifies_for_ever_with_the_old_key_and_with_the_new_one_and_the_hand_over(
    rotated: Rotated,
) -> None:
    assert verify(rotated.before, vkeys=[rotated.old]).wrong == ()
    assert verify(rotated.before, vkeys=[rotated.new], kept_elsewhere=[("key", rotated.note.encode())]).wrong == ()

    [alone] = [one for one in verify(rotated.before, vkeys=[rotated.new]).wrong if one.kind == "key"]
    assert "not the one that was given" in alone.what


def test_the_bundle_of_a_range_is_the_same_before_and_after_the_rotation(rotated: Rotated, tmp_path: Path) -> None:
    with (
        Record.open(rotated.data, owner=False) as record,
        closing(Ledger.open(rotated.data, record.record_id)) as ledger,
    ):
        write_bundle(tmp_path / "again.zip", record, ledger, last=rotated.at)
        write_bundle(tmp_path / "later.zip", record, ledger, first=rotated.at + 5)

    assert (tmp_path / "again.zip").read_bytes() == rotated.before.read_bytes()
    # Whoever holds the old key alone can follow to a part that lies wholly behind the hand-over.
    assert verify(tmp_path / "later.zip", vkeys=[rotated.old]).wrong == ()


def test_a_checkpoint_kept_from_before_still_binds_the_record(rotated: Rotated) -> None:
    kept = [("kept", rotated.kept.encode())]

    found = verify(rotated.after, vkeys=[rotated.old], kept_elsewhere=kept)
    forged = verify(
        rotated.after, vkeys=[rotated.old], kept_elsewhere=[("kept", rotated.kept.replace("\n1", "\n2", 1).encode())]
    )

    assert (found.wrong, found.outside) == ((), 1)
    assert {one.kind for one in forged.wrong} == {"outside"}


def test_a_stranger_key_is_believed_no_more_than_before(rotated: Rotated, exposed: Rotated) -> None:
    for vkey in (exposed.old, exposed.new):
        wrong = verify(rotated.after, vkeys=[vkey]).wrong

        assert {"key", "checkpoint", "statement", "unattested"} <= {one.kind for one in wrong}


def test_after_the_old_key_was_exposed_the_new_one_has_to_come_from_elsewhere(exposed: Rotated) -> None:
    with_old = verify(exposed.after, vkeys=[exposed.old])
    assert {one.kind for one in with_old.wrong} >= {"key", "checkpoint"}
    assert any("others may have it" in one.what and key_id_in(exposed.new) in one.what for one in with_old.wrong)
    assert with_old.signed_until == exposed.at

    for vkeys in ([exposed.new], [exposed.old, exposed.new]):
        assert verify(exposed.after, vkeys=vkeys).wrong == ()
        assert any("others may have the former one" in note for note in verify(exposed.after, vkeys=vkeys).notes)


def test_what_the_old_key_signs_behind_the_hand_over_is_not_believed(exposed: Rotated, tmp_path: Path) -> None:
    """A thief of the old key signs on with it, in a copy of the record from before, and puts that into the record of after."""
    thief = tmp_path / "thief"
    thief.mkdir()
    for name in ("record.db", LEDGER_FILE):
        (thief / name).write_bytes((exposed.data / name).read_bytes())
    old_key = exposed.data / f"{KEY_FILE}.{key_id_in(exposed.old)}"
    (thief / KEY_FILE).write_bytes(old_key.read_bytes())
    (thief / KEY_FILE).chmod(0o600)
    with closing(sqlite3.connect(thief / LEDGER_FILE)) as connection:
        kept = connection.execute("SELECT kind, size, about, note FROM statements WHERE kind = 'handover'").fetchall()
        connection.execute("DELETE FROM statements WHERE kind = 'handover' OR size > ?", (exposed.at,))
        connection.execute("DELETE FROM checkpoints WHERE size > ?", (exposed.at,))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'vkey'", (exposed.old,))
        connection.commit()
    with Record.open(thief) as record, closing(Ledger.open(thief, record.record_id, owner=True)) as ledger:
        Signer(record, ledger).sign()
    # Who knows the old key alone and no hand-over cannot tell: this is what a witness and `--vkey` are for.
    assert verify(thief, vkeys=[exposed.old]).wrong == ()
    assert verify(thief, vkeys=[exposed.new]).wrong != ()

    known = verify(thief, vkeys=[exposed.old], kept_elsewhere=[("key", exposed.note.encode())])
    assert any("was not the key of the log there" in one.what for one in known.wrong)
    with closing(sqlite3.connect(thief / LEDGER_FILE)) as connection:
        connection.executemany("INSERT INTO statements VALUES (?, ?, ?, ?)", kept)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'vkey'", (exposed.new,))
        connection.commit()
    shown = verify(thief, vkeys=[exposed.old, exposed.new])
    assert any("was not the key of the log there" in one.what for one in shown.wrong)
    assert shown.signed_until == exposed.at


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ("DELETE FROM statements WHERE kind = 'handover'", {"key", "checkpoint"}),
        ("UPDATE statements SET note = replace(note, 'routine', 'exposed') WHERE kind = 'handover'", {"key"}),
        ("UPDATE statements SET size = 0 WHERE kind = 'handover'", {"statement"}),
        ("UPDATE statements SET about = '2' WHERE kind = 'handover'", {"statement"}),
        ("UPDATE statements SET size = 3 WHERE kind = 'handover'", {"statement"}),
        ("DELETE FROM checkpoints WHERE size = (SELECT size FROM statements WHERE kind = 'handover')", {"bookkeeping"}),
    ],
)
def test_what_was_done_to_a_hand_over_is_found(rotated: Rotated, tmp_path: Path, change: str, kinds: set[str]) -> None:
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in ("record.db", LEDGER_FILE):
        (folder / name).write_bytes((rotated.data / name).read_bytes())
    by_hand(folder, change, file=LEDGER_FILE)

    wrong = {one.kind for one in verify(folder, vkeys=[rotated.old]).wrong}

    assert wrong >= kinds


def test_a_bundle_without_its_hand_over_does_not_hold_for_who_has_the_old_key(rotated: Rotated, tmp_path: Path) -> None:
    with zipfile.ZipFile(rotated.after) as archive:
        members = {info: archive.read(info) for info in archive.infolist()}
    assert [info.filename for info in members if info.filename.startswith("handovers/")] == ["handovers/1"]
    cut = tmp_path / "cut.zip"
    with zipfile.ZipFile(cut, "w") as archive:
        for info, content in members.items():
            if not info.filename.startswith("handovers/"):
                archive.writestr(info, content)

    assert {"key", "checkpoint", "members"} <= {one.kind for one in verify(cut, vkeys=[rotated.old]).wrong}


# -- what the command says -----------------------------------------------------------------------------------------------


def test_receipts_from_before_and_after_hold(rotated: Rotated) -> None:
    for receipt, bundle, vkey in [
        (rotated.old_receipt, rotated.before, rotated.old),
        (rotated.old_receipt, rotated.after, rotated.old),
        (rotated.old_receipt, rotated.after, rotated.new),
        (rotated.new_receipt, rotated.after, rotated.old),
        (rotated.new_receipt, rotated.after, rotated.new),
    ]:
        result = run("verify", receipt, "--bundle", bundle, *keys(vkey))

        assert result.exit_code == 0, result.output
        assert "carried out again" in result.stdout
    assert run("verify", rotated.old_receipt, *keys(rotated.old)).exit_code == 0
    assert run("verify", rotated.new_receipt, *keys(rotated.old)).exit_code == 1
    assert run("verify", rotated.new_receipt, *keys(rotated.old, rotated.new)).exit_code == 0


def test_a_receipt_of_an_exposed_key_is_said_to_be_one(exposed: Rotated) -> None:
    result = run("verify", exposed.old_receipt, "--bundle", exposed.after, *keys(exposed.new))

    assert result.exit_code == 0, result.output
    assert "given up because others may have it" in result.stdout


def test_proofs_from_before_and_after_hold_with_the_key_that_signed_them(
    rotated: Rotated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TXAPI_DATA", str(rotated.data))
    proof = tmp_path / "5.tlog-proof"
    proof.write_text(run("proof", "5").stdout, encoding="utf-8")

    assert run("verify", proof, *keys(rotated.new)).exit_code == 0
    assert run("verify", proof, *keys(rotated.old)).exit_code == 1
    assert run("verify", proof, *keys(rotated.old, rotated.new)).exit_code == 0


def test_the_hand_over_tells_who_holds_the_old_key_which_the_new_one_is(
    rotated: Rotated, exposed: Rotated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TXAPI_DATA", str(rotated.data))
    assert run("key", "handover").stdout == run("key", "handover", "1").stdout == rotated.note
    assert run("key", "handover", "2").exit_code == 1
    shown = json.loads(run("key", "show", "--json").stdout)
    assert shown == {"vkey": rotated.new, "former": [{"vkey": rotated.old, "until": rotated.at}]}

    held = run("verify", rotated.handover, *keys(rotated.old), "--json")
    assert held.exit_code == 0, held.output
    assert json.loads(held.stdout)["to"] == rotated.new
    assert f"to: {rotated.new}" in run("verify", rotated.handover, *keys(rotated.old)).stdout
    assert run("verify", rotated.handover).exit_code == 2
    assert run("verify", rotated.handover, *keys(exposed.old)).exit_code == 1
    assert run("verify", exposed.handover, *keys(exposed.new)).exit_code == 0
    warned = run("verify", exposed.handover, *keys(exposed.old))
    assert warned.exit_code == 1
    assert "worth nothing" in warned.stderr


def test_the_command_rotates_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnished(tmp_path / "data").close()
    monkeypatch.setenv("TXAPI_DATA", str(tmp_path / "data"))
    assert run("key", "rotate").exit_code == 2  # Nothing was ever signed: there is no key.
    first = json.loads(run("checkpoint", "--sign", "--json").stdout)["vkey"]

    both = run("key", "rotate", "--prepare", "--exposed")
    prepared = json.loads(run("key", "rotate", "--prepare", "--json").stdout)
    still = json.loads(run("key", "show", "--json").stdout)
    done = run("key", "rotate", "--json")

    assert both.exit_code == 2
    assert still == {"vkey": first, "former": []}
    assert done.exit_code == 0, done.output
    told_ = json.loads(done.stdout)
    assert (told_["old"], told_["new"], told_["exposed"]) == (first, prepared["next"], False)
    assert Path(told_["kept"]).exists()
    assert "PRIVATE" not in done.output
    again = run("key", "rotate", "--exposed")
    assert "destroy it when no backup from before is to be continued" in again.stdout
    shown = json.loads(run("key", "show", "--json").stdout)
    assert verify(tmp_path / "data", vkeys=[shown["vkey"]]).wrong == ()


# -- witnesses -----------------------------------------------------------------------------------------------------------


def test_a_witness_goes_on_as_soon_as_it_knows_the_new_key(tmp_path: Path) -> None:
    data = tmp_path / "data"
    city = furnished(data)
    ledger = Ledger.open(data, city.record.record_id, owner=True, origin="town.example/record")
    signer = Signer(city.record, ledger)

    def cosigned(witness: Witnessing) -> tuple[dict[str, Any], int]:
        policy = f"witness w {witness.vkey} {witness.address}\nquorum w\n"
        signer._cosigners = Witnesses(Policy.parse(policy.encode()))
        signer.cosign()
        return signer.witness_failures, ledger.witness_sizes().get("w", 0)

    with Witnessing(tmp_path, "w", ledger.vkey) as witness:
        first = signer.sign()
        assert first is not None
        assert cosigned(witness) == ({}, first.size)
        rotate(ledger, data / KEY_FILE)
        told(city)
        second = signer.sign()
        assert second is not None
        failures, size = cosigned(witness)
        assert "403" in failures["w"]
        assert size == first.size
    former, now = ledger.handovers()[0].note.split("\n")[4].removeprefix("from "), ledger.vkey_now()
    with Witnessing(tmp_path, "w", former, now) as witness:
        assert cosigned(witness) == ({}, second.size)
    ledger.close()
    city.close()
