"""Which nouns may differ between two moments: found by what was recorded in between, by dates, or by the filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from txapi.audit.nouns import Noun, is_open
from txapi.projections.moment import Reader
from txapi.projections.project_rows import MEMBERSHIPS, PROJECTS
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
    if not ids:
        return {}
    found = reader.rows(
        f"SELECT t.entity_id, {', '.join(noun.order)} FROM {noun.table.name} t"
        f" WHERE t.entity_id IN ({', '.join('?' * len(ids))}) AND {reader.live()}",
        list(ids),
    )
    return {id: key for id, *key in found}


def _touched(noun: Noun, before: Reader, after: Reader) -> set[str]:
    """The nouns that differ, if they do, by what was recorded of others or by the date up to which facts count."""
    found: set[str] = set()
    if noun.membership is not None:
        found |= _with_other_members(noun, before, after)
    first, last = before.moment.valid_on, after.moment.valid_on
    if first != last:
        for dated in noun.dated:
            crosses = " OR ".join(_crosses(fact, latest, first, last) for fact, latest in dated.dates)
            question = Select(dated.table, after).where(f"({crosses})")
            if after.moment.now:
                question.where(dated.found_by)
            found |= {id for (id,) in question.narrow([f"t.{dated.column}"])}
    return found


def _with_other_members(noun: Noun, before: Reader, after: Reader) -> set[str]:
    """Lists, groups or parcels with a membership that began, changed or ended: recorded on projects."""
    first, last = int(before.moment.position), int(after.moment.position)
    changed = [id for (id,) in Select(PROJECTS, after).where("t.since > ?", first).narrow(["t.entity_id"])]
    if not changed or noun.membership is None:
        return set()
    found = after.rows(
        f"SELECT DISTINCT b.of_id FROM {MEMBERSHIPS.name} b"
        f" WHERE b.project_id IN ({', '.join('?' * len(changed))}) AND b.belongs_to = ?"
        f" AND (b.since BETWEEN {first + 1} AND {last} OR b.until BETWEEN {first + 1} AND {last})",
        [*changed, noun.membership.value],
    )
    return {id for (id,) in found}


def _crosses(fact: str, latest: str, one: date | None, other: date | None) -> str:
    """The condition over `t` that a fact counts by one of the two dates and not by the other; no date: everything counts."""
    low = min(day for day in (one, other) if day is not None)
    high = max(one, other) if one is not None and other is not None else None
    day = f"json_extract(j.value, '{latest}')" if latest.startswith("$") else f"t.{latest}"
    if high is not None:
        crosses = f"{day} > '{low.isoformat()}' AND {day} <= '{high.isoformat()}'"
    else:
        crosses = f"t.{fact} IS NOT NULL AND ({day} IS NULL OR {day} > '{low.isoformat()}')"
    return f"EXISTS (SELECT 1 FROM json_each(t.{fact}) j WHERE {crosses})" if latest.startswith("$") else f"({crosses})"
