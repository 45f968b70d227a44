"""Corrections of a project's facts, of other corrections, who may make them, and what the past keeps showing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.project.given import (
    CLERK,
    LEADER,
    READER,
    SECRETARY,
    STRANGER,
    SUPERVISOR,
    meta,
    project,
    recorded,
    references,
    refused,
    state_of,
    the,
)
from txapi.domain.aggregate import CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.facts import FactLiesAhead
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.domain.project.base import CorrectionChangesTheSubject
from txapi.domain.project.milestones import ForecastLiesBehind

K = MilestoneKind


def day(text: str) -> dict[str, str]:
    return {"earliest": text, "latest": text, "precision": "day"}


def month(first: str, last: str) -> dict[str, str]:
    return {"earliest": first, "latest": last, "precision": "month"}


def reached(when: str = "2015-05-20", **more: Any) -> Project:
    """A tenancy whose event 2 says that it became a lead on 20 May 2015."""
    known = project(ProjectKind.TENANCY)
    known.reach_milestone(meta(CLERK), kind=K.LEAD, on=PartialDate.from_text(when), references=references(), **more)
    known.pending.clear()
    return known


def actual_of(known: Project) -> PartialDate | None:
    return known.milestone(K.LEAD).actual


def test_a_replaced_fact_reads_as_corrected_and_names_the_correction():
    known = reached(evidence="协议书")

    known.correct(meta(CLERK, "日期有误", basis=Basis.INFERRED), corrects=2, fields={"on": day("2015-05-28")})

    assert recorded(known).TOPIC == "project.fact_corrected"
    milestone = known.milestone(K.LEAD)
    assert milestone.actual == PartialDate.day(date(2015, 5, 28))
    assert milestone.evidence == "协议书"
    assert the(milestone.stated).version == 2
    assert the(milestone.stated).corrected_by == 3
    assert the(milestone.stated).basis is Basis.INFERRED


def test_a_retracted_fact_is_gone_and_the_milestone_may_be_told_again():
    known = reached()

    known.correct(meta(CLERK, "未发生"), corrects=2, fields=None)
    assert actual_of(known) is None
    assert known.stage() is K.LEAD

    known.reach_milestone(meta(CLERK), kind=K.LEAD, on=PartialDate.from_text("2015-06"), references=references())
    assert the(known.milestone(K.LEAD).stated).version == 4


def test_the_past_keeps_showing_what_was_believed():
    known = reached()
    known.correct(meta(CLERK, "日期有误"), corrects=2, fields={"on": day("2015-05-28")})

    before = Project.fold(known.id, known.events[:2])

    assert actual_of(before) == PartialDate.day(date(2015, 5, 20))


def test_a_second_correction_of_a_fact_adds_to_the_first():
    known = reached()
    known.correct(meta(CLERK, "日期有误"), corrects=2, fields={"on": day("2015-05-28")})

    known.correct(meta(CLERK, "补充"), corrects=2, fields={"note": "集中开工"})

    milestone = known.milestone(K.LEAD)
    assert (milestone.actual, milestone.note) == (PartialDate.day(date(2015, 5, 28)), "集中开工")
    assert the(milestone.stated).corrected_by == 4


def test_a_corrected_correction_replaces_what_it_put_in_place():
    known = reached()
    known.correct(meta(CLERK, "日期有误"), corrects=2, fields={"on": day("2015-05-28")})

    known.correct(meta(CLERK, "更正有误"), corrects=3, fields={"on": day("2015-05-27")})

    assert actual_of(known) == PartialDate.day(date(2015, 5, 27))


def test_a_retracted_correction_brings_the_earlier_fact_back():
    known = reached()
    known.correct(meta(CLERK, "日期有误"), corrects=2, fields={"on": day("2015-05-28")})

    known.correct(meta(CLERK, "更正有误"), corrects=3, fields=None)

    assert actual_of(known) == PartialDate.day(date(2015, 5, 20))
    assert the(known.milestone(K.LEAD).stated).corrected_by is None


def test_a_retraction_that_is_retracted_brings_the_fact_back():
    known = reached()
    known.correct(meta(CLERK, "未发生"), corrects=2, fields=None)

    known.correct(meta(CLERK, "确已发生"), corrects=3, fields=None)

    assert actual_of(known) == PartialDate.day(date(2015, 5, 20))


def test_a_correction_judges_what_lies_ahead_by_its_own_arrival():
    known = reached()

    with refused(known, FactLiesAhead):
        known.correct(meta(CLERK, "x"), corrects=2, fields={"on": day("2015-08-12")})
    known.correct(meta(CLERK, "x", at="2015-08-11T16:00"), corrects=2, fields={"on": day("2015-08-12")})

    assert actual_of(known) == PartialDate.day(date(2015, 8, 12))


def test_a_corrected_date_is_capped_at_the_day_of_its_correction():
    known = reached()

    known.correct(meta(CLERK, "x"), corrects=2, fields={"on": month("2015-08-01", "2015-08-31")})

    assert the(actual_of(known)).latest == date(2015, 8, 11)


def test_a_date_that_a_correction_leaves_stays_capped_at_the_day_it_was_told():
    known = reached("2015-08")

    known.correct(meta(CLERK, "补充", at="2015-08-20T02:00"), corrects=2, fields={"note": "补充"})

    assert the(actual_of(known)).latest == date(2015, 8, 11)


def test_a_correction_of_a_forecast_is_judged_by_the_day_of_the_forecast():
    known = project(ProjectKind.TENANCY)
    known.forecast_milestone(
        meta(CLERK, at="2015-08-01T02:00"), kind=K.LEAD, on=PartialDate.by(date(2015, 8, 31)), references=references()
    )
    later = meta(CLERK, "误填", at="2015-10-01T02:00")

    with refused(known, ForecastLiesBehind):
        known.correct(later, corrects=2, fields={"on": {"earliest": None, "latest": "2015-07-31", "precision": "by"}})
    known.correct(later, corrects=2, fields={"on": {"earliest": None, "latest": "2015-09-30", "precision": "by"}})

    assert known.milestone(K.LEAD).forecasts[0].on.latest == date(2015, 9, 30)


def test_a_correction_keeps_the_subject_of_the_fact():
    known = reached()

    for field, value in (
        ("kind", "signed"),
        ("final", True),
        ("rank", 3),
        ("template", "other"),
        ("skipped", ["lead"]),
    ):
        with refused(known, CorrectionChangesTheSubject):
            known.correct(meta(CLERK, "x"), corrects=2, fields={field: value})


@pytest.mark.parametrize(
    "fields", [{"when": "2015"}, {"on": "2015-05"}, {"on": day("2015-02-30")}, {"originator_id": "p2"}, {"note": 7}]
)
def test_a_correction_with_bad_fields_is_bad_input(fields):
    known = reached()

    with refused(known, BadInput):
        known.correct(meta(CLERK, "x"), corrects=2, fields=fields)


def test_a_correction_needs_a_reason():
    known = reached()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(CLERK), corrects=2, fields=None)


@pytest.mark.parametrize("version", [-1, 0, 1, 3])
def test_only_facts_of_this_project_are_corrected(version):
    known = reached()

    with refused(known, NothingToCorrect):
        known.correct(meta(SUPERVISOR, "x"), corrects=version, fields=None)


def test_an_amendment_is_amended_again_and_not_corrected():
    known = project()
    known.amend(meta(reason="更名"), name="新名")

    with refused(known, NothingToCorrect):
        known.correct(meta(reason="x"), corrects=2, fields=None)


def test_an_amended_description_survives_a_correction():
    known = reached()
    known.amend(meta(reason="更名"), name="新名")

    known.correct(meta(CLERK, "x"), corrects=2, fields=None)

    assert (known.name, known.aliases, known.code) == ("新名", ("中节能环保产业园",), "TX-2015-001")


def test_whoever_may_state_a_fact_may_correct_it():
    known = reached()
    known.assign_leader(meta(SECRETARY), official=Official("盛勇军"), on=date(2015, 8, 1))
    known.enter_list(meta(), list_id="l1")
    known.suspend(meta(LEADER, "用地"))

    for actor, refusal, version in (
        (STRANGER, NotYourUnit, 2),
        (LEADER, NotYourRole, 2),
        (SECRETARY, NotYourRole, 2),
        (CLERK, NotYourRole, 3),
        (CLERK, NotYourRole, 4),
        (SECRETARY, NotYourRole, 4),
        (CLERK, NotYourRole, 5),
        (READER, NotYourRole, 2),
    ):
        with refused(known, refusal):
            known.correct(meta(actor, "x"), corrects=version, fields=None)
    for actor, version in ((CLERK, 2), (SECRETARY, 3), (SUPERVISOR, 4), (LEADER, 5)):
        known.correct(meta(actor, "x"), corrects=version, fields=None)

    assert (known.reached(), known.leaders, known.lists, known.conditions) == ([], (), (), ())


def test_whoever_may_not_state_a_fact_may_not_correct_its_correction():
    known = reached()
    known.suspend(meta(LEADER, "用地"))
    known.correct(meta(LEADER, "x"), corrects=3, fields=None)

    with refused(known, NotYourRole):
        known.correct(meta(CLERK, "x"), corrects=4, fields=None)


def test_what_was_never_introduced_has_nothing_to_correct():
    nothing = Project("p1")

    with refused(nothing, DoesNotExist):
        nothing.correct(meta(reason="x"), corrects=1, fields=None)


def test_folding_the_events_again_gives_the_same_state_after_corrections():
    known = reached()
    known.assign_leader(meta(SECRETARY), official=Official("盛勇军"), on=date(2015, 8, 1))
    known.correct(meta(CLERK, "x"), corrects=2, fields={"on": day("2015-05-28")})
    known.correct(meta(CLERK, "x"), corrects=4, fields=None)
    known.correct(meta(CLERK, "x"), corrects=2, fields=None)

    assert state_of(Project.fold(known.id, known.events)) == state_of(known)
