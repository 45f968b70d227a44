"""Two files of read models beside each other 比对: whether their rows are the same, version by version, and if not since when.

The rows as they stand are compared, with their bounds and with the columns that only filters and sorts see, so what
was changed by hand in a file is found even where the digest that the file keeps of itself was left alone.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.projections.table import FOREVER, Table
from txapi.record.sqlite_files import reading_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MOST_TOLD = 50
"""Differences that are told of one position at most; a fault that is everywhere is clear from a few."""


@dataclass(frozen=True)
class Difference:
    """A field that reads otherwise in the two files from a position on. Values are plain JSON values.

    `row` holds the noun's id and, for a child row, its key. `field` is `*` where one of the files has no such row (its
    value is then None and the other's the whole row), and `since`, `until` where the answers agree but not the bounds.
    """

    table: str
    row: tuple[Any, ...]
    field: str
    live: Any
    rebuilt: Any


@dataclass(frozen=True)
class Divergence:
    """The first position from which the two files differ, and in what there."""

    position: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class _Shape:
    """A table as it is compared: columns that make a version, the sources they are read from, and who it is of."""

    name: str
    columns: tuple[str, ...]
    selected: str
    since: str
    identity: tuple[str, ...]
    decode: dict[str, Callable[[Any], Any]]

    def values(self, version: sqlite3.Row) -> dict[str, Any]:
        """What the version says, without its bounds."""
        return {name: version[name] for name in self.columns if name not in ("since", "until", "span")}

    def plain(self, name: str, value: Any) -> Any:
        """A kept value as people read it; as it is kept where a hand has made it unreadable."""
        decode = self.decode.get(name)
        if value is None or decode is None:
            return value.hex() if isinstance(value, bytes) else value
        try:
            return msgspec.to_builtins(decode(value))
        except (ValueError, TypeError, ArithmeticError):
            return value.hex() if isinstance(value, bytes) else value


def _versioned(table: Table[Any], until: int) -> _Shape:
    names = (*table.names, *(extra.name for extra in table.extras))
    # Seen from `until`, a version that ended later is still open, and nothing knows how long it will last.
    selected = ", ".join(
        (
            "since",
            f"CASE WHEN until > {until} THEN {FOREVER} ELSE until END AS until",
            f"CASE WHEN until > {until} THEN 64 ELSE span END AS span",
            *names,
        )
    )
    decode = {column.name: column.decode for column in table.columns if column.decode is not None}
    return _Shape(table.name, ("since", "until", "span", *names), selected, "since", table.identity, decode)


_EVENTS = (
    "position", "stream", "version", "kind", "topic", "event_id", "subject", "role", "unit", "decided_at",
    "recorded_at", "basis", "correlation",
)  # fmt: skip


def _events() -> _Shape:
    selected = f"position AS since, {FOREVER} AS until, 64 AS span, {', '.join(_EVENTS)}"
    return _Shape("events", ("since", "until", "span", *_EVENTS), selected, "position", ("position",), {})


class Beside:
    """The rebuilt file and the live one, opened together; the live one is only read, and in one state."""

    def __init__(self, rebuilt: Path, live: Path, tables: Sequence[Table[Any]], until: int) -> None:
        """Both are compared as of position `until`, which both have reached. An sqlite3.Error where one is no such file."""
        self._shapes = [*(_versioned(table, until) for table in tables), _events()]
        self._until = until
        self._connection = sqlite3.connect(rebuilt.absolute().as_uri(), uri=True, isolation_level=None)
        try:
            self._connection.execute("ATTACH ? AS live", (reading_address(live),))
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("BEGIN")
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of both."""
        self._connection.close()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def differing(self, on_progress: Callable[[int, int], None] = lambda done, of: None) -> list[str]:
        """The tables whose versions differ. `on_progress` is told (tables done, of how many)."""
        found = []
        for done, shape in enumerate(self._shapes, 1):
            if not self._is_same(shape):
                found.append(shape.name)
            on_progress(done, len(self._shapes))
        return sorted(found)

    def _is_same(self, shape: _Shape) -> bool:
        """Rows are numbered as they are opened, so where nothing differs each has its like under its own number."""
        until = self._until
        like = " AND ".join(f"l.{name} IS r.{name}" for name in shape.columns)
        number = "row" if shape.since == "since" else "position"
        half = f"SELECT {number} AS number, {shape.selected} FROM {{}}.{shape.name} NOT INDEXED WHERE {shape.since} <= {until}"
        try:
            counts = [
                self._connection.execute(
                    f"SELECT count(*) FROM {place}.{shape.name} WHERE {shape.since} <= {until}"
                ).fetchone()[0]
                for place in ("live", "main")
            ]
            if counts[0] != counts[1]:
                return False
            same = self._connection.execute(
                f"SELECT count(*) FROM ({half.format('live')}) l JOIN main.{shape.name} m ON m.{number} = l.number"
                f" JOIN ({half.format('main')}) r ON r.number = l.number WHERE {like}"
            ).fetchone()[0]
        except sqlite3.OperationalError:
            return False  # A table or a column is missing.
        return bool(same == counts[0]) or not self._collect(shape)

    # -- since when ------------------------------------------------------------------------------------------------

    def _collect(self, shape: _Shape) -> int:
        """Put the versions that one file has and the other has not (or has less often) aside; how many there are."""
        execute = self._connection.execute
        columns = ", ".join(shape.columns)
        halves = " UNION ALL ".join(
            f"SELECT {shape.selected}, {sign} AS surplus FROM {place}.{shape.name} WHERE {shape.since} <= {self._until}"
            for place, sign in (("live", 1), ("main", -1))
        )
        execute("DROP TABLE IF EXISTS temp.apart")
        execute(
            f"CREATE TEMP TABLE apart AS SELECT {columns}, sum(surplus) AS surplus FROM ({halves})"
            f" GROUP BY {columns} HAVING sum(surplus) <> 0"
        )
        execute(f"CREATE INDEX temp.apart_identity ON apart ({', '.join(shape.identity)})")
        return int(execute("SELECT count(*) FROM temp.apart").fetchone()[0])

    def first_divergence(self, differing: Sequence[str]) -> Divergence | None:
        """The first position after which the tables named differ; None where none of their rows does."""
        found: list[tuple[int, Difference]] = []
        first = FOREVER
        for shape in self._shapes:
            if shape.name not in differing:
                continue
            try:
                self._collect(shape)
            except sqlite3.OperationalError as error:
                return Divergence(0, (Difference(shape.name, (), "*", str(error), None),))
            for begins, versions in self._apart(shape):
                if begins > first:
                    break  # Whatever comes now begins to differ later.
                position, differences = _diverge(shape, versions)
                first = min(first, position)
                found += [(position, one) for one in differences]
        at_first = [one for position, one in found if position == first]
        return Divergence(first, tuple(at_first[:MOST_TOLD])) if at_first else None

    def _apart(self, shape: _Shape) -> Iterator[tuple[int, list[sqlite3.Row]]]:
        """The versions put aside, row by row of a noun, those that begin first first."""
        identity = ", ".join(shape.identity)
        same = " AND ".join(f"{name} IS ?" for name in shape.identity)
        with contextlib.closing(
            self._connection.execute(
                f"SELECT {identity}, min(since) AS begins FROM temp.apart GROUP BY {identity} ORDER BY begins, {identity}"
            )
        ) as whose:
            for one in whose:
                versions = self._connection.execute(
                    f"SELECT * FROM temp.apart WHERE {same} ORDER BY since, until", tuple(one)[:-1]
                ).fetchall()
                yield one["begins"], versions


