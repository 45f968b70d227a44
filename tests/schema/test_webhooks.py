"""Webhooks through the published operations: who is told what, as a part of the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, City
from tests.schema.registering import NOBODY, do, listed, refused, towns
from txapi.projections import listening, webhooks
from txapi.projections.all import PROJECTIONS

URL = "https://oa.example/txapi"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def registered(city: City, **said: Any) -> Any:
    """The webhook of a receipt."""
    receipt = do(city, "RegisterWebhook", ADMINISTRATOR, **{"name": "协同办公系统", "url": URL, **said})
    assert receipt["__typename"] == "WebhookReceipt", receipt
    return receipt["webhook"]


def heard(city: City, id: str) -> list[int]:
    """The positions of the events that a webhook hears of, from where it begins."""
    reader = city.reader()
    row = webhooks.webhook_of(reader, id)
    begin = webhooks.begins_behind(reader, row)
    return listening.behind(reader, PROJECTIONS, webhooks.wanted_by(row), begin).positions


def test_who_is_told_what_is_read_now_and_as_it_was(city: City) -> None:
    id = registered(city, units=["chongfu"], types=["ticket.issued"], after="1")["entityId"]
    before = str(city.record.head.position)
    do(city, "AmendWebhook", ADMINISTRATOR, webhook=id, types=["ticket"], units=[])

    now = city.ask("Webhook", {"entityId": id}, as_=ADMINISTRATOR)["moment"]["webhook"]
    then = city.ask("Webhook", {"entityId": id, "at": {"position": before}})["moment"]["webhook"]

    assert (now["types"], now["units"], now["after"], now["version"]) == (["ticket"], [], "1", 2)
    open_now = [one["action"] for one in now["may"] if one["allowed"]]
    assert open_now == ["amendWebhook", "closeWebhook", "correctWebhook", "replayWebhook"]
    assert (then["types"], [unit["code"] for unit in then["units"]]) == (["ticket.issued"], ["chongfu"])
    assert not any(one["allowed"] for one in then["may"])


def test_closed_ones_are_told_apart(city: City) -> None:
    first, second = registered(city), registered(city, name="档案系统")
    do(city, "CloseWebhook", ADMINISTRATOR, webhook=first["entityId"], reason="switched off")

    opened = listed(city, "Webhooks", filter={"closed": False})
    closed = listed(city, "Webhooks", filter={"closed": True})

    assert [one["entityId"] for one in opened] == [second["entityId"]]
    assert [one["entityId"] for one in closed] == [first["entityId"]]
    assert len(listed(city, "Webhooks")) == 2


def test_a_correction_shows_what_was_meant(city: City) -> None:
    id = registered(city)["entityId"]
    do(city, "AmendWebhook", ADMINISTRATOR, webhook=id, url="https://wrong.example/")

    receipt = do(city, "CorrectWebhook", ADMINISTRATOR, webhook=id, corrects=2, reason="typo",
                 fields={"url": "https://right.example/"})  # fmt: skip

    assert receipt["webhook"]["url"] == "https://right.example/"


def test_a_webhook_is_the_administrators_and_hears_of_units_that_there_are(city: City) -> None:
    id = registered(city)["entityId"]

    refused(city, "NotYourRole", "RegisterWebhook", name="甲", url=URL)
    refused(city, "NotYourRole", "CloseWebhook", webhook=id, reason="no")
    refused(city, "DoesNotExist", "RegisterWebhook", ADMINISTRATOR, name="甲", url=URL, units=["nowhere"])
    refused(city, "DoesNotExist", "AmendWebhook", ADMINISTRATOR, webhook=id, units=["nowhere"])
    refused(city, "DoesNotExist", "AmendWebhook", ADMINISTRATOR, webhook=NOBODY, name="甲")


def test_it_hears_of_its_units_and_types_alone_and_never_of_webhooks(city: City) -> None:
    everything = registered(city, after="0")["entityId"]
    ours = registered(city, units=["chongfu"], types=["unit", "project.introduced"], after="0")["entityId"]
    behind = registered(city)["entityId"]
    first = city.record.head.position

    for unit in ("chongfu", "dama"):
        do(city, "IntroduceProject", code=unit, name=unit, kind="NEW_BUILD", unit=unit)

    assert heard(city, everything) == [1, 2, first + 1, first + 2]
    assert heard(city, ours) == [1, first + 1]
    assert heard(city, behind) == [first + 1, first + 2]
