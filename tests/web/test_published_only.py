"""A server may carry out published operations only, and keep its schema to itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query
from graphql.utilities import strip_ignored_characters

from tests import stores
from tests.city import published
from tests.web.asking import Client
from tests.web.resting import catch_up, resting
from tests.web.serving import Served
from tests.web.subscribing import Socket
from tests.web.test_persisted import PUBLISHED, named
from txapi.web.instance import Instance

ASKS_FOR_THE_SCHEMA = (
    "{ __schema { types { name } } }",
    '{ __type(name: "Query") { name } }',
    "{ units(first: 0) { totalCount } ...F } fragment F on Query { hidden: __schema { queryType { name } } }",
    'query Q { ... on Query { ...F } } fragment F on Query { ... @include(if: true) { __type(name: "Unit") { name } } }',
    get_introspection_query(),
)
UNLISTED = "{ units(first: 1) { totalCount } }"

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store is asked which documents may be carried out")


@pytest.fixture(scope="module")
def instance(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with resting(tmp_path_factory.mktemp("published")) as opened:
        catch_up(opened)
        yield opened


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]


def client(instance: Instance, tmp_path: Path, **settings: str) -> Client:
    return Client(instance, tmp_path, **settings)


def test_a_published_operation_is_carried_out_as_its_file_has_it_by_its_hash_and_with_other_blanks(
    instance: Instance, tmp_path: Path
) -> None:
    asked = client(instance, tmp_path, TXAPI_OPERATIONS="published")
    document = published("Units")

    whole = asked.post(document)
    shortened = asked.post(strip_ignored_characters(document))
    hashed = asked.ask("POST", "/graphql", json={"extensions": named(PUBLISHED["Units"])})

    assert [codes(each) for each in (whole, shortened, hashed)] == [[], [], []]
    assert whole.json()["data"] == shortened.json()["data"] == hashed.json()["data"]


@pytest.mark.parametrize(
    "document",
    [
        UNLISTED,
        "{ __typename }",
        published("Units") + " query More { __typename }",
        published("Units").replace("Units", "Others"),
        "{ nothing }",
        "{ ",
        "{" + " __typename" * 5_000 + "}",
        *ASKS_FOR_THE_SCHEMA,
    ],
    ids=lambda document: document[:30],
)
def test_nothing_else_is_carried_out_or_even_read(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    asked = client(instance, tmp_path, TXAPI_OPERATIONS="published")
    monkeypatch.setattr("txapi.schema.documents.parse", None)
    monkeypatch.setattr("txapi.schema.documents.validate", None)

    posted = asked.post(document)
    got = asked.ask("GET", "/graphql", params={"query": document})

    assert (codes(posted), codes(got)) == (["OPERATION_NOT_PUBLISHED"], ["OPERATION_NOT_PUBLISHED"])
    assert "data" not in posted.json()


def test_sockets_and_streams_carry_out_nothing_else_either(tmp_path: Path) -> None:
    with Served(tmp_path / "data", TXAPI_OPERATIONS="published") as served:
        with Socket(served) as socket:
            socket.subscribe("subscription { tail { __typename } }", id="1")
            refused = socket.hear()
            socket.subscribe(published("Tail"), id="2")
            told = socket.hear()
        streamed = served.client.post("/graphql", json={"query": UNLISTED}, headers={"accept": "text/event-stream"})

    assert refused["payload"][0]["extensions"]["code"] == "OPERATION_NOT_PUBLISHED"
    assert told["type"] == "next"
    assert "OPERATION_NOT_PUBLISHED" in streamed.text


@pytest.mark.parametrize("document", ASKS_FOR_THE_SCHEMA, ids=range(len(ASKS_FOR_THE_SCHEMA)))
def test_where_introspection_is_off_the_schema_is_not_told_through_fragments_either(
    instance: Instance, tmp_path: Path, document: str
) -> None:
    asked = client(instance, tmp_path, TXAPI_INTROSPECTION="off")

    answer = asked.post(document)

    assert codes(answer) == ["INTROSPECTION_IS_OFF"]
    assert "data" not in answer.json()
    assert codes(client(instance, tmp_path).post(document)) == []


def test_where_introspection_is_off_the_names_of_types_in_answers_are_told(instance: Instance, tmp_path: Path) -> None:
    asked = client(instance, tmp_path, TXAPI_INTROSPECTION="off")

    assert asked.post("{ __typename units(first: 0) { __typename } }").json()["data"] == {
        "__typename": "Query", "units": {"__typename": "UnitConnection"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ unitss { totalCount } }", None),
        ("{ units(frst: 1) { totalCount } }", None),
        ("{ units(filter: {kindz: []}) { totalCount } }", None),
        ("query($v: UnitFiltr) { units(filter: $v) { totalCount } }", None),
        ("query($v: ProjectFilter) { projects(filter: $v) { totalCount } }", {"v": {"kinds": ["NEW_BULID"]}}),
        ("query($v: ProjectFilter) { projects(filter: $v) { totalCount } }", {"v": {"kidns": []}}),
    ],
)
def test_where_introspection_is_off_errors_suggest_no_names(
    instance: Instance, tmp_path: Path, document: str, variables: Any
) -> None:
    told = client(instance, tmp_path).post(document, variables).json()["errors"][0]["message"]
    kept = (
        client(instance, tmp_path, TXAPI_INTROSPECTION="off").post(document, variables).json()["errors"][0]["message"]
    )

    assert "Did you mean" in told
    assert "Did you mean" not in kept


def test_a_browser_gets_the_page_to_ask_in_only_where_the_schema_may_be_asked_for(
    instance: Instance, tmp_path: Path
) -> None:
    statuses = {
        (operations, introspection): client(
            instance, tmp_path, TXAPI_OPERATIONS=operations, TXAPI_INTROSPECTION=introspection
        ).ask("GET", "/graphql", headers={"accept": "text/html"}).status_code
        for operations in ("any", "published")
        for introspection in ("auto", "on", "off")
    }  # fmt: skip

    assert {asked for asked, status in statuses.items() if status == 404} == {
        ("any", "off"), ("published", "auto"), ("published", "off"),
    }  # fmt: skip


def test_who_lists_operations_may_let_the_schema_be_asked_for_and_nothing_else(
    instance: Instance, tmp_path: Path
) -> None:
    asked = client(instance, tmp_path, TXAPI_OPERATIONS="published", TXAPI_INTROSPECTION="on")

    assert codes(asked.post(get_introspection_query())) == []
    assert codes(asked.post("{ __schema { queryType { name } } units { totalCount } }")) == ["OPERATION_NOT_PUBLISHED"]
    assert codes(
        asked.post("{ __schema { queryType { name } } ...F } fragment F on Query { units { totalCount } }")
    ) == ["OPERATION_NOT_PUBLISHED"]
