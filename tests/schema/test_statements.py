"""A list costs a fixed number of statements, however many rows it has: one per nesting level, never one per parent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.city import City
from tests.stores import place
from tests.views import overhear
from txapi.datasets.loading import load_dataset

LISTS = {
    "tickets with their projects and units": """
        query($first: Int, $at: PointInput) { moment(at: $at) { tickets(first: $first) { nodes {
          number handler { code name { zh } } issuer { code } light { colour }
          about { __typename ... on Project { name unit { code } } } handlings { unit { code } } } } } }""",
    "projects with their units, companies and leaders": """
        query($first: Int, $at: PointInput) { moment(at: $at) { projects(first: $first) { nodes {
          name stage unit { code parent { code } } owner { name } leader { name } light { colour }
          milestones { kind } } } } }""",
    "targets with their figures": """
        query($first: Int, $at: PointInput) { moment(at: $at) { targets(first: $first) { nodes {
          unit { code } indicator { code } actual { text } light { colour } figures { through } } } } }""",
}


class Counted(City):
    """A city that counts the statements of its snapshots."""

    statements: list[str]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, start="2015-08-12T09:00")
        self.follower.catch_up()
        self.statements = overhear(self.views)

    def count(self, query: str, first: int, at: str | None) -> tuple[int, int]:
        """How many statements a list of at most `first` rows took, and how many rows it had."""
        self.ask(query, {"first": first, "at": at and {"position": at}})
        self.statements.clear()
        answer = self.ask(query, {"first": first, "at": at and {"position": at}})
        rows = next(iter(answer["moment"].values()))["nodes"]
        return sum(said.startswith("SELECT") for said in self.statements), len(rows)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Counted]:
    """Tongxiang, with its illustration."""
    folder = tmp_path_factory.mktemp("tongxiang")
    load_dataset(place(folder), ["tongxiang-2015", "tongxiang-2015-illustration"])
    city = Counted(folder)
    yield city
    city.close()


@pytest.mark.parametrize("at", [None, "320"], ids=["now", "then"])
@pytest.mark.parametrize("name", sorted(LISTS))
def test_more_rows_take_no_more_statements(city: Counted, name: str, at: str | None) -> None:
    few, some = city.count(LISTS[name], 2, at)
    many, all_of_them = city.count(LISTS[name], 50, at)

    assert some < all_of_them
    assert many <= few + 2  # A relation that the first two rows lack may be read for the others.
    assert many < 25
