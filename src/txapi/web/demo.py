"""The demonstration's people 演示身份: who may try what. A browser on the same machine may ask for their tokens."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.routing import Route

from txapi.domain.event import Role
from txapi.domain.labels import Label, label_of
from txapi.domain.unit import Duty, Unit
from txapi.web.answers import json_response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from txapi.record import Record
    from txapi.web.tokens import Tokens

GOOD_FOR = timedelta(days=30)
OFFICES = (Role.LEADER, Role.SECRETARY, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.WITNESS)
BODIES = 3
DEPARTMENTS = 3
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the demonstration lets one be: a clerk of a unit, or the holder of an office."""

    subject: str
    role: Role
    unit: str | None = None
    unit_name: Label | None = None

    def token(self, tokens: Tokens) -> str:
        """A token of this person's."""
        return tokens.issue(self.subject, self.role, self.unit, GOOD_FOR)


def people(record: Record) -> list[Person]:
    """Clerks of the first few implementing bodies and departments in their official order, and of the first body of each other kind
    (a platform's clerk has targets to report on); handlers of the departments, and one of every office."""
    bodies, departments, kinds = [], [], {}
    for recorded in record.standing_events():
        event = recorded.event
        if isinstance(event, Unit.Registered):
            line = (event.official_order, event.code, event.name)
            kinds[event.code] = event.kind
            if event.duty is Duty.IMPLEMENTING_BODY:
                bodies.append(line)
            elif event.duty is Duty.HANDLING_DEPARTMENT:
                departments.append(line)
    bodies.sort(key=lambda line: line[:2])
    first_of_kind = {kinds[line[1]]: line for line in reversed(bodies)}.values()
    units = [line for place, line in enumerate(bodies) if place < BODIES or line in first_of_kind]
    units += sorted(departments, key=lambda line: line[:2])[:DEPARTMENTS]
    clerks = [Person(f"demo.{code}", Role.CLERK, code, name) for _, code, name in units]
    handlers = [
        Person(f"demo.handler.{code}", Role.HANDLER, code, name)
        for _, code, name in units
        if any(code == department for _, department, _ in departments)
    ]
    return clerks + handlers + [Person(f"demo.{role.value}", role) for role in OFFICES]


class DemoUsers:
    """Hands out the tokens of the demonstration's people to a browser on this machine, and to nobody else.

    The same tokens stand in the terminal of whoever started the server; whoever cannot read that must not have them. So whoever
    asks must come from a loopback address, not through a proxy, by a name that means loopback (or another site's name could be made
    to point here), and from a page of this server. Everybody else is told what a server without a demonstration tells: 404.
    """

    def __init__(self, record: Record, tokens: Tokens) -> None:
        self._record = record
        self._tokens = tokens
        self._people: list[Person] | None = None

    def route(self) -> Route:
        """Where they are asked for."""
        return Route("/demo/users", self._users)

    async def _users(self, request: Request) -> Response:
        if not _is_at_this_machine(request):
            raise HTTPException(404)
        content = await anyio.to_thread.run_sync(self._content)
        return json_response({"users": content})

    def _content(self) -> list[dict[str, Any]]:
        # Who they are does not change while the server runs; their tokens are made anew, for those end.
        self._people = self._people or people(self._record)
        return [
            {
                "subject": person.subject,
                "role": person.role.name,
                "roleLabel": label_of(person.role),
                "unit": person.unit,
                "unitName": person.unit_name,
                "token": person.token(self._tokens),
            }
            for person in self._people
        ]


def _is_at_this_machine(request: Request) -> bool:
    """Whether a request comes from a page of this server, in a browser or by a program on this machine."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    if any(name in request.headers for name in FORWARDED):
        return False
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if host != "localhost" and not _is_loopback(host):
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
