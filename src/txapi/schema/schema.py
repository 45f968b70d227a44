"""The public schema, assembled: Query and Moment ask the same questions, Mutation has one field per command."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Collection
from functools import cache

import strawberry
from graphql import ExecutionResult, GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.scalars import ID
from strawberry.types import ExecutionContext

from txapi.domain.errors import BadInput
from txapi.schema.admitting import Admitting
from txapi.schema.arguments import describe_arguments
from txapi.schema.asking import Asking, loads
from txapi.schema.attachments import AttachmentMutations, AttachmentQuestions
from txapi.schema.attempts import AttemptQuestions
from txapi.schema.audit_questions import AuditQuestions
from txapi.schema.commands import Info
from txapi.schema.companies import CompanyMutations, CompanyQuestions
from txapi.schema.comparison import ComparisonQuestions
from txapi.schema.context import Context
from txapi.schema.documents import Documents
from txapi.schema.errors import published
from txapi.schema.executor import Executor
from txapi.schema.groups import GroupMutations, GroupQuestions
from txapi.schema.history import HistoryQuestions
from txapi.schema.leaves import note_leaves
from txapi.schema.live import Subscription
from txapi.schema.meetings import MeetingMutations, MeetingQuestions
from txapi.schema.moments import MomentFields, PointInput, moment_reader, node_at, pinned_id
from txapi.schema.nouns import Node
from txapi.schema.parcels import ParcelMutations, ParcelQuestions
from txapi.schema.persons import PersonMutations, PersonQuestions
from txapi.schema.plans import prove
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
        " own time unless given; `validOn` counts the facts of the world up to a date. 时点。"
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


class PublishedErrors(SchemaExtension):
    """Gives every error its code, and masks what a client must not see; notes which operation it was.

    Where the context wants a document read only, nothing of it is executed.
    """

    def on_execute(self):  # type: ignore[no-untyped-def]
        """Before the operation is executed."""
        if self.execution_context.context.only_read:
            self.execution_context.result = ExecutionResult(data=None, errors=None)
        yield

    def on_operation(self):  # type: ignore[no-untyped-def]
        """After the operation, on whatever it came to."""
        yield
        asked = self.execution_context
        if asked.graphql_document is not None:
            asked.context.document = asked.graphql_document
            asked.context.name = asked.operation_name or ""
            # The document may hold no operation of that name, and that is what it is answered.
            with contextlib.suppress(RuntimeError):
                asked.context.kind = asked.operation_type.value
        result = self.execution_context.result
        errors: list[GraphQLError] | None = getattr(result, "errors", None)
        if result is not None and errors:
            result.errors = [published(error, recorded=asked.context.recorded) for error in errors]


def root_value(context: Context) -> Query:
    """The root of an operation: questions are asked of the present of this context."""
    return Query(reading=context.present, pinned=None)


class Schema(strawberry.Schema):
    """The schema; what it logs of errors is decided in `errors.py`, not by the library. It knows documents again."""

    _documents: tuple[Documents, Documents] | None = None

    def documents(self, *, introspection: bool) -> Documents:
        """The documents that were read last, where the schema may be asked for, or where it may not."""
        if self._documents is None:
            self._documents = Documents(self._schema, introspection=False), Documents(self._schema)
        return self._documents[introspection]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Say nothing: a client's mistake is no incident, and incidents are logged where they are masked."""


def build_schema(sealed: Collection[str] = SEALED) -> Schema:
    """The schema with its extensions; `sealed` names the fields that receipts hold as commitments."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=config(),
        execution_context_class=Executor,
        extensions=[PublishedErrors, Admitting],
    )
    describe_arguments(schema._schema)
    measure_with_room()
    note_sealed(schema._schema, sealed)
    note_leaves(schema._schema)
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
