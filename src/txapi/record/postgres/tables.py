"""The tables of a record on PostgreSQL: made once, however many nodes start at the same moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from txapi.record.conflicts import NotARecord
from txapi.record.postgres import files
from txapi.record.postgres.committing import transaction
from txapi.record.postgres.reaching import out_of_reach, reached

if TYPE_CHECKING:
    from txapi.record.ids import Ids
    from txapi.record.postgres.connecting import DatabaseConnection

FORMAT = 1
"""The version of the tables below; a database of another format is not opened."""

MAKING_LOCK = 0x7478617000000001
"""The advisory lock under which schemas are made and changed."""

STANDING = "topic LIKE 'reference.%' OR topic LIKE 'unit.%'"

_TABLES = f"""
CREATE SCHEMA record;
CREATE TABLE record.meta (key TEXT COLLATE "C" PRIMARY KEY, value TEXT COLLATE "C" NOT NULL);
CREATE TABLE record.events (
    position BIGINT PRIMARY KEY,
    recorded_at BIGINT NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    state BYTEA NOT NULL,
    UNIQUE (stream, version)
);
CREATE TABLE record.commands (
    subject TEXT COLLATE "C" NOT NULL,
    command_id TEXT COLLATE "C" NOT NULL,
    input_hash BYTEA NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (subject, command_id)
);
CREATE TABLE record.keys (
    kind TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, value)
);
CREATE TABLE record.deadlines (stream TEXT COLLATE "C" PRIMARY KEY, due BIGINT NOT NULL);
CREATE INDEX deadlines_due ON record.deadlines (due);
CREATE INDEX commands_first ON record.commands (first);
CREATE INDEX events_standing ON record.events (position) WHERE {STANDING};
-- One row: the time at or before which nothing is recorded any more, and a count that is written to have something committed.
CREATE TABLE record.settled (
    one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
    until BIGINT NOT NULL,
    barriers BIGINT NOT NULL
);
INSERT INTO record.settled (until, barriers) VALUES (0, 0);
INSERT INTO record.meta VALUES ('format', '{FORMAT}');
CREATE SCHEMA nodes;
-- The epoch is part of a unique key, so that whoever takes a lease over waits for the transactions that rely on it.
CREATE TABLE nodes.leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    UNIQUE (name, epoch)
);
CREATE TABLE nodes.live (
    node TEXT COLLATE "C" PRIMARY KEY,
    fingerprint TEXT COLLATE "C" NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    seen TIMESTAMPTZ NOT NULL
);
CREATE SCHEMA IF NOT EXISTS txapi_sql;
"""


def make(connection: DatabaseConnection, ids: Ids) -> None:
    """Make what is missing of the tables, and give the record its identifier. NotARecord where the database is another's."""
    with transaction(connection):
        _make_tables(connection)
        if "record_id" not in facts(connection):
            connection.execute(
                "INSERT INTO record.meta VALUES ('record_id', $1), ('created', $2)",
                (ids.uuid(), datetime.now(UTC).isoformat()),
            )


def prepare(dsn: str) -> None:
    """Make what is missing of the tables in a database. NotARecord, RecordUnavailable."""
    try:
        with reached(dsn, session="read-write") as connection:
            make_tables(connection)
    except psycopg.Error as error:
        raise out_of_reach(dsn, error, "cannot be written") from error


def make_tables(connection: DatabaseConnection) -> None:
    """Make what is missing of the tables. NotARecord where the database cannot hold a record."""
    with transaction(connection):
        _make_tables(connection)


def _make_tables(connection: DatabaseConnection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock($1)", (MAKING_LOCK,))
    if not _exists(connection, "record"):
        if _exists(connection, "ledger"):
            # An empty record beside what was promised of another one would only be in its way.
            raise NotARecord("it holds a ledger without its record: restore the record, or take another database")
        # A statement would answer in that encoding, and so perhaps with bytes.
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise NotARecord(f"the database has the encoding {encoding}: a record needs UTF8")
        connection.execute(_TABLES)
    if not _exists(connection, files.SCHEMA):
        connection.execute(files.TABLES)
    if connection.execute("SELECT to_regclass('files.uploads') IS NULL").fetchone() == (True,):
        connection.execute(files.UPLOADS)


def _exists(connection: DatabaseConnection, schema: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = $1", (schema,)).fetchone() is not None


def facts(connection: DatabaseConnection) -> dict[str, str]:
    """What the record says of itself. NotARecord where there is none, or one of another format."""
    try:
        found = dict(connection.execute("SELECT key, value FROM record.meta").fetchall())
    except (errors.UndefinedTable, errors.UndefinedColumn):
        raise NotARecord("there is no record in the database") from None
    if found.get("format") != str(FORMAT):
        raise NotARecord(f"the record has the format {found.get('format')}; this version knows format {FORMAT}")
    return found
