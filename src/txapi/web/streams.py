"""Event streams: GraphQL over server-sent events, in the mode in which every operation has a connection of its own.

The id of an event is the position to go on behind: a browser sends the last one that it heard (`Last-Event-ID`) when it
connects again by itself, and the subscription goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from txapi.domain.errors import BadInput
from txapi.schema.error_table import errors_in
from txapi.schema.executing import Answered
from txapi.schema.scalars import parse_position
from txapi.schema.streaming import NotStreamed
from txapi.web.answers import HttpError
from txapi.web.live import LINGER_SECONDS, Live, Operate, TooSlow, encoded, errors_of, masked

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from txapi.web.asked import Asked
    from txapi.web.viewers import Asking

log = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
SSE = "sse"

KEEP_ALIVE_SECONDS = 15.0
"""How long a connection may be silent before a comment is sent, so that nobody in between takes it for dead."""
COMMENT = b":\n\n"

NO_COMMANDS = BadInput("BAD_REQUEST", "mutations are not allowed when using GET")


def accepts_stream(request: Request) -> bool:
    """Whether a request wants its answer as an event stream."""
    return EVENT_STREAM in request.headers.get("accept", "").lower()


class Stream:
    """One operation on a connection of its own."""

    def __init__(self, live: Live, operate: Operate, asking: Asking, language: str) -> None:
        self._live = live
        self._operate = operate
        self._asking = asking
        self._language = language
        self._restarting = asyncio.Event()
        self._spoke = 0.0

    def restart(self) -> None:
        """See `Connection`."""
        self._restarting.set()

    async def serve(self, request: Request, asked: Asked | HttpError, send: Send) -> None:
        """Answer with a stream, until it is complete, or the client has gone. HttpError where too many are connected."""
        if not self._live.enter(self, SSE):
            raise HttpError(503, "TOO_MANY_CONNECTIONS", "as many as may are connected; try again later")
        try:
            await self._begin(send)
            over = await self._run(request.receive, self._tell(request, asked, send), send)
            if over is not None:
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._end(send, over)
        except TimeoutError:
            _abort(request.scope)
        except OSError:
            log.debug("a client has gone before the last words")
        finally:
            self._live.leave(self, SSE)

    async def _run(self, receive: Receive, telling: Coroutine[Any, Any, bytes], send: Send) -> bytes | None:
        """Tell, until that ends, the client goes, the token ends or the server stops; the last words, None for nobody hears any."""
        loop = asyncio.get_running_loop()
        tell, gone = loop.create_task(telling), loop.create_task(_gone(receive))
        restart = loop.create_task(self._restarting.wait())
        ends = self._asking.until
        expires = None if ends is None else loop.time() + (ends - datetime.now(UTC)).total_seconds()
        try:
            while True:
                wait = KEEP_ALIVE_SECONDS if expires is None else min(KEEP_ALIVE_SECONDS, expires - loop.time())
                done, _ = await asyncio.wait(
                    {tell, gone, restart}, timeout=max(0.0, wait), return_when=asyncio.FIRST_COMPLETED
                )
                if gone in done:
                    return None
                if tell in done:
                    return tell.result()
                if restart in done:
                    # Without the word that it is complete: whoever hears that does not come back.
                    return b""
                if expires is not None and loop.time() >= expires:
                    return self._last(errors_of("UNAUTHENTICATED", "the token has expired"))
                if loop.time() - self._spoke >= KEEP_ALIVE_SECONDS:
                    # A client that takes nothing is not waited for here.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            await self._say(send, COMMENT)
        finally:
            for task in (tell, gone, restart):
                task.cancel()
            await asyncio.gather(tell, gone, restart, return_exceptions=True)

    async def _tell(self, request: Request, asked: Asked | HttpError, send: Send) -> bytes:
        """Tell everything that the operation comes to; the last words."""
        try:
            return await self._told(request, asked, send)
        except TooSlow as slow:
            return self._last(errors_of(slow.code, str(slow)))
        except NotStreamed as stopped:
            return self._last(stopped.answered.errors)
        except OSError:
            return b""
        except Exception as error:
            return self._last(masked("a stream", error))

    async def _told(self, request: Request, asked: Asked | HttpError, send: Send) -> bytes:
        if isinstance(asked, HttpError):
            return self._last(errors_of(asked.code, str(asked)))
        try:
            resume = _resume(request)
        except BadInput as error:
            return self._last(errors_of(error.code, f"Last-Event-ID: {error}"))
        checked = await self._live.check(asked, self._asking, self._language)
        if isinstance(checked, Answered):
            return self._last(checked.errors)
        if checked.kind != "subscription":
            only = NO_COMMANDS if request.method == "GET" else None
            content = await self._operate(asked, self._asking, self._language, only)
            return _event("next", encoded(content)) + COMPLETE
        streamed = self._live.subscription(checked, self._asking, self._language, resume)
        async with aclosing(streamed.payloads()) as payloads:  # type: ignore[type-var]
            async for payload in payloads:
                body = _event("next", payload.text, payload.position)
                await streamed.tell(send, {"type": "http.response.body", "body": body, "more_body": True}, payload)
                self._spoke = asyncio.get_running_loop().time()
        return b"" if self._live.tail.ended else COMPLETE

    async def _begin(self, send: Send) -> None:
        headers = {
            "content-type": f"{EVENT_STREAM}; charset=utf-8",
            "content-language": self._language,
            "cache-control": "no-store",
            "x-accel-buffering": "no",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await self._say(send, COMMENT)

    async def _say(self, send: Send, body: bytes) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        self._spoke = asyncio.get_running_loop().time()

    def _last(self, errors: list[dict[str, Any]]) -> bytes:
        return _last(errors_in(self._language, errors))

    async def _end(self, send: Send, last: bytes) -> None:
        await send({"type": "http.response.body", "body": last, "more_body": False})


def _event(name: str, data: str, id: int | None = None) -> bytes:
    head = "" if id is None else f"id: {id}\n"
    return f"{head}event: {name}\ndata: {data}\n\n".encode()


COMPLETE = b"event: complete\ndata:\n\n"


def _last(errors: list[dict[str, Any]]) -> bytes:
    """The errors for which an operation is none, or cannot go on, and that this is all."""
    return _event("next", encoded({"errors": errors})) + COMPLETE


def _resume(request: Request) -> int:
    """The position that a browser goes on behind which connects again; 0 where it connects for the first time."""
    given = request.headers.get("last-event-id", "")
    return parse_position(given) if given else 0


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _abort(scope: Scope) -> None:
    """Let go of a connection that takes nothing, not even the last words."""
    if (abort := scope.get("extensions", {}).get("txapi.abort")) is not None:
        abort["now"]()
