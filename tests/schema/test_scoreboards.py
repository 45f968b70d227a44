"""The overview and both scoreboards through their published operations: with units, rates, targets and what was printed, now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import City, like
from tests.projections.ticket_city import ISSUER, LAND, Tickets, furnished
from tests.schema.registering import do
from txapi.schema import connections


def rated(folder: Path) -> City:
    """Two starts in Chongfu, one of them done; three tickets for the land bureau, one of them answered in time."""
    city = furnished(folder, "2015-08-01T09:00")
    for code in ("A1", "A2"):
        id = do(city, "IntroduceProject", code=code, name=code, kind="NEW_BUILD", unit="chongfu")["project"]["entityId"]
        do(city, "ForecastMilestone", project=id, kind="STARTED", on={"text": "2015-09"})
        if code == "A1":
            do(city, "ReachMilestone", project=id, kind="STARTED", on={"text": "2015-07-20"}, reason="test")
    tickets = Tickets(city)
    answered, _silent, withdrawn = (tickets.issued(f"2015-08-03T09:{minute}0") for minute in range(3))
    tickets("2015-08-04T09:00", LAND, "receive_ticket", answered)
    city.at("2015-08-06T09:00")
    do(city, "AcceptTicket", LAND, ticket=answered, opinion="同意", promisedBy="2015-08-20")
    tickets("2015-08-07T09:00", ISSUER, "withdraw_ticket", withdrawn, reason="已自行解决")
    city.at("2015-08-20T09:00").watch()
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, rated)
    yield city
    city.close()


def boards(city: City, **variables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both boards, by the codes of the units."""
    moment = city.ask("Scoreboards", variables)["moment"]
    bodies = {line["unit"]["code"]: line for line in moment["implementingBodies"]}
    return bodies, {line["unit"]["code"]: line for line in moment["handlingUnits"]}


def test_both_boards_are_told_without_variables_for_the_year_of_the_clock(city: City) -> None:
    bodies, departments = boards(city)

    assert (list(bodies), list(departments)) == (["chongfu", "dama"], ["land-bureau", "planning-bureau"])
    assert {line["year"] for line in [*bodies.values(), *departments.values()]} == {2015}
    assert bodies["chongfu"]["starts"] == {
        "expected": 2, "done": 1, "due": 0, "overdue": 0, "rate": {"percent": "50.0", "text": "50.0%"},
    }  # fmt: skip
    assert bodies["dama"]["starts"]["rate"] is None
    reply, resolution = departments["land-bureau"]["reply"], departments["land-bureau"]["resolution"]
    assert reply == {
        "fellDue": 2, "onTime": 1, "late": 0, "unanswered": 1, "notYetDue": 0, "returned": 0, "medianDays": "2",
        "rate": {"percent": "50.0", "text": "50.0%"},
    }  # fmt: skip
    assert (resolution["notYetDue"], resolution["medianDays"], resolution["rate"]) == (1, None, None)


def test_the_boards_follow_the_clock_the_position_the_valid_date_and_the_year(city: City) -> None:
    tomorrow = boards(city, clock="2015-08-21T00:00:00+08:00")[1]["land-bureau"]["resolution"]
    autumn = boards(city, validOn="2015-09-30")[0]["chongfu"]["starts"]
    before = boards(city, validOn="2015-07-19")[0]["chongfu"]["starts"]
    empty = boards(city, at={"position": "0"})
    next_year = boards(city, year=2016)

    assert (tomorrow["fellDue"], tomorrow["unanswered"]) == (1, 1)
    assert [autumn[one] for one in ("expected", "done", "due", "overdue")] == [2, 1, 2, 1]
    assert (before["expected"], before["done"]) == (2, 0)
    assert empty == ({}, {})
    assert next_year[0]["chongfu"]["starts"]["expected"] == next_year[1]["land-bureau"]["reply"]["fellDue"] == 0


VERDICTS = {
    "ON_TIME": "onTime",
    "LATE": "late",
    "UNANSWERED": "unanswered",
    "NOT_YET_DUE": "notYetDue",
    "RETURNED": "returned",
}
PARTS = {"EXPECTED": "expected", "DONE": "done", "OVERDUE": "overdue"}


def counted(city: City, kind: str, part: str, asked: dict[str, Any], **moment: Any) -> int:
    """How many tickets or projects stand behind a number."""
    query = f"""query($filter: {kind}Filter, $at: PointInput, $clock: DateTime, $validOn: Date) {{
        moment(at: $at, clock: $clock, validOn: $validOn) {{ {kind.lower()}s(filter: $filter) {{ totalCount }} }} }}"""
    answer = city.ask(query, {"filter": {part: asked}, **moment})
    return int(answer["moment"][f"{kind.lower()}s"]["totalCount"])


