"""How fast the follower turns events into rows, beside raw executemany of the same statements: every batch in turn."""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, ClassVar

from _measuring import measured_folder, options, say, show, tell_machine

from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import BATCH, Follower
from txapi.projections.views import Views, file_database
from txapi.projections.views_tables import create, make_indexes
from txapi.record import Record
from txapi.record.database import Fence
from txapi.record.sqlite_database import SQLiteDatabase
from txapi.record.sqlite_files import SQLiteConnection

Statements = list[tuple[str, list[Any]]]


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

    def __init__(self, connection: SQLiteConnection, told: Statements) -> None:
        self._connection, self._told = connection, told
        self.dialect, self.execute, self.stream = connection.dialect, connection.execute, connection.stream
        self.together = connection.together

    def executemany(self, sql: str, rows: Iterable[Any]) -> Any:
        """Write down, and send on."""
        kept = list(rows)
        self._told.append((sql, kept))
        return self._connection.executemany(sql, kept)

    def insert(self, table: str, rows: Iterable[Any]) -> None:
        """The same for rows with a value for every column."""
        if kept := list(rows):
            self.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept[0]))})", kept)


class OverheardDatabase(SQLiteDatabase):
    """The database of the views, which remembers the statements of the last batch."""

    told: ClassVar[Statements] = []

    @contextmanager
    def transaction(self, fence: Fence | None = None) -> Iterator[Any]:
        """A write transaction that is overheard."""
        with super().transaction(fence) as connection:
            self.told = []
            yield _Overheard(connection, self.told)


def raw(path: Path, record_id: str, indexed: bool, pipe: Pipe) -> None:
    """Carry out batch by batch what comes through the pipe, and answer with what all of it took."""
    database, taken = file_database(path), Taken()
    tables = [table for projection in PROJECTIONS for table in projection.tables]
    with database.transaction() as connection:
        create(connection, record_id, tables)
        if indexed:
            make_indexes(connection, tables)
    while (batch := pipe.recv()) is not None:
        with taken.running(), database.transaction() as connection:
            for sql, rows in batch:
                connection.executemany(sql, rows)
        pipe.send(None)
    if not indexed:
        with taken.running(), database.transaction() as connection:
            make_indexes(connection, tables)
    pipe.send((taken.wall, taken.cpu))
    database.close()


class Peer:
    """Raw executemany in a process of its own, so that the follower's memory is the follower's."""

    def __init__(self, path: Path, record_id: str, *, indexed: bool) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=raw, args=(path, record_id, indexed, theirs))
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


def follow(record: Record, folder: Path, until: int) -> tuple[dict[str, Taken], str, float, float]:
    """What each took, by name; the digest; the events/s of the slowest tenth; the follower's most memory in MB."""
    database = file_database(folder / "views.db", OverheardDatabase)
    assert isinstance(database, OverheardDatabase)
    views = Views(database, record.record_id, PROJECTIONS)
    follower = Follower(record, views)
    peers = {
        "  raw executemany, same statements and indexes": Peer(folder / "raw.db", record.record_id, indexed=True),
        "  raw, most indexes made at the end, as the follower does": Peer(
            folder / "late.db", record.record_id, indexed=False
        ),
    }
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
        digest = views.progress().digest
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        {"the follower, from the first event": taken} | {n: p.finish() for n, p in peers.items()},
        digest,
        slowest,
        memory,
    )


def reading(record: Record, until: int) -> Taken:
    """What it takes to read and decode the events: below this no follower can come."""
    taken, after = Taken(), 0
    with taken.running():
        while after < until:
            after = record.read(after, min(BATCH, until - after))[-1].position
    return taken


def main() -> None:
    """Rebuild, carry out the same statements raw after each batch, and print both."""
    parser = options(__doc__ or "", events=100_000)
    parser.add_argument("--until", type=int, help="only the events up to this position")
    chosen = parser.parse_args()
    with (
        measured_folder(chosen.data, chosen.events) as folder,
        Record.open(folder, owner=False) as record,
        tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=folder) as beside,
    ):
        until = min(record.head.position, chosen.until or record.head.position)
        say(f"following {until:,} events, and the same statements raw after each batch")
        loads = [os.getloadavg()[0]]
        found, digest, slowest, memory = follow(record, Path(beside), until)
        loads.append(os.getloadavg()[0])
        found["  reading and decoding the events alone"] = reading(record, until)
        with closing(file_database(Path(beside) / "views.db")) as stored, stored.lent() as connection:
            tables = [table.name for projection in PROJECTIONS for table in projection.tables]
            rows = sum(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("events", *tables))
        size = (Path(beside) / "views.db").stat().st_size
    tell_machine()
    limit = found["  raw executemany, same statements and indexes"]
    show(
        f"{until:,} events become {rows:,} rows in {size / 1e6:,.0f} MB with indexes; digest {digest[:16]};"
        " the limit is raw executemany, and a rebuild should reach 0.40 of it",
        ("", "CPU s", "events/s of CPU", "of the limit", "seconds", "events/s", "of the limit"),
        [
            (
                name,
                f"{taken.cpu:.1f}", f"{until / taken.cpu:,.0f}", f"{limit.cpu / taken.cpu:.2f}",
                f"{taken.wall:.1f}", f"{until / taken.wall:,.0f}", f"{limit.wall / taken.wall:.2f}",
            )
            for name, taken in found.items()
        ],
    )  # fmt: skip
    print(
        f"slowest tenth {slowest:,.0f} events/s of CPU; peak memory of the follower {memory:,.0f} MB;"
        f" load {loads[0]:.1f} at the beginning, {loads[1]:.1f} at the end"
    )


if __name__ == "__main__":
    main()
