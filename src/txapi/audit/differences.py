"""What changed of given nouns between two moments, field by field, and which events are to blame."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from txapi.audit.nouns import Noun
from txapi.audit.seen import MEMBER_LABELS, MEMBERS, Path, Told, Version, fields_of, is_same, told_by
from txapi.domain.labels import labelled
from txapi.projections.history import Change
from txapi.projections.moment import Reader
from txapi.projections.select import marks


class Because(enum.Enum):
    """What, of all that is otherwise at the later moment, makes the difference."""

    EVENT = "event"
    VALID_DATE = "valid_date"
    CLOCK = "clock"


labelled(
    {
        Because.EVENT: ("新的记录", "what was recorded in between"),
        Because.VALID_DATE: ("事实截止日", "the date up to which facts count"),
        Because.CLOCK: ("判定时钟", "the clock by which deadlines and lights are judged"),
    }
)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field that says something else at the later moment.

    `events` are the positions to blame, in order; the last gave the field its final value. They lie between the two
    moments, or, where only the valid date makes the difference, before both: the event that stated the fact.
    `member` is the project that joined or left a list, group or parcel: the events lie in its stream then.
    """

    change: Change
    because: tuple[Because, ...]
    events: tuple[int, ...]
    member: str | None = None


@dataclass(frozen=True)
class Between:
    """Two moments in one snapshot; the record at `before` is no longer than at `after`."""

    before: Reader
    after: Reader

    @property
    def first(self) -> int:
        """The last position that the earlier moment knows."""
        return self.before.moment.position

    @property
    def last(self) -> int:
        """The last position that the later moment knows."""
        return self.after.moment.position

    # -- which of them differ ------------------------------------------------------------------------------------------

    def differing(self, noun: Noun, ids: Sequence[str]) -> set[str]:
        """Those of the nouns that say something else at the later moment: one statement for each table."""
        either = f"{_lives_at(self.first)} OR {_lives_at(self.last)}"
        found = self._versions(noun, ids, either)
        return {id for id, those in found.items() if self._differ_plainly(noun, those) or self._net(noun, those)}

    def _differ_plainly(self, noun: Noun, versions: Sequence[Version]) -> bool:
        """Whether a field that is kept as it is told differs for sure: most nouns need not be read further.

        Only where every fact counts at both moments, and of rows that are there at both.
        """
        if not self._everything_counts:
            return False
        was = {version.place: version for version in versions if version.lives_at(self.first)}
        now = {version.place: version for version in versions if version.lives_at(self.last)}
        return any(
            now[place].differs_plainly(version)
            for place, version in was.items()
            if place in now and version.table.name not in noun.silent
        )

    @property
    def _everything_counts(self) -> bool:
        return self.before.moment.valid_on is None and self.after.moment.valid_on is None

    def _net(self, noun: Noun, versions: Sequence[Version]) -> list[tuple[Path, Any, Any]]:
        """The fields that differ, with what they say before and after, in the order of tables, keys and columns."""
        was = self._told(noun, self.before, versions, self.first)
        now = self._told(noun, self.after, versions, self.last)
        net = [(path, was.get(path), now.get(path)) for path in {**was, **now}]
        differing = [one for one in net if not is_same(one[1], one[2])]
        return sorted(differing, key=lambda one: _place(noun, one[0]))

    def _told(self, noun: Noun, reader: Reader, versions: Iterable[Version], position: int) -> Told:
        live = (version for version in versions if version.lives_at(position))
        return told_by(reader, live, noun.derived, noun.silent)

    def _versions(self, noun: Noun, ids: Sequence[str], condition: str) -> dict[str, list[Version]]:
        """The versions of the nouns' rows for which the condition over `t` holds.

        Where every fact counts at both moments, a row that is the same at both says the same and is not read; members
        are read in any case, for together they say who belongs.
        """
        found: dict[str, list[Version]] = {id: [] for id in ids}
        if not ids:
            return found
        for table, column in noun.parts:
            same = f" AND NOT ({_lives_at(self.first)} AND {_lives_at(self.last)})"
            skipped = same if self._everything_counts and table.name not in noun.silent else ""
            rows = self.after.rows(
                f"SELECT t.{column}, t.until, {table.select} FROM {table.name} t"
                f" WHERE t.{column} IN ({marks(ids)}) AND ({condition}){skipped} ORDER BY t.since, t.row",
                list(ids),
            )
            for id, until, *values in rows:
                found[id].append(Version(table, values[table.width - 1], until, tuple(values)))
        return found

    # -- what changed, and who is to blame -------------------------------------------------------------------------------

    def changes(self, noun: Noun, ids: Sequence[str]) -> dict[str, list[FieldDifference]]:
        """What changed of each of the nouns, with the events to blame: one statement for each table.

        Where the valid date alone makes a difference, one more for each: what was stated lies further back.
        """
        versions = self._versions(noun, ids, f"t.since <= {self.last} AND t.until > {self.first}")
        found = {id: self._explained(noun, those) for id, those in versions.items()}
        unexplained = [id for id, those in found.items() if not all(one.events for one in those.values())]
        for id, earlier in self._versions(noun, unexplained, f"t.since <= {self.first}").items():
            found[id] = self._stated(noun, earlier, found[id])
        return {id: list(those.values()) for id, those in found.items()}

    def _explained(self, noun: Noun, versions: Sequence[Version]) -> dict[Path, FieldDifference]:
        """The fields of one noun that differ, as far as what was recorded in between explains them."""
        net = self._net(noun, versions)
        blamed = self._blamed(noun, self.after, versions, [path for path, *_ in net], self.first, self.last)
        was = self._told(noun, self.before, versions, self.first)
        dated = self._told(noun, self.after, versions, self.first)
        found: dict[Path, FieldDifference] = {}
        for path, old, new in net:
            by_event = [Because.EVENT] if blamed[path] else []
            by_date = [] if is_same(was.get(path), dated.get(path)) else [Because.VALID_DATE]
            found[path] = FieldDifference(
                _change(noun, path, old, new), (*by_event, *by_date), tuple(blamed[path]), _member(path)
            )
        return found

    def _stated(
        self, noun: Noun, earlier: Sequence[Version], found: dict[Path, FieldDifference]
    ) -> dict[Path, FieldDifference]:
        """Blame what nothing recorded in between explains on an event before: the one that made it what it is by the later
        date, or, where by that date nothing was ever said, the one that made it what it was by the earlier date.
        """
        unexplained = [path for path, one in found.items() if not one.events]
        said = self._blamed(noun, self.after, earlier, unexplained, 0, self.first)
        silent = [path for path in unexplained if not said[path]]
        said |= self._blamed(noun, self.before, earlier, silent, 0, self.first)
        return {
            path: replace(one, events=tuple(said[path][-1:])) if path in said else one for path, one in found.items()
        }

    def _blamed(
        self, noun: Noun, reader: Reader, versions: Sequence[Version], paths: Sequence[Path], first: int, last: int
    ) -> dict[Path, list[int]]:
        """For each field, the positions behind `first` and up to `last` at which it changed, as the reader sees facts."""
        found: dict[Path, list[int]] = {path: [] for path in paths}
        if not found:
            return found
        ends = {end for version in versions for end in (version.since, version.until) if first < end <= last}
        told = self._told(noun, reader, versions, first)
        for position in sorted(ends):
            then, told = told, self._told(noun, reader, versions, position)
            for path, positions in found.items():
                if not is_same(then.get(path), told.get(path)):
                    positions.append(position)
        return found


def _lives_at(position: int) -> str:
    return f"(t.since <= {int(position)} AND t.until > {int(position)})"


def _place(noun: Noun, path: Path) -> tuple[int, tuple[Any, ...], int]:
    """Where a field stands among the others of its noun: members last."""
    name, key, field = path
    for number, (table, _) in enumerate(noun.parts):
        if table.name == name:
            return number, key or (), list(fields_of(table)).index(field)
    return len(noun.parts), key or (), 0


def _change(noun: Noun, path: Path, old: Any, new: Any) -> Change:
    name, key, field = path
    if name == MEMBERS:
        side = "members_joined" if old is None else "members_left"
        return Change(side, key, field, MEMBER_LABELS[side], old, new)
    [table] = [table for table, _ in noun.parts if table.name == name]
    return Change(name, key, field, fields_of(table)[field], old, new)


def _member(path: Path) -> str | None:
    name, key, _ = path
    return key[0] if name == MEMBERS and key is not None else None
