"""How fast events are appended, by 1 to 128 clients at once, beside a raw loop that writes the same rows in the same commits.

Twice: *appends* at the writer's door, where decided events are encoded, queued and committed; and *commands* through the desk,
where they are decided first.
"""

from __future__ import annotations

import argparse
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _drafts import draft, drafted, register_units
from _measuring import median, percentile, say, show, tell_machine
from _stores import SQLITE, chosen_stores, database, placed, store_option

from txapi.application.desk import Desk
from txapi.record import Record
from txapi.record.place import Place
from txapi.record.postgres.appending import writing_connection
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.tables import make_tables
from txapi.record.record import RECORD_FILE

CLIENTS = (1, 8, 32, 128)
LIMITS = {"sqlite": 0.35, "postgresql": 0.50}
"""The part of the raw rate that the appends of 32 clients should reach."""

APPENDS, COMMANDS = "appends", "commands"

Rows = list[tuple[Any, ...]]
Act = Callable[[], object]


@dataclass
class Measured:
    """One run: how many per second, CPU of this process for each, how long each took, how many a commit held."""

    rate: float
    cpu_micros: float
    took: list[float]
    in_a_commit: float


def appends(desk: Desk, clients: int, each: int) -> list[list[Act]]:
    """For every client the appends that it brings to the writer's door, with events that were decided before."""
    writer = desk.record.writer

    def brought(command: str) -> Act:
        append = drafted(command)
        return lambda: writer.append(append)

    return [[brought(f"append-{number}-{turn}") for turn in range(each)] for number in range(clients)]


def commands(desk: Desk, clients: int, each: int) -> list[list[Act]]:
    """For every client the commands that it gives to the desk."""

    def given(command: str) -> Act:
        return lambda: draft(desk, command)

    return [[given(f"command-{number}-{turn}") for turn in range(each)] for number in range(clients)]


WAYS = {APPENDS: appends, COMMANDS: commands}


def measured(place: Place, way: str, clients: int, each: int) -> tuple[Measured, int, list[int]]:
    """One event each, by so many clients at once; also the head before them, and the heads after each commit."""
    with Record.open(place) as record:
        desk = Desk(record)
        register_units(desk)
        acts = WAYS[way](desk, clients, each)
        before = record.head.position
        heads: list[int] = []
        record.writer.listen(heads.append)
        took: list[list[float]] = [[] for _ in range(clients)]
        ready = threading.Barrier(clients + 1)

        def client(number: int) -> None:
            ready.wait()
            for act in acts[number]:
                began = time.perf_counter()
                act()
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


def one_round(store: str, way: str, clients: int, each: int, below: Path | None) -> tuple[Measured, Measured]:
    """The product, and right after it the raw loop with the commits of the product."""
    with placed(store, below) as place:
        ours, before, heads = measured(place, way, clients, each)
        if store == SQLITE:
            return ours, raw_sqlite(place, before, heads, place.folder / "raw.db")
        with database() as dsn:
            return ours, raw_postgresql(place, before, heads, dsn)


def main() -> None:
    """Measure in short rounds that alternate with their peers, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--appends", type=int, default=1280, help="events in each run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (%(default)s)")
    parser.add_argument("--clients", type=int, nargs="*", default=CLIENTS, help="how many at once (1 8 32 128)")
    chosen = parser.parse_args()
    stores = chosen_stores(chosen.store)
    found: dict[tuple[str, int, str], list[tuple[Measured, Measured]]] = {}
    for turn in range(chosen.rounds):
        say(f"round {turn + 1} of {chosen.rounds}")
        for store in stores:
            for clients in chosen.clients:
                each = max(chosen.appends // max(clients, 4), 1)
                for way in WAYS:
                    found.setdefault((store, clients, way), []).append(
                        one_round(store, way, clients, each, chosen.data)
                    )
    tell_machine()
    for store in stores:
        lines = []
        for clients in chosen.clients:
            who = f"{clients} client{'s'[: clients > 1]}"
            for way in WAYS:
                runs = found[store, clients, way]
                ratio = median([run.rate / peer.rate for run, peer in runs])
                lines.append(_line(f"{who}: {way}", [run for run, _ in runs], f"{ratio:.2f}"))
                lines.append(_line("  raw, the same commits", [peer for _, peer in runs], "1.00"))
        show(
            f"{store}: one event with its command's receipt each, every commit on the disk; medians of {chosen.rounds} rounds."
            f" Appends: decided events at the writer's door. Commands: decided at the desk first."
            f" The limit is the raw loop; the appends of 32 clients should reach {LIMITS[store]:.2f} of it",
            ("", "events/s", "of the limit", "CPU µs", "in a commit", "p50 ms", "p99 ms"),
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
