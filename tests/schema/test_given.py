"""Inputs become the objects that the library makes of them, whatever was given and whatever was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, print_schema
from strawberry.types.arguments import convert_argument

from txapi.schema.schema import build_schema, the_schema


def inputs() -> list[GraphQLInputObjectType]:
    kinds = the_schema()._schema.type_map.values()
    return [kind for kind in kinds if isinstance(kind, GraphQLInputObjectType)]


def values(kind: Any, depth: int = 0) -> Iterator[Any]:
    """Values of a type as the executor hands them on."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    elif depth:
        yield None
    if isinstance(kind, GraphQLList):
        yield []
        yield list(values(kind.of_type, depth + 1))
    elif isinstance(kind, GraphQLInputObjectType):
        yield from given(kind, depth + 1) if depth < 3 else []
    else:
        yield kind.name


def given(kind: GraphQLInputObjectType, depth: int) -> Iterator[dict[str, Any]]:
    """All fields with each of their values in turn, and only those that nobody may leave out."""
    each = {name: list(values(field.type, depth)) for name, field in kind.fields.items()}
    for turn in range(max(map(len, each.values()), default=0)):
        yield {name: some[turn % len(some)] for name, some in each.items() if some}
    yield {name: each[name][-1] for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)}


def made(kind: GraphQLInputObjectType, value: Any) -> Any:
    schema = the_schema()
    origin = kind.extensions["strawberry-definition"].origin
    return convert_argument(value, origin, schema.schema_converter.scalar_registry, schema.config)


@pytest.mark.parametrize("kind", inputs(), ids=str)
def test_an_input_is_the_object_that_the_library_makes_of_it(
    kind: GraphQLInputObjectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list(given(kind, 0))
    ours = [made(kind, value) for value in asked]
    for other in inputs():
        monkeypatch.setattr(other.extensions["strawberry-definition"], "from_input", None)

    theirs = [made(kind, value) for value in asked]

    assert asked
    assert ours == theirs
    assert [type(one) for one in ours] == [type(one) for one in theirs]


def test_a_schema_that_is_built_once_more_is_the_same() -> None:
    assert print_schema(build_schema()._schema) == print_schema(the_schema()._schema)
