"""The writing of versioned rows: what changed is closed, what is new is opened, and the digest follows."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from txapi.projections.table import FOREVER, MODULUS, Table, row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.record.database import Connection

REMEMBERED_NOUNS = 30_000
"""Nouns whose current rows stay in memory, so that the next event of one need not read them back."""


class _Version:
    """One open version of a row: where it is stored, since when, its values, and the fields they were made of."""

    __slots__ = ("hash", "raw", "row", "since", "values")

    def __init__(
        self, row: int, since: int, values: tuple[Any, ...], hash_: int | None, raw: tuple[Any, ...] | None = None
    ) -> None:
        self.row, self.since, self.values, self.hash, self.raw = row, since, values, hash_, raw


class RowWriter:
    """Writes the versions of a batch of events into one connection; `flush` sends them, inside the caller's transaction."""

    def __init__(self, connection: Connection, tables: Iterable[Table[Any]]) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables}
        self._next_row = {name: self._highest_row(name) + 1 for name in self._tables}
        self._open: OrderedDict[tuple[str, str], dict[tuple[Any, ...], _Version]] = OrderedDict()
        self._inserts: dict[str, dict[int, tuple[Any, ...]]] = {name: {} for name in self._tables}
        self._closings: dict[str, list[tuple[int, int, int]]] = {name: [] for name in self._tables}
        self.digests: dict[str, int] = dict.fromkeys(self._tables, 0)

    def through(self, connection: Connection) -> None:
        """Read and write through this connection from now on: that of the batch under way."""
        self._connection = connection

    def _highest_row(self, name: str) -> int:
        highest: int | None = self._connection.execute(f"SELECT max(row) FROM {name}").fetchone()[0]
        return highest or 0

    def put(
        self,
        noun: str,
        position: int,
        rows: Iterable[tuple[Table[Any], Any]],
        tables: Iterable[Table[Any]],
        *,
        new: bool = False,
    ) -> None:
        """Make these the rows of the noun from this position on, in each of the given tables; `new`: it had none."""
        wanted: dict[str, dict[tuple[Any, ...], tuple[Any, tuple[Any, ...]]]] = {table.name: {} for table in tables}
        for table, row in rows:
            raw = table.raw(row)
            key = table.raw_key(raw)
            if key in wanted[table.name]:
                raise AssertionError(f"two rows of {table.name} have the key {key} for {noun}")
            wanted[table.name][key] = row, raw
        for name, those in wanted.items():
            table = self._tables[name]
            current = self._none(name, noun) if new else self._current(name, noun)
            for key in [key for key in current if key not in those]:
                self._close(name, current.pop(key), position)
            for key, (row, raw) in those.items():
                version = current.get(key)
                if version is None:
                    current[key] = self._open_version(table, position, raw, table.encode(row, raw))
                    continue
                like = None if version.raw is None else (version.raw, version.values)
                values = table.encode(row, raw, like)
                if values is version.values or values == version.values:
                    version.raw = raw
                    continue
                self._close(name, version, position)
                current[key] = self._open_version(table, position, raw, values)

    def _none(self, name: str, noun: str) -> dict[tuple[Any, ...], _Version]:
        nothing: dict[tuple[Any, ...], _Version] = {}
        self._open[(name, noun)] = nothing
        return nothing

    def _current(self, name: str, noun: str) -> dict[tuple[Any, ...], _Version]:
        known = self._open.get((name, noun))
        if known is not None:
            self._open.move_to_end((name, noun))
            return known
        table = self._tables[name]
        known = {}
        found = self._connection.execute(
            f"SELECT * FROM {name} WHERE {table.noun} = ? AND until = {FOREVER}", (noun,)
        ).fetchall()
        for row, since, _, _, *values in found:
            kept = tuple(values)
            known[table.key_of(kept)] = _Version(row, since, kept, None)
        self._open[(name, noun)] = known
        return known

    def _open_version(
        self, table: Table[Any], position: int, raw: tuple[Any, ...], values: tuple[Any, ...]
    ) -> _Version:
        name = table.name
        number = self._next_row[name]
        self._next_row[name] = number + 1
        hash_ = row_hash(table.canonical(values))
        self._inserts[name][number] = (number, position, FOREVER, 64, *values)
        self.digests[name] = (self.digests[name] + hash_) % MODULUS
        return _Version(number, position, values, hash_, raw)

    def _close(self, name: str, version: _Version, position: int) -> None:
        hash_ = version.hash if version.hash is not None else row_hash(self._tables[name].canonical(version.values))
        self.digests[name] = (self.digests[name] - hash_) % MODULUS
        span = (position - version.since).bit_length()
        unsent = self._inserts[name]
        if version.row in unsent:
            unsent[version.row] = (version.row, version.since, position, span, *version.values)
        else:
            self._closings[name].append((position, span, version.row))

    def flush(self) -> None:
        """Send everything to the connection; the caller commits."""
        for name, table in self._tables.items():
            if self._closings[name]:
                self._connection.executemany(
                    f"UPDATE {name} SET until = ?, span = ? WHERE row = ?", self._closings[name]
                )
                self._closings[name] = []
            if self._inserts[name]:
                self._connection.executemany(table.insert, self._inserts[name].values())
                self._inserts[name] = {}
        while len(self._open) > REMEMBERED_NOUNS:
            self._open.popitem(last=False)
