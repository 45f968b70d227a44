"""Rates of a supervision list: exact, by the valid day, and only where every stated member is known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.quantity import Ratio
from txapi.domain.rates import Member, first_reached, published_rate, rate

JUNE, JULY_30 = date(2015, 6, 30), date(2015, 7, 30)


def on(text: str) -> PartialDate:
    return PartialDate.from_text(text)


def listed(entered: str, removed: str | None = None, done: str | None = None) -> Member:
    return Member(on(entered), on(removed) if removed else None, on(done) if done else None)


THREE = [listed("2015-03-01", done="2015-05-28"), listed("2015-03-01", done="2015-07-10"), listed("2015-03-01")]


@pytest.mark.parametrize(
    ("done", "of", "printed"), [(86, 129, "66.7"), (97, 141, "68.8"), (0, 5, "0.0"), (5, 5, "100.0")]
)
def test_printed_counts_give_the_printed_rate(done: int, of: int, printed: str) -> None:
    assert published_rate(done, of).percent() == Decimal(printed)


@pytest.mark.parametrize(("done", "of"), [(1, 0), (-1, 5), (6, 5), (0, -1)])
def test_counts_that_are_no_part_of_a_whole_make_no_rate(done: int, of: int) -> None:
    with pytest.raises(BadInput):
        published_rate(done, of)


def test_a_rate_is_computed_from_the_members_once_all_of_them_are_known() -> None:
    assert rate(THREE, 3) == Ratio(2, 3)
    assert rate(THREE, 3, JULY_30) == Ratio(2, 3)
    assert rate(THREE, 3, JUNE) == Ratio(1, 3)


@pytest.mark.parametrize("stated", [2, 4, 129])
def test_there_is_no_rate_while_the_members_known_are_not_as_many_as_stated(stated: int) -> None:
    assert rate(THREE, stated) is None


def test_without_a_stated_count_the_known_members_are_the_list_and_an_empty_list_has_no_rate() -> None:
    assert rate(THREE, None) == Ratio(2, 3)
    assert rate([], None) is None
    assert rate([], 3) is None


def test_a_member_counts_from_the_day_of_its_entry_to_the_day_before_its_removal() -> None:
    member = listed("2015-03-10", removed="2015-07-20", done="2015-05-28")

    assert not member.on_list(date(2015, 3, 9))
    assert member.on_list(date(2015, 3, 10))
    assert member.on_list(date(2015, 7, 19))
    assert not member.on_list(date(2015, 7, 20))
    assert not member.on_list(None)


def test_a_date_known_only_to_the_month_counts_from_its_last_day() -> None:
    member = listed("2015-03", done="2015-06")

    assert not member.on_list(date(2015, 3, 30))
    assert member.on_list(date(2015, 3, 31))
    assert not member.done_by(date(2015, 6, 29))
    assert member.done_by(JUNE)
    assert member.done_by(None)


def test_the_milestone_that_counts_is_the_one_that_was_certainly_reached_first() -> None:
    open_ended = PartialDate.between(date(2015, 1, 1), None)

    assert first_reached([on("2015-07"), on("2015-05-28"), open_ended]) == on("2015-05-28")
    assert first_reached([open_ended]) == open_ended
    assert first_reached([]) is None


days = st.dates(date(2015, 1, 1), date(2015, 12, 31))


@st.composite
def members(draw: st.DrawFn) -> Member:
    entered = draw(days)
    removed = draw(st.none() | days.map(lambda day: max(day, entered)))
    done = draw(st.none() | days)
    return Member(
        PartialDate.day(entered),
        PartialDate.day(removed) if removed else None,
        PartialDate.day(done) if done else None,
    )


@given(st.lists(members(), max_size=12), days)
def test_a_rate_is_what_counting_by_hand_gives(found: list[Member], valid_on: date) -> None:
    there = [
        one
        for one in found
        if one.entered.latest is not None
        and one.entered.latest <= valid_on
        and (one.removed is None or one.removed.latest is None or one.removed.latest > valid_on)
    ]
    done = [
        one for one in there if one.done is not None and one.done.latest is not None and one.done.latest <= valid_on
    ]

    got = rate(found, len(there), valid_on)

    assert (got is None) == (not there)
    assert got is None or got == Ratio(len(done), len(there))
    assert rate(found, len(there) + 1, valid_on) is None


@given(st.lists(members(), min_size=1, max_size=12), days)
def test_a_rate_without_removals_never_falls_with_time_for_a_fixed_list(found: list[Member], valid_on: date) -> None:
    kept = [Member(PartialDate.day(date(2015, 1, 1)), None, one.done) for one in found]

    earlier, later = rate(kept, len(kept), valid_on), rate(kept, len(kept), valid_on + timedelta(days=30))

    assert earlier is not None
    assert later is not None
    assert earlier <= later


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.integers(0, 4))
def test_a_rate_is_rounded_half_up_once(counts: tuple[int, int], places: int) -> None:
    done, of = counts
    exact, unit = Fraction(100 * done, of), Fraction(1, 10**places)

    shown = Fraction(published_rate(done, of).percent(places))

    assert shown - unit / 2 <= exact < shown + unit / 2
