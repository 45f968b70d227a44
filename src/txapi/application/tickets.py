"""Commands on tickets 工作联系单: load, let the ticket decide, save; numbers are allotted, named nouns checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from msgspec import UNSET, UnsetType

from txapi.application.desk import Desk, Done, Loads, Order, pending_meta
from txapi.domain.aggregate import DoesNotExist
from txapi.domain.dates import day_of
from txapi.domain.errors import Refusal
from txapi.domain.event import Metadata
from txapi.domain.official import Official
from txapi.domain.person import Person, PersonIsErased
from txapi.domain.ticket import ACTIONS, Ticket
from txapi.domain.ticket.sending import NUMBER
from txapi.domain.ticket.values import Escalation, TicketCategory, TicketOrigin, TicketSubject


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every command on a ticket, by the name of its function here, and why the actor may not give it; None: may.

    As before a command, what has lapsed counts although nobody has recorded it yet.
    """
    ticket = desk.load(Ticket, id)
    ticket.record_pending(pending_meta(meta))
    return [(action, ticket.may(action, meta)) for action in ACTIONS]


# -- drafting and sending --------------------------------------------------------------------------------------------


def draft_ticket(
    desk: Desk,
    order: Order,
    *,
    category: TicketCategory,
    subject: str,
    body: str,
    origin: TicketOrigin = TicketOrigin.LIAISON_FORM,
    issuer: str | None = None,
    handler: str | None = None,
    about: Sequence[TicketSubject] = (),
    copies: Sequence[str] = (),
    requested_by: date | None = None,
    meeting: str | None = None,
    id: str | None = None,
) -> Done:
    """Draft a ticket. `issuer`, `handler` and `copies` are codes of units, `meeting` is an id."""
    desk.must_know_units(issuer, handler, *copies)
    _must_know_subjects(desk, about)
    _must_know(desk, "meeting", meeting)
    return desk.create(
        Ticket,
        id or desk.record.ids.uuid(),
        order,
        lambda ticket: ticket.draft(
            order.meta,
            origin=origin,
            category=category,
            subject=subject,
            body=body,
            issuer=issuer,
            handler=handler,
            about=about,
            copies=copies,
            requested_by=requested_by,
            meeting=meeting,
        ),
    )


def amend_ticket_draft(
    desk: Desk,
    order: Order,
    *,
    ticket: str,
    category: TicketCategory | UnsetType = UNSET,
    subject: str | UnsetType = UNSET,
    body: str | UnsetType = UNSET,
    about: Sequence[TicketSubject] | UnsetType = UNSET,
    handler: str | UnsetType | None = UNSET,
    copies: Sequence[str] | UnsetType = UNSET,
    requested_by: date | UnsetType | None = UNSET,
    meeting: str | UnsetType | None = UNSET,
) -> Done:
    """Rewrite a draft; what is left UNSET stays."""
    desk.must_know_units(None if handler is UNSET else handler, *(() if copies is UNSET else copies))
    _must_know_subjects(desk, () if about is UNSET else about)
    _must_know(desk, "meeting", None if meeting is UNSET else meeting)
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.amend_draft(
            order.meta,
            category=category,
            subject=subject,
            body=body,
            about=about,
            handler=handler,
            copies=copies,
            requested_by=requested_by,
            meeting=meeting,
        ),
    )


def issue_ticket(
    desk: Desk, order: Order, *, ticket: str, signed_off_by: Official | None = None, number: str | None = None
) -> Done:
    """Send a draft to its handler. Without `number` it gets the next of its year: 2015-0001."""
    desk.must_know_units(signed_off_by.unit if signed_off_by else None)

    def issue(number: str) -> Done:
        return desk.change(
            Ticket,
            ticket,
            order,
            lambda one: one.issue(order.meta, number=number, references=desk.references, signed_off_by=signed_off_by),
        )

    return issue(number) if number is not None else desk.numbers.allot(NUMBER, _series(order.meta), issue)


def reassign_ticket(desk: Desk, order: Order, *, ticket: str, to: str) -> Done:
    """Send a ticket on 转办 to another unit, with a reason."""
    desk.must_know_units(to)
    return desk.change(Ticket, ticket, order, lambda one: one.reassign(order.meta, to=to, references=desk.references))


def add_ticket_support(desk: Desk, order: Order, *, ticket: str, unit: str) -> Done:
    """Ask one more unit to support 协办 the handling."""
    desk.must_know_units(unit)
    return desk.change(
        Ticket, ticket, order, lambda one: one.add_support(order.meta, unit=unit, references=desk.references)
    )


