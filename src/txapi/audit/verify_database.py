"""The verification of a record on PostgreSQL: one state of it, copied verbatim, and verified as a file is.

What a database can do that a file cannot is looked for in its catalogue: triggers, rules, views and row security could show
one thing to whoever verifies and another to whoever serves.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from txapi.audit.verify import OnStage, Verified, verify
from txapi.audit.verifying.findings import NOWHERE, Findings
from txapi.record.conflicts import NotARecord
from txapi.record.copying import copy_record
from txapi.record.files import open_files
from txapi.record.place import Place

if TYPE_CHECKING:
    from txapi.record.database import Connection

_KEYS = {
    "record.commands": {"subject, command_id"},
    "record.deadlines": {"stream"},
    "record.events": {"position", "stream, version"},
    "record.keys": {"kind, value"},
    "record.meta": {"key"},
    "ledger.checkpoints": {"size"},
    "ledger.meta": {"key"},
    "ledger.statements": {"kind, size, about"},
    "ledger.tiles": {"level, number"},
    "ledger.witnesses": {"name"},
}
"""The tables that are verified, and the columns of which the database itself must keep the values apart."""

_TABLES = """
SELECT n.nspname || '.' || c.relname, c.relkind, c.relrowsecurity, c.relhassubclass,
       EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
       EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('record', 'ledger') AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
"""
_UNIQUE = """
SELECT n.nspname || '.' || c.relname,
       (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
        FROM unnest(i.indkey) WITH ORDINALITY k (number, place) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('record', 'ledger') AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
"""


def verify_database(
    dsn: str,
    *,
    vkeys: Sequence[str] = (),
    policy: bytes | None = None,
    kept_elsewhere: Sequence[tuple[str, bytes]] = (),
    on_stage: OnStage = lambda doing, done, of: None,
) -> Verified:
    """Verify the record in the database at `dsn`, beside its servers; as `verify`. NotARecord, RecordUnavailable."""
    findings = Findings()
    with copied(dsn, on_stage) as folder:
        with closing(open_files(Place(folder, dsn), owner=False)) as files:
            verified = verify(
                folder, vkeys=vkeys, policy=policy, kept_elsewhere=kept_elsewhere, files=files, on_stage=on_stage
            )
        findings.take(verified.wrong)
    _check_catalogue(dsn, findings)
    return replace(verified, wrong=tuple(findings.sorted()))


@contextmanager
def copied(dsn: str, on_stage: OnStage = lambda doing, done, of: None) -> Iterator[Path]:
    """One state of the record in that database, and of its ledger, as files in a temporary folder. NotARecord."""
    with tempfile.TemporaryDirectory(prefix="txapi-database-") as folder:
        here = Place(Path(folder))
        try:
            copy_record(Place(here.folder, dsn), here, lambda done, of: on_stage("copying", done, of), with_files=False)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError) as error:
            raise NotARecord(f"the database holds what no record can hold: {error}") from error
        yield here.folder


def _check_catalogue(dsn: str, findings: Findings) -> None:
    """Whether the tables are ordinary ones, and the database keeps apart what must not occur twice."""
    from txapi.record.postgres.database import PostgresDatabase

    with (
        closing(PostgresDatabase(dsn, "record", written=False, most_connections=1)) as database,
        database.snapshot() as seen,
    ):
        _check_tables(seen, findings)
        unique: dict[str, set[str]] = {}
        for table, columns in seen.execute(_UNIQUE):
            unique.setdefault(table, set()).add(columns)
    for table, keys in _KEYS.items():
        for columns in sorted(keys - unique.get(table, set())):
            if table.startswith("record.") or unique.keys() & {"ledger.meta"}:
                findings.add(NOWHERE, "database", f"nothing keeps the rows of {table} apart by {columns}")


def _check_tables(seen: Connection, findings: Findings) -> None:
    for table, kind, row_security, has_children, has_triggers, has_rules in seen.execute(_TABLES):
        strange = {
            "is no ordinary table": kind != "r",
            "shows rows by who asks": row_security,
            "has tables that inherit from it": has_children,
            "has triggers": has_triggers,
            "has rules": has_rules,
        }
        for what, found in strange.items():
            if found and table in _KEYS:
                findings.add(NOWHERE, "database", f"{table} {what}: that is none of the code's")
