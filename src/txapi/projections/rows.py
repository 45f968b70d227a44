"""The writing of versioned rows: what changed is closed, what is new is opened, and the digest follows."""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from txapi.projections.table import FOREVER, MODULUS, Table, row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.domain.aggregate import Aggregate
    from txapi.projections.projection import Projection
    from txapi.record.database import Connection

REMEMBERED_NOUNS = 30_000
"""Nouns whose current rows stay in memory, so that the next event of one need not read them back."""


class _Version:
    """One open version of a row: where it is stored, since when, its values, and the fields they were made of."""

    __slots__ = ("hash", "raw", "row", "since", "values")

    def __init__(self, row: int, since: int, values: tuple[Any, ...], raw: tuple[Any, ...] | None = None) -> None:
        self.row, self.since, self.values, self.raw = row, since, values, raw
        self.hash: int | None = None


class _Held:
    """The open versions of one noun in one table by key, and the grounds that they follow from, where these are known."""

    __slots__ = ("grounds", "versions")

    def __init__(self) -> None:
        self.versions: dict[tuple[Any, ...], _Version] = {}
        self.grounds: tuple[Any, ...] | None = None


class RowWriter:
    """Writes the versions of a batch of events into one connection; `flush` sends them, inside the caller's transaction."""

    def __init__(self, connection: Connection, tables: Iterable[Table[Any]]) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables}
        self._next_row = {name: self._highest_row(name) + 1 for name in self._tables}
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()
        self._inserts: dict[str, dict[int, tuple[Any, ...]]] = {name: {} for name in self._tables}
        self._closings: dict[str, list[tuple[int, int, int]]] = {name: [] for name in self._tables}
        self._digests: dict[str, int] = dict.fromkeys(self._tables, 0)
        self._unhashed: dict[str, dict[int, _Version]] = {name: {} for name in self._tables}

    def through(self, connection: Connection) -> None:
        """Read and write through this connection from now on: that of the batch under way."""
        self._connection = connection

    @property
    def digests(self) -> dict[str, int]:
        """What the open versions add up to, by table.

        A version is hashed when somebody asks, so that those which a batch both opens and closes never are.
        """
        for name, versions in self._unhashed.items():
            if versions:
                table = self._tables[name]
                for version in versions.values():
                    version.hash = row_hash(table.canonical(version.values))
                    self._digests[name] += version.hash
                self._digests[name] %= MODULUS
                versions.clear()
        return self._digests

    def _highest_row(self, name: str) -> int:
        highest: int | None = self._connection.execute(f"SELECT max(row) FROM {name}").fetchone()[0]
        return highest or 0

    def put(self, projection: Projection, noun: Aggregate, position: int) -> None:
        """Make the rows of the noun, as its state now reads, those from this position on."""
        rows: dict[str, list[Any]] = {table.name: [] for table in projection.own_tables}
        for table, row in projection.own(noun):
            rows[table.name].append(row)
        new = noun.version == 1
        for table in projection.own_tables:
            self._replace(table, self._hold(table, noun.id, new=new), noun.id, position, rows[table.name])
        for aspect in projection.aspects:
            held = self._hold(aspect.table, noun.id, new=new)
            grounds, before = aspect.grounds(noun), held.grounds
            if before is None or len(grounds) != len(before) or not all(map(operator.is_, grounds, before)):
                self._replace(aspect.table, held, noun.id, position, aspect.rows(noun))
                held.grounds = grounds

    def _replace(self, table: Table[Any], held: _Held, noun: str, position: int, rows: Iterable[Any]) -> None:
        """Make these the rows of the noun in the table: what differs from the versions held is closed and opened."""
        current, wanted = held.versions, set()
        for row in rows:
            raw = table.raw(row)
            key = table.raw_key(raw)
            if key in wanted:
                raise AssertionError(f"two rows of {table.name} have the key {key} for {noun}")
            wanted.add(key)
            version = current.get(key)
            if version is None:
                current[key] = self._open(table, position, raw, table.encode(raw))
                continue
            values = table.encode(raw) if version.raw is None else table.encode_like(raw, version.raw, version.values)
            if values is version.values or values == version.values:
                version.raw = raw
                continue
            self._close(table, version, position)
            current[key] = self._open(table, position, raw, values)
        if len(current) > len(wanted):
            for key in [key for key in current if key not in wanted]:
                self._close(table, current.pop(key), position)

    def _hold(self, table: Table[Any], noun: str, *, new: bool) -> _Held:
        place = (table.name, noun)
        held = self._held.get(place)
        if held is not None:
            self._held.move_to_end(place)
            return held
        held = self._held[place] = _Held()
        if not new:
            found = self._connection.execute(
                f"SELECT * FROM {table.name} WHERE {table.noun} = ? AND until = {FOREVER}", (noun,)
            )
            for row, since, _, _, *values in found.fetchall():
                kept = tuple(values)
                held.versions[table.key_of(kept)] = _Version(row, since, kept)
        return held

    def _open(self, table: Table[Any], position: int, raw: tuple[Any, ...], values: tuple[Any, ...]) -> _Version:
        name = table.name
        number = self._next_row[name]
        self._next_row[name] = number + 1
        self._inserts[name][number] = (number, position, FOREVER, 64, *values)
        version = self._unhashed[name][number] = _Version(number, position, values, raw)
        return version

    def _close(self, table: Table[Any], version: _Version, position: int) -> None:
        name = table.name
        if self._unhashed[name].pop(version.row, None) is None:
            hash_ = version.hash if version.hash is not None else row_hash(table.canonical(version.values))
            self._digests[name] = (self._digests[name] - hash_) % MODULUS
        span = (position - version.since).bit_length()
        unsent = self._inserts[name]
        if version.row in unsent:
            unsent[version.row] = (version.row, version.since, position, span, *version.values)
        else:
            self._closings[name].append((position, span, version.row))

    @property
    def waiting(self) -> int:
        """How many new rows are not sent yet."""
        return sum(map(len, self._inserts.values()))

    def flush(self) -> None:
        """Send everything to the connection; the caller commits."""
        for name in self._tables:
            if self._closings[name]:
                self._connection.executemany(
                    f"UPDATE {name} SET until = ?, span = ? WHERE row = ?", self._closings[name]
                )
                self._closings[name] = []
            if self._inserts[name]:
                self._connection.insert(name, self._inserts[name].values())
                self._inserts[name] = {}
        while len(self._held) > REMEMBERED_NOUNS:
            self._held.popitem(last=False)
