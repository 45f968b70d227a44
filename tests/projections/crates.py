"""A noun made for the tests of the read models: it has a row, child rows, a short-lived state and corrections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from txapi.domain.aggregate import Aggregate, Correction
from txapi.domain.dates import PartialDate
from txapi.domain.event import Actor, Event, Metadata, Role
from txapi.projections.projection import Projection
from txapi.projections.table import Extra, Table, answer, kept
from txapi.record.record import RecordedEvent

START = datetime(2015, 8, 1, 1, tzinfo=UTC)


class Crate(Aggregate):
    """A crate that is painted, weighed and filled."""

    KIND = "crate"

    def _blank(self) -> None:
        self.shade: str | None = None
        self.weight: int | None = None
        self.contents: dict[str, int] = {}

    class Painted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """It got a shade."""

        TOPIC = "crate.painted"
        shade: str
        on: PartialDate | None = None

        def apply(self, aggregate: Any) -> None:
            aggregate.shade = self.shade

    class Weighed(Event, frozen=True, kw_only=True, omit_defaults=True):
        """It was weighed, or its weight was forgotten."""

        TOPIC = "crate.weighed"
        weight: int | None

        def apply(self, aggregate: Any) -> None:
            aggregate.weight = self.weight

    class Filled(Event, frozen=True, kw_only=True, omit_defaults=True):
        """So much lies in a slot now; nothing empties it."""

        TOPIC = "crate.filled"
        slot: str
        amount: int

        def apply(self, aggregate: Any) -> None:
            if self.amount:
                aggregate.contents[self.slot] = self.amount
            else:
                aggregate.contents.pop(self.slot, None)

    class Corrected(Correction, frozen=True, kw_only=True, omit_defaults=True):
        """One of the above was wrong."""

        TOPIC = "crate.corrected"

    CORRECTION = Corrected
    CORRECTABLE = (Painted, Weighed, Filled)

    def paint(self, meta: Metadata, shade: str, on: PartialDate | None = None) -> None:
        self._record(self.Painted, meta, shade=shade, on=on)

    def weigh(self, meta: Metadata, weight: int | None) -> None:
        self._record(self.Weighed, meta, weight=weight)

    def fill(self, meta: Metadata, slot: str, amount: int) -> None:
        self._record(self.Filled, meta, slot=slot, amount=amount)


@dataclass(kw_only=True)
class CrateRow:
    """A crate as clients see it."""

    entity_id: str = answer("实体标识", "The same at every moment.")
    shade: str | None = answer("颜色", "Its shade.")
    weight: int | None = answer("重量", "Its weight in kg.")
    slots_used: int = kept()


@dataclass(kw_only=True)
class ContentRow:
    """What lies in one slot of a crate."""

    crate: str = kept()
    slot: str = answer("格", "The slot.")
    amount: int = answer("数量", "How much lies in it.")


CRATES: Table[CrateRow] = Table(
    "crates",
    CrateRow,
    extras=[Extra("search", "TEXT", ("shade",), lambda shade: shade or "")],
    indexes=("weight",),
    hot=("shade",),
    walked=("weight",),
    times=("since",),
)
CONTENTS: Table[ContentRow] = Table(
    "crate_contents", ContentRow, noun="crate", key=("slot",), indexes=("slot",), sought=("slot",)
)


def rows_of(crate: Any) -> Iterable[tuple[Table[Any], Any]]:
    """The rows of a crate."""
    yield (
        CRATES,
        CrateRow(entity_id=crate.id, shade=crate.shade, weight=crate.weight, slots_used=len(crate.contents)),
    )
    for slot, amount in crate.contents.items():
        yield CONTENTS, ContentRow(crate=crate.id, slot=slot, amount=amount)


PROJECTION = Projection(Crate, (CRATES, CONTENTS), rows_of)


class Pile:
    """A record that lies in memory: what the follower and the history need of one."""

    def __init__(self) -> None:
        self.generation = 0
        self.events: list[RecordedEvent] = []
        self.crates: dict[str, Crate] = {}

    def said(self, reason: str | None = "a slip", **meta: Any) -> Metadata:
        """The metadata of the next command."""
        return Metadata(
            decided_at=self.next_time,
            **{
                "actor": Actor("wang", Role.CLERK, "wutong"),
                "correlation_id": f"c-{len(self.events) + 1}",
                "reason": reason,
                **meta,
            },
        )

    @property
    def next_time(self) -> datetime:
        """When the next event is recorded: two events to the minute."""
        return START + timedelta(minutes=len(self.events) // 2)

    def crate(self, id: str) -> Crate:
        """The crate as it stands."""
        return self.crates.setdefault(id, Crate(id))

    def take(self, crate: Crate) -> None:
        """Append what the crate decided."""
        for event in crate.pending:
            sealed = type(event)(
                **{**{f: getattr(event, f) for f in event.__struct_fields__}, "event_id": self._next_id()}
            )
            self.events.append(RecordedEvent(len(self.events) + 1, self.next_time, sealed))
        crate.pending.clear()

    def _next_id(self) -> str:
        return f"event-{len(self.events) + 1}"

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The events behind a position."""
        return self.events[after : after + limit]

    def event_at(self, position: int) -> RecordedEvent | None:
        """The event at a position."""
        return self.events[position - 1] if 0 < position <= len(self.events) else None

    def events_at(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions."""
        return [self.events[position - 1] for position in sorted(set(positions)) if 0 < position <= len(self.events)]

    def stream_events(self, id: str) -> Sequence[RecordedEvent]:
        """The events of one crate."""
        return [recorded for recorded in self.events if recorded.event.originator_id == id]

    def expected(self, position: int) -> tuple[list[CrateRow], list[ContentRow]]:
        """The rows after so many events, computed the slow way."""
        crates: dict[str, Crate] = {}
        for recorded in self.events[:position]:
            crates.setdefault(recorded.event.originator_id, Crate(recorded.event.originator_id)).evolve(recorded.event)
        own: list[CrateRow] = []
        children: list[ContentRow] = []
        for crate in crates.values():
            for table, row in rows_of(crate):
                (own if table is CRATES else children).append(row)
        return own, children
