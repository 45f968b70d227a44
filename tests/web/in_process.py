"""An app asked in this process: no server, no thread, one request after the other."""

from __future__ import annotations

import anyio
import httpx
from starlette.applications import Starlette

HERE = ("127.0.0.1", 40_000)


class InProcess:
    """Asks an app as a browser at `client` does, that knows the server by `address`."""

    def __init__(self, app: Starlette, address: str = "http://127.0.0.1:8000", client: tuple[str, int] = HERE) -> None:
        self._app = app
        self._address = address
        self._client = client

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """The answer to a GET."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, client=self._client)
            async with httpx.AsyncClient(transport=transport, base_url=self._address) as client:
                return await client.get(path, headers=headers)

        return anyio.run(ask)
