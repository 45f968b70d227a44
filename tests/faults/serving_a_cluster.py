"""Servers of the product on a cluster that a fault strikes: what they told all their clients, and what the record holds then.

Three `txapi serve`, each with its own connections to all nodes of the cluster; clients that send commands with an id, and send
them again until they are answered; a reader that follows the record from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.faults.aftermath import whole
from tests.faults.clients import Chances, Crowd, Manner, effects
from tests.faults.following import following
from tests.faults.guarantees import violations
from tests.faults.histories import History, Outcome
from tests.faults.patroni_cluster import Cluster, Node
from tests.faults.test_histories_of_servers import nouns_of
from tests.web.serving import Served
from txapi.record import Record
from txapi.record.place import Place

if TYPE_CHECKING:
    from tests.faults.conftest import Report

MANNERS = [*[Manner.FAITHFUL] * 3, *[Manner.CARRYING] * 4, Manner.WANDERING]
# Whoever is not answered asks again: a client that gave up would hide how long the others were kept waiting.
CHANCES = Chances(hang_up=0.01, retry=1.0)
DATABASES = count(1)


@contextmanager
def serving(place: Place, folder: Path, servers: int = 3) -> Iterator[list[Served]]:
    """Servers of that record; the first makes the keys that all of them use."""
    with ExitStack() as running:
        yield [
            running.enter_context(
                Served(place.folder, log=folder / f"server-{number}.log", TXAPI_DATABASE=place.database or "")
            )
            for number in range(servers)
        ]


def longest_gap_seconds(history: History) -> float:
    """The longest time in which no client received a receipt."""
    told = sorted(write.completed for write in history.writes if write.acknowledged and write.completed is not None)
    return max(later - earlier for earlier, later in pairwise(told)) / 1e9


def kept_promises_through(
    cluster: Cluster,
    fault: str,
    folder: Path,
    report: Report,
    strike: Callable[[Node], object],
    mend: Callable[[Node], object],
) -> None:
    """Assert that what all servers told all clients is one history that breaks no promise, and that the record is whole."""
    database = f"record_{next(DATABASES)}"
    struck = cluster.primary()
    with psycopg.connect(struck.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template0")
    # Whoever took the first who answers would always come to the node that is struck.
    place = Place(folder / "data", cluster.dsn_of(database, first=struck))
    with serving(place, folder) as servers, following(place) as reader:
        addresses, token = [server.address for server in servers], servers[0].token()
        with Crowd(addresses, token, nouns_of(servers[0]), MANNERS, CHANCES) as crowd:
            crowd.wait_for(300)
            strike(struck)
            cluster.wait_for_another_primary(struck)
            crowd.wait_for_acknowledged(100)
            mend(struck)
            cluster.wait_until_complete()
            crowd.wait_for_acknowledged(100)
            history = crowd.stop()
        with Record.open(place, owner=False) as record:
            recorded = list(effects(record))
        seen = reader.until(recorded[-1].position)
    history.save(folder / "history.jsonl")
    acknowledged = [write for write in history.writes if write.acknowledged]
    report(
        fault=fault,
        servers=len(servers),
        gap_seconds=f"{longest_gap_seconds(history):.1f}",
        acknowledged=len(acknowledged),
        unanswered=sum(write.outcome is Outcome.UNKNOWN for write in history.writes),
        lost=len({write.command for write in acknowledged} - {effect.command for effect in recorded}),
    )

    assert [str(violation) for violation in violations(history, recorded)[:10]] == []
    assert [position for position, _ in seen] == [event.position for event in whole(place)]
