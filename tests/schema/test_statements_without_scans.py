"""No published list, page or dashboard looks through all versions of a table: each finds its rows by an index, now and as of the past."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import OPERATIONS, SUPERVISOR, City, published
from tests.schema.simulated_city import Simulated
from tests.stores import place
from tests.views import overhear, snapshot_of
from txapi.simulation import simulate

pytestmark = pytest.mark.only_on("sqlite", because="it is SQLite that is asked how it carries statements out")

_REQUIRED = re.compile(r"\$\w+: [\w\[\]!]*!(?=[\s),])(?! *=)")
WITHOUT_VARIABLES = sorted(
    path.stem
    for path in OPERATIONS.glob("*.graphql")
    if "query " in (text := path.read_text())
    and not _REQUIRED.search(text)
    and path.stem not in {"Project", "Ticket", "TicketContact", "WebhookDeliveries", "WebhooksStopped"}
)
_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)")
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
FEW = {"editions", "webhooks", "supervision_lists"}
"""Tables that get some rows a year, whatever happens in the city."""
BY_ORDER = re.compile(r"_(current|now\d+|latest_\w+|walked_\w+)$")
"""Indexes that are walked in their order until a page is full, or that hold what is current and nothing else."""
BEHIND = re.compile(r"\.(\w+) IS NULL AND .* ORDER BY t\.entity_id ASC LIMIT \d+")
"""What has no value to sort by is walked to, noun by noun, behind what has one, until a page is full."""


class Explained(Simulated):
    """A city that keeps the statements of its snapshots, and says how they are carried out."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._explaining = snapshot_of(self.views)
        self.statements = overhear(self.views)

    def scans(self, operation: str, **variables: Any) -> list[str]:
        """How the published operation looks through whole tables."""
        self.statements.clear()
        self.ask(published(operation), variables, as_=SUPERVISOR)
        assert self.statements
        return [found for sql in dict.fromkeys(self.statements) if sql[0] in "SW" for found in self._scans_in(sql)]

    def plans(self, operation: str, **variables: Any) -> list[str]:
        """How the statements of the published operation are carried out: each step behind the tables that its statement names."""
        self.scans(operation, **variables)
        return [
            f"{' '.join(dict.fromkeys(table for table, _ in _NAMED.findall(sql)))}: {line}"
            for sql in dict.fromkeys(self.statements)
            if sql[0] in "SW"
            for *_, line in self._explained(sql)
        ]

    def _explained(self, sql: str) -> list[Any]:
        marks = "".join(sql.split("'")[::2]).count("?")
        return self._explaining.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * marks).fetchall()

    def _scans_in(self, sql: str) -> Iterator[str]:
        tables = {alias: table for table, alias in _NAMED.findall(sql)}
        for *_, line in self._explained(sql):
            if (scan := _SCAN.match(line)) is not None and not line.startswith("SCAN CONSTANT"):
                table = tables.get(scan[1], scan[1])
                versioned = table in self.views.tables or table == "events"
                walked = scan[2] == f"{table}_noun" and BEHIND.search(sql)
                if versioned and table not in FEW and not walked and not (scan[2] and BY_ORDER.search(scan[2])):
                    yield f"{line}: {sql[:120]} ... {sql[-200:]}"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Explained]:
    city = Explained(tmp_path_factory.mktemp("simulated"))
    yield city
    city.close()


