"""A quantity 数量 is a figure with its unit; a ratio 比率 is two integers, rounded once, when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label, label_of
from txapi.domain.money import INT63_MAX, Bound, Money, checked_decimal, decimal_of, integer_of

SCALE_POWER = 6
"""A quantity is stored as an integer of millionths of its unit."""

PERCENT = "percent"
PERCENTAGE_POINT = "percentage_point"
SIGNED_UNITS = frozenset({PERCENT, PERCENTAGE_POINT})
"""The units in which a figure may be negative: a change on the year before."""


class Quantity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A figure as entered in a unit of measure, named by its code ("wan_kwh").

    Negative only as percent or percentage points. Building one checks it, and so does decoding. BadInput BAD_DECIMAL,
    NEGATIVE_AMOUNT, AMOUNT_TOO_LARGE, BAD_UNIT.
    """

    amount: Decimal
    unit: str
    bound: Bound = Bound.EXACT

    def __post_init__(self) -> None:
        if not self.unit or len(self.unit) > 64:
            raise BadInput("BAD_UNIT", "a unit of measure is named by its code", ("unit",))
        integer_of(checked_decimal(self.amount, signed=self.unit in SIGNED_UNITS), SCALE_POWER)

    @classmethod
    def of(cls, amount: str, unit: str, bound: Bound = Bound.EXACT) -> Quantity:
        """Read a quantity from text: `Quantity.of("36", "wan_tonne")`."""
        return cls(decimal_of(amount, signed=unit in SIGNED_UNITS), unit, bound)

    @property
    def scaled(self) -> int:
        """The figure in millionths of its unit, as stores keep it."""
        return integer_of(self.amount, SCALE_POWER)

    def text(self, lang: str = "en", label_of_unit: Callable[[str], Label | None] | None = None) -> str:
        """What people read: 约36万吨, "about 36 ×10,000 t".

        `label_of_unit` gives the label of a unit's code (`References.unit_label`); a code without one is shown as is.
        """
        bound = label_of(self.bound).text(lang)
        if self.unit == PERCENT:
            figure = f"{self.amount:f}%"
        else:
            label = label_of_unit(self.unit) if label_of_unit else None
            unit = label.text(lang) if label else self.unit
            figure = f"{self.amount:f}{unit}" if lang == "zh" and label else f"{self.amount:f} {unit}"
        return f"{bound}{figure}" if lang == "zh" else f"{bound} {figure}".lstrip()


class Ratio(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Two integers, numerator over a positive denominator; compared exactly, rounded only when shown.

    `==` compares the two integers as they stand; `<`, `<=`, `>`, `>=` and `equals` compare the values. BadInput
    BAD_RATIO, AMOUNT_TOO_LARGE.
    """

    numerator: int
    denominator: int
    basis: Basis = Basis.COMPUTED

    def __post_init__(self) -> None:
        if self.denominator <= 0:
            raise BadInput("BAD_RATIO", "the denominator of a ratio must be positive", ("denominator",))
        if abs(self.numerator) > INT63_MAX or self.denominator > INT63_MAX:
            raise BadInput("AMOUNT_TOO_LARGE", "the ratio is larger than can be counted")

    def percent(self, places: int = 1) -> Decimal:
        """The ratio in percent with so many decimals, rounded half up, once: 86 of 129 is 66.7."""
        return rounded(100 * self.numerator, self.denominator, places)

    def text(self, places: int = 1) -> str:
        """The ratio in percent as it is printed: "66.7%"."""
        return f"{self.percent(places):f}%"

    def points_above(self, other: Ratio, places: int = 2) -> Decimal:
        """By how many percentage points this is above the other (negative: below), rounded half up, once."""
        difference = self.numerator * other.denominator - other.numerator * self.denominator
        return rounded(100 * difference, self.denominator * other.denominator, places)

    def equals(self, other: Ratio) -> bool:
        """Whether both have the same value: 2/3 equals 86/129."""
        return self._beside(other) == 0

    def _beside(self, other: Ratio) -> int:
        return self.numerator * other.denominator - other.numerator * self.denominator

    def __lt__(self, other: Ratio) -> bool:
        return self._beside(other) < 0

    def __le__(self, other: Ratio) -> bool:
        return self._beside(other) <= 0

    def __gt__(self, other: Ratio) -> bool:
        return self._beside(other) > 0

    def __ge__(self, other: Ratio) -> bool:
        return self._beside(other) >= 0


def rounded(numerator: int, denominator: int, places: int) -> Decimal:
    """The quotient with so many decimals, rounded half up (away from zero); computed in integers, so exact."""
    scaled, rest = divmod(abs(numerator) * 10**places, denominator)
    scaled += 2 * rest >= denominator
    quotient = Decimal(f"{scaled}E-{places}") if places else Decimal(scaled)
    return quotient.copy_negate() if numerator < 0 and scaled else quotient


def figure_rounded(amount: Decimal, places: int) -> Decimal:
    """A decimal figure with so many decimals, rounded half up, for display only."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def ratio_of(part: Money | Quantity, whole: Money | Quantity, basis: Basis = Basis.COMPUTED) -> Ratio | None:
    """What share of `whole` `part` is; None where the whole is zero. BadInput CURRENCIES_DIFFER or UNITS_DIFFER."""
    if isinstance(part, Money) and isinstance(whole, Money):
        if part.currency is not whole.currency:
            raise BadInput("CURRENCIES_DIFFER", "amounts of different currencies are never added or compared")
        numerator, denominator = part.base, whole.base
    elif isinstance(part, Quantity) and isinstance(whole, Quantity) and part.unit == whole.unit:
        numerator, denominator = part.scaled, whole.scaled
    else:
        raise BadInput("UNITS_DIFFER", "figures in different units are never compared")
    return Ratio(numerator, denominator, basis) if denominator > 0 else None
