"""Several nodes on one PostgreSQL under concurrent clients, and whatever can happen to nodes, connections and the database.

What they told all their clients is one history, and it breaks no promise.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults.aftermath import whole
from tests.faults.clients import Crowd, Manner, effects
from tests.faults.guarantees import violations
from tests.faults.histories import History, Outcome, Write
from tests.faults.killing_nodes import kill_and_start
from tests.faults.size import turns
from tests.faults.test_histories_of_servers import nouns_of
from tests.postgres import Server
from tests.record.postgres.proxy import Fault, Proxy
from tests.web.serving import Served
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.register import unit_id
from txapi.domain.unit import Unit
from txapi.record import Record
from txapi.record.conflicts import RecordUnavailable
from txapi.record.instants import micros
from txapi.record.place import Place
from txapi.record.postgres.appending import APPEND_LOCK
from txapi.record.postgres.leases import LEASE_SECONDS
from txapi.record.postgres.listener import RECORD_CHANNEL

if TYPE_CHECKING:
    from tests.faults.conftest import Report

MANNERS = [*[Manner.FAITHFUL] * 3, *[Manner.CARRYING] * 4, Manner.WANDERING]
COMMITTING = RECORD_CHANNEL.encode()
"""What is sent together with the COMMIT of an append. The word itself is not, once the statement is prepared."""
HELD = "held"
"""A noun that no client writes to."""


class Nodes:
    """Three servers on one database. The connections of the last one go through a proxy."""

    def __init__(self, folder: Path, database: Server) -> None:
        self.database = database
        with psycopg.connect(database.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE txapi")
        self.place = Place(folder / "data", database.dsn("txapi"))
        self.proxy = Proxy(database.dsn("txapi"))
        self._dsns = [database.dsn("txapi"), database.dsn("txapi"), self.proxy.dsn]
        self._logs = [folder / f"node-{number}.log" for number in range(3)]
        # The first makes the keys that all of them use.
        self.servers = [self._serve(0)]
        self.servers += [self._serve(number) for number in (1, 2)]
        self.addresses = [server.address for server in self.servers]

    def _serve(self, number: int, port: str = "0") -> Served:
        dsn, log = self._dsns[number], self._logs[number]
        return Served(self.place.folder, log=log, TXAPI_DATABASE=dsn, TXAPI_PORT=port)

    def kill(self, number: int) -> None:
        """Kill a node, and start it again at its address."""
        self.servers[number].stop(signal.SIGKILL)
        self.servers[number] = self._serve(number, self.addresses[number].rpartition(":")[2])

    def freeze(self, number: int, seconds: float) -> None:
        """Let a node stand still."""
        process = self.servers[number].process
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def cut(self, fault: Fault) -> None:
        """Let that happen to the next commit of the last node."""
        self.proxy.trap(COMMITTING, fault)
        assert self.proxy.sprung.wait(60)

    def terminate_connections(self) -> None:
        """End every connection from the side of the server."""
        with psycopg.connect(self.database.dsn(), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'txapi'")

    def restart_database(self) -> None:
        """Kill the server as a whole, and start it again."""
        kill_and_start(self.database)

    def hold(self, seconds: float) -> Write:
        """Keep an insert open for so long, and commit it; as a write of somebody who is no client."""
        invoked = time.monotonic_ns()
        with Record.open(self.place, owner=False) as record, psycopg.connect(self.place.database or "") as connection:
            noun = record.load(Unit, unit_id(HELD))
            meta = Metadata(
                decided_at=record.clock.now(),
                actor=Actor("holder", Role.ADMINISTRATOR),
                correlation_id="holding",
                command_id=f"holding {noun.version}",
            )
            noun.amend(meta, order=noun.version * 1_000)
            [event] = map(record.mapper.seal, noun.pending)
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
            found = connection.execute("SELECT max(position), max(recorded_at) FROM record.events").fetchone()
            assert found is not None
            position, at = found[0] + 1, max(found[1], micros(record.clock.now()))
            row = (position, at, noun.id, event.originator_version, event.TOPIC, record.mapper.encode(event))
            connection.execute(
                "INSERT INTO record.events (position, recorded_at, stream, version, topic, state)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                row,
            )
            command = (meta.actor.subject, meta.command_id, bytes(32), position, position)
            connection.execute("INSERT INTO record.commands VALUES (%s, %s, %s, %s, %s)", command)
            time.sleep(seconds)
            connection.commit()
        return Write(
            "holder", HELD, meta.command_id or "", noun.order, None, invoked, time.monotonic_ns(),
            Outcome.ACKNOWLEDGED, position, event.originator_version,
        )  # fmt: skip

    def close(self) -> None:
        """End them all."""
        for server in self.servers:
            server.stop()
        self.proxy.close()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with Server(settings=()) as database:
        running = Nodes(tmp_path, database)
        try:
            yield running
        finally:
            running.close()


@contextmanager
def tail(place: Place) -> Iterator[list[int]]:
    """Reads the record to its head again and again while the block lasts; the positions that it saw, in order."""
    seen: list[int] = []
    ending, reached = threading.Event(), threading.Event()

    def follow() -> None:
        with Record.open(place, owner=False) as record:
            while not reached.is_set():
                ends = ending.is_set()
                with suppress(RecordUnavailable):
                    seen.extend(event.position for event in record.read_all(len(seen)))
                    if ends:
                        reached.set()
                    record.wait_beyond(len(seen), 0.05)

    threading.Thread(target=follow, daemon=True).start()
    yield seen
    ending.set()
    assert reached.wait(30)


def test_the_history_of_several_nodes_breaks_no_promise_whatever_happens(
    nodes: Nodes, tmp_path: Path, report: Report
) -> None:
    nouns = nouns_of(nodes.servers[0], HELD)
    held: list[Write] = []
    happenings: list[Callable[[], object]] = [
        lambda: nodes.kill(0),
        lambda: held.append(nodes.hold(1.0)),
        lambda: nodes.cut(Fault.CUT_AFTER),
        lambda: nodes.cut(Fault.CUT_BEFORE),
        nodes.terminate_connections,
        lambda: nodes.freeze(1, LEASE_SECONDS + 2),
        nodes.restart_database,
        lambda: nodes.kill(1),
    ]

    token, clients = nodes.servers[0].token(), {code: effect for code, effect in nouns.items() if code != HELD}
    with tail(nodes.place) as seen, Crowd(nodes.addresses, token, clients, MANNERS) as crowd:
        for _ in range(turns(1, 30)):
            for happen in happenings:
                crowd.wait_for(len(crowd.operations) + 60)
                happen()
        crowd.wait_for(len(crowd.operations) + 200)
        ran = crowd.stop()
    history = History([*ran.operations, *held], nouns, ran.wandering)
    nodes.close()
    with Record.open(nodes.place, owner=False) as record:
        recorded = list(effects(record))
    found = violations(history, recorded)
    history.save(tmp_path / "history.jsonl")

    assert [str(violation) for violation in found[:10]] == []
    assert seen == [event.position for event in whole(nodes.place)]
    unanswered = sum(write.outcome is Outcome.UNKNOWN for write in history.writes)
    acknowledged = [write for write in history.writes if write.acknowledged]
    there = {(effect.command, effect.position) for effect in recorded}
    lost = sum((write.command, write.position) not in there for write in acknowledged)
    faults = len(happenings) * turns(1, 30)
    report(nodes=3, faults=faults, acknowledged=len(acknowledged), unanswered=unanswered, lost=lost)
    assert lost == 0
