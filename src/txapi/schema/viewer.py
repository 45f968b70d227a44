"""The viewer 当前用户: who asks, for which units, and what waits for them now."""

from __future__ import annotations

import enum

import strawberry

from txapi.domain.errors import BadInput
from txapi.domain.event import Role
from txapi.domain.labels import labelled
from txapi.domain.ticket.values import Escalation
from txapi.projections import ticket_questions, units
from txapi.projections.moment import Reader
from txapi.projections.ticket_questions import TicketFilter, TicketOrderField
from txapi.schema.commands import Info
from txapi.schema.connections import LINES, Connection, connect
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import together
from txapi.schema.permissions import RolePermission, permissions_of_role
from txapi.schema.tickets import Ticket
from txapi.schema.units import Unit
from txapi.schema.values import public_enum
from txapi.schema.webhook_deliveries import stopped

DUE_SOON_DAYS = 3

ESCALATED_TO = {Role.LEADER: Escalation.LEADING_OFFICIAL, Role.SECRETARY: Escalation.MAYORS_OFFICE_MEETING}
"""How high a ticket was taken that waits for the holder of an office, who acts for no unit."""


class InboxPart(enum.Enum):
    """What a ticket waits for."""

    OWED = "owed"
    TO_RECEIVE = "to_receive"
    TO_REPLY = "to_reply"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    TO_CONFIRM = "to_confirm"
    ESCALATED = "escalated"
    COPIED = "copied"


labelled(
    {
        InboxPart.OWED: ("全部待办", "everything that the units owe"),
        InboxPart.TO_RECEIVE: ("待签收", "to receive"),
        InboxPart.TO_REPLY: ("待受理", "to reply"),
        InboxPart.DUE_SOON: ("即将到期", "due soon"),
        InboxPart.OVERDUE: ("已逾期", "overdue"),
        InboxPart.TO_CONFIRM: ("待确认", "to confirm"),
        InboxPart.ESCALATED: ("提级待处理", "taken to the viewer's office"),
        InboxPart.COPIED: ("抄送", "copied"),
    }
)
public_enum(InboxPart, "待办类别", "What the tickets of an inbox wait for.")


@strawberry.type(description="What waits for the viewer's units at the clock: numbers of tickets. 待办箱。")
class Inbox:
    """Counts, each of a list that `tickets` gives under the same filter."""

    reader: strawberry.Private[Reader]
    pinned: strawberry.Private[GlobalId | None]
    codes: strawberry.Private[list[str]]
    role: strawberry.Private[Role]

    def _asked(self, part: InboxPart, days: int = DUE_SOON_DAYS) -> TicketFilter:
        codes = self.codes
        match part:
            case InboxPart.OWED:
                return TicketFilter(owed_by=codes)
            case InboxPart.TO_RECEIVE:
                return TicketFilter(to_receive=codes)
            case InboxPart.TO_REPLY:
                return TicketFilter(to_reply=codes)
            case InboxPart.DUE_SOON:
                if days < 0:
                    raise BadInput("NEGATIVE_DAYS", "within how many days: from 0 on", ("days",))
                return TicketFilter(owed_by=codes, due_within_days=days)
            case InboxPart.OVERDUE:
                return TicketFilter(owed_by=codes, overdue=True)
            case InboxPart.TO_CONFIRM:
                return TicketFilter(issuers=codes, awaiting_confirmation=True)
            case InboxPart.ESCALATED:
                level = ESCALATED_TO.get(self.role)
                return TicketFilter(open=True, escalations=[] if level is None else [level])
            case InboxPart.COPIED:
                return TicketFilter(copied_to=codes, open=True)

    @strawberry.field(
        description="The parts that can hold anything for this viewer: those of the units acted for, and that of the office held."
        " 可有内容的类别。"
    )
    def parts(self) -> list[InboxPart]:
        """What there is to choose from."""
        of_units = [part for part in InboxPart if part is not InboxPart.ESCALATED] if self.codes else []
        return [*of_units, *([InboxPart.ESCALATED] if self.role in ESCALATED_TO else [])]

    def _count(self, part: InboxPart, days: int = DUE_SOON_DAYS) -> int:
        return ticket_questions.select(self.reader, self._asked(part, days)).count()

    @strawberry.field(description="The tickets of one part, the first due first. 待办列表。")
    def tickets(
        self,
        part: InboxPart,
        days: int = DUE_SOON_DAYS,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Ticket]:
        """A page of what is counted; `days` matters to what is due soon."""
        order = [ticket_questions.order_by(TicketOrderField.DUE), ticket_questions.order_by(TicketOrderField.NUMBER)]
        asked = self._asked(part, days)
        return connect(
            self.reader, self.pinned, lambda reader: ticket_questions.select(reader, asked), order, Ticket,
            name="inbox", asked=asked, first=first, after=after, last=last, before=before,
        )  # fmt: skip

    @strawberry.field(description="On which the units owe anything: `owedBy`. 全部待办。")
    def owed(self) -> int:
        """Tickets on which something is owed."""
        return self._count(InboxPart.OWED)

    @strawberry.field(description="Still to be received: `toReceive`. 待签收。")
    def to_receive(self) -> int:
        """Tickets to receive."""
        return self._count(InboxPart.TO_RECEIVE)

    @strawberry.field(description="Received and not answered: `toReply`. 待受理。")
    def to_reply(self) -> int:
        """Tickets to reply to."""
        return self._count(InboxPart.TO_REPLY)

    @strawberry.field(
        description="On which the units owe something that falls due within so many days: `owedBy` with `dueWithinDays`. 即将到期。"
    )
    def due_soon(self, days: int = DUE_SOON_DAYS) -> int:
        """Tickets on which something is due soon."""
        return self._count(InboxPart.DUE_SOON, days)

    @strawberry.field(description="On which the units owe something that is overdue: `owedBy` with `overdue`. 已逾期。")
    def overdue(self) -> int:
        """Tickets on which something is overdue."""
        return self._count(InboxPart.OVERDUE)

    @strawberry.field(description="Issued by the units, resolved, waiting to be confirmed. 待确认。")
    def to_confirm(self) -> int:
        """Tickets to confirm."""
        return self._count(InboxPart.TO_CONFIRM)

    @strawberry.field(
        description="Open ones that were taken to the viewer's office: to a leading official, or to the meeting. 提级待处理。"
    )
    def escalated(self) -> int:
        """Tickets that wait for the holder of an office."""
        return self._count(InboxPart.ESCALATED)

    @strawberry.field(description="Open ones that were copied to the units: `copiedTo` with `open`. 抄送。")
    def copied(self) -> int:
        """Tickets copied."""
        return self._count(InboxPart.COPIED)


