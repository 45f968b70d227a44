"""Attainment, schedule, half the year and the light of a target: exact, and rounded once, when they are shown."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.project.given import references, the
from txapi.domain.editions import Threshold, Thresholds
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.light import Light
from txapi.domain.money import Money
from txapi.domain.pace import (
    Figure,
    Goal,
    ScheduleBy,
    ahead_of_schedule,
    attainment,
    attainment_between,
    light,
    past_half,
    schedule,
    year_on_year,
)
from txapi.domain.quantity import Quantity, Ratio

JULY_31, JUNE_30, JUNE_29 = date(2015, 7, 31), date(2015, 6, 30), date(2015, 6, 29)


def usd(amount: str) -> Figure:
    return Figure(money=Money.of(amount, "万美元"))


def yi(amount: str) -> Figure:
    return Figure(money=Money.of(amount, "亿元"))


def count(amount: str, unit: str = "project") -> Figure:
    return Figure(quantity=Quantity.of(amount, unit))


def goal(value: Figure, basis: Basis = Basis.STATED) -> Goal:
    return Goal(value=value, basis=basis)


INTERVAL = Goal(low=usd("23957.1"), high=usd("23998.2"), basis=Basis.INFERRED)


def thresholds() -> Thresholds:
    return references().thresholds


# -- the figures of the report -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "whole", "places", "percent"),
    [
        (usd("13955"), usd("24000"), 1, "58.1"),
        (usd("13955"), usd("24000"), 4, "58.1458"),
        (usd("16044"), usd("18000"), 2, "89.13"),
        (yi("9.44"), yi("15.2"), 2, "62.11"),
        (yi("7.03"), yi("11.9"), 2, "59.08"),
    ],
)
def test_the_candidates_give_the_printed_attainment_except_for_24000(
    actual: Figure, whole: Figure, places: int, percent: str
) -> None:
    assert the(attainment(actual, goal(whole))).percent(places) == Decimal(percent)


def test_58_2_leaves_an_interval_in_which_24000_does_not_lie() -> None:
    least, most = the(attainment_between(usd("13955"), INTERVAL))

    assert least.percent(1) == most.percent(1) == Decimal("58.2")
    assert the(attainment(usd("13955"), goal(usd("23957")))).percent(1) == Decimal("58.3")
    assert the(attainment(usd("13955"), goal(usd("23998.3")))).percent(1) == Decimal("58.1")
    assert the(attainment(usd("13955"), goal(usd("24000")))).percent(1) == Decimal("58.1")


def test_an_interval_gives_bounds_and_no_attainment() -> None:
    assert attainment(usd("13955"), INTERVAL) is None
    assert ahead_of_schedule(usd("13955"), INTERVAL, JULY_31) is None
    assert attainment_between(usd("13955"), goal(usd("24000"))) == (Ratio(*ratio("24000")), Ratio(*ratio("24000")))
    assert attainment_between(None, INTERVAL) is None


def ratio(whole: str) -> tuple[int, int]:
    return usd("13955").base, usd(whole).base


def test_at_31_july_the_contracted_investment_is_behind_by_months_and_ahead_by_days() -> None:
    contracted, whole = usd("13955"), goal(usd("24000"))

    assert schedule(JULY_31).percent(2) == Decimal("58.33")
    assert schedule(JULY_31, ScheduleBy.DAYS) == Ratio(212, 365)
    assert schedule(JULY_31, ScheduleBy.DAYS).percent(2) == Decimal("58.08")
    assert ahead_of_schedule(contracted, whole, JULY_31) == Decimal("-0.19")
    assert ahead_of_schedule(contracted, whole, JULY_31, ScheduleBy.DAYS) == Decimal("0.06")


@pytest.mark.parametrize(
    ("actual", "low", "high"),
    [
        (usd("13955"), usd("23957.1"), usd("23998.2")),
        (usd("16044"), usd("17999.7"), usd("18001.6")),
        (yi("9.44"), yi("15.1977"), yi("15.2")),
        (yi("7.03"), yi("11.8982"), yi("11.9001")),
    ],
)
def test_all_four_are_past_half_although_only_intervals_are_known(actual: Figure, low: Figure, high: Figure) -> None:
    assert past_half(actual, Goal(low=low, high=high, basis=Basis.INFERRED), JULY_31, thresholds()) is True


# -- schedule ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("through", "months"),
    [("2015-01-30", 0), ("2015-01-31", 1), ("2015-02-28", 2), ("2016-02-28", 1), ("2016-02-29", 2), ("2015-12-31", 12)],
)
def test_by_months_only_whole_months_count(through: str, months: int) -> None:
    assert schedule(date.fromisoformat(through)) == Ratio(months, 12)


def test_by_days_a_leap_year_has_366() -> None:
    assert schedule(date(2016, 12, 31), ScheduleBy.DAYS) == Ratio(366, 366)
    assert schedule(date(2015, 1, 1), ScheduleBy.DAYS) == Ratio(1, 365)


@given(st.dates(date(1950, 1, 1), date(2199, 12, 31)))
def test_the_schedule_lies_within_the_year_and_ends_with_it(through: date) -> None:
    last = (through.month, through.day) == (12, 31)

    for by in ScheduleBy:
        passed = schedule(through, by)

        assert 0 <= passed.numerator <= passed.denominator
        assert (passed.numerator == passed.denominator) == last
    assert schedule(through, ScheduleBy.DAYS).denominator == 365 + calendar.isleap(through.year)


# -- half the year -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "through", "answer"),
    [("50", JUNE_29, None), ("50", JUNE_30, True), ("49.999999", JUNE_30, False), ("50", JULY_31, True)],
)
def test_half_the_task_is_asked_from_30_june_on(actual: str, through: date, answer: bool | None) -> None:
    assert past_half(count(actual), goal(count("100")), through, thresholds()) is answer


@pytest.mark.parametrize(("actual", "answer"), [("60", True), ("59", None), ("50", None), ("49", False)])
def test_an_interval_decides_half_only_where_all_of_it_says_so(actual: str, answer: bool | None) -> None:
    between = Goal(low=count("100"), high=count("120"))

    assert past_half(count(actual), between, JUNE_30, thresholds()) is answer


def test_without_a_figure_or_a_goal_nothing_is_said() -> None:
    assert attainment(None, goal(count("1"))) is None
    assert attainment(count("1"), None) is None
    assert ahead_of_schedule(count("1"), goal(count("2")), None) is None
    assert past_half(count("1"), None, JUNE_30, thresholds()) is None
    assert past_half(None, goal(count("1")), JUNE_30, thresholds()) is None
    assert year_on_year(count("1"), None) is None


# -- year on year --------------------------------------------------------------------------------------------------------


def test_growth_is_over_the_same_day_last_year_and_may_be_negative() -> None:
    assert the(year_on_year(count("12"), count("10"))).percent() == Decimal("20.0")
    assert the(year_on_year(count("8"), count("10"))).percent() == Decimal("-20.0")


def test_growth_over_nothing_or_over_another_currency_is_not_said() -> None:
    assert year_on_year(count("12"), count("0")) is None
    assert year_on_year(usd("12"), yi("10")) is None
    assert year_on_year(Figure(quantity=Quantity.of("1", "USD")), usd("1")) is None


# -- light ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "colour"),
    [
        ("584", Light.GREEN),  # at 7/12 of 1000 the schedule is 583.333...
        ("583.333333", Light.YELLOW),
        ("483.333334", Light.YELLOW),
        ("483.333333", Light.RED),
        ("0", Light.RED),
    ],
)
def test_a_target_is_judged_by_months_and_exactly(actual: str, colour: Light) -> None:
    verdict = light(count(actual), goal(count("1000")), JULY_31, thresholds())

    assert verdict.colour is colour
    assert verdict.rule == thresholds().edition


def test_exactly_ten_points_behind_is_yellow_and_a_hair_more_is_red() -> None:
    whole = goal(count("100"))

    assert light(count("40"), whole, JUNE_30, thresholds()).colour is Light.YELLOW
    assert light(count("39.999999"), whole, JUNE_30, thresholds()).colour is Light.RED
    assert light(count("50"), whole, JUNE_30, thresholds()).colour is Light.GREEN


def test_the_reason_says_by_how_many_points() -> None:
    verdict = light(usd("13955"), goal(usd("24000")), JULY_31, thresholds())

    assert verdict.colour is Light.YELLOW
    assert verdict.because == Label(zh="欠序时进度0.19个百分点", en="0.19 points behind schedule")


def test_less_than_half_is_yellow_where_the_thresholds_would_let_it_pass() -> None:
    loose = msgspec.structs.replace(
        thresholds(),
        pace_behind_points_yellow=Threshold(20, Basis.INFERRED, Label(zh="", en="")),
        pace_behind_points_red=Threshold(30, Basis.INFERRED, Label(zh="", en="")),
    )

    verdict = light(count("45"), goal(count("100")), JUNE_30, loose)

    assert verdict.colour is Light.YELLOW
    assert verdict.because.zh == "时间过半任务未过半"


@pytest.mark.parametrize("basis", [Basis.INFERRED, Basis.COMPUTED])
def test_a_goal_that_nobody_stated_drives_no_light(basis: Basis) -> None:
    verdict = light(usd("1"), goal(usd("24000"), basis), JULY_31, thresholds())

    assert verdict.colour is Light.GREY
    assert "inferred" in verdict.because.en


def test_an_illustrated_goal_drives_an_illustrated_light() -> None:
    assert light(usd("1"), goal(usd("24000"), Basis.ILLUSTRATED), JULY_31, thresholds()).colour is Light.RED


def test_what_is_missing_is_grey_with_its_reason() -> None:
    interval = Goal(low=usd("1"), high=usd("2"))
    reasons = [
        light(usd("1"), None, JULY_31, thresholds()),
        light(None, goal(usd("1")), None, thresholds()),
        light(usd("1"), interval, JULY_31, thresholds()),
    ]

    assert [verdict.colour for verdict in reasons] == [Light.GREY] * 3
    assert len({verdict.because for verdict in reasons}) == 3


# -- figures and goals ---------------------------------------------------------------------------------------------------


def test_a_figure_is_money_or_a_quantity_and_never_both() -> None:
    with pytest.raises(BadInput):
        Figure()
    with pytest.raises(BadInput):
        Figure(money=Money.of("1", "元"), quantity=Quantity.of("1", "project"))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"value": usd("1"), "low": usd("1"), "high": usd("2")},
        {"low": usd("1")},
        {"high": usd("1")},
        {"low": usd("2"), "high": usd("1")},
        {"low": usd("1"), "high": yi("1")},
        {"low": usd("1"), "high": Figure(quantity=Quantity.of("9", "USD"))},
        {"value": usd("0")},
    ],
)
def test_a_goal_is_one_value_or_an_interval_in_one_measure_above_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Goal(**wrong)


def test_figures_in_other_currencies_are_never_divided() -> None:
    for actual in (yi("1"), count("1")):
        with pytest.raises(BadInput):
            attainment(actual, goal(usd("1")))
        with pytest.raises(BadInput):
            attainment_between(actual, INTERVAL)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_attainment_is_the_exact_quotient_whatever_the_unit_of_entry(actual: int, whole: int) -> None:
    in_wan, in_yuan = Figure(money=Money.of(str(actual), "万元")), Figure(money=Money.of(str(whole), "元"))

    attained = the(attainment(in_wan, goal(in_yuan)))

    assert Fraction(attained.numerator, attained.denominator) == Fraction(actual * 10_000, whole)


@given(st.integers(0, 2000), st.integers(1, 1000), st.dates(date(2015, 1, 1), date(2015, 12, 31)))
def test_a_target_is_green_exactly_where_it_is_not_behind_schedule_nor_below_half(
    actual: int, whole: int, through: date
) -> None:
    behind = Fraction(actual, whole) < Fraction(schedule(through).numerator, 12)
    below_half = (through.month, through.day) >= (6, 30) and 2 * actual < whole

    verdict = light(count(str(actual)), goal(count(str(whole))), through, thresholds())

    assert (verdict.colour is Light.GREEN) == (not behind and not below_half)
