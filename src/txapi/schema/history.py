"""History 履历 as clients see it: every event, who recorded it and why, and what it changed, field by field."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, TypeVar

import strawberry
from graphql.pyutils import snake_to_camel
from strawberry.scalars import ID

from txapi.domain import event as domain
from txapi.domain.aggregate import Aggregate
from txapi.domain.errors import BadInput
from txapi.projections import history
from txapi.projections.moment import Reader
from txapi.projections.withheld_events import told_to
from txapi.record.record import RecordedEvent
from txapi.schema.asking import Asking, loads
from txapi.schema.commands import Info
from txapi.schema.connections import Connection
from txapi.schema.event_lines import EventLine, nouns_spoken_of
from txapi.schema.event_nouns import kind_of, nouns_after
from txapi.schema.event_pages import connect_positions
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.nouns import Node
from txapi.schema.plain import Indexed, plain
from txapi.schema.proofs import InclusionProof, inclusion_of
from txapi.schema.scalars import JSON, Position
from txapi.schema.values import Label, PartialDate, Source

T = TypeVar("T")

MOST_VALUES = 100
"""How many values one part of a filter takes."""


@strawberry.type(description="Who acted, and in what capacity. 操作人。")
class Actor:
    """The actor of an event."""

    subject: str = strawberry.field(description="The subject of the token. 主体。")
    role: domain.Role = strawberry.field(description="The role. 角色。")
    unit: str | None = strawberry.field(
        description="The code of the unit acted for; null for nobody's clerk. 单位代码。"
    )

    @classmethod
    def of(cls, actor: domain.Actor) -> Actor:
        """The public form of an actor."""
        return cls(subject=actor.subject, role=actor.role, unit=actor.unit)


@strawberry.type(
    description="One field that an event changed. Of a child row (a milestone of a project) that appeared, `before` is null;"
    " of one that went, `after`. 字段变更。"
)
class Change:
    """A field before and after."""

    field: str = strawberry.field(description="The field; of a child row after its table and key. 字段。")
    label: Label = strawberry.field(description="What people read for it. 字段名称。")
    before: JSON | None = strawberry.field(description="The value before; null for none. 变更前。")
    after: JSON | None = strawberry.field(description="The value after; null for none. 变更后。")

    @classmethod
    def of(cls, change: history.Change) -> Change:
        """The public form of a change."""
        names = [snake_to_camel(change.field, upper=False)]
        if change.row is not None:
            names[:0] = [snake_to_camel(change.table, upper=False), *(str(part) for part in change.row)]
        return cls(
            field=".".join(names),
            label=Label.of(change.label),
            before=None if change.before is None else JSON(change.before),
            after=None if change.after is None else JSON(change.after),
        )


class _Told:
    """The events of one answer: read from the record together, when the first of them is asked for what it says.

    Their nouns are read together, too: one statement for each kind, whatever the moments that they are shown at. So is what
    they changed: one statement for each table.
    """

    def __init__(self, reader: Reader, positions: Sequence[int]) -> None:
        self._reader, self._positions = reader, positions
        self._events: dict[int, RecordedEvent] | None = None
        self._nouns: dict[int, Any] | None = None
        self._changes: dict[int, list[history.Change]] | None = None
        self._spoken_of: dict[tuple[str, str], Any] | None = None

    def event(self, info: Info, position: int) -> RecordedEvent:
        if self._events is None:
            self._events = told_to(self._reader, info.context.record, self._positions)
            info.context.note_events(self._events.values())
        return self._events[position]

    def noun(self, info: Info, reader: Reader, position: int) -> Any:
        """The noun of the event at a position, as it was just after it; None where its kind has no type."""
        if self._nouns is None:
            self._nouns = nouns_after([self.event(info, each) for each in self._positions], reader)
        return self._nouns.get(position)

    def about(self, info: Info, reader: Reader) -> dict[tuple[str, str], Any]:
        """The nouns that the events speak of, by kind and id."""
        if self._spoken_of is None:
            self._spoken_of = nouns_spoken_of([self.event(info, each) for each in self._positions], reader)
        return self._spoken_of

    def changes(self, info: Info, reader: Reader, position: int) -> list[history.Change]:
        """What the event at a position changed of its noun."""
        if self._changes is None:
            told = [self.event(info, each) for each in self._positions]
            happened = [history.Happened(each.position, kind_of(each), each.event.originator_id) for each in told]
            projections = history.projections_by_kind(info.context.views.projections)
            self._changes = history.changes_of(reader, projections, happened)
        return self._changes[position]


@strawberry.type(
    description="An event: a fact that was decided, with who, when, why and on what basis. It never changes. 事件。"
)
class Event(EventLine, Node):
    """An event of the record."""

    position: Position = strawberry.field(
        description="Its number in the record, from 1. 记录位置。", metadata=plain(Indexed("position"))
    )
    told: strawberry.Private[_Told]

    def _global_id(self) -> ID:
        return ID(GlobalId("event", str(self.position)).text())

    def _recorded(self, info: Info) -> RecordedEvent:
        return self.told.event(info, self.position)

    def _meta(self, info: Info) -> domain.Metadata:
        return self._recorded(info).event.meta

    @strawberry.field(description="The version of the published form of `data`. 格式版本。")
    def schema_version(self, info: Info) -> int:
        """The version of the event's class."""
        return type(self._recorded(info).event).class_version

    @strawberry.field(
        description="The event's own identifier, the same wherever the event is published. 事件标识。",
        metadata=plain(Indexed("event_id")),
    )
    def event_id(self, info: Info) -> ID:
        """The id that the record gave it."""
        return ID(self._recorded(info).event.event_id)

    @strawberry.field(
        description="The kind of noun that it happened to: ticket. 对象类别。", metadata=plain(Indexed("kind"))
    )
    def kind(self, info: Info) -> str:
        """The kind of the stream."""
        return kind_of(self._recorded(info))

    @strawberry.field(
        description="The noun that it happened to, the same at every moment. 对象标识。",
        metadata=plain(Indexed("stream")),
    )
    def entity_id(self, info: Info) -> ID:
        """The stream."""
        return ID(self._recorded(info).event.originator_id)

    @strawberry.field(description="The noun as it was just after this event; its id carries that moment. 对象。")
    def noun(self, info: Info) -> Node | None:
        """The noun at the event's position."""
        return self.told.noun(info, self.reader, self.position)  # type: ignore[no-any-return]

    @strawberry.field(
        description="Which event of its noun it is, from 1. 对象版次。", metadata=plain(Indexed("version"))
    )
    def noun_version(self, info: Info) -> int:
        """The version of the noun after it."""
        return self._recorded(info).event.originator_version

    @strawberry.field(
        description="When the command arrived; every rule judged by it. 决定时间。",
        metadata=plain(Indexed("decided_at")),
    )
    def decided_at(self, info: Info) -> datetime.datetime:
        """The arrival of the command."""
        return self._meta(info).decided_at

    @strawberry.field(description="When the record took it in. 记录时间。", metadata=plain(Indexed("recorded_at")))
    def recorded_at(self, info: Info) -> datetime.datetime:
        """The recorded time."""
        return self._recorded(info).recorded_at

    @strawberry.field(description="Whose clock gave the recorded time. 时钟依据。")
    def recorded_basis(self, info: Info) -> domain.TimeBasis:
        """The clock of the record at that time."""
        return self._meta(info).clock

    @strawberry.field(description="On what the fact rests. 依据。", metadata=plain(Indexed("basis")))
    def basis(self, info: Info) -> domain.Basis:
        """Stated, inferred, computed or illustrated."""
        return self._meta(info).basis

    @strawberry.field(description="When it happened, if it states a fact of the world. 发生日期。")
    def on(self, info: Info) -> PartialDate | None:
        """The date of the fact."""
        return PartialDate.of(history.happened_on(self._recorded(info).event))

    @strawberry.field(description="Recorded so many days after the last day on which it can have happened. 滞后天数。")
    def lag_days(self, info: Info) -> int | None:
        """The days between fact and record."""
        return history.lag_days(self._recorded(info))

    @strawberry.field(description="Who did it. 操作人。")
    def actor(self, info: Info) -> Actor:
        """The actor."""
        return Actor.of(self._meta(info).actor)

    @strawberry.field(description="Why, where somebody said so. 理由。")
    def reason(self, info: Info) -> str | None:
        """The reason given."""
        return self._meta(info).reason

    @strawberry.field(description="The document that states it. 来源。")
    def source(self, info: Info) -> Source | None:
        """The source given."""
        return Source.of(self._meta(info).source)

    @strawberry.field(
        description="The same for all that came of one command. 关联标识。", metadata=plain(Indexed("correlation"))
    )
    def correlation_id(self, info: Info) -> ID:
        """The correlation."""
        return ID(self._meta(info).correlation_id)

    @strawberry.field(description="The event that brought it about; null where nothing recorded did. 起因事件。")
    def caused_by(self, info: Info) -> Event | None:
        """The cause."""
        return _one(self.reader, history.cause_of(self.reader, info.context.record, self._recorded(info)))

    @strawberry.field(description="The event that it corrects. 被更正事件。")
    def corrects(self, info: Info) -> Event | None:
        """The event corrected."""
        return _one(self.reader, history.corrected_by_it(self.reader, self._recorded(info).event))

    @strawberry.field(
        description="The event's own fields, in its published form; none where they are withheld. 事件内容。"
    )
    def data(self, info: Info) -> JSON:
        """The fields as stored."""
        return JSON(history.data_of(self._recorded(info).event))

    @strawberry.field(description="What it changed of its noun, field by field. 变更内容。")
    def changes(self, info: Info) -> list[Change]:
        """The versions of rows that ended with it, beside those that began."""
        return [Change.of(change) for change in self.told.changes(info, self.reader, self.position)]

    @strawberry.field(
        description="The proof that it is in the record that a checkpoint attests; of the last one unless `treeSize` is given."
        " 包含证明。"
    )
    def proof(self, info: Info, tree_size: Position | None = None) -> InclusionProof:
        """The inclusion proof of the event's entry."""
        return inclusion_of(info, self.position, tree_size)


