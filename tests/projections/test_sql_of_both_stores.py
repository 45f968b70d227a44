"""What a question in SQL may use answers the same on either store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.projections.crates import PROJECTION
from tests.views import opened
from txapi.projections.views import Views

COMMITMENTS = '[{"number":3,"deadline":{"last_day":"2015-08-11"},"met_at":null},{"number":4,"note":"是"}]'


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Views]:
    views = opened(tmp_path_factory.mktemp("views"), "a record", [PROJECTION])
    yield views
    views.close()


@pytest.mark.parametrize(
    ("expression", "parameters", "expected"),
    [
        ("instr(?, ?)", ["崇福镇", "福"], 2),
        ("instr(?, ?)", ["崇福镇", "州"], 0),
        ("julianday(?) - julianday(?)", ["2015-03-01", "2015-02-27"], 2),
        ("julianday(NULL) IS NULL", [], 1),
        ("date(1439308799999999 / 1000000 + 28800, 'unixepoch')", [], "2015-08-11"),
        ("CAST(strftime('%s', ?) AS BIGINT)", ["2015-08-11T16:00:01"], 1439308801),
        ("max(3, 5)", [], 5),
        ("min('b', 'a')", [], "a"),
        ("max(CAST(NULL AS BIGINT), 5) IS NULL", [], 1),
        ("max(1, 7, 5)", [], 7),
        ("json_array_length(?)", [COMMITMENTS], 2),
        ("json_extract(?, '$[0].deadline.last_day')", [COMMITMENTS], "2015-08-11"),
        ("json_extract(?, '$[#-1].note')", [COMMITMENTS], "是"),
        ("CAST(json_extract(?, '$[1].number') AS BIGINT)", [COMMITMENTS], 4),
        ("json_extract(?, '$[0].met_at') IS NULL", [COMMITMENTS], 1),
        ("json_extract(?, '$[7].number') IS NULL", [COMMITMENTS], 1),
        ("(SELECT count(*) FROM json_each(?) e WHERE e.value = 'b' AND e.key = 1)", ['["a","b"]'], 1),
        ("(SELECT count(*) FROM json_each(?) e)", ["[]"], 0),
        ("7 / 2 * 10 + -7 / 2", [], 27),
        ("-7 % 3", [], -1),
        ("'a' || 5", [], "a5"),
    ],
)
def test_an_expression_has_one_value_on_both_stores(
    views: Views, expression: str, parameters: list[Any], expected: Any
) -> None:
    with views.snapshot() as connection:
        [found] = connection.execute(f"SELECT {expression}", parameters).fetchone()

    assert found == expected


def test_text_is_sorted_by_code_point_and_nothing_comes_last(views: Views) -> None:
    with views.snapshot() as connection:
        found = connection.execute("SELECT name FROM digests ORDER BY name").fetchall()
        texts = '["b","B","é","z","_","福","崇"]'
        # A column decides how text is compared, and every text column is made to go by code points.
        joined = connection.execute(
            "SELECT e.value FROM json_each(?) e LEFT JOIN digests d ON FALSE ORDER BY coalesce(d.name, e.value)",
            [texts],
        ).fetchall()

    assert found == sorted(found)
    assert joined == sorted(joined)
