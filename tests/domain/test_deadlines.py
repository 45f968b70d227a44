"""Deadlines: which day is the last, at which instant it ends, and when that is provisional."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txapi.datasets.calendars import calendar_from_library
from txapi.domain.calendar import CalendarEdition, Calendars
from txapi.domain.dates import SHANGHAI, day_of, end_of, start_of
from txapi.domain.deadlines import Counting, Deadline, DeadlinePolicy, deemed_receipt, reply_deadline
from txapi.domain.editions import EditionKind, typed_content
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label


def edition(year: int) -> CalendarEdition:
    content = typed_content(EditionKind.CALENDAR, f"cn-workdays-{year}", calendar_from_library(year))
    assert isinstance(content, CalendarEdition)
    return content


def policy(**fields: Any) -> DeadlinePolicy:
    usual: dict[str, Any] = {
        "edition": "reply-7-calendar-days",
        "label": Label(zh="七日", en="seven days"),
        "days": 7,
        "counting": Counting.CALENDAR,
        "rolls": True,
        "deemed_receipt_working_days": 1,
        "basis": Basis.INFERRED,
    }
    return DeadlinePolicy(**{**usual, **fields})


CALENDARS = Calendars([edition(2014), edition(2015)])
CALENDAR_DAYS = policy()
WORKING_DAYS = policy(edition="reply-7-working-days", counting=Counting.WORKING)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "calendar_days", "working_days"),
    [
        ("2015-08-06", "2015-08-13", "2015-08-17"),
        ("2015-08-28", "2015-09-06", "2015-09-09"),
        ("2015-09-25", "2015-10-08", "2015-10-12"),
    ],
)
@pytest.mark.parametrize("clock", ["00:00:00", "15:30:00", "23:59:59.999999"])
def test_the_day_of_receipt_is_not_counted_and_a_last_day_off_rolls(
    received: str, clock: str, calendar_days: str, working_days: str
) -> None:
    instant = at(f"{received}T{clock}")

    by_calendar = reply_deadline(instant, CALENDAR_DAYS, CALENDARS)
    by_working = reply_deadline(instant, WORKING_DAYS, CALENDARS)

    assert by_calendar.last_day == date.fromisoformat(calendar_days)
    assert by_working.last_day == date.fromisoformat(working_days)
    assert (by_calendar.policy, by_calendar.calendar) == ("reply-7-calendar-days", "cn-workdays-2015")
    assert not by_calendar.provisional
    assert not by_working.provisional


def test_a_policy_that_does_not_roll_asks_no_calendar() -> None:
    deadline = reply_deadline(date(2015, 8, 28), policy(rolls=False), Calendars())

    assert deadline.last_day == date(2015, 9, 4)
    assert deadline.calendar is None
    assert not deadline.provisional


def test_at_twenty_four_hundred_of_the_last_day_it_is_late() -> None:
    deadline = reply_deadline(at("2015-08-06T15:00"), CALENDAR_DAYS, CALENDARS)

    assert deadline.due == datetime(2015, 8, 13, 16, tzinfo=UTC)
    assert deadline.met_at(at("2015-08-13T23:59:59.999999"))
    assert not deadline.met_at(at("2015-08-14T00:00:00"))
    assert deadline.passed_at(at("2015-08-14T00:00:00"))
    assert not deadline.passed_at(at("2015-08-13T23:59:59.9"))


def test_the_day_of_receipt_is_the_day_in_shanghai() -> None:
    just_before_midnight_in_utc = datetime(2015, 8, 5, 23, 30, tzinfo=UTC)

    assert reply_deadline(just_before_midnight_in_utc, CALENDAR_DAYS, CALENDARS).last_day == date(2015, 8, 13)


@pytest.mark.parametrize(
    ("received", "days", "last_day", "provisional", "calendar"),
    [
        ("2015-12-24", CALENDAR_DAYS, "2015-12-31", False, "cn-workdays-2015"),
        ("2015-12-25", CALENDAR_DAYS, "2016-01-01", True, None),
        ("2015-12-26", CALENDAR_DAYS, "2016-01-04", True, None),
        ("2015-12-22", WORKING_DAYS, "2015-12-31", False, "cn-workdays-2015"),
        ("2015-12-23", WORKING_DAYS, "2016-01-01", True, None),
    ],
)
def test_a_deadline_in_a_year_that_no_edition_knows_is_provisional(
    received: str, days: DeadlinePolicy, last_day: str, provisional: bool, calendar: str | None
) -> None:
    deadline = reply_deadline(date.fromisoformat(received), days, CALENDARS)

    assert deadline.last_day == date.fromisoformat(last_day)
    assert deadline.provisional is provisional
    assert deadline.calendar == calendar


def test_an_edition_that_arrives_fixes_a_provisional_deadline() -> None:
    known = CALENDARS.with_edition(edition(2016))

    fixed = reply_deadline(date(2015, 12, 25), CALENDAR_DAYS, known)

    assert fixed.last_day == date(2016, 1, 4)
    assert not fixed.provisional
    assert fixed.calendar == "cn-workdays-2016"


def test_days_of_an_unknown_year_that_were_counted_stay_provisional_though_the_last_day_is_known() -> None:
    only_2016 = Calendars([edition(2016)])

    assert reply_deadline(date(2015, 12, 28), WORKING_DAYS, only_2016).provisional
    assert not reply_deadline(date(2015, 12, 28), CALENDAR_DAYS, only_2016).provisional
    assert not reply_deadline(date(2015, 12, 31), WORKING_DAYS, only_2016).provisional


@pytest.mark.parametrize(
    ("issued", "received"),
    [
        ("2015-08-06T09:00", "2015-08-07"),
        ("2015-08-07T09:00", "2015-08-10"),
        ("2015-09-02T09:00", "2015-09-06"),
        ("2015-09-30T23:59", "2015-10-08"),
    ],
)
def test_a_ticket_counts_as_received_on_the_first_working_day_after_issue(issued: str, received: str) -> None:
    deemed = deemed_receipt(at(issued), CALENDAR_DAYS, CALENDARS)

    assert deemed is not None
    assert deemed.last_day == date.fromisoformat(received)
    assert deemed.due == end_of(deemed.last_day)
    assert not deemed.passed_at(start_of(deemed.last_day))


def test_the_reply_to_a_deemed_receipt_is_counted_from_the_day_it_is_dated_on() -> None:
    deemed = deemed_receipt(at("2015-08-05T09:00"), CALENDAR_DAYS, CALENDARS)
    assert deemed is not None

    assert reply_deadline(deemed.last_day, CALENDAR_DAYS, CALENDARS).last_day == date(2015, 8, 13)


def test_a_policy_without_deemed_receipt_waits_for_the_unit() -> None:
    assert deemed_receipt(at("2015-08-05T09:00"), policy(deemed_receipt_working_days=None), CALENDARS) is None


def test_a_promised_date_ends_at_twenty_four_hundred_without_any_policy() -> None:
    promised = Deadline.on(date(2015, 9, 30))

    assert promised.due == datetime(2015, 9, 30, 16, tzinfo=UTC)
    assert (promised.policy, promised.calendar, promised.provisional) == (None, None, False)


@given(st.integers(0, 407_000_000).map(lambda seconds: datetime(2004, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)))
def test_a_reply_deadline_is_a_working_day_at_least_seven_days_off_and_survives_storage(received: datetime) -> None:
    deadline = reply_deadline(received, CALENDAR_DAYS, CALENDARS)

    assert deadline.last_day - day_of(received) >= timedelta(days=7)
    assert CALENDARS.is_working_day(deadline.last_day)
    assert deadline.due == end_of(deadline.last_day)
    assert msgspec.json.decode(msgspec.json.encode(deadline), type=Deadline) == deadline
    assert deadline.provisional or CALENDARS.knows(deadline.last_day)


@pytest.mark.parametrize("fields", [{"days": 0}, {"days": 367}, {"deemed_receipt_working_days": 0}])
def test_a_policy_without_sensible_days_is_bad_input(fields: dict[str, int]) -> None:
    with pytest.raises(BadInput) as refused:
        policy(**fields)

    assert refused.value.code == "BAD_EDITION"
    assert refused.value.path == (*fields,)