@pytest.mark.parametrize(
    "moment",
    [
        {},
        {"clock": "2015-08-21T00:00:00+08:00"},
        {"validOn": "2015-09-30"},
        {"validOn": "2015-07-19"},
        {"at": 3},
        {"at": 1},
    ],
)
def test_every_number_of_both_boards_leads_to_the_list_of_what_it_counts(city: City, moment: dict[str, Any]) -> None:
    if "at" in moment:
        moment = {"at": {"position": str(city.record.head.position - moment["at"])}}
    bodies, departments = boards(city, **moment)

    for code, line in departments.items():
        for deadline in ("reply", "resolution"):
            # The published operation asks of replies alone how many were returned: a resolution is no answer.
            for verdict, name in ((one, name) for one, name in VERDICTS.items() if name in line[deadline]):
                asked: dict[str, Any] = {"deadline": deadline.upper(), "became": [verdict], "unit": code}
                assert counted(city, "Ticket", "judged", asked, **moment) == line[deadline][name], (code, asked)
    for code, line in bodies.items():
        for duty, tally in (("COMMENCEMENT", line["starts"]), ("COMPLETION", line["completions"])):
            for part, name in PARTS.items():
                asked = {"duty": duty, "part": part, "unit": code, "year": 2015}
                assert counted(city, "Project", "tallied", asked, **moment) == tally[name], (code, asked)
    assert sum(line["reply"]["unanswered"] for line in departments.values()) > 0 or "at" in moment


def test_of_another_year_there_is_nothing_and_of_one_that_no_calendar_knows_an_error(city: City) -> None:
    asked = {"deadline": "REPLY", "became": list(VERDICTS), "year": 2016}

    assert counted(city, "Ticket", "judged", asked) == 0
    assert counted(city, "Ticket", "judged", {**asked, "year": 2015}) > 0
    answer = city.execute(
        "query($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }",
        {"filter": {"judged": {**asked, "year": 1}}},
    )
    assert [error.extensions["code"] for error in answer.errors] == ["BAD_YEAR"]


def test_a_body_shows_its_targets_of_the_year_and_what_was_printed_of_it(city: City) -> None:
    for year, unit in ((2015, "chongfu"), (2016, "chongfu"), (2015, "dama")):
        target = do(city, "SetTarget", indicator="FDI_ACTUAL", unit=unit, year=year)
        assert target["__typename"] == "TargetReceipt", target
    document = do(city, "RecordPublication", title={"zh": "侧记", "en": "Sidelights"})["publication"]["entityId"]
    unit = city.ask('{ unit(code: "chongfu") { entityId } }')["unit"]["entityId"]
    do(
        city, "PrintItem", publication=document, kind="STATEMENT", label={"zh": "开工", "en": "starts"}, printed="86个",
        locator="line 23", about={"kind": "unit", "id": unit},
    )  # fmt: skip

    lines, _ = boards(city)

    for code in ("chongfu", "dama"):
        assert [target["indicator"]["code"] for target in lines[code]["targets"]] == ["FDI_ACTUAL"]
    assert [item["printed"] for item in lines["chongfu"]["published"]] == ["86个"]
    assert lines["dama"]["published"] == []


@pytest.mark.parametrize("year", [-1, 0, 10_000])
def test_a_year_that_no_calendar_knows_gets_a_coded_error(city: City, year: int) -> None:
    result = city.execute("Scoreboards", {"year": year})

    assert {(error.extensions or {})["code"] for error in result.errors or ()} == {"BAD_YEAR"}


def test_the_overview_needs_no_variables_and_shows_the_same_boards_now_and_then(city: City) -> None:
    departments = boards(city)[1]

    now, then = city.ask("Overview")["moment"], city.ask("Overview", {"at": {"position": "0"}})["moment"]

    lines = {line["unit"]["code"]: line for line in now["handlingUnits"]}
    assert lines["land-bureau"]["reply"]["fellDue"] == departments["land-bureau"]["reply"]["fellDue"] == 2
    assert [line["unit"]["code"] for line in now["implementingBodies"]] == ["chongfu", "dama"]
    assert (then["implementingBodies"], then["handlingUnits"]) == ([], [])


def test_the_console_s_board_and_the_page_of_a_unit_are_one_question_each(city: City) -> None:
    board = city.ask("Board", {})["moment"]
    unit = city.ask("UnitPage", {"code": "land-bureau", "unit": ["land-bureau"]})["moment"]

    assert [line["unit"]["code"] for line in board["implementingBodies"]] == ["chongfu", "dama"]
    lights = {
        tuple(key["key"] for key in group["group"]): group["count"] for group in board["ticketsByHandlerAndLight"]
    }
    assert sum(lights.values()) == 3
    assert [ticket["number"] for ticket in board["overdueTickets"]["nodes"]] == [
        ticket["number"] for ticket in unit["tickets"]["nodes"] if ticket["light"]["colour"] == "RED"
    ]
    assert board["withoutLeader"]["totalCount"] == 2
    assert city.ask("UnitPage", {"code": "nowhere", "unit": ["nowhere"]})["moment"]["unit"] is None


