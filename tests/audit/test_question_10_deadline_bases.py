"""Question 10: which deadlines rest on which policy and calendar, and whether another calendar or reading changes a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import answered, listed, paged, resting_on
from tests.audit.asking import told as told_by_command
from tests.city import City, instant, like
from tests.projections.ticket_city import ISSUER, LAND, Tickets
from txapi.application.references import adopt_edition
from txapi.application.units import register_unit
from txapi.audit.questions.deadline_bases import (
    DeadlineBasis,
    DeadlinesAsked,
    ReplyVerdict,
    count_deadline_bases,
    deadline_bases,
    deadline_groups,
)
from txapi.datasets.references import bundled_references
from txapi.domain.deadlines import Deadline
from txapi.domain.editions import EditionKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind

SEVEN, WORKING = "reply-7-calendar-days", "reply-7-working-days"
FIRST, BUNDLED = "before-the-parade-2015", "cn-workdays-2015"
EVERYTHING = DeadlinesAsked()


def unaware(folder: Path) -> City:
    """A city whose calendar of 2015 does not know yet that 3 and 4 September will be holidays, and 6 September worked."""
    city = City(folder, "2015-08-01T09:00")
    for edition in sorted(bundled_references(lambda year: False), key=lambda one: one.edition == SEVEN):
        adopt_edition(city.desk, city.order(), **edition._asdict())
    content = {"year": 2015, "notice": "2015年部分节假日安排", "holidays": [], "workdays": []}
    adopt_edition(city.desk, city.order(), kind=EditionKind.CALENDAR, edition=FIRST, content=content)
    for code in ("chongfu", "land-bureau"):
        duty = Duty.IMPLEMENTING_BODY if code == "chongfu" else Duty.HANDLING_DEPARTMENT
        kind = UnitKind.TOWN if code == "chongfu" else UnitKind.DEPARTMENT
        register_unit(city.desk, city.order(), code=code, name=Label(zh=code, en=code), kind=kind, duty=duty)
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, unaware)
    yield city
    city.close()


def told(city: City) -> dict[str, str]:
    """Four tickets of which each is judged otherwise by some rule, or by none; then the notice about the parade."""
    do = Tickets(city)
    late, prompt = do.issued("2015-08-06T08:00"), do.issued("2015-08-06T08:10")
    do("2015-08-06T09:00", LAND, "receive_ticket", late)
    do("2015-08-06T09:10", LAND, "receive_ticket", prompt)
    accept(do, "2015-08-10T09:00", prompt)
    accept(do, "2015-08-14T09:00", late)
    parade = do.issued("2015-08-27T08:00")
    do("2015-08-27T09:00", LAND, "receive_ticket", parade)
    still = do.issued("2015-08-31T08:00")
    do("2015-08-31T09:00", LAND, "receive_ticket", still)
    accept(do, "2015-09-05T10:00", parade)
    city.at("2015-09-07T09:00")
    [bundled] = [one for one in bundled_references(lambda year: year == 2015) if one.edition == BUNDLED]
    adopt_edition(city.desk, city.order(), **bundled._asdict())
    city.at("2015-09-08T09:00").watch()
    return {"late": late, "prompt": prompt, "parade": parade, "still": still}


def accept(do: Tickets, time: str, ticket: str) -> None:
    do(time, LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 10, 20))


def lines(city: City, asked: DeadlinesAsked = EVERYTHING, **moment: Any) -> dict[str, DeadlineBasis]:
    return {line.ticket: line for line in deadline_bases(city.reader(**moment), asked).lines}


def readings(line: DeadlineBasis) -> list[tuple[Deadline | None, ReplyVerdict]]:
    """The deadline and the verdict: as recorded, by today's calendar, by the other reading."""
    assert line.other is not None
    return [
        (line.deadline, line.verdict),
        (line.today.deadline, line.today.verdict),
        (line.other.deadline, line.other.verdict),
    ]


def last_day(reading: tuple[Deadline | None, ReplyVerdict]) -> str:
    """The last day of a deadline, month and day."""
    assert reading[0] is not None
    return reading[0].last_day.strftime("%m-%d")


