"""Companies through the published operations: registered, amended, their capital stated and increased, now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import LEADER, City, clerk
from tests.schema.registering import NOBODY, do, entered, listed, mistaken, refused, towns

CODE = "91330483MA28A1BC2D"
"""A well-formed unified social credit code."""


def wan(amount: str) -> dict[str, str]:
    """So many ten thousands of yuan."""
    return {"amount": amount, "unit": "WAN_YUAN"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def test_a_company_is_found_by_what_is_said_of_it_now_and_then(city: City) -> None:
    mother = entered(city, "Company", name="巨石集团", country="CN")
    id = entered(city, "Company", name="恒石", unit="chongfu", parent=mother, country="DE", aliases=["Hengshi"])
    before = city.record.head.position
    do(city, "AmendCompany", company=id, name="恒石纤维", unit="dama")

    now = listed(city, "Companies", filter={"text": "hengshi"})
    then = listed(city, "Companies", filter={"text": "hengshi"}, at={"position": str(before)})

    assert [(one["name"], one["unit"]["code"], one["version"]) for one in now] == [("恒石纤维", "dama", 2)]
    assert [(one["name"], one["unit"]["code"], one["version"]) for one in then] == [("恒石", "chongfu", 1)]
    assert now[0]["parent"] == {"name": "巨石集团"}
    assert [one["entityId"] for one in listed(city, "Companies", filter={"parent": mother})] == [id]
    assert [one["entityId"] for one in listed(city, "Companies", filter={"country": ["CN"]})] == [mother]
    assert listed(city, "Companies", filter={"unit": []}) == []


def test_a_company_without_a_name_is_described_and_comes_last(city: City) -> None:
    described = entered(city, "Company", description="a Taiwanese maker of machines")
    named = entered(city, "Company", name="恒石")

    assert [one["entityId"] for one in listed(city, "Companies")] == [named, described]


def test_an_increase_of_capital_adds_up_and_the_past_keeps_the_capital_before_it(city: City) -> None:
    id = entered(city, "Company", name="恒石")
    do(city, "StateCompanyCapital", company=id, total=wan("3000"), registered=wan("1000"))
    before = city.record.head.position
    receipt = do(
        city, "IncreaseCompanyCapital", company=id, on={"text": "2015-07"}, addTotal=wan("500"),
        addRegistered=wan("200"), after={"total": wan("3500")},
    )  # fmt: skip

    question = """query ($id: ID!, $at: PointInput) { moment(at: $at) { company(entityId: $id) {
        totalInvestment { base } registeredCapital { base }
        increases { nounVersion on { text } added { total { base } } before { total { base } } } } } }"""
    now = city.ask(question, {"id": id})["moment"]["company"]
    then = city.ask(question, {"id": id, "at": {"position": str(before)}})["moment"]["company"]

    assert [event["type"] for event in receipt["events"]] == ["company.capital_increased"]
    assert [now[one]["base"] for one in ("totalInvestment", "registeredCapital")] == ["35000000.00", "12000000.00"]
    assert [then[one]["base"] for one in ("totalInvestment", "registeredCapital")] == ["30000000.00", "10000000.00"]
    assert then["increases"] == []
    [increase] = now["increases"]
    assert (increase["nounVersion"], increase["added"]["total"]["base"]) == (3, "5000000.00")
    assert increase["before"]["total"]["base"] == "30000000.00"


def test_a_closed_company_takes_no_more_facts_but_is_corrected(city: City) -> None:
    id = entered(city, "Company", name="恒石")
    do(city, "CloseCompany", company=id, reason="注销登记")

    refused(city, "IsClosed", "AmendCompany", company=id, name="新名")
    assert [one["entityId"] for one in listed(city, "Companies", filter={"closed": True})] == [id]
    receipt = do(city, "CorrectCompany", company=id, corrects=2, reason="another company was meant")
    assert receipt["company"]["closed"] is False
    assert listed(city, "Companies", filter={"closed": True}) == []


@pytest.mark.parametrize(
    ("code", "operation", "given"),
    [
        ("NothingToAmend", "AmendCompany", {"name": "恒石"}),
        ("DoesNotExist", "AmendCompany", {"unit": "nowhere"}),
        ("DoesNotExist", "AmendCompany", {"company": NOBODY, "name": "新名"}),
        ("StaleVersion", "AmendCompany", {"name": "新名", "expectedVersion": 9}),
        ("RegisteredCapitalExceedsTheTotal", "StateCompanyCapital", {"total": wan("1"), "registered": wan("2")}),
        ("FactLiesAhead", "IncreaseCompanyCapital", {"on": {"text": "2015-09"}, "addTotal": wan("5")}),
        ("IncreaseAddsNothing", "IncreaseCompanyCapital", {"on": {"text": "2015-07"}, "addTotal": wan("0")}),
        ("ClosingNeedsAReason", "CloseCompany", {}),
        ("CorrectionNeedsAReason", "CorrectCompany", {"corrects": 1}),
        ("NothingToCorrect", "CorrectCompany", {"corrects": 1, "reason": "test"}),
    ],
)
def test_a_refusal_says_why_and_records_nothing(city: City, code: str, operation: str, given: dict[str, Any]) -> None:
    id = entered(city, "Company", name="恒石", unit="chongfu")

    refused(city, code, operation, **{"company": id, **given})


def test_a_credit_code_is_one_companys_and_an_empty_company_is_none(city: City) -> None:
    entered(city, "Company", name="恒石", creditCode=CODE)

    refused(city, "AlreadyTaken", "RegisterCompany", name="另一家", creditCode=CODE)
    mistaken(city, "BAD_CREDIT_CODE", "RegisterCompany", name="另一家", creditCode="123")
    mistaken(city, "BAD_NAME", "RegisterCompany")


def test_a_clerk_keeps_the_companies_of_the_own_unit_only_and_is_told_so(city: City) -> None:
    id = entered(city, "Company", name="恒石", unit="chongfu")

    refused(city, "NotYourUnit", "AmendCompany", clerk("dama"), company=id, name="新名")
    refused(city, "NotYourRole", "RegisterCompany", LEADER, name="新名")
    assert do(city, "AmendCompany", clerk("chongfu"), company=id, name="新名")["company"]["name"] == "新名"
    question = "query ($id: ID!) { company(entityId: $id) { may { action allowed because { code } } } }"
    may = city.ask(question, {"id": id}, as_=clerk("dama"))["company"]["may"]
    assert {one["action"] for one in may} == {
        "amendCompany", "stateCompanyCapital", "increaseCompanyCapital", "closeCompany", "correctCompany",
    }  # fmt: skip
    assert {one["because"]["code"] for one in may} == {"NotYourUnit"}
