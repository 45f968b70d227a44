"""The leading official, at most one at a time, and the approval agents."""

from __future__ import annotations

from datetime import date

import pytest

from tests.domain.project.given import (
    CLERK,
    LEADER,
    SECRETARY,
    STRANGER,
    SUPERVISOR,
    TODAY,
    meta,
    project,
    recorded,
    refused,
    the,
)
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.editions import MilestoneKind
from txapi.domain.errors import BadInput
from txapi.domain.facts import FactLiesAhead
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.domain.project.base import CorrectionChangesTheSubject, ProjectIsTerminated
from txapi.domain.project.leadership import (
    AgentAlreadyAssigned,
    AlreadyLeads,
    LeaderTermsOverlap,
    NobodyLeads,
    NoSuchAgent,
    ReplacingALeaderNeedsAReason,
)

SHENG = Official("盛勇军", "市长", "tx-gov")
XU = Official("徐鸣阳")
AGENT = Official("李工", unit="chongfu")
K = MilestoneKind


def led(since: str = "2015-08-01") -> Project:
    known = project(at="2015-08-01T02:00")
    known.assign_leader(meta(), official=SHENG, on=date.fromisoformat(since))
    return known


def test_a_leading_official_is_assigned_from_a_day_on():
    known = project()

    known.assign_leader(meta(SECRETARY), official=SHENG, on=date(2015, 8, 5))

    assert recorded(known).TOPIC == "project.leader_assigned"
    assert the(known.leader()).official == SHENG
    assert known.leader(date(2015, 8, 4)) is None
    assert the(known.leader(date(2015, 8, 5))).official == SHENG
    assert known.leaders[0].why is None


def test_a_second_leader_needs_a_reason_and_ends_the_term_of_the_first():
    known = led()

    with refused(known, ReplacingALeaderNeedsAReason):
        known.assign_leader(meta(), official=XU, on=TODAY)
    known.assign_leader(meta(reason="分工调整"), official=XU, on=date(2015, 8, 10))

    first, second = known.leaders
    assert (first.until, first.why_ended) == (date(2015, 8, 10), "分工调整")
    assert (second.since, second.until, second.why) == (date(2015, 8, 10), None, "分工调整")
    assert the(known.leader(date(2015, 8, 9))).official == SHENG
    assert the(known.leader(date(2015, 8, 10))).official == XU
    assert the(known.leader()).official == XU


def test_the_same_official_is_not_assigned_twice_in_a_row():
    known = led()

    with refused(known, AlreadyLeads):
        known.assign_leader(meta(reason="重复"), official=SHENG, on=TODAY)


def test_a_term_does_not_begin_before_the_last_one():
    known = led("2015-08-05")

    with refused(known, LeaderTermsOverlap):
        known.assign_leader(meta(reason="调整"), official=XU, on=date(2015, 8, 4))
    known.assign_leader(meta(reason="调整"), official=XU, on=date(2015, 8, 5))

    assert the(known.leader()).official == XU


def test_a_leader_is_not_assigned_for_a_day_that_lies_ahead():
    known = project()

    with refused(known, FactLiesAhead):
        known.assign_leader(meta(), official=SHENG, on=date(2015, 8, 12))


def test_a_leader_is_released_with_a_reason():
    known = led()

    with refused(known, ReplacingALeaderNeedsAReason):
        known.release_leader(meta())
    with refused(known, LeaderTermsOverlap):
        known.release_leader(meta(reason="调离"), on=date(2015, 7, 31))
    known.release_leader(meta(reason="调离"))

    assert known.leader() is None
    assert (known.leaders[0].until, known.leaders[0].why_ended) == (TODAY, "调离")


def test_nobody_is_released_where_nobody_leads():
    known = project()

    with refused(known, NobodyLeads):
        known.release_leader(meta(reason="调离"))


