"""The working-day calendar 工作日历: which days the State Council makes holidays, which weekend days are worked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from txapi.domain.errors import BadInput

SATURDAY = 5


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A day off and the name of its holiday, in Chinese as in the notice."""

    date: date
    name: str


class CalendarEdition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The arrangement of one year, as adopted into the record.

    Only what differs from the week matters: `holidays` (with the days taken in lieu; weekend days may be named as well)
    and `workdays`, weekend days that are worked. A notice may name days of the December before. BadInput BAD_EDITION.
    """

    edition: str
    year: int
    notice: str
    holidays: tuple[Holiday, ...]
    workdays: tuple[date, ...]
    source: str | None = None

    def __post_init__(self) -> None:
        off = [holiday.date for holiday in self.holidays]
        for name, days in (("holidays", off), ("workdays", list(self.workdays))):
            if len(set(days)) != len(days):
                raise BadInput("BAD_EDITION", f"{name} names a day twice", (name,))
            for day in days:
                if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                    raise BadInput("BAD_EDITION", f"{day} is no day that a notice for {self.year} arranges", (name,))
        both = set(off) & set(self.workdays)
        if both:
            raise BadInput("BAD_EDITION", f"{min(both)} is both a holiday and a working day", ("workdays",))
        for day in self.workdays:
            if day.weekday() < SATURDAY:
                raise BadInput("BAD_EDITION", f"{day} is no weekend day, so it is worked anyway", ("workdays",))


class Calendars:
    """The editions in force, by year: the newest adopted for a year wins. Immutable."""

    def __init__(self, editions: Iterable[CalendarEdition] = ()) -> None:
        self._editions = {edition.year: edition for edition in editions}
        self._worked: dict[date, bool] = {}
        for year in sorted(self._editions):
            # A later year's notice may rearrange the last days of December, so it is read after the earlier one.
            for holiday in self._editions[year].holidays:
                self._worked[holiday.date] = False
            for day in self._editions[year].workdays:
                self._worked[day] = True

    def with_edition(self, edition: CalendarEdition) -> Calendars:
        """These calendars after the adoption of an edition, which replaces an earlier one of its year."""
        return Calendars([*(kept for year, kept in self._editions.items() if year != edition.year), edition])

    def knows(self, day: date) -> bool:
        """Whether an edition for the year of that day was adopted. Where none was, only weekends are known."""
        return day.year in self._editions

    def edition_of(self, day: date) -> str | None:
        """The edition for the year of that day; None where none was adopted."""
        edition = self._editions.get(day.year)
        return edition.edition if edition else None

    @property
    def years(self) -> list[int]:
        """The years that are known, in order."""
        return sorted(self._editions)

    def is_working_day(self, day: date) -> bool:
        """Whether that day is worked; in a year that no edition knows, Monday to Friday are."""
        worked = self._worked.get(day)
        return day.weekday() < SATURDAY if worked is None else worked

    def next_working_day(self, day: date) -> date:
        """That day where it is worked, or else the first working day after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """The last of `count` working days after that day, which itself is not counted."""
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day
