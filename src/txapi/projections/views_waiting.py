"""How far the rows of read models are known to be visible, and who waits until they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from txapi.record.conflicts import RecordUnavailable

FIRST_LOOK_SECONDS = 0.005
"""When somebody who waits asks for the first time how far the rows are, where another process writes them and nobody tells, and"""
TOLD_LOOK_SECONDS = 0.05
"""where whoever writes them tells, in this process or through the database: what it told may be lost."""
MOST_LOOK_SECONDS = 0.1
"""How often it is asked then, at least."""


class Reach:
    """A position up to which rows are visible, as far as this process knows."""

    def __init__(self) -> None:
        self.position = 0
        self.is_told = False
        """Whether whoever writes the rows tells how far they are."""
        self.closed = False
        self._changing = threading.Lock()
        self._waiting: list[tuple[int, threading.Lock]] = []
        """The positions that are waited for, each with the lock at which that is done."""
        self._looking = threading.Lock()

    def see(self, position: int, instead_of: int | None = None) -> None:
        """Note how far the rows are visible; with `instead_of`, only where nobody has noted anything else than that meanwhile."""
        with self._changing:
            if instead_of in (None, self.position) and position != self.position:
                self.position = position
                self._wake()

    def close(self) -> None:
        """Nobody waits any more."""
        with self._changing:
            self.closed = True
            self._wake()

    def _wake(self) -> None:
        """Wake those whose position is reached: each of the others would only look, and wait for the interpreter to do so."""
        still = []
        for one in self._waiting:
            if one[0] <= self.position or self.closed:
                one[1].release()
            else:
                still.append(one)
        self._waiting = still

    def hear_of(self, position: int, timeout_seconds: float) -> bool:
        """Wait until rows up to `position` are seen; False when they were not in time. It asks nobody."""
        told = threading.Lock()
        told.acquire()
        with self._changing:
            if self.position >= position or self.closed:
                return True
            self._waiting.append(one := (position, told))
        if told.acquire(timeout=timeout_seconds):
            return True
        with self._changing:
            if one in self._waiting:
                self._waiting.remove(one)
                return False
        return True

    def look_for(self, position: int, timeout_seconds: float, look: Callable[[], object]) -> bool:
        """The same where the follower may be another process: what it tells may be lost, and a replica is told nothing.

        `look` sees how far the rows are.
        """
        until = time.monotonic() + timeout_seconds
        pause_seconds = TOLD_LOOK_SECONDS if self.is_told else FIRST_LOOK_SECONDS
        while self.position < position and not self.closed:
            if (left := until - time.monotonic()) <= 0:
                break
            self.hear_of(position, min(pause_seconds, left))
            # One of those who wait asks for all of them.
            if self.position < position and not self.closed and self._looking.acquire(blocking=False):
                try:
                    look()
                except RecordUnavailable:
                    pass  # A database that is not to be had just now may be back in time.
                finally:
                    self._looking.release()
            pause_seconds = min(2 * pause_seconds, MOST_LOOK_SECONDS)
        return self.position >= position
