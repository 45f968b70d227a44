"""Question 7 承诺延后: which commitments were pushed back after, or just before, they lapsed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import pushed_back_commitments as question
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.commands import Info
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.handlings import Extension
from txapi.schema.history import Event
from txapi.schema.inputs import optional
from txapi.schema.ticket_enums import CommitmentGround, HandlingRole
from txapi.schema.tickets import Ticket
from txapi.schema.units import Unit


@strawberry.type(description="A promised date that a later one replaced before it was kept. 延后的承诺。")
class PushedBackCommitment:
    """One line of the answer."""

    handling: int = strawberry.field(description="In which handling of the ticket, by number. 办理序号。")
    role: HandlingRole = strawberry.field(description="Whether the unit leads or supports. 角色。")
    ground: CommitmentGround = strawberry.field(description="Who had set the old date. 原时限来源。")
    old: datetime.date = strawberry.field(description="The old date: its last day in time. 原承诺日期。")
    new: datetime.date = strawberry.field(description="The new date. 新承诺日期。")
    days_won: int = strawberry.field(description="By how many days the new date is later. 延后天数。")
    new_handling: int = strawberry.field(
        description="The handling that has the new date: the same, or the next one after it was sent on. 新办理序号。"
    )
    new_ground: CommitmentGround = strawberry.field(
        description="How the new date came: EXTENDED, REOPENED, or the PROMISE or assignment of the next unit. 新时限来源。"
    )
    asked_at: datetime.datetime | None = strawberry.field(
        description="When an extension was asked; null where nobody asked. 申请时间。"
    )
    pushed_at: datetime.datetime = strawberry.field(
        description="When the old date was given up: the extension granted, the ticket reopened or sent on. 延后时间。"
    )
    after_lapse: bool = strawberry.field(
        description="Whether the old date had passed by then, at 24:00 of its last day. 是否逾期后。"
    )
    days_left: int = strawberry.field(
        description="Days from then to the old last day: 0 on that day, less after it. 距原时限天数。"
    )
    asked_days_left: int | None = strawberry.field(
        description="Days from the asking to the old last day; null where nobody asked. 申请时距原时限天数。"
    )
    reason: str | None = strawberry.field(
        description="Why: the reason of the asking, or of sending on or reopening. 理由。"
    )
    extension: Extension | None = strawberry.field(
        description="The extension, as asked and decided; null where it was none. 延期申请与批复。"
    )
    line: strawberry.Private[question.PushedBackCommitment]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The ticket, at the moment of the question. 工作联系单。")
    def ticket(self) -> Ticket | None:
        """The ticket."""
        return self.page.noun("ticket", self.line.ticket, _tickets)  # type: ignore[no-any-return]

    @strawberry.field(description="The unit whose date was pushed back. 承诺单位。")
    def unit(self) -> Unit | None:
        """The handling unit."""
        return self.page.unit(self.line.unit, _units)

    @strawberry.field(description="The unit that has the new date. 新承诺单位。")
    def new_unit(self) -> Unit | None:
        """The handling unit of the new date."""
        return self.page.unit(self.line.new_unit, _units)

    @strawberry.field(description="The event that set the old date. 原承诺事件。")
    def made(self) -> Event | None:
        """The old promise."""
        return self.page.event(self.line.made)

    @strawberry.field(description="The event that asked for the new one; null where nobody asked. 申请事件。")
    def asked(self) -> Event | None:
        """The asking."""
        return self.page.event(self.line.asked)

    @strawberry.field(description="The events that replaced the old date, in order. 延后事件。")
    def pushed(self) -> list[Event]:
        """The decision, the reopening, or the sending on and the new promise."""
        return self.page.events(self.line.pushed)

    @strawberry.field(description="The event that recorded that the old date had passed; null for none. 逾期事件。")
    def lapsed(self) -> Event | None:
        """The recorded lapse."""
        return self.page.event(self.line.lapsed)

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The events of the line."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: question.PushedBackCommitment, page: AnswerPage[Any]) -> PushedBackCommitment:
        """The public form of a line."""
        return cls(
            handling=line.handling,
            role=line.role,
            ground=line.ground,
            old=line.old,
            new=line.new,
            days_won=line.days_won,
            new_handling=line.new_handling,
            new_ground=line.new_ground,
            asked_at=line.extension.asked_at if line.extension else None,
            pushed_at=line.pushed_at,
            after_lapse=line.after_lapse,
            days_left=line.days_left,
            asked_days_left=line.asked_days_left,
            reason=line.reason,
            extension=Extension.of(line.extension) if line.extension else None,
            line=line,
            page=page,
        )


def _tickets(line: question.PushedBackCommitment) -> Iterator[str]:
    yield line.ticket


def _units(line: question.PushedBackCommitment) -> Iterator[str]:
    yield from (line.unit, line.new_unit)


@strawberry.type
class PushedBackCommitmentQuestions(Asking):
    """Question 7 of the ten."""

    @strawberry.field(
        description="Which commitments were pushed back after, or just before, they lapsed; in the order in which that"
        " happened. 承诺延后。"
    )
    def pushed_back_commitments(
        self,
        info: Info,
        within_days: Annotated[
            int,
            strawberry.argument(description="So many days before the last day count as just before. 逾期前天数。"),
        ] = 3,
        unit: Annotated[
            str | None, strawberry.argument(description="Only dates of this unit (its code). 单位代码。")
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[PushedBackCommitment]:
        """A page of them."""
        asked = question.PushedBackAsked(within_days=within_days, unit=optional(unit, "unit", 200))
        record = info.context.record

        def shown(reader: Reader, lines: Sequence[question.PushedBackCommitment]) -> list[PushedBackCommitment]:
            page = AnswerPage(reader, self.pinned, lines)
            return [PushedBackCommitment.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: question.pushed_back_commitments(reader, record, asked, size=size, after=key),
            lambda reader: question.count_pushed_back_commitments(reader, asked),
            shown, name="pushedBackCommitments", asked=asked, first=first, after=after,
        )  # fmt: skip
