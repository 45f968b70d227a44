"""Listening 收听: which events somebody waits for, asked of each event by itself or of all that lie behind a position."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from txapi.domain.aggregate import Aggregate
from txapi.domain.attachment import Attachment
from txapi.domain.event import Actor
from txapi.projections import history
from txapi.projections.history import EventFilter
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.restricted import as_read_by
from txapi.projections.select import marks
from txapi.projections.table import Table
from txapi.record.record import RecordedEvent

PAGE = 200
"""How many events a listener who comes late is given at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a listener waits for: the events of a filter and, with `units`, of these only those about nouns of such units.

    A noun is of a unit that it names as its own, or that takes part in it: who issued a ticket, who handles or once handled
    it, who has a copy. One that just ceased to be of a unit still is with the event that changed it.
    """

    filter: EventFilter
    units: frozenset[str] | None = None
    viewer: Actor | None = None
    """Who listens, and is told only what this viewer may read; None for what everything is told to."""


def holds(asked: EventFilter, recorded: RecordedEvent, about: str | None = None) -> bool:
    """Whether an event is one of a filter: the same that `history.page` asks of the read models.

    `about` is the stream of the noun that an attachment hangs on, where the event is one of an attachment.
    """
    event = recorded.event
    meta = event.meta
    within: tuple[tuple[Any, Any, Any], ...] = (
        (asked.position_from, recorded.position, asked.position_to),
        (asked.recorded_from, recorded.recorded_at, asked.recorded_to),
        (asked.decided_from, meta.decided_at, asked.decided_to),
    )
    listed: tuple[tuple[Collection[Any] | None, Any], ...] = (
        (asked.streams, event.originator_id),
        (asked.kinds, event.TOPIC.partition(".")[0]),
        (asked.topics, event.TOPIC),
        (asked.roles, meta.actor.role),
        (asked.bases, meta.basis),
    )
    same = (
        (asked.subject, meta.actor.subject),
        (asked.unit, meta.actor.unit),
        (asked.correlation, meta.correlation_id),
    )
    return (
        event.TOPIC.partition(".")[0] not in asked.without
        and all(values is None or value in values for values, value in listed)
        and (asked.nouns is None or event.originator_id in asked.nouns or about in asked.nouns)
        and all(wanted is None or wanted == value for wanted, value in same)
        and all((least is None or least <= at) and (most is None or at <= most) for least, at, most in within)
    )


_OF_ATTACHMENTS = (Attachment.Attached, Attachment.Amended, Attachment.Withdrawn, Attachment.FactCorrected)


def belonging(
    events: Sequence[RecordedEvent], reading: Callable[[int], AbstractContextManager[Reader]]
) -> list[str | None]:
    """For each event of an attachment the stream of the noun that it hangs on; None for any other.

    `reading` gives a reader that knows a position; nothing is read where no event is of an attachment.
    """
    files = {each.event.originator_id for each in events if isinstance(each.event, _OF_ATTACHMENTS)}
    if not files:
        return [None] * len(events)
    with reading(events[-1].position) as reader:
        found = reader.rows(
            f"SELECT DISTINCT entity_id, about_id FROM attachments WHERE entity_id IN ({marks(files)})", list(files)
        )
    nouns = dict(found)
    return [nouns.get(each.event.originator_id) for each in events]


@dataclass(frozen=True, slots=True)
class Behind:
    """A part of what a late listener missed: the positions, and how far all has been looked through."""

    positions: list[int]
    until: int
    recorded_at: datetime
    """When the event was recorded that this part begins behind."""


def behind(reader: Reader, projections: Iterable[Projection], wanted: Wanted, after: int) -> Behind:
    """The next events behind a position that a listener wants."""
    if wanted.viewer is not None:
        reader = as_read_by(reader, wanted.viewer)
    found = history.page(reader, wanted.filter, PAGE, after=after)
    until = found.positions[-1] if found.has_next else reader.moment.position
    positions = found.positions
    if wanted.units is not None:
        by_kind = history.projections_by_kind(projections)
        positions = [at for at in positions if not wanted.units.isdisjoint(_units_at(reader, by_kind, at))]
    return Behind(positions, max(until, after), history.recorded_at(reader, after))


def may_be_withheld(recorded: RecordedEvent, internal: Collection[str]) -> bool:
    """Whether an event may be one that not everybody reads, where these kinds of noun are internal."""
    kind = recorded.event.TOPIC.partition(".")[0]
    return bool(internal) and (kind in internal or kind == Attachment.KIND)


def is_told_to(reader: Reader, viewer: Actor, position: int) -> bool:
    """Whether a viewer may read the event at a position."""
    return history.is_told(as_read_by(reader, viewer), position)


def units_of(reader: Reader, projections: Iterable[Projection], position: int) -> frozenset[str]:
    """The codes of the units that the noun of an event is of, just before or just after it."""
    return _units_at(reader, history.projections_by_kind(projections), position)


def _units_at(reader: Reader, projections: dict[str, Projection], position: int) -> frozenset[str]:
    noun = history.noun_of(reader, position)
    projection = projections.get(noun[0]) if noun is not None else None
    if noun is None or projection is None:
        return frozenset()
    found: set[str] = set()
    for table in projection.tables:
        columns = _unit_columns(projection.kind, table)
        if columns:
            for row in reader.rows(
                f"SELECT {', '.join(columns)} FROM {table.name} WHERE {table.noun} = ? AND since <= ? AND until >= ?",
                (noun[1], position, position),
            ):
                for value in row:
                    found.update(_codes(value))
    return frozenset(found)


_OF_A_UNIT = frozenset({"unit_code", "issuer_code", "handler_code", "parent_code", "successor_code"})
_OF_SEVERAL = frozenset({"copy_codes", "host_codes", "attending_codes"})


def _unit_columns(kind: type[Aggregate], table: Table[Any]) -> list[str]:
    """The columns of a table that name units."""
    own = _OF_A_UNIT | _OF_SEVERAL | ({"code"} if kind.KIND == "unit" else set())
    return [name for name in table.names if name in own]


def _codes(value: str | None) -> list[str]:
    if value is None:
        return []
    return msgspec.json.decode(value, type=list[str]) if value.startswith("[") else [value]


# -- what a listener hears ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that is wanted, by its position. Its rows are visible."""

    position: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything wanted up to a position was told: whoever goes on from there misses nothing."""

    position: int


@dataclass(frozen=True, slots=True)
class Turned:
    """A day of the record's clock has begun, and everything wanted up to a position was told."""

    day: date
    position: int


Signal = Heard | Reached | Turned
