"""A target: its goal, stated once and revised with a reason; its cumulative figures; who may do what."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.given import recorded, refused
from tests.domain.project.given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    LEADER,
    READER,
    STRANGER,
    SYSTEM,
    meta,
    references,
    the,
)
from tests.domain.target_given import JULY_31, JUNE_30, a_target, cny, money, quantity, report, reported, usd, with_goal
from txapi.domain.aggregate import AlreadyExists, DoesNotExist
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.editions import EditionKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.light import Light
from txapi.domain.money import Money
from txapi.domain.pace import Figure, Goal, light
from txapi.domain.reference import Reference, References, reference_id
from txapi.domain.register import ClosingNeedsAReason, IsClosed
from txapi.domain.target import (
    FallNeedsAReason,
    FigureOfAnotherMeasure,
    FigureOfAnotherYear,
    FigureWasReported,
    GoalIsSet,
    NoGoalToRevise,
    RevisionNeedsAReason,
    Target,
    UnknownIndicator,
)

# -- setting -------------------------------------------------------------------------------------------------------------


def test_a_target_is_set_for_a_unit_an_indicator_and_a_year_which_it_claims() -> None:
    target = a_target()

    event = recorded(target)

    assert (target.indicator, target.unit, target.year, target.goal) == ("FDI_CONTRACTED", "chongfu", 2015, None)
    assert list(event.claims()) == [("target", "FDI_CONTRACTED/chongfu/2015")]


def test_a_target_is_set_once() -> None:
    target = a_target()

    with refused(target, AlreadyExists):
        target.set(meta(), indicator="FDI_ACTUAL", unit="chongfu", year=2015, references=references())


def test_an_indicator_that_was_not_adopted_has_no_targets() -> None:
    target = Target("t1")

    with refused(target, UnknownIndicator):
        target.set(meta(), indicator="HAPPINESS", unit="chongfu", year=2015, references=references())


@pytest.mark.parametrize("year", [0, 1948, 2201, 20150])
def test_an_absurd_year_is_bad_input(year: int) -> None:
    target = Target("t1")

    with refused(target, BadInput):
        target.set(meta(), indicator="FDI_ACTUAL", unit="chongfu", year=year, references=references())


@pytest.mark.parametrize("actor", [CLERK, LEADER, READER, AUDITOR])
def test_the_supervisor_sets_targets_and_goals(actor: Actor) -> None:
    target, new = a_target(), Target("t2")

    with refused(new, NotYourRole):
        new.set(meta(actor), indicator="FDI_ACTUAL", unit="chongfu", year=2015, references=references())
    with refused(target, NotYourRole):
        target.state_goal(meta(actor), goal=Goal(value=usd("1")), references=references())


def test_administrator_and_system_may_do_all_of_it() -> None:
    for actor in (ADMINISTRATOR, SYSTEM):
        target = Target("t1")
        target.set(meta(actor), indicator="FDI_ACTUAL", unit="chongfu", year=2015, references=references())

        assert all(target.may(action, meta(actor)) is None for action in Target.ACTIONS)


# -- the goal ------------------------------------------------------------------------------------------------------------


def test_a_goal_is_stated_once_and_then_revised_with_a_reason() -> None:
    target = with_goal("24000")
    recorded(target)

    with refused(target, GoalIsSet):
        target.state_goal(meta(), goal=Goal(value=usd("25000")), references=references())
    with refused(target, RevisionNeedsAReason):
        target.revise_goal(meta(), goal=Goal(value=usd("25000")), references=references())
    target.revise_goal(meta(reason="年中调整"), goal=Goal(value=usd("25000")), references=references())

    recorded(target)
    assert target.goal == Goal(value=usd("25000"))
    assert [(fact.version, fact.revised, fact.reason) for fact in target.goals] == [
        (2, False, None),
        (3, True, "年中调整"),
    ]


def test_only_a_goal_that_was_stated_is_revised() -> None:
    target = a_target()

    with refused(target, NoGoalToRevise):
        target.revise_goal(meta(reason="r"), goal=Goal(value=usd("1")), references=references())


def test_a_goal_may_be_an_interval() -> None:
    target = a_target()
    interval = Goal(low=usd("23957.1"), high=usd("23998.2"), basis=Basis.INFERRED)

    target.state_goal(meta(), goal=interval, references=references())

    recorded(target)
    assert target.goal == interval


def test_a_goal_of_an_inferred_event_is_inferred_and_drives_no_light() -> None:
    target = a_target()

    target.state_goal(meta(basis=Basis.INFERRED), goal=Goal(value=usd("24000")), references=references())

    goal = the(target.goal)
    assert goal.basis is Basis.INFERRED
    assert light(usd("1"), goal, JULY_31, references().thresholds).colour is Light.GREY


def test_an_inferred_goal_stays_inferred_although_an_illustrated_event_states_it() -> None:
    target = a_target()

    target.state_goal(
        meta(basis=Basis.ILLUSTRATED),
        goal=Goal(value=usd("24000"), basis=Basis.INFERRED),
        references=references(),
    )

    assert the(target.goal).basis is Basis.INFERRED


# -- figures -------------------------------------------------------------------------------------------------------------


def test_the_clerk_of_the_unit_reports_and_the_latest_figure_by_a_day_is_found() -> None:
    target = reported((JUNE_30, "12000"), (JULY_31, "13955"))

    recorded(target)
    assert the(target.figure_at()).value == usd("13955")
    assert the(target.figure_at(JULY_31)).value == usd("13955")
    assert the(target.figure_at(date(2015, 7, 30))).value == usd("12000")
    assert the(target.figure_at(JUNE_30)).version == 3
    assert target.figure_at(date(2015, 6, 29)) is None


def test_figures_stand_in_the_order_of_their_days_whenever_they_were_reported() -> None:
    target = reported((JULY_31, "13955"), (JUNE_30, "12000"))

    assert [fact.through for fact in target.figures] == [JUNE_30, JULY_31]
    assert the(target.figure_at()).value == usd("13955")


def test_another_units_clerk_and_a_reader_report_nothing() -> None:
    target = with_goal()

    with refused(target, NotYourUnit):
        report(target, JULY_31, usd("1"), actor=STRANGER)
    with refused(target, NotYourRole):
        report(target, JULY_31, usd("1"), actor=READER)


def test_the_clerk_of_a_units_successor_reports() -> None:
    target = with_goal()

    report(target, JULY_31, usd("1"), actor=clerk_of("dama", "chongfu"))

    assert the(target.figure_at()).value == usd("1")


def clerk_of(unit: str, of: str) -> Actor:
    return Actor("clerk", CLERK.role, unit, (of,))


def test_a_figure_counts_through_today_in_shanghai_and_no_further() -> None:
    target = with_goal()
    on_the_eleventh = "2015-08-11T15:59"  # 23:59 in Shanghai

    with refused(target, FactLiesAhead):
        report(target, date(2015, 8, 12), usd("1"), at=on_the_eleventh)
    report(target, date(2015, 8, 11), usd("1"), at=on_the_eleventh)
    report(target, date(2015, 8, 12), usd("2"), at="2015-08-11T16:00")

    assert len(target.figures) == 2


@pytest.mark.parametrize("through", [date(2014, 12, 31), date(2016, 1, 1)])
def test_a_figure_is_of_the_targets_own_year(through: date) -> None:
    target = with_goal()

    with refused(target, FigureOfAnotherYear):
        report(target, through, usd("1"), at="2016-02-01T00:00")


def test_the_same_day_twice_is_refused_and_names_the_event_to_correct() -> None:
    target = reported((JULY_31, "13955"))

    with refused(target, FigureWasReported) as said:
        report(target, JULY_31, usd("13955"))

    assert said.value.facts["version"] == 3


def test_a_cumulative_figure_falls_only_with_a_reason() -> None:
    target = reported((JUNE_30, "12000"))

    with refused(target, FallNeedsAReason):
        report(target, JULY_31, usd("11999.99"))
    report(target, JULY_31, usd("11999.99"), reason="撤资一项")

    recorded(target)
    assert the(target.figure_at()).reason == "撤资一项"


def test_the_same_figure_again_is_no_fall() -> None:
    target = reported((JUNE_30, "12000"))

    report(target, JULY_31, usd("12000"))

    assert len(target.figures) == 2


# -- measures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "wrong"),
    [
        ("FDI_CONTRACTED", cny("1")),
        ("FDI_CONTRACTED", quantity("1", "project")),
        ("FDI_CONTRACTED", quantity("1", "USD")),
        ("DOMESTIC_CAPITAL", usd("1")),
        ("COMMENCEMENTS", usd("1")),
        ("COMMENCEMENTS", quantity("1", "mu")),
        ("COMMENCEMENT_RATE", quantity("1", "project")),
        ("LAND_REUSED", quantity("1", "project")),
    ],
)
def test_a_figure_in_another_measure_is_refused(indicator: str, wrong: Figure) -> None:
    target = a_target(indicator)

    with refused(target, FigureOfAnotherMeasure):
        report(target, JULY_31, wrong)
    with refused(target, FigureOfAnotherMeasure):
        target.state_goal(meta(), goal=Goal(value=wrong), references=references())


@pytest.mark.parametrize(
    ("indicator", "right"),
    [
        ("FDI_CONTRACTED", Figure(money=Money.of("1.4", "亿美元"))),
        ("DOMESTIC_CAPITAL", cny("94400")),
        ("COMMENCEMENTS", quantity("86", "project")),
        ("COMMENCEMENT_RATE", quantity("66.7", "percent")),
        ("LAND_REUSED", quantity("182.78", "mu")),
    ],
)
def test_a_figure_may_be_entered_in_any_unit_of_its_indicators_measure(indicator: str, right: Figure) -> None:
    target = a_target(indicator)

    report(target, JULY_31, right)

    recorded(target)
    assert the(target.figure_at()).value == right


def test_a_target_keeps_what_it_was_first_counted_in_when_a_later_edition_counts_otherwise() -> None:
    target = with_goal()
    later = counted_in_yuan()

    with refused(target, FigureOfAnotherMeasure):
        target.report_actual(meta(CLERK), through=JULY_31, value=cny("1"), references=later)
    target.report_actual(meta(CLERK), through=JULY_31, value=usd("1"), references=later)

    assert the(target.figure_at()).value == usd("1")


def counted_in_yuan() -> References:
    """References in which a later edition counts contracted foreign investment in yuan."""
    edition = "indicators-2016"
    reference = Reference(reference_id(EditionKind.INDICATORS, edition))
    indicator = {
        "code": "FDI_CONTRACTED",
        "label": {"zh": "合同利用外资", "en": "contracted foreign investment"},
        "measure": "money",
        "unit": "万元",
        "currency": "CNY",
    }
    reference.adopt(
        meta(ADMINISTRATOR), kind=EditionKind.INDICATORS, edition=edition, content={"indicators": [indicator]}
    )
    return references().with_event(reference.pending[0])


# -- closing and permissions ---------------------------------------------------------------------------------------------


def test_a_closed_target_takes_no_figures_but_corrections() -> None:
    target = reported((JULY_31, "13955"))

    with refused(target, ClosingNeedsAReason):
        target.close(meta())
    target.close(meta(reason="单位撤并"))

    recorded(target)
    assert (target.closed, target.closed_because) == (True, "单位撤并")
    with refused(target, IsClosed):
        report(target, date(2015, 8, 1), usd("14000"))
    target.correct(meta(CLERK, reason="录入颠倒"), corrects=3, fields=money("13595"))
    assert target.closed


def test_why_a_button_is_grey_is_what_the_command_would_say() -> None:
    target = with_goal()

    assert target.may("report_actual", meta(CLERK)) is None
    assert target.may("correct_target", meta(CLERK)) is None
    assert isinstance(target.may("report_actual", meta(STRANGER)), NotYourUnit)
    assert isinstance(target.may("revise_goal", meta(CLERK)), NotYourRole)
    assert isinstance(Target("none").may("report_actual", meta()), DoesNotExist)
