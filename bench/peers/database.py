"""What the peers in Python read from PostgreSQL: rows as dictionaries, over connections that are kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

CONNECTIONS = 16

TICKET = "entity_id, project_id, number, origin, category, subject, body, state, escalation, issued_at, version"
ROWS = f"SELECT {TICKET} FROM peers.tickets ORDER BY issued_at DESC NULLS LAST, entity_id LIMIT %s"
DUE = f"SELECT {TICKET} FROM peers.tickets WHERE is_open ORDER BY limit_due, entity_id LIMIT %s"
DUE_AS_OF = (
    "SELECT entity_id, number, origin, category, subject, body, state, escalation, issued_at, version FROM peers.ticket_versions"
    " WHERE is_open AND int8range(since, until) @> %s::bigint ORDER BY limit_due, entity_id LIMIT %s"
)
PROJECTS = "SELECT entity_id, code, name, kind, condition, capital, introduced_on, version FROM peers.projects ORDER BY code LIMIT %s"
OF_PROJECTS = f"""
SELECT t.* FROM unnest(%s::text[]) p(id) CROSS JOIN LATERAL (
  SELECT {TICKET} FROM peers.tickets WHERE project_id = p.id ORDER BY issued_at DESC NULLS LAST, entity_id LIMIT %s) t"""
HISTORY = "SELECT position, type, noun_version, decided_at, recorded_at FROM peers.events WHERE noun = %s ORDER BY position LIMIT %s"


class Database:
    """A pool of connections, each with its prepared statements."""

    def __init__(self) -> None:
        self._free: list[psycopg.AsyncCursor[dict[str, Any]]] = []
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def open(self) -> None:
        """Connect to what the environment names."""
        for _ in range(CONNECTIONS):
            connection = await psycopg.AsyncConnection.connect(
                os.environ["PEERS_DSN"], autocommit=True, row_factory=dict_row
            )
            self._free.append(connection.cursor())

    async def rows(self, statement: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        """The rows of a statement."""
        async with self._turns:
            cursor = self._free.pop()
            try:
                await cursor.execute(statement, parameters, prepare=True)
                return await cursor.fetchall()
            finally:
                self._free.append(cursor)

    async def of_projects(self, ids: Sequence[str], first: int) -> list[list[dict[str, Any]]]:
        """The newest tickets of each of several projects, in one statement."""
        found: dict[str, list[dict[str, Any]]] = {id: [] for id in ids}
        for row in await self.rows(OF_PROJECTS, (list(ids), first)):
            found[row["project_id"]].append(row)
        return [found[id] for id in ids]
