"""How numbers and bytes are written in notes, checkpoints and proofs: one way each, so that nothing can be said twice."""

from __future__ import annotations

import base64
import binascii

MOST = 2**63 - 1
"""The largest size, index or time. tlog-cosignature sets it for times; for sizes it is what every reader can hold."""


def from_base64(text: str) -> bytes | None:
    """Standard base64 (RFC 4648 section 4), padded and with zero bits at its end; None for anything else."""
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    # The library passes over stray bits after the last byte. Two spellings of one signature would be one too many.
    return decoded if base64.b64encode(decoded).decode("ascii") == text else None


def hash_from_base64(text: str) -> bytes | None:
    """A SHA-256 hash in base64; None for anything else."""
    decoded = from_base64(text)
    return decoded if decoded is not None and len(decoded) == 32 else None


def from_decimal(text: str) -> int | None:
    """An ASCII decimal without sign and leading zeroes, at most 2^63 - 1; None for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or (text[0] == "0" and text != "0"):
        return None
    number = int(text)
    return number if number <= MOST else None
