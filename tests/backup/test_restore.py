"""`txapi restore`: a backup put in place whole, after it was verified, where there is no record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.audit.sealing import by_hand
from tests.backup.trying import attempted, digests_in, events_in, files_of_at_most, run
from tests.record.letters import written
from txapi.audit.backup import BackupFailed
from txapi.audit.restoring import restore
from txapi.audit.verify import verify
from txapi.record import Append, Record
from txapi.record.accesses import ACCESSES_FILE, Access, Accesses
from txapi.record.conflicts import NotARecord
from txapi.record.ledger import Ledger
from txapi.record.owner import OwnerLock
from txapi.record.signer import Signer


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    """A backup of the record, with its keys."""
    assert run("backup", tmp_path / "backup", "--with-keys").exit_code == 0
    return tmp_path / "backup"


def told_by(backup: Path, **instead: Any) -> None:
    """Let a hand change what a backup says of itself; a file that is named gets the hash that it has by now."""
    path = backup / "backup.json"
    told = json.loads(path.read_bytes()) | instead
    for name, one in told["files"].items():
        if (backup / name).exists():
            content = (backup / name).read_bytes()
            one |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.write_text(json.dumps(told), encoding="utf-8")


def grown(folder: Path) -> str:
    """The last checkpoint of the record, signed after one more event."""
    with Record.open(folder) as record:
        letter = written(record.ids.uuid(), days=7)
        record.writer.append(Append(events=tuple(letter.pending), deadlines={letter.id: letter.next_deadline()}))
        ledger = Ledger.open(folder, record.record_id, owner=True)
        signed = Signer(record, ledger).sign()
        ledger.close()
    assert signed is not None
    return signed.note


def test_a_restored_record_goes_on_at_the_next_position_and_signs_with_the_same_key(
    data: Path, backup: Path, tmp_path: Path
) -> None:
    new = tmp_path / "somewhere" / "new"

    result = run("restore", backup, "--data", new)

    assert result.exit_code == 0, result.output
    assert "the next event gets 68" in result.output
    assert "missing" not in result.output
    assert events_in(new) == events_in(data)
    assert sorted(path.name for path in new.glob("*.*")) == [
        "ledger.db",
        "owner.lock",
        "record-key.pem",
        "record.db",
        "token-key.pem",
    ]
    assert {path.name: path.stat().st_mode & 0o777 for path in new.glob("*.pem")} == {
        "record-key.pem": 0o600,
        "token-key.pem": 0o600,
    }
    grown(new)
    assert [row.position for row in events_in(new)][-1] == 68
    assert (verify(new).wrong, verify(new).signed_until, verify(new).vkey) == ((), 68, verify(data).vkey)


def test_what_a_server_will_miss_is_said_with_what_to_do(data: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")

    result = run("restore", tmp_path / "backup", "--data", tmp_path / "new", "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["position"]) == (0, 67)
    assert [sentence.partition(":")[0] for sentence in told["missing"]] == [
        "the record's key is missing",
        "the key of tokens is missing",
    ]
    assert "no server starts on it" in told["missing"][0]
    assert run("serve", "--data", tmp_path / "new", "--port", "0").exit_code == 2


def test_a_key_of_another_record_that_lies_there_is_told(data: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup")
    new = tmp_path / "new"
    new.mkdir()
    (new / "record-key.pem").write_bytes((data / "token-key.pem").read_bytes())
    (new / "record-key.pem").chmod(0o600)

    result = run("restore", tmp_path / "backup", "--data", new)

    assert result.exit_code == 0
    assert "is not the key that signed for this record" in result.output


def test_no_key_is_written_over(data: Path, backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "record-key.pem").write_bytes((data / "token-key.pem").read_bytes())

    result = run("restore", backup, "--data", new)

    assert result.exit_code == 2
    assert "no key is written over" in result.output
    assert (new / "record-key.pem").read_bytes() == (data / "token-key.pem").read_bytes()
    assert not (new / "record.db").exists()


def test_a_folder_that_holds_a_record_is_left_alone(data: Path, backup: Path) -> None:
    before = digests_in(data)

    result = run("restore", backup)

    assert result.exit_code == 2
    assert f"{data} holds record.db" in result.output
    assert digests_in(data) == before


def test_what_sqlite_left_beside_a_record_that_is_gone_is_not_taken_for_part_of_the_backup(
    backup: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "record.db-wal").write_bytes(b"changes to another file")

    result = run("restore", backup, "--data", new)

    assert result.exit_code == 2
    assert "holds record.db-wal" in result.output
    assert [path.name for path in new.iterdir()] == ["record.db-wal"]


def test_a_folder_that_somebody_owns_is_left_alone(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()

    with OwnerLock(new):
        result = run("restore", backup, "--data", new)

    assert result.exit_code == 4
    assert [path.name for path in new.iterdir()] == ["owner.lock"]


def test_a_file_that_was_damaged_is_named(backup: Path, tmp_path: Path) -> None:
    content = bytearray((backup / "record.db").read_bytes())
    content[len(content) // 2] ^= 1
    (backup / "record.db").write_bytes(content)

    result = run("restore", backup, "--data", tmp_path / "new")

    assert result.exit_code == 1
    assert f"{backup / 'record.db'} is not the file that was written then" in result.output
    assert not (tmp_path / "new").exists()


def test_a_backup_whose_files_and_hashes_were_both_changed_is_caught_by_what_was_signed(
    backup: Path, tmp_path: Path
) -> None:
    by_hand(backup, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 38")
    told_by(backup)

    result = run("restore", backup, "--data", tmp_path / "new")

    assert result.exit_code == 1
    assert "is wrong at position 38" in result.output
    assert not (tmp_path / "new").exists()


def test_a_backup_without_what_was_signed_is_refused_by_whoever_knows_the_key(
    data: Path, backup: Path, tmp_path: Path
) -> None:
    vkey = verify(data).vkey
    assert vkey is not None
    (backup / "ledger.db").unlink()
    files = json.loads((backup / "backup.json").read_bytes())["files"]
    told_by(backup, files={name: one for name, one in files.items() if name != "ledger.db"}, vkey=None, signedUntil=0)

    result = run("restore", backup, "--data", tmp_path / "new", "--vkey", vkey)

    assert result.exit_code == 1
    assert "nothing is proven" in result.output
    assert not (tmp_path / "new").exists()


def test_a_backup_that_is_older_than_a_checkpoint_kept_elsewhere_is_refused(
    data: Path, backup: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.checkpoint"
    kept.write_text(grown(data), encoding="utf-8")

    result = run("restore", backup, "--data", tmp_path / "new", "--checkpoint", kept)

    assert result.exit_code == 1
    assert "68" in result.output
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("instead", "what"),
    [
        ({"format": "txapi.backup/v2"}, "this version knows txapi.backup/v1"),
        ({"position": 66}, "not of the position"),
        ({"recordId": "another"}, "not of the record"),
        ({"files": {"record.db": {"bytes": 1, "sha256": ""}, "../escaped": {"bytes": 1, "sha256": ""}}}, "other files"),
        ({"files": {"ledger.db": {"bytes": 1, "sha256": ""}}}, "other files"),
        ({"strange": 1}, "is no backup"),
    ],
)  # fmt: skip
def test_a_backup_that_says_what_is_not_so_is_refused(
    backup: Path, tmp_path: Path, instead: dict[str, Any], what: str
) -> None:
    told_by(backup, **instead)

    result = run("restore", backup, "--data", tmp_path / "new")

    assert result.exit_code == 1
    assert what in result.output
    assert not (tmp_path / "new").exists()


def test_a_folder_that_no_backup_was_written_to_is_refused(data: Path, tmp_path: Path) -> None:
    result = run("restore", data, "--data", tmp_path / "new")

    assert result.exit_code == 1
    assert "is no backup that `txapi backup` has made" in result.output


def test_a_restoring_that_is_killed_at_any_stage_leaves_no_record_and_can_be_begun_again(
    data: Path, backup: Path, tmp_path: Path
) -> None:
    new = tmp_path / "place" / "new"
    before = digests_in(backup)

    attempts = attempted("restore", backup, new)

    *killed, whole = attempts
    assert len(killed) >= 10
    assert all(one["killed"] and ".restoring" in one["there"] and "record.db" not in one["there"] for one in killed)
    assert any("ledger.db" in one["there"] for one in killed)
    assert whole["there"] == ["ledger.db", "owner.lock", "record-key.pem", "record.db", "token-key.pem"]
    assert events_in(new) == events_in(data)
    assert digests_in(backup) == before


def test_no_empty_record_is_begun_beside_a_ledger_that_lost_its_record(data: Path) -> None:
    (data / "record.db").unlink()

    with pytest.raises(NotARecord, match="a ledger without its record"):
        Record.open(data)

    assert not (data / "record.db").exists()


def test_a_disk_that_fills_up_leaves_no_record(backup: Path, tmp_path: Path) -> None:
    with files_of_at_most(64 << 10), pytest.raises(BackupFailed, match="was not restored"):
        restore(backup, tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_a_folder_that_was_there_keeps_what_it_held_when_restoring_fails(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "policy").write_text("log …", encoding="utf-8")

    with files_of_at_most(64 << 10), pytest.raises(BackupFailed):
        restore(backup, new)

    assert sorted(path.name for path in new.iterdir()) == ["owner.lock", "policy"]
    assert (new / "policy").read_text(encoding="utf-8") == "log …"


def test_who_read_what_goes_along_and_is_written_over_by_nothing(data: Path, tmp_path: Path) -> None:
    access = Access(
        at=1,
        subject="auditor",
        role="AUDITOR",
        unit=None,
        request="r-1",
        operation="Tickets",
        position=3,
        kinds=("ticket",),
        nouns=(),
    )
    with Accesses.open(data) as kept:
        for number in range(1_500):
            kept.append(replace(access, position=number))
    assert run("backup", tmp_path / "backup").exit_code == 0

    result = run("restore", tmp_path / "backup", "--data", tmp_path / "new")

    assert result.exit_code == 0, result.output
    assert (tmp_path / "backup" / ACCESSES_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / ACCESSES_FILE).stat().st_mode & 0o777 == 0o600
    with Accesses.open(tmp_path / "new") as restored:
        found = restored.page(most=2_000)
        assert [(number, one.position) for number, one in found] == [(n + 1, n) for n in range(1_500)]
        restored.append(access)
    (tmp_path / "new" / "record.db").unlink()
    (tmp_path / "new" / "ledger.db").unlink()
    again = run("restore", tmp_path / "backup", "--data", tmp_path / "new")
    assert "no list of accesses is written over" in again.stderr
    with Accesses.open(tmp_path / "new") as restored:
        assert len(restored.page(most=2_000)) == 1_501
    assert not (tmp_path / "new" / "record.db").exists()


def test_where_nobody_left_a_trace_a_backup_holds_none(data: Path, backup: Path) -> None:
    assert not (backup / ACCESSES_FILE).exists()
    assert not (data / ACCESSES_FILE).exists()
