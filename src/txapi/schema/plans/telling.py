"""Which lists plans tell, and what is known of them from one request to the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from graphql import (
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    VariableNode,
)

from txapi.projections.restricted import Noted
from txapi.projections.shapes import (
    Unsure,
)
from txapi.schema.connections import Connection
from txapi.schema.plans.compiling import Compiling
from txapi.schema.plans.page import Carrying, Plan


def told_by_plan(
    executor: Any,
    kind: GraphQLObjectType,
    details: list[Any],
    info: GraphQLResolveInfo[Any],
    path: Any,
    connection: Connection[Any],
    position_context: Any,
) -> Any:
    """What is answered of a list, if a plan can tell it; None where the executor has to.

    What a plan leaves to the executor may fail as it would without.
    """
    listing, context = connection.listing, executor.context_value
    if listing is None or context.plans is None or isinstance(listing.reader.restriction, Noted):
        return None
    try:
        plan = known_plan(context.plans, executor, kind, details)
        if plan is None or (plan.asking.whole and not context.raw):
            # What nobody sends, but looks into, holds the executor's own values.
            return None
        carrying = Carrying(executor, info, path, position_context)
        told = plan.tell(listing, connection.counting, plan.statements(listing, info), carrying)
    except Unsure:
        return None
    context.planned += 1
    return msgspec.Raw(told) if context.raw else msgspec.json.decode(told)


def known_plan(plans: dict[Any, Any], executor: Any, kind: GraphQLObjectType, details: list[Any]) -> Plan | None:
    """The plan of a list as this document asks for it, compiled once for each set of values of the variables that shape it."""
    place = (kind.name, *(id(one.node) for one in details))
    names = plans.get(place)
    if names is None:
        names = plans[place] = sorted(set(_variables(executor.fragments, [one.node for one in details])))
    given = executor.variable_values.coerced
    said = tuple(repr(given.get(name, _NOT_GIVEN)) for name in names)
    key = (place, said)
    if key in plans:
        known: Plan | None = plans[key]
        return known
    try:
        plan = Compiling(executor).page(kind, details)
    except Unsure:
        plan = None
    if sum(map(len, said)) <= MOST_SAID:
        if len(plans) >= _MOST_PLANS:
            plans.clear()
        plans[key] = plan
    return plan


_NOT_GIVEN = object()
MOST_SAID = 4 * 1024
"""The longest values of variables for which a plan is kept, in characters."""
_MOST_PLANS = 64
"""How many are kept of one document: of more values of its variables, or of one list after another."""


def _variables(fragments: dict[str, Any], nodes: list[Any]) -> Iterator[str]:
    """The names of the variables below some fields, but for those of the fields' own arguments."""
    seen: set[str] = set()
    waiting = [node.selection_set for node in nodes]
    while waiting:
        node = waiting.pop()
        if isinstance(node, VariableNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            waiting.append(fragments[node.name.value].definition.selection_set)
        for part in ("selections", "selection_set", "arguments", "directives", "value", "values", "fields"):
            below = getattr(node, part, None)
            if isinstance(below, (list, tuple)):
                waiting += below
            elif below is not None and not isinstance(below, (str, bool)):
                waiting.append(below)
