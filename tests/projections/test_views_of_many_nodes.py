"""Read models in a database that several processes share: one of them follows, any of them answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.projections.crates import CRATES, PROJECTION, Pile
from tests.stores import place
from tests.views import opened
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.select import Select
from txapi.projections.views import NotBuiltYet, Views, views_schema
from txapi.record import Record
from txapi.record.conflicts import LeaseLost, RecordUnavailable
from txapi.record.database import Fence
from txapi.record.postgres.connecting import connect
from txapi.record.postgres.database import PostgresDatabase
from txapi.record.postgres.functions import SCHEMA, VERSION

pytestmark = pytest.mark.only_on("postgresql", because="an embedded record has one owner, who follows")


def pile_of(count: int) -> Pile:
    """A record of so many events, each of a crate of its own."""
    pile = Pile()
    for number in range(count):
        crate = pile.crate(f"crate-{number}")
        crate.paint(pile.said(), "red")
        pile.take(crate)
    return pile


@contextmanager
def another_node(folder: Path) -> Iterator[Views]:
    """The same views as another process sees them."""
    with closing(Views.open(place(folder), "a record", [PROJECTION])) as views:
        yield views


def sql(folder: Path, statement: str) -> list[tuple[object, ...]]:
    """The answer of the database of a folder."""
    dsn = place(folder).database
    assert dsn is not None
    with connect(dsn) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def leased(folder: Path, epoch: int) -> Fence:
    """The follower's lease as its holder of that epoch knows it, who now has it."""
    sql(
        folder,
        f"INSERT INTO nodes.leases VALUES ('follower', 'node {epoch}', {epoch}, 'infinity') ON CONFLICT (name)"
        f" DO UPDATE SET holder = 'node {epoch}', epoch = {epoch}",
    )
    return Fence("follower", f"node {epoch}", epoch)


def shades(views: Views) -> list[str | None]:
    with views.snapshot() as connection:
        return [
            row.shade for row in Select(CRATES, Reader(connection, at_position(connection, head_of(connection)))).all()
        ]


def test_who_asks_before_anybody_has_built_the_views_is_told_so(tmp_path: Path) -> None:
    with another_node(tmp_path) as views:
        before = views.look()
        with pytest.raises(NotBuiltYet, match=r"views_\w+ are not built yet"), views.snapshot():
            pass

        with closing(opened(tmp_path, "a record", [PROJECTION])) as built:
            Follower(pile_of(2), built).catch_up()

        assert before == 0
        assert shades(views) == ["red", "red"]


def test_who_waits_on_another_node_hears_when_the_rows_are_there(tmp_path: Path) -> None:
    with closing(opened(tmp_path, "a record", [PROJECTION])) as built, another_node(tmp_path) as views:
        follower = Follower(pile_of(3), built)
        missed = views.wait_for(1, 0.05)
        follow = threading.Thread(target=follower.catch_up)
        follow.start()
        seen = views.wait_for(3, 20)
        follow.join()

    assert not missed
    assert seen
    assert views.position == 3


def test_a_follower_without_its_lease_writes_nothing_and_who_has_it_goes_on(tmp_path: Path) -> None:
    pile = pile_of(5)
    with closing(opened(tmp_path, "a record", [PROJECTION])) as built, another_node(tmp_path) as elsewhere:
        first = Follower(pile, built, batch=2, fence=leased(tmp_path, 1))
        first.step()
        second = Follower(pile, elsewhere, batch=2, fence=leased(tmp_path, 2))
        with pytest.raises(LeaseLost):
            first.step()
        stored = built.stored_position()
        second.step()

        third = Follower(pile, built, batch=2, fence=leased(tmp_path, 3))
        third.catch_up()

        assert stored == 2
        assert (built.position, elsewhere.look()) == (5, 5)
        assert shades(elsewhere) == ["red"] * 5
        with closing(Views.in_file(tmp_path / "beside.db", "a record", [PROJECTION])) as beside:
            Follower(pile, beside).catch_up()
            assert elsewhere.progress() == beside.progress()


