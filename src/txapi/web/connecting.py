"""Connections 连接: how many there may be, how long a client may take to ask, and how long to take its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from txapi.web.answers import error_body
from txapi.web.gate import MOST_HEARING, Full, Gate
from txapi.web.guard import HEADERS, NO_PAGE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from starlette.types import Scope
    from uvicorn._types import ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

IS_GONE = "txapi.is_gone"
RETRY_SECONDS = 5
"""When a client that found no room is asked to come again."""
TURN_AWAY_SECONDS = 1.0
"""How long somebody who finds no room may take to ask, so that he hears why: what is said before would be lost with a reset."""
SAID = {
    Full.PROCESS: error_body("as many as may are connected; try again later", "TOO_MANY_CONNECTIONS"),
    Full.ADDRESS: error_body("as many as may are connected from your address; try again later", "TOO_MANY_CONNECTIONS"),
    Full.RATE: error_body(
        "your address connects too often; keep connections, or try again later", "TOO_MANY_CONNECTIONS"
    ),
}
REASONS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large", 503: b"Service Unavailable"}


_ALWAYS = b"".join(b"%s: %s\r\n" % one for one in (*HEADERS, (b"content-security-policy", NO_PAGE)))


class Requests(HttpToolsProtocol):
    """A connection of HTTP. What serves it can let go of it at once: `txapi.abort` among the extensions of the scope; and see
    without waiting whether anybody is still there: `txapi.is_gone`."""

    gate = Gate()
    _address: str | None = None
    """Who is counted in; None where there was no room, or the connection has become a WebSocket."""
    _full: Full | None = None
    """Why there was no room."""
    _cut_off = False
    """Whether there was none to say so either."""
    _due: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _reads_headers = True
    _header_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected. Who finds no room costs next to nothing, and so is looked at before anything else."""
        gate, peer = self.gate, transport.get_extra_info("peername")
        entered = gate.enter(str(peer[0]) if isinstance(peer, tuple) else None)
        if isinstance(entered, Full):
            if gate.hearing >= MOST_HEARING:
                self._cut_off = True
                transport.abort()
                return
            gate.hearing += 1
            self._full = entered
        else:
            self._address = entered
        super().connection_made(transport)
        seconds = gate.bounds.request_seconds if self._full is None else TURN_AWAY_SECONDS
        self._due = self.loop.call_later(seconds, self._is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        if self._cut_off:
            return
        for timer in (self._due, self._stalled):
            if timer is not None:
                timer.cancel()
        self._due = self._stalled = None
        address, self._address = self._address, None
        if address is not None:
            self.gate.leave(address)
        if self._full is not None:
            self.gate.hearing -= 1
        super().connection_lost(exc)

    # -- what comes --------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        if self._refused or self._cut_off:
            return
        if self._full is not None:
            self._refuse(503, SAID[self._full], b"retry-after: %d\r\n" % RETRY_SECONDS)
            return
        super().data_received(data)
        if self._reads_headers:
            self._header_bytes += len(data)
            if self._header_bytes > self.gate.bounds.header_bytes:
                message = f"a request has at most {self.gate.bounds.header_bytes} bytes of headers"
                self._refuse(431, error_body(message, "HEADERS_TOO_LARGE"))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        ours: dict[str, dict[object, object]] = {
            "txapi.abort": {"now": self.transport.abort},
            IS_GONE: {"now": self.transport.is_closing},
        }
        self.scope["extensions"] = {**self.scope.get("extensions", {}), **ours}
        self._reads_headers, self._header_bytes = True, 0
        if self._due is None:
            self._due = self.loop.call_later(self.gate.bounds.request_seconds, self._is_late)

    def on_headers_complete(self) -> None:
        """Its headers have come."""
        self._reads_headers = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is complete."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """It asks for a WebSocket, which is counted in the place of this connection."""
        address = self._address
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, Messages) and address is not None:
            self._address = None
            protocol.entered = self.gate, address
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _is_late(self) -> None:
        self._due = None
        if self._full is not None or (
            self.cycle is not None and self.cycle.response_started and not self._reads_headers
        ):
            self.transport.abort()
            return
        message = f"a request comes within {self.gate.bounds.request_seconds:g} s"
        self._refuse(408, error_body(message, "REQUEST_TOO_SLOW"))

    def _refuse(self, status: int, content: object, header: bytes = b"") -> None:
        """Say something and let go, for this is no request that anybody answers."""
        self._refused = True
        body = msgspec.json.encode(content)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n%s%sconnection: close\r\n\r\n%s"
            % (status, REASONS[status], len(body), _ALWAYS, header, body)
        )
        self.transport.close()
        self._end()

    # -- what goes ---------------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The client takes nothing just now."""
        super().pause_writing()
        self._end()

    def resume_writing(self) -> None:
        """It takes something again."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Its answer is written, which does not mean that the client has taken it."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._end()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more was asked."""
        super().timeout_keep_alive_handler()
        self._end()

    def _end(self) -> None:
        """Let go of the connection unless its client takes what is written for it."""
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.gate.bounds.send_seconds, self.transport.abort)


class Messages(WebSocketsSansIOProtocol):
    """A WebSocket, which can be let go of like a request: closing waits for a client that may never take what waits for it."""

    entered: tuple[Gate, str] | None = None

    def handle_connect(self, event: Request) -> None:
        """A handshake has come."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"]["txapi.abort"] = {"now": self.transport.abort}

    def send_receive_event_to_app(self) -> None:
        """A message is complete. Text that is none ends the socket (RFC 6455, section 8.1), and is no fault of ours to be logged."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                if self.conn.close_sent is None:
                    self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """What came is no frame, and the socket is being closed for it."""
        super().handle_parser_exception()
        # Perhaps before the handshake was answered: whoever would answer it is told that nobody is there, not asked why he did not.
        self.disconnected = True

    def handle_close(self, event: Frame) -> None:
        """The client closes the socket, perhaps before its handshake was answered."""
        super().handle_close(event)
        self.disconnected = self.disconnected or self.transport.is_closing()

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the app says. A handshake that is refused is complete, too."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        entered, self.entered = self.entered, None
        if entered is not None:
            gate, address = entered
            gate.leave(address)
        super().connection_lost(exc)


def requests_through(gate: Gate) -> type[Requests]:
    """Connections of HTTP that are counted by a gate of their own."""
    return type("RequestsThroughGate", (Requests,), {"gate": gate})


def is_gone(scope: Scope) -> Callable[[], bool]:
    """Whether the client has left, as far as the server says so."""
    found: Callable[[], bool] = scope.get("extensions", {}).get(IS_GONE, {}).get("now", lambda: False)
    return found
