"""A ticket in its smallest world: an issuer, handling units, instants in Shanghai, and the bundled references."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from txapi.datasets.references import bundled_references
from txapi.domain.dates import SHANGHAI
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor, Event, Metadata, Role, Source
from txapi.domain.official import Official
from txapi.domain.reference import Reference, References, reference_id
from txapi.domain.ticket import Ticket
from txapi.domain.ticket.values import Escalation, Handling, Lapse, LapseKind, TicketCategory, TicketOrigin

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = Actor("issuing-clerk", Role.CLERK, "chongfu")
HANDLER = Actor("handling-clerk", Role.CLERK, "land-bureau")
SECOND = Actor("second-clerk", Role.CLERK, "planning-bureau")
STRANGER = Actor("strange-clerk", Role.CLERK, "dama")
SUPERVISOR = Actor("supervisor", Role.SUPERVISOR)
LEADER = Actor("leader", Role.LEADER)
SECRETARY = Actor("secretary", Role.SECRETARY)
READER = Actor("reader", Role.READER)
SYSTEM = Actor("watch", Role.SYSTEM)
ADMINISTRATOR = Actor("administrator", Role.ADMINISTRATOR)

MAYOR = Official("盛勇军", "市长")
PAPER = Source("签收簿", "第3页")
ISSUED_AT = "2015-08-06 09:00"
RECEIVED_AT = "2015-08-06 10:00"
ACCEPTED_AT = "2015-08-10 09:00"
PROMISED = date(2015, 8, 31)


def instant(text: str) -> datetime:
    """The instant that the clock of Shanghai shows, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def meta(at: str, actor: Actor = SYSTEM, reason: str | None = None, source: Source | None = None) -> Metadata:
    return Metadata(decided_at=instant(at), actor=actor, correlation_id="c", reason=reason, source=source)


@cache
def references(*years: int, policy: str = "reply-7-calendar-days") -> References:
    """What comes with the product, with the calendars of those years (2015 if none is named); that policy is current."""
    known = years or (2015,)
    events: list[Event] = []
    editions = sorted(bundled_references(lambda year: year in known), key=lambda one: one.edition == policy)
    for kind, edition, content in editions:
        current = {"active": True} if edition == policy else {}
        reference = Reference(reference_id(kind, edition))
        reference.adopt(
            meta("2015-01-01 00:00", ADMINISTRATOR), kind=kind, edition=edition, content={**content, **current}
        )
        events.extend(reference.pending)
    return References.fold(events)


def do(
    ticket: Ticket,
    command: str,
    at: str,
    actor: Actor,
    *,
    reason: str | None = None,
    source: Source | None = None,
    **inputs: Any,
) -> Ticket:
    """Carry out a command as the application does: what is pending is recorded first."""
    if ticket.exists:
        ticket.record_pending(meta(at))
    getattr(ticket, command)(meta(at, actor, reason, source), **inputs)
    return ticket


def drafted(at: str = "2015-08-01 09:00", **more: Any) -> Ticket:
    """A draft of Chongfu to the land bureau."""
    inputs: dict[str, Any] = {
        "origin": TicketOrigin.LIAISON_FORM,
        "category": TicketCategory.LAND_USE,
        "subject": "企业退二进三后地块盘活",
        "body": "该地块如何利用？",
        "issuer": "chongfu",
        "handler": "land-bureau",
        **more,
    }
    actor = ISSUER if inputs["issuer"] else SECRETARY
    return do(Ticket("t1"), "draft", at, actor, **inputs)


def issued(at: str = ISSUED_AT, known: References | None = None) -> Ticket:
    ticket = drafted(at)
    return do(ticket, "issue", at, ISSUER, number="崇联〔2015〕1号", references=known or references())


def received(at: str = RECEIVED_AT, known: References | None = None) -> Ticket:
    """Issued and received at the same instant."""
    known = known or references()
    return do(issued(at, known), "receive", at, HANDLER, references=known)


def accepted(at: str = ACCEPTED_AT, promised_by: date = PROMISED) -> Ticket:
    """Received on 2015-08-06 and accepted."""
    return do(received(), "accept", at, HANDLER, opinion="同意受理", promised_by=promised_by)


def returned(at: str = ACCEPTED_AT) -> Ticket:
    return do(received(), "return_", at, HANDLER, opinion="非本局职责")


def resolved(at: str = "2015-08-20 09:00") -> Ticket:
    return do(accepted(), "resolve", at, HANDLER, outcome="地块已收储")


def confirmed(at: str = "2015-08-21 09:00") -> Ticket:
    return do(resolved(), "confirm", at, ISSUER)


def with_leader(at: str = "2015-08-11 09:00") -> Ticket:
    """Accepted, and taken to a leading official."""
    return do(accepted(), "escalate", at, ISSUER, reason="难以推进", to=Escalation.LEADING_OFFICIAL, leader=MAYOR)


def before_the_meeting() -> Ticket:
    """A leading official has tried in vain, so the ticket is before the mayor's office meeting."""
    ticket = do(with_leader(), "record_attempt", "2015-08-12 09:00", LEADER, outcome="未能协调", settled=False)
    return do(
        ticket,
        "escalate",
        "2015-08-13 09:00",
        ISSUER,
        reason="协调未果",
        to=Escalation.MAYORS_OFFICE_MEETING,
    )


def on_site(issuer: str | None = "chongfu") -> Ticket:
    return drafted(origin=TicketOrigin.ON_SITE_MEETING, meeting="m1", issuer=issuer, handler=None)


def lead(ticket: Ticket) -> Handling:
    assert ticket.lead is not None
    return ticket.lead


def topics(ticket: Ticket) -> list[str]:
    return [event.TOPIC.removeprefix("ticket.") for event in ticket.pending]


def last(ticket: Ticket, count: int = 1) -> list[str]:
    return topics(ticket)[-count:]


def lapses(handling: Handling) -> list[tuple[LapseKind, str, bool]]:
    """The lapses of a handling: kind, legal instant in Shanghai, whether marked as corrected."""
    return [_read(lapse) for lapse in handling.lapses]


def _read(lapse: Lapse) -> tuple[LapseKind, str, bool]:
    return lapse.kind, f"{lapse.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", lapse.corrected_by is not None


def state_of(ticket: Ticket) -> dict[str, Any]:
    """Everything that the ticket's state says, in plain form."""
    kept = {name: value for name, value in vars(ticket).items() if name not in ("pending", "events")}
    plain: dict[str, Any] = msgspec.to_builtins(kept)
    return plain


def survives_storage(ticket: Ticket) -> None:
    """Every event reads back from its stored form, and the events fold to the same state."""
    stored = [msgspec.json.decode(msgspec.json.encode(event), type=type(event)) for event in ticket.pending]
    assert stored == ticket.pending
    assert state_of(Ticket.fold(ticket.id, stored)) == state_of(ticket)


@contextmanager
def refused(ticket: Ticket, refusal: type[Exception]) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """The command inside is refused and nothing is recorded. Both languages have a message."""
    version, pending, state = ticket.version, list(ticket.pending), state_of(ticket)
    with pytest.raises(refusal) as said:
        yield said
    assert said.type is refusal
    assert (ticket.version, ticket.pending, state_of(ticket)) == (version, pending, state)
    if isinstance(said.value, Refusal):
        assert all(said.value.message(lang) and "{" not in said.value.message(lang) for lang in ("en", "zh"))