def test_each_deadline_is_shown_by_today_s_calendar_and_by_the_other_reading(city: City) -> None:
    of = told(city)

    due = {name: [last_day(one) for one in readings(lines(city)[id])] for name, id in of.items()}

    # By hand. Seven days after Thursday 6 August: Thursday the 13th; seven working days: 7, 10-14, 17.
    # Seven days after 27 August is 3 September: with the parade a holiday, and the 4th and the 5th, so the 6th, which
    # was worked. Seven working days with the parade: 28, 31, 1, 2, 6, 7, 8.
    # Seven days after 31 August: Monday 7 September. Working days: 1, 2, 6, 7, 8, 9, 10.
    assert due == {
        "late": ["08-13", "08-13", "08-17"],
        "prompt": ["08-13", "08-13", "08-17"],
        "parade": ["09-03", "09-06", "09-08"],
        "still": ["09-07", "09-07", "09-10"],
    }


def test_the_verdicts_that_another_rule_would_change(city: City) -> None:
    of = told(city)

    found = lines(city)
    verdicts = {name: [verdict for _, verdict in readings(found[id])] for name, id in of.items()}

    # The clock stands at 8 September. 14 August is late by calendar days, in time by working days. 5 September is late
    # by the calendar of then, in time by that of today. The last one is a day overdue, or has two days left.
    verdict = ReplyVerdict
    assert verdicts == {
        "late": [verdict.LATE, verdict.LATE, verdict.IN_TIME],
        "prompt": [verdict.IN_TIME, verdict.IN_TIME, verdict.IN_TIME],
        "parade": [verdict.LATE, verdict.IN_TIME, verdict.IN_TIME],
        "still": [verdict.OVERDUE, verdict.OVERDUE, verdict.OPEN],
    }
    assert found[of["prompt"]].other.due_changes  # type: ignore[union-attr]
    assert set(lines(city, DeadlinesAsked(verdict_changes=True))) == {of["late"], of["parade"], of["still"]}
    assert set(lines(city, DeadlinesAsked(verdict_changes=False))) == {of["prompt"]}


def test_deadlines_are_counted_by_policy_and_calendar(city: City) -> None:
    told(city)
    do = Tickets(city)
    later = do.issued("2015-09-08T10:00")
    do("2015-09-08T11:00", LAND, "receive_ticket", later)

    before, after = deadline_groups(city.reader(), EVERYTHING)

    # Named in order: before-the-parade-2015, cn-workdays-2015.
    assert (before.policy, before.calendar, before.handlings, before.provisional) == (SEVEN, FIRST, 4, 0)
    assert dict(before.verdicts) == {ReplyVerdict.LATE: 2, ReplyVerdict.IN_TIME: 1, ReplyVerdict.OVERDUE: 1}
    assert (before.due_changes_today, before.verdict_changes_today) == (1, 1)
    assert (before.due_changes_other, before.verdict_changes_other) == (4, 3)
    assert (after.policy, after.calendar, after.handlings, after.verdict_changes_today) == (SEVEN, BUNDLED, 1, 0)
    assert dict(after.verdicts) == {ReplyVerdict.OPEN: 1}


def test_as_of_the_past_the_later_calendar_is_not_today_s(city: City) -> None:
    of = told(city)
    [adopted] = [one.position for one in city.record.read_all() if getattr(one.event, "edition", "") == BUNDLED]

    then = lines(city, position=adopted - 1)

    assert then[of["parade"]].today.verdict is ReplyVerdict.LATE
    assert not then[of["parade"]].today.due_changes
    # On 5 September, when that was recorded, the last one was still open by every rule.
    assert then[of["still"]].verdict is ReplyVerdict.OPEN
    assert lines(city, position=0) == {}


@pytest.mark.parametrize(
    ("clock", "verdict"),
    [("2015-09-07T23:59:59", ReplyVerdict.OPEN), ("2015-09-08T00:00:00", ReplyVerdict.OVERDUE)],
)
def test_a_deadline_ends_at_24_00_of_its_last_day(city: City, clock: str, verdict: ReplyVerdict) -> None:
    of = told(city)

    assert lines(city, clock=clock)[of["still"]].verdict is verdict


def test_where_receipt_was_deemed_the_other_policy_deems_it_too(city: City) -> None:
    do = Tickets(city)
    silent = do.issued("2015-08-06T08:00")
    city.at("2015-08-16T09:00").watch()

    line = lines(city)[silent]

    # Issued on Thursday 6 August, deemed received on Friday the 7th: seven days end on the 14th, seven working days
    # (10-14, 17, 18) on the 18th.
    assert (line.received_on, line.deemed) == (date(2015, 8, 7), True)
    assert line.deadline.last_day == date(2015, 8, 14)
    assert line.verdict is ReplyVerdict.OVERDUE
    assert line.other is not None
    assert line.other.deadline is not None
    assert line.other.deadline.last_day == date(2015, 8, 18)
    assert line.other.verdict is ReplyVerdict.OPEN


