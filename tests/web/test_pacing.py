"""Who begins much, or says much, waits; others do not wait for that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from tests import stores
from tests.web.serving import Served
from tests.web.subscribing import Socket as Connected
from txapi.web import sockets
from txapi.web.live import Live
from txapi.web.pacing import Pacing
from txapi.web.sockets import Socket

pytestmark = pytest.mark.only_on(stores.SQLITE, because="no store knows of sockets")


def test_clients_have_their_turns_one_after_the_other_and_who_has_gone_has_none() -> None:
    async def order() -> list[str]:
        pacing, said = Pacing(2, 0.001), list[str]()

        async def begin(client: str, name: str) -> None:
            await pacing.take(client)
            said.append(name)

        many = [asyncio.create_task(begin("greedy", f"greedy {number}")) for number in range(8)]
        await asyncio.sleep(0)
        one = asyncio.create_task(begin("modest", "modest"))
        await asyncio.sleep(0)
        many[3].cancel()
        await asyncio.gather(*many, one, return_exceptions=True)
        return said

    said = asyncio.run(order())

    assert said[:4] == ["greedy 0", "greedy 1", "greedy 2", "modest"]
    assert said[4:] == [f"greedy {number}" for number in (4, 5, 6, 7)]


class Flood:
    """A client that says more than is read, for ever."""

    def __init__(self) -> None:
        self.read = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        """One message more, at once."""
        self.read += 1
        return {"type": "websocket.receive", "text": '{"type":"ping"}'}

    async def send(self, message: Any) -> None:
        """Take it."""
        self.sent.append(message)


class NoLive:
    """What a socket asks of the server while nobody subscribes."""

    class limits:  # noqa: N801 - it stands for an attribute
        init_seconds = 60.0


def test_a_socket_that_says_more_than_is_read_waits_and_is_closed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MESSAGES_A_SECOND", 500)
    monkeypatch.setattr(sockets, "MESSAGES_AT_ONCE", 10)
    monkeypatch.setattr(sockets, "FLOOD_SECONDS", 0.2)

    async def flooded() -> tuple[Flood, float]:
        flood, loop = Flood(), asyncio.get_running_loop()
        began = loop.time()
        socket = Socket(cast(Live, NoLive), cast(Any, None), cast(Any, None), {}, None, flood.receive, flood.send)
        assert await socket.serve()
        return flood, loop.time() - began

    flood, took = asyncio.run(flooded())

    assert flood.sent[-1] == {
        "type": "websocket.close", "code": 1008, "reason": "TOO_MANY_MESSAGES: a socket takes 500 messages a second",
    }  # fmt: skip
    assert 10 < flood.read <= 12 + 500 * took


@pytest.mark.slow
def test_what_one_may_say_at_once_is_answered_at_once_and_others_are_not_kept_waiting(tmp_path: Path) -> None:
    with Served(tmp_path / "data") as served, Connected(served) as flooding, Connected(served) as other:
        for _ in range(5 * sockets.MESSAGES_AT_ONCE):
            flooding.say(type="ping")
        pongs = [flooding.hear() for _ in range(sockets.MESSAGES_AT_ONCE - 1)]
        other.say(type="ping")

        assert other.hear() == {"type": "pong"}
        assert pongs == [{"type": "pong"}] * (sockets.MESSAGES_AT_ONCE - 1)
