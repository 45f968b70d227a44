"""How fast the follower turns events into rows, beside raw executemany of the same rows into the same tables."""

from __future__ import annotations

import itertools
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from _measuring import measured_folder, options, say, show, tell_machine

from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import BATCH, Follower
from txapi.projections.views import Views
from txapi.record import Record


def read_only(record: Record, until: int) -> float:
    """Seconds to read and decode the events: below this no follower can come."""
    began, after = time.perf_counter(), 0
    while after < until:
        after = record.read(after, min(BATCH, until - after))[-1].position
    return time.perf_counter() - began


def follow(record: Record, path: Path, until: int) -> tuple[float, str, float]:
    """Seconds to make every row anew, their digest, and the events/s of the slowest tenth."""
    views = Views.in_file(path, record.record_id, PROJECTIONS)
    try:
        follower = Follower(record, views)
        marks: list[tuple[int, float]] = [(0, time.perf_counter())]

        def note(position: int) -> None:
            if position >= marks[-1][0] + until // 10 or position == until:
                marks.append((position, time.perf_counter()))

        follower.catch_up(until, note)
        slowest = min(
            (later[0] - earlier[0]) / (later[1] - earlier[1])
            for earlier, later in itertools.pairwise(marks)
            if later[0] - earlier[0] >= until // 20
        )
        return marks[-1][1] - marks[0][1], views.progress().digest, slowest
    finally:
        views.close()


def raw(source: Path, target: Path, until: int) -> tuple[float, int, int]:
    """Seconds to insert the same rows, in the follower's batches; how many rows and bytes of values they are."""
    with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(target, isolation_level=None)) as loop:
        loop.execute("PRAGMA journal_mode = WAL")
        loop.execute("PRAGMA synchronous = NORMAL")
        loop.execute("PRAGMA cache_size = -65536")
        for (statement,) in kept.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"):
            loop.execute(statement)
        tables = [name for (name,) in kept.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        feeds = {name: _Feed(kept, name) for name in tables if name not in ("progress", "digests")}
        seconds, rows, size = 0.0, 0, 0
        for end in range(BATCH, until + BATCH, BATCH):
            batch = {name: list(feed.until(end)) for name, feed in feeds.items()}
            began = time.perf_counter()
            loop.execute("BEGIN IMMEDIATE")
            for name, some in batch.items():
                if some:
                    loop.executemany(feeds[name].insert, some)
            loop.execute("COMMIT")
            seconds += time.perf_counter() - began
            rows += sum(map(len, batch.values()))
            size += sum(_size(value) for some in batch.values() for row in some for value in row)
    return seconds, rows, size


def _size(value: Any) -> int:
    return len(value.encode()) if isinstance(value, str) else 0 if value is None else 8


class _Feed:
    """The rows of a table in the order in which they were written."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        place = "position" if name == "events" else "row"
        self._cursor = connection.execute(f"SELECT * FROM {name} ORDER BY {place}")
        self._at = 0 if name == "events" else 1
        self._next = self._cursor.fetchone()
        self.insert = f"INSERT INTO {name} VALUES ({', '.join('?' * len(self._cursor.description))})"

    def until(self, position: int) -> Iterator[tuple[Any, ...]]:
        """The next rows that begin up to that position."""
        while self._next is not None and self._next[self._at] <= position:
            yield self._next
            self._next = self._cursor.fetchone()


def main() -> None:
    """Rebuild, insert the same rows raw, and print both."""
    parser = options(__doc__ or "", events=100_000)
    parser.add_argument("--until", type=int, help="only the events up to this position")
    chosen = parser.parse_args()
    with (
        measured_folder(chosen.data, chosen.events) as folder,
        Record.open(folder, owner=False) as record,
        tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=folder) as beside,
    ):
        until = min(record.head.position, chosen.until or record.head.position)
        say(f"reading {until:,} events")
        reading = read_only(record, until)
        say("following them")
        following, digest, slowest = follow(record, Path(beside) / "views.db", until)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say("inserting the same rows raw")
        inserting, rows, size = raw(Path(beside) / "views.db", Path(beside) / "raw.db", until)
        stored = (Path(beside) / "views.db").stat().st_size
    tell_machine()

    def line(name: str, seconds: float, limit: float) -> tuple[str, ...]:
        return (
            name,
            f"{seconds:.1f}",
            f"{until / seconds:,.0f}",
            f"{rows / seconds:,.0f}",
            f"{size / seconds / 1e6:.1f}",
            f"{limit / seconds:.2f}",
        )

    show(
        f"{until:,} events become {rows:,} rows, {size / 1e6:,.0f} MB of values, {stored / 1e6:,.0f} MB with indexes;"
        f" digest {digest[:16]}; the limit is raw executemany",
        ("", "seconds", "events/s", "rows/s", "MB/s", "of the limit"),
        [
            line("the follower, from the first event", following, inserting),
            line("  raw executemany, same rows, batches and indexes", inserting, inserting),
            (
                "  reading and decoding the events alone",
                f"{reading:.1f}", f"{until / reading:,.0f}", "", "", f"{inserting / reading:.2f}",
            ),
        ],
    )  # fmt: skip
    print(f"slowest tenth {slowest:,.0f} events/s; peak memory of the follower {memory:,.0f} MB")


if __name__ == "__main__":
    main()
