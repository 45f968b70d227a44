"""Lights of past days 往日亮灯: what the board showed on an evening, and what the same evening looks like with what is known since.

The evening of a day is its last instant before 24:00. What counts for it "as known at a position": every statement that had
been made by then, as it reads at that position, and every fact of the world of that day or earlier, whenever it was recorded.
Thresholds are those adopted by that evening. A noun that the record did not know yet had no light.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from txapi.audit.questions.adopted import Adopted, thresholds_on
from txapi.audit.questions.versions import versions_of
from txapi.domain.dates import day_of, end_of
from txapi.domain.editions import Thresholds
from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.pace import light as light_of_target
from txapi.domain.project.base import ProjectCondition
from txapi.domain.project.light import light as light_of_project
from txapi.domain.project.light import signs_of
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.light import grounds
from txapi.domain.ticket.light import light as light_of_ticket
from txapi.domain.ticket.values import Handling, LapseKind
from txapi.projections.moment import Reader
from txapi.projections.project_lights import state_of
from txapi.projections.project_rows import LEADERS, MILESTONES, PROJECTS, LeaderRow, MilestoneRow, ProjectRow
from txapi.projections.select import marks
from txapi.projections.targets import FIGURES, TARGETS
from txapi.projections.ticket_rows import HANDLINGS, TICKETS, HandlingRow, TicketRow
from txapi.record.instants import instant, micros

_NO_THRESHOLDS = Label(zh="尚未采用阈值", en="no thresholds were adopted")
_LAST_INSTANT = timedelta(microseconds=1)


class LightHistory(Protocol):
    """The lights of some nouns of one kind on past days."""

    def shown(self, noun: str, day: date) -> LightVerdict | None:
        """What the board showed on the evening of that day; None where it knew no such noun."""
        ...

    def known(self, noun: str, day: date, position: int) -> LightVerdict | None:
        """The light of that evening by what was known at a later position; None where the board knew no such noun then."""
        ...


class _Evenings:
    """The thresholds of an evening."""

    def __init__(self, adopted: Adopted) -> None:
        self._adopted = adopted
        self._on: dict[date, Thresholds | None] = {}

    def thresholds(self, day: date) -> Thresholds | None:
        """The thresholds that had been adopted by the end of that day and were in force on it."""
        if day not in self._on:
            self._on[day] = thresholds_on(self._adopted.before(end_of(day)), day)
        return self._on[day]


def _grey() -> LightVerdict:
    return LightVerdict(Light.GREY, _NO_THRESHOLDS)


class TicketLights(_Evenings):
    """Of a ticket only receipts, and the deadlines that follow from them, are ever dated anew; and lapses marked by it."""

    def __init__(self, reader: Reader, tickets: Sequence[str], adopted: Adopted) -> None:
        super().__init__(adopted)
        self._tickets = versions_of(TICKETS, reader, tickets)
        self._handlings = versions_of(HANDLINGS, reader, tickets)

    def shown(self, noun: str, day: date) -> LightVerdict | None:
        """By the row of that evening."""
        rows = self._tickets.before(noun, end_of(day))
        thresholds = self.thresholds(day)
        if not rows or thresholds is None:
            return _grey() if rows else None
        return light_of_ticket(rows[0].light_grounds, end_of(day) - _LAST_INSTANT, thresholds)

    def known(self, noun: str, day: date, position: int) -> LightVerdict | None:
        """As it stood that evening, with every receipt dated as it reads at the position."""
        end = end_of(day)
        rows, thresholds = self._tickets.before(noun, end), self.thresholds(day)
        if not rows or thresholds is None:
            return _grey() if rows else None
        read = {row.number: row for row in self._handlings.at(noun, position)}
        handlings = [_dated(row.known(), read.get(row.number), end) for row in self._handlings.before(noun, end)]
        return light_of_ticket(grounds(_ticket(rows[0], handlings)), end - _LAST_INSTANT, thresholds)


def _dated(handling: Handling, read: HandlingRow | None, end: datetime) -> Handling:
    """A handling as it stood at an instant, with receipt, deadline and lapses as they read in another row of it."""
    if read is None:
        return handling
    receipt = read.receipt_known
    handling.delivery = read.delivery
    handling.receipt = receipt if receipt is not None and receipt.at < end else None
    handling.reply = read.reply_deadline if handling.receipt is not None else None
    # Reopening a ticket lets a date lapse that had been met; that is no correction, so promises stay as they stood.
    promised = [lapse for lapse in handling.lapses if lapse.kind is LapseKind.COMMITMENT]
    received = [lapse for lapse in read.lapses_recorded if lapse.kind is not LapseKind.COMMITMENT and lapse.at < end]
    handling.lapses = [*received, *promised]
    return handling


def _ticket(row: TicketRow, handlings: list[Handling]) -> Ticket:
    """As much of a ticket's state as its light depends on."""
    ticket = Ticket(row.entity_id)
    ticket.state, ticket.issuer, ticket.closed_at = row.state, row.issuer_code, row.closed_at
    ticket.handlings = sorted(handlings, key=lambda handling: handling.number)
    ticket.escalation, ticket.leader_steps = row.escalation, list(row.leader_steps)
    ticket.decisions, ticket.reminders = list(row.decisions_made), list(row.reminder_notes)
    return ticket


