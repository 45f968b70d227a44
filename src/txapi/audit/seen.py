"""What the versions of rows say of a noun at a moment, field by field, with valid time applied as the answers apply it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import msgspec

from txapi.domain.labels import Label
from txapi.projections import parcels
from txapi.projections.field_labels import told_fields
from txapi.projections.moment import Reader
from txapi.projections.parcels import PARCEL_STEPS, PARCELS
from txapi.projections.project_lights import state_of
from txapi.projections.project_rows import LEADERS, MEMBERSHIPS, MILESTONES, PROJECTS
from txapi.projections.table import Table
from txapi.projections.targets import FIGURES

Path = tuple[str, tuple[Any, ...] | None, str]
"""One field: its table, the key of the child row that it is of (None: the noun's own row), its name."""

Told = dict[Path, Any]
"""What a noun says: plain JSON values by field. What is absent says nothing."""

Rows = Mapping[str, Sequence[Any]]
"""The rows of one noun as they are seen, by table."""

MEMBERS = "members"
"""In the place of a table: the projects that a supervision list, group or parcel has."""


@dataclasses.dataclass(slots=True, eq=False)
class Version:
    """One version of a row, as it was kept from `since` on and until `until`."""

    table: Table[Any]
    since: int
    until: int
    values: tuple[Any, ...]
    _seen: dict[date | None, tuple[Any, Told]] = dataclasses.field(default_factory=dict)

    def lives_at(self, position: int) -> bool:
        """Whether it was the version to be seen at that position."""
        return self.since <= position < self.until

    @property
    def place(self) -> tuple[str, tuple[Any, ...]]:
        """Of which row it is a version: its table and key."""
        return self.table.name, self.table.key_of(self.values)

    def differs_plainly(self, other: Version) -> bool:
        """Whether a told field differs that is no list and no structure, and that both have something to say of."""
        told = fields_of(self.table)
        return any(
            old != new and _is_plain(old) and _is_plain(new)
            for name, old, new in zip(self.table.names, other.values, self.values, strict=False)
            if name in told
        )

    def seen(self, valid_on: date | None) -> tuple[Any, Told]:
        """The row as it stood on that day and what it tells; the row is None where it had not begun by then."""
        found = self._seen.get(valid_on)
        if found is None:
            row = self.table.decode(self.values)
            if valid_on is not None and self.table.name in _SEEN:
                row = _SEEN[self.table.name](row, valid_on)
            found = self._seen[valid_on] = (row, {} if row is None else _told(self.table, row))
        return found


def _told(table: Table[Any], row: Any) -> Told:
    key = table.raw_key(table.raw(row)) if table.key else None
    return {(table.name, key, name): msgspec.to_builtins(getattr(row, name)) for name in fields_of(table)}


@cache
def fields_of(table: Table[Any]) -> dict[str, Label]:
    """The columns of a table that a history tells, each with what people read for it."""
    return told_fields(table)


def _is_plain(value: Any) -> bool:
    """Whether a kept value is told as it stands."""
    return value is not None and value != "" and not (isinstance(value, str) and value[0] in "[{")


# -- rows by valid time ------------------------------------------------------------------------------------------------


def _milestone(row: Any, valid_on: date) -> Any:
    if not row.said and not row.known().reached_by(valid_on):
        return None
    seen = row.seen(valid_on)
    return dataclasses.replace(
        row, actual_on=seen.actual, evidence_said=seen.evidence, note_said=seen.note, skipped_over=seen.skipped,
        ends=seen.final,
    )  # fmt: skip


def _leader(row: Any, valid_on: date) -> Any:
    seen = row.seen(valid_on)
    return dataclasses.replace(row, until_on=seen.until, why_ended=seen.why_ended) if seen.since <= valid_on else None


def _membership(row: Any, valid_on: date) -> Any:
    seen = row.seen(valid_on)
    return (
        dataclasses.replace(row, left_on=seen.left, why_left=seen.reason) if seen.entered.reached_by(valid_on) else None
    )


def _figure(row: Any, valid_on: date) -> Any:
    return row if row.through <= valid_on else None


def _step(row: Any, valid_on: date) -> Any:
    return row if row.latest is not None and row.latest <= valid_on else None


_SEEN: dict[str, Callable[[Any, date], Any]] = {
    MILESTONES.name: _milestone,
    LEADERS.name: _leader,
    MEMBERSHIPS.name: _membership,
    FIGURES.name: _figure,
    PARCEL_STEPS.name: _step,
}


# -- what follows from several rows ------------------------------------------------------------------------------------


def project_derived(reader: Reader, rows: Rows) -> Told:
    """What a project says by valid time: its stage, its leader, the agents and payments that count by then."""
    valid_on = reader.moment.valid_on
    if valid_on is None or PROJECTS.name not in rows:
        return {}
    [row] = rows[PROJECTS.name]
    milestones = sorted(rows.get(MILESTONES.name, ()), key=lambda one: one.rank)
    leaders = sorted(rows.get(LEADERS.name, ()), key=lambda one: one.stated_version)
    state = state_of(row, milestones, leaders)
    said = {
        "stage_known": state.stage(valid_on),
        "leader_known": state.leader(valid_on),
        "agent_terms": [term for term in row.agent_terms if term.since <= valid_on],
        "payment_facts": [paid for paid in row.payment_facts if paid.through <= valid_on],
    }
    return {(PROJECTS.name, None, name): msgspec.to_builtins(value) for name, value in said.items()}


def parcel_derived(reader: Reader, rows: Rows) -> Told:
    """What a parcel says by valid time: its use, and who won it at what price; and which projects are tied to it."""
    told = members_derived(reader, rows)
    if reader.moment.valid_on is None or PARCELS.name not in rows:
        return told
    [row] = rows[PARCELS.name]
    steps = sorted(rows.get(PARCEL_STEPS.name, ()), key=lambda step: step.fact_version)
    told[PARCELS.name, None, "use_known"] = parcels.use_of(reader, row, steps).value
    if not parcels.was_awarded(steps):
        told[PARCELS.name, None, "winner_id"] = told[PARCELS.name, None, "paid"] = None
    return told


def members_derived(reader: Reader, rows: Rows) -> Told:
    """The projects that belong to a list, group or parcel: entered and not left."""
    valid_on = reader.moment.valid_on
    belonging = (row for row in rows.get(MEMBERSHIPS.name, ()) if row.known().covers(valid_on))
    return {(MEMBERS, (row.project_id,), "project"): row.project_id for row in belonging}


def nothing_derived(reader: Reader, rows: Rows) -> Told:
    """Where every row says for itself all that there is to say."""
    return {}


def told_by(
    reader: Reader, versions: Iterable[Version], derived: Callable[[Reader, Rows], Told], silent: frozenset[str]
) -> Told:
    """What these versions of one noun's rows say at the reader's valid time; the rows of `silent` tables only decide."""
    told: Told = {}
    rows: dict[str, list[Any]] = {}
    for version in versions:
        row, says = version.seen(reader.moment.valid_on)
        if row is None:
            continue
        rows.setdefault(version.table.name, []).append(row)
        if version.table.name not in silent:
            told.update(says)
    return {**told, **derived(reader, rows)}


# -- the same or not ---------------------------------------------------------------------------------------------------

_BOOKKEEPING = frozenset({"stated", "left_stated", "ended"})


def is_same(before: Any, after: Any) -> bool:
    """Whether two values say the same: what is empty says nothing, and where a fact was stated is bookkeeping."""
    return bool(before == after or _essence(before) == _essence(after))


def _essence(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _essence(part) for name, part in value.items() if name not in _BOOKKEEPING} or None
    if isinstance(value, list | tuple):
        return [_essence(part) for part in value] or None
    return None if value == "" else value


MEMBER_LABELS = {
    "members_joined": Label(zh="新列入项目", en="member that joined"),
    "members_left": Label(zh="移出项目", en="member that left"),
}
