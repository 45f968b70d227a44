"""Corrections of a target are as strict as the facts that they replace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.given import recorded, refused
from tests.domain.project.given import (
    CLERK,
    SUPERVISOR,
    meta,
    references,
    the,
)
from tests.domain.target_given import JULY_31, JUNE_30, a_target, money, report, reported, usd, with_goal
from txapi.domain.aggregate import CorrectionNeedsAReason, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.pace import Goal
from txapi.domain.target import (
    FigureOfAnotherMeasure,
    FigureOfAnotherYear,
    FigureWasReported,
)


def test_a_correction_names_the_figure_and_the_figure_says_who_corrected_it() -> None:
    target = reported((JUNE_30, "12000"), (JULY_31, "13595"))

    target.correct(meta(CLERK, reason="录入颠倒"), corrects=4, fields=money("13955"))

    recorded(target)
    fact = the(target.figure_at())
    assert (fact.version, fact.value, fact.corrected_by, fact.reason) == (4, usd("13955"), 5, "录入颠倒")
    assert the(target.figure_at(JUNE_30)).corrected_by is None


def test_a_retracted_figure_is_gone_and_its_day_is_free_again() -> None:
    target = reported((JUNE_30, "12000"), (JULY_31, "13955"))

    target.correct(meta(CLERK, reason="误报"), corrects=4, fields=None)
    assert the(target.figure_at()).value == usd("12000")
    report(target, JULY_31, usd("13000"))

    recorded(target)
    assert the(target.figure_at()).version == 6


def test_a_retraction_that_is_retracted_brings_the_figure_back() -> None:
    target = reported((JULY_31, "13955"))
    target.correct(meta(CLERK, reason="误报"), corrects=3, fields=None)

    target.correct(meta(CLERK, reason="并非误报"), corrects=4, fields=None)

    recorded(target)
    assert the(target.figure_at()).value == usd("13955")


def test_a_figure_does_not_come_back_beside_another_through_the_same_day() -> None:
    target = reported((JULY_31, "13955"))
    target.correct(meta(CLERK, reason="误报"), corrects=3, fields=None)
    report(target, JULY_31, usd("13000"))

    with refused(target, FigureWasReported):
        target.correct(meta(CLERK, reason="并非误报"), corrects=4, fields=None)


def test_a_correction_moves_a_figure_to_no_day_that_has_one_nor_ahead_nor_to_another_year() -> None:
    target = reported((JUNE_30, "12000"), (JULY_31, "13955"))

    for through, refusal in (
        ("2015-06-30", FigureWasReported),
        ("2015-12-31", FactLiesAhead),
        ("2014-07-31", FigureOfAnotherYear),
        ("2015-02-30", BadInput),
    ):
        with refused(target, refusal):
            target.correct(meta(CLERK, reason="r"), corrects=4, fields={"through": through})
    target.correct(meta(CLERK, reason="r"), corrects=4, fields={"through": "2015-07-30"})

    assert [fact.through for fact in target.figures] == [JUNE_30, date(2015, 7, 30)]


@pytest.mark.parametrize(
    "fields",
    [
        money("1", "万元"),
        {"value": {"quantity": {"amount": "1", "unit": "project"}}},
        {"value": {"quantity": {"amount": "1", "unit": "USD"}}},
    ],
)
def test_a_correction_is_counted_in_what_the_target_is_counted_in(fields: dict[str, Any]) -> None:
    target = reported((JULY_31, "13955"))

    with refused(target, FigureOfAnotherMeasure):
        target.correct(meta(CLERK, reason="r"), corrects=3, fields=fields)


def test_what_was_retracted_still_says_what_the_target_is_counted_in() -> None:
    target = a_target()
    report(target, JULY_31, usd("1"))
    target.correct(meta(CLERK, reason="r"), corrects=2, fields=None)

    with refused(target, FigureOfAnotherMeasure):
        target.correct(meta(CLERK, reason="r"), corrects=3, fields=money("1", "万元"))


def test_the_goal_is_corrected_by_the_supervisor_and_not_by_the_clerk() -> None:
    target = reported((JULY_31, "13955"))
    fields = {"goal": {"value": {"money": {"amount": "23980", "unit": "万美元"}}}}

    with refused(target, NotYourRole):
        target.correct(meta(CLERK, reason="r"), corrects=2, fields=fields)
    target.correct(meta(SUPERVISOR, reason="误录"), corrects=2, fields=fields)

    recorded(target)
    assert the(target.goal).value == usd("23980")
    assert (target.goals[0].corrected_by, target.goals[0].reason) == (4, "误录")


def test_a_clerk_corrects_no_correction_of_a_goal() -> None:
    target = with_goal()
    target.correct(meta(reason="r"), corrects=2, fields=None)

    with refused(target, NotYourRole):
        target.correct(meta(CLERK, reason="r"), corrects=3, fields=None)


def test_a_goal_is_corrected_to_nothing_in_another_currency() -> None:
    target = with_goal()
    fields = {"goal": {"value": {"money": {"amount": "1", "unit": "万元"}}}}

    with refused(target, FigureOfAnotherMeasure):
        target.correct(meta(reason="r"), corrects=2, fields=fields)


def test_a_revision_that_is_retracted_leaves_the_goal_before_it() -> None:
    target = with_goal()
    target.revise_goal(meta(reason="调整"), goal=Goal(value=usd("25000")), references=references())

    target.correct(meta(reason="调整未获批准"), corrects=3, fields=None)

    recorded(target)
    assert target.goal == Goal(value=usd("24000"))


def test_a_correction_that_states_a_goal_gives_it_the_basis_of_the_correction() -> None:
    target = a_target()
    target.state_goal(meta(basis=Basis.INFERRED), goal=Goal(value=usd("24000")), references=references())

    target.correct(
        meta(reason="已查到文件"),
        corrects=2,
        fields={"goal": {"value": {"money": {"amount": "23980", "unit": "万美元"}}}},
    )

    recorded(target)
    assert the(target.goal).basis is Basis.STATED


@pytest.mark.parametrize("version", [0, 1, 4, -1])
def test_only_goals_and_figures_are_corrected(version: int) -> None:
    target = reported((JULY_31, "13955"))

    with refused(target, NothingToCorrect):
        target.correct(meta(reason="r"), corrects=version, fields=None)


def test_a_correction_needs_a_reason_and_fields_that_exist() -> None:
    target = reported((JULY_31, "13955"))

    with refused(target, CorrectionNeedsAReason):
        target.correct(meta(CLERK), corrects=3, fields=None)
    with refused(target, BadInput):
        target.correct(meta(CLERK, reason="r"), corrects=3, fields={"unit": "dama"})
