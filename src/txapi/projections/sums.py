"""Sums over all nouns of a kind, kept from one question to the next, so that a scoreboard costs by what has happened since.

What a noun adds to a sum follows from its own rows at a moment, and its rows change with its own events alone. So the sums of
another position are the known ones without what those nouns added there to which something happened in between, and with what
they add here. That is exact; it is no estimate, and nothing that is kept has to be repaired.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from txapi.domain.dates import end_of
from txapi.projections.moment import Reader, Several
from txapi.projections.references import place_of
from txapi.projections.select import marks

Group = tuple[Any, ...]
Amounts = tuple[int, ...]

_QUESTIONS = 96
"""For so many questions sums are kept: a board asks six, of one day and one valid date."""

_POSITIONS = 3
"""Of each question at so many positions: whoever looks at the past of a day does not take away what those need who look at now."""

_EVENTS, _NOUNS = 5_000, 400
"""What lies further off, or touches more nouns, is summed up anew: that is about as dear."""

_MARGIN = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Kept:
    position: int
    event_id: Any
    """The event at that position. No two histories share it, so sums of one are never taken for those of another."""
    sums: Mapping[Group, Amounts]


_kept: OrderedDict[tuple[Any, ...], list[_Kept]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sums:
    """A question for sums by group.

    `name` tells it from all others, with everything that it depends on but the moment. `kind` is that of the nouns that it
    adds up, `besides` the kinds of those on which it rests, too: where something happened to one of them, it is asked anew.
    `ask` carries it out at a reader's moment, for all nouns or for those that are named: rows of a group's keys, followed by
    `measures` whole numbers, of which the first counts. It judges by the clock's day alone, as all deadlines do, or not at all.
    """

    name: tuple[Any, ...]
    kind: str
    besides: tuple[str, ...]
    measures: int
    ask: Callable[[Reader, Sequence[str] | None], Iterable[tuple[Any, ...]]]
    judges: bool = True
    """Whether the clock's day and the valid date count for anything."""

    def at(self, reader: Reader) -> list[tuple[Any, ...]]:
        """The rows that `ask` gives for all nouns at the moment, in no order; what adds up to null is 0."""
        return [(*group, *amounts) for group, amounts in self._sums(reader).items()]

    def _sums(self, reader: Reader) -> Mapping[Group, Amounts]:
        moment = reader.moment
        # A clock behind what was recorded judges by the instant. What not everybody may read is nobody else's to see, and is noted.
        behind = self.judges and moment.clock < moment.recorded_at
        if isinstance(reader, Several) or behind or not reader.is_everybodys:
            return self._added_up(reader, None)
        reader = reader.entire
        key = (*place_of(reader), self.name, *((moment.day, moment.valid_on) if self.judges else ()))
        # The day decides, so all clocks of a day are as good as its last instant.
        reader = reader.at(replace(moment, clock=end_of(moment.day) - _MARGIN))
        with _lock:
            entries = list(_kept.get(key, ()))
        here, known = self._found(reader, entries)
        if here is None:
            return self._added_up(reader, None)
        nearest = min(known, key=lambda entry: abs(entry.position - moment.position), default=None)
        if nearest is not None and nearest.position == moment.position:
            return nearest.sums
        sums = None if nearest is None else self._moved(reader, nearest)
        replaced = nearest if sums is not None else None
        if sums is None:
            sums = self._added_up(reader, None)
        self._keep(key, _Kept(moment.position, here, sums), replaced)
        return sums

    def _found(self, reader: Reader, entries: Sequence[_Kept]) -> tuple[Any, list[_Kept]]:
        """The event of the moment's position, and which of the entries are of this very history."""
        # In one order, so that who asks by turns for two moments asks the same each time.
        positions = sorted({reader.moment.position, *(entry.position for entry in entries)})
        found = dict(
            reader.rows(f"SELECT position, event_id FROM events WHERE position IN ({marks(positions)})", positions)
        )
        return found.get(reader.moment.position), [
            each for each in entries if found.get(each.position) == each.event_id
        ]

    def _moved(self, reader: Reader, known: _Kept) -> Mapping[Group, Amounts] | None:
        """The sums at the moment, from those of another position; None where they are better added up anew."""
        low, high = sorted((known.position, reader.moment.position))
        if high - low > _EVENTS:
            return None
        kinds = (self.kind, *self.besides)
        touched = reader.rows(
            f"SELECT DISTINCT stream, kind FROM events WHERE position > ? AND position <= ? AND kind IN ({marks(kinds)})",
            (low, high, *kinds),
        )
        nouns = [stream for stream, kind in touched if kind == self.kind]
        if len(nouns) > _NOUNS or len(nouns) < len(touched):
            return None
        if not nouns:
            return known.sums
        sums = dict(known.sums)
        there = reader.at(replace(reader.moment, position=known.position, now=False))
        for sign, at in ((-1, there), (1, reader)):
            for group, amounts in self._added_up(at, nouns).items():
                before = sums.get(group, (0,) * self.measures)
                sums[group] = tuple(one + sign * other for one, other in zip(before, amounts, strict=True))
        return {group: amounts for group, amounts in sums.items() if amounts[0]}

    def _added_up(self, reader: Reader, nouns: Sequence[str] | None) -> dict[Group, Amounts]:
        sums: dict[Group, Amounts] = {}
        for row in self.ask(reader, nouns):
            sums[tuple(row[: -self.measures])] = tuple(int(amount or 0) for amount in row[-self.measures :])
        return sums

    @staticmethod
    def _keep(key: tuple[Any, ...], made: _Kept, replaced: _Kept | None) -> None:
        with _lock:
            entries = _kept.setdefault(key, [])
            _kept.move_to_end(key)
            entries[:] = [each for each in entries if each is not replaced and each.position != made.position]
            entries.append(made)
            del entries[:-_POSITIONS]
            while len(_kept) > _QUESTIONS:
                _kept.popitem(last=False)


def forget() -> None:
    """Begin with nothing."""
    with _lock:
        _kept.clear()
