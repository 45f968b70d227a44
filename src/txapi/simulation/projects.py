"""The life of a project: milestones that slip, leaders that change, lists, land, money, corrections, and tickets when stuck."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind, ProjectKind
from txapi.domain.money import Bound, Money, MoneyUnit
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.simulation.places import TRADES, City, company_for, name_of_a_person, parcel_for
from txapi.simulation.tickets import ticket_life
from txapi.simulation.world import LEADER, SUPERVISOR, Life, World, office_time

KINDS = (
    (ProjectKind.NEW_BUILD,) * 6 + (ProjectKind.TECH_UPGRADE,) * 2 + (ProjectKind.CAPITAL_INCREASE, ProjectKind.TENANCY)
)
FORESEEN = (MilestoneKind.STARTED, MilestoneKind.COMPLETED, MilestoneKind.IN_PRODUCTION)
LAND = {MilestoneKind.LAND_LISTED, MilestoneKind.LAND_AWARDED}


def project_life(world: World, city: City, number: int) -> Life:
    """A project from its introduction to production, suspension or termination."""
    chance = world.chance("project", number)
    body = chance.choice(city.bodies)
    project = Project(world.new_id())
    kind = chance.choice(KINDS)
    _introduce(world, project, body, kind, number, chance)
    yield from _staffed(world, city, project, body, chance)
    template = world.references.template_of(kind)
    yield from _foreseen(world, project, body, chance, world.today)
    tickets = 0
    for milestone in template.milestones:
        if milestone is MilestoneKind.GRID_CONNECTED or (milestone in LAND and chance.random() < 0.4):
            continue
        yield office_time(world.now + timedelta(days=chance.expovariate(1 / 32) + 1), chance)
        yield from _on_lists(world, city, project, milestone, chance)
        if milestone in FORESEEN and chance.random() < 0.45:
            yield from _slipped(world, project, body, milestone, chance)
        for _ in range(chance.choice((0, 0, 0, 1, 1))):
            tickets += 1
            world.begin(ticket_life(world, city, project.id, body, tickets))
        fate = chance.random()
        if fate < 0.012:
            world.act(project, "suspend", LEADER, "资金未到位")
            yield office_time(world.now + timedelta(days=chance.uniform(20, 120)), chance)
            if chance.random() < 0.3:
                world.act(project, "terminate", LEADER, "投资方退出")
                return
            world.act(project, "resume", LEADER, "资金已落实")
        yield from _reached(world, project, body, milestone, chance)
        if milestone is MilestoneKind.STARTED and city.groups.get(body) and chance.random() < 0.5:
            world.act(project, "join_group", world.clerk(body), group_id=city.groups[body][-1])


def _introduce(
    world: World, project: Project, body: str, kind: ProjectKind, number: int, chance: random.Random
) -> None:
    trade = chance.choice(TRADES)
    owner = company_for(world, body, chance)
    foreign = chance.random() < 0.2
    amount = Decimal(chance.randrange(3_000, 400_000)).scaleb(-4)
    unit = MoneyUnit.WAN_USD if foreign else MoneyUnit.YI_YUAN
    money = Money(amount * 10_000 if foreign else amount, unit, chance.choice((Bound.EXACT,) * 4 + (Bound.MORE_THAN,)))
    world.act(
        project,
        "introduce",
        world.clerk(body),
        code=f"S{world.seed}-{number + 1:06d}",
        name=f"{trade}项目{number + 1}",
        kind=kind,
        unit=body,
        owner=owner,
        industries=[trade],
        investment=money if chance.random() < 0.9 else None,
    )


def _staffed(world: World, city: City, project: Project, body: str, chance: random.Random) -> Iterator[datetime]:
    if chance.random() < 0.85:
        yield office_time(world.now + timedelta(days=chance.uniform(0.1, 20)), chance)
        leader = Official(chance.choice(city.leaders), "市领导")
        world.act(project, "assign_leader", SUPERVISOR, official=leader, on=world.today)
    if chance.random() < 0.5:
        agent = Official(name_of_a_person(chance), "代办员", body)
        scope = (MilestoneKind.APPROVED, MilestoneKind.LAND_SUPPLIED)
        world.act(project, "assign_agent", world.clerk(body), official=agent, unit=body, scope=scope, since=world.today)
    if chance.random() < 0.35:
        parcel = parcel_for(world, body, chance)
        world.act(project, "attach_parcel", world.clerk(body), parcel_id=parcel.id)
        if chance.random() < 0.1:
            world.act(parcel, "mark_underused", world.clerk(body), on=PartialDate.day(world.today))


def _foreseen(world: World, project: Project, body: str, chance: random.Random, today: date) -> Iterator[datetime]:
    ahead = 0
    for milestone in FORESEEN:
        ahead += chance.randrange(90, 330)
        when = today + timedelta(days=ahead)
        on = PartialDate.month(when.year, when.month) if chance.random() < 0.6 else PartialDate.day(when)
        world.act(project, "forecast_milestone", world.clerk(body), kind=milestone, on=on, references=world.references)
        yield world.now + timedelta(minutes=chance.randrange(1, 20))


def _on_lists(
    world: World, city: City, project: Project, milestone: MilestoneKind, chance: random.Random
) -> Iterator[datetime]:
    duty = {MilestoneKind.STARTED: Duty.COMMENCEMENT, MilestoneKind.COMPLETED: Duty.COMPLETION}.get(milestone)
    found = city.lists.get((world.today.year, duty)) if duty is not None else None
    if found is None or chance.random() < 0.4:
        return
    due = date(world.today.year, 12, 31)
    if world.act(project, "enter_list", SUPERVISOR, list_id=found, due=due) and chance.random() < 0.05:
        yield office_time(world.now + timedelta(days=chance.uniform(2, 30)), chance)
        world.act(project, "leave_list", SUPERVISOR, "年度计划调整", list_id=found)


def _slipped(
    world: World, project: Project, body: str, milestone: MilestoneKind, chance: random.Random
) -> Iterator[datetime]:
    for _ in range(chance.choice((1, 1, 2, 3))):
        when = world.today + timedelta(days=chance.randrange(15, 150))
        on = PartialDate.month(when.year, when.month)
        world.act(project, "forecast_milestone", world.clerk(body), kind=milestone, on=on, references=world.references)
        yield office_time(world.now + timedelta(days=chance.uniform(5, 70)), chance)


def _reached(
    world: World, project: Project, body: str, milestone: MilestoneKind, chance: random.Random
) -> Iterator[datetime]:
    late = chance.randrange(0, 40) if chance.random() < 0.15 else chance.randrange(0, 3)
    on = PartialDate.day(world.today - timedelta(days=late))
    clerk = world.clerk(body)
    given = {"kind": milestone, "on": on, "references": world.references}
    reached = world.act(project, "reach_milestone", clerk, "并联审批，先行办理", **given)
    if reached and chance.random() < 0.04:
        stated = project.version
        yield office_time(world.now + timedelta(days=chance.uniform(1, 60)), chance)
        earlier = PartialDate.day(on.latest - timedelta(days=chance.randrange(1, 9))) if on.latest else on
        fields = None if chance.random() < 0.2 else {"on": msgspec.to_builtins(earlier)}
        world.act(project, "correct", clerk, "核对后更正日期", corrects=stated, fields=fields)
    if chance.random() < 0.02 and project.leader() is not None:
        leader = Official(name_of_a_person(chance), "市领导")
        world.act(project, "assign_leader", SUPERVISOR, "分工调整", official=leader, on=world.today)
