"""What a concurrent run was promised, and each promise that its history shows to be broken.

Writes are linearizable per noun; positions are given once, in the order of time; a command has one effect, however often it was
sent; a session reads its writes and never goes back; an answer comes from the past, and from where it was asked to at least.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.histories import Effect, History, Outcome, Read, Write
from tests.faults.linearizable import Call, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Broken(StrEnum):
    """What can be wrong with a history."""

    LOST_UPDATE = "lost update"
    """Two writes were made on one version of a noun, so that one overwrote the other unseen."""
    LOST_WRITE = "lost write"
    """A write was acknowledged and is not there."""
    DOUBLED = "double effect of a retry"
    POSITION_REUSED = "position reused"
    POSITION_SKIPPED = "position skipped"
    UNASKED = "effect that nobody asked for"
    """Of a command that was refused, or failed, or was never given."""
    OUT_OF_TIME = "positions against time"
    """A write that had been acknowledged when another was invoked has the later position."""
    NOT_LINEARIZABLE = "not linearizable"
    READ_YOUR_WRITES = "stale read after write"
    MONOTONIC_READS = "read skips backwards"
    MONOTONIC_WRITES = "write before an earlier write"
    WRITES_FOLLOW_READS = "write before an earlier read"
    AT_LEAST = "atLeast broken"
    FROM_THE_FUTURE = "read from the future"
    NEVER_SO = "read of what never was"


class Violation(NamedTuple):
    """A broken promise, and the operations that show it."""

    broken: Broken
    shown_by: tuple[Write | Read | Effect, ...]
    detail: str = ""

    def __str__(self) -> str:
        shown = "; ".join(map(str, self.shown_by[:8]))
        return f"{self.broken}: {shown}{f' ({self.detail})' if self.detail else ''}"


def violations(history: History, recorded: Sequence[Effect] | None = None) -> list[Violation]:
    """Every promise that the history breaks. `recorded`: every effect that the record holds afterwards, in its order."""
    writes = [one for one in history.writes if one.acknowledged]
    found = [*_receipts(writes), *_order_of_time(writes), *_sessions(history), *_linearizable(history)]
    found += _reads(history, recorded)
    if recorded is not None:
        found += _record(history, writes, recorded)
    return found


# -- writes ------------------------------------------------------------------------------------------------------------------


def _receipts(writes: Sequence[Write]) -> Iterator[Violation]:
    """What receipts alone say of each other."""
    by_command, by_position, by_version = defaultdict(list), defaultdict(list), defaultdict(list)
    for write in writes:
        by_command[write.command].append(write)
        by_position[write.position].append(write)
        by_version[write.noun, write.version].append(write)
    for attempts in by_command.values():
        if len({(one.position, one.version) for one in attempts}) > 1:
            yield Violation(Broken.DOUBLED, tuple(attempts))
        elif sum(not one.replayed for one in attempts) > 1:
            yield Violation(Broken.DOUBLED, tuple(attempts), "more than one attempt was told that it was the first")
    for kind, groups in ((Broken.POSITION_REUSED, by_position), (Broken.LOST_UPDATE, by_version)):
        for group in groups.values():
            if len({one.command for one in group}) > 1:
                yield Violation(kind, tuple(group))


def _order_of_time(writes: Sequence[Write]) -> Iterator[Violation]:
    """Positions are one order over all nouns, and it is that of time wherever two writes did not overlap."""
    first = [one for one in writes if not one.replayed]
    # Nothing may have been answered before something with a lower position was even invoked.
    latest: Write | None = None
    for write in sorted(first, key=lambda one: one.position or 0):
        if latest is not None and write.completed is not None and write.completed < latest.invoked:
            yield Violation(Broken.OUT_OF_TIME, (latest, write))
        if latest is None or write.invoked > latest.invoked:
            latest = write


class _State(NamedTuple):
    version: int
    position: int
    """The position of the last effect, or of the last one before it of which that is known."""
    done: frozenset[tuple[str, int]]
    """The commands with several attempts that have taken effect, with the version that they made."""


class _Register:
    """One noun that does one command at a time: a versioned register that knows its commands again."""

    def __init__(self, initial: Effect | None, attempts: Iterable[Write]) -> None:
        self._initial = _State(initial.version, initial.position, frozenset()) if initial else _State(0, 0, frozenset())
        seen: set[str] = set()
        self._repeated: set[str] = set()
        self._receipts: dict[str, Write] = {}
        for write in attempts:
            if write.command in seen:
                self._repeated.add(write.command)
            seen.add(write.command)
            if write.acknowledged:
                self._receipts.setdefault(write.command, write)

    def initial(self) -> _State:
        return self._initial

    def step(self, state: _State, write: Write) -> _State | None:
        repeated = write.command in self._repeated
        made = (
            next((version for command, version in state.done if command == write.command), None) if repeated else None
        )
        if write.outcome is Outcome.STALE:
            fits = made is None and write.version == state.version and write.expected != state.version
            return state if fits else None
        if made is not None:
            return state if write.acknowledged and write.replayed and write.version == made else None
        if write.expected not in (None, state.version) or (write.acknowledged and write.replayed):
            return None
        # An attempt that nobody answered did what a later attempt was told of, if there was one.
        receipt = write if write.acknowledged else self._receipts.get(write.command)
        version, position = state.version + 1, state.position
        if receipt is not None:
            if receipt.version != version or receipt.position is None or receipt.position <= position:
                return None
            position = receipt.position
        done = state.done | {(write.command, version)} if repeated else state.done
        return _State(version, position, done)


def _linearizable(history: History) -> Iterator[Violation]:
    by_noun: dict[str, list[Write]] = defaultdict(list)
    for write in history.writes:
        if write.outcome is not Outcome.FAILED:
            by_noun[write.noun].append(write)
    for noun, writes in by_noun.items():
        calls = [Call(one, one.invoked, None if one.outcome is Outcome.UNKNOWN else one.completed) for one in writes]
        found = search(_Register(history.initial.get(noun), writes), calls)
        if not found.linearizable:
            detail = (
                f"{len(found.order)} of {len(writes)} operations on {noun} have an order; then one of these had to come"
            )
            yield Violation(Broken.NOT_LINEARIZABLE, tuple(writes[number] for number in found.stuck), detail)


# -- sessions ----------------------------------------------------------------------------------------------------------------


def _sessions(history: History) -> Iterator[Violation]:
    sessions: dict[str, list[Write | Read]] = defaultdict(list)
    for one in sorted(history.operations, key=lambda one: one.invoked):
        if one.acknowledged and one.client not in history.wandering:
            sessions[one.client].append(one)
    for operations in sessions.values():
        yield from _session(operations)


def _session(operations: Sequence[Write | Read]) -> Iterator[Violation]:
    """One session's operations, one after the other: positions never go back."""
    wrote: Write | None = None
    read: Read | None = None
    for one in operations:
        position = one.position or 0
        if isinstance(one, Read):
            if wrote is not None and position < (wrote.position or 0):
                yield Violation(Broken.READ_YOUR_WRITES, (wrote, one))
            elif read is not None and position < (read.position or 0):
                yield Violation(Broken.MONOTONIC_READS, (read, one))
            if read is None or position > (read.position or 0):
                read = one
            continue
        if not one.replayed:
            if wrote is not None and position <= (wrote.position or 0):
                yield Violation(Broken.MONOTONIC_WRITES, (wrote, one))
            if read is not None and position <= (read.position or 0):
                yield Violation(Broken.WRITES_FOLLOW_READS, (read, one))
        if wrote is None or position > (wrote.position or 0):
            wrote = one


