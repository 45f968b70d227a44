"""Beforehand 预问: what a question asks of a database is noted, so that all of it can be asked at once when the question comes again.

That is a guess, and nothing rests on it. What was asked beforehand came from one snapshot, by the very statements, and whoever asks
for anything else is told `Missed`: then the question is carried out as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from txapi.record.deadlines import Deadline, TimeIsUp

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager
    from datetime import datetime

    from txapi.record.database import Connection, Cursor, Dialect

Statement = tuple[str, tuple[Any, ...]]
"""A statement and its parameters."""
Rows = list[tuple[Any, ...]]

MOST_STATEMENTS = 16
"""What asks more than so many is not short."""


class NotAnswered(Exception):
    """It cannot be asked just now, or not in this way: it is to be asked as ever."""


class Asker(Protocol):
    """Asks a database on an event loop, without a thread that waits."""

    async def ask(self, statements: Sequence[Statement]) -> list[Rows]:
        """The rows of each statement, all from one snapshot, in one round trip. NotAnswered."""

    def close(self) -> None:
        """Let go of the database."""


class Missed(TimeIsUp):
    """Something is wanted that was not asked beforehand. Whoever asked may not go on, as where its time is over."""


class Noted:
    """What one question asked of one snapshot, in its order; `statements` is None where that cannot be asked beforehand."""

    def __init__(self) -> None:
        self._statements: dict[Any, Statement] | None = {}
        self.position: int | None = None
        """That of the snapshot."""
        self.clock: int | None = None
        """What the clock said, in microseconds, by which the question was answered."""

    @property
    def statements(self) -> tuple[Statement, ...] | None:
        """Each statement once."""
        return None if self._statements is None else tuple(self._statements.values())

    def begin(self, position: int) -> None:
        """A snapshot of that position was opened."""
        if self.position is not None:
            self.spoil()
        self.position = position

    def note(self, sql: str, parameters: Sequence[Any]) -> None:
        """One was asked."""
        if self._statements is not None:
            self._statements[_key(sql, parameters)] = sql, tuple(parameters)
            if len(self._statements) > MOST_STATEMENTS:
                self.spoil()

    def spoil(self) -> None:
        """Something was asked that cannot be asked beforehand."""
        self._statements = None


class Noting:
    """A connection of which it is noted what it is asked."""

    def __init__(self, connection: Connection, noted: Noted) -> None:
        self._connection = connection
        self._noted = noted

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""
        return self._connection.dialect

    @property
    def deadline(self) -> Deadline | None:
        """When whoever reads from it has to be done."""
        return self._connection.deadline

    @property
    def said(self) -> Any:
        """What its snapshot was opened with."""
        return self._connection.said

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        """Carry out one statement."""
        self._noted.note(sql, parameters)
        return self._connection.execute(sql, parameters)

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a statement one by one: they may be more than anybody asks beforehand."""
        self._noted.spoil()
        return self._connection.stream(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Who writes does not ask."""
        self._noted.spoil()
        return self._connection.executemany(sql, parameters)

    def together(self) -> AbstractContextManager[Any]:
        """Who writes does not ask."""
        self._noted.spoil()
        return self._connection.together()

    def tell(self, channel: str, text: str) -> None:
        """Who writes does not ask."""
        self._noted.spoil()
        self._connection.tell(channel, text)

    def insert(self, table: str, rows: Collection[Sequence[Any]]) -> None:
        """Who writes does not ask."""
        self._noted.spoil()
        self._connection.insert(table, rows)


class _Answer:
    """The rows of one statement."""

    def __init__(self, rows: Rows) -> None:
        self._rows = iter(rows)
        self.rowcount = len(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Answered:
    """A connection that knows the answers to what was asked beforehand, and no others: Missed."""

    def __init__(
        self, dialect: Dialect, said: Any, statements: Sequence[Statement], rows: Sequence[Rows], now: datetime
    ) -> None:
        """`said`: what the snapshot was opened with, from which these rows come. `now`: what the clock said when they were asked."""
        self.dialect = dialect
        self.now = now
        self.said = said
        self.deadline: Deadline | None = None
        self.has_missed = False
        self.missed: Statement | None = None
        """The statement that was wanted and is not there, if it was one."""
        self._rows = {_key(sql, parameters): found for (sql, parameters), found in zip(statements, rows, strict=True)}

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        """The answer to one statement."""
        rows = self._rows.get(_key(sql, parameters))
        if rows is None:
            self.missed = sql, tuple(parameters)
            self.miss()
        return _Answer(rows)

    def miss(self) -> NoReturn:
        """Something else is wanted."""
        self.has_missed = True
        raise Missed

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Nothing was asked that comes one by one."""
        self.miss()

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Nothing is written."""
        self.miss()

    def together(self) -> AbstractContextManager[Any]:
        """Nothing is written."""
        self.miss()

    def tell(self, channel: str, text: str) -> None:
        """Nobody is told anything."""
        self.miss()

    def insert(self, table: str, rows: Collection[Sequence[Any]]) -> None:
        """Nothing is written."""
        self.miss()


def _key(sql: str, parameters: Sequence[Any]) -> Any:
    """One for each statement with its parameters: `1` and `True` are parameters of two kinds."""
    return sql, tuple((type(each), tuple(each) if isinstance(each, list) else each) for each in parameters)
