"""Clients that subscribe: over a WebSocket (graphql-transport-ws), and to an event stream."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple, Self

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.web.serving import REGISTER, Served, unit

PATIENCE_SECONDS = 20
PROTOCOL = Subprotocol("graphql-transport-ws")

CHANGES = """
subscription($nouns: [Noun!], $of: [ID!], $units: [String!], $after: Position) {
  changes(nouns: $nouns, of: $of, units: $units, after: $after) {
    __typename
    ... on NounChanged { position kind entityId noun { id ... on Unit { code } } event { type noun { id } } }
    ... on Bookmark { position }
    ... on DayTurned { day position }
  }
}
"""
TAIL = """
subscription($after: Position, $filter: EventFilter) {
  tail(after: $after, filter: $filter) { __typename ... on TailEvent { position } ... on Bookmark { position } }
}
"""

_numbers = itertools.count(1)


def register(served: Served, count: int = 1) -> list[int]:
    """Register so many units; the positions of their events."""
    done = []
    for _ in range(count):
        answer = served.post(REGISTER, unit(f"live-{next(_numbers)}"), served.token()).json()
        done.append(int(answer["data"]["registerUnit"]["position"]))
    return done


class Socket:
    """One WebSocket, on which somebody has said who asks."""

    def __init__(self, served: Served, token: str | None = None, *, greet: bool = True, **options: Any) -> None:
        address = served.address.replace("http://", "ws://") + "/graphql"
        given = {"subprotocols": [PROTOCOL], "max_size": None, "compression": None, **options}
        self._held = ExitStack()
        self.connection: ClientConnection = self._held.enter_context(connect(address, **given))
        if greet:
            payload = {} if token is None else {"payload": {"authorization": f"Bearer {token}"}}
            self.say(type="connection_init", **payload)
            assert self.hear() == {"type": "connection_ack"}

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.connection.send(json.dumps(message))

    def subscribe(self, query: str, variables: dict[str, Any] | None = None, id: str = "1") -> None:
        """Ask an operation."""
        self.say(id=id, type="subscribe", payload={"query": query, "variables": variables})

    def hear(self) -> dict[str, Any]:
        """The next message."""
        text = self.connection.recv(PATIENCE_SECONDS)
        assert isinstance(text, str)
        heard: dict[str, Any] = json.loads(text)
        return heard

    def item(self) -> dict[str, Any]:
        """The next item of the one subscription."""
        message = self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        [item] = message["payload"]["data"].values()
        return dict(item)

    def events(self, count: int) -> list[int]:
        """The positions of the next events; bookmarks in between are passed over."""
        found: list[int] = []
        while len(found) < count:
            item = self.item()
            if item["__typename"] in ("NounChanged", "TailEvent"):
                found.append(int(item["position"]))
        return found

    def begin(self, query: str, variables: dict[str, Any] | None = None) -> int:
        """Subscribe from now on; the position from which that is."""
        self.subscribe(query, variables)
        item = self.item()
        assert item["__typename"] == "Bookmark"
        return int(item["position"])

    def cut(self) -> None:
        """Let the connection break, without a word."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Sent(NamedTuple):
    """One event of a stream."""

    name: str
    data: dict[str, Any]
    id: str


@contextmanager
def stream(
    served: Served, query: str, variables: dict[str, Any] | None = None, *, method: str = "POST", **headers: str
) -> Iterator[Iterator[Sent]]:
    """The events of an operation as they come; they end where the connection does."""
    given = {"accept": "text/event-stream", **{name.replace("_", "-"): value for name, value in headers.items()}}
    asked = {"query": query, "variables": variables}
    body: dict[str, Any] = (
        {"json": asked} if method == "POST" else {"params": {**asked, "variables": json.dumps(variables)}}
    )
    with served.client.stream(method, "/graphql", headers=given, **body) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield _sent(response)


def _sent(response: httpx.Response) -> Iterator[Sent]:
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif not line and fields:
            data = json.loads(fields["data"]) if fields["data"] else {}
            yield Sent(fields["event"], data, fields.get("id", ""))
            fields = {}
