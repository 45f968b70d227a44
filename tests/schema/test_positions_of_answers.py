"""Every published operation, asked with what makes no sense: whoever gets data, be it null, is told from which position."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    OperationType,
    parse,
    type_from_ast,
)

from tests.city import ADMINISTRATOR, OPERATIONS, City
from tests.schema.registering import towns
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.executing import Answered, execute
from txapi.schema.schema import the_schema

SCHEMA = the_schema()._schema
SENSELESS: dict[str, Any] = {
    "Int": 501,
    "ID": "%%%",
    "String": "a\0b",
    "Boolean": True,
    "Position": "1",
    "Date": "2015-08-11",
    "DateTime": "2015-08-11T09:00:00+08:00",
    "Decimal": "1",
}
"""What has the right type, and as a size, an id or a text means nothing."""


def definition_of(document: str) -> OperationDefinitionNode:
    return next(one for one in parse(document).definitions if isinstance(one, OperationDefinitionNode))


PUBLISHED = {
    path.stem: text
    for path in sorted(OPERATIONS.rglob("*.graphql"))
    if definition_of(text := path.read_text(encoding="utf-8")).operation is not OperationType.SUBSCRIPTION
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """Two towns, and nothing in them."""
    city = towns(tmp_path_factory.mktemp("city"))
    yield city
    city.close()


def senseless(kind: Any) -> Any:
    """A value of a type; of an input object only what it must have."""
    if isinstance(kind, GraphQLNonNull):
        return senseless(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [senseless(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields.items()
        needed = {name: senseless(field.type) for name, field in fields if isinstance(field.type, GraphQLNonNull)}
        # Where exactly one of several is wanted, none of them is needed by itself.
        return needed or {name: senseless(field.type) for name, field in list(fields)[:1]}
    return SENSELESS.get(kind.name, "1")


def variables_of(document: str) -> dict[str, Any]:
    return {
        one.variable.name.value: senseless(type_from_ast(SCHEMA, one.type))
        for one in definition_of(document).variable_definitions or ()
    }


def answered(city: City, document: str, variables: dict[str, Any]) -> Answered:
    context = Context(city.views, city.desk, ADMINISTRATOR, signed_in=True, person_keys=city.open_keys())
    try:
        return execute(the_schema(), context, Operation(document, variables, None))
    finally:
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_an_answer_with_data_says_its_position_and_one_without_says_none(city: City, name: str) -> None:
    head = city.record.head

    content = answered(city, PUBLISHED[name], variables_of(PUBLISHED[name])).content()

    assert ("data" in content) == ("position" in content.get("extensions", {})), content
    assert content.get("errors") or content["data"], content
    assert content.get("errors") is None or city.record.head == head


@pytest.mark.parametrize(
    "document", ["{ units(first: 501) { totalCount } }", "{ a: units { totalCount } units(first: 501) { totalCount } }"]
)
def test_the_same_error_says_its_position_wherever_it_stands(city: City, document: str) -> None:
    content = answered(city, document, {}).content()

    assert content["data"] is None
    assert [error["extensions"]["code"] for error in content["errors"]] == ["PAGE_SIZE"]
    assert content["extensions"]["position"] == str(city.record.head.position)


def test_most_published_operations_meet_senseless_values_only_when_they_are_carried_out(city: City) -> None:
    refused = [name for name, text in PUBLISHED.items() if answered(city, text, variables_of(text)).refused]

    assert len(refused) < len(PUBLISHED) // 10, refused
