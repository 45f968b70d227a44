"""What a file is by its bytes; whatever a browser would run, or an archive that is not what it seems, is refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from tests.attaching import DOCX, XLSX, archive, pdf, png
from txapi.domain.errors import BadInput
from txapi.record.file_types import type_of

OFFICE = "application/vnd.openxmlformats-officedocument"


def _encrypted() -> bytes:
    content = bytearray(archive(*DOCX))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _overlapping() -> bytes:
    content = bytearray(archive(*DOCX))
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    # Both parts are told to lie where the first does.
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def _lying() -> bytes:
    content = bytearray(archive(*DOCX))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 1 << 30)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(), "image/png"),
        (pdf(), "application/pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
        (b"MM\x00*\x00\x00\x00\x08", "image/tiff"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (archive(*DOCX), f"{OFFICE}.wordprocessingml.document"),
        (archive(*XLSX), f"{OFFICE}.spreadsheetml.sheet"),
        (archive("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        ("编号,事由\r\n1,用地\n".encode(), "text/plain"),
        ("\ufeff编号".encode(), "text/plain"),
    ],
)
def test_a_type_is_found_in_the_bytes(content: bytes, found: str) -> None:
    assert type_of(io.BytesIO(content)) == found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html><script>alert(1)</script>", "FILE_TYPE_REFUSED"),
        (b"\n <svg xmlns='http://www.w3.org/2000/svg'/>", "FILE_TYPE_REFUSED"),
        (b"#!/bin/sh\nrm -rf /\n", "FILE_TYPE_REFUSED"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "FILE_TYPE_REFUSED"),
        (b"\x7fELF\x02\x01\x01\x00", "FILE_TYPE_REFUSED"),
        (b"GIF89a\x01\x00\x01\x00", "FILE_TYPE_REFUSED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "FILE_TYPE_REFUSED"),
        ("编号".encode("gb18030"), "FILE_TYPE_REFUSED"),
        (b"a\x1b[2J", "FILE_TYPE_REFUSED"),
        (b" \n", "FILE_TYPE_REFUSED"),
        (archive("a.txt"), "FILE_TYPE_REFUSED"),
        (archive(*DOCX, *XLSX[1:]), "FILE_TYPE_REFUSED"),
        (archive("word/document.xml"), "ARCHIVE_REFUSED"),
        (archive(*DOCX, "word/vbaProject.bin"), "FILE_HAS_MACROS"),
        (archive(*DOCX, "word/activeX/activeX1.bin"), "FILE_HAS_MACROS"),
        (archive(*DOCX, "word/embeddings/run.EXE"), "FILE_HAS_MACROS"),
        (archive(*DOCX, content=b"application/vnd.ms-word.document.macroEnabled.main+xml"), "FILE_HAS_MACROS"),
        (archive(*DOCX, "../../etc/passwd"), "ARCHIVE_REFUSED"),
        (archive(*DOCX, "Word/Document.xml"), "ARCHIVE_REFUSED"),
        (archive(*DOCX, content=bytes(4_000_000)), "ARCHIVE_REFUSED"),
        (archive(*DOCX, *(f"x/{number}" for number in range(10_001)), packed=zipfile.ZIP_STORED), "ARCHIVE_REFUSED"),
        (archive(*DOCX)[:-8], "ARCHIVE_REFUSED"),
        (b"PK\x03\x04" + archive(*DOCX), "ARCHIVE_REFUSED"),
        (_encrypted(), "ARCHIVE_REFUSED"),
        (_overlapping(), "ARCHIVE_REFUSED"),
        (_lying(), "ARCHIVE_REFUSED"),
    ],
)
def test_what_is_not_taken_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        type_of(io.BytesIO(content))

    assert refused.value.code == code
