"""`txapi compare`: what differs between two moments, for people and for scripts, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.audit.compared_city import Story, told
from tests.stores import environment
from tests.views import opened
from txapi.cli.root import txapi
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import views_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[tuple[Path, Story]]:
    """The folder of a record with its read models in use, and its story; its owner is at work."""
    folder = tmp_path_factory.mktemp("city") / "record"
    story = told(folder)
    views = opened(folder, story.city.record.record_id, PROJECTIONS, file=views_file(folder).name)
    Follower(story.city.record, views).catch_up()
    views.close()
    yield folder, story
    story.city.close()


def run(folder: Path, *arguments: str) -> Result:
    # The story is told on the last evening of August, days after its last event: all of August has come.
    told = {**environment(folder), "TXAPI_CLOCK": "2015-09-01"}
    return CliRunner().invoke(txapi, ["compare", *arguments], env=told, catch_exceptions=False)


def test_people_read_each_field_with_who_when_why_and_how_late(folder: tuple[Path, Story]) -> None:
    data, story = folder

    result = run(data, "--before", "2015-07-31", "--after", "2015-08-31", "--kind", "projects")

    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == f"before position {story.at['cut']}, 2015-07-31T23:59:59+08:00; every known fact counts"
    assert lines[1] == f"after  position {story.at['end']}, 2015-08-31T23:59:59+08:00; every known fact counts"
    at = lines.index("project A1 项目A1: changed (by event)")
    assert lines[at + 1] == "  stageKnown 阶段: lead -> started  [back-dated 6 days]"
    started = (
        f"{story.at['A1 started']:>12}  2015-08-03T09:00:00+08:00  project.milestone_reached  supervisor (supervisor)"
    )
    assert f"{started}  as the test says" in lines
    on = "  projectMilestones.started.actualOn 实际日期: - -> 2015-07-29  [back-dated 17 days]  [correction]"
    corrected = (
        f"{story.at['A1 corrected']:>12}  2015-08-15T09:00:00+08:00  project.fact_corrected  supervisor (supervisor)"
    )
    assert lines[lines.index(on) + 1 : lines.index(on) + 3] == [
        f"{started}  as the test says",
        f"{corrected}  以施工许可证为准",
    ]


def test_people_read_which_event_of_another_noun_let_one_through(folder: tuple[Path, Story]) -> None:
    data, story = folder
    before, idle = str(story.at["A3 led by another"]), story.at["field idle"]

    result = run(data, "--before", before, "--kind", "projects", "--filter", '{"idleLand": true}')

    lines = result.output.splitlines()
    at = lines.index("project A3 项目A3: appeared (by event)")
    assert lines[at + 1].split()[:3] == [str(idle), "2015-08-23T09:00:00+08:00", "parcel.step_taken"]


def test_people_read_who_entered_and_left_a_list_by_code(folder: tuple[Path, Story]) -> None:
    data, story = folder

    result = run(data, "--before", "2015-07-31", "--kind", "supervision-lists", "--filter", '{"year": 2015}')

    assert f"  membersJoined.{story.ids['A3']}.project 新列入项目: A3 项目A3  [back-dated 6 days]" in result.output
    assert f"  membersLeft.{story.ids['A2']}.project 移出项目: A2 项目A2\n" in result.output


def test_scripts_read_the_answer_of_the_published_operation(folder: tuple[Path, Story]) -> None:
    data, story = folder
    dates = ("--before-valid-on", "2015-07-28", "--after-valid-on", "2015-07-29")

    result = run(data, "--before", "2015-08-31", "--after", "2015-08-31", *dates, "--kind", "projects", "--json")

    compared: Any = json.loads(result.stdout)["data"]["compare"]
    assert (compared["before"]["validOn"], compared["after"]["validOn"]) == ("2015-07-28", "2015-07-29")
    [node] = compared["projects"]["nodes"]
    assert (node["entityId"], node["because"]) == (story.ids["A1"], ["VALID_DATE"])


def test_a_difference_by_valid_date_is_marked(folder: tuple[Path, Story]) -> None:
    data, _ = folder

    result = run(data, "--before", "2015-08-31", "--after", "2015-08-31", "--before-valid-on", "2015-07-28")

    assert "; facts count up to 2015-07-28\n" in result.output
    assert "  stageKnown 阶段: lead -> started  [by valid date]\n" in result.output


def test_a_long_comparison_says_how_to_go_on(folder: tuple[Path, Story]) -> None:
    data, _ = folder
    between = ("--before", "2015-07-31", "--after", "2015-08-31", "--kind", "projects")

    first = run(data, *between, "--first", "3")
    cursor = first.output.splitlines()[-1].removeprefix("more follow: --cursor ")
    second = run(data, *between, "--cursor", cursor)

    assert "project A4" not in first.output
    assert "project A4 项目A4: appeared (by event)" in second.output
    assert "project A1" not in second.output


def test_a_filter_is_that_of_the_list(folder: tuple[Path, Story]) -> None:
    data, _ = folder

    result = run(
        data, "--before", "2015-07-31", "--after", "2015-08-31", "--kind", "tickets", "--filter", '{"overdue": true}'
    )

    assert "ticket 2015-0001 用地指标: appeared (by clock)\n" in result.output


def test_nothing_differs_between_a_moment_and_itself(folder: tuple[Path, Story]) -> None:
    data, _ = folder

    assert run(data, "--before", "2015-08-31", "--after", "2015-08-31").output.splitlines()[2:] == ["nothing differs"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--before", "2015-08-31", "--after", "2015-07-31"), "COMPARED_BACKWARDS"),
        (("--before", "soon"), "neither a position nor a time"),
        (("--before", "9999-12-31"), "neither a position nor a time"),
        (("--before", "0001-01-01T00:00+14:00"), "neither a position nor a time"),
        (("--before", "999999"), "does not exist"),
        (("--before", "1", "--before-valid-on", "31 July"), "is no date"),
        (("--before", "1", "--kind", "projects", "--filter", "{"), "no JSON object"),
        (("--before", "1", "--kind", "projects", "--filter", '{"colour": "RED"}'), "colour"),
        (("--before", "1", "--filter", '{"overdue": true}'), "everything is not filtered by 'overdue'"),
        (("--before", "1", "--kind", "publications", "--filter", '{"year": 2015}'), "not filtered by 'year'"),
        (("--before", "1", "--cursor", "nonsense"), "BAD_CURSOR"),
    ],
)
def test_what_makes_no_sense_ends_with_2(folder: tuple[Path, Story], arguments: tuple[str, ...], says: str) -> None:
    data, _ = folder

    result = run(data, *arguments)

    assert result.exit_code == 2, result.output
    assert says in result.output
