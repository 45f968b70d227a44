"""The tables that the peers read, filled from the read models of the record that the product serves.

They are what a team would make that needs these answers and no others: the current rows alone, names of enums as they are answered,
keys, foreign keys, and for each question the index that suits it best. Only the list as of a moment needs versions.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import psycopg

from txapi.projections.table import FOREVER
from txapi.projections.ticket_rows import PHASE_OPEN
from txapi.projections.views import views_file, views_schema

_TICKET = """
t.entity_id, t.number, upper(t.origin) AS origin, upper(t.category) AS category, t.subject, t.body, upper(t.state) AS state,
upper(t.escalation) AS escalation, {issued} AS issued_at, CAST(t.version AS INTEGER) AS version, {due} AS limit_due, {open} AS is_open"""

_CURRENT = f"""
SELECT {_TICKET}, t.handler_code, s.subject_id AS project_id FROM {{views}}.tickets t
LEFT JOIN {{views}}.ticket_subjects s ON s.ticket_id = t.entity_id AND s.subject_kind = 'project' AND s.until = {FOREVER}
WHERE t.until = {FOREVER}"""

_VERSIONS = f"SELECT {_TICKET}, t.since, t.until, t.span FROM {{views}}.tickets t"

_PROJECTS = f"""
SELECT p.entity_id, p.code, p.name, upper(p.kind) AS kind, upper(p.condition) AS condition, upper(p.capital) AS capital,
{{introduced}} AS introduced_on, CAST(p.version AS INTEGER) AS version FROM {{views}}.projects p WHERE p.until = {FOREVER}"""

_EVENTS = """
SELECT e.position, e.stream AS noun, e.topic AS type, CAST(e.version AS INTEGER) AS noun_version, {decided} AS decided_at,
{recorded} AS recorded_at
FROM {views}.events e"""

_OPEN = """
CREATE FUNCTION peers.open_tickets() RETURNS SETOF peers.tickets LANGUAGE sql STABLE AS
'SELECT * FROM peers.tickets WHERE is_open ORDER BY limit_due, entity_id'"""

_AS_OF = """
CREATE FUNCTION peers.open_tickets_as_of(at bigint) RETURNS SETOF peers.ticket_versions LANGUAGE sql STABLE AS
'SELECT * FROM peers.ticket_versions WHERE is_open AND int8range(since, until) @> at ORDER BY limit_due, entity_id'"""

_DRAFTS = "entity_id TEXT NOT NULL, drafted_at {instant} NOT NULL, category TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,"
_DRAFTS += " issuer TEXT NOT NULL, handler TEXT NOT NULL"


def in_postgresql(dsn: str) -> None:
    """Make them in a schema `peers` of the product's own database."""

    def instant(column: str) -> str:
        return f"(timestamptz 'epoch' + {column} * interval '1 microsecond')"

    with psycopg.connect(dsn, autocommit=True) as connection:
        said = {
            "views": views_schema(),
            "issued": instant("t.issued_at"),
            "due": instant("t.limit_due"),
            "open": f"t.phase = {PHASE_OPEN}",
            "introduced": "p.introduced_on::date",
            "decided": instant("e.decided_at"),
            "recorded": instant("e.recorded_at"),
        }
        for statement in (
            "CREATE SCHEMA peers",
            f"CREATE TABLE peers.projects AS {_PROJECTS}",
            f"CREATE TABLE peers.tickets AS {_CURRENT}",
            f"CREATE TABLE peers.ticket_versions AS {_VERSIONS}",
            f"CREATE TABLE peers.events AS {_EVENTS}",
            f"CREATE TABLE peers.drafts (row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {_DRAFTS})",
            "ALTER TABLE peers.projects ADD PRIMARY KEY (entity_id)",
            "CREATE UNIQUE INDEX ON peers.projects (code)",
            "ALTER TABLE peers.tickets ADD PRIMARY KEY (entity_id)",
            "ALTER TABLE peers.tickets ADD FOREIGN KEY (project_id) REFERENCES peers.projects",
            "CREATE INDEX ON peers.tickets (issued_at DESC NULLS LAST, entity_id)",
            "CREATE INDEX ON peers.tickets (project_id, issued_at DESC NULLS LAST, entity_id)",
            "CREATE INDEX ON peers.tickets (limit_due, entity_id) WHERE is_open",
            "CREATE INDEX ON peers.tickets (handler_code, limit_due)",
            "ALTER TABLE peers.ticket_versions ADD PRIMARY KEY (entity_id, since)",
            "CREATE INDEX ON peers.ticket_versions USING gist (int8range(since, until)) WHERE is_open",
            # What PostGraphile makes questions of.
            _OPEN,
            _AS_OF,
            "ALTER TABLE peers.events ADD PRIMARY KEY (position)",
            "CREATE INDEX ON peers.events (noun, position)",
            "VACUUM ANALYZE",
        ):
            connection.execute(statement.format(instant="timestamptz", **said).encode())


def in_sqlite(folder: Path, path: Path) -> None:
    """Make them in a file of their own, from the read models of the record in the folder."""

    def instant(column: str) -> str:
        whole = f"strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000000, 'unixepoch')"
        return f"({whole} || CASE {column} % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', {column} % 1000000) END || '+00:00')"

    said = {
        "views": "views",
        "issued": instant("t.issued_at"),
        "due": instant("t.limit_due"),
        "open": f"t.phase = {PHASE_OPEN}",
        "introduced": "p.introduced_on",
        "decided": instant("e.decided_at"),
        "recorded": instant("e.recorded_at"),
    }
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS views", (str(views_file(folder)),))
        for statement in (
            "PRAGMA journal_mode=WAL",
            f"CREATE TABLE projects AS {_PROJECTS}",
            f"CREATE TABLE tickets AS {_CURRENT}",
            f"CREATE TABLE ticket_versions AS {_VERSIONS}",
            f"CREATE TABLE events AS {_EVENTS}",
            f"CREATE TABLE drafts (row INTEGER PRIMARY KEY, {_DRAFTS})",
            "CREATE UNIQUE INDEX projects_code ON projects (code)",
            "CREATE INDEX tickets_issued ON tickets (issued_at IS NULL, issued_at DESC, entity_id)",
            "CREATE INDEX tickets_project ON tickets (project_id, issued_at IS NULL, issued_at DESC, entity_id)",
            "CREATE INDEX tickets_due ON tickets (limit_due IS NULL, limit_due, entity_id) WHERE is_open = 1",
            "CREATE INDEX tickets_handler ON tickets (handler_code IS NULL, handler_code, limit_due)",
            "CREATE INDEX versions_open ON ticket_versions (span, since, until, limit_due, entity_id) WHERE is_open = 1",
            "CREATE INDEX events_noun ON events (noun, position)",
            "ANALYZE main",
        ):
            connection.execute(statement.format(instant="TEXT", **said))
