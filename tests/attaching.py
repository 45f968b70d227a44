"""Files to attach, as small as their types allow, and how they come to lie beside a record."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.city import ADMINISTRATOR
from txapi.domain.event import Actor
from txapi.record.files import Files

DOCX = ("[Content_Types].xml", "word/document.xml")
XLSX = ("[Content_Types].xml", "xl/workbook.xml")


def png(grey: int = 128) -> bytes:
    """A photograph of one grey dot, which every program can show."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes((0, grey)))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def pdf(size: int = 0) -> bytes:
    """A document that is at least so many bytes long."""
    return b"%PDF-1.4\n" + b"%" * size + b"\n%%EOF\n"


def archive(*names: str, content: bytes = b"<x/>", packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with parts of these names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packed) as into:
        for name in names:
            into.writestr(name, content)
    return written.getvalue()


def uploaded(files: Files, content: bytes, by: Actor = ADMINISTRATOR) -> str:
    """Put a file beside a record, as an upload of that actor does; its hash."""
    with files.receive() as incoming:
        incoming.write(content)
        return incoming.keep(by.subject).sha256