def events_at(reader: Reader, positions: Sequence[int]) -> list[Event]:
    """The events at positions that the reader's moment knows, those that the viewer may read: what receipts show."""
    positions = history.readable(reader, positions)
    told = _Told(reader, positions)
    return [Event(position=Position(position), reader=reader, told=told) for position in positions]


def _one(reader: Reader, position: int | None) -> Event | None:
    return None if position is None else events_at(reader, [position])[0]


@loads("event")
def _event(reader: Reader, pinned: GlobalId | None, key: str) -> Event | None:
    if not key.isdecimal() or not history.is_told(reader, int(key)):
        return None
    return _one(reader, int(key))


# -- lists of events ---------------------------------------------------------------------------------------------------


@strawberry.input(description="Which events: every part that is given must hold; both ends are included. 事件筛选。")
class EventFilter:
    """The parts of a filter."""

    of: list[ID] | None = strawberry.field(default=None, description="Nouns, by entityId or id. 对象。")
    kinds: list[str] | None = strawberry.field(default=None, description="Kinds of noun: ticket. 对象类别。")
    types: list[str] | None = strawberry.field(default=None, description="Types of event: ticket.accepted. 事件类型。")
    subject: str | None = strawberry.field(default=None, description="Who did it. 主体。")
    unit: str | None = strawberry.field(default=None, description="The code of the unit acted for. 单位代码。")
    roles: list[domain.Role] | None = strawberry.field(default=None, description="In what capacity. 角色。")
    bases: list[domain.Basis] | None = strawberry.field(default=None, description="On what the facts rest. 依据。")
    correlation_id: ID | None = strawberry.field(default=None, description="All that came of one command. 关联标识。")
    recorded_from: datetime.datetime | None = strawberry.field(default=None, description="Recorded since. 记录起。")
    recorded_to: datetime.datetime | None = strawberry.field(default=None, description="Recorded until. 记录止。")
    decided_from: datetime.datetime | None = strawberry.field(default=None, description="Decided since. 决定起。")
    decided_to: datetime.datetime | None = strawberry.field(default=None, description="Decided until. 决定止。")
    position_from: Position | None = strawberry.field(default=None, description="From this position on. 位置起。")
    position_to: Position | None = strawberry.field(default=None, description="Up to this position. 位置止。")

    def asked(self) -> history.EventFilter:
        """The filter as a question. BadInput UNKNOWN_KIND, UNKNOWN_EVENT_TYPE, TOO_MANY_VALUES, BAD_ID."""
        return history.EventFilter(
            streams=None if self.of is None else [stream_of(id) for id in few(self.of, "of")],
            kinds=_known(self.kinds, Aggregate.kinds, "kinds", "UNKNOWN_KIND"),
            topics=_known(self.types, domain.Event.registry, "types", "UNKNOWN_EVENT_TYPE"),
            subject=self.subject,
            unit=self.unit,
            roles=self.roles,
            bases=self.bases,
            correlation=self.correlation_id,
            recorded_from=self.recorded_from,
            recorded_to=self.recorded_to,
            decided_from=self.decided_from,
            decided_to=self.decided_to,
            position_from=self.position_from,
            position_to=self.position_to,
        )


