"""Question 1 逾期受理: which tickets were accepted on day 8 or later, and what the board showed at the end of day 7."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import late_acceptances
from txapi.domain.light import Light
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.commands import Info
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.inputs import optional
from txapi.schema.scalars import Position
from txapi.schema.ticket_enums import HandlingRole, TicketState
from txapi.schema.tickets import Ticket
from txapi.schema.units import Unit
from txapi.schema.values import Label


@strawberry.type(description="What the board showed of a ticket at a moment of the past. 当时看板。")
class BoardThen:
    """The ticket as it stood on the board."""

    position: Position = strawberry.field(description="The last event that had been recorded by then. 位置。")
    clock: datetime.datetime = strawberry.field(description="The instant, by which the light is judged. 判定时钟。")
    state: TicketState = strawberry.field(description="The state of the ticket. 状态。")
    state_label: Label = strawberry.field(description="What people read for the state. 状态名称。")
    light: Light = strawberry.field(description="The colour of its light. 灯色。")
    because: Label = strawberry.field(description="Why the light had that colour. 亮灯理由。")
    rule_name: str = strawberry.field(
        description="The name of the edition that decided; empty where none was needed. 规则名称。"
    )

    @classmethod
    def of(cls, board: late_acceptances.BoardThen | None) -> BoardThen | None:
        """The public form; None for none."""
        if board is None:
            return None
        return cls(
            position=Position(board.position),
            clock=board.clock,
            state=board.state,
            state_label=Label.of_member(board.state),
            light=board.light.colour,
            because=Label.of(board.light.because),
            rule_name=board.light.rule,
        )


@strawberry.type(
    description="A handling that was accepted after its reply deadline, judged by what is known of its receipt at the moment."
    " 逾期受理。"
)
class LateAcceptance:
    """One line of the answer."""

    handling: int = strawberry.field(description="Which handling of the ticket, by number. 办理序号。")
    role: HandlingRole = strawberry.field(description="Whether the unit leads or supports. 角色。")
    received_on: datetime.date = strawberry.field(description="The day of receipt, which is not counted. 签收日期。")
    receipt_deemed: bool = strawberry.field(
        description="Whether the unit only counts as having received. 是否视同签收。"
    )
    receipt_corrected: bool = strawberry.field(description="Whether the receipt was dated anew. 签收是否更正。")
    last_day: datetime.date = strawberry.field(
        description="The last day in time: the seventh, or the working day to which it was rolled. 受理时限。"
    )
    due: datetime.datetime = strawberry.field(
        description="The instant from which a reply is late: 24:00 of the last day. 到期时刻。"
    )
    policy_name: str | None = strawberry.field(
        description="The edition of the policy that gave the deadline. 政策版本名。"
    )
    calendar_name: str | None = strawberry.field(
        description="The edition of the working-day calendar that was asked. 日历版本名。"
    )
    accepted_at: datetime.datetime = strawberry.field(description="When the acceptance arrived. 受理时间。")
    stated_on: datetime.date | None = strawberry.field(
        description="The unit's claim of an earlier paper reply, which changes no verdict. 自述答复日期。"
    )
    day_number: int = strawberry.field(
        description="On which day, counted as the rule counts: the last day in time is day 7, whatever it was rolled to; from"
        " 8 on. 第几日。"
    )
    days_since_receipt: int = strawberry.field(
        description="On which day, every day counted, that of receipt not. 自签收起天数。"
    )
    days_late: int = strawberry.field(description="How many days after the last day in time. 逾期天数。")
    before: BoardThen | None = strawberry.field(
        description="What the board showed in the last instant of day 7; null where it knew no such ticket. 第7日终了时看板。"
    )
    after: BoardThen | None = strawberry.field(
        description="What it showed at 24:00 of that day, from which on a reply is late. 到期时看板。"
    )
    line: strawberry.Private[late_acceptances.LateAcceptance]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The ticket, at the moment of the question. 工作联系单。")
    def ticket(self) -> Ticket | None:
        """The ticket."""
        return self.page.noun("ticket", self.line.ticket, _tickets)  # type: ignore[no-any-return]

    @strawberry.field(description="The unit that accepted late. 办理单位。")
    def unit(self) -> Unit | None:
        """The handling unit."""
        return self.page.unit(self.line.unit, _units)

    @strawberry.field(description="The event by which it was received, or counts as received. 签收事件。")
    def received(self) -> Event | None:
        """The receipt."""
        return self.page.event(self.line.received)

    @strawberry.field(description="The event by which it was accepted. 受理事件。")
    def accepted(self) -> Event | None:
        """The acceptance."""
        return self.page.event(self.line.accepted)

    @strawberry.field(
        description="Everything that this rests on, in order: receipt, corrections, recorded lapse, acceptance. 依据事件。"
    )
    def events(self) -> list[Event]:
        """The events of the handling that decide the verdict."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: late_acceptances.LateAcceptance, page: AnswerPage[Any]) -> LateAcceptance:
        """The public form of a line."""
        return cls(
            handling=line.handling,
            role=line.role,
            received_on=line.received_on,
            receipt_deemed=line.receipt_deemed,
            receipt_corrected=line.receipt_corrected,
            last_day=line.deadline.last_day,
            due=line.deadline.due,
            policy_name=line.deadline.policy,
            calendar_name=line.deadline.calendar,
            accepted_at=line.accepted_at,
            stated_on=line.said_in_time,
            day_number=line.day_number,
            days_since_receipt=line.days_since_receipt,
            days_late=line.days_late,
            before=BoardThen.of(line.before),
            after=BoardThen.of(line.after),
            line=line,
            page=page,
        )


def _tickets(line: late_acceptances.LateAcceptance) -> Iterator[str]:
    yield line.ticket


def _units(line: late_acceptances.LateAcceptance) -> Iterator[str]:
    yield line.unit


@strawberry.type
class LateAcceptanceQuestions(Asking):
    """Question 1 of the ten."""

    @strawberry.field(
        description="Which tickets were accepted on day 8 or later, and what the board showed at the end of day 7; the first"
        " accepted first. 逾期受理。"
    )
    def late_acceptances(
        self,
        info: Info,
        unit: Annotated[str | None, strawberry.argument(description="By this unit (its code). 单位代码。")] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[LateAcceptance]:
        """A page of them."""
        unit = optional(unit, "unit", 200)
        record = info.context.record

        def shown(reader: Reader, lines: Sequence[late_acceptances.LateAcceptance]) -> list[LateAcceptance]:
            page = AnswerPage(reader, self.pinned, lines)
            return [LateAcceptance.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: late_acceptances.late_acceptances(reader, record, unit, size=size, after=key),
            lambda reader: late_acceptances.count_late_acceptances(reader, unit),
            shown, name="lateAcceptances", asked=unit, first=first, after=after,
        )  # fmt: skip
