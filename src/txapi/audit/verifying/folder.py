"""A record in a folder 数据目录, shown as it lies: beside a running server, or a backup of `record.db` and `ledger.db`."""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from txapi.audit.checker import tiles_of
from txapi.audit.statements import BOOKKEEPING, DIGEST, HANDOVER
from txapi.audit.verifying.findings import DAMAGED, NOWHERE, readable
from txapi.audit.verifying.shown import ShownCheckpoint, ShownStatement, StoredRow
from txapi.record.conflicts import NotARecord
from txapi.record.ledger import LEDGER_FILE
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_files import reading_address

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings

_PAGE = 1_000

LEDGER_FACTS = {"record_id", "origin", "vkey", "judged_by"}
"""What a ledger tells of itself; the last, by which policy its checkpoints were judged, once they were."""


_IS_A_CHECKPOINT = "typeof(size) = 'integer' AND typeof(note) = 'text'"
_IS_A_STATEMENT = "typeof(size) = 'integer' AND typeof(about) = 'text' AND typeof(note) = 'text'"
"""What a row holds that nobody but this program has written."""


class RecordFolder:
    """One state of a record and of its ledger, for as long as it is open. Nothing is written.

    The ledger is taken first: the record then holds at least what the ledger has entered. NotARecord where no record
    can be read there.
    """

    first = 1
    policy: bytes | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ledger = folder / LEDGER_FILE
        self.ledger = snapshot_of(ledger) if ledger.exists() else None
        try:
            path = folder / RECORD_FILE
            if not path.exists():
                raise NotARecord(f"there is no record at {path}")
            self.record = snapshot_of(path)
            self.facts = _facts(self.record)
            self.record_id = self.facts.get("record_id", "")
            last = self.record.execute("SELECT max(position) FROM events").fetchone()[0] or 0
            if not isinstance(last, int):
                raise NotARecord(f"{folder} cannot be read as a record: a position is {readable(last)}")
            self.last: int = last
            told = {} if self.ledger is None else _facts(self.ledger)
        except BaseException as error:
            self.close()
            if isinstance(error, DAMAGED):
                raise NotARecord(f"{folder} cannot be read as a record: {error}") from error
            raise
        self.told_by_ledger = told
        self.vkey = told.get("vkey")
        self.origin = told.get("origin")
        self.judged_by = told.get("judged_by")

    def close(self) -> None:
        """Let go of both files."""
        for connection in (self.ledger, getattr(self, "record", None)):
            if connection is not None:
                connection.close()

    def __enter__(self) -> RecordFolder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def rows(self, order: str = "position") -> Iterator[list[StoredRow]]:
        """The events, by position or, for going through one stream after the other, by `stream, version`."""
        found = self.record.execute(
            f"SELECT position, recorded_at, stream, version, topic, state FROM events ORDER BY {order}"
        )
        while rows := found.fetchmany(_PAGE):
            yield [StoredRow(*row) for row in rows]

    def checkpoints(self) -> Iterator[ShownCheckpoint]:
        """The checkpoints, the smallest first."""
        for size, note, published in self._ledger(
            f"SELECT size, note, published FROM checkpoints WHERE {_IS_A_CHECKPOINT} ORDER BY size"
        ):
            yield ShownCheckpoint(size, note, bool(published))

    def statements(self, kind: str) -> Iterator[ShownStatement]:
        """The signed statements of a kind, beside the smallest checkpoint first."""
        sql = f"SELECT size, about, note FROM statements WHERE kind = ? AND {_IS_A_STATEMENT} ORDER BY size, about"
        for size, about, note in self._ledger(sql, kind):
            yield ShownStatement(size, about, note)

    def handovers(self) -> list[str]:
        """The signed hand-overs of the record's key."""
        return [str(note) for (note,) in self._ledger("SELECT note FROM statements WHERE kind = ?", HANDOVER)]

    def tile(self, level: int, index: int) -> bytes | None:
        """The hashes of a tile."""
        found = next(self._ledger("SELECT hashes FROM tiles WHERE level = ? AND number = ?", level, index), None)
        return None if found is None or not isinstance(found[0], bytes) else found[0]

    def _ledger(self, sql: str, *values: Any) -> Iterator[Any]:
        if self.ledger is not None:
            found = self.ledger.execute(sql, values)
            # Whoever stops in the middle leaves rows behind, and not a cursor that would outlive its connection.
            while rows := found.fetchmany(_PAGE):
                yield from rows

    def check_itself(self, findings: Findings) -> list[str]:
        """Whether the two files belong together, and the columns of the ledger that notes repeat.

        What is to be noted and is no mistake: nothing that was signed decides it.
        """
        if self.told_by_ledger and self.told_by_ledger.get("record_id") != self.record_id:
            what = (
                f"the ledger is of record {self.told_by_ledger.get('record_id')}, and the record says {self.record_id}"
            )
            findings.add(NOWHERE, "meta", what)
        if self.ledger is not None and (self.vkey is None or self.origin is None):
            findings.add(NOWHERE, "meta", "the ledger does not say by which name and key it is signed")
        for table, is_one in (("checkpoints", _IS_A_CHECKPOINT), ("statements", _IS_A_STATEMENT)):
            for (count,) in self._ledger(f"SELECT count(*) FROM {table} WHERE NOT ({is_one})"):
                if count:
                    findings.add(NOWHERE, "row", f"{count} rows of {table} hold what is no number or no text")
        for size, root, note in self._ledger("SELECT size, root, note FROM checkpoints ORDER BY size"):
            if not isinstance(root, bytes) or f"\n{b64encode(root).decode()}\n" not in str(note):
                findings.add(
                    size, "checkpoint", f"the root kept for {size} events is not the one in the note beside it"
                )
        for size, about, note in self._ledger(
            "SELECT size, about, note FROM statements WHERE kind = ? ORDER BY size", HANDOVER
        ):
            if not re.match(f"[^\n]*\n[^\n]*\n{re.escape(str(about))}\n{re.escape(str(size))} ", str(note)):
                findings.add(
                    size, "statement", f"a hand-over of the key is filed as number {about} after {size} events"
                )
        self._check_strangers(findings)
        return [*self._clock_set_back(), *self._witnesses_ahead()]

    def _clock_set_back(self) -> Iterator[str]:
        sql = (
            "SELECT size FROM (SELECT size, signed_at, lag(signed_at) OVER (ORDER BY size) AS before FROM checkpoints)"
            " WHERE signed_at < before ORDER BY size LIMIT 1"
        )
        for (size,) in self._ledger(sql):
            yield (
                f"by the ledger, the checkpoint of {size} events was signed earlier than the one before it: a clock was set"
                " back, or a hand was there; when a checkpoint was signed is no evidence"
            )

    def _witnesses_ahead(self) -> Iterator[str]:
        sql = "SELECT name, size FROM witnesses WHERE size > (SELECT max(size) FROM checkpoints) ORDER BY name"
        for name, size in self._ledger(sql):
            yield (
                f"by the ledger, the witness {name} knows a checkpoint of {size} events, which is not there: ask it, for it may"
                " have signed what was cut off here"
            )

    def _check_strangers(self, findings: Findings) -> None:
        """Rows of the ledger that nobody who keeps one writes: they follow from nothing that was signed."""
        for key in sorted(self.told_by_ledger.keys() - LEDGER_FACTS):
            findings.add(NOWHERE, "meta", f"the ledger tells {key!r} of itself, which no ledger does")
        sql = (
            "SELECT kind, size FROM statements WHERE kind NOT IN (?, ?, ?) OR size NOT IN (SELECT size FROM checkpoints)"
            " AND (kind, size) <> (?, 0) ORDER BY size"
        )
        for kind, size in self._ledger(sql, BOOKKEEPING, DIGEST, HANDOVER, HANDOVER):
            what = f"a statement of the kind {kind!r} lies beside no checkpoint, or is of no kind that is signed"
            findings.add(size if isinstance(size, int) else NOWHERE, "statement", what)
        for (size,) in self._ledger("SELECT size FROM checkpoints WHERE published NOT IN (0, 1) ORDER BY size"):
            findings.add(size, "checkpoint", f"the checkpoint of {size} events is neither published nor not")
        sql = "SELECT size FROM checkpoints WHERE typeof(signed_at) <> 'integer' OR signed_at < 0 ORDER BY size"
        for (size,) in self._ledger(sql):
            findings.add(size, "checkpoint", f"the checkpoint of {size} events is kept with a time that is none")
        for (name,) in self._ledger("SELECT name FROM witnesses WHERE typeof(size) <> 'integer' OR size < 0"):
            findings.add(NOWHERE, "witness", f"the witness {name} is kept with a size that no checkpoint has")
        self._check_tile_rows(findings)

    def _check_tile_rows(self, findings: Findings) -> None:
        entered = next(self._ledger("SELECT sum(length(hashes)) / 32 FROM tiles WHERE level = 0"), (0,))[0] or 0
        wanted = {(tile.level, tile.index): tile.width for tile in tiles_of(entered)}
        for level, number, length in self._ledger("SELECT level, number, length(hashes) FROM tiles"):
            width = wanted.pop((level, number), None)
            if width is None or length != width * 32:
                what = f"tile {number} of level {level} is not one that a tree of {entered} events has"
                findings.add(NOWHERE, "tile", what)
        for level, number in wanted:
            findings.add(NOWHERE, "tile", f"tile {number} of level {level} is missing in a tree of {entered} events")


def snapshot_of(path: Path) -> sqlite3.Connection:
    """A connection that shows one state of a database for as long as it is open. NotARecord where it cannot be read."""
    connection = sqlite3.connect(reading_address(path), uri=True, isolation_level=None, timeout=10)
    # A hand may have left bytes that are no text; they are to be told of, and not to end the reading.
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except DAMAGED as error:
        connection.close()
        raise NotARecord(f"{path} cannot be read: {error}") from error
    return connection


def _facts(connection: sqlite3.Connection) -> dict[str, str]:
    found = connection.execute("SELECT key, value FROM meta").fetchall()
    # What was signed for holds only what is text: whatever is none is told as something else, and so found.
    return {readable(key): readable(value) for key, value in found}
