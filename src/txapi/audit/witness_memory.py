"""What a witness remembers 见证记忆: of each log the last checkpoint that it cosigned, and what it refused and why."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

from txapi.audit.checker import Checkpoint

MOST_REFUSALS = 1000
"""The most refused checkpoints that are kept of one log: proof of misbehaviour before suspicion, older before newer."""

_TABLES = """
CREATE TABLE IF NOT EXISTS witness (vkey TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refused (
    origin TEXT NOT NULL, reason TEXT NOT NULL, proves INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    note TEXT NOT NULL, remembered TEXT, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, times INTEGER NOT NULL,
    UNIQUE (origin, reason, size, root)
) STRICT;
"""


class BadMemory(Exception):
    """The file is no memory of this witness; the message says why."""


class Reason(StrEnum):
    """Why a checkpoint that its log has signed was refused."""

    FORKED = "forked"
    """It has the size that is remembered, and another root: with the note that is remembered, it proves a fork."""
    FALSE_EMPTY = "false-empty"
    """It claims no entries, and another root than the empty tree's: it proves misbehaviour by itself."""
    UNPROVEN = "unproven"
    """The proof that came with it does not lead from what is remembered: a fork, or somebody's bad proof."""
    SHRUNKEN = "shrunken"
    """It is smaller than what is remembered, and was offered as what follows it."""

    @property
    def proves(self) -> bool:
        """Whether the log's own signatures prove that the log misbehaved."""
        return self in {Reason.FORKED, Reason.FALSE_EMPTY}


class Remembered(NamedTuple):
    """The last checkpoint of a log that this witness cosigned."""

    checkpoint: Checkpoint
    at: int
    """When, in seconds since the epoch."""
    note: str
    """The checkpoint with the log's signatures that were verified, and the cosignature that was given."""


class Refused(NamedTuple):
    """A checkpoint that its log has signed, and that was not cosigned."""

    origin: str
    reason: Reason
    size: int
    root: bytes
    note: str
    """The checkpoint with the log's signatures that were verified."""
    remembered: str | None
    """The note that was remembered when it first came; None where there was none."""
    first_at: int
    """When it first came, in seconds since the epoch."""
    last_at: int
    """When it last came."""
    times: int
    """How often it came."""


class WitnessMemory:
    """The file of a witness. What is committed survives the loss of power; one transaction at a time may change it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, vkey: str) -> Self:
        """The memory of the witness with this key, begun where there is none. BadMemory where it is another's."""
        begins = not path.exists()
        memory = cls(path, _connected(path))
        try:
            with memory.transaction() as change:
                for statement in _TABLES.split(";"):
                    change.execute(statement)
                owner = change.execute("SELECT vkey FROM witness").fetchone()
                if owner is None:
                    change.execute("INSERT INTO witness VALUES (?)", (vkey,))
        except sqlite3.DatabaseError as error:
            memory.close()
            raise BadMemory(f"{path} cannot be a witness's memory: {error}") from None
        if owner is not None and owner[0] != vkey:
            memory.close()
            raise BadMemory(f"{path} is the memory of the witness {owner[0]}, not of {vkey}")
        if begins:
            _keep_name(path)
        return memory

    @classmethod
    def look(cls, path: Path) -> Self:
        """The memory of a witness, to look at; the witness may run meanwhile. BadMemory where there is none."""
        if not path.exists():
            raise BadMemory(f"there is no witness's memory at {path}")
        memory = cls(path, _connected(path))
        try:
            memory._connection.execute("PRAGMA query_only = ON")
            memory.vkey()
        except (sqlite3.DatabaseError, TypeError) as error:
            memory.close()
            raise BadMemory(f"{path} is no witness's memory: {error}") from None
        return memory

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the memory, also against other processes; at the end all is kept, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def vkey(self) -> str:
        """Whose memory this is."""
        with self._lock:
            found: str = self._connection.execute("SELECT vkey FROM witness").fetchone()[0]
        return found

    def all(self) -> list[Remembered]:
        """The last checkpoint of every log that was cosigned, by origin."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT origin, size, root, at, note FROM cosigned ORDER BY origin"
            ).fetchall()
        return [_remembered(row) for row in rows]

    def refused(self) -> list[Refused]:
        """What was refused of checkpoints that their logs had signed, by origin and time. At most 1000 of each log."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT origin, reason, size, root, note, remembered, first_at, last_at, times FROM refused"
                " ORDER BY origin, first_at, size, root"
            ).fetchall()
        return [Refused(row[0], Reason(row[1]), *row[2:]) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def last_of(change: sqlite3.Connection, origin: str) -> Remembered | None:
    """The last checkpoint of a log that was cosigned, as a transaction sees it."""
    row = change.execute("SELECT origin, size, root, at, note FROM cosigned WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else _remembered(row)


def remember(change: sqlite3.Connection, remembered: Remembered) -> None:
    """Take this checkpoint for the last one of its log, in a transaction."""
    checkpoint = remembered.checkpoint
    change.execute(
        "INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)",
        (checkpoint.origin, checkpoint.size, checkpoint.root, remembered.at, remembered.note),
    )


def keep_refused(
    change: sqlite3.Connection, checkpoint: Checkpoint, reason: Reason, note: str, last: Remembered | None, at: int
) -> None:
    """Keep a checkpoint that was refused, in a transaction; one that came before is counted."""
    origin, remembered = checkpoint.origin, None if last is None else last.note
    change.execute(
        "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
        " ON CONFLICT DO UPDATE SET times = times + 1, last_at = excluded.last_at",
        (origin, reason, reason.proves, checkpoint.size, checkpoint.root, note, remembered, at, at),
    )
    change.execute(
        "DELETE FROM refused WHERE origin = ? AND rowid NOT IN (SELECT rowid FROM refused WHERE origin = ?"
        " ORDER BY proves DESC, first_at, rowid LIMIT ?)",
        (origin, origin, MOST_REFUSALS),
    )


def _remembered(row: tuple[str, int, bytes, int, str]) -> Remembered:
    return Remembered(Checkpoint(row[0], row[1], row[2]), row[3], row[4])


def _connected(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    except sqlite3.DatabaseError as error:
        raise BadMemory(f"{path} cannot be a witness's memory: {error}") from None
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A cosignature that was handed out must never be forgotten, not even by a machine that lost its power.
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise BadMemory(f"{path} cannot be a witness's memory: {error}") from None
    return connection


def _keep_name(path: Path) -> None:
    """Make the folder remember its new file, for a memory that is gone after a crash would trust anybody again."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
