"""The sweeper: deletes files that were uploaded and never attached, once their day is over; never one that the record names."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from txapi.domain.attachment import Attachment
from txapi.record.files import KEPT_SECONDS

if TYPE_CHECKING:
    from txapi.record.database import Fence
    from txapi.record.record import Record

log = logging.getLogger(__name__)

EVERY_SECONDS = 3_600.0


class NamedFiles:
    """The hashes that the events of a record name, withdrawn ones too. Each event is read once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._until = 0
        self._named: set[str] = set()

    def __contains__(self, sha256: object) -> bool:
        """Whether an event names it, of all that are recorded at this moment."""
        self.read()
        return sha256 in self._named

    def read(self) -> set[str]:
        """Every hash that is named by now."""
        head = self._record.head.position
        for stream in self._record.store.streams_between(Attachment.KIND, self._until, head):
            first = self._record.stream_events(stream)[0].event
            assert isinstance(first, Attachment.Attached)
            self._named.add(first.sha256)
        self._until = head
        return self._named


class Sweeper:
    """Sweeps once an hour, in a thread of its own."""

    def __init__(self, record: Record, fence: Fence | None = None) -> None:
        """Whoever has lost the lease of that fence sweeps nothing."""
        self._record = record
        self._fence = fence
        self._named = NamedFiles(record)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.last_error: str | None = None

    def sweep(self, kept_seconds: float = KEPT_SECONDS) -> list[str]:
        """Delete what nobody has named in so many seconds; the hashes."""
        # The machine's clock, whatever the record's is: how long bytes have lain here is no fact of the record.
        before = time.time() - kept_seconds
        swept = self._record.files.sweep(before, self._named.__contains__, self._fence)
        if swept:
            log.info("deleted files that nothing was attached to count=%d", len(swept))
        return swept

    def start(self) -> None:
        """Sweep in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._go_on, name="txapi-sweeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _go_on(self) -> None:
        # Not at once: a server that has just begun has better things to do.
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.sweep()
                self.last_error = None
            except Exception as error:
                if self.last_error != str(error):
                    log.exception("files that nothing was attached to could not be deleted, and are looked at again")
                self.last_error = str(error)