def few(values: list[T], name: str) -> list[T]:
    """The values of one part of a filter; BadInput TOO_MANY_VALUES."""
    if len(values) > MOST_VALUES:
        raise BadInput("TOO_MANY_VALUES", f"at most {MOST_VALUES} values, not {len(values)}", (name,))
    return values


def _known(values: list[str] | None, known: dict[str, Any], name: str, code: str) -> list[str] | None:
    if values is None:
        return None
    for value in few(values, name):
        if value not in known:
            raise BadInput(code, f"{value[:60]!r} is not one of the {name} of this service", (name,))
    return values


def connect_events(
    reader: Reader,
    asked: history.EventFilter,
    first: int | None,
    after: int | None,
    last: int | None = None,
    before: int | None = None,
) -> Connection[Event]:
    """A page of the history in the order of the record."""
    return connect_positions(reader, asked, lambda at: events_at(reader, at), first, after, last, before)


def history_of(
    reader: Reader,
    entity_id: str,
    first: int | None = None,
    after: Position | None = None,
    last: int | None = None,
    before: Position | None = None,
) -> Connection[Event]:
    """The events of one noun, in order, those of its attachments among them: what a noun's `history` answers with."""
    return connect_events(reader, history.EventFilter(nouns=[entity_id]), first, after, last, before)


@strawberry.type
class HistoryQuestions(Asking):
    """Root fields about events."""

    @strawberry.field(description="The event at a position; null where the moment does not know it. 事件。")
    def event(self, position: Position) -> Event | None:
        """One event."""
        return _one(self.reader, position if history.is_told(self.reader, position) else None)

    @strawberry.field(
        description="The events that the moment knows, in the order of the record; cursors are positions. With `last`, the"
        " newest. 事件列表。"
    )
    def events(
        self,
        filter: EventFilter | None = None,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """A part of the history."""
        asked = history.EVERYTHING if filter is None else filter.asked()
        return connect_events(self.reader, asked, first, after, last, before)
