"""Limits 上限: what a document may be at most, told before it is compared with the schema, for that comparison costs, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
)

from txapi.domain.errors import BadInput


class Limits(NamedTuple):
    """The limits. docs/limits.md tells them, with what the largest published operation has of each."""

    tokens: int = 4_000
    """Names, numbers, texts and marks of a document."""
    comments: int = 500
    """Comments of a document."""
    digits: int = 400
    """Digits of a number in a document: Python refuses to read numbers of thousands of them."""
    operations: int = 10
    """Operations of a document, of which one is carried out."""
    fragments: int = 40
    """Fragments that a document defines."""
    spreads: int = 120
    """Places at which a document uses fragments."""
    directives: int = 60
    """Directives of a document."""
    directives_at_one_place: int = 4
    """Directives at one place of a document."""
    repeated: int = 20
    """Times that one name stands in one selection: validation compares each with each."""
    roots: int = 20
    """Root fields of an operation, those of its fragments among them."""
    aliases: int = 100
    """Aliases of an operation, its fragments written out."""
    fields: int = 2_000
    """Fields of an operation, its fragments written out."""
    depth: int = 16
    """Levels of an operation, its fragments written out."""
    values: int = 10_000
    """Values in the variables of a request."""
    value_depth: int = 24
    """Levels of the variables of a request."""


LIMITS = Limits()


@dataclass(slots=True)
class _Shape:
    """What one selection holds; its fragments are counted where they are written out."""

    roots: int = 0
    fields: int = 0
    aliases: int = 0
    depth: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)
    """The fragments, each with the levels above it."""


def check_document(document: DocumentNode, limits: Limits = LIMITS) -> None:
    """BadInput DOCUMENT_TOO_LARGE, TOO_DEEP where a document is more than may be, GraphQLSyntaxError where a selection is empty.

    Takes time in proportion to its length.
    """
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    _check_definitions(operations, len(document.definitions) - len(operations), limits)
    _check_numbers(document, limits)
    _check_directives(document, limits)
    shapes = {name: _shape_of(one.selection_set, limits) for name, one in fragments.items()}
    own = [_shape_of(one.selection_set, limits) for one in operations]
    if sum(len(one.spreads) for one in (*shapes.values(), *own)) > limits.spreads:
        raise BadInput("DOCUMENT_TOO_LARGE", f"a document uses fragments at {limits.spreads} places at most")
    whole: dict[str, _Shape] = {}
    for name in shapes:
        _write_out(name, shapes, whole, set())
    for shape in own:
        _check_operation(_with_fragments(shape, whole), limits)


def _check_definitions(operations: list[OperationDefinitionNode], others: int, limits: Limits) -> None:
    if len(operations) > limits.operations:
        raise BadInput("DOCUMENT_TOO_LARGE", f"a document has at most {limits.operations} operations")
    if others > limits.fragments:
        raise BadInput("DOCUMENT_TOO_LARGE", f"a document has at most {limits.fragments} fragments")


def _check_numbers(document: DocumentNode, limits: Limits) -> None:
    token = document.loc.start_token if document.loc is not None else None
    while token is not None:
        if token.kind is TokenKind.INT and token.end - token.start > limits.digits:
            raise BadInput("DOCUMENT_TOO_LARGE", f"a number has at most {limits.digits} digits")
        token = token.next


def _check_operation(whole: _Shape, limits: Limits) -> None:
    if whole.depth > limits.depth:
        raise BadInput("TOO_DEEP", f"an operation has at most {limits.depth} levels")
    if whole.roots > limits.roots:
        raise BadInput("DOCUMENT_TOO_LARGE", f"an operation has at most {limits.roots} root fields")
    if whole.aliases > limits.aliases:
        raise BadInput("DOCUMENT_TOO_LARGE", f"an operation has at most {limits.aliases} aliases")
    if whole.fields > limits.fields:
        raise BadInput("DOCUMENT_TOO_LARGE", f"an operation has at most {limits.fields} fields")


def _check_directives(document: DocumentNode, limits: Limits) -> None:
    count = 0
    for node in _every_node(document):
        here = len(getattr(node, "directives", None) or ())
        if here > limits.directives_at_one_place:
            raise BadInput("DOCUMENT_TOO_LARGE", f"one place has at most {limits.directives_at_one_place} directives")
        count += here
    if count > limits.directives:
        raise BadInput("DOCUMENT_TOO_LARGE", f"a document has at most {limits.directives} directives")


def _every_node(document: DocumentNode) -> Iterator[Any]:
    """Everything at which a directive may stand."""
    for definition in document.definitions:
        yield definition
        yield from getattr(definition, "variable_definitions", None) or ()
        selections = getattr(definition, "selection_set", None)
        if selections is not None:
            for selection, _ in _selections(selections):
                yield selection


def _selections(top: SelectionSetNode) -> Iterator[tuple[Any, int]]:
    """Every selection below, each with the levels above it. An inline fragment is no level of its own."""
    waiting = [(top, 0)]
    while waiting:
        selections, depth = waiting.pop()
        for selection in selections.selections:
            yield selection, depth
            below = getattr(selection, "selection_set", None)
            if below is not None:
                waiting.append((below, depth + isinstance(selection, FieldNode)))


def _shape_of(top: SelectionSetNode, limits: Limits) -> _Shape:
    shape = _Shape()
    for selection, depth in _selections(top):
        if isinstance(selection, FieldNode):
            shape.fields += 1
            shape.roots += depth == 0
            shape.aliases += selection.alias is not None
            shape.depth = max(shape.depth, depth + 1)
        elif isinstance(selection, FragmentSpreadNode):
            shape.spreads.append((selection.name.value, depth))
        below = getattr(selection, "selection_set", None)
        if below is not None:
            _check_selections(below, limits)
    _check_selections(top, limits)
    return shape


def _check_selections(selections: SelectionSetNode, limits: Limits) -> None:
    if not selections.selections and selections.loc is not None:
        # GraphQL, section 2.4: a selection set holds something. The parser lets an empty one pass.
        raise GraphQLSyntaxError(selections.loc.source, selections.loc.end - 1, "Expected Name, found '}'.")
    if len(selections.selections) <= limits.repeated:
        return
    times: dict[str, int] = {}
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            name = (selection.alias or selection.name).value
            times[name] = times.get(name, 0) + 1
    if times and max(times.values()) > limits.repeated:
        raise BadInput("DOCUMENT_TOO_LARGE", f"one selection has the same name at most {limits.repeated} times")


def _write_out(name: str, shapes: dict[str, _Shape], whole: dict[str, _Shape], above: set[str]) -> None:
    """Find the shape of a fragment with all its fragments; one that leads back to itself adds nothing, validation says so."""
    above.add(name)
    for spread, _ in shapes[name].spreads:
        if spread in shapes and spread not in whole and spread not in above:
            _write_out(spread, shapes, whole, above)
    above.discard(name)
    whole[name] = _with_fragments(shapes[name], whole)


def _with_fragments(shape: _Shape, whole: dict[str, _Shape]) -> _Shape:
    found = _Shape(shape.roots, shape.fields, shape.aliases, shape.depth)
    for name, depth in shape.spreads:
        inner = whole.get(name)
        if inner is not None:
            found.fields += inner.fields
            found.aliases += inner.aliases
            found.roots += inner.roots if depth == 0 else 0
            found.depth = max(found.depth, depth + inner.depth)
    return found


def check_variables(variables: dict[str, Any] | None, limits: Limits = LIMITS) -> None:
    """BadInput VARIABLES_TOO_LARGE where the values of variables are too many, or nested too deeply."""
    count = 0
    waiting: list[tuple[Iterable[Any], int]] = [((variables or {}).values(), 1)]
    while waiting:
        values, depth = waiting.pop()
        if depth > limits.value_depth:
            raise BadInput("VARIABLES_TOO_LARGE", f"variables have at most {limits.value_depth} levels")
        for value in values:
            count += 1
            if isinstance(value, dict):
                waiting.append((value.values(), depth + 1))
            elif isinstance(value, list):
                waiting.append((value, depth + 1))
        if count > limits.values:
            raise BadInput("VARIABLES_TOO_LARGE", f"variables hold at most {limits.values} values")
