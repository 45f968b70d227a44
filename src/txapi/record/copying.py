"""A record copied into another place, verbatim: positions, times, bytes, keys, deadlines, commands, and its ledger with them."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from txapi.record.conflicts import NotARecord, RecordError
from txapi.record.database import copy_rows
from txapi.record.files import open_files
from txapi.record.ledger_tables import LEDGER_FILE, begin, is_begun, open_tables
from txapi.record.naming import NAMING, first_named
from txapi.record.place import Place
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.database import Connection, Database

STAGING = ".copying"
"""The folder, inside the new one and so on the same disk, in which a copied record lies until it is whole."""

_RECORD = {
    "events": "position, recorded_at, stream, version, topic, state",
    "commands": "subject, command_id, input_hash, first, last",
    "keys": "kind, value, stream",
    "deadlines": "stream, due",
    "meta": "key, value",
}
_LEDGER = {
    "tiles": "level, number, hashes",
    "checkpoints": "size, root, signed_at, note, published",
    "statements": "kind, size, about, note",
    "witnesses": "name, size",
}
"""The tables that are copied, and their columns, which both stores have."""


class NotEmpty(RecordError):
    """There is a record in that place already, and nothing is ever written over one."""


class Seen(NamedTuple):
    """One state of a record and of its ledger, if anything was ever signed, as connections that see it."""

    record: Connection
    ledger: Connection | None
    facts: dict[str, str]


def copy_record(
    source: Place,
    target: Place,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
    *,
    with_files: bool = True,
) -> int:
    """Copy the record in `source`, as it is at this moment, and its ledger to `target`, where there is none; how many events.

    Keys stay where they are. All of it arrives at once: whoever interrupts it finds a place that can be copied into again.
    The files that its events name come first, so they are there as soon as the record is. Nobody may use the target
    meanwhile. NotARecord, NotEmpty, RecordUnavailable, FileMissing, FileDamaged.
    """
    for place in (source, target):
        if place.database is not None:
            _reach(place.database)
    copied: frozenset[str] = frozenset()
    if with_files:
        _must_take_a_record(target)
        # Copying files takes long, and a snapshot that says nothing meanwhile would be ended. What is attached until the
        # record is seen is copied then: little, at most.
        copied = _copy_files(source, target, _named(source), copied)
    with ExitStack() as held:
        seen = _seen(source, held)
        of = int(seen.record.execute("SELECT count(*) FROM events").fetchone()[0])
        if with_files:
            _copy_files(source, target, set(first_named(seen.record.stream(NAMING))), copied)
        told = partial(_tell, on_progress, of)
        if target.database is None:
            _into_files(seen, target, told)
        else:
            _into_database(seen, target, target.database, told)
    return of


def _seen(source: Place, held: ExitStack) -> Seen:
    ledger: Connection | None = None
    facts: dict[str, str] = {}
    if is_begun(source):
        # The ledger is looked at first: the record then holds at least what the ledger has entered.
        tables, _ = open_tables(source)
        ledger = held.enter_context(held.enter_context(closing(tables)).snapshot())
        # As of the same state as all the rest: the record's key may be rotated at this very moment.
        told = ledger.execute("SELECT key, value FROM meta WHERE key <> 'format' ORDER BY key")
        facts = dict(told.fetchall())
    database = held.enter_context(closing(_tables(source)))
    record = held.enter_context(database.snapshot())
    try:
        record.execute("SELECT 1 FROM meta").fetchone()
    except database.unreadable as error:
        raise NotARecord(f"there is no record in {source}") from error
    return Seen(record, ledger, facts)


def _named(source: Place) -> set[str]:
    with closing(_tables(source)) as database:
        try:
            with database.snapshot() as seen:
                return set(first_named(seen.stream(NAMING)))
        except database.unreadable as error:
            raise NotARecord(f"there is no record in {source}") from error


def _copy_files(source: Place, target: Place, named: set[str], copied: frozenset[str]) -> frozenset[str]:
    if named - copied:
        with (
            closing(open_files(source, owner=False)) as ours,
            closing(open_files(target, owner=False, written=True)) as theirs,
        ):
            for sha256 in sorted(named - copied):
                with ours.open(sha256) as file:
                    theirs.put(file, sha256)
    return copied | named


def _must_take_a_record(target: Place) -> None:
    """Refuse before anything is copied; whoever begins a record there meanwhile is told of later."""
    if target.database is not None:
        from txapi.record.postgres.tables import prepare

        prepare(target.database)
        _must_be_empty(target)
    else:
        if (target.folder / RECORD_FILE).exists():
            _must_be_empty(target)
        target.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _into_database(seen: Seen, target: Place, dsn: str, told: Callable[[int], None]) -> None:
    from txapi.record.postgres.ledger_schema import make
    from txapi.record.postgres.tables import prepare

    if is_begun(target):
        raise NotEmpty(f"there is a ledger in {target} already")
    prepare(dsn)
    with closing(_tables(target)) as copied, copied.transaction() as change:
        change.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        _copy_record(seen, change, target, told)
        if seen.ledger is not None:
            make(change, seen.facts)
            _copy_ledger(seen.ledger, change)


def _into_files(seen: Seen, target: Place, told: Callable[[int], None]) -> None:
    """Two files cannot be made in one transaction: both get their names when they are whole, and the record's is the last."""
    folder = target.folder
    staging, file = folder / STAGING, folder / RECORD_FILE
    if staging.exists():
        if not file.exists() and not (staging / LEDGER_FILE).exists():
            # Interrupted between the two names, if at all: this ledger came from the staging folder.
            (folder / LEDGER_FILE).unlink(missing_ok=True)
        shutil.rmtree(staging)
    if is_begun(target):
        raise NotEmpty(f"there is a ledger in {target} already")
    if file.exists():
        _must_be_empty(target)
    staging.mkdir(mode=0o700, parents=True)
    SQLiteStore(staging / RECORD_FILE).close()
    with closing(SQLiteDatabase(staging / RECORD_FILE)) as copied, copied.transaction() as change:
        _copy_record(seen, change, target, told)
    for name in (RECORD_FILE, f"{RECORD_FILE}-wal", f"{RECORD_FILE}-shm"):
        (folder / name).unlink(missing_ok=True)
    if seen.ledger is not None:
        here = Place(staging)
        begin(here, seen.facts)
        tables, _ = open_tables(here)
        with closing(tables), tables.transaction() as change:
            _copy_ledger(seen.ledger, change)
        (staging / LEDGER_FILE).rename(folder / LEDGER_FILE)
    (staging / RECORD_FILE).rename(file)
    shutil.rmtree(staging)


