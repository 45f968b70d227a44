"""Live 实时: what happens, as it happens, each time with the position to go on from."""

from __future__ import annotations

import datetime
import enum
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Annotated, Protocol

import strawberry
from strawberry.scalars import ID

from txapi.domain.errors import NOUNS, BadInput
from txapi.domain.labels import Label
from txapi.domain.permissions import HIDDEN_KINDS, hidden_kinds
from txapi.projections import history
from txapi.projections.history import EventFilter as Asked
from txapi.projections.listening import Heard, Reached, Signal, Turned, Wanted
from txapi.schema.asking import LOADERS, found
from txapi.schema.commands import Info
from txapi.schema.history import Event, EventFilter, events_at, few
from txapi.schema.ids import stream_of
from txapi.schema.nouns import Node
from txapi.schema.scalars import Position
from txapi.schema.values import public_enum


class Feed(Protocol):
    """Where events are told as they become visible."""

    def follow(self, wanted: Wanted, after: int | None, *, days: bool) -> AsyncIterator[Signal]:
        """What is wanted behind a position, or from now on; with `days`, also each day of the clock that begins.

        BadInput POSITION_AHEAD where there is no such position yet, TOO_OLD where more lies behind it than is told again.
        """
        ...


class Noun(enum.Enum):
    """The kinds of noun that have events."""

    PROJECT = "project"
    TICKET = "ticket"
    TARGET = "target"
    COMPANY = "company"
    PARCEL = "parcel"
    GROUP = "group"
    MEETING = "meeting"
    UNIT = "unit"
    SUPERVISION_LIST = "supervision_list"
    PUBLICATION = "publication"
    ATTACHMENT = "attachment"
    EDITION = "reference"
    WEBHOOK = "webhook"
    PERSON = "person"


public_enum(
    Noun,
    "对象类别",
    "A kind of noun that changes.",
    label_of=lambda member: Label(zh=NOUNS[member.value][0], en=NOUNS[member.value][1]),
)


def _event(info: Info, position: int) -> Event:
    found = events_at(info.context.present(), [position])
    if not found:
        raise _withheld()
    return found[0]


def _withheld() -> BadInput:
    """Since an event was told, whoever listens has lost the permission to read it."""
    return BadInput("FORBIDDEN", "what happened here is not yours to read any more")


@strawberry.type(
    description="A noun was changed by an event. `noun` has the id that it has in every answer of now, and is what it is now:"
    " a cache that takes it in never goes back in time. `event.noun` is what it was just after the event, under an id of that"
    " moment. 对象变更。"
)
class NounChanged:
    """An event, with its noun as it is now."""

    position: Position = strawberry.field(description="Of the event: go on `after` it. 记录位置。")

    @strawberry.field(description="What happened: who, when, why, and field by field what changed. 事件。")
    def event(self, info: Info) -> Event:
        """The event."""
        return _event(info, self.position)

    @strawberry.field(name="kind", description="The kind of noun. 对象类别。")
    def kind(self, info: Info) -> Noun:
        """The kind of the stream."""
        return Noun(self._noun(info)[0])

    @strawberry.field(description="The noun, the same at every moment. 对象标识。")
    def entity_id(self, info: Info) -> ID:
        """The stream."""
        return ID(self._noun(info)[1])

    @strawberry.field(description="The noun as it is now; null for an edition, which is no node. 对象现状。")
    def noun(self, info: Info) -> Node | None:
        """The noun in the snapshot that this answer comes from, which knows the event."""
        kind, entity_id = self._noun(info)
        return found(info.context.present(), None, kind, entity_id) if kind in LOADERS else None

    def _noun(self, info: Info) -> tuple[str, str]:
        known = history.noun_of(info.context.present(), self.position)
        if known is None:
            raise _withheld()
        return known


@strawberry.type(description="An event of the record. 记录事件。")
class TailEvent:
    """An event as part of the tail."""

    position: Position = strawberry.field(description="Of the event: go on `after` it. 记录位置。")

    @strawberry.field(description="What happened. 事件。")
    def event(self, info: Info) -> Event:
        """The event."""
        return _event(info, self.position)


@strawberry.type(
    description="All that was wanted up to this position has been told. It comes when a subscription has caught up, and again"
    " and again while nothing else does; whoever goes on `after` it misses nothing. 书签。"
)
class Bookmark:
    """How far a subscription has come."""

    position: Position = strawberry.field(description="Go on `after` it. 记录位置。")


