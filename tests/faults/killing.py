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
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults.aftermath import whole
from tests.faults.killpoints import POINTS, Point, Trigger, arm, die
from tests.faults.mistaken import MISTAKES
from txapi.application.desk import Order
from txapi.application.units import amend_unit, register_unit
from txapi.domain.event import Actor, Metadata, Role, TimeBasis
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, Unit, UnitKind
from txapi.projections.views import fingerprint
from txapi.record import Record
from txapi.record.codec import EventMapper
from txapi.record.ids import RandomIds
from txapi.record.record import RECORD_FILE
from txapi.record.sqlite_store import SQLiteStore
from txapi.web.instance import Instance, Signing

if TYPE_CHECKING:
    from collections.abc import Callable

NOUNS = ("noun-0", "noun-1", "noun-2")
CLIENTS = 3
COMMANDS = 4
"""What a client does in the life of one child, at most."""
LATEST_TURN = 5
WATCHED_EVERY = 200
"""After so many kills, everything that is derived from the record is made anew and compared."""


class Command(NamedTuple):
    """One command; sent again, it is the same."""

    id: str
    noun: str
    value: int


class Told(NamedTuple):
    """A receipt, as the client holds it."""

    id: str
    first: int
    last: int
    replayed: bool


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


def begin(folder: Path) -> None:
    """Make the record, its keys, its ledger, and the nouns."""
    with Instance.open(folder) as instance:
        for code in NOUNS:
            name, given = Label(zh="梧桐街道", en="Wutong"), order(f"start {code}", code)
            register_unit(instance.desk, given, code=code, name=name, kind=UnitKind.SUBDISTRICT, duty=Duty.OTHER)
        assert instance.views.wait_for(len(NOUNS), 10)


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


# -- the parent --------------------------------------------------------------------------------------------------------------


class Killing:
    """A record whose owner is killed again and again, and what its clients know."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.kills = 0
        self.killed: Counter[Point] = Counter()
        """How often a child died at the point, rather than at the end of its work without having come by there."""
        self.acknowledged: dict[str, Told] = {}
        self.asked: dict[str, Command] = {}
        self.open: dict[str, Command] = {}
        self.found_done = 0
        """The commands that nobody had answered and that turned out to be done."""
        self._recorded: dict[str, int] = {}
        self._mapper = EventMapper(RandomIds(), TimeBasis.SYSTEM)
        self._position = 0
        self._count = 0
        folder.mkdir(parents=True, exist_ok=True)
        # What children would have to compute anew each, and what they would copy only because it is collected as garbage.
        fingerprint()
        gc.freeze()
        assert os.waitpid(forked(lambda: begin(folder)), 0)[1] == 0
        self._seen = folder.parent / f"{folder.name}.seen"
        self._reader = forked(lambda: follow(folder, self._seen))

    def kill(self, point: Point) -> None:
        """Let one child live until it comes to that point, and look what is there afterwards."""
        reading, writing = os.pipe()
        work = self._work()
        turn = self.chance.randint(1, LATEST_TURN)
        late_seconds = self.chance.uniform(0, 0.003)

        def child() -> None:
            os.close(reading)
            arm(Trigger(point, turn, late_seconds, lambda: _send(writing, "dying", ())))
            live(self.folder, work, lambda kind, what: _send(writing, kind, what))

        pid = forked(child)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            said = [json.loads(line) for line in pipe]
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, f"the child ended by itself: {status}"
        self.kills += 1
        for kind, *what in said:
            if kind == "dying":
                self.killed[point] += 1
            else:
                self._note(kind, what)
        self._look()

    def _work(self) -> list[list[Command]]:
        """For each client what it has to do: first of all what was never answered, and sometimes what was."""
        again = [*self.open.values(), *(self.asked[told.id] for told in self._some_acknowledged())]
        self.chance.shuffle(again)
        work: list[list[Command]] = [again[number::CLIENTS] for number in range(CLIENTS)]
        for commands in work:
            for _ in range(COMMANDS):
                self._count += 1
                commands.append(Command(f"command-{self._count}", self.chance.choice(NOUNS), self._count))
        return work

    def _some_acknowledged(self) -> list[Told]:
        return self.chance.sample([*self.acknowledged.values()][-40:], min(1, len(self.acknowledged)))

    def _note(self, kind: str, what: list[Any]) -> None:
        assert kind != "failed", what
        if kind == "asked":
            command = Command(*what)
            self.asked[command.id] = command
            if command.id not in self.acknowledged:
                self.open[command.id] = command
            return
        told = Told(*what)
        earlier = self.acknowledged.get(told.id)
        if earlier is not None:
            assert told == earlier._replace(replayed=True), f"{earlier} became {told}"
        else:
            self.found_done += told.replayed
            self.acknowledged[told.id] = told
            del self.open[told.id]

    def _look(self) -> None:
        """What is new in the record: positions follow one another, and every command is there once, as it was said."""
        with closing(SQLiteStore(self.folder / RECORD_FILE, create=False)) as store:
            rows = store.read(self._position, 10_000)
        for position, _, stream, version, topic, state in rows:
            assert position == self._position + 1
            self._position = position
            event = self._mapper.decode(stream, version, topic, state)
            id = event.meta.command_id
            assert id is not None
            assert id not in self._recorded, f"{id} was done at {self._recorded[id]} and at {position}"
            self._recorded[id] = position
            if isinstance(event, Unit.Amended):
                assert event.order == self.asked[id].value
        for told in list(self.acknowledged.values())[-60:]:
            assert told.first == told.last == self._recorded.get(told.id), f"{told} is not there"

    def look_at_everything(self) -> int:
        """Compare all that is derived with the record; how many events there are."""
        assert all(told.last == self._recorded[told.id] for told in self.acknowledged.values())
        assert set(self._recorded) <= set(self.asked) | {f"start {code}" for code in NOUNS}
        assert os.waitpid(forked(self._whole), 0)[1] == 0
        return self._position

    def _whole(self) -> None:
        assert len(whole(self.folder)) == self._position

    def end(self) -> None:
        """What the reader saw that lived through it is the record, no more and no less."""
        os.kill(self._reader, signal.SIGTERM)
        assert os.waitpid(self._reader, 0)[1] == 0
        with Record.open(self.folder, owner=False) as record:
            recorded = [f"{event.position} {event.event.event_id}" for event in record.read_all()]
        assert self._seen.read_text().splitlines() == recorded

    def close(self) -> None:
        """Take the reader away, where something went wrong before its end."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._reader, signal.SIGKILL)
            os.waitpid(self._reader, 0)


def _send(pipe: int, kind: str, what: Any) -> None:
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
        events = killing.look_at_everything()
        killing.end()
    finally:
        killing.close()
    seconds = time.monotonic() - began
    return {
        "kills": killing.kills,
        "at": {str(point): killing.killed[point] for point in POINTS},
        "seconds": round(seconds, 1),
        "events": events,
        "acknowledged": len(killing.acknowledged),
        "never answered": len(killing.open),
        "done although nobody was answered": killing.found_done,
    }


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), *(MISTAKES[name] for name in sys.argv[3:]))) + "\n"
    )
