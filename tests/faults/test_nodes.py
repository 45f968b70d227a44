"""Nodes and workers that die, freeze and are replaced: the others take over within seconds, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests import stores
from tests.web.serving import UNITS, Served
from tests.web.several import DUTIES, PATIENCE_SECONDS, codes, duties_of, register, until
from txapi.audit.rebuilding import build_views
from txapi.audit.verify_database import verify_database
from txapi.projections.all import PROJECTIONS
from txapi.projections.views import Views
from txapi.record.record import Record

pytestmark = pytest.mark.only_on("postgresql", because="an embedded record is served by one process")

TOLD = "told to end; serving for 3600 s more"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Served]]:
    """Two servers on one record, each with a log of its own."""
    data = tmp_path / "data"
    with ExitStack() as held:
        yield [held.enter_context(Served(data, log=tmp_path / f"{name}.log")) for name in ("one", "other")]


def test_each_duty_is_done_by_one_node_and_every_node_shows_what_any_recorded(nodes: list[Served]) -> None:
    one, other = nodes

    first = register(one, "first")
    second = register(other, "second")

    assert second == first + 1
    assert codes(one, second) == codes(other, second) == {"first", "second"}
    assert duties_of(one) | duties_of(other) == set(DUTIES)
    assert not duties_of(one) & duties_of(other)


def test_the_duties_of_a_killed_node_are_taken_over_and_nothing_is_lost(nodes: list[Served], tmp_path: Path) -> None:
    until(lambda: any(duties_of(node) for node in nodes))
    holder, heir = nodes if duties_of(nodes[0]) else reversed(nodes)
    before = register(holder, "before")

    holder.stop(signal.SIGKILL)
    after = register(heir, "after")

    until(lambda: duties_of(heir) == set(DUTIES))
    assert codes(heir, after) == {"before", "after"}
    assert (before, after) == (1, 2)
    until(lambda: heir.client.get("/log/checkpoint").text.splitlines()[1:2] == ["2"])
    whole(tmp_path)


def test_a_node_that_was_frozen_writes_nothing_in_a_name_that_is_anothers_by_now(
    nodes: list[Served], tmp_path: Path
) -> None:
    until(lambda: any(duties_of(node) for node in nodes))
    frozen, heir = nodes if duties_of(nodes[0]) else reversed(nodes)
    register(frozen, "before")
    os.kill(frozen.process.pid, signal.SIGSTOP)

    until(lambda: duties_of(heir) == set(DUTIES))
    after = register(heir, "after")
    until(lambda: heir.client.get("/log/checkpoint").text.splitlines()[1:2] == ["2"])
    os.kill(frozen.process.pid, signal.SIGCONT)
    last = register(heir, "last")

    assert codes(frozen, last) == codes(heir, last) == {"before", "after", "last"}
    assert (after, last) == (2, 3)
    until(lambda: "its lease is lost" in frozen.log.read_text())
    assert duties_of(heir) == set(DUTIES)
    assert duties_of(frozen) == set()
    until(lambda: heir.client.get("/log/checkpoint").text.splitlines()[1:2] == ["3"])
    whole(tmp_path)


def whole(folder: Path) -> None:
    """The record holds, and the read models are those that the record gives."""
    place = stores.place(folder / "data")
    assert place.database is not None
    assert verify_database(place.database).wrong == ()
    with Record.open(place, owner=False) as record:
        used, built = Views.open(place, record.record_id, PROJECTIONS), folder / "built.db"
        try:
            assert used.progress() == build_views(record, built, used.position)
        finally:
            used.close()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Served]:
    """Two workers on one address."""
    with Served(tmp_path / "data", "--workers", "2") as server:
        yield server


@pytest.fixture
def draining(tmp_path: Path) -> Iterator[Served]:
    """Two workers on one address that would serve for an hour after they are told to end."""
    with Served(tmp_path / "data", "--workers", "2", TXAPI_DRAIN_SECONDS="3600") as server:
        yield server


def pids(server: Served) -> set[int]:
    """The workers."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return {int(pid) for pid in children}


def test_a_worker_that_dies_is_started_again_and_the_others_answer_meanwhile(workers: Served) -> None:
    before = register(workers, "before")
    victim, other = sorted(pids(workers))

    os.kill(victim, signal.SIGKILL)
    workers.client.close()
    workers.client = httpx.Client(base_url=workers.address, timeout=60)

    assert "before" in codes(workers, before)
    until(lambda: len(pids(workers) - {victim}) == 2)
    assert other in pids(workers)
    assert register(workers, "after") == before + 1


def test_workers_are_replaced_one_by_one_and_no_request_is_refused(draining: Served) -> None:
    workers = draining
    before = pids(workers)

    workers.process.send_signal(signal.SIGHUP)
    numbers = []
    ends = time.monotonic() + PATIENCE_SECONDS
    while pids(workers) & before:
        assert time.monotonic() < ends
        # A connection of its own each time: whoever is let go has answered what it was asked.
        with httpx.Client(base_url=workers.address, timeout=60) as fresh:
            assert fresh.post("/graphql", json={"query": UNITS}).status_code == 200
            assert fresh.get("/readyz").status_code == 200, "nobody is sent elsewhere: a successor answers"
        numbers.append(1)

    assert len(pids(workers)) == 2
    assert numbers
    workers.process.send_signal(signal.SIGTERM)
    until(lambda: TOLD in workers.log.read_text())
    assert workers.stop() == 0
    assert "everything that was acknowledged is recorded" in workers.said
    assert "badly" not in workers.log.read_text()


def test_workers_that_systemd_tells_to_end_beside_their_starter_go_on_serving_until_others_know(
    draining: Served,
) -> None:
    for pid in (draining.process.pid, *pids(draining)):
        os.kill(pid, signal.SIGTERM)
    until(lambda: draining.log.read_text().count(TOLD) == 2)

    for _ in range(10):
        with httpx.Client(base_url=draining.address, timeout=20) as fresh:
            assert fresh.post("/graphql", json={"query": UNITS}).status_code == 200

    assert draining.stop() == 0
    assert "badly" not in draining.log.read_text()


def test_workers_end_with_the_process_that_started_them(workers: Served) -> None:
    running = pids(workers)

    workers.stop(signal.SIGKILL)

    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running))
