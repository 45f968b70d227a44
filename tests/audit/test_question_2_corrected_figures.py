"""Question 2: which reported figures were corrected, by whom and why; what the 31 July report said then, and what now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import answered, listed, paged, resting_on, said
from tests.audit.asking import told as told_by_command
from tests.audit.target_city import correct, correct_value, founded, report, revise, set_target, wan
from tests.city import City
from txapi.audit.questions.corrected_figures import FiguresAsked, corrected_figures, count_corrected_figures
from txapi.domain.errors import BadInput
from txapi.domain.light import Light
from txapi.domain.pace import Goal
from txapi.domain.quantity import Ratio

JULY = date(2015, 7, 31)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = founded(tmp_path)
    yield city
    city.close()


def told(city: City) -> dict[str, Any]:
    """A goal of 24,000; 12,100 through June, 13,955 through July, which is first raised and then lowered.

    Numbers in the stream: 1 set, 2 goal, 3 June, 4 July, 5 first correction, 6 second correction.
    """
    target = set_target(city, Goal(value=wan("24000")))
    at: dict[str, Any] = {"goal": city.record.head.position}
    at["june"] = report(city.at("2015-07-02T10:00"), target, "2015-06-30", wan("12100"))
    at["july"] = report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    at["raised"] = correct_value(city.at("2015-08-12T10:00"), target, 4, "14100", "漏报一家企业")
    at["lowered"] = correct_value(city.at("2015-09-01T10:00"), target, 5, "11000", "重复统计")
    return {**at, "target": target}


def test_a_corrected_figure_shows_what_the_report_said_and_what_is_known_now(city: City) -> None:
    at = told(city)

    [line] = corrected_figures(city.at("2015-09-02T09:00").reader(), FiguresAsked(through=JULY)).lines

    assert (line.position, line.reported.figure, line.day) == (at["july"], wan("13955"), JULY)
    assert [(one.position, one.before, one.after) for one in line.corrections] == [
        (at["raised"], line.reported, line.corrections[0].after),
        (at["lowered"], line.corrections[0].after, line.corrections[1].after),
    ]
    assert [one.after.figure for one in line.corrections if one.after] == [wan("14100"), wan("11000")]
    # Then: 13,955 of 24,000 is 58.1458 %, with 7/12 = 58.3333 % of the year gone: 0.19 points behind, which is yellow.
    # Now: 11,000 of 24,000 is 45.8333 %, 12.50 points behind, which is more than the ten points of red.
    assert line.then.attainment
    assert line.then.attainment.equals(Ratio(13955, 24000))
    assert line.then.light.colour is Light.YELLOW
    assert line.now.attainment
    assert line.now.attainment.equals(Ratio(11000, 24000))
    assert line.now.schedule == line.then.schedule == Ratio(7, 12)
    assert line.now.light.colour is Light.RED
    assert (line.then.figure_position, line.now.figure_position) == (at["july"], at["lowered"])
    assert line.events == (at["goal"], at["july"], at["raised"], at["lowered"])


def test_the_report_can_be_dated_later_than_the_first_figure(city: City) -> None:
    at = told(city)

    reader = city.at("2015-09-02T09:00").reader()
    # The report came out on 20 August, when the first correction was known and the second was not.
    then = city.reader(at["raised"], clock="2015-08-20T08:00").moment
    [line] = corrected_figures(reader, FiguresAsked(through=JULY), then).lines

    assert line.then.figure is not None
    assert line.then.figure.figure == wan("14100")
    # 14,100 of 24,000 is 58.75 %: ahead of 58.33 %.
    assert line.then.light.colour is Light.GREEN


def test_as_of_the_past_a_later_correction_is_not_known(city: City) -> None:
    at = told(city)

    before = corrected_figures(city.reader(at["raised"] - 1), FiguresAsked())
    between = corrected_figures(city.reader(at["raised"]), FiguresAsked())

    assert before.lines == ()
    [line] = between.lines
    assert [one.position for one in line.corrections] == [at["raised"]]
    assert line.now.figure is not None
    assert line.now.figure.figure == wan("14100")
    assert line.events == (at["goal"], at["july"], at["raised"])


def test_a_retracted_figure_leaves_the_one_before_it_and_may_come_back(city: City) -> None:
    target = told(city)["target"]
    gone = correct(city.at("2015-09-03T10:00"), target, 4, None, "误报")
    while_gone = corrected_figures(city.reader(), FiguresAsked(through=JULY)).lines[0]
    back = correct(city.at("2015-09-04T10:00"), target, 7, None, "撤销有误")

    line = corrected_figures(city.reader(), FiguresAsked(through=JULY)).lines[0]

    # Without the July figure, what is known for 31 July is 12,100 through June: half the year, 50.42 %.
    assert while_gone.now.figure is not None
    assert (while_gone.now.figure.figure, while_gone.now.figure.through) == (wan("12100"), date(2015, 6, 30))
    assert while_gone.now.schedule == Ratio(6, 12)
    assert [one.position for one in line.corrections][-2:] == [gone, back]
    assert (line.corrections[-2].after, line.corrections[-1].before) == (None, None)
    assert line.now.figure is not None
    assert line.now.figure.figure == wan("11000")


def test_a_figure_that_was_moved_to_another_day_is_found_by_both_days(city: City) -> None:
    target = set_target(city, Goal(value=wan("24000")))
    report(city.at("2015-08-03T10:00"), target, "2015-07-30", wan("13955"))
    correct(city.at("2015-08-05T10:00"), target, 3, {"through": "2015-07-31"}, "日期填错")
    reader = city.reader()

    [by_first] = corrected_figures(reader, FiguresAsked(through=date(2015, 7, 30))).lines
    [by_now] = corrected_figures(reader, FiguresAsked(through=JULY)).lines

    # For 30 July the report knew the figure, and now there is none through that day or before.
    assert (by_first.then.figure is None, by_first.now.figure is None) == (False, True)
    # For 31 July both know it; on 3 August it counted as the latest figure before.
    assert by_now.then.schedule == Ratio(6, 12)
    assert by_now.now.schedule == Ratio(7, 12)


def test_a_goal_revised_since_shows_in_what_is_known_now(city: City) -> None:
    target = set_target(city, Goal(value=wan("24000")))
    report(city.at("2015-08-03T10:00"), target, "2015-07-31", wan("13955"))
    revised = revise(city.at("2015-08-10T10:00"), target, Goal(value=wan("28000")), "年中调整")
    correct_value(city.at("2015-08-12T10:00"), target, 3, "14000", "漏报")

    [line] = corrected_figures(city.reader(), FiguresAsked()).lines

    assert line.then.goal == Goal(value=wan("24000"))
    assert line.now.attainment
    assert line.now.attainment.equals(Ratio(1, 2))
    assert line.now.goal_position == revised


def test_figures_are_found_by_year_indicator_and_unit_and_come_in_pages(city: City) -> None:
    target = set_target(city, Goal(value=wan("24000")))
    other = set_target(city, Goal(value=wan("18000")), "FDI_ACTUAL")
    city.at("2015-08-03T10:00")
    first = report(city, target, "2015-06-30", wan("12000"))
    second = report(city, other, "2015-06-30", wan("9000"))
    third = report(city, target, "2015-07-31", wan("13955"))
    report(city, other, "2015-07-31", wan("10000"))
    for id, number in ((target, 4), (target, 3), (other, 3)):
        correct_value(city, id, number, "9500", "更正")
    reader = city.reader()

    page = corrected_figures(reader, FiguresAsked(), size=2)
    rest = corrected_figures(reader, FiguresAsked(), size=2, after=page.lines[-1].key)

    assert ([line.position for line in page.lines], page.has_next) == ([first, second], True)
    assert ([line.position for line in rest.lines], rest.has_next) == ([third], False)
    assert count_corrected_figures(reader, FiguresAsked()) == 3
    assert count_corrected_figures(reader, FiguresAsked(indicator="FDI_ACTUAL", unit="tx-edz", year=2015)) == 1
    assert count_corrected_figures(reader, FiguresAsked(year=2014)) == 0
    assert corrected_figures(reader, FiguresAsked(unit="wuzhen")).lines == ()


def test_a_report_that_knows_more_than_the_moment_is_refused(city: City) -> None:
    at = told(city)

    with pytest.raises(BadInput) as refused:
        corrected_figures(city.reader(at["july"]), FiguresAsked(), city.reader(at["raised"]).moment)

    assert refused.value.code == "THEN_IS_LATER"


# -- as it is asked ----------------------------------------------------------------------------------------------------


def test_the_published_operation_says_who_corrected_and_why(city: City) -> None:
    at = told(city)
    city.at("2015-09-02T09:00")

    [line] = listed(city, "CorrectedFigures", year=2015, indicator="FDI_CONTRACTED", through="2015-07-31")

    assert (line["target"]["entityId"], line["day"]) == (at["target"], "2015-07-31")
    assert line["reported"]["value"]["text"] == "USD 139.55 million"
    made = [
        (one["before"]["value"]["text"], one["after"]["value"]["text"], one["event"]["actor"]["subject"],
         one["event"]["reason"])
        for one in line["corrections"]
    ]  # fmt: skip
    assert made == [
        ("USD 139.55 million", "USD 141 million", "clerk-tx-edz", "漏报一家企业"),
        ("USD 141 million", "USD 110 million", "clerk-tx-edz", "重复统计"),
    ]
    assert (line["then"]["attainment"]["percent"], line["then"]["light"]["colour"]) == ("58.15", "YELLOW")
    assert (line["now"]["attainment"]["percent"], line["now"]["light"]["colour"]) == ("45.83", "RED")
    assert resting_on(line) == ["target.goal_stated", "target.actual_reported", *["target.fact_corrected"] * 2]


def test_what_is_known_now_is_what_the_target_answers_at_that_moment_and_day(city: City) -> None:
    at = told(city)
    [line] = listed(city.at("2015-09-02T09:00"), "CorrectedFigures", through="2015-07-31")

    moments = ((line["then"], at["july"], "58.1"), (line["now"], city.record.head.position, "45.8"))
    for standing, position, percent in moments:
        moment = {"at": {"position": str(position)}, "validOn": "2015-07-31"}
        shown = answered(city, "Target", entityId=at["target"], **moment)["target"]
        assert shown["attainment"]["percent"] == percent
        assert shown["light"]["colour"] == standing["light"]["colour"]
        assert standing["attainment"]["percent"].startswith(percent)


def test_a_report_of_a_later_day_is_given_as_a_point_of_the_record(city: City) -> None:
    told(city)
    city.at("2015-09-02T09:00")

    [line] = listed(city, "CorrectedFigures", then={"time": "2015-08-20T08:00:00+08:00"})
    refused = city.execute(
        "CorrectedFigures", {"at": {"position": "5"}, "then": {"position": str(city.record.head.position)}}
    )

    assert (line["then"]["attainment"]["percent"], line["then"]["light"]["colour"]) == ("58.75", "GREEN")
    assert [error.extensions["code"] for error in refused.errors] == ["THEN_IS_LATER"]


def test_the_command_line_gives_the_same_answer_now_and_then(city: City, tmp_path: Path) -> None:
    told(city)
    city.at("2015-09-02T09:00")
    lines = paged(city, "CorrectedFigures", size=1)

    now = told_by_command(tmp_path, "corrected-figures", "--set", "year=2015")["correctedFigures"]["nodes"]
    then = told_by_command(tmp_path, "2", "--at", "2015-08-11")["correctedFigures"]["nodes"]
    report = told_by_command(tmp_path, "2", "--set", 'then={"time": "2015-08-20T08:00:00+08:00"}')
    printed = said(tmp_path, "2")

    for node in (*lines, *now):
        del node["target"]["id"], node["target"]["unit"]["id"]
    assert now == lines
    assert then == []
    assert report["correctedFigures"]["nodes"][0]["then"]["light"]["colour"] == "GREEN"
    assert "重复统计" in printed
