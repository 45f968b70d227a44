"""Kills a process at every place of the path of a write, again and again: `python -m tests.faults.killing FOLDER KILLS [MISTAKE]`.

One warm process forks children. Each owns the record, writes, follows and signs as a server does, tells its parent what it asks and
what it was told, and dies by SIGKILL at the place it was given. After each, the parent looks whether the record holds what was
acknowledged, once, at the position that was said. A reader that lives through it all must have seen every event, and no other.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.accounts import NOUNS, Accounts, Command, Told
from tests.faults.aftermath import whole
from tests.faults.killpoints import POINTS, Point, Trigger, arm, die
from tests.faults.mistaken import MISTAKES
from txapi.application.desk import Order
from txapi.application.units import amend_unit, register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.views import fingerprint
from txapi.record import Record
from txapi.record.place import Place
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_store import SQLiteStore
from txapi.web.instance import Instance, Signing

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = 3
COMMANDS = 4
"""What a client does in the life of one child, at most."""
LATEST_TURN = 5
WATCHED_EVERY = 200
"""After so many kills, everything that is derived from the record is made anew and compared."""


# -- the child ---------------------------------------------------------------------------------------------------------------


def order(command_id: str, what: Any) -> Order:
    """The envelope of a command."""
    meta = Metadata(
        decided_at=datetime.now(UTC),
        actor=Actor("test.killing", Role.ADMINISTRATOR),
        correlation_id=command_id,
        command_id=command_id,
    )
    return Order(meta, hashlib.sha256(repr(what).encode()).digest())


def live(folder: Path, work: list[list[Command]], say: Callable[[str, Any], None]) -> None:
    """Own the record and carry out the commands, one client per list, until something kills this process."""
    with Instance.open(folder, signing=Signing(every_seconds=0.005)) as instance:

        def client(commands: list[Command]) -> None:
            try:
                for command in commands:
                    say("asked", command)
                    given = order(command.id, command)
                    done = amend_unit(instance.desk, given, unit=command.noun, order_number=command.value)
                    say("told", Told(command.id, done.first, done.last, done.replayed))
                    assert instance.views.wait_for(done.last, 10), f"position {done.last} does not become visible"
            except BaseException as error:
                say("failed", [repr(error)])

        threads = [threading.Thread(target=client, args=(commands,)) for commands in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(0.05)
    die()


def begin(where: Place | Path, patience_seconds: float = 10) -> None:
    """Make the record, its keys, its ledger, and the nouns."""
    with Instance.open(where) as instance:
        for code in NOUNS:
            name, given = Label(zh="梧桐街道", en="Wutong"), order(f"start {code}", code)
            register_unit(instance.desk, given, code=code, name=name, kind=UnitKind.SUBDISTRICT, duty=Duty.OTHER)
        assert instance.views.wait_for(len(NOUNS), patience_seconds)


def follow(folder: Path, seen: Path) -> None:
    """Read the record to its head, again and again, noting every event; with SIGTERM once more, and end."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    with Record.open(folder, owner=False) as record, seen.open("w") as file:
        position, last = 0, False
        while not last:
            last = ending.is_set()
            while page := record.read(position, 50):
                file.writelines(f"{event.position} {event.event.event_id}\n" for event in page)
                position = page[-1].position
            file.flush()
            ending.wait(0.002)


def forked(act: Callable[[], None]) -> int:
    """A child that does this and nothing else of ours; its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        act()
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def warm() -> None:
    """Do once what every child would have to do anew, and let none of them copy what is only collected as garbage."""
    fingerprint()
    gc.freeze()


def wait_for(pid: int, code: int = 0) -> None:
    """Wait until the child has ended so."""
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert ended == code, f"the child ended with {ended}"


# -- the parent --------------------------------------------------------------------------------------------------------------


class Killing:
    """A record whose owner is killed again and again, and what its clients know."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.accounts = Accounts(self.chance)
        self.kills = 0
        self.killed: Counter[Point] = Counter()
        """How often a child died at the point, rather than at the end of its work without having come by there."""
        folder.mkdir(parents=True, exist_ok=True)
        warm()
        wait_for(forked(lambda: begin(folder)))
        self._seen = folder.parent / f"{folder.name}.seen"
        self._reader = forked(lambda: follow(folder, self._seen))

    def kill(self, point: Point) -> None:
        """Let one child live until it comes to that point, and look what is there afterwards."""
        reading, writing = os.pipe()
        work = self.accounts.work(CLIENTS, COMMANDS)
        trigger = Trigger(point, self.chance.randint(1, LATEST_TURN), self.chance.uniform(0, 0.003))

        def child() -> None:
            os.close(reading)
            trigger.say = lambda: send(writing, "dying", ())
            arm(trigger)
            live(self.folder, work, lambda kind, what: send(writing, kind, what))

        pid = forked(child)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            said = [json.loads(line) for line in pipe]
        wait_for(pid, -signal.SIGKILL)
        self.kills += 1
        for kind, *what in said:
            if kind == "dying":
                self.killed[point] += 1
            else:
                self.accounts.note(kind, what)
        with closing(SQLiteStore(self.folder / RECORD_FILE, create=False)) as store:
            rows = store.read(self.accounts.position, 10_000)
        self.accounts.look(rows)

    def look_at_everything(self) -> None:
        """Compare all that is derived with the record."""
        self.accounts.close()
        wait_for(forked(self._whole))

    def _whole(self) -> None:
        assert len(whole(self.folder)) == self.accounts.position

    def end(self) -> None:
        """What the reader saw that lived through it is the record, no more and no less."""
        os.kill(self._reader, signal.SIGTERM)
        wait_for(self._reader)
        with Record.open(self.folder, owner=False) as record:
            recorded = [f"{event.position} {event.event.event_id}" for event in record.read_all()]
        assert self._seen.read_text().splitlines() == recorded

    def close(self) -> None:
        """Take the reader away, where something went wrong before its end."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._reader, signal.SIGKILL)
            os.waitpid(self._reader, 0)


def send(pipe: int, kind: str, what: Any) -> None:
    """Tell the parent."""
    # One write of less than a page is whole or not there at all, whoever is killed.
    os.write(pipe, json.dumps([kind, *what]).encode() + b"\n")


def main(folder: Path, kills: int, mistake: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Kill that often, each point in turn; figures. `mistake` is one that all processes are to make."""
    began = time.monotonic()
    mistake()
    killing = Killing(folder, seed=20150811)
    try:
        for number in range(kills):
            killing.kill(POINTS[number % len(POINTS)])
            if number % WATCHED_EVERY == WATCHED_EVERY - 1:
                killing.look_at_everything()
        killing.look_at_everything()
        killing.end()
    finally:
        killing.close()
    seconds = time.monotonic() - began
    return {
        "kills": killing.kills,
        "at": {str(point): killing.killed[point] for point in POINTS},
        "seconds": round(seconds, 1),
        "events": killing.accounts.position,
        "acknowledged": len(killing.accounts.acknowledged),
        "never_answered": len(killing.accounts.open),
        "done_unanswered": killing.accounts.found_done,
    }


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), *(MISTAKES[name] for name in sys.argv[3:]))) + "\n"
    )
