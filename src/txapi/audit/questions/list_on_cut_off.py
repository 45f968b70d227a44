"""Question 4: who was on a supervision list on its cut-off day 统计截止日, who joined or left later, and what that does to the rate."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from txapi.audit.questions.members import MembersKnown, Place
from txapi.audit.questions.moments import positions_at
from txapi.audit.questions.pages import Key, Lines, key_of
from txapi.audit.questions.versions import Version
from txapi.domain.dates import PartialDate, end_of
from txapi.domain.labels import labelled
from txapi.domain.project.memberships import Membership
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import Ratio
from txapi.domain.rates import Member, first_reached, rate
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MembershipKind, MembershipRow
from txapi.projections.publications import PublishedFilter, PublishedRow, publications_of, select_published


class CutOffView(enum.Enum):
    """By whose knowledge, and by which day's members, a list is counted; what is done is always judged by the cut-off."""

    ON_THE_DAY = "on_the_day"
    PUBLISHED = "published"
    NOW = "now"
    WITH_LATER_CHANGES = "with_later_changes"


class MemberChange(enum.Enum):
    """How a membership differs from one that stood on the cut-off day and still stands."""

    JOINED_LATER = "joined_later"
    LEFT_LATER = "left_later"
    ENTERED_AFTERWARDS = "entered_afterwards"
    REMOVED_AFTERWARDS = "removed_afterwards"


