"""Tickets 工作联系单 from a sheet: drafted, and sent where the row says so; each is known by its issuer's own number."""

from __future__ import annotations

from typing import Any

from txapi.application.tickets import amend_ticket_draft, draft_ticket, issue_ticket
from txapi.application.together import id_from
from txapi.domain.labels import Label, label_of
from txapi.domain.project.description import CODE_KEY
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import SubjectKind, TicketCategory, TicketState, TicketSubject
from txapi.imports import columns as reading
from txapi.imports.columns import Column
from txapi.imports.kind import Importing, Lists, Outcome, SheetKind
from txapi.imports.rows import Row
from txapi.imports.wrong import Wrong

_category = reading.one_of(TicketCategory, "UNKNOWN_CATEGORY", "there is no category {given}")

COLUMNS = (
    Column(
        "reference", "来文编号", "发单单位自己的编号；同一编号即同一联系单",
        "The issuer's own number: the same number is the same ticket.", reading.text, required=True,
    ),
    Column("category", "类别", "类别名称或代码", "The category, by its name or code.", _category, required=True),
    Column("subject", "事由", "一句话", "What it is about, in one line.", reading.text, required=True),
    Column("body", "内容", "具体情况和请求", "The matter and what is asked for.", reading.text),
    Column("issuer", "发单单位", "单位代码", "The code of the unit that writes it.", reading.code, required=True),
    Column("handler", "受理单位", "单位代码；发出时必填", "The code of the unit that is to accept it.", reading.code),
    Column(
        "projects", "涉及项目", "项目代码，多个用；分隔", "The codes of the projects that it is about.", reading.texts
    ),
    Column("copies", "抄送单位", "单位代码，多个用；分隔", "The codes of units that get a copy.", reading.texts),
    Column("requested_by", "希望办结日期", "如 2015-10-08", "The day by which it is asked for.", reading.day),
    Column("issue", "是否发出", "是：编号并发出；否：存为草稿", "是 (yes): numbered and sent; 否 (no): a draft.", reading.yes),
)  # fmt: skip


def act(importing: Importing, row: Row) -> Outcome:
    """Draft what a row says, or find it drafted, or amend the draft; and send it where the row says so."""
    desk = importing.desk
    id = id_from(desk.record, "ticket", row["issuer"], row["reference"])
    about = tuple(TicketSubject(SubjectKind.PROJECT, _project(importing, code)) for code in row["projects"])
    said = {
        "category": row["category"],
        "subject": row["subject"],
        "body": row["body"] or "",
        "about": about,
        "handler": row["handler"],
        "copies": row["copies"],
        "requested_by": row["requested_by"],
    }
    if not desk.exists(Ticket, id):
        draft_ticket(desk, importing.order(row), id=id, issuer=row["issuer"], **said)
        outcome = Outcome.NEW
    else:
        outcome = _again(importing, row, id, said)
    if row["issue"] and desk.load(Ticket, id).state is TicketState.DRAFT:
        issue_ticket(desk, importing.order(row), ticket=id)
        outcome = Outcome.NEW if outcome is Outcome.SAME else outcome
    return outcome


def _again(importing: Importing, row: Row, id: str, said: dict[str, Any]) -> Outcome:
    """A ticket that is known: nothing to do where the row says the same."""
    if importing.desk.begins_here(id):
        raise Wrong("ROW_TWICE", "this number of this issuer stands in a row above", "reference")
    ticket = importing.desk.load(Ticket, id)
    different = [name for name, value in said.items() if getattr(ticket, name) != value]
    if "body" not in different and not importing.desk.reads_texts(ticket):
        # Or whoever may not read a text finds out by a guess whether it is this one.
        different.append("body")
    if not different:
        return Outcome.SAME
    column = {"about": "projects"}.get(different[0], different[0])
    importing.must_correct(
        column,
        (
            "this is another than what the ticket with this number says;"
            " to correct it, import with --correct and --reason"
        ),
    )
    amend_ticket_draft(importing.desk, importing.order(row), ticket=id, **{name: said[name] for name in different})
    return Outcome.CORRECTED


def _project(importing: Importing, code: str) -> str:
    id = importing.desk.record.owner_of_key(CODE_KEY, code)
    if id is None:
        raise Wrong("UNKNOWN_PROJECT", "there is no project {given}", "projects", given=code)
    return id


def lists(of: Any) -> Lists:
    """The categories and units that are known, and whether it is sent."""
    return {
        "category": [(label_of(category).zh, category.value) for category in TicketCategory],
        "issuer": of.units,
        "handler": of.units,
        "issue": [("是", "yes"), ("否", "no")],
    }


TICKETS = SheetKind(
    "tickets",
    Label(zh="工作联系单", en="tickets"),
    Label(zh="一行一份工作联系单。", en="One row for each ticket."),
    COLUMNS,
    act,
    {"reference": "崇经〔2015〕12号", "category": "审批代办", "subject": "示例", "body": "示例", "issue": "否"},
    lists,
    {"IssueNeedsAHandler": "handler"},
)
