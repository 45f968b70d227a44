"""An extract 摘录: the record at a moment, with the names that stand behind codes and ids there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from txapi.domain.labels import Label
from txapi.domain.reference import References
from txapi.projections.attachments import ATTACHMENTS
from txapi.projections.companies import COMPANIES
from txapi.projections.groups import GROUPS
from txapi.projections.meetings import MEETINGS
from txapi.projections.moment import Reader
from txapi.projections.parcels import PARCELS
from txapi.projections.persons import PERSONS
from txapi.projections.project_rows import PROJECTS
from txapi.projections.publications import PUBLICATIONS
from txapi.projections.references import EDITIONS, references_at
from txapi.projections.select import Select
from txapi.projections.supervision import SUPERVISION_LISTS
from txapi.projections.table import Table
from txapi.projections.targets import TARGETS
from txapi.projections.ticket_rows import TICKETS
from txapi.projections.units import UNITS
from txapi.projections.webhooks import WEBHOOKS
from txapi.record.record import Record

if TYPE_CHECKING:
    from txapi.audit.tables.beside import Beside

T = TypeVar("T")

SEPARATOR = "；"
"""Stands between the parts of a list in one cell."""

TOGETHER = 500
"""How many nouns are read at a time, with all that belongs to them."""

_NAMED: dict[str, tuple[Table[Any], str, str]] = {
    "unit": (UNITS, "t.code", "json_extract(t.name_label, '$.zh')"),
    "unit_id": (UNITS, "t.entity_id", "json_extract(t.name_label, '$.zh')"),
    "company": (COMPANIES, "t.entity_id", "coalesce(t.name, t.description)"),
    "project": (PROJECTS, "t.entity_id", "t.name"),
    "project_code": (PROJECTS, "t.entity_id", "t.code"),
    "ticket": (TICKETS, "t.entity_id", "coalesce(t.number, t.subject)"),
    "parcel": (PARCELS, "t.entity_id", "t.location"),
    "group": (GROUPS, "t.entity_id", "t.name"),
    "meeting": (MEETINGS, "t.entity_id", "t.title"),
    "list": (
        SUPERVISION_LISTS,
        "t.entity_id",
        "json_extract(t.programme_label, '$.zh') || coalesce(' ' || t.year, '')",
    ),
    "target": (TARGETS, "t.entity_id", "t.indicator_code || ' ' || t.unit_code || ' ' || t.year"),
    "reference": (EDITIONS, "t.entity_id", "t.kind || ' ' || t.edition"),
    # Nobody is told by name who is a person: the id stands for each.
    "person": (PERSONS, "t.entity_id", "t.entity_id"),
    "webhook": (WEBHOOKS, "t.entity_id", "t.name"),
    "attachment": (ATTACHMENTS, "t.entity_id", "t.name"),
    "publication": (PUBLICATIONS, "t.entity_id", "json_extract(t.title_label, '$.zh')"),
}
"""By what people name each kind of noun: the table, the column of its id or code, and the expression of its name."""

_KINDS = {"supervision_list": "list", "unit": "unit_id"}
"""The kinds of nouns whose entity ids are looked up under another name."""


class Extract:
    """The record at a moment, to be told as tables. `record` gives the events; `reader` everything else."""

    def __init__(self, reader: Reader, record: Record, beside: Beside | None = None) -> None:
        """`beside` gives what is kept beside the record, where tables of that are asked for."""
        self.reader = reader
        self.record = record
        self.beside = beside
        self._names: dict[str, dict[str, str]] = {}
        self._unit_labels: dict[str, Label | None] = {}

    @property
    def references(self) -> References:
        """What was adopted by the moment."""
        return references_at(self.reader)

    def unit_label(self, code: str) -> Label | None:
        """The label of a unit of measure, as adopted; None for a code that is not."""
        if code not in self._unit_labels:
            self._unit_labels[code] = self.references.unit_label(code)
        return self._unit_labels[code]

    def name(self, kind: str, id: str | None) -> str | None:
        """What people call the noun of that kind with that id (a unit: code) at the moment; None for none."""
        if id is None:
            return None
        if kind not in self._names:
            table, key, name = _NAMED[kind]
            self._names[kind] = dict(Select(table, self.reader).values((key, name)))
        return self._names[kind].get(id)

    def noun_name(self, kind: str, entity_id: str) -> str | None:
        """What people call the noun with that entity id, of whatever kind of noun the record knows; None for one without a name."""
        named = _KINDS.get(kind, kind)
        return self.name(named, entity_id) if named in _NAMED else None

    def names(self, kind: str, ids: Iterable[str]) -> str | None:
        """Several names, separated as lists are; an id without a name stands for itself."""
        return SEPARATOR.join(self.name(kind, id) or id for id in ids) or None


def by_noun(rows: Iterable[T], noun: str) -> dict[str, list[T]]:
    """Rows by the id in the column `noun`, in their order."""
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(getattr(row, noun), []).append(row)
    return found


def together(rows: Iterator[T], size: int = TOGETHER) -> Iterator[list[T]]:
    """The rows in lists of at most so many."""
    while some := list(islice(rows, size)):
        yield some
