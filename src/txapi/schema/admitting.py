"""Admission 准入: every operation is read, checked, and weighed against what its client has left, before anything is executed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from txapi.domain.errors import BadInput
from txapi.schema.documents import asks_for_the_schema
from txapi.schema.limits import check_variables

if TYPE_CHECKING:
    from txapi.schema.context import Context
    from txapi.schema.documents import Document, Documents


EVERY_KIND = frozenset(OperationType)
_KINDS = {kind.value: kind for kind in OperationType}


class Admission(Protocol):
    """What a server lets one client ask."""

    @property
    def introspection(self) -> bool:
        """Whether the schema may be asked for."""

    def is_listed(self, text: str) -> bool:
        """Whether a document may be carried out at all; one that only asks for the schema need not be listed for that."""

    def admit(self, cost: int) -> None:
        """Take the cost of an operation from what the client has left. BadInput, with a code, where it is too much."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as a client sent it: the document, the values of its variables, and which of its operations."""

    document: str
    variables: dict[str, Any] | None = None
    name: str | None = None


class _Reads(Protocol):
    """A schema that knows documents again."""

    _schema: GraphQLSchema

    def documents(self, *, introspection: bool) -> Documents:
        """The documents that were read last."""


def admitted(schema: _Reads, context: Context, asked: Operation, allowed: Collection[OperationType]) -> Document:
    """Read and check a document, or know it again, and ask whether its cost is admitted; note which operation it is.

    Where nobody limits (no `admission`), the cost is told nevertheless. GraphQLError where it is not read or not admitted;
    CannotGetOperationTypeError, InvalidOperationTypeError where it has no such operation, or one of another kind. What does not
    fit the schema is in the document's `errors`.
    """
    admission = context.admission
    try:
        check_variables(asked.variables)
    except BadInput as error:
        raise _of(error) from None
    is_listed = admission is None or admission.is_listed(asked.document)
    if not is_listed and admission is not None and not admission.introspection:
        # Not even read.
        raise _of(_not_listed())
    document = schema.documents(introspection=admission is None or admission.introspection).read(asked.document)
    context.document, context.plans = document.node, None if context.unplanned else document.plans
    operation = document.operation(asked.name)
    context.name = asked.name or (operation.name.value if operation is not None and operation.name else "")
    if operation is None:
        raise CannotGetOperationTypeError(asked.name)
    kind = _KINDS[operation.operation.value]
    context.kind = kind.value
    if kind not in allowed:
        raise InvalidOperationTypeError(kind)
    if not is_listed and not asks_for_the_schema(document.node):
        raise _of(_not_listed())
    if not document.errors:
        try:
            _admit(schema, context, asked, document, kind)
        except BadInput as error:
            raise _of(error) from None
    return document


def _admit(schema: _Reads, context: Context, asked: Operation, document: Document, kind: OperationType) -> None:
    if document.is_several and not asked.name:
        # GraphQL, section 6.1, GetOperation: it cannot be told which is meant.
        raise BadInput("BAD_REQUEST", "the document holds several operations: say which in operationName")
    if context.cost is not None:
        return  # It is carried out anew, from a later snapshot.
    cost = document.cost(schema._schema, context.name or None, asked.variables or {})
    # What is only read is asked later, by itself; of a subscription there is no later.
    if context.admission is not None and (not context.only_read or kind is OperationType.SUBSCRIPTION):
        context.admission.admit(cost)
    context.cost = cost


def _not_listed() -> BadInput:
    return BadInput(
        "OPERATION_NOT_PUBLISHED",
        "this server carries out published operations only; schema/operations.json names them",
    )


def _of(error: BadInput) -> GraphQLError:
    return GraphQLError(str(error), original_error=error)