def moments(city: City, operation: str) -> list[dict[str, Any]]:
    """Now, and two positions of the past where the operation has any."""
    past = [city.record.head.position * part // 10 for part in (1, 7)] if "$at" in published(operation) else []
    return [{}, *({"at": {"position": str(position)}} for position in past)]


@pytest.mark.parametrize("name", WITHOUT_VARIABLES)
def test_a_published_operation_finds_its_rows_by_indexes(city: Explained, name: str) -> None:
    for moment in moments(city, name):
        assert city.scans(name, **moment) == [], (name, moment)


def of_one(city: City, operation: str) -> dict[str, Any]:
    """What an operation needs to be told that is about one noun, which was there early."""

    def first(column: str, table: str, condition: str = "TRUE") -> Any:
        [[found]] = city.reader().rows(f"SELECT {column} FROM {table} WHERE {condition} ORDER BY since, row LIMIT 1")
        return found

    project = first("entity_id", "projects")
    told: dict[str, dict[str, Any]] = {
        "Ticket": {"number": first("number", "tickets", "number IS NOT NULL"), "choices": True},
        "Project": {"code": first("code", "projects")},
        "ProjectPage": {"entityId": project, "choices": True},
        "TargetPage": {"entityId": first("target_id", "target_figures"), "choices": True},
        "CompanyPage": {"entityId": first("entity_id", "companies")},
        "ParcelPage": {"entityId": first("entity_id", "parcels")},
        "Group": {"entityId": first("entity_id", "project_groups")},
        "SupervisionList": {"entityId": first("entity_id", "supervision_lists")},
        "UnitPage": {"code": (unit := first("unit_code", "targets")), "unit": [unit]},
        "History": {"of": project},
        "Tickets": {"filter": {"number": first("number", "tickets", "number IS NOT NULL")}},
    }
    return told[operation]


@pytest.mark.parametrize(
    "name",
    [
        "Ticket",
        "Project",
        "ProjectPage",
        "TargetPage",
        "CompanyPage",
        "ParcelPage",
        "Group",
        "SupervisionList",
        "UnitPage",
        "History",
        "Tickets",
    ],
)
def test_what_is_asked_about_one_noun_is_found_by_its_name_or_number(city: Explained, name: str) -> None:
    for moment in moments(city, name):
        assert city.scans(name, **of_one(city, name), **moment) == [], (name, moment)


LONG = {
    "Companies": "companies_walked_name",
    "Parcels": "parcels_walked_location",
    "ProjectList": "projects_walked_code",
    "Tickets": "tickets_latest_issued_at",
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_a_page_of_everything_as_of_the_past_is_walked_to_in_its_order(city: Explained, name: str) -> None:
    position = city.record.head.position * 9 // 10
    plans = city.plans(name, at={"position": str(position)}, first=2)

    assert any(f"INDEX {LONG[name]}" in line for line in plans)


BOUNDED = {
    ("UnitPage", "projects"): "projects_hot_unit_code",
    ("UnitPage", "tickets ticket_parties"): "tickets_hot_phase",
    ("Board", "projects"): "projects_hot_unsettled",
    ("Board", "tickets"): "tickets_(hot_phase|now3)",
}
"""By which index an operation finds what does not become more with the years: a unit's projects, what is open, what can be red."""


@pytest.mark.parametrize(("name", "tables"), sorted(BOUNDED))
def test_of_what_is_judged_only_that_is_looked_at_which_does_not_become_more(
    city: Explained, name: str, tables: str
) -> None:
    asked = of_one(city, name) if name == "UnitPage" else {}
    position = city.record.head.position * 7 // 10
    for moment in ({}, {"at": {"position": str(position)}}):
        found = [line for line in city.plans(name, **asked, **moment) if line.startswith(f"{tables}: ")]

        assert any(re.search(f"INDEX {BOUNDED[name, tables]} ", line) for line in found), found


@pytest.mark.parametrize(
    ("name", "asked", "entered"),
    [
        ("Tickets", {}, "tickets_now1 (issued_at<?)"),
        ("Tickets", {"orderBy": [{"by": "DUE"}]}, "tickets_now2 (limit_due"),
        ("ProjectList", {}, "projects_now0 (code>?)"),
    ],
)
def test_a_page_far_down_a_list_is_entered_where_it_begins(
    city: Explained, name: str, asked: dict[str, Any], entered: str
) -> None:
    [field] = {"tickets", "projects"} & set(
        first := city.ask(published(name), {**asked, "first": 60}, as_=SUPERVISOR)["moment"]
    )
    plans = city.plans(name, **asked, first=5, after=first[field]["pageInfo"]["endCursor"])

    assert any(f"USING INDEX {entered}" in line for line in plans), plans


def test_what_is_seen_at_several_positions_is_told_from_all_other_versions_by_an_index(city: Explained) -> None:
    plans = city.plans("Events", choices=False)

    assert any("INDEX tickets_noun (entity_id=? AND since<?)" in line for line in plans)
    assert any("INDEX projects_noun (entity_id=? AND since<?)" in line for line in plans)


def test_open_tickets_by_due_date_are_walked_to_even_where_thousands_have_none(city: Explained) -> None:
    asked = {"filter": {"open": True}, "orderBy": [{"by": "DUE"}]}

    assert not any("TEMP B-TREE" in line for line in city.plans("Tickets", **asked, first=2) if "tickets" in line)


def test_the_past_is_answered_before_a_long_first_build_has_made_its_indexes(tmp_path: Path) -> None:
    simulate(place(tmp_path), units=6, projects=20, years=1)
    city = City(tmp_path, start="2026-01-02T09:00")
    built = city.views.make_indexes
    city.views.make_indexes = lambda fence=None: None  # type: ignore[method-assign]
    city.follower.catch_up()
    at = {"at": {"position": str(city.record.head.position // 2)}}
    before = {name: city.ask(name, at, as_=SUPERVISOR) for name in ("Tickets", "ProjectList", "Companies", "Board")}
    built()

    assert {name: city.ask(name, at, as_=SUPERVISOR) for name in before} == before
    city.close()
