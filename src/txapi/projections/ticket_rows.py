"""What is kept of a ticket 工作联系单: its own row, its handlings 办理, what is owed on it, who takes part, what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from txapi.domain.dates import day_of
from txapi.domain.deadlines import Deadline
from txapi.domain.event import Basis
from txapi.domain.official import Official
from txapi.domain.ticket.light import LightGrounds
from txapi.domain.ticket.parties import Part
from txapi.domain.ticket.questions import Owed, OwedKind
from txapi.domain.ticket.state import UNSETTLED
from txapi.domain.ticket.values import (
    Commitment,
    Decision,
    Delivery,
    Escalation,
    EscalationStep,
    Extension,
    Handling,
    HandlingRole,
    Lapse,
    LeaderStep,
    ProgressNote,
    Receipt,
    Reminder,
    ReplyOutcome,
    SubjectKind,
    TicketCategory,
    TicketOrigin,
    TicketState,
    TicketSubject,
    Turn,
    first_of,
)
from txapi.projections.table import BY_NOUN, BY_SPAN, Extra, Table, answer, kept
from txapi.record.instants import micros


@dataclass(kw_only=True)
class TicketRow:
    """One ticket."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    number: str | None = answer("编号", "The ticket's own number, 2015-0001; a draft has none.")
    origin: TicketOrigin = answer("来源", "A liaison form, or an item noted at a meeting on the spot.")
    category: TicketCategory = answer("类别", "What kind of difficulty it is about.")
    subject: str = answer("事由", "What it is about, in one line.")
    body: str = answer("内容", "The text.")
    requested_by: date | None = answer("要求时限", "By when the issuer would like it done.")
    state: TicketState = answer("状态", "How far it has come; overdue is no state but depends on the clock.")
    escalation: Escalation = answer("提级", "How high it was taken; an axis of its own beside the state.")
    drafted_at: datetime | None = answer("起草时间", "When it was drafted.")
    issued_at: datetime | None = answer("发出时间", "When it was issued, or noted as an item; a draft was not.")
    resolved_at: datetime | None = answer("办结时间", "When it was resolved, while it is.")
    closed_at: datetime | None = answer("关闭时间", "When it was confirmed or withdrawn, while it is.")
    outcome: str | None = answer("办理结果", "What came of it, while it is resolved or confirmed.")
    internal: bool = answer(
        "是否内部", "Whether it was marked as for the units that take part and the city's offices only."
    )
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    issuer_code: str | None = kept()
    handler_code: str | None = kept()
    copy_codes: tuple[str, ...] = kept()
    meeting_id: str | None = kept()
    contact_id: str | None = kept()
    signer: Official | None = kept()
    about_known: tuple[TicketSubject, ...] = kept()
    progress_notes: tuple[ProgressNote, ...] = kept()
    reminder_notes: tuple[Reminder, ...] = kept()
    escalation_steps: tuple[EscalationStep, ...] = kept()
    leader_steps: tuple[LeaderStep, ...] = kept()
    decisions_made: tuple[Decision, ...] = kept()
    turns_taken: tuple[Turn, ...] = kept()
    owed_known: tuple[Owed, ...] = kept()
    light_grounds: LightGrounds = kept()

    def decision_late_at(self, decision: Decision, clock: datetime) -> bool:
        """Whether at that instant a decision is late: carried out too late, or not while its deadline passed."""
        withdrawn_at = self.closed_at if self.state is TicketState.WITHDRAWN else None
        ended = first_of(clock, decision.carried_out_at, withdrawn_at)
        return ended is not None and decision.deadline.passed_at(ended)


