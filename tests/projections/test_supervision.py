"""What the rows of supervision lists answer: rates from members, at any position and valid date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, SUPERVISOR, City
from txapi.application import projects
from txapi.application import supervision as commands
from txapi.application.references import adopt_edition
from txapi.datasets.references import bundled_references
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, EditionKind, MilestoneKind, ProjectKind
from txapi.domain.labels import Label
from txapi.domain.quantity import Ratio
from txapi.projections import project_questions
from txapi.projections.moment import Reader
from txapi.projections.project_questions import ProjectFilter
from txapi.projections.supervision import (
    IN_ORDER,
    Standing,
    list_of,
    lists_of,
    outstanding,
    select,
    select_members,
    standings,
)

STARTED, COMPLETED = MilestoneKind.STARTED, MilestoneKind.COMPLETED


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-08-01T09:00")
    for edition in bundled_references(lambda year: False):
        if edition.kind in (EditionKind.COUNTING_RULE, EditionKind.MILESTONE_TEMPLATES):
            adopt_edition(city.desk, city.order(ADMINISTRATOR), **edition._asdict())
    yield city
    city.close()


def open_list(city: City, duty: Duty = Duty.COMMENCEMENT, rule: str | None = None, year: int = 2015) -> str:
    programme = Label(zh="专项督查", en="special supervision")
    order = city.order(SUPERVISOR)
    return commands.open_supervision_list(city.desk, order, programme=programme, duty=duty, rule=rule, year=year).id


def count(city: City, id: str, count: int) -> None:
    commands.state_supervision_count(city.desk, city.order(SUPERVISOR), supervision_list=id, count=count)


def enter(city: City, id: str, code: str, on: str = "2015-03-01", **reached: str) -> str:
    """A project on the list, with the milestones that it reached."""
    order = city.order(SUPERVISOR)
    project = projects.introduce_project(city.desk, order, code=code, name=code, kind=ProjectKind.NEW_BUILD).id
    when = PartialDate.from_text(on)
    projects.enter_list(city.desk, city.order(SUPERVISOR), project=project, supervision_list=id, on=when)
    for kind, day in reached.items():
        order = city.order(SUPERVISOR, reason="as the test says")
        on_day = PartialDate.from_text(day)
        projects.reach_milestone(city.desk, order, project=project, kind=MilestoneKind[kind], on=on_day)
    return project


def standing(reader: Reader, id: str) -> Standing:
    return standings(reader, lists_of(reader, [id]))[id]


def test_a_rate_is_computed_from_the_members_at_the_valid_day(city: City) -> None:
    id = open_list(city)
    count(city, id, 3)
    enter(city, id, "A1", STARTED="2015-05-28")
    enter(city, id, "A2", STARTED="2015-07-10")
    third = enter(city, id, "A3", COMPLETED="2015-07-20")

    now = standing(city.reader(), id)

    assert (now.listed, now.done, now.rate) == (3, 2, Ratio(2, 3))
    assert outstanding(city.reader(), [id]) == {id: (third,)}
    assert now.rate is not None
    assert now.rate.text() == "66.7%"
    assert standing(city.reader(valid_on=date(2015, 7, 9)), id).rate == Ratio(1, 3)
    assert standing(city.reader(valid_on=date(2015, 5, 27)), id).rate == Ratio(0, 3)
    assert standing(city.reader(valid_on=date(2015, 2, 28)), id) == Standing(0, 0, None)


def test_there_is_no_rate_before_every_stated_member_is_known(city: City) -> None:
    id = open_list(city)
    enter(city, id, "A1", STARTED="2015-05-28")
    unstated = city.record.head.position
    count(city, id, 2)
    stated = city.record.head.position
    enter(city, id, "A2")

    assert standing(city.reader(unstated), id).rate == Ratio(1, 1)
    assert standing(city.reader(stated), id).rate is None
    assert standing(city.reader(stated), id).done == 1
    assert standing(city.reader(), id).rate == Ratio(1, 2)


def test_a_project_counts_until_the_day_before_it_is_removed(city: City) -> None:
    id = open_list(city)
    first = enter(city, id, "A1", STARTED="2015-05-28")
    enter(city, id, "A2")
    order, on = city.order(SUPERVISOR, reason="土地收回"), PartialDate.from_text("2015-07-20")
    projects.leave_list(city.desk, order, project=first, supervision_list=id, on=on)

    assert standing(city.reader(), id).rate == Ratio(0, 1)
    assert standing(city.reader(valid_on=date(2015, 7, 19)), id).rate == Ratio(1, 2)
    assert standing(city.reader(valid_on=date(2015, 7, 20)), id).rate == Ratio(0, 1)
    members = {current: select_members(city.reader(), id, current=current).count() for current in (True, False, None)}
    assert members == {True: 1, False: 1, None: 2}
    before = city.reader(valid_on=date(2015, 7, 19))
    assert [row.project_id for row in select_members(before, id, current=False).all()] == []
    assert select_members(before, id, current=True).count() == 2
    assert select_members(city.reader(valid_on=date(2015, 2, 28)), id).count() == 0


def test_the_counting_rule_says_which_milestone_counts(city: City) -> None:
    started, piling = open_list(city), open_list(city, rule="commencement-piling")
    completed = open_list(city, Duty.COMPLETION)
    enter(city, started, "A1", PILING="2015-04-01")
    enter(city, piling, "A2", PILING="2015-04-01", STARTED="2015-06-01")
    enter(city, completed, "A3", COMPLETION_INSPECTED="2015-07-01")

    on = date(2015, 4, 30)

    assert standing(city.reader(), started).rate == Ratio(0, 1)
    assert standing(city.reader(valid_on=on), piling).rate == Ratio(1, 1)
    assert standing(city.reader(), completed).rate == Ratio(1, 1)
    commands.amend_supervision_list(
        city.desk, city.order(SUPERVISOR), supervision_list=started, rule="commencement-piling"
    )
    assert standing(city.reader(), started).rate == Ratio(1, 1)


def test_projects_that_are_outstanding_are_as_many_as_are_listed_now_and_then(city: City) -> None:
    lists = [open_list(city), open_list(city, year=2014)]
    done, late = enter(city, lists[0], "A1", STARTED="2015-05-28"), enter(city, lists[0], "A2")
    before = city.record.head.position
    others = [enter(city, lists[1], f"B{number}") for number in range(3)]

    def found(reader: Reader, **asked: Any) -> list[str]:
        chosen = project_questions.select(reader, ProjectFilter(**asked))
        ids = [row.entity_id for row in chosen.all()]
        assert chosen.count() == len(ids)
        return sorted(ids)

    for reader, expected in ((city.reader(), [late, *others]), (city.reader(before), [late])):
        assert found(reader, outstanding=True) == sorted(expected)
        assert found(reader, outstanding=True, kinds=[ProjectKind.NEW_BUILD]) == sorted(expected)
        assert found(reader, outstanding=True, stages=[MilestoneKind.STARTED]) == []
        assert found(reader, outstanding=False) == [done]
    assert found(city.reader(), outstanding=True, supervision_list=lists[1]) == sorted(others)


def test_several_lists_are_read_together_and_the_latest_year_comes_first(city: City) -> None:
    old, new = open_list(city, year=2014), open_list(city)
    enter(city, old, "A1", STARTED="2015-05-28")
    enter(city, new, "A2")
    reader = city.reader()

    rows = select(reader).all(order=IN_ORDER)
    found = standings(reader, rows)

    assert [row.entity_id for row in rows] == [new, old]
    assert [row.entity_id for row in select(reader, 2014).all()] == [old]
    assert {id: one.rate for id, one in found.items()} == {old: Ratio(1, 1), new: Ratio(0, 1)}
    assert list_of(city.reader(1), old) is None
    assert (standings(reader, []), outstanding(reader, [])) == ({}, {})
