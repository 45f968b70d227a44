"""Question 10 时限依据: on which policy and calendar deadlines rest, and what another calendar or reading would change."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry

from txapi.audit.questions import deadline_bases
from txapi.audit.questions.deadline_bases import ReplyVerdict
from txapi.domain import deadlines
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.connections import Connection, connect_lines, told_whole
from txapi.schema.history import Event
from txapi.schema.inputs import optional
from txapi.schema.tickets import Ticket
from txapi.schema.units import Unit
from txapi.schema.values import Label, public_enum

public_enum(ReplyVerdict, "答复结论", "What became of a reply by a clock.")


@strawberry.type(
    description="A reply deadline by one reading: its editions, when it ends, and the verdict by it. 时限读法。"
)
class DeadlineReading:
    """One of the ways to count."""

    last_day: datetime.date | None = strawberry.field(description="The last day; null: no reply would be owed. 时限。")
    due: datetime.datetime | None = strawberry.field(description="24:00 of the last day. 到期时刻。")
    policy_name: str | None = strawberry.field(
        description="The edition of the policy; null: a person set it. 政策版本名。"
    )
    calendar_name: str | None = strawberry.field(
        description="The edition of the calendar of the last day's year; null where none was asked or known. 日历版本名。"
    )
    provisional: bool = strawberry.field(description="Whether it asked about a year that no edition knew. 是否暂定。")
    verdict: ReplyVerdict = strawberry.field(description="What became of the reply by it, at the clock. 结论。")
    verdict_label: Label = strawberry.field(description="The verdict, for people. 结论名称。")
    due_changes: bool = strawberry.field(description="Whether it ends otherwise than as recorded. 时限是否改变。")
    verdict_changes: bool = strawberry.field(
        description="Whether the verdict is another than by the recorded. 结论是否改变。"
    )

    @classmethod
    def of(
        cls, deadline: deadlines.Deadline | None, verdict: ReplyVerdict, *, due_changes: bool, verdict_changes: bool
    ) -> DeadlineReading:
        """The public form."""
        return cls(
            last_day=deadline.last_day if deadline else None,
            due=deadline.due if deadline else None,
            policy_name=deadline.policy if deadline else None,
            calendar_name=deadline.calendar if deadline else None,
            provisional=deadline.provisional if deadline else False,
            verdict=verdict,
            verdict_label=Label.of_member(verdict),
            due_changes=due_changes,
            verdict_changes=verdict_changes,
        )

    @classmethod
    def computed(cls, found: deadline_bases.Recomputed) -> DeadlineReading:
        """The public form of a deadline that was computed anew."""
        return cls.of(
            found.deadline, found.verdict, due_changes=found.due_changes, verdict_changes=found.verdict_changes
        )


@strawberry.type(description="What a handling's reply deadline rests on. 时限依据。")
class DeadlineBasis:
    """One line of the answer."""

    handling: int = strawberry.field(description="Which handling of the ticket, by number. 办理序号。")
    received_on: datetime.date = strawberry.field(description="The day of receipt, which is not counted. 签收日期。")
    receipt_deemed: bool = strawberry.field(
        description="Whether the unit only counts as having received. 是否视同签收。"
    )
    recorded: DeadlineReading = strawberry.field(description="The deadline as recorded. 登记的时限。")
    today: DeadlineReading = strawberry.field(
        description="By the same policy and the calendars known at the moment. 按现行日历。"
    )
    other: DeadlineReading | None = strawberry.field(
        description="By the policy, not withdrawn, that counts the other sort of days; null where none was adopted. 按另一种解读。"
    )
    line: strawberry.Private[deadline_bases.DeadlineBasis]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The ticket, at the moment of the question. 工作联系单。")
    def ticket(self) -> Ticket | None:
        """The ticket."""
        return self.page.noun("ticket", self.line.ticket, _tickets)  # type: ignore[no-any-return]

    @strawberry.field(description="The handling unit. 办理单位。")
    def unit(self) -> Unit | None:
        """The unit that owed the reply."""
        return self.page.unit(self.line.unit, _units)

    @strawberry.field(description="The events that set or moved the deadline, in order. 定时限事件。")
    def fixed_by(self) -> list[Event]:
        """Receipt, corrections, a calendar that arrived."""
        return self.page.events(self.line.fixed_by)

    @strawberry.field(description="The event that answered; null while there is none. 答复事件。")
    def answered_by(self) -> Event | None:
        """The reply."""
        return self.page.event(self.line.answered_by)

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """The events of the handling that decide."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: deadline_bases.DeadlineBasis, page: AnswerPage[Any]) -> DeadlineBasis:
        """The public form of a line."""
        return cls(
            handling=line.handling,
            received_on=line.received_on,
            receipt_deemed=line.deemed,
            recorded=DeadlineReading.of(line.deadline, line.verdict, due_changes=False, verdict_changes=False),
            today=DeadlineReading.computed(line.today),
            other=None if line.other is None else DeadlineReading.computed(line.other),
            line=line,
            page=page,
        )


