"""Introducing a project and amending what it is."""

from __future__ import annotations

import pytest

from tests.domain.project.given import (
    ADMINISTRATOR,
    CLERK,
    READER,
    STRANGER,
    SUPERVISOR,
    SYSTEM,
    cny,
    meta,
    project,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, DoesNotExist
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.editions import MilestoneKind, ProjectKind
from txapi.domain.errors import BadInput
from txapi.domain.project import Project
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.description import AmendmentNeedsAReason, CapitalSource, NothingIsAmended
from txapi.domain.project.investment import CurrenciesAreMixed, RegisteredCapitalExceedsTheTotal

BUILD = ProjectKind.NEW_BUILD


def test_a_project_is_introduced_with_all_that_is_known_of_it():
    new = Project("p1")

    new.introduce(
        meta(CLERK),
        code="TX-1",
        name=" 渔光互补 ",
        kind=BUILD,
        unit="chongfu",
        location="河山镇",
        owner="company-1",
        investors=["company-2", "company-2", "company-3"],
        industries=["新能源"],
        content="光伏电站",
        phase="一期",
        capital=CapitalSource.FOREIGN,
        national_code="2015-330483-44",
        investment=cny("1.2", "亿元"),
        registered_capital=cny("5000"),
        aliases=["光伏"],
    )

    event = recorded(new)
    assert event.TOPIC == "project.introduced"
    assert list(event.claims()) == [("project_code", "TX-1"), ("national_project_code", "2015-330483-44")]
    assert (new.code, new.name, new.kind, new.unit) == ("TX-1", "渔光互补", BUILD, "chongfu")
    assert (new.location, new.owner, new.investors) == ("河山镇", "company-1", ("company-2", "company-3"))
    assert (new.industries, new.content, new.phase, new.aliases) == (("新能源",), "光伏电站", "一期", ("光伏",))
    assert new.capital is CapitalSource.FOREIGN
    assert new.investment == cny("1.2", "亿元")
    assert new.registered_capital == cny("5000")
    assert new.investment_stated is not None
    assert new.investment_stated.version == 1
    assert new.stage() is MilestoneKind.LEAD
    assert new.condition is ProjectCondition.ACTIVE


def test_a_project_without_a_national_code_claims_its_own_code_only():
    new = Project("p1")

    new.introduce(meta(), code="TX-1", name="新城", kind=BUILD)

    assert list(recorded(new).claims()) == [("project_code", "TX-1")]
    assert new.capital is CapitalSource.UNSTATED
    assert new.unit is None


def test_a_project_is_introduced_once():
    known = project()

    with refused(known, AlreadyExists):
        known.introduce(meta(), code="TX-2", name="新城", kind=BUILD)


def test_a_clerk_introduces_projects_of_the_own_unit_only():
    new = Project("p1")

    with refused(new, NotYourUnit):
        new.introduce(meta(STRANGER), code="TX-1", name="新城", kind=BUILD, unit="chongfu")
    with refused(new, NotYourRole):
        new.introduce(meta(CLERK), code="TX-1", name="新城", kind=BUILD)
    with refused(new, NotYourRole):
        new.introduce(meta(READER), code="TX-1", name="新城", kind=BUILD, unit="chongfu")


@pytest.mark.parametrize("actor", [SUPERVISOR, ADMINISTRATOR, SYSTEM])
def test_supervisor_administrator_and_loader_introduce_projects_without_a_unit(actor):
    new = Project("p1")

    new.introduce(meta(actor), code="TX-1", name="新城", kind=BUILD)

    recorded(new)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": ""}, "BAD_CODE"),
        ({"code": "TX 1"}, "BAD_CODE"),
        ({"code": "X" * 65}, "BAD_CODE"),
        ({"national_code": "a b"}, "BAD_CODE"),
        ({"name": "  "}, "EMPTY_TEXT"),
        ({"name": "x" * 201}, "TEXT_TOO_LONG"),
        ({"content": "x" * 4001}, "TEXT_TOO_LONG"),
        ({"aliases": [""]}, "EMPTY_TEXT"),
        ({"name": None}, "MUST_BE_SAID"),
    ],
)
def test_bad_descriptions_are_bad_input(fields, code):
    new = Project("p1")

    with refused(new, BadInput) as said:
        new.introduce(meta(), **{"code": "TX-1", "name": "新城", "kind": BUILD, **fields})

    assert said.value.code == code
    assert said.value.path


