"""The record retold 复述: event by event, with what each of them changed in the answers of its noun.

It needs the record alone: the state of a noun is folded, and its answers are read off the state before and after.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import msgspec

from txapi.domain.aggregate import Aggregate
from txapi.projections.all import PROJECTIONS
from txapi.projections.field_labels import told_fields
from txapi.record.instants import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from txapi.domain.labels import Label
    from txapi.projections.table import Table
    from txapi.record.record import Record, RecordedEvent

Answer = tuple[Any, "Label"]
"""What a field says, and what people call the field."""

Answers = dict[tuple[str, ...], Answer]

REMEMBERED_NOUNS = 20_000
"""Nouns whose state stays in memory between two of their events."""


class Retelling:
    """Tells events what they changed. Events of one noun are told in order; those before the first are folded in silence.

    `events_of` gives the events of a stream from the first on.
    """

    def __init__(self, events_of: Callable[[str], Sequence[RecordedEvent]]) -> None:
        self._events_of = events_of
        self._projects = {projection.kind.KIND: projection.project for projection in PROJECTIONS}
        self._fields: dict[str, dict[str, Label]] = {}
        self._known: OrderedDict[str, tuple[Aggregate, Answers]] = OrderedDict()

    def changes(self, recorded: RecordedEvent) -> list[dict[str, Any]]:
        """What the event changed: field, label, before and after; a child row's field is named after its table and key.

        What is empty says nothing, and a field that is emptied reads as one that is gone.
        """
        event = recorded.event
        noun, before = self._before(event.originator_id, event.TOPIC.partition(".")[0], event.originator_version)
        noun.evolve(event)
        after = self._answers(noun)
        self._known[event.originator_id] = noun, after
        self._known.move_to_end(event.originator_id)
        if len(self._known) > REMEMBERED_NOUNS:
            self._known.popitem(last=False)
        fields = [*after, *(gone for gone in before if gone not in after)]
        return [
            _change(field, before.get(field), after.get(field))
            for field in fields
            if before.get(field) != after.get(field)
        ]

    def _before(self, stream: str, kind: str, version: int) -> tuple[Aggregate, Answers]:
        known = self._known.get(stream)
        if known is not None and known[0].version == version - 1:
            return known
        noun = Aggregate.kinds[kind](stream)
        if version > 1:
            for earlier in self._events_of(stream):
                if earlier.event.originator_version < version:
                    noun.evolve(earlier.event)
            return noun, self._answers(noun)
        return noun, {}

    def _answers(self, noun: Aggregate) -> Answers:
        project = self._projects.get(noun.KIND)
        found: Answers = {}
        for table, row in () if project is None else project(noun):
            place = (table.name, *map(str, table.raw_key(table.raw(row)))) if table.key else ()
            for name, label in self._told(table).items():
                value = getattr(row, name)
                if value not in (None, "", (), []):
                    found[*place, name] = (msgspec.to_builtins(value), label)
        return found

    def _told(self, table: Table[Any]) -> dict[str, Label]:
        known = self._fields.get(table.name)
        if known is None:
            known = self._fields[table.name] = told_fields(table)
        return known


def _change(field: tuple[str, ...], before: Answer | None, after: Answer | None) -> dict[str, Any]:
    label = next(answer[1] for answer in (after, before) if answer is not None)
    # The names are those of the published schema; the key of a row, between them, is written as it is.
    *row, name = field
    names = [*map(published_name, row[:1]), *row[1:], published_name(name)]
    return {
        "field": ".".join(names),
        "label": {"zh": label.zh, "en": label.en},
        "before": before and before[0],
        "after": after and after[0],
    }


def published_name(name: str) -> str:
    """A name of the code as the schema writes it: `promised_date` is `promisedDate`."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def retold(record: Record, first: int, last: int) -> Iterator[dict[str, Any]]:
    """The events from one position through another, each with what it changed, in JSON form; one at a time.

    `recordedAt` is RFC 3339 in UTC with microseconds, `type` the topic, `noun` the id of the stream.
    """
    retelling = Retelling(record.stream_events)
    for recorded in record.read_all(first - 1):
        if recorded.position > last:
            return
        event = recorded.event
        yield {
            "position": recorded.position,
            "recordedAt": rfc3339(recorded.recorded_at),
            "type": event.TOPIC,
            "noun": event.originator_id,
            "version": event.originator_version,
            "actor": msgspec.to_builtins(event.meta.actor),
            "reason": event.meta.reason,
            "changes": [
                {"field": one["field"], "before": one["before"], "after": one["after"]}
                for one in retelling.changes(recorded)
            ],
        }
