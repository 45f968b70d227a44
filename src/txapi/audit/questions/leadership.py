"""Question 6: which projects had no leading official 领衔领导, or changed theirs, on which days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from txapi.audit.questions.moments import positions_of
from txapi.audit.questions.pages import Key, Lines
from txapi.domain.errors import BadInput
from txapi.domain.official import Official
from txapi.domain.project.base import Stated
from txapi.domain.project.leadership import LeaderTerm
from txapi.projections.moment import Reader
from txapi.projections.project_rows import PROJECTS, ProjectRow
from txapi.projections.projects import leaders_of
from txapi.projections.select import Order, Page, Select

BY_CODE = [Order("t.code")]
"""The order of the answer: by the projects' codes."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days asked about, both included, as far as they have come by the moment's valid day."""

    first: date
    last: date

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + ONE_DAY

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderGap:
    """Days in a row on which nobody led, as many of them as lie in the period.

    `began` are the events since which nobody led (the introduction of the project, or the end of a term), `ended` those
    by which somebody led again; empty where nobody does by the end of the period.
    """

    first: date
    last: date
    began: tuple[int, ...]
    ended: tuple[int, ...]

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaderChange:
    """On the day `on` somebody else led than before (None: nobody), for the reason that was given."""

    on: date
    before: Official | None
    after: Official | None
    reason: str | None
    events: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectLeadership:
    """A project that was without a leading official, or changed it, in the period."""

    key: Key
    project: str
    unit: str | None
    gaps: tuple[LeaderGap, ...]
    changes: tuple[LeaderChange, ...]

    @property
    def days_without(self) -> int:
        """On how many days of the period nobody led."""
        return sum(gap.days for gap in self.gaps)

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that this rests on, in order."""
        of_gaps = [position for gap in self.gaps for position in (*gap.began, *gap.ended)]
        of_changes = [position for change in self.changes for position in change.events]
        return tuple(sorted({*of_gaps, *of_changes}))


def period(reader: Reader, first: date, last: date) -> Period:
    """The days from the first to the last, as far as they have come. BadInput BAD_PERIOD."""
    if last < first:
        raise BadInput("BAD_PERIOD", f"the period ends on {last}, before it begins on {first}", ("to",))
    return Period(first, min(last, reader.moment.valid_day))


def leadership(
    reader: Reader, asked: Period, unit: str | None = None, *, size: int = 50, after: Key | None = None
) -> Lines[ProjectLeadership]:
    """The projects (of one implementing unit or of all) with days without a leading official, or with a change of it.

    Days count from the introduction of a project, whatever became of it since; the first leading official is no change
    where the project never was without one. Three statements, however many projects.
    """
    found = _select(reader, asked, unit).page(BY_CODE, Page(size, after))
    projects = {row.entity_id: row for row in found.rows}
    terms: dict[str, list[LeaderTerm]] = {id: [] for id in projects}
    for row in leaders_of(reader, list(projects)):
        terms[row.project_id].append(row.seen(reader.moment.valid_on))
    named = {(id, version) for id, own in terms.items() for version in _versions(own)}
    positions = positions_of(reader, named)
    lines = [
        _line(row, key, asked, terms[row.entity_id], _Places(row.entity_id, positions))
        for row, key in zip(found.rows, found.keys, strict=True)
    ]
    return Lines(lines, found.has_next)


def count_leadership(reader: Reader, asked: Period, unit: str | None = None) -> int:
    """How many such projects there are."""
    return _select(reader, asked, unit).count()


