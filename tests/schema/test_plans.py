"""A plan tells what the executor would have told, byte for byte: random questions of everybody, at every moment, on both stores."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.city import ADMINISTRATOR, LEADER, READER, SCHEMA, SECRETARY, SUPERVISOR, City, clerk
from tests.schema.any_plan import AnyPlan
from tests.schema.test_noninterference import published_questions, values_of
from tests.schema.two_worlds import TEXTS, TICKETS, VIEWER, World, told
from tests.stores import place
from txapi.domain.event import Actor
from txapi.projections import shapes, told_pages
from txapi.projections.event_index import EVENTS
from txapi.projections.json_sql import _PostgreSQL, _SQLite
from txapi.schema.admitting import Operation
from txapi.schema.executing import execute
from txapi.schema.plans import sketch, whole
from txapi.simulation.run import simulate

VIEWERS = (VIEWER, None, READER, ADMINISTRATOR, SUPERVISOR, LEADER, SECRETARY, clerk("chongfu"))
"""Whoever may not read everything comes first."""


@dataclass
class Compared:
    """How many questions were compared, and how many of them a plan had told something of."""

    questions: int = 0
    planned: int = 0


def answer(
    city: City, document: str, viewer: Actor | None, *, unplanned: bool, variables: dict[str, Any] | None = None
) -> tuple[bytes, int]:
    """The bytes of an answer as they are sent, and how many lists of it plans have told."""
    context = city.context(viewer)
    context.unplanned, context.raw = unplanned, True
    try:
        answered = execute(SCHEMA, context, Operation(document, variables))
        return msgspec.json.encode(answered.content()), context.planned
    finally:
        context.close()


def compare(city: City, values: dict[str, list[Any]], seed: int, how_many: int) -> Compared:
    """Ask so many random questions with plans and without; AssertionError where one is answered in another way."""
    chance = random.Random(seed)
    drawing, compared = AnyPlan(chance, values), Compared()
    for _ in range(how_many):
        document, viewer = drawing.document(), chance.choice(VIEWERS)
        plain, _ = answer(city, document, viewer, unplanned=True)
        planned, lists = answer(city, document, viewer, unplanned=False)
        assert planned == plain, (viewer, document)
        compared.questions += 1
        compared.planned += lists > 0
    return compared


@contextmanager
def simulated(folder: Path) -> Iterator[City]:
    """A made-up city of every noun."""
    simulate(place(folder), units=6, projects=5, years=1)
    city = City(folder, "2025-12-30T09:00")
    try:
        city.follower.catch_up()
        yield city
    finally:
        city.close()


@contextmanager
def restricted(folder: Path, script: int = 5, withheld: str = TICKETS) -> Iterator[World]:
    """A city in which tickets, or their texts, are read by those only who take part in them."""
    world = World(folder, 1, script, withheld)
    try:
        told(world, script)
        yield world
    finally:
        world.close()


def whispered(folder: Path) -> AbstractContextManager[World]:
    """A city in which the texts of tickets are."""
    return restricted(folder, withheld=TEXTS)


def values_in(city: City) -> dict[str, list[Any]]:
    """What can be said in questions about a city."""
    with_names = World.__new__(World)
    with_names.__dict__.update(vars(city))
    with_names.tickets, with_names.nouns = [], []
    values = values_of(with_names)
    values["position"] = values["Position"] = [
        *random.Random(1).sample(values["position"][1:], 12),
        values["position"][-1],
    ]
    values["first"], values["last"] = [0, 1, 2, 3, 3, 5, 7, 20, 501], [1, 3, 20]
    return values


@pytest.mark.slow_on("postgresql")
@pytest.mark.parametrize("city_of", [simulated, restricted, whispered])
def test_plans_tell_what_the_executor_tells(tmp_path: Path, city_of: Any) -> None:
    with city_of(tmp_path) as city:
        compared = compare(city, values_in(city), 1, 60)
    assert compared.planned > compared.questions * 0.6, compared


def test_a_list_that_hangs_on_a_row_is_counted_as_it_is_filtered(tmp_path: Path) -> None:
    tickets = """tickets(filter: {states: [ISSUED, RECEIVED, CONFIRMED], handlers: ["a", "b"], text: "项目", open: true}, first: 2) {
      totalCount pageInfo { hasNextPage hasPreviousPage } edges { node { id subject } } }"""
    document = f"{{ projects(first: 20) {{ nodes {{ code {tickets} all: tickets {{ totalCount }} }} }} }}"
    with simulated(tmp_path) as city:
        plain, _ = answer(city, document, READER, unplanned=True)
        planned, lists = answer(city, document, READER, unplanned=False)
        assert planned == plain
        assert b'"errors"' not in plain
        assert lists == 1


@pytest.mark.only_on("sqlite", because="the other store is asked at random, and takes its time")
def test_plans_tell_of_published_questions_what_the_executor_tells(tmp_path: Path) -> None:
    with simulated(tmp_path) as city:
        chance = random.Random(3)
        for document, variables in published_questions(chance, values_in(city)):
            plain, planned = (
                answer(city, document, READER, unplanned=unplanned, variables=variables)[0]
                for unplanned in (True, False)
            )
            assert planned == plain, (document, variables)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("city_of", [simulated, restricted, whispered])
def test_plans_tell_what_the_executor_tells_however_long_they_are_asked(
    tmp_path: Path, city_of: Any, seed: int
) -> None:
    with city_of(tmp_path) as city:
        compared = compare(city, values_in(city), seed, 500)
    assert compared.planned > compared.questions * 0.6, compared


# -- what is kept of an operation ------------------------------------------------------------------------------------------


OF_NOW = """query Now($first: Int) {
  tickets(filter: {overdue: true}, first: $first) { totalCount nodes { id number changedAt } pageInfo { endCursor } }
  dueSoon: tickets(filter: {dueWithinDays: 20}, orderBy: [{by: DUE}]) { edges { cursor node { number state } } }
  moment { position clock staleAt projects(first: 5) { nodes { code tickets(first: 3) { totalCount nodes { number } } } } }
  fixed: moment(validOn: "2025-06-01") { validOn projects(orderBy: [{by: STAGE}], first: 4) { nodes { id code } } }
}"""


def told_again(city: City) -> tuple[bytes, bytes, int]:
    """What the executor and plans tell of now, and how many lists plans have told."""
    plain, _ = answer(city, OF_NOW, READER, unplanned=True, variables={"first": 7})
    planned, lists = answer(city, OF_NOW, READER, unplanned=False, variables={"first": 7})
    return plain, planned, lists


def test_what_is_kept_of_an_operation_holds_at_every_later_moment(tmp_path: Path) -> None:
    with simulated(tmp_path) as city:
        before = [told_again(city) for _ in range(2)]
        city.at("2026-02-20T10:00")
        later = told_again(city)
        city.watch()
        after = told_again(city)
    assert [lists for _, _, lists in (*before, later, after)] == [4] * 4
    assert [plain for plain, _, _ in (*before, later, after)] == [planned for _, planned, _ in (*before, later, after)]
    assert len({before[0][0], later[0], after[0]}) == 3


def test_a_clock_that_is_kept_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulated(tmp_path) as city:
        context = city.context(READER)
        present = context.present().moment
        context.close()
        monkeypatch.setattr(SCHEMA, "_wholes", whole.Wholes())
        monkeypatch.setattr(sketch, "_Now", lambda valid_on: dataclasses.replace(present, valid_on=valid_on))
        told_again(city)
        city.at("2026-02-20T10:00")
        plain, planned, _ = told_again(city)
    assert plain != planned


@pytest.mark.only_on("sqlite", because="the other store copies nothing in between")
def test_what_is_sorted_is_told_afterwards_and_all_else_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    comes_in_order = told_pages._comes_in_order

    def noted(*of: Any) -> bool:
        asked.append(comes_in_order(*of))
        return asked[-1]

    monkeypatch.setattr(told_pages, "_comes_in_order", noted)
    with simulated(tmp_path) as city:
        for arguments in ("", '(filter: { number: "2025-0001" })'):
            document = f"{{ tickets{arguments} {{ nodes {{ number subject issuedAt }} edges {{ cursor }} }} }}"
            planned, lists = answer(city, document, READER, unplanned=False)
            assert (planned, 1) == (answer(city, document, READER, unplanned=True)[0], lists)
    assert asked == [True, False]


# -- what would go wrong is noticed --------------------------------------------------------------------------------------


def none_is_empty(patch: pytest.MonkeyPatch) -> None:
    """A text that there is not is told as an empty one."""
    for speaks in (_SQLite, _PostgreSQL):
        text = speaks.text
        patch.setattr(
            speaks,
            "text",
            lambda self, value, nullable, text=text: text(self, f"coalesce({value}, '')", nullable=nullable),
        )


def another_column(patch: pytest.MonkeyPatch) -> None:
    """One column is read in the place of another."""
    column = shapes.Row.column
    patch.setattr(shapes.Row, "column", lambda self, name: column(self, "issued_at" if name == "drafted_at" else name))


def cut_otherwise(change: Callable[[str], str], more: int = 0) -> Callable[[pytest.MonkeyPatch], None]:
    """The rows of a page are found in another way."""

    def seeded(patch: pytest.MonkeyPatch) -> None:
        chosen = shapes.chosen

        def otherwise(to: Any, row: Any, cut: Any, most: int, keys: Any = ()) -> str:
            sql = chosen(to, row, cut, most, keys)
            assert "LIMIT" in sql
            return re.sub(r"LIMIT (\d+)$", f"LIMIT {most + more}", change(sql))

        patch.setattr(shapes, "chosen", otherwise)
        patch.setattr(told_pages, "chosen", otherwise)

    return seeded


def everything_is_public(patch: pytest.MonkeyPatch) -> None:
    """A statement is asked as nobody's."""
    read = told_pages.Asking.read
    patch.setattr(told_pages.Asking, "read", lambda self, reader, *rest: read(self, reader.entire, *rest))


