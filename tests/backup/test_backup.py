"""`txapi backup`: the record at one moment, verified, in a folder that is there whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.audit.sealing import by_hand
from tests.backup.trying import attempted, digests_in, events_in, files_of_at_most, run
from txapi.audit.backup import BackupFailed, take_backup
from txapi.audit.verify import verify
from txapi.record import Record


def test_a_backup_holds_the_record_as_it_is_and_is_read_and_verified_where_it_lies(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"

    result = run("backup", out, "--json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    assert (told["position"], told["signedUntil"], told["files"]) == (67, 67, ["ledger.db", "record.db"])
    assert sorted(path.name for path in out.iterdir()) == ["backup.json", "ledger.db", "record.db"]
    assert out.stat().st_mode & 0o777 == 0o700
    assert events_in(out) == events_in(data)
    assert (verify(out).wrong, verify(out).signed_until) == ((), 67)
    assert run("verify", out).exit_code == 0
    assert run("checkpoint", "--data", out).stdout.splitlines()[1] == "67"


def test_what_a_backup_says_of_its_files_is_so(data: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup", "--with-keys")

    manifest = json.loads((tmp_path / "backup" / "backup.json").read_bytes())

    digests = digests_in(tmp_path / "backup")
    assert {name: one["sha256"] for name, one in manifest["files"].items()} == {
        name: digest for name, digest in digests.items() if name != "backup.json"
    }
    assert [one["bytes"] for one in manifest["files"].values()] == [
        (tmp_path / "backup" / name).stat().st_size for name in manifest["files"]
    ]


def test_keys_are_in_a_backup_only_when_they_are_asked_for_and_then_only_their_owner_reads_them(
    data: Path, tmp_path: Path
) -> None:
    without, with_keys = tmp_path / "without", tmp_path / "with"

    said = run("backup", without).output
    warned = run("backup", with_keys, "--with-keys").output

    assert not list(without.glob("*.pem"))
    assert "the private keys are not in it" in said
    assert "PRIVATE KEYS are in it" in warned
    for name in ("record-key.pem", "token-key.pem"):
        assert (with_keys / name).read_bytes() == (data / name).read_bytes()
        assert (with_keys / name).stat().st_mode & 0o777 == 0o600


def test_keys_that_are_asked_for_and_missing_leave_no_backup(data: Path, tmp_path: Path) -> None:
    (data / "token-key.pem").unlink()

    result = run("backup", tmp_path / "backup", "--with-keys")

    assert result.exit_code == 2
    assert "there is no key at" in result.output
    assert not (tmp_path / "backup").exists()


def test_nothing_is_written_over(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    run("backup", out)
    before = digests_in(out)

    result = run("backup", out)

    assert result.exit_code == 2
    assert "nothing is written over" in result.output
    assert digests_in(out) == before


def test_a_record_that_was_never_signed_is_backed_up_with_a_word_about_it(data: Path, tmp_path: Path) -> None:
    (data / "ledger.db").unlink()

    result = run("backup", tmp_path / "backup")

    assert result.exit_code == 0
    assert "nothing of this record was signed yet" in result.output
    assert events_in(tmp_path / "backup") == events_in(data)


def test_what_is_wrong_with_the_record_is_told_and_no_backup_takes_the_place_of_a_good_one(
    data: Path, tmp_path: Path
) -> None:
    by_hand(data, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 38")

    result = run("backup", tmp_path / "backup")

    assert result.exit_code == 1
    assert "is wrong at position 38" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_folder_without_a_record_is_not_backed_up(tmp_path: Path) -> None:
    result = run("backup", tmp_path / "backup", "--data", tmp_path)

    assert result.exit_code == 2
    assert "there is no record at" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_is_killed_at_any_stage_leaves_nothing_under_its_name_and_the_next_one_tidies_up(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "backups" / "backup"
    out.parent.mkdir()
    before = digests_in(data)

    attempts = attempted("backup", data, out)

    *killed, whole = attempts
    assert len(killed) >= 5
    assert all(one["killed"] and one["there"] is None and len(one["beside"]) == 1 for one in killed)
    assert (whole["killed"], whole["beside"]) == (False, [])
    assert verify(out).wrong == ()
    assert {name: digest for name, digest in digests_in(data).items() if name in before} == before


def test_a_disk_that_fills_up_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with files_of_at_most(64 << 10), pytest.raises(BackupFailed, match="no backup was made"):
        take_backup(data, tmp_path / "backup")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_disk_that_has_no_room_is_not_filled(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100_000))
    stages: list[str] = []

    with pytest.raises(BackupFailed, match="has 100,000 bytes left"):
        take_backup(data, tmp_path / "backup", on_stage=lambda doing, done, of: stages.append(doing))

    assert stages == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_two_backups_of_one_record_in_one_place_do_not_meet(data: Path, tmp_path: Path) -> None:
    refused: list[str] = []

    def another(doing: str, done: int, of: int) -> None:
        if not refused:
            with pytest.raises(BackupFailed, match="another process writes a backup") as told:
                take_backup(data, tmp_path / "second")
            refused.append(str(told.value))

    take_backup(data, tmp_path / "first", on_stage=another)

    assert verify(tmp_path / "first").wrong == ()
    assert not (tmp_path / "second").exists()


def test_an_event_that_is_appended_while_a_backup_is_taken_is_in_the_next_one(data: Path, tmp_path: Path) -> None:
    from tests.record.letters import written
    from txapi.record import Append

    with Record.open(data) as record:

        def append(doing: str, done: int, of: int) -> None:
            letter = written(record.ids.uuid(), days=7)
            record.writer.append(Append(events=tuple(letter.pending)))

        taken = take_backup(data, tmp_path / "backup", on_stage=append)
        head = record.head.position

    assert head > 67
    assert taken.manifest.position == 67
    assert events_in(tmp_path / "backup") == events_in(data)[:67]
