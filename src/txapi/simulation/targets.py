"""The life of a target: a goal in January, a figure every month, now and then a correction or a revision."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from txapi.domain.dates import SHANGHAI
from txapi.domain.money import Money, MoneyUnit
from txapi.domain.pace import Figure, Goal
from txapi.domain.target import Target
from txapi.simulation.world import SUPERVISOR, Life, World

INDICATORS = (
    ("FDI_CONTRACTED", MoneyUnit.WAN_USD),
    ("FDI_ACTUAL", MoneyUnit.WAN_USD),
    ("DOMESTIC_CAPITAL", MoneyUnit.YI_YUAN),
    ("ZHESHANG_RETURN", MoneyUnit.YI_YUAN),
)


def target_life(world: World, body: str, indicator: str, unit: MoneyUnit, year: int) -> Life:
    """One target of a body by an indicator in a year."""
    chance = world.chance("target", body, indicator, year)
    target = Target(world.new_id())
    clerk = world.clerk(body)
    goal = Decimal(chance.randrange(200, 3_000)) / (1 if unit is MoneyUnit.WAN_USD else 100)
    world.act(target, "set", SUPERVISOR, indicator=indicator, unit=body, year=year, references=world.references)
    world.act(target, "state_goal", SUPERVISOR, goal=_goal(goal, unit), references=world.references)
    done, pace = Decimal(0), chance.uniform(0.75, 1.2)
    for month in range(1, 13):
        last = date(year, month, calendar.monthrange(year, month)[1])
        reported = datetime(last.year, last.month, last.day, 9, tzinfo=SHANGHAI) + timedelta(
            days=chance.randrange(1, 9), minutes=chance.randrange(600)
        )
        yield reported.astimezone(UTC)
        done += (goal / 12 * Decimal(str(round(pace * chance.uniform(0.5, 1.5), 4)))).quantize(Decimal("0.01"))
        figure = Figure(money=Money(done, unit))
        world.act(target, "report_actual", clerk, through=last, value=figure, references=world.references)
        if chance.random() < 0.03:
            stated = target.version
            yield world.now + timedelta(days=chance.randrange(1, 20))
            done = (done * Decimal("0.98")).quantize(Decimal("0.01"))
            fields = {"value": {"money": {"amount": f"{done}", "unit": unit.value}}}
            world.act(target, "correct", clerk, "审计核减", corrects=stated, fields=fields)
        if month == 7 and chance.random() < 0.05:
            goal = (goal * Decimal("0.9")).quantize(Decimal("0.01"))
            world.act(
                target, "revise_goal", SUPERVISOR, "年中调整", goal=_goal(goal, unit), references=world.references
            )


def targets_life(world: World, bodies: list[str]) -> Life:
    """Every January the targets of every body begin."""
    while True:
        year = world.today.year
        for body in bodies:
            for indicator, unit in INDICATORS:
                world.begin(target_life(world, body, indicator, unit, year))
        yield datetime(year + 1, 1, 6, 9, tzinfo=SHANGHAI).astimezone(UTC)


def _goal(amount: Decimal, unit: MoneyUnit) -> Goal:
    return Goal(value=Figure(money=Money(amount, unit)))
