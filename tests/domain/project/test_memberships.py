"""Parcels, supervision lists and groups: entered once at a time, left with a reason, read at a valid date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.domain.project.given import CLERK, LEADER, STRANGER, SUPERVISOR, TODAY, meta, project, recorded, refused, the
from txapi.domain.authority import NotYourRole, NotYourUnit
from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.facts import FactLiesAhead
from txapi.domain.project.base import CorrectionChangesTheSubject, ProjectIsTerminated
from txapi.domain.project.memberships import (
    AlreadyAMember,
    LeftBeforeEntered,
    Membership,
    NotAMember,
    RemovalNeedsAReason,
)

JULY = PartialDate.month(2015, 7)
# Where each kind of membership is told: its commands, its field, its list in the state, and its events.
KINDS = {
    "parcel": ("attach_parcel", "detach_parcel", "parcels", "project.parcel_attached", "project.parcel_detached"),
    "list": ("enter_list", "leave_list", "lists", "project.entered_list", "project.left_list"),
    "group": ("join_group", "leave_group", "groups", "project.joined_group", "project.left_group"),
}


class Tie:
    """One kind of membership of one project."""

    def __init__(self, kind: str) -> None:
        enter, leave, self.members_name, self.entered, self.left = KINDS[kind]
        self.project = project()
        self.field = f"{kind}_id"
        self._enter, self._leave = getattr(self.project, enter), getattr(self.project, leave)

    @property
    def members(self) -> tuple[Membership, ...]:
        members: tuple[Membership, ...] = getattr(self.project, self.members_name)
        return members

    def enter(self, of: str = "x1", actor: Actor = SUPERVISOR, **more: Any) -> None:
        self._enter(meta(actor), **{self.field: of, **more})

    def leave(self, of: str = "x1", actor: Actor = SUPERVISOR, **more: Any) -> None:
        self._leave(meta(actor, "完成"), **{self.field: of, **more})


@pytest.fixture(params=KINDS)
def tie(request):
    return Tie(request.param)


def test_a_project_belongs_from_a_date_on(tie):
    tie.enter(on=JULY)

    assert tie.entered == recorded(tie.project).TOPIC
    (member,) = tie.members
    assert (member.of, member.entered, member.left, member.stated.version) == ("x1", JULY, None, 2)
    assert member.covers()
    assert not member.covers(date(2015, 7, 30))
    assert member.covers(date(2015, 7, 31))


def test_where_nobody_says_since_when_it_is_known_by_today(tie):
    tie.enter()

    assert tie.members[0].entered == PartialDate.by(TODAY)


def test_a_project_is_entered_once_at_a_time(tie):
    tie.enter()
    tie.enter("x2")

    with refused(tie.project, AlreadyAMember):
        tie.enter()
    tie.leave()
    tie.enter()

    assert [member.of for member in tie.members] == ["x1", "x2", "x1"]


def test_a_project_leaves_only_what_it_belongs_to(tie):
    with refused(tie.project, NotAMember):
        tie.leave()
    tie.enter()
    tie.leave()
    with refused(tie.project, NotAMember):
        tie.leave()


def test_a_project_that_left_keeps_the_membership_and_the_reason(tie):
    tie.enter(on=JULY)
    tie.project.pending.clear()

    tie.leave(on=PartialDate.day(date(2015, 8, 5)))

    assert tie.left == recorded(tie.project).TOPIC
    (member,) = tie.members
    assert (member.reason, the(member.left_stated).version) == ("完成", 3)
    assert not member.covers()
    assert member.covers(date(2015, 8, 4))
    assert not member.covers(date(2015, 8, 5))


def test_nothing_is_left_before_it_was_entered(tie):
    tie.enter(on=JULY)

    with refused(tie.project, LeftBeforeEntered):
        tie.leave(on=PartialDate.day(date(2015, 6, 30)))
    tie.leave(on=PartialDate.day(date(2015, 7, 1)))

    assert not tie.members[0].covers(date(2015, 7, 31))


def test_neither_end_lies_ahead(tie):
    with refused(tie.project, FactLiesAhead):
        tie.enter(on=PartialDate.day(date(2015, 8, 12)))
    tie.enter()
    with refused(tie.project, FactLiesAhead):
        tie.leave(on=PartialDate.day(date(2015, 8, 12)))


def test_a_terminated_project_is_entered_nowhere_but_may_leave(tie):
    tie.enter()
    tie.project.terminate(meta(LEADER, "退出"))

    with refused(tie.project, ProjectIsTerminated):
        tie.enter("x2")
    tie.leave()

    assert not tie.members[0].covers()


def test_a_correction_moves_an_end_but_not_before_the_beginning(tie):
    tie.enter(on=JULY)
    tie.leave(on=PartialDate.day(date(2015, 8, 5)))
    june = {"earliest": "2015-06-30", "latest": "2015-06-30", "precision": "day"}
    third = {"earliest": "2015-08-03", "latest": "2015-08-03", "precision": "day"}
    tenth = {"earliest": "2015-08-10", "latest": "2015-08-10", "precision": "day"}

    with refused(tie.project, LeftBeforeEntered):
        tie.project.correct(meta(reason="误填"), corrects=3, fields={"on": june})
    with refused(tie.project, LeftBeforeEntered):
        tie.project.correct(meta(reason="误填"), corrects=2, fields={"on": tenth})
    with refused(tie.project, CorrectionChangesTheSubject):
        tie.project.correct(meta(reason="误填"), corrects=3, fields={tie.field: "x2"})
    tie.project.correct(meta(reason="误填"), corrects=3, fields={"on": third})

    assert tie.members[0].left == PartialDate.day(date(2015, 8, 3))
    assert the(tie.members[0].left_stated).corrected_by == 4


def test_a_retracted_entry_leaves_no_membership(tie):
    tie.enter(on=JULY)
    tie.leave()

    tie.project.correct(meta(reason="误填"), corrects=2, fields=None)

    assert tie.members == ()


def test_a_list_says_by_when_its_duty_is_due():
    known = project()

    with refused(known, BadInput):
        known.enter_list(meta(), list_id="l1", on=PartialDate.day(TODAY), due=date(2015, 8, 10))
    known.enter_list(meta(), list_id="l1", on=PartialDate.day(TODAY), due=date(2015, 9, 30))

    assert known.lists[0].due == date(2015, 9, 30)


def test_to_leave_a_list_needs_a_reason_and_to_leave_a_group_none():
    known = project()
    known.enter_list(meta(), list_id="l1")
    known.join_group(meta(CLERK), group_id="g1")

    with refused(known, RemovalNeedsAReason):
        known.leave_list(meta(), list_id="l1")
    known.leave_group(meta(CLERK), group_id="g1")

    assert known.groups[0].reason is None


def test_the_supervisor_keeps_the_lists():
    known = project()

    with refused(known, NotYourRole):
        known.enter_list(meta(CLERK), list_id="l1")
    known.enter_list(meta(), list_id="l1")
    with refused(known, NotYourRole):
        known.leave_list(meta(CLERK, "完成"), list_id="l1")


@pytest.mark.parametrize("kind", ["parcel", "group"])
def test_the_units_clerk_tells_of_parcels_and_groups(kind):
    tie = Tie(kind)

    with refused(tie.project, NotYourUnit):
        tie.enter(actor=STRANGER)
    tie.enter(actor=CLERK)
    with refused(tie.project, NotYourUnit):
        tie.leave(actor=STRANGER)
    tie.leave(actor=CLERK)
