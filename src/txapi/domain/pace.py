"""Pace 进度: what a target's figures say of its goal — attainment, schedule, half the year — exactly, and its light."""

from __future__ import annotations

import calendar
import enum
from datetime import date
from decimal import Decimal

import msgspec

from txapi.domain.editions import Thresholds
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label, labelled
from txapi.domain.light import Light, LightVerdict
from txapi.domain.money import Money
from txapi.domain.quantity import Quantity, Ratio, ratio_of


class ScheduleBy(enum.Enum):
    """How much of the year has passed: in whole months, or in days."""

    MONTHS = "months"
    DAYS = "days"


labelled({ScheduleBy.MONTHS: ("按月", "by months"), ScheduleBy.DAYS: ("按日", "by days")})


class Figure(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A figure of a target: an amount of money, or a quantity. BadInput ONE_VALUE where it is both or neither."""

    money: Money | None = None
    quantity: Quantity | None = None

    def __post_init__(self) -> None:
        if (self.money is None) == (self.quantity is None):
            raise BadInput("ONE_VALUE", "a figure is an amount of money or another quantity", ("value",))

    @property
    def amount(self) -> Money | Quantity:
        """The figure itself, whichever of the two it is."""
        return self.money if self.money is not None else self._quantity

    @property
    def base(self) -> int:
        """The figure in the smallest unit that the record counts: cents, or millionths of the unit."""
        return self.money.base if self.money is not None else self._quantity.scaled

    @property
    def counted_in(self) -> str:
        """What it is counted in: the currency, or the code of the unit of measure."""
        return self.money.currency.value if self.money is not None else self._quantity.unit

    def is_like(self, other: Figure) -> bool:
        """Whether both are counted in the same, so that they may be compared at all."""
        return (self.money is None) == (other.money is None) and self.counted_in == other.counted_in

    @property
    def _quantity(self) -> Quantity:
        assert self.quantity is not None
        return self.quantity


class Goal(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is to be reached: one value, or an interval where only that is known; and on what it rests."""

    value: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    basis: Basis = Basis.STATED

    def __post_init__(self) -> None:
        interval = self.low is not None and self.high is not None
        if (self.value is None) == (not interval) or (self.low is None) != (self.high is None):
            raise BadInput("BAD_GOAL", "a goal is one value, or an interval with both ends", ("value",))
        bounds = self.bounds
        if not bounds[0].is_like(bounds[1]):
            raise BadInput("UNITS_DIFFER", "both ends of a goal are counted in the same", ("high",))
        if bounds[0].base > bounds[1].base or bounds[0].base <= 0:
            raise BadInput("BAD_GOAL", "a goal is more than 0, and its low end is not above its high end", ("low",))

    @property
    def bounds(self) -> tuple[Figure, Figure]:
        """The least and the most that it may be."""
        low, high = self.low or self.value, self.high or self.value
        assert low is not None and high is not None  # noqa: PT018 - __post_init__ has seen to it
        return low, high


def attainment(actual: Figure | None, goal: Goal | None) -> Ratio | None:
    """完成率: the figure over the goal; None without either, and where the goal is only an interval.

    BadInput CURRENCIES_DIFFER or UNITS_DIFFER where the two are counted in different things.
    """
    if actual is None or goal is None or goal.value is None:
        return None
    return ratio_of(actual.amount, goal.value.amount)


def attainment_between(actual: Figure | None, goal: Goal | None) -> tuple[Ratio, Ratio] | None:
    """The least and the most that the attainment can be, for a goal that is only an interval (or one value)."""
    if actual is None or goal is None:
        return None
    low, high = goal.bounds
    least, most = ratio_of(actual.amount, high.amount), ratio_of(actual.amount, low.amount)
    return (least, most) if least is not None and most is not None else None


def schedule(through: date, by: ScheduleBy = ScheduleBy.MONTHS) -> Ratio:
    """序时进度: how much of its year has passed at the end of a day; by months only whole months count: 7/12 on 31 July."""
    if by is ScheduleBy.DAYS:
        return Ratio(through.timetuple().tm_yday, 366 if calendar.isleap(through.year) else 365)
    whole = through.day == calendar.monthrange(through.year, through.month)[1]
    return Ratio(through.month if whole else through.month - 1, 12)


def ahead_of_schedule(
    actual: Figure | None, goal: Goal | None, through: date | None, by: ScheduleBy = ScheduleBy.MONTHS
) -> Decimal | None:
    """超序时进度 (negative: 欠): attainment above schedule, in percentage points, rounded half up to two places, once."""
    attained = attainment(actual, goal)
    if attained is None or through is None:
        return None
    return attained.points_above(schedule(through, by))


def past_half(actual: Figure | None, goal: Goal | None, through: date | None, thresholds: Thresholds) -> bool | None:
    """时间过半任务过半: from 30 June on, whether half the task is done; None before, and where the goal leaves it open."""
    if actual is None or goal is None or through is None or (through.month, through.day) < (6, 30):
        return None
    percent = thresholds.half_year_attainment_percent.value
    low, high = goal.bounds
    if actual.base * 100 >= percent * high.base:
        return True
    if actual.base * 100 < percent * low.base:
        return False
    return None


def year_on_year(actual: Figure | None, last_year: Figure | None) -> Ratio | None:
    """同比: the growth on the same day last year; None without both, or where there was nothing last year."""
    if actual is None or last_year is None or not actual.is_like(last_year) or last_year.base <= 0:
        return None
    return Ratio(actual.base - last_year.base, last_year.base)


def light(actual: Figure | None, goal: Goal | None, through: date | None, thresholds: Thresholds) -> LightVerdict:
    """The light of a target: how far its attainment is behind the schedule by months. It changes with figures, not days."""
    if goal is None:
        return LightVerdict(Light.GREY, Label(zh="未下达目标", en="no goal is set"))
    if goal.basis is not Basis.STATED and goal.basis is not Basis.ILLUSTRATED:
        return LightVerdict(Light.GREY, Label(zh="目标系推算，不作评判", en="the goal is inferred and drives no light"))
    if goal.value is None:
        return LightVerdict(Light.GREY, Label(zh="目标仅知区间，不作评判", en="of the goal only an interval is known"))
    attained = attainment(actual, goal)
    if attained is None or through is None:
        return LightVerdict(Light.GREY, Label(zh="尚无可比数据", en="no figure to judge by"))
    expected = schedule(through)
    half = past_half(actual, goal, through, thresholds)
    rule = thresholds.edition
    if _behind_by_more(attained, expected, thresholds.pace_behind_points_red.value):
        colour = Light.RED
    elif _behind_by_more(attained, expected, thresholds.pace_behind_points_yellow.value):
        colour = Light.YELLOW
    elif half is False:
        because = Label(zh="时间过半任务未过半", en="half the time has passed, but not half the task")
        return LightVerdict(Light.YELLOW, because, rule)
    else:
        because = Label(zh="与序时进度相符", en="on schedule")
        return LightVerdict(Light.GREEN, because, rule)
    points = -attained.points_above(expected)
    because = Label(zh=f"欠序时进度{points:f}个百分点", en=f"{points:f} points behind schedule")
    return LightVerdict(colour, because, rule)


def _behind_by_more(attained: Ratio, expected: Ratio, points: int) -> bool:
    """Whether the attainment is below what is expected by more than so many percentage points; exact."""
    short = expected.numerator * attained.denominator - attained.numerator * expected.denominator
    return 100 * short > points * expected.denominator * attained.denominator
