"""Strawberry as its documentation has it: types, resolvers, a data loader for what belongs to several, and its ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

import strawberry
from database import DUE, DUE_AS_OF, HISTORY, PROJECTS, ROWS, Database
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

database = Database()


@strawberry.type
class Ticket:
    """One ticket."""

    entity_id: str
    number: str | None
    origin: str
    category: str
    subject: str
    body: str
    state: str
    escalation: str
    issued_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: dict[str, Any]) -> Ticket:
        return cls(
            entity_id=row["entity_id"],
            number=row["number"],
            origin=row["origin"],
            category=row["category"],
            subject=row["subject"],
            body=row["body"],
            state=row["state"],
            escalation=row["escalation"],
            issued_at=row["issued_at"],
            version=row["version"],
        )


@strawberry.type
class TicketPage:
    """Some tickets."""

    nodes: list[Ticket]

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> TicketPage:
        return cls(nodes=[Ticket.of(row) for row in rows])


@strawberry.type
class Project:
    """One project."""

    entity_id: str
    code: str
    name: str
    kind: str
    condition: str
    capital: str
    introduced_on: date | None
    version: int

    @strawberry.field
    async def tickets(self, info: Info, first: int) -> TicketPage:
        return TicketPage.of(await info.context["tickets"].load((self.entity_id, first)))


@strawberry.type
class ProjectPage:
    """Some projects."""

    nodes: list[Project]


@strawberry.type
class Event:
    """What happened to a noun."""

    position: int
    type: str
    noun_version: int
    decided_at: datetime
    recorded_at: datetime


@strawberry.type
class EventPage:
    """Some events."""

    nodes: list[Event]


@strawberry.type
class Query:
    """The questions."""

    @strawberry.field
    async def tickets(self, first: int) -> TicketPage:
        return TicketPage.of(await database.rows(ROWS, (first,)))

    @strawberry.field
    async def projects(self, first: int) -> ProjectPage:
        return ProjectPage(nodes=[Project(**row) for row in await database.rows(PROJECTS, (first,))])

    @strawberry.field
    async def open_tickets(self, first: int) -> TicketPage:
        return TicketPage.of(await database.rows(DUE, (first,)))

    @strawberry.field
    async def open_tickets_as_of(self, at: int, first: int) -> TicketPage:
        return TicketPage.of(await database.rows(DUE_AS_OF, (at, first)))

    @strawberry.field
    async def history(self, of: str, first: int) -> EventPage:
        return EventPage(nodes=[Event(**row) for row in await database.rows(HISTORY, (of, first))])


async def tickets_of(keys: list[tuple[str, int]]) -> list[list[dict[str, Any]]]:
    """The tickets of several projects at once; all of them ask for equally many."""
    return await database.of_projects([id for id, _ in keys], keys[0][1])


class Application(GraphQL[Any, Any]):
    """Its application, with a loader for each request."""

    async def get_context(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {"tickets": DataLoader(load_fn=tickets_of)}


@asynccontextmanager
async def opened(app: Starlette) -> AsyncIterator[None]:
    """Connect before the first request."""
    await database.open()
    yield


app = Starlette(lifespan=opened)
app.add_route("/graphql", Application(strawberry.Schema(query=Query), graphql_ide=None))
