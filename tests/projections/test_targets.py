"""What the rows of targets answer, at several positions and valid dates: exactly what the rules say of the state."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, SUPERVISOR, City, like
from txapi.application import targets as commands
from txapi.application.references import adopt_edition
from txapi.application.units import register_unit
from txapi.datasets.references import bundled_references
from txapi.domain.editions import EditionKind
from txapi.domain.event import Basis
from txapi.domain.labels import Label
from txapi.domain.light import Light
from txapi.domain.money import Money
from txapi.domain.pace import Figure, Goal, light
from txapi.domain.quantity import Quantity
from txapi.domain.target import Target
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.moment import Reader
from txapi.projections.select import Order, Page
from txapi.projections.targets import (
    BY_UNIT,
    TargetFilter,
    TargetOrderField,
    count_by_light,
    figures_of,
    latest_figures_of,
    light_of,
    order_by,
    past_half_of,
    same_time_last_year,
    select,
    target_of,
    targets_of,
    targets_of_units,
)

UNITS = ("wuzhen", "tudian", "zhouquan")
JUNE, JULY = date(2015, 6, 30), date(2015, 7, 31)


def without_thresholds(folder: Path) -> City:
    """A city with units and indicators, and no thresholds."""
    city = City(folder, "2015-01-05T09:00")
    adopt(city, EditionKind.INDICATORS)
    for code in UNITS:
        name = Label(zh=code, en=code)
        register_unit(city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    return city


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, without_thresholds)
    yield city
    city.close()


@pytest.fixture
def city(bare: City) -> City:
    adopt(bare, EditionKind.THRESHOLDS)
    return bare.at("2015-12-31T09:00")


def adopt(city: City, kind: EditionKind) -> None:
    for edition in bundled_references(lambda year: False):
        if edition.kind is kind:
            adopt_edition(city.desk, city.order(ADMINISTRATOR), **edition._asdict())


def yuan(amount: str | int) -> Figure:
    return Figure(money=Money.of(str(amount), "元"))


def set_target(city: City, unit: str = "wuzhen", indicator: str = "INDUSTRIAL_INVESTMENT", year: int = 2015) -> str:
    return commands.set_target(city.desk, city.order(SUPERVISOR), indicator=indicator, unit=unit, year=year).id


def state(city: City, target: str, goal: Goal) -> None:
    commands.state_goal(city.desk, city.order(SUPERVISOR), target=target, goal=goal)


def report(city: City, target: str, through: date, value: Figure) -> int:
    order = city.order(SUPERVISOR, reason="as the test says")
    return commands.report_actual(city.desk, order, target=target, through=through, value=value).last


def correct(city: City, target: str, corrects: int, fields: dict[str, Any] | None) -> None:
    order = city.order(SUPERVISOR, reason="as the test says")
    commands.correct_target(city.desk, order, target=target, corrects=corrects, fields=fields)


def is_lit(reader: Reader, target: str, *lights: Light) -> bool:
    """Whether the filter finds it with one of these lights, and with no other."""
    there = select(reader, TargetFilter(light=list(lights))).where("t.entity_id = ?", target).count() == 1
    others = [one for one in Light if one not in lights]
    elsewhere = select(reader, TargetFilter(light=others)).where("t.entity_id = ?", target).count() == 1
    assert there is not elsewhere
    return there


def judged(city: City, reader: Reader, target: str) -> Light:
    """The light by the rules alone: the state at the position, the figure at the valid day."""
    events = [one.event for one in city.record.stream_events(target) if one.position <= reader.moment.position]
    state = Target.fold(target, events)
    figure = state.figure_at(reader.moment.valid_on)
    value, through = (figure.value, figure.through) if figure else (None, None)
    return light(value, state.goal, through, city.desk.references.thresholds).colour


def test_the_light_in_sql_is_the_light_of_the_rules_on_a_grid(city: City) -> None:
    dice = random.Random(2015)
    throughs = [
        date(2015, 1, 15),
        date(2015, 1, 31),
        date(2015, 3, 31),
        date(2015, 6, 29),
        JUNE,
        JULY,
        date(2015, 11, 30),
    ]
    ids: list[str] = []
    for number in range(36):
        year_of_unit = (UNITS[number % 3], ("INDUSTRIAL_INVESTMENT", "FIXED_ASSET_INVESTMENT")[number % 2])
        target = set_target(city, *year_of_unit, year=2015 - number // 6 if number >= 6 else 2015)
        ids.append(target)
        if target == ids[0]:
            continue
        whole = dice.choice([12, 1200, 7_000, 90_000_000_000_000_000])
        basis = dice.choice([Basis.STATED, Basis.STATED, Basis.STATED, Basis.ILLUSTRATED, Basis.INFERRED])
        interval = dice.randrange(6) == 0
        state(city, target, Goal(low=yuan(whole - 5), high=yuan(whole)) if interval else Goal(yuan(whole), basis=basis))
        year = city.desk.load(Target, target).year
        for through in dice.sample(throughs, dice.randint(0, 4)):
            months = through.month if through.day >= 29 or through == date(2015, 1, 31) else through.month - 1
            points = dice.choice([-3, 0, 4, 5, 6, 9, 10, 11, 15, 20])
            # The very amount at which the light turns, and a cent to either side of it.
            cents = max(0, whole * (100 * months - 12 * points) // 12 + dice.choice([-1, 0, 1]))
            report(city, target, through.replace(year=year), yuan(f"{cents // 100}.{cents % 100:02d}"))
    head = city.record.head.position

    seen: set[Light] = set()
    for position in (head, head - 20, head // 2):
        for valid_on in (None, date(2015, 3, 31), date(2015, 6, 29), JUNE, JULY):
            reader = city.reader(position, valid_on=valid_on)
            found = [row.entity_id for row in targets_of(reader, ids)]
            for id in found:
                colour = judged(city, reader, id)
                seen.add(colour)
                assert is_lit(reader, id, colour), (id, position, valid_on, colour)
            counted = count_by_light(reader)
            assert sum(counted.values()) == len(found)
            assert counted == {one: sum(judged(city, reader, id) is one for id in found) for one in counted}

    assert seen == set(Light)


@pytest.mark.parametrize("whole", [1_200, 12_345, 90_000_000_000_000_000])
@pytest.mark.parametrize("points", ["yellow", "red"])
def test_behind_by_exactly_the_points_is_not_behind_by_more_whatever_the_amount(
    city: City, whole: int, points: str
) -> None:
    thresholds = city.desk.references.thresholds
    limit = getattr(thresholds, f"pace_behind_points_{points}").value
    at_limit = -(-100 * whole * (700 - 12 * limit) // 1200)
    lights: list[Light] = []
    for unit, cents in zip(UNITS, (at_limit - 1, at_limit, at_limit + 1), strict=True):
        target = set_target(city, unit)
        state(city, target, Goal(yuan(whole)))
        report(city, target, JULY, yuan(f"{cents // 100}.{cents % 100:02d}"))
        lights.append(judged(city, city.reader(), target))

        assert is_lit(city.reader(), target, lights[-1])

    assert lights[0] is (Light.RED if points == "red" else Light.YELLOW)
    assert lights[1] is lights[2] is not lights[0]


@pytest.mark.parametrize("amount", ["49.99", "50.00"])
def test_half_the_task_is_asked_for_from_the_thirtieth_of_june(city: City, amount: str) -> None:
    target = set_target(city)
    state(city, target, Goal(yuan(100)))
    report(city, target, date(2015, 6, 29), yuan("49.98"))
    report(city, target, JUNE, yuan(amount))

    before, then = city.reader(valid_on=date(2015, 6, 29)), city.reader(valid_on=JUNE)

    assert is_lit(before, target, Light.GREEN)
    assert is_lit(then, target, Light.GREEN if amount == "50.00" else Light.YELLOW)
    assert past_half_of(before, target_of(before, target), figures_of(before, [target])[-1]) is None
    assert past_half_of(then, target_of(then, target), figures_of(then, [target])[-1]) is (amount == "50.00")


def test_the_figure_that_counts_is_the_last_one_through_the_valid_day(city: City) -> None:
    target = set_target(city)
    state(city, target, Goal(yuan(1200)))
    report(city, target, JULY, yuan(900))
    report(city, target, JUNE, yuan(100))

    assert [row.through for row in figures_of(city.reader(), [target])] == [JUNE, JULY]
    assert [row.through for row in figures_of(city.reader(valid_on=date(2015, 7, 30)), [target])] == [JUNE]
    assert figures_of(city.reader(valid_on=date(2015, 6, 29)), [target]) == []
    for reader in (city.reader(), *(city.reader(valid_on=date(2015, *day)) for day in ((7, 30), (6, 30), (6, 29)))):
        assert latest_figures_of(reader, [target]) == figures_of(reader, [target])[-1:]
    assert latest_figures_of(city.reader(), []) == []
    assert is_lit(city.reader(), target, Light.GREEN)
    assert is_lit(city.reader(valid_on=date(2015, 7, 30)), target, Light.RED)
    assert is_lit(city.reader(valid_on=date(2015, 6, 29)), target, Light.GREY)


def test_a_correction_changes_the_present_and_leaves_the_past_believing(city: City) -> None:
    target = set_target(city)
    state(city, target, Goal(yuan(1200)))
    believed = report(city, target, JULY, yuan(900))
    version = city.desk.load(Target, target).version
    correct(city, target, version, {"value": {"money": {"amount": "90", "unit": "元"}}})
    corrected = city.record.head.position
    correct(city, target, version, None)

    then, later, now = city.reader(believed), city.reader(corrected), city.reader()

    assert is_lit(then, target, Light.GREEN)
    assert is_lit(later, target, Light.RED)
    assert is_lit(now, target, Light.GREY)
    [row] = figures_of(later, [target])
    assert (row.fact_version, row.corrected_by, row.figure) == (version, version + 1, yuan(90))
    assert (
        row.known()
        == Target.fold(
            target, [one.event for one in city.record.stream_events(target) if one.position <= corrected]
        ).figure_at()
    )
    assert figures_of(now, [target]) == []


def test_without_thresholds_every_target_is_grey(bare: City) -> None:
    target = set_target(bare)
    state(bare, target, Goal(yuan(1200)))
    bare.at("2015-08-01T09:00")
    report(bare, target, JULY, yuan(1))
    reader = bare.reader()

    assert is_lit(reader, target, Light.GREY)
    verdict = light_of(reader, target_of(reader, target), figures_of(reader, [target])[-1])
    assert (verdict.colour, verdict.because.en) == (Light.GREY, "no thresholds were adopted")


def test_targets_are_found_by_indicator_unit_year_and_whether_they_are_closed(city: City) -> None:
    first = set_target(city, "wuzhen", "INDUSTRIAL_INVESTMENT")
    second = set_target(city, "wuzhen", "COMMENCEMENTS")
    third = set_target(city, "tudian", "COMMENCEMENTS", 2014)
    commands.close_target(city.desk, city.order(SUPERVISOR, reason="撤销"), target=third)

    def found(**asked: Any) -> set[str]:
        return {row.entity_id for row in select(city.reader(), TargetFilter(**asked)).all()}

    assert found() == {first, second, third}
    assert found(indicator=["COMMENCEMENTS"]) == {second, third}
    assert found(unit=["wuzhen"]) == {first, second}
    assert found(unit=["wuzhen"], year=[2014]) == set()
    assert found(unit=[]) == set()
    assert found(closed=True) == {third}
    assert found(closed=False) == {first, second}
    assert [row.entity_id for row in targets_of_units(city.reader(), ["wuzhen"], 2015)] == [second, first]


def test_pages_follow_each_other_in_every_order_with_the_unknown_last(city: City) -> None:
    amounts = {"wuzhen": "500", "tudian": None, "zhouquan": "499.99"}
    ids = {}
    for unit, amount in amounts.items():
        for year in (2014, 2015):
            target = ids[unit, year] = set_target(city, unit, year=year)
            state(city, target, Goal(yuan(1200)))
            if amount:
                report(city, target, date(year, 7, 31), yuan(amount))
    before = city.record.head.position
    set_target(city, "wuzhen", "COMMENCEMENTS")

    for position in (before, None):
        reader = city.reader(position)
        for order in (*(order_by(by, descending=down) for by in TargetOrderField for down in (False, True)), BY_UNIT):
            whole = [row.entity_id for row in select(reader).all(order=[*order, Order("t.entity_id")])]
            paged: list[str] = []
            after = None
            while True:
                page = select(reader).page(order, Page(2, after))
                paged += [row.entity_id for row in page.rows]
                if not page.has_next:
                    break
                after = page.keys[-1]
            assert paged == whole
            assert len(paged) == (6 if position else 7)
    by_attainment = order_by(TargetOrderField.ATTAINMENT, descending=True)
    best = [row.unit_code for row in select(city.reader()).page(by_attainment, Page(4)).rows]
    assert best == ["wuzhen", "wuzhen", "zhouquan", "zhouquan"]


def test_the_order_by_attainment_is_exact_for_the_largest_amounts(city: City) -> None:
    goal = 90_000_000_000_000_000
    for unit, share in zip(UNITS, (300_001, 300_000, 299_999), strict=True):
        target = set_target(city, unit)
        state(city, target, Goal(yuan(goal)))
        report(city, target, JULY, yuan(goal // 1_000_000 * share))

    page = select(city.reader()).page(order_by(TargetOrderField.ATTAINMENT), Page(2))

    assert [row.unit_code for row in page.rows] == ["zhouquan", "tudian"]
    assert all(isinstance(key[0], int) for key in page.keys)


def test_last_year_is_the_same_day_of_the_target_of_the_same_indicator_and_unit(city: City) -> None:
    for unit, year in (("wuzhen", 2014), ("tudian", 2014), ("wuzhen", 2013)):
        target = set_target(city, unit, "COMMENCEMENTS", year)
        report(city, target, date(year, 6, 30), Figure(quantity=Quantity.of("3", "project")))
        report(city, target, date(year, 7, 31), Figure(quantity=Quantity.of("5", "project")))
    before = city.record.head.position
    leap = set_target(city, "zhouquan", "COMMENCEMENTS", 2011)
    report(city, leap, date(2011, 2, 28), Figure(quantity=Quantity.of("2", "project")))
    asked = [("COMMENCEMENTS", "wuzhen", 2015, JULY), ("COMMENCEMENTS", "zhouquan", 2015, JULY)]
    leap_day = ("COMMENCEMENTS", "zhouquan", 2012, date(2012, 2, 29))

    assert same_time_last_year(city.reader(), asked) == {asked[0]: Figure(quantity=Quantity.of("5", "project"))}
    assert same_time_last_year(city.reader(), [leap_day]) == {leap_day: Figure(quantity=Quantity.of("2", "project"))}
    assert same_time_last_year(city.reader(before), [leap_day]) == {}
    assert same_time_last_year(city.reader(), []) == {}