def _select(reader: Reader, asked: Period, unit: str | None) -> Select[ProjectRow]:
    """Projects with fewer days led than days, or with a term that began or ended in the period.

    Terms never overlap, so that their days can be added up.
    """
    first, end = asked.first.isoformat(), asked.end.isoformat()
    of_project = f"FROM project_leaders l WHERE l.project_id = t.entity_id AND {reader.live('l')}"
    led = (
        "max(0, julianday(min(coalesce(l.until_on, ?), ?)) - julianday(max(l.since_on, ?, t.introduced_on)))",
        [end, end, first],
    )
    found = Select(PROJECTS, reader).where("t.introduced_on < ?", end)
    found.where(
        f"(julianday(?) - julianday(max(?, t.introduced_on)) > coalesce((SELECT sum({led[0]}) {of_project}), 0)"
        f" OR EXISTS (SELECT 1 {of_project} AND ((l.until_on >= ? AND l.until_on < ?)"
        " OR (l.since_on >= ? AND l.since_on < ? AND l.since_on > t.introduced_on))))",
        end, first, *led[1], first, end, first, end,
    )  # fmt: skip
    return found if unit is None else found.where("t.unit_code = ?", unit)


def _versions(terms: Sequence[LeaderTerm]) -> Iterator[int]:
    yield 1
    for term in terms:
        for stated in (term.stated, term.ended):
            if stated is not None:
                yield stated.version
                if stated.corrected_by is not None:
                    yield stated.corrected_by


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the events of one project stand."""

    project: str
    positions: Mapping[tuple[str, int], int]

    def of(self, *facts: Stated | None) -> tuple[int, ...]:
        """The events that state these facts, and those that corrected them."""
        numbers = {
            number for fact in facts if fact for number in (fact.version, fact.corrected_by) if number is not None
        }
        return tuple(sorted(self.positions[self.project, number] for number in numbers))

    @property
    def introduction(self) -> tuple[int, ...]:
        """The event by which the project came into the record."""
        return (self.positions[self.project, 1],)


def _line(row: ProjectRow, key: Key, asked: Period, terms: Sequence[LeaderTerm], places: _Places) -> ProjectLeadership:
    introduced = row.introduced_on
    assert introduced is not None
    return ProjectLeadership(
        key=key,
        project=row.entity_id,
        unit=row.unit_code,
        gaps=tuple(_gaps(asked, introduced, terms, places)),
        changes=tuple(change for change in _changes(introduced, terms, places) if asked.holds(change.on)),
    )


def _gaps(asked: Period, introduced: date, terms: Sequence[LeaderTerm], places: _Places) -> Iterator[LeaderGap]:
    since, began = introduced, places.introduction
    for term in terms:
        if term.since > since:
            yield from _within(asked, since, term.since, began, places.of(term.stated))
        if term.until is None:
            return
        since, began = max(since, term.until), places.of(term.ended)
    yield from _within(asked, since, asked.end, began, ())


def _within(
    asked: Period, since: date, until: date, began: tuple[int, ...], ended: tuple[int, ...]
) -> Iterator[LeaderGap]:
    """The days from `since` up to, not including, `until` that lie in the period."""
    first, end = max(since, asked.first), min(until, asked.end)
    if first < end:
        yield LeaderGap(first=first, last=end - ONE_DAY, began=began, ended=ended if until <= asked.last else ())


def _changes(introduced: date, terms: Sequence[LeaderTerm], places: _Places) -> Iterator[LeaderChange]:
    leaving: LeaderTerm | None = None
    for term in terms:
        if leaving is not None and leaving.until is not None and leaving.until < term.since:
            yield _change(leaving.until, leaving, None, places)
            leaving = None
        if leaving is not None or term.since > introduced:
            yield _change(term.since, leaving, term, places)
        leaving = term
    if leaving is not None and leaving.until is not None:
        yield _change(leaving.until, leaving, None, places)


def _change(on: date, before: LeaderTerm | None, after: LeaderTerm | None, places: _Places) -> LeaderChange:
    return LeaderChange(
        on=on,
        before=before.official if before else None,
        after=after.official if after else None,
        reason=(after.why if after else None) or (before.why_ended if before else None),
        events=places.of(before.ended if before else None, after.stated if after else None),
    )
