"""Commands on references 参考数据: adopt and withdraw editions, and fix the deadlines that waited for a calendar."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

from txapi.application.desk import WATCH, Desk, Done, Loads, Order, pending_meta
from txapi.domain.calendar import CalendarEdition
from txapi.domain.dates import start_of
from txapi.domain.deadlines import DeadlinePolicy
from txapi.domain.editions import EditionKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Basis, Metadata
from txapi.domain.reference import Reference, reference_id
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.refusals import CalendarIsStillUnknown, NoDeadlineIsProvisional


def adopt_edition(
    desk: Desk,
    order: Order,
    *,
    kind: EditionKind,
    edition: str,
    content: dict[str, Any],
    in_force_from: date | None = None,
) -> Done:
    """Adopt an edition: from here on rules read it. A calendar fixes every deadline that waited for it, by events."""
    done = desk.create(
        Reference,
        reference_id(kind, edition),
        order,
        lambda reference: reference.adopt(
            order.meta, kind=kind, edition=edition, content=content, in_force_from=in_force_from
        ),
    )
    if kind is EditionKind.CALENDAR:
        fix_provisional_deadlines(desk, pending_meta(order.meta))
    return done


def withdraw_edition(desk: Desk, order: Order, *, reference: str) -> Done:
    """Withdraw an edition that was adopted by mistake; deadlines that it gave stay as they are."""
    return desk.change(Reference, reference, order, lambda edition: edition.withdraw(order.meta))


def may(desk: Loads, meta: Metadata, id: str) -> list[tuple[str, Refusal | None]]:
    """Every action on an edition, and why the actor may not take it now; None where it is open."""
    edition = desk.load(Reference, id)
    return [(action, edition.may(action, meta)) for action in Reference.ACTIONS]


# -- deadlines that waited for a calendar ----------------------------------------------------------------------------


def fix_provisional_deadlines(desk: Desk, meta: Metadata) -> int:
    """Fix every provisional deadline whose year an adopted calendar now knows; how many tickets it touched.

    Doing it again does no harm: what a crash left undone after an adoption is done at the next start.
    """
    touched = 0
    for ticket in dict.fromkeys(_candidates(desk)):
        if not desk.load(Ticket, ticket).has_provisional_deadline():
            continue
        try:
            desk.change(Ticket, ticket, Order(meta), lambda found: found.fix_deadline(meta, references=desk.references))
            touched += 1
        except (CalendarIsStillUnknown, NoDeadlineIsProvisional):
            # It waits for the calendar of another year, or somebody else was faster.
            continue
    return touched


def fix_what_a_crash_left(desk: Desk) -> int:
    """`fix_provisional_deadlines` as the watch, by the record's clock."""
    now = desk.record.clock.now()
    meta = Metadata(
        decided_at=now,
        actor=WATCH,
        correlation_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"calendars:{now.isoformat()}")),
        basis=Basis.COMPUTED,
        clock=desk.record.clock.basis,
    )
    return fix_provisional_deadlines(desk, meta)


_IS_PROVISIONAL = b'"provisional":true'
"""What the stored bytes of an event hold that gives such a deadline: a few tickets of each autumn, of which all need not be read."""


def _candidates(desk: Desk) -> Iterator[str]:
    """The tickets that may have got a deadline in a year before its calendar was adopted.

    Such a deadline was given so late that it reaches into the year, and before the adoption. Where the calendar came
    in time, these are few or none.
    """
    reach = _longest_reach(desk)
    for recorded in desk.record.standing_events():
        event = recorded.event
        if isinstance(event, Reference.Adopted) and event.kind is EditionKind.CALENDAR:
            year = cast("CalendarEdition", event.typed()).year
            after = desk.record.position_at(start_of(date(year, 1, 1)) - reach)
            yield from desk.record.streams_between(Ticket.KIND, after, recorded.position, _IS_PROVISIONAL)


def _longest_reach(desk: Desk) -> timedelta:
    """How long before its last day a deadline may have been given: a deemed receipt and a reply, one after the other.

    Of two days in a row at least one is worked but for the holidays, of which no stretch is longer than a month.
    """
    days = 0
    for edition in desk.references.editions:
        if isinstance(edition.content, DeadlinePolicy):
            policy = edition.content
            days = max(days, 2 * (policy.days + (policy.deemed_receipt_working_days or 0)) + 2 * 31)
    return timedelta(days=days)
