"""The demonstration: who may try what, with a token for each, and a first question to ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from txapi.domain.event import Role

if TYPE_CHECKING:
    from txapi.record import Record
    from txapi.web.tokens import Tokens

GOOD_FOR = timedelta(days=30)
FIRST_OPERATION = "Overview"
PEOPLE = (
    ("leader", Role.LEADER),
    ("secretary", Role.SECRETARY),
    ("supervisor", Role.SUPERVISOR),
    ("auditor", Role.AUDITOR),
    ("administrator", Role.ADMINISTRATOR),
)
BODIES = 3
DEPARTMENTS = 3


def welcome(record: Record, tokens: Tokens, address: str) -> str:
    """What a newcomer reads: a token for each role, and a question to try."""
    from txapi.web.operations import operations_folder

    bodies, departments = _units(record)
    people: list[tuple[str, Role, str | None]]
    people = [(f"clerk of {name}", Role.CLERK, code) for code, name in (*bodies[:BODIES], *departments[:DEPARTMENTS])]
    people += [(title, role, None) for title, role in PEOPLE]
    lines = ["", f"Tokens for trying it out, good for {GOOD_FOR.days} days (Authorization: Bearer ...):"]
    administrator = ""
    for title, role, unit in people:
        subject = f"demo.{unit}" if unit else f"demo.{role.value}"
        administrator = tokens.issue(subject, role, unit, GOOD_FOR)
        lines += [f"  {title}", f"    {administrator}"]
    operation = operations_folder() / f"{FIRST_OPERATION}.graphql"
    lines += [
        "",
        "The first question, with the last of them:",
        f'  python3 -c \'import json; print(json.dumps({{"query": open("{operation}").read()}}))\' \\',
        f"    | curl -s {address}/graphql -H 'content-type: application/json' -H 'authorization: Bearer {administrator}' -d @-",
        f"Or open {address}/graphql in a browser. Ctrl-C stops.",
    ]
    return "\n".join(lines)


def _units(record: Record) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Code and name of the implementing bodies, and of the departments, in their official order."""
    from txapi.domain.unit import Duty, Unit

    bodies, departments = [], []
    for recorded in record.standing_events():
        event = recorded.event
        if isinstance(event, Unit.Registered):
            line = (event.official_order, event.code, event.name.zh)
            if event.duty is Duty.IMPLEMENTING_BODY:
                bodies.append(line)
            elif event.duty is Duty.HANDLING_DEPARTMENT:
                departments.append(line)
    return [unit[1:] for unit in sorted(bodies)], [unit[1:] for unit in sorted(departments)]
