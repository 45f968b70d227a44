"""The stored bytes of events 事件原文: whether they are what the record writes, and what follows from them.

They are read as strictly as they are written: as an event of their topic, of their stream and version, with an id and a
salt, and in the very bytes that this event is written in. Nothing more and nothing less can hide in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

# Events are read by their classes, and the classes are known once their modules have been imported.
import txapi.projections.all  # noqa: F401
from txapi.record.codec import EventMapper

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.shown import StoredRow
    from txapi.domain.event import Event

_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


class Decoding:
    """Reads stored events, and tells of those that cannot be read."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._mapper = EventMapper()

    def event(self, row: StoredRow) -> Event | None:
        """The event of a row; None where its bytes are no such event."""
        try:
            event = self._mapper.decode(row.stream, row.version, row.topic, row.state)
        except Exception as error:  # The bytes may be anything, and so may be what they make a decoder do.
            self._findings.add(row.position, "bytes", f"the stored bytes are no event: {error}")
            return None
        if _SALT.fullmatch(event.salt) is None or _UUID.fullmatch(event.event_id) is None:
            self._findings.add(row.position, "bytes", "the stored event has no id or no salt of 128 bits")
        if not self._is_as_written(event, row.state):
            self._findings.add(row.position, "bytes", "the stored bytes are not those in which this event is written")
        return event

    def _is_as_written(self, event: Event, state: bytes) -> bool:
        # An event of an earlier form is brought up to today's when it is read; its bytes are those of then.
        return self._mapper.encode(event) == state or self._mapper.form_of(state) < event.class_version
