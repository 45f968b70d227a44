"""Leaves: fields that are an attribute of what they stand on, and a scalar or an enum, so that nobody has to be asked for them.

The executor makes for every field what its resolver is to know, calls it, and looks at what comes. For most fields that is an
attribute. Whatever here is not as expected is left to the executor, from the beginning, which then says what is wrong with it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
)

from txapi.schema.sealing import SEALED_FIELD

_LEAF = "txapi-leaf"


class NotAsExpected(Exception):
    """A value that the executor has to look at."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that is an attribute. `written` is its value in an answer; NotAsExpected where the executor has to say it."""

    attribute: str
    nullable: bool
    written: Callable[[Any], Any]

    def of(self, source: Any) -> Any:
        """What is answered of an object. NotAsExpected, AttributeError."""
        value = getattr(source, self.attribute)
        if value is None and self.nullable:
            return None
        return self.written(value)


def leaf_of(field: GraphQLField) -> Leaf | None:
    """The leaf that a field is; None where it is none."""
    leaf: Leaf | None = field.extensions.get(_LEAF)
    return leaf


def note_leaves(schema: GraphQLSchema) -> None:
    """Note on each field of the schema that is a leaf how it is told."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for field in kind.fields.values():
                _note(field)


def _note(field: GraphQLField) -> None:
    said = field.extensions.get("strawberry-definition")
    kind: Any = field.type
    nullable = not isinstance(kind, GraphQLNonNull)
    if not nullable:
        kind = kind.of_type
    if said is None or not said.is_basic_field or said.permission_classes or SEALED_FIELD in field.extensions:
        return
    if isinstance(kind, GraphQLEnumType):
        field.extensions[_LEAF] = Leaf(said.python_name, nullable, _Members(kind).written)
    elif isinstance(kind, GraphQLScalarType):
        field.extensions[_LEAF] = Leaf(said.python_name, nullable, _PLAIN.get(kind.name) or _coerced(kind))


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise NotAsExpected
    return value


def _whole(value: Any) -> Any:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise NotAsExpected
    return value


def _truth(value: Any) -> Any:
    if value is not True and value is not False:
        raise NotAsExpected
    return value


_PLAIN: dict[str, Callable[[Any], Any]] = {"String": _text, "ID": _text, "Int": _whole, "Boolean": _truth}


def _coerced(kind: GraphQLScalarType | GraphQLEnumType) -> Callable[[Any], Any]:
    def written(value: Any) -> Any:
        try:
            coerced = kind.coerce_output_value(value)
        except Exception:
            raise NotAsExpected from None
        if coerced is None or coerced is Undefined:
            raise NotAsExpected
        return coerced

    return written


class _Members:
    """The names of the members of an enum that were told before."""

    def __init__(self, kind: GraphQLEnumType) -> None:
        self._coerced = _coerced(kind)
        self._names: dict[enum.Enum, Any] = {}

    def written(self, value: Any) -> Any:
        """The name of a member."""
        if not isinstance(value, enum.Enum):
            raise NotAsExpected
        name = self._names.get(value)
        if name is None:
            name = self._names[value] = self._coerced(value)
        return name
