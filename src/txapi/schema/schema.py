"""The public schema, assembled: Query and Moment ask the same questions, Mutation has one field per command."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Collection, Iterable
from functools import cache
from typing import Any, TypeGuard

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.scalars import ID
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from txapi.domain.errors import BadInput
from txapi.schema.admitting import EVERY_KIND, Operation, admitted
from txapi.schema.arguments import describe_arguments
from txapi.schema.asking import Asking, loads
from txapi.schema.attachments import AttachmentMutations, AttachmentQuestions
from txapi.schema.attempts import AttemptQuestions
from txapi.schema.audit_questions import AuditQuestions
from txapi.schema.commands import Info
from txapi.schema.companies import CompanyMutations, CompanyQuestions
from txapi.schema.comparison import ComparisonQuestions
from txapi.schema.context import Context
from txapi.schema.direct import note_direct
from txapi.schema.documents import Documents
from txapi.schema.errors import published
from txapi.schema.executor import Executor
from txapi.schema.given import note_given
from txapi.schema.groups import GroupMutations, GroupQuestions
from txapi.schema.history import HistoryQuestions
from txapi.schema.leaves import note_leaves
from txapi.schema.live import Subscription
from txapi.schema.meetings import MeetingMutations, MeetingQuestions
from txapi.schema.moments import MomentFields, PointInput, moment_reader, node_at, pinned_id
from txapi.schema.nouns import Node
from txapi.schema.parcels import ParcelMutations, ParcelQuestions
from txapi.schema.persons import PersonMutations, PersonQuestions
from txapi.schema.plain import Door, plain
from txapi.schema.plans import Wholes, prove
from txapi.schema.project_commands import ProjectMutations
from txapi.schema.projects import ProjectQuestions
from txapi.schema.publication_commands import PublicationMutations
from txapi.schema.publications import PublicationQuestions
from txapi.schema.record import Record, record_of
from txapi.schema.references import ReferenceMutations, ReferenceQuestions
from txapi.schema.scalars import config
from txapi.schema.scoreboards import ScoreboardQuestions
from txapi.schema.sealing import SEALED, note_sealed
from txapi.schema.suggesting import measure_with_room
from txapi.schema.supervision import SupervisionQuestions
from txapi.schema.supervision_commands import SupervisionMutations
from txapi.schema.target_commands import TargetMutations
from txapi.schema.targets import TargetQuestions
from txapi.schema.ticket_commands import TicketMutations
from txapi.schema.tickets import TicketQuestions
from txapi.schema.units import UnitMutations, UnitQuestions
from txapi.schema.viewer import Inbox, Viewer, inbox_of, viewer_of
from txapi.schema.webhook_deliveries import DeliveryMutations, DeliveryQuestions
from txapi.schema.webhooks import WebhookMutations, WebhookQuestions

MOST_NODES = 100
"""How many ids `nodes(ids:)` takes."""


@strawberry.type(description="Every question about nouns, asked of now or of a moment. 查询。")
class Questions(
    UnitQuestions,
    CompanyQuestions,
    ParcelQuestions,
    GroupQuestions,
    MeetingQuestions,
    ProjectQuestions,
    TicketQuestions,
    TargetQuestions,
    SupervisionQuestions,
    PublicationQuestions,
    AttachmentQuestions,
    ScoreboardQuestions,
    ReferenceQuestions,
    WebhookQuestions,
    PersonQuestions,
    HistoryQuestions,
    AttemptQuestions,
    AuditQuestions,
    Asking,
):
    """The root fields that Query and Moment share."""


@strawberry.type(
    description="The record up to a position, judged by a clock, with the facts of the world up to a date. The past has"
    " everything that the present has. 时点。"
)
class Moment(Node, MomentFields, Questions):
    """A moment of the record."""

    def _global_id(self) -> ID:
        pinned = self.pinned or pinned_id(self.reader.moment)
        return ID(pinned.text())

    @strawberry.field(description="What waits for the viewer's units at this moment. 待办箱。")
    def inbox(self, info: Info) -> Inbox:
        """The inbox, then or now."""
        return inbox_of(info, self.reader, self.pinned)


@loads("moment")
def _moment(reader, pinned, key):  # type: ignore[no-untyped-def]
    return Moment(reading=lambda: reader, pinned=pinned)


@strawberry.type(description="Questions. Without `moment`, they are asked of now. 查询。")
class Query(Questions, ComparisonQuestions, DeliveryQuestions):
    """The root of questions."""

    @strawberry.field(
        description="One door to now and then: without `at` it is now. `clock` judges deadlines and lights, and is the moment's"
        " own time unless given; `validOn` counts the facts of the world up to a date. 时点。",
        metadata=plain(Door()),
    )
    def moment(
        self,
        info: Info,
        at: PointInput | None = None,
        clock: datetime.datetime | None = None,
        valid_on: datetime.date | None = None,
    ) -> Moment:
        """A moment of the record."""
        reader = moment_reader(info.context, at, clock, valid_on)
        # A moment that names nothing is the present: its nouns have the ids that commands take.
        present = at is None and clock is None and valid_on is None
        pinned = None if present else pinned_id(reader.moment, floating=at is None)
        return Moment(reading=lambda: reader, pinned=pinned)

    @strawberry.field(description="The noun with this id, at the id's moment. 节点。")
    def node(self, info: Info, id: ID) -> Node | None:
        """A noun by its global id."""
        return node_at(info.context, id)

    @strawberry.field(description="Several nouns by id, in order, null where one is not found; at most 100. 多个节点。")
    def nodes(self, info: Info, ids: list[ID]) -> list[Node | None]:
        """Several nouns by their global ids."""
        if len(ids) > MOST_NODES:
            raise BadInput("TOO_MANY_IDS", f"at most {MOST_NODES} ids at once, not {len(ids)}", ("ids",))
        return [node_at(info.context, id) for id in ids]

    @strawberry.field(description="Who asks, for which units, and what waits for them now. 当前用户。")
    def viewer(self, info: Info) -> Viewer:
        """The actor of the token."""
        return viewer_of(info)

    @strawberry.field(description="The record that these answers come from. 记录。")
    def record(self, info: Info) -> Record:
        """The head of the record, and what its read models add up to."""
        return record_of(info)


@strawberry.type(description="Commands. Each is decided by the rules, recorded as events, or refused. 指令。")
class Mutation(
    UnitMutations,
    CompanyMutations,
    ParcelMutations,
    GroupMutations,
    MeetingMutations,
    ProjectMutations,
    TicketMutations,
    TargetMutations,
    SupervisionMutations,
    PublicationMutations,
    AttachmentMutations,
    ReferenceMutations,
    WebhookMutations,
    PersonMutations,
    DeliveryMutations,
):
    """The root of commands."""


def root_value(context: Context) -> Query:
    """The root of an operation: questions are asked of the present of this context."""
    return Query(reading=context.present, pinned=None)


class Schema(strawberry.Schema):
    """The schema. It knows documents again, and carries operations out by itself: of what the library does around the executor
    (extensions, hooks, middleware) nothing is needed here, and each request would pay for it."""

    _documents: tuple[Documents, Documents] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wholes = Wholes()

    def documents(self, *, introspection: bool) -> Documents:
        """The documents that were read last, where the schema may be asked for, or where it may not."""
        if self._documents is None:
            self._documents = Documents(self._schema, introspection=False), Documents(self._schema)
        return self._documents[introspection]

    def execute_sync(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Carry an operation out: read and admitted, executed, and every error with its code, masked where it must be.

        Where the context wants a document read only, nothing of it is executed. MissingQueryError, CannotGetOperationTypeError,
        InvalidOperationTypeError.
        """
        if not query:
            raise MissingQueryError
        asked = Operation(query, variable_values, operation_name)
        allowed = EVERY_KIND if allowed_operation_types is None else frozenset(allowed_operation_types)
        context: Context = context_value
        try:
            result = self._executed(asked, context, root_value, allowed)
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            raise
        except GraphQLError as error:
            result = ExecutionResult(None, [error])
        except Exception as error:
            result = ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        if result.errors:
            result.errors = [published(error, recorded=context.recorded) for error in result.errors]
        return result

    def _executed(
        self, asked: Operation, context: Context, root: Any, allowed: Collection[OperationType]
    ) -> ExecutionResult:
        document = admitted(self, context, asked, allowed)
        if document.errors or context.only_read:
            return ExecutionResult(None, list(document.errors) or None)

        def build() -> Any:
            return Executor.build(
                self._schema,
                document.node,
                root_value=root,
                context_value=context,
                raw_variable_values=asked.variables,
                operation_name=asked.name,
                is_awaitable=_is_awaitable,
            )

        data = self._wholes.tell(asked, document, root, context, build)
        if data is not None:
            return ExecutionResult(data, None)
        built = build()
        if isinstance(built, list):
            return ExecutionResult(None, built)
        result: Any = built.execute_operation()
        return ExecutionResult(result.data, result.errors)


def _is_awaitable(value: Any) -> TypeGuard[Awaitable[Any]]:
    """No resolver is awaited."""
    return False


def build_schema(sealed: Collection[str] = SEALED) -> Schema:
    """The schema with its extensions; `sealed` names the fields that receipts hold as commitments."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=config(),
        execution_context_class=Executor,
    )
    describe_arguments(schema._schema)
    measure_with_room()
    note_sealed(schema._schema, sealed)
    note_leaves(schema._schema)
    note_direct(schema._schema)
    note_given(schema)
    prove(schema._schema)
    return schema


@cache
def the_schema() -> Schema:
    """The schema that is published, built once."""
    return build_schema()


@cache
def schema_text() -> str:
    """The schema as it is published, in the schema definition language."""
    return the_schema().as_str().rstrip() + "\n"


__all__ = ["Moment", "Mutation", "Query", "build_schema", "root_value", "schema_text", "the_schema"]
