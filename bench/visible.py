"""How soon a reader sees what a command has recorded, on each store, beside a raw row that one connection writes and another reads."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack, closing
from pathlib import Path

from _drafts import draft, register_units
from _measuring import median, percentile, say, show, tell_machine
from _stores import POSTGRESQL, SQLITE, chosen_stores, placed, store_option

from txapi.projections.all import PROJECTIONS
from txapi.projections.moment import head_of
from txapi.projections.views import Views, file_database
from txapi.record.database import Database
from txapi.record.place import Place
from txapi.record.postgres.database import PostgresDatabase
from txapi.web.instance import Instance

LIMITS = {SQLITE: 2.0, POSTGRESQL: 5.0}
"""By how many milliseconds after it was acknowledged half of what is recorded should be visible."""
PATIENCE_SECONDS = 30.0


def commands(place: Place, store: str, count: int, pause: float) -> dict[str, list[float]]:
    """Seconds for each command of one client who pauses between them, as a clerk does, by what they lead to."""
    found: dict[str, list[float]] = {}
    with ExitStack() as held:
        instance = held.enter_context(Instance.open(place))
        desk, views = instance.desk, instance.views
        # On PostgreSQL there may be nodes that do not follow, and learn from the database how far the rows are.
        other = None
        if store == POSTGRESQL:
            other = held.enter_context(closing(Views.open(place, instance.record.record_id, PROJECTIONS)))
        register_units(desk)
        assert views.wait_for(instance.record.head.position, PATIENCE_SECONDS)
        for turn in range(count):
            time.sleep(pause)
            asked = time.perf_counter()
            done = draft(desk, f"draft-{turn}")
            told = time.perf_counter()
            assert views.wait_for(done.last, PATIENCE_SECONDS)
            with views.snapshot() as connection:
                assert head_of(connection) >= done.last
            seen = time.perf_counter()
            found.setdefault("acknowledged, from the command's arrival", []).append(told - asked)
            found.setdefault("visible, from its acknowledgement", []).append(seen - told)
            found.setdefault("visible, from its arrival", []).append(seen - asked)
            if other is not None:
                assert other.wait_for(done.last, PATIENCE_SECONDS)
                with other.snapshot() as connection:
                    assert head_of(connection) >= done.last
                there = time.perf_counter()
                found.setdefault("visible at another node, from its acknowledgement", []).append(there - told)
    return found


def raw(place: Place, store: str, count: int, pause: float) -> list[float]:
    """Seconds to commit one row with the settings of the read models and to read it on another connection."""
    database: Database
    if store == SQLITE:
        database = file_database(place.folder / "raw.db")
    else:
        assert place.database is not None
        database = PostgresDatabase(place.database, "raw")
    with closing(database):
        with database.emptied() as connection:
            connection.execute("CREATE TABLE raw (position INTEGER PRIMARY KEY, value TEXT)")
        return [_raw_row(database, number, pause) for number in range(count)]


def _raw_row(database: Database, number: int, pause: float) -> float:
    time.sleep(pause)
    began = time.perf_counter()
    with database.transaction() as connection:
        connection.execute("INSERT INTO raw VALUES (?, ?)", (number, "x" * 1000))
    with database.snapshot() as connection:
        assert connection.execute("SELECT max(position) FROM raw").fetchone() == (number,)
    return time.perf_counter() - began


def main() -> None:
    """Measure in short rounds that alternate with their peer, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    store_option(parser)
    parser.add_argument("--commands", type=int, default=100, help="commands in each round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (%(default)s)")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between two commands (%(default)s)")
    chosen = parser.parse_args()
    stores = chosen_stores(chosen.store)
    found: dict[str, dict[str, list[float]]] = {store: {} for store in stores}
    for turn in range(chosen.rounds):
        say(f"round {turn + 1} of {chosen.rounds}")
        for store in stores:
            for name, took in _round(store, chosen.data, chosen.commands, chosen.pause).items():
                found[store].setdefault(name, []).extend(took)
    tell_machine()
    for store in stores:
        peer = median(found[store]["  raw: a row committed and read"])
        show(
            f"{store}: milliseconds until what a command recorded is seen, one client; {chosen.rounds} rounds of"
            f" {chosen.commands}; half of it should be visible {LIMITS[store]:.0f} ms after its acknowledgement",
            ("", "p50", "p99", "times raw"),
            [
                (
                    name,
                    f"{median(took) * 1000:.2f}",
                    f"{percentile(took, 99) * 1000:.2f}",
                    f"{median(took) / peer:.1f}",
                )
                for name, took in found[store].items()
            ],
        )


def _round(store: str, below: Path | None, count: int, pause: float) -> dict[str, list[float]]:
    with placed(store, below) as place:
        found = commands(place, store, count, pause)
        return found | {"  raw: a row committed and read": raw(place, store, count, pause)}


if __name__ == "__main__":
    main()
