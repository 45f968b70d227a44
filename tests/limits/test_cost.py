"""The cost of an operation is known before it is carried out, and never less than what it comes to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_required_argument,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.city import published
from tests.limits.unread import asked
from txapi.budgets import DEFAULTS
from txapi.datasets.loading import load_dataset
from txapi.domain.event import Actor, Role, TimeBasis
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.record import Record
from txapi.record.clock import ScriptClock
from txapi.record.place import Place
from txapi.schema.admitting import Operation as Asked
from txapi.schema.context import Context
from txapi.schema.cost import Operation, cost_of
from txapi.schema.executing import Answered, execute
from txapi.schema.schema import the_schema

SCHEMA = the_schema()._schema
SMALLEST = min(budget.most for budget in DEFAULTS.values() if budget.most is not None)


def cost(document: str, **variables: Any) -> int:
    operation = Operation.of(parse(document), None)
    assert operation is not None
    return cost_of(SCHEMA, operation, variables)


# -- how it is counted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "variables", "points"),
    [
        ("{ __typename }", {}, 0),
        ("{ viewer { __typename } }", {}, 1),
        ("{ units { nodes { code } } }", {}, 1 + 50),
        ("{ units(first: 3) { nodes { code } } }", {}, 1 + 3),
        ("{ units(last: 3) { nodes { code } } }", {}, 1 + 3),
        ("{ units(first: null) { nodes { code } } }", {}, 1 + 50),
        ("{ units(first: null, last: 4) { nodes { code } } }", {}, 1 + 4),
        ("{ units(first: 0) { nodes { code } } }", {}, 1),
        ("{ units(first: 600) { nodes { code } } }", {}, 1 + 500),
        ("{ units(first: 2147483647) { nodes { code } } }", {}, 1 + 500),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {}, 1 + 50),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {"n": None}, 1 + 50),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {"n": 2147483647}, 1 + 500),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {"n": -5}, 1),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {"n": 3.0}, 1 + 3),
        ("query($n: Int) { units(first: $n) { nodes { code } } }", {"n": "3"}, 1 + 500),
        ("query($n: Int = 7) { units(first: $n) { nodes { code } } }", {}, 1 + 7),
        ("query($n: Int = 7) { units(first: $n) { nodes { code } } }", {"n": 2}, 1 + 2),
        ("{ units(first: 2) { nodes { name { zh } } edges { cursor node { code } } } }", {}, 1 + 2 * 2 + 2 * 2),
        ("{ units(first: 2) { totalCount pageInfo { endCursor } } }", {}, 1 + 10 + 1),
        ('{ units(first: 1, filter: {text: "x"}) { nodes { code } } }', {}, 50 + 1 + 1),
        ("query($f: UnitFilter) { units(first: 1, filter: $f) { nodes { code } } }", {"f": {"text": "x"}}, 50 + 1 + 1),
        ("query($f: UnitFilter) { units(first: 1, filter: $f) { nodes { code } } }", {"f": {"text": None}}, 1 + 1),
        ('{ nodes(ids: ["a", "b"]) { id } }', {}, 2),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 30}, 30),
        ("query($id: ID!) { nodes(ids: [$id, $id]) { id } }", {"id": "a"}, 2),
        ('{ nodes(ids: "a") { id } }', {}, 1),
        ("{ projectGroups(by: [UNIT]) { count } }", {}, 100 + 40),
        ("{ projectGroups(by: [UNIT, LIGHT]) { count } }", {}, 100 + 1600),
        ("{ record { checkpoints(first: 3) { size } } }", {}, 1 + 3),
        ("{ record { checkpoints { size } } }", {}, 1 + 50),
    ],
)
def test_the_cost_follows_from_the_arguments(document: str, variables: dict[str, Any], points: int) -> None:
    assert cost(document, **variables) == points


def test_a_list_in_a_list_multiplies() -> None:
    inner = cost("{ projects(first: 1) { nodes { milestones { forecasts { note } } } } }") - 1

    assert cost("{ projects(first: 10) { nodes { milestones { forecasts { note } } } } }") == 1 + 10 * inner


def test_what_merges_is_counted_once_and_what_an_alias_keeps_apart_twice() -> None:
    once = cost("{ units { nodes { code } } }")

    assert cost("{ units { nodes { code } } units { nodes { id } } }") == once
    assert (
        cost(
            "{ units { nodes { code } } ...F ... { units { nodes { code } } } } fragment F on Query { units { nodes { code } } }"
        )
        == once
    )
    assert cost("{ units { nodes { code } } b: units { nodes { id } } }") == 2 * once


def test_what_merges_is_counted_with_everything_that_is_asked_of_it() -> None:
    assert (
        cost("{ units(first: 2) { nodes { name { zh } } } units(first: 2) { nodes { parent { code } } } }") == 1 + 2 * 3
    )


def test_what_variables_leave_out_costs_nothing() -> None:
    document = "query($with: Boolean!) { viewer { __typename } units @include(if: $with) { nodes { code } } }"
    without = "query($no: Boolean = true) { viewer { __typename } ... @skip(if: $no) { units { nodes { code } } } }"

    assert (cost(document, **{"with": True}), cost(document, **{"with": False})) == (52, 1)
    assert (cost(without), cost(without, no=False)) == (1, 52)


def test_of_several_types_the_one_counts_that_costs_most() -> None:
    unit = cost('{ node(id: "a") { ... on Unit { name { zh } } } }')
    project = cost('{ node(id: "a") { ... on Project { milestones { forecasts { note } } } } }')

    both = cost(
        '{ node(id: "a") { ... on Unit { name { zh } } ... on Project { milestones { forecasts { note } } } } }'
    )

    assert (unit, both) == (2, project)


def test_fragments_without_end_are_counted_in_no_time() -> None:
    parts = [
        f"fragment F{n} on Unit {{ a: successor {{ ...F{n + 1} }} b: successor {{ ...F{n + 1} }} }}" for n in range(60)
    ]
    document = "{ unit(code: 1) { ...F0 } } " + " ".join(parts) + " fragment F60 on Unit { code }"

    assert cost(document) > 2**60


def test_an_operation_says_what_it_costs_before_anything_is_read() -> None:
    _, context = asked("{ __typename }")

    assert context.cost == 0


# -- never less than what it comes to ----------------------------------------------------------------------------------

OUT_OF_REACH = {
    "node",
    "nodes",
    "compare",
    "proof",
    "consistency",
    "checkpoint",
    "checkpoints",
    "verifierKey",
    "keyHandovers",
}
"""Fields that answer nothing without an id, two moments, or a ledger."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Record, Views]]:
    place = Place.of(tmp_path_factory.mktemp("cost") / "data")
    until = load_dataset(place, ["tongxiang-2015", "tongxiang-2015-illustration"]).until
    with Record.open(place, ScriptClock(until, TimeBasis.DATASET)) as opened:
        views = Views.open(place, opened.record_id, PROJECTIONS)
        Follower(opened, views).catch_up()
        yield opened, views
        views.close()


