"""Nodes that answer from streaming replicas, each as far behind as it likes: sessions that carry what they have seen never notice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults.aftermath import whole
from tests.faults.clients import Chances, Crowd, Manner, effects
from tests.faults.guarantees import violations
from tests.faults.test_histories_of_servers import nouns_of
from tests.faults.test_replica import standby_of
from tests.postgres import Server
from tests.web.serving import Served
from txapi.record import Record
from txapi.record.place import Place

if TYPE_CHECKING:
    from tests.faults.conftest import Report

MANNERS = [
    Manner.FAITHFUL,  # to the node that asks one replica
    Manner.CARRYING,
    Manner.FAITHFUL,  # to the node that asks the primary
    *[Manner.CARRYING] * 4,
    Manner.WANDERING,
]
"""Nobody is faithful to the node that asks either replica: it promises nothing to who does not say what he has seen."""
PAUSES = 40


@contextmanager
def paused(replica: Server) -> Iterator[None]:
    """Let a replica fall behind while the block lasts."""
    with psycopg.connect(replica.dsn(), autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        yield
        connection.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.long
def test_the_history_of_nodes_that_ask_replicas_breaks_no_promise(tmp_path: Path, report: Report) -> None:
    with ExitStack() as held:
        primary = held.enter_context(Server(tmp_path / "primary", settings=()))
        with psycopg.connect(primary.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE txapi")
        replicas = [held.enter_context(standby_of(primary, tmp_path / name)) for name in ("near", "far")]
        place = Place(tmp_path / "data", primary.dsn("txapi"))
        one = replicas[0].dsn("txapi")
        either = psycopg.conninfo.make_conninfo(
            one,
            host=",".join(str(replica.sockets) for replica in replicas),
            port=",".join(str(replica.port) for replica in replicas),
            load_balance_hosts="random",
        )
        asked = [{"TXAPI_REPLICA": one}, {"TXAPI_REPLICA": either}, {}]
        nodes = [
            held.enter_context(
                Served(
                    place.folder, log=str(tmp_path / f"node-{number}.log"), TXAPI_DATABASE=primary.dsn("txapi"), **more
                )
            )
            for number, more in enumerate(asked)
        ]
        token, addresses = nodes[0].token(), [node.address for node in nodes]
        with Crowd(addresses, token, nouns_of(nodes[2]), MANNERS, Chances(write=0.3)) as crowd:
            for turn in range(PAUSES):
                crowd.wait_for(len(crowd.operations) + 100)
                with paused(replicas[turn % 2]):
                    time.sleep(0.5)
            crowd.wait_for(len(crowd.operations) + 100)
            history = crowd.stop()
        with Record.open(place, owner=False) as record:
            found = violations(history, list(effects(record)))
        history.save(tmp_path / "history.jsonl")

        assert [str(violation) for violation in found[:10]] == []
        whole(place)
    behind = sum(read.at_least is None for read in history.reads)
    report(replicas=2, pauses=PAUSES, reads=len(history.reads), without_at_least=behind, broken=0)
