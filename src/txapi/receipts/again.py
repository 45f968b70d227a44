"""An operation carried out once more, over a record that was taken away: up to the receipt's position, by its clock."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from txapi.domain.aggregate import Aggregate
from txapi.domain.event import Actor, TimeBasis
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views import Views
from txapi.receipts.issue import result
from txapi.receipts.sealed import MISSING, found, outermost
from txapi.record.clock import Clock
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.executing import execute
from txapi.schema.sealing import Path as Place

if TYPE_CHECKING:
    import strawberry

    from txapi.receipts.receipt import Receipt
    from txapi.record.record import RecordedEvent

A = TypeVar("A", bound=Aggregate)

NOBODY = "?"
"""Stands for the subject of a receipt that does not say who it was. What shows the subject is sealed."""


class Source(Protocol):
    """A record, from wherever it is read: its own database, a backup, an exported bundle."""

    @property
    def record_id(self) -> str:
        """The record's own identifier."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """At most `limit` events behind a position, in order."""

    def stream_events(self, id: str) -> Sequence[RecordedEvent]:
        """All events of one stream, in order."""

    def event_at(self, position: int) -> RecordedEvent | None:
        """The event at a position; None where the record does not reach."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The clock of an answer: it stands at the moment of then, and says whose it was."""

    moment: datetime
    basis: TimeBasis

    def now(self) -> datetime:
        """The moment, UTC."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Until:
    """A record as it was at a position, whatever it holds besides, with a clock that stands still."""

    source: Source
    position: int
    clock: Clock

    @property
    def record_id(self) -> str:
        """The record's own identifier."""
        return self.source.record_id

    @property
    def generation(self) -> int:
        """What was recorded up to a position stays as it was."""
        return 0

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The events behind a position, as far as the record reached."""
        limit = min(limit, self.position - after)
        return self.source.read(after, limit) if limit > 0 else []

    def stream_events(self, id: str) -> Sequence[RecordedEvent]:
        """The events of a stream, as far as the record reached."""
        return [one for one in self.source.stream_events(id) if one.position <= self.position]

    def event_at(self, position: int) -> RecordedEvent | None:
        """The event at a position, as far as the record reached."""
        return self.source.event_at(position) if position <= self.position else None

    def events_at(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions, as far as the record reached."""
        found = (self.event_at(position) for position in sorted(set(positions)))
        return [one for one in found if one is not None]

    def load(self, cls: type[A], id: str, until: int | None = None) -> A:
        """The noun as it was at a position; a blank one where it was never written by then, or is of another kind."""
        last = self.position if until is None else min(until, self.position)
        events = [one.event for one in self.source.stream_events(id) if one.position <= last]
        if events and events[0].TOPIC.partition(".")[0] != cls.KIND:
            return cls(id)
        return cls.fold(id, events)

    def settled_position_at(self, moment: datetime) -> int:
        """The position; one more where the record shows an event of that moment or earlier behind it.

        Then the answer was given before the time that it asks for was settled, and nobody can get it again.
        """
        behind = self.source.event_at(self.position + 1)
        return self.position + (behind is not None and behind.recorded_at <= moment)


@dataclass(frozen=True, slots=True)
class Repeated:
    """What an operation came to this time: its data and errors, and where in the data sealed values stand."""

    data: Any
    errors: list[dict[str, Any]]
    places: list[Place]

    def result(self) -> dict[str, Any]:
        """What is hashed of it."""
        return result(self.data, self.errors)


def carried_out_again(
    schema: strawberry.Schema,
    source: Source,
    receipt: Receipt,
    operation: Operation,
    subject: str | None,
    on_progress: Callable[[int], None] | None = None,
) -> Repeated:
    """Build the read models of a record up to exactly the receipt's position, in a file that is thrown away, and ask again.

    The record must reach the position. `on_progress` is told the position reached.
    """
    until = Until(source, receipt.position, Stopped(receipt.clock, receipt.clock_basis))
    with tempfile.TemporaryDirectory(prefix="txapi-") as folder:
        views = Views.in_file(Path(folder) / "views.db", source.record_id, PROJECTIONS)
        try:
            Follower(until, views).catch_up(receipt.position, on_progress)
            viewer = Actor(NOBODY if subject is None else subject, receipt.role, receipt.unit)
            context = Context(views, None, viewer, receipt.signed_in, language=receipt.language, read=until, sealing=[])
            try:
                answered = execute(schema, context, operation)
                places = outermost(context.sealing or [])
            finally:
                context.close()
        finally:
            views.close()
    data = answered.data
    return Repeated(data, answered.errors, [place for place in places if found(data, place) is not MISSING])
