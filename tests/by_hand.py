"""The tables of a record or of its ledger, changed by hand behind the back of the product, on either store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from tests.stores import place
from txapi.record.database import Connection, Database
from txapi.record.ledger_tables import LEDGER_FILE
from txapi.record.sqlite_database import SQLiteDatabase

_FILES = {"ledger": LEDGER_FILE, "record": "record.db"}


@contextmanager
def by_hand(folder: Path, tables: Literal["ledger", "record"]) -> Iterator[Connection]:
    """A transaction on the tables of the record in that folder, on the store of the running test."""
    where = place(folder)
    database: Database
    if where.database is None:
        database = SQLiteDatabase(folder / _FILES[tables])
    else:
        from txapi.record.postgres.database import PostgresDatabase

        database = PostgresDatabase(where.database, tables, most_connections=1)
    with closing(database), database.transaction() as connection:
        yield connection
