"""The tables of tickets 工作联系单: what they are about, steps up, decisions, reminders, and what is owed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables import handlings
from txapi.audit.tables.columns import Kind, Line, Sheet, arranged, more, row_columns, value_columns
from txapi.audit.tables.extract import Extract, by_noun, together
from txapi.audit.tables.handlings import LATE, OF_A_TICKET, UNIT_NAME
from txapi.domain.labels import Label
from txapi.domain.light import LightVerdict
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.questions import Owed
from txapi.domain.ticket.values import (
    Decision,
    EscalationStep,
    LeaderStep,
    ProgressNote,
    Reminder,
    TicketSubject,
    Turn,
)
from txapi.projections.select import Order, Select
from txapi.projections.ticket_rows import TICKETS, TicketRow
from txapi.projections.tickets import handlings_of, light_of

TICKET = Sheet(
    "tickets",
    Label(zh="工作联系单", en="tickets"),
    Label(zh="一行一件工作联系单。", en="One row for each ticket."),
    arranged(
        (
            *row_columns(
                TicketRow,
                "tickets",
                # Several to a ticket have tables of their own; the grounds of the light are told as the light.
                omit=(
                    *("about_known", "progress_notes", "reminder_notes", "escalation_steps", "leader_steps"),
                    *("decisions_made", "turns_taken", "owed_known", "light_grounds"),
                ),
            ),
            more("issuer_name", Kind.TEXT, "发出单位名称", "The name of the issuing unit."),
            more("handler_name", Kind.TEXT, "主送单位名称", "The name of the handling unit."),
            more("copy_names", Kind.TEXT, "抄送单位名称", "The names of the units copied."),
            more("meeting_title", Kind.TEXT, "会议名称", "The title of the meeting that noted it."),
            more("reminders_sent", Kind.INTEGER, "催办次数", "How many reminders were sent.", "次 times"),
            more("overdue", Kind.BOOLEAN, "是否逾期", "Whether anything that is owed on it is overdue at the clock."),
            *value_columns(
                "light", LightVerdict, "亮灯", "The light at the clock.", "computed", lambda line: line.more["light"]
            ),
            more(
                "changed_at", Kind.INTEGER, "最近变更位置", "The position of the event since which this row reads so."
            ),
        ),
        *("number", "subject", "state_zh", "light_colour_zh", "issuer_name", "handler_name", "overdue"),
    ),
)

SUBJECT = Sheet(
    "ticket_subjects",
    Label(zh="联系单涉及对象", en="ticket subjects"),
    Label(zh="一行一个联系单所涉项目、地块或企业。", en="One row for each noun that a ticket is about."),
    (
        *OF_A_TICKET,
        *row_columns(
            TicketSubject,
            "tickets.about_known",
            meanings={
                "kind": ("涉及对象类别", "What kind of noun it is about."),
                "id": ("涉及对象标识", "The entity id of the noun."),
            },
        ),
        more("name", Kind.TEXT, "涉及对象名称", "What people call the noun."),
    ),
)

ESCALATION = Sheet(
    "escalations",
    Label(zh="提级", en="escalations"),
    Label(zh="一行一次提级。", en="One row for each time that a ticket was taken higher."),
    (
        *OF_A_TICKET,
        *row_columns(
            EscalationStep,
            "tickets.escalation_steps",
            meanings={
                "to": ("提级至", "How high."),
                "at": ("时间", "When."),
                "reason": ("理由", "Why."),
                "leader": ("领衔领导", "To which leading official."),
            },
        ),
    ),
)

ATTEMPT = Sheet(
    "leader_attempts",
    Label(zh="领导协调", en="leader attempts"),
    Label(zh="一行一次领导协调。", en="One row for each attempt of a leading official."),
    (
        *OF_A_TICKET,
        *row_columns(
            LeaderStep,
            "tickets.leader_steps",
            meanings={
                "at": ("时间", "When it was recorded."),
                "by": ("登记人", "The unit or person that recorded it."),
                "outcome": ("协调结果", "What came of it."),
                "settled": ("是否解决", "Whether the matter was settled."),
                "by_unit": (
                    "登记单位代码",
                    "The unit it was recorded for, by code; empty where somebody acted for no unit.",
                ),
            },
        ),
    ),
)

DECISION = Sheet(
    "decisions",
    Label(zh="会议决定", en="decisions"),
    Label(zh="一行一项市长办公会议决定。", en="One row for each decision of the mayor's office meeting."),
    (
        *OF_A_TICKET,
        *row_columns(
            Decision,
            "tickets.decisions_made",
            omit=("lapse",),
            meanings={
                "number": ("序号", "Counts from 1 within the ticket."),
                "text": ("决定内容", "What was decided."),
                "unit": ("责任单位代码", "The unit responsible for it, by code."),
                "deadline": ("完成时限", "By when it must be carried out."),
                "decided_at": ("决定时间", "When it was recorded."),
                "meeting": ("会议标识", "The entity id of the meeting."),
                "carried_out_at": ("落实时间", "When it was carried out; empty while it is outstanding."),
                "outcome": ("落实结果", "What came of it."),
                "by_resolution": ("是否随办结落实", "Whether resolving the ticket carried it out."),
            },
        ),
        more("unit_name", Kind.TEXT, "责任单位名称", "The name of the responsible unit."),
        more("meeting_title", Kind.TEXT, "会议名称", "The title of the meeting."),
        more("late", Kind.BOOLEAN, "是否逾期", LATE),
    ),
)

REMINDER = Sheet(
    "reminders",
    Label(zh="催办", en="reminders"),
    Label(zh="一行一次催办。", en="One row for each reminder."),
    (
        *OF_A_TICKET,
        *row_columns(
            Reminder,
            "tickets.reminder_notes",
            meanings={
                "at": ("时间", "When."),
                "by": ("催办人", "The unit or person that reminded."),
                "unit": ("被催办单位代码", "The unit that was reminded, by code."),
                "note": ("内容", "What it said."),
                "by_unit": ("催办单位代码", "The unit that reminded, by code; empty where somebody acted for no unit."),
            },
        ),
        UNIT_NAME,
    ),
)

PROGRESS = Sheet(
    "progress_notes",
    Label(zh="进展", en="progress notes"),
    Label(zh="一行一次办理进展。", en="One row for each report of a handling unit."),
    (
        *OF_A_TICKET,
        *row_columns(
            ProgressNote,
            "tickets.progress_notes",
            meanings={
                "at": ("时间", "When."),
                "handling": ("办理序号", "In which handling, by number."),
                "unit": ("单位代码", "The unit that reported, by code."),
                "note": ("内容", "What it said."),
            },
        ),
        UNIT_NAME,
    ),
)

TURN = Sheet(
    "turns",
    Label(zh="办理经过", en="turns"),
    Label(
        zh="一行一次撤回、转办、重办或确认。",
        en="One row for each withdrawal, reassignment, reopening or confirmation.",
    ),
    (
        *OF_A_TICKET,
        *row_columns(
            Turn,
            "tickets.turns_taken",
            meanings={
                "state": ("此后状态", "The state that followed."),
                "at": ("时间", "When."),
                "by": ("操作人", "The unit or person that did it."),
                "reason": ("理由", "Why, where that was said."),
                "by_unit": ("操作单位代码", "The unit that did it, by code; empty where somebody acted for no unit."),
            },
        ),
    ),
)

OWED = Sheet(
    "owed",
    Label(zh="待办", en="owed"),
    Label(zh="一行一项待办，以时点时钟判定。", en="One row for each thing that is owed on a ticket, at the clock."),
    (
        *OF_A_TICKET,
        *row_columns(
            Owed,
            "tickets.owed_known",
            omit=("then",),
            meanings={
                "what": ("事项", "What is owed."),
                "unit": ("责任单位代码", "The unit that owes it; empty where a person or the meeting does."),
                "deadline": ("时限", "By when; empty where nobody set a date."),
                "handling": ("办理序号", "In which handling, by number."),
                "decision": ("决定序号", "Of which decision, by number."),
            },
        ),
        UNIT_NAME,
        more("overdue", Kind.BOOLEAN, "是否逾期", "Whether it is overdue at the clock."),
    ),
)

SHEETS = (
    *(TICKET, SUBJECT, handlings.HANDLING, handlings.COMMITMENT, handlings.EXTENSION, handlings.LAPSE),
    *(ESCALATION, ATTEMPT, DECISION),
    *(REMINDER, PROGRESS, TURN, OWED),
)


def lines(extract: Extract) -> Iterator[tuple[Sheet, Line]]:
    """Every ticket by number, drafts last, each followed by what belongs to it."""
    for rows in together(Select(TICKETS, extract.reader).each([Order("t.number_order")])):
        found = by_noun(handlings_of(extract.reader, [row.entity_id for row in rows]), "ticket_id")
        for row in rows:
            if extract.reader.restriction is not None:
                extract.reader.restriction.note_shown(Ticket.KIND, row.entity_id, None)
            of = {"ticket_number": row.number, "ticket_id": row.entity_id}
            yield TICKET, _ticket(extract, row)
            for subject in row.about_known:
                yield SUBJECT, Line(subject, extract, {**of, "name": extract.name(subject.kind.value, subject.id)})
            for handling in found.get(row.entity_id, []):
                yield from handlings.lines(extract, handling, of)
            yield from _parts(extract, row, of)


def _ticket(extract: Extract, row: TicketRow) -> Line:
    clock = extract.reader.moment.clock
    return Line(
        row,
        extract,
        {
            "issuer_name": extract.name("unit", row.issuer_code),
            "handler_name": extract.name("unit", row.handler_code),
            "copy_names": extract.names("unit", row.copy_codes),
            "meeting_title": extract.name("meeting", row.meeting_id),
            "reminders_sent": len(row.reminder_notes),
            "overdue": any(one.overdue(clock) for one in row.owed_known),
            "light": light_of(extract.reader, row),
            "changed_at": row._since,  # type: ignore[attr-defined]
        },
    )


def _parts(extract: Extract, row: TicketRow, of: dict[str, Any]) -> Iterator[tuple[Sheet, Line]]:
    clock = extract.reader.moment.clock

    def of_unit(code: str | None) -> dict[str, Any]:
        return {**of, "unit_name": extract.name("unit", code)}

    for step in row.escalation_steps:
        yield ESCALATION, Line(step, extract, of)
    for attempt in row.leader_steps:
        yield ATTEMPT, Line(attempt, extract, of)
    for decision in row.decisions_made:
        title = extract.name("meeting", decision.meeting)
        late = row.decision_late_at(decision, clock)
        yield DECISION, Line(decision, extract, {**of_unit(decision.unit), "meeting_title": title, "late": late})
        if decision.lapse is not None:
            place = {"handling": None, "decision": decision.number, "unit_code": decision.unit}
            yield handlings.LAPSE, Line(decision.lapse, extract, {**of_unit(decision.unit), **place})
    for reminder in row.reminder_notes:
        yield REMINDER, Line(reminder, extract, of_unit(reminder.unit))
    for note in row.progress_notes:
        yield PROGRESS, Line(note, extract, of_unit(note.unit))
    for turn in row.turns_taken:
        yield TURN, Line(turn, extract, of)
    for one in row.owed_known:
        now = one.as_of(clock)
        yield OWED, Line(now, extract, {**of_unit(now.unit), "overdue": now.overdue(clock)})