def test_a_line_names_the_events_that_fixed_and_moved_its_deadline(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    received = city.record.head.position
    do("2015-08-07T09:00", ISSUER, "correct_ticket_receipt", ticket, received_at=instant("2015-08-07T08:00"), reason="登记簿",
       source="第3页")  # fmt: skip
    corrected = city.record.head.position
    accept(do, "2015-08-10T09:00", ticket)

    line = lines(city)[ticket]

    assert line.fixed_by == (received, corrected)
    assert line.answered_by == corrected + 1
    assert line.events == (received, corrected, corrected + 1)
    assert line.received_on == date(2015, 8, 7)


def test_a_ticket_withdrawn_unanswered_was_ended_before_it_was_due_or_after(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    do("2015-08-14T09:00", ISSUER, "withdraw_ticket", ticket, reason="已自行解决")

    line = lines(city)[ticket]

    # Withdrawn on the 14th: after the 13th, before the 17th.
    assert line.verdict is ReplyVerdict.UNANSWERED
    assert line.other is not None
    assert line.other.verdict is ReplyVerdict.ENDED


def test_deadlines_come_in_pages_and_by_policy_calendar_and_unit(city: City) -> None:
    told(city)
    reader = city.reader()

    page = deadline_bases(reader, EVERYTHING, size=3)
    rest = deadline_bases(reader, EVERYTHING, size=3, after=page.lines[-1].key)

    keys = [line.key for line in (*page.lines, *rest.lines)]
    assert (len(page.lines), page.has_next, len(rest.lines), rest.has_next) == (3, True, 1, False)
    assert keys == sorted(keys)
    assert count_deadline_bases(reader, DeadlinesAsked(policy=SEVEN, calendar=FIRST, unit="land-bureau")) == 4
    assert count_deadline_bases(reader, DeadlinesAsked(policy=WORKING)) == 0
    assert count_deadline_bases(reader, DeadlinesAsked(calendar=BUNDLED)) == 0
    assert count_deadline_bases(reader, DeadlinesAsked(unit="chongfu")) == 0


# -- as it is asked ----------------------------------------------------------------------------------------------------


def test_the_published_operation_and_the_command_give_the_same_answer(city: City, tmp_path: Path) -> None:
    of = told(city)

    lines = listed(city, "DeadlineBases", verdictChanges=True, unit="land-bureau")
    [group] = answered(city, "DeadlineBases")["deadlineGroups"]
    now = told_by_command(tmp_path, "deadline-bases", "--set", "verdictChanges=true", "--set", "unit=land-bureau")
    then = told_by_command(tmp_path, "10", "--at", "2015-09-06", "--set", "verdictChanges=true")["deadlineBases"]

    assert [line["recorded"]["lastDay"] for line in lines] == ["2015-08-13", "2015-09-03", "2015-09-07"]
    parade = lines[1]
    verdicts = [(parade[by]["lastDay"], parade[by]["verdict"]) for by in ("recorded", "today", "other")]
    assert verdicts == [("2015-09-03", "LATE"), ("2015-09-06", "IN_TIME"), ("2015-09-08", "IN_TIME")]
    assert [parade[by]["calendarName"] for by in ("recorded", "today", "other")] == [FIRST, BUNDLED, BUNDLED]
    assert [parade[by]["policyName"] for by in ("recorded", "today", "other")] == [SEVEN, SEVEN, WORKING]
    assert resting_on(parade) == ["ticket.received", "ticket.accepted"]
    assert (parade["fixedBy"], parade["answeredBy"]) == (parade["events"][:1], parade["events"][1])
    assert (group["policyName"], group["calendarName"], group["handlings"]) == (SEVEN, FIRST, 4)
    assert (group["verdictChangesToday"], group["verdictChangesOther"]) == (1, 3)
    assert {one["verdict"]: one["count"] for one in group["verdicts"]} == {"LATE": 2, "IN_TIME": 1, "OVERDUE": 1}
    assert len(paged(city, "DeadlineBases", size=3)) == len(of)
    for node in (*lines, *now["deadlineBases"]["nodes"]):
        del node["ticket"]["id"], node["unit"]["id"]
    assert now["deadlineBases"]["nodes"] == lines
    # On 6 September the parade was not known yet, and the last one was open by every rule.
    assert [node["recorded"]["lastDay"] for node in then["nodes"]] == ["2015-08-13", "2015-09-03"]
    assert [node["today"]["verdict"] for node in then["nodes"]] == ["LATE", "LATE"]
