"""Attached files go where the record goes: into backups and copies, into a bundle on demand; and verification looks through them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import stores
from tests.attaching import pdf, png, uploaded
from tests.audit.forging import forged, read_members
from tests.backup.trying import run
from tests.city import City
from txapi.application.attachments import attach_file, withdraw_attachment
from txapi.application.projects import introduce_project
from txapi.audit.backup import BackupFailed, take_backup
from txapi.audit.bundle_readme import SCRIPT
from txapi.audit.restoring import restore
from txapi.audit.verify import Verified, verify
from txapi.audit.verify_database import verify_database
from txapi.domain.attachment import AttachedTo
from txapi.domain.editions import ProjectKind
from txapi.record.copying import NotEmpty, copy_record
from txapi.record.files import FileMissing, FolderFiles, open_files
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect
from txapi.record.record import Record

SCAN, PHOTOGRAPH = pdf(400_000), png()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of four events, signed: a project, two files of it, of which one was withdrawn; and a file that nothing names."""
    folder = tmp_path_factory.mktemp("attached")
    city = City(folder)
    project = introduce_project(city.desk, city.order(), code="P-1", name="新材料", kind=ProjectKind.NEW_BUILD).id
    to = AttachedTo("project", project)
    attached = [
        attach_file(city.desk, city.order(), to=to, sha256=uploaded(city.record.files, content), name=name).id
        for content, name in ((SCAN, "回执.pdf"), (PHOTOGRAPH, "现场.png"))
    ]
    withdraw_attachment(city.desk, city.order(reason="贴错了"), attachment=attached[1])
    uploaded(city.record.files, png(1))
    city.sign()
    city.close()
    return folder


