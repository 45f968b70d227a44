"""Why a printed percentage is not the one that the data gives: by hand, against the figures of the report."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.audit.target_city import wan
from txapi.audit.questions.explaining import goals_needed, places_of, roundest, roundings, shown, twice_rounded
from txapi.domain.money import Money
from txapi.domain.pace import Figure
from txapi.domain.quantity import Ratio

RATIO = Ratio(13955, 24000)


def yi(amount: str) -> Figure:
    return Figure(money=Money.of(amount, "亿元"))


def test_58_1458_rounded_twice_is_58_2() -> None:
    assert RATIO.percent(1) == Decimal("58.1")
    assert twice_rounded(RATIO, 1) == Decimal("58.2")
    assert roundings(RATIO, 1) == "58.1458 → 58.15 → 58.2"


@pytest.mark.parametrize(
    ("part", "places", "twice"),
    # 58.1450 rounds to 58.15, and then to 58.2; 58.1449 to 58.14, and then to 58.1.
    [(581450, 1, "58.2"), (581449, 1, "58.1"), (581500, 1, "58.2"), (995449, 0, "100"), (994449, 0, "99")],
)
def test_rounding_twice_begins_with_one_more_place(part: int, places: int, twice: str) -> None:
    assert twice_rounded(Ratio(part, 1_000_000), places) == Decimal(twice)


@pytest.mark.parametrize(
    ("figure", "printed", "above", "up_to", "round_goal"),
    [
        # 13955 / 0.5825 = 23957.08, / 0.5815 = 23998.28; with 0.58145, 24000.34, so that 24000 is within.
        (wan("13955"), "58.2", "23957.1", "23998.3", "24000"),
        # 16044 / 0.89135 = 17999.66, / 0.89125 = 18001.68.
        (wan("16044"), "89.13", "17999.7", "18001.7", "18000"),
        # 9.44 / 0.62115 = 15.197617, / 0.62105 = 15.200064.
        (yi("9.44"), "62.11", "15.1976", "15.2001", "15.2"),
        # 7.03 / 0.59085 = 11.898113, / 0.59075 = 11.900127.
        (yi("7.03"), "59.08", "11.8981", "11.9001", "11.9"),
    ],
)
def test_the_goals_by_which_the_report_s_figures_give_its_percentages(
    figure: Figure, printed: str, above: str, up_to: str, round_goal: str
) -> None:
    needed = goals_needed(figure, Decimal(printed))

    assert needed is not None
    assert (needed.above, needed.up_to, needed.round_goal) == (Decimal(above), Decimal(up_to), Decimal(round_goal))


def test_24000_lies_outside_the_goals_that_print_58_2_and_needs_two_roundings() -> None:
    needed = goals_needed(wan("13955"), Decimal("58.2"))

    assert needed is not None
    # 13955 / 0.58145 = 24000.34.
    assert needed.up_to_if_rounded_twice == Decimal("24000.3")
    assert needed.round_goal_needs_two_roundings
    assert needed.round_ratio.equals(RATIO)


def test_a_goal_of_a_fraction_gives_an_exact_ratio() -> None:
    needed = goals_needed(yi("7.03"), Decimal("59.08"))

    assert needed is not None
    assert needed.round_ratio.equals(Ratio(703, 1190))
    assert not needed.round_goal_needs_two_roundings


def test_a_percentage_of_nothing_needs_no_goal() -> None:
    assert goals_needed(wan("0"), Decimal("58.2")) is None
    assert goals_needed(wan("13955"), Decimal("0.0")) is None


@pytest.mark.parametrize(
    ("above", "up_to", "found"),
    [("23957.1", "24000", "24000"), ("24000", "24001", "24001"), ("0.4", "0.6", "0.5"), ("99", "101", "100")],
)
def test_the_roundest_number_lies_above_one_end_and_up_to_the_other(above: str, up_to: str, found: str) -> None:
    assert roundest(Decimal(above), Decimal(up_to)) == Decimal(found)


def test_places_are_those_that_were_printed() -> None:
    assert [places_of(Decimal(text)) for text in ("58", "58.2", "58.20", "1E+3")] == [0, 1, 2, 0]
    assert [shown(Decimal(text)) for text in ("23957.0815", "15.2000644")] == [Decimal("23957.1"), Decimal("15.2001")]
