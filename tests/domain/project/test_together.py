"""Facts that are right one by one must not contradict each other after a correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from txapi.domain.dates import PartialDate
from txapi.domain.editions import ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.money import Money
from txapi.domain.project import Project
from txapi.domain.project.capital import PaidInExceedsRegisteredCapital
from txapi.domain.project.investment import Investment
from txapi.domain.project.together import FactsContradict

META = Metadata(
    decided_at=datetime(2015, 8, 11, tzinfo=UTC), actor=Actor("a", Role.ADMINISTRATOR), correlation_id="c", reason="r"
)
YI = "亿元"


@pytest.fixture
def project() -> Project:
    """A project just introduced."""
    project = Project("p")
    project.introduce(META, code="P-1", name="项目", kind=ProjectKind.NEW_BUILD, unit="wutong")
    return project


def refused(project: Project, command: Callable[[], Any], refusal: type[Refusal]) -> None:
    """The command is refused, and nothing was recorded."""
    version, pending = project.version, len(project.pending)

    with pytest.raises(refusal):
        command()

    assert (project.version, len(project.pending)) == (version, pending)


def test_a_departure_cannot_be_retracted_once_the_project_has_entered_again(project: Project) -> None:
    project.enter_list(META, list_id="L")
    project.leave_list(META, list_id="L")
    left = project.version
    project.enter_list(META, list_id="L")

    refused(project, lambda: project.correct(META, corrects=left, fields=None), FactsContradict)


def test_a_corrected_total_stays_above_the_registered_capital(project: Project) -> None:
    project.set_investment(META, total=Money.of("100", YI), registered=Money.of("80", YI))

    given = {"total": {"amount": "10", "unit": YI}}
    refused(project, lambda: project.correct(META, corrects=2, fields=given), Refusal)


def test_a_corrected_total_still_adds_up_with_the_increase_that_started_from_it(project: Project) -> None:
    project.set_investment(META, total=Money.of("100", YI))
    project.increase_capital(
        META, on=PartialDate.month(2015, 7), add_total=Money.of("50", YI), before=None, after=_after("150")
    )

    given = {"total": {"amount": "120", "unit": YI}}
    refused(project, lambda: project.correct(META, corrects=2, fields=given), Refusal)


def test_what_was_paid_in_is_told_once_for_a_day_also_after_a_retraction_is_retracted(project: Project) -> None:
    project.pay_in(META, amount=Money.of("50", YI), through=date(2015, 7, 1))
    project.correct(META, corrects=2, fields=None)
    project.pay_in(META, amount=Money.of("40", YI), through=date(2015, 7, 1))

    refused(project, lambda: project.correct(META, corrects=3, fields=None), FactsContradict)


def test_no_less_is_registered_than_was_paid_in(project: Project) -> None:
    project.set_investment(META, registered=Money.of("100", YI))
    project.pay_in(META, amount=Money.of("50", YI), through=date(2015, 7, 1))

    refused(
        project,
        lambda: project.set_investment(META, registered=Money.of("10", YI)),
        PaidInExceedsRegisteredCapital,
    )


def _after(total: str) -> Any:
    return Investment(total=Money.of(total, YI))