def test_a_follower_forgets_what_a_server_that_took_the_place_of_the_first_does_not_know(tmp_path: Path) -> None:
    pile, kept = weighed(1, 2, 3), weighed(1, 2, 7)
    with closing(opened(tmp_path, "a record", [PROJECTION])) as views, another_node(tmp_path) as elsewhere:
        follower = Follower(pile, views)
        follower.catch_up()
        # The server that is found now knows the first two events only, and the rows that followed from them.
        elsewhere.empty()
        Follower(kept, elsewhere).catch_up(until=2)
        pile.events = kept.events
        pile.generation += 1

        reached = follower.catch_up()

        assert reached == 3
        with closing(Views.in_file(tmp_path / "beside.db", "a record", [PROJECTION])) as beside:
            Follower(kept, beside).catch_up()
            assert views.progress() == beside.progress()


def weighed(*weights: int) -> Pile:
    """A record of one crate that was weighed so often."""
    pile = Pile()
    crate = pile.crate("crate-a")
    for weight in weights:
        crate.weigh(pile.said(), weight)
        pile.take(crate)
    return pile


def test_views_of_older_code_go_unless_somebody_runs_it(tmp_path: Path) -> None:
    for older in ("views_old", "views_used"):
        sql(tmp_path, f"CREATE SCHEMA {older}")
    with closing(opened(tmp_path, "a record", [PROJECTION])) as views:
        sql(tmp_path, "CREATE SCHEMA views_ahead")

        deleted = views.delete_others({"used"})

        left = sql(tmp_path, "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'views_') ORDER BY 1")
    assert deleted == ["views_old"]
    assert left == sorted([("views_ahead",), ("views_used",), (views_schema(),)])


def test_functions_are_made_once_by_nodes_that_start_together_and_newer_ones_stay(tmp_path: Path) -> None:
    dsn = place(tmp_path).database
    assert dsn is not None
    sql(tmp_path, f"DROP SCHEMA {SCHEMA} CASCADE")
    failed: list[psycopg.Error] = []

    def start() -> None:
        with closing(PostgresDatabase(dsn, "views_x", most_connections=1)) as database:
            try:
                database.equip()
            except psycopg.Error as error:
                failed.append(error)

    nodes = [threading.Thread(target=start) for _ in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    version = sql(tmp_path, f"SELECT obj_description('{SCHEMA}'::regnamespace)")
    sql(tmp_path, f"COMMENT ON SCHEMA {SCHEMA} IS '{VERSION + 1}'")
    start()

    assert failed == []
    assert version == [(str(VERSION),)]
    assert sql(tmp_path, f"SELECT obj_description('{SCHEMA}'::regnamespace)") == [(str(VERSION + 1),)]


def test_rows_of_an_event_that_this_server_does_not_have_are_not_kept(tmp_path: Path) -> None:
    where = place(tmp_path)
    with Record.open(where) as record, closing(opened(tmp_path, record.record_id, [PROJECTION])) as views:
        # Read on a former primary, which alone has it, while the rows are written on the one that took over.
        pile = pile_of(1)
        follower = Follower(pile, views)
        with pytest.raises(RecordUnavailable, match="primary no more"):
            follower.catch_up()

        assert views.stored_position() == 0
        with views.snapshot() as seen:
            assert seen.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_a_follower_notices_that_the_rows_went_back_behind_its_back_and_goes_on_from_there(tmp_path: Path) -> None:
    pile = pile_of(2)
    with closing(opened(tmp_path, "a record", [PROJECTION])) as views:
        follower = Follower(pile, views)
        follower.catch_up(1)
        views.empty()  # As after a failover to a server that never had what was told as stored.

        with pytest.raises(RecordUnavailable):
            follower.catch_up()
        follower.catch_up()

        with views.snapshot() as seen:
            assert seen.execute("SELECT count(*) FROM events").fetchone() == (2,)
