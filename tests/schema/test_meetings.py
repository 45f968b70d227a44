"""Meetings through the published operations: planned, changed, called off and corrected, now and then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.city import SECRETARY, City, clerk
from tests.schema.registering import NOBODY, do, entered, listed, mistaken, refused, towns


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = towns(tmp_path)
    yield city
    city.close()


def meeting(city: City, **said: Any) -> str:
    """A meeting on the spot in Chongfu, planned for 20 August."""
    plain = {"kind": "ON_SITE", "title": "崇福现场办公会", "on": {"text": "2015-08-20"}, "hosts": ["chongfu"]}
    return entered(city, "Meeting", **{**plain, "begins": "09:00", "ends": "11:30", **said})


def test_a_meeting_is_planned_ahead_and_the_past_keeps_the_plan(city: City) -> None:
    id = meeting(city)
    planned = city.record.head.position
    do(city, "AmendMeeting", SECRETARY, meeting=id, on={"text": "2015-08-21"}, ends="12:00", hosts=["chongfu", "dama"])

    [now] = listed(city, "Meetings")
    [then] = listed(city, "Meetings", at={"position": str(planned)})

    assert (now["on"]["text"], now["begins"], now["ends"]) == ("21 August 2015", "09:00", "12:00")
    assert [host["code"] for host in now["hosts"]] == ["chongfu", "dama"]
    assert (then["on"]["text"], then["ends"], then["version"]) == ("20 August 2015", "11:30", 1)
    assert [host["code"] for host in then["hosts"]] == ["chongfu"]


def test_who_attends_is_told_as_it_was_named(city: City) -> None:
    id = meeting(
        city, attendees=[{"name": "盛勇军", "post": "市长"}, {"name": "某某", "unit": "dama"}],
        attendingUnits=["dama"], open=True,
    )  # fmt: skip

    found = city.ask(
        "query ($id: ID!) { meeting(entityId: $id) { open attendees { name post unitCode } attendingUnits { code } } }",
        {"id": id},
    )["meeting"]

    assert found["attendees"] == [
        {"name": "盛勇军", "post": "市长", "unitCode": None},
        {"name": "某某", "post": None, "unitCode": "dama"},
    ]
    assert (found["open"], found["attendingUnits"]) == (True, [{"code": "dama"}])


def test_meetings_come_latest_first_and_are_found_by_kind_and_text(city: City) -> None:
    undated = meeting(city, title="待定", on=None)
    early = meeting(city, title="七月会议", on={"text": "2015-07"}, series="月度例会")
    late = meeting(city, title="市长办公会", kind="MAYORS_OFFICE", on={"text": "2015-08-25"})

    def found(**variables: Any) -> list[str]:
        return [one["entityId"] for one in listed(city, "Meetings", **variables)]

    assert found() == [late, early, undated]
    assert found(filter={"kind": ["MAYORS_OFFICE"]}) == [late]
    assert found(filter={"text": "例会"}) == [early]
    assert found(filter={"kind": ["OTHER"]}) == []


def test_a_meeting_that_was_called_off_by_mistake_is_held_again(city: City) -> None:
    id = meeting(city)
    do(city, "CloseMeeting", SECRETARY, meeting=id, reason="改期")

    refused(city, "IsClosed", "AmendMeeting", meeting=id, title="新名")
    receipt = do(city, "CorrectMeeting", meeting=id, corrects=2, reason="only put off")

    assert receipt["meeting"]["closed"] is False
    assert [event["type"] for event in receipt["events"]] == ["meeting.fact_corrected"]


@pytest.mark.parametrize(
    ("code", "operation", "given"),
    [
        ("NothingToAmend", "AmendMeeting", {"begins": "09:00"}),
        ("DoesNotExist", "AmendMeeting", {"hosts": ["nowhere"]}),
        ("DoesNotExist", "AmendMeeting", {"attendingUnits": ["nowhere"]}),
        ("DoesNotExist", "AmendMeeting", {"meeting": NOBODY, "title": "新名"}),
        ("StaleVersion", "AmendMeeting", {"title": "新名", "expectedVersion": 9}),
        ("ClosingNeedsAReason", "CloseMeeting", {}),
        ("CorrectionNeedsAReason", "CorrectMeeting", {"corrects": 1}),
        ("NothingToCorrect", "CorrectMeeting", {"corrects": 1, "reason": "test"}),
    ],
)
def test_a_refusal_says_why_and_records_nothing(city: City, code: str, operation: str, given: dict[str, Any]) -> None:
    refused(city, code, operation, **{"meeting": meeting(city), **given})


def test_hours_that_make_no_sense_are_no_input(city: City) -> None:
    id = meeting(city)

    mistaken(city, "BAD_HOURS", "AmendMeeting", meeting=id, ends="08:00")
    mistaken(city, "BAD_HOURS", "RegisterMeeting", kind="OTHER", title="会", begins="25:00")
    mistaken(city, "EMPTY_TEXT", "RegisterMeeting", kind="OTHER", title=" ")


def test_a_clerk_keeps_no_meetings_and_is_told_why(city: City) -> None:
    id = meeting(city)

    refused(city, "NotYourRole", "CloseMeeting", clerk("chongfu"), meeting=id, reason="x")

    may = "query ($id: ID!) { meeting(entityId: $id) { may { action allowed because { code } } } }"
    asked = city.ask(may, {"id": id}, as_=clerk("chongfu"))["meeting"]["may"]
    assert [(one["action"], one["because"]["code"]) for one in asked] == [
        (action, "NotYourRole") for action in ("amendMeeting", "closeMeeting", "correctMeeting")
    ]
