"""The places in the path of a write at which a process can be killed: found by what its connections are told, not by hooks.

`arm` makes this process, and it alone, strike when it comes to a place for the given time: as a rule itself, with SIGKILL. It is for
a child that was forked to die.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from txapi.record.sqlite_files import SQLiteConnection

if TYPE_CHECKING:
    from collections.abc import Iterator


class Of(StrEnum):
    """Whose write it is."""

    RECORD = "record"
    FOLLOWER = "views"
    SIGNER = "ledger"
    WATCH = "watch"
    """It writes by the append that every command writes by, in a process that appends nothing else (`Trigger.watching`)."""


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


class Victim(StrEnum):
    """What is killed at a point."""

    PROCESS = "process"
    """The one that comes by there."""
    BACKEND = "backend"
    """The server process of its connection, which takes all others of the database with it."""
    DATABASE = "database"
    """The database server as a whole."""


def die(backend: int | None = None) -> None:
    """End as by `kill -9`: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # The signal takes the process, not this statement, away.


@dataclass
class Trigger:
    """Strikes when the point comes up for the `turn`-th time, having said so."""

    point: Point
    turn: int
    late_seconds: float
    """How far into a COMMIT."""
    strike: Callable[[int | None], None] = die
    """Is given the process id of the server's end of the connection, where there is a connection that has one."""
    say: Callable[[], None] = lambda: None
    watching: bool = False
    """Whether what the process appends is what the watch records."""
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def struck(self) -> bool:
        """Whether it has."""
        return self.turn <= 0

    def __call__(self, of: Of, moment: Moment, backend: int | None = None) -> None:
        """Tell it that the process comes by there."""
        if self.watching and of is Of.RECORD:
            of = Of.WATCH
        if (of, moment) != self.point:
            return
        with self._counting:
            self.turn -= 1
            if self.turn:
                return
            self.say()
        if moment is Moment.DURING_COMMIT:
            threading.Thread(target=self._strike_late, args=(backend,), daemon=True).start()
        else:
            self.strike(backend)

    def _strike_late(self, backend: int | None) -> None:
        # Sleeping is too coarse for a commit of some hundred microseconds, and the commit runs outside Python's lock.
        until = time.perf_counter() + self.late_seconds
        while time.perf_counter() < until:
            pass
        self.strike(backend)


class _Watched(SQLiteConnection):
    """A connection to one of the files that tells the trigger where in a transaction it is."""

    of: Of
    trigger: Trigger

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


def arm(trigger: Trigger) -> None:
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
