"""What an edition 版本 of each kind says: thresholds, indicators, milestone templates, units, counting rules."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from txapi.domain.attempt import AttemptPolicy
from txapi.domain.calendar import CalendarEdition
from txapi.domain.deadlines import DeadlinePolicy
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label, labelled
from txapi.domain.money import Currency, MoneyUnit
from txapi.domain.quantity import PERCENT
from txapi.domain.reading import ReadingPolicy


class EditionKind(enum.Enum):
    """What is adopted by edition, so that every rule reads it from the record."""

    CALENDAR = "calendar"
    DEADLINE_POLICY = "deadline_policy"
    THRESHOLDS = "thresholds"
    INDICATORS = "indicators"
    MILESTONE_TEMPLATES = "milestone_templates"
    UNITS_OF_MEASURE = "units_of_measure"
    COUNTING_RULE = "counting_rule"
    ATTEMPT_POLICY = "attempt_policy"
    READING_POLICY = "reading_policy"


class MilestoneKind(enum.Enum):
    """A milestone 节点 of a project, in the usual order; the template of its kind says which may not precede which."""

    LEAD = "lead"
    LANDED = "landed"
    SIGNED = "signed"
    COMPANY_REGISTERED = "company_registered"
    LAND_LISTED = "land_listed"
    LAND_AWARDED = "land_awarded"
    PRE_ASSESSED = "pre_assessed"
    APPROVED = "approved"
    LAND_SUPPLIED = "land_supplied"
    PILING = "piling"
    STARTED = "started"
    COMPLETED = "completed"
    COMPLETION_INSPECTED = "completion_inspected"
    IN_PRODUCTION = "in_production"
    GRID_CONNECTED = "grid_connected"


class ProjectKind(enum.Enum):
    """The kind of a project, which chooses its milestone template."""

    NEW_BUILD = "new_build"
    TECH_UPGRADE = "tech_upgrade"
    CAPITAL_INCREASE = "capital_increase"
    TENANCY = "tenancy"


class Measure(enum.Enum):
    """In what an indicator is counted."""

    MONEY = "money"
    COUNT = "count"
    PERCENTAGE = "percentage"
    QUANTITY = "quantity"


class Duty(enum.Enum):
    """What a special supervision list 专项督查 holds its members to."""

    COMMENCEMENT = "commencement"
    COMPLETION = "completion"


labelled(
    {
        EditionKind.CALENDAR: ("工作日历", "working-day calendar"),
        EditionKind.DEADLINE_POLICY: ("时限规则", "deadline policy"),
        EditionKind.THRESHOLDS: ("阈值", "thresholds"),
        EditionKind.INDICATORS: ("指标", "indicators"),
        EditionKind.MILESTONE_TEMPLATES: ("节点模板", "milestone templates"),
        EditionKind.UNITS_OF_MEASURE: ("计量单位", "units of measure"),
        EditionKind.COUNTING_RULE: ("统计口径", "counting rule"),
        EditionKind.ATTEMPT_POLICY: ("越权尝试留痕规则", "policy of refused attempts"),
        EditionKind.READING_POLICY: ("内部事项阅读规则", "policy of reading"),
        MilestoneKind.LEAD: ("在谈", "lead"),
        MilestoneKind.LANDED: ("落地", "landed"),
        MilestoneKind.SIGNED: ("签约", "signed"),
        MilestoneKind.COMPANY_REGISTERED: ("公司设立", "company registered"),
        MilestoneKind.LAND_LISTED: ("挂牌", "land listed"),
        MilestoneKind.LAND_AWARDED: ("摘牌", "land awarded"),
        MilestoneKind.PRE_ASSESSED: ("前评估", "pre-assessed"),
        MilestoneKind.APPROVED: ("批准", "approved"),
        MilestoneKind.LAND_SUPPLIED: ("供地", "land supplied"),
        MilestoneKind.PILING: ("桩基动工", "piling"),
        MilestoneKind.STARTED: ("开工", "started"),
        MilestoneKind.COMPLETED: ("竣工", "completed"),
        MilestoneKind.COMPLETION_INSPECTED: ("竣工验收", "completion inspected"),
        MilestoneKind.IN_PRODUCTION: ("投产", "in production"),
        MilestoneKind.GRID_CONNECTED: ("并网", "grid connected"),
        ProjectKind.NEW_BUILD: ("新建", "new build"),
        ProjectKind.TECH_UPGRADE: ("技改", "technical upgrade"),
        ProjectKind.CAPITAL_INCREASE: ("增资", "capital increase"),
        ProjectKind.TENANCY: ("租赁入驻", "tenancy"),
        Measure.MONEY: ("金额", "money"),
        Measure.COUNT: ("个数", "count"),
        Measure.PERCENTAGE: ("百分比", "percentage"),
        Measure.QUANTITY: ("数量", "quantity"),
        Duty.COMMENCEMENT: ("开工", "commencement"),
        Duty.COMPLETION: ("竣工", "completion"),
    }
)


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One limit, what it counts, and on what it rests."""

    value: int
    basis: Basis
    note: Label


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """When lights change. Days count whole days in Shanghai; points are percentage points.

    Days and reminders are reached at the value itself; a target is behind when it is behind by more than the points.
    """

    edition: str
    due_soon_days: Threshold
    """A ticket whose deadline ends within so many days is yellow."""
    slip_days_yellow: Threshold
    slip_days_red: Threshold
    """By how many days a project's next forecast has passed, or was put off, for its light."""
    pace_behind_points_yellow: Threshold
    pace_behind_points_red: Threshold
    """By more than how many points a target is behind its schedule 欠序时进度, for its light."""
    half_year_attainment_percent: Threshold
    """What a target must have attained from 30 June on: 时间过半任务过半."""
    no_leader_days_yellow: Threshold
    """How long a project may be without a leading official."""
    quiet_days_yellow: Threshold
    """How long an active project may go without any news."""
    underused_days_yellow: Threshold
    idle_days_red: Threshold
    """How long a parcel may stay underused or idle."""
    reminders_yellow: Threshold
    """How many reminders 催办 a ticket may need."""
    note: Label | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            limit = getattr(self, name)
            if isinstance(limit, Threshold) and not 0 <= limit.value <= 100_000:
                raise BadInput("BAD_EDITION", "a threshold lies between 0 and 100000", (name, "value"))
        for low, high in (
            ("slip_days_yellow", "slip_days_red"),
            ("pace_behind_points_yellow", "pace_behind_points_red"),
        ):
            if getattr(self, low).value > getattr(self, high).value:
                raise BadInput("BAD_EDITION", f"{low} must not be above {high}", (low,))


