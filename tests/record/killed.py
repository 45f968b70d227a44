"""A process of its own that rotates a key, is killed at one stage after the other, and tells what is left after each.

Every attempt is a child that kills itself (SIGKILL) at a call of a function of the modules that change keys: the first attempt at
the first call, the next at the second, until one comes to its end. Another child then looks. Prints a line of JSON per attempt.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

from tests.record.letters import Letter, said
from txapi.record import Append, Record, keys, ledger, master_key, notes, person_keys, record_key
from txapi.record.ledger import KEY_FILE, Ledger
from txapi.record.person_keys import open_person_keys
from txapi.record.place import Place
from txapi.record.postgres import person_keys as database_keys
from txapi.record.record_key import rotate
from txapi.record.signer import Signer

MODULES = {str(module.__file__) for module in (keys, ledger, master_key, notes, person_keys, record_key, database_keys)}
MOST_ATTEMPTS = 1_000


class Doomed:
    """Counts the places at which functions of those modules are called and left, and dies at the one of that number.

    A place counts once: loops over what earlier attempts left would make the way longer with each of them.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._passed: set[tuple[object, ...]] = set()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event in {"call", "return"} and frame.f_code.co_filename in MODULES:
            caller = frame.f_back
            self._passed.add((event, frame.f_code, caller and caller.f_code, caller and caller.f_lineno))
            if len(self._passed) > self._number:
                os.kill(os.getpid(), signal.SIGKILL)


def rotate_record_key(place: Place) -> None:
    with (
        Record.open(place, owner=False) as record,
        closing(Ledger.open(place, record.record_id)) as opened,
    ):
        rotate(opened, place.folder / KEY_FILE)


def look_at_record_key(place: Place) -> dict[str, Any]:
    """Sign for one event more, as a server that starts then does."""
    with Record.open(place) as record, closing(Ledger.open(place, record.record_id, owner=True)) as opened:
        letter = Letter(record.ids.uuid())
        letter._record(Letter.Written, said(), number=str(record.head.position + 1))
        record.writer.append(Append(events=tuple(letter.pending)))
        signed = Signer(record, opened).sign()
        assert signed is not None
        assert opened.key is not None
        return {
            "size": signed.size,
            "vkey": opened.vkey_now(),
            "signer": opened.key.vkey,
            "handovers": len(opened.handovers()),
            "files": sorted(path.name for path in place.folder.glob("*record-key*")),
        }


def rewrap_person_keys(place: Place) -> None:
    with closing(open_person_keys(place)) as opened:
        opened.rewrap()


def look_at_person_keys(place: Place) -> dict[str, Any]:
    """Read every key, and make one more."""
    with closing(open_person_keys(place)) as opened:
        found = opened.get(sorted(opened.persons()))
        opened.make(f"{len(found):032x}")
        return {
            "keys": {person: key.hex() for person, key in found.items()},
            "files": sorted(path.name for path in place.folder.glob("*person-master*")),
        }


WHAT: dict[str, tuple[Callable[[Place], None], Callable[[Place], dict[str, Any]]]] = {
    "record-key": (rotate_record_key, look_at_record_key),
    "person-keys": (rewrap_person_keys, look_at_person_keys),
}


def in_a_child(work: Callable[[], object]) -> int:
    """The status of a child that does it. SQLite must not have been used before a process forks."""
    child = os.fork()
    if child == 0:
        try:
            told = work()
            if told is not None:
                sys.stdout.write(f"{json.dumps(told)}\n")
                sys.stdout.flush()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def main(what: str, folder: str, database: str | None = None) -> int:
    """Attempt it until it was done once without being killed."""
    place = Place(Path(folder), database)
    attempt, look = WHAT[what]

    def doomed(number: int) -> None:
        sys.setprofile(Doomed(number))
        attempt(place)
        sys.setprofile(None)

    for number in range(MOST_ATTEMPTS):
        status = in_a_child(lambda number=number: doomed(number))  # type: ignore[misc]
        if not os.WIFSIGNALED(status) and status != 0:
            return 1
        if in_a_child(lambda: look(place)) != 0:
            return 1
        if status == 0:
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
