"""Verifier keys: who may sign, written as one line (C2SP signed-note, "Verifier keys"), and whether a signature fits."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from txapi.audit.checker.checkpoints import Checkpoint
from txapi.audit.checker.encoding import MOST, from_base64
from txapi.audit.checker.errors import BadSignature, MalformedKey

ED25519 = 0x01
"""Ed25519 over the text of the note (signed-note, "Ed25519 signatures")."""

ED25519_COSIGNATURE = 0x04
"""Ed25519 over a time and the text of a checkpoint (tlog-cosignature, "Ed25519 signed message")."""

ML_DSA_44_COSIGNATURE = 0x06
"""ML-DSA-44 over a time, an origin, a size and a root (tlog-cosignature, "ML-DSA-44 signed message")."""

_PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44_COSIGNATURE: 1312}
_SIGNATURE_BYTES = {ED25519: 64, ED25519_COSIGNATURE: 8 + 64, ML_DSA_44_COSIGNATURE: 8 + 2420}
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: something, without Unicode spaces, plus and control characters (signed-note, "Format")."""
    return name != "" and not any(each.isspace() or each == "+" or each < " " for each in name)


def key_id_of(name: str, algorithm: int, public: bytes) -> bytes:
    """The four bytes by which signature lines name a key (signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def _malformed(vkey: str, why: str) -> MalformedKey:
    """What is wrong with a key, and how one is written: who pasted something else sees what is wanted."""
    return MalformedKey(f"{vkey!r} is no verifier key, one line such as example.org/log+1a2b3c4d+AbCd...: {why}")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that is trusted, because somebody who is trusted has handed over its vkey."""

    name: str
    """Whose key it is; a log's is the origin of its checkpoints."""
    key_id: bytes
    """Four bytes; with the name, they say in a note which key has signed."""
    algorithm: int
    """The signature type: ED25519, ED25519_COSIGNATURE or ML_DSA_44_COSIGNATURE."""
    public: bytes
    """The public key: 32 bytes for Ed25519, 1312 for ML-DSA-44."""

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read a key from its line. Raises MalformedKey, also where its id is not the one that its content gives."""
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        if not is_key_name(name):
            raise _malformed(vkey, "it does not begin with the name of a key and a plus")
        if not _encodable(name):
            raise _malformed(vkey, "its name is no UTF-8")
        if _KEY_ID.fullmatch(key_id) is None:
            raise _malformed(vkey, "no plus and eight lowercase hexadecimal digits follow its name")
        material = from_base64(encoded)
        if not material:
            raise _malformed(vkey, "no plus and public key in base64 follow its digits")
        algorithm, public = material[0], material[1:]
        if algorithm not in _PUBLIC_BYTES:
            raise _malformed(vkey, f"its signature type 0x{algorithm:02x} is not read here")
        if len(public) != _PUBLIC_BYTES[algorithm]:
            raise _malformed(vkey, f"its public key has {len(public)} bytes, not {_PUBLIC_BYTES[algorithm]}")
        if key_id_of(name, algorithm, public) != bytes.fromhex(key_id):
            raise _malformed(
                vkey, "its eight digits are not those of its name and public key; a sign of it was lost or changed"
            )
        return cls(name, bytes.fromhex(key_id), algorithm, public)

    @property
    def vkey(self) -> str:
        """The line that `parse` reads."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes((self.algorithm,)) + self.public).decode()}"

    @property
    def cosigns(self) -> bool:
        """Whether its signatures are cosignatures, which state a time (tlog-cosignature)."""
        return self.algorithm != ED25519

    @property
    def signs_logs(self) -> bool:
        """Whether a log may sign with it: an Ed25519 cosignature says what a witness has seen, not what a log has."""
        return self.algorithm != ED25519_COSIGNATURE

    def verify(self, text: str, signature: bytes) -> int | None:
        """That `signature` (without the key id) is this key's, over this note text, which ends in a newline.

        Gives the time of a cosignature, in seconds since the epoch; None for a plain signature. Raises BadSignature, and
        MalformedCheckpoint where an ML-DSA-44 cosignature stands under something else than a checkpoint.
        """
        if len(signature) != _SIGNATURE_BYTES[self.algorithm]:
            raise BadSignature(f"a signature in the name of {self.name} has {len(signature)} bytes")
        if not self.cosigns:
            self._fits(text.encode(), signature)
            return None
        timestamp = int.from_bytes(signature[:8], "big")
        if timestamp > MOST:
            raise BadSignature(f"a cosignature in the name of {self.name} has a time beyond all times")
        if self.algorithm == ED25519_COSIGNATURE:
            self._fits(f"cosignature/v1\ntime {timestamp}\n{text}".encode(), signature[8:])
        else:
            self._fits(_cosigned_message(self.name, timestamp, Checkpoint.parse(text)), signature[8:])
        return timestamp

    def _fits(self, message: bytes, signature: bytes) -> None:
        try:
            if self.algorithm == ML_DSA_44_COSIGNATURE:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise BadSignature(f"the signature in the name of {self.name} does not fit the text") from None


def _cosigned_message(name: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """The `cosigned_message` of a whole tree (tlog-cosignature, "ML-DSA-44 signed message").

    Extension lines are not in it, and tlog-checkpoint wants none beside such a signature: here they are refused, for
    nothing would vouch for them.
    """
    if checkpoint.extensions:
        raise BadSignature(f"the cosignature of {name} does not cover the extension lines of this checkpoint")
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if len(cosigner) > 255 or len(origin) > 255:
        raise BadSignature(f"no ML-DSA-44 cosignature can name {name} and {checkpoint.origin}: they are too long")
    return b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(cosigner)]),
            cosigner,
            timestamp.to_bytes(8, "big"),
            bytes([len(origin)]),
            origin,
            bytes(8),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
