"""The stock of kept answers, without a server: what takes the place of what, and how much there is of it."""

from __future__ import annotations

import json

import pytest

from tests import stores
from txapi.projections.views_progress import Standing
from txapi.web.kept import MOST_LATE, MOST_OF_ONE, OF_AN_ENTRY, Kept, KeptAnswers, priced

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store has a part in it")


def kept_from(position: int = 1, size: int = 10, *, recorded_at: int | None = None) -> Kept:
    standing = Standing(position, position * 10 if recorded_at is None else recorded_at)
    return Kept(b"x" * size, 200, standing, "", 1, tells_the_clock=False)


def test_an_answer_from_a_later_position_takes_the_place_of_all_before() -> None:
    stock = KeptAnswers(2 * MOST_OF_ONE)
    stock.keep("a", "{ a }", None, kept_from(1))
    stock.keep("b", "{ b }", None, kept_from(2))
    stock.keep("c", "{ c }", None, kept_from(1))

    assert [stock.get(tag) is not None for tag in "abc"] == [False, True, False]
    assert stock.may_hold("{ a }", None)
    assert not stock.may_hold("{ c }", None)


@pytest.mark.parametrize("position", [3, 5])
def test_what_a_record_that_was_put_back_came_to_since_takes_the_place_of_what_was_lost(position: int) -> None:
    stock = KeptAnswers(2 * MOST_OF_ONE)
    stock.keep("lost", "{ a }", None, kept_from(5))
    stock.keep("new", "{ a }", None, kept_from(position, recorded_at=60))

    assert [stock.get(tag) is not None for tag in ("lost", "new")] == [False, True]


def test_a_record_that_was_put_back_and_came_to_nothing_since_is_known_by_nothing_else_being_answered() -> None:
    stock = KeptAnswers(2 * MOST_OF_ONE)
    stock.keep("lost", "{ a }", None, kept_from(5))
    for _ in range(MOST_LATE):
        stock.keep("before", "{ a }", None, kept_from(3))
    late = stock.get("before"), stock.get("lost")
    # Somebody found what was kept, so that the rows are where they were, and these were slow.
    for _ in range(MOST_LATE):
        stock.keep("before", "{ a }", None, kept_from(3))
    slow = stock.get("before")
    stock.keep("before", "{ a }", None, kept_from(3))

    assert late[0] is None
    assert late[1] is not None
    assert slow is None
    assert [stock.get(tag) is not None for tag in ("lost", "before")] == [False, True]


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    stock = KeptAnswers(3 * (OF_AN_ENTRY + 10))
    for tag in "abc":
        stock.keep(tag, tag, None, kept_from())
    stock.get("a")
    stock.keep("d", "d", None, kept_from())
    stock.keep("d", "d", None, kept_from())

    assert [stock.get(tag) is not None for tag in "abcd"] == [True, False, True, True]


def test_what_is_too_large_is_not_kept() -> None:
    stock = KeptAnswers(2 * MOST_OF_ONE)
    stock.keep("a", "a", None, kept_from(size=MOST_OF_ONE))

    assert stock.get("a") is None


def test_what_it_cost_is_the_last_of_its_extensions() -> None:
    body = b'{"data":{},"extensions":{"position":"7"}}'

    assert json.loads(priced(body, {"requested": 3})) == {
        "data": {},
        "extensions": {"position": "7", "cost": {"requested": 3}},
    }
    assert priced(body, {}) == body
