"""An instance: what it says of itself when something in it does not work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.asking import Client
from tests.web.resting import catch_up, resting
from tests.web.serving import UNITS
from txapi.application.watch import Watch
from txapi.domain.errors import BadInput
from txapi.projections.follower import Follower
from txapi.web.accepting import language_of
from txapi.web.instance import Instance
from txapi.web.viewers import ANONYMOUS


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with resting(tmp_path) as opened:
        catch_up(opened)
        yield opened


def test_an_instance_whose_follower_fails_is_not_ready(instance: Instance, tmp_path: Path) -> None:
    instance.following.work = Follower(instance.record, instance.views)
    instance.following.work.last_error = "broken"

    response = Client(instance, tmp_path).ask("GET", "/readyz")

    assert response.status_code == 503
    assert "follower" in response.json()["problems"][0]


def test_an_instance_whose_watch_fails_is_not_ready(instance: Instance, tmp_path: Path) -> None:
    instance.watching.work = Watch(instance.desk)
    instance.watching.work.last_error = "broken"

    assert Client(instance, tmp_path).ask("GET", "/readyz").status_code == 503


def test_an_instance_that_stops_is_not_ready_and_stopping_twice_is_harmless(tmp_path: Path) -> None:
    instance = Instance.open(tmp_path)
    instance.start()

    instance.stop()
    instance.stop()

    with resting(tmp_path) as again:
        assert again.readiness().problems == ()


def test_an_instance_with_a_successor_stays_ready_and_ends_each_connection_with_its_answer(
    instance: Instance, tmp_path: Path
) -> None:
    client = Client(instance, tmp_path)
    before = client.ask("GET", "/readyz")

    instance.hand_over()
    after = client.ask("GET", "/readyz")

    assert (before.status_code, before.headers.get("connection")) == (200, None)
    assert (after.status_code, after.headers["connection"]) == (200, "close")


@pytest.mark.only_on("sqlite", because="an owner has every duty from start to stop")
def test_whoever_counts_duties_is_told_when_one_begins_and_when_it_ends(tmp_path: Path) -> None:
    told: list[bool] = []
    instance = Instance.open(tmp_path)
    instance.watching.tell(told.append)

    instance.start()
    instance.stop()

    assert told == [False, True, False]


def test_what_nobody_expected_is_masked_logged_and_named_by_an_id(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(instance, "readiness", fail)
    response = Client(instance, tmp_path).ask("GET", "/readyz")

    [error] = response.json()["errors"]
    assert response.status_code == 500
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    assert error["extensions"]["errorId"] in caplog.text


def test_what_nobody_expected_of_an_operation_is_masked_too(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(instance.views, "snapshot", fail)
    response = Client(instance, tmp_path).ask("POST", "/graphql", json={"query": UNITS})

    [error] = response.json()["errors"]
    assert response.status_code == 200
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    assert error["extensions"]["errorId"] in caplog.text


def test_a_context_is_not_made_for_a_position_that_does_not_exist(instance: Instance) -> None:
    with pytest.raises(BadInput, match="does not exist") as refused:
        instance.context(ANONYMOUS, signed_in=False, at_least=1)

    assert refused.value.code == "POSITION_AHEAD"


def test_pages_of_other_origins_may_call_only_where_a_setting_says_so(instance: Instance, tmp_path: Path) -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "POST"}

    allowed = Client(instance, tmp_path, TXAPI_ALLOWED_ORIGINS="https://a.example").ask(
        "OPTIONS", "/graphql", headers=asked
    )
    refused = Client(instance, tmp_path).ask("OPTIONS", "/graphql", headers=asked)

    assert allowed.headers["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN", "zh"),
        ("en;q=0.5, zh;q=0.6", "zh"),
        ("en, zh", "en"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        ("*", "en"),
    ],
)
def test_the_preferred_language_is_read_from_the_header(accept: str, language: str) -> None:
    assert language_of(accept) == language
