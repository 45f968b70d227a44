"""What browsers are told with every answer, and what pages of strangers try: each attack is one test.

OWASP ASVS 5.0 chapters V3 (Web Frontend Security) and V4 (API and Web Service); OWASP Cheat Sheets named at each part.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.city import published
from tests.web.asking import Client
from tests.web.resting import catch_up, resting
from tests.web.serving import REGISTER, UNITS, Served, unit
from tests.web.subscribing import Socket
from txapi.settings import BadSetting, Settings
from txapi.web.guard import HEADERS, Hosts
from txapi.web.instance import Instance

pytestmark = pytest.mark.only_on("sqlite", because="browsers are answered before any record is read")

LISTED = "https://board.example"
STRANGER = "https://stranger.example"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with resting(tmp_path_factory.mktemp("guarded")) as opened:
        catch_up(opened)
        yield opened


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("guard") / "data"
    with Served(
        folder, TXAPI_ALLOWED_ORIGINS=LISTED, TXAPI_ALLOWED_HOSTS="record.example", TXAPI_HSTS_SECONDS="86400"
    ) as up:
        yield up


def head_of(served: Served) -> str:
    head: str = served.client.get("/readyz").json()["head"]
    return head


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


# -- headers: OWASP HTTP Headers Cheat Sheet, REST Security Cheat Sheet; ASVS V3.4 -----------------------------------

ANSWERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the front page": ("GET", "/", {}),
    "an answer": ("POST", "/graphql", {"json": {"query": UNITS}}),
    "an answer by GET": ("GET", f"/graphql?query={quote(UNITS)}", {}),
    "a stream": ("POST", "/graphql", {"json": {"query": UNITS}, "headers": {"accept": "text/event-stream"}}),
    "the IDE": ("GET", "/graphql", {"headers": {"accept": "text/html"}}),
    "the console": ("GET", "/console/", {}),
    "a redirection": ("GET", "/console", {}),
    "health": ("GET", "/healthz", {}),
    "measures": ("GET", "/metrics", {}),
    "a form of an event": ("GET", "/events/ticket.issued.v1.json", {}),
    "an export": ("GET", "/export/units.csv", {}),
    "a template": ("GET", "/import/figures.xlsx", {}),
    "nothing": ("GET", "/nothing", {}),
    "a method that is not taken": ("DELETE", "/graphql", {}),
    "a bad document": ("POST", "/graphql", {"json": {"query": "{"}}),
    "no token": ("POST", "/files?name=a.txt", {"content": b"a"}),
    "a bad token": ("POST", "/graphql", {"json": {"query": UNITS}, "headers": {"authorization": "Bearer x"}}),
    "a body that is too large": ("POST", "/graphql", {"content": b"a" * 1_100_000}),
    "a preflight": ("OPTIONS", "/graphql", {"headers": {"origin": LISTED, "access-control-request-method": "POST"}}),
    "another host": ("GET", "/", {"headers": {"host": "rebound.example"}}),
    "another origin": ("POST", "/graphql", {"json": {"query": UNITS}, "headers": {"origin": STRANGER}}),
}


@pytest.mark.parametrize("asked", ANSWERS.values(), ids=ANSWERS.keys())
def test_every_kind_of_answer_tells_browsers_what_may_be_done_with_it(
    server: Served, asked: tuple[str, str, dict[str, Any]]
) -> None:
    method, path, more = asked

    answer = server.client.request(method, path, **more)

    for name, value in HEADERS:
        given = answer.headers.get_list(name.decode())
        assert len(given) == 1
        # Pages of ours tell each other, and nobody else, where they were.
        assert given[0] == value.decode() or (name, given[0]) == (b"referrer-policy", "same-origin")
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["strict-transport-security"] == "max-age=86400"
    assert "origin" in answer.headers["vary"].lower()
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_connection_that_is_turned_away_is_told_the_same(tmp_path: Path) -> None:
    with (
        Served(tmp_path / "data", TXAPI_CONNECTIONS="1") as served,
        socket.create_connection((urlsplit(served.address).hostname, urlsplit(served.address).port)) as held,
    ):
        held.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        refused = httpx.get(f"{served.address}/")

    assert refused.status_code == 503
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


def test_without_a_setting_nobody_is_told_to_ask_by_https_alone(instance: Instance, tmp_path: Path) -> None:
    answer = Client(instance, tmp_path).ask("GET", "/")

    assert "strict-transport-security" not in answer.headers


# -- other origins: ASVS V3.5, OWASP HTML5 Security Cheat Sheet (Cross Origin Resource Sharing) ----------------------

PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
LOOKALIKES = [
    STRANGER,
    "null",
    "http://board.example",
    "https://board.example:8443",
    "https://board.example.stranger.example",
    "https://notboard.example",
    "https://sub.board.example",
    "https://BOARD.example",
    "",
]


@pytest.mark.parametrize("origin", LOOKALIKES)
def test_pages_of_an_origin_that_is_not_listed_may_not_read_or_ask_beforehand(server: Served, origin: str) -> None:
    preflight = server.client.options("/graphql", headers={"origin": origin, **PREFLIGHT})
    read = server.client.get(f"/graphql?query={quote(UNITS)}", headers={"origin": origin})

    for answer in (preflight, read):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_pages_of_a_listed_origin_may_read_and_ask_but_never_with_what_the_browser_keeps(server: Served) -> None:
    preflight = server.client.options("/graphql", headers={"origin": LISTED, **PREFLIGHT})
    read = server.client.get(f"/graphql?query={quote(UNITS)}", headers={"origin": LISTED})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
    for answer in (preflight, read):
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://a.example/", "a.example", "null", "https://a.example/page", "https://*.example"]
)
def test_an_origin_that_no_browser_sends_is_no_setting(origin: str) -> None:
    with pytest.raises(BadSetting, match="TXAPI_ALLOWED_ORIGINS"):
        Settings.from_environment({"TXAPI_ALLOWED_ORIGINS": origin})


# -- cross-site WebSocket hijacking: OWASP WebSocket Security Cheat Sheet; ASVS V4.4.2 -------------------------------


@pytest.mark.parametrize("origin", LOOKALIKES)
def test_a_page_of_a_stranger_opens_no_socket(server: Served, origin: str) -> None:
    with pytest.raises(Exception, match="403"):
        Socket(server, origin=origin)


def test_pages_of_this_server_and_of_a_listed_origin_open_sockets(server: Served) -> None:
    for origin in (server.address, LISTED):
        Socket(server, origin=origin).close()


# -- requests that a stranger's page makes: OWASP CSRF Prevention Cheat Sheet; ASVS V3.5.1 to V3.5.3 ------------------


@pytest.mark.parametrize("origin", LOOKALIKES)
@pytest.mark.parametrize("path", ["/graphql", "/import?record=true", "/files?name=a.txt"])
def test_a_page_of_a_stranger_commands_nothing_even_with_a_token(server: Served, path: str, origin: str) -> None:
    before = head_of(server)
    headers = {"authorization": f"Bearer {server.token()}", "content-type": "application/json", "origin": origin}

    answer = server.client.post(path, json={"query": REGISTER, "variables": unit("csrf")}, headers=headers)

    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN_ORIGIN")
    assert head_of(server) == before


@pytest.mark.parametrize(
    "form",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "",
        "text/plain;application/json",
    ],
)
def test_what_a_form_can_send_is_no_operation(server: Served, form: str) -> None:
    before = head_of(server)
    headers = {"authorization": f"Bearer {server.token()}", "content-type": form}

    answer = server.client.post("/graphql", json={"query": REGISTER, "variables": unit("form")}, headers=headers)

    assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert head_of(server) == before


@pytest.mark.parametrize("path", ["/import?record=true&kind=figures", "/files?name=a.txt"])
def test_what_a_form_can_send_carries_no_token_and_leaves_no_file(server: Served, path: str) -> None:
    before = head_of(server)

    answer = server.client.post(path, content=b"a,b\n1,2\n", headers={"content-type": "text/plain"})

    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
    assert head_of(server) == before
    assert not (server.folder / "files").exists()


@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=a"])
@pytest.mark.parametrize("path", ["/import?record=true&kind=figures", "/files?name=a.txt"])
def test_a_form_is_no_file_even_with_a_token(server: Served, path: str, form: str) -> None:
    before = head_of(server)
    headers = {"authorization": f"Bearer {server.token()}", "content-type": form}

    answer = server.client.post(path, content=b"a,b\n1,2\n", headers=headers)

    assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert head_of(server) == before
    assert not (server.folder / "files").exists()


def test_a_command_in_an_address_is_refused_by_its_text_and_by_its_hash(server: Served) -> None:
    before = head_of(server)
    token = {"authorization": f"Bearer {server.token()}"}
    digest = hashlib.sha256(published("IssueTicket").encode()).hexdigest()
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest}})
    variables = json.dumps({"input": {"ticket": "1"}})

    by_text = server.client.get(
        "/graphql", params={"query": REGISTER, "variables": json.dumps(unit("got"))}, headers=token
    )
    by_hash = server.client.get("/graphql", params={"extensions": extensions, "variables": variables}, headers=token)

    assert [code_of(answer) for answer in (by_text, by_hash)] == ["BAD_REQUEST"] * 2
    assert "mutations are not allowed when using GET" in by_hash.text
    assert head_of(server) == before


@pytest.mark.parametrize("path", ["/import?record=true&kind=figures", "/files?name=a.txt"])
def test_a_door_that_takes_files_takes_none_by_get(server: Served, path: str) -> None:
    before = head_of(server)

    answer = server.client.get(path, headers={"authorization": f"Bearer {server.token()}"})

    assert answer.status_code == 405
    assert head_of(server) == before


# -- names: DNS rebinding, and Host headers that are made up; ASVS V4.1, OWASP Server-Side Request Forgery and WSTG-INPV-17


@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:8000", "localhost.rebound.example", "127.0.0.1.rebound.example", "record.example.evil",
     "record.example@rebound.example", "a b", "localhost/..", "[::1", "record.example:port"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/graphql", "/console/", "/metrics", "/log/checkpoint", "/demo/users"])
def test_a_page_whose_name_leads_here_finds_nothing(server: Served, host: str, path: str) -> None:
    answer = server.client.get(path, headers={"host": host})

    assert answer.status_code in (400, 421)
    assert answer.status_code == 400 or code_of(answer) == "UNKNOWN_HOST"


def test_a_socket_under_another_name_is_turned_away(server: Served) -> None:
    handshake = {
        "host": "rebound.example", "origin": "http://rebound.example", "connection": "Upgrade", "upgrade": "websocket",
        "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-protocol": "graphql-transport-ws",
    }  # fmt: skip

    answer = server.client.get("/graphql", headers=handshake)

    assert (answer.status_code, code_of(answer)) == (421, "UNKNOWN_HOST")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "192.0.2.7", "record.example", "Record.Example.:443"],
)
def test_own_names_and_addresses_are_answered(server: Served, host: str) -> None:
    assert server.client.get("/", headers={"host": host}).status_code == 200


def test_a_load_balancer_asks_for_health_by_any_name(server: Served) -> None:
    assert server.client.get("/healthz", headers={"host": "backend-7"}).status_code == 200


def test_the_names_in_settings_are_known_without_being_listed() -> None:
    settings = Settings.from_environment({"TXAPI_HOST": "node-1", "TXAPI_PUBLIC_URL": "https://record.example/city"})

    hosts = Hosts.of(settings)

    assert hosts.known("node-1:8000")
    assert hosts.known("record.example")
    assert not hosts.known("node-2")


@pytest.mark.parametrize("name", ["https://record.example", "record.example:443", "me@record.example"])
def test_a_name_that_no_request_can_bring_is_no_setting(name: str) -> None:
    with pytest.raises(BadSetting, match="TXAPI_ALLOWED_HOSTS"):
        Settings.from_environment({"TXAPI_ALLOWED_HOSTS": name})
