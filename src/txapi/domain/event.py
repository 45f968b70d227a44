"""An event 事件: a fact that was decided, with who, when, why and on what basis."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from eventsourcing.utils import register_topic

if TYPE_CHECKING:
    from collections.abc import Iterable


class Basis(enum.Enum):
    """On what a fact rests."""

    STATED = "stated"
    INFERRED = "inferred"
    COMPUTED = "computed"
    ILLUSTRATED = "illustrated"


class TimeBasis(enum.Enum):
    """Whose clock gave the recorded time."""

    SYSTEM = "system"
    DATASET = "dataset"
    OFFSET = "offset"
    SIMULATED = "simulated"


class Role(enum.Enum):
    """In what capacity somebody acts. `SYSTEM` is the watch and the loader, never a person."""

    READER = "reader"
    CLERK = "clerk"
    HANDLER = "handler"
    LEADER = "leader"
    SECRETARY = "secretary"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    WITNESS = "witness"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Who acts: the token's subject, the role and the unit (its code).

    `successor_of` lists the codes of units that were merged into `unit`: their authority passed to it.
    """

    subject: str
    role: Role
    unit: str | None = None
    successor_of: tuple[str, ...] = ()

    def acts_for(self, unit: str | None) -> bool:
        """Whether this actor may speak for the unit with that code."""
        return unit is not None and (unit == self.unit or unit in self.successor_of)


class Source(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The document that states a fact, and where in it."""

    document: str
    locator: str
    publisher: str | None = None
    published_at: datetime | None = None
    note: str | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What every event says of its own making. One command gives all its events the same.

    `decided_at` is the arrival of the command (UTC); every rule judges by it. The recorded time is not here: the
    record assigns it under the lock that orders appends.
    """

    decided_at: datetime
    actor: Actor
    correlation_id: str
    causation_id: str | None = None
    command_id: str | None = None
    reason: str | None = None
    source: Source | None = None
    basis: Basis = Basis.STATED
    clock: TimeBasis = TimeBasis.SYSTEM


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of every event. A subclass sets `TOPIC` ("ticket.accepted"), its fields, and `apply`.

    `event_id` and `salt` are empty until the record seals the event for storage; the salt (128 random bits) keeps the
    hash of a published ledger entry from betraying a guessable event. `class_version` rises when the stored form
    changes; a static method `upcast_v1_v2(state: dict) -> None` then brings the older form up, in place.
    """

    TOPIC: ClassVar[str] = ""
    class_version: ClassVar[int] = 1
    registry: ClassVar[dict[str, type[Event]]] = {}

    originator_id: str
    originator_version: int
    meta: Metadata
    event_id: str = ""
    salt: str = ""
    schema_version: int = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        topic = cls.__dict__.get("TOPIC", "")
        if topic:
            # msgspec builds a class twice when it has slots to add; the registry keeps the last.
            Event.registry[topic] = cls
            register_topic(topic, cls)

    def apply(self, aggregate: Any) -> None:
        """Evolve the aggregate. Never decides, never refuses."""
        raise NotImplementedError

    def claims(self) -> Iterable[tuple[str, str]]:
        """The (kind, value) pairs that this event makes its stream's own: ticket numbers, project codes."""
        return ()

    def releases(self) -> Iterable[tuple[str, str]]:
        """The (kind, value) pairs that this event gives up."""
        return ()
