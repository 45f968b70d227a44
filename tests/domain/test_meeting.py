"""Meetings are entered with days, hours, hosts and attendees; supervisor and secretary keep them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.register_given import (
    ADMINISTRATOR,
    AUDITOR,
    CLERK,
    LEADER,
    READER,
    SECRETARY,
    SUPERVISOR,
    bad_input,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.errors import BadInput
from txapi.domain.event import Actor
from txapi.domain.meeting import Meeting, MeetingKind
from txapi.domain.official import Official
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend


def meeting(**more: Any) -> Meeting:
    """An on-site meeting in Chongfu, from eight to half past eleven."""
    new = Meeting("m1")
    new.register(
        meta(SECRETARY),
        **{
            "kind": MeetingKind.ON_SITE,
            "title": "崇福现场办公会",
            "begins": "08:00",
            "ends": "11:30",
            "hosts": ("chongfu",),
            **more,
        },
    )
    new.pending.clear()
    return new


def test_a_meeting_keeps_when_where_and_with_whom() -> None:
    new = Meeting("m1")
    mayor = Official("某市长", "市长", "government")

    new.register(
        meta(SECRETARY),
        kind=MeetingKind.MAYORS_OFFICE,
        title="第三次市长办公会议",
        on=on("2015-08-10"),
        begins="14:00",
        ends="24:00",
        hosts=("government",),
        attendees=(mayor,),
        attending_units=("chongfu", "dama"),
        open_list=True,
        series="市长办公会议",
        note="纪要另发",
    )

    recorded(new, Meeting.Registered)
    assert (new.kind, new.title, new.on) == (MeetingKind.MAYORS_OFFICE, "第三次市长办公会议", on("2015-08-10"))
    assert (new.begins, new.ends, new.hosts, new.attendees) == ("14:00", "24:00", ("government",), (mayor,))
    assert (new.attending_units, new.open_list) == (("chongfu", "dama"), True)
    assert (new.series, new.note) == ("市长办公会议", "纪要另发")


def test_a_meeting_may_lie_ahead() -> None:
    assert meeting(on=on("2015-12-31")).on == on("2015-12-31")


def test_a_meeting_is_registered_once() -> None:
    known = meeting()

    with refused(known, AlreadyExists):
        known.register(meta(), kind=MeetingKind.OTHER, title="又一次")


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("8:00", None),
        ("08:60", None),
        (None, "24:01"),
        ("25:00", None),
        ("", None),
        ("08:00", "08:00"),
        ("09:00", "08:59"),
    ],
)
def test_hours_are_written_in_full_and_a_meeting_ends_after_it_begins(begins: str | None, ends: str | None) -> None:
    new = Meeting("m1")

    with bad_input(new, "BAD_HOURS"):
        new.register(meta(), kind=MeetingKind.ON_SITE, title="现场办公", begins=begins, ends=ends)


@pytest.mark.parametrize(("begins", "ends"), [("00:00", "24:00"), ("08:00", "08:01"), ("23:59", None), (None, "00:01")])
def test_hours_hold_at_their_bounds(begins: str | None, ends: str | None) -> None:
    known = meeting(begins=begins, ends=ends)

    assert (known.begins, known.ends) == (begins, ends)


def test_an_amendment_is_judged_with_the_hours_that_stay() -> None:
    known = meeting()

    with bad_input(known, "BAD_HOURS"):
        known.amend(meta(SECRETARY), begins="11:30")
    known.amend(meta(SECRETARY), begins="11:29")

    recorded(known, Meeting.Amended)
    assert (known.begins, known.ends) == ("11:29", "11:30")


@pytest.mark.parametrize("title", ["", " ", "会" * 201])
def test_a_meeting_has_a_title(title: str) -> None:
    new, known = Meeting("m1"), meeting()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), kind=MeetingKind.ON_SITE, title=title)
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(), title=title)


def test_an_attendee_has_a_name() -> None:
    with pytest.raises(BadInput):
        Official(" ")


def test_an_amendment_changes_what_it_names_and_something_at_that() -> None:
    known = meeting()

    known.amend(meta(), hosts=("chongfu", "dama"), open_list=True)

    recorded(known, Meeting.Amended)
    assert (known.hosts, known.open_list, known.title) == (("chongfu", "dama"), True, "崇福现场办公会")
    with refused(known, NothingToAmend):
        known.amend(meta(), open_list=True)


def test_a_meeting_is_called_off_with_a_reason() -> None:
    known = meeting()

    with refused(known, ClosingNeedsAReason):
        known.close(meta(SECRETARY))
    known.close(meta(SECRETARY, "台风"))

    recorded(known, Meeting.Closed)
    assert (known.closed, known.closed_because) == (True, "台风")
    with refused(known, IsClosed):
        known.amend(meta(), title="改期")


def test_a_correction_leaves_no_meeting_that_ends_before_it_begins() -> None:
    known = meeting()
    known.amend(meta(), begins="09:00")
    known.pending.clear()

    with bad_input(known, "BAD_HOURS"):
        known.correct(meta(reason="a slip"), corrects=2, fields={"begins": "12:00"})
    with bad_input(known, "BAD_NAME"):
        known.correct(meta(reason="a slip"), corrects=2, fields={"title": " "})
    known.correct(meta(reason="a slip"), corrects=2, fields={"begins": "09:30"})

    recorded(known, Meeting.FactCorrected)
    assert known.begins == "09:30"


def test_an_amendment_is_not_retracted_where_the_hours_would_no_longer_fit() -> None:
    known = meeting()
    known.amend(meta(), ends="14:00")
    known.amend(meta(), begins="12:00")
    known.pending.clear()

    with bad_input(known, "BAD_HOURS"):
        known.correct(meta(reason="a slip"), corrects=2, fields=None)
    known.correct(meta(reason="a slip"), corrects=3, fields=None)

    assert (known.begins, known.ends) == ("08:00", "14:00")


def test_a_correction_needs_a_reason_and_a_fact() -> None:
    known = meeting()
    known.amend(meta(), note="改在二楼")
    known.pending.clear()

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    for version in (-1, 0, 1, 3):
        with refused(known, NothingToCorrect):
            known.correct(meta(reason="r"), corrects=version, fields=None)


@pytest.mark.parametrize("actor", [SUPERVISOR, SECRETARY, ADMINISTRATOR])
def test_supervisor_and_secretary_keep_the_meetings(actor: Actor) -> None:
    known = meeting()

    assert [action for action in Meeting.ACTIONS if known.may(action, meta(actor))] == []


@pytest.mark.parametrize("actor", [CLERK, LEADER, READER, AUDITOR])
def test_nobody_else_does(actor: Actor) -> None:
    new, known = Meeting("m1"), meeting()

    for action in Meeting.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), NotYourRole)
    with refused(new, NotYourRole):
        new.register(meta(actor), kind=MeetingKind.ON_SITE, title="现场办公")
    with refused(known, NotYourRole):
        known.amend(meta(actor), title="改期")
    with refused(known, NotYourRole):
        known.close(meta(actor, "r"))
    with refused(known, NotYourRole):
        known.correct(meta(actor, "r"), corrects=2, fields=None)


def test_a_meeting_that_was_never_entered_takes_no_command() -> None:
    unknown = Meeting("m9")

    with refused(unknown, DoesNotExist):
        unknown.close(meta(reason="r"))
