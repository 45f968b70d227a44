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
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor, Role
from txapi.domain.labels import Label
from txapi.domain.official import Official
from txapi.domain.permissions import must_be_permitted
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectIsTerminated
from txapi.domain.project.condition import ProjectIsNotSuspended
from txapi.domain.project.leadership import NobodyLeads

LEAD = {"assign_leader", "release_leader"}
LISTS = {"enter_list", "leave_list"}
STEER = {"suspend_project", "resume_project", "terminate_project"}
TELL = set(Project.ACTIONS) - LEAD - LISTS - STEER
# `resume` needs a suspended project; it is asked apart.
ASKED = sorted(set(Project.ACTIONS) - {"resume_project"})


def led() -> Project:
    known = project()
    known.assign_leader(meta(), official=Official("盛勇军"), on=date(2015, 8, 1))
    return known


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (CLERK, TELL),
        (LEADER, STEER | {"correct_project"}),
        (SECRETARY, LEAD | {"correct_project"}),
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

    assert open_to == allowed - {"resume_project"}


def test_a_button_is_grey_for_a_reason():
    known = project()

    assert isinstance(known.may("amend_project", meta(STRANGER)), NotYourUnit)
    assert isinstance(known.may("enter_list", meta(CLERK)), NotYourRole)
    assert isinstance(known.may("release_leader", meta(SUPERVISOR)), NobodyLeads)
    assert isinstance(known.may("resume_project", meta(LEADER)), ProjectIsNotSuspended)
    known.terminate(meta(LEADER, "退出"))
    assert isinstance(known.may("reach_milestone", meta(CLERK)), ProjectIsTerminated)
    assert known.may("correct_project", meta(CLERK)) is None


def test_what_was_never_introduced_can_do_nothing():
    nothing = Project("p1")

    assert all(isinstance(nothing.may(action, meta()), DoesNotExist) for action in Project.ACTIONS)


def test_every_action_is_a_command_with_a_guard_of_its_name():
    for action, guard in Project.ACTIONS.items():
        command = action.removesuffix("_project")
        assert "meta" in inspect.signature(getattr(Project, command)).parameters
        assert guard.__name__ == f"_may_{command}"
    with pytest.raises(KeyError):
        project().may("fly", meta())


def test_a_clerk_of_a_merged_units_successor_acts_for_it():
    heir = Actor("heir", Role.CLERK, "wutong", successor_of=("chongfu",))

    assert project().may("amend_project", meta(heir)) is None


def test_where_there_is_no_unit_no_clerk_acts():
    nobodys = project(unit=None)

    assert isinstance(nobodys.may("amend_project", meta(CLERK)), NotYourRole)
    assert nobodys.may("amend_project", meta(SUPERVISOR)) is None


def test_the_refusals_of_authority_say_who_might_in_both_languages():
    with pytest.raises(NotYourRole) as role:
        must_be_permitted(meta(READER), "reach_milestone", "chongfu")
    with pytest.raises(NotYourUnit) as unit:
        must_be_permitted(meta(Actor("c", Role.CLERK)), "reach_milestone", "chongfu")

    assert role.value.message() == (
        "In the role of reader this is not allowed; it takes: clerk, supervisor, administrator."
    )
    assert role.value.message("zh") == "读者无权进行此操作；有权者：经办人、督查人员、管理员。"
    assert role.value.facts == {"role": "reader", "needs": ["clerk", "supervisor", "administrator"]}
    assert unit.value.message() == "You act for no unit, but this is for chongfu to do."
    assert unit.value.message("zh") == "该事项应由chongfu办理，您代表的是无单位。"


def test_a_refusal_names_units_where_their_names_are_known_and_by_their_codes_otherwise():
    with pytest.raises(NotYourUnit) as unit:
        must_be_permitted(meta(Actor("c", Role.CLERK, "dama")), "reach_milestone", "chongfu")

    names = {"chongfu": Label(zh="崇福镇", en="Chongfu Town")}

    assert unit.value.message("zh", names) == "该事项应由崇福镇办理，您代表的是dama。"
    assert unit.value.message("en", names) == "You act for dama, but this is for Chongfu Town to do."
    assert unit.value.facts == {"unit": "chongfu", "yours": "dama"}
    assert unit.value.unit_codes == {"chongfu", "dama"}
