"""WebSockets: the protocol graphql-transport-ws, in which a client has any number of operations under way on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.errors import BadInput
from txapi.schema.error_table import errors_in, said_in
from txapi.schema.executing import Answered
from txapi.schema.streaming import NotStreamed
from txapi.web.accepting import language_in, language_of
from txapi.web.answers import HttpError
from txapi.web.asked import asked_from
from txapi.web.live import LINGER_SECONDS, Live, Operate, TooSlow, encoded, errors_of, masked
from txapi.web.viewers import Asking, Viewers

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

Why = BadInput | HttpError
"""Why a socket is closed: a code of the table of errors, and what it says in English."""

PROTOCOL = "graphql-transport-ws"
WEBSOCKET = "websocket"

RESTART, TRY_LATER = 1012, 1013
BAD_MESSAGE, UNAUTHORIZED, FORBIDDEN, NO_PROTOCOL, FAILED = 4400, 4401, 4403, 4406, 4500
INIT_TIMEOUT, ALREADY_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429

TOO_MUCH = 1008
MESSAGES_A_SECOND = 20
"""How many messages of a socket are read, on average; more wait until it is time, and so does whoever sends them."""
MESSAGES_AT_ONCE = 200
"""Twice what one socket may have under way: who comes back and begins everything anew waits for nothing."""
FLOOD_SECONDS = 30.0
"""How long a socket may go on sending more than is read, before it is closed."""

MOST_REASON_BYTES = 123
"""The room that a closing frame has for words (RFC 6455, section 5.5: 125 bytes, of which the code takes two)."""
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
    """Serves every WebSocket of one path. Those of strangers' pages do not come so far: see `guard`."""

    def __init__(self, live: Live, operate: Operate, viewers: Viewers) -> None:
        self._live = live
        self._operate = operate
        self._viewers = viewers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket, until it is closed."""
        await receive()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            why = BadInput("NO_PROTOCOL", "the subprotocol is graphql-transport-ws")
            await _close(send, NO_PROTOCOL, why, language_in(scope))
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        host = (scope.get("client") or (None,))[0]
        socket = Socket(self._live, self._operate, self._viewers, headers, host, receive, send)
        if not self._live.enter(socket, WEBSOCKET):
            full = BadInput("TOO_MANY_CONNECTIONS", "as many as may are connected; try again later")
            await _close(send, TRY_LATER, full, language_in(scope))
            return
        try:
            closed = await socket.serve()
        finally:
            self._live.leave(socket, WEBSOCKET)
        if not closed and (abort := scope.get("extensions", {}).get("txapi.abort")) is not None:
            abort["now"]()


class Socket:
    """One connected client."""

    def __init__(
        self,
        live: Live,
        operate: Operate,
        viewers: Viewers,
        headers: dict[bytes, str],
        host: str | None,
        receive: Receive,
        send: Send,
    ) -> None:
        self._live = live
        self._operate = operate
        self._viewers = viewers
        self._headers = headers
        self._host = host
        self._language = language_of(headers.get(b"accept-language", ""))
        self._receive = receive
        self._send = send
        self._asking: Asking | None = None
        self._began = False
        self._messages = float(MESSAGES_AT_ONCE)
        self._counted = asyncio.get_running_loop().time()
        self._ahead_since: float | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._streams: set[str] = set()
        self._over: asyncio.Future[tuple[int, Why | None]] = asyncio.get_running_loop().create_future()

    def close(self, code: int, why: Why | None = None) -> None:
        """Close the socket, for the first reason that is given; code 0 and no reason where the client has gone."""
        if not self._over.done():
            self._over.set_result((code, why))

    def restart(self) -> None:
        """See `Connection`."""
        self.close(
            RESTART,
            BadInput("RESTARTING", "the server restarts: subscribe again after the last position that you know"),
        )

    async def serve(self) -> bool:
        """Serve until the socket is over; whether the client was told, or has gone by itself."""
        loop = asyncio.get_running_loop()
        reading = loop.create_task(self._read())
        init = loop.call_later(self._live.limits.init_seconds, self._init_is_late)
        try:
            code, why = await self._over
            if code == RESTART:
                await self._finish()
        finally:
            init.cancel()
            tasks = [reading, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return why is None or await _close(self._send, code, why, self._language)

    def _init_is_late(self) -> None:
        if not self._began:
            self.close(INIT_TIMEOUT, BadInput("INIT_TIMEOUT", "Connection initialisation timeout"))

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
                if not await self._keeps_pace():
                    why = f"a socket takes {MESSAGES_A_SECOND} messages a second"
                    self.close(TOO_MUCH, BadInput("TOO_MANY_MESSAGES", why))
                    return
                await self._take(message)
                if self._over.done():
                    return
        except OSError:
            self.close(0)
        except Exception as error:
            [told] = masked("a socket", error)
            self.close(FAILED, BadInput("INTERNAL", told["message"]))

    async def _keeps_pace(self) -> bool:
        """Wait until it is time for a message more, for what is not read is not sent either; False after too long of that."""
        now = asyncio.get_running_loop().time()
        self._messages = min(MESSAGES_AT_ONCE, self._messages + (now - self._counted) * MESSAGES_A_SECOND) - 1
        self._counted = now
        if self._messages >= 0:
            self._ahead_since = None
            return True
        if self._ahead_since is None:
            self._ahead_since = now
        if now - self._ahead_since >= FLOOD_SECONDS:
            return False
        await asyncio.sleep(-self._messages / MESSAGES_A_SECOND)
        return True

    async def _take(self, message: Message) -> None:
        text = message.get("text")
        if text is None:
            self.close(BAD_MESSAGE, BadInput("BAD_MESSAGE", "a message is text"))
            return
        try:
            given = _decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            self.close(BAD_MESSAGE, BadInput("BAD_MESSAGE", f"Invalid message: {error}"))
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
            self.close(TOO_MANY_INITS, BadInput("TOO_MANY_INITS", "Too many initialisation requests"))
            return
        self._began = True
        payload = {name.lower(): value for name, value in (message.payload or {}).items()}
        given = payload.get("authorization", self._headers.get(b"authorization"))
        try:
            if given is not None and not isinstance(given, str):
                raise HttpError(401, "UNAUTHENTICATED", "authorization is `Bearer` and a token")
            asking = await self._viewers.asking([] if given is None else [given], self._host)
        except HttpError as error:
            self.close(FORBIDDEN, error)
            return
        if asking.until is not None:
            seconds = (asking.until - datetime.now(UTC)).total_seconds()
            timer = asyncio.get_running_loop().call_later(
                max(0.0, seconds), self.close, FORBIDDEN, BadInput("UNAUTHENTICATED", "the token has expired")
            )
            self._over.add_done_callback(lambda _: timer.cancel())
        self._asking = asking
        await self._say({"type": "connection_ack"})

    def _subscribe(self, message: _Subscribe) -> None:
        if self._asking is None:
            self.close(UNAUTHORIZED, BadInput("UNAUTHENTICATED", "connection_init comes first"))
        elif message.id in self._tasks:
            exists = BadInput("SUBSCRIBER_EXISTS", f"Subscriber for {message.id} already exists")
            self.close(ALREADY_EXISTS, exists)
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
        except TooSlow as slow:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._say(
                        {
                            "id": id,
                            "type": "error",
                            "payload": errors_in(self._language, errors_of(slow.code, str(slow))),
                        }
                    )
            self.close(TRY_LATER, slow)
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


async def _close(send: Send, code: int, why: Why, language: str) -> bool:
    """Close a socket, with the reason in a language; whether its client took that in time."""
    reason = f"{why.code}: {said_in(language, why.code, str(why))}"
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
