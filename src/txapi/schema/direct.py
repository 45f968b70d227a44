"""Direct fields: those whose resolver takes nothing but what it stands on, so that it is called without more ado.

Strawberry makes for each call what a resolver may want to know, its arguments and a chain of its extensions; most want nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema

from txapi.schema.sealing import SEALED_FIELD

DIRECT_FIELD = "txapi-direct"
"""Marks such a field in the schema."""


def note_direct(schema: GraphQLSchema) -> None:
    """Have the resolvers of such fields called directly."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                resolver = _resolver_of(field)
                if resolver is not None:
                    field.resolve = _calling(resolver)
                    field.extensions[DIRECT_FIELD] = True


def _resolver_of(field: GraphQLField) -> Callable[[Any], Any] | None:
    """The function that answers a field from what it stands on; None where it wants more, or something stands before it."""
    said: Any = field.extensions.get("strawberry-definition")
    asked = None if said is None else said.base_resolver
    if asked is None or said.extensions or said.permission_classes or SEALED_FIELD in field.extensions:
        return None
    wants_more = field.args or said.arguments or asked.parent_parameter or asked.root_parameter or asked.info_parameter
    if wants_more or not asked.self_parameter or asked.is_async:
        return None
    resolver: Callable[[Any], Any] = asked.wrapped_func
    return resolver


def _calling(resolver: Callable[[Any], Any]) -> Callable[..., Any]:
    def called(source: Any, _info: Any) -> Any:
        return resolver(source)

    return called
