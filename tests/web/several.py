"""Questions to one of several servers on the same record."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from tests.web.serving import REGISTER, UNITS, Served, unit

DUTIES = ("follower", "watch", "signer")


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
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
    """The units that this server shows once it has got to that position."""
    answer = server.post(UNITS, extensions={"atLeast": str(at_least)}).json()
    assert "errors" not in answer, answer
    return {node["code"] for node in answer["data"]["units"]["nodes"]}
