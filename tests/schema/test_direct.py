"""Resolvers that take nothing but what they stand on are called directly; whatever stands before the others still does."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from txapi.schema.direct import DIRECT_FIELD, note_direct
from txapi.schema.schema import build_schema
from txapi.schema.sealing import SEALED, note_sealed

pytestmark = pytest.mark.only_on("sqlite", because="no record is read")


class Nobody(BasePermission):
    """Permits nothing."""

    message = "not for you"

    def has_permission(self, source: Any, info: Any, **given: Any) -> bool:
        return False


class Louder(FieldExtension):
    """Says it louder."""

    def resolve(self, next_: Any, source: Any, info: Any, **given: Any) -> Any:
        return next_(source, info, **given).upper()


@strawberry.type
class Thing:
    """One with a field of each sort."""

    name: str

    @strawberry.field
    def plain(self) -> str:
        return f"plain {self.name}"

    @strawberry.field
    def nothing(self) -> str | None:
        return None

    @strawberry.field
    def wrong(self) -> str | None:
        raise ValueError(f"wrong {self.name}")

    @strawberry.field
    def missing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def counted(self, times: int = 2) -> str:
        return self.name * times

    @strawberry.field
    def placed(self, info: strawberry.Info) -> str:
        return ".".join(map(str, info.path.as_list()))

    @strawberry.field(permission_classes=[Nobody])
    def forbidden(self) -> str | None:
        return "told"

    @strawberry.field(extensions=[Louder()])
    def loud(self) -> str:
        return self.name

    @strawberry.field
    def sealed(self) -> str:
        return self.name


@strawberry.type
class Query:
    """A thing."""

    @strawberry.field
    def thing(self) -> Thing:
        return Thing(name="a")

    @strawberry.field
    def things(self) -> list[Thing | None]:
        return [Thing(name="b"), None, Thing(name="c")]


class Context:
    """Notes where sealed values stand."""

    def __init__(self) -> None:
        self.sealing: list[Any] = []


def told(*, direct: bool, document: str) -> tuple[Any, list[Any], list[Any]]:
    schema, context = strawberry.Schema(query=Query), Context()
    note_sealed(schema._schema, ["Thing.sealed"])
    if direct:
        note_direct(schema._schema)
    result = schema.execute_sync(document, context_value=context, root_value=Query())
    return result.data, [dict(error.formatted) for error in result.errors or []], context.sealing


@pytest.mark.parametrize(
    "document",
    [
        "{ thing { name plain nothing wrong counted placed forbidden loud sealed } }",
        "{ things { plain counted(times: 3) placed wrong } again: things { missing } }",
        "{ thing { missing } }",
    ],
)
def test_a_field_that_is_asked_directly_answers_what_it_did(document: str) -> None:
    assert told(direct=True, document=document) == told(direct=False, document=document)


def test_only_what_takes_nothing_else_is_asked_directly() -> None:
    schema = strawberry.Schema(query=Query)
    note_sealed(schema._schema, ["Thing.sealed"])
    note_direct(schema._schema)
    thing = schema._schema.type_map["Thing"]
    assert isinstance(thing, GraphQLObjectType)

    found = {name for name, field in thing.fields.items() if DIRECT_FIELD in field.extensions}

    assert found == {"plain", "nothing", "wrong", "missing"}


def test_no_sealed_field_of_the_published_schema_is() -> None:
    types = build_schema()._schema.type_map

    for coordinate in SEALED:
        name, _, field = coordinate.partition(".")
        assert DIRECT_FIELD not in types[name].fields[field].extensions  # type: ignore[attr-defined]
    assert DIRECT_FIELD in types["Target"].fields["light"].extensions  # type: ignore[attr-defined]
