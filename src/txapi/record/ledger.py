"""The ledger 账本: the Merkle tree over the record's entries, its signed checkpoints, and what is signed beside them.

It lies in `ledger.db` beside the record, and is written by the record's owner. Its tiles follow from the record; its
checkpoints are the promises that were given, so they are kept for ever, and nothing is signed that breaks one.
"""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from txapi.record import merkle
from txapi.record.conflicts import RecordError
from txapi.record.entries import entry_of
from txapi.record.keys import NoKey
from txapi.record.notes import NoteKey
from txapi.record.sqlite_files import ReadingPool, connect
from txapi.record.tiles import TILES, WIDTH, Tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from txapi.record.store import Row

LEDGER_FILE = "ledger.db"
KEY_FILE = "record-key.pem"
FORMAT = 1

_APPLICATION_ID = 0x74786C67  # "txlg"
_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    TILES,
    """CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY, root BLOB NOT NULL, signed_at INTEGER NOT NULL, note TEXT NOT NULL, published INTEGER NOT NULL
    )""",
    """CREATE TABLE statements (
        kind TEXT, size INTEGER, about TEXT, note TEXT NOT NULL, PRIMARY KEY (kind, size, about)
    ) WITHOUT ROWID""",
    "CREATE TABLE witnesses (name TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)
NO_POLICY = ""
"""The name of the policy of those who ask nobody to co-sign: every checkpoint is published."""

