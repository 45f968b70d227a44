"""Kills nodes on one database at every place of the path of a write, and the database under them: `killing.py` for PostgreSQL.

`python -m tests.faults.killing_nodes FOLDER KILLS DUTY_KILLS`. One warm process forks the nodes, four at a time. Two only append; two
are whole nodes, of which one follows and one signs under leases. While they die and are replaced, the database loses its
connections, a server process (which takes all others with it), and itself.
"""

from __future__ import annotations

import json
import os
import random
import selectors
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from tests.faults.accounts import Accounts, Command, Told
from tests.faults.aftermath import whole
from tests.faults.killing import begin, forked, order, send, wait_for, warm
from tests.faults.killpoints import Moment, Of, Point, Trigger, die
from tests.faults.killpoints_postgres import arm
from tests.postgres import NoServer, Server
from txapi.application.desk import Desk
from txapi.application.units import amend_unit
from txapi.record import Record
from txapi.record.conflicts import AppendUncertain, RecordUnavailable
from txapi.record.place import Place
from txapi.record.postgres import leases
from txapi.record.store import Row
from txapi.web.instance import Instance, Signing

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD_POINTS = tuple(Point(Of.RECORD, moment) for moment in Moment)
# Their transactions begin with the look at the lease; what is looked up after it has no moment of its own.
DUTY_POINTS = tuple(
    Point(of, moment) for of in (Of.FOLLOWER, Of.SIGNER) for moment in Moment if moment is not Moment.AFTER_LOOK_UP
)
APPENDING_NODES, WHOLE_NODES = 2, 2
CLIENTS, COMMANDS = 2, 4
LATEST_TURN = 5
LONGEST_LIFE_SECONDS = 15.0
"""After which a whole node that never came to its point is killed where it is: another held the lease."""
FAULT_EVERY = 15
"""After so many kills of nodes, something is done to the database."""


Opened = TypeVar("Opened")


class Fault(StrEnum):
    """What is done to the database."""

    CONNECTIONS = "every connection terminated"
    BACKEND = "one server process killed"
    POSTMASTER = "the server killed and started again"


# -- the nodes ---------------------------------------------------------------------------------------------------------------