@pytest.fixture
def data(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that is the data folder of the settings."""
    folder = tmp_path / "data"
    shutil.copytree(original, folder)
    monkeypatch.setenv("TXAPI_DATA", str(folder))
    return folder


def kept_in(folder: Path) -> list[bytes]:
    """The contents of the files beside a record, the smallest first."""
    files = FolderFiles(folder / "files", owner=False)
    return sorted((files.path_of(sha256).read_bytes() for sha256 in files.hashes()), key=len)


def scan_of(folder: Path) -> Path:
    """Where the scan lies."""
    [path] = (path for path in folder.glob("files/*/*") if path.is_file() and path.stat().st_size == len(SCAN))
    return path


def wrong_in(found: Verified) -> list[tuple[int, str]]:
    return [(one.position, one.kind) for one in found.wrong]


def test_a_backup_holds_the_files_that_are_named_and_a_restored_record_has_them(data: Path, tmp_path: Path) -> None:
    backup, new = tmp_path / "backup", tmp_path / "new"

    taken = take_backup(data, backup)
    restored = restore(backup, new)

    assert sorted(taken.manifest.attached.values()) == [len(PHOTOGRAPH), len(SCAN)]
    assert kept_in(backup) == kept_in(new) == [PHOTOGRAPH, SCAN]
    assert (verify(new).files, restored.verified.wrong) == (2, ())
    assert {path.stat().st_mode & 0o777 for path in new.glob("files/*/*")} == {0o600}


def test_no_backup_is_made_of_a_record_whose_file_is_missing_or_altered(data: Path, tmp_path: Path) -> None:
    path = scan_of(data)
    path.write_bytes(SCAN[:-1])
    with pytest.raises(BackupFailed, match="have another hash"):
        take_backup(data, tmp_path / "altered")
    path.unlink()
    with pytest.raises(BackupFailed, match="no bytes lie under"):
        take_backup(data, tmp_path / "missing")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_backup_whose_file_was_altered_is_not_put_in_place(data: Path, tmp_path: Path) -> None:
    take_backup(data, tmp_path / "backup")
    scan_of(tmp_path / "backup").write_bytes(SCAN + b"x")

    with pytest.raises(BackupFailed):
        restore(tmp_path / "backup", tmp_path / "new")

    assert not (tmp_path / "new" / "record.db").exists()


@pytest.mark.parametrize("content", [None, SCAN.replace(b"%%EOF", b"%%EO0")])
def test_verification_names_the_event_whose_file_is_missing_or_altered(data: Path, content: bytes | None) -> None:
    path = scan_of(data)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)

    told = run("verify", data)

    assert told.exit_code == 1
    assert "WRONG at position 2: the file" in told.output
    assert wrong_in(verify(data)) == [(2, "file")]


def test_verification_says_how_many_files_it_looked_through(data: Path) -> None:
    told = json.loads(run("verify", data, "--json").stdout)

    assert (told["files"], told["holds"]) == (2, True)
    assert "2 attached files" in run("verify", data).output


# -- databases -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def dsn() -> Iterator[str]:
    made = stores.databases().create()
    yield made
    stores.databases().drop(made)


@pytest.mark.only_on("postgresql", because="a record is copied into a database, and out of one")
def test_a_copy_takes_the_named_files_along_into_a_database_and_back(data: Path, dsn: str, tmp_path: Path) -> None:
    there, back = Place(data, dsn), tmp_path / "back"

    copy_record(Place(data), there)
    copy_record(there, Place(back))

    with Record.open(there, owner=False) as record:
        assert len(list(record.files.hashes())) == 2
    assert kept_in(back) == [PHOTOGRAPH, SCAN]
    assert (verify(back).wrong, verify_database(dsn).wrong, verify_database(dsn).files) == ((), (), 2)
    with pytest.raises(NotEmpty):
        copy_record(Place(data), there)


@pytest.mark.only_on("postgresql", because="a record is copied into a database")
def test_a_record_that_lacks_a_file_is_not_copied(data: Path, dsn: str) -> None:
    scan_of(data).unlink()

    with pytest.raises(FileMissing):
        copy_record(Place(data), Place(data, dsn))

    with closing(open_files(Place(data, dsn), owner=False)) as files, Record.open(Place(data, dsn)) as record:
        assert record.head.position == 0
        assert len(list(files.hashes())) <= 1


@pytest.mark.only_on("postgresql", because="it is about rows of a database")
def test_an_altered_file_in_a_database_is_found(data: Path, dsn: str) -> None:
    copy_record(Place(data), Place(data, dsn))
    with connect(dsn) as connection:
        connection.execute("UPDATE files.parts SET bytes = set_byte(bytes, 100, 0) WHERE number = 1")

    assert wrong_in(verify_database(dsn)) == [(2, "file")]


# -- bundles -------------------------------------------------------------------------------------------------------------


def test_a_bundle_takes_files_along_on_demand_and_is_verified_with_them_and_without(data: Path, tmp_path: Path) -> None:
    without, with_files, again = (tmp_path / f"{name}.zip" for name in ("without", "with", "again"))

    run("export", without)
    told = run("export", with_files, "--files")
    run("export", again, "--files")

    assert told.exit_code == 0, told.output
    assert with_files.read_bytes() == again.read_bytes()
    attached = {name: content for name, content in read_members(with_files).items() if name.startswith("files/")}
    assert sorted(attached.values(), key=len) == [PHOTOGRAPH, SCAN]
    assert not any(name.startswith("files/") for name in read_members(without))
    assert (verify(with_files).wrong, verify(with_files).files, verify(with_files).notes) == ((), 2, ())
    assert (verify(without).wrong, verify(without).files) == ((), 0)
    assert "2 files that events name are not in this bundle" in verify(without).notes[0]
    for bundle in (without, with_files):
        subprocess.run([sys.executable, "-c", SCRIPT, bundle], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda members, name: members.update({name: SCAN + b"x"}), "file"),
        (lambda members, name: members.pop(name), "members"),
        (lambda members, name: members.update({f"files/{'0' * 64}": b"x"}), "members"),
    ],
    ids=["altered", "left out", "put in"],
)
def test_a_file_that_was_altered_left_out_or_put_in_is_found_in_a_bundle(
    data: Path, tmp_path: Path, change, kind: str
) -> None:
    run("export", tmp_path / "with.zip", "--files")

    def changed(members, manifest):
        change(members, next(name for name, content in members.items() if content == SCAN))

    found = verify(forged(tmp_path / "with.zip", tmp_path / "forged.zip", changed))

    assert kind in {one.kind for one in found.wrong}


def test_a_bundle_with_files_is_not_made_of_a_record_that_lacks_one(data: Path, tmp_path: Path) -> None:
    scan_of(data).unlink()

    told = run("export", tmp_path / "with.zip", "--files")

    assert (told.exit_code, list(tmp_path.glob("*.zip*"))) == (1, [])
    assert run("export", tmp_path / "tables", "--tables", "--files").exit_code == 2
