"""Questions that plans are likely to tell, drawn at random, with fragments, aliases, variables and directives in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from tests.city import SCHEMA
from tests.published import PUBLISHED
from tests.schema.any_question import AnyQuestion
from txapi.schema.plain import PLAIN as PLAIN_FIELD
from txapi.schema.plain import Sought
from txapi.schema.plans import prove

PLAIN = prove(SCHEMA._schema)
"""The fields that plans may tell."""
OF_A_MOMENT = ("id", "recordedAt", "clock", "validOn", "staleAt")
OF_A_LIST = ("nodes", "edges", "node", "pageInfo", "totalCount")
VARIABLES = {"$yes": "Boolean! = true", "$no": "Boolean! = false", "$few": "Int = 3"}


class AnyPlan(AnyQuestion):
    """Draws lists, nearly always of plain fields only."""

    def __init__(self, chance: Random, values: Mapping[str, Sequence[Any]]) -> None:
        super().__init__(chance, values)
        self.fragments: list[str] = []
        self._doubtful = False

    def document(self) -> str:
        """A question of one or two lists or nouns, now or at a moment, of which something may be told besides."""
        self.fragments = []
        self._doubtful = self.chance.random() < 0.3
        query = PUBLISHED.query_type
        assert query is not None
        lists = [name for name, field in query.fields.items() if self._is_list(field.type)]
        nouns = [name for name, field in query.fields.items() if _is_sought(field)]
        picked = self.chance.choices([*lists, "tickets", "projects", *nouns], k=self.chance.randint(1, 2))
        fields = [self._field(query, name, 4) for name in picked]
        told = " ".join(f"l{at}: {_without_alias(field)}" for at, field in enumerate(fields) if field)
        if self.chance.random() < 0.5:
            arguments = self._moment()
            besides = " ".join(self.chance.sample(OF_A_MOMENT, self.chance.randint(0, 3)))
            told = f"moment{arguments} {{ position {besides} {told} }}"
        whole = f"{{ {told} __typename }} {' '.join(self.fragments)}"
        used = [f"{name}: {kind}" for name, kind in VARIABLES.items() if name in whole]
        return f"query Any{f'({chr(44).join(used)})' if used else ''} {whole}"

    def _moment(self) -> str:
        at = {
            "at": f"{{position: {self._value(PUBLISHED.type_map['Position'], 'position')}}}",
            "clock": self._value(PUBLISHED.type_map["DateTime"], "clock"),
            "validOn": self._value(PUBLISHED.type_map["Date"], "validOn"),
        }
        said = [f"{name}: {value}" for name, value in at.items() if self.chance.random() < 0.5]
        return f"({', '.join(said)})" if said else ""

    def _is_list(self, kind: Any) -> bool:
        named = get_named_type(kind)
        nodes = named.fields.get("nodes") if isinstance(named, GraphQLObjectType) else None
        return nodes is not None and any(one.startswith(f"{get_named_type(nodes.type)}.") for one in PLAIN)

    def _selection(self, kind: Any, levels: int) -> str:
        if not isinstance(kind, GraphQLObjectType) or self._doubtful:
            return super()._selection(kind, levels)
        names = [name for name in kind.fields if self._is_plain(kind, name, levels)]
        if not names:
            return "{ __typename }"
        picked = self.chance.sample(names, self.chance.randint(1, min(len(names), 9)))
        if "nodes" in names and not {"nodes", "edges"} & set(picked):
            picked.append("nodes")
        fields = [self._adorned(self._field(kind, name, levels - 1)) for name in picked]
        told = " ".join(field for field in fields if field) + " __typename"
        drawn = self.chance.random()
        if drawn < 0.1:
            return f"{{ ... on {kind.name} {{ {told} }} }}"
        if drawn < 0.2:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {kind.name} {{ {told} }}")
            return f"{{ ...{name} __typename }}"
        return f"{{ {told} }}"

    def _is_plain(self, kind: GraphQLObjectType, name: str, levels: int) -> bool:
        if kind.name in ("PageInfo", "Label"):
            return True
        below = kind.fields[name].type
        if not is_leaf_type(get_named_type(below)) and levels <= 0:
            return False
        return name in OF_A_LIST or name == "cursor" or f"{kind.name}.{name}" in PLAIN

    def _adorned(self, field: str) -> str:
        """The field under another name, or with a directive, at times."""
        if not field:
            return field
        drawn = self.chance.random()
        if drawn < 0.1 and _without_alias(field) == field:
            return f"a{self.chance.randrange(10**6)}: {field}"
        if drawn < 0.25:
            said = self.chance.choice(("@include(if: $yes)", "@skip(if: $no)", "@include(if: $no)", "@skip(if: false)"))
            head, brace, rest = field.partition(" {")
            return f"{head} {said}{brace}{rest}"
        return field.replace("first: 3", "first: $few") if drawn < 0.5 else field


def _is_sought(field: Any) -> bool:
    said = field.extensions.get("strawberry-definition")
    return said is not None and isinstance(said.metadata.get(PLAIN_FIELD), Sought)


def _without_alias(field: str) -> str:
    return re.sub(r"^\w+: ", "", field)
