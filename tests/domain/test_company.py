"""Companies are entered by name or description; their capital adds up, whatever is corrected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.register_given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    HOMELESS,
    LEADER,
    READER,
    STRANGER,
    SUCCESSOR,
    SUPERVISOR,
    bad_input,
    cny,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.company import Company
from txapi.domain.event import Actor, Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.money import Bound, Money
from txapi.domain.project.capital import (
    IncreaseAddsNothing,
    IncreaseDoesNotAddUp,
    IncreaseExceedsItsResult,
    IncreaseStartsElsewhere,
)
from txapi.domain.project.investment import CurrenciesAreMixed, Investment, RegisteredCapitalExceedsTheTotal
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend

CODE, OTHER_CODE = "91330483MA28A1B2C3", "91330483MA28A1B2C4"


def company(**more: Any) -> Company:
    """A company of Chongfu."""
    new = Company("c1")
    new.register(meta(CLERK), **{"name": "双箭股份", "unit": "chongfu", **more})
    new.pending.clear()
    return new


def with_capital(total: str = "100", registered: str | None = "40") -> Company:
    """The same with its capital stated by event 2, in 万元."""
    known = company()
    known.state_capital(meta(CLERK), total=cny(total), registered=cny(registered) if registered else None)
    known.pending.clear()
    return known


def usd(amount: str, unit: str = "万美元") -> Money:
    return Money.of(amount, unit)


# -- registering and amending --------------------------------------------------------------------------------------------


def test_a_company_keeps_what_is_said_of_it_and_claims_its_credit_code() -> None:
    new = Company("c1")

    new.register(
        meta(CLERK),
        name="双箭股份",
        description="输送带制造",
        unit="chongfu",
        parent="c0",
        country="CN",
        credit_code=CODE,
        settled=on("2012-05"),
        aliases=("双箭",),
    )

    event = recorded(new, Company.Registered)
    assert list(event.claims()) == [("credit_code", CODE)]
    assert (new.name, new.description, new.unit, new.parent) == ("双箭股份", "输送带制造", "chongfu", "c0")
    assert (new.country, new.credit_code, new.settled, new.aliases) == ("CN", CODE, on("2012-05"), ("双箭",))


def test_a_company_without_a_name_is_entered_by_what_is_said_of_it() -> None:
    known = company(name=None, description="一家德国独资企业")

    assert (known.name, known.description) == (None, "一家德国独资企业")
    assert list(known.events[0].claims()) == []


@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": " ", "description": "有说明"}, {"name": "企" * 201}])
def test_a_company_has_a_name_that_names_it_or_a_description(given: dict[str, Any]) -> None:
    new = Company("c1")

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), **given)


def test_a_blank_description_says_nothing() -> None:
    new, known = Company("c1"), company()

    with bad_input(new, "EMPTY_TEXT"):
        new.register(meta(), description=" ")
    with bad_input(known, "EMPTY_TEXT"):
        known.amend(meta(), description=" ")


@pytest.mark.parametrize("code", ["", CODE[:-1], CODE + "0", CODE.lower(), CODE[:-1] + "I", CODE[:-1] + "O"])
def test_a_credit_code_has_eighteen_characters_of_its_alphabet(code: str) -> None:
    new, known = Company("c1"), company()

    with bad_input(new, "BAD_CREDIT_CODE"):
        new.register(meta(), name="双箭股份", credit_code=code)
    with bad_input(known, "BAD_CREDIT_CODE"):
        known.amend(meta(), credit_code=code)


def test_a_company_is_registered_once() -> None:
    known = company()

    with refused(known, AlreadyExists):
        known.register(meta(), name="双箭股份")


def test_a_company_settled_on_a_day_that_has_come() -> None:
    new = Company("c1")

    with refused(new, FactLiesAhead):
        new.register(meta(), name="双箭股份", settled=on("2015-08-12"))
    new.register(meta(), name="双箭股份", settled=on("2015-08-11"))

    assert new.settled == on("2015-08-11")


def test_an_amendment_changes_what_it_names_and_claims_a_new_code() -> None:
    known = company(description="输送带制造")

    known.amend(meta(CLERK), name="浙江双箭", credit_code=CODE)

    event = recorded(known, Company.Amended)
    assert list(event.claims()) == [("credit_code", CODE)]
    assert (known.name, known.credit_code, known.description) == ("浙江双箭", CODE, "输送带制造")
    with refused(known, NothingToAmend):
        known.amend(meta(CLERK), name="浙江双箭")


# -- capital -------------------------------------------------------------------------------------------------------------


def test_capital_is_stated_in_part_and_completed_later() -> None:
    known = company()

    known.state_capital(meta(CLERK), total=cny("100"))
    recorded(known, Company.CapitalStated)
    known.state_capital(meta(CLERK), registered=cny("100"))

    assert known.capital == Investment(cny("100"), cny("100"))


def test_capital_says_something_in_one_currency_and_registers_no_more_than_the_total() -> None:
    known = with_capital()

    with bad_input(known, "MUST_BE_SAID"):
        known.state_capital(meta(CLERK))
    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.state_capital(meta(CLERK), registered=cny("100.0001"))
    with refused(known, CurrenciesAreMixed):
        known.state_capital(meta(CLERK), registered=usd("1"))


def test_an_increase_starts_from_what_is_stated_and_what_follows_is_reckoned() -> None:
    known = with_capital("100", "40")

    known.increase_capital(meta(CLERK), on=on("2015-06"), add_total=cny("50"), add_registered=cny("20"))

    recorded(known, Company.CapitalIncreased)
    [increase] = known.increases
    assert (increase.version, increase.on, increase.basis) == (3, on("2015-06"), Basis.STATED)
    assert increase.before == Investment(cny("100"), cny("40"))
    assert increase.after == known.capital == Investment(cny("150"), cny("60"))


def test_an_increase_of_a_company_whose_capital_nobody_stated_tells_before_and_after_itself() -> None:
    known = company()

    known.increase_capital(
        meta(CLERK),
        on=on("2015-06"),
        add_total=usd("1000"),
        before=Investment(usd("2000")),
        after=Investment(usd("3000")),
    )

    recorded(known, Company.CapitalIncreased)
    assert known.capital == Investment(usd("3000"))


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, IncreaseAddsNothing),
        ({"add_total": cny("0")}, IncreaseAddsNothing),
        ({"add_total": cny("50"), "after": Investment(cny("150.0001"))}, IncreaseDoesNotAddUp),
        ({"add_total": cny("50"), "before": Investment(cny("99"))}, IncreaseStartsElsewhere),
        ({"add_total": usd("50")}, CurrenciesAreMixed),
        ({"add_total": cny("50"), "add_registered": usd("1")}, CurrenciesAreMixed),
        ({"add_registered": cny("60.0001")}, RegisteredCapitalExceedsTheTotal),
        ({"add_total": cny("1"), "on": on("2015-08-12")}, FactLiesAhead),
    ],
)
def test_an_increase_that_cannot_be_is_refused(given: dict[str, Any], refusal: type[Any]) -> None:
    known = with_capital("100", "40")

    with refused(known, refusal):
        known.increase_capital(meta(CLERK), **{"on": on("2015-06"), **given})


def test_an_increase_is_no_more_than_what_it_leads_to() -> None:
    known = company()

    with refused(known, IncreaseExceedsItsResult):
        known.increase_capital(meta(), on=on("2015-06"), add_total=cny("51"), after=Investment(cny("50")))


def test_registered_capital_may_reach_the_total_but_not_pass_it() -> None:
    known = with_capital("100", "40")

    known.increase_capital(meta(CLERK), on=on("2015-06"), add_registered=cny("60"))

    assert known.capital == Investment(cny("100"), cny("100"))


def test_bounded_amounts_contradict_nothing_that_they_leave_open() -> None:
    known = company()
    known.state_capital(meta(), total=Money.of("20", "亿元", Bound.MORE_THAN))

    known.increase_capital(
        meta(), on=on("2015-06"), add_total=Money.of("1", "亿元"), after=Investment(Money.of("25", "亿元"))
    )

    assert known.capital == Investment(Money.of("25", "亿元"))


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([-1, 0, 1]))
def test_an_increase_holds_exactly_where_before_and_added_make_after(before: int, added: int, off: int) -> None:
    known = company()
    start, change, end = (Money.of(str(amount), "元") for amount in (before, added, before + added + off))

    def increase() -> None:
        known.increase_capital(meta(), on=on("2015"), add_total=change, before=Investment(start), after=Investment(end))

    if off:
        with pytest.raises((IncreaseDoesNotAddUp, IncreaseExceedsItsResult)):
            increase()
        assert known.pending == []
    else:
        increase()
        assert known.capital.total == Money(Decimal(before + added), end.unit)


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_a_corrected_increase_is_reckoned_anew_and_rests_on_the_correction() -> None:
    known = with_capital("100", "40")
    known.increase_capital(meta(CLERK), on=on("2015-06"), add_total=cny("50"))
    known.pending.clear()

    known.correct(meta(CLERK, "金额录错"), corrects=3, fields={"added": {"total": {"amount": "60", "unit": "万元"}}})

    recorded(known, Company.FactCorrected)
    assert known.capital.total == cny("160")
    assert [increase.version for increase in known.increases] == [3]


def test_a_retracted_increase_leaves_the_capital_before_it() -> None:
    known = with_capital("100", "40")
    known.increase_capital(meta(CLERK), on=on("2015-06"), add_total=cny("50"))
    known.pending.clear()

    known.correct(meta(CLERK, "未实施"), corrects=3, fields=None)

    recorded(known, Company.FactCorrected)
    assert (known.capital.total, known.increases) == (cny("100"), ())


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"added": {"total": {"amount": "0", "unit": "万元"}}}, IncreaseAddsNothing),
        ({"added": {"total": {"amount": "50", "unit": "万美元"}}}, CurrenciesAreMixed),
        ({"added": {"total": {"amount": "51", "unit": "万元"}}}, IncreaseDoesNotAddUp),
        ({"on": {"earliest": "2015-08-12", "latest": "2015-08-12", "precision": "day"}}, FactLiesAhead),
    ],
)
def test_a_correction_of_an_increase_is_as_strict_as_the_increase(fields: dict[str, Any], refusal: type[Any]) -> None:
    known = with_capital("100", None)
    known.increase_capital(
        meta(), on=on("2015-06"), add_total=cny("50"), before=Investment(cny("100")), after=Investment(cny("150"))
    )
    known.pending.clear()

    with refused(known, refusal):
        known.correct(meta(reason="a slip"), corrects=3, fields=fields)


def test_stated_capital_is_corrected_to_nothing_below_what_is_registered() -> None:
    known = with_capital("100", "40")

    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.correct(meta(reason="a slip"), corrects=2, fields={"total": {"amount": "39", "unit": "万元"}})
    with refused(known, CurrenciesAreMixed):
        known.correct(meta(reason="a slip"), corrects=2, fields={"total": {"amount": "39", "unit": "万美元"}})
    known.correct(meta(reason="a slip"), corrects=2, fields={"total": {"amount": "40", "unit": "万元"}})

    assert known.capital == Investment(cny("40"), cny("40"))


def test_a_statement_is_not_retracted_where_what_remains_contradicts_itself() -> None:
    known = company()
    known.state_capital(meta(), total=cny("50"))
    known.state_capital(meta(), total=cny("100"))
    known.state_capital(meta(), registered=cny("60"))
    known.pending.clear()

    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.correct(meta(reason="a slip"), corrects=3, fields=None)


def test_a_corrected_credit_code_is_checked_and_claimed() -> None:
    known = company()
    known.amend(meta(CLERK), credit_code=CODE)
    known.pending.clear()

    with bad_input(known, "BAD_CREDIT_CODE"):
        known.correct(meta(CLERK, "a slip"), corrects=2, fields={"credit_code": "1"})
    with bad_input(known, "BAD_NAME"):
        known.correct(meta(CLERK, "a slip"), corrects=2, fields={"name": " "})
    known.correct(meta(CLERK, "a slip"), corrects=2, fields={"credit_code": OTHER_CODE})

    event = recorded(known, Company.FactCorrected)
    assert list(event.claims()) == [("credit_code", OTHER_CODE)]
    assert known.credit_code == OTHER_CODE


def test_a_correction_needs_a_reason_and_a_fact() -> None:
    known = with_capital()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(CLERK), corrects=2, fields=None)
    for version in (-1, 0, 1, 3):
        with refused(known, NothingToCorrect):
            known.correct(meta(CLERK, "r"), corrects=version, fields=None)


# -- closing and permissions ---------------------------------------------------------------------------------------------


def test_a_company_is_closed_with_a_reason_and_still_corrected() -> None:
    known = with_capital("100", None)

    with refused(known, ClosingNeedsAReason):
        known.close(meta(CLERK))
    known.close(meta(CLERK, "注销"))

    recorded(known, Company.Closed)
    assert (known.closed, known.closed_because) == (True, "注销")
    with refused(known, IsClosed):
        known.state_capital(meta(CLERK), total=cny("1"))
    known.correct(meta(CLERK, "a slip"), corrects=2, fields={"total": {"amount": "90", "unit": "万元"}})
    assert (known.capital.total, known.closed) == (cny("90"), True)


@pytest.mark.parametrize("actor", [CLERK, SUCCESSOR, SUPERVISOR, ADMINISTRATOR])
def test_the_units_clerk_and_the_supervisor_keep_it(actor: Actor) -> None:
    known = company()

    assert [action for action in Company.ACTIONS if known.may(action, meta(actor))] == []


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(STRANGER, NotYourUnit), (READER, NotYourRole), (LEADER, NotYourRole), (AUDITOR, NotYourRole)],
)
def test_nobody_else_may_touch_it(actor: Actor, refusal: type[NotYourUnit] | type[NotYourRole]) -> None:
    new, known = Company("c2"), with_capital()

    for action in Company.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), refusal)
    with refused(new, refusal):
        new.register(meta(actor), name="双箭股份", unit="chongfu")
    with refused(known, refusal):
        known.amend(meta(actor), name="x")
    with refused(known, refusal):
        known.state_capital(meta(actor), total=cny("1"))
    with refused(known, refusal):
        known.increase_capital(meta(actor), on=on("2015"), add_total=cny("1"))
    with refused(known, refusal):
        known.close(meta(actor, "r"))
    with refused(known, refusal):
        known.correct(meta(actor, "r"), corrects=2, fields=None)


def test_any_units_clerk_enters_a_company_of_no_unit_which_is_then_the_supervisors() -> None:
    new, unwanted = Company("c1"), Company("c2")

    new.register(meta(STRANGER), name="一家外地企业")
    with refused(new, NotYourRole):
        new.amend(meta(STRANGER), name="另一家")
    new.amend(meta(SUPERVISOR), name="另一家")

    with refused(unwanted, NotYourRole):
        unwanted.register(meta(HOMELESS), name="一家外地企业")


def test_a_company_that_was_never_entered_takes_no_command() -> None:
    unknown = Company("c9")

    with refused(unknown, DoesNotExist):
        unknown.amend(meta(), name="x")
    with refused(unknown, DoesNotExist):
        unknown.correct(meta(reason="r"), corrects=1, fields=None)
