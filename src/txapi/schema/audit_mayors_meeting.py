"""Question 8 市长办公会议: what reached the mayor's meeting without a recorded attempt, and was its decision carried out."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import mayors_meeting, meeting_decisions
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.commands import Info
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.meetings import Meeting
from txapi.schema.tickets import Ticket
from txapi.schema.units import Unit
from txapi.schema.values import Label, Official, public_enum

public_enum(
    mayors_meeting.MeetingWay, "上会方式", "How a ticket came before the mayor's office meeting.", name="MeetingWay"
)
public_enum(
    meeting_decisions.Tried, "领导协调", "What a leading official had tried before.", name="TriedByLeadingOfficial"
)


@strawberry.type(description="What a leading official tried before a ticket came before the meeting. 领导协调记录。")
class RecordedAttempt:
    """One attempt."""

    at: datetime.datetime = strawberry.field(description="When it was recorded. 时间。")
    outcome: str = strawberry.field(description="What came of it. 协调结果。")
    settled: bool = strawberry.field(description="Whether the matter was settled, as was said then. 是否解决。")
    event: Event | None = strawberry.field(description="The event that records it. 依据事件。")


@strawberry.type(
    description="What the mayor's office meeting decided, and whether it was carried out. 会议决定及落实。"
)
class MeetingDecision:
    """One decision."""

    number: int | None = strawberry.field(
        description="Counts from 1 within the ticket; null where the meeting assigned or resolved an item of its own. 序号。"
    )
    text: str | None = strawberry.field(description="What was decided. 决定内容。")
    decided_at: datetime.datetime = strawberry.field(description="When. 决定时间。")
    due: datetime.datetime | None = strawberry.field(
        description="The instant from which carrying it out is late; null: done on the spot. 到期时刻。"
    )
    last_day: datetime.date | None = strawberry.field(description="The last day in time. 完成时限。")
    carried_out_at: datetime.datetime | None = strawberry.field(
        description="When it was carried out; null where it was not, by what is known. 落实时间。"
    )
    outcome: str | None = strawberry.field(description="What came of it. 落实结果。")
    late: bool = strawberry.field(
        description="Whether it was carried out late, or its deadline passed at the clock without. 是否逾期。"
    )
    tried: meeting_decisions.Tried = strawberry.field(
        description="What a leading official had tried before this decision. 决定前领导协调。"
    )
    decided: Event | None = strawberry.field(description="The event of the decision. 决定事件。")
    carried_out: Event | None = strawberry.field(
        description="The event by which it was carried out; null for none. 落实事件。"
    )
    lapsed: Event | None = strawberry.field(
        description="The event that recorded that its deadline passed; null for none. 逾期事件。"
    )
    unit_code: strawberry.Private[str | None]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The unit responsible for it. 责任单位。")
    def unit(self) -> Unit | None:
        """Who has to carry it out."""
        return self.page.unit(self.unit_code, _units)

    @classmethod
    def of(cls, one: meeting_decisions.MeetingDecision, page: AnswerPage[Any]) -> MeetingDecision:
        """The public form of a decision."""
        return cls(
            number=one.number,
            text=one.text,
            decided_at=one.decided_at,
            due=one.deadline.due if one.deadline else None,
            last_day=one.deadline.last_day if one.deadline else None,
            carried_out_at=one.carried_out_at,
            outcome=one.outcome,
            late=one.late,
            tried=one.tried,
            decided=page.event(one.decided),
            carried_out=page.event(one.carried_out),
            lapsed=page.event(one.lapsed),
            unit_code=one.unit,
            page=page,
        )


@strawberry.type(description="A ticket that came before the mayor's office meeting. 上会事项。")
class MeetingCase:
    """One line of the answer."""

    way: mayors_meeting.MeetingWay = strawberry.field(description="How it came there. 上会方式。")
    reached_at: datetime.datetime = strawberry.field(description="When it came before the meeting. 上会时间。")
    tried: meeting_decisions.Tried = strawberry.field(
        description="What a leading official had tried before it came there. 上会前领导协调。"
    )
    tried_label: Label = strawberry.field(description="What people read for that. 领导协调名称。")
    leader: Official | None = strawberry.field(
        description="The leading official to whom it had been taken; null: to none. 领衔领导。"
    )
    line: strawberry.Private[mayors_meeting.MeetingCase]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The ticket, at the moment of the question. 工作联系单。")
    def ticket(self) -> Ticket | None:
        """The ticket."""
        return self.page.noun("ticket", self.line.ticket, _tickets)  # type: ignore[no-any-return]

    @strawberry.field(description="The meeting, where the record names it. 会议。")
    def meeting(self) -> Meeting | None:
        """The meeting."""
        return self.page.noun("meeting", self.line.meeting, _meetings)  # type: ignore[no-any-return]

    @strawberry.field(description="The event by which it came before the meeting. 上会事件。")
    def reached(self) -> Event | None:
        """The escalation, or what sent the item out."""
        return self.page.event(self.line.reached)

    @strawberry.field(description="The event that noted it as an item of the meeting; null for none. 列入议题事件。")
    def noted(self) -> Event | None:
        """The draft that named the meeting."""
        return self.page.event(self.line.noted)

    @strawberry.field(description="The event that took it to the leading official; null for none. 提交领衔领导事件。")
    def leader_step(self) -> Event | None:
        """The step before the meeting."""
        return self.page.event(self.line.leader_step)

    @strawberry.field(
        description="The event that last sent it on or reopened it before it came there; null for none. 转办或重办事件。"
    )
    def turned(self) -> Event | None:
        """The last turn before."""
        return self.page.event(self.line.turned)

    @strawberry.field(description="What leading officials had tried before, in order. 上会前协调记录。")
    def attempts(self) -> list[RecordedAttempt]:
        """Every attempt before it came before the meeting."""
        return [
            RecordedAttempt(
                at=one.step.at,
                outcome=one.step.outcome,
                settled=one.step.settled,
                event=self.page.event(one.position),
            )
            for one in self.line.attempts
        ]

    @strawberry.field(description="What the meeting decided on it, and what became of that. 会议决定。")
    def decisions(self) -> list[MeetingDecision]:
        """Every decision, in order."""
        return [MeetingDecision.of(one, self.page) for one in self.line.decisions]

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The events of the case."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: mayors_meeting.MeetingCase, page: AnswerPage[Any]) -> MeetingCase:
        """The public form of a line."""
        return cls(
            way=line.way,
            reached_at=line.reached_at,
            tried=line.tried,
            tried_label=Label.of_member(line.tried),
            leader=Official.of(line.leader),
            line=line,
            page=page,
        )


def _tickets(line: mayors_meeting.MeetingCase) -> Iterator[str]:
    yield line.ticket


def _meetings(line: mayors_meeting.MeetingCase) -> Iterator[str | None]:
    yield line.meeting


def _units(line: mayors_meeting.MeetingCase) -> Iterator[str | None]:
    yield from (decision.unit for decision in line.decisions)


@strawberry.type
class MayorsMeetingQuestions(Asking):
    """Question 8 of the ten."""

    @strawberry.field(
        description="What reached the mayor's office meeting, or was decided there, without a recorded attempt by a leading"
        " official that had failed; and what became of the decisions. In the order of the record. 上会事项核查。"
    )
    def mayors_meeting(
        self,
        info: Info,
        everything: Annotated[
            bool, strawberry.argument(description="Also what a leading official had tried before. 含已协调事项。")
        ] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[MeetingCase]:
        """A page of them."""
        record = info.context.record

        def shown(reader: Reader, lines: Sequence[mayors_meeting.MeetingCase]) -> list[MeetingCase]:
            page = AnswerPage(reader, self.pinned, lines)
            return [MeetingCase.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: mayors_meeting.mayors_meeting(
                reader, record, everything=everything, size=size, after=key
            ),
            lambda reader: mayors_meeting.count_mayors_meeting(reader, everything=everything),
            shown, name="mayorsMeeting", asked=everything, first=first, after=after,
        )  # fmt: skip