def test_the_console_s_list_and_page_of_projects_are_one_question_each(city: City) -> None:
    found = city.ask("ProjectList", {"filter": {"units": ["chongfu"]}, "orderBy": [{"by": "NEXT_FORECAST"}]})["moment"]
    project = city.ask("ProjectPage", {"entityId": found["projects"]["nodes"][0]["entityId"]})["moment"]["project"]

    assert {row["code"] for row in found["projects"]["nodes"]} == {"A1", "A2"}
    assert [(group["group"][0]["key"], group["count"]) for group in found["byUnit"]] == [("chongfu", 2)]
    assert [milestone["kind"] for milestone in project["milestones"]] == ["STARTED"]
    assert {"reachMilestone", "forecastMilestone", "assignLeader"} <= {each["action"] for each in project["may"]}
    assert project["history"]["nodes"][0]["label"]["zh"] == "项目入库"


# -- how many ----------------------------------------------------------------------------------------------------------

HEADED = {
    "implementingBodies": "implementingBodyCount",
    "handlingUnits": "handlingUnitCount",
    "indicators": "indicatorCount",
}
"""Lists that are told from their beginning, and what says how long they are."""


@pytest.mark.parametrize("name", HEADED)
def test_a_board_is_told_from_its_beginning_as_far_as_is_asked_for(city: City, name: str) -> None:
    code = "code" if name == "indicators" else "unit { code }"
    whole = city.ask(f"{{ {name} {{ {code} }} }}")[name]

    assert city.ask(f"{{ {name}(first: 1) {{ {code} }} }}")[name] == whole[:1]
    assert city.ask(f"{{ {name}(first: 0) {{ {code} }} }}")[name] == []
    assert len(whole) > 1
    for asked in (f"{{ {name}(first: 1) {{ {code} }} {HEADED[name]} }}", f"{{ {HEADED[name]} }}"):
        assert city.ask(asked)[HEADED[name]] == len(whole)


@pytest.mark.parametrize("name", [f"{name}(first: 501)" for name in HEADED])
def test_more_lines_than_a_list_may_have_are_refused_not_cut(city: City, name: str) -> None:
    result = city.execute(f"{{ {name} {{ __typename }} }}")

    assert result.data is None
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["PAGE_SIZE"]


def test_what_was_printed_of_a_body_and_its_targets_are_told_from_their_beginning(city: City) -> None:
    document = do(city, "RecordPublication", title={"zh": "通报", "en": "Report"})["publication"]["entityId"]
    unit = city.ask('{ unit(code: "chongfu") { entityId } }')["unit"]["entityId"]
    about = {"kind": "unit", "id": unit}
    for text in ("1个", "2个", "3个"):
        do(city, "PrintItem", publication=document, kind="STATEMENT", label={"zh": "开工", "en": "starts"}, printed=text,
           locator="line 23", about=about)  # fmt: skip
    for indicator in ("FDI_ACTUAL", "FDI_CONTRACTED"):
        do(city, "SetTarget", indicator=indicator, unit="chongfu", year=2015)
    query = """query($first: Int!) { implementingBodies(first: 1) {
      unit { code } published(first: $first) { printed } targetCount targets(first: $first) { indicator { code } } } }"""

    [one], [all_of_it] = (city.ask(query, {"first": first})["implementingBodies"] for first in (1, 50))

    assert [each["printed"] for each in one["published"]] == ["1个"]
    assert [each["printed"] for each in all_of_it["published"]] == ["1个", "2个", "3个"]
    assert (len(one["targets"]), len(all_of_it["targets"])) == (1, 2)
    assert one["targetCount"] == all_of_it["targetCount"] == 2
    assert city.ask('{ bodyTargets(unit: "chongfu", year: 2015) { targetCount targets(first: 1) { year } } }') == {
        "bodyTargets": {"targetCount": 2, "targets": [{"year": 2015}]}
    }


@pytest.mark.parametrize(
    "name", ["projectGroups(by: [UNIT])", "ticketGroups(by: [HANDLER, ISSUER])", "projectGroups(by: [UNIT, LIGHT])"]
)
def test_groups_are_told_all_or_not_at_all(city: City, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_GROUPS", 0)

    result = city.execute(f"{{ {name} {{ count }} }}")

    assert result.data is None
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["TOO_MANY_GROUPS"]
