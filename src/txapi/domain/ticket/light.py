"""The light 灯 of a ticket: red when something is overdue or was late, yellow when it soon will be, with the reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from txapi.domain.dates import day_of, start_of
from txapi.domain.deadlines import Deadline
from txapi.domain.editions import Thresholds
from txapi.domain.labels import Label
from txapi.domain.light import Light, LightVerdict
from txapi.domain.ticket.questions import Owed, owes
from txapi.domain.ticket.state import TicketParts
from txapi.domain.ticket.values import Escalation, Handling, LapseKind, TicketState


class LightGrounds(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """All that the light of a ticket depends on besides the clock and the thresholds; small enough for a row.

    `limit` is the first deadline after which something is overdue; `late` says that those who handle the ticket now
    have let something lapse or did it late. What an earlier handler let lapse stays in its handling.
    """

    state: TicketState
    limit: Deadline | None = None
    late: bool = False
    reminders: int = 0
    escalation: Escalation = Escalation.NONE


def grounds(ticket: TicketParts, owed: tuple[Owed, ...] | None = None) -> LightGrounds:
    """What the ticket's light depends on; `owed` is what `owes` says, where that was asked already."""
    limits = [one.limit for one in (owes(ticket) if owed is None else owed) if one.limit is not None]
    counting = [one for one in ticket.handlings if one.closed_at is None or one.closed_at == ticket.closed_at]
    late_decision = any(
        (one.lapse is not None and one.lapse.corrected_by is None)
        or (one.carried_out_at is not None and one.deadline.passed_at(one.carried_out_at))
        for one in ticket.decisions
    )
    return LightGrounds(
        state=ticket.state,
        limit=min(limits, key=lambda deadline: deadline.due, default=None),
        late=late_decision or any(was_late(handling) for handling in counting),
        reminders=len(ticket.reminders),
        escalation=ticket.escalation,
    )


def was_late(handling: Handling) -> bool:
    """Whether the handling has let anything lapse or did it late, which stays true for ever unless corrected."""
    if handling.reply_late or handling.standing_lapse(LapseKind.ACCEPTANCE) is not None:
        return True
    return any(
        commitment.late
        or handling.standing_lapse(LapseKind.COMMITMENT, commitment.number) is not None
        or (commitment.replaced_at is not None and commitment.deadline.passed_at(commitment.replaced_at))
        for commitment in handling.commitments
    )


def light(of: LightGrounds, clock: datetime, thresholds: Thresholds) -> LightVerdict:
    """The light at that instant. Only the clock's day matters, because deadlines end at 24:00.

    Grey: a draft, or withdrawn. Red: overdue or late, until it is confirmed; confirmed late is yellow. Yellow: due
    soon, returned, reminded often, or taken to the mayor's office meeting. Green otherwise.
    """
    if of.state is TicketState.DRAFT:
        return LightVerdict(Light.GREY, Label(zh="草稿，尚未发出", en="a draft, not issued yet"))
    if of.state is TicketState.WITHDRAWN:
        return LightVerdict(Light.GREY, Label(zh="已撤回", en="withdrawn"))
    if of.limit is not None and of.limit.passed_at(clock):
        last = of.limit.last_day.isoformat()
        because = Label(zh=f"已逾期：时限为{last}", en=f"overdue: it was due on {last}")
        return LightVerdict(Light.RED, because, of.limit.policy or "")
    if of.late and of.state is not TicketState.CONFIRMED:
        return LightVerdict(Light.RED, Label(zh="曾逾期", en="a deadline was missed"), until=_due(of))
    return _before_the_deadline(of, clock, thresholds)


def _before_the_deadline(of: LightGrounds, clock: datetime, thresholds: Thresholds) -> LightVerdict:
    soon = thresholds.due_soon_days.value
    if of.limit is not None and (of.limit.last_day - day_of(clock)).days <= soon:
        last = of.limit.last_day.isoformat()
        because = Label(zh=f"将于{last}到期", en=f"due on {last}")
        return LightVerdict(Light.YELLOW, because, thresholds.edition, _due(of))
    if of.late:
        return LightVerdict(Light.YELLOW, Label(zh="已确认，但曾逾期", en="confirmed, but a deadline was missed"))
    if of.state is TicketState.RETURNED:
        because = Label(zh="已退回，待发出单位处理", en="returned: the issuer decides what next")
        return LightVerdict(Light.YELLOW, because, until=_soon(of, soon))
    if of.state is not TicketState.CONFIRMED:
        if of.reminders >= thresholds.reminders_yellow.value:
            because = Label(zh=f"已催办{of.reminders}次", en=f"reminded {of.reminders} times")
            return LightVerdict(Light.YELLOW, because, thresholds.edition, _soon(of, soon))
        if of.escalation is Escalation.MAYORS_OFFICE_MEETING:
            because = Label(zh="已提交市长办公会议", en="before the mayor's office meeting")
            return LightVerdict(Light.YELLOW, because, until=_soon(of, soon))
    because = Label(zh="按期", en="in time")
    return LightVerdict(Light.GREEN, because, thresholds.edition if of.limit else "", _soon(of, soon))


def _due(of: LightGrounds) -> datetime | None:
    return of.limit.due if of.limit else None


def _soon(of: LightGrounds, days: int) -> datetime | None:
    """The instant from which the limit is soon: the beginning of the first day that is near enough to it."""
    return start_of(of.limit.last_day - timedelta(days=days)) if of.limit else None
