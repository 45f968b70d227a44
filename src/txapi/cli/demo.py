"""The demonstration on the terminal: a token for everybody whom one may be, and a first question to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txapi.record import Record
    from txapi.web.tokens import Tokens

FIRST_OPERATION = "Overview"


def welcome(record: Record, tokens: Tokens, address: str) -> str:
    """What a newcomer reads: a token for each role, and a question to try."""
    from txapi.web.demo import GOOD_FOR, people
    from txapi.web.operations import operations_folder

    lines = ["", f"Tokens for trying it out, good for {GOOD_FOR.days} days (Authorization: Bearer ...):"]
    administrator = ""
    for person in people(record):
        title = person.role.value if person.unit_name is None else f"{person.role.value} of {person.unit_name.zh}"
        administrator = person.token(tokens)
        lines += [f"  {title}", f"    {administrator}"]
    operation = operations_folder() / f"{FIRST_OPERATION}.graphql"
    lines += [
        "",
        "The first question, with the last of them:",
        f'  python3 -c \'import json; print(json.dumps({{"query": open("{operation}").read()}}))\' \\',
        f"    | curl -s {address}/graphql -H 'content-type: application/json' -H 'authorization: Bearer {administrator}' -d @-",
        f"Or open {address}/console/ or {address}/graphql in a browser. Ctrl-C stops.",
    ]
    return "\n".join(lines)
