"""Canonical JSON: one sequence of bytes for one value, so that its hash can be compared (RFC 8785)."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec


def canonical(value: Any) -> bytes:
    """The canonical form of a JSON value made of dict, list, str, int, float, bool and None.

    As RFC 8785 has it, except that integers of any size keep all their digits (the RFC knows only what a double can
    hold, and says the same for those). ValueError for what JSON has no form for: infinities, NaN, lone surrogates, keys
    that are no text.
    """
    try:
        return msgspec.json.encode(_ordered(value))
    except (TypeError, ValueError) as error:
        raise ValueError(f"this has no canonical form: {error}") from None


def hash_of(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _ordered(value: Any) -> Any:
    """The value with the keys of its objects in order, and its floats written out."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf_16)}
    if isinstance(value, list | tuple):
        return [_ordered(part) for part in value]
    if isinstance(value, float):
        return msgspec.Raw(number(value).encode())
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a {type(value).__name__} is no JSON value")


def _utf_16(key: Any) -> Any:
    """What keys are ordered by: their UTF-16 code units (RFC 8785, section 3.2.3). Other letters need no conversion."""
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} is no text")
    return key.encode("utf-16-be", "surrogatepass")


def number(value: float) -> str:
    """A double as ECMAScript writes it (RFC 8785, section 3.2.2.3). ValueError for an infinity or NaN."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no number {value}")
    if value == 0:
        return "0"
    # Python finds the shortest digits that read back as the same double, as ECMAScript demands; only the form differs.
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}e0".partition("e")
    exponent = exponent.removesuffix("e0") or "0"
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
