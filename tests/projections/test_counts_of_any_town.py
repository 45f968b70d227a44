"""Whatever was commanded, and at any moment: what is counted in SQL is what the rules say of every noun one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.application.project_town import ProjectTown
from tests.application.town import found_town
from tests.city import City
from tests.stores import place
from txapi.domain.dates import PartialDate
from txapi.domain.editions import CountingRule, EditionKind
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.light import Light
from txapi.domain.project.base import ProjectCondition
from txapi.domain.rates import Member, first_reached, rate
from txapi.domain.reference import NothingAdopted
from txapi.projections import project_questions, ticket_questions
from txapi.projections.moment import Reader, at_position
from txapi.projections.project_facts import Facts
from txapi.projections.project_lights import light_of, state_of
from txapi.projections.project_questions import ProjectDimension, ProjectFilter
from txapi.projections.project_rows import PROJECTS, MembershipKind, MembershipRow, MilestoneRow, ProjectRow
from txapi.projections.projects import leaders_of, members_of, memberships_of, milestones_of
from txapi.projections.references import references_at
from txapi.projections.scoreboards import Tally, implementing_bodies
from txapi.projections.select import Select
from txapi.projections.supervision import SUPERVISION_LISTS, Standing, SupervisionRow, outstanding, standings
from txapi.projections.ticket_questions import TicketDimension
from txapi.projections.ticket_rows import TICKETS
from txapi.projections.tickets import light_of as light_of_ticket
from txapi.simulation import simulate

MOMENTS = 14
"""At how many moments of a record everything is counted."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[City]:
    """Two simulated years."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(place(folder), units=6, projects=36, years=2, seed=23)
    city = City(folder, start="2026-01-02T09:00")
    city.follower.catch_up()
    yield city
    city.close()


@pytest.mark.slow_on("postgresql")
def test_of_a_simulated_city_everything_is_counted_that_the_rules_say(city: City) -> None:
    with city.views.snapshot() as connection:
        for reader in any_readers(connection, city.record.head.position, city.clock.now(), 400):
            everything_is_counted(reader)


@pytest.mark.slow
def test_of_any_town_everything_is_counted_that_the_rules_say(
    tmp_path_factory: pytest.TempPathFactory, store: str
) -> None:
    founded = tmp_path_factory.mktemp("founded") / "record"
    found_town(founded)

    class Counted(ProjectTown):
        """A town in which everything is counted at the end."""

        def teardown(self) -> None:
            try:
                town = self.town
                town.follower.catch_up()
                with town.views.snapshot() as connection:
                    now = town.record.clock.now()
                    for reader in any_readers(connection, town.record.head.position, now, 60):
                        everything_is_counted(reader)
            finally:
                self.town.close()

    machine = settings(
        max_examples=4,
        stateful_step_count=40,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(
        lambda: Counted(founded, tmp_path_factory.mktemp("town"), []),  # type: ignore[arg-type]
        settings=machine,
    )


def any_readers(connection: Any, head: int, now: datetime, days: int) -> Iterator[Reader]:
    """Now and some of the past, by clocks of their own, by every fact and by those up to a day; the same for the same record."""
    chance = random.Random(head)
    for number in range(MOMENTS):
        position = head if number < MOMENTS // 3 else chance.randint(1, head)
        clock = now - timedelta(days=chance.randint(0, days)) if number % 2 else None
        moment = at_position(connection, position, clock)
        valid_on = moment.day - timedelta(days=chance.randint(0, days)) if number % 3 == 2 else None
        yield Reader(connection, at_position(connection, position, clock, valid_on))


def everything_is_counted(reader: Reader) -> None:
    lists = Select(SUPERVISION_LISTS, reader).all()
    by_hand = {row.entity_id: standing_of(reader, row) for row in lists}
    assert standings(reader, lists) == {id: standing for id, (standing, _) in by_hand.items()}, reader.moment
    assert outstanding(reader) == {id: projects for id, (_, projects) in by_hand.items()}, reader.moment
    late = {project for _, projects in by_hand.values() for project in projects}
    assert asked(reader, ProjectFilter(outstanding=True)) == late, reader.moment
    everybody = {row.entity_id for row in Select(PROJECTS, reader).all()}
    assert asked(reader, ProjectFilter(outstanding=False)) == everybody - late, reader.moment
    for row in lists:
        one = ProjectFilter(outstanding=True, supervision_list=row.entity_id)
        assert asked(reader, one) == set(by_hand[row.entity_id][1]), reader.moment
    projects_are_counted(reader)
    tickets_are_counted(reader)
    for year in (None, reader.moment.valid_day.year - 1):
        tallies_are_counted(reader, year or reader.moment.valid_day.year)


def asked(reader: Reader, filter: ProjectFilter) -> set[str]:
    """The projects that a filter finds; it counts as many."""
    question = project_questions.select(reader, filter)
    found = {row.entity_id for row in question.all()}
    assert question.count() == len(found), (filter, reader.moment)
    return found


# -- supervision lists, member by member -------------------------------------------------------------------------------


def kinds_of(reader: Reader, edition: str) -> tuple[Any, ...]:
    adopted = references_at(reader).edition(EditionKind.COUNTING_RULE, edition)
    return adopted.content.milestones if adopted and isinstance(adopted.content, CountingRule) else ()


def standing_of(reader: Reader, row: SupervisionRow) -> tuple[Standing, tuple[str, ...]]:
    """How the list stands, and who is outstanding on it, by the rules of rates."""
    valid_on, kinds = reader.moment.valid_on, kinds_of(reader, row.rule_edition)
    memberships: list[MembershipRow] = members_of(reader, [row.entity_id])
    reached: dict[str, list[PartialDate]] = {}
    for milestone in milestones_of(reader, sorted({one.project_id for one in memberships})):
        actual = milestone.seen(valid_on).actual
        if actual is not None and milestone.kind in kinds:
            reached.setdefault(milestone.project_id, []).append(actual)
    members, late = [], []
    for one in memberships:
        known = one.seen(valid_on)
        member = Member(known.entered, known.left, first_reached(reached.get(one.project_id, [])))
        if member.on_list(valid_on):
            members.append(member)
            late += [] if member.done_by(valid_on) else [one.project_id]
    done = sum(member.done_by(valid_on) for member in members)
    return Standing(len(members), done, rate(members, row.count_stated, valid_on)), tuple(late)


# -- projects and tickets, one by one ----------------------------------------------------------------------------------


def projects_are_counted(reader: Reader) -> None:
    rows: list[ProjectRow] = Select(PROJECTS, reader).all()
    ids = [row.entity_id for row in rows]
    milestones, leaders = milestones_of(reader, ids), leaders_of(reader, ids)
    by_hand: Counter[tuple[str | None, str]] = Counter()
    for row in rows:
        own = [one for one in milestones if one.project_id == row.entity_id]
        led = [one for one in leaders if one.project_id == row.entity_id]
        by_hand[row.unit_code, light_of(reader, row, state_of(row, own, led)).colour.value] += 1

    groups = project_questions.groups(reader, [ProjectDimension.UNIT, ProjectDimension.LIGHT])

    assert {group.keys: group.count for group in groups} == by_hand, reader.moment
    for light in Light:
        count = sum(count for (_, colour), count in by_hand.items() if colour == light.value)
        assert project_questions.select(reader, ProjectFilter(lights=[light])).count() == count, reader.moment
    led_by_nobody = project_questions.select(reader, ProjectFilter(has_leader=False))
    assert led_by_nobody.count() == sum(
        not any(one.seen(reader.moment.valid_on).until is None for one in leaders if one.project_id == row.entity_id)
        for row in rows
    )
    assert project_questions.select(reader).count() == len(rows)


def tickets_are_counted(reader: Reader) -> None:
    by_hand: Counter[tuple[str | None, str]] = Counter()
    overdue: Counter[tuple[str | None, str]] = Counter()
    for row in Select(TICKETS, reader).all():
        keys = row.handler_code, light_of_ticket(reader, row).colour.value
        by_hand[keys] += 1
        limit = row.light_grounds.limit
        overdue[keys] += limit is not None and limit.passed_at(reader.moment.clock)

    groups = ticket_questions.groups(reader, [TicketDimension.HANDLER, TicketDimension.LIGHT])

    assert {group.keys: (group.count, group.overdue) for group in groups} == {
        keys: (count, overdue[keys]) for keys, count in by_hand.items()
    }, reader.moment
    assert ticket_questions.select(reader).count() == by_hand.total()
    counted = ticket_questions.select(reader, ticket_questions.TicketFilter(overdue=True))
    assert counted.count() == len(counted.all()) == overdue.total()


# -- towns, project by project -----------------------------------------------------------------------------------------


def tallies_are_counted(reader: Reader, year: int) -> None:
    rows: list[ProjectRow] = [row for row in Select(PROJECTS, reader).all() if row.unit_code is not None]
    for duty, name in ((ListDuty.COMMENCEMENT, "started"), (ListDuty.COMPLETION, "completed")):
        by_hand: dict[str, Tally] = {}
        for row in rows:
            tallied(reader, row, year, duty, by_hand)
        board = {row.unit_code: getattr(row, name) for row in implementing_bodies(reader, year)}
        assert {unit: tally for unit, tally in board.items() if tally.expected} == by_hand, (reader.moment, year)


def tallied(reader: Reader, row: ProjectRow, year: int, duty: ListDuty, tallies: dict[str, Tally]) -> None:
    """Count the project where it was to reach in the year what the duty counts."""
    moment, first, last = reader.moment, date(year, 1, 1), date(year, 12, 31)
    try:
        kinds = references_at(reader).counting_rule(duty, on=moment.valid_day).milestones
    except NothingAdopted:
        return
    of_it: list[MilestoneRow] = [one for one in milestones_of(reader, [row.entity_id]) if one.kind in kinds]
    actuals = [one.seen(moment.valid_on).actual for one in of_it]
    reached = min((actual.latest for actual in actuals if actual and actual.latest), default=None)
    forecasts = [(one.said[0].on.latest, one.said[-1].on.latest) for one in of_it if one.said]
    due_on = [day for _, day in forecasts if day is not None]
    counted_from = [min(day, at_first or day) for at_first, day in forecasts if day is not None]
    dates = list_dates(reader, row.entity_id, year, duty)
    forecast = any(first <= day <= last for day in (*due_on, *counted_from))
    done = reached is not None and reached <= last
    of_the_year = (reached is not None and first <= reached <= last) or (
        forecast and (reached is None or reached >= first)
    )
    if not (of_the_year or dates) or (row.condition is ProjectCondition.TERMINATED and not done):
        return
    due = min([*dates, *counted_from], default=last)
    over = due <= (moment.valid_on or moment.day - timedelta(days=1))
    tally = tallies.setdefault(row.unit_code or "", Tally())
    tally.expected += 1
    tally.done += done
    tally.due += over
    tally.overdue += over and not done


def list_dates(reader: Reader, project: str, year: int, duty: ListDuty) -> list[date]:
    """By when the lists of the year want it; a list that sets no date leaves the year's end."""
    lists = {row.entity_id: row for row in Select(SUPERVISION_LISTS, reader).all()}
    valid_on = reader.moment.valid_on
    found = []
    for one in memberships_of(reader, [project]):
        of = lists.get(one.of_id)
        if one.belongs_to is MembershipKind.LIST and of and (of.year, of.duty) == (year, duty):
            known = one.seen(valid_on)
            if Member(known.entered, known.left).on_list(valid_on):
                found.append(one.due or date(year, 12, 31))
    return found


def test_of_no_milestones_none_was_reached(city: City) -> None:
    found = project_questions.select(city.reader()).where(Facts(city.reader()).reached([]))

    assert found.count() == 0
