"""Investment 投资: total and registered capital, what an increase adds, and what certainly contradicts what."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from txapi.domain.errors import BadInput, Refusal
from txapi.domain.money import Bound, Currency, Money, MoneyUnit

_REACHES_UP = (Bound.AT_LEAST, Bound.MORE_THAN, Bound.ABOUT)
"""Bounds under which the true amount may lie above the printed one."""
_REACHES_DOWN = (Bound.AT_MOST, Bound.NEARLY, Bound.ABOUT)

_PLAIN_UNITS = {
    Currency.CNY: MoneyUnit.YUAN,
    Currency.USD: MoneyUnit.USD,
    Currency.EUR: MoneyUnit.EUR,
    Currency.HKD: MoneyUnit.HKD,
    Currency.JPY: MoneyUnit.JPY,
}


class RegisteredCapitalExceedsTheTotal(Refusal):
    """Registered capital is a part of the total investment."""

    en = "The registered capital ({registered}) exceeds the total investment ({total})."
    zh = "注册资本（{registered}）超过总投资（{total}）。"


class CurrenciesAreMixed(Refusal):
    """The amounts of one investment are in one currency: none is ever converted into another."""

    en = "Amounts in {one} and {other} cannot stand in one account."
    zh = "{one}与{other}金额不能合并计算。"


class Investment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Total investment 总投资 and registered capital 注册资本; None is not stated."""

    total: Money | None = None
    registered: Money | None = None

    def must_hold(self) -> None:
        """Refuse two currencies, and a registered capital that certainly exceeds the total."""
        self.must_share_a_currency()
        if self.total is None or self.registered is None:
            return
        if surely_more(self.registered, self.total):
            raise RegisteredCapitalExceedsTheTotal(registered=self.registered.text(), total=self.total.text())

    def must_share_a_currency(self) -> None:
        """CurrenciesAreMixed where the two amounts do not."""
        if self.total is not None and self.registered is not None:
            must_share_a_currency(self.total, self.registered)

    def plus(self, added: Investment) -> Investment:
        """This investment after an increase; what is not known before is not known after."""
        return Investment(_sum(self.total, added.total), _sum(self.registered, added.registered))

    def __bool__(self) -> bool:
        return self.total is not None or self.registered is not None


def must_share_a_currency(one: Money, other: Money) -> None:
    """CurrenciesAreMixed where they do not."""
    if one.currency is not other.currency:
        raise CurrenciesAreMixed(one=one.currency.value, other=other.currency.value)


def surely_more(one: Money, other: Money) -> bool:
    """Whether the first amount exceeds the second however their bounds are read; both in one currency."""
    return one.base > other.base and one.bound not in _REACHES_DOWN and other.bound not in _REACHES_UP


def added(one: Money, other: Money) -> Money:
    """The sum of two amounts in one currency, in the unit of the first where that is exact enough.

    The sum is exact only where both are; one bound is kept, two different ones make it ABOUT.
    """
    must_share_a_currency(one, other)
    bounds = {one.bound, other.bound} - {Bound.EXACT}
    bound = Bound.EXACT if not bounds else bounds.pop() if len(bounds) == 1 else Bound.ABOUT
    digits = one.currency.minor_digits
    total = one.base + other.base
    for unit in (one.unit, other.unit):
        try:
            return Money(_plain(Decimal(total).scaleb(-unit.scale - digits)), unit, bound)
        except BadInput:
            continue
    unit = _PLAIN_UNITS[one.currency]
    return Money(_plain(Decimal(total).scaleb(-digits)), unit, bound)


def _plain(amount: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    short = amount.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def _sum(before: Money | None, change: Money | None) -> Money | None:
    if before is None or change is None:
        return before
    return added(before, change)
