"""Ariadne as its documentation has it: the schema in SDL, resolvers that return rows, a data loader, and its ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, ScalarType, make_executable_schema
from ariadne.asgi import GraphQL
from database import DUE, DUE_AS_OF, HISTORY, PROJECTS, ROWS, Database
from starlette.applications import Starlette

database = Database()
query, project = QueryType(), ObjectType("Project")
instants, days = ScalarType("DateTime"), ScalarType("Date")


@instants.serializer
@days.serializer
def iso(value: Any) -> str:
    """A date or an instant as ISO 8601 has it."""
    return str(value.isoformat())


@query.field("tickets")
async def tickets(_: Any, __: Any, first: int) -> dict[str, Any]:
    return {"nodes": await database.rows(ROWS, (first,))}


@query.field("projects")
async def projects(_: Any, __: Any, first: int) -> dict[str, Any]:
    return {"nodes": await database.rows(PROJECTS, (first,))}


@query.field("openTickets")
async def open_tickets(_: Any, __: Any, first: int) -> dict[str, Any]:
    return {"nodes": await database.rows(DUE, (first,))}


@query.field("openTicketsAsOf")
async def open_tickets_as_of(_: Any, __: Any, at: int, first: int) -> dict[str, Any]:
    return {"nodes": await database.rows(DUE_AS_OF, (at, first))}


@query.field("history")
async def history(_: Any, __: Any, of: str, first: int) -> dict[str, Any]:
    return {"nodes": await database.rows(HISTORY, (of, first))}


@project.field("tickets")
async def tickets_of(of: dict[str, Any], info: Any, first: int) -> dict[str, Any]:
    return {"nodes": await info.context["tickets"].load((of["entity_id"], first))}


async def load(keys: Sequence[tuple[str, int]]) -> list[list[dict[str, Any]]]:
    """The tickets of several projects at once; all of them ask for equally many."""
    return await database.of_projects([id for id, _ in keys], keys[0][1])


def context(*_: Any) -> dict[str, Any]:
    """A loader for each request."""
    return {"tickets": DataLoader(load)}


@asynccontextmanager
async def opened(app: Starlette) -> AsyncIterator[None]:
    """Connect before the first request."""
    await database.open()
    yield


schema = make_executable_schema(
    Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"),
    query,
    project,
    instants,
    days,
    convert_names_case=True,
)
app = Starlette(lifespan=opened)
app.add_route("/graphql", GraphQL(schema, context_value=context, introspection=False))