@strawberry.type(
    description="A day of the record's clock has begun. Nothing was recorded by that, but deadlines and lights are judged anew:"
    " ask again for what is shown. It may come again when a subscription goes on. 换日。"
)
class DayTurned:
    """A day of the clock has begun."""

    day: datetime.date = strawberry.field(description="The day that has begun, in Asia/Shanghai. 日期。")
    position: Position = strawberry.field(
        description="All that was wanted up to it has been told: go on `after` it. 记录位置。"
    )


ChangeItem = Annotated[
    NounChanged | Bookmark | DayTurned,
    strawberry.union("ChangeItem", description="What comes of a subscription to changes. 变更订阅项。"),
]
TailItem = Annotated[
    TailEvent | Bookmark,
    strawberry.union("TailItem", description="What comes of a subscription to the record's tail. 记录订阅项。"),
]


def _feed(info: Info) -> Feed:
    if info.context.feed is None:
        raise BadInput("NOT_LIVE", "nothing is told here as it happens: a server does that")
    return info.context.feed


@strawberry.type(
    description="What happens, as it happens, over graphql-transport-ws or as text/event-stream. Every item has a position:"
    " whoever subscribes again `after` the last one misses nothing and hears nothing twice. 订阅。"
)
class Subscription:
    """The root of subscriptions."""

    @strawberry.subscription(
        description="Changes of nouns, each with its event, also those that the watch records because a deadline passed; and"
        " the turn of a day, with which the clock alone changes answers. Every part that is given must hold. Without `after`,"
        " from now on. 变更订阅。"
    )
    async def changes(
        self,
        info: Info,
        nouns: Annotated[
            list[Noun] | None, strawberry.argument(description="Of these kinds; of all unless given. 对象类别。")
        ] = None,
        of: Annotated[
            list[ID] | None,
            strawberry.argument(
                description="Of these nouns and the files attached to them, by entityId or id; at most 100. 对象。"
            ),
        ] = None,
        units: Annotated[
            list[str] | None,
            strawberry.argument(
                description="Of nouns of these units, by code: their own projects and targets, tickets that they issued, handle, once"
                " handled or have a copy of, and what just ceased to be theirs; at most 100. 单位代码。"
            ),
        ] = None,
        after: Annotated[
            Position | None, strawberry.argument(description="The last position that the client knows. 续接位置。")
        ] = None,
    ) -> AsyncGenerator[ChangeItem, None]:
        """The changes of nouns."""
        asked = Asked(
            kinds=None if nouns is None else [noun.value for noun in nouns],
            nouns=None if of is None else [stream_of(id) for id in few(of, "of")],
            # Who was refused what is no noun that changes; whoever may know of it follows the tail.
            without=HIDDEN_KINDS,
        )
        wanted = Wanted(asked, None if units is None else frozenset(few(units, "units")), info.context.viewer)
        async for signal in _feed(info).follow(wanted, after, days=True):
            match signal:
                case Heard(position):
                    yield NounChanged(position=Position(position))
                case Reached(position):
                    yield Bookmark(position=Position(position))
                case Turned(day, position):
                    yield DayTurned(day=day, position=Position(position))

    @strawberry.subscription(
        description="The events of the record in its order. Without `after`, from now on. 记录订阅。",
    )
    async def tail(
        self,
        info: Info,
        after: Annotated[
            Position | None, strawberry.argument(description="The last position that the client knows. 续接位置。")
        ] = None,
        filter: Annotated[
            EventFilter | None, strawberry.argument(description="Which events; all unless given. 事件筛选。")
        ] = None,
    ) -> AsyncGenerator[TailItem, None]:
        """The events of the record."""
        asked = history.EVERYTHING if filter is None else filter.asked()
        viewer = info.context.viewer
        wanted = Wanted(replace(asked, without=hidden_kinds(viewer)), viewer=viewer)
        async for signal in _feed(info).follow(wanted, after, days=False):
            if isinstance(signal, Heard):
                yield TailEvent(position=Position(signal.position))
            elif isinstance(signal, Reached):
                yield Bookmark(position=Position(signal.position))


Item = NounChanged | TailEvent | Bookmark | DayTurned
