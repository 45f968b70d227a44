"""A batch of appends under the append lock: who gets in, who is told what, and what is then written.

Judging is pure: the batch is told what the store knows and answers for one append after the other, each seeing what
those before it in the batch have done. So a conflict is the same inside a batch and between batches, and one
append's conflict never touches another.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from txapi.domain.event import Event
from txapi.record.conflicts import ClockBehind, CommandIdReused, KeyTaken, LeaseLost, StreamMoved
from txapi.record.database import Fence
from txapi.record.instants import instant, micros
from txapi.record.store import Changes, CommandKey, CommandRow, Found, Key, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from txapi.record.codec import EventMapper

PATIENCE_MICROSECONDS = 5_000_000
"""How far the clock may stand before the last event until appends are refused."""


class Append(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one command wants recorded, all of it or nothing.

    `events` are the pending events of one or more aggregates. `expected` names further streams that must still be at
    the version that the decision was made on (those of the events are checked anyway). `deadlines` sets the next
    deadline of a stream, or deletes it with None. `at` is a script's moment for this append; it counts only with a
    script's clock, and is that clock's present where it is None. With a `fence`, nothing is recorded once that lease is lost.
    """

    events: tuple[Event, ...] = ()
    expected: dict[str, int] = {}
    command: CommandKey | None = None
    deadlines: dict[str, datetime | None] = {}
    at: datetime | None = None
    fence: Fence | None = None


class Appended(msgspec.Struct, frozen=True, gc=False):
    """The receipt: the positions of the events, when they were recorded, and the events as they are kept.

    `replayed` says that the command had been carried out before, and this is the receipt of then. Where no event was
    recorded, `last` is the head's position and `first` the one behind it.
    """

    first: int
    last: int
    recorded_at: datetime
    replayed: bool
    events: tuple[Event, ...]


class Claim(NamedTuple):
    """A stream takes a key, or (`taken` false) gives it up."""

    key: Key
    stream: str
    taken: bool


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An append with everything computed that can be computed before the lock."""

    events: tuple[Event, ...]
    rows: list[tuple[str, int, str, bytes]]
    expected: dict[str, int]
    reached: dict[str, int]
    claims: list[Claim]
    command: CommandKey | None
    deadlines: dict[str, int | None]
    at: int | None
    fence: Fence | None


def claims_of(event: Event) -> Iterable[Claim]:
    """What the event does to keys: what it releases first, then what it claims."""
    for kind, value in event.releases():
        yield Claim(Key(kind, value), event.originator_id, False)
    for kind, value in event.claims():
        yield Claim(Key(kind, value), event.originator_id, True)


def prepare(append: Append, mapper: EventMapper, at: datetime | None) -> Prepared:
    """Seal and encode the events, outside the lock.

    A ValueError where the events of a stream do not follow one another, or text cannot be stored.
    """
    expected = dict(append.expected)
    reached: dict[str, int] = {}
    sealed: list[Event] = []
    rows: list[tuple[str, int, str, bytes]] = []
    claims: list[Claim] = []
    for event in map(mapper.seal, append.events):
        stream, version = event.originator_id, event.originator_version
        before = reached.get(stream)
        if before is None:
            if expected.setdefault(stream, version - 1) != version - 1:
                raise ValueError(f"event {version} of {stream} does not follow the expected version {expected[stream]}")
        elif before != version - 1:
            raise ValueError(f"event {version} of {stream} does not follow {before}")
        reached[stream] = version
        sealed.append(event)
        rows.append((stream, version, event.TOPIC, mapper.encode(event)))
        claims.extend(claims_of(event))
    for claim in claims:
        _must_be_storable(claim.key.kind, claim.key.value)
    _must_be_storable(*expected, *append.deadlines)
    if append.command is not None:
        _must_be_storable(append.command.subject, append.command.command_id)
    deadlines = {stream: micros(due) if due is not None else None for stream, due in append.deadlines.items()}
    return Prepared(
        tuple(sealed),
        rows,
        expected,
        reached,
        claims,
        append.command,
        deadlines,
        micros(at) if at is not None else None,
        append.fence,
    )


def _must_be_storable(*texts: str) -> None:
    """A ValueError where one holds a lone surrogate or the sign 0.

    Either would fail in a store, under the lock and among other clients' commands.
    """
    for text in texts:
        text.encode()
        if "\0" in text:
            raise ValueError(f"the sign 0 cannot be stored: {text!r}")


class Batch:
    """Judges appends one after the other and gathers what they write.

    `position` and `recorded_at` (microseconds) are those of the head, `now` is the clock's time; nothing is recorded
    before `floor`.
    """

    def __init__(self, position: int, recorded_at: int, now: int, floor: int, found: Found) -> None:
        self._position = position
        self._recorded_at = recorded_at
        self._now = now
        self._instant = instant(recorded_at)
        self._floor = floor
        self._versions = found.versions
        self._owners: dict[Key, str | None] = dict(found.owners)
        self._commands = found.commands
        self._held = found.held
        self._rows: list[Row] = []
        self._changed_owners: dict[Key, str | None] = {}
        self._deadlines: dict[str, int | None] = {}
        self._new_commands: dict[tuple[str, str], CommandRow] = {}

    def admit(self, append: Prepared) -> Appended:
        """Take the append in, or raise why not, having changed nothing.

        The receipt of a replayed command comes without its time and events, which the store has to be asked for.
        """
        command = append.command
        if command is not None:
            done = self._commands.get(command[:2])
            if done is not None:
                return replay_of(command, done)
        if append.fence is not None and append.fence not in self._held:
            raise LeaseLost(append.fence.name)
        at = self._now if append.at is None else append.at
        if at < self._recorded_at - PATIENCE_MICROSECONDS:
            raise ClockBehind(instant(at), instant(self._recorded_at))
        for stream, version in append.expected.items():
            actual = self._versions[stream]
            if actual != version:
                raise StreamMoved(stream, version, actual)
        owners = self._owners_after(append.claims)

        first = self._position + 1
        recorded_at = max(at, self._floor, self._recorded_at)
        if recorded_at != self._recorded_at:
            self._recorded_at, self._instant = recorded_at, instant(recorded_at)
        for position, row in enumerate(append.rows, first):
            self._rows.append(Row(position, recorded_at, *row))
        self._position += len(append.rows)
        self._versions.update(append.reached)
        self._owners.update(owners)
        self._changed_owners.update(owners)
        self._deadlines.update(append.deadlines)
        if command is not None:
            done = CommandRow(command.input_hash, first, self._position)
            self._commands[command[:2]] = self._new_commands[command[:2]] = done
        return Appended(first, self._position, self._instant, False, append.events)

    def _owners_after(self, claims: Iterable[Claim]) -> dict[Key, str | None]:
        after: dict[Key, str | None] = {}
        for key, stream, taken in claims:
            owner = after[key] if key in after else self._owners.get(key)
            if taken and owner is not None and owner != stream:
                raise KeyTaken(key.kind, key.value, owner)
            if taken or owner == stream:
                after[key] = stream if taken else None
        return after

    def changes(self) -> Changes:
        """What the appends taken in write."""
        return Changes(self._rows, self._changed_owners, self._deadlines, self._new_commands)


def replay_of(command: CommandKey, done: CommandRow) -> Appended:
    """The bare receipt of a command carried out before; `CommandIdReused` where that was another command."""
    if done.input_hash != command.input_hash:
        raise CommandIdReused(command_id=command.command_id)
    return Appended(done.first, done.last, instant(0), True, ())
