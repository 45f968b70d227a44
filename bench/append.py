"""How fast commands are recorded, by 1 to 128 clients at once, beside a raw loop that writes the same rows in the same commits."""

from __future__ import annotations

import argparse
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _measuring import median, percentile, say, show, tell_machine
from _stores import SQLITE, chosen_stores, database, placed, store_option

from txapi.application.desk import Desk, Order
from txapi.application.tickets import draft_ticket
from txapi.application.units import register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.ticket.values import TicketCategory
from txapi.domain.unit import Duty, UnitKind
from txapi.record import Record
from txapi.record.place import Place
from txapi.record.postgres.appending import writing_connection
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.tables import make_tables
from txapi.record.record import RECORD_FILE

CLIENTS = (1, 8, 32, 128)
LIMITS = {"sqlite": 0.35, "postgresql": 0.50}
"""The part of the raw rate that 32 clients should reach."""
CLERK = Actor("bench-clerk", Role.ADMINISTRATOR)

Rows = list[tuple[Any, ...]]


@dataclass
class Measured:
    """One run: appends per second, CPU of this process per append, how long each took, how many appends a commit held."""

    rate: float
    cpu_micros: float
    took: list[float]
    in_a_commit: float


def order(command: str) -> Order:
    """The envelope of a command that a client may send again."""
    meta = Metadata(decided_at=datetime.now(UTC), actor=CLERK, correlation_id=str(uuid.uuid4()), command_id=command)
    return Order(meta, b"\0" * 32)


def commands(place: Place, clients: int, each: int) -> tuple[Measured, int, list[int]]:
    """Drafted tickets, decided at the desk; also the head before them, and the heads after each commit."""
    with Record.open(place) as record:
        desk = Desk(record)
        for number in (1, 2):
            register_unit(
                desk,
                order(f"unit-{number}"),
                code=f"unit-{number}",
                name=Label(zh=f"单位{number}", en=f"unit {number}"),
                kind=UnitKind.TOWN,
                duty=Duty.IMPLEMENTING_BODY,
            )
        before = record.head.position
        heads: list[int] = []
        record.writer.listen(heads.append)
        took: list[list[float]] = [[] for _ in range(clients)]
        ready = threading.Barrier(clients + 1)

        def client(number: int) -> None:
            ready.wait()
            for turn in range(each):
                began = time.perf_counter()
                draft_ticket(
                    desk,
                    order(f"draft-{number}-{turn}"),
                    category=TicketCategory.LAND_USE,
                    subject="地块未能按期交付",
                    body="地块未能按期交付，请予支持。",
                    issuer="unit-1",
                    handler="unit-2",
                )
                took[number].append(time.perf_counter() - began)

        threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        ready.wait()
        began, cpu = time.perf_counter(), time.process_time()
        for thread in threads:
            thread.join()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    count = clients * each
    took_all = [one for some in took for one in some]
    return Measured(count / seconds, cpu / count * 1e6, took_all, count / len(heads)), before, heads


def raw_sqlite(place: Place, before: int, ends: Sequence[int], beside: Path) -> Measured:
    """The same rows by executemany: one transaction up to each of `ends`, as durable as the record's."""
    source = place.folder / RECORD_FILE
    with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(beside, isolation_level=None)) as loop:
        loop.execute("PRAGMA journal_mode = WAL")
        loop.execute("PRAGMA synchronous = FULL")
        for (statement,) in kept.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"):
            loop.execute(statement)
        events = kept.execute("SELECT * FROM events WHERE position > ? ORDER BY position", (before,)).fetchall()
        told = kept.execute("SELECT * FROM commands WHERE last > ? ORDER BY last", (before,)).fetchall()

        def write(first: int, end: int) -> None:
            loop.execute("BEGIN IMMEDIATE")
            loop.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", events[first:end])
            loop.executemany("INSERT INTO commands VALUES (?, ?, ?, ?, ?)", told[first:end])
            loop.execute("COMMIT")

        return _looped(write, before, ends)


