"""What a field is, as the schema, its type and the table behind it say; and the proof that these agree."""

from __future__ import annotations

import contextlib
import enum
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_list_type,
)

from txapi.projections.event_index import EVENTS
from txapi.projections.shapes import (
    Form,
    Leaf,
    Name,
    Shape,
    Unsure,
)
from txapi.projections.table import Column, Table, table_of
from txapi.schema.nouns import Answer
from txapi.schema.plain import PLAIN, Behind, Indexed, LabelIn, LabelOf
from txapi.schema.sealing import SEALED_FIELD

_DEFINITION = "strawberry-definition"
_FORMS: dict[tuple[Any, str], Form] = {
    (str, "String"): Form.TEXT,
    (str, "ID"): Form.TEXT,
    (int, "Int"): Form.INTEGER,
    (int, "Position"): Form.DIGITS,
    (bool, "Boolean"): Form.BOOLEAN,
    (Decimal, "Decimal"): Form.DECIMAL,
    (date, "Date"): Form.TEXT,
    (datetime, "DateTime"): Form.INSTANT,
}
"""How a value is written, by what it is in Python and in GraphQL."""
_TEXTS = (list[str], tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object type, as the schema and its type say."""

    parent: GraphQLObjectType
    name: str
    definition: GraphQLField

    @classmethod
    def of(cls, parent: GraphQLObjectType, node: FieldNode) -> Field:
        """The field that a node asks for."""
        name = node.name.value
        if name == "__typename":
            return cls(parent, name, GraphQLField(parent))
        return cls(parent, name, parent.fields[name])

    @property
    def _said(self) -> Any:
        said = self.definition.extensions.get(_DEFINITION)
        if said is None:
            raise Unsure
        return said

    @property
    def declared(self) -> Any:
        """What the field declares; None for a column. Unsure where a resolver alone tells it, or something stands before that."""
        said = self._said
        if self.definition.extensions.get(SEALED_FIELD) or said.permission_classes or said.extensions:
            raise Unsure
        declared = said.metadata.get(PLAIN)
        if declared is None and said.base_resolver is not None:
            raise Unsure
        return declared

    @property
    def table(self) -> Table[Any]:
        """The table of the rows that the field stands on."""
        return table_behind(self.parent)

    @property
    def table_of_target(self) -> Table[Any]:
        """The table of the nouns that the field leads to."""
        return table_behind(self.target)

    @property
    def target(self) -> GraphQLObjectType:
        """The object type that the field leads to."""
        target = get_named_type(self.definition.type)
        if not isinstance(target, GraphQLObjectType):
            raise Unsure
        return target

    @property
    def noun(self) -> str:
        """The kind of the noun that the field stands on, as its id says it."""
        origin = _origin(self.parent)
        if not issubclass(origin, Answer) or origin._global_id is not Answer._global_id or not origin.NOUN:
            raise Unsure
        return origin.NOUN

    def column(self, name: str) -> Column:
        """A column of the row."""
        return self.table.column[name]

    def leaf(self) -> Shape:
        """The column of the field's name. Unsure where its values are no plain ones; TypeError where it is not of the field's type."""
        column = self.table.column.get(self._said.python_name)
        if column is None:
            raise Unsure
        return self.holding(column)

    def holding(self, column: Column) -> Shape:
        """The value of a column. Unsure, TypeError as `leaf`."""
        kind = self.definition.type
        nullable = not isinstance(kind, GraphQLNonNull)
        if nullable != column.nullable:
            raise TypeError(f"{self.parent.name}.{self.name} and its column differ in whether there may be none")
        kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_list_type(kind):
            if column.hint not in _TEXTS or str(kind) != "[String!]":
                raise Unsure
            return Leaf(column.name, Form.JSON, nullable)
        if isinstance(kind, GraphQLEnumType):
            return Name(column.name, self._names(kind, column), nullable)
        if isinstance(kind, GraphQLObjectType) or not isinstance(column.hint, type):
            raise Unsure
        form = _FORMS.get((column.hint, str(kind)))
        if form is None:
            raise TypeError(f"{self.parent.name}.{self.name} is {kind}, and its column holds {column.hint.__name__}")
        return Leaf(column.name, form, nullable)

    def _names(self, kind: GraphQLEnumType, column: Column) -> dict[str, str]:
        names = {value.value: name for name, value in kind.values.items()}
        members = [member.value for member in column.hint] if issubclass(column.hint, enum.Enum) else []
        if not members or any(member not in names for member in members):
            raise TypeError(f"{self.parent.name}.{self.name} is {kind}, and its column holds {column.hint.__name__}")
        return {member: names[member] for member in members}


def _origin(kind: GraphQLObjectType) -> type:
    said = kind.extensions.get(_DEFINITION)
    if said is None:
        raise Unsure
    origin: type = said.origin
    return origin


def table_behind(kind: GraphQLObjectType) -> Table[Any]:
    """The table of the rows that objects of a type are made from. Unsure where they are made of anything else."""
    table = table_of(_origin(kind))
    if table is None:
        raise Unsure
    return table


def prove(schema: GraphQLSchema) -> frozenset[str]:
    """Compare every field that a plan may tell with the table behind it; their coordinates, `Ticket.subject`.

    TypeError where they differ in type, or in whether there may be none; KeyError where a declaration names no column.
    """
    proved: set[str] = set()
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name, definition in kind.fields.items():
            with contextlib.suppress(Unsure):
                _prove(Field(kind, name, definition))
                proved.add(f"{kind.name}.{name}")
    return frozenset(proved)


def _prove(field: Field) -> None:
    nullable = not isinstance(field.definition.type, GraphQLNonNull)
    declared = field.declared
    if isinstance(declared, Indexed):
        field.holding(EVENTS.column[declared.column])
        return
    table_behind(field.parent)
    match declared:
        case None:
            field.leaf()
        case LabelOf(column) | LabelIn(column):
            if field.column(column).nullable != nullable:
                raise TypeError(f"{field.parent.name}.{field.name} and its column differ in whether there may be none")
        case Behind(column, by):
            here, there = field.column(column), field.table_of_target.column[by]
            if not nullable or here.hint is not there.hint:
                raise TypeError(f"{field.parent.name}.{field.name} leads to what may not be there, by {by}")
