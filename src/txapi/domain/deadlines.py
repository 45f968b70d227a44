"""A deadline 时限: the instant 24:00 of a last day, with the policy and the calendar edition that gave it."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta

import msgspec

from txapi.domain.calendar import Calendars
from txapi.domain.dates import day_of, end_of
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.labels import Label, labelled

DAYS_MAX = 366


class Counting(enum.Enum):
    """Which days a policy counts."""

    CALENDAR = "calendar"
    WORKING = "working"


labelled(
    {
        Counting.CALENDAR: ("自然日", "calendar days"),
        Counting.WORKING: ("工作日", "working days"),
    }
)


class DeadlinePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How a reply deadline 受理时限 is counted, as adopted into the record.

    The day of receipt is not counted. Where the policy `rolls`, a last day that is no working day moves to the next
    working day. `deemed_receipt_working_days` after issue a ticket counts as received; None: never. BadInput
    BAD_EDITION.
    """

    edition: str
    label: Label
    days: int
    counting: Counting
    rolls: bool
    deemed_receipt_working_days: int | None
    basis: Basis
    active: bool = True
    source: str | None = None
    note: Label | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.days <= DAYS_MAX:
            raise BadInput("BAD_EDITION", f"days must be from 1 to {DAYS_MAX}", ("days",))
        if self.deemed_receipt_working_days is not None and not 1 <= self.deemed_receipt_working_days <= DAYS_MAX:
            raise BadInput("BAD_EDITION", f"days must be from 1 to {DAYS_MAX}", ("deemed_receipt_working_days",))


class Deadline(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """By when something is due, fixed when it is set and kept in the event.

    `due` (UTC) is 24:00 in Shanghai of `last_day`. `policy` and `calendar` are the editions that gave it (the calendar
    of the last day's year), None where a person set the day. `provisional`: a day about which the calendar was asked
    lies in a year that no edition knew.
    """

    due: datetime
    last_day: date
    policy: str | None = None
    calendar: str | None = None
    provisional: bool = False

    def met_at(self, instant: datetime) -> bool:
        """Whether what was decided at that instant is in time: before 24:00 of the last day. At 24:00 it is late."""
        return instant < self.due

    def passed_at(self, instant: datetime) -> bool:
        """Whether the deadline has lapsed at that instant, if nothing met it before."""
        return instant >= self.due

    @classmethod
    def on(cls, last_day: date) -> Deadline:
        """A deadline that a person set: a promised date, a time limit of a meeting. It ends at 24:00 of that day."""
        return cls(due=end_of(last_day), last_day=last_day)


def reply_deadline(received: datetime | date, policy: DeadlinePolicy, calendars: Calendars) -> Deadline:
    """By when a unit must reply that received a ticket at that instant, or on that day in Shanghai.

    Seven calendar days, rolling: received 2015-08-06, due 08-13; 08-28, due 09-06 (a Sunday that was worked); 09-25,
    due 10-08. Seven working days: 08-17, 09-09, 10-12.
    """
    first = day_of(received) if isinstance(received, datetime) else received
    if policy.counting is Counting.WORKING:
        last = calendars.working_days_after(first, policy.days)
        return _deadline(first + timedelta(days=1), last, policy, calendars)
    last = first + timedelta(days=policy.days)
    if not policy.rolls:
        return _deadline(None, last, policy, calendars)
    return _deadline(last, calendars.next_working_day(last), policy, calendars)


def deemed_receipt(issued_at: datetime, policy: DeadlinePolicy, calendars: Calendars) -> Deadline | None:
    """When a ticket that nobody received counts as received 视同签收; None where the policy knows no such thing.

    It lapses at 24:00 of the first working day after the day of issue (or of as many as the policy says), and the
    receipt is dated on that day: pass its `last_day`, not `due`, to `reply_deadline`.
    """
    if policy.deemed_receipt_working_days is None:
        return None
    first = day_of(issued_at)
    last = calendars.working_days_after(first, policy.deemed_receipt_working_days)
    return _deadline(first + timedelta(days=1), last, policy, calendars)


def _deadline(consulted: date | None, last: date, policy: DeadlinePolicy, calendars: Calendars) -> Deadline:
    """The deadline that ends with `last`; the calendar was asked about the days from `consulted` on, if at all."""
    if consulted is None:
        return Deadline(due=end_of(last), last_day=last, policy=policy.edition)
    known = all(calendars.knows(date(year, 1, 1)) for year in range(consulted.year, last.year + 1))
    return Deadline(
        due=end_of(last),
        last_day=last,
        policy=policy.edition,
        calendar=calendars.edition_of(last),
        provisional=not known,
    )
