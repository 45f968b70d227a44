"""Parcels through the published operations: listed, awarded, used, found underused or idle and reused, by valid date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import City, clerk
from tests.schema.registering import FINDING, NOBODY, do, entered, listed, mistaken, refused, towns


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def parcel(city: City, **said: Any) -> str:
    """A parcel of 20000 square metres in Chongfu."""
    return entered(city, "Parcel", **{"location": "崇福大道北", "unit": "chongfu", "areaM2": "20000", **said})


def step(city: City, operation: str, id: str, on: str, **more: Any) -> None:
    """Take a step of a parcel."""
    receipt = do(city, operation, parcel=id, on={"text": on}, **more)
    assert receipt["__typename"] == "ParcelReceipt", receipt


def uses(city: City, **variables: Any) -> list[str]:
    """How the parcels are used, by location."""
    return [one["use"] for one in listed(city, "Parcels", **variables)]


def test_an_area_is_told_in_square_metres_and_in_mu(city: City) -> None:
    parcel(city)

    [found] = listed(city, "Parcels")

    assert (found["areaM2"], found["areaMu"]) == ("20000", "30.00")


def test_the_use_counts_what_had_happened_by_the_valid_date(city: City) -> None:
    id = parcel(city)
    step(city, "AwardParcel", id, "2014-03-10")
    step(city, "PutParcelToUse", id, "2014-06")
    step(city, "MarkParcelUnderused", id, "2015-02-01")
    before_the_reuse = city.record.head.position
    step(city, "ReuseParcel", id, "2015-07-20")

    by_valid_date = {
        day: uses(city, validOn=day)
        for day in ("2014-03-09", "2014-03-10", "2014-06-29", "2014-06-30", "2015-01-31", "2015-02-01", "2015-07-20")
    }

    assert by_valid_date == {
        "2014-03-09": ["UNSTATED"],
        "2014-03-10": ["SUPPLIED"],
        "2014-06-29": ["SUPPLIED"],
        "2014-06-30": ["IN_USE"],
        "2015-01-31": ["IN_USE"],
        "2015-02-01": ["UNDERUSED"],
        "2015-07-20": ["REUSED"],
    }
    assert uses(city) == ["REUSED"]
    then = {"at": {"position": str(before_the_reuse)}}
    assert uses(city, **then) == ["UNDERUSED"]
    assert uses(city, **then, validOn="2014-12-31") == ["IN_USE"]


def test_a_filter_by_use_judges_by_the_same_valid_date_as_the_answer(city: City) -> None:
    id = parcel(city)
    parcel(city, location="大麻", unit="dama")
    step(city, "PutParcelToUse", id, "2014-06")
    step(city, "MarkParcelUnderused", id, "2015-02-01")

    assert [one["entityId"] for one in listed(city, "Parcels", filter={"use": ["UNDERUSED"]})] == [id]
    assert listed(city, "Parcels", filter={"use": ["UNDERUSED"]}, validOn="2015-01-31") == []
    assert uses(city, filter={"use": ["IN_USE"]}, validOn="2015-01-31") == ["IN_USE"]
    assert uses(city, filter={"use": ["UNSTATED"], "unit": ["dama"]}) == ["UNSTATED"]
    assert [one["entityId"] for one in listed(city, "Parcels", filter={"text": "崇福"})] == [id]


def test_the_winner_and_the_price_are_told_from_the_day_of_the_award(city: City) -> None:
    winner = entered(city, "Company", name="恒石")
    id = parcel(city)
    step(city, "ListParcel", id, "2015-03-01")
    step(city, "AwardParcel", id, "2015-04-01", winner=winner, price={"amount": "2400", "unit": "WAN_YUAN"})

    [now] = listed(city, "Parcels")
    [then] = listed(city, "Parcels", validOn="2015-03-31")

    assert (now["winner"], now["use"], [one["step"] for one in now["steps"]]) == (
        {"name": "恒石"}, "SUPPLIED", ["LISTED", "AWARDED"],
    )  # fmt: skip
    assert now["price"] == {"text": "CNY 24 million"}
    assert (then["winner"], then["price"], [one["step"] for one in then["steps"]]) == (None, None, ["LISTED"])
    refused(city, "AlreadyAwarded", "AwardParcel", parcel=id, on={"text": "2015-05"})


def test_idle_land_takes_a_finding_with_its_reason(city: City) -> None:
    id = parcel(city)

    refused(city, "IdlenessNeedsAFinding", "MarkParcelIdle", parcel=id, on={"text": "2015-07"}, reason="未动工")
    refused(city, "IdlenessNeedsAFinding", "MarkParcelIdle", parcel=id, on={"text": "2015-07"}, source=FINDING)
    step(city, "MarkParcelIdle", id, "2015-07", source=FINDING, reason="未动工")

    assert uses(city) == ["IDLE"]


def test_a_retracted_step_brings_the_use_before_it_back_and_the_past_still_shows_it(city: City) -> None:
    id = parcel(city)
    step(city, "PutParcelToUse", id, "2014-06")
    step(city, "MarkParcelUnderused", id, "2015-02-01")
    mistaken_at = city.record.head.position

    do(city, "CorrectParcel", parcel=id, corrects=3, reason="another parcel was meant")

    assert uses(city) == ["IN_USE"]
    assert uses(city, at={"position": str(mistaken_at)}) == ["UNDERUSED"]


def test_the_projects_of_a_parcel_are_told_by_the_valid_date(city: City) -> None:
    id = parcel(city)
    project = do(city, "IntroduceProject", code="A1", name="A1", kind="NEW_BUILD")["project"]["entityId"]
    do(city, "AttachParcel", project=project, parcel=id, on={"text": "2015-05-10"})
    do(city, "DetachParcel", project=project, parcel=id, on={"text": "2015-06-10"}, reason="换地")

    question = """query ($id: ID!, $validOn: Date) { moment(validOn: $validOn) { parcel(entityId: $id) {
        projects { current project { code } } } } }"""
    found = [
        city.ask(question, {"id": id, "validOn": day})["moment"]["parcel"]["projects"]
        for day in ("2015-05-09", "2015-05-10", "2015-06-10", None)
    ]

    then, now = ([{"current": current, "project": {"code": "A1"}}] for current in (True, False))
    assert found == [[], then, now, now]


@pytest.mark.parametrize(
    ("code", "operation", "given"),
    [
        ("NothingToAmend", "AmendParcel", {"location": "崇福大道北"}),
        ("DoesNotExist", "AmendParcel", {"formerUser": NOBODY}),
        ("StaleVersion", "AmendParcel", {"note": "x", "expectedVersion": 9}),
        ("FactLiesAhead", "ListParcel", {"on": {"text": "2015-09"}}),
        ("DoesNotExist", "AwardParcel", {"on": {"text": "2015-07"}, "winner": NOBODY}),
        ("FactLiesAhead", "PutParcelToUse", {"on": {"text": "2015-08-12"}}),
        ("FactLiesAhead", "MarkParcelUnderused", {"on": {"text": "2016"}}),
        ("NothingToReuse", "ReuseParcel", {"on": {"text": "2015-07"}}),
        ("ClosingNeedsAReason", "CloseParcel", {}),
        ("CorrectionNeedsAReason", "CorrectParcel", {"corrects": 1}),
        ("NothingToCorrect", "CorrectParcel", {"corrects": 1, "reason": "test"}),
    ],
)
def test_a_refusal_says_why_and_records_nothing(city: City, code: str, operation: str, given: dict[str, Any]) -> None:
    refused(city, code, operation, **{"parcel": parcel(city), **given})


def test_an_amended_and_closed_parcel_keeps_its_history(city: City) -> None:
    id = parcel(city)
    do(city, "AmendParcel", parcel=id, note="旧厂房", areaM2="6666.67")
    do(city, "CloseParcel", parcel=id, reason="并入相邻地块")

    [found] = listed(city, "Parcels", filter={"text": "旧厂房"})

    assert (found["areaMu"], found["closed"], found["version"]) == ("10.00", True, 3)
    refused(city, "IsClosed", "PutParcelToUse", parcel=id, on={"text": "2015-07"})
    mistaken(city, "BAD_AREA", "RegisterParcel", location="某处", areaM2="0")


def test_a_clerk_keeps_the_parcels_of_the_own_unit_only(city: City) -> None:
    id = parcel(city)

    refused(city, "NotYourUnit", "PutParcelToUse", clerk("dama"), parcel=id, on={"text": "2015-07"})

    receipt = do(city, "PutParcelToUse", clerk("chongfu"), parcel=id, on={"text": "2015-07"})
    assert receipt["parcel"]["use"] == "IN_USE"
