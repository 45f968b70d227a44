"""A summer of tickets in a town that also has targets, projects and one supervision list, and its forms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.city import AUDITOR, SUPERVISOR, City, clerk, instant, published
from tests.projections.ticket_city import furnished, told
from txapi.application import projects, supervision, targets
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.labels import Label
from txapi.domain.money import Money
from txapi.domain.pace import Figure, Goal
from txapi.forms.evidence import Evidence
from txapi.forms.pinned import Pinned
from txapi.forms.printing import Printable, print_form
from txapi.forms.report import MonthlyReport, month_from
from txapi.forms.ticket import TicketForm
from txapi.schema.context import Context


class Summer:
    """The city with its story told; prints forms as of a position or a time, of now unless one is given."""

    def __init__(self, city: City) -> None:
        self.city = city
        _worked(city)
        self.tickets = told(city)
        self.corrected_at = _corrected(city)
        city.sign()

    def number(self, name: str) -> str:
        """The number of a ticket of the story."""
        answer = self.city.ask("query($id: ID!) { ticket(entityId: $id) { number } }", {"id": self.tickets[name]})
        return str(answer["ticket"]["number"])

    def ticket(self, key: str, at: int | str | None = None, lang: str = "zh", **more: Any) -> bytes:
        """The form of a ticket, by what a user would type."""
        return self._print(lambda moment: TicketForm(key, moment), at, lang, **more)

    def report(self, unit: str, month: str, at: int | str | None = None, lang: str = "zh", **more: Any) -> bytes:
        """The report of a unit's month."""
        return self._print(lambda moment: MonthlyReport(unit, *month_from(month), moment), at, lang, **more)

    def _print(self, form_at: Any, at: int | str | None, lang: str, *, signed: bool = True) -> bytes:
        city = self.city
        context = Context(city.views, None, AUDITOR, signed_in=True, read=city.record)
        try:
            position, time = (None, instant(at)) if isinstance(at, str) else (at, None)
            form: Printable = form_at(Pinned.of(context.reader_at(position, time, None, None).moment))
            evidence = Evidence(city.record.record_id, city.record.store.read, city.ledger if signed else None)
            return print_form(form, published(form.operation), context, evidence, lang).content
        finally:
            context.close()


def wan(amount: str) -> Figure:
    """So many 万美元."""
    return Figure(money=Money.of(amount, "万美元"))


def _worked(city: City) -> None:
    """Chongfu's target with its figures, a project on a list of starts, and one that started."""
    target = targets.set_target(
        city.desk, city.order(SUPERVISOR), indicator="FDI_ACTUAL", unit="chongfu", year=2015, id=TARGET
    ).id
    targets.state_goal(city.desk, city.order(SUPERVISOR), target=target, goal=Goal(value=wan("1200")))
    for through, amount in (("2015-06-30", "500"), ("2015-07-31", "740")):
        order = city.order(clerk("chongfu"))
        targets.report_actual(city.desk, order, target=target, through=date.fromisoformat(through), value=wan(amount))
    programme = Label(zh="开工督查", en="supervision of starts")
    list_id = supervision.open_supervision_list(
        city.desk, city.order(SUPERVISOR), programme=programme, duty=Duty.COMMENCEMENT, year=2015
    ).id
    for code, name in (("A-1", "智能纺织机械"), ("A-2", "冷链物流")):
        project = projects.introduce_project(
            city.desk, city.order(SUPERVISOR), code=code, name=name, kind=ProjectKind.NEW_BUILD, unit="chongfu"
        ).id
        projects.enter_list(
            city.desk, city.order(SUPERVISOR), project=project, supervision_list=list_id,
            on=PartialDate.from_text("2015-03-01"), due=date(2015, 9, 30),
        )  # fmt: skip
        if code == "A-1":
            order = city.order(SUPERVISOR, reason="现场核实")
            projects.reach_milestone(
                city.desk, order, project=project, kind=MilestoneKind.STARTED, on=PartialDate.from_text("2015-07-20")
            )


TARGET = "5a1f9a3e-0000-4000-8000-000000000001"


def _corrected(city: City) -> int:
    """The figure of July is corrected at the end of August; the position of the correction."""
    order = city.order(clerk("chongfu"), reason="重复计算")
    value = {"money": {"amount": "700", "unit": "万美元"}}
    return targets.correct_target(city.desk, order, target=TARGET, corrects=4, fields={"value": value}).last


@pytest.fixture(scope="session")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Summer]:
    city = furnished(tmp_path_factory.mktemp("summer"))
    yield Summer(city)
    city.close()
