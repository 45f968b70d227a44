"""What is asked of everybody: each shape as an operation on the published schema, and as what the endpoint by hand takes.

The peers' own schemas are parts of the published one as far as that is possible, so most of them take nearly the same document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

TICKET = "entityId number origin category subject body state escalation issuedAt version"
DUE = "entityId number subject category state escalation issuedAt version"
PROJECT = "entityId code name kind condition capital introducedOn version"
OF_PROJECT = "number subject category state escalation issuedAt"
EVENT = "position type nounVersion decidedAt recordedAt"
DRAFTED = {"category": "LAND_USE", "subject": "地块未能按期交付", "body": "地块未能按期交付，请予支持。"}
IN_SHORT = ("rows", "nested", "due", "due_as_of")
"""The shapes of the short form."""
OPERATIONS = Path(__file__).resolve().parent.parent / "schema" / "operations"


@dataclass(frozen=True)
class Facts:
    """What the record holds that questions name: a position in its middle, an instant, a noun with a history, units."""

    middle: int
    clock: str
    noun: str
    issuer: str
    handler: str


@dataclass(frozen=True)
class Shape:
    """One question. `peers` are their documents by dialect; who is not in it is not asked."""

    name: str
    told: str
    product: str
    by_hand: str | None
    takes: Mapping[str, Any] = field(default_factory=dict)
    peers: str | None = None
    postgraphile: str | None = None
    writes: bool = False


def shapes(facts: Facts) -> list[Shape]:
    """Every shape, with what this record holds filled in."""
    open_by_due = "filter: { open: true }, orderBy: [{ by: DUE }], first: 50"
    units = {"issuer": facts.issuer, "handler": facts.handler}
    return [
        Shape(
            "rows",
            "100 tickets, newest first, 10 columns each (b)",
            product=f"{{ tickets(first: 100) {{ nodes {{ {TICKET} }} }} }}",
            by_hand="rows",
            takes={"first": 100},
            peers=f"{{ tickets(first: 100) {{ nodes {{ {TICKET} }} }} }}",
            postgraphile=f"{{ allTickets(first: 100, orderBy: [ISSUED_AT_DESC, ENTITY_ID_ASC]) {{ nodes {{ {TICKET} }} }} }}",
        ),
        Shape(
            "nested",
            "50 projects, 8 fields each, with their 5 newest tickets, 6 fields each (c)",
            product=f"{{ projects(first: 50) {{ nodes {{ {PROJECT} tickets(first: 5) {{ nodes {{ {OF_PROJECT} }} }} }} }} }}",
            by_hand="nested",
            takes={"first": 50, "tickets": 5},
            peers=f"{{ projects(first: 50) {{ nodes {{ {PROJECT} tickets(first: 5) {{ nodes {{ {OF_PROJECT} }} }} }} }} }}",
            postgraphile=f"{{ allProjects(first: 50, orderBy: [CODE_ASC]) {{ nodes {{ {PROJECT} tickets: ticketsByProjectId("
            f"first: 5, orderBy: [ISSUED_AT_DESC, ENTITY_ID_ASC]) {{ nodes {{ {OF_PROJECT} }} }} }} }} }}",
        ),
        Shape(
            "due",
            "50 open tickets by due date, 8 columns each, now",
            product=f"{{ tickets({open_by_due}) {{ nodes {{ {DUE} }} }} }}",
            by_hand="due",
            takes={"first": 50},
            peers=f"{{ openTickets(first: 50) {{ nodes {{ {DUE} }} }} }}",
            postgraphile=f"{{ openTickets(first: 50) {{ nodes {{ {DUE} }} }} }}",
        ),
        Shape(
            "due_as_of",
            "the same list as of the middle of the record",
            product=f'{{ moment(at: {{ position: "{facts.middle}" }}) {{ tickets({open_by_due}) {{ nodes {{ {DUE} }} }} }} }}',
            by_hand="due_as_of",
            takes={"at": facts.middle, "first": 50},
            peers=f"{{ openTicketsAsOf(at: {facts.middle}, first: 50) {{ nodes {{ {DUE} }} }} }}",
            postgraphile=f'{{ openTicketsAsOf(at: "{facts.middle}", first: 50) {{ nodes {{ {DUE} }} }} }}',
        ),
        Shape(
            "history",
            "the first 20 events of a project",
            product=f'{{ project(entityId: "{facts.noun}") {{ history(first: 20) {{ nodes {{ {EVENT} }} }} }} }}',
            by_hand="history",
            takes={"noun": facts.noun, "first": 20},
            peers=f'{{ history(of: "{facts.noun}", first: 20) {{ nodes {{ {EVENT} }} }} }}',
            postgraphile=f'{{ allEvents(first: 20, condition: {{ noun: "{facts.noun}" }}, orderBy: [POSITION_ASC])'
            f" {{ nodes {{ {EVENT} }} }} }}",
        ),
        Shape(
            "counts",
            "of the dashboard: tickets by handling unit, and how many are overdue",
            product=f'{{ moment(clock: "{facts.clock}") {{ ticketGroups(by: [HANDLER]) {{ group {{ key }} count overdue }} }} }}',
            by_hand="counts",
            takes={"clock": facts.clock},
        ),
        Shape(
            "board",
            "both scoreboards with the lights of every target, as published (Scoreboards)",
            product=(OPERATIONS / "Scoreboards.graphql").read_text(encoding="utf-8"),
            by_hand=None,
        ),
        Shape(
            "draft",
            "a ticket drafted: decided, recorded and acknowledged; by hand a row inserted and committed",
            product=f"mutation {{ draftTicket(input: {{ {_written(DRAFTED | units)} }}) {{ __typename"
            " ... on TicketReceipt { position ticket { entityId state version } } } }",
            by_hand="draft",
            takes={**DRAFTED, **units},
            writes=True,
        ),
    ]


def _written(fields: Mapping[str, str]) -> str:
    """The fields of an input, as a document writes them."""
    return ", ".join(f"{name}: {value if name == 'category' else json.dumps(value)}" for name, value in fields.items())


def body(query: str) -> bytes:
    """A GraphQL request."""
    return json.dumps({"query": query}).encode()


def plain(answer: Any) -> Any:
    """An answer without what its dialect forces round it.

    Whatever has one part and no more is that part: `{"data": {"tickets": {"nodes": [...]}}}` is the list, and so is the bare list of
    the endpoint by hand. `extensions` of an answer do not count. Instants are compared as instants, `.500000+00:00` is
    `.5Z`, and positions as numbers.
    """
    if isinstance(answer, dict):
        if set(answer) == {"data", "extensions"}:
            answer = {"data": answer["data"]}
        if len(answer) == 1:
            return plain(next(iter(answer.values())))
        return {name: _told(name, value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [plain(value) for value in answer]
    return answer


def _told(name: str, value: Any) -> Any:
    if name.endswith("At") and isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    # A position may be more than a number of JavaScript holds, so some write it as text.
    return int(value) if name == "position" else plain(value)
