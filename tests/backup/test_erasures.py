"""Erasures and backups: an older backup, and an older copy of the keys, bring nobody back."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tests.city import ADMINISTRATOR
from tests.schema.registering import do, towns
from tests.web.several import until
from txapi.audit.backup import ERASURES_FILE, take_backup
from txapi.audit.verify import verify
from txapi.cli.root import txapi
from txapi.domain.person import Person
from txapi.record import Record
from txapi.record.person_keys import KEYS_FOLDER, MASTER_FILE, open_person_keys
from txapi.web.instance import Instance

BASIS, REASON = "《个人信息保护法》第四十七条", "本人要求"


class Kept:
    """What is left when a disk is lost: two backups, a copy of the keys that is as old as the first, and who was erased between."""

    def __init__(self, folder: Path) -> None:
        city = towns(folder / "data")
        self.erased, self.other = (
            do(city, "RegisterPerson", ADMINISTRATOR, name=name, phone="137-4242-0917")["person"]["entityId"]
            for name in ("卫佳音", "许同")
        )
        self.older, self.newer, self.keys = folder / "older", folder / "newer", folder / "keys"
        take_backup(folder / "data", self.older)
        shutil.copytree(folder / "data" / KEYS_FOLDER, self.keys / KEYS_FOLDER)
        shutil.copy(folder / "data" / MASTER_FILE, self.keys / MASTER_FILE)
        do(city, "ErasePerson", ADMINISTRATOR, person=self.erased, legalBasis=BASIS, reason=REASON)
        take_backup(folder / "data", self.newer)
        city.close()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def restored(kept: Kept, backup: Path, folder: Path, *options: str) -> Path:
    """A data folder with the older keys and that backup."""
    shutil.copytree(kept.keys, folder)
    done = CliRunner(env={"TXAPI_DATA": str(folder)}).invoke(txapi, ["restore", str(backup), *options])
    assert done.exit_code == 0, done.output
    return folder


def test_no_backup_holds_a_key_of_a_person_and_each_says_who_was_erased_by_then(kept: Kept) -> None:
    names = sorted(path.name for path in kept.older.iterdir())

    told = msgspec.json.decode((kept.newer / ERASURES_FILE).read_bytes())

    assert names == ["backup.json", "record.db"]
    assert [(each["person"], each["reason"], each["legal_basis"]) for each in told] == [(kept.erased, REASON, BASIS)]
    assert not [path for path in kept.newer.rglob("*") if "key" in path.name]


def test_an_older_backup_beside_older_keys_brings_nobody_back_where_the_newer_list_is_named(
    kept: Kept, tmp_path: Path
) -> None:
    folder = restored(kept, kept.older, tmp_path / "again", "--erasures", str(kept.newer / ERASURES_FILE))
    with closing(open_person_keys(folder)) as keys:
        before_any_server = keys.persons()

    with Instance.open(folder) as instance:
        until(lambda: instance.desk.load(Person, kept.erased).erased_at is not None)
        until(lambda: instance.views.position == instance.record.head.position)
    with closing(Record.open(folder, owner=False)) as record:
        last = record.event_at(record.head.position)

    assert before_any_server == {kept.other}
    assert last is not None
    assert (last.event.TOPIC, last.event.originator_id) == ("person.erased", kept.erased)
    assert last.event.meta.actor.subject == "txapi:eraser"
    assert REASON in str(last.event.meta.reason)
    assert [one.what for one in verify(folder).wrong] == []


def test_a_newer_backup_beside_older_keys_brings_nobody_back_by_itself(kept: Kept, tmp_path: Path) -> None:
    folder = restored(kept, kept.newer, tmp_path / "again")

    with closing(open_person_keys(folder)) as keys:
        assert keys.persons() == {kept.other}


def test_a_restore_without_keys_says_whose_data_nobody_can_read(kept: Kept, tmp_path: Path) -> None:
    data = str(tmp_path / "without")

    done = CliRunner(env={"TXAPI_DATA": data}).invoke(txapi, ["restore", str(kept.newer)])

    # Of the two persons, one was erased, and is not missed.
    assert "the keys of 1 persons are missing" in done.stdout


def test_keys_that_were_put_back_are_destroyed_by_a_list_of_erasures(kept: Kept, tmp_path: Path) -> None:
    folder = restored(kept, kept.older, tmp_path / "again")
    runner = CliRunner(env={"TXAPI_DATA": str(folder)})

    done = runner.invoke(txapi, ["erasures", "carry-out", str(kept.newer / ERASURES_FILE), "--json"])
    listed = runner.invoke(txapi, ["erasures", "list", "--json"])
    nonsense = runner.invoke(txapi, ["erasures", "carry-out", str(kept.older / "backup.json")])

    assert msgspec.json.decode(done.stdout) == {"known": 1, "destroyed": 1}
    assert listed.stdout.encode() == (kept.newer / ERASURES_FILE).read_bytes()
    assert nonsense.exit_code == 2
    with closing(open_person_keys(folder)) as keys:
        assert keys.persons() == {kept.other}
