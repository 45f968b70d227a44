"""A moment pinned 时点: what a form is asked of, so that the same moment gives the same form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from txapi.domain.dates import day_of, start_of

if TYPE_CHECKING:
    from txapi.projections.moment import Moment


@dataclass(frozen=True, slots=True)
class Pinned:
    """A position, when it was recorded, and a clock that stands for its whole day."""

    position: int
    recorded_at: datetime
    clock: datetime

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """The moment with its clock set back as far as changes nothing.

        What the clock alone changes, it changes at the turn of a day: any instant of the day behind the last event judges alike.
        """
        return cls(moment.position, moment.recorded_at, max(start_of(moment.day), moment.recorded_at))

    @property
    def day(self) -> date:
        """The clock's day."""
        return day_of(self.clock)

    @property
    def at(self) -> dict[str, Any]:
        """The position as operations take it."""
        return {"position": str(self.position)}

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of an operation that is asked of this moment."""
        return {"at": self.at, "clock": self.clock.isoformat()}
