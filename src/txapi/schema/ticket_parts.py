"""The parts of a ticket 工作联系单 as clients see them: what is owed, decisions, attempts, reminders, progress, turns."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import strawberry

from txapi.domain.ticket import questions, values
from txapi.projections import units
from txapi.projections.ticket_rows import TicketRow
from txapi.schema.handlings import Deadline, Lapse
from txapi.schema.nouns import Answer
from txapi.schema.ticket_enums import Escalation, OwedKind, TicketState
from txapi.schema.units import Unit
from txapi.schema.values import Label, Official


def _codes(row: TicketRow) -> Iterator[str]:
    """The codes of the units that the parts of a ticket name."""
    yield from (one.unit for one in row.decisions_made)
    yield from (code for one in row.reminder_notes for code in (one.unit, one.by_unit) if code is not None)
    yield from (one.by_unit for one in row.leader_steps if one.by_unit is not None)
    yield from (one.by_unit for one in row.turns_taken if one.by_unit is not None)
    yield from (one.unit for one in row.progress_notes)
    yield from (one.unit for one in row.owed_known if one.unit is not None)


def unit_in(answer: Any, code: str | None) -> Unit | None:
    """The unit that a part of a ticket names; the units of all parts are read together, for all sibling tickets."""
    found: dict[str, Unit] = answer.related_by_many(
        "parts", _codes, lambda reader, codes: units.by_codes(reader, codes, Unit), lambda row: row.code
    )
    return found.get(code) if code is not None else None


@strawberry.type(description="What has to be done on a ticket, by whom and by when, at the moment's clock. 待办。")
class Owed:
    """One thing that is owed."""

    what: OwedKind = strawberry.field(description="What is owed. 事项。")
    label: Label = strawberry.field(description="What people read for it. 事项名称。")
    due: datetime.datetime | None = strawberry.field(description="By when; null where nobody set a date. 到期时刻。")
    last_day: datetime.date | None = strawberry.field(description="The last day that is in time. 最后一日。")
    overdue: bool = strawberry.field(description="Whether it is overdue at the clock. 是否逾期。")
    handling: int | None = strawberry.field(description="In which handling, by number. 办理序号。")
    decision: int | None = strawberry.field(description="Of which decision, by number. 决定序号。")
    unit_code: strawberry.Private[str | None]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit that owes it; null where a person or the meeting does. 责任单位。")
    def unit(self) -> Unit | None:
        """Who owes it."""
        return unit_in(self.answer, self.unit_code)

    @classmethod
    def of(cls, one: questions.Owed, answer: Answer) -> Owed:
        """The public form, at the clock of the ticket's moment."""
        clock = answer.reader.moment.clock
        now = one.as_of(clock)
        return cls(
            what=now.what,
            label=Label.of_member(now.what),
            due=now.due,
            last_day=now.deadline.last_day if now.deadline else None,
            overdue=now.overdue(clock),
            handling=now.handling,
            decision=now.decision,
            unit_code=now.unit,
            answer=answer,
        )


@strawberry.type(description="What the mayor's office meeting decided, and what became of it. 市长办公会议决定。")
class Decision:
    """One decision."""

    number: int = strawberry.field(description="Counts from 1 within the ticket; what carrying out names. 序号。")
    text: str = strawberry.field(description="What was decided. 决定内容。")
    decided_at: datetime.datetime = strawberry.field(description="When it was recorded. 决定时间。")
    deadline: Deadline = strawberry.field(description="By when it must be carried out, and whether it was. 完成时限。")
    outcome: str | None = strawberry.field(description="What came of it; null while it is outstanding. 落实结果。")
    lapse: Lapse | None = strawberry.field(description="That its deadline was recorded as lapsed. 逾期记录。")
    unit_code: strawberry.Private[str]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit responsible for it. 责任单位。")
    def unit(self) -> Unit | None:
        """Who must carry it out."""
        return unit_in(self.answer, self.unit_code)

    @classmethod
    def of(cls, one: values.Decision, ticket: Any) -> Decision:
        """The public form; `ticket` is the ticket's answer."""
        late = ticket.decision_late_at(one, ticket.reader.moment.clock)
        deadline = Deadline.of(one.deadline, ticket, met_at=one.carried_out_at, late=late)
        return cls(
            number=one.number,
            text=one.text,
            decided_at=one.decided_at,
            deadline=deadline,  # type: ignore[arg-type]
            outcome=one.outcome,
            lapse=None if one.lapse is None else Lapse.of(one.lapse),
            unit_code=one.unit,
            answer=ticket,
        )


