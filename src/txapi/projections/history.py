"""History 履历: which events there were, and what each of them changed, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from txapi.domain.aggregate import Correction
from txapi.domain.dates import PartialDate, day_of
from txapi.domain.event import Basis, Event, Role
from txapi.domain.labels import Label
from txapi.projections.field_labels import told_fields
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import marks
from txapi.projections.table import Table
from txapi.record.instants import instant, micros
from txapi.record.record import RecordedEvent


class Told(Protocol):
    """What the history needs of a record: the events themselves, which the read models do not keep."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The events after a position, in order."""
        ...

    def event_at(self, position: int) -> RecordedEvent | None:
        """The event at a position."""
        ...

    def events_at(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions, in order, as far as the record reaches."""
        ...


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """Which events are asked for; every part that is given must hold. Positions and times include both ends."""

    streams: Sequence[str] | None = None
    nouns: Sequence[str] | None = None
    """Streams of nouns, with what happened to the attachments that hang on them."""
    kinds: Sequence[str] | None = None
    topics: Sequence[str] | None = None
    subject: str | None = None
    unit: str | None = None
    roles: Sequence[Role] | None = None
    bases: Sequence[Basis] | None = None
    correlation: str | None = None
    recorded_from: datetime | None = None
    recorded_to: datetime | None = None
    decided_from: datetime | None = None
    decided_to: datetime | None = None
    position_from: int | None = None
    position_to: int | None = None
    without: frozenset[str] = frozenset()
    """Kinds whose events are left out, whatever else is asked for."""


EVERYTHING = EventFilter()


@dataclass(frozen=True, slots=True)
class EventPage:
    """The positions of a part of the history, in order, and whether there is more on either side."""

    positions: list[int]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an event changed. `row` says which of a noun's child rows, by table and key; None: its own row.

    `before` and `after` are plain JSON values; None where there was, or is, nothing.
    """

    table: str
    row: tuple[Any, ...] | None
    field: str
    label: Label
    before: Any
    after: Any


# -- which events ----------------------------------------------------------------------------------------------------


def is_visible(reader: Reader, position: int) -> bool:
    """Whether there is an event at that position which the moment knows."""
    return 0 < position <= reader.moment.position


def is_told(reader: Reader, position: int) -> bool:
    """Whether there is an event at that position of which whoever asks may know."""
    if not is_visible(reader, position):
        return False
    if not reader.hidden and not reader.is_restricted:
        return True
    noun = noun_of(reader, position)
    return noun is not None and noun[0] not in reader.hidden


def readable(reader: Reader, positions: Sequence[int]) -> Sequence[int]:
    """Those of the positions at which there is an event that whoever asks may read; all of them where nothing is restricted."""
    if not positions or not reader.is_restricted:
        return positions
    found = {
        at for (at,) in reader.rows(f"SELECT position FROM events WHERE position IN ({marks(positions)})", positions)
    }
    return [at for at in positions if at in found]


def page(
    reader: Reader,
    asked: EventFilter,
    size: int,
    *,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> EventPage:
    """At most `size` events between two positions (both excluded), from the first on or, backward, from the last."""
    where, parameters = condition(reader, asked, reader.moment.position)
    if after is not None:
        where, parameters = f"{where} AND position > ?", [*parameters, after]
    if before is not None:
        where, parameters = f"{where} AND position < ?", [*parameters, before]
    direction = "DESC" if backward else "ASC"
    found = reader.rows(
        f"SELECT position FROM events WHERE {where} ORDER BY position {direction} LIMIT {int(size) + 1}", parameters
    )
    more = len(found) > size
    positions = sorted(row[0] for row in found[:size])
    return EventPage(
        positions,
        has_next=before is not None if backward else more,
        has_previous=more if backward else after is not None,
    )


def count(reader: Reader, asked: EventFilter) -> int:
    """How many events there are at the moment."""
    where, parameters = condition(reader, asked, reader.moment.position)
    hidden = sorted(reader.hidden | asked.without)
    if where == _BETWEEN + _without(hidden) and not reader.is_restricted:
        # Positions have no gaps: all events between two of them need not be looked at to be counted.
        first, last = parameters[:2]
        # There is an index of topics, and none of kinds.
        topics = [topic for topic in Event.registry if topic.partition(".")[0] in hidden]
        kept_back = f"SELECT count(*) FROM events WHERE topic IN ({marks(topics)}) AND {_BETWEEN}"
        less = reader.rows(kept_back, [*topics, first, last])[0][0] if topics else 0
        return max(0, int(last) - int(first) + 1 - int(less))
    return int(reader.rows(f"SELECT count(*) FROM events WHERE {where}", parameters)[0][0])


_BETWEEN = "position >= ? AND position <= ?"
_BETWEEN_OF_FEW = "+position >= ? AND +position <= ?"
"""The same where little is left to compare: the sign keeps PostgreSQL, which takes any two positions for near, from reading all between."""


def _without(kinds: Sequence[str]) -> str:
    return f" AND kind NOT IN ({marks(kinds)})" if kinds else ""


def condition(reader: Reader, asked: EventFilter, last: int) -> tuple[str, list[Any]]:
    """That an event is one of a filter, and not later than `last`, with its parameters."""
    first = 1
    if asked.position_from is not None:
        first = max(first, asked.position_from)
    if asked.position_to is not None:
        last = min(last, asked.position_to)
    # Recorded times never fall as positions rise, and nothing is recorded before it is decided.
    begins = [one for one in (asked.recorded_from, asked.decided_from) if one is not None]
    if begins:
        first = max(first, _last_before(reader, max(begins)) + 1)
    if asked.recorded_to is not None:
        last = min(last, _last_before(reader, asked.recorded_to, including=True))
    hidden = sorted(reader.hidden | asked.without)
    few = any(each is not None for each in (asked.nouns, asked.streams, asked.correlation))
    between = _BETWEEN_OF_FEW if few else _BETWEEN
    conditions, parameters = [between + _without(hidden)], [first, last, *hidden]
    if asked.nouns is not None:
        # Those of every file that was ever attached to one of them, too; a noun has a few, and 200 at most.
        each = " UNION ALL ".join(["SELECT ?"] * len(asked.nouns))
        attached = f"SELECT entity_id FROM attachments WHERE about_id IN ({marks(asked.nouns)})"
        conditions.append(f"stream IN ({attached} UNION ALL {each})" if each else "FALSE")
        parameters += [*asked.nouns, *asked.nouns]
    several: tuple[tuple[str, Sequence[Any] | None], ...] = (
        ("stream", asked.streams),
        ("kind", asked.kinds),
        ("topic", asked.topics),
        ("role", asked.roles),
        ("basis", asked.bases),
    )
    for column, values in several:
        if values is not None:
            conditions.append(f"{column} IN ({marks(values)})")
            parameters.extend(getattr(value, "value", value) for value in values)
    for condition, value in (
        ("subject = ?", asked.subject),
        ("unit = ?", asked.unit),
        ("correlation = ?", asked.correlation),
        ("decided_at >= ?", None if asked.decided_from is None else micros(asked.decided_from)),
        ("decided_at <= ?", None if asked.decided_to is None else micros(asked.decided_to)),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    return " AND ".join(conditions), parameters


def _last_before(reader: Reader, time: datetime, *, including: bool = False) -> int:
    """The last position recorded before a time (or at it); 0 where there is none. Found by halves."""
    limit = micros(time) + including
    low, high = 0, reader.moment.position
    while low < high:
        middle = (low + high + 1) // 2
        found = reader.one(f"SELECT recorded_at FROM {reader.timeline} WHERE position = ?", (middle,))
        if found is not None and found[0] < limit:
            low = middle
        else:
            high = middle - 1
    return low


def recorded_at(reader: Reader, position: int) -> datetime:
    """When the event at a position was recorded; the beginning of all times where there is none."""
    found = reader.one(f"SELECT recorded_at FROM {reader.timeline} WHERE position = ?", (position,))
    return instant(found[0] if found else 0)


def noun_of(reader: Reader, position: int) -> tuple[str, str] | None:
    """The kind and the entity id of the noun that the event at a position happened to; None where there is no event."""
    found = reader.one("SELECT kind, stream FROM events WHERE position = ?", (position,))
    return None if found is None else (found[0], found[1])


# -- the events themselves -------------------------------------------------------------------------------------------


def told(record: Told, positions: Sequence[int]) -> dict[int, RecordedEvent]:
    """The events at these positions: in one reading where they lie close together."""
    if not positions:
        return {}
    first, last = min(positions), max(positions)
    if last - first < 4 * len(positions):
        wanted = set(positions)
        return {one.position: one for one in record.read(first - 1, last - first + 1) if one.position in wanted}
    return {one.position: one for one in record.events_at(positions)}


def happened_on(event: Event) -> PartialDate | None:
    """When the fact happened that the event states; None where it states no fact of the world."""
    on = getattr(event, "on", None)
    if isinstance(on, PartialDate):
        return on
    return PartialDate.day(on) if isinstance(on, date) else None


def lag_days(recorded: RecordedEvent) -> int | None:
    """How many days after the last day on which it can have happened a fact was recorded; None without such a day."""
    on = happened_on(recorded.event)
    return None if on is None or on.latest is None else (day_of(recorded.recorded_at) - on.latest).days


def data_of(event: Event) -> dict[str, Any]:
    """The event's own fields in JSON form, under the names that they are stored by; what it leaves unset is left out."""
    own = {name: getattr(event, name) for name in event.__struct_fields__ if name not in Event.__struct_fields__}
    return {name: msgspec.to_builtins(value) for name, value in own.items() if value is not msgspec.UNSET}


def corrected_by_it(reader: Reader, event: Event) -> int | None:
    """The position of the event that this one corrects; None for an event that corrects none."""
    if not isinstance(event, Correction):
        return None
    return _position(reader, "stream = ? AND version = ?", event.originator_id, event.corrects)


def cause_of(reader: Reader, record: Told, recorded: RecordedEvent) -> int | None:
    """The position of the event that brought this one about; None where nothing recorded did.

    A cause is named by the id of an event, or by that of a command: then it is the command's first event.
    """
    meta = recorded.event.meta
    if meta.causation_id is None:
        return None
    named = _position(reader, "event_id = ?", meta.causation_id)
    if named is not None:
        return named
    related = page(reader, EventFilter(correlation=meta.correlation_id), _RELATED_MOST).positions
    found = told(record, [position for position in related if position != recorded.position])
    return next((one for one in sorted(found) if found[one].event.meta.command_id == meta.causation_id), None)


_RELATED_MOST = 200


def _position(reader: Reader, condition: str, *parameters: Any) -> int | None:
    found = reader.one(
        f"SELECT position FROM events WHERE {condition} AND position <= ?", [*parameters, reader.moment.position]
    )
    return found[0] if found else None


# -- what they changed -------------------------------------------------------------------------------------------------


class Happened(NamedTuple):
    """An event by its position, and the kind and id of the noun that it happened to."""

    position: int
    kind: str
    stream: str


def changes_of(
    reader: Reader, projections: Mapping[str, Projection], events: Iterable[Happened]
) -> dict[int, list[Change]]:
    """What events changed of their nouns, as clients see it, by position: one statement for each table of a kind.

    `projections` are those of the views, by kind. It compares the versions of rows that ended with an event with those that
    began with it, so it holds for every table. A child row that appeared has nothing before, one that went nothing after.
    """
    found: dict[int, list[Change]] = {}
    nouns: dict[str, dict[int, str]] = {}
    for event in events:
        found[event.position] = []
        if event.kind in projections and is_visible(reader, event.position):
            nouns.setdefault(event.kind, {})[event.position] = event.stream
    for kind, streams in nouns.items():
        for table in projections[kind].tables:
            for position, change in _changes_in(reader, table, streams):
                found[position].append(change)
    return found


_Versions = dict[tuple[Any, ...], tuple[Any, ...]]
"""The values of a noun's rows, by what tells them apart."""


def _changes_in(reader: Reader, table: Table[Any], streams: Mapping[int, str]) -> Iterator[tuple[int, Change]]:
    """The changes in one table, each with the position of its event; `streams` are the nouns by position."""
    fields = told_fields(table)
    if not fields:
        return
    nouns, positions = dict.fromkeys(streams.values()), list(streams)
    before: dict[int, _Versions] = {position: {} for position in positions}
    after: dict[int, _Versions] = {position: {} for position in positions}
    # A version began and ended with events of its own noun, so its positions say of which.
    versions = reader.rows(
        f"SELECT since, until, {', '.join(table.names)} FROM {table.name} WHERE {table.noun} IN ({marks(nouns)})"
        f" AND (since IN ({marks(positions)}) OR until IN ({marks(positions)})) ORDER BY row",
        [*nouns, *positions, *positions],
    )
    for since, until, *values in versions:
        kept = tuple(values)
        for position, ends in ((since, after), (until, before)):
            if position in ends:
                ends[position][table.key_of(kept)] = kept
    for position in positions:
        for change in _differences(table, fields, before[position], after[position]):
            yield position, change


def _differences(
    table: Table[Any], fields: Mapping[str, Label], before: _Versions, after: _Versions
) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        for number, column in enumerate(table.columns):
            if column.name not in fields:
                continue
            old, new = was[number] if was else None, now[number] if now else None
            # What is kept in two ways, with texts and without, may say the same.
            if old != new and (before_it := _plain(column, old)) != (after_it := _plain(column, new)):
                row = key if table.key else None
                yield Change(table.name, row, column.name, fields[column.name], before_it, after_it)


def _plain(column: Any, value: Any) -> Any:
    if value is None or column.decode is None:
        return value
    return msgspec.to_builtins(column.decode(value))


def projections_by_kind(projections: Iterable[Projection]) -> dict[str, Projection]:
    """The projections of views by the kind of noun that they are of."""
    return {projection.kind.KIND: projection for projection in projections}
