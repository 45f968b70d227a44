"""Servers of the product on a cluster that loses its primary: what clients were told holds, and everything derived agrees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.losing_a_primary import nothing
from tests.faults.patroni_cluster import Cluster, Node
from tests.faults.serving_a_cluster import kept_promises_through

if TYPE_CHECKING:
    from tests.faults.conftest import Report


def test_servers_keep_their_promises_when_the_database_server_is_killed(
    cluster: Cluster, tmp_path: Path, report: Report
) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(
        cluster, "database server killed", tmp_path, report, strike=Node.kill_postmaster, mend=nothing
    )


@pytest.mark.long
def test_servers_keep_their_promises_when_its_machine_dies(cluster: Cluster, tmp_path: Path, report: Report) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(cluster, "its machine killed", tmp_path, report, strike=Node.kill, mend=Node.start)


@pytest.mark.long
def test_servers_keep_their_promises_when_its_machine_freezes_and_thaws(
    cluster: Cluster, tmp_path: Path, report: Report
) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(cluster, "its machine frozen", tmp_path, report, strike=Node.freeze, mend=Node.thaw)


@pytest.mark.long
def test_servers_keep_their_promises_when_only_its_patroni_dies(
    cluster: Cluster, tmp_path: Path, report: Report
) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(cluster, "its Patroni killed", tmp_path, report, strike=Node.kill_patroni, mend=Node.start)
