"""A project in its smallest world: an actor, a day, the bundled references, and one new-build project."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pytest

from txapi.datasets.references import bundled_references
from txapi.domain.editions import ProjectKind
from txapi.domain.errors import Refusal
from txapi.domain.event import Actor, Basis, Event, Metadata, Role
from txapi.domain.money import Money
from txapi.domain.project import Project
from txapi.domain.reference import Reference, References, reference_id

if TYPE_CHECKING:
    from collections.abc import Iterator


T = TypeVar("T")

TODAY = date(2015, 8, 11)

SUPERVISOR = Actor("supervisor", Role.SUPERVISOR)
ADMINISTRATOR = Actor("administrator", Role.ADMINISTRATOR)
SYSTEM = Actor("loader", Role.SYSTEM)
LEADER = Actor("leader", Role.LEADER)
SECRETARY = Actor("secretary", Role.SECRETARY)
READER = Actor("reader", Role.READER)
AUDITOR = Actor("auditor", Role.AUDITOR)
CLERK = Actor("clerk", Role.CLERK, "chongfu")
STRANGER = Actor("stranger", Role.CLERK, "dama")


def meta(
    actor: Actor = SUPERVISOR, reason: str | None = None, at: str = "2015-08-11T02:00", basis: Basis = Basis.STATED
) -> Metadata:
    """Metadata of a command that arrives at that instant (UTC)."""
    decided_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Metadata(decided_at=decided_at, actor=actor, correlation_id="c", reason=reason, basis=basis)


@cache
def references() -> References:
    """Everything that comes with the product, adopted."""
    events: list[Event] = []
    for kind, edition, content in bundled_references(lambda year: year == 2015):
        reference = Reference(reference_id(kind, edition))
        reference.adopt(meta(ADMINISTRATOR), kind=kind, edition=edition, content=content)
        events.extend(reference.pending)
    return References.fold(events)


def project(kind: ProjectKind = ProjectKind.NEW_BUILD, at: str = "2015-08-01T02:00", **more: Any) -> Project:
    """A project of Chongfu, introduced on 1 August 2015."""
    new = Project("p1")
    new.introduce(
        meta(at=at), **{"code": "TX-2015-001", "name": "中节能环保产业园", "kind": kind, "unit": "chongfu", **more}
    )
    new.pending.clear()
    return new


def cny(amount: str, unit: str = "万元") -> Money:
    return Money.of(amount, unit)


def recorded(of: Project) -> Event:
    """The one event that the command recorded, which survives storage and folds to the same state."""
    assert len(of.pending) == 1
    event = of.pending[0]
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    assert state_of(Project.fold(of.id, of.events)) == state_of(of)
    return event


def state_of(of: Project) -> dict[str, Any]:
    return {name: value for name, value in vars(of).items() if name != "pending"}


@contextmanager
def refused(of: Project, refusal: type[Exception]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What stands inside is refused so, with a sentence in both languages, and nothing is recorded."""
    before = state_of(of)
    waiting = list(of.pending)
    with pytest.raises(refusal) as said:
        yield said
    assert state_of(of) == before
    assert of.pending == waiting
    if isinstance(said.value, Refusal):
        for lang in ("zh", "en"):
            assert "{" not in said.value.message(lang)
        msgspec.json.encode(said.value.facts)


def the(value: T | None) -> T:
    """The value that must be there."""
    assert value is not None
    return value
