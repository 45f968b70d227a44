"""The schema `person_keys` of a record's database: the wrapped keys of persons, and what was destroyed.

It is apart from the schema of the record, so that who copies or dumps the record takes no key along. What a base backup or the
write-ahead log keeps of a destroyed key is wrapped under the master key, which is in neither.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec

from txapi.record.at_need import DatabaseAtNeed
from txapi.record.master_key import MasterKey
from txapi.record.person_keys import Erasure, KeyDestroyed, Notes, OnProgress, Rewrapped, in_order
from txapi.record.postgres.database import FEW_CONNECTIONS, PostgresDatabase

if TYPE_CHECKING:
    from txapi.record.database import Connection

SCHEMA = "person_keys"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi person_keys', 0))"
_THERE = "SELECT 1 WHERE to_regclass('person_keys.destroyed') IS NOT NULL"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (person TEXT PRIMARY KEY, wrapped TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS destroyed (person TEXT PRIMARY KEY, erasure TEXT NOT NULL)",
)


class DatabasePersonKeys:
    """The keys in a database, for every node of it."""

    def __init__(self, dsn: str, master: MasterKey, notes: Notes) -> None:
        """Nothing is asked of the database before somebody asks for a key. From then on: RecordUnavailable."""
        self._dsn = dsn
        self._master = master
        self._notes = notes
        self._at_need = DatabaseAtNeed(SCHEMA, lambda: PostgresDatabase(dsn, SCHEMA, most_connections=FEW_CONNECTIONS))
        self._is_there = False
        self._under: str | None = None
        """Under which master key the keys were when one was opened last."""

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """A transaction on the tables, which are made where they are missing; one at a time, on any node."""
        database = self._at_need.open()
        if not self._is_there:
            _make_tables(self._dsn)
            self._is_there = True
        with database.transaction() as change:
            change.execute(_ONE_AT_A_TIME)
            yield change

    def _found(self, statement: str, parameters: Sequence[str] = ()) -> list[tuple[str, ...]]:
        """What a question finds: nothing where there are no tables, for who only reads makes none."""
        with self._at_need.open().lent() as connection:
            if not self._is_there:
                self._is_there = connection.execute(_THERE).fetchone() == (1,)
            return connection.execute(statement, parameters).fetchall() if self._is_there else []

    def make(self, person: str) -> bytes:
        """As `PersonKeys.make`."""
        with self._changing() as change:
            return self._kept(change, person, os.urandom(32))

    def keep(self, person: str, key: bytes) -> None:
        """As `PersonKeys.keep`."""
        with self._changing() as change:
            self._kept(change, person, key)

    def _kept(self, change: Connection, person: str, key: bytes) -> bytes:
        """The key that is kept of a person: the one that is there already, or else this one."""
        destroyed = change.execute("SELECT 1 FROM destroyed WHERE person = ?", (person,)).fetchone()
        if destroyed is not None or self._notes.hold(person):
            raise KeyDestroyed(person)
        found = change.execute("SELECT wrapped FROM keys WHERE person = ?", (person,)).fetchone()
        if found is not None:
            return self._unwrapped(person, found[0])[0]
        other = change.execute("SELECT person, wrapped FROM keys LIMIT 1").fetchone()
        # A node whose folder lacks the master key, or has another, would make a key that the others cannot open. All stored keys
        # are under one: where the next one lies here already, the other nodes may not have it yet.
        under = self._master.current(create=True) if other is None else self._unwrapped(*other)[1]
        wrapped = self._master.wrapped(person, key, under)
        change.execute("INSERT INTO keys VALUES (?, ?)", (person, wrapped.hex()))
        return key

    def get(self, persons: Iterable[str]) -> Mapping[str, bytes]:
        """As `PersonKeys.get`."""
        wanted = [person for person in persons if not self._notes.hold(person)]
        if not wanted:
            return {}
        marks = ", ".join("?" * len(wanted))
        rows = self._found(f"SELECT person, wrapped FROM keys WHERE person IN ({marks})", wanted)
        return {person: self._unwrapped(person, wrapped)[0] for person, wrapped in rows}

    def _unwrapped(self, person: str, wrapped: str) -> tuple[bytes, str]:
        key, under = self._master.opened(person, bytes.fromhex(wrapped))
        if under != self._under:
            # Another node may have wrapped all of them under the key that lay here as the next one.
            self._master.settle(under)
            self._under = under
        return key, under

    def check(self) -> None:
        """As `PersonKeys.check`."""
        self.get([person for (person,) in self._found("SELECT person FROM keys ORDER BY person LIMIT 1")])

    def destroy(self, erasure: Erasure) -> None:
        """As `PersonKeys.destroy`.

        It is noted in this node's folder first: a database that is restored to an earlier time knows nothing of it.
        """
        self._notes.add(erasure)
        with self._changing() as change:
            change.execute(
                "INSERT INTO destroyed VALUES (?, ?) ON CONFLICT (person) DO NOTHING",
                (erasure.person, msgspec.json.encode(erasure).decode()),
            )
            change.execute("DELETE FROM keys WHERE person = ?", (erasure.person,))

    def prepare_master(self) -> str:
        """As `PersonKeys.prepare_master`."""
        with self._master.changing():
            return self._master.prepare_next()

    def rewrap(self, on_progress: OnProgress = lambda done, of: None) -> Rewrapped:
        """As `PersonKeys.rewrap`: all of them in one transaction, so that the keys are never under two master keys."""
        with self._master.changing():
            old, new = self._master.current(), self._master.prepare_next()
            with self._changing() as change:
                done = self._rewrapped(change, new, on_progress)
            kept, self._under = self._master.take_over(), new
            return Rewrapped(done, old, new, kept)

    def _rewrapped(self, change: Connection, new: str, on_progress: OnProgress) -> int:
        rows = change.execute("SELECT person, wrapped FROM keys ORDER BY person").fetchall()
        changed, destroyed = [], []
        for number, (person, wrapped) in enumerate(rows, 1):
            if self._notes.hold(person):
                destroyed.append((person,))
                continue
            key, under = self._master.opened(person, bytes.fromhex(wrapped))
            if under != new:
                changed.append((self._master.wrapped(person, key, new).hex(), person))
            on_progress(number, len(rows))
        change.executemany("DELETE FROM keys WHERE person = ?", destroyed)
        change.executemany("UPDATE keys SET wrapped = ? WHERE person = ?", changed)
        return len(changed)

    def persons(self) -> frozenset[str]:
        """As `PersonKeys.persons`."""
        return frozenset(person for (person,) in self._found("SELECT person FROM keys"))

    def erasures(self) -> list[Erasure]:
        """As `PersonKeys.erasures`."""
        rows = self._found("SELECT erasure FROM destroyed")
        known = {each.person: each for each in self._notes.all()}
        return in_order((known | {each.person: each for each in map(_erasure, rows)}).values())

    def abandon(self) -> None:
        """As `PersonKeys.abandon`."""
        self._at_need.abandon()

    def close(self) -> None:
        """As `PersonKeys.close`."""
        self._at_need.close()


def _erasure(row: tuple[str, ...]) -> Erasure:
    return msgspec.json.decode(row[0], type=Erasure)


def _make_tables(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database, database.transaction() as change:
        if change.execute(_THERE).fetchone() != (1,):
            # Nodes that start at once would each make it; the second one waits here, and then finds it.
            change.execute(_ONE_AT_A_TIME)
            change.execute("CREATE SCHEMA IF NOT EXISTS person_keys")
            for table in _TABLES:
                change.execute(table)
            change.execute("REVOKE ALL ON SCHEMA person_keys FROM PUBLIC")
