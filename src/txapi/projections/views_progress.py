"""How far read models follow the record, and what their rows add up to there."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from txapi.projections.table import digest_text
from txapi.record.instants import instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Standing(NamedTuple):
    """Where rows stand: the last position of theirs, and when its event was recorded, in microseconds; 0 and 0 before the first.

    A record that was put back from a copy may come to the same position by other events, but not by one of the same instant.
    """

    position: int
    recorded_at: int


@dataclass(frozen=True)
class Progress:
    """How far the rows follow the record: 0 before the first event."""

    position: int
    recorded_at: datetime | None
    digests: dict[str, str]

    @property
    def digest(self) -> str:
        """One digest over those of all tables."""
        joined = "\n".join(f"{name} {value}" for name, value in sorted(self.digests.items()))
        return hashlib.sha256(joined.encode()).hexdigest()


def progress_of(position: int, recorded_at: int | None, totals: Iterable[tuple[str, bytes]]) -> Progress:
    """The progress as it is stored, with the sum of every table."""
    digests = {name: digest_text(int.from_bytes(total, "big")) for name, total in totals}
    return Progress(position, None if recorded_at is None else instant(recorded_at), digests)


def stored_progress(path: Path, record_id: str) -> Progress | None:
    """How far the file at `path` follows that record, without touching it; None where it is no such file."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        ) as connection:
            connection.execute("BEGIN")
            found = connection.execute("SELECT record_id, complete, position, recorded_at FROM progress").fetchone()
            totals = connection.execute("SELECT name, total FROM digests").fetchall()
    except (sqlite3.Error, UnicodeError):
        # What SQLite says of a damaged file may quote it, and then be no text.
        return None
    if found is None or found[:2] != (record_id, 1):
        return None
    if not all(isinstance(name, str) and isinstance(total, bytes) for name, total in totals):
        return None
    return progress_of(found[2], found[3], totals)
