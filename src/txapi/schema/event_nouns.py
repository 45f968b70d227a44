"""The nouns of several events, each as it was just after its event: one statement for each kind, whatever their moments."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from txapi.projections.moment import Moment, Reader, head_of
from txapi.projections.references import share_adoptions
from txapi.record.record import RecordedEvent
from txapi.schema.asking import MANY_LOADERS
from txapi.schema.moments import pinned_id
from txapi.schema.nouns import together


def kind_of(recorded: RecordedEvent) -> str:
    """The kind of the noun that an event happened to."""
    return recorded.event.TOPIC.partition(".")[0]


def nouns_after(events: Sequence[RecordedEvent], reader: Reader) -> dict[int, Any]:
    """The noun of each event by the event's position; those whose kind has no type are left out."""
    head = head_of(reader.connection)
    several = reader.at_several([each.position for each in events])
    versions: dict[str, list[Any]] = {}
    for kind in sorted({kind_of(each) for each in events} & MANY_LOADERS.keys()):
        ids = dict.fromkeys(each.event.originator_id for each in events if kind_of(each) == kind)
        for row in MANY_LOADERS[kind](several, list(ids)):
            versions.setdefault(row.entity_id, []).append(row)
    found: dict[int, Any] = {}
    readers: list[Reader] = []
    for each in events:
        seen = [row for row in versions.get(each.event.originator_id, []) if row.since <= each.position]
        if not seen:
            continue
        at = Moment(each.position, each.recorded_at, each.recorded_at, now=each.position == head)
        readers.append(reader.at(at))
        # Several events may show one version, each at a moment of its own.
        row = copy.copy(max(seen, key=lambda version: version.since))
        found[each.position] = together([row], readers[-1], pinned_id(at))[0]
    share_adoptions(reader, readers)
    return found
