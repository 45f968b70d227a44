"""What type a file is of 文件类型: found in its bytes, never in what a client says of it; everything unknown is refused."""

from __future__ import annotations

import codecs
import itertools
import re
import zipfile
from typing import IO

from txapi.domain.errors import BadInput

MOST_ENTRIES = 10_000
MOST_UNPACKED_BYTES = 512 * 1024 * 1024
MOST_UNPACKED_FOLD = 200
"""An archive unpacks to so many times its own size at most, and to so many bytes."""

_PART = 256 * 1024
_CONTENT_TYPES = "[Content_Types].xml"
_CONTENT_TYPES_BYTES = 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x9f]")
_BEGINS = (
    (re.compile(rb"%PDF-[12]\."), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), "image/png"),
    (re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"), "image/jpeg"),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), "image/tiff"),
    (re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL), "image/webp"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_INSIDE = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
    "OFD.xml": "application/ofd",
}
_RUNS = re.compile(r"vbaProject|vbaData|/activeX/|/macrosheets/|\.(exe|dll|js|vbs|bat|cmd|ps1|jar|scr)$", re.IGNORECASE)


def type_of(file: IO[bytes]) -> str:
    """The media type of a file that can be read from anywhere.

    BadInput FILE_TYPE_REFUSED where it is none of those that are taken, FILE_HAS_MACROS, ARCHIVE_REFUSED.
    """
    file.seek(0)
    head = file.read(64)
    for begins, media_type in _BEGINS:
        if begins.match(head):
            return media_type
    if head.startswith(b"PK\x03\x04"):
        return _archive(file)
    if _is_text(file):
        return "text/plain"
    raise BadInput(
        "FILE_TYPE_REFUSED",
        "this file is none of PDF, PNG, JPEG, TIFF, WebP, OFD, DOCX, XLSX and plain text in UTF-8",
    )


def _archive(file: IO[bytes]) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _must_be_harmless(entries)
            names = {entry.filename for entry in entries}
            kinds = {kind for name, kind in _INSIDE.items() if name in names}
            if len(kinds) != 1:
                raise BadInput("FILE_TYPE_REFUSED", "of archives, only DOCX, XLSX and OFD are taken")
            kind = kinds.pop()
            if kind.startswith(_OFFICE):
                _must_have_no_macros(archive, names)
            return kind
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            "ARCHIVE_REFUSED", "this archive cannot be read: it is damaged, or packed in a strange way"
        ) from error


def _must_be_harmless(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what unpacks to far more than it is, hides something, or would write outside of its folder."""
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED_BYTES, MOST_UNPACKED_FOLD * max(packed, 1024)):
        raise BadInput("ARCHIVE_REFUSED", "this archive unpacks to far more than a document has")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise BadInput("ARCHIVE_REFUSED", "this archive is encrypted, so nobody can look into it")
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) < len(names):
        raise BadInput("ARCHIVE_REFUSED", "two parts of this archive have the same name")
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name for name in names):
        raise BadInput("ARCHIVE_REFUSED", "a part of this archive lies outside of it")
    placed = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    if placed and placed[0][0] != 0:
        raise BadInput("ARCHIVE_REFUSED", "something else stands before this archive")
    if any(one + size > other for (one, size), (other, _) in itertools.pairwise(placed)):
        # The same packed bytes, told many times over, are how a small archive unpacks to a huge one.
        raise BadInput("ARCHIVE_REFUSED", "parts of this archive overlap")


def _must_have_no_macros(archive: zipfile.ZipFile, names: set[str]) -> None:
    with archive.open(_CONTENT_TYPES) if _CONTENT_TYPES in names else _none() as part:
        told = part.read(_CONTENT_TYPES_BYTES)
    if any(_RUNS.search(name) for name in names) or b"macroenabled" in told.lower():
        raise BadInput("FILE_HAS_MACROS", "this document holds macros or programs: send it without, or as PDF")


def _none() -> IO[bytes]:
    raise BadInput("ARCHIVE_REFUSED", "this archive has no list of its types, as a document has")


def _is_text(file: IO[bytes]) -> bool:
    """Whether it is UTF-8 without control characters, and no markup or script by its beginning."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    begins = ""
    try:
        while part := file.read(_PART):
            text = decoder.decode(part)
            begins = begins or text.lstrip()[:2]
            if _CONTROL.search(text):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return bool(begins) and begins[0] != "<" and begins not in ("#!", "{\\", "%!")
