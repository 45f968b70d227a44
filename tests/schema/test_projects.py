"""Projects through the published operations: every screen now and then, every command with its receipt or refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, LEADER, OPERATIONS, SUPERVISOR, City, clerk, like
from tests.schema.registering import do, mistaken, refused
from txapi.application.companies import register_company
from txapi.application.groups import register_group
from txapi.application.parcels import register_parcel
from txapi.application.references import adopt_edition
from txapi.application.supervision import open_supervision_list
from txapi.application.units import register_unit
from txapi.datasets.references import bundled_references
from txapi.domain.editions import Duty, EditionKind
from txapi.domain.group import GroupKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty as UnitDuty
from txapi.domain.unit import UnitKind
from txapi.schema.error_table import said_in
from txapi.schema.project_commands import ProjectMutations


def two_towns(folder: Path) -> City:
    city = City(folder, "2015-01-05T09:00")
    for edition in bundled_references(lambda year: False):
        if edition.kind is not EditionKind.DEADLINE_POLICY:
            adopt_edition(city.desk, city.order(), **edition._asdict())
    for code in ("wuzhen", "tudian"):
        name = Label(zh=code, en=code)
        register_unit(
            city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=UnitDuty.IMPLEMENTING_BODY
        )
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, two_towns)
    yield city
    city.close()


def introduce(city: City, code: str, **said: Any) -> str:
    """Introduce a project of Wuzhen through the schema; its entity id."""
    input = {"code": code, "name": f"项目{code}", "kind": "NEW_BUILD", "unit": "wuzhen", **said}
    receipt = do(city, "IntroduceProject", **input)
    assert receipt["__typename"] == "ProjectReceipt", receipt
    id: str = receipt["project"]["entityId"]
    return id


def reach(city: City, project: str, kind: str, on: str, as_: Any = SUPERVISOR, **more: Any) -> Any:
    return do(city, "ReachMilestone", as_, project=project, kind=kind, on={"text": on}, **{"reason": "test", **more})


def seen(city: City, code: str, **moment: Any) -> Any:
    """The project on its screen."""
    return city.ask("Project", {"code": code, **moment})["moment"]["project"]


def test_every_command_has_its_published_operation() -> None:
    mutations = [name for name in vars(ProjectMutations) if not name.startswith("_")]

    for name in mutations:
        assert (OPERATIONS / f"{name.title().replace('_', '')}.graphql").is_file(), name
    assert len(mutations) == 23


def test_a_project_is_introduced_and_seen_by_code_and_by_id(city: City) -> None:
    id = introduce(
        city, "2015-001", industries=["互联网"], investment={"amount": "4.85", "unit": "YI_YUAN", "bound": "MORE_THAN"}
    )

    project = seen(city, "2015-001")

    assert project["entityId"] == id
    assert project["stage"] == "LEAD"
    assert project["unit"]["code"] == "wuzhen"
    assert project["investment"] == {
        "text": "more than CNY 485 million",
        "base": "485000000.00",
        "currency": "CNY",
        "bound": "MORE_THAN",
    }
    assert project["light"]["colour"] == "GREEN"
    assert project["history"]["totalCount"] == 1
    assert city.ask("Project", {"entityId": project["id"]})["moment"]["project"]["code"] == "2015-001"
    assert seen(city, "2015-001", at={"position": str(city.record.head.position - 1)}) is None


def test_the_stage_is_asked_of_now_of_a_position_and_of_a_valid_date(city: City) -> None:
    id = introduce(city, "A1")
    before = city.record.head.position
    city.at("2015-06-10T09:00")
    receipt = reach(city, id, "STARTED", "2015-05-28", clerk("wuzhen"), evidence="施工许可证")

    assert receipt["project"]["stage"] == "STARTED"
    assert [event["type"] for event in receipt["events"]] == ["project.milestone_reached"]
    assert seen(city, "A1")["stage"] == "STARTED"
    assert seen(city, "A1", at={"position": str(before)})["stage"] == "LEAD"
    assert seen(city, "A1", validOn="2015-05-27")["stage"] == "LEAD"
    assert seen(city, "A1", validOn="2015-05-27")["milestones"] == []
    [milestone] = seen(city, "A1", validOn="2015-05-28")["milestones"]
    assert (milestone["actual"]["text"], milestone["evidence"]) == ("28 May 2015", "施工许可证")


def test_a_past_milestone_with_a_forecast_shows_the_forecast_only(city: City) -> None:
    id = introduce(city, "A1")
    do(city, "ForecastMilestone", project=id, kind="STARTED", on={"text": "2015-04"})
    do(city, "ForecastMilestone", project=id, kind="STARTED", on={"text": "2015-05"})
    city.at("2015-06-10T09:00")
    reach(city, id, "STARTED", "2015-06-09")

    [then] = seen(city, "A1", validOn="2015-06-01")["milestones"]
    [now] = seen(city, "A1")["milestones"]

    assert (then["actual"], then["slippedDays"], len(then["forecasts"])) == (None, 31, 2)
    assert (now["actual"]["latest"], now["slippedDays"], len(now["forecasts"])) == ("2015-06-09", 40, 2)
    assert seen(city, "A1", validOn="2015-06-01")["nextForecast"]["kind"] == "STARTED"
    assert seen(city, "A1")["nextForecast"] is None


def test_the_light_turns_with_the_clock_and_says_why(city: City) -> None:
    id = introduce(city, "A1")
    do(city, "AssignLeader", project=id, official={"name": "盛勇军"}, on="2015-01-05")
    do(city, "ForecastMilestone", project=id, kind="SIGNED", on={"text": "2015-02-10"})

    on_time = seen(city, "A1", clock="2015-02-10T23:59:59+08:00")["light"]
    late = seen(city, "A1", clock="2015-02-11T00:00:00+08:00")["light"]
    very_late = seen(city, "A1", clock="2015-03-12T00:00:00+08:00")["light"]

    assert (on_time["colour"], on_time["until"]) == ("GREEN", "2015-02-10T16:00:00Z")
    assert (late["colour"], late["because"]["en"]) == ("YELLOW", "signed: overdue or put off by 1 days")
    assert very_late["colour"] == "RED"


def test_leaders_follow_each_other_with_a_reason(city: City) -> None:
    id = introduce(city, "A1")
    city.at("2015-03-10T09:00")
    do(city, "AssignLeader", project=id, official={"name": "甲", "post": "副市长"}, on="2015-02-01")
    refused(city, "ReplacingALeaderNeedsAReason", "AssignLeader", project=id, official={"name": "乙"}, on="2015-03-01")
    do(city, "AssignLeader", project=id, official={"name": "乙"}, on="2015-03-01", reason="分工调整")

    assert seen(city, "A1")["leader"] == {"name": "乙", "post": None}
    assert seen(city, "A1", validOn="2015-02-15")["leader"]["name"] == "甲"
    assert [term["until"] for term in seen(city, "A1")["leaders"]] == ["2015-03-01", None]
    assert [term["until"] for term in seen(city, "A1", validOn="2015-02-15")["leaders"]] == [None]
    assert seen(city, "A1", validOn="2015-01-31")["leaderlessSince"] == "2015-01-05"
    assert seen(city, "A1")["daysWithoutLeader"] == 27


def test_only_the_units_own_clerk_tells_how_a_project_goes(city: City) -> None:
    id = introduce(city, "A1")

    said = refused(
        city, "NotYourUnit", "ReachMilestone", clerk("tudian"), project=id, kind="SIGNED", on={"text": "2015-01-05"}
    )

    assert said["facts"] == {"unit": "wuzhen", "yours": "tudian"}
    refused(city, "NotYourRole", "AssignLeader", clerk("wuzhen"), project=id, official={"name": "甲"}, on="2015-01-05")


def test_a_grey_button_says_why_and_the_past_allows_nothing(city: City) -> None:
    introduce(city, "A1")
    position = city.record.head.position
    introduce(city, "A2")

    now = city.ask("Project", {"code": "A1"}, as_=clerk("wuzhen"))["moment"]["project"]["may"]
    then = city.ask("Project", {"code": "A1", "at": {"position": str(position)}}, as_=ADMINISTRATOR)["moment"][
        "project"
    ]
    may = {permission["action"]: permission for permission in now}

    assert may["reachMilestone"]["allowed"]
    assert may["assignLeader"]["because"]["code"] == "NotYourRole"
    assert not may["suspendProject"]["allowed"]
    assert {permission["because"]["code"] for permission in then["may"]} == {"MomentIsPast"}
    names = {f"{action[0].upper()}{action[1:]}" for action in may}
    assert all((OPERATIONS / f"{name}.graphql").is_file() for name in names)


def test_commands_take_ids_of_the_present_and_none_of_a_moment(city: City) -> None:
    id = introduce(city, "A1")
    present = city.ask('query { project(code: "A1") { id } }')["project"]["id"]
    past = seen(city, "A1", at={"position": str(city.record.head.position)})["id"]

    assert do(city, "SuspendProject", LEADER, project=present, reason="等待规划")["project"]["condition"] == "SUSPENDED"
    mistaken(city, "ID_OF_A_MOMENT", "ResumeProject", project=past, reason="继续")
    mistaken(city, "BAD_ID", "ResumeProject", project=f"{id}x", reason="继续")
    assert city.ask("query($id: ID!) { node(id: $id) { ... on Project { condition } } }", {"id": past})["node"]


def test_input_that_makes_no_sense_is_an_error_and_records_nothing(city: City) -> None:
    id = introduce(city, "A1")

    mistaken(city, "BAD_DATE", "ReachMilestone", project=id, kind="STARTED", on={"text": "2015-02-30"})
    amount = {"amount": "1" * 40, "unit": "YUAN"}
    mistaken(city, "AMOUNT_TOO_LARGE", "SetInvestment", project=id, total=amount)
    mistaken(city, "NEGATIVE_AMOUNT", "SetInvestment", project=id, total={"amount": "-1", "unit": "YUAN"})
    mistaken(city, "EMPTY_TEXT", "IntroduceProject", code="A9", name="  ", kind="NEW_BUILD")
    mistaken(city, "BAD_CORRECTION", "CorrectProject", project=id, corrects=1, fields=[1], reason="x")
    mistaken(city, "UNAUTHENTICATED", "SuspendProject", None, project=id, reason="x")
    said = refused(city, "DoesNotExist", "IntroduceProject", code="A9", name="x", kind="NEW_BUILD", unit="nowhere")
    assert said["facts"]["id"] == "nowhere"
    refused(city, "DoesNotExist", "JoinGroup", project=id, group="00000000-0000-4000-8000-000000000000")
    refused(city, "FactLiesAhead", "ReachMilestone", project=id, kind="SIGNED", on={"text": "2015-02-01"})
    refused(city, "AlreadyTaken", "IntroduceProject", code="A1", name="x", kind="NEW_BUILD")


def test_a_command_is_carried_out_once_and_a_stale_one_is_refused(city: City) -> None:
    id = introduce(city, "A1")
    told = {"project": id, "kind": "SIGNED", "on": {"text": "2015-01-05"}, "reason": "签约", "commandId": "c-1"}

    first, again = do(city, "ReachMilestone", **told), do(city, "ReachMilestone", **told)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["position"] == first["position"]
    refused(city, "CommandIdReused", "ReachMilestone", **{**told, "kind": "LANDED"})
    stale = refused(city, "StaleVersion", "SuspendProject", project=id, reason="x", expectedVersion=1)
    assert stale["currentVersion"] == 2


def test_an_amendment_keeps_what_it_does_not_name_and_null_clears(city: City) -> None:
    id = introduce(city, "A1", location="乌镇", phase="一期")

    refused(city, "AmendmentNeedsAReason", "AmendProject", project=id, name="新名")
    do(city, "AmendProject", project=id, name="新名", phase=None, reason="更名")

    project = seen(city, "A1")
    assert (project["name"], project["location"], project["phase"]) == ("新名", "乌镇", None)
    assert project["aliases"] == ["项目A1"]


@pytest.mark.parametrize("field", ["name", "kind", "capital", "investors", "industries", "aliases"])
def test_what_must_be_said_of_a_project_cannot_be_cleared(city: City, field: str) -> None:
    id = introduce(city, "A1")

    mistaken(city, "MUST_BE_SAID", "AmendProject", project=id, reason="改", **{field: None})

    assert seen(city, "A1")["name"] == "项目A1"


def test_a_correction_changes_what_is_believed_from_its_own_position_on(city: City) -> None:
    id = introduce(city, "A1")
    city.at("2015-06-10T09:00")
    reach(city, id, "STARTED", "2015-05-28")
    believed = city.record.head.position
    on = {"earliest": "2015-06-01", "latest": "2015-06-01", "precision": "day"}
    do(city, "CorrectProject", project=id, corrects=2, fields={"on": on}, reason="日期有误")

    [now] = seen(city, "A1")["milestones"]
    [then] = seen(city, "A1", at={"position": str(believed)})["milestones"]

    assert (now["actual"]["latest"], now["statement"]["correctedBy"]) == ("2015-06-01", 3)
    assert (then["actual"]["latest"], then["statement"]["correctedBy"]) == ("2015-05-28", None)


def test_money_agents_and_outputs_are_shown_as_told(city: City) -> None:
    id = introduce(city, "A1")
    city.at("2015-05-10T09:00")
    do(
        city, "SetInvestment", project=id, total={"amount": "3000", "unit": "WAN_USD"},
        registered={"amount": "1000", "unit": "WAN_USD"},
    )  # fmt: skip
    do(
        city, "IncreaseCapital", project=id, on={"text": "2015-04"}, addTotal={"amount": "500", "unit": "WAN_USD"},
        uses=["购置设备"],
    )  # fmt: skip
    do(city, "PayIn", project=id, amount={"amount": "400", "unit": "WAN_USD"}, through="2015-04-30")
    do(city, "AssignAgent", project=id, official={"name": "丙"}, unit="tudian", scope=["APPROVED"], since="2015-04-01")
    label = {"zh": "年产值", "en": "annual output value"}
    unit = next(iter(city.desk.references.units))
    do(city, "ForecastOutput", project=id, label=label, quantity={"amount": "36", "unit": unit}, per="YEAR")
    refused(
        city, "RegisteredCapitalExceedsTheTotal", "SetInvestment", project=id, reason="x",
        registered={"amount": "9000", "unit": "WAN_USD"},
    )  # fmt: skip

    project = seen(city, "A1")

    assert project["investment"]["base"] == "35000000.00"
    assert project["increases"][0]["before"]["total"]["text"] == "USD 30 million"
    assert project["payments"][0]["through"] == "2015-04-30"
    assert seen(city, "A1", validOn="2015-04-29")["payments"] == []
    [agent] = project["agents"]
    assert (agent["unit"]["code"], agent["active"], agent["scope"]) == ("tudian", True, ["APPROVED"])
    assert seen(city, "A1", validOn="2015-03-31")["agents"] == []
    assert [output["measured"] for output in project["outputs"]] == [False]


def test_lists_page_by_valid_time_and_refuse_cursors_of_other_dates(city: City) -> None:
    city.at("2015-06-10T09:00")
    for code, started in (("A1", "2015-03-01"), ("A2", "2015-05-01"), ("A3", None)):
        id = introduce(city, code)
        if started:
            reach(city, id, "STARTED", started)
    position = str(city.record.head.position)
    asked = {"first": 2, "orderBy": [{"by": "STAGE", "descending": True}], "at": {"position": position}}

    april = city.ask("Projects", {**asked, "validOn": "2015-04-01"})["moment"]["projects"]
    introduce(city, "A4")
    cursor = april["pageInfo"]["endCursor"]
    rest = city.ask("Projects", {**asked, "validOn": "2015-04-01", "after": cursor})["moment"]["projects"]
    other = city.execute("Projects", {**asked, "validOn": "2015-06-01", "after": cursor})

    assert april["totalCount"] == 3
    assert april["nodes"][0]["code"] == "A1"
    assert sorted(row["code"] for row in april["nodes"][1:] + rest["nodes"]) == ["A2", "A3"]
    assert [error.extensions["code"] for error in other.errors] == ["CURSOR_OF_ANOTHER_MOMENT"]


def test_filters_and_groups_say_the_same(city: City) -> None:
    city.at("2015-06-10T09:00")
    for code, unit in (("A1", "wuzhen"), ("A2", "wuzhen"), ("B1", "tudian"), ("C1", None)):
        introduce(city, code, unit=unit, investment={"amount": "1", "unit": "YI_YUAN"})
    reach(city, seen(city, "A1")["entityId"], "STARTED", "2015-05-01")

    groups = city.ask("ProjectGroups", {"by": ["UNIT", "STAGE"]})["moment"]["projectGroups"]
    filtered = city.ask("Projects", {"filter": {"units": ["wuzhen"], "stages": ["STARTED"]}})["moment"]["projects"]
    rich = city.ask(
        "Projects", {"filter": {"investmentAtLeast": {"amount": "10000", "unit": "WAN_YUAN"}, "hasLeader": False}}
    )["moment"]["projects"]

    counted = {tuple(key["key"] for key in group["group"]): group["count"] for group in groups}
    assert counted == {
        ("tudian", "lead"): 1,
        ("wuzhen", "lead"): 1,
        ("wuzhen", "started"): 1,
        (None, "lead"): 1,
    }
    assert groups[0]["group"][0]["label"]["zh"] == "tudian"
    assert groups[0]["investment"][0] == {
        "currency": "CNY", "sum": "100000000.00", "stated": 1, "unstated": 0, "bounded": 0,
    }  # fmt: skip
    assert [row["code"] for row in filtered["nodes"]] == ["A1"]
    assert rich["totalCount"] == 4


def test_a_project_shows_its_companies_land_groups_and_lists(city: City) -> None:
    owner = register_company(city.desk, city.order(), name="合众新能源").id
    group = register_group(city.desk, city.order(), kind=GroupKind.PARK, name="乌镇产业园").id
    parcel = register_parcel(city.desk, city.order(), location="乌镇镇区").id
    programme = Label(zh="专项督查", en="supervision")
    on_list = open_supervision_list(city.desk, city.order(), programme=programme, duty=Duty.COMMENCEMENT, year=2015).id
    id = introduce(city, "A1", owner=owner, investors=[owner])
    introduce(city, "A2")
    do(city, "JoinGroup", project=id, group=group)
    do(city, "AttachParcel", project=id, parcel=parcel)
    do(city, "EnterList", project=id, supervisionList=on_list, due="2015-12-31")
    before = city.record.head.position
    do(city, "LeaveGroup", project=id, group=group)

    now, then = seen(city, "A1"), seen(city, "A1", at={"position": str(before)})

    assert (now["owner"]["name"], now["investors"][0]["name"]) == ("合众新能源", "合众新能源")
    assert [(one["group"]["name"], one["current"]) for one in now["groups"]] == [("乌镇产业园", False)]
    assert [one["current"] for one in then["groups"]] == [True]
    assert now["parcels"][0]["parcel"]["location"] == "乌镇镇区"
    assert [(one["due"], one["current"]) for one in now["supervision"]] == [("2015-12-31", True)]
    assert now["supervision"][0]["supervisionList"]["programme"]["zh"] == "专项督查"
    assert (now["tickets"]["totalCount"], now["published"]) == (0, [])
    refused(city, "RemovalNeedsAReason", "LeaveList", project=id, supervisionList=on_list)
    for asked in ({"outstanding": True}, {"supervisionList": on_list}, {"owner": owner}):
        found = city.ask("Projects", {"filter": asked})["moment"]["projects"]["nodes"]
        assert [row["code"] for row in found] == ["A1"]
    [listed, _] = city.ask("ProjectGroups", {"by": ["SUPERVISION_LIST"]})["moment"]["projectGroups"]
    assert listed["group"][0]["label"] == {"zh": "专项督查（开工）", "en": "supervision (commencement)"}


@pytest.mark.parametrize(("noun", "key", "zh"), [("project", "code", "项目"), ("ticket", "number", "工作联系单")])
def test_a_question_needs_one_way_to_find_a_noun_and_says_whether_none_was_given_or_both(
    city: City, noun: str, key: str, zh: str
) -> None:
    def told(arguments: str, language: str) -> list[str]:
        found = city.execute(f"query {{ {noun}{arguments} {{ {key} }} }}")
        assert [error.extensions["code"] for error in found.errors] == ["ONE_OF_TWO"]
        return [said_in(language, "ONE_OF_TWO", error.message) for error in found.errors]

    both = f'(entityId: "x", {key}: "x")'

    assert told("", "en") == [f"say which {noun}: ask by entityId or by {key}"]
    assert told("", "zh") == [f"请用 entityId 或 {key} 指明{zh}"]
    assert told(both, "zh") == [f"请用 entityId 或 {key} 之一查询，不能两者都用"]
    assert city.ask(f'query {{ {noun}({key}: "nobody") {{ {key} }} }}')[noun] is None
