"""A fault strikes the primary of a cluster while clients write: what they were told is stored, and is not there afterwards."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.conftest import Report
from tests.faults.patroni_cluster import DATABASE, Cluster, Node
from tests.faults.writers import Crowd, Row


def rows_on(node: Node) -> set[Row] | None:
    """What the node holds of what was written; None when it does not answer."""
    rows = node.ask("SELECT client, number FROM written", DATABASE)
    return None if rows is None else {(client, number) for client, number in rows}


def agreed_on(cluster: Cluster) -> set[Row]:
    """What every node holds of what was written, once all hold the same. Raises TimeoutError when they do not come to that."""
    held: list[set[Row] | None] = []

    def all_the_same() -> bool:
        held[:] = [rows_on(node) for node in cluster.nodes.values()]
        return held[0] is not None and held.count(held[0]) == len(held)

    cluster.wait_for("agreement of the nodes", all_the_same, 120)
    assert held[0] is not None
    return held[0]


def lost_by(
    cluster: Cluster,
    fault: str,
    report: Report,
    strike: Callable[[Node], object],
    mend: Callable[[Node], object],
    victim: Callable[[], Node] | None = None,
) -> set[Row]:
    """What was acknowledged and is lost after the fault has struck a node under load, the primary unless told otherwise, and was
    mended.

    Raises TimeoutError when nobody takes over, when the cluster does not become whole again, and when its nodes do not come to
    agree on what was written.
    """
    with Crowd(cluster.dsn) as crowd:
        crowd.wait_for_more(200)
        primary = cluster.primary()
        struck = primary if victim is None else victim()
        strike(struck)
        if struck is primary:
            cluster.wait_for_another_primary(primary)
        crowd.wait_for_more(100)
        mend(struck)
        mended_seconds = cluster.wait_until_complete()
        crowd.wait_for_more(100)
    held = agreed_on(cluster)
    acknowledged = {each.row for each in crowd.acknowledged()}
    report(
        fault=fault,
        copies=cluster.copies,
        gap_seconds=f"{crowd.longest_gap_seconds():.1f}",
        whole_after_seconds=f"{mended_seconds:.1f}",
        acknowledged=len(acknowledged),
        lost=len(acknowledged - held),
    )
    return acknowledged - held


def nothing(_: Node) -> None:
    """What needs no hand: Patroni mends it."""
