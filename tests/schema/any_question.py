"""Any question that the schema allows: fields and arguments drawn at random, with values that the record knows of."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse_value,
    type_from_ast,
    value_from_ast_untyped,
)

from tests.published import PUBLISHED

"""The schema as it is published."""
FAVOURED = (
    "tickets",
    "ticket",
    "events",
    "event",
    "compare",
    "node",
    "attachments",
    "ticketGroups",
    "handlingUnits",
    "moment",
)
"""Root fields that are drawn more often than others: they tell of tickets."""
EITHER = ({"first", "last"}, {"entityId", "number"}, {"entityId", "code"}, {"milestones", "rule"})
"""Arguments of which one is given at most."""
OF_SEVERAL_TYPES = ("entityId", "kind", "name", "number")
"""Fields that are of another type in each type, so that they need a name of their own beside each other."""


@dataclass
class AnyQuestion:
    """Draws questions. `values` gives what is said for an argument or input field, by its name or its scalar.

    `left_out` names fields (`Record.digest`) that are never asked for.
    """

    chance: random.Random
    values: Mapping[str, Sequence[Any]]
    left_out: frozenset[str] = frozenset()

    def document(self) -> str:
        """A question."""
        query = PUBLISHED.query_type
        assert query is not None
        names = [name for name in query.fields if f"Query.{name}" not in self.left_out]
        picked = [self.chance.choice(FAVOURED if self.chance.random() < 0.7 else names) for _ in range(2)]
        fields = [self._field(query, name, 4) for name in dict.fromkeys(picked)]
        return "{ " + " ".join(field for field in fields if field) + " __typename }"

    def variables(self, operation: OperationDefinitionNode) -> dict[str, Any]:
        """Values for the variables of an operation; those that need none are often left out."""
        given: dict[str, str] = {}
        for one in operation.variable_definitions or ():
            kind, name = type_from_ast(PUBLISHED, one.type), one.variable.name.value
            if isinstance(kind, GraphQLNonNull) or self.chance.random() < 0.3:
                said = self._value(kind, name)
                if said is not None and not any(name in pair and pair & given.keys() for pair in EITHER):
                    given[name] = value_from_ast_untyped(parse_value(said))
        return given

    def _selection(self, kind: Any, levels: int) -> str:
        if is_abstract_type(kind):
            possible = list(PUBLISHED.get_possible_types(kind))
            arms = self.chance.sample(possible, min(3, len(possible)))
            told = " ".join(f"... on {arm.name} {self._selection(arm, levels)}" for arm in arms)
            return f"{{ __typename {told} }}"
        leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
        others = [name for name in kind.fields if name not in leaves]
        lists = [name for name in ("nodes", "edges", "totalCount", "pageInfo") if name in kind.fields]
        picked = self.chance.sample(leaves, min(len(leaves), self.chance.randint(1, 8)))
        if levels:
            picked += lists or self.chance.sample(others, min(len(others), self.chance.randint(0, 3)))
        fields = [self._field(kind, name, levels - 1) for name in dict.fromkeys(picked)]
        return "{ " + " ".join([field for field in fields if field] + ["__typename"]) + " }"

    def _field(self, parent: GraphQLObjectType, name: str, levels: int) -> str:
        if f"{parent.name}.{name}" in self.left_out:
            return ""
        field = parent.fields[name]
        kind = get_named_type(field.type)
        if levels < 0 and not is_leaf_type(kind):
            return ""
        given: dict[str, str] = {}
        for argument, told in self.chance.sample(list(field.args.items()), len(field.args)):
            needed = isinstance(told.type, GraphQLNonNull)
            if needed or (self.chance.random() < 0.3):
                said = self._value(told.type, argument)
                if said is None and needed:
                    return ""
                if said is not None and not any(argument in pair and pair & given.keys() for pair in EITHER):
                    given[argument] = said
        names = [one for one in ("entityId", "code", "number") if one in field.args]
        if len(names) > 1 and not given.keys() & set(names):
            return ""
        arguments = f"({', '.join(f'{one}: {said}' for one, said in given.items())})" if given else ""
        alias = f"x{self.chance.randrange(10**9)}: " if given or name in OF_SEVERAL_TYPES else ""
        inner = "" if is_leaf_type(kind) else f" {self._selection(kind, levels)}"
        return f"{alias}{name}{arguments}{inner}"

    def _value(self, kind: Any, name: str) -> str | None:
        """A value as a document writes it; None where nothing is said."""
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if isinstance(kind, GraphQLList):
            said = [self._value(kind.of_type, name) for _ in range(self.chance.randint(0, 2))]
            return f"[{', '.join(one for one in said if one is not None)}]"
        if isinstance(kind, GraphQLEnumType):
            return str(self.chance.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind)
        known = self.values[name] if name in self.values else self.values.get(kind.name)
        return json.dumps(self.chance.choice(known), ensure_ascii=False) if known else None

    def _input(self, kind: GraphQLInputObjectType) -> str | None:
        names = list(kind.fields)
        one_of = kind.ast_node is not None and any(one.name.value == "oneOf" for one in kind.ast_node.directives or ())
        if one_of:
            names = [self.chance.choice(names)]
        given: dict[str, str] = {}
        for name in names:
            field = kind.fields[name]
            if one_of or isinstance(field.type, GraphQLNonNull) or self.chance.random() < 0.15:
                said = self._value(field.type, name)
                if said is not None:
                    given[name] = said
        if one_of and not given:
            return None
        return "{" + ", ".join(f"{name}: {said}" for name, said in given.items()) + "}"
