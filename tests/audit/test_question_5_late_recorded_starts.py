"""Question 5: which starts were recorded late with a date before the cut-off? The cut-off is 30 June 2015."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.audit.asking import answered, listed, paged, resting_on, said, told
from tests.audit.project_story import Projects
from tests.city import SUPERVISOR, City, retold
from tests.projections.ticket_city import furnished
from txapi.application.supervision import open_supervision_list
from txapi.domain.dates import PartialDate
from txapi.domain.editions import Duty, MilestoneKind
from txapi.domain.labels import Label

JUNE = {"cutOff": "2015-06-30"}
ON_BOTH = ("piling", "late")
ON_THE_FIRST = ("in time", "last minute", "midnight", "corrected", "later")


def day(month: int, number: int) -> PartialDate:
    return PartialDate.day(date(2015, month, number))


def eight_projects(folder: Path) -> tuple[City, dict[str, str]]:
    """Eight projects, a list by the start and a list by piling or the start, by their rules; the clock stands at 2 August."""
    city = furnished(folder, "2015-03-01T09:00")
    do = Projects(city)
    lists = {
        rule: open_supervision_list(
            city.desk, city.order(SUPERVISOR), programme=Label(zh=rule, en=rule), duty=Duty.COMMENCEMENT, rule=rule
        ).id
        for rule in ("commencement-started", "commencement-piling")
    }
    one = {name: do.introduced("2015-03-01T09:00", name.replace(" ", "-")) for name in (*ON_BOTH, *ON_THE_FIRST, "off")}
    for name in (*ON_BOTH, *ON_THE_FIRST):
        do("2015-03-02T09:00", "enter_list", one[name], supervision_list=lists["commencement-started"], on=day(3, 1))
    for name in ON_BOTH:
        do("2015-03-02T09:00", "enter_list", one[name], supervision_list=lists["commencement-piling"], on=day(3, 1))

    def reached(time: str, name: str, on: PartialDate, kind: MilestoneKind = MilestoneKind.STARTED) -> None:
        do(time, "reach_milestone", one[name], kind=kind, on=on, reason="开工报告")

    reached("2015-06-16T09:00", "piling", day(6, 15), MilestoneKind.PILING)
    reached("2015-06-25T09:00", "in time", day(6, 20))
    reached("2015-06-30T23:59:59.999999", "last minute", day(6, 30))
    reached("2015-07-01T00:00", "midnight", day(6, 30))
    reached("2015-07-04T09:00", "later", day(7, 3))
    reached("2015-07-06T09:00", "corrected", day(7, 5))
    reached("2015-07-08T09:00", "piling", day(6, 27))
    reached("2015-07-10T09:00", "late", day(6, 28))
    # Event 3 of that project is its start: introduced, entered, reached.
    do("2015-07-20T09:00", "correct_project", one["corrected"], corrects=3,
       fields={"on": msgspec.to_builtins(day(6, 29))}, reason="监理日志")  # fmt: skip
    reached("2015-08-01T09:00", "off", day(6, 10))
    city.at("2015-08-02T09:00")
    return city, lists


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city, lists = retold(tmp_path, eight_projects)
    city.lists = lists  # type: ignore[attr-defined]
    yield city
    city.close()


def short(lines: list[Any]) -> list[tuple[str, str, str, int, int]]:
    """Which project, what counts as its start, when it was, the lag, and how many days after the cut-off."""
    return [
        (line["project"]["code"], line["milestone"], line["on"]["latest"], line["lagDays"], line["daysAfterCutOff"])
        for line in lines
    ]


def effects(line: Any) -> dict[str, tuple[int, int, str, str, str, bool, bool]]:
    """By the list's rule: listed, done, the rate now, without, and then, whether it counts, whether it changes the rate."""
    return {
        one["supervisionList"]["programme"]["en"]: (
            one["listed"],
            one["done"],
            *(one[rate]["text"] for rate in ("rate", "rateWithout", "rateThen")),
            one["counts"],
            one["changesRate"],
        )
        for one in line["lists"]
    }


def test_what_was_recorded_after_the_last_instant_of_the_cut_off_is_late(city: City) -> None:
    # "in time" and "last minute" were recorded by the end of 30 June; "later" started in July.
    assert short(listed(city, "LateRecordedStarts", **JUNE)) == [
        # 10 June to 1 August: 20 days of June, 31 of July, 1 of August.
        ("off", "STARTED", "2015-06-10", 52, 32),
        ("piling", "STARTED", "2015-06-27", 11, 8),
        ("late", "STARTED", "2015-06-28", 12, 10),
        # First stated as 5 July; on 20 July a correction moved it before the cut-off.
        ("corrected", "STARTED", "2015-06-29", 21, 20),
        # Recorded at 00:00 of 1 July.
        ("midnight", "STARTED", "2015-06-30", 1, 1),
    ]


def test_each_says_what_it_did_to_the_rate_of_the_lists_that_it_was_on(city: City) -> None:
    lines = {line["project"]["code"]: line for line in listed(city, "LateRecordedStarts", **JUNE)}

    # Seven are listed by the start. As known now, six of them had started by 30 June, all but "later": 6/7 = 85.7 %. At the
    # end of 30 June two were known to: "in time" and "last minute", 2/7 = 28.6 %. Without any one of the late: 5/7 = 71.4 %.
    by_start = (7, 6, "85.7%", "71.4%", "28.6%", True, True)
    # Two are listed by piling or the start. Of "piling" the piling was known in time: 1/2 then, 2/2 now, and its start
    # changes nothing. Without "late" it would still be 1/2.
    assert effects(lines["late"]) == {
        "commencement-started": by_start,
        "commencement-piling": (2, 2, "100.0%", "50.0%", "50.0%", True, True),
    }
    assert effects(lines["piling"]) == {
        "commencement-started": by_start,
        "commencement-piling": (2, 2, "100.0%", "100.0%", "50.0%", False, False),
    }
    assert effects(lines["corrected"]) == effects(lines["midnight"]) == {"commencement-started": by_start}
    assert effects(lines["off"]) == {}


