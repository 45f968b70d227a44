"""A ledger entry 账目: the small fixed record of one stored event that the Merkle ledger hashes and anybody may see.

It holds where the event stands and the SHA-256 of its stored bytes, never what they say. The stored bytes carry a salt
of 128 random bits, so the hash of a guessable event cannot be found by trying; and an entry stays true when a person's
key is destroyed. In the presentation language of RFC 8446, section 3, integers big-endian:

    struct {
        uint8 format = 1;
        uint64 position;
        uint64 recorded_at_us;      // microseconds since 1970 UTC
        uint32 version;             // which event of its stream, from 1
        opaque stream<1..255>;
        opaque topic<1..255>;
        opaque state_sha256[32];
    } Entry;
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record.store import Row

FORMAT = 1

_FIXED = struct.Struct(">BQQI")


def entry_of(row: Row) -> bytes:
    """The entry of a stored event; its leaf index is `position - 1`. A ValueError where a field does not fit."""
    stream, topic = row.stream.encode(), row.topic.encode()
    if not 0 < len(stream) < 256 or not 0 < len(topic) < 256:
        raise ValueError(f"the stream or topic of position {row.position} has not 1 to 255 bytes")
    try:
        fixed = _FIXED.pack(FORMAT, row.position, row.recorded_at, row.version)
    except struct.error as error:
        raise ValueError(f"position {row.position} cannot be entered in a ledger: {error}") from error
    state = hashlib.sha256(row.state).digest()
    return b"".join((fixed, bytes((len(stream),)), stream, bytes((len(topic),)), topic, state))
