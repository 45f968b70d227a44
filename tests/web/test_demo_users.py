"""The demonstration's people: a browser on the same machine may be any of them, and nobody else learns that they exist."""

from __future__ import annotations

from typing import Any, cast

import pytest
from starlette.applications import Starlette

from tests.web.in_process import HERE, InProcess
from tests.web.serving import Served
from txapi.domain.event import Role
from txapi.record import Record
from txapi.web.demo import DemoUsers
from txapi.web.tokens import Tokens

AT_HOME = "http://127.0.0.1:8000"


class WithoutUnits:
    """A record in which no unit was registered: offices are all that one can hold."""

    def standing_events(self) -> list[Any]:
        return []


pytestmark = pytest.mark.only_on("sqlite", because="who asks is judged before any record is read")


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return Tokens.from_file(tmp_path_factory.mktemp("demo") / "token-key.pem")


def asking(tokens: Tokens, address: str = AT_HOME, client: tuple[str, int] = HERE) -> InProcess:
    app = Starlette(routes=[DemoUsers(cast("Record", WithoutUnits()), tokens).route()])
    return InProcess(app, address, client)


@pytest.mark.parametrize(
    ("address", "client"),
    [(AT_HOME, HERE), ("http://localhost:8000", HERE), ("http://[::1]:8000", ("::1", 40_000))],
)
def test_a_browser_on_the_same_machine_may_hold_every_office(
    tokens: Tokens, address: str, client: tuple[str, int]
) -> None:
    answer = asking(tokens, address, client).get("/demo/users", headers={"sec-fetch-site": "same-origin"})

    users = answer.json()["users"]
    assert [tokens.read(user["token"]).role.name for user in users] == [user["role"] for user in users]
    assert users[0]["roleLabel"] == {"zh": "市领导", "en": "leader"}
    assert {user["role"] for user in users} >= {Role.LEADER.name, Role.AUDITOR.name, Role.ADMINISTRATOR.name}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "client", "headers"),
    [
        (AT_HOME, ("192.0.2.7", 40_000), {}),
        ("http://console.example:8000", HERE, {}),
        (AT_HOME, HERE, {"x-forwarded-for": "192.0.2.7"}),
        (AT_HOME, HERE, {"sec-fetch-site": "cross-site"}),
        (AT_HOME, HERE, {"sec-fetch-site": "same-site"}),
    ],
    ids=["another machine", "another name for here", "through a proxy", "another site", "another port"],
)
def test_nobody_else_learns_that_there_are_such_people(
    tokens: Tokens, address: str, client: tuple[str, int], headers: dict[str, str]
) -> None:
    answer = asking(tokens, address, client).get("/demo/users", headers=headers)

    assert answer.status_code == 404
    assert "token" not in answer.text


def test_a_server_that_is_no_demonstration_lends_nobody_s_identity(served: Served) -> None:
    assert served.client.get("/demo/users").status_code == 404
