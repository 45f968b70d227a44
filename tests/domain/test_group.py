"""Groups name projects together; they keep what the source says of their number and are never projects themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    LEADER,
    READER,
    STRANGER,
    SUCCESSOR,
    SUPERVISOR,
    bad_input,
    cny,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.event import Actor, Basis
from txapi.domain.group import Group, GroupKind
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend


def group(**more: Any) -> Group:
    """A joint start in Chongfu, of nine projects as the source says."""
    new = Group("g1")
    new.register(
        meta(),
        **{"kind": GroupKind.JOINT_START, "name": "二季度集中开工", "unit": "chongfu", "count_stated": 9, **more},
    )
    new.pending.clear()
    return new


def test_a_group_keeps_what_the_source_says_of_it() -> None:
    new = Group("g1")

    new.register(
        meta(CLERK),
        kind=GroupKind.PARK,
        name="中节能产业园",
        unit="chongfu",
        on=on("2015-06"),
        count_stated=4,
        open_list=True,
        investment=cny("20", "亿元"),
        aliases=("节能园",),
        note="一期",
    )

    recorded(new, Group.Registered)
    assert (new.kind, new.name, new.unit, new.on) == (GroupKind.PARK, "中节能产业园", "chongfu", on("2015-06"))
    assert (new.count_stated, new.open_list, new.aliases, new.note) == (4, True, ("节能园",), "一期")
    assert new.investment == cny("20", "亿元")
    assert new.basis is Basis.STATED


def test_a_group_is_registered_once() -> None:
    known = group()

    with refused(known, AlreadyExists):
        known.register(meta(), kind=GroupKind.PARK, name="园区")


def test_a_joint_start_may_be_announced_before_it_happens() -> None:
    announced = group(on=on("2015-12-28"))

    assert announced.on == on("2015-12-28")


@pytest.mark.parametrize("count", [-1, 1_000_001])
def test_a_count_lies_between_nothing_and_a_million(count: int) -> None:
    new, known = Group("g1"), group()

    with bad_input(new, "BAD_COUNT"):
        new.register(meta(), kind=GroupKind.PARK, name="园区", count_stated=count)
    with bad_input(known, "BAD_COUNT"):
        known.amend(meta(), count_stated=count)


@pytest.mark.parametrize("count", [0, 1_000_000])
def test_the_bounds_of_a_count_are_counts(count: int) -> None:
    assert group(count_stated=count).count_stated == count


@pytest.mark.parametrize("name", ["", "  ", "园" * 201])
def test_a_group_has_a_name(name: str) -> None:
    new, known = Group("g1"), group()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), kind=GroupKind.PARK, name=name)
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(), name=name)


def test_an_amendment_changes_what_it_names_and_leaves_the_rest() -> None:
    known = group(note="九个项目")

    known.amend(meta(CLERK), count_stated=10, open_list=True)

    recorded(known, Group.Amended)
    assert (known.count_stated, known.open_list, known.note) == (10, True, "九个项目")


def test_an_amendment_that_changes_nothing_is_refused() -> None:
    known = group()

    for given in ({}, {"count_stated": 9}, {"name": "二季度集中开工", "open_list": False}):
        with refused(known, NothingToAmend):
            known.amend(meta(), **given)


def test_a_group_is_closed_with_a_reason_and_takes_no_amendments_then() -> None:
    known = group()

    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="重复登记"))

    recorded(known, Group.Closed)
    assert (known.closed, known.closed_because) == (True, "重复登记")
    with refused(known, IsClosed):
        known.amend(meta(), count_stated=8)


def test_closing_is_corrected_by_retracting_it() -> None:
    known = group()
    known.close(meta(reason="重复登记"))
    known.pending.clear()

    known.correct(meta(CLERK, "并未重复"), corrects=2, fields=None)

    recorded(known, Group.FactCorrected)
    assert (known.closed, known.closed_because) == (False, None)


def test_a_correction_is_as_strict_as_the_amendment() -> None:
    known = group()
    known.amend(meta(), count_stated=10)
    known.pending.clear()

    for fields, code in (
        ({"count_stated": -1}, "BAD_COUNT"),
        ({"name": " "}, "BAD_NAME"),
        ({"kind": "park"}, "UNKNOWN_FIELD"),
        ({"count_stated": "ten"}, "BAD_CORRECTION"),
    ):
        with bad_input(known, code):
            known.correct(meta(reason="a slip"), corrects=2, fields=fields)
    known.correct(meta(reason="a slip"), corrects=2, fields={"count_stated": 11})

    recorded(known, Group.FactCorrected)
    assert known.count_stated == 11


def test_a_correction_needs_a_reason_and_a_fact() -> None:
    known = group()
    known.amend(meta(), count_stated=10)
    known.pending.clear()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    for version in (-1, 0, 1, 3):
        with refused(known, NothingToCorrect):
            known.correct(meta(reason="a slip"), corrects=version, fields=None)


@pytest.mark.parametrize("actor", [CLERK, SUCCESSOR, SUPERVISOR, ADMINISTRATOR])
def test_the_units_clerk_and_the_supervisor_keep_it(actor: Actor) -> None:
    known = group()

    assert [action for action in Group.ACTIONS if known.may(action, meta(actor))] == []
    known.amend(meta(actor), count_stated=10)


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(STRANGER, NotYourUnit), (READER, NotYourRole), (LEADER, NotYourRole), (AUDITOR, NotYourRole)],
)
def test_nobody_else_may_touch_it(actor: Actor, refusal: type[NotYourUnit] | type[NotYourRole]) -> None:
    new, known = Group("g1"), group()

    for action in Group.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), refusal)
    with refused(new, refusal):
        new.register(meta(actor), kind=GroupKind.PARK, name="园区", unit="chongfu")
    with refused(known, refusal):
        known.amend(meta(actor), count_stated=10)
    with refused(known, refusal):
        known.close(meta(actor, "r"))
    with refused(known, refusal):
        known.correct(meta(actor, "r"), corrects=2, fields=None)


def test_a_group_without_a_unit_is_the_supervisors() -> None:
    known = group(unit=None)

    with refused(known, NotYourRole):
        known.amend(meta(CLERK), count_stated=10)
    known.amend(meta(SUPERVISOR), count_stated=10)


def test_a_group_that_was_never_named_takes_no_command() -> None:
    unknown = Group("g9")

    with refused(unknown, DoesNotExist):
        unknown.amend(meta(), count_stated=1)
    with refused(unknown, DoesNotExist):
        unknown.correct(meta(reason="r"), corrects=1, fields=None)
