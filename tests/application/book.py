"""The naive book: plain lists and dicts of what was acknowledged, and what the record must therefore say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import chinese_calendar

from txapi.application.desk import Done
from txapi.domain.event import Actor, Metadata, Role
from txapi.domain.project import Project
from txapi.domain.target import Target
from txapi.domain.ticket import Ticket
from txapi.record.record import Record

SHANGHAI = timezone(timedelta(hours=8))
KNOWN_YEARS = (2015, 2016)


@dataclass
class Told:
    """What one event of a project or target told: a fact, or (`corrects`) what became of an earlier one."""

    version: int
    what: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    corrects: int | None = None
    retracts: bool = False


@dataclass
class Turn:
    """One leading unit's turn with a ticket."""

    unit: str
    addressed: datetime
    received_on: date | None = None
    deemed: bool = False
    answered: datetime | None = None
    ended: datetime | None = None
    corrected: bool = False

    @property
    def due(self) -> datetime | None:
        """24:00 of the seventh day after the receipt, or of the next working day."""
        return None if self.received_on is None else midnight_after(rolled(self.received_on + timedelta(days=7)))


@dataclass
class Paper:
    """A ticket, as anybody would keep it on paper."""

    state: str
    issuer: str
    handler: str
    turns: list[Turn] = field(default_factory=list)
    supported: bool = False

    def tick(self, now: datetime) -> None:
        """A unit that stays silent counts as having received the ticket at the end of the next working day."""
        if not self.turns or self.turns[-1].received_on is not None or self.turns[-1].ended is not None:
            return
        turn = self.turns[-1]
        day = shanghai_day(turn.addressed) + timedelta(days=1)
        while not works(day):
            day += timedelta(days=1)
        if now >= midnight_after(day):
            turn.received_on, turn.deemed, self.state = day, True, "received"


