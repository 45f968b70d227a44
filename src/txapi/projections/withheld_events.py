"""Withheld events 不公开内容的事件: an event as it is told to who may know that it happened, and not what was said in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

import msgspec

from txapi.domain.event import Event
from txapi.projections.history import Told, told
from txapi.projections.moment import Reader
from txapi.projections.restricted import events_withheld
from txapi.record.record import RecordedEvent


class Withheld(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An event without its own fields, its reason and its source: when it happened, of which kind and by whom is all it says."""


@cache
def _nameless(kind: type[Event]) -> type[Withheld]:
    """What takes the place of events of a kind. It is no kind that could be recorded, so no registry knows it."""
    made = cast(
        "type[Withheld]",
        msgspec.defstruct(kind.__name__, [], bases=(Withheld,), frozen=True, kw_only=True, module=__name__),
    )
    made.TOPIC, made.class_version = kind.TOPIC, kind.class_version
    return made


def without_texts(recorded: RecordedEvent) -> RecordedEvent:
    """The event without what was said in it."""
    event = recorded.event
    bare = _nameless(type(event))(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        meta=msgspec.structs.replace(event.meta, reason=None, source=None),
        event_id=event.event_id,
        schema_version=event.schema_version,
    )
    return msgspec.structs.replace(recorded, event=bare)


def as_told_to(reader: Reader, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Events that whoever reads may know of, each as it is told to them. This is where an event of the record becomes an answer."""
    withheld = events_withheld(reader, [each.position for each in events])
    return [without_texts(each) if each.position in withheld else each for each in events]


def told_to(reader: Reader, record: Told, positions: Sequence[int]) -> dict[int, RecordedEvent]:
    """The events at these positions, all of which whoever reads may know of, each as it is told to them."""
    found: Iterable[RecordedEvent] = told(record, positions).values()
    return {each.position: each for each in as_told_to(reader, list(found))}
