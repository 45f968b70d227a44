"""Partial dates: intervals with a precision, and days in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from txapi.domain.dates import DatePrecision, PartialDate, day_from, day_of, end_of, start_of
from txapi.domain.errors import BadInput

years = st.integers(1900, 2199)
months = st.integers(1, 12)
days = st.dates(date(1900, 1, 1), date(2199, 12, 30))

partial_dates = st.one_of(
    st.builds(PartialDate.day, days),
    st.builds(PartialDate.ten_days, years, months, st.sampled_from([1, 2, 3])),
    st.builds(PartialDate.month, years, months),
    st.builds(PartialDate.quarter, years, st.integers(1, 4)),
    st.builds(PartialDate.half, years, st.integers(1, 2)),
    st.builds(PartialDate.year, years),
    st.builds(PartialDate.month_end, years, months),
    st.builds(PartialDate.year_end, years),
    st.builds(PartialDate.by_month_end, years, months),
    st.builds(PartialDate.by, days, st.text(max_size=9)),
    st.builds(lambda a, b: PartialDate.between(min(a, b), max(a, b)), days, days),
    st.builds(lambda a: PartialDate.between(a, None), days),
)


@given(partial_dates)
def test_any_partial_date_survives_being_stored(when: PartialDate) -> None:
    assert msgspec.json.decode(msgspec.json.encode(when), type=PartialDate) == when
    assert when.text("zh")
    assert when.text("en")


@given(partial_dates, days)
def test_a_fact_happened_by_the_day_on_which_it_is_recorded(when: PartialDate, on: date) -> None:
    assume(not when.begins_after(on))

    known = when.capped(on)

    assert known.reached_by(on)
    assert known.earliest == when.earliest
    assert known.precision is when.precision
    assert known.capped(on) == known
    assert msgspec.json.decode(msgspec.json.encode(known), type=PartialDate) == known


def test_a_date_that_certainly_lies_ahead_cannot_be_recorded_as_a_fact() -> None:
    september = PartialDate.month(2015, 9)

    assert september.begins_after(date(2015, 8, 31))
    assert not september.begins_after(date(2015, 9, 1))
    with pytest.raises(BadInput) as refused:
        september.capped(date(2015, 8, 31))
    assert refused.value.code == "DATE_IN_THE_FUTURE"


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision", "zh", "en"),
    [
        ("2015-05-28", "2015-05-28", "2015-05-28", "DAY", "2015年5月28日", "28 May 2015"),
        ("2015-05", "2015-05-01", "2015-05-31", "MONTH", "2015年5月", "May 2015"),
        ("2016-02", "2016-02-01", "2016-02-29", "MONTH", "2016年2月", "February 2016"),
        ("2015-Q2", "2015-04-01", "2015-06-30", "QUARTER", "2015年第二季度", "Q2 2015"),
        ("2015-H1", "2015-01-01", "2015-06-30", "HALF", "2015年上半年", "H1 2015"),
        ("2015-H2", "2015-07-01", "2015-12-31", "HALF", "2015年下半年", "H2 2015"),
        ("2015", "2015-01-01", "2015-12-31", "YEAR", "2015年", "2015"),
        ("2015-05 end", "2015-05-21", "2015-05-31", "END_OF", "2015年5月底", "end of May 2015"),
        ("2015 end", "2015-12-01", "2015-12-31", "END_OF", "2015年底", "end of 2015"),
        ("2015-12 end", "2015-12-21", "2015-12-31", "END_OF", "2015年12月底", "end of December 2015"),
        ("2015-05 early", "2015-05-01", "2015-05-10", "TEN_DAYS", "2015年5月上旬", "early May 2015"),
        ("2015-05 mid", "2015-05-11", "2015-05-20", "TEN_DAYS", "2015年5月中旬", "mid May 2015"),
        ("2015-05  late", "2015-05-21", "2015-05-31", "TEN_DAYS", "2015年5月下旬", "late May 2015"),
        ("by 2015-09", None, "2015-09-30", "BY", "2015年9月底前", "by the end of September 2015"),
        ("by 2015-09-15", None, "2015-09-15", "BY", "2015年9月15日前", "by 15 September 2015"),
        (
            "2015-03/2015-05",
            "2015-03-01",
            "2015-05-31",
            "RANGE",
            "2015年3月1日至2015年5月31日",
            "1 March 2015 to 31 May 2015",
        ),
        ("../2015-05", None, "2015-05-31", "RANGE", "2015年5月底前", "by the end of May 2015"),
        ("2015-03/..", "2015-03-01", None, "RANGE", "2015年3月1日起", "from 1 March 2015"),
    ],
)
def test_what_a_person_types_is_read_as_an_interval(
    text: str, earliest: str | None, latest: str | None, precision: str, zh: str, en: str
) -> None:
    when = PartialDate.from_text(text)

    assert when.earliest == (date.fromisoformat(earliest) if earliest else None)
    assert when.latest == (date.fromisoformat(latest) if latest else None)
    assert when.precision is DatePrecision[precision]
    assert (when.text("zh"), when.text("en")) == (zh, en)


def test_what_the_source_printed_is_kept() -> None:
    assert PartialDate.from_text("2015-05 end", "5月底").printed == "5月底"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2015-02-29",
        "2015-13",
        "2015-00",
        "2015-Q5",
        "2015-H3",
        "2015-5",
        "2015-05-32",
        "0001",
        "1899-12-31",
        "2200",
        "9999",
        "by",
        "by 2015-03/..",
        "../..",
        "/",
        "2015-05/2015-03",
        "2015-01/2015-02/2015-03",
        "yesterday",
        "２０１５",
        "\ud800",
        "2015-05" * 20,
    ],
)
def test_a_date_that_does_not_exist_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        PartialDate.from_text(text)

    assert refused.value.code == "BAD_DATE"


@pytest.mark.parametrize(
    ("earliest", "latest", "precision"),
    [
        ("2015-05-28", "2015-05-29", "day"),
        ("2015-05-31", "2015-05-01", "month"),
        ("2015-05-01", "2015-06-01", "month"),
        ("2015-05-05", "2015-05-15", "ten_days"),
        (None, "2015-05-31", "month"),
        ("2015-05-01", "2015-05-31", "by"),
        (None, None, "by"),
        (None, None, "range"),
        ("2015-05-31", "2015-05-01", "range"),
    ],
)
def test_decoding_refuses_an_interval_that_contradicts_its_precision(
    earliest: str | None, latest: str | None, precision: str
) -> None:
    stored = msgspec.json.encode({"earliest": earliest, "latest": latest, "precision": precision})

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored, type=PartialDate)


def test_reached_by_uses_the_last_day() -> None:
    may = PartialDate.month(2015, 5)

    assert may.reached_by(date(2015, 5, 31))
    assert not may.reached_by(date(2015, 5, 30))
    assert not PartialDate.between(date(2015, 1, 1), None).reached_by(date(2100, 1, 1))


def test_a_day_begins_and_ends_in_shanghai() -> None:
    day = date(2015, 8, 13)

    assert start_of(day) == datetime(2015, 8, 12, 16, tzinfo=UTC)
    assert end_of(day) == datetime(2015, 8, 13, 16, tzinfo=UTC)
    assert day_of(datetime(2015, 8, 13, 15, 59, 59, 999999, tzinfo=UTC)) == day
    assert day_of(end_of(day)) == date(2015, 8, 14)


def test_a_day_lasts_as_long_as_it_did_when_clocks_were_changed() -> None:
    assert (end_of(date(1986, 5, 4)) - start_of(date(1986, 5, 4))).total_seconds() == 23 * 3600


def test_a_time_without_its_zone_is_bad_input() -> None:
    with pytest.raises(BadInput) as refused:
        day_of(datetime(2015, 8, 13))  # noqa: DTZ001 - the missing zone is the point.

    assert refused.value.code == "BAD_TIME"


@pytest.mark.parametrize("text", ["2015-02-30", "2015-8-6", "20150806", "2015-08-06T00:00", "1700-01-01", ""])
def test_a_single_day_is_written_in_full(text: str) -> None:
    with pytest.raises(BadInput):
        day_from(text)

    assert day_from("2015-08-06") == date(2015, 8, 6)
