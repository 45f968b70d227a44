"""Questions about projects 重大项目: which ones, in what order, how many by what, worth how much in each currency."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.labels import Label, label_of
from txapi.domain.light import Light
from txapi.domain.money import Currency, CurrencySum, Money
from txapi.domain.parcel import LandUse
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.description import CapitalSource
from txapi.domain.reference import Reference
from txapi.projections import groups as group_rows
from txapi.projections import parcels, supervision
from txapi.projections.judgements import TalliedProjects, where_tallied
from txapi.projections.moment import Reader
from txapi.projections.project_facts import Facts
from txapi.projections.project_rows import PROJECTS, MembershipKind, ProjectRow
from txapi.projections.references import thresholds_at
from txapi.projections.select import Order, Select, many_of, marks
from txapi.projections.sums import Sums
from txapi.projections.table import answer
from txapi.projections.units import UNITS


@dataclass(kw_only=True)
class ProjectFilter:
    """Which projects are asked for; every part that is given must hold, an empty list finds nothing."""

    stages: list[MilestoneKind] | None = answer("阶段", "In one of these stages.", default=None)
    kinds: list[ProjectKind] | None = answer("项目类型", "Of one of these kinds.", default=None)
    conditions: list[ProjectCondition] | None = answer("项目状态", "In one of these conditions.", default=None)
    capital: list[CapitalSource] | None = answer("资金来源", "With one of these sources of capital.", default=None)
    units: list[str] | None = answer("实施主体", "Of one of these units, by code.", default=None)
    has_unit: bool | None = answer("有无实施主体", "Whether a unit is stated.", default=None)
    leader: str | None = answer("领衔领导", "Led by the official of this name.", default=None)
    has_leader: bool | None = answer("有无领衔领导", "Whether anybody leads it.", default=None)
    owner: str | None = answer("建设单位", "Built by this company, by entityId or id.", default=None)
    industries: list[str] | None = answer("行业", "In one of these industries.", default=None)
    lights: list[Light] | None = answer("灯色", "With one of these lights.", default=None)
    tallied: TalliedProjects | None = answer(
        "记分牌口径", "Of which a number of the scoreboard of towns and platforms speaks.", default=None
    )
    supervision_list: str | None = answer(
        "督查清单", "On this supervision list, entered and not removed.", default=None
    )
    outstanding: bool | None = answer(
        "未完成督查",
        "Whether a duty of a supervision list is still open (of `supervisionList`, where given).",
        default=None,
    )
    group: str | None = answer("项目组", "In this group: a joint start, a park, a pipeline, a batch.", default=None)
    idle_land: bool | None = answer("低效闲置用地", "Whether a parcel of it is underused or idle.", default=None)
    reached: list[MilestoneKind] | None = answer("已达节点", "Has reached all of these milestones.", default=None)
    not_reached: list[MilestoneKind] | None = answer("未达节点", "Has reached none of these milestones.", default=None)
    slipped_at_least_days: int | None = answer(
        "推迟日数",
        "A milestone not reached was put off by at least so many days since it was first forecast.",
        default=None,
    )
    forecast_overdue: bool | None = answer(
        "预计已逾期", "Whether its next forecast has passed at the clock.", default=None
    )
    forecast_within_days: int | None = answer(
        "预计若干日内", "Its next forecast ends within so many days from the clock's day.", default=None
    )
    investment_at_least: Money | None = answer(
        "投资额下限", "Total investment of at least this amount, in its currency; others are left out.", default=None
    )
    search: str | None = answer(
        "检索", "Contains this text in code, name, alias, place, content or industry.", default=None
    )


class ProjectOrderField(enum.Enum):
    """By what projects are sorted."""

    CODE = "code"
    NAME = "name"
    STAGE = "stage"
    INVESTMENT = "investment"
    NEXT_FORECAST = "next_forecast"
    CHANGED = "changed"


class ProjectDimension(enum.Enum):
    """By what projects are grouped. A project in several groups, lists or industries counts in each of them."""

    STAGE = "stage"
    UNIT = "unit"
    KIND = "kind"
    CONDITION = "condition"
    CAPITAL = "capital"
    LEADER = "leader"
    LIGHT = "light"
    INDUSTRY = "industry"
    SUPERVISION_LIST = "supervision_list"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class ProjectGroup:
    """One group: its keys in the order of the dimensions asked for, how many projects, and their investment."""

    keys: tuple[str | None, ...]
    count: int
    investment: tuple[CurrencySum, ...]


# -- lists ---------------------------------------------------------------------------------------------------------------


def order_by(reader: Reader, field: ProjectOrderField, *, descending: bool = False) -> list[Order]:
    """The terms of one sort. Amounts are compared within one currency only."""
    facts = Facts(reader)
    if field is ProjectOrderField.INVESTMENT:
        return [Order("t.currency"), Order("t.investment_base", descending)]
    expression = {
        ProjectOrderField.CODE: "t.code",
        ProjectOrderField.NAME: "t.name",
        ProjectOrderField.STAGE: facts.stage_rank(),
        ProjectOrderField.NEXT_FORECAST: facts.forecast_due(),
        ProjectOrderField.CHANGED: "t.since",
    }[field]
    return [Order(expression, descending)]


def ordered(reader: Reader, terms: Sequence[tuple[ProjectOrderField, bool]]) -> list[Order]:
    """Several sorts, one after the other, each with whether it descends; a field counts where it is first named."""
    first: dict[ProjectOrderField, bool] = {}
    for field, descending in terms:
        first.setdefault(field, descending)
    return [term for field, descending in first.items() for term in order_by(reader, field, descending=descending)]


def select(reader: Reader, asked: ProjectFilter | None = None) -> Select[ProjectRow]:
    """The projects asked for at the moment."""
    question = Select(PROJECTS, reader)
    if asked is None:
        return question
    facts = Facts(reader)
    question.where_in("kind", asked.kinds).where_in("condition", asked.conditions).where_in("capital", asked.capital)
    question.where_in("unit_code", asked.units)
    if asked.has_unit is not None:
        question.where("t.unit_code IS NOT NULL" if asked.has_unit else "t.unit_code IS NULL")
    if asked.owner is not None:
        # Whatever a company ever built is found by it, and is little.
        question.by_noun = True
        question.where("t.entity_id IN (SELECT o.entity_id FROM projects o WHERE o.owner_id = ?)", asked.owner)
        question.where("t.owner_id = ?", asked.owner)
    if asked.industries is not None:
        question.where(
            f"EXISTS (SELECT 1 FROM json_each(t.industries) i WHERE i.value IN ({marks(asked.industries)}))",
            *asked.industries,
        )
    if asked.search is not None:
        question.where("instr(t.search, ?) > 0", asked.search.casefold())
    if asked.investment_at_least is not None:
        amount = asked.investment_at_least
        question.where("t.currency = ? AND t.investment_base >= ?", amount.currency.value, amount.base)
    if asked.tallied is not None:
        where_tallied(question, asked.tallied)
    _where_led(question, facts, asked)
    _where_on_course(question, facts, asked)
    _where_belonging(question, facts, asked)
    return question


def _where_led(question: Select[ProjectRow], facts: Facts, asked: ProjectFilter) -> None:
    if asked.leader is not None:
        question.where(f"{facts.leader()} = ?", asked.leader)
    if asked.has_leader is not None:
        question.where(f"{facts.leader()} IS {'NOT NULL' if asked.has_leader else 'NULL'}")


def _where_on_course(question: Select[ProjectRow], facts: Facts, asked: ProjectFilter) -> None:
    moment = question.reader.moment
    if asked.stages is not None:
        question.where(f"{facts.stage()} IN ({marks(asked.stages)})", *_values(asked.stages))
    for kind in asked.reached or ():
        question.where(facts.reached([kind]))
    if asked.reached is not None and not asked.reached:
        question.where("FALSE")
    if asked.not_reached:
        question.where(f"NOT {facts.reached(asked.not_reached)}")
    if asked.slipped_at_least_days is not None:
        question.where(f"{facts.put_off()} >= ?", asked.slipped_at_least_days)
    if asked.forecast_overdue is not None:
        overdue = f"coalesce({facts.forecast_due()} < ?, FALSE)"
        question.where(overdue if asked.forecast_overdue else f"NOT {overdue}", moment.day.isoformat())
    if asked.forecast_within_days is not None:
        due = facts.forecast_due()
        question.where(
            f"{due} >= ? AND julianday({due}) - julianday(?) <= ?",
            moment.day.isoformat(),
            moment.day.isoformat(),
            asked.forecast_within_days,
        )
    if asked.lights is not None:
        light = facts.light(thresholds_at(question.reader))
        question.where(f"{light} IN ({marks(asked.lights)})", *_values(asked.lights))
        if moment.valid_on is None and question.hot is None and _GRAVE.issuperset(asked.lights):
            question.where_in("unsettled", [1])


_GRAVE = {Light.RED, Light.YELLOW}
"""What is finished or terminated is neither, as far as every known fact counts."""


def _where_belonging(question: Select[ProjectRow], facts: Facts, asked: ProjectFilter) -> None:
    if asked.group is not None:
        question.where(facts.member(MembershipKind.GROUP, "b.of_id = ?"), asked.group)
    if asked.supervision_list is not None:
        question.where(facts.member(MembershipKind.LIST, "b.of_id = ?"), asked.supervision_list)
    if asked.outstanding is not None:
        of = None if asked.supervision_list is None else [asked.supervision_list]
        late = {project for those in supervision.outstanding(question.reader, of).values() for project in those}
        question.among(sorted(late), wanted=asked.outstanding)
    if asked.idle_land is not None:
        idle = facts.member(MembershipKind.PARCEL, _is_idle(question.reader))
        question.where(idle if asked.idle_land else f"NOT {idle}")


def _is_idle(reader: Reader) -> str:
    """Whether the parcel of a membership `b` is underused or idle at the moment."""
    uses = ", ".join(f"'{use.value}'" for use in (LandUse.UNDERUSED, LandUse.IDLE))
    use = parcels.use_sql(reader, "p")
    return f"EXISTS (SELECT 1 FROM parcels p WHERE p.entity_id = b.of_id AND {reader.live('p')} AND {use} IN ({uses}))"


def _values(members: Sequence[enum.Enum]) -> list[Any]:
    return [member.value for member in members]


# -- groups --------------------------------------------------------------------------------------------------------------

_HALF = 10**9
"""Sums are taken in two halves, for a sum of many large amounts may not fit into 64 bits."""


def groups(reader: Reader, by: Sequence[ProjectDimension], asked: ProjectFilter | None = None) -> list[ProjectGroup]:
    """How many projects there are by each combination, and their total investment by currency; none is ever converted."""
    dimensions = list(dict.fromkeys(by))
    invested = [f"sum(t.investment_base / {_HALF})", f"sum(t.investment_base % {_HALF})", "sum(t.bounded)"]

    def ask(reader: Reader, nouns: Sequence[str] | None) -> list[tuple[Any, ...]]:
        question, facts = select(reader, asked).of_nouns(nouns), Facts(reader)
        expressions = [_key(question, facts, dimension) for dimension in dimensions]
        return question.grouped([*expressions, "t.currency"], ["count(*)", *invested])

    sums = Sums(("projects", *dimensions), Project.KIND, (Reference.KIND,), 1 + len(invested), ask)
    found = sums.at(reader) if asked is None else ask(reader, None)
    lines: dict[tuple[str | None, ...], list[tuple[Any, ...]]] = {}
    for line in found:
        lines.setdefault(tuple(line[: len(dimensions)]), []).append(line[len(dimensions) :])
    ordered = sorted(lines, key=lambda keys: [_place(*pair) for pair in zip(dimensions, keys, strict=True)])
    return [_group(keys, lines[keys]) for keys in ordered]


_MEMBERS: dict[ProjectDimension, type[enum.Enum]] = {
    ProjectDimension.STAGE: MilestoneKind,
    ProjectDimension.KIND: ProjectKind,
    ProjectDimension.CONDITION: ProjectCondition,
    ProjectDimension.CAPITAL: CapitalSource,
    ProjectDimension.LIGHT: Light,
}


def member_of(dimension: ProjectDimension, key: str) -> enum.Enum | None:
    """The enum member that a key of this dimension names; None where it names a noun, a person or a text."""
    members = _MEMBERS.get(dimension)
    return members(key) if members else None


def names_of(
    reader: Reader, dimensions: Sequence[ProjectDimension], found: Sequence[ProjectGroup]
) -> dict[tuple[ProjectDimension, str | None], Label]:
    """What people read for the keys of groups, as it was at the moment."""
    names: dict[tuple[ProjectDimension, str | None], Label] = {}
    for place, dimension in enumerate(dimensions):
        keys = sorted({key for group in found if (key := group.keys[place]) is not None})
        if dimension is ProjectDimension.UNIT:
            labels = {row.code: row.name_label for row in many_of(UNITS, reader, keys, column="code")}
        elif dimension is ProjectDimension.GROUP:
            labels = {row.entity_id: Label(zh=row.name, en=row.name) for row in group_rows.groups_of(reader, keys)}
        elif dimension is ProjectDimension.SUPERVISION_LIST:
            labels = {row.entity_id: _list_label(row) for row in supervision.lists_of(reader, keys)}
        else:
            members = {key: member_of(dimension, key) for key in keys}
            labels = {key: label_of(member) if member else Label(zh=key, en=key) for key, member in members.items()}
        names.update({(dimension, key): label for key, label in labels.items()})
    return names


def _list_label(row: supervision.SupervisionRow) -> Label:
    programme, duty = row.programme_label, label_of(row.duty)
    return Label(zh=f"{programme.zh}（{duty.zh}）", en=f"{programme.en} ({duty.en})")


def _place(dimension: ProjectDimension, key: str | None) -> tuple[int, int, str]:
    """Where a key sorts: stages and the like in their own order, texts by code point, the lack of one last."""
    if key is None:
        return 1, 0, ""
    member = member_of(dimension, key)
    return 0, list(type(member)).index(member) if member else 0, key


def _group(keys: tuple[str | None, ...], amounts: list[tuple[Any, ...]]) -> ProjectGroup:
    unstated = sum(count for currency, count, *_ in amounts if currency is None)
    stated = {Currency(currency): rest for currency, *rest in amounts if currency is not None}
    sums = tuple(
        CurrencySum(currency, high * _HALF + low, count, unstated, bounded)
        for currency in Currency
        if currency in stated
        for count, high, low, bounded in [stated[currency]]
    )
    return ProjectGroup(keys, sum(line[1] for line in amounts), sums)


def _key(question: Select[ProjectRow], facts: Facts, dimension: ProjectDimension) -> str:
    """The expression of a dimension; one of which a project has several is joined."""
    match dimension:
        case ProjectDimension.STAGE:
            return facts.stage()
        case ProjectDimension.LEADER:
            return facts.leader()
        case ProjectDimension.LIGHT:
            return facts.light(thresholds_at(question.reader))
        case ProjectDimension.INDUSTRY:
            question.joined("LEFT JOIN json_each(t.industries) i ON TRUE")
            return "i.value"
        case ProjectDimension.SUPERVISION_LIST:
            question.joined(_memberships(facts, MembershipKind.LIST, "bl"))
            return "bl.of_id"
        case ProjectDimension.GROUP:
            question.joined(_memberships(facts, MembershipKind.GROUP, "bg"))
            return "bg.of_id"
        case ProjectDimension.UNIT:
            return "t.unit_code"
        case _:
            return f"t.{dimension.value}"


def _memberships(facts: Facts, kind: MembershipKind, alias: str) -> str:
    return (
        f"LEFT JOIN memberships {alias} ON {alias}.project_id = t.entity_id"
        f" AND {alias}.belongs_to = '{kind.value}' AND {facts.belongs(alias)}"
    )
