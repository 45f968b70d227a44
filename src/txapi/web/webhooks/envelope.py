"""The envelope 事件信封: an event of the record as a CloudEvent 1.0 in its JSON form.

This is the one place where it is decided what others are told.

All of it is in the body (structured mode), for the signature covers the body and no header that says what an event is.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec

from txapi.projections.withheld_events import Withheld
from txapi.record.record import RecordedEvent
from txapi.schema.ids import GlobalId

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"

SEALED = ("salt",)
"""What the record keeps of an event and tells nobody: the salt keeps its entry in the ledger from being guessed."""


def envelope(recorded: RecordedEvent, record_id: str, public_url: str | None) -> bytes:
    """The CloudEvent of an event.

    `data` is the event in its published form (`domain/events/TYPE.vN.json`). `position`, `nodeid` and `askurl` are extension
    attributes: where it stands in the record, the global id of its noun, and where to ask more about it. Where the receiver's units
    may not read what was said, there is no `data`, and `withheld` is true.
    """
    event = recorded.event
    topic = event.TOPIC
    kind = topic.partition(".")[0]
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.event_id,
        "source": f"urn:uuid:{record_id}",
        "type": topic,
        "subject": f"{kind}/{event.originator_id}",
        "time": recorded.recorded_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"{public_url or 'urn:txapi:'}{'/' if public_url else ''}events/{topic}.v{event.class_version}.json",
        # A number of CloudEvents has 32 bits.
        "position": str(recorded.position),
        "nodeid": GlobalId(kind, event.originator_id).text(),
    }
    if public_url:
        told["askurl"] = f"{public_url}/graphql"
    if isinstance(event, Withheld):
        del told["datacontenttype"], told["dataschema"]
        return msgspec.json.encode({**told, "withheld": True})
    data = msgspec.to_builtins(event)
    for name in SEALED:
        data.pop(name, None)
    told["data"] = data
    return msgspec.json.encode(told)
