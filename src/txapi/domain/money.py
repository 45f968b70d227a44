"""Money 金额: an amount as entered, with its unit and bound; never a float, never converted between currencies."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from txapi.domain.errors import BadInput
from txapi.domain.labels import label_of, labelled

INTEGER_DIGITS_MAX = 18
FRACTION_DIGITS_MAX = 6
INT63_MAX = 2**63 - 1
"""The largest integer that every store holds."""

_DECIMAL = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")


class Bound(enum.Enum):
    """How the printed figure bounds the true one: 超20亿元 is `MORE_THAN`."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    NEARLY = "nearly"
    ABOUT = "about"


class Currency(enum.Enum):
    """An ISO 4217 currency."""

    CNY = "CNY"
    USD = "USD"
    EUR = "EUR"
    HKD = "HKD"
    JPY = "JPY"

    @property
    def minor_digits(self) -> int:
        """How many decimal digits the smallest unit has: 2 for 分 and cents, 0 for yen."""
        return 0 if self is Currency.JPY else 2


class MoneyUnit(enum.Enum):
    """The unit in which an amount is entered, as it is printed in Chinese."""

    YUAN = "元"
    QIAN_YUAN = "千元"
    WAN_YUAN = "万元"
    BAIWAN_YUAN = "百万元"
    QIANWAN_YUAN = "千万元"
    YI_YUAN = "亿元"
    USD = "美元"
    WAN_USD = "万美元"
    BAIWAN_USD = "百万美元"
    YI_USD = "亿美元"
    EUR = "欧元"
    WAN_EUR = "万欧元"
    YI_EUR = "亿欧元"
    HKD = "港元"
    WAN_HKD = "万港元"
    YI_HKD = "亿港元"
    JPY = "日元"
    WAN_JPY = "万日元"
    YI_JPY = "亿日元"

    @property
    def currency(self) -> Currency:
        """The currency of this unit."""
        return _CURRENCIES[self]

    @property
    def scale(self) -> int:
        """The power of ten of this unit: 亿元 is 10 ** 8 yuan."""
        return _SCALES[self]


_SCALE_WORDS = {"百万": 6, "千万": 7, "千": 3, "万": 4, "亿": 8}
_CURRENCY_WORDS = {
    "美元": Currency.USD,
    "欧元": Currency.EUR,
    "港元": Currency.HKD,
    "日元": Currency.JPY,
    "元": Currency.CNY,
}


def _parts(unit: MoneyUnit) -> tuple[int, Currency]:
    word = next(word for word in _CURRENCY_WORDS if unit.value.endswith(word))
    scale = unit.value.removesuffix(word)
    return (_SCALE_WORDS[scale] if scale else 0), _CURRENCY_WORDS[word]


_SCALES = {unit: _parts(unit)[0] for unit in MoneyUnit}
_CURRENCIES = {unit: _parts(unit)[1] for unit in MoneyUnit}

labelled(
    {
        Bound.EXACT: ("", ""),
        Bound.AT_LEAST: ("至少", "at least"),
        Bound.MORE_THAN: ("超", "more than"),
        Bound.AT_MOST: ("至多", "at most"),
        Bound.NEARLY: ("近", "nearly"),
        Bound.ABOUT: ("约", "about"),
        Currency.CNY: ("人民币", "renminbi"),
        Currency.USD: ("美元", "US dollar"),
        Currency.EUR: ("欧元", "euro"),
        Currency.HKD: ("港元", "Hong Kong dollar"),
        Currency.JPY: ("日元", "Japanese yen"),
    }
)


def decimal_of(text: str, *, signed: bool = False) -> Decimal:
    """Read an exact decimal: digits and at most one point, no exponent, at most 18 digits before and 6 after the point.

    A minus sign is read only where `signed`. BadInput BAD_DECIMAL, NEGATIVE_AMOUNT, AMOUNT_TOO_LARGE.
    """
    found = _DECIMAL.fullmatch(text) if isinstance(text, str) and len(text) <= 100 else None
    if found is None:
        raise BadInput("BAD_DECIMAL", "a decimal is written with digits and at most one point, such as 4.85")
    sign, whole, fraction = found.groups()
    if sign == "-" and not signed:
        raise BadInput("NEGATIVE_AMOUNT", "the amount must not be negative")
    if len(whole.lstrip("0")) > INTEGER_DIGITS_MAX:
        raise BadInput("AMOUNT_TOO_LARGE", f"at most {INTEGER_DIGITS_MAX} digits may stand before the point")
    if fraction and len(fraction) > FRACTION_DIGITS_MAX:
        raise BadInput("BAD_DECIMAL", f"at most {FRACTION_DIGITS_MAX} digits may stand after the point")
    return Decimal(text)


