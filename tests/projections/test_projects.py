"""What the rows of projects answer, at several positions and valid dates, beside what the rules say of the state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.city import SUPERVISOR, City, like
from txapi.application.parcels import mark_parcel_underused, register_parcel
from txapi.application.projects import attach_parcel, enter_list
from txapi.application.supervision import open_supervision_list
from txapi.datasets.references import bundled_references
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, EditionKind, MilestoneKind, ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.labels import Label
from txapi.domain.light import Light
from txapi.domain.money import Currency, Money
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.light import light, signs_of
from txapi.domain.reference import Reference, reference_id
from txapi.projections.moment import Reader
from txapi.projections.project_lights import light_of, state_of
from txapi.projections.project_questions import (
    ProjectDimension,
    ProjectFilter,
    ProjectOrderField,
    groups,
    names_of,
    order_by,
    select,
)
from txapi.projections.projects import leaders_of, members_of, memberships_of, milestones_of, project_of, projects_of
from txapi.projections.select import Page

STARTED, COMPLETED, SIGNED = MilestoneKind.STARTED, MilestoneKind.COMPLETED, MilestoneKind.SIGNED


def ruled(folder: Path) -> City:
    city = City(folder, "2015-01-05T09:00")
    for edition in bundled_references(lambda year: False):
        if edition.kind in (EditionKind.THRESHOLDS, EditionKind.MILESTONE_TEMPLATES, EditionKind.COUNTING_RULE):
            city.desk.create(
                Reference,
                reference_id(edition.kind, edition.edition),
                city.order(),
                lambda reference, edition=edition: reference.adopt(city.order().meta, **edition._asdict()),  # type: ignore[misc]
            )
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, ruled)
    yield city
    city.close()


def introduce(city: City, code: str, **said: Any) -> str:
    """Bring a project into the record; its id is made of its code."""
    order = city.order(SUPERVISOR)
    said = {"name": f"项目{code}", "kind": ProjectKind.NEW_BUILD, **said}
    city.desk.create(Project, f"id-{code}", order, lambda project: project.introduce(order.meta, code=code, **said))
    return f"id-{code}"


def tell(city: City, id: str, command: Callable[[Project, Any], None], **meta: Any) -> None:
    """Carry out a command on a project, with a reason."""
    order = city.order(SUPERVISOR, reason="as the test says", **meta)
    city.desk.change(Project, id, order, lambda project: command(project, order.meta))


def reach(city: City, id: str, kind: MilestoneKind, on: str) -> None:
    tell(
        city,
        id,
        lambda project, meta: project.reach_milestone(
            meta, kind=kind, on=PartialDate.from_text(on), references=city.desk.references
        ),
    )


def forecast(city: City, id: str, kind: MilestoneKind, on: str) -> None:
    tell(
        city,
        id,
        lambda project, meta: project.forecast_milestone(
            meta, kind=kind, on=PartialDate.from_text(on), references=city.desk.references
        ),
    )


def codes(reader: Reader, **asked: Any) -> list[str]:
    found = select(reader, ProjectFilter(**asked)).all(order=order_by(reader, ProjectOrderField.CODE))
    return [row.code for row in found]


def test_the_stage_follows_the_position_and_the_valid_date(city: City) -> None:
    one = introduce(city, "A1")
    before = city.record.head.position
    city.at("2015-06-10T09:00")
    reach(city, one, STARTED, "2015-05-28")

    now, then = city.reader(), city.reader(before)
    early = city.reader(valid_on=date(2015, 5, 27))
    late = city.reader(valid_on=date(2015, 5, 28))

    assert codes(now, stages=[STARTED]) == ["A1"]
    assert codes(then, stages=[STARTED]) == []
    assert codes(early, stages=[STARTED]) == []
    assert codes(early, stages=[MilestoneKind.LEAD], not_reached=[STARTED]) == ["A1"]
    assert codes(late, stages=[STARTED], reached=[STARTED]) == ["A1"]
    assert milestones_of(early, [one]) == []
    assert [row.kind for row in milestones_of(late, [one])] == [STARTED]


def test_a_month_counts_from_its_last_day(city: City) -> None:
    one = introduce(city, "A1")
    city.at("2015-07-10T09:00")
    reach(city, one, STARTED, "2015-05")

    assert codes(city.reader(valid_on=date(2015, 5, 30)), reached=[STARTED]) == []
    assert codes(city.reader(valid_on=date(2015, 5, 31)), reached=[STARTED]) == ["A1"]


def test_a_corrected_milestone_keeps_what_was_believed(city: City) -> None:
    one = introduce(city, "A1")
    city.at("2015-06-10T09:00")
    reach(city, one, STARTED, "2015-05-28")
    believed = city.record.head.position
    tell(city, one, lambda project, meta: project.correct(meta, corrects=2, fields=None))

    assert codes(city.reader(believed), stages=[STARTED]) == ["A1"]
    assert codes(city.reader(), stages=[STARTED]) == []
    assert project_of(city.reader(), one).version == 3


def test_forecasts_slip_and_fall_overdue_by_the_clock(city: City) -> None:
    one = introduce(city, "A1")
    introduce(city, "A2")
    forecast(city, one, STARTED, "2015-03")
    forecast(city, one, STARTED, "2015-04")

    assert codes(city.reader(clock="2015-04-30T23:59"), forecast_overdue=True) == []
    assert codes(city.reader(clock="2015-05-01T00:00"), forecast_overdue=True) == ["A1"]
    assert codes(city.reader(clock="2015-05-01T00:00"), forecast_overdue=False) == ["A2"]
    assert codes(city.reader(), slipped_at_least_days=30) == ["A1"]
    assert codes(city.reader(), slipped_at_least_days=31) == []
    assert codes(city.reader(clock="2015-04-20T08:00"), forecast_within_days=10) == ["A1"]
    assert codes(city.reader(clock="2015-04-19T08:00"), forecast_within_days=10) == []


def test_leaders_are_found_by_valid_time_and_the_lack_of_one_as_well(city: City) -> None:
    one = introduce(city, "A1")
    city.at("2015-03-20T09:00")
    tell(city, one, lambda project, meta: project.assign_leader(meta, official=Official("甲"), on=date(2015, 2, 1)))
    tell(city, one, lambda project, meta: project.assign_leader(meta, official=Official("乙"), on=date(2015, 3, 1)))

    assert codes(city.reader(), leader="乙", has_leader=True) == ["A1"]
    assert codes(city.reader(valid_on=date(2015, 2, 28)), leader="甲") == ["A1"]
    assert codes(city.reader(valid_on=date(2015, 1, 31)), has_leader=False) == ["A1"]
    [first] = leaders_of(city.reader(valid_on=date(2015, 2, 28)), [one])
    assert first.seen(date(2015, 2, 28)).until is None
    assert [row.seen(None).until for row in leaders_of(city.reader(), [one])] == [date(2015, 3, 1), None]


def test_members_of_a_list_come_and_go_by_valid_time(city: City) -> None:
    one = introduce(city, "A1")
    city.at("2015-05-20T09:00")
    tell(city, one, lambda p, meta: p.enter_list(meta, list_id="list", on=PartialDate.from_text("2015-02-01")))
    tell(city, one, lambda p, meta: p.leave_list(meta, list_id="list", on=PartialDate.from_text("2015-04-01")))
    tell(city, one, lambda p, meta: p.join_group(meta, group_id="group", on=PartialDate.from_text("2015-03")))

    march, january = city.reader(valid_on=date(2015, 3, 31)), city.reader(valid_on=date(2015, 1, 31))

    assert codes(city.reader(), supervision_list="list") == []
    assert codes(march, supervision_list="list", group="group") == ["A1"]
    assert codes(january, supervision_list="list") == []
    assert [row.seen(date(2015, 3, 31)).left for row in members_of(march, ["list"])] == [None]
    assert members_of(january, ["list"]) == []
    assert len(memberships_of(city.reader(), [one])) == 2


def test_a_duty_is_outstanding_until_its_list_counts_a_milestone(city: City) -> None:
    one, two = introduce(city, "A1"), introduce(city, "A2")
    introduce(city, "A3")
    programme = Label(zh="重大项目专项督查", en="supervision of major projects")
    on_list = open_supervision_list(city.desk, city.order(), programme=programme, duty=Duty.COMMENCEMENT, year=2015).id
    for id in (one, two):
        enter_list(city.desk, city.order(), project=id, supervision_list=on_list)
    city.at("2015-06-10T09:00")
    reach(city, one, STARTED, "2015-05-28")

    now, may = city.reader(), city.reader(valid_on=date(2015, 5, 27))

    assert codes(now, outstanding=True) == codes(now, outstanding=True, supervision_list=on_list) == ["A2"]
    assert codes(now, outstanding=False) == ["A1", "A3"]
    assert codes(now, outstanding=False, supervision_list=on_list) == ["A1"]
    assert codes(may, outstanding=True) == ["A1", "A2"]
    by_list = groups(now, [ProjectDimension.SUPERVISION_LIST])
    assert [(group.keys, group.count) for group in by_list] == [((on_list,), 2), ((None,), 1)]
    names = names_of(now, [ProjectDimension.SUPERVISION_LIST], by_list)
    assert names[ProjectDimension.SUPERVISION_LIST, on_list].zh == "重大项目专项督查（开工）"


def test_idle_land_is_found_through_parcels_by_valid_time(city: City) -> None:
    one = introduce(city, "A1")
    introduce(city, "A2")
    parcel = register_parcel(city.desk, city.order(), location="乌镇").id
    attach_parcel(city.desk, city.order(), project=one, parcel=parcel)
    city.at("2015-06-10T09:00")
    mark_parcel_underused(
        city.desk, city.order(reason="建设停滞"), parcel=parcel, on=PartialDate.from_text("2015-05-20")
    )

    assert codes(city.reader(), idle_land=True) == ["A1"]
    assert codes(city.reader(), idle_land=False) == ["A2"]
    assert codes(city.reader(valid_on=date(2015, 5, 19)), idle_land=True) == []
    assert codes(city.reader(valid_on=date(2015, 5, 20)), idle_land=True) == ["A1"]


def test_groups_count_each_project_and_never_add_currencies(city: City) -> None:
    introduce(city, "A1", unit="wuzhen", investment=Money.of("4.85", "亿元"), industries=["纺织", "互联网"])
    introduce(city, "A2", unit="wuzhen", investment=Money.of("2000", "万美元"), industries=["纺织"])
    introduce(city, "A3", unit="wuzhen")
    introduce(city, "B1", investment=Money.of("1", "亿元"))

    by_unit = groups(city.reader(), [ProjectDimension.UNIT])
    by_industry = groups(city.reader(), [ProjectDimension.INDUSTRY])
    everything = groups(city.reader(), [])

    assert [(group.keys, group.count) for group in by_unit] == [(("wuzhen",), 3), ((None,), 1)]
    [yuan, dollars] = by_unit[0].investment
    assert (yuan.currency, yuan.sum, yuan.stated, yuan.unstated) == (Currency.CNY, 485_000_000_00, 1, 1)
    assert (dollars.currency, dollars.sum, dollars.stated, dollars.unstated) == (Currency.USD, 20_000_000_00, 1, 1)
    assert {group.keys[0]: group.count for group in by_industry} == {"纺织": 2, "互联网": 1, None: 2}
    assert [(group.keys, group.count) for group in everything] == [((), 4)]


def test_a_sum_of_the_largest_amounts_is_exact(city: City) -> None:
    largest = Money.of("90000000000000000", "元")
    for code in ("A1", "A2", "A3"):
        introduce(city, code, investment=largest)

    [group] = groups(city.reader(), [])

    assert group.investment[0].sum == 3 * largest.base > 2**63


def test_text_units_and_amounts_restrict_the_list(city: City) -> None:
    introduce(city, "A1", name="Wuzhen Internet 小镇", unit="wuzhen", investment=Money.of("5", "亿元"))
    introduce(city, "A2", aliases=["合众"], investment=Money.of("6000", "万美元"))

    assert codes(city.reader(), search="INTERNET") == ["A1"]
    assert codes(city.reader(), search="合众") == ["A2"]
    assert codes(city.reader(), has_unit=False) == ["A2"]
    assert codes(city.reader(), units=["wuzhen", "tudian"]) == ["A1"]
    assert codes(city.reader(), units=[]) == []
    assert codes(city.reader(), investment_at_least=Money.of("50000", "万元")) == ["A1"]
    assert codes(city.reader(), investment_at_least=Money.of("1", "美元")) == ["A2"]


def test_pages_follow_each_other_in_every_order_with_nulls_last(city: City) -> None:
    amounts = [None, "3", "1", "2", None, "2"]
    for number, amount in enumerate(amounts):
        id = introduce(city, f"A{number}", investment=Money.of(amount, "亿元") if amount else None)
        if amount:
            forecast(city, id, STARTED, f"2015-0{int(amount) + 4}")

    for valid_on in (None, date(2015, 12, 31)):
        reader = city.reader(valid_on=valid_on)
        for field in ProjectOrderField:
            for descending in (False, True):
                order = order_by(reader, field, descending=descending)
                whole = [row.code for row in select(reader).all(order=order)]
                paged: list[str] = []
                after = None
                while True:
                    found = select(reader).page(order, Page(2, after))
                    paged += [row.code for row in found.rows]
                    if not found.has_next:
                        break
                    after = found.keys[-1]
                assert sorted(paged) == sorted(whole) == [f"A{number}" for number in range(6)]
                if field in (ProjectOrderField.INVESTMENT, ProjectOrderField.NEXT_FORECAST):
                    assert set(paged[-2:]) == {"A0", "A4"}


@pytest.mark.slow_on("postgresql")
def test_every_answer_agrees_with_the_rules_at_any_position_clock_and_valid_date(city: City) -> None:
    dice = random.Random(2015)
    ids = [introduce(city, f"A{number}", kind=dice.choice(list(ProjectKind))) for number in range(6)]
    day = date(2015, 1, 6)
    for _ in range(160):
        day += timedelta(days=dice.choice([0, 0, 1, 2, 5]))
        city.at(f"{day.isoformat()}T10:00")
        try:
            _act_at_random(city, dice, dice.choice(ids), day)
        except Refusal:
            continue
    head = city.record.head.position
    thresholds = city.desk.references.thresholds

    for _ in range(25):
        position = dice.randint(head // 4, head)
        today = day + timedelta(days=dice.randint(-60, 90))
        valid_on = dice.choice([None, today, today - timedelta(days=dice.randint(1, 120))])
        reader = city.reader(position, f"{today.isoformat()}T08:00", valid_on)
        for id in ids:
            state = _state(city, id, position)
            if state is None:
                continue
            judged = valid_on or date.max
            verdict = light(signs_of(state, judged), today, thresholds)
            [row] = projects_of(reader, [id])
            leader = state.leader(valid_on)
            expected = state.next_forecast(valid_on)
            due = expected.forecasts[-1].on.latest if expected else None

            rebuilt = state_of(row, milestones_of(reader, [id]), leaders_of(reader, [id]))
            assert light_of(reader, row, rebuilt) == verdict
            assert rebuilt.days_without_leader(valid_on or today) == state.days_without_leader(valid_on or today)
            assert _is(reader, id, stages=[state.stage(valid_on)])
            assert _is(reader, id, lights=[verdict.colour])
            assert not _is(reader, id, lights=[colour for colour in Light if colour is not verdict.colour])
            assert _is(reader, id, has_leader=leader is not None)
            assert leader is None or _is(reader, id, leader=leader.official.name)
            assert _is(reader, id, forecast_overdue=due is not None and due < today)
            for kind in (STARTED, SIGNED):
                assert _is(reader, id, reached=[kind]) == state.milestone(kind).reached_by(valid_on)
        in_stages = {group.keys[0]: group.count for group in groups(reader, [ProjectDimension.STAGE])}
        assert sum(in_stages.values()) == select(reader).count()


def _is(reader: Reader, id: str, **asked: Any) -> bool:
    return select(reader, ProjectFilter(**asked)).where("t.entity_id = ?", id).count() == 1


def _state(city: City, id: str, position: int) -> Project | None:
    events = [recorded.event for recorded in city.record.stream_events(id) if recorded.position <= position]
    return Project.fold(id, events) if events else None


def _act_at_random(city: City, dice: random.Random, id: str, day: date) -> None:
    kind = dice.choice([SIGNED, STARTED, COMPLETED, MilestoneKind.IN_PRODUCTION, MilestoneKind.APPROVED])
    some_day = day + timedelta(days=dice.randint(-40, 0))
    match dice.randrange(8):
        case 0 | 1:
            reach(city, id, kind, dice.choice([some_day.isoformat(), some_day.isoformat()[:7]]))
        case 2 | 3:
            forecast(city, id, kind, (day + timedelta(days=dice.randint(0, 80))).isoformat())
        case 4:
            official = Official(dice.choice("甲乙丙"))
            tell(city, id, lambda project, meta: project.assign_leader(meta, official=official, on=some_day))
        case 5:
            tell(city, id, lambda project, meta: project.release_leader(meta, on=some_day))
        case 6:
            going = city.desk.load(Project, id).condition is ProjectCondition.ACTIVE
            tell(city, id, lambda project, meta: (project.suspend if going else project.resume)(meta))
        case _:
            version = dice.randint(1, city.desk.load(Project, id).version)
            tell(city, id, lambda project, meta: project.correct(meta, corrects=version, fields=None))
