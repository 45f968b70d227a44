"""Pages of differences 差异分页: bound to both moments, to the kinds and filters; what they say is read for all together."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from txapi.audit.compare import Asked, Comparison, Counts, Difference
from txapi.audit.differences import Because, FieldDifference
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label
from txapi.projections.moment import Moment, Reader, at_position
from txapi.record.instants import instant, micros
from txapi.schema.asking import MANY_LOADERS
from txapi.schema.history import Event, events_at
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import together

Point = tuple[int, int, str | None]
"""A moment as a cursor keeps it: position, clock, valid date."""


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    before: Point
    after: Point
    signature: str
    kind: str
    id: str


# Made once, here: decoders of one class that threads make at the same time can end the process (see record/codec.py).
_decode = msgspec.json.Decoder(_Cursor).decode


def _point(moment: Moment) -> Point:
    return moment.position, micros(moment.clock), moment.valid_on.isoformat() if moment.valid_on else None


@dataclass(frozen=True)
class Compared:
    """A comparison and the ids that its nouns carry at either moment; `floating`: a moment that was asked for as now."""

    sides: Comparison
    before: GlobalId
    after: GlobalId

    def at(self, cursor: _Cursor) -> Compared:
        """The comparison of the moments of a cursor. BadInput CURSOR_OF_ANOTHER_MOMENT, CURSOR_AHEAD."""
        if (cursor.before, cursor.after) == (_point(self.sides.before.moment), _point(self.sides.after.moment)):
            return self
        before = _moved(self.sides.before, self.before, cursor.before)
        after = _moved(self.sides.after, self.after, cursor.after)
        return Compared(Comparison(before, after), _repinned(self.before, before), _repinned(self.after, after))


def _moved(reader: Reader, pinned: GlobalId, point: Point) -> Reader:
    position, clock, valid_on = point
    now = _point(reader.moment)
    if valid_on != now[2] or not (pinned.floating or (position, clock) == now[:2]):
        raise BadInput("CURSOR_OF_ANOTHER_MOMENT", "this cursor belongs to other moments than those asked for")
    if position > reader.moment.position:
        raise BadInput("CURSOR_AHEAD", f"this cursor is of position {position}, not reached here")
    return reader.at(at_position(reader.connection, position, instant(clock), reader.moment.valid_on))


def _repinned(pinned: GlobalId, reader: Reader) -> GlobalId:
    moment = reader.moment
    return GlobalId(pinned.kind, pinned.key, moment.position, moment.clock, moment.valid_on, pinned.floating)


def signature_of(name: str, asked: Any) -> str:
    """What a cursor keeps of the list that it was made by."""
    encoded = msgspec.json.encode((name, asked), enc_hook=str, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:16]


def written(compared: Compared, signature: str, one: Difference) -> str:
    """The cursor of a difference."""
    sides = compared.sides
    cursor = _Cursor(
        _point(sides.before.moment), _point(sides.after.moment), signature, one.kind, one.entity_id
    )  # fmt: skip
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(text: str, signature: str) -> _Cursor:
    """What a cursor says. BadInput BAD_CURSOR, CURSOR_OF_ANOTHER_LIST."""
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = _decode(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
        for position, clock, valid_on in (cursor.before, cursor.after):
            if not (0 <= position < 2**62 and -(2**62) < clock < 2**62):
                raise ValueError(text)
            if valid_on is not None:
                date.fromisoformat(valid_on)
    except (ValueError, binascii.Error, msgspec.MsgspecError, UnicodeError):
        raise BadInput("BAD_CURSOR", "this is not a cursor of this service") from None
    if cursor.signature != signature:
        raise BadInput("CURSOR_OF_ANOTHER_LIST", "this cursor was made by another list, filter, order or viewer")
    return cursor


@dataclass
class Page:
    """The differences of one page. Whatever is asked of one of them is read for all of its kind, once."""

    compared: Compared
    asked: Asked
    found: Sequence[Difference]
    _known: dict[tuple[str, str], Any] = field(default_factory=dict)

    def _once(self, what: str, kind: str, read: Callable[[list[str]], Any]) -> Any:
        if (what, kind) not in self._known:
            self._known[what, kind] = read([one.entity_id for one in self.found if one.kind == kind])
        return self._known[what, kind]

    def label(self, one: Difference) -> Label:
        """What people read for the noun."""
        sides = self.compared.sides
        labels: dict[str, Label] = self._once("labels", one.kind, lambda ids: sides.labels(one.kind, ids))
        return labels[one.entity_id]

    def changes(self, one: Difference) -> list[FieldDifference]:
        """What changed of the noun."""
        sides = self.compared.sides
        changes: dict[str, list[FieldDifference]] = self._once(
            "changes", one.kind, lambda ids: sides.changes(one.kind, ids)
        )
        return changes[one.entity_id]

    def causes(self, one: Difference) -> tuple[Because, ...]:
        """Why it differs: of one that is there at both moments, what its changes say; else what the filter says."""
        if not one.is_changed:
            sides, asked = self.compared.sides, self.asked[one.kind]
            found: dict[str, tuple[Because, ...]] = self._once(
                "causes",
                one.kind,
                lambda ids: sides.causes(one.kind, asked, ids),
            )
            return found[one.entity_id]
        given = {because for change in self.changes(one) for because in change.because}
        return tuple(because for because in Because if because in given)

    def noun(self, one: Difference, *, before: bool) -> Any:
        """The noun at one of the moments; None where it did not exist then."""
        side = "before" if before else "after"
        return self._once(side, one.kind, lambda ids: self._nouns(one.kind, ids, before=before)).get(one.entity_id)

    def member(self, one: Difference, change: FieldDifference) -> Any:
        """The project that joined or left, as it was at the later moment; None for any other change."""
        if change.member is None:
            return None
        members: dict[str, Any] = self._once("members", one.kind, lambda ids: self._members(one.kind))
        return members[change.member]

    def _members(self, kind: str) -> dict[str, Any]:
        changes = (change for one in self.found if one.kind == kind for change in self.changes(one))
        ids = {change.member: None for change in changes if change.member is not None}
        return self._nouns("project", list(ids), before=False)

    def _nouns(self, kind: str, ids: list[str], *, before: bool) -> dict[str, Any]:
        sides = self.compared.sides
        reader, pinned = (sides.before, self.compared.before) if before else (sides.after, self.compared.after)
        return {noun.entity_id: noun for noun in together(list(MANY_LOADERS[kind](reader, ids)), reader, pinned)}

    def events(self, one: Difference, change: FieldDifference) -> list[Event]:
        """The events to blame for a change, in order."""
        events: dict[int, Event] = self._once("events", one.kind, lambda ids: self._events(one.kind))
        return [events[position] for position in change.events if position in events]

    def all_events(self, one: Difference) -> list[Event]:
        """The events to blame for any change of the noun, once, in order; else the one by which the filter turned."""
        events = {event.position: event for change in self.changes(one) for event in self.events(one, change)}
        turning: dict[str, Event] = self._once("turning", one.kind, lambda ids: self._turning(one.kind))
        if one.entity_id in turning:
            event = turning[one.entity_id]
            events[event.position] = event
        return [events[position] for position in sorted(events)]

    def _turning(self, kind: str) -> dict[str, Event]:
        """Of the nouns that appeared or disappeared by an event, but by none of their own in between: that event."""
        first = self.compared.sides.before.moment.position
        silent = [
            one.entity_id
            for one in self.found
            if one.kind == kind
            and not one.is_changed
            and not any(position > first for change in self.changes(one) for position in change.events)
            and Because.EVENT in self.causes(one)
        ]
        turns = self.compared.sides.turns(kind, self.asked[kind], silent)
        found = {
            int(event.position): event for event in events_at(self.compared.sides.after, sorted(set(turns.values())))
        }
        return {id: found[position] for id, position in turns.items() if position in found}

    def _events(self, kind: str) -> dict[int, Event]:
        changes = (change for one in self.found if one.kind == kind for change in self.changes(one))
        positions = sorted({position for change in changes for position in change.events})
        found = events_at(self.compared.sides.after, positions)
        return {int(event.position): event for event in found}


def total_of(compared: Compared, asked: Asked) -> int:
    """How many differences there are in all."""
    counted: list[Counts] = [compared.sides.counts(kind, one) for kind, one in asked.items()]
    return sum(one.total for one in counted)
