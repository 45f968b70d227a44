"""Units 单位 as rows: their table, how their state reads, and the questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from txapi.domain.labels import Label
from txapi.domain.unit import Duty, Unit, UnitKind
from txapi.projections.moment import Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Extra, Table, answer, kept


@dataclass
class UnitRow:
    """What a unit answers."""

    entity_id: str = answer("实体标识", "The same at every moment; follows from the code.")
    code: str = answer("代码", "What commands and filters name a unit by; it never changes.")
    name_label: Label = kept()
    kind: UnitKind = answer("类别", "What sort of unit it is.")
    duty: Duty = answer("职责", "How it is judged: by starts and completions, or by replies.")
    official_order: int = answer("排序", "Its place in the official order.")
    aliases: list[str] = answer("别名", "Other names in use, earlier ones among them.")
    closed: bool = answer("是否已撤销", "Whether it was closed or merged into another.")
    parent_code: str | None = kept()
    successor_code: str | None = kept()
    version: int = answer("版本", "Expected version of the next command.")


UNITS = Table(
    "units",
    UnitRow,
    extras=(
        Extra(
            "search",
            "TEXT",
            ("code", "name_label", "aliases"),
            lambda code, name, aliases: " ".join([code, name.zh, name.en, *aliases]).casefold(),
        ),
    ),
    indexes=("code", "official_order, code"),
    sought=("code",),
)


def project(unit: Unit) -> Iterator[tuple[Table[Any], Any]]:
    """The row of a unit."""
    yield (
        UNITS,
        UnitRow(
            entity_id=unit.id,
            code=unit.code,
            name_label=unit.name,
            kind=unit.kind,
            duty=unit.duty,
            official_order=unit.order,
            aliases=list(unit.aliases),
            closed=unit.closed,
            parent_code=unit.parent,
            successor_code=unit.successor,
            version=unit.version,
        ),
    )


PROJECTION = Projection(Unit, (UNITS,), project)


@dataclass
class UnitFilter:
    """Which units."""

    kind: list[UnitKind] | None = None
    duty: list[Duty] | None = None
    closed: bool | None = None
    text: str | None = None


def successors(reader: Reader) -> dict[str, str]:
    """The units that were merged by the moment, by code, and the code of the unit that each went into."""
    known: dict[str, str] | None = reader.memo.get(successors)
    if known is not None:
        return known
    found = reader.rows(
        f"SELECT t.code, t.successor_code FROM units t WHERE t.successor_code IS NOT NULL AND {reader.live()}"
        " ORDER BY t.code"
    )
    known = reader.memo[successors] = dict(found)
    return known


def names(reader: Reader) -> dict[str, Label]:
    """The name of every unit at the moment, by code; one statement for an operation."""
    known: dict[str, Label] | None = reader.memo.get(names)
    if known is None:
        known = reader.memo[names] = {row.code: row.name_label for row in Select(UNITS, reader).all()}
    return known


OFFICIAL_ORDER = [Order("t.official_order"), Order("t.code")]


def select(reader: Reader, asked: UnitFilter | None = None) -> Select[UnitRow]:
    """The units that a filter asks for."""
    asked = asked or UnitFilter()
    found = Select(UNITS, reader).where_in("kind", asked.kind).where_in("duty", asked.duty)
    if asked.closed is not None:
        found.where("t.closed = ?", int(asked.closed))
    if asked.text:
        found.where("instr(t.search, ?) > 0", asked.text.casefold())
    return found


def by_id(reader: Reader, entity_id: str, into: type[Any] | None = None) -> Any:
    """The unit with that id at the moment, or None."""
    return one_of(UNITS, reader, entity_id, into)


def by_ids(reader: Reader, ids: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The units with those ids at the moment."""
    return many_of(UNITS, reader, ids, into)


def by_codes(reader: Reader, codes: Sequence[str], into: type[Any] | None = None) -> list[Any]:
    """The units with those codes at the moment."""
    return many_of(UNITS, reader, codes, into, column="code")
