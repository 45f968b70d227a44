"""What PostgreSQL plans once for all parameters reads no more of a longer record: neither all events, nor all that ever was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.city import SUPERVISOR, City, published
from tests.stores import place
from tests.views import overhear, snapshot_of
from txapi.simulation import simulate

pytestmark = pytest.mark.only_on(
    "postgresql", because="it is PostgreSQL that plans for parameters that it does not know"
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """A simulated city."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(place(folder), units=12, projects=70, years=2)
    city = City(folder, start="2026-01-02T09:00")
    city.follower.catch_up()
    yield city
    city.close()


def generic_plans(city: City, operation: str, *, sorting: bool = True, **variables: Any) -> list[tuple[str, str]]:
    """The statements of a published operation, each with the plan that serves whatever its parameters are.

    Without `sorting`, it is dear: a small table would be sorted, and no large one.
    """
    # First, so that it is none that is overheard, whichever test is the first of its process.
    connection: Any = snapshot_of(city.views)
    heard = overhear(city.views)
    city.ask(published(operation), variables, as_=SUPERVISOR)
    statements = [sql for sql in dict.fromkeys(heard) if sql.startswith(("SELECT", "WITH"))]
    assert statements
    connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    connection.execute(f"SET LOCAL enable_sort = {'on' if sorting else 'off'}")
    return [(sql, _planned(connection.raw, sql)) for sql in statements]


def _planned(raw: Any, sql: str) -> str:
    numbered, count = "", 0
    for at, part in enumerate(sql.split("'")):
        first, *others = part.split("?") if at % 2 == 0 else [part]
        numbered += ("'" if at else "") + first
        for other in others:
            count += 1
            numbered += f"${count}{other}"
    raw.execute(f"PREPARE planned AS {numbered}", prepare=False)
    nothing = f"({', '.join(['NULL'] * count)})" if count else ""
    lines = raw.execute(f"EXPLAIN EXECUTE planned{nothing}", prepare=False).fetchall()
    raw.execute("DEALLOCATE planned", prepare=False)
    return "\n".join(line for (line,) in lines)


def noun(city: City, column: str, table: str) -> Any:
    """A value of one that was there early."""
    [[found]] = city.reader().rows(
        f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY since, row LIMIT 1"
    )
    return found


def test_the_history_of_a_noun_is_found_by_the_noun(city: City) -> None:
    plans = generic_plans(city, "Ticket", number=noun(city, "number", "tickets"), choices=True)
    of_noun = [plan for sql, plan in plans if "stream IN" in sql]

    assert of_noun
    assert all("events_stream" in plan and "events_pkey" not in plan for plan in of_noun), of_noun


def test_what_was_adopted_last_is_found_by_its_kind(city: City) -> None:
    position = city.record.head.position * 9 // 10
    plans = generic_plans(city, "Meetings", at={"position": str(position)})
    adopted = [plan for sql, plan in plans if "kind = 'reference'" in sql]

    assert adopted
    assert all("events_kind" in plan and "events_pkey" not in plan for plan in adopted), adopted


def test_what_was_open_then_is_found_by_that_and_by_how_long_it_lived(city: City) -> None:
    position = city.record.head.position // 2
    asked: dict[str, Any] = {"filter": {"open": True}, "orderBy": [{"by": "DUE"}], "at": {"position": str(position)}}
    plans = generic_plans(city, "Tickets", **asked)
    then = [plan for sql, plan in plans if "t.phase IN (?)" in sql]

    assert then
    assert all("tickets_hot_phase" in plan for plan in then), then


def test_what_changed_last_is_walked_to_now(city: City) -> None:
    plans = generic_plans(city, "Tickets", sorting=False, orderBy=[{"by": "CHANGED", "descending": True}])
    [page] = [plan for sql, plan in plans if "ORDER BY t.since DESC" in sql]

    assert "Sort" not in page, page
