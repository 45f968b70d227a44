"""What this process appended last, byte for byte as it was committed: whoever follows need not read that back."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from txapi.record.store import Row

MOST_EVENTS = 1_024
MOST_BYTES = 4 * 1024 * 1024
"""How much is kept: more than a follower that keeps up is behind."""


class Recent:
    """The last events of one writer, as long as nobody else's are between them and the store was not lost meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Row] = []
        self._bytes = 0
        self._generation = 0

    def note(self, rows: Sequence[Row], generation: int) -> None:
        """These rows were committed on the store of that generation."""
        with self._lock:
            if generation != self._generation or (self._rows and self._rows[-1].position != rows[0].position - 1):
                self._rows, self._bytes, self._generation = [], 0, generation
            self._rows += rows
            self._bytes += sum(len(row.state) for row in rows)
            if len(self._rows) > MOST_EVENTS or self._bytes > MOST_BYTES:
                # What is left begins behind this batch at the latest; a reader that is further behind asks the store.
                self._rows, self._bytes = self._rows[-(MOST_EVENTS // 2) :], 0
                self._bytes = sum(len(row.state) for row in self._rows)
                if self._bytes > MOST_BYTES:
                    self._rows, self._bytes = [], 0

    def behind(self, position: int, limit: int, generation: int) -> list[Row] | None:
        """At most `limit` rows behind a position, in order; None where only the store can say which."""
        with self._lock:
            if not self._rows or generation != self._generation:
                return None
            at = position + 1 - self._rows[0].position
            return self._rows[at : at + limit] if 0 <= at < len(self._rows) else None

    def forget(self) -> None:
        """It is not sure that what was noted is in the store."""
        with self._lock:
            self._rows, self._bytes = [], 0
