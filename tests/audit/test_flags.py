"""What is flagged of the events behind a change: told late, or a correction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from txapi.audit.flags import Flags, flags_of, is_correction, last_day_of
from txapi.domain.dates import PartialDate
from txapi.domain.editions import MilestoneKind
from txapi.domain.event import Actor, Event, Metadata, Role
from txapi.domain.project import Project
from txapi.domain.target import Target
from txapi.domain.ticket import Ticket
from txapi.projections.moment import Moment
from txapi.record.record import RecordedEvent

META = Metadata(decided_at=datetime(2015, 8, 3, 1, tzinfo=UTC), actor=Actor("a", Role.SUPERVISOR), correlation_id="c")
# The evening of 31 July in Shanghai, at position 10.
CUT = Moment(10, datetime(2015, 7, 30, 1, tzinfo=UTC), datetime(2015, 7, 31, 10, tzinfo=UTC))


def reached(on: str) -> Event:
    return Project.MilestoneReached(
        originator_id="p", originator_version=4, meta=META, kind=MilestoneKind.STARTED, on=PartialDate.from_text(on),
        template="t", rank=9, skipped=(), final=False,
    )  # fmt: skip


def corrected(fields: dict[str, Any] | None) -> Event:
    return Project.FactCorrected(originator_id="p", originator_version=5, meta=META, corrects=4, fields=fields)


def flags(*events: Event, position: int = 11, day: int = 3, before: Moment = CUT) -> Flags:
    """The flags of events recorded at nine in the morning of a day of August 2015, one after the other."""
    at = datetime(2015, 8, day, 1, tzinfo=UTC)
    return flags_of(before, [RecordedEvent(position + n, at, event) for n, event in enumerate(events)])


def test_a_fact_of_the_closed_day_that_is_recorded_later_is_back_dated() -> None:
    assert flags(reached("2015-07-31")) == Flags(back_dated=True, correction=False, lag_days=3)
    assert flags(reached("2015-07-28")) == Flags(back_dated=True, correction=False, lag_days=6)


def test_a_fact_of_a_later_day_is_not() -> None:
    assert flags(reached("2015-08-01")) == Flags(back_dated=False, correction=False, lag_days=None)


def test_what_was_recorded_by_the_earlier_moment_is_not() -> None:
    assert flags(reached("2015-07-28"), position=10) == Flags(False, False, None)
    assert flags(reached("2015-07-28"), position=11).back_dated


def test_what_is_recorded_on_its_day_is_not_late() -> None:
    evening = Moment(10, datetime(2015, 8, 3, 0, tzinfo=UTC), datetime(2015, 8, 3, 0, 30, tzinfo=UTC))

    assert flags(reached("2015-08-03"), before=evening) == Flags(False, False, None)
    assert flags(reached("2015-08-02"), before=evening) == Flags(back_dated=True, correction=False, lag_days=1)


def test_the_valid_date_says_which_day_was_closed() -> None:
    by_july = Moment(10, CUT.recorded_at, CUT.clock, date(2015, 7, 15))

    assert not flags(reached("2015-07-16"), before=by_july).back_dated
    assert flags(reached("2015-07-15"), before=by_july).lag_days == 19


def test_the_last_day_counts_on_which_it_can_have_happened() -> None:
    # Mid-July ends on the 20th; what has no last day is not late.
    assert flags(reached("2015-07 mid")).lag_days == 14
    assert flags(reached("2015-07/..")) == Flags(False, False, None)


def test_the_latest_of_several_events_is_told() -> None:
    both = flags(reached("2015-07-30"), reached("2015-07-20"), reached("2015-08-02"))

    assert both == Flags(back_dated=True, correction=False, lag_days=14)
    assert flags() == Flags(False, False, None)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"on": {"earliest": "2015-07-29", "latest": "2015-07-29", "precision": "day"}}, date(2015, 7, 29)),
        ({"on": "2015-07-29"}, date(2015, 7, 29)),
        ({"on": None}, None),
        ({"note": "as found"}, None),
        (None, None),
    ],
)
def test_a_correction_is_of_the_day_that_it_puts_in_place(fields: Any, day: date | None) -> None:
    event = corrected(fields)

    assert is_correction(event)
    assert last_day_of(event) == day
    assert flags(reached("2015-08-02"), event).correction
    assert flags(event, reached("2015-08-02")).correction


def test_a_receipt_dated_anew_is_a_correction_and_dated() -> None:
    given: Any = {"handling": 1, "unit": "u", "received_at": META.decided_at, "received_on": date(2015, 7, 28)}
    deadline: Any = None
    anew = Ticket.ReceiptCorrected(
        originator_id="t", originator_version=5, meta=META, before=deadline, reply=deadline, **given
    )
    receipt = Ticket.Received(originator_id="t", originator_version=4, meta=META, reply=deadline, **given)

    assert (is_correction(anew), is_correction(receipt)) == (True, False)
    assert last_day_of(anew) == last_day_of(receipt) == date(2015, 7, 28)
    assert last_day_of(Target.Closed(originator_id="t", originator_version=5, meta=META)) is None
