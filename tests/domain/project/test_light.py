"""The light of a project on a day, with its reason and until when it holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.domain.project.given import CLERK, LEADER, TODAY, meta, project, references
from txapi.domain.dates import PartialDate, start_of
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.light import Light, LightVerdict, worst
from txapi.domain.official import Official
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.light import Expectation, Signs, light, signs_of

K = MilestoneKind
LIMITS = references().thresholds
YELLOW, RED = LIMITS.slip_days_yellow.value, LIMITS.slip_days_red.value
NO_LEADER, QUIET = LIMITS.no_leader_days_yellow.value, LIMITS.quiet_days_yellow.value


def signs(**more: Any) -> Signs:
    """An active project that has a leader, of which somebody spoke today."""
    return Signs(
        **{
            "condition": ProjectCondition.ACTIVE,
            "finished": False,
            "stage": K.LEAD,
            "expectations": (),
            "leaderless_since": None,
            "news_on": TODAY,
            **more,
        }
    )


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def due(last_day: date, first: date | None = None) -> tuple[Expectation, ...]:
    return (Expectation(K.STARTED, last_day, first),)


def test_a_project_on_course_is_green_until_silence_would_turn_it_yellow():
    verdict = light(signs(), TODAY, LIMITS)

    assert verdict.colour is Light.GREEN
    assert verdict.because.zh == "正常推进"
    assert verdict.rule == LIMITS.edition
    assert verdict.until == start_of(ahead(QUIET))


@pytest.mark.parametrize(
    ("condition", "colour"), [(ProjectCondition.SUSPENDED, Light.RED), (ProjectCondition.TERMINATED, Light.GREY)]
)
def test_a_stopped_project_shows_it_and_waits_for_nobodys_clock(condition, colour):
    verdict = light(signs(condition=condition, finished=True), TODAY, LIMITS)

    assert verdict.colour is colour
    assert verdict.until is None


def test_a_finished_project_is_green_whatever_else_is_said():
    verdict = light(signs(finished=True, stage=K.IN_PRODUCTION, expectations=due(ago(90))), TODAY, LIMITS)

    assert (verdict.colour, verdict.because.zh, verdict.until) == (Light.GREEN, "投产", None)


@pytest.mark.parametrize(
    ("last_day", "colour"),
    [
        (TODAY, Light.GREEN),
        (ago(YELLOW), Light.YELLOW),
        (ago(RED - 1), Light.YELLOW),
        (ago(RED), Light.RED),
    ],
)
def test_a_forecast_that_passed_turns_yellow_and_then_red(last_day, colour):
    assert light(signs(expectations=due(last_day)), TODAY, LIMITS).colour is colour


@pytest.mark.parametrize(
    ("days", "colour"), [(0, Light.GREEN), (YELLOW, Light.YELLOW), (RED - 1, Light.YELLOW), (RED, Light.RED)]
)
def test_a_forecast_that_was_put_off_turns_yellow_and_then_red(days, colour):
    verdict = light(signs(expectations=due(ahead(90 + days), ahead(90))), TODAY, LIMITS)

    assert verdict.colour is colour


def test_the_reason_says_which_milestone_and_how_many_days():
    verdict = light(signs(expectations=due(ago(12))), TODAY, LIMITS)

    assert verdict.because.zh == "“开工”已逾期或推迟12日"
    assert verdict.because.en == "started: overdue or put off by 12 days"


def test_a_forecast_brought_forward_is_judged_by_the_new_one():
    assert light(signs(expectations=due(ago(YELLOW), ahead(60))), TODAY, LIMITS).colour is Light.YELLOW
    assert light(signs(expectations=due(ahead(10), ahead(60))), TODAY, LIMITS).colour is Light.GREEN


@pytest.mark.parametrize("put_off", [0, 3, 45])
@pytest.mark.parametrize("distance", [-40, -10, -1, 0, 1, 5, 20])
def test_a_light_holds_at_least_until_the_instant_it_names(distance, put_off):
    given = signs(expectations=due(ahead(distance + put_off), ahead(distance)), leaderless_since=ago(5), news_on=ago(3))
    now = light(given, TODAY, LIMITS)
    changes = now.until

    day = TODAY
    while changes is not None and start_of(day + timedelta(days=1)) < changes:
        day += timedelta(days=1)
        assert light(given, day, LIMITS).colour is now.colour
    if changes is None:
        assert light(given, ahead(4000), LIMITS).colour is now.colour


@pytest.mark.parametrize(("days", "colour"), [(NO_LEADER - 1, Light.GREEN), (NO_LEADER, Light.YELLOW)])
def test_a_project_long_without_a_leader_is_yellow(days, colour):
    verdict = light(signs(leaderless_since=ago(days)), TODAY, LIMITS)

    assert verdict.colour is colour
    if colour is Light.YELLOW:
        assert verdict.because.zh == f"无领衔领导{days}日"


@pytest.mark.parametrize(("days", "colour"), [(QUIET - 1, Light.GREEN), (QUIET, Light.YELLOW)])
def test_a_project_long_without_news_is_yellow(days, colour):
    assert light(signs(news_on=ago(days)), TODAY, LIMITS).colour is colour


def test_the_worst_sign_leads_and_the_first_change_counts():
    verdict = light(signs(expectations=due(ago(RED)), leaderless_since=ago(NO_LEADER), news_on=ago(1)), TODAY, LIMITS)

    assert verdict.colour is Light.RED
    assert "开工" in verdict.because.zh
    assert verdict.until == start_of(ahead(QUIET - 1))


def test_the_worst_of_several_lights_is_the_last_in_their_order():
    lights = [LightVerdict(colour, LIMITS.slip_days_red.note) for colour in (Light.GREEN, Light.RED, Light.GREY)]

    assert worst(lights).colour is Light.RED
    assert [colour.severity for colour in Light] == [0, 1, 2, 3]


def test_the_signs_of_a_project_follow_the_valid_date():
    known = project(ProjectKind.TENANCY)
    known.assign_leader(meta(), official=Official("盛勇军"), on=date(2015, 8, 5))
    known.forecast_milestone(meta(CLERK), kind=K.LEAD, on=PartialDate.by(TODAY), references=references())
    known.forecast_milestone(meta(CLERK), kind=K.SIGNED, on=PartialDate.between(TODAY, None), references=references())
    known.reach_milestone(meta(CLERK), kind=K.LEAD, on=PartialDate.day(date(2015, 8, 10)), references=references())

    before, now = signs_of(known, date(2015, 8, 4)), signs_of(known, TODAY)

    assert before.leaderless_since == date(2015, 8, 1)
    assert before.expectations == (Expectation(K.LEAD, TODAY, TODAY),)
    assert now.leaderless_since is None
    assert now.expectations == ()
    assert now.news_on == TODAY


def test_the_light_of_a_suspended_project_comes_from_its_state():
    known = project()
    known.suspend(meta(LEADER, "用地"))

    verdict = light(signs_of(known, TODAY), TODAY, LIMITS)

    assert verdict.colour is Light.RED
    assert verdict.because.en == "suspended"
