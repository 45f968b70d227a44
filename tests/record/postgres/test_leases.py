"""One node at a time holds a lease, and notices in time that it does not any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.record.postgres.proxy import Fault, Proxy
from txapi.record import Record
from txapi.record.conflicts import LeaseLost
from txapi.record.database import Fence
from txapi.record.leases import Lease, Leases
from txapi.record.place import Place
from txapi.record.postgres import leases
from txapi.record.postgres.connecting import DatabaseConnection, connect, numbered
from txapi.record.postgres.database import FENCE, PostgresDatabase

if TYPE_CHECKING:
    Opens = Callable[[], Leases]


@pytest.fixture
def opens(place: Place, here: Record, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    """Opens the leases of one more node; they last half a second."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(leases, "MARGIN_SECONDS", 0.2)
    opened: list[Leases] = []

    def another() -> Leases:
        opened.append(Leases.open(place, "abc"))
        return opened[-1]

    yield another
    for one in opened:
        one.close()


@pytest.fixture
def views(place: Place) -> Iterator[PostgresDatabase]:
    assert place.database is not None
    database = PostgresDatabase(place.database, "record")
    yield database
    database.close()


@pytest.fixture
def stranger(place: Place) -> Iterator[DatabaseConnection]:
    assert place.database is not None
    with connect(place.database) as connection:
        yield connection


def held(lease: Lease) -> Fence:
    fence = lease.wait(10)
    assert fence is not None
    return fence


def die(node: Leases) -> None:
    """Stop renewing without a word, as a process does that is killed."""
    assert isinstance(node, leases.PostgresLeases)
    node._kept.clear()


def test_one_node_holds_a_lease_and_the_other_waits_until_it_is_released(opens: Opens) -> None:
    first, second = opens(), opens()
    one = first.keep("watch")
    fence = held(one)
    other = second.keep("watch")

    assert other.wait(0.3) is None
    one.release()

    assert one.fence is None
    assert held(other) == Fence("watch", second.node, fence.epoch + 1)


def test_other_leases_are_held_by_other_nodes_at_the_same_time(opens: Opens) -> None:
    first, second = opens(), opens()

    assert held(first.keep("watch")).holder == first.node
    assert held(second.keep("sign")).holder == second.node


def test_a_lease_whose_holder_dies_is_taken_over_and_the_dead_one_writes_nothing_more(
    opens: Opens, views: PostgresDatabase
) -> None:
    first, second = opens(), opens()
    dead = held(first.keep("watch"))
    die(first)

    fence = held(second.keep("watch"))

    assert fence.epoch == dead.epoch + 1
    with views.transaction(fence) as change:
        change.execute("UPDATE settled SET until = 7")
    with pytest.raises(LeaseLost), views.transaction(dead) as change:
        change.execute("UPDATE settled SET until = 8")
    with views.lent() as connection:
        assert connection.execute("SELECT until FROM settled").fetchone() == (7,)


def test_who_takes_over_waits_for_the_transaction_that_relies_on_the_lease(
    opens: Opens, stranger: DatabaseConnection
) -> None:
    first, second = opens(), opens()
    fence = held(first.keep("watch"))
    stranger.execute("BEGIN")
    stranger.execute(numbered(FENCE), fence)
    die(first)
    other = second.keep("watch")

    assert other.wait(1.2) is None
    stranger.execute("COMMIT")

    assert held(other).epoch == fence.epoch + 1


def test_a_holder_that_cannot_renew_stops_before_another_begins(place: Place, opens: Opens) -> None:
    assert place.database is not None
    with Proxy(place.database) as proxy, Leases.open(Place(place.folder, proxy.dsn)) as cut_off:
        proxy.trap(b"nodes.leases SET until", Fault.HELD_BEFORE)
        lease = cut_off.keep("watch")
        held(lease)
        still_held: list[Fence | None] = []
        taken = threading.Event()

        def changed(fence: Fence | None) -> None:
            still_held.append(lease.fence)
            taken.set()

        opens().keep("watch", changed)

        assert taken.wait(10)
        assert still_held[0] is None


