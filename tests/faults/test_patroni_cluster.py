"""A cluster of three loses its primary in every way that a primary can be lost; what was acknowledged is there, on every node.

The clients are plain ones (`writers.py`), so this holds of PostgreSQL, Patroni and their settings. With the synchronous mode off,
the same faults lose rows: so losses would be seen.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.faults import patroni_cluster
from tests.faults.conftest import Report
from tests.faults.losing_a_primary import lost_by, nothing
from tests.faults.patroni_cluster import Cluster, Node

BEHIND_SECONDS = 1.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster on the loopback. Whoever hurts it waits until it is whole again."""
    with patroni_cluster.running() as whole:
        yield whole


def lose_the_server_while_copies_lag(primary: Node) -> None:
    """What is written is not copied for a second, as on a slow network; then the server dies and never will copy it."""
    copying = primary.walsenders()
    for pid in copying:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(BEHIND_SECONDS)
    primary.kill_postmaster()
    for pid in copying:
        os.kill(pid, signal.SIGKILL)


def test_a_primary_whose_server_is_killed_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(synchronous=True)

    lost = lost_by(cluster, "server killed", report, strike=Node.kill_postmaster, mend=nothing)

    assert lost == set()


def test_a_primary_whose_server_is_killed_while_copies_lag_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(synchronous=True)

    lost = lost_by(cluster, "server killed, copies lag", report, strike=lose_the_server_while_copies_lag, mend=nothing)

    assert lost == set()


def test_without_synchronous_replication_the_same_fault_is_seen_to_lose_rows(cluster: Cluster, report: Report) -> None:
    cluster.replicate(synchronous=False)

    lost = lost_by(cluster, "server killed, copies lag", report, strike=lose_the_server_while_copies_lag, mend=nothing)

    assert lost != set()


@pytest.mark.long
def test_a_primary_whose_machine_dies_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(synchronous=True)

    lost = lost_by(cluster, "machine killed", report, strike=Node.kill, mend=Node.start)

    assert lost == set()


@pytest.mark.long
def test_a_primary_that_freezes_and_thaws_loses_nothing(cluster: Cluster, report: Report) -> None:
    cluster.replicate(synchronous=True)

    lost = lost_by(cluster, "machine frozen", report, strike=Node.freeze, mend=Node.thaw)

    assert lost == set()
