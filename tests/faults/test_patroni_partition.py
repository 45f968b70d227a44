"""The network between a primary and the rest is cut and joined again, on machines of their own (network namespaces).

A primary that clients still reach goes on promising until it knows that it is alone: that is where writes are lost, unless each
commit waits for a second node. The last test shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import patroni_cluster
from tests.faults.conftest import Report
from tests.faults.losing_a_primary import lost_by
from tests.faults.network import Network
from tests.faults.patroni_cluster import NODES, Cluster, Node
from tests.faults.serving_a_cluster import kept_promises_through

pytestmark = [pytest.mark.long, pytest.mark.needs("network")]


@pytest.fixture(scope="module")
def machines() -> Iterator[Network]:
    """A network with a machine for every node."""
    with Network(NODES) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(machines: Network) -> Iterator[Cluster]:
    """A cluster on these machines. Whoever hurts it waits until it is whole again."""
    with patroni_cluster.running(machines) as whole:
        yield whole


def cut_from_the_nodes(machines: Network, node: Node) -> None:
    """Clients still reach the node, and it reaches them; the other nodes do not."""
    for other in NODES:
        if other != node.name:
            machines.cut(node.name, other)


def test_a_primary_that_nobody_reaches_loses_nothing(cluster: Cluster, machines: Network, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(
        cluster, "cut off from everybody", report, lambda node: machines.cut_off(node.name), lambda _: machines.heal()
    )

    assert lost == set()


def test_a_primary_that_only_clients_reach_loses_nothing(cluster: Cluster, machines: Network, report: Report) -> None:
    cluster.replicate(copies=1)

    lost = lost_by(
        cluster,
        "cut off from the nodes",
        report,
        lambda node: cut_from_the_nodes(machines, node),
        lambda _: machines.heal(),
    )

    assert lost == set()


def test_servers_keep_their_promises_when_nobody_reaches_the_primary(
    cluster: Cluster, machines: Network, tmp_path: Path, report: Report
) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(
        cluster,
        "cut off from everybody",
        tmp_path,
        report,
        strike=lambda node: machines.cut_off(node.name),
        mend=lambda _: machines.heal(),
    )


def test_servers_keep_their_promises_when_only_they_reach_the_primary(
    cluster: Cluster, machines: Network, tmp_path: Path, report: Report
) -> None:
    cluster.replicate(copies=1)

    kept_promises_through(
        cluster,
        "cut off from the nodes",
        tmp_path,
        report,
        strike=lambda node: cut_from_the_nodes(machines, node),
        mend=lambda _: machines.heal(),
    )


def test_without_synchronous_replication_a_primary_that_only_clients_reach_is_seen_to_lose_rows(
    cluster: Cluster, machines: Network, report: Report
) -> None:
    cluster.replicate(copies=0)

    lost = lost_by(
        cluster,
        "cut off from the nodes",
        report,
        lambda node: cut_from_the_nodes(machines, node),
        lambda _: machines.heal(),
    )

    assert lost != set()
