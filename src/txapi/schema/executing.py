"""The execution of one operation on one context, in the form that is published: the same for a server and without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from txapi.domain.errors import BadInput
from txapi.schema.context import Context
from txapi.schema.error_table import errors_in
from txapi.schema.errors import published
from txapi.schema.schema import root_value


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as a client sent it: the document, the values of its variables, and which of its operations."""

    document: str
    variables: dict[str, Any] | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an operation came to: data and errors as they are published, and the position that they come from.

    `position` is None where nothing was read. `refused` says that the operation as such was: no field of it was asked.
    """

    data: Any
    errors: list[dict[str, Any]]
    position: int | None
    refused: bool

    @property
    def unrepeatable(self) -> bool:
        """Whether an error says something of this server at this instant, so that nobody could get the answer again."""
        return any(error["extensions"].get("code") in UNREPEATABLE for error in self.errors)

    def content(self, **extensions: Any) -> dict[str, Any]:
        """The response: `data`, `errors` where there are any, `extensions` with the position and what else is given.

        No `data` where the operation was refused as such: a response without it says that nothing was executed.
        """
        content: dict[str, Any] = {} if self.refused else {"data": self.data}
        if self.errors:
            content["errors"] = self.errors
        if self.position is not None:
            extensions = {"position": str(self.position), **extensions}
        if extensions:
            content["extensions"] = extensions
        return content


OF_A_STREAM = BadInput(
    "NEEDS_A_STREAM", "a subscription comes over graphql-transport-ws, or to those who accept text/event-stream"
)

UNREPEATABLE = frozenset({"INTERNAL", "UNAVAILABLE", "UNCERTAIN", "NOT_YET_VISIBLE", "MOMENT_NOT_SETTLED", "TOO_DEEP"})
"""The codes of such errors: asked again, or elsewhere, they may be gone."""


def execute(
    schema: strawberry.Schema,
    context: Context,
    operation: Operation,
    *,
    questions_only: BadInput | None = None,
    needs_position: bool = False,
) -> Answered:
    """Carry an operation out; the caller closes the context.

    A question is answered from one snapshot: where a part of it turns out to need a later one, all of it is asked
    anew from there. `questions_only` is the error for an operation that is no question; without one, commands are
    carried out too. With `needs_position` an answer that read nothing says a position nevertheless.
    """
    result = _carried_out(schema, context, operation, questions_only)
    if context.moved:
        context.again()
        result = _carried_out(schema, context, operation, questions_only)
    return answered_of(context, result, needs_position=needs_position)


def answered_of(context: Context, result: ExecutionResult, *, needs_position: bool = False) -> Answered:
    """What is published of the result of an operation."""
    errors = result.errors or []
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    if needs_position and not refused and not errors:
        context.present()
    return Answered(
        data=result.data,
        errors=errors_in(context.language, (dict(error.formatted) for error in errors)),
        position=context.answered_from if context.has_read else None,
        refused=refused,
    )


def refused(error: BadInput, language: str = "en") -> Answered:
    """The answer to an operation that was refused before anything was asked."""
    return Answered(None, errors_in(language, [dict(_coded(error).formatted)]), None, refused=True)


def _carried_out(
    schema: strawberry.Schema, context: Context, operation: Operation, questions_only: BadInput | None
) -> ExecutionResult:
    allowed = (OperationType.QUERY, OperationType.MUTATION) if questions_only is None else (OperationType.QUERY,)
    try:
        return run(schema, context, operation, root_value(context), allowed)
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            return failed(OF_A_STREAM)
        assert questions_only is not None
        return failed(questions_only)


def run(
    schema: strawberry.Schema, context: Context, operation: Operation, root: Any, allowed: Iterable[OperationType]
) -> ExecutionResult:
    """Execute an operation of an allowed kind on a root; InvalidOperationTypeError where it is of another kind."""
    try:
        result = schema.execute_sync(
            operation.document,
            variable_values=operation.variables,
            context_value=context,
            root_value=root,
            operation_name=operation.name,
            allowed_operation_types=allowed,
        )
    except MissingQueryError:
        return failed(BadInput("BAD_REQUEST", "there is no query in the request"))
    except CannotGetOperationTypeError as error:
        return failed(BadInput("BAD_REQUEST", error.as_http_error_reason()))
    except RecursionError:
        return failed(BadInput("TOO_DEEP", "the query is nested too deeply"))
    result.errors = [published(error, recorded=context.recorded) for error in result.errors or []]
    return result


def failed(error: BadInput) -> ExecutionResult:
    """The result of an operation that was refused as such."""
    return ExecutionResult(data=None, errors=[_coded(error)])


def _coded(error: BadInput) -> GraphQLError:
    return published(GraphQLError(str(error), original_error=error))
