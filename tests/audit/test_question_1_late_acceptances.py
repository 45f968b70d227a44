"""Question 1: which tickets were accepted on day 8 or later, and what did the board show at the end of day 7?

The days are counted by hand. Seven calendar days, the day of receipt not counted; a last day that is no working day rolls to
the next working day (2015: the National Day holiday lasts from 1 to 7 October). A ticket is yellow from two days before its
deadline on, and red from 24:00 of its last day on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import answered, listed, moment_before, paged, resting_on, said, told
from tests.city import City, instant
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished
from txapi.domain.event import Source

DATED = {"reason": "the stamp on the paper", "source": Source(document="receipt book", locator="page 3")}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = furnished(tmp_path, "2015-08-03T09:00")
    yield city
    city.close()


def received(city: City, on: str, *subjects: str) -> list[str]:
    """Tickets issued and received on that day; their ids."""
    do = Tickets(city)
    tickets = [do.issued(f"{on}T09:00", subject=subject) for subject in subjects or ("用地指标",)]
    for ticket in tickets:
        do(f"{on}T10:00", LAND, "receive_ticket", ticket)
    return tickets


def accepted(city: City, ticket: str, at: str, **given: Any) -> None:
    Tickets(city)(at, LAND, "accept_ticket", ticket, **{"opinion": "同意", "promised_by": date(2015, 12, 1), **given})


def of(lines: list[Any]) -> list[tuple[str, int, int, int]]:
    """The lines in short: about what, on which day, days since receipt, days late."""
    return [
        (line["ticket"]["subject"], line["dayNumber"], line["daysSinceReceipt"], line["daysLate"]) for line in lines
    ]


def test_the_last_second_of_day_seven_is_in_time_and_the_first_instant_of_day_eight_is_late(city: City) -> None:
    in_time, late = received(city, "2015-08-06", "in time", "late")

    accepted(city, in_time, "2015-08-13T23:59:59.999999")
    accepted(city, late, "2015-08-14T00:00")

    # Received on 6 August: the seventh day after it is the 13th, a Thursday.
    [line] = listed(city, "LateAcceptances")
    assert of([line]) == [("late", 8, 8, 1)]
    assert (line["receivedOn"], line["lastDay"], line["due"]) == ("2015-08-06", "2015-08-13", "2015-08-13T16:00:00Z")
    assert (line["policyName"], line["calendarName"]) == ("reply-7-calendar-days", "cn-workdays-2015")
    assert line["acceptedAt"] == "2015-08-13T16:00:00Z"
    assert resting_on(line) == ["ticket.received", "ticket.acceptance_lapsed", "ticket.accepted"]
    assert line["received"] == line["events"][0]
    assert line["accepted"] == line["events"][2]
    assert line["accepted"]["actor"] == {"subject": "clerk-land-bureau", "role": "CLERK", "unit": "land-bureau"}


def test_the_board_was_yellow_in_the_last_instant_of_day_seven_and_red_at_its_end(city: City) -> None:
    [ticket] = received(city, "2015-08-06")
    before = city.record.head.position
    accepted(city, ticket, "2015-08-20T09:00")

    [line] = listed(city, "LateAcceptances")

    # Nothing was recorded between the receipt and the end of 13 August: the clock alone turned the light.
    assert line["before"] == {
        "position": str(before),
        "clock": "2015-08-13T15:59:59.999999Z",
        "state": "RECEIVED",
        "light": "YELLOW",
        "because": {"zh": "将于2015-08-13到期", "en": "due on 2015-08-13"},
    }
    assert (line["after"]["position"], line["after"]["clock"]) == (str(before), "2015-08-13T16:00:00Z")
    assert (line["after"]["state"], line["after"]["light"]) == ("RECEIVED", "RED")
    assert line["after"]["because"]["en"] == "overdue: it was due on 2015-08-13"


def test_the_board_of_the_answer_is_what_the_record_shows_when_it_is_asked_at_that_moment(city: City) -> None:
    [ticket] = received(city, "2015-08-06")
    accepted(city, ticket, "2015-08-20T09:00")

    [line] = listed(city, "LateAcceptances")

    for board in (line["before"], line["after"]):
        shown = answered(city, "Ticket", entityId=ticket, at={"time": board["clock"]})
        assert (shown["position"], shown["ticket"]["state"]) == (board["position"], board["state"])
        assert shown["ticket"]["light"]["colour"] == board["light"]


def test_a_deadline_that_rolls_over_the_national_day_has_its_day_eight_after_the_holiday(city: City) -> None:
    in_time, late = received(city, "2015-09-25", "in time", "late")

    accepted(city, in_time, "2015-10-08T23:59:59")
    accepted(city, late, "2015-10-09T08:00")

    # The seventh day after 25 September is 2 October; the first working day from then on is the 8th. The 9th is the day
    # after the last in time, so it counts as day 8, although it is the fourteenth day since receipt.
    [line] = listed(city, "LateAcceptances")
    assert of([line]) == [("late", 8, 14, 1)]
    assert line["lastDay"] == "2015-10-08"
    assert line["before"]["clock"] == "2015-10-08T15:59:59.999999Z"


def test_a_corrected_receipt_changes_who_was_late_from_its_own_position_on(city: City) -> None:
    [cleared] = received(city, "2015-08-06", "cleared")
    do = Tickets(city)
    accepted(city, cleared, "2015-08-14T10:00")
    found_out = do.issued("2015-08-20T09:00", subject="found out")
    do("2015-08-21T09:00", LAND, "receive_ticket", found_out)
    accepted(city, found_out, "2015-08-28T10:00")
    then = city.record.head.position
    do("2015-09-01T09:00", ISSUER, "correct_ticket_receipt", cleared, received_at=instant("2015-08-07T09:00"), **DATED)
    do(
        "2015-09-01T10:00",
        ISSUER,
        "correct_ticket_receipt",
        found_out,
        received_at=instant("2015-08-20T11:00"),
        **DATED,
    )

    # As believed on 28 August: the first was received on the 6th, so due on the 13th, and accepted on the 14th; the second
    # was received on the 21st, so due on the 28th, and accepted on the 28th.
    assert of(listed(city, "LateAcceptances", at={"position": str(then)})) == [("cleared", 8, 8, 1)]
    # As known now: the first was received on the 7th, so due on the 14th. The second was received on the 20th, so due on the
    # 27th: the 28th is day 8.
    [line] = listed(city, "LateAcceptances")
    assert of([line]) == [("found out", 8, 8, 1)]
    assert line["receiptCorrected"]
    assert resting_on(line) == ["ticket.received", "ticket.accepted", "ticket.receipt_corrected"]
    assert line["events"][-1]["reason"] == "the stamp on the paper"
    # At the end of the 27th the board still counted to the 28th, so it was yellow before 24:00 and after.
    assert [line[board]["light"] for board in ("before", "after")] == ["YELLOW", "YELLOW"]
    assert line["after"]["because"]["en"] == "due on 2015-08-28"


def test_a_unit_that_never_received_is_late_by_the_deemed_receipt(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-08-06T09:00")
    accepted(city, ticket, "2015-08-15T09:00", stated_on=date(2015, 8, 10))

    # Issued on Thursday the 6th, deemed received on Friday the 7th, due on the 14th; the 15th is day 8. What the unit says
    # of an earlier paper is shown and changes nothing.
    [line] = listed(city, "LateAcceptances")
    assert of([line]) == [("用地指标", 8, 8, 1)]
    assert (line["receivedOn"], line["receiptDeemed"], line["statedOn"]) == ("2015-08-07", True, "2015-08-10")
    assert resting_on(line) == ["ticket.receipt_deemed", "ticket.acceptance_lapsed", "ticket.accepted"]


def test_a_return_and_a_supporting_unit_are_told_apart(city: City) -> None:
    do = Tickets(city)
    returned, supported = received(city, "2015-08-06", "returned", "supported")
    do("2015-08-06T11:00", ISSUER, "add_ticket_support", supported, unit="planning-bureau")
    do("2015-08-06T12:00", PLANNING, "receive_ticket", supported)
    do("2015-08-14T09:00", LAND, "return_ticket", returned, opinion="不属本局")
    do("2015-08-14T10:00", PLANNING, "accept_ticket", supported, opinion="同意", promised_by=date(2015, 9, 1))

    # A late return answers the deadline and is no acceptance. Of the handlings of one ticket only the late one is listed.
    [line] = listed(city, "LateAcceptances")
    assert (line["ticket"]["subject"], line["handling"], line["role"]) == ("supported", 2, "SUPPORT")
    assert line["unit"]["code"] == "planning-bureau"
    assert listed(city, "LateAcceptances", unit="land-bureau") == []
    assert listed(city, "LateAcceptances", unit="planning-bureau") == [line]


def test_the_pages_of_a_long_answer_neither_skip_nor_repeat_while_the_record_goes_on(city: City) -> None:
    tickets = received(city, "2015-08-06", *"12345")
    for day, ticket in enumerate(tickets, start=15):
        accepted(city, ticket, f"2015-08-{day}T09:00")
    whole = listed(city, "LateAcceptances")

    first = answered(city, "LateAcceptances", first=2)["lateAcceptances"]
    [later] = received(city, "2015-08-20", "later")
    accepted(city, later, "2015-09-01T09:00")
    cursor = first["pageInfo"]["endCursor"]
    second = answered(city, "LateAcceptances", first=2, after=cursor)["lateAcceptances"]
    third = answered(city, "LateAcceptances", first=2, after=second["pageInfo"]["endCursor"])["lateAcceptances"]

    assert first["nodes"] + second["nodes"] + third["nodes"] == whole
    assert (second["totalCount"], third["pageInfo"]["hasNextPage"]) == (5, False)
    assert len(paged(city, "LateAcceptances", size=4)) == 6


def test_a_cursor_of_another_unit_or_moment_is_refused(city: City) -> None:
    for ticket in received(city, "2015-08-06", "one", "other"):
        accepted(city, ticket, "2015-08-15T09:00")
    cursor = answered(city, "LateAcceptances", first=1)["lateAcceptances"]["pageInfo"]["endCursor"]

    elsewhere = city.execute("LateAcceptances", {"unit": "land-bureau", "after": cursor})
    earlier = city.execute("LateAcceptances", {"at": moment_before(city.record.head.position), "after": cursor})

    assert [error.extensions["code"] for error in elsewhere.errors] == ["CURSOR_OF_ANOTHER_LIST"]
    assert [error.extensions["code"] for error in earlier.errors] == ["CURSOR_OF_ANOTHER_MOMENT"]


def test_the_command_line_gives_the_same_answer_now_and_then(city: City, tmp_path: Path) -> None:
    [ticket] = received(city, "2015-08-06")
    accepted(city, ticket, "2015-08-20T09:00")
    [line] = listed(city, "LateAcceptances")

    now = told(tmp_path, "late-acceptances", "--set", "unit=land-bureau", "--set", "first=5")["lateAcceptances"][
        "nodes"
    ]
    then = told(tmp_path, "1", "--at", "2015-08-19")["lateAcceptances"]["nodes"]
    printed = said(tmp_path, "1", "--at", "2015-08-20")

    # The nouns of a pinned moment carry that moment in their ids; all else is the same.
    for node in (line, *now):
        del node["ticket"]["id"], node["unit"]["id"]
    assert now == [line]
    assert then == []
    assert "1. Which tickets were accepted on day 8 or later" in printed
    assert "dayNumber: 14" in printed
