"""The least that can answer: a Starlette application that gives the same bytes each time. What a server is compared with."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWER = b"x" * int(os.environ.get("TRIVIAL_BYTES", "1000"))


async def answer(request: Request) -> Response:
    """Read the body, as every server must, and answer."""
    await request.body()
    return Response(ANSWER, media_type="application/json")


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
