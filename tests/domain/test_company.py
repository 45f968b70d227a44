"""Companies: by name or by description, with capital that must add up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    CLERK,
    HOMELESS,
    LEADER,
    READER,
    SECRETARY,
    STRANGER,
    SUCCESSOR,
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
from txapi.domain.event import Actor
from txapi.domain.facts import FactLiesAhead
from txapi.domain.money import Money
from txapi.domain.project.capital import (
    IncreaseAddsNothing,
    IncreaseDoesNotAddUp,
    IncreaseExceedsItsResult,
    IncreaseStartsElsewhere,
)
from txapi.domain.project.investment import CurrenciesAreMixed, Investment, RegisteredCapitalExceedsTheTotal
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend

CREDIT_CODE = "91330483MA28A0XX1T"


def company(**said: Any) -> Company:
    """A company of Chongfu."""
    new = Company("c1")
    new.register(meta(), **{"name": "新凤鸣集团", "unit": "chongfu", **said})
    new.pending.clear()
    return new


def with_capital(total: str = "1000", registered: str = "400") -> Company:
    known = company()
    known.state_capital(meta(), total=cny(total), registered=cny(registered))
    known.pending.clear()
    return known


# -- the register --------------------------------------------------------------------------------------------------------


def test_a_company_is_registered_with_what_is_known() -> None:
    new = Company("c1")

    new.register(
        meta(CLERK),
        name="新凤鸣集团",
        unit="chongfu",
        parent="c0",
        country="DE",
        credit_code=CREDIT_CODE,
        settled=on("2015-03"),
        aliases=("新凤鸣",),
    )

    event = recorded(new, Company.Registered)
    assert list(event.claims()) == [("credit_code", CREDIT_CODE)]
    assert (new.name, new.unit, new.parent, new.country) == ("新凤鸣集团", "chongfu", "c0", "DE")
    assert (new.settled, new.aliases) == (on("2015-03"), ("新凤鸣",))


def test_a_company_without_a_name_is_known_by_its_description() -> None:
    new = Company("c1")

    new.register(meta(), description="一家德国企业")

    event = recorded(new, Company.Registered)
    assert (new.name, new.description, list(event.claims())) == (None, "一家德国企业", [])


@pytest.mark.parametrize("said", [{}, {"name": ""}, {"name": " ", "description": "x"}, {"name": "企" * 201}])
def test_a_company_needs_a_name_or_a_description(said: dict[str, Any]) -> None:
    new = Company("c1")

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), **said)


@pytest.mark.parametrize("code", ["", "9133", CREDIT_CODE + "0", CREDIT_CODE[:-1] + "I", CREDIT_CODE.lower()])
def test_a_credit_code_has_18_of_its_characters(code: str) -> None:
    new, known = Company("c1"), company()

    with bad_input(new, "BAD_CREDIT_CODE"):
        new.register(meta(), name="x", credit_code=code)
    with bad_input(known, "BAD_CREDIT_CODE"):
        known.amend(meta(), credit_code=code)


def test_a_company_settles_today_and_not_tomorrow() -> None:
    today, tomorrow = Company("c1"), Company("c2")

    today.register(meta(), name="x", settled=on("2015-08-11"))

    assert today.settled == on("2015-08-11")
    with refused(tomorrow, FactLiesAhead):
        tomorrow.register(meta(), name="x", settled=on("2015-08-12"))


def test_a_company_is_registered_once() -> None:
    known = company()

    with refused(known, AlreadyExists):
        known.register(meta(), name="x")


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(STRANGER, NotYourUnit), (HOMELESS, NotYourUnit), (LEADER, NotYourRole), (SECRETARY, NotYourRole)],
)
def test_the_unit_of_a_company_keeps_it_and_nobody_elses_clerk(
    actor: Actor, refusal: type[NotYourRole | NotYourUnit]
) -> None:
    known, new = company(), Company("c2")

    with refused(new, refusal):
        new.register(meta(actor), name="x", unit="chongfu")
    with refused(known, refusal):
        known.amend(meta(actor), country="DE")
    for action in Company.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), refusal)
        assert known.may(action, meta(CLERK)) is None
        assert known.may(action, meta(SUCCESSOR)) is None
        assert known.may(action, meta(ADMINISTRATOR)) is None


def test_any_clerk_may_register_a_company_without_a_unit_and_only_the_supervisor_keeps_it() -> None:
    new = Company("c1")

    new.register(meta(STRANGER), name="x")

    assert isinstance(new.may("amend_company", meta(STRANGER)), NotYourRole)
    assert new.may("amend_company", meta()) is None
    other = Company("c2")
    with refused(other, NotYourRole):
        other.register(meta(READER), name="x")


def test_an_amendment_records_only_what_changes() -> None:
    known = company()

    known.amend(meta(CLERK), name="新凤鸣集团", country="CN", credit_code=CREDIT_CODE)

    event = recorded(known, Company.Amended)
    assert (event.name, event.country) == (None, "CN")
    assert list(event.claims()) == [("credit_code", CREDIT_CODE)]
    with refused(known, NothingToAmend):
        known.amend(meta(), country="CN", name=None)


@pytest.mark.parametrize(("said", "code"), [({"name": " "}, "BAD_NAME"), ({"description": ""}, "EMPTY_TEXT")])
def test_an_amendment_leaves_no_company_without_a_name(said: dict[str, str], code: str) -> None:
    known = company()

    with bad_input(known, code):
        known.amend(meta(), **said)


def test_closing_says_why_and_ends_everything_but_corrections() -> None:
    known = company()

    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="注销"))

    recorded(known, Company.Closed)
    assert (known.closed, known.closed_because) == (True, "注销")
    with refused(known, IsClosed):
        known.amend(meta(), country="CN")
    with refused(known, IsClosed):
        known.state_capital(meta(), total=cny("1"))
    with refused(known, IsClosed):
        known.increase_capital(meta(), on=on("2015-08"), add_total=cny("1"))
    with refused(known, IsClosed):
        known.close(meta(reason="again"))
    assert known.may("correct_company", meta()) is None


def test_a_company_that_was_never_registered_can_do_nothing() -> None:
    nobody = Company("c1")

    for action in Company.ACTIONS:
        assert isinstance(nobody.may(action, meta()), DoesNotExist)


# -- capital -------------------------------------------------------------------------------------------------------------


def test_capital_is_stated_piece_by_piece() -> None:
    known = company()

    known.state_capital(meta(), total=cny("1000"))
    recorded(known, Company.CapitalStated)
    known.state_capital(meta(), registered=cny("400"))

    recorded(known, Company.CapitalStated)
    assert known.capital == Investment(cny("1000"), cny("400"))


def test_capital_states_something() -> None:
    known = company()

    with bad_input(known, "MUST_BE_SAID"):
        known.state_capital(meta())


def test_registered_capital_may_be_the_total_and_not_more() -> None:
    equal, known = company(), company()

    equal.state_capital(meta(), total=cny("400"), registered=cny("400"))

    assert equal.capital.registered == cny("400")
    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.state_capital(meta(), total=cny("400"), registered=cny("400.01"))


def test_capital_is_in_one_currency() -> None:
    known = with_capital()

    with refused(known, CurrenciesAreMixed):
        known.state_capital(meta(), registered=Money.of("400", "万美元"))
    with refused(known, CurrenciesAreMixed):
        known.increase_capital(meta(), on=on("2015-08"), add_total=Money.of("1", "万美元"))


def test_an_increase_is_added_to_what_is_known() -> None:
    known = with_capital()

    known.increase_capital(meta(CLERK), on=on("2015-08-11"), add_total=cny("500"), add_registered=cny("100"))

    recorded(known, Company.CapitalIncreased)
    [increase] = known.increases
    assert known.capital == increase.after == Investment(cny("1500"), cny("500"))
    assert increase.before == Investment(cny("1000"), cny("400"))
    assert (increase.version, increase.on) == (3, on("2015-08-11"))


def test_an_increase_as_stated_needs_no_capital_before() -> None:
    known = company()

    known.increase_capital(
        meta(),
        on=on("2015-05"),
        add_total=cny("500"),
        before=Investment(cny("1000")),
        after=Investment(cny("1500")),
    )

    recorded(known, Company.CapitalIncreased)
    assert known.capital == Investment(cny("1500"))


def test_an_increase_of_something_unknown_leaves_it_unknown() -> None:
    known = company()

    known.increase_capital(meta(), on=on("2015-05"), add_total=cny("500"))

    recorded(known, Company.CapitalIncreased)
    assert known.capital == Investment()
    assert known.increases[0].added == Investment(cny("500"))


@pytest.mark.parametrize("added", [{}, {"add_total": cny("0")}])
def test_an_increase_adds_something(added: dict[str, Any]) -> None:
    known = with_capital()

    with refused(known, IncreaseAddsNothing):
        known.increase_capital(meta(), on=on("2015-08"), **added)


def test_before_and_what_was_added_is_after_to_the_fen() -> None:
    known = with_capital()

    with refused(known, IncreaseDoesNotAddUp):
        known.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"), after=Investment(cny("1500.000001")))
    with refused(known, IncreaseStartsElsewhere):
        known.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"), before=Investment(cny("999")))
    unstated = company()
    with refused(unstated, IncreaseExceedsItsResult):
        unstated.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"), after=Investment(cny("499")))


def test_an_increase_does_not_lift_the_registered_capital_above_the_total() -> None:
    known = with_capital()

    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.increase_capital(meta(), on=on("2015-08"), add_registered=cny("601"))
    known.increase_capital(meta(), on=on("2015-08"), add_registered=cny("600"))

    assert known.capital.registered == cny("1000")


def test_an_increase_happened_by_today() -> None:
    known = with_capital()

    with refused(known, FactLiesAhead):
        known.increase_capital(meta(), on=on("2015-08-12"), add_total=cny("1"))


# -- corrections ---------------------------------------------------------------------------------------------------------


def test_a_corrected_capital_carries_through_later_increases() -> None:
    known = with_capital()
    known.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"))
    known.pending.clear()

    known.correct(meta(CLERK, "a typo"), corrects=2, fields={"total": {"amount": "2000", "unit": "万元"}})

    recorded(known, Company.FactCorrected)
    assert known.capital.total == cny("2500")
    assert known.increases[0].before.total == cny("2000")


def test_a_retracted_increase_is_gone_and_comes_back() -> None:
    known = with_capital()
    known.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"))
    known.pending.clear()

    known.correct(meta(reason="it never came"), corrects=3, fields=None)
    recorded(known, Company.FactCorrected)
    assert (known.capital.total, known.increases) == (cny("1000"), ())
    known.correct(meta(reason="it did"), corrects=4, fields=None)

    recorded(known, Company.FactCorrected)
    assert known.capital.total == cny("1500")


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = with_capital()
    known.increase_capital(meta(), on=on("2015-08"), add_total=cny("500"), after=Investment(cny("1500")))
    known.pending.clear()
    why = meta(reason="a slip")

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    with refused(known, NothingToCorrect):
        known.correct(why, corrects=1, fields=None)
    with refused(known, FactLiesAhead):
        known.correct(
            why, corrects=3, fields={"on": {"earliest": "2015-08-12", "latest": "2015-08-12", "precision": "day"}}
        )
    with refused(known, RegisteredCapitalExceedsTheTotal):
        known.correct(why, corrects=2, fields={"registered": {"amount": "1001", "unit": "万元"}})
    with refused(known, IncreaseDoesNotAddUp):
        known.correct(why, corrects=2, fields={"total": {"amount": "2000", "unit": "万元"}})
    with refused(known, CurrenciesAreMixed):
        known.correct(why, corrects=2, fields={"total": {"amount": "1000", "unit": "万美元"}, "registered": None})


def test_a_corrected_amendment_keeps_to_the_rules_of_an_amendment() -> None:
    known = company()
    known.amend(meta(), name="新凤鸣", credit_code=CREDIT_CODE)
    known.pending.clear()
    why = meta(reason="a slip")

    with bad_input(known, "BAD_NAME"):
        known.correct(why, corrects=2, fields={"name": ""})
    with bad_input(known, "BAD_CREDIT_CODE"):
        known.correct(why, corrects=2, fields={"credit_code": "1"})
    known.correct(why, corrects=2, fields={"credit_code": CREDIT_CODE[:-1] + "U"})

    event = recorded(known, Company.FactCorrected)
    assert list(event.claims()) == [("credit_code", CREDIT_CODE[:-1] + "U")]
    assert (known.name, known.credit_code) == ("新凤鸣", CREDIT_CODE[:-1] + "U")
