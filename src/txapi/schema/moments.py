"""Moments 时点: one door to now and then."""

from __future__ import annotations

import datetime

import strawberry

from txapi.domain.dates import end_of
from txapi.domain.errors import BadInput
from txapi.projections.moment import Moment as At
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking, found
from txapi.schema.commands import Info
from txapi.schema.context import Context
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import Node
from txapi.schema.scalars import Position


@strawberry.input(one_of=True, description="A point of the record: by position or by time. 记录时点。")
class PointInput:
    """Exactly one of the two."""

    position: Position | None = strawberry.field(
        default=strawberry.UNSET, description="Up to and including this event. 位置。"
    )
    time: datetime.datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The last event recorded by then. 时间。"
    )


@strawberry.type
class MomentFields(Asking):
    """What a moment says of itself."""

    @strawberry.field(description="The last event that this moment knows. 位置。")
    def position(self) -> Position:
        """The position that the moment resolved to."""
        return Position(self.reader.moment.position)

    @strawberry.field(description="When that event was recorded. 记录时间。")
    def recorded_at(self) -> datetime.datetime:
        """The recorded time of the position."""
        return self.reader.moment.recorded_at

    @strawberry.field(
        description="Judges deadlines, lapses and lights. Only its day in Asia/Shanghai matters: deadlines end at 24:00. 判定时钟。"
    )
    def clock(self, info: Info) -> datetime.datetime:
        """The clock of the moment."""
        info.context.told_the_clock = True
        return self.reader.moment.clock

    @strawberry.field(description="Facts of the world are counted up to this date. 事实截止日。")
    def valid_on(self) -> datetime.date:
        """The date up to which facts count."""
        return self.reader.moment.valid_day

    @strawberry.field(
        description="The next instant at which an answer here may change although nothing is recorded. 结论可能变化的时刻。"
    )
    def stale_at(self) -> datetime.datetime:
        """The turn of the clock's day."""
        return end_of(self.reader.moment.day)


def pinned_id(moment: At, *, floating: bool = False) -> GlobalId:
    """The id that every noun inside this moment carries; `floating` where it was asked for as now."""
    return GlobalId("moment", "m", moment.position, moment.clock, moment.valid_on, floating)


def moment_reader(
    context: Context, at: PointInput | None, clock: datetime.datetime | None, valid_on: datetime.date | None
) -> Reader:
    """The reader of the moment that a client asks for."""
    position = time = None
    if at is not None:
        position = None if at.position is strawberry.UNSET else at.position
        time = None if at.time is strawberry.UNSET else at.time
    return context.reader_at(position, time, clock, valid_on)


def node_at(context: Context, text: str) -> Node | None:
    """The noun that a global id names, at the id's moment; None where it does not exist then."""
    parsed = GlobalId.parse(text)
    if parsed.position is None:
        if parsed.kind == "moment":
            raise BadInput("BAD_ID", "a moment's id carries its position")
        return found(context.present(), None, parsed.kind, parsed.key)  # type: ignore[no-any-return]
    reader = context.reader_at(parsed.position, None, parsed.clock, parsed.valid_on)
    return found(reader, parsed, parsed.kind, parsed.key)  # type: ignore[no-any-return]
