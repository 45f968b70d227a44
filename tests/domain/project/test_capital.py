"""Investment, increases whose sums come out, and capital paid in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.project.given import CLERK, STRANGER, TODAY, cny, meta, project, recorded, refused, the
from txapi.domain.authority import NotYourUnit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import ProjectKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.facts import FactLiesAhead
from txapi.domain.money import Bound, Money
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectIsTerminated
from txapi.domain.project.capital import (
    ChangedInvestmentNeedsAReason,
    IncreaseAddsNothing,
    IncreaseDoesNotAddUp,
    IncreaseExceedsItsResult,
    IncreaseStartsElsewhere,
    PaidInAlreadyStated,
    PaidInExceedsRegisteredCapital,
    PaidInIsCumulative,
)
from txapi.domain.project.investment import (
    CurrenciesAreMixed,
    Investment,
    RegisteredCapitalExceedsTheTotal,
    added,
    surely_more,
)

APRIL = PartialDate.month(2015, 4)


def usd(amount: str, unit: str = "亿美元") -> Money:
    return Money.of(amount, unit)


def increase_of(known: Project, **more: Any) -> None:
    known.increase_capital(meta(CLERK), **{"on": APRIL, "add_total": usd("1.1"), **more})


# -- investment ------------------------------------------------------------------------------------------------------


def test_investment_is_stated_and_keeps_its_unit_and_bound():
    known = project()

    known.set_investment(meta(CLERK), total=Money.of("20", "亿元", Bound.MORE_THAN))

    assert recorded(known).TOPIC == "project.investment_stated"
    assert the(known.investment).text("zh") == "超20亿元"
    assert known.registered_capital is None
    assert the(known.investment_stated).version == 2


def test_registered_capital_may_be_stated_later_without_a_reason():
    known = project(investment=cny("1", "亿元"))

    known.set_investment(meta(CLERK), registered=cny("1", "亿元"))

    assert (known.investment, known.registered_capital) == (cny("1", "亿元"), cny("1", "亿元"))


def test_to_change_a_stated_investment_needs_a_reason():
    known = project(investment=cny("1", "亿元"))

    with refused(known, ChangedInvestmentNeedsAReason):
        known.set_investment(meta(CLERK), total=cny("2", "亿元"))
    known.set_investment(meta(CLERK, "概算调整"), total=cny("2", "亿元"))

    assert known.investment == cny("2", "亿元")


def test_registered_capital_does_not_exceed_the_total():
    known = project(investment=cny("1", "亿元"))

    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.set_investment(meta(CLERK), registered=Money.of("10000.01", "万元"))
    with refused(known, CurrenciesAreMixed):
        known.set_investment(meta(CLERK), registered=usd("0.1"))
    with refused(known, BadInput):
        known.set_investment(meta(CLERK))


@pytest.mark.parametrize(
    ("registered", "total", "exceeds"),
    [
        (Bound.EXACT, Bound.EXACT, True),
        (Bound.MORE_THAN, Bound.EXACT, True),
        (Bound.EXACT, Bound.NEARLY, True),
        (Bound.EXACT, Bound.MORE_THAN, False),
        (Bound.NEARLY, Bound.EXACT, False),
        (Bound.EXACT, Bound.ABOUT, False),
        (Bound.ABOUT, Bound.EXACT, False),
    ],
)
def test_bounds_are_read_in_favour_of_the_statement(registered, total, exceeds):
    assert surely_more(Money.of("21", "亿元", registered), Money.of("20", "亿元", total)) is exceeds


# -- increases -------------------------------------------------------------------------------------------------------


def test_an_increase_with_its_result_derives_nothing_it_does_not_know():
    known = project(ProjectKind.CAPITAL_INCREASE)

    increase_of(
        known,
        add_registered=usd("5000", "万美元"),
        after=Investment(usd("2.5"), usd("1.2")),
        uses=["流动资金", "技术研发"],
    )

    assert recorded(known).TOPIC == "project.capital_increased"
    (increase,) = known.increases
    assert increase.added == Investment(usd("1.1"), usd("5000", "万美元"))
    assert increase.before == Investment()
    assert increase.after == Investment(usd("2.5"), usd("1.2"))
    assert increase.uses == ("流动资金", "技术研发")
    assert increase.on == APRIL
    assert (known.investment, known.registered_capital) == (usd("2.5"), usd("1.2"))


def test_before_plus_what_was_added_is_after_exactly():
    known = project()
    before = Investment(usd("1.4"), usd("0.7"))

    with refused(known, IncreaseDoesNotAddUp):
        increase_of(known, before=before, after=Investment(usd("2.500001"), None))
    with refused(known, IncreaseDoesNotAddUp):
        increase_of(known, add_registered=usd("5000", "万美元"), before=before, after=Investment(None, usd("1.3")))
    increase_of(known, add_registered=usd("5000", "万美元"), before=before, after=Investment(usd("2.5"), usd("1.2")))

    assert known.investment == usd("2.5")


def test_an_increase_starts_from_what_the_record_states():
    known = project(investment=usd("1.4"), registered_capital=usd("0.7"))

    with refused(known, IncreaseStartsElsewhere):
        increase_of(known, before=Investment(usd("1.5"), None))
    with refused(known, IncreaseDoesNotAddUp):
        increase_of(known, after=Investment(usd("2.6"), None))
    increase_of(known)
    increase_of(known, add_total=usd("0.5"), add_registered=usd("5000", "万美元"))

    assert known.investment == usd("3")
    assert known.registered_capital == usd("1.2")
    assert known.increases[1].before == Investment(usd("2.5"), usd("0.7"))


def test_an_increase_of_something_unknown_leaves_it_unknown():
    known = project()

    increase_of(known)

    assert known.investment is None
    assert known.increases[0].after == Investment()


def test_registered_capital_stays_within_the_total_after_an_increase():
    known = project(investment=cny("1000"), registered_capital=cny("900"))

    with refused(known, RegisteredCapitalExceedsTheTotal):
        increase_of(known, add_total=cny("100"), add_registered=cny("201"))
    increase_of(known, add_total=cny("100"), add_registered=cny("200"))

    assert known.registered_capital == cny("1100")


def test_what_was_added_is_no_more_than_its_result():
    known = project()

    with refused(known, IncreaseExceedsItsResult):
        increase_of(known, after=Investment(usd("1"), None))


@pytest.mark.parametrize("add", [{"add_total": None}, {"add_total": Money.of("0", "万美元")}])
def test_an_increase_adds_something(add):
    known = project()

    with refused(known, IncreaseAddsNothing):
        increase_of(known, **add)


def test_an_increase_is_in_the_currency_of_the_investment():
    known = project(investment=cny("1", "亿元"))

    with refused(known, CurrenciesAreMixed):
        increase_of(known)
    with refused(known, CurrenciesAreMixed):
        increase_of(known, add_total=cny("1"), add_registered=usd("1"))


def test_an_increase_does_not_lie_ahead():
    known = project()

    with refused(known, FactLiesAhead):
        increase_of(known, on=PartialDate.month(2015, 9))


def test_an_amount_that_is_no_exact_one_is_not_added_up_exactly():
    known = project()

    increase_of(
        known,
        before=Investment(Money.of("1.4", "亿美元", Bound.ABOUT), None),
        after=Investment(Money.of("2.6", "亿美元", Bound.MORE_THAN), None),
    )

    assert known.investment == Money.of("2.6", "亿美元", Bound.MORE_THAN)


def test_sums_keep_the_unit_where_it_can_hold_them():
    assert added(usd("1.4"), usd("5000", "万美元")) == usd("1.9")
    assert added(cny("1", "亿元"), cny("1", "元")) == cny("100000001", "元")
    assert added(cny("9990"), cny("10")) == Money(Decimal(10000), cny("1").unit)
    assert added(Money.of("1", "亿元", Bound.ABOUT), cny("1", "亿元")).bound is Bound.ABOUT
    assert added(Money.of("1", "亿元", Bound.NEARLY), Money.of("1", "亿元", Bound.MORE_THAN)).bound is Bound.ABOUT


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.sampled_from(["元", "万元", "亿元"]))
def test_a_sum_is_exact_in_the_smallest_unit(one, other, unit):
    left = Money(Decimal(one).scaleb(-2), cny("1", "元").unit)
    right = Money(Decimal(other % 10**9).scaleb(-2), cny("1", unit).unit)

    assert added(left, right).base == left.base + right.base


def test_a_corrected_increase_must_add_up_as_well():
    known = project()
    increase_of(known, before=Investment(usd("1.4"), None), after=Investment(usd("2.5"), None))

    with refused(known, IncreaseDoesNotAddUp):
        known.correct(meta(CLERK, "误填"), corrects=2, fields={"added": {"total": {"amount": "1.2", "unit": "亿美元"}}})
    with refused(known, FactLiesAhead):
        known.correct(
            meta(CLERK, "误填"),
            corrects=2,
            fields={"on": {"earliest": "2015-09-01", "latest": "2015-09-30", "precision": "month"}},
        )
    known.correct(
        meta(CLERK, "误填"),
        corrects=2,
        fields={
            "added": {"total": {"amount": "1.2", "unit": "亿美元"}},
            "after": {"total": {"amount": "2.6", "unit": "亿美元"}},
        },
    )

    assert known.investment == usd("2.6")
    assert known.increases[0].stated.corrected_by == 3


# -- paid in ---------------------------------------------------------------------------------------------------------


def test_what_was_paid_in_is_cumulative_and_read_at_a_valid_date():
    known = project(investment=cny("1000"), registered_capital=cny("500"))

    known.pay_in(meta(CLERK), amount=cny("300"), through=date(2015, 6, 30))
    known.pay_in(meta(CLERK), amount=cny("100"), through=date(2015, 3, 31))

    assert the(known.paid_in()).amount == cny("300")
    assert the(known.paid_in(date(2015, 6, 29))).amount == cny("100")
    assert known.paid_in(date(2015, 3, 30)) is None
    assert [paid.through for paid in known.payments] == [date(2015, 3, 31), date(2015, 6, 30)]


def test_no_more_is_paid_in_than_is_registered():
    known = project(registered_capital=cny("500"))

    with refused(known, PaidInExceedsRegisteredCapital):
        known.pay_in(meta(CLERK), amount=cny("500.01"), through=TODAY)
    with refused(known, CurrenciesAreMixed):
        known.pay_in(meta(CLERK), amount=usd("1"), through=TODAY)
    known.pay_in(meta(CLERK), amount=cny("500"), through=TODAY)

    assert recorded(known).TOPIC == "project.capital_paid_in"


def test_paid_in_capital_never_falls():
    known = project()
    known.pay_in(meta(CLERK), amount=cny("300"), through=date(2015, 6, 30))

    with refused(known, PaidInIsCumulative):
        known.pay_in(meta(CLERK), amount=cny("299"), through=date(2015, 7, 31))
    with refused(known, PaidInIsCumulative):
        known.pay_in(meta(CLERK), amount=cny("301"), through=date(2015, 5, 31))
    with refused(known, PaidInAlreadyStated):
        known.pay_in(meta(CLERK), amount=cny("300"), through=date(2015, 6, 30))
    with refused(known, CurrenciesAreMixed):
        known.pay_in(meta(CLERK), amount=usd("300"), through=date(2015, 7, 31))


def test_nothing_was_paid_in_through_tomorrow():
    known = project()

    with refused(known, FactLiesAhead):
        known.pay_in(meta(CLERK), amount=cny("1"), through=date(2015, 8, 12))


def test_a_corrected_payment_fits_the_others():
    known = project()
    known.pay_in(meta(CLERK), amount=cny("100"), through=date(2015, 3, 31))
    known.pay_in(meta(CLERK), amount=cny("300"), through=date(2015, 6, 30))

    with refused(known, PaidInIsCumulative):
        known.correct(meta(CLERK, "误填"), corrects=2, fields={"amount": {"amount": "400", "unit": "万元"}})
    known.correct(meta(CLERK, "误填"), corrects=2, fields={"amount": {"amount": "200", "unit": "万元"}})

    assert [paid.amount for paid in known.payments] == [cny("200"), cny("300")]


def test_only_the_units_clerk_tells_the_capital_of_a_project_that_goes_on():
    known = project()
    commands: list[Callable[[Actor], None]] = [
        lambda actor: known.set_investment(meta(actor), total=cny("1")),
        lambda actor: known.increase_capital(meta(actor), add_total=cny("1"), on=APRIL),
        lambda actor: known.pay_in(meta(actor), amount=cny("1"), through=TODAY),
    ]

    for command in commands:
        with refused(known, NotYourUnit):
            command(STRANGER)
    known.terminate(meta(reason="退出"))
    for command in commands:
        with refused(known, ProjectIsTerminated):
            command(CLERK)
