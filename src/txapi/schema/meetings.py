"""Meetings 会议: where city and units meet on site or collectively, when and with whom."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import meetings as commands
from txapi.application.desk import Done
from txapi.domain.errors import BadInput
from txapi.domain.meeting import MeetingKind
from txapi.domain.official import Official as DomainOfficial
from txapi.projections import meetings
from txapi.projections.meetings import MeetingRow
from txapi.projections.moment import Reader
from txapi.schema.asking import Asking, loads, loads_many
from txapi.schema.commands import CommandInput, Info, Refusal, carry_out
from txapi.schema.connections import Connection, connect
from txapi.schema.context import checked_text
from txapi.schema.history import Event, events_at, history_of
from txapi.schema.ids import GlobalId, entity_of, stream_of
from txapi.schema.inputs import OfficialInput, PartialDateInput, asks, date_of, fields_of, optional, texts
from txapi.schema.nouns import Answer, Node, answers, since_position, to_one
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.scalars import JSON, Position
from txapi.schema.units import Unit, alone, units_of
from txapi.schema.values import Official, PartialDate, label_of, public_enum

public_enum(MeetingKind, "会议类别", "What sort of meeting.")

MOST_ATTENDEES = 500
"""How many attendees one meeting names."""


@answers("会议", "A meeting of city and units, planned or held.")
class Meeting(MeetingRow, Answer, Node):
    """A meeting at a moment."""

    NOUN = "meeting"

    kind_label = label_of("kind", "What people read for its kind. 类别名称。")

    @strawberry.field(description="The day on which it is held. 日期。")
    def on(self) -> PartialDate | None:
        """The date; it may lie ahead."""
        return PartialDate.of(self.happens)

    @strawberry.field(description="The units that host it. 主办单位。")
    def hosts(self) -> list[Unit]:
        """The hosts."""
        return units_of(self, "hosts", lambda row: row.host_codes)

    @strawberry.field(description="The officials who attend. 出席人员。")
    def attendees(self) -> list[Official]:
        """Who attends, as named."""
        return [official for person in self.attending if (official := Official.of(person))]

    @strawberry.field(description="The units that attend. 参加单位。")
    def attending_units(self) -> list[Unit]:
        """The units."""
        return units_of(self, "attending_units", lambda row: row.attending_codes)

    changed_at = since_position("Where it last changed, as seen from this moment. 最近变更位置。")

    @strawberry.field(
        description="Everything that was ever recorded of it, in order. 履历。", metadata=plain(Hanging())
    )
    def history(
        self,
        first: int | None = None,
        after: Position | None = None,
        last: int | None = None,
        before: Position | None = None,
    ) -> Connection[Event]:
        """Its events."""
        return history_of(self.reader, self.entity_id, first, after, last, before)

    @strawberry.field(description="Which commands the viewer may give on it now, and why not the others. 操作权限。")
    def may(self, info: Info) -> list[Permission]:
        """Why a button is grey."""
        return permissions_of(self, info, self.entity_id, commands.may)


def meeting_behind(answer: Answer, name: str, id: str | None, id_of: Any) -> Meeting | None:
    """The meeting behind an id that an answer keeps; read once for all its siblings."""
    return to_one(  # type: ignore[no-any-return]
        answer,
        name,
        id,
        id_of,
        lambda reader, ids: meetings.meetings_of(reader, ids, Meeting),
        lambda row: row.entity_id,
    )


@loads("meeting")
def load_meeting(reader: Reader, pinned: GlobalId | None, key: str) -> Meeting | None:
    """The meeting with that entity id."""
    return alone(meetings.meeting_of(reader, key, Meeting), reader, pinned)  # type: ignore[no-any-return]


@loads_many("meeting")
def load_meetings(reader: Reader, keys: list[str]) -> list[Any]:
    """The meetings with those entity ids."""
    return meetings.meetings_of(reader, keys, Meeting)


@asks("会议筛选", "Which meetings; every part that is given must hold, an empty list finds nothing.")
class MeetingFilter(meetings.MeetingFilter):
    """Which meetings are asked for."""

    def asked(self) -> meetings.MeetingFilter:
        """The filter as a question. BadInput as of a text."""
        return meetings.MeetingFilter(kind=self.kind, text=optional(self.text, "text", 200))


@strawberry.type
class MeetingQuestions(Asking):
    """Questions about meetings."""

    @strawberry.field(description="The meeting with that entityId. 会议。", metadata=plain(Sought()))
    def meeting(
        self, entity_id: Annotated[ID, strawberry.argument(description="The entityId or id. 实体标识。")]
    ) -> Meeting | None:
        """A meeting."""
        found: Meeting | None = load_meeting(self.reader, self.pinned, stream_of(entity_id))
        return found

    @strawberry.field(description="Meetings, the latest first; those without a date come last. 会议列表。")
    def meetings(
        self,
        filter: MeetingFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Meeting]:
        """A page of meetings."""
        asked = None if filter is None else filter.asked()
        return connect(
            self.reader, self.pinned, lambda reader: meetings.select(reader, asked), meetings.LATEST_FIRST, Meeting,
            name="meetings", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip


# -- commands --------------------------------------------------------------------------------------------------------


@strawberry.type(description="What a command on a meeting came to. 会议回执。")
class MeetingReceipt:
    """The meeting after the command, and what was recorded."""

    meeting: Meeting = strawberry.field(description="The meeting, as it is now. 会议。")
    position: Position = strawberry.field(description="The last event of this command. 位置。")
    events: list[Event] = strawberry.field(description="What was recorded. 事件。")
    replayed: bool = strawberry.field(description="Whether this command had been carried out before. 是否重放。")


MeetingResult = Annotated[
    MeetingReceipt | Refusal, strawberry.union("MeetingResult", description="A receipt, or why not. 结果。")
]


def _receipt(reader: Reader, done: Done) -> MeetingReceipt:
    return MeetingReceipt(
        meeting=alone(meetings.meeting_of(reader, done.id, Meeting), reader, None),
        position=Position(done.last),
        events=events_at(reader, range(done.first, done.last + 1)),
        replayed=done.replayed,
    )


@strawberry.input(description="A command on a meeting. 会议指令。")
class MeetingCommandInput(CommandInput):
    """Which meeting."""

    meeting: ID = strawberry.field(description="The entityId, or an id of the present. 会议。")

    @property
    def entity(self) -> str:
        """The entity id of the meeting. BadInput BAD_ID, ID_OF_A_MOMENT, WRONG_KIND."""
        return entity_of(self.meeting, "meeting")


@strawberry.input(description="Enter a meeting, planned or held. 登记会议。")
class RegisterMeetingInput(CommandInput):
    """What is known of the meeting."""

    kind: MeetingKind = strawberry.field(description="What sort of meeting. 类别。")
    title: str = strawberry.field(description="The title. 会议名称。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; it may lie ahead. 日期。")
    begins: str | None = strawberry.field(default=None, description="Local time HH:MM. 开始。")
    ends: str | None = strawberry.field(default=None, description="Local time HH:MM. 结束。")
    hosts: list[str] = strawberry.field(default_factory=list, description="Codes of units. 主办单位代码。")
    attendees: list[OfficialInput] = strawberry.field(default_factory=list, description="Who attends. 出席人员。")
    attending_units: list[str] = strawberry.field(default_factory=list, description="Codes of units. 参加单位代码。")
    open: bool = strawberry.field(default=False, description="Whether the source's list ends in 等. 未列全。")
    series: str | None = strawberry.field(default=None, description="The series that it is part of. 系列。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Change what is said of a meeting; what is left out stays. 修改会议。")
class AmendMeetingInput(MeetingCommandInput):
    """What to change."""

    title: str | None = strawberry.field(default=None, description="The title. 会议名称。")
    on: PartialDateInput | None = strawberry.field(default=None, description="When; it may lie ahead. 日期。")
    begins: str | None = strawberry.field(default=None, description="Local time HH:MM. 开始。")
    ends: str | None = strawberry.field(default=None, description="Local time HH:MM. 结束。")
    hosts: list[str] | None = strawberry.field(default=None, description="Codes of units. 主办单位代码。")
    attendees: list[OfficialInput] | None = strawberry.field(default=None, description="Who attends. 出席人员。")
    attending_units: list[str] | None = strawberry.field(default=None, description="Codes of units. 参加单位代码。")
    open: bool | None = strawberry.field(default=None, description="Whether the source's list ends in 等. 未列全。")
    series: str | None = strawberry.field(default=None, description="The series that it is part of. 系列。")
    note: str | None = strawberry.field(default=None, description="A remark. 备注。")


@strawberry.input(description="Call a meeting off or close it; a reason is needed. 取消会议。")
class CloseMeetingInput(MeetingCommandInput):
    """Which meeting."""


@strawberry.input(description="Retract or replace a fact of a meeting; a reason is needed. 更正会议事实。")
class CorrectMeetingInput(MeetingCommandInput):
    """Which fact, and how it should read."""

    corrects: int = strawberry.field(description="Which event of the meeting stated it. 被更正事件序号。")
    fields: JSON | None = strawberry.field(
        default=None, description="The fields that replace, in the form of the event's data; null retracts. 更正内容。"
    )


def _said(input: RegisterMeetingInput | AmendMeetingInput) -> dict[str, Any]:
    return {
        "on": date_of(input.on),
        "begins": optional(input.begins, "begins", 5),
        "ends": optional(input.ends, "ends", 5),
        "hosts": None if input.hosts is None else texts(input.hosts, "hosts", 64),
        "attendees": None if input.attendees is None else _officials(input.attendees),
        "attending_units": None
        if input.attending_units is None
        else texts(input.attending_units, "attendingUnits", 64),
        "open_list": input.open,
        "series": optional(input.series, "series", 200),
        "note": optional(input.note, "note"),
    }


def _officials(given: list[OfficialInput]) -> list[DomainOfficial]:
    if len(given) > MOST_ATTENDEES:
        raise BadInput("TOO_MANY", f"a meeting names at most {MOST_ATTENDEES} attendees", ("attendees",))
    return [person.value() for person in given]


@strawberry.type
class MeetingMutations:
    """Commands on meetings."""

    @strawberry.mutation(description="Enter a meeting, planned or held. 登记会议。")
    def register_meeting(self, info: Info, input: RegisterMeetingInput) -> MeetingResult:
        """Register a meeting."""
        return carry_out(info, input, lambda desk, order: commands.register_meeting(
            desk, order, kind=input.kind, title=checked_text(input.title, "title", 200), **_said(input),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Change what is said of a meeting. 修改会议。")
    def amend_meeting(self, info: Info, input: AmendMeetingInput) -> MeetingResult:
        """Amend a meeting."""
        return carry_out(info, input, lambda desk, order: commands.amend_meeting(
            desk, order, meeting=input.entity, title=optional(input.title, "title", 200), **_said(input),
        ), _receipt)  # fmt: skip

    @strawberry.mutation(description="Call a meeting off or close it. 取消会议。")
    def close_meeting(self, info: Info, input: CloseMeetingInput) -> MeetingResult:
        """Close a meeting."""
        return carry_out(info, input, lambda desk, order: commands.close_meeting(
            desk, order, meeting=input.entity), _receipt)  # fmt: skip

    @strawberry.mutation(description="Retract or replace a fact of a meeting. 更正会议事实。")
    def correct_meeting(self, info: Info, input: CorrectMeetingInput) -> MeetingResult:
        """Correct a meeting."""
        return carry_out(info, input, lambda desk, order: commands.correct_meeting(
            desk, order, meeting=input.entity, corrects=input.corrects, fields=fields_of(input.fields),
        ), _receipt)  # fmt: skip
