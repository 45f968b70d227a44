"""The places in the path of a write at which a process can be killed: found by what its connections are told, not by hooks.

`arm` makes this process, and it alone, kill itself with SIGKILL when it comes to a place for the given time. It is for a child that
was forked to die.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from txapi.record.sqlite_files import SQLiteConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Of(StrEnum):
    """Whose write it is."""

    RECORD = "record"
    FOLLOWER = "views"
    SIGNER = "ledger"


class Moment(StrEnum):
    """Where in a transaction."""

    BEFORE_LOCK = "before the lock"
    AFTER_LOCK = "after the lock"
    AFTER_LOOK_UP = "after the look-up"
    AMONG_WRITES = "among the writes"
    BEFORE_COMMIT = "before COMMIT"
    DURING_COMMIT = "during COMMIT"
    AFTER_COMMIT = "after COMMIT"


class Point(NamedTuple):
    """A moment of somebody's transaction."""

    of: Of
    moment: Moment

    def __str__(self) -> str:
        return f"{self.of}: {self.moment}"


# What the signer enters is looked up outside its transactions.
POINTS = tuple(Point(of, m) for of in Of for m in Moment if (of, m) != (Of.SIGNER, Moment.AFTER_LOOK_UP))


def die() -> None:
    """End as by `kill -9`: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # The signal takes the process, not this statement, away.


class Trigger:
    """Dies when the point comes up for the `turn`-th time, having said so. `late_seconds` is how far into a COMMIT."""

    def __init__(self, point: Point, turn: int, late_seconds: float) -> None:
        self.say: Callable[[], None] = lambda: None
        self._point = point
        self._left = turn
        self._late_seconds = late_seconds
        self._counting = threading.Lock()

    def __call__(self, of: Of, moment: Moment) -> None:
        """Tell it that the process comes by there."""
        if (of, moment) != self._point:
            return
        with self._counting:
            self._left -= 1
            if self._left:
                return
            self.say()
        if moment is Moment.DURING_COMMIT:
            threading.Thread(target=self._die_late, daemon=True).start()
        else:
            die()

    def _die_late(self) -> None:
        # Sleeping is too coarse for a commit of some hundred microseconds, and the commit runs outside Python's lock.
        until = time.perf_counter() + self._late_seconds
        while time.perf_counter() < until:
            pass
        die()


class _Watched(SQLiteConnection):
    """A connection to one of the files that tells the trigger where in a transaction it is."""

    of: Of
    trigger: Callable[[Of, Moment], None]

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE":
            self.trigger(self.of, Moment.BEFORE_LOCK)
            cursor = super().execute(sql, *arguments)
            self.trigger(self.of, Moment.AFTER_LOCK)
            return cursor
        if sql == "COMMIT":
            self.trigger(self.of, Moment.BEFORE_COMMIT)
            self.trigger(self.of, Moment.DURING_COMMIT)
            cursor = super().execute(sql, *arguments)
            self.trigger(self.of, Moment.AFTER_COMMIT)
            return cursor
        with self._writing(sql):
            return super().execute(sql, *arguments)

    def executemany(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        with self._writing(sql):
            return super().executemany(sql, *arguments)

    @contextmanager
    def _writing(self, sql: str) -> Iterator[None]:
        if sql.startswith("INSERT INTO events"):
            self.trigger(self.of, Moment.AFTER_LOOK_UP)
        yield
        if sql.startswith("INSERT"):
            self.trigger(self.of, Moment.AMONG_WRITES)


def arm(trigger: Callable[[Of, Moment], None]) -> None:
    """Let every connection that this process opens from now on tell the trigger."""
    plain = sqlite3.connect

    def watched(address: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        named = re.search(r"(record|views|ledger)[^/]*\.db", str(address))
        assert named, f"{address} is none of the files of a record"
        connection = plain(address, *arguments, **{**options, "factory": _Watched})
        assert isinstance(connection, _Watched)
        connection.of, connection.trigger = Of(named[1]), trigger
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]
