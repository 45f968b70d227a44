"""The schema `ledger` of a record's database: the tables of the ledger, as they are in `ledger.db` of an embedded record."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from psycopg import errors

from txapi.record.ledger_tables import FORMAT, NotALedger
from txapi.record.postgres.connecting import shown
from txapi.record.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from txapi.record.database import Connection, Database

SCHEMA = "ledger"
_FEW_CONNECTIONS = 6
_TABLES = """
CREATE SCHEMA ledger;
CREATE TABLE ledger.meta (key TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE ledger.tiles (level BIGINT, number BIGINT, hashes BYTEA NOT NULL, PRIMARY KEY (level, number));
CREATE TABLE ledger.checkpoints (
    size BIGINT PRIMARY KEY, root BYTEA NOT NULL, signed_at BIGINT NOT NULL, note TEXT NOT NULL, published BIGINT NOT NULL
);
CREATE TABLE ledger.statements (
    kind TEXT COLLATE "C", size BIGINT, about TEXT COLLATE "C", note TEXT NOT NULL, PRIMARY KEY (kind, size, about)
);
CREATE TABLE ledger.witnesses (name TEXT COLLATE "C" PRIMARY KEY, size BIGINT NOT NULL);
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi ledger', 0))"


def is_begun(dsn: str) -> bool:
    """Whether the schema is there and a ledger was begun in it."""
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database:
        return bool(_facts(database))


def begin(dsn: str, facts: dict[str, str]) -> None:
    """Make the schema; where another node was faster, what it made stays."""
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database, database.transaction() as change:
        make(change, facts)


def make(change: Connection, facts: dict[str, str]) -> None:
    """Make it in a transaction of the record's, whose statements mean its tables from then on."""
    change.execute("SET LOCAL search_path = ledger, txapi_sql")
    # Nodes that start at once would each make it; the second one waits here, and then finds it.
    change.execute(_ONE_AT_A_TIME)
    if change.execute("SELECT to_regclass('ledger.meta') IS NULL").fetchone() == (1,):
        change.execute(_TABLES)
    if change.execute("SELECT count(*) FROM meta").fetchone() == (0,):
        change.executemany("INSERT INTO meta VALUES (?, ?)", [*facts.items(), ("format", str(FORMAT))])


def open_tables(dsn: str) -> tuple[Database, dict[str, str]]:
    """The tables, and what the ledger tells of itself. NotALedger."""
    database = PostgresDatabase(dsn, SCHEMA, most_connections=_FEW_CONNECTIONS)
    try:
        facts = _facts(database)
        form = facts.pop("format", None)
        if form != str(FORMAT):
            raise NotALedger(f"there is no ledger of format {FORMAT} in {shown(dsn)}, but {form or 'none at all'}")
    except BaseException:
        database.close()
        raise
    return database, facts


def _facts(database: PostgresDatabase) -> dict[str, str]:
    try:
        with database.lent() as connection:
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except errors.UndefinedTable:
        return {}
