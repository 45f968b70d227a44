"""What an event says of itself in words: its type, a line, and whom it speaks of beside the noun that it happened to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from txapi.domain.event_labels import event_label
from txapi.domain.event_lines import line_of
from txapi.domain.publication import About, Publication
from txapi.projections.moment import Reader
from txapi.projections.withheld_events import Withheld
from txapi.record.record import RecordedEvent
from txapi.schema.asking import MANY_LOADERS
from txapi.schema.commands import Info
from txapi.schema.moments import pinned_id
from txapi.schema.nouns import Node, together
from txapi.schema.plain import Indexed, plain
from txapi.schema.values import Label


@strawberry.type
class EventLine:
    """Base of an event: `told` has the events of the whole answer."""

    reader: strawberry.Private[Reader]
    told: strawberry.Private[Any]

    def _recorded(self, info: Info) -> RecordedEvent:
        raise NotImplementedError

    @strawberry.field(description="What kind of event: ticket.accepted. 事件类型。", metadata=plain(Indexed("topic")))
    def type(self, info: Info) -> str:
        """The topic."""
        return self._recorded(info).event.TOPIC

    @strawberry.field(description="What people read for the type. 事件名称。")
    def label(self, info: Info) -> Label:
        """The label of the topic."""
        return Label.of(event_label(self._recorded(info).event.TOPIC))

    @strawberry.field(
        description="What it says beside its type, in a line: which edition, what was printed, which milestone and when; null"
        " where type and noun say all. 摘要。"
    )
    def line(self, info: Info) -> Label | None:
        """The line."""
        line = line_of(self._recorded(info).event)
        return None if line is None else Label.of(line)

    @strawberry.field(
        description="Whether what was said in it is withheld from the viewer, who may know all the same that it happened: then `data`"
        " holds nothing, `reason`, `source`, `on` and `line` are null, and texts are empty in `changes`. 是否不公开内容。"
    )
    def withheld(self, info: Info) -> bool:
        """Whether it is told without its texts."""
        return isinstance(self._recorded(info).event, Withheld)

    @strawberry.field(
        description="The noun that something printed speaks of, as it is at the moment of the question; null where it speaks of"
        " none, and of other events. 涉及对象。"
    )
    def about(self, info: Info) -> Node | None:
        """The noun, read for all events of the answer at once."""
        about = about_of(self._recorded(info))
        return None if about is None else self.told.about(info, self.reader).get((about.kind, about.id))


def about_of(recorded: RecordedEvent) -> About | None:
    """The noun that an event speaks of beside its own."""
    event = recorded.event
    return event.about if isinstance(event, Publication.ItemPrinted) else None


def nouns_spoken_of(events: Sequence[RecordedEvent], reader: Reader) -> dict[tuple[str, str], Any]:
    """The nouns that events speak of, by kind and entity id: one statement for each kind. Their ids carry the moment, as those of all
    nouns do that an event shows."""
    spoken: dict[str, dict[str, None]] = {}
    for about in map(about_of, events):
        if about is not None and about.kind in MANY_LOADERS:
            spoken.setdefault(about.kind, {})[about.id] = None
    found: dict[tuple[str, str], Any] = {}
    pinned = pinned_id(reader.moment)
    for kind, ids in spoken.items():
        rows: list[Any] = list(MANY_LOADERS[kind](reader, list(ids)))
        for row in together(rows, reader, pinned):
            found[kind, row.entity_id] = row
    return found