def withdraw_ticket(desk: Desk, order: Order, *, ticket: str) -> Done:
    """Withdraw a ticket 撤回, with a reason."""
    return desk.change(Ticket, ticket, order, lambda one: one.withdraw(order.meta))


def name_ticket_contact(desk: Desk, order: Order, *, ticket: str, person: str | None) -> Done:
    """Name the person to call about a ticket 联系人, or nobody any more. PersonIsErased."""
    if person is not None and desk.load(Person, person).erased_at is not None:
        raise PersonIsErased()
    return desk.change(Ticket, ticket, order, lambda one: one.name_contact(order.meta, person=person))


def mark_ticket_internal(desk: Desk, order: Order, *, ticket: str, internal: bool) -> Done:
    """Make a ticket internal 标为内部, or public again, with a reason. MarkingNeedsAReason."""
    return desk.change(Ticket, ticket, order, lambda one: one.mark_internal(order.meta, internal=internal))


# -- replying --------------------------------------------------------------------------------------------------------


def receive_ticket(
    desk: Desk, order: Order, *, ticket: str, received_at: datetime | None = None, unit: str | None = None
) -> Done:
    """Receive a ticket 签收 for a handling unit, now or at an earlier instant that a source shows."""
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.receive(order.meta, references=desk.references, received_at=received_at, unit=unit),
    )


def accept_ticket(
    desk: Desk,
    order: Order,
    *,
    ticket: str,
    opinion: str | None,
    promised_by: date | None,
    stated_on: date | None = None,
    unit: str | None = None,
) -> Done:
    """Accept a ticket 受理 with an opinion and a promised date."""
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.accept(order.meta, opinion=opinion, promised_by=promised_by, stated_on=stated_on, unit=unit),
    )


def return_ticket(
    desk: Desk,
    order: Order,
    *,
    ticket: str,
    opinion: str | None,
    stated_on: date | None = None,
    unit: str | None = None,
) -> Done:
    """Return a ticket 退回 with an opinion."""
    return desk.change(
        Ticket, ticket, order, lambda one: one.return_(order.meta, opinion=opinion, stated_on=stated_on, unit=unit)
    )


def correct_ticket_receipt(
    desk: Desk, order: Order, *, ticket: str, received_at: datetime, handling: int | None = None
) -> Done:
    """Date a receipt anew, with a source and a reason; the deadline and its verdict follow."""
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.correct_receipt(
            order.meta, received_at=received_at, references=desk.references, handling=handling
        ),
    )


def fix_ticket_deadline(desk: Desk, order: Order, *, ticket: str) -> Done:
    """Make every provisional deadline final that the adopted calendars now know."""
    return desk.change(Ticket, ticket, order, lambda one: one.fix_deadline(order.meta, references=desk.references))


# -- working ---------------------------------------------------------------------------------------------------------


def report_ticket_progress(desk: Desk, order: Order, *, ticket: str, note: str | None, unit: str | None = None) -> Done:
    """Report on the work."""
    return desk.change(Ticket, ticket, order, lambda one: one.report_progress(order.meta, note=note, unit=unit))


def ask_ticket_extension(desk: Desk, order: Order, *, ticket: str, to: date, unit: str | None = None) -> Done:
    """Ask for time 延期申请 until the end of a day, with a reason."""
    return desk.change(Ticket, ticket, order, lambda one: one.ask_extension(order.meta, to=to, unit=unit))


def decide_ticket_extension(
    desk: Desk,
    order: Order,
    *,
    ticket: str,
    granted: bool,
    to: date | None = None,
    opinion: str | None = None,
    unit: str | None = None,
) -> Done:
    """Grant the extension that a unit asked, or refuse it with an opinion 批复."""
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.decide_extension(order.meta, granted=granted, to=to, opinion=opinion, unit=unit),
    )


def complete_ticket_support(
    desk: Desk, order: Order, *, ticket: str, outcome: str | None, unit: str | None = None
) -> Done:
    """Complete the part of a supporting unit."""
    return desk.change(Ticket, ticket, order, lambda one: one.complete_support(order.meta, outcome=outcome, unit=unit))


def resolve_ticket(desk: Desk, order: Order, *, ticket: str, outcome: str | None, unit: str | None = None) -> Done:
    """Resolve a ticket 办结 as its leading unit."""
    return desk.change(Ticket, ticket, order, lambda one: one.resolve(order.meta, outcome=outcome, unit=unit))


