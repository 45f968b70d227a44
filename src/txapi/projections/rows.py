"""The writing of versioned rows: what changed is closed, what is new is opened, and the digest follows."""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from txapi.projections.table import FOREVER, MODULUS, Table, row_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from txapi.domain.aggregate import Aggregate
    from txapi.projections.projection import Parts, Projection
    from txapi.record.database import Connection

REMEMBERED_NOUNS = 20_000
"""Nouns whose current rows stay in memory, so that the next event of one need not read them back.

As many as the follower remembers folds of: in a record of a million events of a city, 23,000 events are of one forgotten,
and 148,000 would be with half as many.
"""


class _Version:
    """One version of a row: where it is stored, since and until when, its values, and what these were made of.

    `summed`: whether its hash is in the digest. `seen`: the last position at which its noun had this very row.
    """

    __slots__ = ("hash", "part", "raw", "row", "seen", "since", "summed", "until", "values")

    def __init__(self, row: int, since: int, values: tuple[Any, ...], *, summed: bool) -> None:
        self.row, self.since, self.until, self.values, self.summed = row, since, FOREVER, values, summed
        self.seen = since
        self.raw: tuple[Any, ...] | None = None
        self.part: Any = None
        self.hash: int | None = None

    def stored(self) -> tuple[Any, ...]:
        """The row as the table keeps it."""
        until = self.until
        span = 64 if until == FOREVER else (until - self.since).bit_length()
        return (self.row, self.since, until, span, *self.values)


class _Held:
    """The open versions of one noun in one table by key, and what they follow from, where that is known."""

    __slots__ = ("grounds", "versions")

    def __init__(self) -> None:
        self.versions: dict[tuple[Any, ...], _Version] = {}
        self.grounds: tuple[Any, ...] | None = None


