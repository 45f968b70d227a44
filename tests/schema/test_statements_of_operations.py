"""Every published list, and relations three levels deep, cost as many statements for fifty rows as for twenty-five."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import OPERATIONS, SUPERVISOR
from tests.schema.simulated_city import Simulated
from tests.stores import POSTGRESQL
from tests.views import overhear

pytestmark = pytest.mark.slow_on(POSTGRESQL)

MOST = 40
"""Statements that one operation may take, at most."""

_LISTS = re.compile(r"\$first: Int\b")
_REQUIRED = re.compile(r"\$\w+: [\w\[\]!]*!(?=[\s),])(?! *=)")
GIVEN: dict[str, dict[str, Any]] = {
    "Events": {"last": None, "after": "1000"},
    "LateRecordedStarts": {"cutOff": "2025-06-28"},
    "Leadership": {"from": "2025-01-01", "to": "2025-12-31"},
}
"""What lists are asked for that need to be told something."""
PUBLISHED = sorted(
    path.stem
    for path in OPERATIONS.rglob("*.graphql")
    if _LISTS.search(text := path.read_text()) and (path.stem in GIVEN or not _REQUIRED.search(text))
)

UNIT = "unit { code name { zh } parent { code } }"
PROJECT = f"""
    code stage {UNIT} owner {{ name {UNIT} parent {{ name }} }} investors {{ name }} leader {{ name }} light {{ colour }}
    milestones {{ kind forecasts {{ on {{ text }} }} }} agents {{ {UNIT} }} outputs {{ label {{ zh }} }}
    supervision {{ supervisionList {{ programme {{ zh }} }} }} groups {{ group {{ name {UNIT} }} }}
    parcels {{ parcel {{ location {UNIT} }} }} published {{ printed }}"""
DEEP = {
    "tickets with their projects, companies and units": f"""
        query($first: Int, $at: PointInput) {{ moment(at: $at) {{ tickets(first: $first) {{ totalCount nodes {{
          number issuer {{ code parent {{ code }} }} handler {{ code }} copies {{ code }} light {{ colour }}
          about {{ ... on Project {{ {PROJECT} }} }} handlings {{ {UNIT} }} owed {{ {UNIT} }} }} }} }} }}""",
    "projects with everything that they belong to": f"""
        query($first: Int, $at: PointInput) {{ moment(at: $at) {{ projects(first: $first) {{ totalCount nodes {{
          {PROJECT} }} }} }} }}""",
    "targets with their figures": f"""
        query($first: Int, $at: PointInput) {{ moment(at: $at) {{ targets(first: $first) {{ totalCount nodes {{
          {UNIT} indicator {{ code }} light {{ colour }} figures {{ through }} }} }} }} }}""",
    "companies and parcels with their units": f"""
        query($first: Int, $at: PointInput) {{ moment(at: $at) {{
          companies(first: $first) {{ nodes {{ name {UNIT} parent {{ name }} }} }}
          parcels(first: $first) {{ nodes {{ location {UNIT} winner {{ name }} formerUser {{ name }} }} }} }} }}""",
    "events with what they changed and of what": """
        query($first: Int, $at: PointInput) { moment(at: $at) { events(first: $first, filter: { kinds: ["ticket"] }) { totalCount
          nodes { position type noun { id } changes { field before after } } } } }""",
}


class Counted(Simulated):
    """A city that keeps the statements of its snapshots."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.statements = overhear(self.views)

    def count(self, query: str, first: int, at: int | None, **more: Any) -> tuple[int, int]:
        """How many statements the query took, and how many rows its longest list had."""
        variables = {
            "first": first,
            "at": None if at is None else {"position": str(at)},
            **GIVEN.get(query, {}),
            **more,
        }
        self.statements.clear()
        answer = self.ask(query, variables, as_=SUPERVISOR)
        return sum(said.startswith(("SELECT", "WITH")) for said in self.statements), _longest(answer)


def _longest(answer: Any) -> int:
    """The number of rows of the longest page anywhere in an answer."""
    if isinstance(answer, list):
        return max(map(_longest, answer), default=0)
    if not isinstance(answer, dict):
        return 0
    own = len(answer["nodes"]) if isinstance(answer.get("nodes"), list) else 0
    return max([own, *map(_longest, answer.values())])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Counted]:
    city = Counted(tmp_path_factory.mktemp("simulated"))
    yield city
    city.close()


@pytest.fixture(scope="module")
def moments(city: Counted, store: str) -> list[int | None]:
    """Now, and a position of the past. How many statements there are is decided before a store is asked: one moment there will do."""
    return [None, city.record.head.position * 2 // 3][: 1 if store == POSTGRESQL else 2]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_list_of_any_length_takes_the_same_few_statements(
    city: Counted, moments: list[int | None], name: str
) -> None:
    for at in moments:
        some, _ = city.count(name, 25, at)
        many, _ = city.count(name, 50, at)

        # A relation that the first rows lack may be read for the others: that is one statement, never one a row.
        assert many <= some + 2, (name, at)
        assert many <= MOST, (name, at)


@pytest.mark.parametrize("name", sorted(DEEP))
def test_fifty_rows_with_relations_three_levels_deep_take_the_same_few_statements(
    city: Counted, moments: list[int | None], name: str
) -> None:
    for at in moments:
        few, rows = city.count(DEEP[name], 25, at)
        many, more_rows = city.count(DEEP[name], 50, at)

        assert (rows, more_rows) == (25, 50), (name, at)
        assert many <= few + 2, (name, at)
        assert many <= MOST, (name, at)


COMPARED: dict[str, dict[str, Any]] = {
    "Compare": {},
    "CompareProjects": {"filter": {"lights": ["RED", "YELLOW"]}},
    "CompareTickets": {"filter": {"overdue": True}},
    "CompareTargets": {},
    "CompareSupervisionLists": {},
}
MOST_TO_COMPARE = 60
"""Statements that a page of differences may take: the rows of both moments, what explains them, and the total."""


@pytest.mark.parametrize("valid", [(None, None), pytest.param(("2025-09-30", "2025-12-31"), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(COMPARED))
def test_a_page_of_differences_of_any_length_takes_the_same_few_statements(
    city: Counted, moments: list[int | None], name: str, valid: tuple[str | None, str | None]
) -> None:
    for at in moments:
        before = {"at": {"position": str((at or city.record.head.position) // 2)}, "validOn": valid[0]}
        after = {"at": None if at is None else {"position": str(at)}, "validOn": valid[1]}

        some, _ = city.count(name, 25, None, before=before, after=after, **COMPARED[name])
        many, _ = city.count(name, 50, None, before=before, after=after, **COMPARED[name])

        # A longer page may reach into the next kind: that is one statement for each of its tables, never one a noun.
        assert many <= some + 12, (name, at)
        assert many <= MOST_TO_COMPARE, (name, at)
