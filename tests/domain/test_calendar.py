"""The working-day calendar: the adopted editions, against the library and against a notice."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from txapi.datasets.calendars import calendar_from_library, calendar_text, write_calendars, years_of_library
from txapi.datasets.references import edition_from, read_edition, reference_folder
from txapi.domain.calendar import CalendarEdition, Calendars, Holiday
from txapi.domain.editions import EditionKind, typed_content
from txapi.domain.errors import BadInput


def edition(year: int) -> CalendarEdition:
    content = typed_content(EditionKind.CALENDAR, f"cn-workdays-{year}", calendar_from_library(year))
    assert isinstance(content, CalendarEdition)
    return content


@pytest.fixture(scope="module")
def calendars() -> Calendars:
    return Calendars(edition(year) for year in years_of_library())


def test_every_day_is_worked_exactly_where_the_library_says_so(calendars: Calendars) -> None:
    years = years_of_library()
    day, last = date(years[0], 1, 1), date(years[-1], 12, 31)

    different = []
    while day <= last:
        if calendars.is_working_day(day) != chinese_calendar.is_workday(day):
            different.append(day)
        day += timedelta(days=1)

    assert different == []


def test_the_published_calendars_are_what_the_library_gives(tmp_path: Path) -> None:
    folder = reference_folder() / "calendars"

    assert [path.name for path in write_calendars(tmp_path)] == [path.name for path in sorted(folder.glob("*"))]
    for year in years_of_library():
        assert (folder / f"{year}.yaml").read_text(encoding="utf-8") == calendar_text(year)
        assert read_edition(folder / f"{year}.yaml").content == calendar_from_library(year)


def test_the_notice_of_2015_gives_the_same_working_days_as_its_calendar() -> None:
    kind, name, content = read_edition(reference_folder() / "notices" / "2015.yaml")
    from_notice = typed_content(kind, name, content)
    assert isinstance(from_notice, CalendarEdition)

    notice, library = Calendars([from_notice]), Calendars([edition(2015)])

    days = [date(2015, 1, 1) + timedelta(days=offset) for offset in range(365)]
    assert [notice.is_working_day(day) for day in days] == [library.is_working_day(day) for day in days]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2015-09-02", True),
        ("2015-09-03", False),
        ("2015-09-04", False),
        ("2015-09-06", True),
        ("2015-10-08", True),
        ("2015-10-10", True),
        ("2015-10-11", False),
        ("2015-08-08", False),
    ],
)
def test_holidays_are_off_and_made_up_weekends_are_worked(calendars: Calendars, day: str, worked: bool) -> None:
    assert calendars.is_working_day(date.fromisoformat(day)) is worked


def test_the_next_working_day_is_the_day_itself_where_it_is_worked(calendars: Calendars) -> None:
    assert calendars.next_working_day(date(2015, 9, 2)) == date(2015, 9, 2)
    assert calendars.next_working_day(date(2015, 9, 3)) == date(2015, 9, 6)
    assert calendars.next_working_day(date(2015, 10, 1)) == date(2015, 10, 8)


def test_in_a_year_that_no_edition_knows_only_weekends_are_off() -> None:
    nothing = Calendars()

    assert not nothing.knows(date(2015, 10, 1))
    assert nothing.edition_of(date(2015, 10, 1)) is None
    assert nothing.is_working_day(date(2015, 10, 1))
    assert not nothing.is_working_day(date(2015, 10, 10))


def test_the_newest_edition_of_a_year_wins() -> None:
    before_the_parade = CalendarEdition(
        edition="cn-2015-first", year=2015, notice="n", holidays=(Holiday(date(2015, 10, 1), "国庆节"),), workdays=()
    )

    first = Calendars([before_the_parade])
    second = first.with_edition(edition(2015))

    assert first.is_working_day(date(2015, 9, 3))
    assert not second.is_working_day(date(2015, 9, 3))
    assert second.edition_of(date(2015, 9, 3)) == "cn-workdays-2015"
    assert second.years == [2015]


def test_a_notice_may_rearrange_the_december_before() -> None:
    next_year = CalendarEdition(
        edition="cn-2019", year=2019, notice="n", holidays=(Holiday(date(2018, 12, 31), "元旦"),),
        workdays=(date(2018, 12, 29),),
    )  # fmt: skip
    this_year = CalendarEdition(edition="cn-2018", year=2018, notice="n", holidays=(), workdays=())

    for editions in ([this_year, next_year], [next_year, this_year]):
        calendars = Calendars(editions)
        assert calendars.is_working_day(date(2018, 12, 29))
        assert not calendars.is_working_day(date(2018, 12, 31))


@pytest.mark.parametrize(
    ("holidays", "workdays", "path"),
    [
        ([], ["2015-10-09"], ("workdays",)),
        ([], ["2015-10-10", "2015-10-10"], ("workdays",)),
        ([{"date": "2014-11-01", "name": "x"}], [], ("holidays",)),
        ([{"date": "2016-01-01", "name": "x"}], [], ("holidays",)),
        ([{"date": "2015-10-10", "name": "x"}], ["2015-10-10"], ("workdays",)),
        ([{"date": "2015-02-30", "name": "x"}], [], ("holidays", "0", "date")),
        ([{"date": "2015-02-03"}], [], ("holidays", "0")),
    ],
)
def test_an_edition_that_contradicts_itself_is_bad_input(
    holidays: list[object], workdays: list[object], path: tuple[str, ...]
) -> None:
    content = {"year": 2015, "notice": "n", "holidays": holidays, "workdays": workdays}

    with pytest.raises(BadInput) as refused:
        typed_content(EditionKind.CALENDAR, "x", content)

    assert refused.value.code == "BAD_EDITION"
    assert refused.value.path == path


NOTICE = {"kind": "notice", "year": 2027, "title": "t", "arrangements": []}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"arrangements": None}, "BAD_NOTICE", ("arrangements",)),
        ({"year": "2027"}, "BAD_NOTICE", ("year",)),
        ({"holidays": []}, "BAD_NOTICE", ("holidays",)),
        ({"arrangements": [{"name": "元旦"}]}, "BAD_NOTICE", ("arrangements", "0")),
        ({"arrangements": [{"name": "元旦", "from": "x", "to": "y"}]}, "BAD_NOTICE", ("arrangements", "0", "from")),
        (
            {"arrangements": [{"name": "元旦", "from": "2027-01-03", "to": "2027-01-01"}]},
            "BAD_NOTICE",
            ("arrangements", "0", "to"),
        ),
        (
            {"arrangements": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "workdays": ["2027-01-04"]}]},
            "BAD_EDITION",
            ("workdays",),
        ),
    ],
)
def test_a_notice_with_a_mistake_is_bad_input_that_says_where(
    change: dict[str, object], code: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as refused:
        edition_from({**NOTICE, **change})

    assert (refused.value.code, refused.value.path) == (code, path)


def test_a_notice_becomes_the_calendar_edition_of_its_year() -> None:
    arrangements = [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "workdays": ["2027-01-09"]}]

    kind, name, content = edition_from({**NOTICE, "number": "某号", "arrangements": arrangements})

    assert (kind, name, content["notice"]) == (EditionKind.CALENDAR, "cn-workdays-2027", "t（某号）")
    assert [holiday["date"] for holiday in content["holidays"]] == ["2027-01-01", "2027-01-02", "2027-01-03"]
