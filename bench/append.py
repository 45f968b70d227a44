"""How fast commands are recorded, by 1 and by 32 clients at once, beside a raw sqlite3 loop that writes the same rows."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from _measuring import median, percentile, say, show, tell_machine

from txapi.application.desk import Desk, Order
from txapi.application.tickets import draft_ticket
from txapi.application.units import register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.ticket.values import TicketCategory
from txapi.domain.unit import Duty, UnitKind
from txapi.record import Record

CLIENTS = (1, 32)
TABLES = {"events": "position", "commands": "last", "keys": "value", "deadlines": "due"}
CLERK = Actor("bench-clerk", Role.ADMINISTRATOR)


@dataclass
class Measured:
    """One run: appends per second, how long single commands took, and how many appends a commit held."""

    rate: float
    took: list[float]
    in_a_commit: float = 1.0


def order(command: str) -> Order:
    """The envelope of a command that a client may send again."""
    meta = Metadata(decided_at=datetime.now(UTC), actor=CLERK, correlation_id=str(uuid.uuid4()), command_id=command)
    return Order(meta, b"\0" * 32)


def commands(folder: Path, clients: int, each: int) -> tuple[Measured, int, list[int]]:
    """Drafted tickets, decided at the desk; also the head before them, and the heads after each commit."""
    with Record.open(folder) as record:
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
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
    count = clients * each
    return Measured(count / seconds, [one for some in took for one in some], count / len(heads)), before, heads


def raw(source: Path, target: Path, before: int, ends: Sequence[int]) -> Measured:
    """The same rows in a loop: one transaction up to each of `ends`, as durable as the record's."""
    with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(target, isolation_level=None)) as loop:
        loop.execute("PRAGMA journal_mode = WAL")
        loop.execute("PRAGMA synchronous = FULL")
        for (statement,) in kept.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"):
            loop.execute(statement)
        events = kept.execute("SELECT * FROM events WHERE position > ? ORDER BY position", (before,)).fetchall()
        by_last = {row[4]: row for row in kept.execute("SELECT * FROM commands")}
        into = {
            name: f"INSERT INTO {name} VALUES ({', '.join('?' * width)})"
            for name, width in (("events", 6), ("commands", 5))
        }
        took: list[float] = []
        began, done = time.perf_counter(), before
        for end in ends:
            start = time.perf_counter()
            loop.execute("BEGIN IMMEDIATE")
            for position in range(done + 1, end + 1):
                loop.execute(into["events"], events[position - before - 1])
                loop.execute(into["commands"], by_last[position])
            loop.execute("COMMIT")
            took.append(time.perf_counter() - start)
            done = end
        seconds = time.perf_counter() - began
    return Measured(len(events) / seconds, took, len(events) / len(ends))


def main() -> None:
    """Measure in rounds, so that peers meet the same moods of the disk, and print the median round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--appends", type=int, default=3200, help="commands in each round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (%(default)s)")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="on which disk: temporary records are made in this folder"
    )
    chosen = parser.parse_args()
    found: dict[str, list[Measured]] = {}
    for turn in range(chosen.rounds):
        say(f"round {turn + 1} of {chosen.rounds}")
        for clients in CLIENTS:
            with tempfile.TemporaryDirectory(prefix="txapi-bench-", dir=chosen.data) as name:
                folder = Path(name)
                measured, before, heads = commands(folder / "record", clients, chosen.appends // clients)
                found.setdefault(f"{clients} client{'s'[: clients > 1]}, decided at the desk", []).append(measured)
                singly = range(before + 1, heads[-1] + 1)
                for label, ends in (("raw loop, one commit each", singly), ("raw loop, the writer's commits", heads)):
                    if clients > 1 or ends is singly:
                        peer = raw(folder / "record" / "record.db", folder / f"{len(ends)}.db", before, ends)
                        found.setdefault(f"  {label}", []).append(peer) if clients == 1 else found.setdefault(
                            f"  {label} ({clients})", []
                        ).append(peer)
    tell_machine()
    lines, limit = [], {}
    middle = {name: sorted(runs, key=lambda run: run.rate)[len(runs) // 2] for name, runs in found.items()}
    names = list(middle)
    for at, name in enumerate(names):
        if not name.startswith(" "):
            peers = [peer for peer in names[at + 1 :] if peer.startswith(" ")]
            limit[name] = middle[peers[0]].rate
    current = ""
    for name, run in middle.items():
        current = name if not name.startswith(" ") else current
        lines.append(
            (
                name,
                f"{run.rate:,.0f}",
                f"{run.rate / limit[current]:.2f}",
                f"{run.in_a_commit:.1f}",
                f"{median(run.took) * 1000:.2f}",
                f"{percentile(run.took, 99) * 1000:.2f}",
            )
        )
    show(
        f"Appends of one event with its command's receipt, WAL, synchronous=FULL; median of {chosen.rounds} rounds of"
        f" {chosen.appends:,}; the limit is one raw commit each",
        ("", "appends/s", "of the limit", "in a commit", "p50 ms", "p99 ms"),
        lines,
    )


if __name__ == "__main__":
    main()
