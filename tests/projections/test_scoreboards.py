"""The scoreboards at any moment, beside what the rules say of every project and every handling one by one."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.city import SUPERVISOR, City
from tests.projections.ticket_city import ISSUER, LAND, Tickets, folded, furnished, told
from txapi.application import projects, units
from txapi.application import supervision as lists
from txapi.domain.dates import PartialDate, day_of, end_of
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label
from txapi.domain.ticket.values import Handling, ReplyOutcome, first_of
from txapi.projections.moment import Reader
from txapi.projections.scoreboards import BodyRow, HandlerRow, OnTime, Tally, handling_units, implementing_bodies

STARTED, PILING, COMPLETED = MilestoneKind.STARTED, MilestoneKind.PILING, MilestoneKind.COMPLETED


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = furnished(tmp_path)
    yield city
    city.close()


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return (tally.expected, tally.done, tally.due, tally.overdue)


# -- towns and platforms -------------------------------------------------------------------------------------------------


def introduce(city: City, code: str, unit: str = "chongfu") -> str:
    order = city.order(SUPERVISOR)
    kind = ProjectKind.NEW_BUILD
    return projects.introduce_project(city.desk, order, code=code, name=code, kind=kind, unit=unit).id


def reach(city: City, project: str, kind: MilestoneKind, on: str) -> None:
    order = city.order(SUPERVISOR, reason="as the test says")
    projects.reach_milestone(city.desk, order, project=project, kind=kind, on=PartialDate.from_text(on))


def forecast(city: City, project: str, kind: MilestoneKind, on: str) -> None:
    order = city.order(SUPERVISOR, reason="as the test says")
    projects.forecast_milestone(city.desk, order, project=project, kind=kind, on=PartialDate.from_text(on))


def open_list(city: City, year: int = 2015) -> str:
    label = Label(zh="专项督查", en="supervision")
    order = city.order(SUPERVISOR)
    return lists.open_supervision_list(city.desk, order, programme=label, duty=Duty.COMMENCEMENT, year=year).id


def enter(city: City, project: str, supervision_list: str, due: date | None = None) -> None:
    order = city.order(SUPERVISOR)
    on = PartialDate.from_text("2015-03-01")
    projects.enter_list(city.desk, order, project=project, supervision_list=supervision_list, on=on, due=due)


def line(reader: Reader, unit: str = "chongfu", year: int | None = 2015) -> BodyRow:
    rows: list[BodyRow] = implementing_bodies(reader, year)
    return next(row for row in rows if row.unit_code == unit)


def test_every_open_town_has_a_line_and_departments_have_none(city: City) -> None:
    board = implementing_bodies(city.reader(), 2015)

    assert [row.unit_code for row in board] == ["chongfu", "dama"]
    assert all(counts(row.started) == counts(row.completed) == (0, 0, 0, 0) for row in board)
    assert board[0].started.share is None


def test_a_start_is_expected_by_a_list_by_a_forecast_or_because_it_came(city: City) -> None:
    listed, foreseen, done, elsewhere = (introduce(city, code) for code in ("A1", "A2", "A3", "A4"))
    introduce(city, "A5")
    enter(city, listed, open_list(city))
    forecast(city, foreseen, STARTED, "2015-11")
    reach(city, done, STARTED, "2015-05-28")
    forecast(city, elsewhere, STARTED, "2016-02")

    row = line(city.reader())

    assert counts(row.started) == (3, 1, 0, 0)
    assert row.started.share is not None
    assert row.started.share.percent(1) == Decimal("33.3")
    assert counts(line(city.reader(), year=2016).started) == (1, 0, 0, 0)
    assert counts(line(city.reader(), "dama").started) == (0, 0, 0, 0)


def test_a_start_put_off_to_another_year_stays_expected_and_becomes_overdue(city: City) -> None:
    project = introduce(city, "A1")
    forecast(city, project, STARTED, "2015-08-31")
    city.at("2015-09-02T09:00")
    forecast(city, project, STARTED, "2016-03")

    before, after = city.reader(clock="2015-08-31T23:59"), city.reader(clock="2015-09-01T00:00")

    assert counts(line(before).started) == (1, 0, 0, 0)
    assert counts(line(after).started) == (1, 0, 1, 1)
    assert counts(line(after, year=2016).started) == (1, 0, 1, 1)


def test_the_earlier_of_the_lists_due_date_and_the_forecast_counts(city: City) -> None:
    project = introduce(city, "A1")
    enter(city, project, open_list(city), due=date(2015, 8, 20))
    forecast(city, project, STARTED, "2015-12-31")

    assert counts(line(city.reader(clock="2015-08-20T23:59")).started) == (1, 0, 0, 0)
    assert counts(line(city.reader(clock="2015-08-21T00:00")).started) == (1, 0, 1, 1)


def test_what_nobody_dated_is_due_when_the_year_ends(city: City) -> None:
    project = introduce(city, "A1")
    enter(city, project, open_list(city))

    assert counts(line(city.reader(clock="2015-12-31T23:59")).started) == (1, 0, 0, 0)
    assert counts(line(city.reader(clock="2016-01-01T00:00")).started) == (1, 0, 1, 1)
    assert counts(line(city.reader(valid_on=date(2015, 12, 31))).started) == (1, 0, 1, 1)


def test_a_start_of_last_year_is_done_on_a_list_and_otherwise_not_of_this_year(city: City) -> None:
    listed, other = introduce(city, "A1"), introduce(city, "A2")
    enter(city, listed, open_list(city))
    for project in (listed, other):
        reach(city, project, STARTED, "2014-12-31")

    assert counts(line(city.reader()).started) == (1, 1, 0, 0)
    assert counts(line(city.reader(), year=2014).started) == (2, 2, 2, 0)


def test_the_board_counts_what_had_happened_by_valid_on(city: City) -> None:
    project = introduce(city, "A1")
    reach(city, project, STARTED, "2015-05-28")
    reach(city, project, COMPLETED, "2015-07-20")

    early, between = city.reader(valid_on=date(2015, 5, 27)), city.reader(valid_on=date(2015, 6, 30))

    assert counts(line(early).started) == (0, 0, 0, 0)
    assert (counts(line(between).started), counts(line(between).completed)) == ((1, 1, 0, 0), (0, 0, 0, 0))
    assert counts(line(city.reader()).completed) == (1, 1, 0, 0)


def test_the_past_shows_the_board_as_it_was(city: City) -> None:
    project = introduce(city, "A1")
    forecast(city, project, STARTED, "2015-08-31")
    before = city.record.head.position
    reach(city, project, STARTED, "2015-07-15")

    assert counts(line(city.reader(before, "2015-09-01T09:00")).started) == (1, 0, 1, 1)
    assert counts(line(city.reader(clock="2015-09-01T09:00")).started) == (1, 1, 1, 0)


def test_piling_is_no_start_under_the_rule_in_force(city: City) -> None:
    project = introduce(city, "A1")
    enter(city, project, open_list(city))
    reach(city, project, PILING, "2015-07-15")

    assert counts(line(city.reader()).started) == (1, 0, 0, 0)


def test_a_project_that_was_given_up_is_expected_no_more(city: City) -> None:
    project = introduce(city, "A1")
    forecast(city, project, STARTED, "2015-08-31")
    projects.terminate_project(city.desk, city.order(SUPERVISOR, reason="no money"), project=project)

    assert counts(line(city.reader()).started) == (0, 0, 0, 0)


def test_what_a_merged_town_left_behind_counts_for_its_successor(city: City) -> None:
    project = introduce(city, "A1", "dama")
    reach(city, project, STARTED, "2015-07-15")
    before = city.record.head.position
    units.merge_unit(city.desk, city.order(), unit="dama", into="chongfu")

    assert [row.unit_code for row in implementing_bodies(city.reader(), 2015)] == ["chongfu"]
    assert counts(line(city.reader()).started) == (1, 1, 0, 0)
    assert counts(line(city.reader(before), "dama").started) == (1, 1, 0, 0)


def test_without_a_year_it_is_the_valid_days(city: City) -> None:
    assert {row.year for row in implementing_bodies(city.reader())} == {2015}
    assert {row.year for row in handling_units(city.reader(valid_on=date(2014, 12, 31)))} == {2014}


@pytest.mark.parametrize("year", [-1, 0, 1900, 2200, 10**9])
def test_a_year_out_of_reach_is_refused(city: City, year: int) -> None:
    for board in (implementing_bodies, handling_units):
        with pytest.raises(BadInput) as said:
            board(city.reader(), year)
        assert said.value.code == "BAD_YEAR"


# -- departments ---------------------------------------------------------------------------------------------------------


def handler(reader: Reader, unit: str = "land-bureau") -> HandlerRow:
    rows: list[HandlerRow] = handling_units(reader, 2015)
    return next(row for row in rows if row.unit_code == unit)


def settled(board: OnTime) -> dict[str, int]:
    """What there is any of."""
    names = ("fell_due", "on_time", "late", "unanswered", "not_yet_due", "returned")
    return {name: count for name in names if (count := getattr(board, name))}


def test_a_reply_is_on_time_until_the_last_instant_of_its_last_day(city: City) -> None:
    do = Tickets(city)
    first, second = do.issued("2015-08-05T09:00"), do.issued("2015-08-05T09:10")
    for ticket in (first, second):
        do("2015-08-06T09:00", LAND, "receive_ticket", ticket)

    assert settled(handler(city.reader()).replies) == {"not_yet_due": 2}
    do("2015-08-13T23:59:59", LAND, "accept_ticket", first, opinion="同意", promised_by=date(2015, 9, 1))
    assert settled(handler(city.reader()).replies) == {"on_time": 1, "not_yet_due": 1}
    do("2015-08-14T00:00:00", LAND, "accept_ticket", second, opinion="同意", promised_by=date(2015, 9, 1))

    now = handler(city.reader())
    assert settled(now.replies) == {"fell_due": 2, "on_time": 1, "late": 1}
    assert now.replies.share is not None
    assert (now.replies.share.percent(1), now.replies.median_days) == (Decimal("50.0"), Decimal("7.5"))
    assert settled(now.resolutions) == {"not_yet_due": 2}


def test_the_clock_alone_turns_what_is_not_yet_due_into_unanswered(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-05T09:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)

    assert settled(handler(city.reader(clock="2015-08-13T23:59")).replies) == {"not_yet_due": 1}
    assert settled(handler(city.reader(clock="2015-08-14T00:00")).replies) == {"fell_due": 1, "unanswered": 1}


def test_a_ticket_that_nobody_receives_is_awaited_from_its_deemed_receipt(city: City) -> None:
    Tickets(city).issued("2015-08-05T09:00")

    assert settled(handler(city.reader(clock="2015-08-05T12:00")).replies) == {"not_yet_due": 1}
    assert settled(handler(city.reader(clock="2015-08-14T00:00")).replies) == {"fell_due": 1, "unanswered": 1}


def test_a_return_is_counted_apart(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-05T09:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    do("2015-08-07T09:00", LAND, "return_ticket", ticket, opinion="不属本局职责")

    board = handler(city.reader(clock="2015-08-20T09:00")).replies

    assert settled(board) == {"fell_due": 1, "returned": 1}
    assert (board.share, board.median_days) == (None, Decimal(1))


def test_a_first_handlers_lateness_survives_reassignment_and_punctuality_owes_nothing(city: City) -> None:
    do = Tickets(city)
    late, early = do.issued("2015-08-05T09:00"), do.issued("2015-08-05T09:10")
    do("2015-08-06T09:00", LAND, "receive_ticket", late)
    do("2015-08-06T09:00", LAND, "receive_ticket", early)
    do("2015-08-07T09:00", ISSUER, "reassign_ticket", early, to="planning-bureau", reason="改由规划局办理")
    do("2015-08-15T09:00", ISSUER, "reassign_ticket", late, to="planning-bureau", reason="改由规划局办理")

    now = city.reader()

    assert settled(handler(now).replies) == {"fell_due": 1, "unanswered": 1}
    assert handler(now, "planning-bureau").replies.not_yet_due >= 1


def test_a_missed_promise_stays_missed_though_it_was_put_off(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-05T09:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    do("2015-08-07T09:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 8, 20))
    do("2015-08-19T09:00", LAND, "ask_ticket_extension", ticket, to=date(2015, 9, 10), reason="等待批复")
    do("2015-08-22T09:00", ISSUER, "decide_ticket_extension", ticket, granted=True)
    assert settled(handler(city.reader()).resolutions) == {"late": 1}

    do("2015-09-01T09:00", LAND, "resolve_ticket", ticket, outcome="已办")

    board = handler(city.reader()).resolutions
    assert settled(board) == {"late": 1}
    assert board.median_days == Decimal(25)


def test_a_deadline_that_ends_with_the_year_is_of_that_year(tmp_path: Path) -> None:
    city = furnished(tmp_path, "2015-12-01T09:00")
    do = Tickets(city)
    ticket = do.issued("2015-12-02T09:00")
    do("2015-12-03T09:00", LAND, "receive_ticket", ticket)
    do("2015-12-04T09:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 12, 31))

    reader = city.reader()

    assert settled(handler(reader).resolutions) == {"not_yet_due": 1}
    assert all(not settled(row.resolutions) for row in handling_units(reader, 2016))
    city.close()


def test_a_line_says_of_every_deadline_what_the_rules_say(city: City) -> None:
    tickets = told(city)
    head = city.record.head.position
    started = 60

    for position in range(started, head + 1, 5):
        for clock in ("2015-08-03T12:00", "2015-08-13T23:59:59", "2015-08-14T00:00", "2015-09-20T09:00"):
            reader = city.reader(position, clock)
            known = [folded(city, ticket, position) for ticket in tickets.values()]
            handlings = [handling for ticket in known for handling in ticket.handlings]
            for row in handling_units(reader, 2015):
                own = [handling for handling in handlings if handling.unit == row.unit_code]
                judged = reader.moment.clock
                assert _plain(row.replies) == _expected(own, judged, _reply), (position, clock, row.unit_code)
                assert _plain(row.resolutions) == _expected(own, judged, _resolution), (position, clock, row.unit_code)


def _plain(board: OnTime) -> dict[str, Any]:
    median = board.median_days
    return settled(board) | ({} if median is None else {"median": median})


def _expected(handlings: list[Handling], clock: datetime, judge: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    took = []
    for handling in handlings:
        verdict = judge(handling, clock)
        if verdict is None:
            continue
        what, due, days = verdict
        assert due <= end_of(date(2015, 12, 31))
        found[what] = found.get(what, 0) + 1
        if due <= clock:
            found["fell_due"] = found.get("fell_due", 0) + 1
        if what in {"on_time", "late", "returned"} and days is not None:
            took.append(days)
    return found | ({"median": Decimal(str(statistics.median(took)))} if took else {})


def _reply(handling: Handling, clock: datetime) -> tuple[str, datetime, int | None] | None:
    deadline = handling.reply or handling.delivery.deemed_reply
    if deadline is None:
        return None
    if handling.answered_at is not None and handling.answered_at <= clock:
        days = (day_of(handling.answered_at) - handling.receipt.on).days if handling.receipt else None
        if deadline.passed_at(handling.answered_at):
            return "late", deadline.due, days
        what = "returned" if handling.outcome is ReplyOutcome.RETURNED else "on_time"
        return what, deadline.due, days
    ended = first_of(clock, handling.closed_at)
    if ended is not None and deadline.passed_at(ended):
        return "unanswered", deadline.due, None
    closed = handling.closed_at is not None and handling.closed_at <= clock
    return None if closed else ("not_yet_due", deadline.due, None)


def _resolution(handling: Handling, clock: datetime) -> tuple[str, datetime, int | None] | None:
    last = handling.commitment
    if last is None:
        return None
    due, broken = last.deadline.due, handling.commitment_late_at(clock)
    if last.met_at is not None and last.met_at <= clock:
        days = (day_of(last.met_at) - day_of(handling.commitments[0].made_at)).days
        return ("late" if broken else "on_time"), due, days
    ended = first_of(clock, handling.closed_at)
    if ended is not None and last.deadline.passed_at(ended):
        return "unanswered", due, None
    if broken:
        return "late", due, None
    closed = handling.closed_at is not None and handling.closed_at <= clock
    return None if closed else ("not_yet_due", due, None)