def _diverge(shape: _Shape, versions: Sequence[sqlite3.Row]) -> tuple[int, list[Difference]]:
    """The first position at which one row of a noun reads otherwise, and how it reads then; else where its bounds differ."""
    identity = tuple(versions[0][name] for name in shape.identity)
    for position in sorted({version[bound] for version in versions for bound in ("since", "until")} - {FOREVER}):
        live, rebuilt = (
            [
                shape.values(version)
                for version in versions
                if version["surplus"] * sign > 0 and version["since"] <= position < version["until"]
            ]
            for sign in (1, -1)
        )
        if live != rebuilt:
            return position, _differences(shape, identity, live, rebuilt)
    first = versions[0]
    bounds = [
        next(
            (
                {n: version[n] for n in ("since", "until", "span")}
                for version in versions
                if version["surplus"] * sign > 0
            ),
            None,
        )
        for sign in (1, -1)
    ]
    return first["since"], [Difference(shape.name, identity, "since, until", *bounds)]


def _differences(
    shape: _Shape, identity: tuple[Any, ...], live: list[dict[str, Any]], rebuilt: list[dict[str, Any]]
) -> list[Difference]:
    if len(live) != 1 or len(rebuilt) != 1:
        halves = [
            [{name: shape.plain(name, value) for name, value in one.items()} for one in side]
            for side in (live, rebuilt)
        ]
        whole = [side[0] if len(side) == 1 else side or None for side in halves]
        return [Difference(shape.name, identity, "*", whole[0], whole[1])]
    was, now = live[0], rebuilt[0]
    return [
        Difference(shape.name, identity, name, shape.plain(name, was[name]), shape.plain(name, now[name]))
        for name in was
        if was[name] != now[name]
    ]
