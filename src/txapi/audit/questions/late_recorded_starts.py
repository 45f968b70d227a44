"""Question 5: which starts 开工 were recorded late with a date before the cut-off, and whether a rate changed by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from txapi.audit.questions.moments import positions_at, positions_of
from txapi.audit.questions.pages import Key, Lines
from txapi.audit.questions.versions import Version, recorded_at, versions_of
from txapi.domain.dates import PartialDate, day_of, end_of
from txapi.domain.editions import CountingRule, Duty, EditionKind, MilestoneKind
from txapi.domain.errors import BadInput
from txapi.domain.quantity import Ratio
from txapi.domain.reference import References
from txapi.projections.moment import Reader, at_position
from txapi.projections.project_rows import MILESTONES, MembershipKind, MembershipRow, MilestoneRow
from txapi.projections.projects import memberships_of, milestones_of
from txapi.projections.references import references_at
from txapi.projections.select import Order, Page, Select
from txapi.projections.supervision import Standing, SupervisionRow, list_of, lists_of, standings

BY_DATE = [Order("t.actual_latest")]
"""The order of the answer: the earliest start first."""

_LAST_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class StartsAsked:
    """Which starts: dated on or before `cut_off`, by these milestones or by this counting rule (edition), on this list.

    Without either, the rule of the list decides; without a list, every active rule for commencement.
    """

    cut_off: date
    kinds: tuple[MilestoneKind, ...] | None = None
    rule: str | None = None
    supervision_list: str | None = None

    def __post_init__(self) -> None:
        if self.kinds is not None and self.rule is not None:
            raise BadInput("ONE_OF_TWO", "say the milestones or the rule, and one of them only", ("kinds",))


@dataclass(frozen=True, kw_only=True, slots=True)
class RateEffect:
    """What a late start did to a supervision list on the cut-off: `now` with it, `without` it, and as known `then`.

    `counts`: the project was on the list on the cut-off and, by what had been recorded by its end, not done.
    """

    supervision_list: str
    listed: int
    done: int
    now: Ratio | None
    without: Ratio | None
    then: Ratio | None
    counts: bool
    entered: int

    @property
    def changes_rate(self) -> bool:
        """Whether the rate would be another without it."""
        return self.now != self.without


@dataclass(frozen=True, kw_only=True, slots=True)
class LateRecordedStart:
    """A start that the record did not know at the end of the cut-off day, and knows now to lie on or before it.

    `recorded` is the event since which it reads so; `stated` the one that first stated the milestone, another one where
    a correction moved the date.
    """

    key: Key
    project: str
    kind: MilestoneKind
    on: PartialDate
    recorded_at: datetime
    lag_days: int
    days_after_cut_off: int
    recorded: int
    stated: int
    lists: tuple[RateEffect, ...]

    @property
    def events(self) -> tuple[int, ...]:
        """Every event that this rests on, in order."""
        return tuple(sorted({self.recorded, self.stated, *(one.entered for one in self.lists)}))


def late_recorded_starts(
    reader: Reader, asked: StartsAsked, *, size: int = 50, after: Key | None = None
) -> Lines[LateRecordedStart]:
    """The starts that were recorded after the end of the cut-off day with a date on or before it, the earliest first.

    A date that is known only roughly lies before the cut-off when its last day does. A date that a correction moved
    there counts like one that was first stated then. Some dozen statements a page, however long.
    """
    question = _Question(reader, asked)
    found = question.select().page(BY_DATE, Page(size, after))
    return Lines(question.lines(found.rows, found.keys), found.has_next)


def count_late_recorded_starts(reader: Reader, asked: StartsAsked) -> int:
    """How many there are."""
    return _Question(reader, asked).select().count()


def counted_kinds(reader: Reader, asked: StartsAsked) -> tuple[MilestoneKind, ...]:
    """Which milestones count as a start. BadInput UNKNOWN_RULE, UNKNOWN_LIST."""
    if asked.kinds is not None:
        return asked.kinds
    references, name = references_at(reader), asked.rule
    if name is None and asked.supervision_list is not None:
        found: SupervisionRow | None = list_of(reader, asked.supervision_list)
        if found is None:
            raise BadInput("UNKNOWN_LIST", "the moment knows no such supervision list", ("supervisionList",))
        name = found.rule_edition
    if name is not None:
        kinds = _kinds_of(references, name)
        if kinds is None:
            raise BadInput("UNKNOWN_RULE", f"no counting rule {name[:60]!r} was adopted by the moment", ("rule",))
        return kinds
    rules = [one.content for one in references.editions if not one.withdrawn]
    return tuple(
        dict.fromkeys(
            kind
            for rule in rules
            if isinstance(rule, CountingRule) and rule.active and rule.duty is Duty.COMMENCEMENT
            for kind in rule.milestones
        )
    )


def _kinds_of(references: References, rule: str) -> tuple[MilestoneKind, ...] | None:
    adopted = references.edition(EditionKind.COUNTING_RULE, rule)
    content = adopted.content if adopted is not None else None
    return content.milestones if isinstance(content, CountingRule) else None


class _Question:
    """The question at a moment: beside it, what is known now of the cut-off day, and what was known at its end."""

    def __init__(self, reader: Reader, asked: StartsAsked) -> None:
        valid_on = reader.moment.valid_on
        self._asked = asked
        self._day = asked.cut_off if valid_on is None else min(asked.cut_off, valid_on)
        self._reader = reader
        self._now = reader.at(dataclasses.replace(reader.moment, valid_on=self._day))
        ended = end_of(asked.cut_off) - _LAST_INSTANT
        self._then = reader.at(at_position(reader.connection, positions_at(reader, [ended])[ended], ended, self._day))

    def select(self) -> Select[MilestoneRow]:
        """The milestones that lie on or before the cut-off and were not known to at its end."""
        day, position = self._day.isoformat(), int(self._then.moment.position)
        found = Select(MILESTONES, self._reader).where_in("kind", counted_kinds(self._reader, self._asked))
        found.where("t.actual_latest <= ?", day)
        found.where(
            "NOT EXISTS (SELECT 1 FROM project_milestones b WHERE b.project_id = t.project_id AND b.kind = t.kind"
            f" AND b.since <= {position} AND b.until > {position} AND b.actual_latest <= ?)",
            day,
        )
        if self._asked.supervision_list is not None:
            found.where(
                "EXISTS (SELECT 1 FROM memberships m WHERE m.project_id = t.project_id AND m.of_id = ?"
                f" AND {self._reader.live('m')} AND m.entered_latest <= ? AND coalesce(m.left_latest > ?, TRUE))",
                self._asked.supervision_list, day, day,
            )  # fmt: skip
        return found

    def lines(self, rows: Sequence[MilestoneRow], keys: Sequence[Key]) -> tuple[LateRecordedStart, ...]:
        """What is to be said of each."""
        projects = list(dict.fromkeys(row.project_id for row in rows))
        versions = versions_of(MILESTONES, self._reader, projects)
        effects = _Effects(self._now, self._then, projects)
        known = {
            (row.project_id, row.kind): [one for one in versions.of(row.project_id) if one.row.kind is row.kind]
            for row in rows
        }
        since = {key: _since(found, self._day) for key, found in known.items()}
        times = recorded_at(self._reader, sorted(since.values()))
        stated = {(row.project_id, row.stated.version) for row in rows if row.stated}
        places = positions_of(self._reader, stated | effects.entered)
        lines = []
        for row, key in zip(rows, keys, strict=True):
            own = row.project_id, row.kind
            on, recorded = row.actual_on, since[own]
            assert on is not None
            assert on.latest is not None
            assert row.stated is not None
            recorded_on = day_of(times[recorded])
            lines.append(
                LateRecordedStart(
                    key=key,
                    project=row.project_id,
                    kind=row.kind,
                    on=on,
                    recorded_at=times[recorded],
                    lag_days=(recorded_on - on.latest).days,
                    days_after_cut_off=(recorded_on - self._asked.cut_off).days,
                    recorded=recorded,
                    stated=places[row.project_id, row.stated.version],
                    lists=effects.of(row, places),
                )
            )
        return tuple(lines)


def _since(versions: Sequence[Version[MilestoneRow]], day: date) -> int:
    """The event since which the milestone reads, without a break, as reached by that day."""
    last = versions[-1]
    since = last.since
    for version in reversed(versions):
        on = version.row.actual_on
        broken = version.until is not None and version.until != since
        if (version is not last and broken) or on is None or not on.reached_by(day):
            break
        since = version.since
    return since


class _Effects:
    """What the starts of some projects did to the supervision lists that these were on."""

    def __init__(self, now: Reader, then: Reader, projects: Sequence[str]) -> None:
        self._day = now.moment.valid_day
        members: list[MembershipRow] = memberships_of(now, projects)
        self._members = [
            row for row in members if row.belongs_to is MembershipKind.LIST and row.known().covers(self._day)
        ]
        ids = sorted({row.of_id for row in self._members})
        lists: list[SupervisionRow] = lists_of(now, ids)
        references = references_at(now)
        self._kinds = {row.entity_id: _kinds_of(references, row.rule_edition) or () for row in lists}
        self._standing_now = standings(now, lists)
        self._standing_then = standings(then, lists_of(then, ids))
        known: list[MilestoneRow] = milestones_of(then, projects)
        self._done_then = {(row.project_id, row.kind) for row in known if row.known().reached_by(self._day)}

    @property
    def entered(self) -> set[tuple[str, int]]:
        """The events by which the projects entered the lists, by noun and number."""
        return {(row.project_id, row.stated_version) for row in self._members}

    def of(self, start: MilestoneRow, places: Mapping[tuple[str, int], int]) -> tuple[RateEffect, ...]:
        """What one start did to each list whose rule counts it."""
        found = []
        for row in self._members:
            kinds = self._kinds[row.of_id]
            if row.project_id != start.project_id or start.kind not in kinds:
                continue
            standing, then = self._standing_now[row.of_id], self._standing_then.get(row.of_id)
            counts = not any((row.project_id, kind) in self._done_then for kind in kinds)
            found.append(
                RateEffect(
                    supervision_list=row.of_id,
                    listed=standing.listed,
                    done=standing.done,
                    now=standing.rate,
                    without=_without(standing) if counts else standing.rate,
                    then=then.rate if then is not None else None,
                    counts=counts,
                    entered=places[row.project_id, row.stated_version],
                )
            )
        return tuple(found)


def _without(standing: Standing) -> Ratio | None:
    """The rate with one member fewer done; None where there is none."""
    return None if standing.rate is None else Ratio(standing.done - 1, standing.listed)
