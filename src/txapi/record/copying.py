"""A record copied into another place, verbatim: positions, times, bytes, keys, deadlines, commands, and its ledger with them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

from txapi.record.conflicts import NotARecord, RecordError
from txapi.record.database import Dialect, copy_rows
from txapi.record.ledger_tables import begin, is_begun, open_tables
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_store import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.database import Database
    from txapi.record.place import Place


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


def copy_record(source: Place, target: Place, on_progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Copy the record in `source`, as it is at this moment, and its ledger to `target`, where there is none; how many events.

    Keys stay where they are. The events arrive in one transaction: whoever interrupts it finds an empty record. Nobody may
    use the target meanwhile. NotARecord, NotEmpty.
    """
    _make(target)
    with ExitStack() as held:
        # The ledger is looked at first: the record then holds at least what the ledger has entered.
        signed = None
        if is_begun(source):
            if is_begun(target):
                raise NotEmpty(f"there is a ledger in {target} already")
            ledger, facts = open_tables(source)
            signed = facts, held.enter_context(held.enter_context(closing(ledger)).snapshot())
            signed[1].execute("SELECT 1 FROM meta").fetchone()
        seen = held.enter_context(held.enter_context(closing(_tables(source))).snapshot())
        copied = held.enter_context(closing(_tables(target)))
        with copied.transaction() as change:
            if change.dialect is Dialect.POSTGRESQL:
                change.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            if change.execute("SELECT 1 FROM events LIMIT 1").fetchone() is not None:
                raise NotEmpty(f"there is a record in {target} already")
            # What an empty record tells of itself makes room for what this one tells.
            change.execute("DELETE FROM meta")
            of = seen.execute("SELECT count(*) FROM events").fetchone()[0]
            for table, columns in _RECORD.items():
                told = partial(_tell, on_progress, of) if table == "events" else None
                copy_rows(seen, change, table, columns, told)
        if signed is not None:
            begin(target, signed[0])
            tables, _ = open_tables(target)
            with closing(tables), tables.transaction() as change:
                for table, columns in _LEDGER.items():
                    copy_rows(signed[1], change, table, columns)
    return int(of)


def _make(target: Place) -> None:
    """An empty record, where there is none."""
    if target.database is None:
        target.folder.mkdir(parents=True, exist_ok=True)
        SQLiteStore(target.folder / RECORD_FILE).close()
        return
    from txapi.record.postgres.connecting import connect
    from txapi.record.postgres.tables import make_tables

    with connect(target.database, target_session_attrs="read-write") as connection:
        make_tables(connection)


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
