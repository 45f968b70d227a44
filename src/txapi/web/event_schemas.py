"""The published schemas of events 事件格式, where the `dataschema` of what webhooks are told says that they are."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def schemas_folder() -> Path:
    """Where the schemas lie: inside the installed package, or in the source tree."""
    here = Path(__file__).resolve()
    installed = here.parents[1] / "events"
    return installed if installed.is_dir() else here.parents[3] / "domain" / "events"


class EventSchemas:
    """`/events/ticket.issued.v1.json`: the form of an event, which never changes under that name."""

    def __init__(self) -> None:
        self._paths = {path.name: path for path in schemas_folder().glob("*.json")}

    def route(self) -> Route:
        """Where they are asked for."""
        return Route("/events/{name}", self._schema)

    async def _schema(self, request: Request) -> Response:
        path = self._paths.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        body = await anyio.to_thread.run_sync(path.read_bytes)
        return Response(body, media_type="application/schema+json", headers={"cache-control": "public, max-age=86400"})
