"""Supervision lists through the published operations: the computed rate beside the printed one, now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, OPERATIONS, READER, SUPERVISOR, City, clerk, like
from tests.schema.registering import do, mistaken, refused
from txapi.application.references import adopt_edition
from txapi.datasets.references import bundled_references
from txapi.domain.editions import EditionKind
from txapi.schema.supervision_commands import SupervisionMutations


def ruled(folder: Path) -> City:
    city = City(folder, "2015-08-11T09:00")
    for edition in bundled_references(lambda year: False):
        if edition.kind in (EditionKind.COUNTING_RULE, EditionKind.MILESTONE_TEMPLATES, EditionKind.UNITS_OF_MEASURE):
            adopt_edition(city.desk, city.order(), **edition._asdict())
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, ruled)
    yield city
    city.close()


def open_list(city: City, duty: str = "COMMENCEMENT", **more: Any) -> str:
    programme = {"zh": "专项督查", "en": "special supervision"}
    receipt = do(city, "OpenSupervisionList", **{"programme": programme, "duty": duty, "year": 2015, **more})
    assert receipt["__typename"] == "SupervisionListReceipt", receipt
    id: str = receipt["supervisionList"]["entityId"]
    return id


def enter(city: City, id: str, code: str, started: str | None = None) -> str:
    """A project on the list since 1 March, started or not."""
    receipt = do(city, "IntroduceProject", code=code, name=code, kind="NEW_BUILD")
    project: str = receipt["project"]["entityId"]
    do(city, "EnterList", project=project, supervisionList=id, on={"text": "2015-03-01"}, due="2015-09-30")
    if started:
        do(city, "ReachMilestone", project=project, kind="STARTED", on={"text": started}, reason="test")
    return project


def seen(city: City, id: str, as_: Any = None, **moment: Any) -> Any:
    """The list on its screen."""
    return city.ask("SupervisionList", {"entityId": id, **moment}, as_=as_)["moment"]["supervisionList"]


def test_every_command_has_its_published_operation() -> None:
    mutations = [name for name in vars(SupervisionMutations) if not name.startswith("_")]

    for name in mutations:
        assert (OPERATIONS / f"{name.title().replace('_', '')}.graphql").is_file(), name
    assert len(mutations) == 5


@pytest.mark.parametrize(
    ("duty", "done", "of", "printed"), [("COMMENCEMENT", 86, 129, "66.7"), ("COMPLETION", 97, 141, "68.8")]
)
def test_the_printed_counts_give_the_printed_rate_while_no_member_is_known(
    city: City, duty: str, done: int, of: int, printed: str
) -> None:
    id = open_list(city, duty)
    do(city, "StateSupervisionCount", supervisionList=id, count=of)
    document = do(city, "RecordPublication", title={"zh": "侧记", "en": "Sidelights"})["publication"]["entityId"]
    do(
        city, "PrintItem", publication=document, kind="RATE", label={"zh": "比率", "en": "rate"}, printed=f"{printed}%",
        locator="line 23", about={"kind": "supervision_list", "id": id}, asOf={"text": "2015-07-30"}, part=done,
        whole=of, value={"amount": printed, "unit": "percent"},
    )  # fmt: skip

    [found] = city.ask("SupervisionLists", {"year": 2015})["moment"]["supervisionLists"]["nodes"]
    [item] = found["published"]

    assert item["computed"]["percent"] == printed
    assert (item["printed"], item["value"]["amount"]) == (f"{printed}%", printed)
    assert (found["countStated"], found["membersKnown"], found["rate"]) == (of, 0, None)


def test_the_rate_of_a_list_is_computed_once_every_stated_member_is_known(city: City) -> None:
    id = open_list(city)
    do(city, "StateSupervisionCount", supervisionList=id, count=3)
    enter(city, id, "A1", "2015-05-28")
    enter(city, id, "A2", "2015-07-10")
    incomplete = city.record.head.position
    enter(city, id, "A3")

    now = seen(city, id)

    assert (now["membersKnown"], now["done"], now["rate"]["percent"]) == (3, 2, "66.7")
    assert seen(city, id, validOn="2015-07-09")["rate"]["percent"] == "33.3"
    assert seen(city, id, validOn="2015-02-28")["rate"] is None
    assert seen(city, id, at={"position": str(incomplete)})["rate"] is None
    assert now["rule"]["edition"] == "commencement-started"
    assert now["dutyLabel"] == {"zh": "开工", "en": "commencement"}
    assert {one["project"]["code"] for one in now["members"]["nodes"]} == {"A1", "A2", "A3"}


def test_members_are_paged_and_those_that_left_are_shown_on_request(city: City) -> None:
    id = open_list(city)
    projects = [enter(city, id, f"A{number}") for number in range(3)]
    do(city, "LeaveList", project=projects[0], supervisionList=id, on={"text": "2015-07-20"}, reason="土地收回")

    first = seen(city, id, first=1)["members"]
    rest = seen(city, id, first=1, after=first["pageInfo"]["endCursor"])["members"]

    assert first["totalCount"] == 2
    paged = {node["project"]["entityId"] for node in first["nodes"] + rest["nodes"]}
    assert paged == set(projects[1:])
    [left] = seen(city, id, current=False)["members"]["nodes"]
    assert (left["project"]["code"], left["left"]["text"], left["reason"]) == ("A0", "20 July 2015", "土地收回")
    assert seen(city, id, current=None)["members"]["totalCount"] == 3
    assert seen(city, id, current=False, validOn="2015-07-19")["members"]["totalCount"] == 0
    on_screen = city.ask('{ project(code: "A1") { supervision { due supervisionList { entityId countStated } } } }')[
        "project"
    ]["supervision"]
    assert on_screen == [{"due": "2015-09-30", "supervisionList": {"entityId": id, "countStated": None}}]


def test_a_list_is_amended_corrected_and_closed(city: City) -> None:
    id = open_list(city)
    do(city, "StateSupervisionCount", supervisionList=id, count=129)
    stated = city.record.head.position
    do(city, "CorrectSupervisionList", supervisionList=id, corrects=2, fields={"count": 130}, reason="笔误")
    amended = do(city, "AmendSupervisionList", supervisionList=id, rule="commencement-piling", note="含桩基")
    do(city, "CloseSupervisionList", supervisionList=id, reason="督查结束")

    now = seen(city, id)

    assert amended["supervisionList"]["rule"]["edition"] == "commencement-piling"
    assert (now["countStated"], now["note"], now["closed"], now["version"]) == (130, "含桩基", True, 5)
    assert seen(city, id, at={"position": str(stated)})["countStated"] == 129
    assert now["history"]["totalCount"] == 5
    refused(city, "IsClosed", "StateSupervisionCount", supervisionList=id, count=1)


def test_commands_are_refused_or_mistaken_and_record_nothing(city: City) -> None:
    id = open_list(city)
    programme = {"zh": "专项督查", "en": "special supervision"}

    refused(city, "NotYourRole", "OpenSupervisionList", clerk("wuzhen"), programme=programme, duty="COMPLETION")
    refused(city, "NoSuchRule", "OpenSupervisionList", programme=programme, duty="COMPLETION", rule="no-such")
    refused(
        city, "RuleOfAnotherDuty", "OpenSupervisionList", programme=programme, duty="COMPLETION",
        rule="commencement-started",
    )  # fmt: skip
    refused(city, "ClosingNeedsAReason", "CloseSupervisionList", supervisionList=id)
    refused(city, "NothingToAmend", "AmendSupervisionList", supervisionList=id)
    refused(city, "NothingToCorrect", "CorrectSupervisionList", supervisionList=id, corrects=9, reason="x")
    mistaken(city, "BAD_COUNT", "StateSupervisionCount", supervisionList=id, count=0)
    mistaken(city, "BAD_ID", "StateSupervisionCount", supervisionList="x", count=1)
    mistaken(city, "EMPTY_TEXT", "OpenSupervisionList", programme={"zh": " ", "en": "x"}, duty="COMPLETION")


def test_a_grey_button_says_why_and_the_past_allows_nothing(city: City) -> None:
    id = open_list(city)
    position = city.record.head.position
    open_list(city, "COMPLETION")

    may = {one["action"]: one for one in seen(city, id, READER)["may"]}
    past = seen(city, id, ADMINISTRATOR, at={"position": str(position)})["may"]

    assert {one["because"]["code"] for one in may.values()} == {"NotYourRole"}
    assert all(one["allowed"] for one in seen(city, id, SUPERVISOR)["may"])
    assert {one["because"]["code"] for one in past} == {"MomentIsPast"}
    assert all((OPERATIONS / f"{name[0].upper()}{name[1:]}.graphql").is_file() for name in may)
