"""A server that tells webhooks, from the command that is given to what another system hears, and across its death."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.city import published
from tests.web.receiving import Got, Receiver, Reply
from tests.web.serving import REGISTER, Served, environment, unit

SETTINGS = {"TXAPI_WEBHOOK_HTTP": "private", "TXAPI_WEBHOOK_RETRY_SECONDS": "1"}


def register(served: Served, url: str, **said: Any) -> str:
    """A webhook of a running server; its id."""
    input = {"name": "oa", "url": url, **said}
    answer = served.post(published("RegisterWebhook"), {"input": input}, served.token()).json()
    return str(answer["data"]["registerWebhook"]["webhook"]["entityId"])


def command(folder: Path, *told: str) -> str:
    """What a `txapi webhook` command prints, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "txapi", "webhook", *told],
        env=environment(folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def units(served: Served, *codes: str) -> None:
    """Units are registered, one after the other."""
    for code in codes:
        answer = served.post(REGISTER, unit(code), served.token()).json()
        assert answer["data"]["registerUnit"]["__typename"] == "UnitReceipt", answer


pytestmark = [
    pytest.mark.slow,
    pytest.mark.only_on(
        "sqlite",
        because="tests/faults/test_webhooks.py kills servers on a database, and tests/web/test_delivering.py tells on both",
    ),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_server_that_is_killed_before_it_knows_of_the_acknowledgement_tells_again_and_skips_nothing(
    folder: Path,
) -> None:
    came, go_on = threading.Event(), threading.Event()

    def reply(got: Got) -> Reply:
        if got.event["data"]["code"] == "third":
            came.set()
            go_on.wait(60)
        return Reply()

    with Receiver(reply) as receiver:
        with Served(folder, TXAPI_PUBLIC_URL="https://record.example/", **SETTINGS) as served:
            id = register(served, receiver.url, types=["unit.registered"])
            secret = command(folder, "secret", id)
            units(served, "first", "second", "third")
            assert came.wait(60)
            served.stop(signal.SIGKILL)
        go_on.set()
        told = len(receiver.got)
        with Served(folder, **SETTINGS) as served:
            units(served, "fourth")
            receiver.wait(lambda: {got.event["data"]["code"] for got in receiver.got[told:]} >= {"third", "fourth"})

    codes = [got.event["data"]["code"] for got in receiver.got]
    assert set(codes[:told]) == {"first", "second", "third"}
    thirds = [got.headers["webhook-id"] for got in receiver.got if got.event["data"]["code"] == "third"]
    assert len(thirds) >= 2
    assert len(set(thirds)) == 1
    for got in receiver.got:
        Webhook(secret).verify(got.body, got.headers)
    first = receiver.got[0].event
    assert first["askurl"] == "https://record.example/graphql"
    assert first["dataschema"] == "https://record.example/events/unit.registered.v2.json"
    assert secret not in served.log.read_text()


def test_how_webhooks_stand_is_measured_and_a_server_may_leave_them_to_others(folder: Path) -> None:
    with Receiver(lambda got: Reply(410)) as receiver:
        with Served(folder, TXAPI_WEBHOOKS="off", **SETTINGS) as served:
            id = register(served, receiver.url, types=["unit"])
            command(folder, "secret", id)
            units(served, "first")
            idle = served.client.get("/metrics").text
        with Served(folder, **SETTINGS) as served:
            receiver.wait(lambda: len(receiver.got) == 1)
            dead = ""
            while 'txapi_webhooks{state="dead"} 1.0' not in dead:
                dead = served.client.get("/metrics").text

    assert 'txapi_duty{duty="webhooks"}' not in idle
    assert 'txapi_webhooks{state="dead"} 0.0' in idle
    assert 'txapi_webhook_attempts_total{outcome="refused"} 1.0' in dead
    assert 'txapi_duty{duty="webhooks"} 1.0' in dead
    assert f"webhook {id} (oa) is dead" in served.log.read_text()


def test_a_webhook_that_the_settings_forbid_is_said_to_be_so_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Receiver() as receiver, Served(folder, **environment(folder)) as served:
        id = register(served, receiver.url)
        command(folder, "secret", id)
        answer = served.post(published("WebhookDeliveries"), {}, served.token()).json()
        got = list(receiver.got)

    [delivery] = answer["data"]["webhookDeliveries"]
    assert delivery["state"] == "NOT_ALLOWED_HERE"
    assert "TXAPI_WEBHOOK_HTTP=private would allow" in delivery["lastError"]
    assert delivery["stateLabel"]["zh"] == "本服务器不得访问该地址"
    assert got == []
