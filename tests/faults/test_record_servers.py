"""The record on servers of its own, which are restarted, frozen and asked to lie; and on nodes that freeze."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.faults.following import following
from tests.postgres import Server
from tests.record.letters import written
from tests.record.postgres.proxy import Fault, Proxy
from tests.web.serving import REGISTER, Served, unit
from txapi.record import Append, Appended, CommandKey, Record
from txapi.record.conflicts import AppendUncertain, RecordUnavailable
from txapi.record.leases import Leases
from txapi.record.place import Place
from txapi.record.postgres import appending, store
from txapi.record.postgres.database import PostgresDatabase

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(settings=()) as started:
        yield started


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Place:
    return Place(tmp_path, server.dsn(tcp=True))


def of(id: str) -> Append:
    return Append(events=tuple(written(id).pending), command=CommandKey("wang", id, b"hash"))


def asked_until_done(record: Record, append: Append) -> Appended:
    """What a client does: the same command again, until it is told what became of it."""
    deadline = time.monotonic() + 240
    while True:
        try:
            return record.writer.append(append)
        except (RecordUnavailable, AppendUncertain):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def start(place: Place, what: str) -> subprocess.Popen[str]:
    assert place.database is not None
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.record.appender", what, str(place.folder), place.database],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_reader_that_follows_many_processes_skips_nothing_whoever_is_killed(place: Place) -> None:
    Record.open(place).close()
    acknowledged: dict[str, tuple[int, int]] = {}
    with following(place) as reader:
        for _ in range(3):
            nodes = [start(place, "append") for _ in range(3)]
            time.sleep(1.5)
            outputs = []
            for node in nodes:
                node.kill()
                outputs.append(node.communicate()[0])
            for line in "".join(output[: output.rfind("\n") + 1] for output in outputs).splitlines():
                id, *positions, _ = line.split()
                acknowledged[id] = (int(positions[0]), int(positions[1]))
        # The transactions of the killed have ended when the next one has the lock.
        with Record.open(place) as record:
            last = record.writer.append(of("last")).last
            kept = [(r.position, r.event.originator_id) for r in record.read_all()]
            indexes = record.indexes(), record.derived_indexes()
        seen = reader.until(last)

    assert seen == kept
    assert [position for position, _ in kept] == list(range(1, last + 1))
    assert len(acknowledged) > 50
    for id, (first, second) in acknowledged.items():
        assert kept[first - 1 : second] == [(first, id), (second, id)]
    assert indexes[0] == indexes[1]


def test_a_server_that_crashes_under_load_loses_nothing_and_needs_no_hand(server: Server, place: Place) -> None:
    receipts: dict[str, Appended] = {}
    stopping = threading.Event()

    def client(name: int) -> None:
        n = 0
        while not stopping.is_set():
            id = f"{name}-{n}"
            receipts[id] = asked_until_done(record, of(id))
            n += 1

    with Record.open(place) as record, following(place) as reader:
        clients = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for one in clients:
            one.start()
        for _ in range(3):
            time.sleep(0.7)
            server.stop(signal.SIGQUIT)
            server.start()
        time.sleep(0.5)
        stopping.set()
        for one in clients:
            one.join()
        kept = [(r.position, r.event.originator_id) for r in record.read_all()]
        seen = reader.until(len(kept))

    assert sorted((receipt.first, id) for id, receipt in receipts.items()) == kept
    assert seen == kept


def test_a_frozen_server_keeps_nobody_waiting_for_ever(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(store, "ASKING_SECONDS", 2.0)
    monkeypatch.setattr(store, "PATIENCE_SECONDS", 2.0)
    assert server.process is not None
    with Record.open(place) as record, following(place) as reader:
        first = record.writer.append(of("a"))
        frozen = family(server.process.pid)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            future = record.writer.submit(of("b"))
            failure = future.outcome(60)
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        second = asked_until_done(record, of("b"))
        seen = reader.until(2)

    assert isinstance(failure, (RecordUnavailable, AppendUncertain))
    assert (first.first, second.first) == (1, 2)
    assert seen == [(1, "a"), (2, "b")]


def family(pid: int) -> list[int]:
    """The server and every process of it."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def test_a_connection_over_which_nothing_comes_any_more_is_left_and_news_come_over_another(place: Place) -> None:
    assert place.database is not None
    with Record.open(place) as there, Proxy(place.database) as proxy:
        proxy.trap(b"LISTEN txapi_leases", Fault.HELD_BEFORE)
        with Record.open(Place(place.folder, proxy.dsn), owner=False) as here:
            assert not here.wait_beyond(0, 1.0)
            assert proxy.sprung.is_set()
            there.writer.append(of("a"))

            assert here.wait_beyond(0, 30)


