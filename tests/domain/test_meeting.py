"""Meetings: planned or held, with hours that make sense."""

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
    bad_input,
    meta,
    on,
    recorded,
    refused,
)
from txapi.domain.aggregate import AlreadyExists, CorrectionNeedsAReason, DoesNotExist, NothingToCorrect
from txapi.domain.authority import NotYourRole
from txapi.domain.event import Actor
from txapi.domain.meeting import Meeting, MeetingKind
from txapi.domain.official import Official
from txapi.domain.register import ClosingNeedsAReason, IsClosed, NothingToAmend


def meeting(**said: Any) -> Meeting:
    """An on-site meeting."""
    new = Meeting("m1")
    new.register(meta(), **{"kind": MeetingKind.ON_SITE, "title": "现场办公会", **said})
    new.pending.clear()
    return new


def test_a_meeting_is_registered_with_hosts_hours_and_attendees() -> None:
    new = Meeting("m1")
    mayor = Official("盛勇军", "市长")

    new.register(
        meta(SECRETARY),
        kind=MeetingKind.MAYORS_OFFICE,
        title="市长办公会议",
        on=on("2015-09-01"),
        begins="09:00",
        ends="11:30",
        hosts=("gov-office",),
        attendees=(mayor,),
        attending_units=("chongfu", "dama"),
        open_list=True,
        series="2015",
    )

    recorded(new, Meeting.Registered)
    assert (new.kind, new.title, new.on) == (MeetingKind.MAYORS_OFFICE, "市长办公会议", on("2015-09-01"))
    assert (new.begins, new.ends, new.hosts, new.attendees) == ("09:00", "11:30", ("gov-office",), (mayor,))
    assert (new.attending_units, new.open_list, new.series) == (("chongfu", "dama"), True, "2015")


@pytest.mark.parametrize(("begins", "ends"), [("00:00", "24:00"), (None, "00:00"), ("24:00", None), ("08:59", "09:00")])
def test_hours_run_from_midnight_to_midnight(begins: str | None, ends: str | None) -> None:
    known = meeting(begins=begins, ends=ends)

    assert (known.begins, known.ends) == (begins, ends)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("9:00", None),
        ("24:01", None),
        ("25:00", None),
        ("09:60", None),
        ("", None),
        ("10:00", "10:00"),
        ("10:00", "09:59"),
    ],
)
def test_a_meeting_does_not_end_before_it_begins(begins: str, ends: str | None) -> None:
    new, known = Meeting("m1"), meeting()

    with bad_input(new, "BAD_HOURS"):
        new.register(meta(), kind=MeetingKind.OTHER, title="x", begins=begins, ends=ends)
    with bad_input(known, "BAD_HOURS"):
        known.amend(meta(), begins=begins, ends=ends)


def test_an_amended_hour_is_measured_by_the_one_that_stays() -> None:
    known = meeting(begins="10:00", ends="11:00")

    with bad_input(known, "BAD_HOURS"):
        known.amend(meta(), begins="11:00")
    with bad_input(known, "BAD_HOURS"):
        known.amend(meta(), ends="10:00")
    known.amend(meta(), begins="11:00", ends="12:00")

    recorded(known, Meeting.Amended)
    assert (known.begins, known.ends) == ("11:00", "12:00")


@pytest.mark.parametrize("title", ["", " ", "会" * 201])
def test_a_meeting_has_a_title(title: str) -> None:
    new, known = Meeting("m1"), meeting()

    with bad_input(new, "BAD_NAME"):
        new.register(meta(), kind=MeetingKind.OTHER, title=title)
    with bad_input(known, "BAD_NAME"):
        known.amend(meta(), title=title)


def test_a_meeting_is_registered_once() -> None:
    known = meeting()

    with refused(known, AlreadyExists):
        known.register(meta(), kind=MeetingKind.OTHER, title="x")


@pytest.mark.parametrize("actor", [CLERK, LEADER, READER, AUDITOR])
def test_only_supervisor_and_secretary_keep_the_register(actor: Actor) -> None:
    known, new = meeting(), Meeting("m2")

    with refused(new, NotYourRole):
        new.register(meta(actor), kind=MeetingKind.OTHER, title="x")
    with refused(known, NotYourRole):
        known.close(meta(actor, "no"))
    for action in Meeting.ACTIONS:
        assert isinstance(known.may(action, meta(actor)), NotYourRole)
        assert known.may(action, meta(SECRETARY)) is None
        assert known.may(action, meta(ADMINISTRATOR)) is None


def test_an_amendment_records_only_what_changes() -> None:
    known = meeting(hosts=("chongfu",))

    known.amend(meta(SECRETARY), hosts=("chongfu",), attending_units=("dama",))

    event = recorded(known, Meeting.Amended)
    assert (event.hosts, event.attending_units) == (None, ("dama",))
    with refused(known, NothingToAmend):
        known.amend(meta(), attending_units=("dama",))


def test_a_meeting_that_was_called_off_takes_no_new_facts() -> None:
    known = meeting()
    with refused(known, ClosingNeedsAReason):
        known.close(meta())
    known.close(meta(reason="台风"))

    recorded(known, Meeting.Closed)
    assert (known.closed, known.closed_because) == (True, "台风")
    with refused(known, IsClosed):
        known.amend(meta(), title="y")
    with refused(known, IsClosed):
        known.close(meta(reason="again"))
    assert known.may("correct_meeting", meta()) is None


def test_a_meeting_that_was_never_registered_can_do_nothing() -> None:
    nobody = Meeting("m1")

    for action in Meeting.ACTIONS:
        assert isinstance(nobody.may(action, meta()), DoesNotExist)


def test_a_retracted_amendment_leaves_what_was_said_before() -> None:
    known = meeting(begins="09:00")
    known.amend(meta(), begins="10:00")
    known.pending.clear()

    known.correct(meta(SECRETARY, "it was right"), corrects=2, fields=None)

    recorded(known, Meeting.FactCorrected)
    assert known.begins == "09:00"


def test_a_correction_is_as_strict_as_the_fact() -> None:
    known = meeting(begins="09:00")
    known.amend(meta(), ends="10:00")
    known.pending.clear()
    why = meta(reason="a slip")

    with refused(known, CorrectionNeedsAReason):
        known.correct(meta(), corrects=2, fields=None)
    with refused(known, NothingToCorrect):
        known.correct(why, corrects=1, fields=None)
    with bad_input(known, "BAD_HOURS"):
        known.correct(why, corrects=2, fields={"ends": "09:00"})
    with bad_input(known, "BAD_HOURS"):
        known.correct(why, corrects=2, fields={"ends": "soon"})
    with bad_input(known, "BAD_NAME"):
        known.correct(why, corrects=2, fields={"title": " "})


def test_retracting_does_not_leave_hours_that_contradict_each_other() -> None:
    known = meeting(begins="09:00", ends="10:00")
    known.amend(meta(), ends="12:00")
    known.amend(meta(), begins="11:00")
    known.pending.clear()

    with bad_input(known, "BAD_HOURS"):
        known.correct(meta(reason="a slip"), corrects=2, fields=None)
