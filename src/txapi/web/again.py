"""Asked again 再问: a question that was sent before, byte for byte, need not be read again; the answer to it is found as ever.

What a request asks follows from its bytes: whether it may, in which form and language it is to be answered, which operation it is. So
this is remembered of questions that were answered, and nothing else of them is. Whose token it is, whether it still holds, what the
client has left, where the record stands, what the clock says: that is asked each time.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.record.spans import are_collected
from txapi.web.exchange import Told
from txapi.web.logs import request_id, request_id_of
from txapi.web.shield import REQUEST_ID_HEADER, log, replaying
from txapi.web.viewers import Asking

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from txapi.web.exchange import Answer, Exchange

PATH = "/graphql"
LEARNS = "txapi.again"
"""Where in a request's scope the door finds the `Learning`."""
MOST_KNOWN = 5_000
"""How many requests are known again, at most."""
MOST_DOCUMENT = 16 * 1024
"""The longest request that is: longer ones are seldom sent twice, and what they ask is remembered, too."""
MOST_OF_ONE = 48 * 1024
"""How many bytes the largest of them takes: a body of that length may hold thousands of empty lists, each of which takes 56, and"""
MOST_BYTES = 16 * 1024 * 1024
"""all of them together, at most."""
OF_AN_ENTRY = 1_500
"""What one takes beside its document, the values of its variables and the headers of its answers."""
OF_ITS_OWN = frozenset(
    {REQUEST_ID_HEADER, b"content-length", b"ratelimit", b"ratelimit-policy", b"retry-after", b"x-txapi-clock"}
)
"""The headers that each answer has of its own; all others follow from what was asked."""


@dataclass(slots=True)
class Learning:
    """What is learnt of one request: how it was read, told by the door if it is a question."""

    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A request that was read, and the headers that every answer to it has."""

    exchange: Exchange
    headers: list[tuple[bytes, bytes]]
    size: int
    """How many bytes it takes."""


class Again:
    """Stands before everything. `answer` finds the answer to what was read before, by whoever the authorization headers of the request
    say; an error where that is to be found out on the usual way. `answered` is told route, status, seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        answer: Callable[[Exchange, Scope, list[str]], Awaitable[Answer]],
        answered: Callable[[str, int, float], None] | None = None,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._answer = answer
        self._answered = answered
        self._leaving = leaving
        self._known: OrderedDict[bytes, _Read] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        # Who looks closer, by a trace or by a line of each request, sees the whole way.
        if (
            scope["type"] != "http"
            or scope["path"] != PATH
            or scope["method"] != "POST"
            or self._leaving()
            or are_collected()
            or log.isEnabledFor(logging.DEBUG)
            or not 0 < _length(scope) <= MOST_DOCUMENT
        ):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        came = [await receive()]
        body = came[0].get("body", b"")
        while came[-1].get("more_body"):
            came.append(await receive())
            body += came[-1].get("body", b"")
        again = replaying(came, receive)
        if came[-1]["type"] != "http.request":
            await self._app(scope, again, send)
            return
        named = b""
        given: list[str] = []
        parts: list[bytes] = []
        for name, value in scope["headers"]:
            if name == REQUEST_ID_HEADER:
                named = named or value
            else:
                parts += (name, value)
                if name == b"authorization":
                    given.append(value.decode("latin-1"))
        # No header holds a line end, and none has an empty name, so no two requests come to the same; and no token is remembered.
        digest = hashlib.blake2b(b"\n".join((*parts, b"", body)), digest_size=32).digest()
        read = self._known.get(digest)
        if read is None or self._leaving():
            await self._learning(digest, scope, again, send)
            return
        own_id = request_id_of(named.decode("latin-1"))
        request_id.set(own_id)
        try:
            answer = await self._answer(read.exchange, scope, given)
        except Exception:
            # It comes again on the usual way, where it is told, masked and logged.
            await self._app(scope, again, send)
            return
        self._known.move_to_end(digest)
        told = answer.content if isinstance(answer.content, bytes) else msgspec.json.encode(answer.content)
        headers = [*read.headers, (b"content-length", b"%d" % len(told)), (REQUEST_ID_HEADER, own_id.encode())]
        headers += [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        if answer.clock is not None:
            headers.append((b"x-txapi-clock", answer.clock.isoformat().encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": told})
        if self._answered is not None:
            self._answered(PATH, answer.status, time.perf_counter() - began)

    async def _learning(self, digest: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered on the usual way, and remember how it was read if it is a question."""
        learning = scope[LEARNS] = Learning()

        async def seen(message: Message) -> None:
            exchange = learning.exchange
            if exchange is not None and message["type"] == "http.response.start" and message["status"] == 200:
                said = [(name, value) for name, value in message["headers"] if name.lower() not in OF_ITS_OWN]
                self._keep(digest, exchange, said)
            await send(message)

        await self._app(scope, receive, seen)

    def _keep(self, digest: bytes, exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> None:
        operation = exchange.asked.operation
        size = OF_AN_ENTRY + _size([operation.document, operation.variables, headers], MOST_OF_ONE)
        if size > MOST_OF_ONE:
            return
        # Who asked and from where is no part of it: that would hold his connection and, with its headers, his token.
        read = replace(exchange, asking=Asking(), told=Told(), is_gone=_never)
        replaced = self._known.pop(digest, None)
        self._size += size - (0 if replaced is None else replaced.size)
        self._known[digest] = _Read(read, headers, size)
        while len(self._known) > MOST_KNOWN or self._size > MOST_BYTES:
            self._size -= self._known.popitem(last=False)[1].size


def _never() -> bool:
    return False


def _size(values: list[Any], most: int) -> int:
    """How many bytes something takes that was read from JSON; as soon as that is more than `most`, nobody looks further."""
    size, waiting = 0, values
    while waiting and size <= most:
        value = waiting.pop()
        size += sys.getsizeof(value)
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
    return size


def _length(scope: Scope) -> int:
    """How long the body is said to be, 0 where nothing is said: of what nobody knows the end, the shield sees to it."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
