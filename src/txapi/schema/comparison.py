"""Comparing 比对 two moments: what appeared, disappeared and changed, field by field, and which events are to blame."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.audit import compare, differences
from txapi.audit.flags import Flags, flags_of
from txapi.audit.nouns import ComparedKind
from txapi.projections.moment import Reader, at_position
from txapi.schema.asking import Asking
from txapi.schema.attachments import AttachmentFilter
from txapi.schema.commands import Info
from txapi.schema.companies import CompanyFilter
from txapi.schema.comparison_pages import Compared, Page, read, signature_of, total_of, written
from txapi.schema.connections import Connection, Edge, PageInfo, size_of
from txapi.schema.groups import GroupFilter
from txapi.schema.history import Change, Event
from txapi.schema.ids import GlobalId
from txapi.schema.meetings import MeetingFilter
from txapi.schema.moments import PointInput, moment_reader, pinned_id
from txapi.schema.nouns import Node
from txapi.schema.parcels import ParcelFilter
from txapi.schema.projects import Project, ProjectFilter
from txapi.schema.scalars import JSON
from txapi.schema.targets import TargetFilter
from txapi.schema.tickets import TicketFilter
from txapi.schema.units import UnitFilter
from txapi.schema.values import Label, public_enum

if TYPE_CHECKING:
    from txapi.schema.schema import Moment

public_enum(ComparedKind, "比对对象类别", "A kind of noun that can be compared.")
public_enum(compare.What, "差异类型", "What became of a noun between two moments.", name="DifferenceKind")
public_enum(differences.Because, "差异成因", "What makes the difference.", name="DifferenceCause")

First = Annotated[int | None, strawberry.argument(description="How many, at most 500; 50 unless given. 条数。")]
After = Annotated[str | None, strawberry.argument(description="The cursor of the difference before. 游标。")]
Year = Annotated[int | None, strawberry.argument(description="Of this year. 年度。")]


@strawberry.input(
    description="A moment to compare: without `at` it is now. `clock` judges deadlines and lights, and is the moment's own time"
    " unless given; `validOn` counts the facts of the world up to a date. 比对时点。"
)
class MomentInput:
    """Where one side of a comparison stands."""

    at: PointInput | None = strawberry.field(default=None, description="A position or a time. 记录时点。")
    valid_on: datetime.date | None = strawberry.field(
        default=None, description="Facts count up to this date; null: every known fact. 事实截止日。"
    )
    clock: datetime.datetime | None = strawberry.field(default=None, description="Judges deadlines. 判定时钟。")


@strawberry.type(
    description="A field that says something else at the later moment. What was changed and changed back in between is no"
    " difference. 字段差异。"
)
class FieldDifference:
    """A field before and after, and who is to blame."""

    field: str = strawberry.field(
        description="The field, named as in a history: `name`, `projectMilestones.started.actualOn`,"
        " `membersJoined.<project>.project`. 字段。"
    )
    label: Label = strawberry.field(description="What people read for it. 字段名称。")
    before: JSON | None = strawberry.field(description="What it said; null for nothing. 之前。")
    after: JSON | None = strawberry.field(description="What it says; null for nothing. 之后。")
    because: list[differences.Because] = strawberry.field(
        description="EVENT: something was recorded in between; VALID_DATE: a fact counts by one date and not by the other. 成因。"
    )
    of: strawberry.Private[compare.Difference]
    found: strawberry.Private[differences.FieldDifference]
    page: strawberry.Private[Page]
    flags: strawberry.Private[Flags | None] = None

    @strawberry.field(
        description="Every event in between that changed it, in order; the last gave it its final value. Where the valid date alone"
        " makes the difference: the event that stated the fact. Members of a list are events of the projects. 责任事件。"
    )
    def events(self) -> list[Event]:
        """The events to blame."""
        return self.page.events(self.of, self.found)

    @strawberry.field(description="The event that gave it its final value. 最终事件。")
    def by(self) -> Event | None:
        """The last of the events."""
        return next(iter(self.page.events(self.of, self.found)[-1:]), None)

    @strawberry.field(description="The project that joined or left the list, group or parcel; else null. 进出项目。")
    def member(self) -> Project | None:
        """The member, at the later moment."""
        found: Project | None = self.page.member(self.of, self.found)
        return found

    @strawberry.field(
        description="Whether an event was recorded after the earlier moment, on a later day than that of the fact, and states a fact"
        " of that moment's day or before. 是否补录。"
    )
    def back_dated(self, info: Info) -> bool:
        """Whether the past was told late."""
        return self._flags(info).back_dated

    @strawberry.field(description="Whether one of the events corrects what was recorded. 是否更正。")
    def correction(self, info: Info) -> bool:
        """Whether it was a correction."""
        return self._flags(info).correction

    @strawberry.field(
        description="How many days after the fact it was recorded, where it was back-dated; the most of its events. 滞后天数。"
    )
    def lag_days(self, info: Info) -> int | None:
        """The days between fact and record."""
        return self._flags(info).lag_days

    def _flags(self, info: Info) -> Flags:
        if self.flags is None:
            recorded = [event._recorded(info) for event in self.page.events(self.of, self.found)]
            self.flags = flags_of(self.page.compared.sides.before.moment, recorded)
        return self.flags

    @classmethod
    def of_found(cls, of: compare.Difference, found: differences.FieldDifference, page: Page) -> FieldDifference:
        """The public form."""
        change = Change.of(found.change)
        return cls(
            field=change.field, label=change.label, before=change.before, after=change.after,
            because=list(found.because), of=of, found=found, page=page,
        )  # fmt: skip


@strawberry.type(description="A noun that differs between the two moments. 差异。")
class Difference:
    """What became of one noun."""

    kind: ComparedKind = strawberry.field(description="What kind of noun. 对象类别。")
    entity_id: ID = strawberry.field(description="The noun, the same at every moment. 实体标识。")
    what: compare.What = strawberry.field(description="What became of it under the filter. 差异类型。")
    found: strawberry.Private[compare.Difference]
    page: strawberry.Private[Page]

    @strawberry.field(
        description="What would have to be as before for it to be as before: what was recorded (of it, or of what the filter asks"
        " about), the valid date, or the clock alone, with nobody to blame. 成因。"
    )
    def because(self) -> list[differences.Because]:
        """The causes."""
        return list(self.page.causes(self.found))

    @strawberry.field(description="What people read for it, at the later moment. 名称。")
    def label(self) -> Label:
        """Its code and name."""
        return Label.of(self.page.label(self.found))

    @strawberry.field(description="The noun at the earlier moment; null where it was not recorded by then. 之前。")
    def before(self) -> Node | None:
        """As it was."""
        return self.page.noun(self.found, before=True)  # type: ignore[no-any-return]

    @strawberry.field(description="The noun at the later moment. 之后。")
    def after(self) -> Node | None:
        """As it is."""
        return self.page.noun(self.found, before=False)  # type: ignore[no-any-return]

    @strawberry.field(
        description="Every event that is to blame for any of its changes, once, in order; the changes name them by position. Where it"
        " appeared or disappeared by an event and none in between is its own: the event, of another noun, by which the filter came to"
        " say so. 责任事件。"
    )
    def events(self) -> list[Event]:
        """The events behind all its changes."""
        return self.page.all_events(self.found)

    @strawberry.field(
        description="What it says otherwise, field by field; of one that is new, all that it says. Empty where the clock alone"
        " makes the difference. 字段差异。"
    )
    def changes(self) -> list[FieldDifference]:
        """The fields that differ: bounded by what the noun has."""
        return [FieldDifference.of_found(self.found, one, self.page) for one in self.page.changes(self.found)]


@strawberry.type(description="How many nouns of a kind differ. 差异统计。")
class DifferenceCount:
    """Counts of one kind."""

    kind: ComparedKind = strawberry.field(description="What kind of noun. 对象类别。")
    appeared: int = strawberry.field(description="How many appeared. 新出现数。")
    disappeared: int = strawberry.field(description="How many disappeared. 消失数。")
    changed: int = strawberry.field(description="How many changed. 变更数。")


@strawberry.type(
    description="Two moments side by side. Each list takes the filter of the list of that noun; the order is that of the kinds, then"
    " of codes, numbers or names, then of ids. Pages are bound to both moments. 比对。"
)
class Comparison:
    """The differences between two moments."""

    compared: strawberry.Private[Compared]

    @strawberry.field(description="The earlier moment. 之前时点。")
    def before(self) -> Annotated[Moment, strawberry.lazy("txapi.schema.schema")]:
        """Where the comparison begins."""
        return _moment(self.compared.sides.before, self.compared.before)

    @strawberry.field(description="The later moment. 之后时点。")
    def after(self) -> Annotated[Moment, strawberry.lazy("txapi.schema.schema")]:
        """Where the comparison ends."""
        return _moment(self.compared.sides.after, self.compared.after)

    @strawberry.field(description="Projects that differ. 项目差异。")
    def projects(self, filter: ProjectFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Projects, by code."""
        return self._list("project", filter and filter.asked(), first, after)

    @strawberry.field(description="Tickets that differ. 工作联系单差异。")
    def tickets(self, filter: TicketFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Tickets, by number."""
        return self._list("ticket", filter and filter.asked(), first, after)

    @strawberry.field(description="Targets that differ. 目标差异。")
    def targets(self, filter: TargetFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Targets, by unit, year and indicator."""
        return self._list("target", filter and filter.asked(), first, after)

    @strawberry.field(description="Companies that differ. 企业差异。")
    def companies(self, filter: CompanyFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Companies, by name."""
        return self._list("company", filter and filter.asked(), first, after)

    @strawberry.field(description="Parcels that differ, with the projects that were tied to them or let go. 地块差异。")
    def parcels(self, filter: ParcelFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Parcels, by location."""
        return self._list("parcel", filter and filter.asked(), first, after)

    @strawberry.field(description="Groups that differ, with the projects that joined or left. 项目组差异。")
    def groups(self, filter: GroupFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Groups, by name."""
        return self._list("group", filter and filter.asked(), first, after)

    @strawberry.field(description="Meetings that differ. 会议差异。")
    def meetings(self, filter: MeetingFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Meetings, by date and title."""
        return self._list("meeting", filter and filter.asked(), first, after)

    @strawberry.field(description="Units that differ. 单位差异。")
    def units(self, filter: UnitFilter | None = None, first: First = None, after: After = None) -> Differences:
        """Units, in the official order."""
        return self._list("unit", filter, first, after)

    @strawberry.field(
        description="Supervision lists that differ, with the projects that entered or left. 督查清单差异。"
    )
    def supervision_lists(self, year: Year = None, first: First = None, after: After = None) -> Differences:
        """Supervision lists, by year and programme."""
        return self._list("supervision_list", year, first, after)

    @strawberry.field(description="Publications that differ. 发布差异。")
    def publications(self, first: First = None, after: After = None) -> Differences:
        """Publications, by time."""
        return self._list("publication", None, first, after)

    @strawberry.field(description="Attachments that differ. 附件差异。")
    def attachments(
        self, filter: AttachmentFilter | None = None, first: First = None, after: After = None
    ) -> Differences:
        """Attachments, by what they hang on and by number."""
        return self._list("attachment", filter and filter.asked(), first, after)

    @strawberry.field(description="Everything that differs, or the nouns of some kinds. 全部差异。")
    def differences(
        self,
        kinds: Annotated[
            list[ComparedKind] | None, strawberry.argument(description="Of these kinds; all unless given. 对象类别。")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Differences:
        """Differences of several kinds in one list."""
        asked = {kind.value: None for kind in _chosen(kinds)}
        return connect_differences(self.compared, "differences", asked, first, after)

    @strawberry.field(description="How many nouns of each kind differ: everything is looked at. 差异统计。")
    def summary(
        self,
        kinds: Annotated[
            list[ComparedKind] | None, strawberry.argument(description="Of these kinds; all unless given. 对象类别。")
        ] = None,
    ) -> list[DifferenceCount]:
        """Counts: one line for each kind."""
        counted = [(kind, self.compared.sides.counts(kind.value)) for kind in _chosen(kinds)]
        return [
            DifferenceCount(kind=kind, appeared=one.appeared, disappeared=one.disappeared, changed=one.changed)
            for kind, one in counted
        ]

    def _list(self, kind: str, asked: Any, first: int | None, after: str | None) -> Differences:
        return connect_differences(self.compared, kind, {kind: asked}, first, after)


Differences = Connection[Difference]


def _chosen(kinds: Sequence[ComparedKind] | None) -> list[ComparedKind]:
    return [kind for kind in ComparedKind if kinds is None or kind in kinds]


def _moment(reader: Reader, pinned: GlobalId) -> Moment:
    from txapi.schema.schema import Moment

    return Moment(reading=lambda: reader, pinned=pinned)


def connect_differences(
    compared: Compared, name: str, asked: compare.Asked, first: int | None, after: str | None
) -> Connection[Difference]:
    """A page of differences; a cursor moves what was asked for as now to where it was at the first page."""
    size, _ = size_of(first, None)
    signature = signature_of(name, asked)
    begin = None
    if after is not None:
        cursor = read(after, signature)
        compared = compared.at(cursor)
        begin = compare.Difference(cursor.kind, cursor.id, compare.What.CHANGED)
    found = compared.sides.page(asked, size, begin)
    page = Page(compared, asked, found.found)
    nodes = [
        Difference(kind=ComparedKind(one.kind), entity_id=ID(one.entity_id), what=one.what, found=one, page=page)
        for one in found.found
    ]
    cursors = [written(compared, signature, one) for one in found.found]
    return Connection(
        nodes=nodes,
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        page_info=PageInfo(
            has_next_page=found.has_next,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        counting=lambda: total_of(compared, asked),
    )


@dataclass
class _Side:
    """One moment of a comparison as a client asks for it."""

    reader: Reader
    floating: bool

    @classmethod
    def of(cls, info: Info, given: MomentInput | None) -> _Side:
        """The reader of the moment; BadInput as of `moment`."""
        asked = given or MomentInput()
        return cls(moment_reader(info.context, asked.at, asked.clock, asked.valid_on), asked.at is None)

    def in_snapshot_of(self, other: _Side) -> Reader:
        """The same moment, read where the other is read: settling a time may have opened a later snapshot."""
        moment, connection = self.reader.moment, other.reader.connection
        return other.reader.at(at_position(connection, moment.position, moment.clock, moment.valid_on))


@strawberry.type
class ComparisonQuestions(Asking):
    """The root field that compares."""

    @strawberry.field(
        description="What differs between two moments: each has what was known (`at`), the facts that count (`validOn`) and a clock."
        " COMPARED_BACKWARDS where `before` knows more of the record than `after`; valid dates may lie in either order. 比对。"
    )
    def compare(self, info: Info, before: MomentInput, after: MomentInput | None = None) -> Comparison:
        """Two moments side by side; `after` is now unless given."""
        earlier, later = _Side.of(info, before), _Side.of(info, after)
        sides = compare.Comparison(earlier.in_snapshot_of(later), later.reader)
        return Comparison(
            compared=Compared(
                sides,
                pinned_id(sides.before.moment, floating=earlier.floating),
                pinned_id(sides.after.moment, floating=later.floating),
            )
        )
