"""Units through the published operations: registered, renamed, merged, closed, corrected, now and then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, City, clerk

REGISTER = {"code": "tudian", "name": {"zh": "屠甸镇", "en": "Tudian"}, "kind": "TOWN", "duty": "IMPLEMENTING_BODY"}


@pytest.fixture
def city(tmp_path: Path) -> Any:
    """A city with one unit."""
    city = City(tmp_path)
    assert run(city, "RegisterUnit", REGISTER)["__typename"] == "UnitReceipt"
    yield city
    city.close()


def run(city: City, operation: str, given: dict[str, Any], as_: Any = ADMINISTRATOR) -> Any:
    """The result of a published mutation."""
    return next(iter(city.ask(operation, {"input": given}, as_=as_).values()))


def test_a_unit_keeps_its_code_through_a_change_of_name_and_the_past_shows_the_old_one(city: City) -> None:
    receipt = run(city, "RenameUnit", {"unit": "tudian", "name": {"zh": "屠甸街道", "en": "Tudian subdistrict"}})

    now = city.ask("Units")["moment"]["units"]["nodes"][0]
    then = city.ask("Units", {"at": {"position": "1"}})["moment"]["units"]["nodes"][0]

    assert receipt["unit"]["name"]["zh"] == now["name"]["zh"] == "屠甸街道"
    assert now["aliases"] == ["屠甸镇"]
    assert (then["name"]["zh"], then["aliases"], then["code"]) == ("屠甸镇", [], "tudian")


def test_a_merged_unit_names_its_successor(city: City) -> None:
    run(city, "RegisterUnit", {**REGISTER, "code": "wutong"})

    run(city, "MergeUnit", {"unit": "tudian", "into": "wutong"})

    found = city.ask('{ unit(code: "tudian") { closed successor { code } } }')["unit"]
    assert found == {"closed": True, "successor": {"code": "wutong"}}


def test_a_correction_brings_the_earlier_name_back_and_its_history_says_why(city: City) -> None:
    run(city, "RenameUnit", {"unit": "tudian", "name": {"zh": "误名", "en": "wrong"}})

    run(city, "CorrectUnit", {"unit": "tudian", "corrects": 2, "reason": "never decided"})

    found = city.ask('{ unit(code: "tudian") { name { zh } history { nodes { type reason } } } }')["unit"]
    assert found["name"]["zh"] == "屠甸镇"
    assert found["history"]["nodes"][-1] == {"type": "unit.fact_corrected", "reason": "never decided"}


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("RegisterUnit", REGISTER, "AlreadyExists"),
        ("RenameUnit", {"unit": "nowhere", "name": {"zh": "无", "en": "none"}}, "DoesNotExist"),
        ("AmendUnit", {"unit": "tudian", "kind": "TOWN"}, "NothingToAmend"),
        ("MergeUnit", {"unit": "tudian", "into": "tudian"}, "MergedIntoItself"),
        ("CloseUnit", {"unit": "tudian"}, "ClosingNeedsAReason"),
        ("AmendUnit", {"unit": "tudian", "kind": "PLATFORM", "expectedVersion": 7}, "StaleVersion"),
    ],
)
def test_a_refusal_says_why_and_records_nothing(city: City, operation: str, given: dict[str, Any], code: str) -> None:
    head = city.record.head.position

    answer = run(city, operation, given)

    assert (answer["__typename"], answer["code"]) == ("Refusal", code)
    assert city.record.head.position == head


def test_a_clerk_keeps_no_register_and_is_told_why(city: City) -> None:
    answer = run(city, "CloseUnit", {"unit": "tudian", "reason": "x"}, as_=clerk("tudian"))
    may = city.ask('{ unit(code: "tudian") { may { action allowed because { code } } } }', as_=clerk("tudian"))

    assert answer["code"] == "NotYourRole"
    assert {"action": "closeUnit", "allowed": False, "because": {"code": "NotYourRole"}} in may["unit"]["may"]
    assert city.record.head.position == 1


def test_the_same_command_again_answers_with_its_first_receipt(city: City) -> None:
    given = {"unit": "tudian", "name": {"zh": "新名", "en": "new"}, "commandId": "c-1"}
    first = run(city, "RenameUnit", given)
    run(city, "RenameUnit", {"unit": "tudian", "name": {"zh": "更新名", "en": "newer"}})

    again = run(city, "RenameUnit", given)
    other = run(city, "RenameUnit", {**given, "name": {"zh": "另", "en": "another"}})

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["position"] == first["position"] == "2"
    assert again["unit"]["name"]["zh"] == "新名"
    assert other["code"] == "CommandIdReused"
    assert city.record.head.position == 3
