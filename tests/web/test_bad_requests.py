"""Whatever is wrong with a request is said with a code, never with a 500, and nothing is recorded."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.serving import REGISTER, UNITS, Served, unit

JSON = {"content-type": "application/json"}


@pytest.fixture
def nothing_recorded(served: Served) -> Iterator[None]:
    before = served.client.get("/readyz").json()["head"]
    yield
    assert served.client.get("/readyz").json()["head"] == before
    assert served.process.poll() is None


pytestmark = pytest.mark.usefixtures("nothing_recorded")


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"query": "{__typename}\xff"}', "BAD_ENCODING"),
        (b'\xed\xa0\x80{"query": "{__typename}"}', "BAD_ENCODING"),
        (b'{"query": "{__typename} # \\ud800 "}', "BAD_JSON"),
        (b'{"query": "{__typename}", "variables": {"a": "\\ud800 half"}}', "BAD_JSON"),
        (b'{"query": "{__typename}", "variables": {"\\udfff half": 1}}', "BAD_JSON"),
        (b'{"query": "{__typename}', "BAD_JSON"),
        (b'{"query": "{__typename}", "variables": {"a": NaN}}', "BAD_JSON"),
        (b"\xef\xbb\xbf{}", "BAD_JSON"),
        (b"", "BAD_JSON"),
        (b"null", "BAD_REQUEST"),
        (b'"{__typename}"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query": null}', "BAD_REQUEST"),
        (b'{"query": 7}', "BAD_REQUEST"),
        (b'{"query": "   "}', "BAD_REQUEST"),
        (b'{"query": "{__typename}", "variables": []}', "BAD_REQUEST"),
        (b'{"query": "{__typename}", "extensions": 3}', "BAD_REQUEST"),
        (b'{"query": "{__typename}", "operationName": {}}', "BAD_REQUEST"),
        (b'[{"query": "{__typename}"}]', "BATCHES_ARE_REFUSED"),
        (b"[" * 200_000, "TOO_DEEP"),
        (b'{"query": "{__typename}", "extensions": {"atLeast": -1}}', "BAD_POSITION"),
        (b'{"query": "{__typename}", "extensions": {"atLeast": "1e3"}}', "BAD_POSITION"),
        (b'{"query": "{__typename}", "extensions": {"atLeast": true}}', "BAD_POSITION"),
        (b'{"query": "{__typename}", "extensions": {"atLeast": ' + b"9" * 5000 + b"}}", "BAD_JSON"),
        (json.dumps({"query": "{__typename}" + " " * 70_000}).encode(), "QUERY_TOO_LONG"),
    ],
)
def test_a_body_that_is_no_operation_is_answered_with_400_and_a_code(served: Served, body: bytes, code: str) -> None:
    response = served.client.post("/graphql", content=body, headers=JSON)

    assert (response.status_code, code_of(response)) == (400, code)
    assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(served: Served, content_type: str) -> None:
    response = served.client.post(
        "/graphql", content=b'{"query": "{__typename}"}', headers={"content-type": content_type}
    )

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "BAD_REQUEST"),
        ("{ units(first: 1 }", "BAD_REQUEST"),
        ('{ unit(code: "\\ud800") { code } }', "BAD_REQUEST"),
        ("query($first: Int) { units(first: $first) { totalCount } }", "BAD_REQUEST"),
        ("{a" * 3_000 + "}" * 3_000, "TOO_DEEP"),
        ("{ a" * 15_000, "TOO_DEEP"),
        ("subscription { nothing }", "NEEDS_A_STREAM"),
        ("fragment F on Query { __typename }", "BAD_REQUEST"),
    ],
)
def test_a_document_that_makes_no_sense_is_answered_with_a_code(served: Served, query: str, code: str) -> None:
    response = served.post(query, {"first": "many"})

    assert response.status_code == 200
    assert "data" not in response.json(), "nothing was asked"
    assert code_of(response) == code


def test_clients_that_look_at_the_status_see_that_a_document_makes_no_sense(served: Served) -> None:
    accept = {"accept": "application/graphql-response+json"}

    wrong = served.client.post("/graphql", json={"query": "{ nothing }"}, headers=accept)
    right = served.client.post("/graphql", json={"query": "{ __typename }"}, headers=accept)

    assert (wrong.status_code, right.status_code) == (400, 200)
    assert right.headers["content-type"].startswith("application/graphql-response+json")


def test_a_null_deep_in_an_input_is_answered_with_a_code(served: Served) -> None:
    response = served.post(REGISTER, unit("deep", source={"document": "x", "locator": None}), served.token())

    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize("size", [1_048_577, 10_000_000])
def test_a_body_that_is_too_large_is_refused_with_413_however_it_is_sent(served: Served, size: int) -> None:
    whole = served.client.post("/graphql", content=b" " * size, headers=JSON)
    chunked = served.client.post("/graphql", content=(b" " * 65_536 for _ in range(size // 65_536 + 1)), headers=JSON)

    for response in (whole, chunked):
        assert (response.status_code, code_of(response)) == (413, "BODY_TOO_LARGE")


def test_a_body_that_is_too_large_is_refused_before_it_was_sent(served: Served) -> None:
    split = urlsplit(served.address)
    assert split.hostname is not None
    assert split.port is not None
    with socket.create_connection((split.hostname, split.port), timeout=10) as connection:
        connection.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{"
        )
        response = http.client.HTTPResponse(connection)
        response.begin()
        answer = json.loads(response.read())

    assert response.status == 413
    assert answer["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


def test_a_body_of_exactly_the_limit_is_read(served: Served) -> None:
    body = b'{"query": "{__typename}"}'.ljust(1_048_576)

    assert served.client.post("/graphql", content=body, headers=JSON).json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/graphql?query=%ff", "BAD_ENCODING"),
        ("/graphql?query=%ED%A0%80", "BAD_ENCODING"),
        ("/graphql?query={__typename}&variables={", "BAD_JSON"),
        ("/graphql?query={__typename}&variables=[]", "BAD_REQUEST"),
        ("/graphql", "BAD_REQUEST"),
    ],
)
def test_an_address_that_is_no_operation_is_answered_with_400_and_a_code(
    served: Served, address: str, code: str
) -> None:
    response = served.client.get(address)

    assert (response.status_code, code_of(response)) == (400, code)


def test_an_operation_that_changes_something_does_not_come_by_get(served: Served) -> None:
    mutation = 'mutation { closeUnit(input: {unit: "x"}) { __typename } }'

    response = served.client.get("/graphql", params={"query": mutation})

    assert code_of(response) == "BAD_REQUEST"
    assert "GET" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(served: Served, method: str) -> None:
    response = served.client.request(method, "/graphql")

    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


def test_a_place_that_does_not_exist_is_answered_with_a_code(served: Served) -> None:
    response = served.client.get("/nothing")

    assert (response.status_code, code_of(response)) == (404, "NOT_FOUND")


def test_a_position_that_does_not_exist_is_refused_without_waiting(served: Served) -> None:
    response = served.post(UNITS, extensions={"atLeast": "999999999"})

    assert code_of(response) == "POSITION_AHEAD"
    assert response.elapsed.total_seconds() < 2


def test_a_malformed_freshness_header_is_answered_with_a_code(served: Served) -> None:
    response = served.client.post("/graphql", json={"query": UNITS}, headers={"X-TXAPI-At-Least": "soon"})

    assert (response.status_code, code_of(response)) == (400, "BAD_POSITION")


def test_a_client_that_hangs_up_in_the_middle_leaves_the_server_well(served: Served) -> None:
    split = urlsplit(served.address)
    assert split.hostname is not None
    assert split.port is not None
    with socket.create_connection((split.hostname, split.port), timeout=10) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")

    assert served.client.get("/healthz").status_code == 200
