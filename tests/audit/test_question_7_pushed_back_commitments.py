"""Question 7: which commitments were pushed back after, or just before, they lapsed?

Everybody promised 20 August 2015, so the date passes at 24:00 of that day. Just before: at most three days before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.audit.asking import listed, paged, resting_on, said, told
from tests.city import City, like
from tests.projections.ticket_city import ISSUER, LAND, PLANNING, Tickets, furnished
from txapi.domain.ticket.values import TicketOrigin

PROMISED = date(2015, 8, 20)
NAMES = ("after", "last day", "midnight", "early", "three days", "refused", "sent on", "reopened", "confirmed")


def august(folder: Path) -> City:
    """Ten tickets of August 2015; the clock stands at 11 September."""
    city = furnished(folder, "2015-08-03T08:00")
    do = Tickets(city)
    one = {name: do.issued("2015-08-03T09:00", subject=name) for name in NAMES}
    for ticket in one.values():
        do("2015-08-04T09:00", LAND, "receive_ticket", ticket)
    for ticket in one.values():
        do("2015-08-05T09:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=PROMISED)
    do("2015-08-10T09:00", LAND, "ask_ticket_extension", one["last day"], to=date(2015, 9, 1), reason="等待批复")
    one["item"] = do.drafted("2015-08-12T09:00", subject="item", origin=TicketOrigin.ON_SITE_MEETING)
    do("2015-08-12T10:00", ISSUER, "assign_ticket_on_site", one["item"], unit="planning-bureau", due=PROMISED)
    extended(do, one["early"], "2015-08-16", date(2015, 8, 30))
    extended(do, one["three days"], "2015-08-17", date(2015, 8, 21))
    do("2015-08-18T09:00", LAND, "ask_ticket_extension", one["midnight"], to=date(2015, 8, 31), reason="等待批复")
    do("2015-08-18T10:00", LAND, "resolve_ticket", one["reopened"], outcome="已办结")
    do("2015-08-18T10:00", LAND, "resolve_ticket", one["confirmed"], outcome="已办结")
    do("2015-08-19T09:00", LAND, "ask_ticket_extension", one["refused"], to=date(2015, 9, 1), reason="等待批复")
    do("2015-08-19T10:00", ISSUER, "decide_ticket_extension", one["refused"], granted=False, opinion="不同意")
    do("2015-08-19T11:00", ISSUER, "reassign_ticket", one["sent on"], to="planning-bureau", reason="职责调整")
    do("2015-08-19T12:00", ISSUER, "reopen_ticket", one["reopened"], due=date(2015, 8, 31), reason="未真正解决")
    do("2015-08-19T13:00", ISSUER, "confirm_ticket", one["confirmed"])
    do("2015-08-20T09:00", PLANNING, "receive_ticket", one["sent on"])
    do("2015-08-20T10:00", ISSUER, "reopen_ticket", one["confirmed"], due=date(2015, 9, 5), reason="问题复发")
    do("2015-08-20T23:59:59.999999", ISSUER, "decide_ticket_extension", one["last day"], granted=True)
    do("2015-08-21T00:00", ISSUER, "decide_ticket_extension", one["midnight"], granted=True, opinion="同意延期")
    do("2015-08-21T09:00", PLANNING, "accept_ticket", one["sent on"], opinion="同意", promised_by=date(2015, 9, 15))
    do("2015-08-21T09:00", LAND, "ask_ticket_extension", one["after"], to=date(2015, 9, 10), reason="等待批复")
    do("2015-08-21T10:00", ISSUER, "assign_ticket_on_site", one["item"], unit="land-bureau", due=date(2015, 9, 1),
       reason="改由国土局办理")  # fmt: skip
    do("2015-08-24T09:00", ISSUER, "decide_ticket_extension", one["after"], granted=True)
    extended(do, one["after"], "2015-09-10", date(2015, 9, 20))
    city.at("2015-09-11T09:00")
    return city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = like(tmp_path, august)
    yield city
    city.close()


def extended(do: Tickets, ticket: str, day: str, to: date) -> None:
    """An extension asked and granted on that day."""
    do(f"{day}T09:00", LAND, "ask_ticket_extension", ticket, to=to, reason="等待批复")
    do(f"{day}T10:00", ISSUER, "decide_ticket_extension", ticket, granted=True)


def short(lines: list[Any]) -> list[tuple[str, str, str, str, int, int | None, bool]]:
    """About what, the old date, the new, how it came, days left at the decision and at the asking, and whether lapsed."""
    return [
        (
            line["ticket"]["subject"],
            line["old"],
            line["new"],
            line["newGround"],
            line["daysLeft"],
            line["askedDaysLeft"],
            line["afterLapse"],
        )
        for line in lines
    ]


EXPECTED = [
    # Granted on the 17th: three days are left. (Asked the same day.)
    ("three days", "2015-08-20", "2015-08-21", "EXTENDED", 3, 3, False),
    # Sent on on the 19th, one day before; the next unit promised 15 September.
    ("sent on", "2015-08-20", "2015-09-15", "PROMISED", 1, None, False),
    # Resolved on the 18th, not confirmed but reopened on the 19th: the promise was not kept.
    ("reopened", "2015-08-20", "2015-08-31", "REOPENED", 1, None, False),
    # Granted in the last microsecond of the 20th, although asked ten days before.
    ("last day", "2015-08-20", "2015-09-01", "EXTENDED", 0, 10, False),
    # Granted at 00:00 of the 21st: that is after the lapse. Asked on the 18th.
    ("midnight", "2015-08-20", "2015-08-31", "EXTENDED", -1, 2, True),
    # An item of a meeting on the spot, given to another unit with another date on the 21st.
    ("item", "2015-08-20", "2015-09-01", "ASSIGNED", -1, None, True),
    # Asked on the 21st and granted on the 24th, four days late; and extended again on its new last day.
    ("after", "2015-08-20", "2015-09-10", "EXTENDED", -4, -1, True),
    ("after", "2015-09-10", "2015-09-20", "EXTENDED", 0, 0, False),
]
"""Not in it: "early" (four days were left), "refused", and "confirmed", whose promise was kept before it was reopened."""


def test_every_way_of_pushing_a_date_back_is_told_in_the_order_in_which_it_happened(city: City) -> None:
    assert short(listed(city, "PushedBackCommitments")) == EXPECTED


@pytest.mark.parametrize(("days", "more"), [(0, []), (1, ["sent on", "reopened"]), (4, ["early", "three days"])])
def test_how_many_days_count_as_just_before_is_for_the_auditor_to_say(city: City, days: int, more: list[str]) -> None:
    subjects = [line[0] for line in short(listed(city, "PushedBackCommitments", withinDays=days))]

    assert subjects[-5:] == ["last day", "midnight", "item", "after", "after"]
    assert subjects[: len(more)] == more


def test_every_line_names_the_events_that_it_rests_on(city: City) -> None:
    lines = {(line["ticket"]["subject"], line["old"]): line for line in listed(city, "PushedBackCommitments")}

    after = lines["after", "2015-08-20"]
    assert resting_on(after) == [
        "ticket.accepted",
        "ticket.commitment_lapsed",
        "ticket.extension_asked",
        "ticket.extension_decided",
    ]
    assert (after["reason"], after["asked"]["actor"]["unit"]) == ("等待批复", "land-bureau")
    assert [event["actor"]["unit"] for event in after["pushed"]] == ["chongfu"]
    assert (after["daysWon"], after["extension"]["by"]) == (21, "chongfu")
    again = lines["after", "2015-09-10"]
    assert again["made"] == after["pushed"][0]
    assert resting_on(again) == ["ticket.extension_decided", "ticket.extension_asked", "ticket.extension_decided"]
    sent_on = lines["sent on", "2015-08-20"]
    assert [event["type"] for event in sent_on["pushed"]] == ["ticket.reassigned", "ticket.accepted"]
    assert (sent_on["unit"]["code"], sent_on["newUnit"]["code"]) == ("land-bureau", "planning-bureau")
    assert (sent_on["handling"], sent_on["newHandling"], sent_on["reason"]) == (1, 2, "职责调整")
    item = lines["item", "2015-08-20"]
    assert resting_on(item) == ["ticket.assigned_on_site", "ticket.commitment_lapsed", "ticket.assigned_on_site"]
    assert item["reason"] == "改由国土局办理"
    reopened = lines["reopened", "2015-08-20"]
    assert resting_on(reopened) == ["ticket.accepted", "ticket.reopened"]


def test_a_moment_of_the_past_knows_what_had_been_pushed_back_by_then(city: City) -> None:
    then = listed(city, "PushedBackCommitments", at={"time": "2015-08-21T08:59:59+08:00"})

    # The next unit of "sent on" promises at nine, and the item is given to another unit at ten.
    assert [line[0] for line in short(then)] == ["three days", "reopened", "last day", "midnight"]


def test_the_dates_of_one_unit_can_be_asked_for(city: City) -> None:
    assert [line[0] for line in short(listed(city, "PushedBackCommitments", unit="planning-bureau"))] == ["item"]


def test_a_unit_that_promised_nothing_does_not_hide_that_the_date_was_pushed_back(city: City) -> None:
    do = Tickets(city)
    ticket = do.issued("2015-09-14T09:00", subject="there and back")
    do("2015-09-15T09:00", LAND, "receive_ticket", ticket)
    do("2015-09-15T10:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 9, 20))
    do("2015-09-19T09:00", ISSUER, "reassign_ticket", ticket, to="planning-bureau", reason="职责调整")
    do("2015-09-19T10:00", PLANNING, "receive_ticket", ticket)
    do("2015-09-19T11:00", PLANNING, "return_ticket", ticket, opinion="不属本局职责")
    do("2015-09-20T09:00", ISSUER, "reassign_ticket", ticket, to="land-bureau", reason="退回原单位")
    do("2015-09-20T10:00", LAND, "receive_ticket", ticket)
    do("2015-09-20T11:00", LAND, "accept_ticket", ticket, opinion="同意", promised_by=date(2015, 10, 30))

    [line] = [one for one in listed(city, "PushedBackCommitments") if one["ticket"]["subject"] == "there and back"]

    # The old date was given up on the 19th, one day before its last, when the ticket was sent on for the first time.
    assert short([line]) == [("there and back", "2015-09-20", "2015-10-30", "PROMISED", 1, None, False)]
    assert (line["handling"], line["newHandling"], line["newUnit"]["code"]) == (1, 3, "land-bureau")
    assert [event["type"] for event in line["pushed"]] == ["ticket.reassigned", "ticket.reassigned", "ticket.accepted"]
    assert line["reason"] == "职责调整"


@pytest.mark.parametrize("days", [-1, 367])
def test_a_number_of_days_that_makes_no_sense_is_an_error(city: City, days: int) -> None:
    result = city.execute("PushedBackCommitments", {"withinDays": days})

    assert [error.extensions["code"] for error in result.errors] == ["BAD_DAYS"]


@pytest.mark.parametrize("size", [1, 3])
def test_pages_follow_each_other(city: City, size: int) -> None:
    assert short(paged(city, "PushedBackCommitments", size=size)) == EXPECTED


def test_the_command_line_gives_the_same_answer_now_and_then(city: City, tmp_path: Path) -> None:
    now = told(tmp_path, "pushed-back-commitments")["pushedBackCommitments"]["nodes"]
    then = told(tmp_path, "7", "--at", "2015-08-20", "--set", "withinDays=0")["pushedBackCommitments"]["nodes"]

    assert short(now) == EXPECTED
    assert [line[0] for line in short(then)] == ["last day"]
    assert "7. Which commitments were pushed back" in said(tmp_path, "7")
