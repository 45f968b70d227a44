"""Both scoreboards, worked out by hand: who was to start and complete what, and who replied and resolved in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.city import City
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished
from txapi.application import projects
from txapi.application.supervision import open_supervision_list
from txapi.application.units import merge_unit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label
from txapi.projections.moment import Reader
from txapi.projections.scoreboards import OnTime, Tally, handling_units, implementing_bodies

STARTED, COMPLETED = MilestoneKind.STARTED, MilestoneKind.COMPLETED


# -- starts and completions ------------------------------------------------------------------------------------------


class Works:
    """Gives commands on projects of a city by short names, always with a reason."""

    def __init__(self, city: City) -> None:
        self.city = city

    def project(self, code: str, unit: str | None = "chongfu") -> str:
        """A new building."""
        order = self.city.order()
        return str(
            projects.introduce_project(
                self.city.desk, order, code=code, name=code, kind=ProjectKind.NEW_BUILD, unit=unit
            ).id
        )

    def list_of(self, duty: Duty) -> str:
        """A supervision list of 2015."""
        label = Label(zh="专项督查", en="special supervision")
        return str(open_supervision_list(self.city.desk, self.city.order(), programme=label, duty=duty, year=2015).id)

    def entered(self, project: str, supervised: str, due: date | None) -> None:
        """Supervised since 1 March."""
        projects.enter_list(
            self.city.desk, self.city.order(), project=project, supervision_list=supervised,
            on=PartialDate.from_text("2015-03-01"), due=due,
        )  # fmt: skip

    def left(self, project: str, supervised: str, on: str) -> None:
        """Supervised no more."""
        projects.leave_list(
            self.city.desk, self.city.order(reason="移出"), project=project, supervision_list=supervised,
            on=PartialDate.from_text(on),
        )  # fmt: skip

    def forecast(self, project: str, kind: MilestoneKind, on: str) -> None:
        """A forecast."""
        projects.forecast_milestone(
            self.city.desk, self.city.order(), project=project, kind=kind, on=PartialDate.from_text(on)
        )

    def reached(self, project: str, kind: MilestoneKind, on: str) -> None:
        """A milestone, whatever was skipped."""
        projects.reach_milestone(
            self.city.desk, self.city.order(reason="as the test says"), project=project, kind=kind,
            on=PartialDate.from_text(on),
        )  # fmt: skip


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """Nine projects in Chongfu, one in Dama, one nowhere; the record knows the year up to 11 August 2015."""
    city = furnished(tmp_path_factory.mktemp("works"), "2015-03-02T09:00")
    do = Works(city)
    starts, completions = do.list_of(Duty.COMMENCEMENT), do.list_of(Duty.COMPLETION)
    in_time, idle, planned, put_off, unlisted, open_end, given_up, old, removed = (
        do.project(f"A{number}") for number in range(1, 10)
    )
    dama, nowhere = do.project("B1", "dama"), do.project("C1", None)
    for project in (in_time, idle, nowhere):
        do.entered(project, starts, date(2015, 6, 30))
    do.entered(dama, starts, date(2015, 5, 31))
    for project in (open_end, removed):
        do.entered(project, starts, None)
    do.entered(old, completions, date(2015, 3, 31))
    do.forecast(planned, STARTED, "2015-09")
    do.forecast(put_off, STARTED, "2015-06")
    do.forecast(given_up, STARTED, "2015-05")
    do.forecast(in_time, COMPLETED, "2015-12")
    projects.terminate_project(city.desk, city.order(reason="放弃"), project=given_up)
    city.planned_at = city.record.head.position  # type: ignore[attr-defined]
    city.at("2015-08-11T09:00")
    do.reached(in_time, STARTED, "2015-05-28")
    do.reached(unlisted, STARTED, "2015-07-20")
    do.reached(old, STARTED, "2014-11-05")
    do.reached(old, COMPLETED, "2015-04-10")
    do.reached(dama, STARTED, "2015-06")
    do.forecast(put_off, STARTED, "2016-03")
    do.left(removed, starts, "2015-07-01")
    yield city
    city.close()


def tally(expected: int, done: int, due: int, overdue: int) -> Tally:
    return Tally(expected=expected, done=done, due=due, overdue=overdue)


def bodies(reader: Reader, year: int | None = None) -> dict[str, tuple[Tally, Tally]]:
    return {row.unit_code: (row.started, row.completed) for row in implementing_bodies(reader, year)}


def test_starts_count_the_listed_the_forecast_and_the_done(works: City) -> None:
    board = bodies(works.reader())

    # Expected: listed A1 A2 A6, forecast A3 A4, done A5. The day of A1, A2 (30 June) and A4 (June) is over; A2 and A4
    # have not started. A7 was given up, A8 started last year, A9 was removed from the list, C1 belongs to no unit.
    assert list(board) == ["chongfu", "dama"]
    assert board["chongfu"][0] == tally(6, 2, 3, 2)
    assert board["dama"][0] == tally(1, 1, 1, 0)


def test_completions_count_what_was_done_too_late_as_done(works: City) -> None:
    board = bodies(works.reader())

    # A8 was due on 31 March and completed on 10 April; A1 is forecast for December.
    assert board["chongfu"][1] == tally(2, 1, 1, 0)
    assert board["dama"][1] == tally(0, 0, 0, 0)
    assert bodies(works.reader(valid_on=date(2015, 4, 9)))["chongfu"][1] == tally(2, 0, 1, 1)


@pytest.mark.parametrize(
    ("valid_on", "chongfu", "dama"),
    [
        # Nothing is on a list yet; A3 and A4 are forecast.
        (date(2015, 2, 28), tally(2, 0, 0, 0), tally(0, 0, 0, 0)),
        # A9 is still on the list, A5 has not started; in Dama a start in June is certain from 30 June on.
        (date(2015, 5, 27), tally(6, 0, 0, 0), tally(1, 0, 0, 0)),
        (date(2015, 6, 29), tally(6, 1, 0, 0), tally(1, 0, 1, 1)),
        (date(2015, 6, 30), tally(6, 1, 3, 2), tally(1, 1, 1, 0)),
        # A9 has left; on 20 July A5 starts.
        (date(2015, 7, 1), tally(5, 1, 3, 2), tally(1, 1, 1, 0)),
        (date(2015, 7, 20), tally(6, 2, 3, 2), tally(1, 1, 1, 0)),
        # In September A3 falls due, with the year A5 (done) and A6.
        (date(2015, 9, 30), tally(6, 2, 4, 3), tally(1, 1, 1, 0)),
        (date(2015, 12, 31), tally(6, 2, 6, 4), tally(1, 1, 1, 0)),
    ],
)
def test_starts_follow_the_valid_date(works: City, valid_on: date, chongfu: Tally, dama: Tally) -> None:
    board = bodies(works.reader(valid_on=valid_on))

    assert (board["chongfu"][0], board["dama"][0]) == (chongfu, dama)


def test_a_day_counts_as_due_when_it_is_over_by_the_clock(works: City) -> None:
    evening, midnight = works.reader(clock="2015-06-30T23:59"), works.reader(clock="2015-07-01T00:00")

    assert bodies(evening)["chongfu"][0] == tally(6, 2, 0, 0)
    assert bodies(midnight)["chongfu"][0] == tally(6, 2, 3, 2)


def test_the_past_does_not_know_what_was_reported_later(works: City) -> None:
    planned = works.planned_at  # type: ignore[attr-defined]

    board = bodies(works.reader(planned, "2015-08-11T09:00"))

    # Expected: A1 A2 A3 A4 A6 A9, none done.
    assert board["chongfu"] == (tally(6, 0, 3, 3), tally(2, 0, 1, 1))
    assert board["dama"][0] == tally(1, 0, 1, 1)


def test_a_year_counts_its_own_and_what_was_put_off_into_it_is_overdue_from_its_first_forecast(works: City) -> None:
    reader = works.reader()

    assert bodies(reader, 2014)["chongfu"] == (tally(1, 1, 1, 0), tally(0, 0, 0, 0))
    assert bodies(reader, 2016)["chongfu"] == (tally(1, 0, 1, 1), tally(0, 0, 0, 0))
    assert bodies(works.reader(valid_on=date(2014, 12, 31)))["chongfu"][0] == tally(1, 1, 1, 0)


def test_a_rate_is_done_over_expected_and_there_is_none_of_nothing() -> None:
    share = tally(6, 2, 3, 2).share

    assert share is not None
    assert (share.numerator, share.denominator) == (2, 6)
    assert tally(0, 0, 0, 0).share is None
    assert OnTime(not_yet_due=3, returned=1).share is None


@pytest.mark.parametrize("year", [0, 1, 10_000, -5])
def test_a_year_that_no_calendar_knows_is_refused(works: City, year: int) -> None:
    for board in (implementing_bodies, handling_units):
        with pytest.raises(BadInput) as caught:
            board(works.reader(), year)

        assert caught.value.code == "BAD_YEAR"


def test_what_a_merged_town_left_behind_counts_for_its_successor(tmp_path: Path) -> None:
    city = furnished(tmp_path, "2015-08-11T09:00")
    do = Works(city)
    do.reached(do.project("A1"), STARTED, "2015-05-28")
    do.forecast(do.project("B1", "dama"), STARTED, "2015-09")
    before = city.record.head.position
    merge_unit(city.desk, city.order(reason="合并"), unit="dama", into="chongfu")

    now, then = bodies(city.reader()), bodies(city.reader(before))

    assert list(now) == ["chongfu"]
    assert now["chongfu"][0] == tally(2, 1, 0, 0)
    assert (then["chongfu"][0], then["dama"][0]) == (tally(1, 1, 0, 0), tally(1, 0, 0, 0))
    city.close()


# -- replies and resolutions -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """Tickets of August and September 2015 for the land bureau, and two for the planning bureau."""
    city = furnished(tmp_path_factory.mktemp("desks"))
    do = Tickets(city)
    prompt, last_minute, late, returned, _silent, withdrawn, extended, broken = (
        do.issued(f"2015-08-03T09:{minute:02}") for minute in range(10, 26, 2)
    )
    for ticket in (prompt, last_minute, late, returned, extended, broken):
        do("2015-08-04T10:00", LAND, "receive_ticket", ticket)
    # Received on 4 August: the reply is due by 11 August, 24:00.
    for ticket in (extended, broken):
        do("2015-08-05T10:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 8, 20))
    do("2015-08-06T10:00", LAND, "accept_ticket", prompt, opinion="同意", promised_by=date(2015, 8, 20))
    do("2015-08-07T10:00", LAND, "return_ticket", returned, opinion="不属本局职责")
    city.first_week = city.record.head.position  # type: ignore[attr-defined]
    do("2015-08-10T12:00", ISSUER, "withdraw_ticket", withdrawn, reason="已自行解决")
    do("2015-08-11T23:59", LAND, "accept_ticket", last_minute, opinion="同意", promised_by=date(2015, 8, 25))
    do("2015-08-12T00:00", LAND, "accept_ticket", late, opinion="同意", promised_by=date(2015, 9, 15))
    do("2015-08-18T09:00", LAND, "ask_ticket_extension", extended, to=date(2015, 9, 10), reason="等待批复")
    do("2015-08-18T09:10", LAND, "ask_ticket_extension", broken, to=date(2015, 9, 1), reason="等待批复")
    do("2015-08-19T09:00", ISSUER, "decide_ticket_extension", extended, granted=True)
    do("2015-08-19T10:00", LAND, "resolve_ticket", prompt, outcome="已落实")
    do("2015-08-22T09:00", ISSUER, "decide_ticket_extension", broken, granted=True)
    do("2015-08-26T09:00", ISSUER, "reassign_ticket", returned, to="planning-bureau", reason="改由规划局办理")
    do("2015-08-30T09:00", LAND, "resolve_ticket", broken, outcome="已落实")
    unanswered = do.issued("2015-09-01T09:00")
    do("2015-09-01T10:00", LAND, "receive_ticket", unanswered)
    planned = do.issued("2015-09-01T10:30", handler="planning-bureau")
    do("2015-09-01T11:00", PLANNING, "receive_ticket", planned)
    do("2015-09-02T11:00", PLANNING, "accept_ticket", planned, opinion="同意", promised_by=date(2015, 12, 31))
    do("2015-09-09T09:00", LAND, "resolve_ticket", extended, outcome="已落实")
    do("2015-09-16T09:00", LAND, "resolve_ticket", late, outcome="已落实")
    city.at("2015-09-20T09:00").watch()
    yield city
    city.close()


def counts(board: OnTime) -> tuple[int, ...]:
    """Fell due; on time, late, unanswered, not yet due, returned."""
    return (board.fell_due, board.on_time, board.late, board.unanswered, board.not_yet_due, board.returned)


def lines(reader: Reader, year: int | None = None) -> dict[str, Any]:
    return {row.unit_code: row for row in handling_units(reader, year)}


def test_replies_are_in_time_late_missing_or_returns(desks: City) -> None:
    board = lines(desks.reader())

    # In time: prompt (2 days), last minute (7), extended and broken (1 each). Late: one at 24:00 (8 days). Returned: one
    # (3 days). Missing: the silent one and the one of September. What was withdrawn before its day counts nowhere.
    land = board["land-bureau"].replies
    assert list(board) == ["land-bureau", "planning-bureau"]
    assert counts(land) == (8, 4, 1, 2, 0, 1)
    assert land.median_days == Decimal("2.5")
    assert (land.share.numerator, land.share.denominator) == (4, 7)
    # Sent on to the planning bureau on 26 August, deemed received on the 27th, due on 3 September, a holiday, so on the
    # 6th: missing. The other one was accepted after a day.
    planning = board["planning-bureau"].replies
    assert (counts(planning), planning.median_days) == ((2, 1, 0, 1, 0, 0), Decimal(1))


def test_resolutions_are_in_time_late_or_missing_by_the_last_date_and_a_missed_date_stays_missed(desks: City) -> None:
    board = lines(desks.reader())

    # In time: prompt (13 days), extended (35, from the first promise). Late: the one of 15 September (35), and broken (25),
    # whose first date had passed when its extension was granted. Missing: last minute, promised for 25 August.
    land = board["land-bureau"].resolutions
    assert counts(land) == (5, 2, 2, 1, 0, 0)
    assert land.median_days == Decimal(30)
    assert (land.share.numerator, land.share.denominator) == (2, 5)
    planning = board["planning-bureau"].resolutions
    assert (counts(planning), planning.median_days, planning.share) == ((0, 0, 0, 0, 1, 0), None, None)


@pytest.mark.parametrize(
    ("clock", "land", "median", "planning"),
    [
        # Before the withdrawal: two accepted after a day, one after two, one returned after three.
        ("2015-08-10T09:00", (0, 3, 0, 0, 5, 1), "1.5", (0, 0, 0, 0, 2, 0)),
        ("2015-08-11T23:59", (0, 4, 0, 0, 3, 1), "2", (0, 0, 0, 0, 2, 0)),
        # At 24:00 seven deadlines pass at once, and what arrives then is late.
        ("2015-08-12T00:00", (7, 4, 1, 1, 1, 1), "2.5", (0, 0, 0, 0, 2, 0)),
        ("2015-09-06T23:59", (7, 4, 1, 1, 1, 1), "2.5", (0, 1, 0, 0, 1, 0)),
        ("2015-09-07T00:00", (7, 4, 1, 1, 1, 1), "2.5", (1, 1, 0, 1, 0, 0)),
    ],
)
def test_replies_follow_the_clock(
    desks: City, clock: str, land: tuple[int, ...], median: str, planning: tuple[int, ...]
) -> None:
    board = lines(desks.reader(clock=clock))

    assert counts(board["land-bureau"].replies) == land
    assert board["land-bureau"].replies.median_days == Decimal(median)
    assert counts(board["planning-bureau"].replies) == planning


def test_resolutions_follow_the_clock_and_days_count_once_they_are_over(desks: City) -> None:
    land = lines(desks.reader(clock="2015-08-25T12:00"))["land-bureau"].resolutions

    # Prompt is resolved after 13 days; broken has missed its first date and is not resolved yet; three lie ahead.
    assert counts(land) == (1, 1, 1, 0, 3, 0)
    assert land.median_days == Decimal(13)


def test_an_earlier_position_knows_no_later_replies(desks: City) -> None:
    position = desks.first_week  # type: ignore[attr-defined]

    friday = lines(desks.reader(position))["land-bureau"]
    later = lines(desks.reader(position, "2015-09-20T09:00"))["land-bureau"]

    assert counts(friday.replies) == (0, 3, 0, 0, 4, 1)
    assert counts(later.replies) == (8, 3, 0, 4, 0, 1)
    # Three had promised 20 August.
    assert counts(friday.resolutions) == (0, 0, 0, 0, 3, 0)
    assert counts(later.resolutions) == (3, 0, 0, 3, 0, 0)


def test_a_deadline_at_the_end_of_the_year_belongs_to_that_year(desks: City) -> None:
    reader = desks.reader(clock="2016-01-01T00:00")

    ends, begins = lines(reader, 2015)["planning-bureau"], lines(reader, 2016)["planning-bureau"]

    assert counts(ends.resolutions) == (1, 0, 0, 1, 0, 0)
    assert counts(begins.resolutions) == counts(begins.replies) == (0, 0, 0, 0, 0, 0)
    assert lines(reader)["planning-bureau"].year == 2016


def test_what_a_merged_department_left_behind_counts_for_its_successor(tmp_path: Path) -> None:
    city = furnished(tmp_path)
    do = Tickets(city)
    do.issued("2015-08-03T09:00")
    do.issued("2015-08-03T09:10", handler="planning-bureau")
    merge_unit(city.desk, city.order(reason="合并"), unit="planning-bureau", into="land-bureau")

    board = lines(city.reader())

    assert list(board) == ["land-bureau"]
    assert counts(board["land-bureau"].replies) == (0, 0, 0, 0, 2, 0)
    city.close()
