"""A process of its own for the tests: owns the record in a folder and does as told until it is killed.

`own`: open the record, say so, wait for the end of the input. `append`: append from four threads without end, and
print the ids of every append after it was acknowledged. `hold`: take the append lock, say so, and write when told to.
`lease`: take a lease, say which, and write in its name when told to, through the record and beside it; say what came of it.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.record.letters import said, written
from txapi.record import Append, CommandKey, Record
from txapi.record.conflicts import LeaseLost
from txapi.record.leases import Leases
from txapi.record.place import Place
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.store import Changes, Row


def main(what: str, folder: str, database: str | None = None) -> None:
    record = Record.open(Place(Path(folder), database))
    sys.stdout.write("open\n")
    sys.stdout.flush()
    if what == "own":
        sys.stdin.read()
        record.close()
        return
    if what == "hold":
        hold(record)
        return
    if what == "lease":
        assert database is not None
        write_under_a_lease(record, Place(Path(folder), database))
        return

    def append() -> None:
        while True:
            letter = written(record.ids.uuid(), days=7)
            letter.note(said(), "a note that makes it two events")
            receipt = record.writer.append(
                Append(
                    events=tuple(letter.pending),
                    command=CommandKey("wang", letter.id, b"hash"),
                    deadlines={letter.id: letter.next_deadline()},
                )
            )
            sys.stdout.write(f"{letter.id} {receipt.first} {receipt.last} {receipt.events[-1].event_id}\n")
            sys.stdout.flush()

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    threads[0].join()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def hold(record: Record) -> None:
    with record.store.appending() as append:
        say("held")
        sys.stdin.readline()
        [event] = written("too late").pending
        stored = record.mapper.to_stored_event(event)
        row = Row(append.position + 1, append.recorded_at, "too late", 1, stored.topic, stored.state)
        append.write(Changes([row], {}, {}, {}))


def write_under_a_lease(record: Record, place: Place) -> None:
    assert place.database is not None
    with Leases.open(place) as leases:
        fence = leases.keep("watch").wait(30)
        assert fence is not None
        say(" ".join(map(str, fence)))
        sys.stdin.readline()
        [outcome] = record.writer.append_now([Append(events=tuple(written("late").pending), fence=fence)])
        say(type(outcome).__name__)
        try:
            with PostgresDatabase(place.database, "record").transaction(fence) as change:
                change.execute("UPDATE settled SET until = 7")
            say("written")
        except LeaseLost:
            say("LeaseLost")


if __name__ == "__main__":
    main(*sys.argv[1:])
