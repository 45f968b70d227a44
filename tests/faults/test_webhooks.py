"""The node that tells webhooks dies, or freezes and wakes up, in the middle of an event: another goes on, and nothing is skipped."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests import stores
from tests.city import published
from tests.web.receiving import Got, Receiver, Reply
from tests.web.serving import Served
from tests.web.several import answered, register, until
from txapi.record.deliveries import Deliveries
from txapi.web.webhooks.signing import new_secret

pytestmark = pytest.mark.only_on("postgresql", because="an embedded record is served by one process")

SETTINGS = {"TXAPI_WEBHOOK_HTTP": "private", "TXAPI_WEBHOOK_TIMEOUT_SECONDS": "600", "TXAPI_WEBHOOK_RETRY_SECONDS": "1"}


def tells(node: Served) -> bool:
    """Whether this node has the duty to tell webhooks."""
    return 'txapi_duty{duty="webhooks"} 1' in node.client.get("/metrics").text


def amend(node: Served, alias: str) -> None:
    """One more event of the same unit. The command is sent again where its outcome does not become visible in time."""
    given = {"unit": "chongfu", "aliases": [alias], "commandId": alias}
    answered(lambda: node.post(published("AmendUnit"), {"input": given}, node.token()).json())


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_another_node_goes_on_telling_and_skips_nothing(tmp_path: Path, fault: signal.Signals) -> None:
    data = tmp_path / "data"
    came, go_on = threading.Event(), threading.Event()

    def reply(got: Got) -> Reply:
        if got.event["data"].get("aliases") == ["second"]:
            came.set()
            go_on.wait(300)
        return Reply()

    with Receiver(reply) as receiver, ExitStack() as held:
        nodes = [
            held.enter_context(Served(data, log=tmp_path / f"{name}.log", **SETTINGS)) for name in ("one", "other")
        ]
        input = {"name": "oa", "url": receiver.url, "types": ["unit"]}
        answer = answered(
            lambda: nodes[0].post(published("RegisterWebhook"), {"input": input}, nodes[0].token()).json()
        )
        with closing(Deliveries.open(stores.place(data))) as deliveries:
            deliveries.add_secret(answer["data"]["registerWebhook"]["webhook"]["entityId"], new_secret())
        register(nodes[0], "chongfu")
        for alias in ("first", "second", "third"):
            amend(nodes[0], alias)
        assert came.wait(120)
        holder, heir = nodes if tells(nodes[0]) else reversed(nodes)
        os.kill(holder.process.pid, fault)
        until(lambda: tells(heir))
        go_on.set()
        amend(heir, "fourth")
        receiver.wait(lambda: {2, 3, 4, 5, 6} <= set(receiver.positions()))
        if fault is signal.SIGSTOP:
            os.kill(holder.process.pid, signal.SIGCONT)
            until(lambda: not tells(holder))
            amend(heir, "fifth")
            receiver.wait(lambda: 7 in receiver.positions())
        else:
            holder.stop(signal.SIGKILL)

    firsts = list(dict.fromkeys(receiver.positions()))
    assert firsts == sorted(firsts)
    again = [got.headers["webhook-id"] for got in receiver.got if got.position == 4]
    assert len(again) >= 2
    assert len(set(again)) == 1
