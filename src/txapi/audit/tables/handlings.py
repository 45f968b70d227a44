"""The tables of handlings 办理: what each unit does with a ticket — its promises, extensions and what lapsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import txapi.audit.tables.values  # noqa: F401 - says what the values inside these rows mean
from txapi.audit.tables.columns import Kind, Line, Sheet, more, row_columns
from txapi.audit.tables.extract import Extract
from txapi.domain.labels import Label
from txapi.domain.ticket.values import Commitment, Extension, Lapse
from txapi.projections.ticket_rows import HandlingRow

OF_A_TICKET = [
    more("ticket_number", Kind.TEXT, "联系单编号", "The number of the ticket; a draft has none."),
    more("ticket_id", Kind.TEXT, "联系单实体标识", "The entity id of the ticket."),
]
OF_A_HANDLING = [
    *OF_A_TICKET,
    more("handling", Kind.INTEGER, "办理序号", "The number of the handling within the ticket."),
    more("unit_code", Kind.TEXT, "单位代码", "The code of the unit."),
    more("unit_name", Kind.TEXT, "单位名称", "The name of the unit."),
]
UNIT_NAME = more("unit_name", Kind.TEXT, "单位名称", "The name of the unit.")
LATE = "Whether it was met too late, which it stays for ever, or has passed at the clock unmet."

HANDLING = Sheet(
    "handlings",
    Label(zh="办理", en="handlings"),
    Label(zh="一行一个单位的一次办理。", en="One row for what one unit does with a ticket, from addressing to end."),
    (
        *OF_A_TICKET,
        *row_columns(
            HandlingRow,
            "ticket_handlings",
            omit=("ticket_id", "commitments_made", "extensions_asked", "lapses_recorded"),
            meanings={
                "receipt_known": ("签收", "When the unit received it, or counts as having received it."),
                "delivery": ("送达", "What follows if the unit stays silent, fixed when it was addressed."),
                "reply_deadline": ("受理时限", "By when it must reply, fixed at receipt."),
                "unit_code": ("单位代码", "The code of the unit."),
            },
        ),
        UNIT_NAME,
        more("receipt_late", Kind.BOOLEAN, "签收是否逾期", f"Of the receipt: {LATE}"),
        more("reply_late", Kind.BOOLEAN, "受理是否逾期", f"Of the reply: {LATE}"),
        more("commitment_late", Kind.BOOLEAN, "承诺是否逾期", f"Of any commitment: {LATE}"),
    ),
)

COMMITMENT = Sheet(
    "commitments",
    Label(zh="承诺", en="commitments"),
    Label(zh="一行一个承诺时限，被替代者亦保留。", en="One row for each date by which a unit was to have done."),
    (
        *OF_A_HANDLING,
        *row_columns(
            Commitment,
            "ticket_handlings.commitments_made",
            meanings={
                "number": ("序号", "Counts from 1 within the handling."),
                "ground": ("时限来源", "Who set it."),
                "made_at": ("作出时间", "When it was set."),
                "deadline": ("时限", "The date."),
                "met_at": ("履行时间", "When it was met; empty where not."),
                "replaced_at": ("被替代时间", "When another date took its place."),
            },
        ),
        more("late", Kind.BOOLEAN, "是否逾期", LATE),
    ),
)

EXTENSION = Sheet(
    "extensions",
    Label(zh="延期", en="extensions"),
    Label(zh="一行一次延期申请及批复。", en="One row for each extension asked, and how it was decided."),
    (
        *OF_A_HANDLING,
        *row_columns(
            Extension,
            "ticket_handlings.extensions_asked",
            meanings={
                "number": ("序号", "Counts from 1 within the handling."),
                "asked_at": ("申请时间", "When it was asked."),
                "to": ("申请延至", "Until the end of which day."),
                "reason": ("申请理由", "Why."),
                "after_lapse": ("是否逾期后", "Whether the date had passed when it was decided, or else asked."),
                "granted": ("是否同意", "Whether it was granted; empty: undecided."),
                "granted_to": ("批准延至", "Until the end of which day it was granted."),
                "decided_at": ("批复时间", "When it was decided."),
                "by": ("批复人", "The unit or person that decided."),
                "opinion": ("批复意见", "What was said with it."),
            },
        ),
    ),
)

LAPSE = Sheet(
    "lapses",
    Label(zh="逾期记录", en="lapses"),
    Label(zh="一行一次登记的逾期，登记后永久保留。", en="One row for each recorded lapse; it stays recorded for ever."),
    (
        *OF_A_TICKET,
        more("handling", Kind.INTEGER, "办理序号", "In which handling; empty for a decision."),
        more("decision", Kind.INTEGER, "决定序号", "Of which decision; empty for a handling."),
        more("unit_code", Kind.TEXT, "单位代码", "The code of the unit."),
        UNIT_NAME,
        *row_columns(
            Lapse,
            "ticket_handlings.lapses_recorded",
            meanings={
                "kind": ("类别", "What lapsed."),
                "at": ("逾期时刻", "The legal instant, whenever it was noticed."),
                "version": ("事件版次", "Which event of the ticket recorded it."),
                "commitment": ("承诺序号", "Of which commitment."),
                "corrected_by": ("更正版次", "Which event of the ticket took its ground away; empty where it stands."),
            },
        ),
    ),
)


def lines(extract: Extract, row: HandlingRow, of: dict[str, Any]) -> Iterator[tuple[Sheet, Line]]:
    """A handling, followed by its commitments, extensions and lapses; `of` says of which ticket."""
    clock = extract.reader.moment.clock
    unit = {"unit_code": row.unit_code, "unit_name": extract.name("unit", row.unit_code)}
    here = {**of, **unit, "handling": row.number}
    known = row.known()
    late = {
        "receipt_late": row.receipt_late_at(clock),
        "reply_late": known.reply_late_at(clock),
        "commitment_late": known.commitment_late_at(clock),
    }
    yield HANDLING, Line(row, extract, {**here, **late})
    for commitment in row.commitments_made:
        broken = row.commitment_late_at(commitment, clock)
        yield COMMITMENT, Line(commitment, extract, {**here, "late": broken})
    for extension in row.extensions_asked:
        yield EXTENSION, Line(extension, extract, here)
    for lapse in row.lapses_recorded:
        yield LAPSE, Line(lapse, extract, {**here, "decision": None})
