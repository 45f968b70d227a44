"""Groups of projects through the published operations: members known beside the count stated, now and by valid date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import City, clerk
from tests.schema.registering import NOBODY, do, entered, listed, mistaken, refused, towns


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def group(city: City, **said: Any) -> str:
    """A joint start of three projects in Chongfu."""
    plain = {"kind": "JOINT_START", "name": "5·28集中开工", "unit": "chongfu", "on": {"text": "2015-05-28"}}
    return entered(city, "Group", **{**plain, "countStated": 3, "open": True, **said})


def joined(city: City, id: str, code: str, on: str) -> str:
    """A project that is in the group since a date."""
    project: str = do(city, "IntroduceProject", code=code, name=code, kind="NEW_BUILD")["project"]["entityId"]
    receipt = do(city, "JoinGroup", project=project, group=id, on={"text": on})
    assert receipt["__typename"] == "ProjectReceipt", receipt
    return project


def seen(city: City, id: str, **variables: Any) -> Any:
    """The group on its screen."""
    return city.ask("Group", {"entityId": id, **variables})["moment"]["group"]


def members(shown: Any) -> list[tuple[str, bool]]:
    """The codes of the members shown, and whether they are in the group."""
    return [(one["project"]["code"], one["current"]) for one in shown["members"]["nodes"]]


def test_the_members_known_stand_beside_the_count_stated(city: City) -> None:
    id = group(city)
    joined(city, id, "A2", "2015-05-30")
    joined(city, id, "A1", "2015-05-28")

    now = seen(city, id)

    assert (now["countStated"], now["membersKnown"], now["open"]) == (3, 2, True)
    assert members(now) == [("A1", True), ("A2", True)]
    assert now["kindLabel"] == {"zh": "集中开工", "en": "joint start"}
    assert now["on"]["earliest"] == now["on"]["latest"] == "2015-05-28"


def test_members_are_told_by_position_and_by_valid_date(city: City) -> None:
    id = group(city)
    first = joined(city, id, "A1", "2015-05-28")
    one_member = city.record.head.position
    joined(city, id, "A2", "2015-06-30")
    do(city, "LeaveGroup", project=first, group=id, on={"text": "2015-07-10"}, reason="移出")

    before, both, after = (seen(city, id, validOn=day) for day in ("2015-05-27", "2015-06-30", "2015-07-10"))

    assert (before["membersKnown"], members(before)) == (0, [])
    assert (both["membersKnown"], members(both)) == (2, [("A1", True), ("A2", True)])
    assert (after["membersKnown"], members(after)) == (1, [("A1", False), ("A2", True)])
    assert members(seen(city, id)) == members(after)
    then = seen(city, id, at={"position": str(one_member)})
    assert (then["membersKnown"], members(then)) == (1, [("A1", True)])


def test_members_are_paged(city: City) -> None:
    id = group(city)
    for number in range(3):
        joined(city, id, f"A{number}", f"2015-05-0{number + 1}")

    first = seen(city, id, first=2)
    rest = seen(city, id, first=2, after=first["members"]["pageInfo"]["endCursor"])

    assert [code for code, _ in members(first)] == ["A0", "A1"]
    assert [code for code, _ in members(rest)] == ["A2"]
    assert first["members"]["totalCount"] == 3
    assert (first["members"]["pageInfo"]["hasNextPage"], rest["members"]["pageInfo"]["hasNextPage"]) == (True, False)


def test_groups_are_found_by_kind_unit_and_text_now_and_then(city: City) -> None:
    id = group(city)
    park = entered(city, "Group", kind="PARK", name="临杭工业园", unit="dama", aliases=["Linhang park"])
    before = city.record.head.position
    do(city, "AmendGroup", group=id, name="2015年集中开工", countStated=5)

    def found(**variables: Any) -> list[str]:
        return [one["entityId"] for one in listed(city, "Groups", **variables)]

    assert found(filter={"kind": ["PARK"]}) == found(filter={"unit": ["dama"]}) == [park]
    assert found(filter={"text": "linhang"}) == [park]
    assert found(filter={"kind": []}) == []
    assert set(found()) == {id, park}
    assert (seen(city, id)["name"], seen(city, id)["countStated"]) == ("2015年集中开工", 5)
    then = seen(city, id, at={"position": str(before)})
    assert (then["name"], then["countStated"]) == ("5·28集中开工", 3)


def test_a_closed_group_takes_nothing_more_and_a_correction_opens_it_again(city: City) -> None:
    id = group(city)
    do(city, "CloseGroup", group=id, reason="重复登记")

    refused(city, "IsClosed", "AmendGroup", group=id, name="新名")
    receipt = do(city, "CorrectGroup", group=id, corrects=2, reason="no duplicate after all")

    assert (receipt["group"]["closed"], receipt["group"]["version"]) == (False, 3)


@pytest.mark.parametrize(
    ("code", "operation", "given"),
    [
        ("NothingToAmend", "AmendGroup", {"countStated": 3}),
        ("DoesNotExist", "AmendGroup", {"group": NOBODY, "name": "新名"}),
        ("StaleVersion", "AmendGroup", {"name": "新名", "expectedVersion": 9}),
        ("ClosingNeedsAReason", "CloseGroup", {}),
        ("CorrectionNeedsAReason", "CorrectGroup", {"corrects": 1}),
        ("NothingToCorrect", "CorrectGroup", {"corrects": 1, "reason": "test"}),
    ],
)
def test_a_refusal_says_why_and_records_nothing(city: City, code: str, operation: str, given: dict[str, Any]) -> None:
    refused(city, code, operation, **{"group": group(city), **given})


def test_a_group_of_no_known_unit_or_with_a_senseless_count_is_not_entered(city: City) -> None:
    refused(city, "DoesNotExist", "RegisterGroup", kind="PARK", name="园区", unit="nowhere")
    refused(city, "NotYourUnit", "RegisterGroup", clerk("dama"), kind="PARK", name="园区", unit="chongfu")
    mistaken(city, "BAD_COUNT", "RegisterGroup", kind="PARK", name="园区", countStated=-1)
    mistaken(city, "EMPTY_TEXT", "RegisterGroup", kind="PARK", name=" ")
