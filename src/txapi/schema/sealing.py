"""Sealed fields: what a viewer may read and the holder of an exported record may not, named as `Type.field`.

Whoever asks for evidence learns where in an answer the values of these fields stand; the receipt then holds salted
commitments in their place. Nothing else of an answer changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, default_field_resolver

SEALED = frozenset({"Viewer.subject", "Person.name", "Person.phone", "Person.erased", "Person.hidden"})
"""The sealed fields. The subject of a token is a person, and no part of the record that others may be given. What is told of a person
follows from a key besides, and from who may read by now: a receipt commits to it and does not depend on it, so that it verifies
after an erasure.
"""

SEALED_FIELD = "txapi-sealed"
"""Marks such a field in the schema: no plan tells it."""

Path = list[str | int]
"""Where a value stands in the data of an answer: response keys and indexes."""


def note_sealed(schema: GraphQLSchema, coordinates: Collection[str]) -> None:
    """Let the resolvers of these fields note where their values stand, for operations that ask for it.

    ValueError where the schema has no such field.
    """
    for coordinate in sorted(coordinates):
        name, _, field = coordinate.partition(".")
        kind = schema.type_map.get(name)
        if not isinstance(kind, GraphQLObjectType) or field not in kind.fields:
            raise ValueError(f"the schema has no field {coordinate}")
        kind.fields[field].resolve = _noting(kind.fields[field])
        kind.fields[field].extensions[SEALED_FIELD] = True


def _noting(field: GraphQLField) -> Callable[..., Any]:
    resolve = field.resolve or default_field_resolver

    def noted(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        if info.context.sealing is not None:
            info.context.sealing.append(info.path.as_list())
        return resolve(source, info, **arguments)

    return noted
