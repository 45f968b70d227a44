"""A demonstration clock that goes on, after a restart, from where it stood: it is noted beside the record in files."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from txapi.domain.event import TimeBasis
from txapi.record.clock import Clock, OffsetClock, parse_clock

NOTE = "clock.json"
AHEAD = timedelta(seconds=10)
"""How far ahead it is noted that the clock may have got: who is killed goes on from there, and has told nothing later."""

_log = logging.getLogger(__name__)


class ClockNote(msgspec.Struct, frozen=True):
    """Where the clock of a setting stood when this was written, and how far it may have got since."""

    setting: str
    stands: datetime
    until: datetime


def noted_clock(folder: Path) -> ClockNote | None:
    """What the last server noted of its clock; None where none did, or what is there cannot be read."""
    try:
        note = msgspec.json.decode((folder / NOTE).read_bytes(), type=ClockNote)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return note if note.stands.tzinfo and note.until.tzinfo else None


class KeptClock:
    """A demonstration clock that notes how far it may get before it tells so."""

    basis = TimeBasis.OFFSET

    def __init__(self, clock: OffsetClock, folder: Path, setting: str) -> None:
        self._clock = clock
        self._folder = folder
        self._setting = setting
        self._until = datetime.min.replace(tzinfo=UTC)
        self._noting = threading.Lock()
        self._stopped = False

    def now(self) -> datetime:
        """The demonstration's moment, UTC."""
        now = self._clock.now()
        if now >= self._until:
            with self._noting:
                if now >= self._until and not self._stopped:
                    self._note(now, now + AHEAD)
        return now

    def stop(self) -> None:
        """Note where the clock stands, from where the next one goes on. Stopping twice is harmless."""
        with self._noting:
            if not self._stopped:
                self._stopped = True
                now = self._clock.now()
                self._note(now, now)

    def _note(self, stands: datetime, until: datetime) -> None:
        self._until = until
        note, written = self._folder / NOTE, self._folder / f"{NOTE}.new"
        try:
            written.write_bytes(msgspec.json.encode(ClockNote(self._setting, stands, until)) + b"\n")
            written.replace(note)
        except OSError as error:
            # Nothing that is recorded rests on it: without a note, the next server goes on from the last event.
            _log.warning("where the demonstration's clock stands cannot be noted in %s: %s", note, error)


def kept_clock(folder: Path, setting: str, head: datetime | None) -> Clock:
    """The clock of a setting, for the server that owns the record in a folder: never before what the last one told by it.

    Another setting is another clock: it starts where it says. `head` and BadInput as `parse_clock`.
    """
    note = noted_clock(folder)
    if note is not None and note.setting == setting.strip():
        head = max(head or note.until, note.until)
    clock = parse_clock(setting, head)
    if isinstance(clock, OffsetClock):
        return KeptClock(clock, folder, setting.strip())
    # Who goes by the machine's clock has left the other one.
    (folder / NOTE).unlink(missing_ok=True)
    return clock
