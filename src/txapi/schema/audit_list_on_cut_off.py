"""Question 4 截止日清单: who was on a supervision list on its cut-off day, who joined or left later, and what of the rate."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.audit.questions import list_on_cut_off
from txapi.audit.questions.list_on_cut_off import CutOffView, MemberChange
from txapi.projections import publications
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking
from txapi.schema.audit_lines import AnswerPage
from txapi.schema.connections import Connection, connect_lines
from txapi.schema.history import Event
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.nouns import together
from txapi.schema.projects import Project
from txapi.schema.publications import Published
from txapi.schema.scalars import Position
from txapi.schema.supervision import SupervisionList, load_list
from txapi.schema.values import Label, PartialDate, Ratio, public_enum

public_enum(CutOffView, "统计口径时点", "By whose knowledge, and by which day's members, a list is counted.")
public_enum(
    MemberChange, "进出变化", "How a membership differs from one that stood on the cut-off day and still stands."
)


@strawberry.type(description="A list counted by one view; what is done is always judged by the cut-off day. 清单统计。")
class CutOffCount:
    """Members, done, and the rate."""

    view: CutOffView = strawberry.field(description="By whose knowledge. 统计时点。")
    label: Label = strawberry.field(description="That, for people. 统计时点名称。")
    position: Position = strawberry.field(description="What had been recorded by then. 位置。")
    listed: int = strawberry.field(description="How many members. 列入数。")
    done: int = strawberry.field(description="How many of them were done by the cut-off day. 完成数。")
    count_stated: int | None = strawberry.field(description="How many the list was said to have. 所称列入数。")
    rate: Ratio | None = strawberry.field(
        description="Done over listed; null unless as many members are known as are stated. 完成率。"
    )
    changes_rate: bool | None = strawberry.field(
        description="Whether the rate is another than the report could know (without a report: than was known on the day); null"
        " where one of them is unknown. 完成率是否改变。"
    )

    @classmethod
    def of(cls, count: list_on_cut_off.CutOffCount) -> CutOffCount:
        """The public form."""
        return cls(
            view=count.view,
            label=Label.of_member(count.view),
            position=Position(count.position),
            listed=count.listed,
            done=count.done,
            count_stated=count.count_stated,
            rate=Ratio.of(count.rate),
            changes_rate=count.changes_rate,
        )


@strawberry.type(description="A membership that some view counts, or that began after the cut-off. 清单成员。")
class CutOffMember:
    """One line of the answer."""

    entered: PartialDate | None = strawberry.field(description="Since when it is on the list. 纳入日期。")
    left: PartialDate | None = strawberry.field(description="When it left; null while it is on it. 移出日期。")
    why_left: str | None = strawberry.field(description="Why it left. 移出理由。")
    due: datetime.date | None = strawberry.field(description="By when its duty is due. 完成时限。")
    done_on: PartialDate | None = strawberry.field(
        description="When it was done, of what had come by the cut-off day, as known at the moment. 完成日期。"
    )
    on: list[CutOffView] = strawberry.field(description="The views that count it. 列入时点。")
    done: list[CutOffView] = strawberry.field(description="The views that count it as done. 完成时点。")
    changes: list[MemberChange] = strawberry.field(description="How it came or went since; none for most. 进出变化。")
    change_labels: list[Label] = strawberry.field(description="Those, for people. 进出变化名称。")
    line: strawberry.Private[list_on_cut_off.CutOffMember]
    page: strawberry.Private[AnswerPage[Any]]

    @strawberry.field(description="The project, at the moment of the question. 项目。")
    def project(self) -> Project | None:
        """The member."""
        return self.page.noun("project", self.line.project, _projects)  # type: ignore[no-any-return]

    @strawberry.field(description="The event that entered it. 纳入事件。")
    def entered_by(self) -> Event | None:
        """The entry."""
        return self.page.event(self.line.entered_by)

    @strawberry.field(
        description="The event by which it is off the list, a correction among them; null for none. 移出事件。"
    )
    def left_by(self) -> Event | None:
        """The leaving."""
        return self.page.event(self.line.left_by)

    @strawberry.field(description="Everything that this rests on, in order. 依据事件。")
    def events(self) -> list[Event]:
        """Entry, leaving, corrections, and what made it done."""
        return self.page.events(self.line.events)

    @classmethod
    def of(cls, line: list_on_cut_off.CutOffMember, page: AnswerPage[Any]) -> CutOffMember:
        """The public form of a line."""
        return cls(
            entered=PartialDate.of(line.entered),
            left=PartialDate.of(line.left),
            why_left=line.why_left,
            due=line.due,
            done_on=PartialDate.of(line.done_on),
            on=[view for view in CutOffView if view in line.on],
            done=[view for view in CutOffView if view in line.done],
            changes=list(line.changes),
            change_labels=[Label.of_member(change) for change in line.changes],
            line=line,
            page=page,
        )


@strawberry.type(description="A supervision list on its cut-off day. 截止日清单。")
class ListOnCutOff:
    """The list counted by every view, and its members."""

    day: datetime.date = strawberry.field(description="The cut-off day. 截止日。")
    counts: list[CutOffCount] = strawberry.field(description="The list by every view: three or four. 各时点统计。")
    members_are_known: bool = strawberry.field(
        description="Whether as many members are known as the list is said to have; without them there is no rate. 成员是否已知。"
    )
    found: strawberry.Private[list_on_cut_off.CutOff]
    reader: strawberry.Private[Reader]
    pinned: strawberry.Private[GlobalId | None]

    @strawberry.field(description="The list, at the moment of the question. 专项督查清单。")
    def supervision_list(self) -> SupervisionList | None:
        """The list."""
        found: SupervisionList | None = load_list(self.reader, self.pinned, self.found.list)
        return found

    @strawberry.field(description="The rates that were printed of it as of that day, with the printed counts. 刊载。")
    def printed(self) -> list[Published]:
        """What stands in documents; as many as printed a rate of this day."""
        ids = [row.entity_id for row in self.found.printed]
        return together(publications.items_of(self.reader, ids, Published), self.reader, self.pinned)

    @strawberry.field(description="Its members, in the order in which their entries were recorded. 成员。")
    def members(self, first: int | None = None, after: str | None = None) -> Connection[CutOffMember]:
        """A page of members."""
        day, id = self.day, self.found.list

        def shown(reader: Reader, lines: Sequence[list_on_cut_off.CutOffMember]) -> list[CutOffMember]:
            page = AnswerPage(reader, self.pinned, lines)
            return [CutOffMember.of(line, page) for line in lines]

        return connect_lines(
            self.reader, self.pinned,
            lambda reader, size, key: list_on_cut_off.members_on_cut_off(reader, id, day, size=size, after=key),
            lambda reader: list_on_cut_off.count_members(reader, id, day),
            shown, name="listOnCutOff", asked=(id, day), first=first, after=after,
        )  # fmt: skip


def _projects(line: list_on_cut_off.CutOffMember) -> Iterator[str]:
    yield line.project


@strawberry.type
class ListOnCutOffQuestions(Asking):
    """Question 4 of the ten."""

    @strawberry.field(
        description="Who was on a supervision list on its cut-off day, who joined or left later, and whether the rate would change;"
        " null where the moment knows no such list. 截止日清单。"
    )
    def list_on_cut_off(
        self,
        list: Annotated[ID, strawberry.argument(description="The list, by entityId or id. 清单。")],  # noqa: A002
        cut_off: Annotated[datetime.date, strawberry.argument(description="The day, to its end. 截止日。")],
    ) -> ListOnCutOff | None:
        """The list on that day."""
        found = list_on_cut_off.list_on_cut_off(self.reader, stream_of(list), cut_off)
        if found is None:
            return None
        return ListOnCutOff(
            day=found.day,
            counts=[CutOffCount.of(count) for count in found.counts],
            members_are_known=found.members_are_known,
            found=found,
            reader=self.reader,
            pinned=self.pinned,
        )
