"""The endpoint that one would write by hand: no GraphQL, one statement that returns the JSON of the answer, sent as it comes.

`PEERS_DSN` names a database with the tables of `_flat.py` in its schema `peers`, or `PEERS_SQLITE` a file with the same tables. It is
as good as one can write it with psycopg and sqlite3: prepared statements, connections kept, JSON neither read nor written in Python.
What it lacks beside the product: fields by choice, roles, restricted reading, limits, idempotent commands, a history of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import psycopg
from psycopg.adapt import Loader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from statements import APPEND_POSTGRESQL, APPEND_SQLITE, PARAMETERS, POSTGRESQL, SQLITE

CONNECTIONS = 16


class Store(Protocol):
    """Where the answers come from."""

    statements: dict[str, str]
    append: str

    async def open(self) -> None:
        """Connect."""

    async def one(self, statement: str, parameters: dict[str, Any]) -> bytes:
        """The one value that a statement returns."""


class _Verbatim(Loader):
    """JSON as the bytes that PostgreSQL sends."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


class OnPostgreSQL:
    """Over connections that are kept, each with its prepared statements."""

    statements, append = POSTGRESQL, APPEND_POSTGRESQL

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._free: list[psycopg.AsyncCursor[Any]] = []
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def open(self) -> None:
        for _ in range(CONNECTIONS):
            connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
            connection.adapters.register_loader("json", _Verbatim)
            self._free.append(connection.cursor())

    async def one(self, statement: str, parameters: dict[str, Any]) -> bytes:
        async with self._turns:
            cursor = self._free.pop()
            try:
                await cursor.execute(statement, parameters, prepare=True)
                [found] = await cursor.fetchone() or ()
            finally:
                self._free.append(cursor)
        assert isinstance(found, bytes)
        return found


class OnSQLite:
    """From a file, on the event loop: a statement takes less than to hand it to a thread."""

    statements, append = SQLITE, APPEND_SQLITE

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    async def open(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "mmap_size=1073741824", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}").fetchall()

    async def one(self, statement: str, parameters: dict[str, Any]) -> bytes:
        [found] = self._connection.execute(statement, parameters).fetchone()
        assert isinstance(found, bytes)
        return found


def of_environment() -> Store:
    """The store that the environment names."""
    dsn = os.environ.get("PEERS_DSN")
    return OnPostgreSQL(dsn) if dsn else OnSQLite(os.environ["PEERS_SQLITE"])


store = of_environment()


def answering(name: str) -> Callable[[Request], Awaitable[Response]]:
    """What answers one of the questions."""
    statement, names = store.statements[name], PARAMETERS[name]

    async def answer(request: Request) -> Response:
        asked = json.loads(await request.body())
        found = await store.one(statement, {name: asked[name] for name in names})
        return Response(found, media_type="application/json")

    return answer


async def draft(request: Request) -> Response:
    """A row, appended in a transaction of its own."""
    asked = json.loads(await request.body())
    given = {name: asked[name] for name in ("category", "subject", "body", "issuer", "handler")}
    found = await store.one(store.append, {"id": str(uuid.uuid4()), **given})
    return Response(found, media_type="application/json")


@asynccontextmanager
async def opened(app: Starlette) -> AsyncIterator[None]:
    """Connect before the first request."""
    await store.open()
    yield


app = Starlette(
    routes=[
        *(Route(f"/{name}", answering(name), methods=["POST"]) for name in PARAMETERS),
        Route("/draft", draft, methods=["POST"]),
    ],
    lifespan=opened,
)
