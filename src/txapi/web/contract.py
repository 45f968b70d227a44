"""The contract 契约: what a later schema changes for who was built on an earlier one, and for whom.

A breaking change makes an operation fail that was answered before, or its answer have another type. A dangerous one may surprise a
client: a value or a type that it has never seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    visit,
)
from graphql.utilities import BreakingChange, DangerousChange, find_breaking_changes, find_dangerous_changes

_COORDINATE = re.compile(r"\b(?P<type>[A-Z_]\w*)(?:\.(?P<member>\w+)(?:\((?P<argument>\w+):\))?)?")
_OF_A_MEMBER = {"FIELD_REMOVED", "FIELD_CHANGED_KIND", "ARG_REMOVED", "ARG_CHANGED_KIND", "ARG_DEFAULT_VALUE_CHANGE"}
"""The kinds of changes that concern whoever uses this very field or argument; all others concern whoever meets its type."""


class UnreadableSchema(ValueError):
    """What is given as a schema, or as an operation, is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemas.

    `users` are the operations that it may concern, by name; `deprecated` says why what is gone was deprecated in the
    earlier schema, None where it was not.
    """

    breaking: bool
    says: str
    users: tuple[str, ...]
    deprecated: str | None

    def text(self) -> str:
        """The change in one line: what changes, and for whom."""
        whom = f"; used by {', '.join(self.users)}" if self.users else "; used by none of the operations"
        was = f"; it was deprecated: {self.deprecated}" if self.deprecated else ""
        return f"{'breaking' if self.breaking else 'dangerous'}: {self.says}{whom}{was}"


def changes_of(before: str, after: str, documents: Mapping[str, str]) -> list[Change]:
    """As `changes_between`, of the texts of two schemas. UnreadableSchema."""
    if before == after:
        return []
    try:
        return changes_between(build_schema(before), build_schema(after), documents)
    except (GraphQLError, TypeError) as error:
        raise UnreadableSchema(f"this cannot be compared: {error}") from error


def changes_between(before: GraphQLSchema, after: GraphQLSchema, documents: Mapping[str, str]) -> list[Change]:
    """What `after` changes for who was built on `before`, the breaking first; `documents` are operations by name."""
    every: list[BreakingChange | DangerousChange] = [
        *find_breaking_changes(before, after),
        *find_dangerous_changes(before, after),
    ]
    # That no field is an Int any more says nothing that the fields do not say.
    differences = [change for change in every if not change.description.startswith("Standard scalar ")]
    if not differences:
        return []
    uses = {name: uses_of(before, parse(document)) for name, document in documents.items()}
    found = []
    for change in differences:
        concerned = _concerned(change)
        users = tuple(sorted(name for name, used in uses.items() if concerned in used))
        breaking = isinstance(change, BreakingChange)
        found.append(Change(breaking, change.description, users, _deprecation(before, change.description)))
    return sorted(found, key=lambda each: (not each.breaking, each.says))


def _concerned(change: BreakingChange | DangerousChange) -> str:
    """The coordinate that an operation uses which the change concerns."""
    place = _place(change.description)
    if place is None:
        return ""
    kind, member, argument = place["type"], place["member"], place["argument"]
    if member is None:
        return kind
    if change.type.name == "REQUIRED_ARG_ADDED":
        return f"{kind}.{member}"
    if change.type.name not in _OF_A_MEMBER:
        return f"{kind}.{member}" if argument else kind
    return f"{kind}.{member}({argument}:)" if argument else f"{kind}.{member}"


def _place(says: str) -> re.Match[str] | None:
    """What a change is about: the member that it names first, else the type."""
    places = [place for place in _COORDINATE.finditer(says) if place["type"] not in _WORDS]
    members = [place for place in places if place["member"]]
    if members:
        return members[0]
    # Whoever asks for a union meets the types that it gains and loses.
    of_a_union = re.search(r" union type (\w+)", says)
    return next((place for place in places if of_a_union is None or place["type"] == of_a_union[1]), None)


_WORDS = {"A", "An", "Argument", "Directive", "Enum", "Field", "Input", "Interface", "Object", "Scalar", "Union"}
"""With what a sentence about a change may begin that is no name in it."""


def _deprecation(schema: GraphQLSchema, says: str) -> str | None:
    place = _place(says)
    kind = schema.type_map.get(place["type"]) if place else None
    if place is None or kind is None or place["member"] is None:
        return None
    if isinstance(kind, GraphQLEnumType):
        value = kind.values.get(place["member"])
        return value.deprecation_reason if value else None
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return None
    field = kind.fields.get(place["member"])
    if field is None or place["argument"] is None or isinstance(kind, GraphQLInputObjectType):
        return field.deprecation_reason if field else None
    argument = field.args.get(place["argument"])
    return argument.deprecation_reason if argument else None


# -- what an operation uses ------------------------------------------------------------------------------------------


def uses_of(schema: GraphQLSchema, document: DocumentNode) -> frozenset[str]:
    """The coordinates of everything of a schema that a document uses: `Type`, `Type.field`, `Type.field(argument:)`.

    Of an input every field counts: what a client sends in its variables is not known.
    """
    types = TypeInfo(schema)
    uses = _Uses(types)
    visit(document, TypeInfoVisitor(types, uses))
    return frozenset(uses.found)


class _Uses(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._types = types

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, field = self._types.get_parent_type(), self._types.get_field_def()
        if parent is not None and field is not None:
            self.found |= {parent.name, f"{parent.name}.{node.name.value}", get_named_type(field.type).name}
            for argument in node.arguments or ():
                known = field.args.get(argument.name.value)
                if known is not None:
                    self.found.add(f"{parent.name}.{node.name.value}({argument.name.value}:)")
                    self._input(get_named_type(known.type))

    def enter_variable_definition(self, *_: object) -> None:
        kind = self._types.get_input_type()
        if kind is not None:
            self._input(get_named_type(kind))

    def enter_inline_fragment(self, *_: object) -> None:
        self._output()

    def enter_fragment_definition(self, *_: object) -> None:
        self._output()

    def _output(self) -> None:
        kind = self._types.get_type()
        if kind is not None:
            self.found.add(get_named_type(kind).name)

    def _input(self, kind: GraphQLNamedType) -> None:
        if kind.name in self.found:
            return
        self.found.add(kind.name)
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                self.found.add(f"{kind.name}.{name}")
                self._input(get_named_type(field.type))
