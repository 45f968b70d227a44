"""An aggregate 聚合: the consistency boundary of a noun; its state is the fold of its events."""

from __future__ import annotations

import copy
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Event
from txapi.domain.permissions import UNBOUNDED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from txapi.domain.event import Metadata


class NothingToCorrect(Refusal):
    """A correction names an event of the same stream that states a correctable fact."""

    en = "Event {version} of this {kind} is no fact that can be corrected."
    zh = "该{kind}的第{version}号事件不是可更正的事实。"


class CorrectionNeedsAReason(Refusal):
    """A correction says why, for it changes what the record is believed to say."""

    en = "A correction needs a reason."
    zh = "更正须说明理由。"


class DoesNotExist(Refusal):
    """A command addresses a noun that was never registered."""

    en = "There is no {kind} {id}."
    zh = "不存在该{kind}：{id}。"


class AlreadyExists(Refusal):
    """A noun is registered once."""

    en = "This {kind} is registered already: {id}."
    zh = "该{kind}已登记：{id}。"


class TooManyEvents(Refusal):
    """A noun takes so many events and no more, which bounds every list that is told of it; what lapses is recorded still."""

    en = "This {kind} has {most} events already and takes no more: begin another."
    zh = "该{kind}已有 {most} 个事件，不再增加：请另行登记。"


MOST_EVENTS = 10_000
"""How many events commands may leave of one noun: far more than anything that people do comes to. Older records may hold more."""


