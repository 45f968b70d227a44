"""Schemathesis, which others wrote, in its GraphQL mode: every field of every root, with values that it draws from the schema alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded

from tests.fuzz.asking import Answer
from tests.fuzz.judging import wrong_answer
from tests.fuzz.size import SEED, times
from tests.fuzz.target import Target
from tests.fuzz.values import DAYS, DECIMALS, TEXTS, TIMES

FIELDS_IN_SHORT = 16
"""Of the roots' fields, every so-manieth in the short form."""
EXAMPLES = 5
"""How many cases of a field are drawn in one round."""
ROUNDS, SECONDS = 12, 240.0
"""How often the long form goes round all fields at most, and after how long it begins no other round: drawing takes longer than asking."""
LIKELY = {"Date": DAYS, "DateTime": TIMES, "Decimal": DECIMALS, "Position": ("0", "1", "100", "325")}
"""Values of our own scalars, of which the schema says nothing that a program could draw from."""


@pytest.mark.filterwarnings("ignore")  # what others wrote warns of what others wrote
def test_what_schemathesis_draws_from_the_schema_is_answered(
    target: Target, figures: Callable[[Mapping[str, Any]], None]
) -> None:
    import schemathesis
    from hypothesis import strategies as st

    text = st.text(max_size=12) | st.sampled_from(TEXTS)
    for name in ("Date", "DateTime", "Decimal", "Position"):
        schemathesis.graphql.scalar(name, (st.sampled_from(LIKELY[name]) | text).map(schemathesis.graphql.nodes.String))
    schemathesis.graphql.scalar("JSON", text.map(schemathesis.graphql.nodes.String))
    schema: Any = schemathesis.graphql.from_url(f"{target.address}/graphql")
    operations = [each.ok() for each in schema.get_all_operations()]
    asked, rounds, statuses, wrong = 0, 0, dict[int, int](), list[str]()

    def ask(case: Any) -> None:
        nonlocal asked
        headers = {"authorization": f"Bearer {target.tokens[asked % len(target.tokens)]}"}
        response = target.client.request("POST", "/graphql", json=case.as_transport_kwargs()["json"], headers=headers)
        asked += 1
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        found = wrong_answer(_read(response), whole=True)
        if found is not None:
            wrong.append(f"{found}: {json.dumps(case.body)[:3000]} -> {response.text[:1000]}")

    began = time.monotonic()
    while rounds < times(1, ROUNDS) and (rounds == 0 or time.monotonic() - began < SECONDS):
        for number, operation in list(enumerate(operations))[:: times(FIELDS_IN_SHORT, 1)]:
            # Each round draws others, and the same in every run.
            _each(operation, ask, SEED + number + 1000 * rounds, EXAMPLES)
        rounds += 1
    figures(
        {"fields": len(operations), "rounds": rounds, "requests": asked, "statuses": statuses, "findings": len(wrong)}
    )

    assert wrong == []
    assert asked > len(operations) // FIELDS_IN_SHORT


def _each(operation: Any, ask: Callable[[Any], None], seed: int, examples: int) -> None:
    """Draw so many cases of one field."""
    from hypothesis import given

    strategy = operation.as_strategy()

    @seeded(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def draw(case: Any) -> None:
        ask(case)

    draw()


def _read(response: httpx.Response) -> Answer:
    return Answer(response.status_code, dict(response.headers), response.content)
