"""The files beside a record: whole under their hash or not there, never changed, swept only where nothing names them."""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.attaching import pdf, png, uploaded
from tests.city import READER, clerk
from tests.stores import SQLITE, place
from txapi.domain.errors import BadInput
from txapi.record.files import PART_BYTES, FileDamaged, FileMissing, Files, FolderFiles, open_files
from txapi.record.record import Record

NOTHING_LIES_HERE = "0" * 64
TOMORROW = 86_400.0
CLERK = clerk("dama")


@pytest.fixture
def files(store: str, tmp_path: Path) -> Iterator[Files]:
    with Record.open(place(tmp_path)) as record:
        yield record.files


def damage(files: Files, sha256: str) -> None:
    """Change one byte of a file where it lies."""
    if isinstance(files, FolderFiles):
        path = files.path_of(sha256)
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        return
    with files._database.transaction() as change:  # type: ignore[attr-defined]
        change.execute("UPDATE parts SET bytes = set_byte(bytes, 0, 0) WHERE sha256 = ?", (sha256,))


def names_nothing(sha256: str) -> bool:
    return False


@pytest.mark.parametrize("content", [png(), pdf(), pdf(PART_BYTES), pdf(3 * PART_BYTES)])
def test_what_was_kept_is_given_back_under_its_hash(files: Files, content: bytes) -> None:
    with files.receive() as incoming:
        for at in range(0, len(content), 100_000):
            incoming.write(content[at : at + 100_000])
        stored = incoming.keep()

    with files.open(stored.sha256) as file:
        assert file.read() == content
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.size, files.hold(stored.sha256)) == (len(content), stored)


def test_the_same_bytes_are_kept_once(files: Files) -> None:
    first = uploaded(files, pdf(PART_BYTES))

    again = uploaded(files, pdf(PART_BYTES))

    assert (again, list(files.hashes())) == (first, [first])


def test_what_was_not_kept_is_gone(files: Files, tmp_path: Path) -> None:
    with files.receive() as incoming:
        incoming.write(png())
    with files.receive() as incoming:
        incoming.write(b"<html>")
        with pytest.raises(BadInput):
            incoming.keep()

    assert list(files.hashes()) == []
    assert list(tmp_path.rglob("incoming/*")) == []


def test_a_file_that_is_not_there_is_told(files: Files) -> None:
    assert files.hold(NOTHING_LIES_HERE) is None
    with pytest.raises(FileMissing):
        files.open(NOTHING_LIES_HERE)


def test_damaged_bytes_are_never_given_out_and_the_same_file_mends_them(files: Files) -> None:
    sha256 = uploaded(files, png())
    damage(files, sha256)

    with pytest.raises(FileDamaged):
        files.open(sha256)

    assert uploaded(files, png()) == sha256
    with files.open(sha256) as file:
        assert file.read() == png()


def test_bytes_are_put_under_the_hash_that_they_have_and_under_no_other(files: Files) -> None:
    sha256, other = (hashlib.sha256(each).hexdigest() for each in (png(), b"<of a type of other days>"))

    files.put(io.BytesIO(png()), sha256)
    files.put(io.BytesIO(b"<of a type of other days>"), other)
    with pytest.raises(FileDamaged):
        files.put(io.BytesIO(png(1)), NOTHING_LIES_HERE)

    assert set(files.hashes()) == {sha256, other}


def test_only_what_nothing_names_is_swept_and_only_when_its_day_is_over(files: Files) -> None:
    named, forgotten = uploaded(files, png(1)), uploaded(files, png(2))

    today = files.sweep(time.time() - TOMORROW, names_nothing)
    tomorrow = files.sweep(time.time() + TOMORROW, lambda sha256: sha256 == named)

    assert (today, tomorrow) == ([], [forgotten])
    assert list(files.hashes()) == [named]


def test_who_uploaded_a_file_is_known_for_its_day(files: Files) -> None:
    sha256 = uploaded(files, png(), CLERK)
    uploaded(files, pdf(), READER)
    known = [files.was_uploaded_by(sha256, each.subject) for each in (CLERK, READER)]
    files.sweep(time.time() - TOMORROW, names_nothing)
    today = files.was_uploaded_by(sha256, CLERK.subject)

    files.sweep(time.time() + TOMORROW, lambda sha256: True)

    assert (known, today) == ([True, False], True)
    assert not files.was_uploaded_by(sha256, CLERK.subject)
    assert sha256 in list(files.hashes())


def test_what_is_held_meanwhile_is_not_swept(files: Files) -> None:
    sha256 = uploaded(files, png())
    time.sleep(0.02)
    looked_at = time.time()

    def held_at_last(sha256: str) -> bool:
        time.sleep(0.02)
        assert files.hold(sha256) is not None
        return False

    assert files.sweep(looked_at, held_at_last) == []
    assert list(files.hashes()) == [sha256]


def test_a_record_that_is_only_read_gives_its_files_and_a_place_without_any_has_none(
    files: Files, tmp_path: Path
) -> None:
    sha256 = uploaded(files, png())

    with closing(open_files(place(tmp_path), owner=False)) as read, read.open(sha256) as file:
        assert file.read() == png()
    with closing(open_files(place(tmp_path / "empty"), owner=False)) as none:
        assert list(none.hashes()) == []


@pytest.mark.only_on(SQLITE, because="files of a database have no names on this machine")
def test_nobody_but_the_owner_may_read_the_files_and_what_was_coming_in_is_gone_with_its_owner(tmp_path: Path) -> None:
    with Record.open(tmp_path) as record:
        sha256 = uploaded(record.files, png())
        (tmp_path / "files" / "incoming" / "half").write_bytes(b"%PDF-")
    modes = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.glob("files/**/*")}

    with Record.open(tmp_path):
        left = sorted(path.name for path in tmp_path.glob("files/incoming/*"))

    assert (modes["files/incoming"], modes[f"files/{sha256[:2]}"], modes[f"files/{sha256[:2]}/{sha256}"]) == (
        0o700,
        0o700,
        0o600,
    )
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700
    assert left == []
