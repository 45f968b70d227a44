"""Question 9: which lights changed retroactively: what would the board have shown, and what does it show for those days now?

An evening is the last instant before 24:00. Thresholds: a ticket is yellow from two days before its deadline; a forecast that
passed by one day is yellow, by thirty red; thirty days without a leading official are yellow; a target is yellow when it is
behind its schedule at all, red by more than ten points.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.audit import project_city, target_city
from tests.audit.asking import answered, resting_on
from tests.audit.asking import told as told_by_command
from tests.audit.target_city import correct_value, report, revise, set_target, wan
from tests.city import SUPERVISOR, City, instant
from tests.projections.ticket_city import ISSUER, LAND, Tickets, furnished, told
from tests.stores import place
from txapi.application import projects, targets
from txapi.audit.questions.adopted import Adopted
from txapi.audit.questions.light_histories import LightHistory, ProjectLights, TargetLights, TicketLights
from txapi.audit.questions.retroactive_lights import (
    EXAMINED_MOST,
    LightRun,
    LightsAsked,
    LitKind,
    RetroactiveLights,
    count_touched,
    retroactive_lights,
)
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Source
from txapi.domain.official import Official
from txapi.domain.pace import Goal
from txapi.projections.moment import Reader
from txapi.record.record import RecordedEvent
from txapi.simulation import simulate

BOOK = Source(document="签收登记簿", locator="第3页")
MAYOR = Official("盛勇军", "市长")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = furnished(tmp_path)
    yield city
    city.close()


@pytest.fixture
def zone(tmp_path: Path) -> Iterator[City]:
    city = target_city.founded(tmp_path)
    yield city
    city.close()


@pytest.fixture
def works(tmp_path: Path) -> Iterator[City]:
    city = project_city.founded(tmp_path, "2015-06-01T09:00")
    yield city
    city.close()


def asked(first: str, last: str, *kinds: LitKind) -> LightsAsked:
    return LightsAsked(first=date.fromisoformat(first), last=date.fromisoformat(last), kinds=kinds or tuple(LitKind))


def in_short(run: LightRun) -> tuple[str, str]:
    """The days of a run, and its colours then and now."""
    days = f"{run.first:%m-%d}" if run.first == run.last else f"{run.first:%m-%d}..{run.last:%m-%d}"
    return days, f"{run.then.colour.value} -> {run.now.colour.value}"


def only(reader: Reader, question: LightsAsked) -> RetroactiveLights:
    [line] = retroactive_lights(reader, question).lines
    return line


def corrected(city: City, ticket: str, time: str, received_at: str) -> int:
    """The receipt is dated anew; the position of the correction."""
    Tickets(city)(
        time, ISSUER, "correct_ticket_receipt", ticket, received_at=instant(received_at), reason="登记簿", source=BOOK
    )
    return city.record.head.position


def accept(city: City, time: str, ticket: str) -> None:
    Tickets(city)(time, LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 10, 20))


# -- tickets -----------------------------------------------------------------------------------------------------------


def test_a_receipt_dated_later_clears_the_days_on_which_the_ticket_was_red(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    accept(city, "2015-08-15T10:00", ticket)
    correction = corrected(city, ticket, "2015-08-20T09:00", "2015-08-10T09:00")

    line = only(city.at("2015-08-25T09:00").reader(), asked("2015-08-01", "2015-08-31"))

    # Received on the 6th it was due on the 13th: yellow from the 11th, red from the 14th, and late when it was accepted on the
    # 15th. Received on the 10th it was due on the 17th, so that it was green all the time.
    assert [in_short(run) for run in line.runs] == [
        ("08-11..08-13", "yellow -> green"),
        ("08-14..08-19", "red -> green"),
    ]
    assert [run.blamed for run in line.runs] == [(correction,), (correction,)]
    assert (line.kind, line.noun, line.days, line.events) == (LitKind.TICKET, ticket, 9, (correction,))
    assert line.runs[0].then.because.en == "due on 2015-08-13"
    assert line.runs[1].then.because.en == "overdue: it was due on 2015-08-13"


def test_a_receipt_dated_earlier_reddens_the_days_on_which_the_ticket_seemed_in_time(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-07T09:00", LAND, "receive_ticket", ticket)
    do("2015-08-10T09:00", ISSUER, "correct_ticket_receipt", ticket, received_at=instant("2015-08-10T09:00"),
       reason="登记簿", source=BOOK)  # fmt: skip
    accept(city, "2015-08-17T10:00", ticket)
    correction = corrected(city, ticket, "2015-08-20T09:00", "2015-08-06T09:00")

    line = only(city.at("2015-08-25T09:00").reader(), asked("2015-08-10", "2015-08-31"))

    # Due on the 17th it was yellow on the 15th and 16th, and green once it was accepted on the 17th. Due on the 13th it was
    # yellow from the 11th, red from the 14th, and stayed red, for it was accepted late.
    assert [in_short(run) for run in line.runs] == [
        ("08-11..08-13", "green -> yellow"),
        ("08-14", "green -> red"),
        ("08-15..08-16", "yellow -> red"),
        ("08-17..08-19", "green -> red"),
    ]
    assert line.events == (correction,)


def test_a_receipt_that_is_recorded_late_changes_the_days_between(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-07T09:00", LAND, "receive_ticket", ticket, received_at=instant("2015-08-06T09:00"), reason="补录",
       source=BOOK)  # fmt: skip

    found = retroactive_lights(city.at("2015-08-25T09:00").reader(), asked("2015-08-05", "2015-08-31"))

    # For 6 August it was waiting for its receipt, and now it had been received: green either way.
    assert found.lines == ()
    assert count_touched(city.reader(), asked("2015-08-05", "2015-08-31")) == 1


def test_as_of_the_past_the_correction_has_changed_nothing_yet(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    correction = corrected(city, ticket, "2015-08-20T09:00", "2015-08-10T09:00")
    question = asked("2015-08-01", "2015-08-31")

    assert retroactive_lights(city.reader(correction - 1), question).lines == ()
    # The clock of the correction's moment: its own day is not over.
    assert only(city.reader(correction), question).runs[-1].last == date(2015, 8, 17)


def test_only_days_that_are_over_are_looked_at(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T08:00")
    do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    corrected(city, ticket, "2015-08-14T09:00", "2015-08-10T09:00")
    question = asked("2015-08-01", "2015-08-31")

    [before] = [in_short(run) for run in only(city.reader(clock="2015-08-13T23:59:59"), question).runs]
    [after] = [in_short(run) for run in only(city.reader(clock="2015-08-14T00:00:00"), question).runs]

    assert (before, after) == (("08-11..08-12", "yellow -> green"), ("08-11..08-13", "yellow -> green"))


# -- projects ----------------------------------------------------------------------------------------------------------


def led(city: City, code: str) -> str:
    """A project that somebody has led since today."""
    project = project_city.introduce(city, code)
    projects.assign_leader(
        city.desk, city.order(SUPERVISOR), project=project, official=MAYOR, on=city.clock.now().date()
    )
    return project


def test_a_start_recorded_late_clears_the_days_on_which_it_seemed_overdue(works: City) -> None:
    project = led(works, "P1")
    project_city.forecast_start(works, project, "2015-06-30")
    started = project_city.start(works.at("2015-07-10T09:00"), project, "2015-06-20")

    line = only(works.at("2015-07-20T09:00").reader(), asked("2015-06-02", "2015-07-31"))

    # It was to start by 30 June, so that it was yellow from 1 July on until the start of 20 June was recorded.
    assert [in_short(run) for run in line.runs] == [("07-01..07-09", "yellow -> green")]
    assert (line.kind, line.noun, line.events) == (LitKind.PROJECT, project, (started,))


def test_a_leader_released_after_the_fact_shows_the_days_without_one(works: City) -> None:
    project = led(works, "P1")
    works.at("2015-07-20T09:00")
    released = projects.release_leader(
        works.desk, works.order(SUPERVISOR, reason="调任"), project=project, on=date(2015, 6, 5)
    ).last

    line = only(works.at("2015-07-25T09:00").reader(), asked("2015-06-02", "2015-07-31"))

    # Without a leading official since 5 June: thirty days on 5 July. From the 20th on the board knew.
    assert [in_short(run) for run in line.runs] == [("07-05..07-19", "green -> yellow")]
    assert line.runs[0].now.because.en == "no leading official for 30 days"
    assert line.events == (released,)


def test_a_start_that_was_retracted_shows_what_should_have_been_seen(works: City) -> None:
    project = led(works, "P1")
    project_city.forecast_start(works, project, "2015-06-30")
    project_city.start(works.at("2015-06-20T09:00"), project, "2015-06-20")
    retracted = project_city.correct(works.at("2015-07-10T09:00"), project, 4, None, "误报")

    line = only(works.at("2015-07-20T09:00").reader(), asked("2015-06-02", "2015-07-31"))

    assert [in_short(run) for run in line.runs] == [("07-01..07-09", "green -> yellow")]
    assert line.events == (retracted,)


def test_what_was_said_only_later_changes_no_earlier_evening(works: City) -> None:
    project = led(works, "P1")
    project_city.forecast_start(works, project, "2015-06-30")
    # A later forecast, a suspension and the news of them all say nothing about the evenings before.
    project_city.forecast_start(works.at("2015-07-05T09:00"), project, "2015-09-30")
    projects.suspend_project(works.desk, works.order(SUPERVISOR, reason="资金"), project=project)
    project_city.start(works.at("2015-07-20T09:00"), project, "2015-07-19")

    found = retroactive_lights(works.at("2015-07-25T09:00").reader(), asked("2015-06-02", "2015-07-31"))

    # Touched by the start of 19 July recorded on the 20th; but on the 19th it was suspended, and red either way.
    assert found.lines == ()


# -- targets -----------------------------------------------------------------------------------------------------------


def test_figures_reported_late_and_corrected_change_the_days_between(zone: City) -> None:
    target = set_target(zone, Goal(value=wan("24000")))
    report(zone.at("2015-06-30T10:00"), target, "2015-06-30", wan("12100"))
    july = report(zone.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    raised = correct_value(zone.at("2015-08-12T10:00"), target, 4, "14100", "漏报一家企业")
    lowered = correct_value(zone.at("2015-09-01T10:00"), target, 5, "11000", "重复统计")

    line = only(zone.at("2015-09-06T09:00").reader(), asked("2015-07-25", "2015-09-05"))

    # 12,100 through June is 50.4 % where 50 % was due: green. Through July 58.33 % was due: 13,955 is 58.15 %, yellow;
    # 14,100 is 58.75 %, green; 11,000 is 45.83 %, red. The board saw the June figure until 3 August.
    assert [in_short(run) for run in line.runs] == [
        ("07-31..08-02", "green -> red"),
        ("08-03..08-11", "yellow -> red"),
        ("08-12..08-31", "green -> red"),
    ]
    assert [run.blamed for run in line.runs] == [(july, raised, lowered), (raised, lowered), (lowered,)]
    assert line.events == (july, raised, lowered)


def test_a_goal_revised_later_is_not_the_goal_of_an_earlier_day(zone: City) -> None:
    target = set_target(zone, Goal(value=wan("24000")))
    report(zone.at("2015-07-31T20:00"), target, "2015-07-31", wan("14100"))
    revise(zone.at("2015-08-20T10:00"), target, Goal(value=wan("40000")), "年中调整")
    correct_value(zone.at("2015-08-25T10:00"), target, 3, "14200", "漏报")

    found = retroactive_lights(zone.at("2015-09-06T09:00").reader(), asked("2015-07-31", "2015-09-05"))

    # 14,200 of 40,000 would be red. Until 20 August the goal was 24,000: green, as shown; after that red, as shown.
    assert found.lines == ()


def test_a_goal_that_was_corrected_is_read_as_it_reads_now(zone: City) -> None:
    target = set_target(zone, Goal(value=wan("24000")))
    report(zone.at("2015-07-31T20:00"), target, "2015-07-31", wan("14100"))
    value = {"money": {"amount": "40000", "unit": "万美元"}}
    order = zone.at("2015-08-20T10:00").order(SUPERVISOR, reason="目标录错")
    corrected_goal = targets.correct_target(
        zone.desk, order, target=target, corrects=2, fields={"goal": {"value": value}}
    ).last

    line = only(zone.at("2015-09-06T09:00").reader(), asked("2015-07-31", "2015-09-05"))

    # 14,100 of 40,000 is 35.25 %, 23 points behind.
    assert [in_short(run) for run in line.runs] == [("07-31..08-19", "green -> red")]
    assert line.events == (corrected_goal,)


# -- the list ----------------------------------------------------------------------------------------------------------


def test_lines_come_in_pages_and_by_kind(city: City) -> None:
    do = Tickets(city)
    tickets = [do.issued(f"2015-08-06T08:0{number}") for number in range(3)]
    for ticket in tickets:
        do("2015-08-06T09:00", LAND, "receive_ticket", ticket)
    for minute, ticket in enumerate(tickets):
        corrected(city, ticket, f"2015-08-20T09:0{minute}", "2015-08-10T09:00")
    question = asked("2015-08-01", "2015-08-31", LitKind.TICKET)
    reader = city.at("2015-08-25T09:00").reader()

    page = retroactive_lights(reader, question, size=2)
    rest = retroactive_lights(reader, question, size=2, after=page.lines[-1].key)

    assert [line.noun for line in (*page.lines, *rest.lines)] == tickets
    assert (page.has_next, rest.has_next) == (True, False)
    assert count_touched(reader, question) == 3
    assert retroactive_lights(reader, asked("2015-08-01", "2015-08-31", LitKind.PROJECT, LitKind.TARGET)).lines == ()
    # What was recorded by the end of the first day changed no evening of the range.
    assert count_touched(reader, asked("2015-08-20", "2015-08-31")) == 0
    assert count_touched(reader, asked("2015-08-19", "2015-08-31")) == 3


def test_a_page_that_examined_its_most_ends_with_the_last_noun_that_it_examined(city: City) -> None:
    do = Tickets(city)
    tickets = [do.issued("2015-08-06T08:00") for _ in range(EXAMINED_MOST + 1)]
    for ticket in tickets:
        do("2015-08-07T09:00", LAND, "receive_ticket", ticket, received_at=instant("2015-08-06T09:00"), reason="补录",
           source=BOOK)  # fmt: skip
    reader = city.at("2015-08-25T09:00").reader()
    question = asked("2015-08-01", "2015-08-31")

    page = retroactive_lights(reader, question)
    rest = retroactive_lights(reader, question, after=page.lines[-1].key)

    # No light changed: the page says how far it got, and the next one gets to the end.
    assert ([(line.noun, line.runs) for line in page.lines], page.has_next) == ([(tickets[-2], ())], True)
    assert (rest.lines, rest.has_next) == ((), False)


@pytest.mark.parametrize(("first", "last"), [("2015-08-02", "2015-08-01"), ("2015-01-01", "2016-01-02")])
def test_a_range_that_ends_before_it_begins_or_is_longer_than_366_days_is_refused(first: str, last: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked(first, last)

    assert refused.value.code == "BAD_RANGE"
    assert asked("2015-01-01", "2016-01-01").last == date(2016, 1, 1)


# -- as it is asked ----------------------------------------------------------------------------------------------------


def test_the_published_operation_and_the_command_give_the_same_answer(works: City, tmp_path: Path) -> None:
    project = led(works, "P1")
    project_city.forecast_start(works, project, "2015-06-30")
    project_city.start(works.at("2015-07-10T09:00"), project, "2015-06-20")
    works.at("2015-07-20T09:00")
    project_city.introduce(works, "P2")

    page = answered(works, "RetroactiveLights", **{"from": "2015-06-02", "to": "2015-07-31"})["retroactiveLights"]
    command = ("retroactive-lights", "--set", "from=2015-06-02", "--set", "to=2015-07-31")
    told_now = told_by_command(tmp_path, *command)["retroactiveLights"]["nodes"]
    then = told_by_command(tmp_path, "9", *command[1:], "--at", "2015-07-09")["retroactiveLights"]["nodes"]

    [line] = page["nodes"]
    [run] = line["runs"]
    assert page["totalCount"] == 1
    assert (line["kind"], line["noun"]["code"], line["days"]) == ("PROJECT", "P1", 9)
    assert (run["first"], run["last"], run["then"]["colour"], run["now"]["colour"]) == (
        "2015-07-01",
        "2015-07-09",
        "YELLOW",
        "GREEN",
    )
    assert resting_on(line) == ["project.milestone_reached"]
    assert run["blamed"] == line["events"]
    for node in (line, *told_now):
        del node["noun"]["id"]
    assert told_now == [line]
    assert then == []


def test_a_bad_range_is_bad_input(works: City) -> None:
    refused = works.execute("RetroactiveLights", {"from": "2015-07-31", "to": "2015-07-01"})

    assert [(error.extensions["code"], error.path[-1]) for error in refused.errors] == [
        ("BAD_RANGE", "retroactiveLights")
    ]


# -- nothing changes where nothing was touched -------------------------------------------------------------------------


def differing(lights: LightHistory, nouns: dict[str, date], last: date, position: int, step: int = 1) -> list[Any]:
    """The evenings, each noun's from a day on, that look otherwise now than then."""
    found = []
    for noun, first in nouns.items():
        for ahead in range(0, (last - first).days + 1, step):
            day = first + timedelta(days=ahead)
            then, now = lights.shown(noun, day), lights.known(noun, day, position)
            if (then and then.colour) != (now and now.colour):
                found.append((noun, day, then, now))
    return found


