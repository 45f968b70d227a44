"""Whether a database is there and who works on it: said at once and with the cause, before anything is begun."""

from __future__ import annotations

from contextlib import closing

import psycopg
from psycopg import errors

from txapi.record.conflicts import RecordUnavailable
from txapi.record.postgres.connecting import DatabaseConnection, connect, shown
from txapi.record.postgres.leases import LIVE, LIVE_SECONDS


def reached(dsn: str, *, session: str = "any") -> DatabaseConnection:
    """A connection to the database, for that kind of session (`target_session_attrs`).

    RecordUnavailable, with what the server or the network says, where there is none.
    """
    try:
        return connect(dsn, target_session_attrs=session)
    except psycopg.Error as error:
        raise out_of_reach(dsn, error) from error


def out_of_reach(dsn: str, error: psycopg.Error, what: str = "cannot be reached") -> RecordUnavailable:
    """What happened, in one line for people."""
    return RecordUnavailable(f"{shown(dsn)} {what}: {' '.join(str(error).split())}")


def live_nodes(dsn: str) -> list[str]:
    """The servers that were seen on the record within the last half minute. RecordUnavailable."""
    with closing(reached(dsn)) as connection:
        try:
            return [str(row[0]) for row in connection.execute(LIVE, (LIVE_SECONDS,))]
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return []  # Nobody ever served a record there.
        except psycopg.Error as error:
            raise out_of_reach(dsn, error) from error
