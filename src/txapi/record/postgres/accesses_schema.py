"""The schema `accesses` of a record's database: who read what is not everybody's to read."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from txapi.record.postgres.database import FEW_CONNECTIONS, PostgresDatabase

if TYPE_CHECKING:
    from txapi.record.database import Database

SCHEMA = "accesses"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi accesses', 0))"
_REFUSE = """CREATE FUNCTION accesses.refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'accesses are only added'; END $$"""
_ADDED_ONLY = (
    "CREATE TRIGGER added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accesses.accesses"
    " FOR EACH STATEMENT EXECUTE FUNCTION accesses.refuse()"
)


def is_begun(dsn: str) -> bool:
    """Whether the table is there. RecordUnavailable."""
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database, database.lent() as connection:
        return connection.execute("SELECT to_regclass('accesses.accesses') IS NULL").fetchone() == (False,)


def open_table(dsn: str, table: str) -> Database:
    """The table of the schema, made by that statement where it is missing. RecordUnavailable."""
    with closing(PostgresDatabase(dsn, SCHEMA, most_connections=1)) as database, database.transaction() as change:
        if change.execute("SELECT to_regclass('accesses.accesses') IS NULL").fetchone() == (1,):
            # Nodes that start at once would each make it; the second one waits here, and then finds it.
            change.execute(_ONE_AT_A_TIME)
            if change.execute("SELECT to_regclass('accesses.accesses') IS NULL").fetchone() == (1,):
                change.execute("CREATE SCHEMA IF NOT EXISTS accesses")
                change.execute(table)
                change.execute(_REFUSE)
                change.execute(_ADDED_ONLY)
                # Who reads the record through a role of its own does not for that reason read who read what.
                change.execute("REVOKE ALL ON SCHEMA accesses FROM PUBLIC")
    return PostgresDatabase(dsn, SCHEMA, most_connections=FEW_CONNECTIONS)