def test_the_evenings_of_tickets_that_nobody_corrected_look_as_they_did(city: City) -> None:
    tickets = dict.fromkeys(sorted(told(city).values()), date(2015, 8, 1))
    reader = city.reader()

    lights = TicketLights(reader, list(tickets), Adopted(reader))

    assert differing(lights, tickets, date(2015, 8, 30), reader.moment.position) == []
    assert lights.shown(next(iter(tickets)), date(2015, 8, 2)) is None


def test_in_a_simulated_city_no_evening_looks_otherwise_that_nothing_touched_later(tmp_path: Path) -> None:
    simulate(place(tmp_path), units=4, projects=12, years=1)
    city = City(tmp_path, start="2026-01-02T09:00")
    city.follower.catch_up()
    reader = city.reader()
    kinds: dict[str, type[Any]] = {"ticket": TicketLights, "project": ProjectLights, "target": TargetLights}
    since: dict[str, dict[str, date]] = {kind: {} for kind in kinds}
    for recorded in city.record.read_all():
        event = recorded.event
        nouns = since.get(event.TOPIC.partition(".")[0], {})
        if event.originator_id not in nouns or is_after_the_fact(recorded):
            nouns[event.originator_id] = day_of(recorded.recorded_at)

    for kind, nouns in since.items():
        lights = kinds[kind](reader, list(nouns), Adopted(reader))
        assert len(nouns) > 5, kind
        assert differing(lights, nouns, reader.moment.day, reader.moment.position, step=5) == [], kind
    city.close()


def is_after_the_fact(recorded: RecordedEvent) -> bool:
    """Whether an event corrects something, or states a fact of a day before the one on which it was decided."""
    event = recorded.event
    days = [getattr(event, name, None) for name in ("on", "through", "received_on")]
    last = [day.latest if isinstance(day, PartialDate) else day for day in days if day is not None]
    earlier = any(day is not None and day < day_of(event.meta.decided_at) for day in last)
    return earlier or "corrected" in event.TOPIC or event.TOPIC == "ticket.deadline_fixed"