def shanghai_day(instant: datetime) -> date:
    """The day in Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def midnight_after(day: date) -> datetime:
    """24:00 of the day in Shanghai."""
    return (datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)).astimezone(UTC)


def works(day: date) -> bool:
    """Whether offices work, as far as the calendars of this record say."""
    return bool(chinese_calendar.is_workday(day)) if day.year in KNOWN_YEARS else day.weekday() < 5


def rolled(day: date) -> date:
    """The day, or the next one on which offices work."""
    while not works(day):
        day += timedelta(days=1)
    return day


class Book:
    """Keeps what was acknowledged and compares it with the record."""

    def __init__(self, record: Record) -> None:
        self.head = self.before = record.head.position
        self.versions = _versions(record)
        self.commands: list[tuple[Done, Metadata]] = []
        self.by_watch: set[int] = set()
        self.told: dict[str, list[Told]] = {}
        self.papers: dict[str, Paper] = {}
        self.successors: dict[str, str] = {}

    def acknowledge(self, done: Done, meta: Metadata) -> None:
        """A command was carried out: its events, if anything had to change, follow on what there was."""
        assert done.first == self.head + 1
        assert done.last >= self.head
        self.head = done.last
        self.versions[done.id] = self.versions.get(done.id, 0) + done.last - done.first + 1
        if done.last >= done.first:
            self.commands.append((done, meta))

    def watched(self, record: Record, head: int) -> None:
        """The watch ran, up to the new head."""
        for recorded in record.read(self.head, head - self.head):
            self.by_watch.add(recorded.position)
            self.versions[recorded.event.originator_id] += 1
        self.head = head

    # -- facts and corrections -------------------------------------------------------------------------------------

    def tell(self, done: Done, what: str, **values: Any) -> None:
        """A fact of a project or target was acknowledged."""
        self.told.setdefault(done.id, []).append(Told(self.versions[done.id], what, values))

    def correct(self, done: Done, corrects: int, values: dict[str, Any] | None) -> None:
        """A correction was acknowledged; None retracts."""
        told = self.told.setdefault(done.id, [])
        for one in told:
            if one.version == corrects and values is not None:
                # A second correction adds to what the ones before it put in place.
                values = {**(_reading(one, told) or one).values, **values}
        told.append(Told(self.versions[done.id], values=values or {}, corrects=corrects, retracts=values is None))

    def in_force(self, id: str) -> list[Told]:
        """The facts as they read now: each as the last correction in force that speaks of it says."""
        told = self.told.get(id, [])
        facts = []
        for one in told:
            now = _reading(one, told)
            if one.corrects is None and now is not None:
                facts.append(now)
        return facts

    # -- comparing -------------------------------------------------------------------------------------------------

    def compare(self, record: Record, now: datetime) -> None:
        """The record says what was acknowledged, and nothing else."""
        self._compare_positions(record)
        for id, paper in self.papers.items():
            _compare_ticket(record.load(Ticket, id), paper, now)
        for id in self.told:
            if record.kind_of(id) == "target":
                self._compare_target(record.load(Target, id))
            elif record.kind_of(id) == "project":
                self._compare_project(record.load(Project, id))

    def _compare_positions(self, record: Record) -> None:
        events = {one.position: one.event for one in record.read_all(self.before)}
        assert list(events) == list(range(self.before + 1, self.head + 1))
        claimed = set(self.by_watch)
        for done, meta in self.commands:
            own = set(range(done.first, done.last + 1))
            assert not own & claimed
            claimed |= own
            for position in own:
                event = events[position]
                assert event.originator_id == done.id
                assert meta.command_id in (event.meta.command_id, event.meta.causation_id)
            assert events[done.last].meta.command_id == meta.command_id
        assert claimed == set(events)
        commands = [event.meta.command_id for event in events.values() if event.meta.command_id]
        assert set(commands) == {meta.command_id for _, meta in self.commands}
        assert _versions(record) == self.versions

    def _compare_target(self, target: Target) -> None:
        figures = sorted((f.values["through"], f.version, f.values["value"]) for f in self._of(target.id, "figure"))
        assert [(one.through, one.version, _number(one.value)) for one in target.figures] == figures, self.told[
            target.id
        ]
        goals = [fact.values["goal"] for fact in self._of(target.id, "goal")]
        assert [_number(one.goal.value) for one in target.goals] == goals

    def _compare_project(self, project: Project) -> None:
        reached = {fact.values["kind"]: fact.values["on"] for fact in self._of(project.id, "reached")}
        found = {one.kind.value: one.actual.latest for one in project.reached() if one.actual is not None}
        assert found == reached
        for what, members in (("list", project.lists), ("group", project.groups), ("parcel", project.parcels)):
            inside: set[str] = set()
            for fact in self.in_force(project.id):
                if fact.what == f"into {what}":
                    inside.add(fact.values["of"])
                elif fact.what == f"out of {what}":
                    inside.discard(fact.values["of"])
            assert {member.of for member in members if member.left is None} == inside
        leads = None
        for fact in self.in_force(project.id):
            if fact.what == "leader":
                leads = fact.values["name"]
        term = project.leader()
        assert (term.official.name if term else None) == leads

    def _of(self, id: str, what: str) -> list[Told]:
        return [fact for fact in self.in_force(id) if fact.what == what]

    # -- tickets ---------------------------------------------------------------------------------------------------

    def acts_for(self, actor: Actor, unit: str) -> bool:
        """Whether the actor acts for the unit, or for one that it was merged into, through any number of mergers."""
        if actor.role in (Role.ADMINISTRATOR, Role.SYSTEM):
            return True
        seen: set[str] = set()
        while unit not in seen:
            if actor.role is Role.CLERK and actor.unit == unit:
                return True
            seen.add(unit)
            unit = self.successors.get(unit, unit)
        return False


def _versions(record: Record) -> dict[str, int]:
    """How many events every noun has."""
    counts: dict[str, int] = {}
    for recorded in record.read_all():
        counts[recorded.event.originator_id] = counts.get(recorded.event.originator_id, 0) + 1
    return counts


def _reading(told: Told, all_told: list[Told]) -> Told | None:
    """How one telling reads now; None where it was retracted."""
    for later in reversed(all_told):
        if later.corrects == told.version:
            by = _reading(later, all_told)
            if by is not None:
                if by.retracts:
                    return None
                return Told(told.version, told.what, {**told.values, **by.values}, told.corrects, retracts=False)
    return told


def _number(figure: Any) -> int:
    return int((figure.money or figure.quantity).amount)


def _compare_ticket(ticket: Ticket, paper: Paper, now: datetime) -> None:
    paper.tick(now)
    assert ticket.state.value == paper.state
    assert ticket.handler == paper.handler
    leads = [handling for handling in ticket.handlings if handling.role.value == "lead"]
    assert len(leads) == len(paper.turns)
    for handling, turn in zip(leads, paper.turns, strict=True):
        assert handling.unit == turn.unit
        assert handling.answered_at == turn.answered
        assert (handling.receipt.on if handling.receipt else None) == turn.received_on
        assert (handling.reply.due if handling.reply else None) == turn.due
        if turn.corrected:
            continue
        assert bool(handling.receipt and handling.receipt.deemed) == turn.deemed
        ends = [end for end in (turn.answered, turn.ended) if end is not None]
        lapsed = turn.due is not None and turn.due <= now and (not ends or min(ends) >= turn.due)
        found = [lapse.at for lapse in handling.lapses if lapse.kind.value == "acceptance"]
        assert found == ([turn.due] if lapsed else [])
