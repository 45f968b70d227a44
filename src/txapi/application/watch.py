"""The watch 时限监察: records what lapses although nobody acts, once each, with its legal instant."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import datetime
from typing import Protocol

from txapi.application.desk import WATCH, Desk
from txapi.application.references import fix_what_a_crash_left
from txapi.domain.aggregate import Aggregate
from txapi.domain.errors import Refusal
from txapi.domain.event import Basis, Metadata
from txapi.record.spans import span

log = logging.getLogger(__name__)

LONGEST_NAP_SECONDS = 1.0


def record_due(desk: Desk, now: datetime, basis: Basis = Basis.COMPUTED) -> int:
    """Record everything that has lapsed by `now`, earliest first; how many nouns it touched."""
    touched = 0
    while due := desk.record.due_streams(now):
        before = touched
        for stream, _ in due:
            kind = desk.record.kind_of(stream)
            if kind is None:
                continue
            meta = Metadata(
                decided_at=now,
                actor=WATCH,
                correlation_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"watch:{stream}:{now.isoformat()}")),
                basis=basis,
                clock=desk.record.clock.basis,
            )
            with span("lapse", {"txapi.correlation_id": meta.correlation_id}):
                done = desk.record_lapses(Aggregate.kinds[kind], stream, meta)
            touched += done.first <= done.last
        if touched == before and desk.record.due_streams(now) == due:
            # A deadline that lapses nothing would be found again for ever; one that a command met meanwhile is gone.
            raise AssertionError(f"{due[0][0]} is due at {due[0][1]} but has nothing to record")
    return touched


class WatchObserver(Protocol):
    """Is told what the watch does, from its thread."""

    def watched(self, touched: int) -> None:
        """The watch looked, and recorded lapses on so many nouns."""

    def watch_failed(self) -> None:
        """The watch could not do its work, and tries again."""


class Watch:
    """Runs `record_due` on the record's clock, in a supervised thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.observer: WatchObserver | None = None
        self.last_error: str | None = None

    def start(self) -> None:
        """Watch until `stop`."""
        self._thread = threading.Thread(target=self._run, name="txapi-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the noun at hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _run(self) -> None:
        pause_seconds = LONGEST_NAP_SECONDS
        calendars_are_done = False
        while not self._stop.is_set():
            try:
                if not calendars_are_done:
                    fix_what_a_crash_left(self._desk)
                    calendars_are_done = True
                touched = record_due(self._desk, self._desk.record.clock.now())
                if self.observer is not None:
                    self.observer.watched(touched)
                self.last_error = None
                pause_seconds = LONGEST_NAP_SECONDS
            except Refusal as refusal:
                log.warning("the watch was refused: %s", refusal)
            except Exception as error:
                self.last_error = repr(error)
                if self.observer is not None:
                    self.observer.watch_failed()
                log.exception("the watch failed and tries again")
                pause_seconds = min(pause_seconds * 2, 30.0)
            self._stop.wait(pause_seconds)
