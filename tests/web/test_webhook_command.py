"""`txapi webhook`: secrets, how webhooks stand, and telling them again, beside whoever serves."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import stores
from tests.web.telling import TellingCity
from txapi.application import webhooks
from txapi.cli.ends import BAD_USAGE, OK
from txapi.cli.root import txapi
from txapi.record.deliveries import SECRETS_FILE, Delivery
from txapi.web.webhooks.signing import key_of, new_secret

URL = "https://oa.example/in"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[TellingCity]:
    city = TellingCity(tmp_path)
    yield city
    city.close()


def run(city: TellingCity, *told: str, given: str = "") -> Result:
    """The command, as somebody types it who has the settings of the city."""
    runner = CliRunner(env=stores.environment(city.folder))
    return runner.invoke(txapi, ["webhook", *told], input=given)


def listed(city: TellingCity) -> list[Any]:
    """What is listed, for scripts."""
    told = run(city, "list", "--json")
    assert told.exit_code == OK, told.output
    found: list[Any] = json.loads(told.stdout)["webhooks"]
    return found


def registered(city: TellingCity, name: str = "oa") -> str:
    """A webhook without a secret."""
    return str(webhooks.register_webhook(city.desk, city.order(), name=name, url=URL).id)


def test_a_secret_is_printed_once_and_signs_beside_the_one_before_it_until_that_is_dropped(city: TellingCity) -> None:
    id = registered(city)
    own = new_secret()
    first = run(city, "secret", "oa").stdout.strip()
    second = json.loads(run(city, "secret", id, "--json").stdout)["secret"]
    both = city.deliveries.secrets()[id]
    third = run(city, "secret", id, "--own", given=f"{own}\n")

    assert both == (second, first)
    assert {len(key_of(each)) for each in both} == {32}
    assert (third.exit_code, own in third.output) == (OK, False)
    assert city.deliveries.secrets()[id] == (own, second)
    assert "alone" in run(city, "secret", id, "--drop-old").stdout
    assert city.deliveries.secrets()[id] == (own,)
    assert "no older secret" in run(city, "secret", id, "--drop-old").stdout
    listing = run(city, "list").output + run(city, "list", "--json").output
    assert not any(each in listing for each in (first, second, own))


@pytest.mark.only_on("sqlite", because="a database keeps secrets in a schema of its own")
def test_only_the_owner_reads_the_file_of_secrets(city: TellingCity) -> None:
    registered(city)
    run(city, "secret", "oa")

    assert stat.S_IMODE((city.folder / SECRETS_FILE).stat().st_mode) == 0o600
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in city.folder.glob(f"{SECRETS_FILE}*"))


def test_a_secret_that_is_none_is_refused_and_not_repeated(city: TellingCity) -> None:
    id = registered(city)

    refused = run(city, "secret", id, "--own", given="my-password\n")

    assert refused.exit_code == BAD_USAGE
    assert "my-password" not in refused.output
    assert id not in city.deliveries.secrets()


def test_the_list_says_how_each_stands(city: TellingCity) -> None:
    silent, dead, told, closed = (registered(city, name) for name in ("a", "b", "c", "d"))
    for each in (dead, told):
        city.deliveries.add_secret(each, new_secret())
    city.deliveries.begin(Delivery(webhook=dead, position=3, dead_since=1, dead_because="gone", last_error="gone"))
    city.deliveries.begin(Delivery(webhook=told, position=6, attempts=2, last_status=503, last_error="busy"))
    webhooks.close_webhook(city.desk, city.order(reason="switched off"), webhook=closed)

    rows = listed(city)
    said = run(city, "list").stdout

    assert [(row["webhook"], row["state"], row["position"]) for row in rows] == [
        (silent, "WITHOUT_SECRET", None), (dead, "DEAD", 3), (told, "RETRYING", 6), (closed, "CLOSED", None),
    ]  # fmt: skip
    assert (rows[2]["lastStatus"], rows[2]["lastError"]) == (503, "busy")
    assert "gone" in said
    assert "4 webhooks" in said


def test_an_address_that_the_settings_forbid_is_said_to_be_so_before_anything_is_sent(
    city: TellingCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = str(webhooks.register_webhook(city.desk, city.order(), name="a", url="http://10.0.0.7/in").id)
    city.deliveries.add_secret(plain, new_secret())
    assert city.deliveries.all() == {}

    [forbidden] = listed(city)
    said = run(city, "list").stdout
    monkeypatch.setenv("TXAPI_WEBHOOK_HTTP", "private")
    [allowed] = listed(city)

    assert (forbidden["state"], forbidden["attempts"], allowed["state"]) == ("NOT_ALLOWED_HERE", 0, "DELIVERING")
    assert "TXAPI_WEBHOOK_HTTP=private would allow" in forbidden["lastError"]
    assert "NOT_ALLOWED_HERE" in said
    assert forbidden["lastError"] in said
    assert allowed["lastError"] is None


def test_a_dead_webhook_is_told_again_from_where_it_stands_or_from_any_position(city: TellingCity) -> None:
    id = registered(city)
    city.deliveries.begin(
        Delivery(webhook=id, position=2, attempts=9, failing_since=1, dead_since=5, dead_because="gone")
    )

    assert run(city, "replay", "oa").exit_code == OK
    revived = city.deliveries.all()[id]
    assert run(city, "replay", id, "--after", "0").exit_code == OK
    again = city.deliveries.all()[id]

    assert (revived.position, revived.turn, revived.attempts, revived.dead_since) == (2, 1, 0, None)
    assert (again.position, again.event_id, again.turn) == (0, None, 2)


def test_a_replay_of_what_there_is_not_changes_nothing(city: TellingCity) -> None:
    id = registered(city)

    for told in (["nobody"], [id], [id, "--after", "999"]):
        assert run(city, "replay", *told).exit_code == BAD_USAGE
    registered(city)
    assert "2 webhooks are called" in run(city, "replay", "oa", "--after", "0").output

    assert city.deliveries.all() == {}
