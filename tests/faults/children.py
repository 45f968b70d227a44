"""Children that are forked from one warm process, carry out commands, and are killed at a place of the path of a write.

Each tells its parent what its clients ask and what they are told. The parent (`Killing`) keeps the accounts of them all, and a reader
lives through everything: it must have seen every event, and no other. `killing.py` and `killing_nodes.py` say who lives, and how.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import math
import os
import random
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.faults import lapsing
from tests.faults.accounts import NOUNS, Accounts, Command, Told
from tests.faults.killpoints import Point, Trigger, Victim, die
from txapi.application.desk import Desk, Order
from txapi.application.units import amend_unit, register_unit
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.views import fingerprint
from txapi.record import Record
from txapi.record.conflicts import AppendUncertain, RecordUnavailable
from txapi.web.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from txapi.record.place import Place
    from txapi.record.record import RecordedEvent

    Say = Callable[[str, Any], None]

LATEST_TURN = 5
"""The latest of the times that a child comes by its point at which something dies there."""
LATEST_SECONDS = 0.003
"""The farthest into a COMMIT that something dies."""

Opened = TypeVar("Opened")


# -- what children do --------------------------------------------------------------------------------------------------------


def order(command_id: str, what: Any) -> Order:
    """The envelope of a command."""
    meta = Metadata(
        decided_at=datetime.now(UTC),
        actor=Actor("test.killing", Role.ADMINISTRATOR),
        correlation_id=command_id,
        command_id=command_id,
    )
    return Order(meta, hashlib.sha256(repr(what).encode()).digest())


def carry_out(
    desk: Desk, work: list[list[Command]], say: Say, then: Callable[[int], None] = lambda position: None
) -> None:
    """One client per list; a command whose fate is not known, or that cannot be recorded now, is given again.

    `then` is what a client does with the position that it was told, before its next command.
    """

    def client(commands: list[Command]) -> None:
        try:
            for command in commands:
                say("asked", command)
                done = None
                while done is None:
                    with suppress(RecordUnavailable, AppendUncertain):
                        given = order(command.id, command)
                        if command.noun in (lapsing.DRAFT, lapsing.ISSUE):
                            done = lapsing.act(desk, command, given.input_hash)
                        else:
                            done = amend_unit(desk, given, unit=command.noun, order_number=command.value)
                say("told", Told(command.id, done.first, done.last, done.replayed))
                then(done.last)
        except BaseException as error:
            say("failed", [repr(error)])

    threads = [threading.Thread(target=client, args=(commands,)) for commands in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def opened(opening: Callable[[], Opened]) -> Opened:
    """What is opened as soon as the record is to be had."""
    while True:
        with suppress(RecordUnavailable):
            return opening()
        time.sleep(0.05)


def begin(place: Place) -> None:
    """Make the record, its keys, its ledger, and the nouns."""
    with Instance.open(place) as instance:
        for code in NOUNS:
            name, given = Label(zh="梧桐街道", en="Wutong"), order(f"start {code}", code)
            register_unit(instance.desk, given, code=code, name=name, kind=UnitKind.SUBDISTRICT, duty=Duty.OTHER)
        lapsing.adopt_references(instance.desk)
        assert instance.views.wait_for(instance.record.head.position, 60)


def follow(place: Place, seen: Path) -> None:
    """Read the record to its head, again and again, noting every event; with SIGTERM once more, and end."""
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    with opened(lambda: Record.open(place, owner=False)) as record, seen.open("w") as file:
        position, last = 0, False
        while not last:
            last = ending.is_set()
            with suppress(RecordUnavailable):
                while page := record.read(position, 50):
                    file.writelines(f"{line}\n" for line in map(line_of, page))
                    position = page[-1].position
            file.flush()
            ending.wait(0.002)


def line_of(event: RecordedEvent) -> str:
    """What a reader notes of an event."""
    return f"{event.position} {event.event.event_id}"


def bounds(program: str) -> argparse.ArgumentParser:
    """The arguments of a program that kills."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.faults.{program}")
    parser.add_argument("folder", type=Path)
    parser.add_argument("kills", type=int)
    parser.add_argument("--seconds", type=float, default=math.inf, help="end after that time, however many there were")
    parser.add_argument("--seed", type=int, default=20150811, help="of what is drawn: commands, turns, moments")
    return parser


# -- forking -----------------------------------------------------------------------------------------------------------------


def warm() -> None:
    """Do once what every child would have to do anew, and let none of them copy what is only collected as garbage."""
    fingerprint()
    gc.freeze()


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


def wait_for(pid: int, code: int = 0) -> None:
    """Wait until the child has ended so."""
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert ended == code, f"the child ended with {ended}"


