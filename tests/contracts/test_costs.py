"""Whoever adds a list or an operation says what it costs: of every list its length is known, and what is published fits every budget."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    parse,
)

from tests.city import OPERATIONS
from txapi.budgets import COSTLIEST_A_MINUTE, DEFAULTS, Budgets
from txapi.schema.cost import Operation, cost_of
from txapi.schema.cost_table import LENGTHS, SIZED_BY, WEIGHTS, length_of, sized_by
from txapi.schema.schema import the_schema
from txapi.web.rates import RateLimited, Rates

SCHEMA = the_schema()._schema
SMALLEST = min(budget.most for budget in DEFAULTS.values() if budget.most is not None)


def fields() -> Iterator[tuple[str, str, Any]]:
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            for field, known in kind.fields.items():
                yield name, field, known


def is_list(kind: Any) -> bool:
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(kind, GraphQLList)


def test_of_every_list_of_the_schema_the_cost_knows_how_long_it_may_be() -> None:
    unknown = [
        f"{kind}.{field}"
        for kind, field, known in fields()
        if is_list(known.type)
        and not (kind.endswith("Connection") and field in ("nodes", "edges"))
        and length_of(kind, field) is None
        and sized_by(kind, field) not in known.args
    ]
    pages = [f"{k}.{f}" for k, f, known in fields() if get_named_type(known.type).name.endswith("Connection")]
    unbounded = [f"{k}.{f}" for k, f, known in fields() if f"{k}.{f}" in pages and "first" not in known.args]

    assert (unknown, unbounded) == ([], [])
    assert len(pages) > 50


def test_a_list_that_is_told_from_its_beginning_costs_its_first_or_its_default() -> None:
    headed = [
        (kind, field, known)
        for kind, field, known in fields()
        if is_list(known.type) and sized_by(kind, field) == "first" and length_of(kind, field) is not None
    ]

    differing = [
        (kind, field) for kind, field, known in headed if known.args["first"].default_value != length_of(kind, field)
    ]

    assert len(headed) >= 16
    assert differing == []


def test_nobody_may_give_more_commands_than_the_cost_takes() -> None:
    assert SCHEMA.mutation_type is not None
    assert len(SCHEMA.mutation_type.fields) <= (length_of("Viewer", "may") or 0)


def test_the_table_speaks_of_no_field_that_there_is_not() -> None:
    names = [f"{kind}.{field}" for kind, field, _ in fields()]
    patterns = [*dict(LENGTHS), *SIZED_BY, *dict(WEIGHTS)]

    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names)] == []


@pytest.mark.parametrize("path", sorted(OPERATIONS.rglob("*.graphql")), ids=lambda path: path.stem)
def test_every_published_operation_costs_less_than_the_smallest_budget(path: Any) -> None:
    document = path.read_text(encoding="utf-8")
    definition = next(one for one in parse(document).definitions if isinstance(one, OperationDefinitionNode))

    operation = Operation.of(parse(document), None)
    assert operation is not None
    points = cost_of(SCHEMA, operation, {})

    assert 0 < points < SMALLEST
    assert definition.operation is not OperationType.MUTATION or points > 20


@pytest.mark.parametrize("role", sorted(DEFAULTS))
def test_every_client_may_ask_the_dearest_published_page_once_a_second_or_as_many_at_once(role: str) -> None:
    documents = [parse(path.read_text(encoding="utf-8")) for path in sorted(OPERATIONS.rglob("*.graphql"))]
    operations = [Operation.of(document, None) for document in documents]
    dearest = max(cost_of(SCHEMA, operation, {}) for operation in operations if operation is not None)
    per_minute = DEFAULTS[role].per_minute
    assert per_minute is not None
    clock = [0.0]
    rates = Rates(Budgets(DEFAULTS), now=lambda: clock[0])

    for _ in range(COSTLIEST_A_MINUTE):
        rates.take("a slider", per_minute, dearest)
    for _ in range(3 * COSTLIEST_A_MINUTE):
        clock[0] += 60 / COSTLIEST_A_MINUTE
        rates.take("a slider", per_minute, dearest)

    # It is a bound all the same.
    rates.take("a script", per_minute, per_minute)
    with pytest.raises(RateLimited):
        rates.take("a script", per_minute, dearest)
