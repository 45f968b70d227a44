"""How webhooks are told, through the published operations: seen by auditor and administrator, replayed by the administrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, AUDITOR, LEADER, SUPERVISOR, City, clerk
from tests.schema.registering import NOBODY, do, towns
from txapi.domain.event import Actor
from txapi.record.deliveries import Delivery
from txapi.web.webhooks.signing import new_secret


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    assert city.deliveries.all() == {}
    yield city
    city.close()


def registered(city: City, name: str) -> str:
    """A webhook; its id."""
    given = {"name": name, "url": f"https://{name}.example/"}
    return str(do(city, "RegisterWebhook", ADMINISTRATOR, **given)["webhook"]["entityId"])


def seen(city: City, as_: Actor = AUDITOR) -> list[Any]:
    """How webhooks are told, by name."""
    found: list[Any] = city.ask("WebhookDeliveries", as_=as_)["webhookDeliveries"]
    return found


def replayed(city: City, as_: Actor = ADMINISTRATOR, **input: Any) -> Any:
    """The whole result of a replay."""
    return city.execute("ReplayWebhook", {"input": input}, as_=as_)


def kept(city: City, id: str) -> Delivery | None:
    """What is kept of a webhook."""
    return city.deliveries.all().get(id)


def test_how_each_webhook_is_told_is_seen_with_what_went_wrong(city: City) -> None:
    silent, dead = registered(city, "a"), registered(city, "b")
    closed = registered(city, "c")
    do(city, "CloseWebhook", ADMINISTRATOR, webhook=closed, reason="switched off")
    secret = new_secret()
    city.deliveries.add_secret(dead, secret)
    city.deliveries.begin(
        Delivery(webhook=dead, position=2, attempts=1, last_attempt=10**15, last_status=410, last_error="answered 410",
                 dead_since=10**15, dead_because="gone")
    )  # fmt: skip

    first, second = seen(city)

    assert (first["webhook"]["entityId"], first["state"], first["position"]) == (silent, "WITHOUT_SECRET", None)
    assert (second["webhook"]["name"], second["state"], second["position"], second["secrets"]) == ("b", "DEAD", "2", 1)
    assert (second["lastStatus"], second["lastError"], second["deadBecause"]) == (410, "answered 410", "gone")
    assert second["deadSince"].startswith("2001-09-09T01:46:40")
    assert second["stateLabel"]["zh"] == "已失效"
    assert secret not in str(second)


@pytest.mark.parametrize("actor", [SUPERVISOR, LEADER, clerk("chongfu"), None])
def test_nobody_else_sees_it(city: City, actor: Actor | None) -> None:
    registered(city, "a")

    answer = city.execute("WebhookDeliveries", as_=actor)

    assert [error.extensions["code"] for error in answer.errors] == ["FORBIDDEN"]


def test_a_dead_webhook_is_told_on_or_again_from_any_position(city: City) -> None:
    id = registered(city, "a")
    city.deliveries.add_secret(id, new_secret())
    city.deliveries.begin(Delivery(webhook=id, position=2, attempts=9, dead_since=1, dead_because="gone"))
    head = city.record.head.position

    on = replayed(city, webhook=id).data["replayWebhook"]
    again = replayed(city, webhook=id, after="1").data["replayWebhook"]

    assert (on["state"], on["position"], on["deadSince"]) == ("DELIVERING", "2", None)
    assert again["position"] == "1"
    found = kept(city, id)
    assert found is not None
    assert (found.event_id, found.turn) == (city.record.event_id_at(1), 2)
    assert city.record.head.position == head


def test_a_webhook_that_was_never_told_begins_where_its_registration_says(city: City) -> None:
    id = registered(city, "a")

    answer = replayed(city, webhook=id).data["replayWebhook"]

    assert answer["position"] == str(city.record.head.position)


@pytest.mark.parametrize(
    ("actor", "code"),
    [(AUDITOR, "FORBIDDEN"), (SUPERVISOR, "FORBIDDEN"), (clerk("chongfu"), "FORBIDDEN"), (None, "UNAUTHENTICATED")],
)
def test_only_the_administrator_replays(city: City, actor: Actor | None, code: str) -> None:
    id = registered(city, "a")

    answer = city.execute("ReplayWebhook", {"input": {"webhook": id, "after": "0"}}, as_=actor)

    assert [error.extensions["code"] for error in answer.errors] == [code]
    assert kept(city, id) is None


def test_what_cannot_be_replayed_changes_nothing(city: City) -> None:
    id, closed = registered(city, "a"), registered(city, "b")
    do(city, "CloseWebhook", ADMINISTRATOR, webhook=closed, reason="switched off")

    codes = [
        replayed(city, webhook=which, after=after).errors[0].extensions["code"]
        for which, after in ((id, "99"), (closed, "0"), (NOBODY, "0"))
    ]

    assert codes == ["POSITION_AHEAD", "NO_SUCH_WEBHOOK", "NO_SUCH_WEBHOOK"]
    assert (kept(city, id), kept(city, closed)) == (None, None)


def test_what_stands_still_is_counted_for_whoever_may_see_it_and_for_nobody_else(city: City) -> None:
    silent, told, dead = (registered(city, name) for name in "abc")
    for id in (told, dead):
        city.deliveries.add_secret(id, new_secret())
    city.deliveries.begin(Delivery(webhook=dead, position=2, attempts=1, dead_since=1, dead_because="gone"))
    assert kept(city, silent) is None

    def count(as_: Actor | None) -> Any:
        return city.ask("WebhooksStopped", as_=as_)["viewer"]["webhooksStopped"]

    assert [count(actor) for actor in (AUDITOR, ADMINISTRATOR)] == [2, 2]
    assert [count(actor) for actor in (SUPERVISOR, LEADER, clerk("chongfu"), None)] == [None] * 4


def test_a_grey_button_of_replaying_says_why(city: City) -> None:
    closed = registered(city, "a")
    query = "query($id: ID!) { webhook(entityId: $id) { may { action allowed because { code } } } }"

    def said(as_: Actor | None) -> Any:
        may = city.ask(query, {"id": closed}, as_=as_)["webhook"]["may"]
        return next(each for each in may if each["action"] == "replayWebhook")

    assert said(ADMINISTRATOR) == {"action": "replayWebhook", "allowed": True, "because": None}
    assert said(SUPERVISOR)["because"] == {"code": "NotYourRole"}
    do(city, "CloseWebhook", ADMINISTRATOR, webhook=closed, reason="switched off")
    assert not said(ADMINISTRATOR)["allowed"]
