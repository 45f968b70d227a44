"""Sealed values in a receipt: a salted commitment stands in the answer for each, and the viewer holds what opens it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from txapi.receipts.canonical import canonical
from txapi.schema.sealing import Path

SALT_DIGITS = 32
"""Hexadecimal digits of a salt: 128 random bits."""


class Sealed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One sealed value of an answer: where it stands, the commitment in its place, and what opens that.

    Whoever hands a receipt on leaves `salt` and `value` out of what the next holder must not read.
    """

    path: tuple[str | int, ...]
    commitment: str
    salt: str | None = None
    value: Any = msgspec.UNSET

    @property
    def opened(self) -> bool:
        """Whether the salt and the value are here."""
        return self.salt is not None and self.value is not msgspec.UNSET

    @property
    def opens(self) -> bool:
        """Whether they are what was committed to."""
        return self.salt is not None and commitment(self.salt, self.value) == self.commitment


def commitment(salt: str, value: Any) -> str:
    """SHA-256 of the salt's bytes and the canonical form of the value, in hexadecimal digits.

    The salt is given in hexadecimal digits; a ValueError where it is none.
    """
    if len(salt) != SALT_DIGITS:
        raise ValueError(f"a salt has {SALT_DIGITS} hexadecimal digits")
    return hashlib.sha256(bytes.fromhex(salt) + canonical(value)).hexdigest()


def standing_for(commitment: str) -> dict[str, str]:
    """What stands in a canonical result in the place of a sealed value."""
    return {"sealed": commitment}


def seal(data: Any, paths: Iterable[Path], salt: Callable[[], str]) -> tuple[Any, list[Sealed]]:
    """The data with commitments in the place of the values at these paths, and what opens each, in their order."""
    sealed = []
    for path in outermost(paths):
        value = found(data, path)
        if value is not MISSING:
            salted = salt()
            sealed.append(Sealed(tuple(path), commitment(salted, value), salted, value))
    return put(data, sealed), sealed


def put(data: Any, sealed: Iterable[Sealed]) -> Any:
    """The data with the commitments in their places. KeyError where the data has no such place."""
    for one in sealed:
        data = _replaced(data, one.path, standing_for(one.commitment))
    return data


def outermost(paths: Iterable[Path]) -> list[Path]:
    """The paths that lie in no other one: a sealed value is sealed with all that it holds."""
    kept: list[Path] = []
    for path in paths:
        # A field is asked before those inside it, so whatever holds this path was seen already.
        if not any(path[: len(one)] == one for one in kept):
            kept.append(path)
    return kept


MISSING = object()
"""What is found at a path where an error emptied what would have held the value."""


def found(data: Any, path: Iterable[str | int]) -> Any:
    """The value at a path, or MISSING."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(data, list) or not 0 <= step < len(data):
                return MISSING
            data = data[step]
        else:
            if not isinstance(data, dict) or step not in data:
                return MISSING
            data = data[step]
    return data


def _replaced(data: Any, path: Sequence[str | int], value: Any) -> Any:
    """A copy of the data with another value at a path; what lies beside the path is shared."""
    if not path:
        return value
    step, *rest = path
    if found(data, (step,)) is MISSING:
        raise KeyError(step)
    copy = data.copy()
    copy[step] = _replaced(data[step], rest, value)
    return copy
