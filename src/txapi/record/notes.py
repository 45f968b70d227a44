"""Signed notes 签名文书: text with Ed25519 signatures of a named key, as c2sp.org/signed-note defines them.

What is here signs; whoever checks a note uses `txapi.audit.checker`, which shares no code with this.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from txapi.record.keys import key_at

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = 0x01
"""The signature type of an Ed25519 signature over the note's text."""


class NoteKey:
    """A private key under the name by which its signatures are known."""

    def __init__(self, key: Ed25519PrivateKey, name: str) -> None:
        """A ValueError where the name is empty or holds a blank or a plus sign (signed-note, section Format)."""
        if not name or "+" in name or any(char.isspace() or not char.isprintable() for char in name):
            raise ValueError(f"{name!r} is no key name: not empty, without blanks and plus signs")
        self._key = key
        self.name = name
        material = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._typed = bytes((ED25519,)) + material
        self._id = hashlib.sha256(name.encode() + b"\n" + self._typed).digest()[:4]

    @classmethod
    def from_file(cls, path: Path, name: str, *, create: bool = True) -> Self:
        """The key in a file (see `keys.key_at`) under that name."""
        return cls(key_at(path, create=create), name)

    @property
    def vkey(self) -> str:
        """The verifier key, by which others know this one: name+id+key."""
        return f"{self.name}+{self._id.hex()}+{base64.b64encode(self._typed).decode()}"

    def sign(self, text: str) -> str:
        """The text as a note with this key's signature. A ValueError where it cannot be a note's text."""
        if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
            raise ValueError("the text of a note ends with a newline and has no other control characters")
        signature = self._key.sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(self._id + signature).decode()}\n"

    def countersign(self, note: str) -> str:
        """A note that somebody else has signed, with this key's signature behind theirs."""
        text, _, _ = note.rpartition("\n\n")
        return note + self.sign(f"{text}\n").rpartition("\n\n")[2]

    def signed(self, note: str) -> bool:
        """Whether a stored note is one that this key signed: asked of one's own notes before they are built upon."""
        return signed_by(self.vkey, note)


def signed_by(vkey: str, note: str) -> bool:
    """Whether a stored note bears the signature of the key that a verifier key of ours names. It is no judgement of others' notes."""
    name, key_id, typed = vkey.split("+", 2)
    text, _, signatures = note.rpartition("\n\n")
    mark = f"— {name} "
    for line in signatures.splitlines():
        if line.startswith(mark):
            sealed = base64.b64decode(line.removeprefix(mark))
            if sealed[:4].hex() == key_id:
                try:
                    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(typed)[1:])
                    public.verify(sealed[4:], f"{text}\n".encode())
                except InvalidSignature:
                    return False
                return True
    return False


def key_id_in(vkey: str) -> str:
    """The id of the key that a verifier key of ours names, in hexadecimal digits."""
    return vkey.split("+", 2)[1]