labelled(
    {
        CutOffView.ON_THE_DAY: ("截止日所知", "as known at the end of the cut-off day"),
        CutOffView.PUBLISHED: ("发布时所知", "as known when the rate was published"),
        CutOffView.NOW: ("现在所知", "as known at the moment"),
        CutOffView.WITH_LATER_CHANGES: ("计入其后进出", "with those who joined later and without those who left later"),
        MemberChange.JOINED_LATER: ("其后纳入", "joined after the cut-off"),
        MemberChange.LEFT_LATER: ("其后移出", "left after the cut-off"),
        MemberChange.ENTERED_AFTERWARDS: ("事后补录", "on the list that day, but recorded only later"),
        MemberChange.REMOVED_AFTERWARDS: (
            "事后更正移出",
            "counted that day, but by what was recorded later not on the list",
        ),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CutOffCount:
    """The list counted by one view. `position`: what was known. The rate is null unless as many are known as are stated.

    `changes_rate` compares with what the report could know (or, where nothing was published, with the cut-off day's end);
    None where one of the two rates is unknown.
    """

    view: CutOffView
    position: int
    listed: int
    done: int
    count_stated: int | None
    rate: Ratio | None
    changes_rate: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CutOffMember:
    """One membership that some view counts, or that began later. `on` and `done` name the views that count it, and as done."""

    key: Key
    project: str
    entered: PartialDate
    left: PartialDate | None
    why_left: str | None
    due: date | None
    on: frozenset[CutOffView]
    done: frozenset[CutOffView]
    changes: tuple[MemberChange, ...]
    done_on: PartialDate | None
    entered_by: int
    left_by: int | None
    events: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CutOff:
    """A list on its cut-off day: counted by every view, the rates that were printed as of that day, and its members."""

    list: str
    day: date
    counts: tuple[CutOffCount, ...]
    printed: tuple[PublishedRow, ...]
    members: tuple[CutOffMember, ...]

    @property
    def members_are_known(self) -> bool:
        """Whether as many members are known now as the list is stated to have, so that there is a rate at all."""
        return any(one.view is CutOffView.NOW and one.rate is not None for one in self.counts)


def list_on_cut_off(reader: Reader, id: str, day: date) -> CutOff | None:
    """The list with that id on that day; None where the moment knows no such list. Seven statements.

    A day that is not over, or lies ahead, is known as far as the moment knows it.
    """
    known: dict[tuple[str, date], CutOff | None] = reader.memo.setdefault(list_on_cut_off, {})
    if (id, day) not in known:
        known[id, day] = _Counting(reader, id, day).cut_off()
    return known[id, day]


def members_on_cut_off(
    reader: Reader, id: str, day: date, *, size: int = 50, after: Key | None = None
) -> Lines[CutOffMember]:
    """Some of its members, in the order in which their entries were recorded; none where there is no such list."""
    after = key_of(after, int)
    found = list_on_cut_off(reader, id, day)
    lines = [one for one in (found.members if found else ()) if after is None or one.key > after]
    return Lines(lines[:size], len(lines) > size)


def count_members(reader: Reader, id: str, day: date) -> int:
    """How many members some view counts, or joined later."""
    found = list_on_cut_off(reader, id, day)
    return len(found.members) if found else 0


class _Counting:
    """One list, counted by several views."""

    def __init__(self, reader: Reader, id: str, day: date) -> None:
        self._id, self._day = id, day
        self._now, self._today = reader.moment.position, reader.moment.valid_day
        self._known = MembersKnown(reader, [id], MembershipKind.LIST)
        self._printed, published_at = _printed(reader, id, day)
        # The evening of the day: what is recorded at 24:00 belongs to the next.
        evening = end_of(day) - timedelta(microseconds=1)
        at = positions_at(reader, [evening, *([] if published_at is None else [published_at])])
        self._positions = {
            CutOffView.ON_THE_DAY: at[evening],
            **({} if published_at is None else {CutOffView.PUBLISHED: at[published_at]}),
            CutOffView.NOW: self._now,
        }

    def cut_off(self) -> CutOff | None:
        """Everything counted; None where the moment knows no such list."""
        if self._known.list_at(self._id, self._now) is None:
            return None
        seen = {view: self._known.on_list(self._id, position, self._day) for view, position in self._positions.items()}
        seen[CutOffView.WITH_LATER_CHANGES] = self._known.on_list(self._id, self._now, self._today, self._day)
        return CutOff(
            list=self._id,
            day=self._day,
            counts=tuple(self._counts(seen)),
            printed=tuple(self._printed),
            members=tuple(sorted(self._lines(seen), key=lambda line: line.key)),
        )

    def _counts(self, seen: dict[CutOffView, dict[Place, Member]]) -> Iterable[CutOffCount]:
        rates: dict[CutOffView, Ratio | None] = {}
        for view, members in seen.items():
            if view is CutOffView.WITH_LATER_CHANGES:
                # The stated count is of the cut-off day: whoever joins later is beyond it.
                known = rates[CutOffView.NOW] is not None and bool(members)
                rates[view] = Ratio(self._done(members), len(members)) if known else None
            else:
                rates[view] = rate(members.values(), self._stated(view), self._day)
        base = rates[CutOffView.PUBLISHED if CutOffView.PUBLISHED in rates else CutOffView.ON_THE_DAY]
        for view, members in seen.items():
            own = rates[view]
            yield CutOffCount(
                view=view,
                position=self._positions.get(view, self._now),
                listed=len(members),
                done=self._done(members),
                count_stated=self._stated(view),
                rate=own,
                changes_rate=None if own is None or base is None else not own.equals(base),
            )

    def _done(self, members: dict[Place, Member]) -> int:
        return sum(member.done_by(self._day) for member in members.values())

    def _stated(self, view: CutOffView) -> int | None:
        found = self._known.list_at(self._id, self._positions.get(view, self._now))
        return found.count_stated if found else None

    # -- members ---------------------------------------------------------------------------------------------------

    def _lines(self, seen: dict[CutOffView, dict[Place, Member]]) -> Iterable[CutOffMember]:
        for place, versions in self._known.places(self._id).items():
            last = versions[-1]
            on = frozenset(view for view, members in seen.items() if place in members)
            known_now = last.until is None
            joins = known_now and not last.row.entered_on.reached_by(self._day)
            if not on and not joins:
                continue
            reached = self._known.reached(self._id, place[0], self._now, self._day)
            membership = last.row.known()
            events = {end for one in versions for end in (one.since, one.until) if end is not None}
            left_by = _left_by(versions)
            yield CutOffMember(
                key=(versions[0].since,),
                project=place[0],
                entered=membership.entered,
                left=membership.left if known_now else None,
                why_left=membership.reason if known_now else None,
                due=membership.due,
                on=on,
                done=frozenset(view for view in on if seen[view][place].done_by(self._day)),
                changes=tuple(_changes(on, membership, self._day, known_now=known_now, joins=joins)),
                done_on=first_reached(reached.values()),
                entered_by=versions[0].since,
                left_by=left_by,
                events=tuple(sorted(events | set(reached))),
            )


def _changes(
    on: frozenset[CutOffView], last: Membership, day: date, *, known_now: bool, joins: bool
) -> Iterable[MemberChange]:
    then, now = CutOffView.ON_THE_DAY in on, CutOffView.NOW in on
    if joins:
        yield MemberChange.JOINED_LATER
    if now and not then:
        yield MemberChange.ENTERED_AFTERWARDS
    if then and not now:
        yield MemberChange.REMOVED_AFTERWARDS
    if known_now and (now or joins) and last.left is not None and not last.left.reached_by(day):
        yield MemberChange.LEFT_LATER


def _left_by(versions: Sequence[Version[MembershipRow]]) -> int | None:
    """The event by which the membership ended as it reads last; also the correction that took it away altogether."""
    last = versions[-1]
    if last.until is not None:
        return last.until
    if last.row.left_on is None:
        return None
    said = last.since
    for version in reversed(versions[:-1]):
        if version.row.left_on != last.row.left_on:
            break
        said = version.since
    return said


def _printed(reader: Reader, id: str, day: date) -> tuple[list[PublishedRow], datetime | None]:
    """The rates that were printed of the list as of the day, and when the first of them was published."""
    of_the_list = select_published(reader, PublishedFilter(kind=[PublishedKind.RATE]), about=id).all()
    printed = [row for row in of_the_list if row.at is not None and row.at.latest == day]
    documents = publications_of(reader, sorted({row.publication_id for row in printed}))
    return printed, min((one.published_at for one in documents if one.published_at is not None), default=None)