def told(record: tuple[Record, Views], document: str) -> tuple[Answered, int]:
    opened, views = record
    context = Context(views, None, Actor("clerk", Role.CLERK, "wutong"), signed_in=True, read=opened)
    try:
        answered = execute(the_schema(), context, Asked(document))
    finally:
        context.close()
    assert context.cost is not None
    return answered, context.cost


def objects(data: Any) -> int:
    """How many objects an answer holds, without the answer itself."""
    if isinstance(data, list):
        return sum(objects(each) for each in data)
    if isinstance(data, dict):
        return 1 + sum(objects(each) for each in data.values())
    return 0


def drawn(kind: Any, chance: random.Random, levels: int) -> str:
    """A selection of some fields of a type, with arguments that say how much."""
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        return "{ __typename }"
    known = [
        (name, field)
        for name, field in kind.fields.items()
        if name not in OUT_OF_REACH and not any(is_required_argument(one) for one in field.args.values())
    ]
    parts = ["__typename"]
    for name, field in chance.sample(known, min(len(known), chance.randint(1, 4))):
        named = get_named_type(field.type)
        if isinstance(named, GraphQLScalarType | GraphQLEnumType):
            parts.append(name)
            continue
        if levels == 0:
            continue
        size = chance.choice(["first: 0", "first: 1", "first: 3", "first: 20", "last: 2", "first: null", ""])
        sized = "first" in field.args and size and ("last" in field.args or size[:4] != "last")
        if sized and size == "first: null" and isinstance(field.args["first"].type, GraphQLNonNull):
            sized = False
        alias = f"{name}{chance.randint(1, 9)}: " if chance.random() < 0.3 else ""
        parts.append(f"{alias}{name}{f'({size})' if sized else ''} {drawn(named, chance, levels - 1)}")
    return "{ " + " ".join(parts) + " }"


def test_no_answer_holds_more_objects_than_its_operation_costs(record: tuple[Record, Views]) -> None:
    counted: list[int] = []

    @settings(max_examples=120)
    @given(chance=st.randoms(use_true_random=False))
    def each(chance: random.Random) -> None:
        answered, points = told(record, drawn(SCHEMA.query_type, chance, 5))

        counted.append(objects(answered.data) - 1 if answered.data else 0)
        assert counted[-1] <= points

    each()
    # Chance may draw small ones; but not all of them are empty.
    assert sum(counted) > 200


@pytest.mark.parametrize("name", ["Board", "ProjectList", "Overview", "Inbox", "Units", "Tickets", "Events"])
def test_no_answer_to_a_published_question_holds_more_objects_than_it_costs(
    record: tuple[Record, Views], name: str
) -> None:
    answered, points = told(record, published(name))

    assert answered.errors == []
    assert 0 < objects(answered.data) - 1 <= points
