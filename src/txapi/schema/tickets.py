"""Tickets 工作联系单: what each is about, who handles it, what is owed by when, and how high it was taken; lists and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import ID

from txapi.application import tickets as commands
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label as Words
from txapi.projections import ticket_questions, tickets
from txapi.projections.moment import Reader
from txapi.projections.restricted import tickets_withheld
from txapi.projections.ticket_rows import TicketRow
from txapi.schema.asking import Asking, loads, loads_many, nouns_behind
from txapi.schema.attachments import Attachable
from txapi.schema.commands import Info
from txapi.schema.companies import Company
from txapi.schema.connections import Connection, connect, told_whole
from txapi.schema.handlings import Handling
from txapi.schema.history import Event, history_of
from txapi.schema.ids import GlobalId, stream_of
from txapi.schema.inputs import asks, optional, texts
from txapi.schema.judgements import JudgedInput
from txapi.schema.meetings import Meeting
from txapi.schema.nouns import Answer, Node, answers, since_position, to_many
from txapi.schema.parcels import Parcel
from txapi.schema.permissions import Permission, permissions_of
from txapi.schema.persons import Person
from txapi.schema.plain import Hanging, Sought, plain
from txapi.schema.references import LightVerdict
from txapi.schema.scalars import Position
from txapi.schema.ticket_enums import (
    TicketDimension,
    TicketOrderField,
)
from txapi.schema.ticket_parts import Attempt, Decision, EscalationStep, Owed, ProgressNote, Reminder, Turn
from txapi.schema.units import Unit, alone, unit_behind, units_of
from txapi.schema.values import Label, Official, label_of

if TYPE_CHECKING:
    from txapi.schema.projects import Project


TicketSubject = Annotated[
    Annotated["Project", strawberry.lazy("txapi.schema.projects")] | Parcel | Company,
    strawberry.union("TicketSubject", description="What a ticket is about. 涉及对象。"),
]


@answers("工作联系单", "Written when a project is stuck: another unit must accept it in writing, with a promised date.")
class Ticket(TicketRow, Attachable, Answer, Node):
    """A ticket at a moment."""

    NOUN = "ticket"

    # -- what it is ----------------------------------------------------------------------------------------------------

    state_label = label_of("state", "What people read for the state. 状态名称。")

    category_label = label_of("category", "What people read for the category. 类别名称。")

    @strawberry.field(
        description="Whether its texts are withheld from the viewer by the city's policy of reading: then `body` and notes, reasons,"
        " texts and outcomes of its parts are empty, opinions, outcomes and sources that may be null are null, and its files are not"
        " told of. 是否不公开文字内容。"
    )
    def texts_withheld(self) -> bool:
        """Whether whoever asks reads everything of it but the texts."""

        def load(reader: Reader, ids: list[str]) -> dict[str, bool]:
            return dict.fromkeys(tickets_withheld(reader, ids), True)

        return self.related("texts", self.entity_id, lambda row: row.entity_id, load) or False

    @strawberry.field(
        graphql_type=list[TicketSubject], description="The projects, parcels and companies that it is about. 涉及对象。"
    )
    def about(self) -> list[Any]:
        """What it is about, as far as it exists at the moment."""
        return nouns_behind(self, "about", lambda row: ((one.kind.value, one.id) for one in row.about_known))

    @strawberry.field(description="The meeting at which it was noted. 会议。")
    def meeting(self) -> Meeting | None:
        """The meeting of an on-site item."""
        return next(iter(nouns_behind(self, "meeting", _meeting)), None)

    @strawberry.field(description="The person to call about it. 联系人。")
    def contact(self) -> Person | None:
        """The contact."""
        return next(iter(nouns_behind(self, "contact", _contact)), None)

    @strawberry.field(description="Who signed it off. 签发人。")
    def signed_off_by(self) -> Official | None:
        """The official who signed it off."""
        return Official.of(self.signer)

    # -- who takes part ------------------------------------------------------------------------------------------------

    issuer = unit_behind("issuer_code", "The unit that issued it; an item of a meeting may have none. 发出单位。")

    handler = unit_behind("handler_code", "The unit that leads now, or is to lead. 主办单位。")

    @strawberry.field(description="The units that it was copied to. 抄送单位。")
    def copies(self) -> list[Unit]:
        """The copied units."""
        return units_of(self, "copies", lambda row: row.copy_codes)

    @strawberry.field(description="One for every unit and every time that it was sent to it, in order. 办理。")
    def handlings(self) -> list[Handling]:
        """The handlings; what an earlier one let lapse stays in it."""
        return to_many(
            self, "handlings", self.entity_id, lambda row: row.entity_id,
            lambda reader, ids: tickets.handlings_of(reader, ids, Handling), lambda row: row.ticket_id,
        )  # fmt: skip

    # -- where it stands -----------------------------------------------------------------------------------------------

    @strawberry.field(description="What has to be done, by whom and by when; what moves it on comes first. 待办。")
    def owed(self) -> list[Owed]:
        """Everything owed at the clock."""
        return [Owed.of(one, self) for one in self.owed_known]

    @strawberry.field(description="The light at the clock, why, and how long it holds. 亮灯。")
    def light(self) -> LightVerdict:
        """The light."""
        return LightVerdict.of(tickets.light_of(self.reader, self), self)

    @strawberry.field(description="What the handling units reported, in order. 进展。")
    def progress(self) -> list[ProgressNote]:
        """Every report."""
        return [ProgressNote.of(note, self) for note in self.progress_notes]

    @strawberry.field(description="How often a unit was reminded. 催办次数。")
    def reminder_count(self) -> int:
        """The number of reminders."""
        return len(self.reminder_notes)

    @strawberry.field(description="Every reminder, in order. 催办。")
    def reminders(self) -> list[Reminder]:
        """The reminders."""
        return [Reminder.of(one, self) for one in self.reminder_notes]

    @strawberry.field(description="When it was taken higher, to whom and why. 提级经过。")
    def escalation_history(self) -> list[EscalationStep]:
        """Every step up."""
        return [EscalationStep.of(step) for step in self.escalation_steps]

    @strawberry.field(description="What leading officials tried. 领导协调。")
    def attempts(self) -> list[Attempt]:
        """Every attempt."""
        return [Attempt.of(step, self) for step in self.leader_steps]

    @strawberry.field(description="What the mayor's office meeting decided on it. 市长办公会议决定。")
    def decisions(self) -> list[Decision]:
        """Every decision."""
        return [Decision.of(one, self) for one in self.decisions_made]

    @strawberry.field(description="Withdrawals, reassignments, reopenings and confirmations, in order. 办理经过。")
    def turns(self) -> list[Turn]:
        """Every turn."""
        return [Turn.of(turn, self) for turn in self.turns_taken]

    # -- its record ----------------------------------------------------------------------------------------------------

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


def _meeting(row: TicketRow) -> list[tuple[str, str]]:
    return [("meeting", row.meeting_id)] if row.meeting_id else []


def _contact(row: TicketRow) -> list[tuple[str, str]]:
    return [("person", row.contact_id)] if row.contact_id else []


@loads("ticket")
def load_ticket(reader: Reader, pinned: GlobalId | None, key: str) -> Ticket | None:
    """The ticket with that entity id."""
    return alone(tickets.ticket_of(reader, key, Ticket), reader, pinned)  # type: ignore[no-any-return]


@loads_many("ticket")
def load_tickets(reader: Reader, keys: list[str]) -> list[Any]:
    """The tickets with those entity ids."""
    return tickets.tickets_of(reader, keys, Ticket)


# -- questions ---------------------------------------------------------------------------------------------------------


@asks("工作联系单筛选", "Which tickets; every part that is given must hold, an empty list finds nothing.")
class TicketFilter(ticket_questions.TicketFilter):
    """Which tickets are asked for."""

    about: list[ID] | None = strawberry.field(  # type: ignore[assignment]
        default=None, description="About one of these projects, parcels or companies, by entityId or id. 涉及对象。"
    )
    judged: JudgedInput | None = strawberry.field(  # type: ignore[assignment]
        default=None, description="Of which a number of the scoreboard of departments speaks. 记分牌口径。"
    )
    meeting: ID | None = strawberry.field(default=None, description="Noted at this meeting, by entityId or id. 会议。")

    def asked(self) -> ticket_questions.TicketFilter:
        """The filter as a question. BadInput BAD_ID, NEGATIVE_DAYS, and those of a text."""
        given = {name: getattr(self, name) for name in ticket_questions.TicketFilter.__dataclass_fields__}
        given["about"] = None if self.about is None else [stream_of(id) for id in self.about]
        given["judged"] = None if self.judged is None else self.judged.asked()
        given["meeting"] = None if self.meeting is None else stream_of(self.meeting)
        for name in ("number", "text"):
            given[name] = optional(given[name], name, 200)
        for name in ("issuers", "handlers", "units", "copied_to", "to_receive", "to_reply", "owed_by"):
            given[name] = None if given[name] is None else list(texts(given[name], name))
        if self.due_within_days is not None and self.due_within_days < 0:
            raise BadInput("NEGATIVE_DAYS", "within how many days: from 0 on", ("dueWithinDays",))
        return ticket_questions.TicketFilter(**given)


def asked_of(filter: TicketFilter | None) -> ticket_questions.TicketFilter | None:
    """The question behind a filter that a client may have given."""
    return None if filter is None else filter.asked()


@strawberry.input(description="One term of a sort. 排序。")
class TicketOrder:
    """By what, in which direction; what is unknown comes last in both."""

    by: TicketOrderField = strawberry.field(description="By what. 排序项。")
    descending: bool = strawberry.field(default=False, description="From the last to the first. 降序。")


@strawberry.type(description="What the tickets of a group have in common. 分组键。")
class TicketGroupKey:
    """One key of a group."""

    dimension: TicketDimension = strawberry.field(description="By what it was grouped. 维度。")
    key: str | None = strawberry.field(
        description="The unit's code, or the value; null for tickets without a unit. 键。"
    )
    label: Label | None = strawberry.field(description="What people read for it. 名称。")


@strawberry.type(description="Tickets that have something in common. 工作联系单分组。")
class TicketGroup:
    """One group."""

    group: list[TicketGroupKey] = strawberry.field(description="Its keys, in the order of `by`. 分组键。")
    count: int = strawberry.field(description="How many tickets. 件数。")
    overdue: int = strawberry.field(description="On how many of them something is overdue at the clock. 逾期件数。")


def _page(
    reader: Reader,
    pinned: GlobalId | None,
    asked: ticket_questions.TicketFilter | None,
    order_by: Sequence[TicketOrder] | None,
    pages: dict[str, Any],
) -> Connection[Ticket]:
    order = [ticket_questions.order_by(term.by, descending=term.descending) for term in order_by or ()]
    return connect(
        reader, pinned, lambda reader: ticket_questions.select(reader, asked), order or ticket_questions.NEWEST_FIRST,
        Ticket, name="tickets", asked=asked, **pages,
    )  # fmt: skip


def tickets_about(
    answer: Any, filter: TicketFilter | None, order_by: Sequence[TicketOrder] | None, **pages: Any
) -> Connection[Ticket]:
    """A page of the tickets about a noun, at its moment; newest first unless another order is asked for."""
    asked = asked_of(filter) or ticket_questions.TicketFilter()
    asked.about = [answer.entity_id] if asked.about is None else [id for id in asked.about if id == answer.entity_id]
    return _page(answer.reader, answer._siblings.pinned, asked, order_by, pages)


@strawberry.type
class TicketQuestions(Asking):
    """Questions about tickets."""

    @strawberry.field(
        description="The ticket with that entityId, or with that number. 工作联系单。", metadata=plain(Sought())
    )
    def ticket(
        self,
        entity_id: Annotated[ID | None, strawberry.argument(description="The entityId or id. 实体标识。")] = None,
        number: Annotated[str | None, strawberry.argument(description="The ticket's number. 编号。")] = None,
    ) -> Ticket | None:
        """A ticket by id or by number."""
        if entity_id is None and number is None:
            raise BadInput("ONE_OF_TWO", "say which ticket: ask by entityId or by number", ("entityId",))
        if entity_id is not None and number is not None:
            raise BadInput("ONE_OF_TWO", "ask by entityId or by number, and by one of them only", ("entityId",))
        if entity_id is not None:
            found: Ticket | None = load_ticket(self.reader, self.pinned, stream_of(entity_id))
            return found
        return alone(tickets.ticket_with_number(self.reader, number or "", Ticket), self.reader, self.pinned)  # type: ignore[no-any-return]

    @strawberry.field(description="Tickets, newest first unless another order is asked for. 工作联系单列表。")
    def tickets(
        self,
        filter: TicketFilter | None = None,
        order_by: list[TicketOrder] | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Ticket]:
        """A page of tickets."""
        pages = {"first": first, "after": after, "last": last, "before": before}
        return _page(self.reader, self.pinned, asked_of(filter), order_by, pages)

    @strawberry.field(
        description="How many tickets there are by each combination, and how many are overdue. Without a dimension: all in one."
        " 工作联系单分组统计。"
    )
    def ticket_groups(self, by: list[TicketDimension], filter: TicketFilter | None = None) -> list[TicketGroup]:
        """Counts."""
        dimensions = list(dict.fromkeys(by))
        found = told_whole(ticket_questions.groups(self.reader, dimensions, asked_of(filter)))
        names = ticket_questions.names_of(self.reader, dimensions, found)
        return [
            TicketGroup(
                group=[
                    TicketGroupKey(dimension=dimension, key=key, label=_label(names.get((dimension, key))))
                    for dimension, key in zip(dimensions, group.keys, strict=True)
                ],
                count=group.count,
                overdue=group.overdue,
            )
            for group in found
        ]


def _label(label: Words | None) -> Label | None:
    return None if label is None else Label.of(label)
