"""Cost 代价: how many objects an answer may hold at most, known from the document and its variables before anything is executed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import ceil, isfinite
from typing import Any, NamedTuple

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.utilities import value_from_ast_untyped

from txapi.domain.errors import BadInput
from txapi.schema.cost_table import (
    DEFAULT_SIZE,
    GROUPS_OF_A_DIMENSION,
    LARGEST_SIZE,
    MOST_GROUPS,
    OF_A_TEXT,
    OF_THE_SCHEMA,
    ROWS,
    length_of,
    sized_by,
    weight_of,
)

SIZING = frozenset({"first", "last", "ids", "by", "filter"})
"""The arguments from which the cost follows."""
MOST_STEPS = 20_000
"""How many fields are looked at for one cost: selections of one name that are put together can be many more than the document has."""

Sets = tuple[SelectionSetNode, ...]


class _Points(NamedTuple):
    """What a selection costs: once, and for each row of the page that it is made of."""

    once: int
    rows: int = 0


class Operation(NamedTuple):
    """One operation of a document, with the fragments that it may use."""

    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]

    @classmethod
    def of(cls, document: DocumentNode, name: str | None) -> Operation | None:
        """The operation of that name, or the only one; None where it is not clear which is meant."""
        found = [
            one
            for one in document.definitions
            if isinstance(one, OperationDefinitionNode) and (name is None or (one.name and one.name.value == name))
        ]
        if len(found) != 1:
            return None
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        return cls(found[0], fragments)


def sizing_variables(document: DocumentNode) -> frozenset[str]:
    """The variables of a document from which the cost of its operations follows."""
    found: set[str] = set()
    waiting: list[Any] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, DirectiveNode) or (isinstance(node, ArgumentNode) and node.name.value in SIZING):
            found |= set(_variables_in(node))
        else:
            waiting += getattr(node, "directives", None) or ()
            waiting += getattr(node, "arguments", None) or ()
            waiting += getattr(getattr(node, "selection_set", None), "selections", ())
    return frozenset(found)


def _variables_in(node: Any) -> Iterator[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    elif isinstance(node, DirectiveNode):
        for argument in node.arguments or ():
            yield from _variables_in(argument)
    elif isinstance(node, ArgumentNode):
        yield from _variables_in(node.value)
    elif isinstance(node, ListValueNode):
        for value in node.values:
            yield from _variables_in(value)
    elif isinstance(node, ObjectValueNode):
        for field in node.fields:
            yield from _variables_in(field.value)


def measured(value: Any) -> Any:
    """What the cost takes of a value of a variable: small, whatever was sent."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return min(max(value, -1), LARGEST_SIZE + 1)
    if isinstance(value, list):
        return min(len(value), LARGEST_SIZE + 1), "list"
    if isinstance(value, dict):
        return value.get("text") is not None, "object"
    return "other"


def cost_of(schema: GraphQLSchema, operation: Operation, variables: dict[str, Any]) -> int:
    """The points that a valid operation costs with these variables, of which those without a value have their defaults.

    BadInput DOCUMENT_TOO_LARGE where that cannot be told with moderate effort.
    """
    kind = schema.get_root_type(operation.definition.operation)
    assert kind is not None
    given = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.definition.variable_definitions or ()
        if one.default_value is not None
    }
    counted = _Cost(schema, operation.fragments, {**given, **variables})
    return counted.of_object(kind, (operation.definition.selection_set,)).once