def test_registered_capital_is_within_the_total_from_the_first_day():
    new = Project("p1")

    with refused(new, RegisteredCapitalExceedsTheTotal):
        new.introduce(
            meta(), code="T", name="新城", kind=BUILD, investment=cny("1", "亿元"), registered_capital=cny("10001")
        )
    with refused(new, CurrenciesAreMixed):
        new.introduce(
            meta(),
            code="T",
            name="新城",
            kind=BUILD,
            investment=cny("1", "亿元"),
            registered_capital=cny("1", "亿美元"),
        )


def test_an_amendment_changes_what_is_given_and_leaves_the_rest():
    known = project(location="崇福", phase="一期")

    known.amend(meta(CLERK, reason="批复变更"), location="振东新区", phase=None)

    assert recorded(known).TOPIC == "project.amended"
    assert (known.location, known.phase, known.name) == ("振东新区", None, "中节能环保产业园")


def test_a_renamed_project_keeps_its_former_names():
    known = project(aliases=["产业园"])

    known.amend(meta(reason="更名"), name="环保产业园")
    known.amend(meta(reason="更名"), name="产业园")

    assert known.name == "产业园"
    assert known.aliases == ("产业园", "中节能环保产业园", "环保产业园")


def test_a_new_national_code_is_claimed_and_the_former_released():
    known = project(national_code="A-1")

    known.amend(meta(reason="赋码"), national_code="A-2")

    event = recorded(known)
    assert list(event.claims()) == [("national_project_code", "A-2")]
    assert list(event.releases()) == [("national_project_code", "A-1")]


def test_a_cleared_national_code_is_released():
    known = project(national_code="A-1")

    known.amend(meta(reason="撤销"), national_code=None)

    event = recorded(known)
    assert list(event.claims()) == []
    assert list(event.releases()) == [("national_project_code", "A-1")]
    assert known.national_code is None


def test_an_amendment_of_something_else_keeps_the_national_code():
    known = project(national_code="A-1")

    known.amend(meta(reason="更名"), name="新名")

    assert list(recorded(known).releases()) == []
    assert known.national_code == "A-1"


def test_an_amendment_needs_a_reason():
    known = project()

    with refused(known, AmendmentNeedsAReason):
        known.amend(meta(), name="新名")


def test_an_amendment_that_changes_nothing_is_refused():
    known = project()

    with refused(known, NothingIsAmended):
        known.amend(meta(reason="无"), name=known.name, phase=None)


def test_only_a_supervisor_moves_a_project_to_another_unit_or_kind():
    known = project()

    with refused(known, NotYourRole):
        known.amend(meta(CLERK, reason="划转"), unit="dama")
    with refused(known, NotYourRole):
        known.amend(meta(CLERK, reason="误填"), kind=ProjectKind.TENANCY)

    known.amend(meta(SUPERVISOR, reason="划转"), unit="dama", kind=ProjectKind.TENANCY)
    assert (known.unit, known.kind) == ("dama", ProjectKind.TENANCY)
    assert isinstance(known.may("amend_project", meta(CLERK)), NotYourUnit)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"code": "TX-2"}, "UNKNOWN_FIELD"), ({"name": None}, "MUST_BE_SAID"), ({"capital": None}, "MUST_BE_SAID")],
)
def test_what_cannot_be_amended_is_bad_input(changes, code):
    known = project()

    with refused(known, BadInput) as said:
        known.amend(meta(reason="误填"), **changes)

    assert said.value.code == code


def test_what_was_never_introduced_cannot_be_amended():
    nothing = Project("p1")

    with refused(nothing, DoesNotExist):
        nothing.amend(meta(reason="x"), name="x")
