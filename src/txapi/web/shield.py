"""The shield: around every route. Bodies have a limit, every request has an id, a span and a line, no surprise leaves unmasked."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import anyio
from opentelemetry import propagate, trace
from opentelemetry.trace import INVALID_SPAN, SpanKind

from txapi.record.spans import are_collected, span
from txapi.schema.error_table import errors_in
from txapi.web.accepting import language_in
from txapi.web.answers import HttpError, error_body, json_response
from txapi.web.logs import request_id, request_id_of
from txapi.web.tracing import Headers

if TYPE_CHECKING:
    from opentelemetry.trace import Span
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

LINGER_SECONDS = 2.0
LINGER_BYTES = 64 * 1024 * 1024

TREES = frozenset({"/console", "/demo", "/export", "/files", "/import", "/log"})
"""Routes below which there are others, which are not told apart."""

ROUTES = TREES | {"/", "/graphql", "/healthz", "/readyz", "/metrics"}
STREAMED = frozenset({("POST", "/files")})
"""What takes a body piece by piece, and bounds it itself."""
LOOKED_AT = frozenset({"/healthz", "/readyz", "/metrics"})
"""What machines ask every few seconds, and nobody wants a trace of."""
REQUEST_ID_HEADER = b"x-request-id"


class Shield:
    """Stands around every route. `max_body_bytes` is the largest request body that it lets in.

    `answered` is told each request's route, status and seconds. `leaving` says whether connections shall end with their
    answers, so that clients come to another server in time.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        answered: Callable[[str, int, float], None] | None = None,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._answered = answered
        self._leaving = leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        route = route_of(scope["path"])
        given = next((value for name, value in scope["headers"] if name == REQUEST_ID_HEADER), b"")
        own_id = request_id_of(given.decode("latin-1"))
        request_id.set(own_id)
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, own_id.encode())]
                if self._leaving():
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        with _spanned(scope, route) as told:
            await self._serve(scope, receive, noted, lambda: status)
            seconds = time.perf_counter() - began
            told.set_attribute("http.response.status_code", status)
            log.debug(
                "request method=%s path=%s status=%d ms=%.2f", scope["method"], scope["path"], status, seconds * 1000
            )
        if self._answered is not None:
            self._answered(route, status, seconds)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, status: Callable[[], int]) -> None:
        try:
            if (scope["method"], scope["path"]) in STREAMED:
                await self._app(scope, receive, send)
                return
            body = await self._body(scope, receive)
            if body is None:
                await self._refuse_body(scope, receive, send)
            else:
                whole: Message = {"type": "http.request", "body": body, "more_body": False}
                await self._app(scope, replaying([whole], receive), send)
        except Exception:
            error_id = secrets.token_hex(8)
            log.exception("error %s method=%s path=%s", error_id, scope["method"], scope["path"])
            if not status():
                content = error_body(f"unexpected error {error_id}", "INTERNAL", errorId=error_id)
                content["errors"] = errors_in(language_in(scope), content["errors"])
                masked = json_response(content, 500)
                await masked(scope, receive, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None as soon as it is known to be too large."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._max_body_bytes:
                return None
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b""
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_body_bytes:
                return None
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)

    async def _refuse_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say 413 at once, and throw away what is still on its way, for a while: a reset would outrun the answer."""
        most = self._max_body_bytes
        refusal = HttpError(
            413, "BODY_TOO_LARGE", f"a request body has at most {most} bytes", {"connection": "close"}
        ).response(language_in(scope))
        await send({"type": "http.response.start", "status": 413, "headers": refusal.raw_headers})
        await send({"type": "http.response.body", "body": refusal.body, "more_body": True})
        dropped = 0
        with anyio.move_on_after(LINGER_SECONDS):
            while dropped < LINGER_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def route_of(path: str) -> str:
    """Which of our few routes a path belongs to; `other` where it belongs to none."""
    first = "/" + path[1:].partition("/")[0]
    return first if first in ROUTES and (first == path or first in TREES) else "other"


def _spanned(scope: Scope, route: str) -> AbstractContextManager[Span]:
    """A span around the request, in the trace that its headers name; without a collector log lines still name that trace."""
    if route in LOOKED_AT:
        return nullcontext(INVALID_SPAN)
    if not are_collected():
        within = propagate.extract(scope, getter=_HEADERS) if _HEADERS.get(scope, "traceparent") else None
        return trace.use_span(trace.get_current_span(within))
    method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "_OTHER"
    return span(
        f"{method} {route}",
        {"http.request.method": method, "http.route": route, "txapi.request_id": request_id.get()},
        within=propagate.extract(scope, getter=_HEADERS),
        kind=SpanKind.SERVER,
    )


_HEADERS = Headers()


def replaying(came: list[Message], receive: Receive) -> Receive:
    """A `receive` that gives the messages that came already, and then what follows."""
    left = iter(came)

    async def again() -> Message:
        return next(left, None) or await receive()

    return again
