"""The door of a witness 见证人入口: `POST /add-checkpoint` for logs, `GET /<origin hash>/checkpoint` for monitors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from txapi.web.shield import Shield

if TYPE_CHECKING:
    from starlette.requests import Request

    from txapi.audit.witness import Reply, Witness

MOST_BODY_BYTES = 256 * 1024
"""The largest request: a proof of 63 hashes and a checkpoint with some forty of the largest signatures."""

THREADS = 8


class WitnessDoor:
    """The routes of a witness that somebody else opens and closes."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._limiter = anyio.CapacityLimiter(THREADS)

    async def add_checkpoint(self, request: Request) -> Response:
        """Cosign a checkpoint, or say why not (C2SP tlog-witness, "add-checkpoint")."""
        body = await request.body()
        work = partial(self._witness.add_checkpoint, body)
        return _response(await anyio.to_thread.run_sync(work, limiter=self._limiter))

    async def checkpoint(self, request: Request) -> Response:
        """The last checkpoint of a log that was cosigned (C2SP tlog-witness, "Monitor Retrieval Mechanism")."""
        work = partial(self._witness.checkpoint, request.path_params["origin_hash"])
        return _response(await anyio.to_thread.run_sync(work, limiter=self._limiter))

    async def front_page(self, request: Request) -> Response:
        """Who this is, in words: the line that a policy needs, and the logs that are known."""
        key = self._witness.key
        logs = "".join(f"  {origin}\n" for origin in self._witness.origins)
        return PlainTextResponse(
            f"{key.name}: a witness of transparency logs (c2sp.org/tlog-witness).\n\n"
            f"witness {key.name} {key.vkey} {str(request.base_url).rstrip('/')}\n\nIt cosigns for\n{logs}"
        )

    async def healthz(self, request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("healthy\n")


def create_witness_app(witness: Witness) -> Starlette:
    """The ASGI app of a witness."""
    door = WitnessDoor(witness)
    return Starlette(
        routes=[
            Route("/", door.front_page),
            Route("/healthz", door.healthz),
            Route("/add-checkpoint", door.add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", door.checkpoint),
        ],
        middleware=[Middleware(Shield, max_body_bytes=MOST_BODY_BYTES)],
    )


def _response(reply: Reply) -> Response:
    response = Response(reply.body, reply.status, {"cache-control": "no-store"})
    # Said exactly: the library would add a charset to every text type, and clients compare this one.
    response.headers["content-type"] = reply.content_type
    return response
