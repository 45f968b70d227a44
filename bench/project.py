"""How fast the follower turns events into rows, on both stores, beside the same statements sent raw: every batch in turn."""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, NamedTuple

from _measuring import measured_folder, options, say, show, tell_machine
from _stores import POSTGRESQL, SQLITE, chosen_stores, database

from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import BATCH, Follower
from txapi.projections.views import Views, file_database
from txapi.projections.views_tables import create, make_indexes
from txapi.record import Record
from txapi.record.database import Connection, Database, Fence
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.tables import make_tables
from txapi.record.sqlite_database import SQLiteDatabase

Statements = list[tuple[str, list[Any]]]
"""A statement, or the name of a table, and the rows that it was carried out for, or that were stored in it."""

TABLES = [table for projection in PROJECTIONS for table in projection.tables]
LIMIT = "  the same statements raw, all indexes from the start"
LATE = "  raw, most indexes made at the end, as the follower does"


class Taken:
    """Seconds by the clock, and of the processor."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what the block takes."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


class _Overheard:
    """The connection of a batch; what is sent through it in bulk is written down."""

    def __init__(self, connection: Connection, told: Statements) -> None:
        self._connection, self._told = connection, told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def executemany(self, sql: str, rows: Iterable[Any]) -> Any:
        """Write down, and send on."""
        kept = list(rows)
        self._told.append((sql, kept))
        return self._connection.executemany(sql, kept)

    def insert(self, table: str, rows: Iterable[Any]) -> None:
        """The same for rows with a value for every column."""
        kept = list(rows)
        self._told.append((table, kept))
        self._connection.insert(table, kept)


class _Overhearing:
    """A database of views that remembers the statements of its last transaction."""

    told: Statements = []  # noqa: RUF012 - each transaction puts one of its own in its place

    @contextmanager
    def transaction(self, fence: Fence | None = None) -> Iterator[Any]:
        """A write transaction that is overheard."""
        with super().transaction(fence) as connection:  # type: ignore[misc]
            self.told = []
            yield _Overheard(connection, self.told)


class OverheardFile(_Overhearing, SQLiteDatabase):
    """The same for a file."""


class OverheardSchema(_Overhearing, PostgresDatabase):
    """The same for a schema."""


def place_of(name: str, beside: Path, dsn: str | None, *, overheard: bool = False) -> Database:
    """An empty place for views: a file in that folder, or a schema of that database."""
    if dsn is None:
        return file_database(beside / f"{name}.db", OverheardFile if overheard else SQLiteDatabase)
    return (OverheardSchema if overheard else PostgresDatabase)(dsn, name)


def raw(name: str, beside: Path, dsn: str | None, record_id: str, indexed: bool, pipe: Pipe) -> None:
    """Carry out batch by batch what comes through the pipe, and answer with what all of it took."""
    database, taken = place_of(name, beside, dsn), Taken()
    with database.emptied() as connection:
        create(connection, record_id, TABLES)
        if indexed:
            make_indexes(connection, TABLES)
    while (batch := pipe.recv()) is not None:
        with taken.running(), database.transaction() as connection:
            for sql, rows in batch:
                if " " in sql:
                    connection.executemany(sql, rows)
                else:
                    connection.insert(sql, rows)
        pipe.send(None)
    if not indexed:
        with taken.running(), database.transaction() as connection:
            make_indexes(connection, TABLES)
    pipe.send((taken.wall, taken.cpu))
    database.close()


class Peer:
    """The raw statements in a process of its own, so that the follower's memory is the follower's."""

    def __init__(self, name: str, beside: Path, dsn: str | None, record_id: str, *, indexed: bool) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=raw, args=(name, beside, dsn, record_id, indexed, theirs))
        self._process.start()

    def carry_out(self, batch: Statements) -> None:
        """The same batch; returns when it is committed."""
        self._pipe.send(batch)
        self._pipe.recv()

    def finish(self) -> Taken:
        """What it took altogether."""
        self._pipe.send(None)
        taken = Taken()
        taken.wall, taken.cpu = self._pipe.recv()
        self._process.join()
        return taken


class Followed(NamedTuple):
    """What a rebuild took."""

    taken: dict[str, Taken]
    digest: str
    slowest: float
    """Events/s of CPU in the slowest tenth."""
    memory: float
    """The most memory of the follower in MB."""
    rows: int


def follow(record: Record, beside: Path, dsn: str | None, until: int, *, late: bool) -> Followed:
    """Follow the record up to a position, and let its peers carry out each batch after it; `late`: the second one, too."""
    database = place_of("views", beside, dsn, overheard=True)
    assert isinstance(database, _Overhearing)
    views = Views(database, record.record_id, PROJECTIONS, name="views")
    follower = Follower(record, views)
    peers = {LIMIT: Peer("raw", beside, dsn, record.record_id, indexed=True)}
    if late:
        peers[LATE] = Peer("late", beside, dsn, record.record_id, indexed=False)
    taken, tenth, slowest, marked = Taken(), Taken(), float("inf"), 0
    with closing(views):
        going = True
        while going:
            database.told = []
            with taken.running(), tenth.running():
                going = bool(follower.step(until))
            if going:
                for peer in peers.values():
                    peer.carry_out(database.told)
            if views.position - marked >= max(until // 10, 1):
                slowest = min(slowest, (views.position - marked) / tenth.cpu)
                tenth, marked = Taken(), views.position
                say(f"{marked:,} events, {marked / taken.cpu:,.0f}/s of CPU, {marked / taken.wall:,.0f}/s")
        digest = views.progress().digest
        with views.snapshot() as seen:
            names = ("events", *(table.name for table in TABLES))
            rows = sum(seen.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measured = {"the follower, from the first event": taken} | {name: peer.finish() for name, peer in peers.items()}
    return Followed(measured, digest, slowest, memory, rows)


def reading(record: Record, until: int) -> Taken:
    """What it takes to read and decode the events: below this no follower can come."""
    taken, after = Taken(), 0
    with taken.running():
        while after < until:
            after = record.read(after, min(BATCH, until - after))[-1].position
    return taken


def measure(folder: Path, dsn: str | None, until: int, late: bool) -> None:
    """Rebuild on one store, carry out the same statements raw after each batch, and print both."""
    before = os.getloadavg()[0]
    with (
        Record.open(folder, owner=False) as record,
        tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=folder) as beside,
    ):
        found = follow(record, Path(beside), dsn, until, late=late)
        after = os.getloadavg()[0]
        alone = reading(record, until)
    taken = found.taken | {"  reading and decoding the events alone": alone}
    limit = taken[LIMIT]
    show(
        f"{SQLITE if dsn is None else POSTGRESQL}: {until:,} events become {found.rows:,} rows,"
        f" digest {found.digest[:16]}; a rebuild on SQLite should"
        " reach 0.40 of raw",
        ("", "CPU s", "events/s of CPU", "of raw", "seconds", "events/s", "of raw"),
        [
            (
                name,
                f"{each.cpu:.1f}", f"{until / each.cpu:,.0f}", f"{limit.cpu / each.cpu:.2f}",
                f"{each.wall:.1f}", f"{until / each.wall:,.0f}", f"{limit.wall / each.wall:.2f}",
            )
            for name, each in taken.items()
        ],
    )  # fmt: skip
    print(
        f"slowest tenth {found.slowest:,.0f} events/s of CPU; most memory of the follower {found.memory:,.0f} MB;"
        f" load {before:.1f} at the beginning, {after:.1f} at the end"
    )


def main() -> None:
    """Measure every store that was chosen, each in a process of its own."""
    parser = options(__doc__ or "", events=100_000)
    parser.add_argument("--store", choices=(SQLITE, POSTGRESQL, "both"), default="both", help="(%(default)s)")
    parser.add_argument("--until", type=int, help="only the events up to this position")
    parser.add_argument("--late", action="store_true", help="beside it, raw with most indexes made at the end")
    chosen = parser.parse_args()
    spawning = multiprocessing.get_context("spawn")
    with measured_folder(chosen.data, chosen.events) as folder:
        with Record.open(folder, owner=False) as record:
            until = min(record.head.position, chosen.until or record.head.position)
        tell_machine()
        for store in chosen_stores(chosen.store):
            with ExitStack() as held:
                dsn = held.enter_context(database()) if store == POSTGRESQL else None
                if dsn is not None:
                    # Whoever writes rows looks whether the record beside them has the events.
                    with closing(connect(dsn)) as connection:
                        make_tables(connection)
                say(f"{store}: following {until:,} events, and the same statements raw after each batch")
                each = spawning.Process(target=measure, args=(folder, dsn, until, chosen.late))
                each.start()
                each.join()
                if each.exitcode:
                    raise SystemExit(f"the measurement of {store} failed")


if __name__ == "__main__":
    main()