def checked_decimal(amount: Decimal, *, signed: bool = False) -> Decimal:
    """The same limits, for a Decimal that was made elsewhere (decoded, computed); it is returned unchanged."""
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise BadInput("BAD_DECIMAL", "a decimal must be a number, neither NaN nor infinite")
    if exponent > 0 or -exponent > FRACTION_DIGITS_MAX:
        raise BadInput("BAD_DECIMAL", f"no exponent and at most {FRACTION_DIGITS_MAX} digits after the point")
    if sign and not signed:
        raise BadInput("NEGATIVE_AMOUNT", "the amount must not be negative")
    if len(digits) + exponent > INTEGER_DIGITS_MAX:
        raise BadInput("AMOUNT_TOO_LARGE", f"at most {INTEGER_DIGITS_MAX} digits may stand before the point")
    return amount


def integer_of(amount: Decimal, power: int) -> int:
    """`amount` times ten to `power` as the integer that stores and sums use.

    BadInput INEXACT_AMOUNT where a digit would be lost, AMOUNT_TOO_LARGE beyond 63 bits.
    """
    scaled = amount.scaleb(power)
    whole = int(scaled)
    if whole != scaled:
        raise BadInput("INEXACT_AMOUNT", "the amount is finer than the smallest unit that is counted")
    if abs(whole) > INT63_MAX:
        raise BadInput("AMOUNT_TOO_LARGE", "the amount is larger than can be counted")
    return whole


class Money(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An amount of money as entered: 4.85 in 亿元. Amounts are never negative.

    Building one checks it, and so does decoding. BadInput BAD_DECIMAL, NEGATIVE_AMOUNT, AMOUNT_TOO_LARGE,
    INEXACT_AMOUNT.
    """

    amount: Decimal
    unit: MoneyUnit
    bound: Bound = Bound.EXACT

    def __post_init__(self) -> None:
        integer_of(checked_decimal(self.amount), self.unit.scale + self.unit.currency.minor_digits)

    @classmethod
    def of(cls, amount: str, unit: MoneyUnit | str, bound: Bound = Bound.EXACT) -> Money:
        """Read an amount from text: `Money.of("4.85", "亿元")`; BadInput BAD_UNIT besides those of `decimal_of`."""
        return cls(decimal_of(amount), money_unit_of(unit), bound)

    @property
    def currency(self) -> Currency:
        """The currency of the unit."""
        return self.unit.currency

    @property
    def base(self) -> int:
        """The amount in the currency's smallest unit: 分, cents."""
        return integer_of(self.amount, self.unit.scale + self.unit.currency.minor_digits)

    @property
    def base_text(self) -> str:
        """The amount in whole currency units, exactly: "485000000.00"."""
        digits = self.currency.minor_digits
        return format(Decimal(self.base).scaleb(-digits), "f")

    def text(self, lang: str = "en") -> str:
        """What people read: 超20亿元, or "more than CNY 2 billion" in English; exact in both."""
        if lang == "zh":
            return f"{label_of(self.bound).zh}{self.amount:f}{self.unit.value}"
        words = f"{self.currency.value} {_in_english(self.amount.scaleb(self.unit.scale))}"
        return f"{label_of(self.bound).en} {words}".lstrip()


_WORDS = ((9, " billion"), (6, " million"))


def _in_english(amount: Decimal) -> str:
    """The amount with the largest English scale word that leaves at least 1: 2 billion, 139.55 million, 12,345."""
    power, word = next(((power, word) for power, word in _WORDS if amount.scaleb(-power) >= 1), (0, ""))
    text = f"{amount.scaleb(-power):,f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + word


def money_unit_of(unit: MoneyUnit | str) -> MoneyUnit:
    """The money unit that is printed so; BadInput BAD_UNIT where none is."""
    try:
        return MoneyUnit(unit)
    except ValueError:
        raise BadInput("BAD_UNIT", f"no money is counted in {unit!r}") from None


def base_sum(amounts: Iterable[Money]) -> int:
    """The sum in the smallest unit of the one currency they share; 0 of none. BadInput CURRENCIES_DIFFER."""
    total, currency = 0, None
    for amount in amounts:
        if currency not in (None, amount.currency):
            raise BadInput("CURRENCIES_DIFFER", "amounts of different currencies are never added or compared")
        currency = amount.currency
        total += amount.base
    return total


class CurrencySum(msgspec.Struct, frozen=True, gc=False):
    """The sum of the stated amounts in one currency, in its smallest unit.

    `stated` amounts were added, `bounded` of them are no exact figures, `unstated` members gave no amount at all.
    """

    currency: Currency
    sum: int
    stated: int
    unstated: int
    bounded: int


def sums(amounts: Iterable[Money | None]) -> list[CurrencySum]:
    """One sum for each currency that occurs, in the order of `Currency`; None is a member without an amount."""
    by_currency: dict[Currency, list[Money]] = {}
    unstated = 0
    for amount in amounts:
        if amount is None:
            unstated += 1
        else:
            by_currency.setdefault(amount.currency, []).append(amount)
    return [
        CurrencySum(
            currency,
            sum(amount.base for amount in by_currency[currency]),
            len(by_currency[currency]),
            unstated,
            sum(amount.bound is not Bound.EXACT for amount in by_currency[currency]),
        )
        for currency in Currency
        if currency in by_currency
    ]
