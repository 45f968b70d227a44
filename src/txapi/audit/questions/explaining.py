"""Explaining 释疑: why a printed figure is not the one that the data gives, found by arithmetic alone and exact."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from txapi.domain.labels import Label, labelled
from txapi.domain.money import INT63_MAX
from txapi.domain.pace import Figure
from txapi.domain.quantity import Ratio, figure_rounded, rounded

SIGNIFICANT_DIGITS = 6
"""With how many digits the ends of an interval of goals are shown."""


class Explanation(enum.Enum):
    """How what was printed relates to what is computed."""

    EQUAL = "equal"
    STALE = "stale"
    OTHER_GOAL = "other_goal"
    ROUNDED_TWICE = "rounded_twice"
    GOAL_WITHIN = "goal_within"
    DIFFERS = "differs"
    NOT_COMPUTABLE = "not_computable"


labelled(
    {
        Explanation.EQUAL: ("一致", "equal to what is computed, rounded once"),
        Explanation.STALE: ("沿用旧数", "equal to what had been known at an earlier position"),
        Explanation.OTHER_GOAL: ("采用其他目标值", "equal by a goal that was not in force that day"),
        Explanation.ROUNDED_TWICE: ("两次四舍五入", "equal only if rounded twice"),
        Explanation.GOAL_WITHIN: ("目标值仅知区间", "possible, for the goal is known only as an interval"),
        Explanation.DIFFERS: ("不一致", "not what is computed"),
        Explanation.NOT_COMPUTABLE: ("无从计算", "there is nothing to compute it from"),
    }
)


@dataclass(frozen=True, slots=True)
class GoalsNeeded:
    """With which goals a figure gives a printed percentage: above `above`, up to `up_to`, in the figure's own unit.

    Up to `up_to_if_rounded_twice` where the percentage was rounded to one more place first. `round_goal` is the roundest
    number of that wider interval, which is a guess at the goal that whoever printed it had in mind; `round_ratio` is
    what the figure is of it. The ends are shown with six digits, rounded half up.
    """

    above: Decimal
    up_to: Decimal
    up_to_if_rounded_twice: Decimal
    round_goal: Decimal
    round_ratio: Ratio

    @property
    def round_goal_needs_two_roundings(self) -> bool:
        """Whether the round goal gives what was printed only where it is rounded twice."""
        return self.round_goal > self.up_to


def places_of(printed: Decimal) -> int:
    """With how many decimals a figure was printed."""
    exponent = printed.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def twice_rounded(ratio: Ratio, places: int) -> Decimal:
    """A ratio in percent, rounded to one more place and then again: 58.1458 becomes 58.15 and then 58.2."""
    return figure_rounded(ratio.percent(places + 1), places)


def roundings(ratio: Ratio, places: int) -> str:
    """The steps of rounding twice, as people read them: 58.1458 → 58.15 → 58.2."""
    exact = ratio.percent(max(4, places + 3))
    return f"{exact:f} → {ratio.percent(places + 1):f} → {twice_rounded(ratio, places):f}"


def goals_needed(figure: Figure, printed: Decimal) -> GoalsNeeded | None:
    """The goals by which the figure gives the printed percentage; None where there is no
    such interval: nothing was reached or printed, or the numbers are larger than can be counted.
    """
    places = places_of(printed)
    half = Decimal(5).scaleb(-places - 1)
    amount = figure.amount.amount
    least = printed - half - half / 10
    if least <= 0 or amount <= 0:
        return None
    with localcontext() as context:
        context.prec = 50
        above, up_to, twice = (100 * amount / percent for percent in (printed + half, printed - half, least))
    goal = roundest(above, twice)
    share = Fraction(amount) / Fraction(goal)
    if max(share.numerator, share.denominator) > INT63_MAX:
        return None
    return GoalsNeeded(shown(above), shown(up_to), shown(twice), goal, Ratio(share.numerator, share.denominator))


def shown(value: Decimal) -> Decimal:
    """A figure with six digits, rounded half up."""
    return value.quantize(Decimal(1).scaleb(value.adjusted() - SIGNIFICANT_DIGITS + 1), rounding=ROUND_HALF_UP)


def roundest(above: Decimal, up_to: Decimal) -> Decimal:
    """The roundest number of an interval: a multiple of the largest step 5, 2 or 1 times a power of ten; the last one."""
    for step in _steps(up_to):
        multiple = step * (up_to // step)
        if multiple > above:
            return Decimal(f"{multiple.normalize():f}")
    raise AssertionError("an interval that is not empty has a multiple of a step that is small enough")


def _steps(up_to: Decimal) -> Iterator[Decimal]:
    for power in range(up_to.adjusted(), up_to.adjusted() - 25, -1):
        for digit in (5, 2, 1):
            yield Decimal(digit).scaleb(power)


def in_unit(figure: Figure, like: Figure, places: int) -> Decimal:
    """A figure in the unit of another one that counts the same, with so many decimals, rounded half up once."""
    one = like.money.unit.scale + like.money.currency.minor_digits if like.money is not None else 6
    return rounded(figure.base, 10**one, places)


def because(
    found: Explanation,
    ratio: Ratio | None,
    computed: Decimal | None,
    places: int,
    needed: GoalsNeeded | None,
    known_at: int | None,
) -> Label:
    """The explanation in a sentence."""  # fmt: skip
    match found:
        case Explanation.STALE:
            return Label(zh=f"与位置{known_at}时所知数据一致", en=f"equal to what was known at position {known_at}")
        case Explanation.OTHER_GOAL:
            return Label(
                zh=f"按位置{known_at}的目标值计算则一致，该目标值当日未施行",
                en=f"equal by the goal of position {known_at}, which was not in force that day",
            )
        case Explanation.ROUNDED_TWICE if ratio is not None:
            steps = roundings(ratio, places)
            return Label(zh=f"仅两次四舍五入可得：{steps}", en=f"only by rounding twice: {steps}")
        case Explanation.GOAL_WITHIN if needed is not None:
            return _of_the_goals(needed, places)
        case Explanation.DIFFERS if computed is not None:
            more = Label(zh="", en="") if needed is None else _of_the_goals(needed, places)
            joint = ("；", "; ") if needed is not None else ("", "")
            return Label(zh=f"计算值为{computed:f}{joint[0]}{more.zh}", en=f"computed: {computed:f}{joint[1]}{more.en}")
        case Explanation.EQUAL:
            return Label(zh="与计算值一致", en="equal to what is computed")
        case _:
            return Label(zh="缺少可供计算的数据", en="there is nothing to compute it from")


def _of_the_goals(needed: GoalsNeeded, places: int) -> Label:
    zh = f"目标值须大于{needed.above:f}且不超过{needed.up_to:f}"
    en = f"needs a goal above {needed.above:f} and up to {needed.up_to:f}"
    if needed.round_goal_needs_two_roundings:
        once, steps = needed.round_ratio.text(places), roundings(needed.round_ratio, places)
        goal = f"{needed.round_goal:f}"
        zh += f"；按{goal}计应为{once}，仅两次四舍五入可得：{steps}"
        en += f"; a goal of {goal} gives {once}, or by rounding twice: {steps}"
    return Label(zh=zh, en=en)