class ProjectLights(_Evenings):
    """Of a project milestones and leading officials have dates of their own; the rest counts from when it was said."""

    def __init__(self, reader: Reader, projects: Sequence[str], adopted: Adopted) -> None:
        super().__init__(adopted)
        self._projects = versions_of(PROJECTS, reader, projects)
        self._milestones = versions_of(MILESTONES, reader, projects)
        self._leaders = versions_of(LEADERS, reader, projects)
        self._news = _decisions(reader, projects)

    def shown(self, noun: str, day: date) -> LightVerdict | None:
        """By the row of that evening."""
        rows, thresholds = self._projects.before(noun, end_of(day)), self.thresholds(day)
        if not rows or thresholds is None:
            return _grey() if rows else None
        return light_of_project(rows[0].signs, day, thresholds)

    def known(self, noun: str, day: date, position: int) -> LightVerdict | None:
        """By the milestones reached and the officials leading that day; condition and forecasts as said by that evening."""
        known, thresholds = self._projects.before(noun, end_of(day)), self.thresholds(day)
        if not known or thresholds is None:
            return _grey() if known else None
        [row] = self._projects.at(noun, position)
        end = end_of(day)
        state = state_of(row, *self._facts(noun, day, position))
        state.milestones = tuple(
            msgspec.structs.replace(
                one, forecasts=tuple(said for said in one.forecasts if said.stated.decided_at < end)
            )
            for one in state.milestones
        )
        state.condition = _condition(row, end)
        state.changed_at = max((at for at in self._news.get(noun, ()) if at < end), default=None)
        return light_of_project(signs_of(state, day), day, thresholds)

    def _facts(self, noun: str, day: date, position: int) -> tuple[list[MilestoneRow], list[LeaderRow]]:
        leaders = [row for row in self._leaders.at(noun, position) if row.since_on <= day]
        return (
            sorted(self._milestones.at(noun, position), key=lambda row: row.rank),
            sorted(leaders, key=lambda row: row.stated_version),
        )


def _condition(row: ProjectRow, end: datetime) -> ProjectCondition:
    """Whether the project went on, by what had been said before that instant."""
    said = [change.condition for change in row.condition_facts if change.stated.decided_at < end]
    return said[-1] if said else ProjectCondition.ACTIVE


def _decisions(reader: Reader, streams: Sequence[str]) -> dict[str, list[datetime]]:
    """When something was decided about each of these nouns; one statement."""
    found: dict[str, list[datetime]] = {}
    if not streams:
        return found
    rows = reader.rows(
        f"SELECT stream, decided_at FROM events WHERE stream IN ({marks(streams)}) AND position <= ?",
        [*streams, reader.moment.position],
    )
    for stream, decided_at in rows:
        found.setdefault(stream, []).append(instant(decided_at))
    return found


class TargetLights(_Evenings):
    """Of a target figures have dates of their own; a goal counts from when it was stated or revised."""

    def __init__(self, reader: Reader, targets: Sequence[str], adopted: Adopted) -> None:
        super().__init__(adopted)
        self._targets = versions_of(TARGETS, reader, targets)
        self._figures = versions_of(FIGURES, reader, targets)

    def shown(self, noun: str, day: date) -> LightVerdict | None:
        """By the goal and the latest figure that were known that evening."""
        end = micros(end_of(day))
        rows = [one.row for one in self._targets.of(noun) if one.known_before(end)]
        thresholds = self.thresholds(day)
        if not rows or thresholds is None:
            return _grey() if rows else None
        figures = [one.row for one in self._figures.of(noun) if one.known_before(end)]
        latest = max(figures, key=lambda row: row.through, default=None)
        return light_of_target(
            latest.figure if latest else None, rows[0].goal_in_force(), latest.through if latest else None, thresholds
        )

    def known(self, noun: str, day: date, position: int) -> LightVerdict | None:
        """By the goal in force that evening, as it reads at the position, and the figures through that day."""
        end, thresholds = end_of(day), self.thresholds(day)
        known = self._targets.before(noun, end)
        if not known or thresholds is None:
            return _grey() if known else None
        [row] = self._targets.at(noun, position)
        goals = [fact.goal for fact in row.goal_facts if fact.decided_at < end]
        figures = [one for one in self._figures.at(noun, position) if one.through <= day]
        latest = max(figures, key=lambda one: one.through, default=None)
        return light_of_target(
            latest.figure if latest else None,
            goals[-1] if goals else None,
            latest.through if latest else None,
            thresholds,
        )


def last_over_day(clock: datetime) -> date:
    """The last day that is over at an instant."""
    return day_of(clock) - timedelta(days=1)
