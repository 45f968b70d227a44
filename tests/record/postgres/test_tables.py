"""The tables of a record: made once, checked at every opening, never made by somebody who only reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import stores
from txapi.record import Record
from txapi.record.conflicts import NotARecord, RecordUnavailable
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Place]:
    """A database with nothing in it."""
    dsn = stores.databases().create()
    yield Place(tmp_path, dsn)
    stores.databases().drop(dsn)


def change(place: Place, sql: str) -> None:
    assert place.database is not None
    with connect(place.database) as connection:
        connection.execute(sql)


def test_nodes_that_start_at_once_make_one_record(empty: Place) -> None:
    ids: list[str] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        with Record.open(empty) as record:
            ids.append(record.record_id)

    nodes = [threading.Thread(target=start) for _ in range(4)]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()

    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_a_reader_makes_no_record(empty: Place) -> None:
    with pytest.raises(NotARecord, match="there is no record"):
        Record.open(empty, owner=False)

    assert empty.database is not None
    with psycopg.connect(empty.database) as connection:
        assert connection.execute("SELECT to_regnamespace('record')").fetchone() == (None,)


def test_tables_in_which_nobody_began_a_record_are_none_to_read(tmp_path: Path) -> None:
    with stores.running_on(stores.POSTGRESQL), pytest.raises(NotARecord, match="nobody has begun"):
        Record.open(stores.place(tmp_path), owner=False)


def test_a_database_of_another_format_or_purpose_is_not_opened(empty: Place) -> None:
    Record.open(empty).close()
    change(empty, "UPDATE record.meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(NotARecord, match="format 99"):
        Record.open(empty)

    change(empty, "DROP SCHEMA record CASCADE; CREATE SCHEMA record; CREATE TABLE record.meta (artist TEXT)")
    with pytest.raises(NotARecord, match="there is no record"):
        Record.open(empty)
    with pytest.raises(NotARecord, match="there is no record"):
        Record.open(empty, owner=False)


def test_an_empty_record_is_not_begun_beside_a_ledger(empty: Place) -> None:
    change(empty, "CREATE SCHEMA ledger")

    with pytest.raises(NotARecord, match="a ledger without its record"):
        Record.open(empty)


def test_a_database_that_does_not_exist_is_unavailable(tmp_path: Path, empty: Place) -> None:
    assert empty.database is not None
    nowhere = psycopg.conninfo.make_conninfo(empty.database, dbname="nowhere")

    with pytest.raises(RecordUnavailable, match="nowhere"):
        Record.open(Place(tmp_path, nowhere))


def test_a_record_whose_beginning_may_be_lost_is_not_begun(place: Place) -> None:
    assert place.database is not None
    with connect(place.database) as connection:
        # Stands for a server that stops waiting for its standbys.
        connection.execute(
            "CREATE FUNCTION record.warn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;"
            " CREATE CONSTRAINT TRIGGER warned AFTER INSERT ON record.meta"
            " INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record.warn()"
        )

    with pytest.raises(RecordUnavailable, match="may be lost: not replicated"):
        Record.open(place)
