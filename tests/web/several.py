"""Questions to one of several servers on the same record."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from tests.web.serving import REGISTER, UNITS, Served, unit

DUTIES = ("follower", "watch", "signer", "sweeper")


PATIENCE_SECONDS = 180.0
"""How long what is sure to come is waited for, on a machine with much else to do. How fast it comes is measured elsewhere."""


def until(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until it holds; fail where it does not in time."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)


def duties_of(server: Served) -> set[str]:
    """The duties that this server does."""
    text = server.client.get("/metrics").text
    return {duty for duty in DUTIES if re.search(rf'^txapi_duty{{duty="{duty}"}} 1', text, re.MULTILINE)}


def register(server: Served, code: str) -> int:
    """Register a unit; the position of its event. The command is sent again where its outcome does not become visible in time."""
    command = unit(code, commandId=f"register {code}")
    answer = answered(lambda: server.post(REGISTER, command, server.token()).json())
    return int(answer["data"]["registerUnit"]["position"])


def codes(server: Served, at_least: int) -> set[str]:
    """The units that this server shows once it has got to that position."""
    answer = answered(lambda: server.post(UNITS, extensions={"atLeast": str(at_least)}).json())
    return {node["code"] for node in answer["data"]["units"]["nodes"]}


def answered(ask: Callable[[], Any]) -> Any:
    """The answer, once it need not wait for what is not visible yet: after a failure that takes longer than one answer waits."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = ask()
        if "errors" not in answer:
            return answer
        assert answer["errors"][0]["extensions"]["code"] == "NOT_YET_VISIBLE", answer
        assert time.monotonic() < ends, answer
