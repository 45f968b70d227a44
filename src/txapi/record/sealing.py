"""Sealing 密封: a personal text encrypted under its person's key, bound to that person and to its field."""

from __future__ import annotations

import hashlib
import hmac
import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from txapi.domain.sealed import Sealed

KEY_BYTES = 32
_NONCE_BYTES = 12
_BLOCK_BYTES = 64
"""Texts are filled up to a multiple of this, so that their lengths tell little of what they say."""
_END = b"\x80"


class DoesNotOpen(Exception):
    """A sealed value is not what was sealed under this key for that person and field."""


def sealed(key: bytes, person: str, field: str, text: str) -> Sealed:
    """The text, sealed for one field of one person."""
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(nonce, AESGCM(key).encrypt(nonce, _filled(text), _bound_to(person, field)))


def opened(key: bytes, person: str, field: str, value: Sealed) -> str:
    """The text that was sealed. DoesNotOpen: it was changed or moved, or the key is another."""
    try:
        filled = AESGCM(key).decrypt(value.nonce, value.ciphertext, _bound_to(person, field))
    except InvalidTag:
        raise DoesNotOpen(f"the {field} of person {person} does not open with that person's key") from None
    return filled.rpartition(_END)[0].decode()


def fingerprint(key: bytes, texts: dict[str, str | None]) -> bytes:
    """A hash of texts that only the holder of the person's key can compute: nobody guesses a phone number from it, and without the
    key nobody ever will again.
    """
    said = msgspec.json.encode(texts, order="deterministic")
    own = hmac.digest(key, b"txapi.input/v1", hashlib.sha256)
    return hmac.digest(own, said, hashlib.sha256)


def _filled(text: str) -> bytes:
    content = text.encode() + _END
    return content + bytes(-len(content) % _BLOCK_BYTES)


def _bound_to(person: str, field: str) -> bytes:
    return f"txapi.sealed/v1\0{person}\0{field}".encode()
