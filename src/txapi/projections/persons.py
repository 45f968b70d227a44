"""Persons 自然人 as rows: the sealed values as the record holds them, and which units may read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from txapi.domain.person import Person
from txapi.domain.sealed import Sealed
from txapi.domain.ticket.parties import Part
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import many_of, marks, one_of
from txapi.projections.table import Table, answer, kept


@dataclass(kw_only=True)
class PersonRow:
    """What is known of a person without a key."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    erased_at: datetime | None = answer("删除时间", "When the personal data were erased; null where they were not yet.")
    legal_basis: str | None = answer("法律依据", "On what legal basis they were erased.")
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    unit_code: str | None = kept()
    name_sealed: Sealed | None = kept()
    phone_sealed: Sealed | None = kept()


PERSONS = Table("persons", PersonRow, indexes=("erased_at",))


def project(person: Person) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a person."""
    yield (
        PERSONS,
        PersonRow(
            entity_id=person.id,
            erased_at=person.erased_at,
            legal_basis=person.legal_basis,
            version=person.version,
            unit_code=person.unit,
            name_sealed=person.name,
            phone_sealed=person.phone,
        ),
    )


PROJECTION = Projection(Person, (PERSONS,), project)


def person_of(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """The person with that id at the moment, or None."""
    return one_of(PERSONS, reader, id, into)


def persons_of(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The persons with those ids at the moment."""
    return many_of(PERSONS, reader, ids, into)


def units_of(reader: Reader, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """By person, the codes of the units whose matter they are: that of the unit which keeps them, and of those that issued, handle
    or handled a ticket which names them. Who merely has a copy calls nobody.
    """
    found: dict[str, set[str]] = {id: set() for id in ids}
    if not ids:
        return {}
    kept = reader.rows(
        f"SELECT p.entity_id, p.unit_code FROM persons p WHERE p.entity_id IN ({marks(ids)}) AND {reader.live('p')}",
        list(ids),
    )
    named = reader.rows(
        f"SELECT t.contact_id, p.unit_code FROM tickets t JOIN ticket_parties p ON p.ticket_id = t.entity_id"
        f" WHERE t.contact_id IN ({marks(ids)}) AND {reader.live('t')} AND {reader.live('p')} AND p.part <> ?",
        [*ids, Part.COPIED.value],
    )
    for id, unit in (*kept, *named):
        if unit is not None:
            found[id].add(unit)
    return {id: frozenset(units) for id, units in found.items()}


def erased_since(reader: Reader, position: int) -> list[str]:
    """The persons who are erased by now and whose row changed behind a position."""
    rows = reader.rows(
        f"SELECT t.entity_id FROM persons t WHERE t.erased_at IS NOT NULL AND t.since > ? AND {reader.live()}"
        " ORDER BY t.entity_id",
        [position],
    )
    return [id for (id,) in rows]