def test_days_without_a_leader_count_from_the_introduction():
    known = project(at="2015-08-01T02:00")

    assert known.days_without_leader(date(2015, 7, 31)) == 0
    assert known.days_without_leader(date(2015, 8, 1)) == 1
    assert known.days_without_leader(date(2015, 8, 11)) == 11
    assert known.leaderless_since(date(2015, 8, 11)) == date(2015, 8, 1)
    assert known.leaderless_since(date(2015, 7, 31)) is None


def test_days_without_a_leader_lie_between_terms():
    known = led("2015-08-03")
    known.release_leader(meta(reason="调离"), on=date(2015, 8, 6))
    known.assign_leader(meta(), official=XU, on=date(2015, 8, 10))

    assert known.days_without_leader(TODAY) == 2 + 4
    assert known.leaderless_since(date(2015, 8, 9)) == date(2015, 8, 6)
    assert known.leaderless_since(date(2015, 8, 10)) is None
    assert known.leaders[1].why is None


def test_a_term_that_began_before_the_introduction_leaves_no_day_without_a_leader():
    known = led("2014-01-01")

    assert known.days_without_leader(TODAY) == 0


@pytest.mark.parametrize("actor", [CLERK, LEADER])
def test_clerks_and_leaders_do_not_assign_leading_officials(actor):
    known = led()

    with refused(known, NotYourRole):
        known.assign_leader(meta(actor, "调整"), official=XU, on=TODAY)
    with refused(known, NotYourRole):
        known.release_leader(meta(actor, "调离"))


def test_a_terminated_project_takes_no_leader_but_lets_one_go():
    known = led()
    known.terminate(meta(reason="退出"))

    with refused(known, ProjectIsTerminated):
        known.assign_leader(meta(reason="调整"), official=XU, on=TODAY)
    known.release_leader(meta(reason="项目终止"))

    assert known.leader() is None


def test_a_corrected_beginning_moves_the_term_and_that_of_the_predecessor():
    known = led()
    known.assign_leader(meta(reason="分工调整"), official=XU, on=date(2015, 8, 10))

    known.correct(meta(SECRETARY, "日期有误"), corrects=3, fields={"on": "2015-08-08"})

    assert [(term.since, term.until) for term in known.leaders] == [
        (date(2015, 8, 1), date(2015, 8, 8)),
        (date(2015, 8, 8), None),
    ]
    assert known.leaders[1].stated.corrected_by == 4
    assert known.leaders[1].stated.version == 3


def test_a_correction_does_not_let_two_lead_at_one_time():
    known = led()
    known.assign_leader(meta(reason="分工调整"), official=XU, on=date(2015, 8, 10))

    with refused(known, LeaderTermsOverlap):
        known.correct(meta(reason="有误"), corrects=2, fields={"on": "2015-08-11"})
    with refused(known, LeaderTermsOverlap):
        known.correct(meta(reason="有误"), corrects=3, fields={"on": "2015-07-31"})
    with refused(known, FactLiesAhead):
        known.correct(meta(reason="有误"), corrects=3, fields={"on": "2015-08-12"})


def test_a_retracted_assignment_gives_the_predecessor_back():
    known = led()
    known.assign_leader(meta(reason="分工调整"), official=XU, on=date(2015, 8, 10))

    known.correct(meta(reason="误录"), corrects=3, fields=None)

    assert the(known.leader()).official == SHENG
    assert len(known.leaders) == 1


# -- agents --------------------------------------------------------------------------------------------------------


def with_agent() -> Project:
    known = project()
    known.assign_agent(
        meta(CLERK), official=AGENT, unit="chongfu", scope=[K.APPROVED, K.APPROVED, K.LAND_SUPPLIED], since=TODAY
    )
    return known


