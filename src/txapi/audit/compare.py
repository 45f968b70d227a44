"""Comparing 比对 two moments of the record: which nouns appeared, disappeared or changed under a filter, and why."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product
from typing import Any

from txapi.audit.candidates import Candidates, candidates
from txapi.audit.differences import Because, Between, FieldDifference
from txapi.audit.nouns import NOUNS, is_open
from txapi.domain.errors import BadInput
from txapi.domain.labels import Label, labelled
from txapi.projections.moment import Moment, Reader
from txapi.projections.select import many_of, marks


class What(enum.Enum):
    """What became of a noun under the filter."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    CHANGED = "changed"


labelled(
    {
        What.APPEARED: ("新出现", "appeared: new, or the filter lets it through only at the later moment"),
        What.DISAPPEARED: ("消失", "disappeared: the filter lets it through only at the earlier moment"),
        What.CHANGED: ("变更", "changed: there at both moments, and says something else"),
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One noun that differs."""

    kind: str
    entity_id: str
    what: What

    @property
    def is_changed(self) -> bool:
        """Whether it is there at both moments."""
        return self.what is What.CHANGED


Asked = dict[str, Any]
"""The kinds of noun that are compared, each with its filter; None lets everything through."""


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """A part of a list of differences."""

    found: list[Difference]
    has_next: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many nouns differ, by what became of them."""

    appeared: int
    disappeared: int
    changed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.appeared + self.disappeared + self.changed


@dataclass(frozen=True)
class Comparison:
    """Two moments side by side, in one snapshot. BadInput COMPARED_BACKWARDS where `before` knows more than `after`.

    The valid dates may lie in either order: a fact may count before, and after not any more.
    """

    before: Reader
    after: Reader
    _candidates: dict[tuple[str, str], Candidates] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.before.moment.position > self.after.moment.position:
            raise BadInput(
                "COMPARED_BACKWARDS",
                f"the record at `before` ({self.before.moment.position}) is longer than at `after`"
                f" ({self.after.moment.position}); exchange the two",
                ("before",),
            )

    @property
    def _between(self) -> Between:
        return Between(self.before, self.after)

    # -- which nouns differ --------------------------------------------------------------------------------------------

    def page(self, asked: Asked, size: int, after: Difference | None = None) -> DifferencePage:
        """The first `size` differences, by kind, then in the order of the kind's list; `after` the one given.

        BadInput CURSOR_OF_ANOTHER_LIST where that one is not in the list.
        """
        found: list[Difference] = []
        for one in self._all(asked, size, after):
            if len(found) == size:
                return DifferencePage(found, has_next=True)
            found.append(one)
        return DifferencePage(found, has_next=False)

    def counts(self, kind: str, asked: Any = None) -> Counts:
        """How many nouns of a kind differ: every one that may is looked at."""
        counted = dict.fromkeys(What, 0)
        for one in self._all({kind: asked}, _MOST_AT_ONCE, None):
            counted[one.what] += 1
        return Counts(counted[What.APPEARED], counted[What.DISAPPEARED], counted[What.CHANGED])

    def _all(self, asked: Asked, size: int, after: Difference | None) -> Iterator[Difference]:
        kinds = [kind for kind in NOUNS if kind in asked]
        if after is not None:
            if after.kind not in kinds:
                raise _not_in_the_list()
            kinds = kinds[kinds.index(after.kind) :]
        for kind in kinds:
            begin = after.entity_id if after is not None and kind == after.kind else None
            yield from self._of_kind(kind, asked[kind], size, begin)

    def _of_kind(self, kind: str, asked: Any, size: int, after: str | None) -> Iterator[Difference]:
        """The differences of one kind in order, looked for in parts that grow: few statements, however many there are."""
        those = self._candidates_of(kind, asked)
        if after is not None and after not in those.ids:
            raise _not_in_the_list()
        begin = 0 if after is None else those.ids.index(after) + 1
        part = min(2 * size + 2, _MOST_AT_ONCE)
        while begin < len(those.ids):
            ids = those.ids[begin : begin + part]
            alike = [id for id in ids if id not in those.entered and id not in those.left]
            differing = self._between.differing(NOUNS[kind], alike)
            for id in ids:
                if id in those.entered:
                    yield Difference(kind, id, What.APPEARED)
                elif id in those.left:
                    yield Difference(kind, id, What.DISAPPEARED)
                elif id in differing:
                    yield Difference(kind, id, What.CHANGED)
            begin, part = begin + part, min(2 * part, _MOST_AT_ONCE)

    def _candidates_of(self, kind: str, asked: Any) -> Candidates:
        key = kind, repr(asked)
        if key not in self._candidates:
            self._candidates[key] = candidates(NOUNS[kind], self.before, self.after, asked)
        return self._candidates[key]

    # -- what is to be said of those of a page ---------------------------------------------------------------------------

    def changes(self, kind: str, ids: Sequence[str]) -> dict[str, list[FieldDifference]]:
        """What changed of these nouns, field by field; of one that is new, everything that it says."""
        return self._between.changes(NOUNS[kind], ids)

    def labels(self, kind: str, ids: Sequence[str]) -> dict[str, Label]:
        """What people read for these nouns, as they were at the later moment."""
        noun = NOUNS[kind]
        labels = {row.entity_id: noun.label(row) for row in many_of(noun.table, self.after, ids)}
        # Who compares may read a noun at the earlier moment only.
        gone = [id for id in ids if id not in labels]
        return labels | {row.entity_id: noun.label(row) for row in many_of(noun.table, self.before, gone)}

    def causes(self, kind: str, asked: Any, ids: Sequence[str]) -> dict[str, tuple[Because, ...]]:
        """Why these nouns appeared or disappeared: what would have to be as before for them to be as before.

        Where each of several causes would do alone, all that would are named.
        """
        if is_open(asked):
            return dict.fromkeys(ids, (Because.EVENT,))
        now = self._let_through(kind, asked, self.after, ids)
        without = {one: self._let_through(kind, asked, self._mixed(self.after, one), ids) for one in self._otherwise()}
        needed = {id: tuple(one for one in without if (id in without[one]) != (id in now)) for id in ids}
        if all(needed.values()):
            return needed
        alone = {one: self._let_through(kind, asked, self._mixed(self.before, one), ids) for one in without}
        enough = {id: tuple(one for one in alone if (id in alone[one]) == (id in now)) for id in ids}
        return {id: needed[id] or enough[id] or tuple(without) for id in ids}

    def turns(self, kind: str, asked: Any, ids: Sequence[str]) -> dict[str, int]:
        """The events by which these nouns, of which EVENT is a cause, came to be let through or not: a position for each.

        Looked for by halves, with the clock and valid date of the later moment, or of the earlier where those hide it:
        before that event the filter says what it said, from it on what it says at last. It may be one of another noun. At
        most as many statements for a noun as the window can be halved; nouns that turn together share them.
        """
        first, last = self.before.moment, self.after.moment
        found: dict[str, int] = {}
        for clock, valid_on in product((last.clock, first.clock), (last.valid_on, first.valid_on)):
            rest = [id for id in ids if id not in found]
            if rest:
                found |= self._turned(kind, asked, rest, clock, valid_on)
        return found

    def _turned(
        self, kind: str, asked: Any, ids: Sequence[str], clock: datetime, valid_on: date | None
    ) -> dict[str, int]:
        """Those of the nouns that turn in between as seen by one clock and valid date, each with the event."""
        first, last = self.before.moment, self.after.moment

        def through(at: Moment, those: Sequence[str]) -> set[str]:
            moment = Moment(at.position, at.recorded_at, clock, valid_on, at.now)
            return self._let_through(kind, asked, self.after.at(moment), those)

        was, now = through(first, ids), through(last, ids)
        ends = {id: (first.position, last.position) for id in ids if (id in was) != (id in now)}
        while halved := {id: sum(ends[id]) // 2 for id in ends if ends[id][1] - ends[id][0] > 1}:
            for middle in sorted(set(halved.values())):
                those = [id for id, at in halved.items() if at == middle]
                then = through(Moment(middle, first.recorded_at, clock, valid_on, now=False), those)
                for id in those:
                    low, high = ends[id]
                    ends[id] = (low, middle) if (id in then) == (id in now) else (middle, high)
        return {id: high for id, (_, high) in ends.items()}

    def _otherwise(self) -> list[Because]:
        """What is otherwise at the later moment."""
        before, after = self.before.moment, self.after.moment
        differs = {
            Because.EVENT: before.position != after.position,
            Because.VALID_DATE: before.valid_on != after.valid_on,
            Because.CLOCK: before.clock != after.clock,
        }
        return [one for one in Because if differs[one]]

    def _mixed(self, base: Reader, one: Because) -> Reader:
        """The moment of `base`, in one respect as the other moment is."""
        at = base.moment
        other = self.before.moment if base is self.after else self.after.moment
        position, clock, valid_on = at, at.clock, at.valid_on
        match one:
            case Because.EVENT:
                position = other
            case Because.VALID_DATE:
                valid_on = other.valid_on
            case Because.CLOCK:
                clock = other.clock
        return base.at(Moment(position.position, position.recorded_at, clock, valid_on, position.now))

    def _let_through(self, kind: str, asked: Any, reader: Reader, ids: Sequence[str]) -> set[str]:
        question = NOUNS[kind].select(reader, asked).where(f"t.entity_id IN ({marks(ids)})", *ids)
        return {id for (id,) in question.narrow(["t.entity_id"])}


_MOST_AT_ONCE = 1000
"""How many nouns are looked at together, at most."""


def _not_in_the_list() -> BadInput:
    return BadInput("CURSOR_OF_ANOTHER_LIST", "this cursor was made by another list, filter, order or viewer")
