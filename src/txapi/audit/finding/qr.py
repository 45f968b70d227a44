"""The QR code of a sheet: the receipt's signed note itself where it fits, else its digest."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import segno

VERSION_MAX = 30
"""The densest code that is printed: 137 modules, half a millimetre each on 7 cm, which a telephone reads from paper."""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code as SVG, what it holds, and whether that is the whole note."""

    svg: str
    content: str
    whole: bool


def code_of(note: str) -> Code:
    """The QR code of a receipt's signed note.

    Where the note is too long to be read from paper, the code holds `txapi.receipt/v1 sha256:<digest of the note>`: the
    receipt's first line and the SHA-256 of the note in UTF-8, which the attached file must have.
    """
    for error in ("m", "l"):
        try:
            code = segno.make_qr(note, error=error, encoding="utf-8", version=None)
        except segno.DataOverflowError:
            continue
        if int(code.version) <= VERSION_MAX:
            return Code(_svg(code), note, whole=True)
    digest = f"{note.partition(chr(10))[0]} sha256:{hashlib.sha256(note.encode()).hexdigest()}"
    return Code(_svg(segno.make_qr(digest, error="q")), digest, whole=False)


def _svg(code: segno.QRCode) -> str:
    out = io.BytesIO()
    # Four modules of white around it are part of the symbol (ISO/IEC 18004, 9.1).
    code.save(out, kind="svg", xmldecl=False, border=4, scale=1, light="white", omitsize=True)
    return out.getvalue().decode().strip()
