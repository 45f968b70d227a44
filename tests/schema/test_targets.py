"""Targets through the published operations: the report's own figures, every command with its receipt or refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import ADMINISTRATOR, OPERATIONS, City, clerk, like
from tests.schema.registering import do, mistaken, refused
from tests.views import overhear
from txapi.application.references import adopt_edition
from txapi.application.units import register_unit
from txapi.datasets.references import bundled_references
from txapi.domain.editions import EditionKind
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.table import Table
from txapi.schema.target_commands import TargetMutations

ZONE = "tx-edz"
CLERK = clerk(ZONE)


def zone_and_town(folder: Path) -> City:
    city = City(folder, "2015-08-11T09:00")
    for edition in bundled_references(lambda year: False):
        if edition.kind in (EditionKind.THRESHOLDS, EditionKind.INDICATORS, EditionKind.UNITS_OF_MEASURE):
            adopt_edition(city.desk, city.order(), **edition._asdict())
    for code in (ZONE, "wuzhen"):
        name = Label(zh=code, en=code)
        register_unit(city.desk, city.order(), code=code, name=name, kind=UnitKind.TOWN, duty=Duty.IMPLEMENTING_BODY)
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, zone_and_town)
    yield city
    city.close()


def money(amount: str, unit: str = "WAN_USD") -> dict[str, Any]:
    return {"money": {"amount": amount, "unit": unit}}


def set_target(city: City, indicator: str = "FDI_CONTRACTED", unit: str = ZONE, year: int = 2015) -> str:
    receipt = do(city, "SetTarget", indicator=indicator, unit=unit, year=year)
    assert receipt["__typename"] == "TargetReceipt", receipt
    id: str = receipt["target"]["entityId"]
    return id


def with_goal(city: City, goal: dict[str, Any], actual: dict[str, Any], **target: Any) -> str:
    """A target with a goal and its figure through 31 July."""
    id = set_target(city, **target)
    assert do(city, "StateGoal", target=id, goal=goal)["__typename"] == "TargetReceipt"
    receipt = do(city, "ReportActual", CLERK, target=id, through="2015-07-31", value=actual)
    assert receipt["__typename"] == "TargetReceipt", receipt
    return id


def seen(city: City, id: str, as_: Any = None, **moment: Any) -> Any:
    """The target on its screen."""
    return city.ask("Target", {"entityId": id, **moment}, as_=as_)["moment"]["target"]


def listed(city: City, **asked: Any) -> Any:
    return city.ask("Targets", asked)["moment"]["targets"]


def test_every_command_has_its_published_operation() -> None:
    mutations = [name for name in vars(TargetMutations) if not name.startswith("_")]

    for name in mutations:
        assert (OPERATIONS / f"{name.title().replace('_', '')}.graphql").is_file(), name
    assert len(mutations) == 6


def test_a_goal_of_24000_gives_58_1_where_58_2_was_printed(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))
    document = do(city, "RecordPublication", title={"zh": "侧记", "en": "Sidelights"})["publication"]["entityId"]
    do(
        city, "PrintItem", publication=document, kind="RATE", label={"zh": "完成率", "en": "share"}, printed="58.2%",
        locator="line 21", about={"kind": "target", "id": id}, value={"amount": "58.2", "unit": "percent"},
    )  # fmt: skip

    target = seen(city, id)

    assert target["attainment"]["percent"] == "58.1"
    assert target["attainment"]["text"] == "58.1%"
    assert [item["printed"] for item in target["published"]] == ["58.2%"]
    assert target["published"][0]["value"]["amount"] == "58.2"
    assert target["attainmentBetween"]["least"] == target["attainmentBetween"]["most"]


def test_the_interval_of_goals_that_print_as_58_2_leaves_24000_out(city: City) -> None:
    low, high = money("23957.1"), money("23998.2")
    id = with_goal(city, {"low": low, "high": high, "basis": "INFERRED"}, money("13955"))

    target = seen(city, id)
    between = target["attainmentBetween"]

    assert target["attainment"] is None
    assert (between["least"]["percent"], between["most"]["percent"]) == ("58.15", "58.25")
    printed = "query($id: ID!) { target(entityId: $id) { attainmentBetween { least { percent } most { percent } } } }"
    assert city.ask(printed, {"id": id})["target"]["attainmentBetween"] == {
        "least": {"percent": "58.2"},
        "most": {"percent": "58.2"},
    }
    assert target["goal"]["low"]["text"] == "USD 239.571 million"
    assert target["goal"]["basis"] == "INFERRED"
    assert target["pastHalf"] is True
    assert target["light"]["colour"] == "GREY"


def test_on_31_july_the_contracted_investment_is_behind_by_months_and_ahead_by_days(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))

    target = seen(city, id)

    assert target["schedule"]["percent"] == "58.33"
    assert target["scheduleByDays"]["percent"] == "58.08"
    assert target["aheadOfSchedule"] == "-0.19"
    assert target["aheadByDays"] == "0.06"
    assert target["light"]["colour"] == "YELLOW"
    assert target["light"]["because"]["en"] == "0.19 points behind schedule"
    assert target["light"]["ruleName"] == "thresholds-2015"


def test_all_four_of_the_report_are_past_half(city: City) -> None:
    wan, yi = "WAN_USD", "YI_YUAN"
    with_goal(city, {"low": money("23957.1"), "high": money("23998.2")}, money("13955", wan))
    with_goal(city, {"low": money("17999.7"), "high": money("18001.6")}, money("16044", wan), indicator="FDI_ACTUAL")
    with_goal(
        city, {"low": money("15.1977", yi), "high": money("15.2", yi)}, money("9.44", yi), indicator="DOMESTIC_CAPITAL"
    )
    with_goal(
        city, {"low": money("11.8982", yi), "high": money("11.9001", yi)}, money("7.03", yi),
        indicator="ZHESHANG_RETURN",
    )  # fmt: skip

    found = listed(city)["nodes"]
    before = listed(city, validOn="2015-06-29")["nodes"]

    assert {row["indicator"]["code"]: row["pastHalf"] for row in found} == dict.fromkeys(
        ("FDI_CONTRACTED", "FDI_ACTUAL", "DOMESTIC_CAPITAL", "ZHESHANG_RETURN"), True
    )
    assert [row["pastHalf"] for row in before] == [None] * 4
    assert {row["attainmentBetween"]["least"]["percent"] for row in found} >= {"89.13", "62.11", "59.08"}


def test_a_target_is_seen_now_at_a_position_and_up_to_a_valid_date(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))
    before = city.record.head.position
    do(city, "ReportActual", CLERK, target=id, through="2015-06-30", value=money("9000"))
    do(city, "CorrectTarget", CLERK, target=id, corrects=3, reason="漏报", fields={"value": money_of_record("14100")})

    now, then, june = seen(city, id), seen(city, id, at={"position": str(before)}), seen(city, id, validOn="2015-07-30")

    assert (now["actual"]["text"], now["through"]) == ("USD 141 million", "2015-07-31")
    assert [figure["correctedBy"] for figure in now["figures"]] == [None, 5]
    assert now["figures"][1]["reason"] == "漏报"
    assert then["actual"]["text"] == "USD 139.55 million"
    assert (june["actual"]["text"], june["through"], june["light"]["colour"]) == ("USD 90 million", "2015-06-30", "RED")
    assert [row["entityId"] for row in listed(city, filter={"light": ["RED"]}, validOn="2015-07-30")["nodes"]] == [id]
    assert listed(city, filter={"light": ["RED"]})["totalCount"] == 0
    assert seen(city, id, at={"position": "1"}) is None


def test_a_corrected_figure_tells_how_it_read_before_and_a_retracted_one_too(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))
    do(city, "ReportActual", CLERK, target=id, through="2015-06-30", value=money("9000"))
    believed = city.record.head.position
    do(city, "CorrectTarget", CLERK, target=id, corrects=3, reason="漏报", fields={"value": money_of_record("14100")})
    do(city, "CorrectTarget", CLERK, target=id, corrects=4, reason="重复", fields=None)

    now = city.ask("TargetPage", {"entityId": id})["moment"]["target"]
    then = city.ask("TargetPage", {"entityId": id, "at": {"position": str(believed)}})["moment"]["target"]

    assert [(one["factVersion"], one["value"]["text"], int(one["until"]) - believed) for one in now["figuresBeforeCorrection"]] == [
        (3, "USD 139.55 million", 1), (4, "USD 90 million", 2),
    ]  # fmt: skip
    assert [one["value"]["text"] for one in now["figures"]] == ["USD 141 million"]
    assert then["figuresBeforeCorrection"] == []
    assert [event["label"]["zh"] for event in now["history"]["nodes"]][-2:] == ["目标信息更正"] * 2


def money_of_record(amount: str) -> dict[str, Any]:
    """A figure in the form that events have, as corrections take it."""
    return {"money": {"amount": amount, "unit": "万美元"}}


def test_growth_is_against_the_same_day_of_the_year_before(city: City) -> None:
    last_year = set_target(city, year=2014)
    do(city, "ReportActual", CLERK, target=last_year, through="2014-07-31", value=money("12000"))
    do(city, "ReportActual", CLERK, target=last_year, through="2014-12-31", value=money("20000"))
    id = with_goal(city, {"value": money("24000")}, money("13955"))

    target = seen(city, id)

    assert target["sameTimeLastYear"]["text"] == "USD 120 million"
    assert target["yearOnYear"]["percent"] == "16.3"
    assert seen(city, last_year)["yearOnYear"] is None


def test_targets_are_filtered_sorted_counted_and_paged(city: City) -> None:
    best = with_goal(city, {"value": money("20000")}, money("13955"))
    worst = with_goal(city, {"value": money("40000")}, money("13955"), indicator="FDI_ACTUAL")
    unknown = set_target(city, "COMMENCEMENTS", "wuzhen")

    first = listed(city, first=2, orderBy=[{"by": "ATTAINMENT", "descending": True}])
    rest = listed(
        city, first=2, orderBy=[{"by": "ATTAINMENT", "descending": True}], after=first["pageInfo"]["endCursor"]
    )
    lights = city.ask("TargetLights")["moment"]["targetLights"]

    assert [row["entityId"] for row in first["nodes"] + rest["nodes"]] == [best, worst, unknown]
    assert first["totalCount"] == 3
    assert {row["light"]: row["count"] for row in lights} == {"GREEN": 1, "RED": 1, "GREY": 1}
    assert [row["entityId"] for row in listed(city, filter={"unit": ["wuzhen"]})["nodes"]] == [unknown]
    assert [row["entityId"] for row in listed(city, filter={"indicator": ["FDI_ACTUAL"]})["nodes"]] == [worst]
    assert listed(city, filter={"year": [2014]})["totalCount"] == 0
    other = city.execute("Targets", {"after": first["pageInfo"]["endCursor"]})
    assert [(error.extensions or {})["code"] for error in other.errors or ()] == ["CURSOR_OF_ANOTHER_LIST"]


def test_goals_are_revised_with_a_reason_and_what_was_in_force_stays_visible(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))
    refused(city, "RevisionNeedsAReason", "ReviseGoal", target=id, goal={"value": money("20000")})
    refused(city, "GoalIsSet", "StateGoal", target=id, goal={"value": money("20000")})
    before = city.record.head.position
    do(city, "ReviseGoal", target=id, goal={"value": money("20000")}, reason="年中调整")

    target = seen(city, id)

    assert [(goal["goal"]["value"]["text"], goal["revised"], goal["reason"]) for goal in target["goals"]] == [
        ("USD 240 million", False, None),
        ("USD 200 million", True, "年中调整"),
    ]
    assert (target["goal"]["value"]["text"], target["attainment"]["percent"]) == ("USD 200 million", "69.8")
    assert seen(city, id, at={"position": str(before)})["attainment"]["percent"] == "58.1"


def test_only_the_units_own_clerk_reports_and_only_the_supervisor_sets_goals(city: City) -> None:
    id = set_target(city)
    figure = {"target": id, "through": "2015-07-31", "value": money("1")}

    refused(city, "NotYourUnit", "ReportActual", clerk("wuzhen"), **figure)
    refused(city, "NotYourRole", "StateGoal", CLERK, target=id, goal={"value": money("1")})
    refused(city, "NotYourRole", "SetTarget", CLERK, indicator="FDI_ACTUAL", unit=ZONE, year=2015)
    refused(city, "FactLiesAhead", "ReportActual", CLERK, **{**figure, "through": "2015-08-12"})
    refused(city, "FigureOfAnotherYear", "ReportActual", CLERK, **{**figure, "through": "2014-07-31"})
    refused(city, "FigureOfAnotherMeasure", "ReportActual", CLERK, **{**figure, "value": money("1", "WAN_YUAN")})
    do(city, "ReportActual", CLERK, **figure)
    refused(city, "FigureWasReported", "ReportActual", CLERK, **figure)
    refused(city, "UnknownIndicator", "SetTarget", indicator="GDP", unit=ZONE, year=2015)
    refused(city, "AlreadyTaken", "SetTarget", indicator="FDI_CONTRACTED", unit=ZONE, year=2015)
    refused(city, "ClosingNeedsAReason", "CloseTarget", target=id)
    do(city, "CloseTarget", target=id, reason="撤销")
    refused(city, "IsClosed", "ReportActual", CLERK, **{**figure, "through": "2015-06-30"})


def test_input_that_makes_no_sense_is_an_error_with_a_code(city: City) -> None:
    id = set_target(city)
    figure = {"target": id, "through": "2015-07-31", "value": money("1")}
    past = seen(city, id, at={"position": str(city.record.head.position)})["id"]

    mistaken(city, "ONE_VALUE", "ReportActual", CLERK, **{**figure, "value": {}})
    both = {**money("1"), "quantity": {"amount": "1", "unit": "project"}}
    mistaken(city, "ONE_VALUE", "ReportActual", CLERK, **{**figure, "value": both})
    mistaken(city, "NEGATIVE_AMOUNT", "ReportActual", CLERK, **{**figure, "value": money("-1")})
    mistaken(city, "BAD_DATE", "ReportActual", CLERK, **{**figure, "through": "2015-02-30"})
    mistaken(city, "BAD_GOAL", "StateGoal", target=id, goal={})
    mistaken(city, "BAD_GOAL", "StateGoal", target=id, goal={"low": money("2"), "high": money("1")})
    mistaken(city, "BAD_GOAL", "StateGoal", target=id, goal={"value": money("0")})
    mistaken(city, "UNITS_DIFFER", "StateGoal", target=id, goal={"low": money("1", "YUAN"), "high": money("2")})
    mistaken(city, "ID_OF_A_MOMENT", "CloseTarget", target=past, reason="x")
    mistaken(city, "BAD_YEAR", "SetTarget", indicator="FDI_ACTUAL", unit=ZONE, year=12)
    mistaken(city, "BAD_CORRECTION", "CorrectTarget", target=id, corrects=1, reason="x", fields=["value"])


def test_a_grey_button_says_why_and_the_past_allows_nothing(city: City) -> None:
    id = set_target(city)

    may = {one["action"]: one for one in seen(city, id, CLERK)["may"]}
    position = city.record.head.position
    set_target(city, "FDI_ACTUAL")
    past = seen(city, id, ADMINISTRATOR, at={"position": str(position)})["may"]

    assert may["reportActual"]["allowed"]
    assert may["closeTarget"]["because"]["code"] == "NotYourRole"
    assert {one["because"]["code"] for one in past} == {"MomentIsPast"}
    assert all((OPERATIONS / f"{name[0].upper()}{name[1:]}.graphql").is_file() for name in may)


def test_indicators_and_targets_by_id_are_answered_at_their_moment(city: City) -> None:
    id = with_goal(city, {"value": money("24000")}, money("13955"))
    indicators = city.ask("Indicators")["moment"]["indicators"]
    past = seen(city, id, at={"position": str(city.record.head.position)})["id"]
    do(city, "CorrectTarget", target=id, corrects=3, reason="重复", fields=None)

    assert next(one for one in indicators if one["code"] == "FDI_CONTRACTED")["currency"] == "USD"
    node = "query($id: ID!) { node(id: $id) { ... on Target { through attainment { text } indicator { code } } } }"
    assert city.ask(node, {"id": past})["node"]["attainment"]["text"] == "58.1%"
    assert seen(city, id)["actual"] is None
    assert seen(city, id)["light"]["because"]["en"] == "no figure to judge by"


def test_siblings_are_read_together(city: City) -> None:
    for indicator in ("FDI_CONTRACTED", "FDI_ACTUAL"):
        with_goal(city, {"value": money("24000")}, money("13955"), indicator=indicator)
    document = "{ targets { nodes { actual { text } yearOnYear { text } unit { code } published { printed } } } }"
    statements = overhear(city.views)

    city.ask(document)

    reads = [one for one in statements if "target" in one or "published" in one]
    assert 0 < len(reads) <= 5


@pytest.mark.parametrize("at", [{}, {"validOn": "2015-07-30"}], ids=["now", "up to a day"])
def test_a_light_takes_of_each_target_the_figure_that_counts_and_no_other(
    city: City, at: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for indicator in ("FDI_CONTRACTED", "FDI_ACTUAL"):
        target = with_goal(city, {"value": money("24000")}, money("13955"), indicator=indicator)
        do(city, "ReportActual", CLERK, target=target, through="2015-06-30", value=money("9000"))
    alone = "query($validOn: Date) { moment(validOn: $validOn) { targets { nodes { light { colour because { en } } through } } } }"
    read, decode = list[str](), Table.decode

    def decoded(table: Table[Any], *given: Any) -> Any:
        read.append(table.name)
        return decode(table, *given)

    monkeypatch.setattr(Table, "decode", decoded)

    told = city.ask(alone, at)["moment"]["targets"]["nodes"]

    assert read.count("target_figures") == len(told) == 2
    assert {one["through"] for one in told} == {"2015-06-30" if at else "2015-07-31"}
    for first in ("figures { through }", "figuresBeforeCorrection { through }"):
        beside = city.ask(alone.replace("light {", f"{first} light {{"), at)["moment"]["targets"]["nodes"]
        assert [{name: one[name] for name in ("light", "through")} for one in beside] == told


def paces(city: City, **variables: Any) -> tuple[str | None, list[str]] | None:
    """The unit whose targets the board tells with their pace, and by which indicators."""
    told = city.ask("Board", variables)["moment"]["bodyTargets"]
    if told is None:
        return None
    return told["unit"] and told["unit"]["code"], [target["indicator"]["code"] for target in told["targets"]]


def test_the_board_tells_the_pace_of_one_unit_the_first_that_has_targets_unless_one_is_named(city: City) -> None:
    assert paces(city) is None
    before = city.ask("Record")["record"]["head"]
    set_target(city, "FDI_CONTRACTED", "wuzhen")
    set_target(city, "FDI_ACTUAL", "wuzhen")

    assert paces(city) == ("wuzhen", ["FDI_ACTUAL", "FDI_CONTRACTED"])
    assert paces(city, whose=ZONE) == (ZONE, [])
    set_target(city, "FDI_ACTUAL", ZONE)
    assert paces(city) == (ZONE, ["FDI_ACTUAL"])
    assert paces(city, whose="wuzhen") == ("wuzhen", ["FDI_ACTUAL", "FDI_CONTRACTED"])
    assert paces(city, whose="nowhere") == (None, [])
    assert paces(city, year=2014) is None
    assert paces(city, at={"position": str(before)}) is None
