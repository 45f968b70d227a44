"""The shield: around every route, bodies have a limit, every request leaves a line, and no surprise leaves unmasked."""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING

import anyio

from txapi.web.answers import HttpError, error_body, json_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

LINGER_SECONDS = 2.0
LINGER_BYTES = 64 * 1024 * 1024


class Shield:
    """Stands around every route. `max_body_bytes` is the largest request body that it lets in."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            body = await self._body(scope, receive)
            if body is None:
                await self._refuse_body(scope, receive, noted)
            else:
                await self._app(scope, _replaying(body, receive), noted)
        except Exception:
            error_id = secrets.token_hex(8)
            log.exception("error %s method=%s path=%s", error_id, scope["method"], scope["path"])
            if not status:
                masked = json_response(error_body(f"unexpected error {error_id}", "INTERNAL", errorId=error_id), 500)
                await masked(scope, receive, noted)
        took_ms = (time.perf_counter() - began) * 1000
        log.debug("request method=%s path=%s status=%d ms=%.2f", scope["method"], scope["path"], status, took_ms)

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
        ).response()
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


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read already, and then what follows."""
    given = False

    async def again() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again