# -- reads -------------------------------------------------------------------------------------------------------------------


def _reads(history: History, recorded: Sequence[Effect] | None) -> Iterator[Violation]:
    states = _States(history, recorded)
    first_invoked = _first_invocations(history)
    for read in history.reads:
        position = read.position or 0
        if read.at_least is not None and position < read.at_least:
            yield Violation(Broken.AT_LEAST, (read,))
        later = [one for one in states.written(read.value) if first_invoked[one.command] > (read.completed or 0)]
        ahead = states.invoked_after(read.completed or 0, position)
        if later or ahead:
            yield Violation(Broken.FROM_THE_FUTURE, (read, *(later or ahead)))
        elif why := states.wrong(read):
            yield Violation(Broken.NEVER_SO, (read,), why)


def _first_invocations(history: History) -> dict[str, int]:
    first: dict[str, int] = {}
    for write in history.writes:
        first.setdefault(write.command, write.invoked)
    return first


class _States:
    """How each noun stood at each position, as far as receipts (or the record itself) tell."""

    def __init__(self, history: History, recorded: Sequence[Effect] | None) -> None:
        self._complete = recorded is not None
        self._by_value: dict[int, list[Write]] = defaultdict(list)
        for write in history.writes:
            if write.outcome is not Outcome.STALE:
                self._by_value[write.value].append(write)
        effects = [
            Effect(one.position or 0, one.noun, one.version or 0, one.command, one.value)
            for one in history.writes
            if one.acknowledged
        ]
        self._effects: dict[str, list[Effect]] = defaultdict(list)
        for effect in [*history.initial.values(), *(effects if recorded is None else recorded)]:
            self._effects[effect.noun].append(effect)
        for known in self._effects.values():
            known.sort(key=lambda one: one.position)
        self._acknowledged = sorted(
            (one for one in history.writes if one.acknowledged and not one.replayed), key=lambda one: one.invoked
        )
        # From here on in the order of invocation, the lowest position: what a read reached, must have been invoked.
        self._lowest: list[Write] = []
        for write in reversed(self._acknowledged):
            lowest = self._lowest[-1] if self._lowest else write
            self._lowest.append(write if (write.position or 0) < (lowest.position or 0) else lowest)
        self._lowest.reverse()

    def written(self, value: int | None) -> list[Write]:
        """The attempts to write that value."""
        return [] if value is None else self._by_value[value]

    def invoked_after(self, moment: int, position: int) -> list[Write]:
        """A write that was invoked after the moment and has that position, or an earlier one."""
        place = bisect_right(self._acknowledged, moment, key=lambda one: one.invoked)
        lowest = self._lowest[place : place + 1]
        return [one for one in lowest if (one.position or 0) <= position]

    def wrong(self, read: Read) -> str:
        """Why the noun cannot have stood so at the position of the read; empty where it can."""
        effects = self._effects[read.noun]
        place = bisect_right(effects, read.position or 0, key=lambda one: one.position)
        before = effects[place - 1] if place else None
        version, value = (before.version, before.value) if before else (0, None)
        told = (read.version, read.value)
        if told == (version, value):
            return ""
        if self._complete or (read.version or 0) <= version:
            return f"it stood at {value} in version {version}"
        # Between two receipts, only what nobody answered can have taken effect.
        behind = effects[place].version if place < len(effects) else None
        if behind is not None and (read.version or 0) >= behind:
            return f"version {behind} came only at position {effects[place].position}"
        if not any(one.outcome is Outcome.UNKNOWN and one.noun == read.noun for one in self.written(read.value)):
            return f"it stood at {value} in version {version}, and nobody wrote {read.value}"
        return ""


# -- the record --------------------------------------------------------------------------------------------------------------


def _record(history: History, acknowledged: Sequence[Write], recorded: Sequence[Effect]) -> Iterator[Violation]:
    """What the record holds is what was acknowledged, once, and of the rest only what may have been done."""
    for one, after in pairwise(recorded):
        if after.position <= one.position:
            yield Violation(Broken.POSITION_REUSED, (one, after))
        elif after.position != one.position + 1:
            yield Violation(Broken.POSITION_SKIPPED, (one, after))
    held: dict[str, list[Effect]] = defaultdict(list)
    for effect in recorded:
        held[effect.command].append(effect)
    before = {one.command for one in history.initial.values()}
    possible = {one.command for one in history.writes if one.outcome in (Outcome.ACKNOWLEDGED, Outcome.UNKNOWN)}
    for command, effects in held.items():
        if len(effects) > 1:
            yield Violation(Broken.DOUBLED, tuple(effects))
        if command not in possible | before:
            yield Violation(Broken.UNASKED, tuple(effects))
    for write in acknowledged:
        told = Effect(write.position or 0, write.noun, write.version or 0, write.command, write.value)
        if told not in held[write.command]:
            yield Violation(Broken.LOST_WRITE, (write, *held[write.command]))
