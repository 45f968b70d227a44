"""What the rows of companies, parcels, groups and meetings answer, at several positions and valid dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.city import SUPERVISOR, City
from txapi.application import companies as company_commands
from txapi.application import groups as group_commands
from txapi.application import meetings as meeting_commands
from txapi.application import parcels as parcel_commands
from txapi.application import projects as project_commands
from txapi.application.units import register_unit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import ProjectKind
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.meeting import MeetingKind
from txapi.domain.money import Money
from txapi.domain.parcel import LandUse, Parcel, ParcelStep
from txapi.domain.unit import Duty, UnitKind
from txapi.projections import companies, groups, meetings, parcels
from txapi.projections.companies import CompanyFilter
from txapi.projections.groups import GroupFilter
from txapi.projections.meetings import MeetingFilter
from txapi.projections.moment import Reader
from txapi.projections.parcels import ParcelFilter, use_of, was_awarded
from txapi.projections.select import Page


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path, "2015-08-11T09:00")
    for code in ("chongfu", "dama"):
        name = Label(zh=code, en=code)
        register_unit(city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    yield city
    city.close()


def on(text: str) -> PartialDate:
    return PartialDate.from_text(text)


# -- companies -----------------------------------------------------------------------------------------------------------


def company(city: City, **said: Any) -> str:
    return company_commands.register_company(city.desk, city.order(SUPERVISOR), **said).id


def names(reader: Reader, **asked: Any) -> list[str | None]:
    return [row.name for row in companies.select(reader, CompanyFilter(**asked)).all(order=companies.BY_NAME)]


def test_companies_are_found_by_unit_country_parent_state_and_text(city: City) -> None:
    holding = company(city, name="控股", country="DE", aliases=["Holding AG"])
    company(city, name="分公司", unit="chongfu", parent=holding)
    company(city, description="一家未具名企业")
    gone = company(city, name="旧厂")
    company_commands.close_company(city.desk, city.order(SUPERVISOR, reason="注销"), company=gone)
    now = city.reader()

    assert names(now) == ["分公司", "控股", "旧厂", None]
    assert names(now, unit=["chongfu"]) == ["分公司"]
    assert names(now, unit=[]) == []
    assert names(now, country=["DE"]) == ["控股"]
    assert names(now, parent=holding) == ["分公司"]
    assert names(now, closed=True) == ["旧厂"]
    assert names(now, text="holding") == ["控股"]
    assert names(now, text="未具名") == [None]
    assert names(now, text="控股", closed=True) == []


def test_a_companys_capital_is_what_the_moment_knows(city: City) -> None:
    id = company(city, name="控股", unit="chongfu")
    company_commands.state_company_capital(
        city.desk, city.order(SUPERVISOR), company=id, total=Money.of("1000", "万元")
    )
    before = city.record.head.position
    company_commands.increase_company_capital(
        city.desk, city.order(SUPERVISOR), company=id, on=on("2015-08"), add_total=Money.of("500", "万元")
    )

    now, then = (companies.company_of(reader, id) for reader in (city.reader(), city.reader(before)))

    assert (now.total, then.total) == (Money.of("1500", "万元"), Money.of("1000", "万元"))
    assert (len(now.increase_facts), len(then.increase_facts)) == (1, 0)
    assert companies.company_of(city.reader(1), id) is None


def test_companies_page_by_name_with_the_nameless_last(city: City) -> None:
    for name in ("丙", "甲", None, "乙", None):
        company(city, name=name, description="企业")
    reader = city.reader()

    first = companies.select(reader).page(companies.BY_NAME, Page(3))
    rest = companies.select(reader).page(companies.BY_NAME, Page(3, after=first.keys[-1]))

    assert [row.name for row in [*first.rows, *rest.rows]] == ["丙", "乙", "甲", None, None]
    assert (first.has_next, rest.has_next) == (True, False)


# -- parcels -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def land(city: City) -> str:
    """A parcel that was awarded in March, found underused in May and reused in July."""
    order = city.order(SUPERVISOR)
    id = parcel_commands.register_parcel(
        city.desk, order, location="崇福大道", unit="chongfu", area_m2=Decimal(10000), note="退二进三"
    ).id
    desk = city.desk
    price = Money.of("3000", "万元")
    parcel_commands.award_parcel(desk, city.order(SUPERVISOR), parcel=id, on=on("2015-03-05"), price=price)
    parcel_commands.mark_parcel_underused(desk, city.order(SUPERVISOR), parcel=id, on=on("2015-05"))
    parcel_commands.list_parcel(desk, city.order(SUPERVISOR), parcel=id, on=on("2015-06"))
    parcel_commands.reuse_parcel(desk, city.order(SUPERVISOR), parcel=id, on=on("2015-07-01"))
    return id


def found(reader: Reader, **asked: Any) -> int:
    return parcels.select(reader, ParcelFilter(**asked)).count()


def test_a_parcel_is_found_by_how_it_was_used_on_the_valid_day(city: City, land: str) -> None:
    days = ["2015-03-04", "2015-03-05", "2015-05-30", "2015-05-31", "2015-06-30", "2015-07-01", None]

    used = []
    for day in days:
        reader = city.reader(valid_on=None if day is None else date.fromisoformat(day))
        [use] = [use for use in LandUse if found(reader, use=[use])]
        used.append(use)

        steps = parcels.steps_of(reader, [land])
        assert use_of(reader, parcels.parcel_of(reader, land), steps) is use
        state = city.desk.load(Parcel, land)
        assert state.use(reader.moment.valid_on) is use
    assert used == [
        LandUse.UNSTATED,
        LandUse.SUPPLIED,
        LandUse.SUPPLIED,
        LandUse.UNDERUSED,
        LandUse.UNDERUSED,
        LandUse.REUSED,
        LandUse.REUSED,
    ]


def test_the_steps_of_a_parcel_follow_the_position_and_the_valid_day(city: City, land: str) -> None:
    head = city.record.head.position

    steps = [row.step for row in parcels.steps_of(city.reader(valid_on=date(2015, 5, 31)), [land])]
    then = parcels.steps_of(city.reader(head - 4), [land])

    assert steps == [ParcelStep.AWARDED, ParcelStep.UNDERUSED]
    assert then == []
    assert was_awarded(parcels.steps_of(city.reader(head - 3), [land]))
    assert not was_awarded(then)


def test_parcels_are_found_by_unit_and_text(city: City, land: str) -> None:
    reader = city.reader()

    assert found(reader, unit=["chongfu"]) == found(reader, text="退二") == found(reader, text="崇福") == 1
    assert found(reader, unit=["dama"]) == found(reader, text="梧桐") == found(reader, use=[]) == 0
    assert parcels.parcel_of(reader, land).area_mu == Decimal("15.00")


# -- groups --------------------------------------------------------------------------------------------------------------


def test_the_members_of_a_group_come_and_go(city: City) -> None:
    group = group_commands.register_group(
        city.desk, city.order(SUPERVISOR), kind=GroupKind.PARK, name="品牌园", unit="chongfu", count_stated=3
    ).id
    members = [
        project_commands.introduce_project(
            city.desk, city.order(SUPERVISOR), code=code, name=code, kind=ProjectKind.NEW_BUILD
        ).id
        for code in ("A1", "A2")
    ]
    for project, day in zip(members, ("2015-03-01", "2015-05-01"), strict=True):
        order = city.order(SUPERVISOR)
        project_commands.join_group(city.desk, order, project=project, group=group, on=on(day))
    before = city.record.head.position
    project_commands.leave_group(
        city.desk, city.order(SUPERVISOR, reason="搬走"), project=members[0], group=group, on=on("2015-06-01")
    )

    def known(reader: Reader) -> tuple[int, int]:
        return groups.members_known(reader, [group])[group], groups.select_members(reader, group).count()

    assert known(city.reader()) == (1, 2)
    assert known(city.reader(before)) == (2, 2)
    assert known(city.reader(valid_on=date(2015, 2, 28))) == (0, 0)
    assert known(city.reader(valid_on=date(2015, 3, 1))) == (1, 1)
    assert known(city.reader(valid_on=date(2015, 5, 31))) == (2, 2)
    assert known(city.reader(valid_on=date(2015, 6, 1))) == (1, 2)


def test_groups_are_found_by_kind_unit_and_text(city: City) -> None:
    desk = city.desk
    order = city.order(SUPERVISOR)
    group_commands.register_group(desk, order, kind=GroupKind.PARK, name="品牌园", unit="chongfu", aliases=["Fur Park"])
    group_commands.register_group(desk, city.order(SUPERVISOR), kind=GroupKind.JOINT_START, name="集中开工")

    def named(**asked: Any) -> list[str]:
        return [row.name for row in groups.select(city.reader(), GroupFilter(**asked)).all(order=groups.BY_NAME)]

    assert named() == ["品牌园", "集中开工"]
    assert named(kind=[GroupKind.JOINT_START]) == ["集中开工"]
    assert named(unit=["chongfu"]) == named(text="fur") == ["品牌园"]
    assert named(kind=[]) == []


# -- meetings ------------------------------------------------------------------------------------------------------------


def test_meetings_come_latest_first_and_undated_last(city: City) -> None:
    days = {"前": "2015-07-30", "后": "2015-08-05", "无": None}
    for title, day in days.items():
        kind = MeetingKind.ON_SITE if title == "前" else MeetingKind.OTHER
        when = on(day) if day else None
        meeting_commands.register_meeting(
            city.desk, city.order(SUPERVISOR), kind=kind, title=title, on=when, series="现场办公", hosts=["chongfu"]
        )

    def titled(**asked: Any) -> list[str]:
        chosen = meetings.select(city.reader(), MeetingFilter(**asked))
        return [row.title for row in chosen.all(order=meetings.LATEST_FIRST)]

    assert titled() == ["后", "前", "无"]
    assert titled(kind=[MeetingKind.ON_SITE]) == ["前"]
    assert len(titled(text="现场")) == 3
    assert titled(text="没有") == []
