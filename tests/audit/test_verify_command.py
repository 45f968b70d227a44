"""`txapi verify` and `txapi export`: what they say about a record, a backup, a bundle, a proof and a receipt."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.audit.sealing import by_hand, copied, sealed
from txapi.audit.bundle import write_bundle
from txapi.audit.checker import VerifierKey
from txapi.audit.cosigning import CosigningKey
from txapi.cli.root import txapi
from txapi.record import Record
from txapi.record.ledger import KEY_FILE, LEDGER_FILE, Ledger
from txapi.record.signer import Signer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of 67 events that was signed for at 14 and 67."""
    folder = tmp_path_factory.mktemp("original")
    sealed(folder)
    return folder


@pytest.fixture(autouse=True)
def data(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = copied(original, tmp_path / "data")
    monkeypatch.setenv("TXAPI_DATA", str(folder))
    return folder


@pytest.fixture
def ledger(data: Path) -> Iterator[Ledger]:
    with Record.open(data, owner=False) as record:
        ledger = Ledger.open(data, record.record_id)
    yield ledger
    ledger.close()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    assert run("export", str(tmp_path / "out.zip")).exit_code == 0
    return tmp_path / "out.zip"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(txapi, list(map(str, arguments)), prog_name="txapi")


def told(result: Result) -> Any:
    return json.loads(result.stdout)


# -- records and bundles -------------------------------------------------------------------------------------------------


def test_a_record_a_backup_and_a_bundle_hold(data: Path, bundle: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    for name in ("record.db", LEDGER_FILE):
        (backup / name).write_bytes((data / name).read_bytes())

    for target in (data, backup, backup / "record.db", bundle):
        result = run("verify", target)

        assert result.exit_code == 0, result.output
        assert "67 events, positions 1 to 67" in result.stdout
        assert "2 checkpoints, signed for 67 events" in result.stdout
        assert "compare it with one from elsewhere" in result.stdout
        assert result.stdout.endswith("nothing is wrong\n")


def test_what_is_wrong_is_named_by_its_first_position(data: Path) -> None:
    by_hand(data, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 38")

    result = run("verify", data)
    as_json = run("verify", data, "--json")

    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "wrong at position 38: the event is not the one that was entered" in result.stderr
    assert told(as_json)["holds"] is False
    assert told(as_json)["wrong"][0]["position"] == 38
    assert told(as_json)["wrong"][0]["kind"] == "event"


@pytest.mark.parametrize(
    ("statement", "file"),
    [
        ("UPDATE meta SET key = x'ff' WHERE key = 'format'", "record.db"),
        ("UPDATE meta SET value = x'00' WHERE key = 'record_id'", "record.db"),
        ("UPDATE keys SET stream = CAST(x'f5f5' AS TEXT) WHERE value = (SELECT min(value) FROM keys)", "record.db"),
        ("UPDATE events SET topic = CAST(x'41d8' AS TEXT) WHERE position = 3", "record.db"),
        ("DELETE FROM meta WHERE key = 'vkey'", LEDGER_FILE),
        ("UPDATE statements SET size = x'' WHERE note = (SELECT min(note) FROM statements)", LEDGER_FILE),
        ("UPDATE checkpoints SET note = 7 WHERE size = 67", LEDGER_FILE),
    ],
)
def test_what_is_no_text_or_no_number_where_it_should_be_is_told_of(
    data: Path, ledger: Ledger, statement: str, file: str
) -> None:
    vkey = str(ledger.vkey)
    ledger.close()
    by_hand(data, statement, file=file)

    for result in (run("verify", data, "--vkey", vkey), run("verify", data, "--vkey", vkey, "--json")):
        assert isinstance(result.exception, SystemExit), repr(result.exception)
        assert result.exit_code in (1, 2), result.output
        assert result.stderr.strip()


def test_a_database_whose_own_words_are_damaged_is_told_of(data: Path, ledger: Ledger) -> None:
    vkey = str(ledger.vkey)
    ledger.close()
    content = (data / "record.db").read_bytes()
    # What SQLite says of a statement that it cannot read, quotes it.
    (data / "record.db").write_bytes(content.replace(b"CREATE TABLE events", b"CREATE TABL\xf5 events", 1))

    result = run("verify", data, "--vkey", vkey)

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code in (1, 2)
    assert "cannot be read" in result.stderr


def test_events_behind_the_last_checkpoint_are_said_to_be_unattested(data: Path) -> None:
    by_hand(
        data,
        "DELETE FROM checkpoints WHERE size = 67",
        "DELETE FROM statements WHERE size = 67",
        file=LEDGER_FILE,
    )

    result = run("verify", data)

    assert result.exit_code == 0
    assert "positions 15 to 67 are not attested by a checkpoint yet" in result.stdout


def test_a_key_and_a_checkpoint_from_elsewhere_are_compared(data: Path, ledger: Ledger, tmp_path: Path) -> None:
    kept = tmp_path / "kept.checkpoint"
    first = ledger.at(14)
    assert first is not None
    kept.write_text(first.note)
    other = CosigningKey.create(tmp_path / "other.key", "elsewhere").vkey

    held = run("verify", data, "--vkey", ledger.vkey, "--checkpoint", kept)
    by_another = run("verify", data, "--vkey", other)
    malformed = run("verify", data, "--vkey", "nobody")

    assert held.exit_code == 0
    assert "1 notes kept elsewhere were compared" in held.stdout
    assert "elsewhere: " not in held.stdout  # The key was given, so nobody is told to compare it.
    assert by_another.exit_code == 1
    assert malformed.exit_code == 2


def test_a_policy_says_how_many_witnesses_must_have_cosigned(data: Path, ledger: Ledger, tmp_path: Path) -> None:
    witness = CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")
    policy = tmp_path / "policy"
    policy.write_text(f"log {ledger.vkey}\nwitness w1 {witness.vkey}\nquorum w1\n")
    first = ledger.at(14)
    assert first is not None

    before = run("verify", data, "--policy", policy)
    line = witness.cosign(first.note.partition("\n\n")[0] + "\n", 1_441_069_200)
    ledger.cosigned(14, [line], {}, publish=True)
    after = run("verify", data, "--policy", policy)
    by_hand(
        data,
        ("UPDATE checkpoints SET note = replace(note, ?, ?) WHERE size = 14", (line[-9:-4], "AAAAA")),
        file=LEDGER_FILE,
    )
    forged = run("verify", data, "--policy", policy)

    assert before.exit_code == 1
    assert "the last checkpoint that the policy accepts attests 0 events" in before.stderr
    assert after.exit_code == 0
    assert "signed for 67 events, and by enough witnesses for 14" in after.stdout
    assert forged.exit_code == 1
    assert "WRONG at position 14" in forged.stdout
    assert "does not fit" in forged.stdout


def test_a_bundle_with_too_few_cosignatures_does_not_hold_by_its_policy(
    bundle: Path, ledger: Ledger, tmp_path: Path
) -> None:
    witness = CosigningKey.create(tmp_path / "witness.key", "witness.example/w1")
    (tmp_path / "policy").write_text(f"log {ledger.vkey}\nwitness w1 {witness.vkey}\nquorum w1\n")

    result = run("verify", bundle, "--policy", tmp_path / "policy")

    assert result.exit_code == 1
    assert "policy accepts" in result.stderr


def test_what_is_none_of_all_ends_with_2(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "text").write_text("nothing")
    (tmp_path / "empty").mkdir()

    assert run("verify", tmp_path / "text").exit_code == 2
    assert run("verify", tmp_path / "empty").exit_code == 2
    assert run("verify", bundle, "--bundle", bundle).exit_code == 2


# -- taking away ---------------------------------------------------------------------------------------------------------


def test_an_export_says_what_is_in_it_and_writes_over_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"

    first = run("export", out, "--from", "10", "--to", "2015-08-05", "--json")
    again = run("export", out)

    # 5 August ends behind position 42, and the checkpoint of 67 events is the first that attests it.
    assert {name: told(first)[name] for name in ("from", "to", "attestedBy", "checkpoints")} == {
        "from": 10,
        "to": 42,
        "attestedBy": 67,
        "checkpoints": 2,
    }
    assert again.exit_code == 2
    assert "nothing is written over" in again.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("out.txt",),
        ("out.zip", "--from", "9", "--to", "8"),
        ("out.zip", "--to", "68"),
        ("out.zip", "--from", "2015-08-04", "--to", "2015-08-03"),
        ("out", "--tables", "--from", "2"),
    ],
)
def test_an_export_that_makes_no_sense_ends_with_2_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    result = run("export", tmp_path / arguments[0], *arguments[1:])

    assert result.exit_code == 2, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_record_that_was_never_signed_is_signed_before_it_is_taken_away(data: Path, tmp_path: Path) -> None:
    (data / LEDGER_FILE).unlink()
    (data / KEY_FILE).unlink()

    with Record.open(data):
        owned = run("export", tmp_path / "owned.zip")
    signed = run("export", tmp_path / "out.zip")

    assert owned.exit_code == 4
    assert not (tmp_path / "owned.zip").exists()
    assert signed.exit_code == 0
    assert "signed for 67 events, for the first time" in signed.stderr
    assert run("verify", tmp_path / "out.zip").exit_code == 0


def test_what_is_no_mistake_and_should_be_known_is_told_as_a_note(data: Path) -> None:
    by_hand(data, "INSERT INTO witnesses VALUES ('w.example', 80)", file=LEDGER_FILE)

    said = run("verify", data)
    as_json = told(run("verify", data, "--json"))

    assert said.exit_code == 0
    assert "note: by the ledger, the witness w.example knows a checkpoint of 80 events" in said.stdout
    assert "nothing is wrong" in said.stdout
    assert [note.partition(",")[0] for note in as_json["notes"]] == ["by the ledger"]


# -- proofs ----------------------------------------------------------------------------------------------------------------


def test_the_proof_of_an_event_holds_by_the_key_alone(data: Path, ledger: Ledger, tmp_path: Path) -> None:
    proof = tmp_path / "38.tlog-proof"
    proof.write_text(run("proof", "38").stdout)
    other = VerifierKey.parse(CosigningKey.create(tmp_path / "other.key", ledger.origin).vkey)

    held = run("verify", proof, "--vkey", ledger.vkey)
    as_json = told(run("verify", proof, "--vkey", ledger.vkey, "--json"))
    proof.write_text(proof.read_text().replace("index 37", "index 36"))
    moved = run("verify", proof, "--vkey", ledger.vkey)

    assert held.exit_code == 0
    assert (as_json["position"], as_json["topic"], as_json["checkpointSize"]) == (38, "ticket.returned", 67)
    assert moved.exit_code == 1
    assert "this proves nothing" in moved.stderr
    assert run("verify", proof).exit_code == 2  # Whose signature counts must be said.
    assert other.name == ledger.origin


# -- receipts --------------------------------------------------------------------------------------------------------------


def test_a_receipt_holds_over_the_bundle_and_by_its_key_and_not_over_a_record_that_was_changed(
    data: Path, bundle: Path, ledger: Ledger, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.json"
    issued = run("show", "--operation", "Overview", "--at", "40", "--receipt", receipt)
    assert issued.exit_code == 0, issued.output

    over_the_bundle = run("verify", receipt, "--bundle", bundle)
    over_the_record = told(run("verify", receipt, "--bundle", data, "--vkey", ledger.vkey, "--json"))
    alone = run("verify", receipt, "--vkey", ledger.vkey)
    receipt.write_text(receipt.read_text().replace('"data": {', '"data": {"more": 1,', 1))
    forged = run("verify", receipt, "--bundle", bundle)
    by_hand(data, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 38")
    over_a_changed_record = run("verify", receipt, "--bundle", data)

    assert over_the_bundle.exit_code == 0, over_the_bundle.output
    assert "the same bytes" in over_the_bundle.stdout
    assert (over_the_record["holds"], over_the_record["sameAnswer"]) == (True, True)
    assert alone.exit_code == 0
    assert "without a record the operation cannot be carried out again" in alone.stdout
    assert forged.exit_code == 1
    assert over_a_changed_record.exit_code == 1
    assert "wrong at position 38" in over_a_changed_record.stderr
    assert run("verify", receipt).exit_code == 2


def test_a_bundle_that_ends_before_the_checkpoint_of_a_receipt_shows_by_its_tiles_what_that_attests(
    tmp_path: Path,
) -> None:
    receipt, part = tmp_path / "receipt.json", tmp_path / "part.zip"
    issued = run("show", "--operation", "Overview", "--at", "40", "--receipt", receipt)
    assert issued.exit_code == 0, issued.output
    assert run("export", part, "--to", "40").exit_code == 0

    result = told(run("verify", receipt, "--bundle", part, "--json"))

    checks = {one["name"]: (one["outcome"], one["says"]) for one in result["checks"]}
    assert checks["record"] == ("holds", "the first 67 events are those that the checkpoint attests")
    assert result["sameAnswer"]


def test_a_policy_in_a_bundle_adds_no_key_to_the_one_that_was_given(data: Path, ledger: Ledger, tmp_path: Path) -> None:
    # The forger changes an event, signs with a key of their own under the record's name, shows the record's key,
    # and puts a policy beside it that accepts their own.
    rewritten = copied(data, tmp_path / "rewritten")
    by_hand(rewritten, ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 67", ()))
    (rewritten / LEDGER_FILE).unlink()
    (rewritten / KEY_FILE).unlink()
    with Record.open(rewritten) as record:
        rogue = Ledger.open(rewritten, record.record_id, owner=True, origin=ledger.origin)
        Signer(record, rogue).sign()
        policy = f"log {rogue.vkey}\nquorum none\n".encode()
        write_bundle(tmp_path / "rogue.zip", record, rogue, policy=policy)
        rogue.close()
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(tmp_path / "rogue.zip") as told, zipfile.ZipFile(forged, "x") as writing:
        members = {info.filename: told.read(info) for info in told.infolist()}
        members["vkey"] = f"{ledger.vkey}\n".encode()
        manifest = json.loads(members["manifest.json"])
        manifest["members"]["vkey"] = hashlib.sha256(members["vkey"]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
        for name, content in members.items():
            writing.writestr(name, content)

    with_the_key = run("verify", forged, "--vkey", ledger.vkey)
    with_nothing = run("verify", forged)

    for result in (with_the_key, with_nothing):
        assert result.exit_code == 1
        assert "enough witnesses for 67" not in result.stdout
