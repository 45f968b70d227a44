"""WebSockets: the protocol graphql-transport-ws, in which a client has any number of operations under way on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.schema.error_table import errors_in
from txapi.schema.executing import Answered
from txapi.schema.streaming import NotStreamed
from txapi.web.accepting import language_in, language_of
from txapi.web.answers import HttpError
from txapi.web.asked import asked_from
from txapi.web.live import LINGER_SECONDS, Live, Operate, TooSlow, encoded, errors_of, masked, too_slow
from txapi.web.viewers import Asking, Viewers

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
WEBSOCKET = "websocket"

RESTART, TRY_LATER = 1012, 1013
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NO_PROTOCOL, FAILED = 4400, 4401, 4403, 4406, 4500
INIT_TIMEOUT, ALREADY_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429

MOST_REASON_BYTES = 120
"""The room that a closing frame has for words."""
FINISH_SECONDS = 5.0
"""How long what was asked on a socket may take when the server stops."""


class _Init(msgspec.Struct, tag="connection_init"):
    payload: dict[str, Any] | None = None


class _Ping(msgspec.Struct, tag="ping"):
    payload: dict[str, Any] | None = None


class _Pong(msgspec.Struct, tag="pong"):
    payload: dict[str, Any] | None = None


class _Subscribe(msgspec.Struct, tag="subscribe"):
    id: str
    payload: dict[str, Any]


class _Complete(msgspec.Struct, tag="complete"):
    id: str


_decode = msgspec.json.Decoder(_Init | _Ping | _Pong | _Subscribe | _Complete).decode


class Sockets:
    """Serves every WebSocket of one path. `origins` are those of pages that may open one, besides pages of this server."""

    def __init__(self, live: Live, operate: Operate, viewers: Viewers, origins: Collection[str]) -> None:
        self._live = live
        self._operate = operate
        self._viewers = viewers
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket, until it is closed."""
        await receive()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._is_welcome(headers.get(b"origin"), headers.get(b"host", "")):
            # A page of a stranger would ask in the name of whoever looks at it, and browsers let it.
            await _turn_away(
                scope, send, HttpError(403, "FORBIDDEN_ORIGIN", "pages of that origin may not connect here")
            )
            return
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await _close(send, NO_PROTOCOL, f"the subprotocol is {PROTOCOL}")
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        socket = Socket(self._live, self._operate, self._viewers, headers, receive, send)
        if not self._live.enter(socket, WEBSOCKET):
            await _close(send, TRY_LATER, "TOO_MANY_CONNECTIONS: as many as may are connected; try again later")
            return
        try:
            closed = await socket.serve()
        finally:
            self._live.leave(socket, WEBSOCKET)
        if not closed and (abort := scope.get("extensions", {}).get("txapi.abort")) is not None:
            abort["now"]()

    def _is_welcome(self, origin: str | None, host: str) -> bool:
        if origin is None or "*" in self._origins or origin in self._origins:
            return True
        return origin.partition("://")[2] == host != ""


