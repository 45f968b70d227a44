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
    # The first of them is a clerk, who may ask it; the last is a witness, who reads nothing of the business.
    first = ""
    for person in people(record):
        title = person.role.value if person.unit_name is None else f"{person.role.value} of {person.unit_name.zh}"
        token = person.token(tokens)
        first = first or token
        lines += [f"  {title}", f"    {token}"]
    operation = operations_folder() / f"{FIRST_OPERATION}.graphql"
    lines += [
        "",
        "The first question, with the first of them:",
        f'  python3 -c \'import json; print(json.dumps({{"query": open("{operation}").read()}}))\' \\',
        f"    | curl -s {address}/graphql -H 'content-type: application/json' -H 'authorization: Bearer {first}' -d @-",
        f"Or open {address}/console/ or {address}/graphql in a browser. Ctrl-C stops.",
    ]
    return "\n".join(lines)