@strawberry.type(description="Who asks. 当前用户。")
class Viewer:
    """The actor of the token."""

    subject: str = strawberry.field(description="The subject of the token. 主体。")
    role: Role = strawberry.field(description="The role. 角色。")
    signed_in: bool = strawberry.field(description="Whether the request carries a valid token. 是否已登录。")
    units: list[Unit] = strawberry.field(
        description=f"The unit acted for, and those whose authority has passed to it; at most {LINES}. 所代表单位（至多 {LINES} 个）。"
    )
    inbox: Inbox = strawberry.field(description="What waits for them now. 待办箱。")

    @strawberry.field(
        description="How many webhooks nothing is sent to until somebody does something, because they are dead or have no secret;"
        " null for who may not see how webhooks are told. 停止推送的端点数。"
    )
    def webhooks_stopped(self, info: Info) -> int | None:
        """What a badge shows."""
        return stopped(info.context)

    @strawberry.field(
        description="Every command that the viewer's role may give at all; each noun says which of them are open now. 角色权限。"
    )
    def may(self) -> list[RolePermission]:
        """The role's column of the table of permissions; nothing for who is not signed in."""
        return permissions_of_role(self.role) if self.signed_in else []


def _codes(info: Info, reader: Reader) -> list[str]:
    actor = info.context.acting(reader)
    return [code for code in (actor.unit, *actor.successor_of) if code is not None]


def inbox_of(info: Info, reader: Reader, pinned: GlobalId | None) -> Inbox:
    """What waits for the viewer at a moment, by the units whose authority the viewer had then."""
    return Inbox(reader=reader, pinned=pinned, codes=_codes(info, reader), role=info.context.viewer.role)


def viewer_of(info: Info) -> Viewer:
    """Who asks, with the units and the inbox as they are now."""
    context = info.context
    reader = context.present()
    codes = _codes(info, reader)
    known = {unit.code: unit for unit in together(units.by_codes(reader, codes, Unit), reader, None)}
    return Viewer(
        subject=context.viewer.subject,
        role=context.viewer.role,
        signed_in=context.signed_in,
        units=[known[code] for code in codes if code in known][:LINES],
        inbox=inbox_of(info, reader, None),
    )