@strawberry.type(description="How many deadlines ended so. 结论计数。")
class VerdictCount:
    """A verdict and its count."""

    verdict: ReplyVerdict = strawberry.field(description="The verdict. 结论。")
    label: Label = strawberry.field(description="The verdict, for people. 结论名称。")
    count: int = strawberry.field(description="How many. 数量。")


@strawberry.type(description="The deadlines that one policy and one edition of the calendar gave. 按政策与日历统计。")
class DeadlineGroup:
    """A policy, a calendar and what would change."""

    policy_name: str | None = strawberry.field(description="The edition of the policy. 政策版本名。")
    calendar_name: str | None = strawberry.field(description="The edition of the calendar; null for none. 日历版本名。")
    handlings: int = strawberry.field(description="How many deadlines. 时限数。")
    provisional: int = strawberry.field(description="How many of them are provisional. 暂定数。")
    verdicts: list[VerdictCount] = strawberry.field(description="Their verdicts as recorded, those that occur. 结论。")
    due_changes_today: int = strawberry.field(
        description="How many end otherwise by today's calendars. 现行日历下时限改变数。"
    )
    verdict_changes_today: int = strawberry.field(
        description="How many verdicts are others by today's calendars. 现行日历下结论改变数。"
    )
    due_changes_other: int = strawberry.field(
        description="How many end otherwise by the other reading. 另一种解读下时限改变数。"
    )
    verdict_changes_other: int = strawberry.field(
        description="How many verdicts are others by the other reading. 另一种解读下结论改变数。"
    )

    @classmethod
    def of(cls, group: deadline_bases.DeadlineGroup) -> DeadlineGroup:
        """The public form."""
        return cls(
            policy_name=group.policy,
            calendar_name=group.calendar,
            handlings=group.handlings,
            provisional=group.provisional,
            verdicts=[
                VerdictCount(verdict=one, label=Label.of_member(one), count=group.verdicts[one])
                for one in ReplyVerdict
                if group.verdicts[one]
            ],
            due_changes_today=group.due_changes_today,
            verdict_changes_today=group.verdict_changes_today,
            due_changes_other=group.due_changes_other,
            verdict_changes_other=group.verdict_changes_other,
        )


def _tickets(line: deadline_bases.DeadlineBasis) -> Iterator[str]:
    yield line.ticket


def _units(line: deadline_bases.DeadlineBasis) -> Iterator[str]:
    yield line.unit


POLICY = Annotated[str | None, strawberry.argument(description="That this policy gave, by edition. 政策版本名。")]
CALENDAR = Annotated[str | None, strawberry.argument(description="For which this calendar was asked. 日历版本名。")]
UNIT = Annotated[str | None, strawberry.argument(description="Of this unit (its code). 单位代码。")]
CHANGES = Annotated[
    bool | None,
    strawberry.argument(
        description="Only those whose verdict another calendar or reading changes, or leaves. 结论是否会变。"
    ),
]


def _asked(
    policy: str | None, calendar: str | None, unit: str | None, verdict_changes: bool | None
) -> deadline_bases.DeadlinesAsked:
    return deadline_bases.DeadlinesAsked(
        policy=optional(policy, "policy", 200),
        calendar=optional(calendar, "calendar", 200),
        unit=optional(unit, "unit", 200),
        verdict_changes=verdict_changes,
    )


@strawberry.type
class DeadlineBasisQuestions(Asking):
    """Question 10 of the ten."""

    @strawberry.field(
        description="The reply deadlines of received handlings, each as recorded, by today's calendars, and by the other reading"
        " of its days; the first that ends first. 时限依据。"
    )
    def deadline_bases(
        self,
        policy: POLICY = None,
        calendar: CALENDAR = None,
        unit: UNIT = None,
        verdict_changes: CHANGES = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[DeadlineBasis]:
        """A page of them."""
        asked = _asked(policy, calendar, unit, verdict_changes)

        def shown(reader: Reader, lines: Sequence[deadline_bases.DeadlineBasis]) -> list[DeadlineBasis]:
            page = AnswerPage(reader, self.pinned, lines)
            return [DeadlineBasis.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: deadline_bases.deadline_bases(reader, asked, size=size, after=key),
            lambda reader: deadline_bases.count_deadline_bases(reader, asked),
            shown, name="deadlineBases", asked=asked, first=first, after=after,
        )  # fmt: skip

    @strawberry.field(
        description="The same deadlines counted by policy and calendar edition; as many groups as editions were used. 时限统计。"
    )
    def deadline_groups(
        self,
        policy: POLICY = None,
        calendar: CALENDAR = None,
        unit: UNIT = None,
        verdict_changes: CHANGES = None,
    ) -> list[DeadlineGroup]:
        """The groups."""
        found = told_whole(
            deadline_bases.deadline_groups(
                self.reader.of_whole_histories(), _asked(policy, calendar, unit, verdict_changes)
            )
        )
        return [DeadlineGroup.of(group) for group in found]
