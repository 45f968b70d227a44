"""The read models: versioned rows in a file or a schema of their own, named after the code that made them."""

from __future__ import annotations

import contextlib
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import txapi
from txapi.projections.moment import PRESENT
from txapi.projections.rows import RowWriter
from txapi.projections.views_deleting import delete_others
from txapi.projections.views_progress import Progress, Standing, progress_of
from txapi.projections.views_tables import create, make_indexes, moved
from txapi.projections.views_waiting import Reach
from txapi.record.conflicts import RecordUnavailable
from txapi.record.damage import Damaged
from txapi.record.database import Dialect
from txapi.record.instants import micros
from txapi.record.place import Place
from txapi.record.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from txapi.projections.projection import Projection
    from txapi.projections.table import Table
    from txapi.record.beforehand import Asker
    from txapi.record.database import Connection, Database, Fence
    from txapi.record.deadlines import Deadline
    from txapi.record.record import RecordedEvent

MANY_WAITING = 500
"""From how many new rows on a batch stores those of each table by themselves."""

_SCHEMAS = "views_"
MOVED = "txapi_views"
"""The channel on which a follower tells every process where its rows stand: the name of the schema and the position."""


@cache
def fingerprint(parts: tuple[str, ...] = ("domain", "projections")) -> str:
    """Names the code that decides what the rows are: a change of domain or projections gives another name.

    The same for other packages and modules of ours, by their paths, where they are given.
    """
    root = Path(txapi.__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        whole = root / part
        for path in sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def views_file(folder: Path) -> Path:
    """Where the read models of this version of the code live, beside the record in `folder`."""
    return folder / f"views-{fingerprint()}.db"


def views_schema() -> str:
    """The schema in which they live on PostgreSQL, in the record's database."""
    return f"{_SCHEMAS}{fingerprint()}"


class NotBuiltYet(RecordUnavailable):
    """There are no read models of this record by this version of the code: whoever follows the record makes them."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the read models {where} are not built yet: the process that follows the record makes them")


class FollowedMeanwhile(RecordUnavailable):
    """The rows are not where this follower left them, or what it read is not in the record beside them; see `moved`."""

    def __init__(self, where: str, after: int) -> None:
        super().__init__(
            f"nothing was written: the read models {where} are no longer at position {after}, where this follower left them,"
            " or it has read from a server that is the primary no more"
        )


class Views:
    """The read models of one record by one version of the code. Readers take snapshots; one follower writes batches.

    They are disposable: `prepare` makes them anew where they belong to another record. With `event_id_at` (the id of the
    record's event at a position, None beyond its head) also where the record is an older copy than the one that was followed.
    """

    def __init__(
        self,
        database: Database,
        record_id: str,
        projections: Sequence[Projection],
        event_id_at: Callable[[int], str | None] | None = None,
        *,
        replica: Database | None = None,
        name: str | None = None,
    ) -> None:
        """`replica` answers what readers ask, where one is kept. `name` tells these views from others in messages."""
        self.record_id = record_id
        self.projections = tuple(projections)
        self.tables: dict[str, Table[Any]] = {table.name: table for p in projections for table in p.tables}
        self.name = name or views_schema()
        self._database = database
        self._asked = replica or database
        self._event_id_at = event_id_at
        self._reach = Reach()
        self._built = False
        self._indexed = False
        self._stored: dict[str, int] = {}
        self._lasting: tuple[Any, dict[Any, Any]] = (None, {})
        self._deafen: Callable[[], None] = lambda: None
        # The same rows where they are written, however far the replicas are.
        self.written: Views = self
        if replica is not None:
            self.written = Views(database, record_id, projections, event_id_at, name=self.name)

    @classmethod
    def in_file(
        cls,
        path: Path,
        record_id: str,
        projections: Sequence[Projection],
        event_id_at: Callable[[int], str | None] | None = None,
    ) -> Self:
        """Those in the file at `path`, which is made where it is none of theirs. For the one process that writes it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        views = cls(file_database(path), record_id, projections, event_id_at)
        views.prepare()
        return views

    @classmethod
    def open(
        cls,
        place: Place | Path,
        record_id: str,
        projections: Sequence[Projection],
        event_id_at: Callable[[int], str | None] | None = None,
    ) -> Self:
        """Those of the record in that place, by this version of the code.

        The embedded record's are ready at once. On PostgreSQL they are as whoever follows the record left them, which may
        be not at all: `prepare` makes them, and the follower does so before it begins.
        """
        place = Place.of(place)
        if place.database is None:
            return cls.in_file(views_file(place.folder), record_id, projections, event_id_at)
        from txapi.record.postgres.database import PostgresDatabase, replica_of
        from txapi.record.postgres.listener import listen

        schema = views_schema()
        replica = replica_of(place.replica, schema) if place.replica is not None else None
        database = PostgresDatabase(place.database, schema)
        views = cls(database, record_id, projections, event_id_at, replica=replica, name=schema)
        views.look()
        views._deafen = listen(place.database, MOVED, views.written._told)
        views.written._reach.is_told = True
        return views

    # -- writing -----------------------------------------------------------------------------------------------

    def prepare(self, fence: Fence | None = None) -> None:
        """Make the tables where there are none, or make them anew where they are of something else; empty either way."""
        self._database.equip()
        if not self._are_ours():
            self.empty(fence)
        self._built = True
        self._indexed = False
        self._reach.position = self.stored_position()

    def empty(self, fence: Fence | None = None) -> None:
        """Make the tables anew, empty, whatever they held."""
        self._lasting = (None, {})
        with self._database.emptied(fence) as connection:
            create(connection, self.record_id, self.tables.values())

    def _are_ours(self) -> bool:
        try:
            with self._database.lent() as connection:
                found = connection.execute("SELECT record_id, complete FROM progress").fetchone()
                last = connection.execute(
                    "SELECT position, event_id FROM events ORDER BY position DESC LIMIT 1"
                ).fetchone()
        except self._database.unreadable:
            return False
        strange = self._event_id_at is not None and last is not None and self._event_id_at(last[0]) != last[1]
        return bool(found == (self.record_id, 1) and not strange)

    def stored_position(self) -> int:
        """The last position of which the rows are stored, asked of the database that is written."""
        with self._database.lent() as connection:
            return int(connection.execute("SELECT position FROM progress").fetchone()[0])

    def row_writer(self) -> RowWriter:
        """A writer that goes on from what is stored."""
        with self._database.lent() as connection:
            writer = RowWriter(connection, self.tables.values())
            totals = connection.execute("SELECT name, total FROM digests").fetchall()
        try:
            writer.digests.update({name: int.from_bytes(total, "big") for name, total in totals})
        except TypeError as error:
            raise Damaged(f"the read models {self.name} lack a digest: {error}") from error
        self._stored = dict(writer.digests)
        return writer

    @contextlib.contextmanager
    def folding(self, writer: RowWriter) -> Iterator[None]:
        """Let the writer look up what it does not remember while a batch is folded, which takes longer than storing it.

        Outside any transaction: a database ends one that says nothing for long.
        """
        with contextlib.ExitStack() as held:
            # Most batches touch only what is remembered, and ask for none.
            writer.looking(cache(lambda: held.enter_context(self._database.lent())))
            yield

    def store(
        self,
        writer: RowWriter,
        events: list[tuple[Any, ...]],
        after: int,
        last: RecordedEvent,
        fence: Fence | None = None,
    ) -> None:
        """Store what follows from the events after that position: rows, index of events and progress, all or nothing.

        LeaseLost where another process has become the follower, FollowedMeanwhile where the rows are not at `after`.
        """
        changed = {name: total for name, total in writer.digests.items() if total != self._stored.get(name)}
        totals = [(total.to_bytes(256, "big"), name) for name, total in changed.items()]
        first = moved(self._database.dialect, after, last.position, micros(last.recorded_at))
        with self._database.transaction(fence, first) as connection:
            if connection.said == 0:
                raise FollowedMeanwhile(self.name, after)
            writer.through(connection)
            # Many rows are sent as streams, which cannot be sent together with anything.
            if writer.waiting > MANY_WAITING:
                writer.flush()
            if len(events) > MANY_WAITING:
                connection.insert("events", events)
                events = []
            connection.tell(MOVED, f"{self.name} {last.position}")
            with self._database.ending(connection):
                writer.flush()
                connection.insert("events", events)
                connection.executemany("UPDATE digests SET total = ? WHERE name = ?", totals)
        self._stored.update(changed)

    def make_indexes(self, fence: Fence | None = None) -> None:
        """Make the indexes that a long first build does without, where they are not there yet."""
        if not self._indexed:
            with self._database.transaction(fence) as connection:
                make_indexes(connection, self.tables.values())
            self._indexed = True

    def delete_others(self, used: Collection[str]) -> list[str]:
        """Delete the read models of earlier code, which these stand in for once they have caught up; their names.

        `used` are the fingerprints of the code of every node that lives: what those read from is left alone.
        """
        return delete_others(self._database, self.name, [f"{_SCHEMAS}{each}" for each in used])

    def moved_to(self, position: int) -> None:
        """Tell everybody who waits that rows up to this position are written: visible, unless a replica is asked for them."""
        self.written._reach.see(position)

    def _told(self, news: str | None) -> None:
        """A follower, of whichever process and code, has told how far its rows are; or news may have been missed."""
        name, _, position = (news or "").partition(" ")
        if name == self.name and int(position) > self._reach.position:
            self._reach.see(int(position))

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The last position that this process knows to be visible; `look` asks where another process follows."""
        return self._reach.position

    def look(self) -> int:
        """Ask how far the rows are, where it is asked of them; 0 where they are not built yet."""
        return self.look_where().position

    def look_where(self) -> Standing:
        """The same, with when that was recorded."""
        known = self._reach.position
        found = self.standing()
        self._built = found is not None
        standing = found or Standing(0, 0)
        self.saw(standing.position, known)
        return standing

    def standing(self) -> Standing | None:
        """Where the rows stand, of which nobody else is told; None where there are none of this record that can be read."""
        try:
            with self._asked.lent() as connection:
                found = connection.execute(*self.where_they_stand).fetchone()
        except self._asked.unreadable:
            return None
        return Standing(*found) if found else None

    @property
    def where_they_stand(self) -> tuple[str, tuple[str]]:
        """What is asked for a `Standing`: no row, where there are none of this record."""
        return "SELECT position, coalesce(recorded_at, 0) FROM progress WHERE record_id = ?", (self.record_id,)

    def saw(self, position: int, known: int) -> None:
        """Somebody asked how far the rows are, when this process knew of `known`: the follower may have gone on meanwhile."""
        self._reach.see(position, instead_of=known)

    def lines(self) -> Asker | None:
        """What an event loop asks of them by itself."""
        return self._asked.lines()

    def wait_for(self, position: int, timeout_seconds: float) -> bool:
        """Wait until rows up to `position` are visible; False when they were not in time."""
        if self._reach.position >= position:
            return True
        if self._asked.dialect is Dialect.SQLITE:
            return self._reach.hear_of(position, timeout_seconds)
        return self._reach.look_for(position, timeout_seconds, self.look)

    def snapshot(self, deadline: Deadline | None = None) -> AbstractContextManager[Connection]:
        """A connection that sees one state of all rows for as long as it is held, until the deadline. NotBuiltYet where there are none."""
        if not self._built:
            self.look()
            if not self._built:
                raise NotBuiltYet(self.name)
        return self._asked.snapshot(deadline, PRESENT)

    def lasting(self, position: int, recorded_at: datetime) -> dict[Any, Any]:
        """What is remembered of the state at that position: of what follows from it alone, for every snapshot of it."""
        at, lasting = self._lasting  # One tuple, for other threads put another in its place.
        if at != (position, recorded_at):
            lasting = {}
            self._lasting = (position, recorded_at), lasting
        return lasting

    def progress(self, connection: Connection | None = None) -> Progress:
        """Position, recorded time and digests of the snapshot (of now, without one)."""
        if connection is None:
            with self.snapshot() as own:
                return self.progress(own)
        position, recorded_at = connection.execute("SELECT position, recorded_at FROM progress").fetchone()
        try:
            return progress_of(position, recorded_at, connection.execute("SELECT name, total FROM digests").fetchall())
        except TypeError as error:
            raise Damaged(f"the read models {self.name} hold no progress: {error}") from error

    def abandon(self) -> None:
        """Ask nothing of the database any more; see `Database.abandon`."""
        self._asked.abandon()
        self._database.abandon()

    def close(self) -> None:
        """Let go of the database; waiters give up. Closing twice is harmless."""
        deafen, self._deafen = self._deafen, lambda: None
        deafen()
        for each in {self, self.written}:
            each._reach.close()
        self._asked.close()
        self._database.close()


def file_database(path: Path, kind: type[SQLiteDatabase] = SQLiteDatabase) -> SQLiteDatabase:
    """The database of read models that lie in the file at `path`, with the settings that fit them."""
    # The rows of an event are scattered over the indexes: with little memory and frequent checkpoints, the same
    # pages would be written again and again while a long record is followed.
    return kind(
        path,
        ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -262144", "wal_autocheckpoint = 16384"),
        reading=("cache_size = -65536",),
    )
