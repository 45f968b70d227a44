"""Rates 完成率: how much of a supervision list is done, exactly, and only where every stated member is known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput
from txapi.domain.event import Basis
from txapi.domain.quantity import Ratio


class Member(msgspec.Struct, frozen=True, gc=False):
    """A project's place on a list: when it was entered, when removed (None: still on it), when it was done (None: not)."""

    entered: PartialDate
    removed: PartialDate | None = None
    done: PartialDate | None = None

    def on_list(self, valid_on: date | None) -> bool:
        """Whether it was on the list at the end of that day; None: as known."""
        if valid_on is None:
            return self.removed is None
        return self.entered.reached_by(valid_on) and not (
            self.removed is not None and self.removed.reached_by(valid_on)
        )

    def done_by(self, valid_on: date | None) -> bool:
        """Whether it was done by the end of that day; None: as known."""
        return self.done is not None and (valid_on is None or self.done.reached_by(valid_on))


def rate(members: Iterable[Member], count_stated: int | None, valid_on: date | None = None) -> Ratio | None:
    """Done over listed, by the end of that day; None unless as many members are known as the list is stated to have.

    A list whose count nobody stated is computed from the members that are known; an empty one has no rate.
    """
    listed = [member for member in members if member.on_list(valid_on)]
    return rate_of(sum(member.done_by(valid_on) for member in listed), len(listed), count_stated)


def rate_of(done: int, listed: int, count_stated: int | None) -> Ratio | None:
    """The same of members that were counted."""
    if not listed or (count_stated is not None and listed != count_stated):
        return None
    return Ratio(done, listed)


def published_rate(done: int, listed: int) -> Ratio:
    """The rate that two printed counts make: 86 of 129 is 66.7 %. BadInput BAD_COUNT."""
    if listed <= 0 or not 0 <= done <= listed:
        raise BadInput("BAD_COUNT", f"{done} of {listed} is no rate")
    return Ratio(done, listed, Basis.COMPUTED)


def first_reached(dates: Iterable[PartialDate]) -> PartialDate | None:
    """Of the milestones that count as done 口径, the one that was certainly reached first; None of none."""
    return min(dates, key=lambda when: when.latest or date.max, default=None)