def another_event(patch: pytest.MonkeyPatch) -> None:
    """An event is decided when it is recorded."""
    patch.setitem(EVENTS.column, "decided_at", EVENTS.column["recorded_at"])


def a_noun_there_is_not(patch: pytest.MonkeyPatch) -> None:
    """What is told of a noun that there is not is not null."""
    told_alone = told_pages.told_alone
    patch.setattr(f"{whole.__name__}.told_alone", lambda *given: told_alone(*given) or b"{}")


def what_is_sorted_is_json(patch: pytest.MonkeyPatch) -> None:
    """A noun behind another is told as it comes."""
    patch.setattr(_SQLite, "found", lambda self, statement: f"({statement})")


def nobody_is_restricted(patch: pytest.MonkeyPatch) -> None:
    """A whole operation is told to whoever asks as it is to those who read all."""
    patch.setattr(whole, "_reads_all", lambda context: context.present() is not None)
    everything_is_public(patch)


FAULTS: dict[str, tuple[Any, Callable[[pytest.MonkeyPatch], None]]] = {
    "none is an empty text": (simulated, none_is_empty),
    "another column": (simulated, another_column),
    "a version holds for one position too long": (
        simulated,
        cut_otherwise(lambda sql: sql.replace("t.until > ", "t.until >= ")),
    ),
    "a page has one row too few": (simulated, cut_otherwise(str, more=-1)),
    "the other direction": (simulated, cut_otherwise(lambda sql: sql.replace(" ASC ", " DESC "))),
    "another column of events": (simulated, another_event),
    "a noun that there is not": (simulated, a_noun_there_is_not),
    "what is sorted is taken for JSON": (simulated, what_is_sorted_is_json),
    "what a viewer may not read": (restricted, everything_is_public),
    "what a viewer may not read, at once": (restricted, nobody_is_restricted),
}


def differs(city: City, values: dict[str, list[Any]]) -> bool:
    """Whether some question of many is answered in another way with a plan."""
    try:
        compare(city, values, 1, 400)
    except AssertionError:
        return True
    return False


@pytest.mark.only_on("sqlite", because="the faults are in what both stores share")
@pytest.mark.slow
@pytest.mark.parametrize("city_of", [simulated, restricted, whispered])
def test_a_fault_in_a_plan_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, city_of: Any) -> None:
    with city_of(tmp_path) as city:
        values = values_in(city)
        for name, (where, seeded) in FAULTS.items():
            if where is city_of:
                with monkeypatch.context() as patch:
                    seeded(patch)
                    assert differs(city, values), name
