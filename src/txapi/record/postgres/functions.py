"""Functions of SQLite that PostgreSQL lacks, by the same names, so that a question is written once.

They are short enough for the planner to put in the place of the call, and stay out of the way of PostgreSQL's own: the
schema comes last on the search path. JSON is text here as it is there; dates are ISO text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record.postgres.connecting import PostgresConnection

SCHEMA = "txapi_sql"
VERSION = 1
"""Rises with every change here. What a newer version of the code has made, an older one leaves alone."""

_DAY = "make_date(substr($1, 1, 4)::int, substr($1, 6, 2)::int, substr($1, 9, 2)::int)"
_LEAST = "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN least($1, $2) END"
_GREATEST = "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN greatest($1, $2) END"

# Signature, result, how far the result can change, and the expression.
_FUNCTIONS = (
    ("instr(text, text)", "bigint", "IMMUTABLE", "SELECT strpos($1, $2)::bigint"),
    ("julianday(text)", "double precision", "IMMUTABLE", f"SELECT ({_DAY} - DATE '2000-01-01') + 2451544.5::float8"),
    # Seconds since 1970 as a date (UTC); the format is the only one that is used.
    ("date(bigint, text)", "text", "STABLE", "SELECT to_char(DATE '1970-01-01' + ($1 / 86400)::int, 'YYYY-MM-DD')"),
    # Of an ISO date and time (UTC, whole seconds) the seconds since 1970, as text.
    (
        "strftime(text, text)",
        "text",
        "IMMUTABLE",
        "SELECT (($DAY - DATE '1970-01-01')::bigint * 86400 + substr($2, 12, 2)::int * 3600"
        " + substr($2, 15, 2)::int * 60 + substr($2, 18, 2)::int)::text".replace("$DAY", _DAY.replace("$1", "$2")),
    ),
    # Nothing is the least or the greatest of anything and nothing.
    ("min(anycompatible, anycompatible)", "anycompatible", "IMMUTABLE", f"SELECT {_LEAST}"),
    ("max(anycompatible, anycompatible)", "anycompatible", "IMMUTABLE", f"SELECT {_GREATEST}"),
    (
        "max(anycompatible, anycompatible, anycompatible)",
        "anycompatible",
        "IMMUTABLE",
        "SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL THEN greatest($1, $2, $3) END",
    ),
    ("json_array_length(text)", "bigint", "IMMUTABLE", "SELECT jsonb_array_length($1::jsonb)::bigint"),
    # A path as SQLite writes it is one of SQL/JSON, but for the last part of an array.
    (
        "json_extract(text, text)",
        "text",
        "IMMUTABLE",
        "SELECT jsonb_path_query_first($1::jsonb, replace($2, '#-1', 'last')::jsonpath) #>> '{}'",
    ),
    (
        "json_each(text)",
        "TABLE (key bigint, value text)",
        "IMMUTABLE ROWS 8",
        "SELECT e.number - 1, e.part #>> '{}' FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS e(part, number)",
    ),
)
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('txapi functions', 0))"
_INSTALLED = "SELECT obj_description(to_regnamespace(?), 'pg_namespace')"


def install(connection: PostgresConnection) -> None:
    """Make the functions, in a transaction, where they are not there yet or are of an older version."""
    if _installed(connection) >= VERSION:
        return
    # Of nodes that start at once, the others wait here and then find them.
    connection.execute(_ONE_AT_A_TIME)
    if _installed(connection) >= VERSION:
        return
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for signature, result, volatility, body in _FUNCTIONS:
        connection.raw.execute(
            f"CREATE OR REPLACE FUNCTION {SCHEMA}.{signature} RETURNS {result} LANGUAGE sql {volatility} PARALLEL SAFE"
            f" AS $body$ {body} $body$".encode()
        )
    connection.raw.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{VERSION}'".encode())


def _installed(connection: PostgresConnection) -> int:
    found = connection.execute(_INSTALLED, (SCHEMA,)).fetchone()
    return int(found[0]) if found is not None and found[0] is not None else 0
