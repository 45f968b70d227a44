"""Where identifiers and salts come from: chance in earnest, a seed where a record must be reproducible."""

from __future__ import annotations

import os
import random
from typing import Protocol


class Ids(Protocol):
    """A source of identifiers. Implementations may be used from several threads."""

    def uuid(self) -> str:
        """A fresh UUID (version 4) as text."""

    def salt(self) -> str:
        """128 random bits as 32 hexadecimal characters."""


def _as_uuid4(digits: str) -> str:
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


_DRAWN_AT_ONCE = 64

_drawn: list[str] = []
"""Random bits that were drawn and not given out yet, 128 each in hexadecimal."""

# A process that is forked must not give out what its parent gives out too.
os.register_at_fork(after_in_child=_drawn.clear)


def _random_digits() -> str:
    """128 random bits of the operating system as 32 hexadecimal characters.

    Many are drawn at once, because whoever asks the system lets other threads run, and waits for its turn again.
    """
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            digits = os.urandom(16 * _DRAWN_AT_ONCE).hex()
            _drawn.extend(digits[at : at + 32] for at in range(0, len(digits), 32))


class RandomIds:
    """Identifiers from the operating system's randomness."""

    def uuid(self) -> str:
        """A fresh UUID (version 4) as text."""
        return _as_uuid4(_random_digits())

    def salt(self) -> str:
        """128 random bits as 32 hexadecimal characters."""
        return _random_digits()


class SeededIds:
    """Identifiers that follow from a seed, so that a simulation run twice writes the same bytes."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """The next UUID (version 4) of this seed, as text."""
        return _as_uuid4(f"{self._random.getrandbits(128):032x}")

    def salt(self) -> str:
        """The next 128 bits of this seed, as 32 hexadecimal characters."""
        return f"{self._random.getrandbits(128):032x}"
