"""Entries of the ledger: the small fixed record that is a leaf, and that shows nothing of what an event says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import MOST
from txapi.audit.checker.errors import MalformedEntry
from txapi.audit.checker.merkle import leaf_hash

FORMAT = 1


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One event as the log knows it. In the presentation language of RFC 8446 section 3:

    struct {
        uint8 format = 1;
        uint64 position;
        uint64 recorded_at_us;
        uint32 version;
        opaque stream<1..255>;
        opaque topic<1..255>;
        opaque state_sha256[32];
    } LedgerEntry;
    """

    position: int
    """Where in the record it stands, from 1; its leaf has the index before."""
    recorded_at_us: int
    """When it was recorded, in microseconds since the epoch."""
    version: int
    """Its place in the stream of its noun, from 1."""
    stream: str
    """Whose event it is."""
    topic: str
    """What kind of event."""
    state_sha256: bytes
    """The hash of the bytes that are stored, which hold a salt."""

    @classmethod
    def parse(cls, entry: bytes) -> Self:
        """Read an entry; all of its bytes must be accounted for. Raises MalformedEntry."""
        if len(entry) < 21 or entry[0] != FORMAT:
            raise MalformedEntry(f"an entry begins with the format {FORMAT} and three numbers, in 21 bytes")
        stream, topic_at = _text(entry, 21, "stream")
        topic, hash_at = _text(entry, topic_at, "topic")
        if len(entry) != hash_at + 32:
            raise MalformedEntry(f"an entry ends with a hash of 32 bytes; here are {len(entry) - hash_at}")
        position, recorded_at_us = int.from_bytes(entry[1:9], "big"), int.from_bytes(entry[9:17], "big")
        if not 1 <= position <= MOST or recorded_at_us > MOST:
            raise MalformedEntry("an entry's position is from 1 to 2^63 - 1, and so is its time from 0")
        return cls(position, recorded_at_us, int.from_bytes(entry[17:21], "big"), stream, topic, entry[hash_at:])

    def encoded(self) -> bytes:
        """The entry as the log holds it. Raises MalformedEntry where a field does not fit its place."""
        stream, topic = self.stream.encode(), self.topic.encode()
        if not 1 <= self.position <= MOST or not 0 <= self.recorded_at_us <= MOST or not 0 <= self.version < 2**32:
            raise MalformedEntry("a number of the entry does not fit its place")
        if not 1 <= len(stream) <= 255 or not 1 <= len(topic) <= 255 or len(self.state_sha256) != 32:
            raise MalformedEntry("a stream and a topic have 1 to 255 bytes, a hash has 32")
        return b"".join(
            (
                bytes([FORMAT]),
                self.position.to_bytes(8, "big"),
                self.recorded_at_us.to_bytes(8, "big"),
                self.version.to_bytes(4, "big"),
                bytes([len(stream)]),
                stream,
                bytes([len(topic)]),
                topic,
                self.state_sha256,
            )
        )

    def leaf(self) -> bytes:
        """The hash of the entry as a leaf of the log."""
        return leaf_hash(self.encoded())

    @property
    def index(self) -> int:
        """Which leaf it is, from 0."""
        return self.position - 1


def _text(entry: bytes, at: int, what: str) -> tuple[str, int]:
    """A text of 1 to 255 bytes with its length before it, and where what follows begins."""
    length = entry[at] if at < len(entry) else 0
    end = at + 1 + length
    if length == 0 or end > len(entry):
        raise MalformedEntry(f"the {what} of an entry has 1 to 255 bytes, and as many as it says")
    try:
        return entry[at + 1 : end].decode(), end
    except UnicodeDecodeError:
        raise MalformedEntry(f"the {what} of an entry is no UTF-8") from None
