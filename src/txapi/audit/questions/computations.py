"""Computations 计算: what the data gives for what a document printed, for a day and with what is known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from txapi.audit.questions.corrected_figures import Reading, TargetsKnown
from txapi.audit.questions.members import MembersKnown
from txapi.audit.questions.moments import positions_at
from txapi.audit.questions.versions import positions_of
from txapi.domain.dates import day_of, end_of
from txapi.domain.money import Bound
from txapi.domain.pace import Figure, attainment, attainment_between
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import PERCENT, Ratio
from txapi.domain.rates import rate
from txapi.domain.target import GoalFact
from txapi.projections.groups import GroupRow, groups_of
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MembershipKind, ProjectRow
from txapi.projections.projects import projects_of
from txapi.projections.publications import PublishedRow, computed, publications_of, published_about


@dataclass(frozen=True, kw_only=True, slots=True)
class Computation:
    """What the data gives for a day: the exact value in the unit that was printed, or where a goal is only an interval,
    the least and the most; and what it rests on. `earlier` are other values that had been known, each with the last
    position at which it was; `by_other_goals` what the other statements of the goal would give, with their events.
    """

    exact: Fraction | None = None
    between: tuple[Fraction, Fraction] | None = None
    ratio: Ratio | None = None
    ratios: tuple[Ratio, Ratio] | None = None
    figure: Reading | None = None
    figure_position: int | None = None
    goal: GoalFact | None = None
    goal_position: int | None = None
    goal_stated_later: bool = False
    earlier: tuple[tuple[int, Fraction], ...] = ()
    by_other_goals: tuple[tuple[int, Fraction], ...] = ()


def goal_on(facts: Sequence[GoalFact], day: date) -> tuple[GoalFact | None, bool]:
    """The goal in force on a day: the last one stated or revised by its end; else the first one stated later, and True."""
    by_then = [fact for fact in facts if fact.decided_at < end_of(day)]
    if by_then:
        return by_then[-1], False
    return (facts[0], True) if facts else (None, False)


@dataclass(slots=True)
class Computations:
    """What a page of printed figures can be computed from: a fixed number of statements for all of them."""

    reader: Reader
    rows: Sequence[PublishedRow]
    targets: TargetsKnown = field(init=False)
    lists: MembersKnown = field(init=False)
    groups: MembersKnown = field(init=False)
    group_rows: dict[str, GroupRow] = field(init=False)
    projects: dict[str, ProjectRow] = field(init=False)
    siblings: list[PublishedRow] = field(init=False)
    published: dict[str, datetime] = field(init=False)
    at: dict[datetime, int] = field(init=False)
    positions: dict[tuple[str, int], int] = field(init=False)

    def __post_init__(self) -> None:
        reader = self.reader
        self.targets = TargetsKnown(reader, self._about("target"))
        self.lists = MembersKnown(reader, self._about("supervision_list"), MembershipKind.LIST)
        self.groups = MembersKnown(reader, self._about("group"), MembershipKind.GROUP)
        self.group_rows = {row.entity_id: row for row in groups_of(reader, self._about("group"))}
        self.projects = {row.entity_id: row for row in projects_of(reader, self.groups.projects)}
        self.siblings = published_about(reader, self._about("supervision_list"))
        documents = sorted({row.publication_id for row in self.rows})
        dated = [(one.entity_id, one.published_at) for one in publications_of(reader, documents)]
        self.published = {id: published_at for id, published_at in dated if published_at is not None}
        self.at = positions_at(reader, self.published.values())
        self.positions = positions_of(reader, documents)

    def _about(self, kind: str) -> list[str]:
        return sorted({row.about_id for row in self.rows if row.about_kind == kind and row.about_id is not None})

    def day(self, row: PublishedRow) -> date:
        """The day of a figure: the one printed with it, else that of publication, else the moment's."""
        if row.at is not None and row.at.latest is not None:
            return row.at.latest
        published = self.published.get(row.publication_id)
        return self.reader.moment.valid_day if published is None else day_of(published)

    # -- what the data gives -----------------------------------------------------------------------------------------

    def computed(self, row: PublishedRow, day: date) -> Computation:
        """What the data gives for a printed figure on a day."""
        match row.about_kind, row.kind:
            case "target", PublishedKind.RATE:
                return self._attainment(row, day)
            case "target", _:
                return self._figure(row, day)
            case "supervision_list", PublishedKind.RATE:
                return self._rate(row, day)
            case "supervision_list", PublishedKind.COUNT:
                return self._list_count(row, day)
            case "group", PublishedKind.COUNT:
                members = self._group_members(row, day)
                return Computation(exact=None if members is None else Fraction(len(members)))
            case "group", PublishedKind.TOTAL:
                return self._total(row, day)
            case _:
                return _of_ratio(computed(row)) if row.kind is PublishedKind.RATE else Computation()

    def _attainment(self, row: PublishedRow, day: date) -> Computation:
        target = row.about_id or ""
        now = self._attained(target, day, self.reader.moment.position)
        earlier = (
            (position, then.exact)
            for position in reversed(self.targets.turns_of(target))
            if position < self.reader.moment.position
            and (then := self._attained(target, day, position)).exact is not None
        )
        return replace(
            now, earlier=tuple(_distinct(now, earlier)), by_other_goals=tuple(self._by_other_goals(target, now))
        )

    def _by_other_goals(self, target: str, now: Computation) -> Iterator[tuple[int, Fraction]]:
        for fact in self.targets.goals(target, self.reader.moment.position):
            ratio = attainment(now.figure.figure if now.figure else None, fact.goal)
            if ratio is not None and fact != now.goal:
                yield self.targets.position_of(target, fact), _percent(ratio)

    def _attained(self, target: str, day: date, position: int) -> Computation:
        latest = self.targets.figure(target, day, position)
        fact, later = goal_on(self.targets.goals(target, position), day)
        if latest is None or fact is None:
            return Computation()
        ratio = attainment(latest.row.figure, fact.goal)
        between = None if ratio is not None else attainment_between(latest.row.figure, fact.goal)
        return Computation(
            exact=None if ratio is None else _percent(ratio),
            between=None if between is None else (_percent(between[0]), _percent(between[1])),
            ratio=ratio,
            ratios=between,
            figure=Reading(latest.row.through, latest.row.figure, latest.row.basis),
            figure_position=latest.since,
            goal=fact,
            goal_position=self.targets.position_of(target, fact),
            goal_stated_later=later,
        )

    def _figure(self, row: PublishedRow, day: date) -> Computation:
        target = row.about_id or ""
        now = self._reported(row, target, day, self.reader.moment.position)
        earlier = (
            (position, then.exact)
            for position in reversed(self.targets.turns_of(target))
            if position < self.reader.moment.position
            and (then := self._reported(row, target, day, position)).exact is not None
        )
        return replace(now, earlier=tuple(_distinct(now, earlier)))

    def _reported(self, row: PublishedRow, target: str, day: date, position: int) -> Computation:
        latest = self.targets.figure(target, day, position)
        if latest is None or (row.money is None and row.figure is None):
            return Computation()
        printed, figure = Figure(money=row.money, quantity=row.figure), latest.row.figure
        if not figure.is_like(printed):
            return Computation()
        # Both are counted in the same: the printed unit is what one of the printed figure is.
        unit = Fraction(printed.base) / Fraction(printed.amount.amount) if printed.amount.amount else None
        return Computation(
            exact=None if unit is None else Fraction(figure.base) / unit,
            figure=Reading(latest.row.through, figure, latest.row.basis),
            figure_position=latest.since,
        )

    def _rate(self, row: PublishedRow, day: date) -> Computation:
        """The rate of the members, where all that are stated are known; else that of the printed counts."""
        id = row.about_id or ""
        found = self._members_rate(id, day, self.reader.moment.position)
        published = self.published.get(row.publication_id)
        then = None if published is None else self.at[published]
        if found is None:
            return _of_ratio(computed(row))
        known = None if then is None else self._members_rate(id, day, then)
        earlier = () if known is None or then is None else ((then, _percent(known)),)
        now = _of_ratio(found)
        return replace(now, earlier=tuple(_distinct(now, earlier)))

    def _members_rate(self, id: str, day: date, position: int) -> Ratio | None:
        row = self.lists.list_at(id, position)
        members = self.lists.on_list(id, position, day).values()
        return None if row is None else rate(members, row.count_stated, day)

    def _list_count(self, row: PublishedRow, day: date) -> Computation:
        """Whether a count is of all members or of those done is said by the rate that was printed beside it."""
        id, now = row.about_id or "", self.reader.moment.position
        value, _ = printed_value(row)
        beside = [
            one
            for one in self.siblings
            if one.publication_id == row.publication_id and one.about_id == id and one.whole is not None
        ]
        known = self._members_rate(id, day, now)
        if any(one.whole == value for one in beside):
            stated = self.lists.list_at(id, now)
            listed = known.denominator if known is not None else stated.count_stated if stated else None
            return Computation(exact=None if listed is None else Fraction(listed))
        if known is not None and any(one.part == value for one in beside):
            return Computation(exact=Fraction(known.numerator))
        return Computation()

    def _group_members(self, row: PublishedRow, day: date) -> list[str] | None:
        """The members of a group on a day; None where not all of them are known."""
        id = row.about_id or ""
        group = self.group_rows.get(id)
        members = [project for project, _ in self.groups.on_list(id, self.reader.moment.position, day)]
        if group is None or not members or (group.count_stated is None and group.open):
            return None
        return members if group.count_stated in (None, len(members)) else None

    def _total(self, row: PublishedRow, day: date) -> Computation:
        members = self._group_members(row, day)
        if members is None or row.money is None:
            return Computation()
        amounts = [self.projects[project].investment_total for project in members]
        if any(
            one is None or one.bound is not Bound.EXACT or one.currency is not row.money.currency for one in amounts
        ):
            return Computation()
        return Computation(
            exact=Fraction(
                sum(one.base for one in amounts if one), 10 ** (row.money.unit.scale + row.money.currency.minor_digits)
            )
        )


def printed_value(row: PublishedRow) -> tuple[Decimal | None, Bound]:
    """The figure that was printed, and how it bounds the true one; None where no figure was noted."""
    amount = row.money or row.figure
    if amount is None or (row.kind is PublishedKind.RATE and (row.figure is None or row.figure.unit != PERCENT)):
        return None, Bound.EXACT
    return amount.amount, amount.bound


def _percent(ratio: Ratio) -> Fraction:
    return Fraction(100 * ratio.numerator, ratio.denominator)


def _of_ratio(ratio: Ratio | None) -> Computation:
    return Computation(exact=None if ratio is None else _percent(ratio), ratio=ratio)


def _distinct(now: Computation, earlier: Iterable[tuple[int, Fraction | None]]) -> Iterator[tuple[int, Fraction]]:
    """The other values, each at the last position where it was known."""
    seen = {now.exact}
    for position, value in earlier:
        if value is not None and value not in seen:
            seen.add(value)
            yield position, value
