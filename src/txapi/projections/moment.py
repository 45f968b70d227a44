"""A moment 时点: the record up to a position, judged by a clock, with the facts of the world up to a date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput
from txapi.projections.table import FOREVER
from txapi.record.database import Connection, Dialect
from txapi.record.instants import instant, micros

if TYPE_CHECKING:
    from txapi.projections.restricted import Restriction

LASTING = "lasting"
"""In the memo of a reader of the present: what is remembered of that position for whoever reads it next."""

PRESENT = "SELECT position, recorded_at FROM progress"
"""What a snapshot of read models is opened with: everybody asks it first."""

_ALL, _ONE = methodcaller("fetchall"), methodcaller("fetchone")

INDEXED = "whether the read models have their indexes"
"""In the memo of a reader: whether that is so."""
_indexed: WeakSet[Connection] = WeakSet()
"""Connections to read models that were seen with all their indexes, which they keep."""


def _look_for_indexes(connection: Connection) -> bool:
    found = connection.execute("SELECT indexed FROM progress").fetchone()[0]
    if found:
        _indexed.add(connection)
    return bool(found)


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
    hidden: frozenset[str] = frozenset()
    """The kinds of noun of whose events whoever asks must not know."""
    restriction: Restriction | None = None
    """What whoever asks may read; None for all of it."""

    def at(self, moment: Moment) -> Reader:
        """The same snapshot at another moment, for the same viewer."""
        return Reader(self.connection, moment, hidden=self.hidden, restriction=self.restriction)

    def at_several(self, positions: Sequence[int]) -> Several:
        """The same snapshot at several positions at once, for the same viewer."""
        return Several(
            self.connection, self.moment, hidden=self.hidden, restriction=self.restriction, positions=tuple(positions)
        )

    def of_whole_histories(self) -> Self:
        """The same moment without the nouns whose history whoever asks may read only in part: for answers that rest on all of it."""
        if self.restriction is None:
            return self
        return replace(self, restriction=self.restriction.of_whole_histories())

    @property
    def entire(self) -> Reader:
        """The same moment for the rules themselves, which read what is adopted and when things were recorded, for nobody."""
        if self.restriction is None:
            return self
        return Reader(self.connection, self.moment, self.memo, self.hidden)

    def note(self, kind: str, *ids: str) -> None:
        """Something of that kind is shown that not everybody may read: whoever leaves traces leaves one."""
        if self.restriction is not None:
            self.restriction.note(kind, ids)

    @property
    def is_restricted(self) -> bool:
        """Whether there are rows that whoever asks may not read."""
        return self.restriction is not None and self.restriction.rule is not None

    @property
    def is_everybodys(self) -> bool:
        """Whether everybody who asks this gets the same answer, and nobody keeps who did."""
        return self.restriction is None or not (self.restriction.leaves_traces or self.is_restricted)

    @property
    def timeline(self) -> str:
        """The table of events where only their positions and times are asked for, which everybody knows."""
        rule = None if self.restriction is None else self.restriction.rule
        return "events" if rule is None else f"{rule.schema}.events"

    @property
    def is_now(self) -> bool:
        """Whether what is to be seen is what is current, and nothing else."""
        return self.moment.now

    @property
    def is_of_one_moment(self) -> bool:
        """Whether of each row one version at most is to be seen."""
        return True

    def live(self, alias: str = "t") -> str:
        """The condition that a version is the one to be seen at this moment, for a table reached through its noun."""
        if self.moment.now:
            return f"{alias}.until = {FOREVER}"
        position = int(self.moment.position)
        return f"({alias}.since <= {position} AND {alias}.until > {position})"

    def by_index(self, name: str) -> str:
        """What makes SQLite find a table's rows through that index; PostgreSQL chooses by what it counted."""
        if self.connection.dialect is not Dialect.SQLITE or (self.restriction and self.restriction.restricts(name)):
            return ""
        if not self.is_indexed:
            # A long first build does without them to its end. Until then it is for SQLite to find what there is.
            return ""
        return f"INDEXED BY {name}"

    @property
    def is_indexed(self) -> bool:
        """Whether the indexes are there by which SQLite is told to look."""
        if self.connection.dialect is not Dialect.SQLITE:
            return True
        known: bool | None = self.memo.get(INDEXED)
        if known is None:
            known = self.memo[INDEXED] = self.connection in _indexed or bool(_look_for_indexes(self.connection))
        return known

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement. TimeIsUp where the time of whoever reads is over; BadInput BAD_TEXT."""
        rows: list[tuple[Any, ...]] = self._fetched(sql, parameters, _ALL)
        return rows

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a statement, or None. TimeIsUp as `rows`."""
        row: tuple[Any, ...] | None = self._fetched(sql, parameters, _ONE)
        return row

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement one by one, few of them in memory at a time."""
        if self.restriction is not None:
            sql, parameters = self.restriction.laid_over(self, sql, parameters)
        return self.connection.stream(sql, parameters)

    def _fetched(self, sql: str, parameters: Sequence[Any], fetch: Callable[[Any], Any]) -> Any:
        if any(isinstance(each, str) and "\0" in each for each in parameters):
            # No text that is kept holds it. SQLite would look in vain; PostgreSQL takes it for a fault of ours.
            raise BadInput("BAD_TEXT", "text has no NUL and no lone surrogates")
        if self.restriction is not None:
            sql, parameters = self.restriction.laid_over(self, sql, parameters)
        deadline = self.connection.deadline
        if deadline is None:
            return fetch(self.connection.execute(sql, parameters))
        deadline.check()
        try:
            return fetch(self.connection.execute(sql, parameters))
        except Exception:
            # What the store says of a statement that it stopped is another thing on each store.
            deadline.check()
            raise


@dataclass(frozen=True, slots=True)
class Several(Reader):
    """The same snapshot at several positions at once: one statement finds every version that is to be seen at any of them."""

    positions: tuple[int, ...] = ()

    @property
    def is_now(self) -> bool:
        """It is not."""
        return False

    @property
    def is_of_one_moment(self) -> bool:
        """It is not."""
        return False

    def live(self, alias: str = "t") -> str:
        """The condition that a version is to be seen at one of the positions at least."""
        each = ", ".join(f"({int(position)})" for position in self.positions)
        # Most versions of a noun are from before or behind all of them, which an index tells.
        near = f"{alias}.since <= {int(max(self.positions))} AND {alias}.until > {int(min(self.positions))}"
        seen = f"{alias}.since <= p.column1 AND {alias}.until > p.column1"
        return f"({near} AND EXISTS (SELECT 1 FROM (VALUES {each}) p WHERE {seen}))"


def at_position(
    connection: Connection,
    position: int,
    clock: datetime | None = None,
    valid_on: date | None = None,
) -> Moment:
    """The moment of a position that the snapshot holds; its clock is its recorded time unless another is given."""
    head = head_of(connection)
    if position > head:
        raise BadInput(
            "MOMENT_AHEAD", f"position {position} is not reached yet; the head is {head}", ("at", "position")
        )
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


def present_of(connection: Connection) -> tuple[int, datetime]:
    """The last position that the snapshot holds, and when that event was recorded."""
    position, recorded_at = connection.said or connection.execute(PRESENT).fetchone()
    return position, instant(recorded_at or 0)


def head_of(connection: Connection) -> int:
    """The last position that the snapshot holds."""
    return present_of(connection)[0]
