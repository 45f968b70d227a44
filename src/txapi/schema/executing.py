"""The execution of one operation on one context, in the form that is published: the same for a server and without one."""

from __future__ import annotations

import contextlib
import re
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
from txapi.record.conflicts import RecordUnavailable
from txapi.record.deadlines import TimeIsUp
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.error_table import errors_in
from txapi.schema.errors import UNAVAILABLE, UNCERTAIN, published
from txapi.schema.schema import root_value

_QUESTIONS = frozenset({OperationType.QUERY})
_CARRIED_OUT = frozenset({OperationType.QUERY, OperationType.MUTATION})


@dataclass(slots=True)
class Answered:
    """What an operation came to: data and errors as they are published, and the position that they come from.

    `position` is None where nothing was read. `refused` says that the operation as such was: no field of it was asked.
    Whoever gets `data`, be it null beside errors, gets a position, unless nothing could be read or nothing was to be.
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

UNREPEATABLE = frozenset(
    {
        "INTERNAL",
        "STORE_DAMAGED",
        "UNAVAILABLE",
        "UNCERTAIN",
        "NOT_YET_VISIBLE",
        "MOMENT_NOT_SETTLED",
        "TOO_DEEP",
        "QUERY_TOO_SLOW",
        "PERSON_KEYS_MISSING",
    }
)
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
    try:
        return answered_of(context, result, needs_position=needs_position)
    except TimeIsUp:
        return answered_of(context, _stopped(context))


def answered_of(context: Context, result: ExecutionResult, *, needs_position: bool = False) -> Answered:
    """What is published of the result of an operation."""
    if result.data is not None:
        try:
            context.leave_trace()
        except RecordUnavailable as error:
            result = ExecutionResult(data=None, errors=[published(GraphQLError(str(error), original_error=error))])
    errors = result.errors or []
    refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
    if needs_position and not refused and not errors:
        context.present()
    elif (
        not refused and not context.has_read and (errors or context.kind == "mutation") and not _of_this_server(errors)
    ):
        # The same refusal says from where, whether it was found before the first row was read or after.
        with contextlib.suppress(BadInput, *UNAVAILABLE):
            context.present()
    return Answered(
        data=result.data,
        errors=errors_in(context.language, (dict(error.formatted) for error in errors)) if errors else [],
        position=context.answered_from if context.has_read else None,
        refused=refused,
    )


def refused(error: BadInput, language: str = "en") -> Answered:
    """The answer to an operation that was refused before anything was asked."""
    return Answered(None, errors_in(language, [dict(_coded(error).formatted)]), None, refused=True)


def _carried_out(
    schema: strawberry.Schema, context: Context, operation: Operation, questions_only: BadInput | None
) -> ExecutionResult:
    allowed = _CARRIED_OUT if questions_only is None else _QUESTIONS
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
    context.name = operation.name or ""
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
    except TimeIsUp:
        return _stopped(context)
    errors = result.errors or []
    if errors and context.deadline is not None and context.deadline.is_over and not _out_of_reach(errors):
        # What failed at the end of its time failed for that, whatever a store says of it.
        return _stopped(context)
    if context.admission is not None and not context.admission.introspection:
        errors = [_without_suggestions(error) for error in errors]
    result.errors = errors
    return result


def _of_this_server(errors: Iterable[GraphQLError]) -> bool:
    return any((error.extensions or {}).get("code") in UNREPEATABLE for error in errors)


def _out_of_reach(errors: Iterable[GraphQLError]) -> bool:
    """Whether nothing but the want of the store ended it: the time was spent waiting for that, and not on the question."""
    return all((error.extensions or {}).get("code") == "UNAVAILABLE" for error in errors)


_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
_SUGGESTION_WITHIN = re.compile(r"\. Did you mean [^?]*\? Found:")


def _without_suggestions(error: GraphQLError) -> GraphQLError:
    """The error without the names that the executor guesses at: whoever may not ask for the schema is not told parts of it."""
    error.message = without_suggestions(error.message)
    return error


def without_suggestions(message: str) -> str:
    """What the executor says, without what it guesses."""
    return _SUGGESTION.sub("", _SUGGESTION_WITHIN.sub(", found:", message))


def _stopped(context: Context) -> ExecutionResult:
    """The result of an operation whose time is over. What it recorded is recorded, and its client may ask what came of it."""
    assert context.deadline is not None
    if context.recorded:
        return failed(BadInput("UNCERTAIN", UNCERTAIN))
    seconds = context.deadline.seconds
    return failed(
        BadInput("QUERY_TOO_SLOW", f"this took longer than {seconds:g} s and was stopped; nothing was recorded")
    )


def failed(error: BadInput) -> ExecutionResult:
    """The result of an operation that was refused as such."""
    return ExecutionResult(data=None, errors=[_coded(error)])


def _coded(error: BadInput) -> GraphQLError:
    return published(GraphQLError(str(error), original_error=error))