def confirm_ticket(desk: Desk, order: Order, *, ticket: str, opinion: str | None = None) -> Done:
    """Confirm the outcome 销号 as the issuer."""
    return desk.change(Ticket, ticket, order, lambda one: one.confirm(order.meta, opinion=opinion))


def reopen_ticket(desk: Desk, order: Order, *, ticket: str, due: date | None = None) -> Done:
    """Take a resolved or confirmed ticket up again, with a reason and perhaps a new date."""
    return desk.change(Ticket, ticket, order, lambda one: one.reopen(order.meta, due=due))


# -- escalating ------------------------------------------------------------------------------------------------------


def remind_ticket(desk: Desk, order: Order, *, ticket: str, note: str | None, unit: str | None = None) -> Done:
    """Remind a handling unit 催办, the leading one if none is named."""
    return desk.change(Ticket, ticket, order, lambda one: one.remind(order.meta, note=note, unit=unit))


def escalate_ticket(desk: Desk, order: Order, *, ticket: str, to: Escalation, leader: Official | None = None) -> Done:
    """Take a ticket to a leading official, or on to the mayor's office meeting, with a reason."""
    desk.must_know_units(leader.unit if leader else None)
    return desk.change(Ticket, ticket, order, lambda one: one.escalate(order.meta, to=to, leader=leader))


def record_ticket_attempt(desk: Desk, order: Order, *, ticket: str, outcome: str | None, settled: bool) -> Done:
    """Record what a leading official tried, and whether it settled the matter."""
    return desk.change(
        Ticket, ticket, order, lambda one: one.record_attempt(order.meta, outcome=outcome, settled=settled)
    )


def decide_ticket(
    desk: Desk,
    order: Order,
    *,
    ticket: str,
    text: str | None,
    responsible: str,
    deadline: date,
    meeting: str | None = None,
) -> Done:
    """Record a decision of the mayor's office meeting: `responsible` is a unit's code, `meeting` an id."""
    desk.must_know_units(responsible)
    _must_know(desk, "meeting", meeting)
    return desk.change(
        Ticket,
        ticket,
        order,
        lambda one: one.decide(order.meta, text=text, responsible=responsible, deadline=deadline, meeting=meeting),
    )


def carry_out_ticket_decision(desk: Desk, order: Order, *, ticket: str, decision: int, outcome: str | None) -> Done:
    """Say as the responsible unit what became of a decision, named by its number."""
    return desk.change(
        Ticket, ticket, order, lambda one: one.carry_out_decision(order.meta, decision=decision, outcome=outcome)
    )


# -- items of an on-site meeting -------------------------------------------------------------------------------------


def resolve_ticket_on_spot(
    desk: Desk, order: Order, *, ticket: str, outcome: str | None, number: str | None = None
) -> Done:
    """Record that an item was resolved at the meeting 当场解决; it gets the next number of its year."""

    def resolve(number: str) -> Done:
        return desk.change(
            Ticket, ticket, order, lambda one: one.resolve_on_spot(order.meta, outcome=outcome, number=number)
        )

    return resolve(number) if number is not None else desk.numbers.allot(NUMBER, _series(order.meta), resolve)


def assign_ticket_on_site(
    desk: Desk, order: Order, *, ticket: str, unit: str, due: date, number: str | None = None
) -> Done:
    """Assign an item of a meeting to a unit with a deadline 限期办结; at first it gets the next number of its year."""
    desk.must_know_units(unit)

    def assign(number: str) -> Done:
        return desk.change(
            Ticket,
            ticket,
            order,
            lambda one: one.assign_on_site(
                order.meta, unit=unit, due=due, number=None if one.number is not None else number
            ),
        )

    return assign(number) if number is not None else desk.numbers.allot(NUMBER, _series(order.meta), assign)


# -- what commands name ----------------------------------------------------------------------------------------------


def _series(meta: Metadata) -> str:
    return f"{day_of(meta.decided_at).year}-"


def _must_know_subjects(desk: Desk, about: Iterable[TicketSubject]) -> None:
    for subject in about:
        _must_know(desk, subject.kind.value, subject.id)


def _must_know(desk: Desk, kind: str, id: str | None) -> None:
    """Refuse where no noun of that kind was recorded under the id."""
    if id is not None and desk.record.kind_of(id) != kind:
        raise DoesNotExist(kind=kind, id=id)