def carry_out(desk: Desk, work: list[list[Command]], say: Callable[[str, Any], None], pause_seconds: float) -> None:
    """One client per list; a command whose fate is not known, or that cannot be recorded now, is given again."""

    def client(commands: list[Command]) -> None:
        try:
            for command in commands:
                say("asked", command)
                done = None
                while done is None:
                    with suppress(RecordUnavailable, AppendUncertain):
                        given = order(command.id, command)
                        done = amend_unit(desk, given, unit=command.noun, order_number=command.value)
                say("told", Told(command.id, done.first, done.last, done.replayed))
                time.sleep(pause_seconds)
        except BaseException as error:
            say("failed", [repr(error)])

    threads = [threading.Thread(target=client, args=(commands,)) for commands in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def opened(opening: Callable[[], Opened]) -> Opened:
    """What is opened as soon as the database is there."""
    while True:
        with suppress(RecordUnavailable):
            return opening()
        time.sleep(0.05)


def append_only(place: Place, work: list[list[Command]], say: Callable[[str, Any], None]) -> None:
    """A node that only appends, until something kills it."""
    with opened(lambda: Record.open(place)) as record:
        carry_out(Desk(record), work, say, 0)
    die()


def live_whole(place: Place, work: list[list[Command]], say: Callable[[str, Any], None]) -> None:
    """A node that follows, watches and signs as well, when it is its turn, until something kills it."""
    until = time.monotonic() + LONGEST_LIFE_SECONDS
    with opened(lambda: Instance.open(place, signing=Signing(every_seconds=0.05))) as instance:
        carry_out(instance.desk, work, say, 0.05)
        while time.monotonic() < until:
            time.sleep(0.05)
    die()


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
                    file.writelines(f"{event.position} {event.event.event_id}\n" for event in page)
                    position = page[-1].position
            file.flush()
            ending.wait(0.002)


# -- their parent ------------------------------------------------------------------------------------------------------------


@dataclass
class Node:
    """A node that lives, and how it is heard."""

    pid: int
    point: Point
    pipe: int
    heard: bytes = b""
    said: list[list[Any]] = field(default_factory=list)

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


def kill_and_start(server: Server) -> None:
    """Kill a database server, and start it again as soon as its orphans have ended."""
    server.stop(signal.SIGKILL)
    for _ in range(100):
        # Until then the new one finds their memory in use.
        with suppress(NoServer):
            server.start()
            return
        time.sleep(0.1)
    server.start()


class Killing:
    """A record in a database whose nodes are killed again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.server = Server(folder / "server", settings=())
        self.place = Place(folder / "data", self.server.dsn("txapi"))
        self.chance = random.Random(seed)
        self.accounts = Accounts(self.chance)
        self.kills = 0
        self.killed: Counter[Point] = Counter()
        self.faults: Counter[Fault] = Counter()
        self._nodes: list[Node] = []
        self._turns = {Of.RECORD: 0, Of.FOLLOWER: 0}
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE txapi")
        warm()
        wait_for(forked(lambda: begin(self.place, 20)))
        self._seen = folder / "seen"
        self._reader = forked(lambda: follow(self.place, self._seen))

    def run(self, kills: int, duty_kills: int) -> None:
        """Let nodes live and die until so many have, and so many of them while they followed or signed."""
        for whole_node in [False] * APPENDING_NODES + [True] * WHOLE_NODES:
            self._start(whole_node=whole_node)
        while self.kills < kills or sum(self.killed[point] for point in DUTY_POINTS) < duty_kills:
            dead = self._wait()
            self._look()
            for node in dead:
                self._bury(node)
                self._start(whole_node=node.point.of is not Of.RECORD)
                if self.kills % FAULT_EVERY == 0:
                    self._hit([*Fault][self.kills // FAULT_EVERY % len(Fault)])
        self._end_nodes()
        self._look()

    def _start(self, *, whole_node: bool) -> None:
        points, kind = (DUTY_POINTS, Of.FOLLOWER) if whole_node else (RECORD_POINTS, Of.RECORD)
        point = points[self._turns[kind] % len(points)]
        self._turns[kind] += 1
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        work = self.accounts.work(CLIENTS, COMMANDS)
        trigger = Trigger(point, self.chance.randint(1, LATEST_TURN), self.chance.uniform(0, 0.003))

        def child() -> None:
            os.close(reading)
            trigger.say = lambda: send(writing, "dying", ())
            arm(trigger)
            (live_whole if whole_node else append_only)(self.place, work, lambda kind, what: send(writing, kind, what))

        pid = forked(child)
        os.close(writing)
        self._nodes.append(Node(pid, point, reading))

    def _wait(self) -> list[Node]:
        """Wait until a node has died; those that have, with everything that anybody has said."""
        with selectors.DefaultSelector() as selector:
            for node in self._nodes:
                selector.register(node.pipe, selectors.EVENT_READ)
            selector.select(10)
        return [node for node in self._nodes if not node.drain()]

    def _look(self) -> None:
        """Compare the record with what was said. What is in the record was asked before, so the rows are read first."""
        rows = self._rows()
        for node in self._nodes:
            node.drain()
            for kind, *what in node.said:
                if kind == "dying":
                    self.killed[node.point] += 1
                else:
                    self.accounts.note(kind, what)
            node.said.clear()
        self.accounts.look(rows)

    def _rows(self) -> list[Row]:
        columns = "position, recorded_at, stream, version, topic, state"
        rows = self._ask(
            f"SELECT {columns} FROM record.events WHERE position > %s ORDER BY position", self.accounts.position
        )
        return [Row(*row) for row in rows]

    def _ask(self, sql: str, *parameters: Any) -> list[Any]:
        """What the database answers, as soon as it answers again."""
        for _ in range(600):
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(self.place.database or "", autocommit=True) as connection,
            ):
                return connection.execute(sql, parameters or None).fetchall()
            time.sleep(0.05)
        raise AssertionError("the database does not come back")

    def _bury(self, node: Node) -> None:
        wait_for(node.pid, -signal.SIGKILL)
        os.close(node.pipe)
        self._nodes.remove(node)
        self.kills += 1

    def _hit(self, fault: Fault) -> None:
        """Do that to the database, while the nodes work on it."""
        self.faults[fault] += 1
        if fault is Fault.POSTMASTER:
            kill_and_start(self.server)
            return
        others = "FROM pg_stat_activity WHERE datname = 'txapi' AND pid <> pg_backend_pid()"
        if fault is Fault.CONNECTIONS:
            self._ask(f"SELECT pg_terminate_backend(pid) {others}")
        else:
            [victim] = self.chance.choice(self._ask(f"SELECT pid {others}"))
            os.kill(victim, signal.SIGKILL)

    def _end_nodes(self) -> None:
        for node in self._nodes:
            os.kill(node.pid, signal.SIGKILL)
            os.waitpid(node.pid, 0)

    def end(self) -> None:
        """What is derived from the record follows from it, and the reader that lived through it has seen it all, once."""
        self.accounts.close()
        os.kill(self._reader, signal.SIGTERM)
        wait_for(self._reader)
        recorded = whole(self.place)
        assert len(recorded) == self.accounts.position
        seen = [f"{event.position} {event.event.event_id}" for event in recorded]
        assert self._seen.read_text().splitlines() == seen

    def close(self) -> None:
        """Take everything away."""
        for pid in [*(node.pid for node in self._nodes), self._reader]:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        self.server.close()


def main(folder: Path, kills: int, duty_kills: int) -> dict[str, Any]:
    """Kill that many nodes, of which that many follow or sign; figures."""
    # A node that dies is followed up within a second here, so that as many as possible come to their turn.
    vars(leases).update(LEASE_SECONDS=1.0, RENEW_SECONDS=0.2, MARGIN_SECONDS=0.2)
    killing = Killing(folder, seed=20150811)
    began = time.monotonic()
    try:
        killing.run(kills, duty_kills)
        seconds = time.monotonic() - began
        killing.end()
    finally:
        killing.close()
    return {
        "kills": killing.kills,
        "at": {str(point): killing.killed[point] for point in (*RECORD_POINTS, *DUTY_POINTS)},
        "faults": {str(fault): killing.faults[fault] for fault in Fault},
        "seconds": round(seconds, 1),
        "events": killing.accounts.position,
        "acknowledged": len(killing.accounts.acknowledged),
        "never_answered": len(killing.accounts.open),
        "done_unanswered": killing.accounts.found_done,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), *map(int, sys.argv[2:4]))) + "\n")
