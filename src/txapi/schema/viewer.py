"""The viewer 当前用户: who asks, for which units, and what waits for them now."""

from __future__ import annotations

import strawberry

from txapi.domain.event import Role
from txapi.projections import ticket_questions, units
from txapi.projections.moment import Reader
from txapi.projections.ticket_questions import TicketFilter
from txapi.schema.commands import Info
from txapi.schema.nouns import together
from txapi.schema.units import Unit

DUE_SOON_DAYS = 3


@strawberry.type(description="What waits for the viewer's units at the clock: numbers of tickets. 待办箱。")
class Inbox:
    """Counts, each of a list that `tickets` gives under the same filter."""

    reader: strawberry.Private[Reader]
    codes: strawberry.Private[list[str]]

    def _count(self, asked: TicketFilter) -> int:
        return ticket_questions.select(self.reader, asked).count()

    @strawberry.field(description="Still to be received: `toReceive`. 待签收。")
    def to_receive(self) -> int:
        """Tickets to receive."""
        return self._count(TicketFilter(to_receive=self.codes))

    @strawberry.field(description="Received and not answered: `toReply`. 待受理。")
    def to_reply(self) -> int:
        """Tickets to reply to."""
        return self._count(TicketFilter(to_reply=self.codes))

    @strawberry.field(
        description="On which the units owe something that falls due within so many days: `owedBy` with `dueWithinDays`. 即将到期。"
    )
    def due_soon(self, days: int = DUE_SOON_DAYS) -> int:
        """Tickets on which something is due soon."""
        return self._count(TicketFilter(owed_by=self.codes, due_within_days=days))

    @strawberry.field(description="On which the units owe something that is overdue: `owedBy` with `overdue`. 已逾期。")
    def overdue(self) -> int:
        """Tickets on which something is overdue."""
        return self._count(TicketFilter(owed_by=self.codes, overdue=True))

    @strawberry.field(description="Issued by the units, resolved, waiting to be confirmed. 待确认。")
    def to_confirm(self) -> int:
        """Tickets to confirm."""
        return self._count(TicketFilter(issuers=self.codes, awaiting_confirmation=True))

    @strawberry.field(description="Open ones that were copied to the units: `copiedTo` with `open`. 抄送。")
    def copied(self) -> int:
        """Tickets copied."""
        return self._count(TicketFilter(copied_to=self.codes, open=True))


@strawberry.type(description="Who asks. 当前用户。")
class Viewer:
    """The actor of the token."""

    subject: str = strawberry.field(description="The subject of the token. 主体。")
    role: Role = strawberry.field(description="The role. 角色。")
    signed_in: bool = strawberry.field(description="Whether the request carries a valid token. 是否已登录。")
    units: list[Unit] = strawberry.field(
        description="The unit acted for, and those whose authority has passed to it. 所代表单位。"
    )
    inbox: Inbox = strawberry.field(description="What waits for them now. 待办箱。")


def viewer_of(info: Info) -> Viewer:
    """Who asks, with the units and the inbox as they are now."""
    context = info.context
    reader = context.present()
    actor = context.acting(reader)
    codes = [code for code in (actor.unit, *actor.successor_of) if code is not None]
    known = {unit.code: unit for unit in together(units.by_codes(reader, codes, Unit), reader, None)}
    return Viewer(
        subject=actor.subject,
        role=actor.role,
        signed_in=context.signed_in,
        units=[known[code] for code in codes if code in known],
        inbox=Inbox(reader=reader, codes=codes),
    )
