"""Which files the events of a record name: read from stored bytes, whether or not they can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from txapi.domain.attachment import Attachment
from txapi.domain.file_names import SHA256

if TYPE_CHECKING:
    from collections.abc import Iterable

ATTACHED = Attachment.Attached.TOPIC
"""The topic of the events that name files."""

NAMING = f"SELECT position, state FROM events WHERE topic = '{ATTACHED}' ORDER BY position"


class _Naming(msgspec.Struct):
    """The part of such an event that names the file."""

    sha256: str


_read = msgspec.json.Decoder(_Naming).decode


def named_in(state: bytes) -> str | None:
    """The hash that an event of that topic names; None where the bytes are no such event."""
    try:
        sha256 = _read(state).sha256
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
        return None
    return sha256 if SHA256.fullmatch(sha256) else None


def first_named(rows: Iterable[tuple[int, bytes]]) -> dict[str, int]:
    """Every hash with the position of the first event that names it; `rows` are positions and stored bytes, in order."""
    named: dict[str, int] = {}
    for position, state in rows:
        sha256 = named_in(state)
        if sha256 is not None:
            named.setdefault(sha256, position)
    return named
