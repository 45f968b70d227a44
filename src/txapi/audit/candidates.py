"""Which nouns may differ between two moments: found by what was recorded in between, by dates, or by the filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from txapi.audit.nouns import Noun, is_open
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MEMBERSHIPS, PROJECTS, MembershipKind
from txapi.projections.select import Select

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Candidates:
    """The nouns of one kind that may differ, in the order of their list, each with its part in it.

    `entered` and `left` are those that the filter lets through at one moment only: they differ for sure.
    """

    ids: list[str]
    entered: frozenset[str]
    left: frozenset[str]


def candidates(noun: Noun, before: Reader, after: Reader, asked: Any) -> Candidates:
    """Every noun of the kind that may differ under the filter. A noun, once recorded, never ceases to be."""
    if is_open(asked):
        return _of_everything(noun, before, after)
    columns = ["t.entity_id", *noun.order]
    was = {id: key for id, *key in noun.select(before, asked).narrow(columns)}
    now = {id: key for id, *key in noun.select(after, asked).narrow(columns)}
    entered, left = frozenset(now.keys() - was.keys()), frozenset(was.keys() - now.keys())
    changed = {id for id, *_ in _changed(noun, before, after)} | _touched(noun, before, after)
    those = entered | left | (was.keys() & now.keys() & changed)
    return Candidates(_sorted({id: now.get(id) or was[id] for id in those}), entered, left)


def _of_everything(noun: Noun, before: Reader, after: Reader) -> Candidates:
    changed = _changed(noun, before, after)
    keys: dict[str, Sequence[Any]] = {id: key for id, _, *key in changed}
    touched = _touched(noun, before, after) - keys.keys()
    keys |= _keys_of(noun, after, sorted(touched))
    return Candidates(_sorted(keys), frozenset(id for id, first, *_ in changed if first), frozenset())


def _sorted(keys: dict[str, Sequence[Any]]) -> list[str]:
    """By code point, what is unknown last, the id as the last tie-break."""
    return sorted(keys, key=lambda id: (*((part is None, part) for part in keys[id]), id))


def _changed(noun: Noun, before: Reader, after: Reader) -> list[tuple[Any, ...]]:
    """Id, whether it is new, and sort key of the nouns with an event between the moments: each counts its events."""
    question = Select(noun.table, after).where("t.since > ?", before.moment.position)
    known = (
        f"NOT EXISTS (SELECT 1 FROM {noun.table.name} o WHERE o.entity_id = t.entity_id"
        f" AND o.since <= {int(before.moment.position)})"
    )
    return question.narrow(["t.entity_id", known, *noun.order])


def _keys_of(noun: Noun, reader: Reader, ids: Sequence[str]) -> dict[str, Sequence[Any]]:
    found = reader.rows(
        f"SELECT t.entity_id, {', '.join(noun.order)} FROM {noun.table.name} t"
        f" WHERE t.entity_id IN (SELECT value FROM json_each(?)) AND {reader.live()}",
        [_as_table(ids)],
    )
    return {id: key for id, *key in found}


def _as_table(ids: Sequence[str]) -> str:
    """Any number of ids as one parameter: a statement takes only so many."""
    return msgspec.json.encode(ids).decode()


def _touched(noun: Noun, before: Reader, after: Reader) -> set[str]:
    """The nouns that differ, if they do, by what was recorded of others or by the date up to which facts count."""
    found = set() if noun.membership is None else _with_other_members(noun.membership, before, after)
    first, last = before.moment.valid_on, after.moment.valid_on
    if first != last:
        for dated in noun.dated:
            question = Select(dated.table, after).where(dated.crossed_between(first, last))
            if after.moment.now:
                question.where(dated.found_by)
            found |= {id for (id,) in question.narrow([f"t.{dated.column}"])}
    return found


def _with_other_members(kind: MembershipKind, before: Reader, after: Reader) -> set[str]:
    """Lists, groups or parcels with a membership that began, changed or ended: recorded on projects."""
    first, last = int(before.moment.position), int(after.moment.position)
    changed = [id for (id,) in Select(PROJECTS, after).where("t.since > ?", first).narrow(["t.entity_id"])]
    found = after.rows(
        f"SELECT DISTINCT b.of_id FROM {MEMBERSHIPS.name} b"
        " WHERE b.project_id IN (SELECT value FROM json_each(?)) AND b.belongs_to = ?"
        f" AND ((b.since > {first} AND b.since <= {last}) OR (b.until > {first} AND b.until <= {last}))",
        [_as_table(changed), kind.value],
    )
    return {id for (id,) in found}
