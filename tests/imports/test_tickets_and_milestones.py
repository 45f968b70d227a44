"""Tickets and milestones that come in from a sheet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from tests.city import clerk
from tests.imports.sheets import County, imported, said, workbook
from txapi.application.together import id_from
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind
from txapi.domain.project import Project
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import TicketState

TICKETS = ("来文编号", "类别", "事由", "内容", "发单单位", "受理单位", "涉及项目", "希望办结日期", "是否发出")
MILESTONES = ("项目代码", "节点", "完成时间", "预计时间", "依据", "说明")


def ticket(reference: str, **more: Any) -> list[Any]:
    told = {
        "category": "审批代办", "subject": "规划许可", "body": "请协助办理", "issuer": "chongfu", "handler": "land-bureau",
        "projects": "P-chongfu", "requested_by": date(2015, 10, 30), "issue": None, **more,
    }  # fmt: skip
    return [reference, *told.values()]


def tickets(*rows: Iterable[Any]) -> bytes:
    return workbook(("联系单", (TICKETS, *rows)))


def milestones(*rows: tuple[Any, ...]) -> bytes:
    return workbook(("节点", (MILESTONES, *(list(row) + [None] * (6 - len(row)) for row in rows))))


def known(city: County, reference: str) -> Ticket:
    return city.desk.load(Ticket, id_from(city.record, "ticket", "chongfu", reference))


def project(city: County, unit: str = "chongfu") -> Project:
    id = city.record.owner_of_key("project_code", f"P-{unit}")
    assert id is not None
    return city.desk.load(Project, id)


# -- tickets ---------------------------------------------------------------------------------------------------------


def test_tickets_are_drafted_and_those_to_be_sent_get_the_next_numbers(city):
    report = imported(
        city, tickets(ticket("1号", issue="是"), ticket("2号"), ticket("3号", issue="yes")), clerk("chongfu")
    )

    assert report.problems == []
    assert (report.new, report.events, report.recorded) == (3, 5, True)
    first, second, third = (known(city, reference) for reference in ("1号", "2号", "3号"))
    assert (first.number, second.number, third.number) == ("2015-0001", None, "2015-0002")
    assert second.state is TicketState.DRAFT
    assert (second.requested_by, second.subject) == (date(2015, 10, 30), "规划许可")


def test_importing_tickets_again_makes_no_others(city):
    content = tickets(ticket("1号", issue="是"), ticket("2号"))
    imported(city, content)
    before = city.record.head

    again = imported(city, content)

    assert (again.same, again.recorded) == (2, False)
    assert city.record.head == before


def test_a_draft_that_reads_otherwise_is_amended_only_where_that_is_asked_for(city):
    imported(city, tickets(ticket("2号")))
    changed = tickets(ticket("2号", subject="环评批复"))
    before = city.record.head

    refused = imported(city, changed)

    assert said(refused) == {"联系单!C2": "DIFFERS_FROM_THE_RECORD"}
    assert city.record.head == before
    assert imported(city, changed, correct=True, reason="笔误").corrected == 1
    assert known(city, "2号").subject == "环评批复"


def test_one_bad_row_among_five_hundred_and_nothing_is_recorded(city):
    rows = [ticket(f"{number}号", projects=None) for number in range(499)]
    before = city.record.head

    report = imported(city, tickets(*rows, ticket("499号", category="其他")))

    assert said(report) == {"联系单!B501": "UNKNOWN_CATEGORY"}
    assert (report.rows, report.new, report.recorded) == (500, 499, False)
    assert city.record.head == before
    assert city.record.kind_of(id_from(city.record, "ticket", "chongfu", "1号")) is None


def test_every_ticket_that_makes_no_sense_is_named_with_its_cell(city):
    before = city.record.head

    report = imported(
        city,
        tickets(
            ticket("1号", projects="P-chongfu；P-none"),
            ticket("2号", requested_by="2015.10"),
            ticket("3号", issue="也许"),
            ticket("4号", issuer="dama"),
            ticket("5号", handler="nowhere"),
            ticket("6号", subject=None),
            ticket("7号"),
            ticket("7号", subject="另一件"),
            ticket("8号", handler=None, issue="是"),
        ),
        clerk("chongfu"),
    )

    assert said(report) == {
        "联系单!G2": "UNKNOWN_PROJECT",
        "联系单!H3": "NOT_A_DAY",
        "联系单!I4": "NOT_YES_OR_NO",
        "联系单!E5": "NotYourUnit",
        "联系单!F6": "DoesNotExist",
        "联系单!C7": "CELL_IS_EMPTY",
        "联系单!A9": "ROW_TWICE",
        "联系单!F10": "IssueNeedsAHandler",
    }
    assert city.record.head == before


# -- milestones ------------------------------------------------------------------------------------------------------


def test_milestones_are_reached_and_forecast_as_precisely_as_they_are_known(city):
    report = imported(
        city,
        milestones(
            ("P-chongfu", "签约", "2015年3月上旬", None, "合同", "补录"),
            ("P-chongfu", "started", None, "2015年底前"),
            ("P-dama", "签约", date(2015, 5, 28), None, None, "补录"),
        ),
    )

    assert report.problems == []
    reached = project(city).milestone(MilestoneKind.SIGNED)
    assert reached.actual == PartialDate.from_text("2015-03 early", "2015年3月上旬")
    assert reached.evidence == "合同"
    assert project(city).milestone(MilestoneKind.STARTED).forecasts[0].on.latest == date(2015, 12, 31)
    assert project(city, "dama").milestone(MilestoneKind.SIGNED).actual == PartialDate.day(date(2015, 5, 28))


def test_importing_milestones_again_records_nothing_although_this_month_has_not_ended(city):
    content = milestones(("P-chongfu", "签约", "2015年10月", "2015-11", None, "补录"))
    imported(city, content)
    before = city.record.head

    city.at("2015-10-25T09:00")
    again = imported(city, content)

    assert (again.same, again.problems, again.recorded) == (1, [], False)
    assert city.record.head == before


def test_a_date_that_differs_is_refused_and_corrected_with_a_reason(city):
    imported(city, milestones(("P-chongfu", "签约", "2015-03-01", None, None, "补录")))
    changed = milestones(("P-chongfu", "签约", "2015-03-02"))
    before = city.record.head

    refused = imported(city, changed)

    assert said(refused) == {"节点!C2": "DIFFERS_FROM_THE_RECORD"}
    assert city.record.head == before
    assert imported(city, changed, correct=True, reason="原件为3月2日").corrected == 1
    assert project(city).milestone(MilestoneKind.SIGNED).actual == PartialDate.day(date(2015, 3, 2))


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (("P-none", "签约", "2015-03-01"), {"节点!A2": "UNKNOWN_PROJECT"}),
        (("P-chongfu", "剪彩", "2015-03-01"), {"节点!B2": "UNKNOWN_MILESTONE"}),
        (("P-chongfu", "签约", "2015.1"), {"节点!C2": "MONTH_IS_AMBIGUOUS"}),
        (("P-chongfu", "签约", "春天"), {"节点!C2": "NOT_A_DATE"}),
        (("P-chongfu", "签约"), {"节点!C2": "NO_DATE"}),
        (("P-chongfu", "开工", "2015-03-01"), {"节点!B2": "MilestoneOutOfOrder"}),
        (("P-chongfu", "签约", "2015-11-01"), {"节点!C2": "FactLiesAhead"}),
        (("P-chongfu", "签约", None, "2015-01-31"), {"节点!D2": "ForecastLiesBehind"}),
    ],
)
def test_a_milestone_that_cannot_be_is_named_with_its_cell(city, row, wrong):
    before = city.record.head

    report = imported(city, milestones(row))

    assert said(report) == wrong
    assert city.record.head == before