class Socket:
    """One connected client."""

    def __init__(
        self, live: Live, operate: Operate, viewers: Viewers, headers: dict[bytes, str], receive: Receive, send: Send
    ) -> None:
        self._live = live
        self._operate = operate
        self._viewers = viewers
        self._headers = headers
        self._language = language_of(headers.get(b"accept-language", ""))
        self._receive = receive
        self._send = send
        self._asking: Asking | None = None
        self._began = False
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._streams: set[str] = set()
        self._over: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def close(self, code: int, reason: str = "") -> None:
        """Close the socket, for the first reason that is given; code 0 where the client has gone."""
        if not self._over.done():
            self._over.set_result((code, reason))

    def restart(self) -> None:
        """See `Connection`."""
        self.close(RESTART, "the server restarts: subscribe again after the last position that you know")

    async def serve(self) -> bool:
        """Serve until the socket is over; whether the client was told, or has gone by itself."""
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._read())
        init = loop.call_later(self._live.limits.init_seconds, self._init_is_late)
        try:
            code, reason = await self._over
            if code == RESTART:
                await self._finish()
        finally:
            init.cancel()
            tasks = [reading, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return code == 0 or await _close(self._send, code, reason)

    def _init_is_late(self) -> None:
        if not self._began:
            self.close(INIT_TIMEOUT, "Connection initialisation timeout")

    async def _finish(self) -> None:
        """Answer what was asked once, before the socket is closed because the server stops."""
        for id in self._streams & self._tasks.keys():
            self._tasks[id].cancel()
        asked = [task for id, task in self._tasks.items() if id not in self._streams]
        if asked:
            await asyncio.wait(asked, timeout=FINISH_SECONDS)

    # -- what comes --------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    self.close(0)
                    return
                await self._take(message)
                if self._over.done():
                    return
        except OSError:
            self.close(0)
        except Exception as error:
            masked("a socket", error)
            self.close(FAILED, "Internal server error")

    async def _take(self, message: Message) -> None:
        text = message.get("text")
        if text is None:
            self.close(BAD_MESSAGE, "a message is text")
            return
        try:
            given = _decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self.close(BAD_MESSAGE, f"Invalid message: {error}")
            return
        match given:
            case _Init():
                await self._init(given)
            case _Ping():
                await self._say({"type": "pong", **({} if given.payload is None else {"payload": given.payload})})
            case _Subscribe():
                self._subscribe(given)
            case _Complete():
                if (task := self._tasks.pop(given.id, None)) is not None:
                    self._streams.discard(given.id)
                    task.cancel()
            case _Pong():
                pass

    async def _init(self, message: _Init) -> None:
        if self._began:
            self.close(TOO_MANY_INITS, "Too many initialisation requests")
            return
        self._began = True
        payload = {name.lower(): value for name, value in (message.payload or {}).items()}
        given = payload.get("authorization", self._headers.get(b"authorization"))
        try:
            if given is not None and not isinstance(given, str):
                raise HttpError(401, "UNAUTHENTICATED", "authorization is `Bearer` and a token")
            asking = self._viewers.asking([] if given is None else [given])
        except HttpError as error:
            self.close(FORBIDDEN, f"{error.code}: {error}")
            return
        if asking.until is not None:
            seconds = (asking.until - datetime.now(UTC)).total_seconds()
            timer = asyncio.get_running_loop().call_later(
                max(0.0, seconds), self.close, FORBIDDEN, "UNAUTHENTICATED: the token has expired"
            )
            self._over.add_done_callback(lambda _: timer.cancel())
        self._asking = asking
        await self._say({"type": "connection_ack"})

    def _subscribe(self, message: _Subscribe) -> None:
        if self._asking is None:
            self.close(UNAUTHORIZED, "Unauthorized")
        elif message.id in self._tasks:
            self.close(ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        else:
            task = asyncio.get_running_loop().create_task(self._answer(message, self._asking))
            self._tasks[message.id] = task
            task.add_done_callback(lambda _: self._forget(message.id, task))

    def _forget(self, id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(id) is task:
            del self._tasks[id]
            self._streams.discard(id)

    # -- what goes ---------------------------------------------------------------------------------------------------

    async def _answer(self, message: _Subscribe, asking: Asking) -> None:
        """Carry one operation out, to its end."""
        id = message.id
        try:
            errors = await self._carry_out(message, asking)
        except TooSlow:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._say({"id": id, "type": "error", "payload": errors_in(self._language, too_slow())})
            self.close(TRY_LATER, "TOO_SLOW: subscribe again after the last position that you know")
            return
        except OSError:
            self.close(0)
            return
        except Exception as error:
            errors = masked("an operation on a socket", error)
        with contextlib.suppress(OSError):
            # Its id is free again before the client can know.
            task = asyncio.current_task()
            assert task is not None
            self._forget(id, task)
            if errors is None:
                await self._say({"id": id, "type": "complete"})
            else:
                await self._say({"id": id, "type": "error", "payload": errors_in(self._language, errors)})

    async def _carry_out(self, message: _Subscribe, asking: Asking) -> list[dict[str, Any]] | None:
        """Tell everything that an operation comes to; the errors for which it is none, or cannot go on."""
        id = message.id
        if len(self._tasks) > (most := self._live.limits.subscriptions):
            return errors_of("TOO_MANY_SUBSCRIPTIONS", f"a connection has at most {most} operations under way")
        try:
            asked = asked_from(message.payload)
        except HttpError as error:
            return errors_of(error.code, str(error))
        checked = await self._live.check(asked, asking, self._language)
        if isinstance(checked, Answered):
            return checked.errors
        if checked.kind != "subscription":
            content = await self._operate(asked, asking, self._language, None)
            await self._say({"id": id, "type": "next", "payload": content})
            return None
        self._streams.add(id)
        head = f'{{"id":{encoded(id)},"type":"next","payload":'
        streamed = self._live.subscription(checked, asking, self._language)
        try:
            async with aclosing(streamed.payloads()) as payloads:  # type: ignore[type-var]
                async for payload in payloads:
                    text = f"{head}{payload.text}}}"
                    await streamed.tell(self._send, {"type": "websocket.send", "text": text}, payload)
        except NotStreamed as stopped:
            return stopped.answered.errors
        return None

    async def _say(self, message: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": encoded(message)})


async def _close(send: Send, code: int, reason: str) -> bool:
    """Close a socket; whether its client took that in time."""
    short = reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore")
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            await send({"type": "websocket.close", "code": code, "reason": short})
    except TimeoutError:
        return False
    except (OSError, RuntimeError):
        # It went by itself meanwhile.
        return True
    return True


async def _turn_away(scope: Scope, send: Send, error: HttpError) -> None:
    """Answer a handshake with an HTTP error, where the server can; it is refused with 403 otherwise."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    response = error.response(language_in(scope))
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": response.raw_headers})
    await send({"type": "websocket.http.response.body", "body": response.body})
