"""Versions 历次版本: what the rows of some nouns said from which event until which, for looking at several moments at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from txapi.projections.moment import Reader
from txapi.projections.select import marks
from txapi.projections.table import Table
from txapi.record.instants import instant, micros

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Version(Generic[R]):
    """One row as it read from the event at `since` until the one at `until` (None: it still does, as far as is known).

    `since_at` and `until_at` are when those two events were recorded (microseconds since 1970, UTC).
    """

    row: R
    since: int
    until: int | None
    since_at: int
    until_at: int | None

    def known_at(self, position: int) -> bool:
        """Whether the record read so at that position."""
        return self.since <= position and (self.until is None or self.until > position)

    def known_before(self, time: int) -> bool:
        """Whether the record read so just before that time (microseconds since 1970)."""
        return self.since_at < time and (self.until_at is None or self.until_at >= time)


class Versions(Generic[R]):
    """All versions of the rows of some nouns that a moment knows, in the order in which they began."""

    def __init__(self, table: Table[R], found: Sequence[tuple[str, Version[R]]]) -> None:
        self.table = table
        self._of: dict[str, list[Version[R]]] = {}
        for noun, version in found:
            self._of.setdefault(noun, []).append(version)

    @property
    def nouns(self) -> list[str]:
        """The nouns that have any."""
        return list(self._of)

    def of(self, noun: str) -> list[Version[R]]:
        """Every version of the noun's rows."""
        return self._of.get(noun, [])

    def at(self, noun: str, position: int) -> list[R]:
        """The noun's rows as they read at that position."""
        return [version.row for version in self.of(noun) if version.known_at(position)]

    def before(self, noun: str, time: datetime) -> list[R]:
        """The noun's rows as they read just before that time."""
        limit = micros(time)
        return [version.row for version in self.of(noun) if version.known_before(limit)]


def versions_of(table: Table[R], reader: Reader, nouns: Sequence[str] | None, column: str | None = None) -> Versions[R]:
    """The versions of the rows of these nouns (None: of all) that the moment knows; one statement.

    `column`: where the nouns are not those that the rows belong to, but found in another column of theirs.
    """
    position = int(reader.moment.position)
    where, parameters = f"t.since <= {position}", list[Any]()
    if nouns is not None:
        where = f"t.{column or table.noun} IN ({marks(nouns)}) AND {where}"
        parameters = list(nouns)
    found = reader.rows(
        f"SELECT {table.select}, t.{column or table.noun}, t.until, b.recorded_at, e.recorded_at FROM {table.name} t"
        f" JOIN {reader.timeline} b ON b.position = t.since"
        f" LEFT JOIN {reader.timeline} e ON e.position = t.until AND t.until <= {position}"
        f" WHERE {where} ORDER BY t.since, t.row",
        parameters,
    )
    width = table.width
    return Versions(table, [(values[width], _version(table, values, width)) for values in found])


def _version(table: Table[R], values: tuple[Any, ...], width: int) -> Version[R]:
    until, since_at, until_at = values[width + 1 : width + 4]
    return Version(table.decode(values), values[width - 1], until if until_at is not None else None, since_at, until_at)


def positions_of(reader: Reader, streams: Sequence[str]) -> dict[tuple[str, int], int]:
    """Where the events of these nouns stand that the moment knows: by noun and number; one statement."""
    if not streams:
        return {}
    found = reader.rows(
        f"SELECT stream, version, position FROM events WHERE stream IN ({marks(streams)}) AND position <= ?",
        [*streams, reader.moment.position],
    )
    return {(stream, version): position for stream, version, position in found}


def recorded_at(reader: Reader, positions: Sequence[int]) -> dict[int, datetime]:
    """When the events at these positions were recorded; one statement."""
    if not positions:
        return {}
    found = reader.rows(
        f"SELECT position, recorded_at FROM {reader.timeline} WHERE position IN ({marks(positions)})",
        list(positions),
    )
    return {position: instant(time) for position, time in found}