@dataclass(kw_only=True)
class HandlingRow:
    """What one unit does with a ticket, from one addressing to its end."""

    ticket_id: str = kept()
    number: int = answer("序号", "Counts from 1 within the ticket; what a correction of a receipt names.")
    role: HandlingRole = answer("角色", "Whether the unit leads the handling or supports it.")
    round: int = answer("轮次", "How often the ticket had been sent to a leading unit by then.")
    addressed_at: datetime = answer("送达时间", "When the ticket was sent to the unit.")
    answered_at: datetime | None = answer("答复时间", "When its reply arrived, whatever the reply claims.")
    outcome: ReplyOutcome | None = answer("答复结果", "What became of the reply; null while it is owed.")
    opinion: str | None = answer("办理意见", "What the unit replied.")
    stated_on: date | None = answer("自述答复日期", "The unit's claim of an earlier paper reply, beside the verdict.")
    completed_at: datetime | None = answer("完成时间", "When the unit had done its part.")
    result: str | None = answer("完成情况", "What came of the unit's part.")
    closed_at: datetime | None = answer("终止时间", "When this handling ended: sent on, withdrawn or confirmed.")
    basis: Basis = answer("依据", "On what it rests that the unit was addressed.")
    unit_code: str = kept()
    delivery: Delivery = kept()
    receipt_known: Receipt | None = kept()
    reply_deadline: Deadline | None = kept()
    commitments_made: tuple[Commitment, ...] = kept()
    extensions_asked: tuple[Extension, ...] = kept()
    lapses_recorded: tuple[Lapse, ...] = kept()

    def receipt_late_at(self, clock: datetime) -> bool:
        """Whether at that instant the unit has let the day pass on which it counts as having received."""
        receipt, deemed = self.receipt_known, self.delivery.deemed_receipt
        ended = first_of(clock, receipt.at if receipt and not receipt.deemed else None, self.closed_at)
        return deemed is not None and ended is not None and deemed.passed_at(ended)

    def commitment_late_at(self, commitment: Commitment, clock: datetime) -> bool:
        """Whether at that instant a commitment is broken, was kept late, or was replaced after it had passed."""
        ended = first_of(clock, commitment.met_at, commitment.replaced_at, self.closed_at)
        return ended is not None and commitment.deadline.passed_at(ended)

    def known(self) -> Handling:
        """The handling as the rules see it."""
        return Handling(
            number=self.number,
            unit=self.unit_code,
            role=self.role,
            round=self.round,
            addressed_at=self.addressed_at,
            basis=self.basis,
            delivery=self.delivery,
            receipt=self.receipt_known,
            reply=self.reply_deadline,
            answered_at=self.answered_at,
            outcome=self.outcome,
            opinion=self.opinion,
            stated_on=self.stated_on,
            commitments=list(self.commitments_made),
            extensions=list(self.extensions_asked),
            lapses=list(self.lapses_recorded),
            completed_at=self.completed_at,
            result=self.result,
            closed_at=self.closed_at,
        )


@dataclass(kw_only=True)
class OwedRow:
    """What one unit owes on a ticket: by `due`, and overdue from `limit_due` on (a receipt: the reply that follows)."""

    ticket_id: str
    place: int
    what: OwedKind
    unit_code: str | None
    due: datetime | None
    limit_due: datetime | None


@dataclass(kw_only=True)
class PartyRow:
    """That a unit takes part, or took part, in a ticket."""

    ticket_id: str
    unit_code: str
    part: Part


@dataclass(kw_only=True)
class SubjectRow:
    """That a ticket is about a project, a parcel or a company."""

    ticket_id: str
    subject_kind: SubjectKind
    subject_id: str


OPEN = (*UNSETTLED, TicketState.RESOLVED)
"""The states in which a ticket is out and not off the list."""

PHASE_OVER, PHASE_OPEN, PHASE_DRAFT = 0, 1, 2


def phase_of(state: TicketState) -> int:
    """Whether a ticket in that state is drafted, open or over: of these only the last become ever more."""
    return PHASE_OPEN if state in OPEN else PHASE_DRAFT if state is TicketState.DRAFT else PHASE_OVER


# -- columns for filters and sorts -------------------------------------------------------------------------------------


def _searchable(*texts: str | None) -> str:
    return "\n".join(text for text in texts if text).casefold()


def _number_order(number: str | None) -> str | None:
    """A number as text that sorts as numbers do: 2015-10000 after 2015-9999."""
    series = re.fullmatch(r"([0-9]{4})-([0-9]{1,12})", number or "")
    return f"{series[1]}-{int(series[2]):012d}" if series else number


def _due(deadline: Deadline | None) -> int | None:
    return None if deadline is None else micros(deadline.due)


def _reply_days(answered_at: datetime | None, receipt: Receipt | None) -> int | None:
    """Days in Shanghai from the day of receipt to the day of the answer."""
    if answered_at is None or receipt is None:
        return None
    return (day_of(answered_at) - receipt.on).days


def _commitment_due(made: Sequence[Commitment]) -> int | None:
    return _due(made[-1].deadline) if made else None


def _commitment_met(made: Sequence[Commitment]) -> int | None:
    met_at = made[-1].met_at if made else None
    return None if met_at is None else micros(met_at)


