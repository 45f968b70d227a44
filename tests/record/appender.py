"""A process of its own for the tests: owns the record in a folder and does as told until it is killed.

`own`: open the record, say so, wait for the end of the input. `append`: append from four threads without end, and
print the ids of every append after it was acknowledged.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.record.letters import said, written
from txapi.record import Append, CommandKey, Record
from txapi.record.place import Place


def main(what: str, folder: str, database: str | None = None) -> None:
    record = Record.open(Place(Path(folder), database))
    sys.stdout.write("open\n")
    sys.stdout.flush()
    if what == "own":
        sys.stdin.read()
        record.close()
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


if __name__ == "__main__":
    main(*sys.argv[1:])
