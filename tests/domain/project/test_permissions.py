"""What each role may do with a project, and why a button is grey."""

from __future__ import annotations

import inspect
from datetime import date

import pytest

from tests.domain.project.given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    LEADER,
    READER,
    SECRETARY,
    STRANGER,
    SUPERVISOR,
    SYSTEM,
    meta,
    project,
)
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.authority import NotYourRole, NotYourUnit, must_act_for
from txapi.domain.event import Actor, Role
from txapi.domain.official import Official
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectIsTerminated
from txapi.domain.project.condition import ProjectIsNotSuspended
from txapi.domain.project.leadership import NobodyLeads

LEAD = {"assign_leader", "release_leader"}
LISTS = {"enter_list", "leave_list"}
STEER = {"suspend", "resume", "terminate"}
TELL = set(Project.ACTIONS) - LEAD - LISTS - STEER
# `resume` needs a suspended project; it is asked apart.
ASKED = sorted(set(Project.ACTIONS) - {"resume"})


def led() -> Project:
    known = project()
    known.assign_leader(meta(), official=Official("盛勇军"), on=date(2015, 8, 1))
    return known


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (CLERK, TELL),
        (LEADER, STEER | {"correct"}),
        (SECRETARY, LEAD | {"correct"}),
        (SUPERVISOR, set(Project.ACTIONS)),
        (ADMINISTRATOR, set(Project.ACTIONS)),
        (SYSTEM, set(Project.ACTIONS)),
        (STRANGER, set()),
        (READER, set()),
        (AUDITOR, set()),
    ],
)
def test_each_role_may_do_what_the_table_says(actor, allowed):
    known = led()

    open_to = {action for action in ASKED if known.may(action, meta(actor)) is None}

    assert open_to == allowed - {"resume"}


def test_a_button_is_grey_for_a_reason():
    known = project()

    assert isinstance(known.may("amend", meta(STRANGER)), NotYourUnit)
    assert isinstance(known.may("enter_list", meta(CLERK)), NotYourRole)
    assert isinstance(known.may("release_leader", meta(SUPERVISOR)), NobodyLeads)
    assert isinstance(known.may("resume", meta(LEADER)), ProjectIsNotSuspended)
    known.terminate(meta(LEADER, "退出"))
    assert isinstance(known.may("reach_milestone", meta(CLERK)), ProjectIsTerminated)
    assert known.may("correct", meta(CLERK)) is None


def test_what_was_never_introduced_can_do_nothing():
    nothing = Project("p1")

    assert all(isinstance(nothing.may(action, meta()), DoesNotExist) for action in Project.ACTIONS)


def test_every_action_is_a_command_with_a_guard_of_its_name():
    for action, guard in Project.ACTIONS.items():
        assert "meta" in inspect.signature(getattr(Project, action)).parameters
        assert guard.__name__ == f"_may_{action}"
    with pytest.raises(KeyError):
        project().may("fly", meta())


def test_a_clerk_of_a_merged_units_successor_acts_for_it():
    heir = Actor("heir", Role.CLERK, "wutong", successor_of=("chongfu",))

    assert project().may("amend", meta(heir)) is None


def test_where_there_is_no_unit_no_clerk_acts():
    nobodys = project(unit=None)

    assert isinstance(nobodys.may("amend", meta(CLERK)), NotYourRole)
    assert nobodys.may("amend", meta(SUPERVISOR)) is None


def test_the_refusals_of_authority_say_who_might_in_both_languages():
    with pytest.raises(NotYourRole) as role:
        must_act_for(meta(READER), "chongfu", Role.SUPERVISOR)
    with pytest.raises(NotYourUnit) as unit:
        must_act_for(meta(Actor("c", Role.CLERK)), "chongfu")

    assert role.value.message() == (
        "In the role of reader this is not allowed; it takes: clerk, supervisor, administrator."
    )
    assert role.value.message("zh") == "读者无权进行此操作；有权者：经办人、督查人员、管理员。"
    assert role.value.facts == {"role": "reader", "needs": ["clerk", "supervisor", "administrator"]}
    assert unit.value.message() == "You act for no unit, but this is for chongfu to do."
    assert unit.value.message("zh") == "该事项应由chongfu办理，您代表的是无单位。"