def test_an_agent_has_a_unit_a_scope_and_a_term():
    known = project()

    known.assign_agent(
        meta(CLERK),
        official=AGENT,
        unit="chongfu",
        scope=[K.PRE_ASSESSED, K.APPROVED, K.APPROVED],
        since=date(2015, 8, 3),
        until=date(2015, 12, 31),
    )

    assert recorded(known).TOPIC == "project.agent_assigned"
    (term,) = known.agents
    assert (term.official, term.unit, term.scope) == (AGENT, "chongfu", (K.PRE_ASSESSED, K.APPROVED))
    assert [term.covers(day) for day in (date(2015, 8, 2), date(2015, 8, 3), date(2015, 12, 31), date(2016, 1, 1))] == [
        False,
        True,
        True,
        False,
    ]


def test_an_agent_is_in_charge_from_today_where_nobody_says_since_when():
    known = project()

    known.assign_agent(meta(CLERK), official=AGENT, unit="chongfu", scope=[K.APPROVED])

    assert known.agents[0].since == TODAY


def test_an_agent_has_one_open_term_for_a_milestone():
    known = with_agent()

    with refused(known, AgentAlreadyAssigned):
        known.assign_agent(meta(CLERK), official=AGENT, unit="chongfu", scope=[K.PILING, K.LAND_SUPPLIED])
    known.assign_agent(meta(CLERK), official=AGENT, unit="chongfu", scope=[K.PILING])

    assert len(known.agents) == 2


@pytest.mark.parametrize(
    ("fields", "code"), [({"scope": []}, "EMPTY_SCOPE"), ({"until": date(2015, 8, 10)}, "BAD_TERM")]
)
def test_an_agents_scope_and_term_make_sense(fields, code):
    known = project()

    with refused(known, BadInput) as said:
        known.assign_agent(meta(), **{"official": AGENT, "unit": "chongfu", "scope": [K.APPROVED], **fields})

    assert said.value.code == code


def test_an_agents_term_does_not_begin_ahead():
    known = project()

    with refused(known, FactLiesAhead):
        known.assign_agent(meta(), official=AGENT, unit="chongfu", scope=[K.APPROVED], since=date(2015, 8, 12))


def test_an_official_without_a_name_is_bad_input():
    with pytest.raises(BadInput) as said:
        Official(" ")

    assert said.value.code == "BAD_NAME"


def test_an_agent_is_released_by_the_number_of_the_assignment():
    known = with_agent()

    with refused(known, NoSuchAgent):
        known.release_agent(meta(CLERK), assigned=1)
    with refused(known, BadInput):
        known.release_agent(meta(CLERK), assigned=2, on=date(2015, 8, 10))
    with refused(known, FactLiesAhead):
        known.release_agent(meta(CLERK), assigned=2, on=date(2015, 8, 12))
    known.release_agent(meta(CLERK, "轮岗"), assigned=2)
    with refused(known, NoSuchAgent):
        known.release_agent(meta(CLERK), assigned=2)

    assert (known.agents[0].released_on, known.agents[0].why_released) == (TODAY, "轮岗")
    assert not known.agents[0].covers(TODAY)


def test_an_agent_is_assigned_and_released_by_the_unit_only():
    known = with_agent()

    with refused(known, NotYourUnit):
        known.assign_agent(meta(STRANGER), official=AGENT, unit="dama", scope=[K.PILING])
    with refused(known, NotYourUnit):
        known.release_agent(meta(STRANGER), assigned=2)


def test_a_terminated_project_takes_no_agent():
    known = with_agent()
    known.terminate(meta(SUPERVISOR, "退出"))

    with refused(known, ProjectIsTerminated):
        known.assign_agent(meta(CLERK), official=AGENT, unit="chongfu", scope=[K.PILING])
    known.release_agent(meta(CLERK), assigned=2)

    assert known.agents[0].released_on == TODAY


def test_a_correction_of_a_release_stays_with_its_agent():
    known = with_agent()
    known.release_agent(meta(CLERK), assigned=2)

    with refused(known, CorrectionChangesTheSubject):
        known.correct(meta(CLERK, "误填"), corrects=3, fields={"assigned": 1})
    known.correct(meta(CLERK, "误填"), corrects=3, fields=None)

    assert known.agents[0].released_on is None