def test_a_lease_survives_the_death_of_its_connection(opens: Opens, stranger: DatabaseConnection) -> None:
    lease = opens().keep("watch")
    fence = held(lease)

    for _ in range(3):
        stranger.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query ~ 'nodes' AND pid <> pg_backend_pid()"
        )
        assert held(lease) == fence


def test_a_lost_lease_is_told_to_its_holder(opens: Opens, stranger: DatabaseConnection) -> None:
    told: list[Fence | None] = []
    lost = threading.Event()

    def changed(fence: Fence | None) -> None:
        told.append(fence)
        if fence is None:
            lost.set()

    lease = opens().keep("watch", changed)
    fence = held(lease)
    stranger.execute("UPDATE nodes.leases SET holder = 'another', epoch = epoch + 1, until = 'infinity'")

    assert lost.wait(5)
    assert lease.fence is None
    assert told == [fence, None]


def test_a_node_that_abandoned_the_database_holds_nothing_and_another_takes_over(opens: Opens) -> None:
    first, second = opens(), opens()
    lease = first.keep("watch")
    fence = held(lease)

    first.abandon()
    other = held(second.keep("watch"))

    assert lease.fence is None
    assert other.epoch == fence.epoch + 1


def test_a_lease_is_renewed_by_commits_that_standbys_have(opens: Opens, stranger: DatabaseConnection) -> None:
    """A former primary, which does not know better, cannot commit so."""
    held(opens().keep("watch"))
    stranger.execute(
        "CREATE TABLE nodes.seen (how text);"
        " CREATE FUNCTION nodes.note() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO nodes.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;"
        " CREATE TRIGGER noted BEFORE UPDATE ON nodes.leases FOR EACH ROW EXECUTE FUNCTION nodes.note()"
    )
    while not (seen := stranger.execute("SELECT DISTINCT how FROM nodes.seen").fetchall()):
        time.sleep(0.01)

    assert seen == [("on",)]


def test_a_renewal_that_standbys_may_not_have_is_none(opens: Opens, stranger: DatabaseConnection) -> None:
    lease = opens().keep("watch")
    held(lease)
    lost = threading.Event()
    lease._changed = lambda fence: lost.set() if fence is None else None

    stranger.execute(
        # Stands for a server that stops waiting for its standbys.
        "CREATE FUNCTION nodes.warn() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;"
        " CREATE CONSTRAINT TRIGGER warned AFTER UPDATE ON nodes.leases"
        " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nodes.warn()"
    )

    assert lost.wait(10)
    assert lease.fence is None


def test_nodes_know_of_each_other_until_they_leave(opens: Opens) -> None:
    first, second = opens(), opens()
    held(first.keep("one"))
    held(second.keep("other"))
    held(first.keep("one more"))
    held(second.keep("other more"))

    both = first.live()
    second.close()
    left = first.live()

    assert {(node.node, node.fingerprint) for node in both} == {(first.node, "abc"), (second.node, "abc")}
    assert [node.node for node in left] == [first.node]


def test_the_owner_of_an_embedded_record_holds_every_lease(tmp_path: Path) -> None:
    told: list[Fence | None] = []
    with Leases.open(tmp_path, "abc") as mine:
        lease = mine.keep("watch", told.append)
        fence = held(lease)
        nodes = mine.live()

    assert fence == Fence("watch", mine.node, 1)
    assert [(node.node, node.fingerprint) for node in nodes] == [(mine.node, "abc")]
    assert lease.fence is None
    assert told == [fence, None]


def test_who_waits_for_a_lease_can_be_stopped(opens: Opens) -> None:
    held(opens().keep("watch"))
    lease = opens().keep("watch")
    stopping = threading.Event()
    waiter = threading.Thread(target=lambda: lease.wait(60, stopping.is_set))
    waiter.start()

    stopping.set()
    lease.wake()
    waiter.join(5)

    assert not waiter.is_alive()
