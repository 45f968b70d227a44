"""The places of a simulated city: its units, companies, parcels, lists and groups, and the references it adopts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from txapi.datasets.references import bundled_references
from txapi.domain.company import Company
from txapi.domain.dates import SHANGHAI, PartialDate
from txapi.domain.editions import Duty as ListDuty
from txapi.domain.editions import EditionKind
from txapi.domain.group import Group, GroupKind
from txapi.domain.labels import Label
from txapi.domain.parcel import Parcel
from txapi.domain.reference import Reference, reference_id
from txapi.domain.register import unit_id
from txapi.domain.supervision import SupervisionList
from txapi.domain.unit import Duty, Unit, UnitKind
from txapi.simulation.world import LOADER, SUPERVISOR, Life, World

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
GIVEN = "建国明华伟军平文辉丽敏静强磊洋艳勇杰娟涛超霞秀兰"
TRADES = (
    "新材料",
    "新能源",
    "电子信息",
    "装备制造",
    "生物医药",
    "纺织服装",
    "现代物流",
    "环保科技",
    "汽车部件",
    "互联网",
)
BODIES = ((UnitKind.TOWN, "镇"), (UnitKind.SUBDISTRICT, "街道"), (UnitKind.PLATFORM, "开发区"))
PLACES = "东西南北中上下大小新古石金银玉清明永安平和福康宁远长高崇洪"


class City:
    """What the lives of a simulation refer to, by code and id."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.departments: list[str] = []
        self.lists: dict[tuple[int, ListDuty], str] = {}
        self.groups: dict[str, list[str]] = {}
        self.leaders: list[str] = []


def name_of_a_person(chance: random.Random) -> str:
    """A made-up name."""
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))


def found_city(world: World, units: int) -> City:
    """Adopt the references and register the units: about two thirds implementing bodies, one third departments."""
    city = City()
    adopt_references(world, world.today.year)
    chance = world.chance("units")
    bodies = max(1, units * 2 // 3)
    for number in range(units):
        body = number < bodies
        code = f"body-{number + 1:03d}" if body else f"dept-{number + 1 - bodies:03d}"
        kind, suffix = chance.choice(BODIES) if body else (UnitKind.DEPARTMENT, "局")
        zh = chance.choice(PLACES) + chance.choice(PLACES) + suffix
        unit = Unit(unit_id(code))
        world.act(
            unit,
            "register",
            LOADER,
            code=code,
            name=Label(zh=f"{zh}{number + 1}", en=f"{kind.value.replace('_', ' ')} {number + 1}"),
            kind=kind,
            duty=Duty.IMPLEMENTING_BODY if body else Duty.HANDLING_DEPARTMENT,
            order=number + 1,
        )
        (city.bodies if body else city.departments).append(code)
    if not city.departments:
        city.departments.append(city.bodies[-1])
    city.leaders = [name_of_a_person(chance) for _ in range(12)]
    return city


def adopt_references(world: World, year: int) -> None:
    """Adopt what comes with the product; of the calendars those up to a year."""
    for given in bundled_references(lambda known: known <= year):
        if world.references.edition(given.kind, given.edition) is None:
            _adopt(world, given.kind, given.edition, given.content)


def _adopt(world: World, kind: EditionKind, edition: str, content: object) -> None:
    reference = Reference(reference_id(kind, edition))
    if world.act(reference, "adopt", LOADER, kind=kind, edition=edition, content=content):
        world.flush()


def calendar_life(world: World) -> Life:
    """Every November the State Council's notice for the next year is adopted, and provisional deadlines are fixed.

    Every third year the notice comes late in December, so that some deadlines are provisional for a while.
    """
    year = world.today.year
    while True:
        late = year % 3 == 0
        yield datetime(year, 12 if late else 11, 29 if late else 24, 10, tzinfo=SHANGHAI).astimezone(UTC)
        adopt_references(world, year + 1)
        for ticket in list(world.provisional.values()):
            if ticket.has_provisional_deadline():
                world.act(ticket, "fix_deadline", LOADER, references=world.references)
        world.provisional.clear()
        year += 1


def lists_life(world: World, city: City) -> Life:
    """Every January two supervision lists are opened, for starts and for completions."""
    while True:
        year = world.today.year
        for duty, zh in ((ListDuty.COMMENCEMENT, "开工"), (ListDuty.COMPLETION, "竣工")):
            found = SupervisionList(world.new_id())
            if world.act(
                found,
                "open",
                SUPERVISOR,
                programme=Label(zh=f"{year}年重大项目{zh}专项督查", en=f"{duty.value} of major projects {year}"),
                duty=duty,
                references=world.references,
                year=year,
                period=PartialDate.year(year),
            ):
                city.lists[year, duty] = found.id
        yield datetime(year + 1, 1, 5, 9, tzinfo=SHANGHAI).astimezone(UTC)


def groups_life(world: World, city: City) -> Life:
    """Every quarter each third body announces a joint start."""
    turn = 0
    while True:
        for body in city.bodies[turn % 3 :: 3]:
            group = Group(world.new_id())
            name = f"{world.today.year}年{(world.today.month - 1) // 3 + 1}季度集中开工（{body}）"
            if world.act(
                group, "register", world.clerk(body), kind=GroupKind.JOINT_START, name=name, unit=body, open_list=True
            ):
                city.groups.setdefault(body, []).append(group.id)
        turn += 1
        month = world.today.month + 3
        year = world.today.year + (month > 12)
        yield datetime(year, month - 12 if month > 12 else month, 10, 9, 30, tzinfo=SHANGHAI).astimezone(UTC)


def company_for(world: World, body: str, chance: random.Random) -> str:
    """Register a company in a body's care; its id."""
    company = Company(world.new_id())
    name = (
        f"{chance.choice(PLACES)}{chance.choice(PLACES)}{chance.choice(TRADES)}有限公司{chance.randrange(1000, 9999)}"
    )
    world.act(
        company, "register", world.clerk(body), name=name, unit=body, country=chance.choice(("CN", "CN", "HK", "US"))
    )
    return company.id


def parcel_for(world: World, body: str, chance: random.Random) -> Parcel:
    """Register a parcel of a body, listed for sale."""
    parcel = Parcel(world.new_id())
    area = Decimal(chance.randrange(500_000, 20_000_000)).scaleb(-2)
    location = f"{chance.choice(PLACES)}{chance.choice(PLACES)}路{chance.randrange(1, 999)}号地块"
    world.act(parcel, "register", world.clerk(body), location=location, unit=body, area_m2=area)
    return parcel


def pick(chance: random.Random, among: Sequence[str], but: str | None = None) -> str:
    """One of several, another than `but` where there is one."""
    others = [one for one in among if one != but] or list(among)
    return chance.choice(others)
