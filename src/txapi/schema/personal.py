"""Personal inputs 个人信息输入: which fields of which inputs hold personal texts, and that these come as variables alone.

Documents are known again by their text, and may be logged by whatever stands before the server; values of variables are neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    NullValueNode,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)

_TEXTS = frozenset({"name", "phone"})

PERSONAL_FIELDS: Mapping[str, frozenset[str]] = {"RegisterPersonInput": _TEXTS, "AmendPersonInput": _TEXTS}
"""By the name of an input, its fields that hold personal texts. The hash of the input leaves them out: they are few enough to try."""


def not_personal(input: Any) -> Any:
    """What is hashed of an input: all of it but what is personal, which the command tells by a hash of its own."""
    personal = PERSONAL_FIELDS.get(type(input).__name__, frozenset())
    return {name: value for name, value in vars(input).items() if name not in personal} if personal else input


class _Literals(Visitor):
    """Finds a personal text in the document itself: in place, or as what a variable is when it is not given."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self._defaults: set[str] = set()
        self._used: set[str] = set()
        self._literal = False

    @property
    def found(self) -> bool:
        """Whether there is one."""
        return self._literal or not self._defaults.isdisjoint(self._used)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        """Note a variable that says what it is by itself."""
        if node.default_value is not None and not isinstance(node.default_value, NullValueNode):
            self._defaults.add(node.variable.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        """Look at a field of an input."""
        parent = self._types.get_parent_input_type()
        personal = PERSONAL_FIELDS.get(get_named_type(parent).name, ()) if parent is not None else ()
        if node.name.value not in personal or isinstance(node.value, NullValueNode):
            return
        if isinstance(node.value, VariableNode):
            self._used.add(node.value.name.value)
        else:
            self._literal = True


def says_something_personal(schema: GraphQLSchema, node: DocumentNode) -> bool:
    """Whether a personal text stands in a document that fits the schema."""
    types = TypeInfo(schema)
    literals = _Literals(types)
    visit(node, TypeInfoVisitor(types, literals))
    return literals.found
