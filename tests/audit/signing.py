"""Keys that sign notes for tests, written from the specifications apart from what the product signs with."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from txapi.audit.checker import VerifierKey

ED25519, COSIGNATURE, ML_DSA = 0x01, 0x04, 0x06


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


class Signing:
    """A key under a name, made from its name: the same in every run."""

    def __init__(self, name: str, algorithm: int = ED25519, seed: str = "") -> None:
        self.name, self.algorithm = name, algorithm
        secret = hashlib.sha256(f"{name}{seed}".encode()).digest()
        self._key: Any = (
            MLDSA44PrivateKey.from_seed_bytes(secret)
            if algorithm == ML_DSA
            else Ed25519PrivateKey.from_private_bytes(secret)
        )
        self.public: bytes = self._key.public_key().public_bytes_raw()
        typed = bytes([algorithm]) + self.public
        self.key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{b64(typed)}"
        self.key = VerifierKey.parse(self.vkey)

    def value(self, text: str, timestamp: int = 0) -> bytes:
        """The signature without the key id."""
        if self.algorithm == ED25519:
            signature: bytes = self._key.sign(text.encode())
            return signature
        if self.algorithm == COSIGNATURE:
            message = f"cosignature/v1\ntime {timestamp}\n{text}".encode()
        else:
            origin, size, root = text.split("\n")[:3]
            message = b"subtree/v1\n\0" + bytes([len(self.name)]) + self.name.encode() + timestamp.to_bytes(8, "big")
            message += bytes([len(origin)]) + origin.encode() + bytes(8) + int(size).to_bytes(8, "big")
            message += base64.b64decode(root)
        cosignature: bytes = self._key.sign(message)
        return timestamp.to_bytes(8, "big") + cosignature

    def line(self, text: str, timestamp: int = 0) -> str:
        """The signature line, with its newline."""
        return f"— {self.name} {b64(self.key_id + self.value(text, timestamp))}\n"


def checkpoint_text(origin: str, size: int, root: bytes, *extensions: str) -> str:
    """The text of a checkpoint."""
    return "".join(f"{line}\n" for line in (origin, str(size), b64(root), *extensions))


def note_of(text: str, *lines: str) -> str:
    """A note: the text, an empty line, the signature lines."""
    return text + "\n" + "".join(lines)
