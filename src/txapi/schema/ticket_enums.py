"""The words of a ticket 工作联系单 that clients choose from: states, categories, outcomes, escalation, sorts and dimensions."""

from __future__ import annotations

from txapi.domain.ticket.questions import OwedKind
from txapi.domain.ticket.values import (
    CommitmentGround,
    Escalation,
    HandlingRole,
    LapseKind,
    ReplyOutcome,
    SubjectKind,
    TicketCategory,
    TicketOrigin,
    TicketState,
)
from txapi.projections.ticket_questions import TicketDimension, TicketOrderField
from txapi.schema.values import public_enum

public_enum(TicketState, "工作联系单状态", "How far a ticket has come; overdue is no state but depends on the clock.")
public_enum(TicketCategory, "工作联系单类别", "What kind of difficulty a ticket is about.")
public_enum(TicketOrigin, "工作联系单来源", "Whether a ticket is a liaison form or an item of a meeting on the spot.")
public_enum(Escalation, "提级", "How high a ticket was taken; an axis of its own beside the state.")
public_enum(HandlingRole, "办理角色", "Whether a unit leads the handling or supports it.")
public_enum(ReplyOutcome, "答复结果", "What became of the reply that a unit owed.")
public_enum(CommitmentGround, "时限来源", "Who set the date by which a unit is to have done.")
public_enum(LapseKind, "逾期类别", "What passed although nobody acted.")
public_enum(OwedKind, "待办事项", "What somebody owes on a ticket.")
public_enum(SubjectKind, "涉及对象类别", "What kind of noun a ticket is about.")
public_enum(TicketOrderField, "排序项", "By what tickets are sorted.")
public_enum(TicketDimension, "分组维度", "By what tickets are grouped.")

__all__ = [
    "CommitmentGround",
    "Escalation",
    "HandlingRole",
    "LapseKind",
    "OwedKind",
    "ReplyOutcome",
    "SubjectKind",
    "TicketCategory",
    "TicketDimension",
    "TicketOrderField",
    "TicketOrigin",
    "TicketState",
]