class Indicator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a target measures. `unit` is how it is usually entered: a money unit, or the code of a unit of measure."""

    code: str
    label: Label
    measure: Measure
    unit: str
    currency: Currency | None = None
    basis: Basis = Basis.STATED

    def __post_init__(self) -> None:
        if self.measure is Measure.MONEY:
            unit = next((unit for unit in MoneyUnit if unit.value == self.unit), None)
            if unit is None or unit.currency is not self.currency:
                raise BadInput("BAD_EDITION", f"{self.code}: {self.unit} is no unit of {self.currency}", ("unit",))
        elif self.currency is not None:
            raise BadInput("BAD_EDITION", f"{self.code} counts no money, so it has no currency", ("currency",))
        elif self.measure is Measure.PERCENTAGE and self.unit != PERCENT:
            raise BadInput("BAD_EDITION", f"{self.code} is a percentage, so its unit is {PERCENT}", ("unit",))


class Indicators(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The indicators that targets may be set for."""

    edition: str
    indicators: tuple[Indicator, ...]

    def __post_init__(self) -> None:
        _distinct("indicators", [indicator.code for indicator in self.indicators])


class UnitOfMeasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A unit of measure: so many (`factor`) of another one (`base`), or a base of its own."""

    code: str
    label: Label
    base: str
    factor: Decimal = Decimal(1)


class UnitsOfMeasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The units in which quantities may be entered."""

    edition: str
    units: tuple[UnitOfMeasure, ...]

    def __post_init__(self) -> None:
        codes = [unit.code for unit in self.units]
        _distinct("units", codes)
        for unit in self.units:
            if unit.base not in codes or unit.factor <= 0:
                raise BadInput("BAD_EDITION", f"{unit.code} is no positive multiple of a unit named here", ("units",))


class MilestoneTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Which milestones a kind of project passes, in the usual order, and which of them must not come before which.

    `order` holds pairs (earlier, later); breaking one needs a reason. BadInput BAD_EDITION.
    """

    kind: ProjectKind
    milestones: tuple[MilestoneKind, ...]
    order: tuple[tuple[MilestoneKind, MilestoneKind], ...]
    basis: Basis

    def __post_init__(self) -> None:
        _distinct("milestones", [milestone.value for milestone in self.milestones])
        for pair in self.order:
            if not set(pair) <= set(self.milestones):
                raise BadInput("BAD_EDITION", f"{pair[0].value} and {pair[1].value} must both be listed", ("order",))
            if self.milestones.index(pair[0]) >= self.milestones.index(pair[1]):
                raise BadInput("BAD_EDITION", f"{pair[0].value} is not listed before {pair[1].value}", ("order",))

    def before(self, milestone: MilestoneKind) -> frozenset[MilestoneKind]:
        """The milestones that must not come after this one, also by way of others."""
        earlier: set[MilestoneKind] = set()
        open_ends = {milestone}
        while open_ends:
            open_ends = {first for first, second in self.order if second in open_ends} - earlier
            earlier |= open_ends
        return frozenset(earlier)

    def furthest(self, reached: Iterable[MilestoneKind]) -> MilestoneKind | None:
        """The stage 阶段: the last of the milestones reached, in the order listed; None of none.

        A milestone that this kind does not list counts only where no listed one was reached.
        """
        known = set(reached)
        listed = [milestone for milestone in self.milestones if milestone in known]
        usual = [milestone for milestone in MilestoneKind if milestone in known]
        return (listed or usual)[-1] if known else None


class MilestoneTemplates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The milestone template of every kind of project."""

    edition: str
    templates: tuple[MilestoneTemplate, ...]

    def __post_init__(self) -> None:
        _distinct("templates", [template.kind.value for template in self.templates])
        missing = [kind.value for kind in ProjectKind if kind not in {template.kind for template in self.templates}]
        if missing:
            raise BadInput("BAD_EDITION", f"there is no template for {missing[0]}", ("templates",))

    def of(self, kind: ProjectKind) -> MilestoneTemplate:
        """The template of that kind of project."""
        return next(template for template in self.templates if template.kind is kind)


class CountingRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Which milestones count as done on a supervision list 统计口径: the first of them that is reached."""

    edition: str
    label: Label
    duty: Duty
    milestones: tuple[MilestoneKind, ...]
    basis: Basis
    active: bool = True
    note: Label | None = None

    def __post_init__(self) -> None:
        if not self.milestones:
            raise BadInput("BAD_EDITION", "a counting rule names at least one milestone", ("milestones",))
        _distinct("milestones", [milestone.value for milestone in self.milestones])


EditionContent = (
    CalendarEdition
    | DeadlinePolicy
    | Thresholds
    | Indicators
    | MilestoneTemplates
    | UnitsOfMeasure
    | CountingRule
    | AttemptPolicy
    | ReadingPolicy
)

CONTENTS: dict[EditionKind, type[EditionContent]] = {
    EditionKind.CALENDAR: CalendarEdition,
    EditionKind.DEADLINE_POLICY: DeadlinePolicy,
    EditionKind.THRESHOLDS: Thresholds,
    EditionKind.INDICATORS: Indicators,
    EditionKind.MILESTONE_TEMPLATES: MilestoneTemplates,
    EditionKind.UNITS_OF_MEASURE: UnitsOfMeasure,
    EditionKind.COUNTING_RULE: CountingRule,
    EditionKind.ATTEMPT_POLICY: AttemptPolicy,
    EditionKind.READING_POLICY: ReadingPolicy,
}


def typed_content(kind: EditionKind, edition: str, content: dict[str, Any]) -> EditionContent:
    """The content of an edition as its typed value; BadInput BAD_EDITION says where it is wrong."""
    try:
        return msgspec.convert({**content, "edition": edition}, CONTENTS[kind])
    except msgspec.ValidationError as error:
        cause = error.__cause__
        inner = cause.path if isinstance(cause, BadInput) else ()
        found = re.search(r" - at `\$\.?(.*)`$", str(error))
        outer = tuple(re.findall(r"[^.\[\]]+", found[1])) if found else ()
        raise BadInput("BAD_EDITION", f"{kind.value} {edition}: {error}", outer + inner) from error


def _distinct(name: str, codes: list[str]) -> None:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise BadInput("BAD_EDITION", f"{twice[0]} is named twice", (name,))
