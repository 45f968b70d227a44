"""Where a ledger is kept: in `ledger.db` beside the embedded record, or in the schema `ledger` of the record's database."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from txapi.record.conflicts import RecordError
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_files import connect
from txapi.record.tiles import TILES

if TYPE_CHECKING:
    from pathlib import Path

    from txapi.record.database import Database
    from txapi.record.place import Place

LEDGER_FILE = "ledger.db"
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
_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite writes beside a database, by its suffix."""


class NotALedger(RecordError):
    """There is no ledger in that place, or one of another record, key, origin or format."""


def is_begun(place: Place) -> bool:
    """Whether anything of the record was ever signed there."""
    if place.database is not None:
        from txapi.record.postgres.ledger_schema import is_begun as is_begun_there

        return is_begun_there(place.database)
    return (place.folder / LEDGER_FILE).exists()


def begin(place: Place, facts: dict[str, str]) -> None:
    """Make the tables of a ledger that tells this of itself, whole or not at all. Where another node was faster, its ledger stays."""
    if place.database is not None:
        from txapi.record.postgres.ledger_schema import begin as begin_there

        begin_there(place.database, facts)
    else:
        _begin_file(place.folder / LEDGER_FILE, facts)


def open_tables(place: Place) -> tuple[Database, dict[str, str]]:
    """The tables of a ledger, and what it tells of itself. NotALedger."""
    if place.database is not None:
        from txapi.record.postgres.ledger_schema import open_tables as open_there

        return open_there(place.database)
    path = place.folder / LEDGER_FILE
    return SQLiteDatabase(path), _facts_of_file(path)


def _begin_file(path: Path, facts: dict[str, str]) -> None:
    # Under another name first: a ledger that a crash left half made would never be opened again.
    made = path.with_name(f"{path.name}.begun")
    # What lies beside a ledger that somebody deleted belongs to no file any more.
    for stale in (made, *(path.with_name(name + suffix) for name in (made.name, path.name) for suffix in _BESIDE)):
        stale.unlink(missing_ok=True)
    with contextlib.closing(connect(made)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    made.rename(path)


def _facts_of_file(path: Path) -> dict[str, str]:
    try:
        with contextlib.closing(connect(path)) as connection:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            form = connection.execute("PRAGMA user_version").fetchone()[0]
            if (kind, form) != (_APPLICATION_ID, FORMAT):
                raise NotALedger(f"{path} is no ledger of format {FORMAT}")
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.DatabaseError as error:
        raise NotALedger(f"{path} cannot be read as a ledger: {error}") from error
