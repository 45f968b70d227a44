"""A database as the read models and the ledger see it: the same few calls on SQLite and on PostgreSQL."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from txapi.record.beforehand import Asker
    from txapi.record.deadlines import Deadline


_PAGE = 2_000


class Dialect(enum.Enum):
    """Which SQL a connection speaks, for the few places where one statement cannot serve both."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Statement(NamedTuple):
    """A statement with its parameters."""

    sql: str
    parameters: Sequence[Any] = ()


class Fence(NamedTuple):
    """A lease as its holder knows it. The `epoch` rises whenever a lease changes hands, so an old holder is told apart."""

    name: str
    holder: str
    epoch: int


class Cursor(Protocol):
    """The rows that a statement found."""

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""

    def fetchone(self) -> Any:
        """The next row as a tuple, or None."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Row by row."""


class Connection(Protocol):
    """A connection. Parameters are marked with `?`, whole numbers and text come back as they were stored."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""

    @property
    def deadline(self) -> Deadline | None:
        """When whoever reads from it has to be done; None where nobody minds."""

    @property
    def said(self) -> Any:
        """What the statement found that its snapshot was opened with, or how many rows it changed that its transaction was; None
        where there was none."""

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:
        """Carry out one statement."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Carry out one statement for each set of parameters."""

    def together(self) -> AbstractContextManager[Any]:
        """Statements that find nothing may be sent together, in one round trip: what fails is known when the block ends."""

    def tell(self, channel: str, text: str) -> None:
        """Tell other processes when the transaction is committed, where the database can; it may be lost."""

    def insert(self, table: str, rows: Collection[Sequence[Any]]) -> None:
        """Store rows, each with the values of all columns in their order, the quickest way that there is."""

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a statement one by one, few of them in memory at a time; inside a transaction or a snapshot."""


class Database(ABC):
    """One set of tables: a file, or a schema. Every method may be called from any thread."""

    dialect: Dialect
    unreadable: tuple[type[Exception], ...]
    """What a statement raises where the tables that it names do not exist, or the file is none."""

    @abstractmethod
    def lent(self) -> AbstractContextManager[Connection]:
        """A connection for reading, on which every statement sees the latest state."""

    @abstractmethod
    def snapshot(
        self, deadline: Deadline | None = None, first: str | None = None
    ) -> AbstractContextManager[Connection]:
        """A connection that sees one state for as long as it is held, and cannot write.

        A statement that is under way when the deadline is over is stopped, and fails. `first` is a statement without parameters that
        is asked on the way, so that it takes no way of its own: the connection has its row as `said`.
        """

    @abstractmethod
    def transaction(
        self, fence: Fence | None = None, first: Statement | None = None
    ) -> AbstractContextManager[Connection]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        With a fence, `LeaseLost` is raised where somebody else holds that lease by now; while the transaction lasts, nobody
        can take it over. `first` is a statement that is carried out on the way: the connection has the number of rows that it
        changed as `said`.
        """

    def ending(self, connection: Connection) -> AbstractContextManager[Any]:
        """As `together`, for the last statements of a transaction of this database: they may be sent together with its commit."""
        return connection.together()

    @abstractmethod
    def emptied(self, fence: Fence | None = None) -> AbstractContextManager[Connection]:
        """As `transaction`, where nothing is left of the tables that there were, whatever they were."""

    def equip(self) -> None:  # noqa: B027 - a file needs nothing
        """Make what statements use besides tables, where it is missing."""

    def lines(self) -> Asker | None:
        """What an event loop can ask by itself without waiting for an answer; None for a file, which never lets anybody wait."""
        return None

    def abandon(self) -> None:  # noqa: B027 - a file is never away
        """Ask nothing of the database any more, for the process ends: who waits for an answer hears at once that none will come."""

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""


def copy_rows(
    seen: Connection, change: Connection, table: str, columns: str, on_progress: Callable[[int], None] | None = None
) -> None:
    """Copy the rows of a table, few of them in memory at a time. `columns` are their names, `on_progress` is told how many came."""
    marks = ", ".join("?" * (columns.count(",") + 1))
    rows = iter(seen.stream(f"SELECT {columns} FROM {table}"))
    done = 0
    while chunk := list(islice(rows, _PAGE)):
        change.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", chunk)
        done += len(chunk)
        if on_progress is not None:
            on_progress(done)
