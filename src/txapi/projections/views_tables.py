"""The tables of the read models in either dialect: those of every projection, the index of events, the progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from txapi.record.database import Dialect, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.projections.table import Table
    from txapi.record.database import Connection

_EVENTS = (
    "position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, topic TEXT NOT NULL,"
    " event_id TEXT NOT NULL, subject TEXT NOT NULL, role TEXT NOT NULL, unit TEXT, decided_at INTEGER NOT NULL,"
    " recorded_at INTEGER NOT NULL, basis TEXT NOT NULL, correlation TEXT NOT NULL"
)
_PROGRESS = "record_id TEXT, complete INTEGER, position INTEGER, recorded_at INTEGER, indexed INTEGER"
_MOVED = "UPDATE progress AS p SET position = ?, recorded_at = ? WHERE position = ?"
# Read models of a record that is kept elsewhere, or of none, have nothing to compare with.
_IS_HERE = (
    "(EXISTS (SELECT 1 FROM record.events AS e WHERE e.position = ? AND e.recorded_at = ?)"
    " OR NOT EXISTS (SELECT 1 FROM record.meta AS m WHERE m.key = 'record_id' AND m.value = p.record_id))"
)
_INDEXES = (
    "stream, version",
    "topic, position",
    "subject, position",
    "unit, position",
    "kind, position",
    "correlation, position",
)

_ON_POSTGRESQL = {"INTEGER": "BIGINT", "TEXT": 'TEXT COLLATE "C"', "BLOB": "BYTEA"}
"""The types of columns by their names on SQLite, where text sorts by code point and whole numbers have 64 bits anyway."""


def create(connection: Connection, record_id: str, tables: Iterable[Table[Any]]) -> None:
    """Make the tables of a record's read models, empty, with the fewest indexes that they can be filled with."""
    dialect = connection.dialect
    tables = list(tables)
    statements = [
        f"CREATE TABLE progress ({_PROGRESS})",
        "CREATE TABLE digests (name TEXT PRIMARY KEY, total BLOB NOT NULL)",
        f"CREATE TABLE events ({_EVENTS})",
        *(statement for table in tables for statement in table.ddl(backwards=dialect is Dialect.SQLITE)),
    ]
    for statement in statements:
        connection.execute(_spoken(statement, dialect))
    connection.executemany("INSERT INTO digests VALUES (?, ?)", [(table.name, b"\0") for table in tables])
    connection.execute("INSERT INTO progress VALUES (?, 1, 0, NULL, 0)", (record_id,))


def make_indexes(connection: Connection, tables: Iterable[Table[Any]]) -> None:
    """Make the indexes that `create` left out, where they are not there yet.

    Sorted at once they cost a small part of what keeping them through a long build does.
    """
    if connection.execute("SELECT indexed FROM progress").fetchone()[0]:
        return
    statements = [
        *(f"CREATE INDEX events_{columns.partition(',')[0]} ON events ({columns})" for columns in _INDEXES),
        "CREATE UNIQUE INDEX events_id ON events (event_id)",
        *(statement for table in tables for statement in table.index_ddl()),
    ]
    for statement in statements:
        connection.execute(_spoken(statement, connection.dialect))
    if connection.dialect is Dialect.POSTGRESQL:
        # What the tables hold was never counted while they were filled, and plans go by it.
        for name in ("events", *(table.name for table in tables)):
            connection.execute(f"ANALYZE {name}")
    connection.execute("UPDATE progress SET indexed = 1")


def _spoken(statement: str, dialect: Dialect) -> str:
    """A statement in a dialect. PostgreSQL walks an index only in the order of nulls that lists have where it is told that order."""
    if dialect is Dialect.SQLITE:
        return statement
    if not statement.startswith("CREATE TABLE"):
        return statement.replace(" DESC,", " DESC NULLS LAST,")
    return " ".join(_typed(word) for word in statement.split(" "))


def _typed(word: str) -> str:
    name = word.rstrip(",)")
    return _ON_POSTGRESQL.get(name, name) + word[len(name) :]


def moved(dialect: Dialect, after: int, position: int, recorded_at: int) -> Statement:
    """What notes that the rows follow the record behind `after` up to `position`; it touches no row where that is not so here.

    Events may have been read on a server that was the primary once, and rows be written on the one that is: what the first
    alone has was never acknowledged, and another event may have its position by now. So the last event must be in the record
    beside these tables, and then so are all before it.
    """
    arguments = (position, recorded_at, after)
    if dialect is Dialect.SQLITE:
        return Statement(_MOVED, arguments)
    return Statement(f"{_MOVED} AND {_IS_HERE}", (*arguments, position, recorded_at))
