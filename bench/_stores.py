"""Which stores a benchmark measures, and a place for a record on each: a folder, or a database that survives a power cut."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from _measuring import say

from txapi.record import Record
from txapi.record.place import Place
from txapi.simulation import simulate

# The tests know how to find or start a server; a benchmark is run from the checkout that holds both.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.postgres import Databases, NoServer, Server

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def store_option(parser: argparse.ArgumentParser) -> None:
    """Let the user choose the stores; both unless told otherwise."""
    parser.add_argument("--store", choices=(SQLITE, POSTGRESQL, "both"), default="both", help="(%(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="on which disk: temporary records are made in this folder"
    )


def chosen_stores(store: str) -> list[str]:
    """The stores that were chosen and are there; which is missing is said."""
    names = [SQLITE, POSTGRESQL] if store == "both" else [store]
    if POSTGRESQL in names:
        try:
            _databases()
        except NoServer as missing:
            if store == POSTGRESQL:
                raise SystemExit(str(missing)) from missing
            print(f"PostgreSQL is not measured: {missing}", file=sys.stderr)
            names.remove(POSTGRESQL)
    return names


@contextlib.contextmanager
def placed(store: str, below: Path | None = None) -> Iterator[Place]:
    """A place for a new record, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=below) as name:
        folder = Path(name)
        if store == SQLITE:
            yield Place(folder / "record")
            return
        with database() as dsn:
            yield Place(folder / "record", dsn)


@contextlib.contextmanager
def simulated(store: str, events: int, below: Path | None = None) -> Iterator[tuple[Place, str]]:
    """A record with about so many events, gone afterwards, and the clock that a server of it takes: the time of its head."""
    with placed(store, below) as place:
        say(f"simulating about {events:,} events on {store}")
        simulate(place, events=events)
        with Record.open(place, owner=False) as record:
            assert record.head.recorded_at is not None
            clock = record.head.recorded_at.isoformat()
        yield place, clock


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The connection string of a new database, dropped afterwards."""
    dsn = _databases().create()
    try:
        yield dsn
    finally:
        _databases().drop(dsn)


@cache
def _databases() -> Databases:
    """The server that TXAPI_TEST_DATABASE names, or one of our own with the durability that PostgreSQL has by itself."""
    named = os.environ.get("TXAPI_TEST_DATABASE")
    if named:
        return Databases(named)
    import atexit

    server = Server(settings=("max_wal_size=4GB",))
    atexit.register(server.close)
    return Databases(server.dsn())