def raw_postgresql(place: Place, before: int, ends: Sequence[int], dsn: str) -> Measured:
    """The same rows by psycopg's executemany, which sends them without waiting for each answer; as durable as the record's."""
    assert place.database is not None
    with connect(place.database) as kept:
        events = kept.execute("SELECT * FROM record.events WHERE position > $1 ORDER BY position", (before,)).fetchall()
        told = kept.execute("SELECT * FROM record.commands WHERE last > $1 ORDER BY last", (before,)).fetchall()
    with connect(dsn) as making:
        make_tables(making)
    with closing(writing_connection(dsn)) as loop, loop.cursor() as cursor:

        def write(first: int, end: int) -> None:
            loop.execute("BEGIN")
            cursor.executemany("INSERT INTO record.events VALUES ($1, $2, $3, $4, $5, $6)", events[first:end])
            cursor.executemany("INSERT INTO record.commands VALUES ($1, $2, $3, $4, $5)", told[first:end])
            loop.execute("COMMIT")

        return _looped(write, before, ends)


def _looped(write: Callable[[int, int], None], before: int, ends: Sequence[int]) -> Measured:
    took: list[float] = []
    began, cpu, done = time.perf_counter(), time.process_time(), before
    for end in ends:
        start = time.perf_counter()
        write(done - before, end - before)
        took.append(time.perf_counter() - start)
        done = end
    count = done - before
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Measured(count / seconds, cpu / count * 1e6, took, count / len(ends))


def one_round(store: str, clients: int, each: int, below: Path | None) -> tuple[Measured, Measured]:
    """The desk, and right after it the raw loop with the commits of the desk."""
    with placed(store, below) as place:
        measured, before, heads = commands(place, clients, each)
        if store == SQLITE:
            return measured, raw_sqlite(place, before, heads, place.folder / "raw.db")
        with database() as dsn:
            return measured, raw_postgresql(place, before, heads, dsn)


def main() -> None:
    """Measure in short rounds that alternate with their peers, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--appends", type=int, default=1280, help="commands in each run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (%(default)s)")
    parser.add_argument("--clients", type=int, nargs="*", default=CLIENTS, help="how many at once (1 8 32 128)")
    chosen = parser.parse_args()
    stores = chosen_stores(chosen.store)
    found: dict[tuple[str, int], list[tuple[Measured, Measured]]] = {}
    for turn in range(chosen.rounds):
        say(f"round {turn + 1} of {chosen.rounds}")
        for store in stores:
            for clients in chosen.clients:
                each = max(chosen.appends // max(clients, 4), 1)
                found.setdefault((store, clients), []).append(one_round(store, clients, each, chosen.data))
    tell_machine()
    for store in stores:
        lines = []
        for clients in chosen.clients:
            runs = found[store, clients]
            desk, peers = [run for run, _ in runs], [peer for _, peer in runs]
            ratio = median([run.rate / peer.rate for run, peer in runs])
            lines.append(_line(f"{clients} client{'s'[: clients > 1]}", desk, f"{ratio:.2f}"))
            lines.append(_line("  raw, the same commits", peers, "1.00"))
        show(
            f"{store}: appends of one event with its command's receipt, every commit on the disk; medians of {chosen.rounds}"
            f" rounds; the limit is the raw loop, and 32 clients should reach {LIMITS[store]:.2f} of it",
            ("", "appends/s", "of the limit", "CPU µs", "in a commit", "p50 ms", "p99 ms"),
            lines,
        )


def _line(name: str, runs: Sequence[Measured], ratio: str) -> tuple[str, ...]:
    took = [one for run in runs for one in run.took]
    return (
        name,
        f"{median([run.rate for run in runs]):,.0f}",
        ratio,
        f"{median([run.cpu_micros for run in runs]):,.0f}",
        f"{median([run.in_a_commit for run in runs]):.1f}",
        f"{percentile(took, 50) * 1000:.2f}",
        f"{percentile(took, 99) * 1000:.2f}",
    )


if __name__ == "__main__":
    main()
