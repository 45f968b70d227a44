"""Question 6: which projects had no leading official, or changed theirs, on which days? August 2015, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import answered, listed, paged, resting_on, said, told
from tests.audit.project_story import Projects
from tests.city import City, retold
from tests.projections.ticket_city import furnished
from txapi.domain.official import Official

AUGUST = {"from": "2015-08-01", "to": "2015-08-31"}
ZHU = Official("朱红", "市委常委")
SHENG = Official("盛勇军", "市长")


def august(folder: Path) -> tuple[City, dict[str, str]]:
    """Six projects in August 2015 by their codes, each with another story; the clock stands at 1 September."""
    city = furnished(folder, "2015-07-20T09:00")
    do = Projects(city)
    codes = ("replaced", "released", "steady", "never-led", "same-day")
    ids = {code: do.introduced("2015-07-20T09:00", code, unit="chongfu") for code in codes}
    for code in ("replaced", "released", "steady", "same-day"):
        do("2015-07-20T09:00", "assign_leader", ids[code], official=ZHU, on=date(2015, 7, 20))
    ids["late"] = do.introduced("2015-08-05T09:00", "late", unit="dama")
    do("2015-08-10T09:00", "assign_leader", ids["replaced"], official=SHENG, on=date(2015, 8, 10), reason="分工调整")
    do("2015-08-12T09:00", "release_leader", ids["same-day"], on=date(2015, 8, 12), reason="调离")
    do("2015-08-12T10:00", "assign_leader", ids["same-day"], official=SHENG, on=date(2015, 8, 12))
    do("2015-08-16T09:00", "assign_leader", ids["late"], official=ZHU, on=date(2015, 8, 15))
    do("2015-08-20T09:00", "release_leader", ids["released"], reason="调离")
    city.at("2015-09-01T09:00")
    return city, ids


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city, ids = retold(tmp_path, august)
    city.ids = ids  # type: ignore[attr-defined]
    yield city
    city.close()


def gaps(lines: list[Any]) -> dict[str, list[tuple[str, str, int]]]:
    """By code of the project: the first and last day of each gap and how many days it has."""
    return {
        line["project"]["code"]: [(gap["first"], gap["last"], gap["days"]) for gap in line["gaps"]] for line in lines
    }


def changes(lines: list[Any]) -> dict[str, list[tuple[str, str | None, str | None, str | None]]]:
    """By code of the project: the day of each change, who led before and after, and why."""
    return {
        line["project"]["code"]: [
            (change["on"], *(who and who["name"] for who in (change["before"], change["after"])), change["reason"])
            for change in line["changes"]
        ]
        for line in lines
    }


def test_every_day_without_a_leading_official_and_every_change_is_told(city: City) -> None:
    lines = listed(city, "Leadership", **AUGUST)

    # "steady" was led by the same official on all days, so it is not listed. By code:
    assert gaps(lines) == {
        # Introduced on the 5th; somebody leads from the 15th on: 5 to 14 August are ten days.
        "late": [("2015-08-05", "2015-08-14", 10)],
        # Introduced in July and never led: all 31 days of August, and only these.
        "never-led": [("2015-08-01", "2015-08-31", 31)],
        # Released from the 20th on: 20 to 31 August are twelve days.
        "released": [("2015-08-20", "2015-08-31", 12)],
        "replaced": [],
        "same-day": [],
    }
    assert [line["daysWithout"] for line in lines] == [10, 31, 12, 0, 0]
    assert changes(lines) == {
        "late": [("2015-08-15", None, "朱红", None)],
        "never-led": [],
        "released": [("2015-08-20", "朱红", None, "调离")],
        "replaced": [("2015-08-10", "朱红", "盛勇军", "分工调整")],
        "same-day": [("2015-08-12", "朱红", "盛勇军", "调离")],
    }


def test_every_line_names_the_events_that_it_rests_on(city: City) -> None:
    by_code = {line["project"]["code"]: line for line in listed(city, "Leadership", **AUGUST)}

    assert resting_on(by_code["late"]) == ["project.introduced", "project.leader_assigned"]
    assert resting_on(by_code["never-led"]) == ["project.introduced"]
    assert resting_on(by_code["released"]) == ["project.leader_released"]
    assert resting_on(by_code["replaced"]) == ["project.leader_assigned"]
    assert resting_on(by_code["same-day"]) == ["project.leader_released", "project.leader_assigned"]
    [gap] = by_code["late"]["gaps"]
    assert [event["type"] for event in gap["began"]] == ["project.introduced"]
    assert [event["type"] for event in gap["ended"]] == ["project.leader_assigned"]
    assert by_code["released"]["gaps"][0]["began"][0]["reason"] == "调离"
    assert by_code["released"]["gaps"][0]["ended"] == []


def test_the_days_before_the_period_and_after_it_are_not_counted(city: City) -> None:
    # On the 14th "late" had its last day without; on the 15th it was led, which is a change of that day.
    assert gaps(listed(city, "Leadership", **{"from": "2015-08-14", "to": "2015-08-14"})) == {
        "late": [("2015-08-14", "2015-08-14", 1)],
        "never-led": [("2015-08-14", "2015-08-14", 1)],
    }
    assert changes(listed(city, "Leadership", **{"from": "2015-08-15", "to": "2015-08-15"})) == {
        "late": [("2015-08-15", None, "朱红", None)],
        "never-led": [],
    }


def test_a_moment_of_the_past_knows_what_was_recorded_and_the_days_that_had_come(city: City) -> None:
    # At the end of 15 August nobody had recorded yet who leads "late", and the release of the 20th lay ahead.
    then = listed(city, "Leadership", **AUGUST, at={"time": "2015-08-15T23:59:59+08:00"})

    assert gaps(then) == {
        "late": [("2015-08-05", "2015-08-15", 11)],
        "never-led": [("2015-08-01", "2015-08-15", 15)],
        "replaced": [],
        "same-day": [],
    }


def test_facts_count_up_to_the_valid_date(city: City) -> None:
    # What is known now, of the world up to the 18th: the release of the 20th has not happened.
    lines = listed(city, "Leadership", **AUGUST, validOn="2015-08-18")

    assert gaps(lines) == {
        "late": [("2015-08-05", "2015-08-14", 10)],
        "never-led": [("2015-08-01", "2015-08-18", 18)],
        "replaced": [],
        "same-day": [],
    }


def test_a_correction_moves_the_days_and_is_named(city: City) -> None:
    before = city.record.head.position
    # The second event of "late" is the assignment: it is found that he led from the 10th on.
    late = city.ids["late"]  # type: ignore[attr-defined]
    Projects(city)(
        "2015-09-02T09:00", "correct_project", late, corrects=2, fields={"on": "2015-08-10"}, reason="文件日期"
    )

    [line] = listed(city, "Leadership", **AUGUST, unit="dama")
    # 5 to 9 August are five days.
    assert gaps([line]) == {"late": [("2015-08-05", "2015-08-09", 5)]}
    assert changes([line]) == {"late": [("2015-08-10", None, "朱红", None)]}
    assert resting_on(line) == ["project.introduced", "project.leader_assigned", "project.fact_corrected"]
    assert line["events"][-1]["reason"] == "文件日期"
    # The past keeps what was believed.
    then = listed(city, "Leadership", **AUGUST, unit="dama", at={"position": str(before)})
    assert gaps(then) == {"late": [("2015-08-05", "2015-08-14", 10)]}


def test_the_days_agree_with_what_the_project_itself_says(city: City) -> None:
    # From its introduction on 5 August until the 31st: ten days, of which all lie in August.
    shown = answered(city, "Project", code="late", validOn="2015-08-31")["project"]
    assert shown["daysWithoutLeader"] == 10


def test_a_period_that_ends_before_it_begins_makes_no_sense(city: City) -> None:
    result = city.execute("Leadership", {"from": "2015-08-02", "to": "2015-08-01"})

    assert [error.extensions["code"] for error in result.errors] == ["BAD_PERIOD"]


def test_pages_follow_each_other_by_code(city: City) -> None:
    assert paged(city, "Leadership", size=2, **AUGUST) == listed(city, "Leadership", **AUGUST)


def test_the_command_line_gives_the_same_answer(city: City, tmp_path: Path) -> None:
    asked = ("leadership", "--set", "from=2015-08-01", "--set", "to=2015-08-31")

    now = told(tmp_path, *asked, "--valid-on", "2015-08-31")["leadership"]["nodes"]
    then = told(tmp_path, *asked, "--at", "2015-08-15")["leadership"]["nodes"]

    assert gaps(now) == gaps(listed(city, "Leadership", **AUGUST))
    assert gaps(then)["late"] == [("2015-08-05", "2015-08-15", 11)]
    assert "daysWithout: 31" in said(tmp_path, *asked, "--clock", "2015-08-31")
    assert "asks for --set from=..., --set to=..." in said(tmp_path, "6", exit_code=2)
