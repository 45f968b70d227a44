"""Refused attempts 越权尝试: who tried a command that was not theirs to give; for supervisors, auditors and administrators."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry.scalars import ID

from txapi.domain.attempt import Attempts
from txapi.domain.errors import BadInput
from txapi.domain.permissions import FieldClass, may_read
from txapi.projections import history
from txapi.record.record import RecordedEvent
from txapi.schema.asking import Asking
from txapi.schema.commands import Info
from txapi.schema.connections import Connection
from txapi.schema.event_pages import connect_positions
from txapi.schema.history import Actor
from txapi.schema.scalars import Position


class _Told:
    """The events of one page, read from the record together."""

    def __init__(self, positions: Sequence[int]) -> None:
        self._positions = positions
        self._events: dict[int, RecordedEvent] | None = None

    def at(self, info: Info, position: int) -> RecordedEvent:
        if self._events is None:
            self._events = history.told(info.context.record, self._positions)
        return self._events[position]

    def attempt(self, info: Info, position: int) -> Attempts.Refused:
        event = self.at(info, position).event
        assert isinstance(event, Attempts.Refused)
        return event


@strawberry.type(
    description="A command was refused to somebody whose it was not to give. What it said is not kept. 越权尝试。"
)
class RefusedAttempt:
    """One attempt."""

    position: Position = strawberry.field(description="Of the event that remembers it. 记录位置。")
    told: strawberry.Private[_Told]

    @strawberry.field(description="Who tried, in what capacity. 操作人。")
    def actor(self, info: Info) -> Actor:
        """The actor of the event."""
        return Actor.of(self.told.attempt(info, self.position).meta.actor)

    @strawberry.field(description="When. 时间。")
    def at(self, info: Info) -> datetime.datetime:
        """When the command arrived."""
        return self.told.attempt(info, self.position).meta.decided_at

    @strawberry.field(
        description="The command, by the name of its mutation; `import` for a file that was to be recorded. 操作。"
    )
    def action(self, info: Info) -> str:
        """The action."""
        return self.told.attempt(info, self.position).action

    @strawberry.field(description="Why it was refused: NotYourRole, NotYourUnit, or FORBIDDEN. 代码。")
    def code(self, info: Info) -> str:
        """The code."""
        return self.told.attempt(info, self.position).code

    @strawberry.field(description="The kind of noun that it was about, where it named one that is recorded. 对象类别。")
    def noun_kind(self, info: Info) -> str | None:
        """The kind."""
        return self.told.attempt(info, self.position).noun_kind

    @strawberry.field(description="The noun that it was about, the same at every moment. 对象标识。")
    def noun_id(self, info: Info) -> ID | None:
        """The noun."""
        noun = self.told.attempt(info, self.position).noun
        return None if noun is None else ID(noun)

    @strawberry.field(description="The adopted edition that says that it is remembered. 留痕规则。")
    def policy(self, info: Info) -> str:
        """The edition."""
        return self.told.attempt(info, self.position).policy

    @strawberry.field(
        description="Whether the policy's number for one subject and day is reached with it: what followed on that day is not"
        " remembered. 是否已达当日上限。"
    )
    def last(self, info: Info) -> bool:
        """Whether it is the last that is remembered."""
        return self.told.attempt(info, self.position).last


@strawberry.type
class AttemptQuestions(Asking):
    """Root fields about refused attempts."""

    @strawberry.field(
        description="Who tried commands that were not theirs to give, in the order of the record; with `last`, the newest. FORBIDDEN"
        " for all but supervisors, auditors and administrators. 越权尝试列表。"
    )
    def refused_attempts(
        self,
        info: Info,
        subject: Annotated[str | None, strawberry.argument(description="Who tried. 主体。")] = None,
        unit: Annotated[str | None, strawberry.argument(description="For which unit, by code. 单位代码。")] = None,
        since: Annotated[datetime.datetime | None, strawberry.argument(description="Recorded since. 记录起。")] = None,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[RefusedAttempt]:
        """A page of the attempts."""
        viewer = info.context.viewer
        if not may_read(viewer, Attempts.KIND, FieldClass.INTERNAL):
            raise BadInput("FORBIDDEN", f"the role {viewer.role.value} does not read refused attempts")
        self.reader.note(Attempts.KIND)
        asked = history.EventFilter(topics=[Attempts.Refused.TOPIC], subject=subject, unit=unit, recorded_from=since)
        return connect_positions(self.reader, asked, _attempts_at, first, after, last, before)


def _attempts_at(positions: list[int]) -> list[RefusedAttempt]:
    told = _Told(positions)
    return [RefusedAttempt(position=Position(position), told=told) for position in positions]
