"""The execution of subscriptions in its two halves: what is to be told, on the event loop, and each item of it, in a thread."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

import strawberry
from graphql import (
    ArgumentNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    VariableNode,
    create_source_event_stream,
)
from graphql.language.ast import VariableDefinitionNode
from strawberry.types.graphql import OperationType

from txapi.schema.admitting import EVERY_KIND, Operation
from txapi.schema.context import Context
from txapi.schema.errors import published
from txapi.schema.executing import Answered, answered_of, run
from txapi.schema.live import Item


@dataclass(frozen=True, slots=True)
class Checked:
    """An operation whose document was read and fits the schema. `kind` is query, mutation or subscription."""

    operation: Operation
    document: DocumentNode
    kind: str
    shape: tuple[str, str | None, str]
    """What an item of it looks like: the document, and of the variables those that do not only choose which items come."""


class NotStreamed(Exception):
    """A subscription that cannot begin, or go on; `answered` says why."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(answered.errors[0]["message"])
        self.answered = answered

    @classmethod
    def because(cls, errors: list[GraphQLError]) -> NotStreamed:
        """For these reasons, which are published here."""
        return cls(Answered(None, [dict(published(error).formatted) for error in errors], None, refused=True))


def check(schema: strawberry.Schema, context: Context, operation: Operation) -> Checked | Answered:
    """Read an operation without executing anything of it; the answer to it where it is none."""
    context.only_read = True
    result = run(schema, context, operation, None, EVERY_KIND)
    context.only_read = False
    if result.errors or context.document is None:
        return answered_of(context, result)
    return Checked(operation, context.document, context.kind, _shape(operation, context.document))


async def source(schema: strawberry.Schema, context: Context, checked: Checked) -> AsyncIterator[Item]:
    """The items of a subscription as they come, none of them executed. NotStreamed."""
    built = schema.execution_context_class.build(
        schema._schema,
        checked.document,
        context_value=context,
        raw_variable_values=checked.operation.variables,
        operation_name=checked.operation.name,
    )
    if isinstance(built, list):
        raise NotStreamed.because(built)
    found = create_source_event_stream(built)
    if inspect.isawaitable(found):
        found = await found
    if isinstance(found, ExecutionResult):
        raise NotStreamed.because(found.errors or [GraphQLError("nothing is told")])
    items = cast("AsyncIterator[Item]", found)
    try:
        async for item in items:
            yield item
    except Exception as error:
        raise NotStreamed.because([GraphQLError(str(error), original_error=error)]) from error
    finally:
        await items.aclose()  # type: ignore[attr-defined]


def render(schema: strawberry.Schema, context: Context, checked: Checked, item: Item) -> Answered:
    """Execute what a subscription selects of one item. `context` reads from where the item's rows are visible."""
    return answered_of(context, run(schema, context, checked.operation, item, (OperationType.SUBSCRIPTION,)))


def _shape(operation: Operation, document: DocumentNode) -> tuple[str, str | None, str]:
    used: set[str] = set()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            for directive in definition.directives or ():
                _names(directive, used)
            for selection in definition.selection_set.selections:
                # The arguments of a root field say which items come; how they look is up to what is selected of them.
                outside = selection.arguments if isinstance(selection, FieldNode) else ()
                _names(selection, used, without=tuple(outside or ()))
        else:
            _names(definition, used)
    given = {name: value for name, value in (operation.variables or {}).items() if name in used}
    return operation.document, operation.name, repr(sorted(given.items()))


def _names(node: Node, used: set[str], without: tuple[ArgumentNode, ...] = ()) -> None:
    if isinstance(node, VariableNode):
        used.add(node.name.value)
        return
    for key in node.keys:
        value = getattr(node, key, None)
        for child in value if isinstance(value, list | tuple) else (value,):
            known = any(child is one for one in without) or isinstance(child, VariableDefinitionNode)
            if isinstance(child, Node) and not known:
                _names(child, used)