_FAR = 2**62
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite writes beside a database, by its suffix."""
_JUDGED_BY = "SELECT value FROM meta WHERE key = 'judged_by'"
_CHECKPOINT = "SELECT size, root, signed_at, note, published FROM checkpoints"


class NotALedger(RecordError):
    """There is no ledger in that place, or one of another record, key, origin or format."""


class BrokenPromise(RecordError):
    """What would be signed contradicts what was signed before: the record, or its ledger, was changed by hand."""


class Checkpoint(NamedTuple):
    """A signed promise about the first `size` events. `note` carries all signatures and cosignatures collected so far.

    `signed_at` is in microseconds since 1970 UTC. `published`: whether the witnesses that the policy asks for signed.
    """

    size: int
    root: bytes
    signed_at: int
    note: str
    published: bool


class Statement(NamedTuple):
    """What the record's key signed beside a checkpoint: its kind, the checkpoint's size, what it is about, the note."""

    kind: str
    size: int
    about: str
    note: str


class Ledger:
    """The ledger of one record. Every method may be called from any thread; only the owner's write."""

    def __init__(self, path: Path, key: NoteKey | None) -> None:
        self.path = path
        self.key = key
        self._writing = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._pool = ReadingPool(path)
        facts = _facts(path)
        self.origin = facts["origin"]
        self.vkey = facts["vkey"]

    @classmethod
    def open(
        cls,
        folder: Path | str,
        record_id: str,
        *,
        owner: bool = False,
        origin: str | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """Open the ledger of the record in `folder`; the owner begins it, with its key, where there is none.

        `origin` names a ledger that is begun (`txapi/<record id>` unless given); later it must be the same. A reader
        needs no key, and may sign where it has one. NotALedger, BadKey.
        """
        folder = Path(folder)
        path = folder / LEDGER_FILE
        if not path.exists():
            if not owner:
                raise NotALedger(f"there is no ledger at {path}: nothing of this record was ever signed")
            key = NoteKey.from_file(key_file or folder / KEY_FILE, origin or f"txapi/{record_id}")
            _begin(path, record_id, key)
        facts = _facts(path)
        if facts.get("record_id") != record_id:
            raise NotALedger(f"{path} is the ledger of the record {facts.get('record_id')}, not of {record_id}")
        if origin is not None and origin != facts["origin"]:
            raise NotALedger(f"{path} was begun as {facts['origin']!r}; its origin cannot become {origin!r}")
        found: NoteKey | None
        try:
            found = NoteKey.from_file(key_file or folder / KEY_FILE, facts["origin"], create=False)
        except NoKey:
            if owner:
                raise
            found = None
        if found is not None and found.vkey != facts["vkey"]:
            raise NotALedger(f"{path} was signed by {facts['vkey']}, and the key at hand is {found.vkey}")
        return cls(path, found)

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many events are entered; the last checkpoint may attest fewer."""
        with self._tiles() as tiles:
            return tiles.size()

    def latest(self, *, published: bool = False) -> Checkpoint | None:
        """The last checkpoint, or the last that enough witnesses signed."""
        where = " WHERE published" if published else ""
        return self._one(f"{_CHECKPOINT}{where} ORDER BY size DESC LIMIT 1")

    def covering(self, position: int) -> Checkpoint | None:
        """The first checkpoint that attests the event at that position."""
        return self._one(f"{_CHECKPOINT} WHERE size >= ? ORDER BY size LIMIT 1", position)

    def at(self, size: int) -> Checkpoint | None:
        """The checkpoint of exactly that size."""
        return self._one(f"{_CHECKPOINT} WHERE size = ?", size)

    def checkpoints(self, after_size: int = 0, limit: int = 500) -> list[Checkpoint]:
        """At most `limit` checkpoints that attest more than `after_size` events, in order."""
        with self._pool.lent() as connection:
            found = connection.execute(f"{_CHECKPOINT} WHERE size > ? ORDER BY size LIMIT ?", (after_size, limit))
            return [_checkpoint(row) for row in found]

    def statements(
        self, kind: str, after_size: int = 0, until_size: int | None = None, limit: int = 10_000
    ) -> list[Statement]:
        """At most `limit` statements of a kind beside checkpoints in that range, in order of their sizes."""
        until = _FAR if until_size is None else until_size
        with self._pool.lent() as connection:
            found = connection.execute(
                "SELECT kind, size, about, note FROM statements WHERE kind = ? AND size > ? AND size <= ?"
                " ORDER BY size, about LIMIT ?",
                (kind, after_size, until, limit),
            )
            return [Statement(*row) for row in found]

    def _one(self, sql: str, *parameters: int) -> Checkpoint | None:
        with self._pool.lent() as connection:
            row = connection.execute(sql, parameters).fetchone()
            return None if row is None else _checkpoint(row)

    @contextlib.contextmanager
    def _tiles(self) -> Iterator[Tiles]:
        with self._pool.lent() as connection:
            yield Tiles(connection)

    def tile(self, level: int, number: int, width: int = WIDTH) -> bytes | None:
        """The first `width` hashes of a tile; None where the tree does not have that many there."""
        with self._tiles() as tiles:
            hashes = tiles.read(level, number)[: width * merkle.HASH_SIZE]
        return hashes if len(hashes) == width * merkle.HASH_SIZE else None

    def root(self, size: int) -> bytes:
        """The root of the tree over the first `size` events. A ValueError where fewer are entered."""
        with self._tiles() as tiles:
            return merkle.root(tiles.node, size)

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index. A ValueError where none is entered."""
        with self._tiles() as tiles:
            return tiles.node(0, index)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that the tree of that size holds the leaf (RFC 6962, section 2.1.1). A ValueError."""
        with self._tiles() as tiles:
            return merkle.inclusion_proof(tiles.node, index, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of size `new` extends that of size `old` (RFC 6962, section 2.1.2). A ValueError."""
        with self._tiles() as tiles:
            return merkle.consistency_proof(tiles.node, old, new)

    def witness_sizes(self) -> dict[str, int]:
        """The size that each witness is known to have signed last, by its name."""
        with self._pool.lent() as connection:
            return dict(connection.execute("SELECT name, size FROM witnesses").fetchall())

    # -- writing ---------------------------------------------------------------------------------------------------

    def enter(self, rows: Sequence[Row]) -> None:
        """Enter stored events, which must follow those entered. BrokenPromise where they do not."""
        with self._transaction() as connection:
            tiles = Tiles(connection)
            size = tiles.size()
            for expected, row in enumerate(rows, size + 1):
                if row.position != expected:
                    raise BrokenPromise(f"position {row.position} follows where {expected} is expected")
            tiles.append(merkle.leaf_hash(entry_of(row)) for row in rows)

    def sign(
        self,
        size: int,
        signed_at: int,
        statements: Iterable[tuple[str, str, str]],
        *,
        publish: bool,
        policy: str = NO_POLICY,
    ) -> Checkpoint:
        """Sign a checkpoint over the first `size` events, and statements (kind, about, text) beside it, together.

        `policy` names what `publish` goes by, as `judge` is told it.
        BrokenPromise where the tree does not extend the last checkpoint, or that one does not bear our signature.
        """
        if self.key is None:
            raise NotALedger(f"the key of {self.origin} is not at hand: only its holder signs")
        with self._transaction() as connection:
            tiles = Tiles(connection)
            last = self.latest()
            if last is not None:
                self._must_extend(last, tiles, size)
            root = merkle.root(tiles.node, size)
            note = self.key.sign(f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n")
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)", (size, root, signed_at, note, publish))
            connection.executemany(
                "INSERT INTO statements VALUES (?, ?, ?, ?)",
                [(kind, size, about, self.key.sign(text)) for kind, about, text in statements],
            )
            # A checkpoint by another policy than the others: whoever judges next has to look at all of them.
            connection.execute("DELETE FROM meta WHERE key = 'judged_by' AND value <> ?", (policy,))
        return Checkpoint(size, root, signed_at, note, publish)

    def _must_extend(self, last: Checkpoint, tiles: Tiles, size: int) -> None:
        assert self.key is not None
        promised = f"{self.origin}\n{last.size}\n{base64.b64encode(last.root).decode()}\n\n"
        if not last.note.startswith(promised) or not self.key.signed(last.note):
            raise BrokenPromise(f"the checkpoint of size {last.size} does not bear the signature of {self.origin}")
        if size <= last.size:
            raise BrokenPromise(f"a checkpoint of {size} events does not extend that of {last.size}")
        if merkle.root(tiles.node, last.size) != last.root:
            raise BrokenPromise(f"the ledger does not extend its checkpoint of {last.size} events")

    def state(self, size: int, kind: str, about: str, text: str) -> None:
        """Sign a statement beside a checkpoint that was signed before; one that is there already stays as it is."""
        if self.key is None:
            raise NotALedger(f"the key of {self.origin} is not at hand: only its holder signs")
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO statements VALUES (?, ?, ?, ?)", (kind, size, about, self.key.sign(text))
            )

    def has_statement(self, size: int, kind: str, about: str) -> bool:
        """Whether there is such a statement."""
        with self._pool.lent() as connection:
            sql = "SELECT 1 FROM statements WHERE kind = ? AND size = ? AND about = ?"
            return connection.execute(sql, (kind, size, about)).fetchone() is not None

    def cosigned(self, size: int, lines: Sequence[str], sizes: dict[str, int], *, publish: bool) -> None:
        """Keep the cosignatures that witnesses gave to a checkpoint, and which size each of them knows now."""
        with self._transaction() as connection:
            if lines:
                added = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
                connection.execute("UPDATE checkpoints SET note = note || ? WHERE size = ?", (added, size))
            connection.execute("UPDATE checkpoints SET published = max(published, ?) WHERE size = ?", (publish, size))
            connection.executemany("INSERT OR REPLACE INTO witnesses VALUES (?, ?)", sizes.items())

    def judge(self, policy: str, enough: Callable[[str], bool]) -> None:
        """Mark as published the checkpoints whose notes bear enough cosignatures, and those alone.

        `policy` names what `enough` goes by. Where all were judged and signed by that same policy, none is looked at.
        """
        with self._transaction() as connection:
            if connection.execute(_JUDGED_BY).fetchone() == (policy,):
                return
            # Whoever is interrupted leaves some judged by one policy and some by another.
            connection.execute("DELETE FROM meta WHERE key = 'judged_by'")
        after = 0
        while page := self.checkpoints(after):
            changed = [(int(not one.published), one.size) for one in page if enough(one.note) != one.published]
            if changed:
                with self._transaction() as connection:
                    connection.executemany("UPDATE checkpoints SET published = ? WHERE size = ?", changed)
            after = page[-1].size
        with self._transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('judged_by', ?)", (policy,))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            if self._writer is None:
                self._writer = connect(self.path)
                self._writer.execute("PRAGMA synchronous = FULL")
            connection = self._writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file. Closing twice is harmless."""
        self._pool.close()
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None


def _begin(path: Path, record_id: str, key: NoteKey) -> None:
    """Make the ledger under another name first: one that a crash left half made would never be opened again."""
    made = path.with_name(f"{path.name}.begun")
    # What lies beside a ledger that somebody deleted belongs to no file any more.
    for stale in (made, *(path.with_name(name + suffix) for name in (made.name, path.name) for suffix in _BESIDE)):
        stale.unlink(missing_ok=True)
    with contextlib.closing(connect(made)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        facts = {"record_id": record_id, "origin": key.name, "vkey": key.vkey}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    made.rename(path)


def _facts(path: Path) -> dict[str, str]:
    try:
        with contextlib.closing(connect(path)) as connection:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            form = connection.execute("PRAGMA user_version").fetchone()[0]
            if (kind, form) != (_APPLICATION_ID, FORMAT):
                raise NotALedger(f"{path} is no ledger of format {FORMAT}")
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.DatabaseError as error:
        raise NotALedger(f"{path} cannot be read as a ledger: {error}") from error


def _checkpoint(row: tuple[int, bytes, int, str, int]) -> Checkpoint:
    return Checkpoint(row[0], row[1], row[2], row[3], bool(row[4]))
