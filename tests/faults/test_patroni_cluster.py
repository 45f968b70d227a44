"""A cluster of three loses its primary in every way that a primary can be lost; what was acknowledged is there, on every node.

The clients are plain ones (`writers.py`), so this holds of PostgreSQL, Patroni and their settings. With the synchronous mode off,
the same faults lose rows: so losses would be seen.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import LiteralString

import psycopg
import pytest

from tests.faults import patroni_cluster
from tests.faults.conftest import Report
from tests.faults.losing_a_primary import lost_by, nothing
from tests.faults.patroni_cluster import Cluster, Node

BEHIND_SECONDS = 1.0


def lose_the_server_while_copies_lag(primary: Node) -> None:
    """What is written is not copied for a second, as on a slow network; then the server dies and never will copy it."""
    copying = primary.walsenders()
    for pid in copying:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(BEHIND_SECONDS)
    primary.kill_postmaster()
    for pid in copying:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.long
def test_a_primary_whose_server_is_killed_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(cluster, "server killed", report, strike=Node.kill_postmaster, mend=nothing)

    assert lost == set()


def test_a_primary_whose_server_is_killed_while_copies_lag_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(cluster, "server killed, copies lag", report, strike=lose_the_server_while_copies_lag, mend=nothing)

    assert lost == set()


def test_without_synchronous_replication_the_same_fault_is_seen_to_lose_rows(cluster: Cluster, report: Report) -> None:
    cluster.replicate(copies=0)

    lost = lost_by(cluster, "server killed, copies lag", report, strike=lose_the_server_while_copies_lag, mend=nothing)

    assert lost != set()


@pytest.mark.long
def test_a_primary_whose_machine_dies_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(cluster, "machine killed", report, strike=Node.kill, mend=Node.start)

    assert lost == set()


@pytest.mark.long
def test_a_primary_that_freezes_and_thaws_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(cluster, "machine frozen", report, strike=Node.freeze, mend=Node.thaw)

    assert lost == set()


@pytest.mark.long
@pytest.mark.parametrize("copies", [1, 2])
def test_a_replica_that_freezes_and_thaws_holds_writes_up_for_a_while_and_loses_nothing(
    cluster: Cluster, report: Report, copies: int
) -> None:
    cluster.replicate(copies)

    lost = lost_by(
        cluster, "replica frozen", report, strike=Node.freeze, mend=Node.thaw, victim=lambda: cluster.replicas()[0]
    )

    assert lost == set()


@pytest.mark.long
@pytest.mark.parametrize(("copies", "stays"), [(1, False), (2, True)])
def test_what_a_replica_shows_stays_only_where_commits_wait_for_every_replica(
    cluster: Cluster, copies: int, stays: bool
) -> None:
    cluster.replicate(copies)
    primary = cluster.primary()
    write(primary, "DROP TABLE IF EXISTS shown; CREATE TABLE shown (number int)")
    slow, quick = cluster.replicas()
    copying = dict(primary.ask("SELECT application_name, pid FROM pg_stat_replication") or [])
    os.kill(copying[slow.name], signal.SIGSTOP)
    # Nobody is told that it is stored: one of those who must have it does not get it.
    writing = threading.Thread(target=write, args=(primary, "INSERT INTO shown VALUES (1)"))
    writing.start()
    cluster.wait_for("row on the other replica", lambda: shown_by(quick) == [(1,)], 120)

    primary.kill()
    writing.join()
    cluster.wait_for_another_primary(primary)
    primary.start()
    cluster.wait_until_complete()

    assert [shown_by(node) for node in cluster.nodes.values()] == [[(1,)] if stays else []] * len(cluster.nodes)


def write(node: Node, statement: LiteralString) -> None:
    """Send a statement, whatever becomes of it."""
    with suppress(psycopg.OperationalError), psycopg.connect(node.dsn(), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(statement)


def shown_by(node: Node) -> list[tuple[int]] | None:
    """The rows that a reader of this node sees."""
    return node.ask("SELECT number FROM shown", patroni_cluster.DATABASE)
