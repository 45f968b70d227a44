"""Persisted operations: a published document may be named by its hash, and nobody can add to them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import stores
from tests.city import published
from tests.web.serving import Served
from tests.web.subscribing import Socket

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = json.loads((ROOT / "schema" / "operations.json").read_text(encoding="utf-8"))
UNKNOWN = hashlib.sha256(b"{ __typename }").hexdigest()


def named(sha256: Any, version: Any = 1) -> dict[str, Any]:
    """The extensions that name a document by its hash."""
    return {"persistedQuery": {"version": version, "sha256Hash": sha256}}


pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store is asked which document is meant")


def post(served: Served, **body: Any) -> httpx.Response:
    return served.client.post("/graphql", json=body)


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


def test_the_manifest_names_every_published_operation_by_the_hash_of_its_file() -> None:
    files = sorted((ROOT / "schema" / "operations").rglob("*.graphql"))

    assert {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in files} == PUBLISHED


def test_a_published_operation_is_asked_by_its_hash_alone(served: Served) -> None:
    whole = post(served, query=published("Units"), variables={"first": 2}).json()

    posted = post(served, variables={"first": 2}, extensions=named(PUBLISHED["Units"]))
    by_url = {"variables": '{"first": 2}', "extensions": json.dumps(named(PUBLISHED["Units"]))}
    got = served.client.get("/graphql", params=by_url)

    assert "errors" not in whole
    # The cursors of a page name the moment of its answer, and moments pass.
    nodes = [each["data"]["moment"]["units"]["nodes"] for each in (whole, posted.json(), got.json())]
    assert nodes[1:] == nodes[:1] * 2
    assert (
        served.client.get("/graphql", params=by_url, headers={"if-none-match": got.headers["etag"]}).status_code == 304
    )


def test_a_hash_of_nothing_published_is_not_found_as_apollos_clients_expect_it(served: Served) -> None:
    plain = post(served, extensions=named(UNKNOWN))
    strict = served.client.post(
        "/graphql",
        json={"extensions": named(UNKNOWN)},
        headers={"accept": "application/graphql-response+json", "accept-language": "zh"},
    )

    for response in (plain, strict):
        [error] = response.json()["errors"]
        assert (error["message"], error["extensions"]["code"]) == (
            "PersistedQueryNotFound",
            "PERSISTED_QUERY_NOT_FOUND",
        )
    assert (plain.status_code, strict.status_code) == (200, 400)


def test_a_document_that_is_sent_with_its_hash_is_answered_and_not_kept(served: Served) -> None:
    sent = post(served, query="{ __typename }", extensions=named(UNKNOWN))
    after = post(served, extensions=named(UNKNOWN))

    assert sent.json()["data"] == {"__typename": "Query"}
    assert codes(after) == ["PERSISTED_QUERY_NOT_FOUND"]


def test_a_document_with_the_hash_of_another_is_refused(served: Served) -> None:
    response = post(served, query="{ __typename }", extensions=named(PUBLISHED["Units"]))

    assert (response.status_code, codes(response)) == (400, ["PERSISTED_QUERY_MISMATCH"])


@pytest.mark.parametrize("persisted", [named(PUBLISHED["Units"], 2), named(7), {"persistedQuery": "Units"}])
def test_what_is_no_hash_in_this_protocol_is_refused(served: Served, persisted: Any) -> None:
    response = post(served, extensions=persisted)

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


def test_a_command_cannot_be_given_by_get_not_even_by_its_hash(served: Served) -> None:
    head = served.client.get("/readyz").json()["head"]

    response = served.client.get("/graphql", params={"extensions": json.dumps(named(PUBLISHED["RegisterUnit"]))})

    assert codes(response) == ["BAD_REQUEST"]
    assert served.client.get("/readyz").json()["head"] == head


def test_a_socket_takes_a_hash_too(served: Served) -> None:
    with Socket(served) as socket:
        socket.say(id="1", type="subscribe", payload={"extensions": named(PUBLISHED["Viewer"])})

        assert socket.item()["subject"] == "anonymous"
