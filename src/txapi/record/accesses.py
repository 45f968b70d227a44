"""Accesses 查阅留痕: who read what is not everybody's to read, kept beside the record — in `accesses.db`, or in the schema `accesses`.

What is kept here is no part of the record: a record says what was decided, and not who looked. Entries are added and never changed
or taken away; the tables refuse that.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Self

import msgspec

from txapi.record.at_need import DatabaseAtNeed
from txapi.record.deliveries import make_only_for_the_owner
from txapi.record.place import Place
from txapi.record.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from txapi.record.database import Database

ACCESSES_FILE = "accesses.db"
_PAGE = 1_000
NAMED_MOST = 200
"""How many nouns an entry names, at most; it says how many more there were."""

_TABLE = """CREATE TABLE IF NOT EXISTS accesses (
    number {number}, at {whole} NOT NULL, subject {text} NOT NULL, role {text} NOT NULL, unit {text}, request {text} NOT NULL,
    operation {text} NOT NULL, position {whole} NOT NULL, kinds {text} NOT NULL, nouns {text} NOT NULL, more {whole} NOT NULL
)"""
_ADDED_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS no_{what} BEFORE {what} ON accesses BEGIN SELECT RAISE(ABORT, 'accesses are only added'); END"
    for what in ("UPDATE", "DELETE")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one request of somebody read. `at` is in microseconds since 1970 UTC, by the machine's clock.

    `request` is the id that the request has in the log, `operation` what was asked (an operation's name, or a path), `position` the
    last event that the answer knew. `kinds` are the kinds of noun of which something restricted was read or counted, `nouns`
    (`ticket/<entity id>`) those that were read for the answer; `more` says how many besides them.
    """

    at: int
    subject: str
    role: str
    unit: str | None
    request: str
    operation: str
    position: int
    kinds: tuple[str, ...]
    nouns: tuple[str, ...]
    more: int = 0


_COLUMNS = [field.name for field in fields(Access)]
_APPEND = f"INSERT INTO accesses ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_READ = f"SELECT number, {', '.join(_COLUMNS)} FROM accesses WHERE number > ?"


class Accesses:
    """The accesses of one record. Every method may be called from any thread, and by several processes."""

    def __init__(self, place: Place) -> None:
        """Made by `open`."""
        self._at_need = DatabaseAtNeed("of accesses", lambda: _opened(place))

    @classmethod
    def open(cls, where: Place | Path | str) -> Self:
        """Those of the record in that place. They are begun with the first: on most records nothing is restricted."""
        return cls(Place.of(where))

    @property
    def _database(self) -> Database:
        """RecordUnavailable."""
        return self._at_need.open()

    def append(self, *accesses: Access) -> None:
        """Keep more, all or none; they are there, whatever happens, when this returns. What the store raises, where they cannot be kept."""
        with self._database.transaction() as change:
            change.executemany(_APPEND, [[_told(value) for value in astuple(access)] for access in accesses])

    def page(self, after: int = 0, most: int = 100, subject: str | None = None) -> Sequence[tuple[int, Access]]:
        """At most so many behind a number, in the order in which they were kept, each with its own number; of one subject, or of all."""
        sql, given = (_READ, [after]) if subject is None else (f"{_READ} AND subject = ?", [after, subject])
        with self._database.lent() as connection:
            rows = connection.execute(f"{sql} ORDER BY number LIMIT {int(most)}", given).fetchall()
        return [(number, _access(values)) for number, *values in rows]

    def abandon(self) -> None:
        """Ask nothing of a database any more, for the process ends."""
        self._at_need.abandon()

    def close(self) -> None:
        """Let go of everything. Closing twice is harmless."""
        self._at_need.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def copy_accesses(source: Place | Path, target: Place | Path) -> int:
    """Copy the accesses of one place to another that has none, in their order; how many. RecordUnavailable.

    Where nobody's reading ever left a trace, nothing is begun in the target either.
    """
    ours, theirs = Place.of(source), Place.of(target)
    if not _is_begun(ours):
        return 0
    count = last = 0
    with Accesses.open(ours) as kept, Accesses.open(theirs) as copied:
        while page := kept.page(last, _PAGE):
            copied.append(*(access for _, access in page))
            count, last = count + len(page), page[-1][0]
    return count


def _is_begun(place: Place) -> bool:
    """Whether anything was ever kept in that place."""
    if place.database is None:
        return (place.folder / ACCESSES_FILE).exists()
    from txapi.record.postgres.accesses_schema import is_begun

    return is_begun(place.database)


def _told(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, tuple) else value


def _access(values: Sequence[object]) -> Access:
    named = dict(zip(_COLUMNS, values, strict=True))
    for name in ("kinds", "nouns"):
        named[name] = msgspec.json.decode(str(named[name]), type=tuple[str, ...])
    return Access(**named)  # type: ignore[arg-type]


def _opened(place: Place) -> Database:
    if place.database is not None:
        from txapi.record.postgres.accesses_schema import open_table

        return open_table(place.database, _TABLE.format(text="TEXT", whole="BIGINT", number=_COUNTED))
    make_only_for_the_owner(place.folder / ACCESSES_FILE)
    database = SQLiteDatabase(place.folder / ACCESSES_FILE, ("journal_mode = WAL", "synchronous = FULL"))
    with database.transaction() as change:
        change.execute(_TABLE.format(text="TEXT", whole="INTEGER", number="INTEGER PRIMARY KEY AUTOINCREMENT"))
        for trigger in _ADDED_ONLY:
            change.execute(trigger)
    return database


_COUNTED = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
