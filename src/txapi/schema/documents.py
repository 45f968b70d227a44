"""Documents 文档: what clients send, read and checked once; the same text is known again, with what it costs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.language import Visitor, visit
from graphql.validation import specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from txapi.domain.errors import BadInput
from txapi.schema.cost import Operation, cost_of, measured, sizing_variables
from txapi.schema.limits import LIMITS, check_document
from txapi.schema.personal import says_something_personal

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
"""Made once, and the same for every document."""

MOST_TOKENS_KEPT = 150_000
"""How large all documents are together that are known again, in tokens: some 60 MB. Those that are published have a third of it."""
CHARACTERS_OF_A_TOKEN = 50
"""So many characters, of a text or of what is wrong with it, take as much as a token: a comment or a long name is none, or one."""
TOKENS_OF_AN_ERROR = 3
"""What an error takes beside its characters, and"""
TOKENS_OF_A_DOCUMENT = 5
"""a document beside its tokens."""
MOST_COSTS_KEPT = 32
"""For how many different sizes of its pages the cost of one document is known again."""


@dataclass(slots=True, weakref_slot=True)
class Document:
    """One document: what is wrong with it, if anything, and what its operations cost."""

    node: DocumentNode
    errors: list[GraphQLError]
    sizing: frozenset[str] = frozenset()
    costs: dict[Any, int] = field(default_factory=dict)
    plans: dict[Any, Any] = field(default_factory=dict)
    """How lists of it are told (`schema/plans`)."""
    steps: dict[Any, Any] = field(default_factory=dict)
    """How its operations are told without the executor (`schema/plans/whole.py`): forgotten with it, for its nodes are in them."""
    is_forgotten: bool = False
    """Whether nothing is kept of it, because somebody's data may stand in it."""
    weight: int = 0
    """How much it takes to keep it, in tokens."""
    is_several: bool = field(init=False)
    """Whether it holds several operations."""
    _first: OperationDefinitionNode | None = field(init=False)
    _named: dict[str, OperationDefinitionNode] = field(init=False)

    def __post_init__(self) -> None:
        found = [one for one in self.node.definitions if isinstance(one, OperationDefinitionNode)]
        self.is_several = len(found) > 1
        self._first = found[0] if found else None
        self._named = {one.name.value: one for one in found if one.name is not None}

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name, or the first one; None where there is none."""
        return self._first if name is None else self._named.get(name)

    def cost(self, schema: GraphQLSchema, name: str | None, variables: dict[str, Any]) -> int:
        """The points that an operation of it costs with these variables; 0 where it has none of that name. BadInput as `cost_of`."""
        sizing = sorted(self.sizing & variables.keys()) if variables and self.sizing else ()
        key = name, tuple((each, measured(variables[each])) for each in sizing)
        known = self.costs.get(key)
        if known is None:
            operation = Operation.of(self.node, name)
            known = 0 if operation is None else cost_of(schema, operation, variables)
            if len(self.costs) >= MOST_COSTS_KEPT:
                self.costs.clear()
            self.costs[key] = known
        return known


class Documents:
    """The documents of one schema that were read last. With `introspection` off, what asks for the schema is refused.

    What does not parse is told anew each time: nothing is kept of it.
    """

    def __init__(
        self, schema: GraphQLSchema, *, introspection: bool = True, most_tokens: int = MOST_TOKENS_KEPT
    ) -> None:
        self._schema = schema
        self._most_tokens = most_tokens
        self._introspection = introspection
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._tokens = 0
        self._lock = threading.Lock()

    def read(self, text: str) -> Document:
        """The document with this text. GraphQLError where it does not parse."""
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        document = self._read(text)
        if document.is_forgotten:
            return document
        for error in document.errors:
            # With its frames an error would hold the request that it was first found in.
            error.with_traceback(None)
            if error.original_error is not None:
                error.original_error.with_traceback(None)
        document.weight = _weight(text, document)
        with self._lock:
            if text not in self._known:
                self._known[text] = document
                self._tokens += document.weight
            while self._tokens > self._most_tokens:
                _, forgotten = self._known.popitem(last=False)
                self._tokens -= forgotten.weight
        return document

    def _read(self, text: str) -> Document:
        node = _parsed(text)
        try:
            check_document(node)
            if not self._introspection:
                _check_introspection(node)
        except BadInput as error:
            return Document(node, [GraphQLError(str(error), original_error=error)])
        errors = validate(self._schema, node, RULES, hide_suggestions=not self._introspection)
        # What does not fit the schema may hold anything, too; where it names persons, it is told anew each time.
        if "Person" in text and (errors or says_something_personal(self._schema, node)):
            return Document(node, errors or [_personal()], is_forgotten=True)
        return Document(node, errors, frozenset() if errors else sizing_variables(node))


def _personal() -> GraphQLError:
    error = BadInput("PERSONAL_IN_DOCUMENT", "personal data are given as variables, never in the text of an operation")
    return GraphQLError(str(error), original_error=error)


def _weight(text: str, document: Document) -> int:
    characters = len(text) + sum(len(error.message) for error in document.errors)
    tokens = (document.node.token_count or 0) + len(document.errors) * TOKENS_OF_AN_ERROR
    return TOKENS_OF_A_DOCUMENT + tokens + characters // CHARACTERS_OF_A_TOKEN


def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, max_lexical_tokens=LIMITS.tokens, max_comments=LIMITS.comments)
    except GraphQLSyntaxError as error:
        # The parser stops where there is too much, and has no other word for it.
        if error.message.endswith(" tokens. Parsing aborted."):
            refused = BadInput("DOCUMENT_TOO_LARGE", f"a document has at most {LIMITS.tokens} tokens")
        elif error.message.endswith(" comments. Parsing aborted."):
            refused = BadInput("DOCUMENT_TOO_LARGE", f"a document has at most {LIMITS.comments} comments")
        elif error.message.endswith("nested too deeply. Parsing aborted."):
            refused = BadInput("TOO_DEEP", "the query is nested too deeply")
        else:
            raise
    raise GraphQLError(str(refused), original_error=refused)


class _Introspection(Visitor):
    """Finds what asks for the schema, in fragments too; the names of types in answers are no such thing."""

    found: FieldNode | None = None

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if node.name.value in ("__schema", "__type"):
            self.found = node


def asks_for_the_schema(node: DocumentNode) -> bool:
    """Whether a document asks for the schema and for nothing else."""
    operations = [one for one in node.definitions if isinstance(one, OperationDefinitionNode)]
    return all(
        isinstance(root, FieldNode) and root.name.value in ("__schema", "__type", "__typename")
        for operation in operations
        for root in operation.selection_set.selections
    )


def _check_introspection(node: DocumentNode) -> None:
    visitor = _Introspection()
    visit(node, visitor)
    if visitor.found is not None:
        raise BadInput("INTROSPECTION_IS_OFF", "this server does not describe its schema; the project publishes it")