def test_the_rates_are_those_of_the_list_itself(city: City) -> None:
    id = city.lists["commencement-started"]  # type: ignore[attr-defined]

    now = answered(city, "SupervisionList", entityId=id, validOn="2015-06-30")["supervisionList"]
    then = answered(
        city, "SupervisionList", entityId=id, validOn="2015-06-30", at={"time": "2015-06-30T15:59:59.999999Z"}
    )

    assert now["rate"]["text"] == "85.7%"
    assert then["supervisionList"]["rate"]["text"] == "28.6%"


def test_every_line_names_the_events_that_it_rests_on(city: City) -> None:
    lines = {line["project"]["code"]: line for line in listed(city, "LateRecordedStarts", **JUNE)}

    late = lines["late"]
    assert resting_on(late) == ["project.entered_list", "project.entered_list", "project.milestone_reached"]
    assert late["recorded"] == late["stated"]
    assert (late["recorded"]["actor"]["subject"], late["recorded"]["reason"]) == ("supervisor", "开工报告")
    corrected = lines["corrected"]
    assert resting_on(corrected) == ["project.entered_list", "project.milestone_reached", "project.fact_corrected"]
    assert (corrected["recorded"]["type"], corrected["recorded"]["reason"]) == ("project.fact_corrected", "监理日志")
    assert corrected["stated"]["type"] == "project.milestone_reached"


def test_a_later_correction_of_something_else_does_not_move_the_blame(city: City) -> None:
    before = {line["project"]["code"]: line for line in listed(city, "LateRecordedStarts", **JUNE)}["late"]
    # Event 4 of that project is its start, for it is on two lists.
    Projects(city)("2015-08-05T09:00", "correct_project", _project(city, "late"), corrects=4,
                   fields={"evidence": "照片"}, reason="补充材料")  # fmt: skip

    after = {line["project"]["code"]: line for line in listed(city, "LateRecordedStarts", **JUNE)}["late"]

    assert (after["recorded"], after["lagDays"]) == (before["recorded"], 12)


def _project(city: City, code: str) -> str:
    id: str = answered(city, "Project", code=code)["project"]["entityId"]
    return id


def test_a_moment_of_the_past_knows_what_had_been_recorded_by_then(city: City) -> None:
    # On 15 July the correction of the 20th and the record of 1 August lay ahead: five of seven were known to have started.
    lines = listed(city, "LateRecordedStarts", **JUNE, at={"time": "2015-07-15T12:00:00+08:00"})

    assert [line[0] for line in short(lines)] == ["piling", "late", "midnight"]
    assert effects(lines[2]) == {"commencement-started": (7, 5, "71.4%", "57.1%", "28.6%", True, True)}
    # At the end of the cut-off itself nothing can be late.
    assert listed(city, "LateRecordedStarts", **JUNE, at={"time": "2015-06-30T15:59:59.999999Z"}) == []


def test_facts_count_up_to_the_valid_date(city: City) -> None:
    lines = listed(city, "LateRecordedStarts", **JUNE, validOn="2015-06-28")

    assert [line[0] for line in short(lines)] == ["off", "piling", "late"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kinds": ["PILING"]}, []),
        ({"kinds": []}, []),
        ({"rule": "commencement-piling"}, ["off", "piling", "late", "corrected", "midnight"]),
        ({"rule": "completion-completed"}, []),
    ],
)
def test_what_counts_as_a_start_is_said_by_milestones_or_by_a_rule(
    city: City, asked: dict[str, Any], found: list[str]
) -> None:
    assert [line[0] for line in short(listed(city, "LateRecordedStarts", **JUNE, **asked))] == found


def test_one_list_alone_is_asked_about_by_its_own_rule(city: City) -> None:
    id = city.lists["commencement-piling"]  # type: ignore[attr-defined]

    assert [line[0] for line in short(listed(city, "LateRecordedStarts", **JUNE, supervisionList=id))] == [
        "piling",
        "late",
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"kinds": ["STARTED"], "rule": "commencement-started"}, "ONE_OF_TWO"),
        ({"rule": "whatever"}, "UNKNOWN_RULE"),
        ({"supervisionList": "00000000-0000-4000-8000-000000000000"}, "UNKNOWN_LIST"),
    ],
)
def test_a_rule_or_list_that_is_not_known_is_an_error(city: City, asked: dict[str, Any], code: str) -> None:
    result = city.execute("LateRecordedStarts", {**JUNE, **asked})

    assert [error.extensions["code"] for error in result.errors] == [code]


def test_pages_follow_each_other(city: City) -> None:
    assert paged(city, "LateRecordedStarts", size=2, **JUNE) == listed(city, "LateRecordedStarts", **JUNE)


def test_the_command_line_gives_the_same_answer_now_and_then(city: City, tmp_path: Path) -> None:
    asked = ("late-recorded-starts", "--set", "cutOff=2015-06-30")

    now = told(tmp_path, *asked, "--set", 'kinds=["STARTED"]')["lateRecordedStarts"]["nodes"]
    then = told(tmp_path, *asked, "--at", "2015-07-15")["lateRecordedStarts"]["nodes"]

    assert short(now) == short(listed(city, "LateRecordedStarts", **JUNE))
    assert [line[0] for line in short(then)] == ["piling", "late", "midnight"]
    assert "5. Which starts were recorded late with a date before the cut-off?" in said(tmp_path, *asked)
    assert "asks for --set cutOff=..." in said(tmp_path, "5", exit_code=2)
