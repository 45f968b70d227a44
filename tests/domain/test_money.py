"""Money: entered amounts, their limits, their normalised integers and their sums."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from txapi.domain.errors import BadInput
from txapi.domain.labels import LABELS, label_of
from txapi.domain.money import INT63_MAX, Bound, Currency, Money, MoneyUnit, base_sum, decimal_of, money_unit_of, sums


@st.composite
def moneys(draw: st.DrawFn) -> Money:
    unit = draw(st.sampled_from(MoneyUnit))
    power = unit.scale + unit.currency.minor_digits
    places = draw(st.integers(0, min(6, power)))
    most = INT63_MAX // 10 ** (power - places)
    digits = draw(st.integers(0, min(most, 10 ** (18 + places) - 1)))
    return Money(Decimal(digits).scaleb(-places), unit, draw(st.sampled_from(Bound)))


@given(moneys())
def test_any_amount_survives_being_stored(money: Money) -> None:
    stored = msgspec.json.encode(money)

    assert msgspec.json.decode(stored, type=Money) == money
    assert str(msgspec.json.decode(stored, type=Money).amount) == str(money.amount)


@given(moneys())
def test_the_base_is_the_exact_amount_in_the_smallest_unit(money: Money) -> None:
    assert 0 <= money.base <= INT63_MAX
    assert Decimal(money.base_text) == Decimal(money.base).scaleb(-money.currency.minor_digits)
    assert money.base * 10**6 == int(money.amount * 10**6) * 10 ** (money.unit.scale + money.currency.minor_digits)


@pytest.mark.parametrize(
    ("amount", "unit", "base", "zh", "en"),
    [
        ("4.85", "亿元", 48_500_000_000, "4.85亿元", "CNY 485 million"),
        ("13955", "万美元", 13_955_000_000, "13955万美元", "USD 139.55 million"),
        ("35", "亿元", 350_000_000_000, "35亿元", "CNY 3.5 billion"),
        ("5000", "元", 500_000, "5000元", "CNY 5,000"),
        ("0", "元", 0, "0元", "CNY 0"),
        ("0.01", "元", 1, "0.01元", "CNY 0.01"),
        ("1.10", "亿美元", 11_000_000_000, "1.10亿美元", "USD 110 million"),
        ("12", "日元", 12, "12日元", "JPY 12"),
    ],
)
def test_an_amount_keeps_its_unit_and_reads_naturally(amount: str, unit: str, base: int, zh: str, en: str) -> None:
    money = Money.of(amount, unit)

    assert (money.base, money.text("zh"), money.text("en")) == (base, zh, en)


def test_a_bound_is_said_before_the_amount() -> None:
    money = Money.of("20", "亿元", Bound.MORE_THAN)

    assert money.text("zh") == "超20亿元"
    assert money.text() == "more than CNY 2 billion"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "BAD_DECIMAL"),
        ("NaN", "BAD_DECIMAL"),
        ("Infinity", "BAD_DECIMAL"),
        ("1e5", "BAD_DECIMAL"),
        ("1_000", "BAD_DECIMAL"),
        ("1,000", "BAD_DECIMAL"),
        ("1.", "BAD_DECIMAL"),
        (".5", "BAD_DECIMAL"),
        (" 1", "BAD_DECIMAL"),
        ("1\n", "BAD_DECIMAL"),
        ("１", "BAD_DECIMAL"),
        ("\ud800", "BAD_DECIMAL"),
        ("0.0000001", "BAD_DECIMAL"),
        ("-1", "NEGATIVE_AMOUNT"),
        ("-0", "NEGATIVE_AMOUNT"),
        ("1" * 19, "AMOUNT_TOO_LARGE"),
        ("9" * 40, "AMOUNT_TOO_LARGE"),
        ("9" * 101, "BAD_DECIMAL"),
    ],
)
def test_text_that_is_no_plain_amount_is_bad_input(text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        decimal_of(text)

    assert refused.value.code == code


def test_the_longest_plain_amount_is_read_exactly() -> None:
    assert decimal_of("9" * 18 + "." + "9" * 6) == Decimal("999999999999999999.999999")
    assert decimal_of("0" * 30 + "1") == 1
    assert decimal_of("-1.5", signed=True) == Decimal("-1.5")


@pytest.mark.parametrize(
    ("amount", "unit", "code"),
    [
        ("0.001", "元", "INEXACT_AMOUNT"),
        ("0.5", "日元", "INEXACT_AMOUNT"),
        ("922337203.685477", "亿元", None),
        ("922337203.685478", "亿元", "AMOUNT_TOO_LARGE"),
        ("9" * 18, "亿元", "AMOUNT_TOO_LARGE"),
    ],
)
def test_an_amount_that_no_integer_holds_is_bad_input(amount: str, unit: str, code: str | None) -> None:
    if code is None:
        assert Money.of(amount, unit).base <= INT63_MAX
        return
    with pytest.raises(BadInput) as refused:
        Money.of(amount, unit)

    assert refused.value.code == code


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-Infinity", "1E+5", "-3", "1E-7", "1" * 40])
def test_decoding_checks_as_building_does(amount: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"amount": amount, "unit": "元"}), type=Money)
    with pytest.raises(BadInput):
        Money(Decimal(amount), MoneyUnit.YUAN)


def test_an_unknown_money_unit_is_bad_input() -> None:
    with pytest.raises(BadInput) as refused:
        money_unit_of("万卢布")

    assert refused.value.code == "BAD_UNIT"


def test_only_one_currency_is_ever_added() -> None:
    yuan, dollars = Money.of("1", "亿元"), Money.of("1", "亿美元")

    assert base_sum([yuan, Money.of("50", "万元")]) == 10_050_000_000
    assert base_sum([]) == 0
    with pytest.raises(BadInput) as refused:
        base_sum([yuan, dollars])
    assert refused.value.code == "CURRENCIES_DIFFER"


def test_sums_are_apart_by_currency_and_say_what_they_leave_open() -> None:
    found = sums([Money.of("2", "亿美元"), Money.of("20", "亿元", Bound.MORE_THAN), None, Money.of("1", "元")])

    assert [(one.currency, one.sum, one.stated, one.unstated, one.bounded) for one in found] == [
        (Currency.CNY, 200_000_000_100, 2, 1, 1),
        (Currency.USD, 20_000_000_000, 1, 1, 0),
    ]


def test_every_bound_and_currency_has_a_label() -> None:
    assert all(member in LABELS for kind in (Bound, Currency) for member in kind)
    assert label_of(Bound.NEARLY).text("zh") == "近"
