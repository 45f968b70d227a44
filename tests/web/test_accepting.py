"""What a client prefers, by the weights of its headers."""

from __future__ import annotations

import pytest

from tests import stores
from txapi.web.accepting import GRAPHQL_JSON, JSON_TYPE, media_type_of

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store is asked what a header says")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", JSON_TYPE),
        ("*/*", JSON_TYPE),
        ("application/*", JSON_TYPE),
        ("text/html", JSON_TYPE),
        (JSON_TYPE, JSON_TYPE),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON.upper()}", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, {JSON_TYPE}", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, {JSON_TYPE};q=0.9", GRAPHQL_JSON),
        (f"{JSON_TYPE}, {GRAPHQL_JSON};q=0.5", JSON_TYPE),
        (f"{GRAPHQL_JSON};q=0.8, */*;q=0.1", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0", JSON_TYPE),
        (f"{GRAPHQL_JSON};q=much", JSON_TYPE),
        (f"{GRAPHQL_JSON};q=0.5, */*, {JSON_TYPE};q=0.2", GRAPHQL_JSON),
    ],
)
def test_the_media_type_that_weighs_most_is_answered_and_plain_json_where_neither_is_named(
    accept: str, media_type: str
) -> None:
    assert media_type_of(accept) == media_type