class Correction(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Base of the corrections: retract or replace the fact of event `corrects` (its version in this stream).

    `fields` holds the replacing values by field name, in JSON form; None retracts the fact. Corrections are correctable
    themselves. They apply from their own position on, so the past keeps showing what was believed.
    """

    corrects: int
    fields: dict[str, Any] | None = None

    def apply(self, aggregate: Any) -> None:
        aggregate._refold()


class Aggregate:
    """Base of every noun with a stream of its own.

    A command is a public method: it takes `meta` (time, actor, reason) first, refuses or calls `_record`. State is set
    up in `_blank` and changed only by `Event.apply`. A new noun starts as `Ticket(id)` at version 0.
    """

    KIND: ClassVar[str]
    """The English name of the noun, as in topics and global ids: "ticket"."""
    CORRECTION: ClassVar[type[Correction] | None] = None
    CORRECTABLE: ClassVar[tuple[type[Event], ...]] = ()
    kinds: ClassVar[dict[str, type[Aggregate]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.KIND:
            Aggregate.kinds[cls.KIND] = cls

    def __init__(self, id: str) -> None:
        self.id = id
        self.version = 0
        self.pending: list[Event] = []
        self.events: list[Event] = []
        """Every event so far, kept only by nouns whose facts can be corrected."""
        self._blank()

    def _blank(self) -> None:
        """Set every attribute of the state to what it is before the first event."""
        raise NotImplementedError

    @property
    def exists(self) -> bool:
        """Whether anything was ever recorded of it."""
        return self.version > 0

    def next_deadline(self) -> datetime | None:
        """The next instant at which something lapses although nobody acts; None where nothing can."""
        return None

    def record_pending(self, meta: Metadata) -> None:
        """Record what has lapsed by `meta.decided_at` and was not recorded yet; called before every command."""

    def _record(self, event_type: type[Event], meta: Metadata, **data: Any) -> None:
        """Record what was decided: make the event, evolve by it, keep it for the writer. TooManyEvents."""
        if self.version >= MOST_EVENTS and meta.actor.role not in UNBOUNDED:
            raise TooManyEvents(kind=self.KIND, most=MOST_EVENTS)
        event = event_type(originator_id=self.id, originator_version=self.version + 1, meta=meta, **data)
        self.evolve(event)
        self.pending.append(event)

    def evolve(self, event: Event) -> None:
        """Take one event of this stream into the state."""
        if event.originator_version != self.version + 1 or event.originator_id != self.id:
            raise AssertionError(f"{event.TOPIC} {event.originator_version} does not follow {self.version}")
        self.version += 1
        if self.CORRECTION is not None:
            self.events.append(event)
        event.apply(self)

    @classmethod
    def fold(cls, id: str, events: Iterable[Event]) -> Self:
        """The state after these events of its stream, in order."""
        aggregate = cls(id)
        for event in events:
            aggregate.evolve(event)
        return aggregate

    def copy(self) -> Self:
        """The same noun at the same version, to be decided on without touching this one."""
        other = object.__new__(type(self))
        other.__dict__.update(_owned(self.__dict__))
        return other

    # -- corrections -------------------------------------------------------------------------------------------

    def correct(self, meta: Metadata, *, corrects: int, fields: dict[str, Any] | None) -> None:
        """Retract (fields None) or replace the fact that event number `corrects` of this stream stated.

        Correcting a correction replaces what it put in place; retracting one brings the earlier fact back.
        """
        self._must_exist()
        if not meta.reason:
            raise CorrectionNeedsAReason()
        target = self.events[corrects - 1] if 1 <= corrects <= len(self.events) else None
        if self.CORRECTION is None or target is None or not isinstance(target, (*self.CORRECTABLE, Correction)):
            raise NothingToCorrect(kind=self.KIND, version=corrects)
        if fields is not None:
            fields = {**self._replacing(target), **fields}
            self._check_correction(meta, self._replaced(self._original(target), fields))
        self._record(self.CORRECTION, meta, corrects=corrects, fields=fields)

    def _replacing(self, target: Event) -> dict[str, Any]:
        """The fields that corrections before this one put in place: a second correction adds to the first."""
        by: Event = self._said().get(target.originator_version, target)
        while isinstance(by, Correction) and by.fields is None:
            by = self.events[by.corrects - 1]  # Whoever replaces a retraction starts from what was retracted.
        return by.fields or {} if isinstance(by, Correction) else {}

    def _check_correction(self, meta: Metadata, replacement: Event) -> None:
        """Refuse a replacement that the rules would have refused as a fact; called before it is recorded."""

    def _original(self, event: Event) -> Event:
        while isinstance(event, Correction):
            event = self.events[event.corrects - 1]
        return event

    @staticmethod
    def _replaced(original: Event, fields: dict[str, Any]) -> Event:
        """The event as it reads with these fields replaced; BadInput where a field is unknown or of another type."""
        names = set(type(original).__struct_fields__) - set(Event.__struct_fields__)
        unknown = sorted(set(fields) - names)
        if unknown:
            raise BadInput("UNKNOWN_FIELD", f"{original.TOPIC} has no field {unknown[0]}", (unknown[0],))
        state = msgspec.to_builtins(original)
        state.update(fields)
        try:
            return msgspec.convert(state, type(original))
        except msgspec.ValidationError as error:
            raise BadInput("BAD_CORRECTION", f"these are not the event's fields: {error}") from error

    def effective(self) -> list[tuple[Event, Event]]:
        """The facts in force, in order: (the event as it now reads, the event that says so)."""
        said = self._said()
        facts: list[tuple[Event, Event]] = []
        for event in self.events:
            if isinstance(event, Correction):
                continue
            now = said.get(event.originator_version)
            if now is None:
                facts.append((event, event))
            elif now.fields is not None:
                facts.append((self._replaced(event, now.fields), now))
        return facts

    def _said(self) -> dict[int, Correction]:
        """By the number of a fact or correction, the correction in force that says how it reads now."""
        said: dict[int, Correction] = {}
        for event in reversed(self.events):
            if isinstance(event, Correction):
                by = said.get(event.originator_version, event)
                if by.fields is None and by is not event:
                    continue  # This correction was itself retracted: the fact before it stands again.
                said.setdefault(event.corrects, by)
        return said

    def _refold(self) -> None:
        """Fold again over the facts in force, after a correction."""
        self._blank()
        for fact, _ in self.effective():
            fact.apply(self)

    def _must_exist(self) -> None:
        if not self.exists:
            raise DoesNotExist(kind=self.KIND, id=self.id)

    def _must_be_new(self) -> None:
        if self.exists:
            raise AlreadyExists(kind=self.KIND, id=self.id)


_UNCHANGED = (
    str,
    int,
    float,
    bytes,
    tuple,
    frozenset,
    date,
    time,
    timedelta,
    Decimal,
    Enum,
    type(None),
    type(msgspec.UNSET),
)

_changes: dict[type, bool] = {}
"""By the types that states were seen to hold: whether a value of it can be changed."""


def _owned(values: dict[Any, Any]) -> dict[Any, Any]:
    """The values by their names, with everything in them that can be changed copied."""
    changes = _changes.get
    return {name: value if changes(type(value)) is False else _own(value) for name, value in values.items()}


def _own(value: Any) -> Any:
    """The same for one value. What is in a tuple or a frozen struct is never changed."""
    kind = type(value)
    if kind not in _changes:
        _changes[kind] = _can_change(kind)
    if not _changes[kind]:
        return value
    if kind is list:
        return [each if _changes.get(type(each)) is False else _own(each) for each in value]
    if kind is dict:
        return _owned(value)
    other = copy.copy(value)
    for name in getattr(kind, "__struct_fields__", ()):
        part = getattr(other, name)
        if _changes.get(type(part)) is not False:
            setattr(other, name, _own(part))
    return other


def _can_change(kind: type) -> bool:
    """Whether a value of a type can be changed. An AssertionError for a type of which nobody has said so yet."""
    if issubclass(kind, msgspec.Struct):
        return not kind.__struct_config__.frozen
    if kind in (list, dict, set):
        return True
    if not issubclass(kind, _UNCHANGED):
        raise AssertionError(f"a state holds a {kind.__name__}, and it is not known how to copy one")
    return False
