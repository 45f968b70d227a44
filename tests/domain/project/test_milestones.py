"""Milestones reached and forecast, their order, and the stage at a valid date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.project.given import (
    CLERK,
    LEADER,
    STRANGER,
    TODAY,
    meta,
    project,
    recorded,
    references,
    refused,
    the,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.event import Actor, Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectIsTerminated
from txapi.domain.project.milestones import (
    ForecastLiesBehind,
    MilestoneAlreadyReached,
    MilestoneIsNotInTheTemplate,
    MilestoneOutOfOrder,
)

K = MilestoneKind


def on(text: str) -> PartialDate:
    return PartialDate.from_text(text)


def reach(
    of: Project,
    kind: K,
    when: str,
    *,
    actor: Actor = CLERK,
    reason: str | None = None,
    at: str = "2015-08-11T02:00",
    **more: Any,
) -> None:
    of.reach_milestone(meta(actor, reason, at), kind=kind, on=on(when), references=references(), **more)


def forecast(
    of: Project, kind: K, when: str, *, actor: Actor = CLERK, at: str = "2015-08-11T02:00", **more: Any
) -> None:
    of.forecast_milestone(meta(actor, at=at), kind=kind, on=on(when), references=references(), **more)


def tenancy() -> Project:
    return project(ProjectKind.TENANCY)


def test_a_milestone_reached_gives_the_stage_and_keeps_its_version_and_basis():
    known = tenancy()

    known.reach_milestone(
        meta(CLERK, basis=Basis.ILLUSTRATED),
        kind=K.LEAD,
        on=on("2014-09"),
        references=references(),
        evidence="协议书",
        note="  ",
    )

    event = recorded(known)
    assert event.TOPIC == "project.milestone_reached"
    assert isinstance(event, Project.MilestoneReached)
    assert event.template == references().milestones.edition
    milestone = known.milestone(K.LEAD)
    assert milestone.actual == on("2014-09")
    assert milestone.evidence == "协议书"
    assert milestone.note is None
    assert the(milestone.stated).version == 2
    assert the(milestone.stated).basis is Basis.ILLUSTRATED
    assert the(milestone.stated).corrected_by is None


def test_a_project_of_which_no_milestone_is_reached_is_a_lead():
    known = project()

    forecast(known, K.STARTED, "by 2015-10")

    assert known.stage() is K.LEAD
    assert known.reached() == []


def test_the_stage_is_the_last_milestone_in_the_order_of_the_template_not_of_telling():
    known = tenancy()

    reach(known, K.LEAD, "2014-01")
    reach(known, K.COMPANY_REGISTERED, "2014-12")
    reach(known, K.SIGNED, "2014-09")

    assert known.stage() is K.COMPANY_REGISTERED
    assert [milestone.kind for milestone in known.milestones] == [K.LEAD, K.SIGNED, K.COMPANY_REGISTERED]


def test_a_new_build_has_landed_after_the_award_of_its_land():
    known = project()
    reach(known, K.LAND_AWARDED, "2015-06 end", reason="报道未载此前节点")

    reach(known, K.LANDED, "by 2015-08", reason="报道未载此前节点")

    assert known.stage() is K.LANDED


def test_the_stage_at_a_valid_date_counts_what_was_certainly_reached_by_its_end():
    known = tenancy()
    reach(known, K.LEAD, "2014-01")
    reach(known, K.SIGNED, "2014-09")

    assert known.stage(date(2014, 1, 30)) is K.LEAD
    assert known.reached(date(2014, 1, 30)) == []
    assert [one.kind for one in known.reached(date(2014, 1, 31))] == [K.LEAD]
    assert known.stage(date(2014, 9, 29)) is K.LEAD
    assert known.stage(date(2014, 9, 30)) is K.SIGNED


def test_a_milestone_may_be_dated_today_but_not_tomorrow():
    known = tenancy()

    with refused(known, FactLiesAhead):
        reach(known, K.LEAD, "2015-08-12")
    with refused(known, FactLiesAhead):
        reach(known, K.LEAD, "2015-09")
    reach(known, K.LEAD, "2015-08-11")

    assert known.stage() is K.LEAD


def test_today_is_the_day_in_shanghai_at_the_arrival_of_the_command():
    known = tenancy()

    with refused(known, FactLiesAhead):
        reach(known, K.LEAD, "2015-08-12", at="2015-08-11T15:59:59.999999")
    reach(known, K.LEAD, "2015-08-12", at="2015-08-11T16:00")

    assert known.milestone(K.LEAD).actual == on("2015-08-12")


def test_a_month_that_still_runs_is_capped_at_the_day_of_recording():
    known = tenancy()

    reach(known, K.LEAD, "2015-08")

    actual = the(known.milestone(K.LEAD).actual)
    assert (actual.earliest, actual.latest) == (date(2015, 8, 1), TODAY)
    assert known.milestone(K.LEAD).reached_by(TODAY)
    assert not known.milestone(K.LEAD).reached_by(date(2015, 8, 10))


def test_a_milestone_that_is_not_in_the_template_of_the_kind_is_refused():
    known = tenancy()

    with refused(known, MilestoneIsNotInTheTemplate):
        reach(known, K.PILING, "2015-05")
    with refused(known, MilestoneIsNotInTheTemplate):
        forecast(known, K.PILING, "by 2015-10")


def test_the_same_milestone_is_not_reached_twice():
    known = tenancy()
    reach(known, K.LEAD, "2014-01")

    with refused(known, MilestoneAlreadyReached) as said:
        reach(known, K.LEAD, "2014-02")

    assert said.value.facts["version"] == 2
    assert "在谈" in said.value.message("zh")


def test_to_skip_a_milestone_of_the_template_needs_a_reason():
    known = tenancy()

    with refused(known, MilestoneOutOfOrder) as said:
        reach(known, K.SIGNED, "2014-09")
    assert said.value.facts == {"milestone": "signed", "other": "lead"}

    reach(known, K.SIGNED, "2014-09", reason="未经在谈")
    assert known.milestone(K.SIGNED).skipped == (K.LEAD,)


def test_a_milestone_dated_before_one_that_precedes_it_needs_a_reason():
    known = tenancy()
    reach(known, K.LEAD, "2014-09-02")

    with refused(known, MilestoneOutOfOrder):
        reach(known, K.SIGNED, "2014-09-01")
    reach(known, K.SIGNED, "2014-09")

    assert known.milestone(K.SIGNED).skipped == ()


def test_the_same_day_is_in_order():
    known = tenancy()
    reach(known, K.LEAD, "2014-09-02")

    reach(known, K.SIGNED, "2014-09-02")

    assert known.stage() is K.SIGNED


def test_the_order_holds_by_way_of_milestones_between():
    known = tenancy()
    reach(known, K.LEAD, "2014-09-02")
    reach(known, K.SIGNED, "2014-09-02")
    reach(known, K.STARTED, "2015-01")

    with refused(known, MilestoneOutOfOrder):
        reach(known, K.COMPLETED, "2014-12")


def test_a_skipped_milestone_told_later_needs_no_second_reason():
    known = tenancy()
    reach(known, K.SIGNED, "2014-09", reason="未经在谈")

    reach(known, K.LEAD, "2014-10")

    assert known.stage() is K.SIGNED


def test_the_reason_for_skipping_a_milestone_is_given_once():
    known = tenancy()
    reach(known, K.SIGNED, "2014-09", reason="未经在谈")

    reach(known, K.LANDED, "2014-10")

    assert known.milestone(K.LANDED).skipped == ()


def test_a_milestone_retracted_and_told_again_after_its_successor_needs_a_reason():
    known = tenancy()
    reach(known, K.LEAD, "2014-01")
    reach(known, K.SIGNED, "2014-09")
    known.correct(meta(CLERK, reason="误填"), corrects=2, fields=None)

    with refused(known, MilestoneOutOfOrder):
        reach(known, K.LEAD, "2014-10")
    reach(known, K.LEAD, "2014-02")

    assert known.stage() is K.SIGNED


def test_milestones_without_an_order_between_them_come_as_they_come():
    known = project()
    reach(known, K.STARTED, "2015-05-28", reason="报道未载此前节点")

    reach(known, K.PILING, "2015-05 end", reason="报道未载此前节点")

    assert {one.kind for one in known.reached()} == {K.PILING, K.STARTED}


def test_a_project_is_finished_in_production_or_later():
    known = project()
    reach(known, K.STARTED, "2014-05", reason="未载")
    reach(known, K.COMPLETED, "2015-05", reason="未载")
    assert not known.finished()

    reach(known, K.GRID_CONNECTED, "2015-06-30")

    assert known.finished()
    assert known.finished(date(2015, 6, 30))
    assert not known.finished(date(2015, 6, 29))


def test_forecasts_are_kept_in_the_order_of_saying_and_survive_the_actual():
    known = project(ProjectKind.CAPITAL_INCREASE)
    forecast(known, K.IN_PRODUCTION, "by 2015-08")
    forecast(known, K.IN_PRODUCTION, "by 2015-09", note="推迟")

    reach(known, K.IN_PRODUCTION, "2015-09-20", reason="未载", at="2015-09-21T02:00")

    milestone = known.milestone(K.IN_PRODUCTION)
    assert [(one.on.latest, one.note, one.stated.version) for one in milestone.forecasts] == [
        (date(2015, 8, 31), None, 2),
        (date(2015, 9, 30), "推迟", 3),
    ]
    assert milestone.actual == on("2015-09-20")


def test_slipped_days_compare_the_last_days_of_the_first_forecast_and_of_what_came():
    known = project(ProjectKind.CAPITAL_INCREASE)
    assert known.milestone(K.IN_PRODUCTION).slipped_days() is None

    forecast(known, K.IN_PRODUCTION, "by 2015-08")
    assert known.milestone(K.IN_PRODUCTION).slipped_days() == 0

    forecast(known, K.IN_PRODUCTION, "by 2015-09")
    assert known.milestone(K.IN_PRODUCTION).slipped_days() == 30

    reach(known, K.IN_PRODUCTION, "2015-08-21", reason="未载", at="2015-08-22T02:00")
    assert known.milestone(K.IN_PRODUCTION).slipped_days() == -10
    assert known.milestone(K.IN_PRODUCTION).slipped_days(date(2015, 8, 20)) == 30


def test_a_forecast_without_a_last_day_slips_by_nothing_known():
    known = project()

    forecast(known, K.STARTED, "2015-10/..")

    assert known.milestone(K.STARTED).slipped_days() is None


def test_a_forecast_for_today_is_one_and_for_yesterday_is_none():
    known = project()

    with refused(known, ForecastLiesBehind):
        forecast(known, K.STARTED, "2015-08-10")
    forecast(known, K.STARTED, "2015-08-11")

    assert recorded(known).TOPIC == "project.milestone_forecast"


def test_a_milestone_that_was_reached_is_not_forecast_any_more():
    known = tenancy()
    reach(known, K.LEAD, "2014-01")

    with refused(known, MilestoneAlreadyReached):
        forecast(known, K.LEAD, "by 2015-10")


def test_the_next_forecast_is_the_one_that_ends_first_and_is_not_reached():
    known = project()
    forecast(known, K.COMPLETED, "by 2015-12")
    forecast(known, K.STARTED, "by 2015-10")
    forecast(known, K.IN_PRODUCTION, "2016/..")
    assert the(known.next_forecast()).kind is K.STARTED

    reach(known, K.STARTED, "2015-08-11", reason="未载")

    assert the(known.next_forecast()).kind is K.COMPLETED
    assert the(known.next_forecast(date(2015, 8, 10))).kind is K.STARTED


def test_a_terminated_project_takes_no_milestone_and_no_forecast():
    known = project()
    known.terminate(meta(LEADER, reason="投资方退出"))

    with refused(known, ProjectIsTerminated):
        reach(known, K.STARTED, "2015-05", reason="x")
    with refused(known, ProjectIsTerminated):
        forecast(known, K.STARTED, "by 2015-10")


def test_a_suspended_project_still_learns_what_was_reached():
    known = tenancy()
    known.suspend(meta(LEADER, reason="用地未落实"))

    reach(known, K.LEAD, "2014-01")

    assert known.stage() is K.LEAD


@pytest.mark.parametrize(("actor", "refusal"), [(STRANGER, NotYourUnit), (LEADER, NotYourRole)])
def test_only_the_units_clerk_and_the_supervisor_tell_milestones(actor, refusal):
    known = tenancy()

    with refused(known, refusal):
        reach(known, K.LEAD, "2014-01", actor=actor)
    with refused(known, refusal):
        forecast(known, K.LEAD, "by 2015-10", actor=actor)