def send(pipe: int, kind: str, what: Any) -> None:
    """Tell the parent."""
    # One write of less than a page is whole or not there at all, whoever is killed.
    os.write(pipe, json.dumps([kind, *what]).encode() + b"\n")


@dataclass
class Child:
    """One that lives, and how it is heard."""

    pid: int
    point: Point
    victim: Victim
    pipe: int
    heard: bytes = b""
    said: list[list[Any]] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    """What its clients asked and were not told yet."""

    def drain(self) -> bool:
        """Hear what it has said up to now; whether it lives."""
        while True:
            try:
                data = os.read(self.pipe, 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self.heard = (self.heard + data).split(b"\n")
            self.said += map(json.loads, lines)


# -- their parent ------------------------------------------------------------------------------------------------------------


class Killing:
    """A record whose processes are killed again and again, what their clients know, and what was done where."""

    def __init__(self, place: Place, seen: Path, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.accounts = Accounts(self.chance)
        self.kills = 0
        self.struck: Counter[tuple[Point, Victim]] = Counter()
        """How often something died at a point, rather than that a child came to the end of its work without having come by."""
        self.acknowledged: Counter[Point] = Counter()
        self.done_unanswered: Counter[Point] = Counter()
        """How many commands were done that nobody had answered when something died at the point."""
        self._found_done: set[str] = set()
        self._seen = seen
        warm()
        wait_for(forked(lambda: begin(place)))
        self._reader = forked(lambda: follow(place, seen))

    def fork(
        self,
        point: Point,
        live: Callable[[Say, Trigger], None],
        arm: Callable[[Trigger], None],
        victim: Victim = Victim.PROCESS,
        strike: Callable[[int | None], None] = die,
    ) -> Child:
        """A child that lives so, until it comes to that point and strikes."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        turn, late_seconds = self.chance.randint(1, LATEST_TURN), self.chance.uniform(0, LATEST_SECONDS)
        trigger = Trigger(point, turn, late_seconds, strike)

        def act() -> None:
            os.close(reading)
            trigger.say = lambda: send(writing, "struck", ())
            arm(trigger)
            live(lambda kind, what: send(writing, kind, what), trigger)

        pid = forked(act)
        os.close(writing)
        return Child(pid, point, victim, reading)

    def take_in(self, child: Child) -> None:
        """Note what the child has said since it was asked last."""
        for kind, *what in child.said:
            if kind == "struck":
                self.struck[child.point, child.victim] += 1
                continue
            id = str(what[0])
            known = id in self.accounts.acknowledged
            self.accounts.note(kind, what)
            if kind == "asked":
                child.open.add(id)
            else:
                child.open.discard(id)
                self.acknowledged[child.point] += not known
                if not known and self.accounts.acknowledged[id].replayed:
                    self._note_done(child, id)
        child.said.clear()

    def _note_done(self, child: Child, id: str) -> None:
        if id not in self._found_done:
            self._found_done.add(id)
            self.done_unanswered[child.point] += 1

    def bury(self, child: Child) -> None:
        """Take note that the child has been killed, and of what it did without saying so, as far as the record shows it."""
        wait_for(child.pid, -signal.SIGKILL)
        for id in child.open:
            if self.accounts.is_recorded(id):
                self._note_done(child, id)
        os.close(child.pipe)
        self.kills += 1

    def let_all_lapse(self) -> None:
        """Have everything recorded that lapsed, once nobody is left who would."""
        wait_for(forked(lambda: lapsing.let_all_lapse(self.place)))

    def end_reader(self) -> list[str]:
        """What the reader saw that lived through it all."""
        os.kill(self._reader, signal.SIGTERM)
        wait_for(self._reader)
        return self._seen.read_text().splitlines()

    def close(self, children: Iterable[Child] = ()) -> None:
        """Take everybody away who lives."""
        for pid in [*(child.pid for child in children), self._reader]:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def figures(self, points: Iterable[Point]) -> dict[str, Any]:
        """What was done where, and what came of it. Whatever is lost or doubled ends the run at once, and there are none."""
        at: dict[str, dict[str, int]] = defaultdict(dict)
        for point in points:
            for victim in Victim:
                if struck := self.struck[point, victim]:
                    at[str(point)][f"{victim} killed"] = struck
            at[str(point)]["acknowledged"] = self.acknowledged[point]
            at[str(point)]["done unanswered"] = self.done_unanswered[point]
        return {
            "at": at,
            "kills": self.kills + sum(n for (_, victim), n in self.struck.items() if victim is not Victim.PROCESS),
            "events": self.accounts.position,
            "acknowledged": len(self.accounts.acknowledged),
            "never_answered": len(self.accounts.open),
            "done_unanswered": len(self._found_done),
            **self.accounts.against_the_record(),
        }
