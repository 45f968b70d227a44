"""The key of a witness 见证人密钥: it cosigns checkpoints, and nothing else (C2SP tlog-cosignature, Ed25519)."""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from txapi.audit.checker.vkeys import ED25519_COSIGNATURE, VerifierKey, is_key_name
from txapi.record.keys import ExposedKey, must_be_kept

_KEY_FILE = "PRIVATE+KEY+"


class BadWitnessKey(Exception):
    """The file or the name cannot be used for the key of a witness; the message says why."""


class CosigningKey:
    """An Ed25519 key under the name of a witness. A witness has one key, and a key one witness: the message that is
    signed does not name the witness (tlog-cosignature, "Ed25519 signed message")."""

    def __init__(self, secret: bytes, name: str) -> None:
        """`secret` has 32 bytes. BadWitnessKey where the name cannot stand in a note."""
        if not is_key_name(name):
            raise BadWitnessKey(f"{name!r} is no name of a key: not empty, without blanks and plus signs")
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        typed = bytes([ED25519_COSIGNATURE]) + self._key.public_key().public_bytes_raw()
        self._id = sha256(name.encode() + b"\n" + typed).digest()[:4]
        self.vkey = f"{name}+{self._id.hex()}+{base64.b64encode(typed).decode()}"
        """What others must know to verify its cosignatures (signed-note, "Verifier keys")."""

    @property
    def verifier(self) -> VerifierKey:
        """The public half, as the checker uses it."""
        return VerifierKey.parse(self.vkey)

    @classmethod
    def create(cls, path: Path, name: str) -> Self:
        """Make a new key, in a file that its owner only can read. BadWitnessKey where there is a file already."""
        secret = os.urandom(32)
        key = cls(secret, name)
        seed = base64.b64encode(bytes([ED25519_COSIGNATURE]) + secret).decode()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise BadWitnessKey(
                f"{path} exists; logs that trust its key would be lost, so it is not replaced"
            ) from None
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{_KEY_FILE}{name}+{key._id.hex()}+{seed}\n")
            file.flush()
            os.fsync(file.fileno())
        return key

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a key that `create` made. BadWitnessKey, also where others than its owner may read or change it."""
        try:
            with path.open(encoding="utf-8") as file:
                must_be_kept(
                    path, os.fstat(file.fileno()), "chmod 0600, and make another: who could read it may cosign"
                )
                line = file.read()
        except ExposedKey as error:
            raise BadWitnessKey(str(error)) from None
        except FileNotFoundError:
            raise BadWitnessKey(f"there is no key at {path}: make one with `txapi witness keygen`") from None
        except OSError as error:
            raise BadWitnessKey(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            line = ""
        name, _, rest = line.removesuffix("\n").removeprefix(_KEY_FILE).partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            typed = base64.b64decode(encoded, validate=True)
        except ValueError:
            typed = b""
        if not line.startswith(_KEY_FILE) or len(typed) != 33 or typed[0] != ED25519_COSIGNATURE:
            raise BadWitnessKey(f"{path} holds no key of a witness, as `txapi witness keygen` makes it")
        key = cls(typed[1:], name)
        if key._id.hex() != key_id:
            raise BadWitnessKey(f"the key in {path} was made under another name, or was changed")
        return key

    def cosign(self, text: str, timestamp: int) -> str:
        """The signature line, without its newline, for the text of a checkpoint, at a time in seconds since the epoch."""
        if timestamp < 1:
            raise ValueError("a witness states a time with its cosignature")
        signature = self._key.sign(f"cosignature/v1\ntime {timestamp}\n{text}".encode())
        value = self._id + timestamp.to_bytes(8, "big") + signature
        return f"— {self.name} {base64.b64encode(value).decode()}"
