"""A reader that follows a record from the first event on, as whoever builds something from it does."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from txapi.record import Record
from txapi.record.conflicts import RecordUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.record.place import Place


class Following:
    """Reads, in a thread, what comes behind what it has seen: pairs of a position and its stream."""

    def __init__(self, place: Place) -> None:
        self.record = Record.open(place, owner=False)
        self.seen: list[tuple[int, str]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping:
            after = self.seen[-1][0] if self.seen else 0
            try:
                self.seen += [(r.position, r.event.originator_id) for r in self.record.read(after, 50)]
            except RecordUnavailable:
                time.sleep(0.05)
            self.record.wait_beyond(self.seen[-1][0] if self.seen else 0, 1.0, lambda: self._stopping)

    def until(self, position: int) -> list[tuple[int, str]]:
        """What it has seen, once it has reached that position."""
        deadline = time.monotonic() + 180
        while (self.seen[-1][0] if self.seen else 0) < position:
            assert time.monotonic() < deadline, f"the reader stands at {self.seen[-1:]} of {position}"
            time.sleep(0.02)
        return self.seen

    def close(self) -> None:
        """Follow no more."""
        self._stopping = True
        self.record.wake()
        self._thread.join(30)
        self.record.close()


@contextmanager
def following(place: Place) -> Iterator[Following]:
    """Follow the record while the block lasts."""
    reader = Following(place)
    try:
        yield reader
    finally:
        reader.close()
