"""Given: how the inputs of commands and questions become objects, worked out once for each input type instead of with each request.

The library looks at every field of an input anew: which name it has for clients, which type that is in the end, whether its values
need converting. That was a seventh of what a command takes in its thread, for most fields only to hand the value on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from graphql import GraphQLInputObjectType
from strawberry import Schema
from strawberry.relay.types import GlobalID
from strawberry.types.arguments import InputContext, _is_leaf_type
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional

_DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of an input: its names for clients and in Python, and the type that its values are converted to; None for none."""

    given: str
    name: str
    type: Any


class _Given:
    """Makes the objects of one input type."""

    def __init__(self, definition: StrawberryObjectDefinition, schema: Schema) -> None:
        config, registry = schema.config, schema.schema_converter.scalar_registry
        self._absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        self._fields = []
        for field in definition.fields:
            kind: Any = field.resolve_type(type_definition=definition)
            inner = kind.of_type if type(kind) is StrawberryOptional else kind
            handed_on = inner is not GlobalID and _is_leaf_type(inner, registry)
            name = config.name_converter.from_field(field)
            self._fields.append(_Field(name, field.python_name, None if handed_on else kind))

    def __call__(self, kind: type, value: Mapping[str, Any], context: InputContext) -> Any:
        """The object that a client gave."""
        said: dict[str, Any] = self._absent.copy()
        for field in self._fields:
            if field.given in value:
                one = value[field.given]
                said[field.name] = one if field.type is None else context.convert(one, field.type, field.given)
        return kind(**said)


def note_given(schema: Schema) -> None:
    """Let every input type of the schema know how its objects are made."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            definition: StrawberryObjectDefinition = kind.extensions[_DEFINITION]
            if definition.from_input is None:
                definition.from_input = _Given(definition, schema)
