"""The ledger 账本: the Merkle tree over the record's entries, its signed checkpoints, and what is signed beside them.

It lies in `ledger.db` beside the record, and is written by the record's owner. Its tiles follow from the record; its
checkpoints are the promises that were given, so they are kept for ever, and nothing is signed that breaks one.
"""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Self

from txapi.record import merkle
from txapi.record.checkpoints import (
    CHECKPOINT,
    LAST,
    Checkpoint,
    Statement,
    checkpoint_of,
    handovers_in,
    must_follow,
    one_checkpoint,
)
from txapi.record.conflicts import RecordError, RecordUnavailable
from txapi.record.database import Dialect
from txapi.record.entries import entry_of
from txapi.record.ledger_tables import LEDGER_FILE, NotALedger, begin, is_begun, open_tables
from txapi.record.notes import NoteKey, signed_by
from txapi.record.place import Place
from txapi.record.record_key import key_at_hand, key_of, must_name_a_key
from txapi.record.statements import HANDOVER, handed_over_from, handover_text
from txapi.record.tiles import WIDTH, Tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from txapi.record.database import Connection, Database, Fence
    from txapi.record.store import Row

__all__ = ["KEY_FILE", "LEDGER_FILE", "NO_POLICY", "BrokenPromise", "Checkpoint", "Ledger", "NotALedger", "Statement"]

KEY_FILE = "record-key.pem"

NO_POLICY = ""
"""The name of the policy of those who ask nobody to co-sign: every checkpoint is published."""

_FAR = 2**62
_IS_HERE = "SELECT 1 FROM record.events WHERE position = ? AND recorded_at = ? AND stream = ? AND version = ?"
_JUDGED_BY = "SELECT value FROM meta WHERE key = 'judged_by'"
_VKEY = "SELECT value FROM meta WHERE key = 'vkey'"


class BrokenPromise(RecordError):
    """What would be signed contradicts what was signed before: the record, or its ledger, was changed by hand."""


