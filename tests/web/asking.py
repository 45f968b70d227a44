"""An app that is asked in this process, without a server in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx

from txapi.domain.event import Actor, Role
from txapi.settings import Settings
from txapi.web.app import create_app
from txapi.web.instance import Instance
from txapi.web.shorts import Shorts
from txapi.web.tokens import Tokens


class Client:
    """Asks an app without a server in between."""

    def __init__(self, instance: Instance, folder: Path, shorts: Shorts | None = None, /, **settings: str) -> None:
        told = Settings.from_environment({"TXAPI_ANONYMOUS_ROLE": "reader", **settings})
        self.tokens = Tokens.from_file(folder / "key.pem")
        self.app = create_app(instance, told, self.tokens, shorts=shorts)

    def token(self, role: Role = Role.ADMINISTRATOR) -> str:
        """A token that this app reads."""
        return self.tokens.issue(f"test.{role.value}", role, None, timedelta(hours=1))

    def header_of(self, actor: Actor | None) -> dict[str, str]:
        """The header that says who somebody is; none of nobody."""
        if actor is None:
            return {}
        return {
            "authorization": f"Bearer {self.tokens.issue(actor.subject, actor.role, actor.unit, timedelta(hours=1))}"
        }

    def post(self, query: str, variables: Any = None, token: str | None = None, **headers: str) -> httpx.Response:
        """The response to an operation; headers with underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        return self.ask("POST", "/graphql", json={"query": query, "variables": variables}, headers=given)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The response to a request."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **more)

        return anyio.run(asked)
