"""A register in its smallest world: who acts, on which day, and what a command recorded or left alone."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pytest

from txapi.domain.dates import PartialDate
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor, Event, Metadata, Role, Source
from txapi.domain.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from txapi.domain.register import Register

E = TypeVar("E", bound=Event)

SUPERVISOR = Actor("supervisor", Role.SUPERVISOR)
SECRETARY = Actor("secretary", Role.SECRETARY)
LEADER = Actor("leader", Role.LEADER)
CLERK = Actor("clerk", Role.CLERK, "chongfu")
STRANGER = Actor("stranger", Role.CLERK, "dama")
HOMELESS = Actor("homeless", Role.CLERK)
SUCCESSOR = Actor("successor", Role.CLERK, "wutong", successor_of=("chongfu",))
READER = Actor("reader", Role.READER)
AUDITOR = Actor("auditor", Role.AUDITOR)
ADMINISTRATOR = Actor("administrator", Role.ADMINISTRATOR)

FINDING = Source(document="a finding", locator="page 1")


def meta(
    actor: Actor = SUPERVISOR, reason: str | None = None, at: str = "2015-08-11T10:00", source: Source | None = None
) -> Metadata:
    """Metadata of a command that arrives at that time in Shanghai."""
    decided_at = datetime.fromisoformat(f"{at}+08:00").astimezone(UTC)
    return Metadata(decided_at=decided_at, actor=actor, correlation_id="c", reason=reason, source=source)


def on(text: str) -> PartialDate:
    return PartialDate.from_text(text)


def cny(amount: str, unit: str = "万元") -> Money:
    return Money.of(amount, unit)


def state_of(register: Register) -> dict[str, Any]:
    """The state without what is waiting for the record."""
    return {name: value for name, value in vars(register).items() if name != "pending"}


def recorded(register: Register, event_type: type[E]) -> E:
    """The one event that the last command recorded: it survives storage, and all events fold to the same state."""
    assert len(register.pending) == 1
    event = register.pending.pop()
    assert isinstance(event, event_type)
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert state_of(type(register).fold(register.id, register.events)) == state_of(register)
    return event


@contextmanager
def refused(register: Register, refusal: type[Refusal]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What stands inside is refused so, with a sentence in both languages, and nothing is recorded."""
    before, waiting = state_of(register), list(register.pending)
    with pytest.raises(refusal) as said:
        yield said
    assert type(said.value) is refusal
    assert state_of(register) == before
    assert register.pending == waiting
    for lang in ("zh", "en"):
        assert "{" not in said.value.message(lang)
    msgspec.json.encode(said.value.facts)


@contextmanager
def bad_input(register: Register, code: str) -> Iterator[None]:
    """What stands inside makes no sense, by that code, and nothing is recorded."""
    before, waiting = state_of(register), list(register.pending)
    with pytest.raises(BadInput) as said:
        yield
    assert said.value.code == code
    assert state_of(register) == before
    assert register.pending == waiting
