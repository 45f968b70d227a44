"""What is kept of requests: nothing that belongs to one of them, and no more than so much, whatever clients send."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import instant
from tests.projections.ticket_city import furnished
from tests.web.asking import Client
from tests.web.resting import following
from txapi.domain.event import Role, TimeBasis
from txapi.record.clock import ScriptClock
from txapi.schema.context import Context
from txapi.schema.plans import telling
from txapi.schema.plans.whole import MOST_SAID, Wholes
from txapi.schema.schema import the_schema
from txapi.web.again import MOST_OF_ONE, Again
from txapi.web.instance import Instance

PAGE = "query Page($first: Int) { units(first: $first) { nodes { code } } }"


@pytest.fixture
def wholes(monkeypatch: pytest.MonkeyPatch) -> Wholes:
    """What is kept of whole operations: nothing yet."""
    wholes = Wholes()
    monkeypatch.setattr(the_schema(), "_wholes", wholes)
    monkeypatch.setattr(the_schema(), "_documents", None)
    return wholes


@pytest.fixture
def instance(store: str, tmp_path: Path, wholes: Wholes) -> Iterator[Instance]:
    furnished(tmp_path, "2015-08-03T09:00").close()
    with following(tmp_path, ScriptClock(instant("2015-08-05T09:00"), TimeBasis.SIMULATED)) as instance:
        yield instance


@pytest.fixture
def client(instance: Instance, tmp_path: Path) -> Client:
    return Client(instance, tmp_path)


def known(client: Client) -> Again:
    """What stands before everything in an app."""
    layer: Any = client.app.middleware_stack
    while not isinstance(layer, Again):
        layer = layer.app if hasattr(layer, "app") else layer._app
    return layer


def steps_kept() -> int:
    """How many operations all documents together keep the steps of."""
    return sum(len(one.steps) for one in the_schema().documents(introspection=True)._known.values())


# -- whole operations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(PAGE, id="a list"),
        pytest.param(
            "query Noun($first: Int) { unit(code: dama) { code } units(first: $first) { totalCount } }", id="a noun"
        ),
        pytest.param(
            "query Then($first: Int) { moment { position units(first: $first) { nodes { code } } } }", id="a moment"
        ),
        pytest.param(
            "query Gap($first: Int) { units(first: $first) { nodes { code may { action } } } }",
            id="told by the executor, too",
        ),
        pytest.param(f"{{ {' '.join(f'a{n}: __typename' for n in range(101))} }}", id="refused"),
        pytest.param("{ units { nothing } }", id="wrong"),
    ],
)
def test_no_request_stays_that_was_answered(instance: Instance, client: Client, document: str) -> None:
    for first in range(1, 6):
        client.post(document, {"first": first})
    gc.collect()

    alive = [each for each in gc.get_objects() if type(each) is Context and each.views is instance.views]

    assert not alive


def test_variables_that_an_operation_does_not_declare_are_not_kept(client: Client, wholes: Wholes) -> None:
    answers = [
        client.post(PAGE, {"first": 2, "other": f"{number}" + "x" * 10_000}).json()["data"] for number in range(5)
    ]

    assert answers == [client.post(PAGE, {"first": 2}).json()["data"]] * 5
    assert len(wholes._known) == steps_kept() == 1


def test_long_values_are_asked_for_and_not_kept(client: Client, wholes: Wholes) -> None:
    list_of = "query Some($of: [String!]) { tickets(filter: { handlers: $of }) { totalCount nodes { number } } }"
    below = (
        "query Below($of: [String!]) { projects { nodes { code tickets(filter: { handlers: $of }) { totalCount } } } }"
    )
    long = [f"bureau-{number}-{'x' * 150}" for number in range(max(MOST_SAID, telling.MOST_SAID) // 150)]
    for document in (list_of, below):
        for number in range(3):
            found = client.post(document, {"of": [*long, f"bureau-{number}"]}).json()
            assert "errors" not in found
            assert found["data"]

    assert steps_kept() == len(wholes._known) == 0
    plans = [key for one in the_schema().documents(introspection=True)._known.values() for key in one.plans]
    assert all(len(repr(key)) < 2 * telling.MOST_SAID for key in plans)


def test_of_many_operations_those_are_kept_that_were_told_last(
    client: Client, wholes: Wholes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("txapi.schema.plans.whole.MOST_STEPS", 5)
    several = "query Several($first: Int) { a: units(first: $first) { totalCount } b: units { totalCount } }"
    for first in range(1, 5):
        client.post(several, {"first": first})
    client.post(PAGE, {"first": 1})

    assert [count for _, count in wholes._known.values()] == [2, 2, 1]
    assert wholes._count == 5
    assert steps_kept() == 3


def test_what_is_kept_of_a_document_goes_with_it(client: Client, wholes: Wholes) -> None:
    client.post(PAGE, {"first": 1})
    [(behind, _)] = wholes._known.values()
    assert behind() is not None
    documents = the_schema().documents(introspection=True)
    documents._known.clear()
    gc.collect()

    assert behind() is None
    assert client.post(PAGE, {"first": 1}).json()["data"]["units"]["nodes"]


# -- requests that are known again ---------------------------------------------------------------------------------------


def kept_sizes(again: Again) -> list[int]:
    return [read.size for read in again._known.values()]


def deep_size(value: Any) -> int:
    below = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return sys.getsizeof(value) + sum(deep_size(each) for each in below)


def test_a_request_of_many_values_is_not_known_again(client: Client) -> None:
    large: dict[str, Any] = {"a": [[]] * 1_000}
    small: dict[str, Any] = {"a": [[]] * 100}
    assert len(json.dumps(large, separators=(",", ":"))) < 4_000
    for variables in (large, small, small):
        assert client.post("{ __typename }", variables).status_code == 200

    [size] = kept_sizes(known(client))
    assert deep_size(small) < size < MOST_OF_ONE < deep_size(json.loads(json.dumps(large)))


def test_all_requests_together_take_no_more_than_so_much(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post("{ __typename }", {"a": 0})
    [each] = kept_sizes(known(client))
    monkeypatch.setattr("txapi.web.again.MOST_BYTES", 3 * each)
    for number in range(1, 6):
        client.post("{ __typename }", {"a": number})

    again = known(client)
    assert again._size == sum(kept_sizes(again)) <= 3 * each
    assert [read.exchange.asked.operation.variables for read in again._known.values()] == [
        {"a": number} for number in (3, 4, 5)
    ]


def test_of_who_asked_nothing_is_known(client: Client) -> None:
    token = client.token(Role.LEADER)
    assert client.post(PAGE, {"first": 1}, token).status_code == 200
    again = known(client)
    assert again._known

    seen: set[int] = set()
    waiting: list[Any] = [again._known]
    while waiting:
        held = waiting.pop()
        if id(held) in seen or isinstance(held, type) or callable(held):
            continue
        seen.add(id(held))
        assert token not in held if isinstance(held, str) else True
        assert token.encode() not in held if isinstance(held, bytes) else True
        waiting += gc.get_referents(held)
    [read] = again._known.values()
    assert not read.exchange.asking.signed_in
    assert not read.exchange.is_gone()