def test_a_standby_is_read_and_not_written(server: Server, place: Place) -> None:
    with Record.open(place) as record:
        record.writer.append(of("a"))
    server.stop(signal.SIGINT)
    (server.data / "standby.signal").touch()
    server.start()

    with Record.open(place, owner=False) as reader:
        assert [r.event.originator_id for r in reader.read_all()] == ["a"]
        assert not reader.wait_beyond(1, 0.1)
    with pytest.raises(RecordUnavailable, match="read-only"):
        Record.open(place)


def test_a_commit_that_no_standby_has_is_no_success_until_one_has(server: Server, place: Place) -> None:
    with Record.open(place) as record, psycopg.connect(server.dsn(), autocommit=True) as admin:

        def configure(standbys: str) -> None:
            admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
            admin.execute("SELECT pg_reload_conf()")
            while admin.execute("SHOW synchronous_standby_names").fetchone() != (standbys,):
                time.sleep(0.01)

        record.writer.append(of("a"))
        configure("nobody")
        future = record.writer.submit(of("b"))
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        while not (found := admin.execute(waiting).fetchall()):
            time.sleep(0.01)
        # The server reports success with a warning, and shows to others what no standby has.
        admin.execute("SELECT pg_cancel_backend(%s)", found[0])
        while admin.execute("SELECT count(*) FROM record.events").fetchone() != (2,):
            time.sleep(0.01)
        time.sleep(1.0)
        believed = future.done()
        configure("")
        receipt = future.result(60)

    assert not believed
    assert (receipt.first, receipt.replayed) == (2, False)


@pytest.mark.parametrize("silent", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_server_whose_database_is_away_stops_all_the_same(server: Server, place: Place, silent: bool) -> None:
    assert server.process is not None
    frozen: list[int] = []
    with Served(place.folder / "data", TXAPI_DATABASE=server.dsn(tcp=True), TXAPI_STOP_SECONDS="1") as served:
        assert served.post(REGISTER, unit("a"), served.token()).json()["data"]["registerUnit"]["position"] == "1"
        if silent:
            frozen = family(server.process.pid)
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
        else:
            server.stop()

        def ask(token: str) -> None:
            with suppress(httpx.HTTPError):
                served.post(REGISTER, unit("b"), token)

        waiting = threading.Thread(target=ask, args=(served.token(),))
        waiting.start()
        time.sleep(1.0)
        try:
            code = served.stop()
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        waiting.join()

    assert code == 0
    assert "stopped" in served.said


def test_a_process_that_freezes_with_the_append_lock_holds_up_the_others_for_seconds_only(place: Place) -> None:
    with Record.open(place) as here:
        here.writer.append(of("a"))
        holder = start(place, "hold")
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            holder.send_signal(signal.SIGSTOP)
            receipt = here.writer.append(of("b"))
            holder.send_signal(signal.SIGCONT)
            holder.communicate("write\n", timeout=120)
        finally:
            holder.kill()
            holder.communicate()

        assert receipt.first == 2
        assert holder.returncode != 0
        assert [r.event.originator_id for r in here.read_all()] == ["a", "b"]


def test_a_frozen_holder_of_a_lease_writes_nothing_when_it_wakes_up(place: Place) -> None:
    assert place.database is not None
    with Record.open(place) as record, Leases.open(place) as leases:
        holder = start(place, "lease")
        try:
            assert holder.stdout is not None
            name, _, epoch = holder.stdout.readline().split()
            holder.send_signal(signal.SIGSTOP)
            lease = leases.keep(name)
            fence = lease.wait(30)
            holder.send_signal(signal.SIGCONT)
            output, _ = holder.communicate("write\n", timeout=120)
        finally:
            holder.kill()
            holder.communicate()

        assert fence is not None
        assert fence.epoch == int(epoch) + 1
        assert output.splitlines() == ["LeaseLost", "LeaseLost"]
        assert record.head.position == 0
        with closing(PostgresDatabase(place.database, "record")) as database, database.lent() as connection:
            assert connection.execute("SELECT until FROM settled").fetchone() == (0,)