def _copy_record(seen: Seen, change: Connection, target: Place, told: Callable[[int], None]) -> None:
    if change.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None:
        raise NotEmpty(f"there is a record in {target} already")
    # What an empty record tells of itself makes room for what this one tells.
    change.execute("DELETE FROM meta")
    for table, columns in _RECORD.items():
        copy_rows(seen.record, change, table, columns, told if table == "events" else None)


def _copy_ledger(seen: Connection, change: Connection) -> None:
    for table, columns in _LEDGER.items():
        copy_rows(seen, change, table, columns)


def _must_be_empty(target: Place) -> None:
    with closing(_tables(target)) as database, database.lent() as connection:
        if connection.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None:
            raise NotEmpty(f"there is a record in {target} already")


def _reach(dsn: str) -> None:
    from txapi.record.postgres.reaching import reached

    reached(dsn).close()


def _tables(place: Place) -> Database:
    if place.database is not None:
        from txapi.record.postgres.database import PostgresDatabase

        return PostgresDatabase(place.database, "record", most_connections=1)
    path = place.folder / RECORD_FILE
    if not path.exists():
        raise NotARecord(f"there is no record at {path}")
    return SQLiteDatabase(path)


def _tell(on_progress: Callable[[int, int], None], of: int, done: int) -> None:
    on_progress(done, of)
