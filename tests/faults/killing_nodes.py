"""Kills nodes on one database at every place of the path of a write, and the database under them: `killing.py` for PostgreSQL.

`python -m tests.faults.killing_nodes FOLDER KILLS --duty-kills N`. One warm process forks the nodes, five at a time. Two only append; one
follows, one signs and one watches, under leases. At its place a node dies; or it kills the server's end of its connection, which takes all
others with it; or the whole database server: then it goes on, and its clients ask again until they are answered. Besides, all
connections are cut now and then.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tests.faults import children
from tests.faults.aftermath import whole
from tests.faults.children import LATEST_TURN, Child, bounds, carry_out, line_of, opened
from tests.faults.killpoints import Moment, Of, Point, Victim, die
from tests.faults.killpoints_postgres import arm
from tests.faults.lapsing import watch_until_struck
from tests.postgres import NoServer, Server
from txapi.application.desk import Desk
from txapi.record import Record
from txapi.record.place import Place
from txapi.record.postgres import leases
from txapi.record.store import Row
from txapi.web.instance import Instance
from txapi.web.signing import Signing

if TYPE_CHECKING:
    from tests.faults.accounts import Command
    from tests.faults.children import Say
    from tests.faults.killpoints import Trigger

RECORD_POINTS = tuple(Point(Of.RECORD, moment) for moment in Moment)
# Transactions of the follower and the signer begin with the look at the lease; what is looked up after it has no moment of its own.
DUTY_POINTS = (
    *(Point(of, moment) for of in (Of.FOLLOWER, Of.SIGNER) for moment in Moment if moment is not Moment.AFTER_LOOK_UP),
    *(Point(Of.WATCH, moment) for moment in Moment),
)
DUTIES = (Of.FOLLOWER, Of.SIGNER, Of.WATCH)
APPENDING_NODES = 2
CLIENTS, COMMANDS = 2, 4
LONGEST_LIFE_SECONDS = 15.0
"""After which a node that follows or signs and never came to its point is killed where it is: there was nothing to do, say."""
VICTIMS = (Victim.PROCESS, Victim.PROCESS, Victim.BACKEND, Victim.PROCESS, Victim.PROCESS, Victim.DATABASE)
"""What dies at a point, one time after the other. A database that dies costs all nodes a while."""
CUT_EVERY = 40
"""After so many deaths of nodes, every connection is terminated."""


# -- the nodes ---------------------------------------------------------------------------------------------------------------


def append_only(place: Place, work: list[list[Command]], say: Say) -> None:
    """A node that only appends, until something kills it, or its work is done."""
    with opened(lambda: Record.open(place)) as record:
        carry_out(Desk(record), work, say)
    die()


def live_for(of: Of, place: Place, work: list[list[Command]], say: Say, trigger: Trigger) -> None:
    """A node that follows, signs or watches, as soon as it has the lease, until something kills it or its work is done."""
    until = time.monotonic() + LONGEST_LIFE_SECONDS
    instance = opened(lambda: Instance.open(place, signing=Signing(every_seconds=0.05)))
    if of is Of.WATCH:
        carry_out(instance.desk, work, say)
        until = time.monotonic() + LONGEST_LIFE_SECONDS
        watch_until_struck(instance, trigger, lambda: time.monotonic() > until)
        die()
    # Nobody has to wait for a lease that a node holds which is to die at another's work.
    (instance.following if of is Of.FOLLOWER else instance.signing).start()
    carry_out(instance.desk, work, say, lambda _: time.sleep(0.05))
    while time.monotonic() < until and not trigger.struck:
        time.sleep(0.05)
    die()


# -- their parent ------------------------------------------------------------------------------------------------------------


def kill_and_start(server: Server) -> None:
    """Kill a database server, unless it is dead, and start it again as soon as its orphans have ended."""
    server.stop(signal.SIGKILL)
    for _ in range(100):
        # Until then the new one finds their memory in use.
        with suppress(NoServer):
            server.start()
            return
        time.sleep(0.1)
    server.start()


class Killing(children.Killing):
    """A record in a database whose nodes are killed again and again, and the database with them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.server = Server(folder / "server", settings=())
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE txapi")
        self.cuts = 0
        self._nodes: list[Child] = []
        kinds = {Of.RECORD: RECORD_POINTS} | {
            of: tuple(point for point in DUTY_POINTS if point.of is of) for of in DUTIES
        }
        self._turns = {
            # Each time that a point comes round, something else dies there.
            of: cycle([(point, VICTIMS[(n + times) % len(VICTIMS)]) for times in range(len(VICTIMS)) for n, point in enumerate(points)])
            for of, points in kinds.items()
        }  # fmt: skip
        super().__init__(Place(folder / "data", self.server.dsn("txapi")), folder / "seen", seed)

    def run(self, kills: int, duty_kills: int, until: float) -> None:
        """Let nodes live and die until so many have, and so many of them while they followed or signed; or until that time."""
        for of in [Of.RECORD] * APPENDING_NODES + [*DUTIES]:
            self._start(of)
        while (self.kills < kills or self.duty_kills < duty_kills) and time.monotonic() < until:
            dead = self._wait()
            self._look()
            for node in dead:
                self.bury(node)
                self._nodes.remove(node)
                self._start(node.point.of)
                if self.kills % CUT_EVERY == 0:
                    self._cut()
        for node in self._nodes:
            os.kill(node.pid, signal.SIGKILL)
            os.waitpid(node.pid, 0)
        self._look()

    @property
    def duty_kills(self) -> int:
        """How many nodes died while they followed, signed or watched."""
        return sum(self.struck[point, Victim.PROCESS] for point in DUTY_POINTS)

    def _start(self, of: Of) -> None:
        point, victim = next(self._turns[of])
        work = self.accounts.work(CLIENTS, 0, LATEST_TURN) if of is Of.WATCH else self.accounts.work(CLIENTS, COMMANDS)

        def live(say: Say, trigger: Trigger) -> None:
            if of is Of.RECORD:
                append_only(self.place, work, say)
            else:
                live_for(of, self.place, work, say, trigger)

        strike = {Victim.PROCESS: die, Victim.BACKEND: self._kill_backend, Victim.DATABASE: self._kill_database}[victim]
        self._nodes.append(self.fork(point, live, arm, victim, strike))

    def _kill_backend(self, backend: int | None) -> None:
        with suppress(ProcessLookupError):
            # Where there is no connection yet, somebody else's is as good: all die of it.
            os.kill(backend or self._postmaster(), signal.SIGKILL)

    def _kill_database(self, backend: int | None) -> None:
        for pid in (self._postmaster(), backend):
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _postmaster(self) -> int:
        """The main process of the server that runs now, whoever started it."""
        return int((self.server.data / "postmaster.pid").read_text().split()[0])

    def _wait(self) -> list[Child]:
        """Wait until a node has died; those that have, with everything that anybody has said."""
        with selectors.DefaultSelector() as selector:
            for node in self._nodes:
                selector.register(node.pipe, selectors.EVENT_READ)
            selector.select(1)
        return [node for node in self._nodes if not node.drain()]

    def _look(self) -> None:
        """Compare the record with what was said. What is in the record was asked before, so the rows are read first."""
        rows = self._rows()
        for node in self._nodes:
            node.drain()
            self.take_in(node)
        self.accounts.look(rows)

    def _rows(self) -> list[Row]:
        columns = "position, recorded_at, stream, version, topic, state"
        rows = self._ask(
            f"SELECT {columns} FROM record.events WHERE position > %s ORDER BY position", self.accounts.position
        )
        return [Row(*row) for row in rows]

    def _ask(self, sql: str, *parameters: Any) -> list[Any]:
        """What the database answers, as soon as it answers; started again where somebody killed it."""
        for _ in range(600):
            if self.server.process is None or self.server.process.poll() is not None:
                kill_and_start(self.server)
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(self.place.database or "", autocommit=True) as connection,
            ):
                return connection.execute(sql, parameters or None).fetchall()
            time.sleep(0.05)
        raise AssertionError("the database does not come back")

    def _cut(self) -> None:
        """Terminate all connections, in the middle of whatever they do."""
        self._ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'txapi' AND pid <> pg_backend_pid()"
        )
        self.cuts += 1

    def end(self) -> None:
        """What is derived from the record follows from it, and the reader that lived through it has seen it all, once."""
        self.let_all_lapse()
        self._look()
        self.accounts.close()
        seen = self.end_reader()
        recorded = whole(self.place)
        assert len(recorded) == self.accounts.position
        assert seen == [line_of(event) for event in recorded]

    def close_all(self) -> None:
        """Take everything away."""
        self.close(self._nodes)
        self.server.close()


def main(folder: Path, kills: int, duty_kills: int, seconds: float, seed: int) -> dict[str, Any]:
    """Kill that many nodes, of which that many follow or sign, and no longer than that; figures."""
    # A node that dies is followed up within a second here, so that as many as possible come to their turn.
    vars(leases).update(LEASE_SECONDS=1.0, RENEW_SECONDS=0.2, MARGIN_SECONDS=0.2)
    killing = Killing(folder, seed)
    began = time.monotonic()
    try:
        killing.run(kills, duty_kills, began + seconds)
        took_seconds = time.monotonic() - began
        killing.end()
    finally:
        killing.close_all()
    figures = killing.figures((*RECORD_POINTS, *DUTY_POINTS))
    return {**figures, "connections_cut": killing.cuts, "seconds": round(took_seconds, 1)}


if __name__ == "__main__":
    arguments = bounds("killing_nodes")
    arguments.add_argument(
        "--duty-kills", type=int, default=0, help="at least so many while they followed, signed or watched"
    )
    given = arguments.parse_args()
    sys.stdout.write(json.dumps(main(given.folder, given.kills, given.duty_kills, given.seconds, given.seed)) + "\n")
