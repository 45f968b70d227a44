"""What every benchmark shares: the record that it measures, percentiles, and a table with the ratio to each limit."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import platform
import sqlite3
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from txapi.domain.event import TimeBasis
from txapi.projections.follower import Follower
from txapi.record import Record
from txapi.record.clock import ScriptClock
from txapi.simulation.run import simulate
from txapi.web.instance import Instance


def options(description: str, events: int) -> argparse.ArgumentParser:
    """A parser with the options of a benchmark that measures a record."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="a folder with a record; else one is simulated and deleted again"
    )
    parser.add_argument(
        "--events", type=int, default=events, help="about how many events to simulate without --data (%(default)s)"
    )
    return parser


@contextlib.contextmanager
def measured_folder(data: Path | None, events: int) -> Iterator[Path]:
    """The folder given, or a temporary one with a simulated record."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="txapi-bench-") as folder:
        say(f"simulating about {events:,} events")
        simulate(Path(folder), events=events)
        yield Path(folder)


@contextlib.contextmanager
def built(folder: Path) -> Iterator[Instance]:
    """The record in the folder with its read models at its head, its clock at its last event; nothing else runs."""
    with Record.open(folder, owner=False) as record:
        head = record.head
    if head.recorded_at is None:
        raise SystemExit(f"the record in {folder} is empty; `txapi simulate` writes one")
    instance = Instance.open(folder, ScriptClock(head.recorded_at, TimeBasis.SIMULATED))
    try:
        if instance.views.position < head.position:
            say(f"building the read models of {head.position:,} events")
            Follower(instance.record, instance.views).catch_up()
        yield instance
    finally:
        instance.stop()


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return percentile(values, 50)


def say(text: str) -> None:
    """Tell how far the benchmark is, beside the table."""
    print(f"... {text}", file=sys.stderr, flush=True)


def show(title: str, heads: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table; the first column is text, the others are numbers."""
    rows = [list(heads), *(list(line) for line in lines)]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(heads))]
    print(f"\n{title}")
    for number, row in enumerate(rows):
        cells = [
            cell + " " * (width - _width(cell)) if at == 0 else " " * (width - _width(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    sys.stdout.flush()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def tell_machine() -> None:
    """Say on what was measured, and how busy it was."""
    print(
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}"
    )