class RowWriter:
    """Writes the versions of a batch of events into one connection; `flush` sends them, inside the caller's transaction."""

    def __init__(self, connection: Connection, tables: Iterable[Table[Any]]) -> None:
        self._connection = connection
        self._looking: Callable[[], Connection] = lambda: connection
        self._tables = {table.name: table for table in tables}
        self._next_row = {name: highest + 1 for name, highest in self._highest_rows().items()}
        self._nouns: OrderedDict[str, dict[str, _Held]] = OrderedDict()
        self._unsent: dict[str, dict[int, _Version]] = {name: {} for name in self._tables}
        self._closings: dict[str, list[tuple[int, int, int]]] = {name: [] for name in self._tables}
        self._digests: dict[str, int] = dict.fromkeys(self._tables, 0)
        self._unsummed: dict[str, list[_Version]] = {name: [] for name in self._tables}

    def through(self, connection: Connection) -> None:
        """Read and write through this connection from now on: that of the batch under way."""
        self._looking = lambda: connection
        self._connection = connection

    def looking(self, lend: Callable[[], Connection]) -> None:
        """Read through what `lend` gives, which is asked for when it is first wanted: most batches touch only what is remembered."""
        self._looking = lend

    @property
    def digests(self) -> dict[str, int]:
        """What the open versions add up to, by table.

        A version is hashed when somebody asks, so that those which a batch both opens and closes never are.
        """
        for name, versions in self._unsummed.items():
            canonical, total = self._tables[name].canonical, self._digests[name]
            for version in versions:
                if version.until == FOREVER:
                    version.hash = row_hash(canonical(version.values))
                    version.summed = True
                    total += version.hash
            versions.clear()
            self._digests[name] = total % MODULUS
        return self._digests

    def _highest_rows(self) -> dict[str, int]:
        """The last row of every table, asked for at once: a database that is away is asked one question, not one a table."""
        each = (f"SELECT '{name}', coalesce(max(row), 0) FROM {name}" for name in self._tables)
        return dict(self._connection.execute(" UNION ALL ".join(each)).fetchall())

    def put(self, projection: Projection, noun: Aggregate, position: int) -> None:
        """Make the rows of the noun, as its state now reads, those from this position on."""
        id, new = noun.id, noun.version == 1
        held = self._nouns.get(id)
        if held is None:
            held = self._nouns[id] = {}
        else:
            self._nouns.move_to_end(id)
        if len(held) < len(projection.tables):
            for table in projection.tables:
                held[table.name] = self._stored(table, id, new=new)
        for table, row in projection.own(noun):
            self._set(table, held[table.name].versions, position, row)
        for table in projection.own_tables:
            self._close_unseen(table, held[table.name].versions, position)
        for aspect in projection.aspects:
            own, grounds = held[aspect.table.name], aspect.grounds(noun)
            before, own.grounds = own.grounds, grounds
            if before is None or len(grounds) != len(before) or not all(map(operator.is_, grounds, before)):
                for row in aspect.rows(noun):
                    self._set(aspect.table, own.versions, position, row)
                self._close_unseen(aspect.table, own.versions, position)
        for each in projection.parts:
            own, parts = held[each.table.name], each.parts(noun)
            if parts is not own.grounds:
                own.grounds = parts
                self._set_parts(each, own.versions, noun, position, parts)

    def _set_parts(
        self,
        each: Parts,
        current: dict[tuple[Any, ...], _Version],
        noun: Aggregate,
        position: int,
        parts: tuple[Any, ...],
    ) -> None:
        """Make the rows of these parts those of the noun; the row of a part that was there before is the same."""
        known = {id(version.part): version for version in current.values() if version.part is not None}
        for part in parts:
            version = known.pop(id(part), None)
            if version is not None:
                version.seen = position
            else:
                self._set(each.table, current, position, each.row(noun, part)).part = part
        self._close_unseen(each.table, current, position)

    def _set(self, table: Table[Any], current: dict[tuple[Any, ...], _Version], position: int, row: Any) -> _Version:
        """Make this the row of its noun with its key: where it differs from the version held, that is closed."""
        raw = table.raw(row)
        key = table.raw_key(raw) if table.key else ()
        version = current.get(key)
        if version is None:
            version = current[key] = self._open(table, position, raw, table.encode(raw))
            return version
        if version.seen == position:
            raise AssertionError(f"two rows of {table.name} have the key {key} at position {position}")
        known = version.values
        values = table.encode(raw) if version.raw is None else table.encode_like(raw, version.raw, known)
        if values is known or values == known:
            version.raw, version.seen = raw, position
            return version
        self._close(table, version, position)
        version = current[key] = self._open(table, position, raw, values)
        return version

    def _close_unseen(self, table: Table[Any], current: dict[tuple[Any, ...], _Version], position: int) -> None:
        """Close the versions whose rows the noun has no more."""
        for key in [key for key, version in current.items() if version.seen != position]:
            self._close(table, current.pop(key), position)

    def _stored(self, table: Table[Any], noun: str, *, new: bool) -> _Held:
        """The open versions as they are stored; a new noun has none."""
        held = _Held()
        if not new:
            found = self._looking().execute(
                f"SELECT * FROM {table.name} WHERE {table.noun} = ? AND until = {FOREVER}", (noun,)
            )
            for row, since, _, _, *values in found.fetchall():
                kept = tuple(values)
                held.versions[table.key_of(kept)] = _Version(row, since, kept, summed=True)
        return held

    def _open(self, table: Table[Any], position: int, raw: tuple[Any, ...], values: tuple[Any, ...]) -> _Version:
        name = table.name
        number = self._next_row[name]
        self._next_row[name] = number + 1
        version = self._unsent[name][number] = _Version(number, position, values, summed=False)
        version.raw = raw
        self._unsummed[name].append(version)
        return version

    def _close(self, table: Table[Any], version: _Version, position: int) -> None:
        name = table.name
        if version.summed:
            self._digests[name] -= version.hash or row_hash(table.canonical(version.values))
        version.until = position
        if version.row not in self._unsent[name]:
            self._closings[name].append((position, (position - version.since).bit_length(), version.row))

    @property
    def waiting(self) -> int:
        """How many new rows are not sent yet."""
        return sum(map(len, self._unsent.values()))

    def flush(self) -> None:
        """Send everything to the connection; the caller commits."""
        for name in self._tables:
            if self._closings[name]:
                self._connection.executemany(
                    f"UPDATE {name} SET until = ?, span = ? WHERE row = ?", self._closings[name]
                )
                self._closings[name] = []
            if self._unsent[name]:
                self._connection.insert(name, [version.stored() for version in self._unsent[name].values()])
                self._unsent[name] = {}
        while len(self._nouns) > REMEMBERED_NOUNS:
            self._nouns.popitem(last=False)
