"""A moment 时点: the record up to a position, judged by a clock, with the facts of the world up to a date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.projections.table import FOREVER
from txapi.record.database import Connection, Dialect
from txapi.record.instants import instant, micros


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a question stands.

    `now` is true for the present of a snapshot: the same answers as at its position, found through the indexes of
    current rows. `valid_on` is None where every fact known at the position counts (the usual case); a date restricts
    milestones, leaders, memberships, parcels, figures and rates to what had happened by then.
    """

    position: int
    recorded_at: datetime
    clock: datetime
    valid_on: date | None = None
    now: bool = True

    @property
    def day(self) -> date:
        """The clock's day in Asia/Shanghai: what the clock alone changes, it changes at the turn of a day."""
        return day_of(self.clock)

    @property
    def valid_day(self) -> date:
        """The date up to which facts count."""
        return self.valid_on if self.valid_on is not None else self.day


@dataclass(frozen=True, slots=True)
class Reader:
    """A moment together with the snapshot to read it from. Every question takes one.

    `batches` remembers the lists that this operation has read, so that relations are read once for all siblings.
    """

    connection: Connection
    moment: Moment
    memo: dict[Any, Any] = field(default_factory=dict)

    def at(self, moment: Moment) -> Reader:
        """The same snapshot at another moment."""
        return Reader(self.connection, moment)

    def live(self, alias: str = "t") -> str:
        """The condition that a version is the one to be seen at this moment, for a table reached through its noun."""
        if self.moment.now:
            return f"{alias}.until = {FOREVER}"
        position = int(self.moment.position)
        return f"({alias}.since <= {position} AND {alias}.until > {position})"

    def by_index(self, name: str) -> str:
        """What makes SQLite find a table's rows through that index; PostgreSQL chooses by what it counted."""
        return f"INDEXED BY {name}" if self.connection.dialect is Dialect.SQLITE else ""

    def rows(self, sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self.connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a statement, or None."""
        row: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        return row


@dataclass(frozen=True, slots=True)
class Several(Reader):
    """The same snapshot at several positions at once: one statement finds every version that is to be seen at any of them."""

    positions: tuple[int, ...] = ()

    def live(self, alias: str = "t") -> str:
        """The condition that a version is to be seen at one of the positions at least."""
        each = ", ".join(f"({int(position)})" for position in self.positions)
        return (
            f"EXISTS (SELECT 1 FROM (VALUES {each}) p WHERE {alias}.since <= p.column1 AND {alias}.until > p.column1)"
        )


def at_position(
    connection: Connection, position: int, clock: datetime | None = None, valid_on: date | None = None
) -> Moment:
    """The moment of a position that the snapshot holds; its clock is its recorded time unless another is given."""
    head = head_of(connection)
    if position > head:
        raise BadInput("MOMENT_AHEAD", f"position {position} is not reached yet; the head is {head}", ("position",))
    found = connection.execute("SELECT recorded_at FROM events WHERE position = ?", (position,)).fetchone()
    recorded_at = instant(found[0]) if found else instant(0)
    return Moment(position, recorded_at, clock or recorded_at, valid_on, now=position == head)


def at_time(
    connection: Connection, time: datetime, clock: datetime | None = None, valid_on: date | None = None
) -> Moment:
    """The moment of the last event recorded at or before a time; the caller has made sure that the time is settled."""
    # Recorded times never fall as positions rise, so the last position can be found by halves.
    low, high, wanted = 0, head_of(connection), micros(time)
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.execute("SELECT recorded_at FROM events WHERE position = ?", (middle,)).fetchone()
        if found[0] <= wanted:
            low = middle
        else:
            high = middle - 1
    return at_position(connection, low, clock or time, valid_on)


def head_of(connection: Connection) -> int:
    """The last position that the snapshot holds."""
    head: int = connection.execute("SELECT position FROM progress").fetchone()[0]
    return head
