"""Quantities and ratios: exact integers inside, rounded once at display."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.money import Bound, Money
from txapi.domain.quantity import Quantity, Ratio, figure_rounded, ratio_of

ratios = st.builds(Ratio, st.integers(-(10**15), 10**15), st.integers(1, 10**15))


@pytest.mark.parametrize(
    ("numerator", "denominator", "places", "percent"),
    [
        (86, 129, 1, "66.7"),
        (97, 141, 1, "68.8"),
        (13955, 24000, 1, "58.1"),
        (13955, 24000, 2, "58.15"),
        (16044, 18000, 2, "89.13"),
        (7, 12, 2, "58.33"),
        (212, 365, 2, "58.08"),
        (1, 8, 0, "13"),
        (1, 1000, 1, "0.1"),
        (1, 2000, 1, "0.1"),
        (-1, 2000, 1, "-0.1"),
        (0, 5, 1, "0.0"),
        (-1, 100000, 1, "0.0"),
    ],
)
def test_a_ratio_is_rounded_half_up_and_once(numerator: int, denominator: int, places: int, percent: str) -> None:
    assert str(Ratio(numerator, denominator).percent(places)) == percent
    assert Ratio(numerator, denominator).text(places) == f"{percent}%"


@given(ratios, ratios)
def test_ratios_compare_exactly(one: Ratio, other: Ratio) -> None:
    first, second = Fraction(one.numerator, one.denominator), Fraction(other.numerator, other.denominator)

    assert (one < other, one <= other, one > other, one >= other) == (
        first < second,
        first <= second,
        first > second,
        first >= second,
    )
    assert one.equals(other) == (first == second)


def test_a_ratio_of_the_same_value_is_equal_in_value_though_written_otherwise() -> None:
    assert Ratio(86, 129).equals(Ratio(2, 3))
    assert Ratio(86, 129) != Ratio(2, 3)


def test_the_contracted_investment_is_behind_by_months_and_ahead_by_days() -> None:
    attained = Ratio(13955, 24000)

    assert str(attained.points_above(Ratio(7, 12))) == "-0.19"
    assert str(attained.points_above(Ratio(212, 365))) == "0.06"


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 0), (1, -1), (2**63, 1), (1, 2**63)])
def test_a_ratio_that_no_store_holds_is_bad_input(numerator: int, denominator: int) -> None:
    with pytest.raises(BadInput):
        Ratio(numerator, denominator)


def test_a_quantity_is_kept_in_millionths_of_its_unit() -> None:
    quantity = Quantity.of("121855.72", "m2", Bound.ABOUT)

    assert quantity.scaled == 121_855_720_000
    assert msgspec.json.decode(msgspec.json.encode(quantity), type=Quantity) == quantity


def test_a_quantity_reads_with_the_label_of_its_unit() -> None:
    labels = {"wan_tonne": Label(zh="万吨", en="×10,000 t")}

    assert Quantity.of("36", "wan_tonne").text("zh", labels.get) == "36万吨"
    assert Quantity.of("36", "wan_tonne", Bound.ABOUT).text("en", labels.get) == "about 36 ×10,000 t"
    assert Quantity.of("36", "bushel").text("zh", labels.get) == "36 bushel"
    assert Quantity.of("58.2", "percent").text("zh") == "58.2%"


@pytest.mark.parametrize(
    ("amount", "unit", "code"),
    [
        ("-1", "tonne", "NEGATIVE_AMOUNT"),
        ("9" * 18, "tonne", "AMOUNT_TOO_LARGE"),
        ("1", "", "BAD_UNIT"),
        ("1", "x" * 65, "BAD_UNIT"),
        ("one", "tonne", "BAD_DECIMAL"),
    ],
)
def test_a_quantity_that_makes_no_sense_is_bad_input(amount: str, unit: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        Quantity.of(amount, unit)

    assert refused.value.code == code


def test_a_change_in_percent_may_be_negative() -> None:
    assert Quantity.of("-3.2", "percent").scaled == -3_200_000


def test_attainment_is_the_share_of_the_goal_in_one_currency() -> None:
    attained = ratio_of(Money.of("9.44", "亿元"), Money.of("152000", "万元"))

    assert attained is not None
    assert str(attained.percent(2)) == "62.11"
    assert attained.basis is Basis.COMPUTED
    assert ratio_of(Quantity.of("86", "project"), Quantity.of("0", "project")) is None


def test_figures_in_different_units_are_never_compared() -> None:
    with pytest.raises(BadInput) as currencies:
        ratio_of(Money.of("1", "元"), Money.of("1", "美元"))
    with pytest.raises(BadInput) as units:
        ratio_of(Quantity.of("1", "mu"), Quantity.of("1", "m2"))
    with pytest.raises(BadInput):
        ratio_of(Money.of("1", "元"), Quantity.of("1", "m2"))

    assert (currencies.value.code, units.value.code) == ("CURRENCIES_DIFFER", "UNITS_DIFFER")


def test_a_figure_is_rounded_half_up_for_display() -> None:
    assert figure_rounded(Decimal("3980.115"), 2) == Decimal("3980.12")
