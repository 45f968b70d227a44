"""Admission 准入: every operation is read, checked, and weighed against what its client has left, before anything is executed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from txapi.domain.errors import BadInput
from txapi.schema.documents import asks_for_the_schema
from txapi.schema.limits import check_variables

if TYPE_CHECKING:
    from txapi.schema.context import Context
    from txapi.schema.documents import Document, Documents


class Admission(Protocol):
    """What a server lets one client ask."""

    @property
    def introspection(self) -> bool:
        """Whether the schema may be asked for."""

    def is_listed(self, text: str) -> bool:
        """Whether a document may be carried out at all; one that only asks for the schema need not be listed for that."""

    def admit(self, cost: int) -> None:
        """Take the cost of an operation from what the client has left. BadInput, with a code, where it is too much."""


class _Reads(Protocol):
    """A schema that knows documents again."""

    def documents(self, *, introspection: bool) -> Documents:
        """The documents that were read last."""


class Admitting(SchemaExtension):
    """Reads and checks a document, or knows it again, and asks whether its cost is admitted.

    Where nobody limits (no `admission`), the cost is told nevertheless.
    """

    _document: Document
    _is_listed: bool

    def on_parse(self) -> Iterator[None]:
        """Instead of the library's parser."""
        execution = self.execution_context
        admission = self._context.admission
        try:
            check_variables(execution.variables)
        except BadInput as error:
            raise _of(error) from None
        reads = cast("_Reads", execution.schema)
        assert execution.query is not None
        self._is_listed = admission is None or admission.is_listed(execution.query)
        if not self._is_listed and admission is not None and not admission.introspection:
            # Not even read.
            raise _of(_not_listed())
        self._document = reads.documents(introspection=admission is None or admission.introspection).read(
            execution.query
        )
        execution.graphql_document = self._document.node
        self._context.plans = None if self._context.unplanned else self._document.plans
        yield

    def on_validate(self) -> Iterator[None]:
        """Instead of the library's validation."""
        errors = self._document.errors
        if not self._is_listed and not asks_for_the_schema(self._document.node):
            errors = [_of(_not_listed())]
        if not errors:
            try:
                self._is_one()
                self._admit()
            except BadInput as error:
                errors = [_of(error)]
        self.execution_context.pre_execution_errors = errors
        yield

    def _is_one(self) -> None:
        """BAD_REQUEST where it cannot be told which operation is meant (GraphQL, section 6.1, GetOperation)."""
        operations = [each for each in self._document.node.definitions if isinstance(each, OperationDefinitionNode)]
        if len(operations) > 1 and not self._context.name:
            raise BadInput("BAD_REQUEST", "the document holds several operations: say which in operationName")

    def _admit(self) -> None:
        execution, context = self.execution_context, self._context
        if context.cost is not None:
            return  # It is carried out anew, from a later snapshot.
        schema: Any = execution.schema
        cost = self._document.cost(schema._schema, execution.operation_name, execution.variables or {})
        # What is only read is asked later, by itself; of a subscription there is no later.
        if context.admission is not None and (
            not context.only_read or execution.operation_type is OperationType.SUBSCRIPTION
        ):
            context.admission.admit(cost)
        context.cost = cost

    @property
    def _context(self) -> Context:
        return cast("Context", self.execution_context.context)


def _not_listed() -> BadInput:
    return BadInput(
        "OPERATION_NOT_PUBLISHED",
        "this server carries out published operations only; schema/operations.json names them",
    )


def _of(error: BadInput) -> GraphQLError:
    return GraphQLError(str(error), original_error=error)
