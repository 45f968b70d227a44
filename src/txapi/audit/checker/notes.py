"""Signed notes: a text, and who has signed it (C2SP signed-note, "Format" and "Signatures")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import from_base64
from txapi.audit.checker.errors import MalformedKey, MalformedNote, NotSigned
from txapi.audit.checker.vkeys import VerifierKey, is_key_name

MOST_BYTES = 1_000_000
"""The largest note that is read. The specification asks for a limit; texts here have some hundred bytes."""

MOST_SIGNATURES = 100
"""The most signatures that are read. The specification asks for a limit of 16 or more; a policy may name 32 witnesses."""

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    """The name of the key that is said to have signed."""
    key_id: bytes
    """Its id, four bytes."""
    value: bytes
    """The signature itself, without the key id."""
    line: str
    """The line as it stands in the note, without its newline."""

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line without its newline. Raises MalformedNote."""
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—" or not is_key_name(words[1]):
            raise MalformedNote(f"{line!r} is no signature line: a dash, the name of a key, base64")
        decoded = from_base64(words[2])
        if decoded is None or len(decoded) < 5:
            raise MalformedNote(f"{line!r} holds no key id and signature in base64")
        return cls(words[1], decoded[:4], decoded[4:], line)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was verified."""

    key: VerifierKey
    """Whose it is."""
    timestamp: int | None
    """The time that a cosignature states, in seconds since the epoch; None for a plain signature."""
    line: str
    """The line as it stands in the note, without its newline."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note, taken apart. Its text must not be believed before `verified` has said who signed it."""

    text: str
    """What is signed, with its last newline."""
    signatures: tuple[Signature, ...]
    """The signature lines, in their order: one at least."""

    @classmethod
    def parse(cls, note: bytes | str) -> Self:
        """Take a note apart at its last empty line. Raises MalformedNote."""
        whole = _decoded(note)
        text, empty_line, rest = whole.rpartition("\n\n")
        if not empty_line:
            raise MalformedNote("a note is a text, an empty line and signatures; there is no empty line")
        if not rest.endswith("\n"):
            raise MalformedNote("the last line of a note is a signature and ends in a newline")
        lines = rest[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise MalformedNote(f"a note with more than {MOST_SIGNATURES} signatures is not read")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def verified(self, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
        """Who of `keys` has signed, in the order of the lines. Lines by other keys are ignored, as they must be.

        Raises BadSignature where a line names one of the keys and does not fit, NotSigned where none of them has
        signed, MalformedKey where two different keys go by one name and id.
        """
        known = by_name_and_id(keys)
        signed = []
        for each in self.signatures:
            key = known.get((each.name, each.key_id))
            if key is not None:
                signed.append(Signed(key, key.verify(self.text, each.value), each.line))
        if not signed:
            raise NotSigned("no key that is trusted for it has signed this note")
        return tuple(signed)


def by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    """The keys by what signature lines call them. Raises MalformedKey where that would be ambiguous."""
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise MalformedKey(f"two keys go by the name {key.name} and the id {key.key_id.hex()}")
    return known


def _decoded(note: bytes | str) -> str:
    """The note as text: valid UTF-8 and no control characters but newlines (signed-note, "Format")."""
    try:
        encoded = note.encode() if isinstance(note, str) else note
        text = encoded.decode()
    except UnicodeError:
        raise MalformedNote("a note is UTF-8") from None
    if len(encoded) > MOST_BYTES:
        raise MalformedNote(f"a note of more than {MOST_BYTES} bytes is not read")
    if _CONTROL.search(text):
        raise MalformedNote("a note has no control characters but newlines")
    return text
