"""The schema `webhooks` of a record's database: how far each webhook was told, and the secrets that sign for it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from txapi.record.postgres.database import PostgresDatabase

if TYPE_CHECKING:
    from txapi.record.database import Database

SCHEMA = "webhooks"
_FEW_CONNECTIONS = 4
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi webhooks', 0))"


def open_tables(dsn: str, tables: tuple[str, ...]) -> Database:
    """The tables of the schema, made by these statements where they are missing. RecordUnavailable."""
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database, database.transaction() as change:
        if change.execute("SELECT to_regclass('webhooks.secrets') IS NULL").fetchone() == (1,):
            # Nodes that start at once would each make it; the second one waits here, and then finds it.
            change.execute(_ONE_AT_A_TIME)
            change.execute("CREATE SCHEMA IF NOT EXISTS webhooks")
            for table in tables:
                change.execute(table)
            # Whoever may read the record through a role of its own may not for that reason sign in its name.
            change.execute("REVOKE ALL ON SCHEMA webhooks FROM PUBLIC")
    return PostgresDatabase(dsn, SCHEMA, most_connections=_FEW_CONNECTIONS)