class Ledger:
    """The ledger of one record. Every method may be called from any thread; only the owner's write."""

    def __init__(self, database: Database, facts: dict[str, str], key: NoteKey | None, key_file: Path) -> None:
        self.key = key
        """The key that signed when it was last looked for; None where it is not at hand."""
        self.origin = facts["origin"]
        self.vkey = facts["vkey"]
        """The verifier key of the record when it was last looked for."""
        self._database = database
        self._key_file = key_file

    @classmethod
    def open(
        cls,
        where: Place | Path | str,
        record_id: str,
        *,
        owner: bool = False,
        origin: str | None = None,
        key_file: Path | None = None,
    ) -> Self:
        """Open the ledger of the record in that place; the owner begins it, with its key, where there is none.

        `origin` names a ledger that is begun (`txapi/<record id>` unless given); later it must be the same. A reader
        needs no key, and may sign where it has one. NotALedger, BadKey.
        """
        place = Place.of(where)
        key_file = key_file or place.folder / KEY_FILE
        if not is_begun(place):
            if not owner:
                raise NotALedger(f"there is no ledger in {place}: nothing of this record was ever signed")
            key = NoteKey.from_file(key_file, origin or f"txapi/{record_id}")
            begin(place, {"record_id": record_id, "origin": key.name, "vkey": key.vkey})
        database, facts = open_tables(place)
        try:
            must_name_a_key(facts, str(place))
            if facts.get("record_id") != record_id:
                raise NotALedger(f"{place} holds the ledger of record {facts.get('record_id')}, not of {record_id}")
            if origin is not None and origin != facts["origin"]:
                raise NotALedger(
                    f"the ledger in {place} was begun as {facts['origin']!r}; its origin cannot become {origin!r}"
                )
            with database.lent() as connection:
                former = [handed_over_from(each.note) for each in handovers_in(connection)]
            found = key_at_hand(key_file, facts["origin"], facts["vkey"], former, str(place), needed=owner)
            return cls(database, facts, found, key_file)
        except BaseException:
            database.close()
            raise

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many events are entered; the last checkpoint may attest fewer."""
        with self._tiles() as tiles:
            return tiles.size()

    def latest(self, *, published: bool = False) -> Checkpoint | None:
        """The last checkpoint, or the last that enough witnesses signed."""
        where = " WHERE published = 1" if published else ""
        return self._one(f"{CHECKPOINT}{where} ORDER BY size DESC LIMIT 1")

    def covering(self, position: int) -> Checkpoint | None:
        """The first checkpoint that attests the event at that position."""
        return self._one(f"{CHECKPOINT} WHERE size >= ? ORDER BY size LIMIT 1", position)

    def at(self, size: int) -> Checkpoint | None:
        """The checkpoint of exactly that size."""
        return self._one(f"{CHECKPOINT} WHERE size = ?", size)

    def checkpoints(self, after_size: int = 0, limit: int = 500) -> list[Checkpoint]:
        """At most `limit` checkpoints that attest more than `after_size` events, in order."""
        with self._database.lent() as connection:
            found = connection.execute(f"{CHECKPOINT} WHERE size > ? ORDER BY size LIMIT ?", (after_size, limit))
            return [checkpoint_of(row) for row in found]

    def statements(
        self, kind: str, after_size: int = 0, until_size: int | None = None, limit: int = 10_000
    ) -> list[Statement]:
        """At most `limit` statements of a kind beside checkpoints in that range, in order of their sizes."""
        until = _FAR if until_size is None else until_size
        with self._database.lent() as connection:
            found = connection.execute(
                "SELECT kind, size, about, note FROM statements WHERE kind = ? AND size > ? AND size <= ?"
                " ORDER BY size, about LIMIT ?",
                (kind, after_size, until, limit),
            )
            return [Statement(*row) for row in found]

    def handovers(self) -> list[Statement]:
        """How the record went from each of its keys to the next, in order; `size` is that up to which the former signed."""
        with self._database.lent() as connection:
            return handovers_in(connection)

    def vkey_now(self) -> str:
        """The verifier key of the record, looked for anew: another process may have handed it over."""
        with self._database.lent() as connection:
            self.vkey = connection.execute(_VKEY).fetchone()[0]
        return self.vkey

    def _one(self, sql: str, *parameters: int) -> Checkpoint | None:
        with self._database.lent() as connection:
            return one_checkpoint(connection, sql, *parameters)

    @contextlib.contextmanager
    def _tiles(self) -> Iterator[Tiles]:
        with self._database.lent() as connection:
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

    def node(self, level: int, number: int) -> bytes:
        """The hash of a full subtree by level and number. A ValueError where the tree does not reach so far."""
        with self._tiles() as tiles:
            return tiles.node(level, number)

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
        with self._database.lent() as connection:
            return dict(connection.execute("SELECT name, size FROM witnesses").fetchall())

    # -- writing ---------------------------------------------------------------------------------------------------

    def enter(self, rows: Sequence[Row], fence: Fence | None = None) -> None:
        """Enter stored events, which must follow those entered. BrokenPromise where they do not.

        Here and below, a `fence` is the lease that whoever signs holds: LeaseLost where another holds it by now.
        """
        with self._transaction(fence) as connection:
            tiles = Tiles(connection)
            size = tiles.size()
            for expected, row in enumerate(rows, size + 1):
                if row.position != expected:
                    raise BrokenPromise(f"position {row.position} follows where {expected} is expected")
            if (
                rows
                and connection.dialect is Dialect.POSTGRESQL
                and connection.execute(_IS_HERE, rows[-1][:4]).fetchone() is None
            ):
                # Read on a server that was the primary once, which alone has it: to sign for it could not be taken back.
                raise RecordUnavailable(
                    f"the event at position {rows[-1].position} is not in the record of this server"
                )
            tiles.append(merkle.leaf_hash(entry_of(row)) for row in rows)

    def sign(
        self,
        size: int,
        signed_at: int,
        statements: Iterable[tuple[str, str, str]],
        *,
        publish: bool,
        policy: str = NO_POLICY,
        fence: Fence | None = None,
    ) -> Checkpoint:
        """Sign a checkpoint over the first `size` events, and statements (kind, about, text) beside it, together.

        `policy` names what `publish` goes by, as `judge` is told it.
        BrokenPromise where the tree does not extend the last checkpoint, or that one does not bear our signature.
        """
        with self._transaction(fence) as connection:
            key = self._signing_key(connection)
            tiles = Tiles(connection)
            last = one_checkpoint(connection, LAST)
            if last is not None:
                self._must_be_kept(last, tiles, connection)
                if size <= last.size:
                    raise BrokenPromise(f"a checkpoint of {size} events does not extend that of {last.size}")
            root = merkle.root(tiles.node, size)
            note = key.sign(f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n")
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?)", (size, root, signed_at, note, publish))
            connection.executemany(
                "INSERT INTO statements VALUES (?, ?, ?, ?)",
                [(kind, size, about, key.sign(text)) for kind, about, text in statements],
            )
            # A checkpoint by another policy than the others: whoever judges next has to look at all of them.
            connection.execute("DELETE FROM meta WHERE key = 'judged_by' AND value <> ?", (policy,))
        return Checkpoint(size, root, signed_at, note, publish)

    def _must_be_kept(self, last: Checkpoint, tiles: Tiles, connection: Connection) -> None:
        promised = f"{self.origin}\n{last.size}\n{base64.b64encode(last.root).decode()}\n\n"
        signer = self._vkey_at(connection, last.size)
        if not last.note.startswith(promised) or not signed_by(signer, last.note):
            raise BrokenPromise(f"the checkpoint of size {last.size} does not bear the signature of {self.origin}")
        if merkle.root(tiles.node, last.size) != last.root:
            raise BrokenPromise(f"the ledger does not extend its checkpoint of {last.size} events")

    def _vkey_at(self, connection: Connection, size: int) -> str:
        """The key that signed the checkpoint of that size: of each hand-over, what the later key has signed tells the earlier."""
        vkey = self._signing_key(connection).vkey
        for handover in reversed(handovers_in(connection)):
            if not signed_by(vkey, handover.note):
                raise BrokenPromise(f"the hand-over after {handover.size} events does not bear the signature of {vkey}")
            if size > handover.size:
                break
            vkey = handed_over_from(handover.note)
        return vkey

    def state(self, size: int, kind: str, about: str, text: str, fence: Fence | None = None) -> None:
        """Sign a statement beside a checkpoint that was signed before; one that is there already stays as it is.

        Nothing is signed beside a checkpoint of an earlier key (`states_beside`).
        """
        with self._transaction(fence) as connection:
            key = self._signing_key(connection)
            if self._vkey_at(connection, size) == key.vkey:
                connection.execute(
                    "INSERT INTO statements VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (kind, size, about, key.sign(text)),
                )

    def states_beside(self, size: int) -> bool:
        """Whether something can still be stated beside a checkpoint of that size: not where an earlier key signed it."""
        return all(size > handover.size for handover in self.handovers())

    # -- the key -----------------------------------------------------------------------------------------------------

    def signing_key(self) -> NoteKey:
        """The key that signs now. NotALedger where this process has it not, or no longer: another has taken over."""
        with self._database.lent() as connection:
            return self._signing_key(connection)

    def lacks_key(self) -> str | None:
        """Why nothing can be signed here, in a sentence: the key is not here, or no longer the record's. None where it can."""
        try:
            self.signing_key()
        except NotALedger as error:
            return str(error)
        return None

    def _signing_key(self, connection: Connection) -> NoteKey:
        """As the ledger says at this moment: asked in the very transaction that signs, so that no earlier key signs in it."""
        vkey = connection.execute(_VKEY).fetchone()[0]
        if self.key is None or self.key.vkey != vkey:
            self.key = key_of(self._key_file, self.origin, vkey)
            self.vkey = vkey
        return self.key

    def hand_over(self, new: NoteKey, *, exposed: bool = False, fence: Fence | None = None) -> Statement:
        """Sign with another key from now on: the statement of it, which both keys sign, and the new verifier key, together.

        BrokenPromise where the last checkpoint is not one that can be built upon; BadKey where the key signed before, or the
        record was handed over `MOST_HANDOVERS` times.
        """
        with self._transaction(fence) as connection:
            old = self._signing_key(connection)
            before = handovers_in(connection)
            must_follow(before, old.vkey, new.vkey)
            last = one_checkpoint(connection, LAST)
            size, root = (0, merkle.EMPTY_ROOT) if last is None else (last.size, last.root)
            if last is not None:
                self._must_be_kept(last, Tiles(connection), connection)
            number, shown = len(before) + 1, base64.b64encode(root).decode()
            text = handover_text(self.origin, number, size, shown, old.vkey, new.vkey, exposed=exposed)
            made = Statement(HANDOVER, size, str(number), new.countersign(old.sign(text)))
            connection.execute("INSERT INTO statements VALUES (?, ?, ?, ?)", made)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'vkey'", (new.vkey,))
        self.key, self.vkey = new, new.vkey
        return made

    def has_statement(self, size: int, kind: str, about: str) -> bool:
        """Whether there is such a statement."""
        with self._database.lent() as connection:
            sql = "SELECT 1 FROM statements WHERE kind = ? AND size = ? AND about = ?"
            return connection.execute(sql, (kind, size, about)).fetchone() is not None

    def cosigned(
        self, size: int, lines: Sequence[str], sizes: dict[str, int], *, publish: bool, fence: Fence | None = None
    ) -> None:
        """Keep the cosignatures that witnesses gave to a checkpoint, and which size each of them knows now."""
        with self._transaction(fence) as connection:
            if lines:
                added = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
                connection.execute("UPDATE checkpoints SET note = note || ? WHERE size = ?", (added, size))
            if publish:
                connection.execute("UPDATE checkpoints SET published = 1 WHERE size = ?", (size,))
            connection.executemany(
                "INSERT INTO witnesses VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET size = excluded.size",
                sizes.items(),
            )

    def judge(self, policy: str, enough: Callable[[str], bool], fence: Fence | None = None) -> None:
        """Mark as published the checkpoints whose notes bear enough cosignatures, and those alone.

        `policy` names what `enough` goes by. Where all were judged and signed by that same policy, none is looked at.
        """
        with self._transaction(fence) as connection:
            if connection.execute(_JUDGED_BY).fetchone() == (policy,):
                return
            # Whoever is interrupted leaves some judged by one policy and some by another.
            connection.execute("DELETE FROM meta WHERE key = 'judged_by'")
        after = 0
        while page := self.checkpoints(after):
            changed = [(int(not one.published), one.size) for one in page if enough(one.note) != one.published]
            if changed:
                with self._transaction(fence) as connection:
                    connection.executemany("UPDATE checkpoints SET published = ? WHERE size = ?", changed)
            after = page[-1].size
        with self._transaction(fence) as connection:
            connection.execute("INSERT INTO meta VALUES ('judged_by', ?)", (policy,))

    @contextlib.contextmanager
    def _transaction(self, fence: Fence | None) -> Iterator[Connection]:
        with self._database.transaction(fence) as connection:
            if connection.dialect is Dialect.POSTGRESQL:
                # Whoever signs by hand beside a server holds no lease: two at once would grow the same tile twice.
                connection.execute("LOCK TABLE tiles IN SHARE ROW EXCLUSIVE MODE")
            yield connection

    def abandon(self) -> None:
        """Ask nothing of the database any more; see `Database.abandon`."""
        self._database.abandon()

    def close(self) -> None:
        """Let go of the tables. Closing twice is harmless."""
        self._database.close()
