"""The zip file of a bundle holds its members, each as it says, and nothing else: a byte more, or another, is seen."""

from __future__ import annotations

import os
import random
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.audit.forging import packed
from txapi.audit.verifying import archive

MEMBERS = {
    "vkey": b"a key\n",
    "events.ndjson": b'{"position":1}\n' * 9,
    "tile/0/000": bytes(range(32)),
    "manifest.json": b"{}",
}


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, list[zipfile.ZipInfo]]]:
    """The file, and its members as a lenient reader finds them."""
    file = os.open(path, os.O_RDONLY)
    try:
        with zipfile.ZipFile(path) as lenient:
            yield file, lenient.infolist()
    finally:
        os.close(file)


def test_members_are_read_as_they_were_packed_and_nothing_strange_is_seen(tmp_path: Path) -> None:
    with opened(packed(tmp_path / "a.zip", MEMBERS)) as (file, infos):
        assert {info.filename: b"".join(archive.unpacked(file, info)) for info in infos} == MEMBERS
        assert archive.strange_bytes(file, infos) is None


def test_every_byte_of_headers_and_directory_has_one_way_to_be(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", MEMBERS)
    content = path.read_bytes()
    held: set[int] = set()
    with opened(path) as (_, infos):
        for info in infos:
            begin = info.header_offset + 30 + len(info.filename) + (20 if info.filename == "events.ndjson" else 0)
            held.update(range(begin, begin + info.compress_size))

    unseen = []
    for at in sorted(set(range(len(content))) - held):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        try:
            with opened(path) as (file, infos):
                seen = archive.strange_bytes(file, infos) is not None
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            seen = True
        if not seen:
            unseen.append(at)

    assert unseen == []


def test_what_is_told_in_64_bits_has_one_way_to_be_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The limits of 2 GiB and 65,535 members, made small: the writer and the reader come to the same bytes.
    for name, ours, limit in (("ZIP64_LIMIT", "_MOST", 100), ("ZIP_FILECOUNT_LIMIT", "_MOST_MEMBERS", 3)):
        monkeypatch.setattr(zipfile, name, limit)
        monkeypatch.setattr(archive, ours, limit)
    path = packed(tmp_path / "large.zip", MEMBERS)
    assert path.read_bytes()[-42:-38] == b"PK\x06\x07"

    with opened(path) as (file, infos):
        assert {info.filename: b"".join(archive.unpacked(file, info)) for info in infos} == MEMBERS
        assert archive.strange_bytes(file, infos) is None


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_large_member_is_read_piece_by_piece(tmp_path: Path, method: int) -> None:
    content = random.Random(5).randbytes(1 << 20) * 3 + bytes(5 << 20)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as writing:
        writing.writestr("large", content)

    with opened(tmp_path / "a.zip") as (file, [info]):
        pieces = list(archive.unpacked(file, info))

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 1 << 20


def test_a_stream_that_does_not_end_or_ends_early_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"vkey": b"a key, and some words beside it\n"})
    with opened(path) as (file, [info]):
        for size in (info.compress_size - 1, info.compress_size + 1):
            info.compress_size, kept = size, info.compress_size
            with pytest.raises((ValueError, zlib.error)):
                list(archive.unpacked(file, info))
            info.compress_size = kept
        info.header_offset = path.stat().st_size - 10
        with pytest.raises(ValueError, match="ends before it"):
            list(archive.unpacked(file, info))


def test_a_member_with_a_name_that_is_not_ascii_is_strange(tmp_path: Path) -> None:
    with opened(packed(tmp_path / "a.zip", {"vkey": b"", "公钥": b""})) as (file, infos):
        said = archive.strange_bytes(file, infos)

    assert said is not None
    assert "not ASCII" in said