@strawberry.type(description="When a ticket was taken how high, to whom and why. 提级经过。")
class EscalationStep:
    """One step up."""

    to: Escalation = strawberry.field(description="How high. 提级至。")
    at: datetime.datetime = strawberry.field(description="When. 时间。")
    reason: str = strawberry.field(description="Why. 理由。")
    leader: Official | None = strawberry.field(description="To which leading official. 领衔领导。")

    @classmethod
    def of(cls, step: values.EscalationStep) -> EscalationStep:
        """The public form."""
        return cls(to=step.to, at=step.at, reason=step.reason, leader=Official.of(step.leader))


@strawberry.type(description="What a leading official tried, and whether that settled the matter. 领导协调。")
class Attempt:
    """One attempt."""

    at: datetime.datetime = strawberry.field(description="When it was recorded. 时间。")
    by: str = strawberry.field(
        description="The code of the unit, or the subject of the person, that recorded it. 登记人。"
    )
    outcome: str = strawberry.field(description="What came of it. 协调结果。")
    settled: bool = strawberry.field(description="Whether the matter was settled. 是否解决。")
    by_unit_code: strawberry.Private[str | None]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit it was done for; null where somebody acted for no unit. 登记单位。")
    def by_unit(self) -> Unit | None:
        """Whose it was."""
        return unit_in(self.answer, self.by_unit_code)

    @classmethod
    def of(cls, step: values.LeaderStep, answer: Answer) -> Attempt:
        """The public form."""
        return cls(
            at=step.at,
            by=step.by,
            outcome=step.outcome,
            settled=step.settled,
            by_unit_code=step.by_unit,
            answer=answer,
        )


@strawberry.type(description="A reminder of what a unit owes. 催办。")
class Reminder:
    """One reminder."""

    at: datetime.datetime = strawberry.field(description="When. 时间。")
    by: str = strawberry.field(
        description="The code of the unit, or the subject of the person, that reminded. 催办人。"
    )
    note: str = strawberry.field(description="What it said. 内容。")
    unit_code: strawberry.Private[str]
    by_unit_code: strawberry.Private[str | None]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit that was reminded. 被催办单位。")
    def unit(self) -> Unit | None:
        """Who was reminded."""
        return unit_in(self.answer, self.unit_code)

    @strawberry.field(description="The unit it was done for; null where somebody acted for no unit. 催办单位。")
    def by_unit(self) -> Unit | None:
        """Whose it was."""
        return unit_in(self.answer, self.by_unit_code)

    @classmethod
    def of(cls, one: values.Reminder, answer: Answer) -> Reminder:
        """The public form."""
        return cls(at=one.at, by=one.by, note=one.note, unit_code=one.unit, by_unit_code=one.by_unit, answer=answer)


@strawberry.type(description="What a handling unit reported of its work. 进展。")
class ProgressNote:
    """One report."""

    at: datetime.datetime = strawberry.field(description="When. 时间。")
    note: str = strawberry.field(description="What it said. 内容。")
    handling: int = strawberry.field(description="In which handling, by number. 办理序号。")
    unit_code: strawberry.Private[str]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit that reported. 报告单位。")
    def unit(self) -> Unit | None:
        """Who reported."""
        return unit_in(self.answer, self.unit_code)

    @classmethod
    def of(cls, one: values.ProgressNote, answer: Answer) -> ProgressNote:
        """The public form."""
        return cls(at=one.at, note=one.note, handling=one.handling, unit_code=one.unit, answer=answer)


@strawberry.type(description="A withdrawal, reassignment, reopening or confirmation. 办理经过。")
class Turn:
    """One turn in the life of a ticket."""

    state: TicketState = strawberry.field(description="The state that followed. 此后状态。")
    at: datetime.datetime = strawberry.field(description="When. 时间。")
    by: str = strawberry.field(description="The code of the unit, or the subject of the person, that did it. 操作人。")
    reason: str | None = strawberry.field(description="Why, where that was said. 理由。")
    by_unit_code: strawberry.Private[str | None]
    answer: strawberry.Private[Any]

    @strawberry.field(description="The unit it was done for; null where somebody acted for no unit. 操作单位。")
    def by_unit(self) -> Unit | None:
        """Whose it was."""
        return unit_in(self.answer, self.by_unit_code)

    @classmethod
    def of(cls, turn: values.Turn, answer: Answer) -> Turn:
        """The public form."""
        return cls(
            state=turn.state, at=turn.at, by=turn.by, reason=turn.reason, by_unit_code=turn.by_unit, answer=answer
        )
