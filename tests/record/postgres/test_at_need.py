"""A database that is opened when it is first needed: what was said of it before holds from then on."""

from __future__ import annotations

import pytest

from txapi.record.at_need import DatabaseAtNeed
from txapi.record.conflicts import RecordUnavailable
from txapi.record.place import Place
from txapi.record.postgres.database import PostgresDatabase


def at_need(place: Place) -> DatabaseAtNeed[PostgresDatabase]:
    dsn = place.database
    assert dsn is not None
    return DatabaseAtNeed("public", lambda: PostgresDatabase(dsn, "public", most_connections=4))


def test_it_is_opened_once_and_answers(place: Place) -> None:
    database = at_need(place)

    with database.open().lent() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert database.open() is database.open()
    database.close()


def test_one_that_was_abandoned_before_anybody_opened_it_asks_nothing(place: Place) -> None:
    database = at_need(place)

    database.abandon()

    with pytest.raises(RecordUnavailable), database.open().lent():
        pytest.fail("a connection was lent")
    database.close()


def test_one_that_was_closed_opens_no_more(place: Place) -> None:
    database = at_need(place)
    database.open()

    database.close()

    with pytest.raises(RecordUnavailable, match="closed"):
        database.open()