def _commitment_broken(made: Sequence[Commitment], closed_at: datetime | None) -> int | None:
    """When the first promised date was missed of those that were met, replaced or left too late."""
    missed = [
        one.deadline.due
        for one in made
        if (ended := first_of(one.met_at, one.replaced_at, closed_at)) is not None and one.deadline.passed_at(ended)
    ]
    return micros(min(missed)) if missed else None


def _resolution_days(made: Sequence[Commitment]) -> int | None:
    """Days in Shanghai from the first promise to the day on which the last one was met."""
    met_at = made[-1].met_at if made else None
    return None if met_at is None else (day_of(met_at) - day_of(made[0].made_at)).days


TICKETS: Table[TicketRow] = Table(
    "tickets",
    TicketRow,
    extras=(
        Extra("phase", "INTEGER", ("state",), phase_of),
        Extra("active", "INTEGER", ("owed_known",), lambda owed: int(bool(owed))),
        Extra("limit_due", "INTEGER", ("light_grounds",), lambda grounds: _due(grounds.limit)),
        Extra("was_late", "INTEGER", ("light_grounds",), lambda grounds: int(grounds.late)),
        Extra("reminders_sent", "INTEGER", ("reminder_notes",), len),
        Extra("number_order", "TEXT", ("number",), _number_order),
        Extra("search", "TEXT", ("number", "subject", "body", "outcome"), _searchable),
        # What is searched for whoever may not read the texts.
        Extra("search_named", "TEXT", ("number", "subject"), _searchable),
    ),
    indexes=(
        "number_order",
        # The orders of lists, to the end, so that a page is read off without sorting.
        "issued_at DESC, entity_id",
        "limit_due",
        "phase, limit_due, entity_id",
        "active, limit_due",
        "state, limit_due",
        "handler_code, limit_due",
        "issuer_code",
        "since DESC, entity_id",
    ),
    sought=("number", "contact_id"),
    # What is open lasts for days in a record of years, and so does owing anything: as of the past they are found by
    # how long each version lived. Not by state: PostgreSQL 18 would skip through all states in that for any other question.
    hot=("phase", "active"),
    lapsing={"limit_due": "active"},
    sorts=("limit_due", "issued_at", "number_order"),
    times=("issued_at", "since"),
    # What lights are made of, and whom they are counted for.
    counted=dict.fromkeys((BY_SPAN, "phase"), ("state", "was_late", "reminders_sent", "escalation", "handler_code")),
)

HANDLINGS: Table[HandlingRow] = Table(
    "ticket_handlings",
    HandlingRow,
    noun="ticket_id",
    key=("number",),
    extras=(
        Extra("reply_due", "INTEGER", ("reply_deadline",), _due),
        Extra("commitment_due", "INTEGER", ("commitments_made",), _commitment_due),
        # For the scoreboards: a reply is awaited as soon as receipt will be deemed, and a missed date stays missed.
        Extra(
            "reply_limit",
            "INTEGER",
            ("reply_deadline", "delivery"),
            lambda reply, delivery: _due(reply or delivery.deemed_reply),
        ),
        Extra("reply_days", "INTEGER", ("answered_at", "receipt_known"), _reply_days),
        Extra("commitment_met", "INTEGER", ("commitments_made",), _commitment_met),
        Extra("commitment_broken", "INTEGER", ("commitments_made", "closed_at"), _commitment_broken),
        Extra("resolution_days", "INTEGER", ("commitments_made",), _resolution_days),
    ),
    indexes=("unit_code, reply_due",),
    # The scoreboard of departments.
    counted={
        BY_SPAN: (
            "unit_code",
            "answered_at",
            "outcome",
            "closed_at",
            "reply_limit",
            "reply_days",
            "commitment_due",
            "commitment_met",
            "commitment_broken",
            "resolution_days",
        )
    },
)

OWED: Table[OwedRow] = Table(
    "ticket_owed", OwedRow, noun="ticket_id", key=("place",), indexes=("unit_code, what, due", "due")
)

PARTIES: Table[PartyRow] = Table(
    "ticket_parties",
    PartyRow,
    noun="ticket_id",
    key=("unit_code", "part"),
    hot=("unit_code",),
    # Whether a unit takes part in a ticket is seen in the index.
    counted={BY_NOUN: ()},
)

SUBJECTS: Table[SubjectRow] = Table(
    "ticket_subjects", SubjectRow, noun="ticket_id", key=("subject_id",), hot=("subject_id",)
)