class _Cost:
    """The cost of the selections of one operation with one set of variables: each is looked at once, however often it is used."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[tuple[str, tuple[int, ...]], _Points] = {}
        self._steps = 0

    def of_object(self, kind: GraphQLObjectType, sets: Sets) -> _Points:
        """What is asked of one object of a type."""
        key = kind.name, tuple(map(id, sets))
        if (known := self._known.get(key)) is not None:
            return known
        fields: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect(kind, selections, fields, seen)
        once = rows = 0
        for nodes in fields.values():
            points = self._of_field(kind, nodes)
            once += points.once
            rows += points.rows
        self._known[key] = _Points(once, rows)
        return self._known[key]

    def _collect(
        self, kind: GraphQLObjectType, selections: SelectionSetNode, fields: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        """The fields of a selection by the names that they have in the answer, as the executor collects them."""
        for selection in selections.selections:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise BadInput("DOCUMENT_TOO_LARGE", "an operation selects more than can be counted")
            if not self._is_asked(selection.directives or ()):
                continue
            if isinstance(selection, FieldNode):
                fields.setdefault((selection.alias or selection.name).value, []).append(selection)
                continue
            inner: InlineFragmentNode | FragmentDefinitionNode | None
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                inner = None if name in seen else self._fragments.get(name)
                seen.add(name)
            else:
                assert isinstance(selection, InlineFragmentNode)
                inner = selection
            if inner is not None and self._is_of(kind, inner):
                self._collect(kind, inner.selection_set, fields, seen)

    def _is_of(self, kind: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode) -> bool:
        if fragment.type_condition is None:
            return True
        wanted = self._schema.type_map.get(fragment.type_condition.name.value)
        if isinstance(wanted, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.is_sub_type(wanted, kind)
        return wanted is kind

    def _is_asked(self, directives: tuple[DirectiveNode, ...]) -> bool:
        for directive in directives:
            if directive.name.value in ("skip", "include"):
                condition = next((self._value(one.value) for one in directive.arguments or ()), None)
                if condition is (directive.name.value == "skip"):
                    return False
        return True

    def _of_field(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> _Points:
        first = nodes[0]
        name = first.name.value
        field = self._schema.get_field(kind, name)
        if field is None:
            return _Points(0)
        arguments = {one.name.value: one.value for one in first.arguments or ()}
        own = weight_of(kind.name, name) + OF_THE_SCHEMA.get(name, 0) + self._of_texts(arguments)
        named = get_named_type(field.type)
        sets = tuple(one.selection_set for one in nodes if one.selection_set is not None)
        below = self._below(named, sets)
        if below is None:
            return _Points(own)
        # What follows of a type that wraps another is mostly null, and as many as its wrappers.
        each = 0 if name == "ofType" else 1
        if kind.name.endswith("Connection") and name in ROWS:
            return _Points(own, each + below.once)
        if named.name.endswith("Connection"):
            return _Points(own + each + below.once + self._page(arguments) * below.rows)
        if _is_list(field.type):
            return _Points(own + self._length(kind.name, name, arguments) * (each + below.once))
        return _Points(own + each + below.once)

    def _below(self, named: GraphQLNamedType, sets: Sets) -> _Points | None:
        """What is asked of one object, the most where it may be of several types; None of what is no object."""
        if isinstance(named, GraphQLObjectType):
            return self.of_object(named, sets)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            each = [self.of_object(one, sets) for one in self._schema.get_possible_types(named)]
            return _Points(max((one.once for one in each), default=0), max((one.rows for one in each), default=0))
        return None

    # -- how many ------------------------------------------------------------------------------------------------------

    def _page(self, arguments: dict[str, ValueNode]) -> int:
        """How many rows a page has: too many are refused by the list itself, so there are never more than the largest."""
        for name in ("first", "last"):
            if name in arguments and (size := self._value(arguments[name])) is not None:
                return _whole(size)
        return DEFAULT_SIZE

    def _length(self, kind: str, name: str, arguments: dict[str, ValueNode]) -> int:
        if kind.startswith("__"):
            return _of_schema(self._schema).get((kind, name), 1)
        sizing = sized_by(kind, name)
        if sizing == "first":
            return self._page(arguments) if sizing in arguments else length_of(kind, name) or DEFAULT_SIZE
        if sizing is not None:
            given = self._value(arguments[sizing]) if sizing in arguments else None
            count = len(given) if isinstance(given, list) else 1
            return min(GROUPS_OF_A_DIMENSION**count, MOST_GROUPS) if sizing == "by" else min(count, LARGEST_SIZE)
        return length_of(kind, name) or LARGEST_SIZE

    def _of_texts(self, arguments: dict[str, ValueNode]) -> int:
        value = self._value(arguments["filter"]) if "filter" in arguments else None
        return OF_A_TEXT if isinstance(value, dict) and value.get("text") is not None else 0

    def _value(self, node: ValueNode) -> Any:
        """What a value is worth here: numbers, truth, lists by their length, objects by their keys."""
        if isinstance(node, VariableNode):
            return self._variables.get(node.name.value)
        if isinstance(node, IntValueNode):
            return int(node.value[:12])
        if isinstance(node, BooleanValueNode):
            return node.value
        if isinstance(node, NullValueNode):
            return None
        if isinstance(node, ListValueNode):
            return list(node.values)
        if isinstance(node, ObjectValueNode):
            return {field.name.value: self._value(field.value) for field in node.fields}
        return "other"


def _whole(size: Any) -> int:
    """A number of rows; the largest page where it is none, for then the list refuses it or it is read as a number later."""
    if isinstance(size, bool) or not isinstance(size, int | float) or not isfinite(size):
        return LARGEST_SIZE
    return int(min(max(size, 0), LARGEST_SIZE))


def _is_list(kind: GraphQLOutputType) -> bool:
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


@cache
def _of_schema(schema: GraphQLSchema) -> dict[tuple[str, str], int]:
    """How long the lists of introspection are: those of types on average, for they are asked of all types together."""
    kinds = list(schema.type_map.values())
    fields = [field for kind in kinds for field in getattr(kind, "fields", {}).values()]
    arguments = sum(len(getattr(field, "args", ())) for field in fields)
    values = sum(len(getattr(kind, "values", ())) for kind in kinds)
    each = max(1, len(kinds))
    return {
        ("__Schema", "types"): each,
        ("__Schema", "directives"): len(schema.directives),
        ("__Type", "fields"): ceil(len(fields) / each),
        ("__Type", "inputFields"): ceil(len(fields) / each),
        ("__Type", "enumValues"): ceil(values / each),
        ("__Type", "interfaces"): 2,
        ("__Type", "possibleTypes"): 2,
        ("__Field", "args"): ceil(arguments / max(1, len(fields))),
        ("__Directive", "args"): 2,
        ("__Directive", "locations"): 1,
    }
