"""Questions to one of several servers on the same record."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.web.serving import REGISTER, UNITS, Served, unit

DUTIES = ("follower", "watch", "signer")


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


def register(server: Served, code: str, **more: object) -> int:
    """Register a unit; the position of its event."""
    answer = server.post(REGISTER, {**unit(code), **more}, server.token()).json()
    return int(answer["data"]["registerUnit"]["position"])


def codes(server: Served, at_least: int) -> set[str]:
    """The units that this server shows once it has got to that position. After a failure that takes longer than one answer waits."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = server.post(UNITS, extensions={"atLeast": str(at_least)}).json()
        if "errors" not in answer:
            return {node["code"] for node in answer["data"]["units"]["nodes"]}
        assert answer["errors"][0]["extensions"]["code"] == "NOT_YET_VISIBLE", answer
        assert time.monotonic() < ends, answer
