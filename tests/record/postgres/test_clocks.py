"""A demonstration clock is the same on every node of a record, whenever each of them starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from txapi.record import Record
from txapi.record.place import Place
from txapi.record.postgres.connecting import connect

SETTING = "2015-08-11"


def test_a_node_that_starts_later_goes_by_the_clock_that_the_first_one_began(place: Place) -> None:
    assert place.database is not None
    with Record.open(place, SETTING) as first, connect(place.database) as connection:
        # As if the first had begun an hour ago.
        connection.execute("UPDATE nodes.clocks SET ahead = ahead + $1", (3_600_000_000,))

        with Record.open(place, SETTING) as later, Record.open(place, "2015-09-01") as other:
            ahead = later.clock.now() - first.clock.now()
            apart = other.clock.now() - datetime(2015, 9, 1, tzinfo=UTC)

    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)
    assert apart < timedelta(minutes=1), "another setting is another clock"


def test_who_only_reads_is_told_where_the_clock_stands_and_begins_none(place: Place) -> None:
    assert place.database is not None
    with Record.open(place) as owner, Record.open(place, owner=False) as reader:
        assert reader.store.clock_told() is None
        assert reader.store.clock_told(SETTING) is None
        with Record.open(place, SETTING, owner=False):
            assert reader.store.clock_told() is None
        with Record.open(place, SETTING) as node, Record.open(place, "2015-08-01"):
            before = node.clock.now()
            told = reader.store.clock_told()
            assert told is not None
            assert before < told < node.clock.now() + timedelta(minutes=1)
            assert reader.store.clock_told("2015-09-01") is None
            earlier = reader.store.clock_told("2015-08-01")
        assert owner.head.position == 0
    assert earlier is not None
    assert earlier < told
