"""Adopted editions 版本 as rows, and the references that rules read at any moment."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from txapi.domain.editions import EditionKind, Thresholds, typed_content
from txapi.domain.reference import AdoptedEdition, NothingAdopted, Reference, References
from txapi.domain.ticket import Ticket
from txapi.projections.moment import LASTING, Reader
from txapi.projections.projection import Projection
from txapi.projections.select import Order, Select, many_of, one_of
from txapi.projections.table import Table, answer, kept
from txapi.record.database import Dialect


@dataclass(kw_only=True)
class EditionRow:
    """One adopted edition."""

    entity_id: str = answer("实体标识", "The same at every moment; what commands take.")
    kind: EditionKind = answer("类别", "What it decides.")
    edition: str = answer("版本", "The name of the edition, unique within its kind.")
    hash: str = answer("摘要", "SHA-256 of the content's canonical JSON (sorted keys, no spaces, UTF-8), in hex.")
    in_force_from: date | None = answer("施行日期", "The first day on which rules read it; null: at once.")
    withdrawn: bool = answer(
        "已撤回", "Whether it was withdrawn: no rule chooses it any more; what names it still does."
    )
    version: int = answer("版次", "How many events this noun has; the expectedVersion of the next command.")
    body: dict[str, Any] = kept()


EDITIONS: Table[EditionRow] = Table("editions", EditionRow, indexes=("kind, edition",), sought=("edition",))


def _rows(reference: Reference) -> Iterable[tuple[Table[Any], Any]]:
    if reference.kind is not None:
        yield (
            EDITIONS,
            EditionRow(
                entity_id=reference.id,
                kind=reference.kind,
                edition=reference.edition,
                hash=reference.hash,
                in_force_from=reference.in_force_from,
                withdrawn=reference.withdrawn,
                version=reference.version,
                body=reference.content,
            ),
        )


PROJECTION = Projection(Reference, (EDITIONS,), _rows)

BY_NAME = (Order("t.kind"), Order("t.edition"))


def select(reader: Reader, kind: EditionKind | None = None) -> Select[EditionRow]:
    """The editions known at the moment, of one kind or of all, withdrawn ones too."""
    question = Select(EDITIONS, reader)
    return question if kind is None else question.where("t.kind = ?", kind.value)


def edition(reader: Reader, id: str, into: type[Any] | None = None) -> Any:
    """One edition by its entity id; None where it is not known at the moment."""
    return one_of(EDITIONS, reader, id, into)


def editions_named(
    reader: Reader, names: Sequence[str], into: type[Any] | None = None, kind: EditionKind | None = None
) -> list[Any]:
    """The editions of these names, of one kind or of whatever kind, in the order of their names."""
    found: list[Any] = many_of(EDITIONS, reader, names, into, column="edition")
    return sorted(
        (row for row in found if kind is None or row.kind is kind), key=lambda row: (row.edition, row.kind.value)
    )


# -- what rules read -----------------------------------------------------------------------------------------------

_REMEMBERED = 64
_WHERE = {
    Dialect.SQLITE: "p.record_id, (SELECT file FROM pragma_database_list WHERE name = 'main')",
    Dialect.POSTGRESQL: "p.record_id, current_database() || '.' || current_schema()",
}
_MARKED = f"SELECT 1 FROM events WHERE topic = '{Ticket.MarkedInternal.TOPIC}' AND position <= ?"
# Written out, for adoptions are rare: a kind that PostgreSQL does not know when it plans is sought from the last position back.
_ADOPTED = f"SELECT position, event_id FROM events WHERE kind = '{Reference.KIND}' AND position <= ?"
_references: OrderedDict[tuple[Any, ...], References] = OrderedDict()


def references_at(reader: Reader) -> References:
    """Everything adopted by the moment, as the rules read it.

    It is the same between two adoptions, so it is remembered by the last of them, and by where it was read from.
    """
    known = reader.memo.get(references_at)
    if known is None:
        known = reader.memo[references_at] = _remembered(reader.entire)
    return known


def any_marked(reader: Reader) -> bool:
    """Whether any noun was ever marked as internal by the moment: most records know no such mark."""
    entire = reader.entire
    if any_marked not in entire.memo:
        # Asked together with what was adopted last.
        entire.memo.pop(_last_adoption, None)
        _last_adoption(entire)
    marked: bool = entire.memo[any_marked]
    return marked


def share_adoptions(reader: Reader, others: Sequence[Reader]) -> None:
    """Tell readers of earlier moments of the same snapshot what was adopted last: together, so that none of them asks."""
    if not others:
        return
    reader = reader.entire
    earliest = min(other.moment.position for other in others)
    adoptions = reader.rows(
        f"{_ADOPTED} AND position >= coalesce((SELECT max(a.position) FROM ({_ADOPTED}) a), 0) ORDER BY position",
        (reader.moment.position, earliest),
    )
    place = place_of(reader)
    for other in others:
        before = bisect_right(adoptions, other.moment.position, key=itemgetter(0))
        other.memo[_last_adoption] = adoptions[before - 1] if before else None
        other.memo[place_of] = place


def thresholds_at(reader: Reader) -> Thresholds | None:
    """The thresholds in force on the clock's day; None where none were adopted."""
    try:
        return references_at(reader).thresholds_on(reader.moment.day)
    except NothingAdopted:
        return None


def _last_adoption(reader: Reader) -> tuple[Any, ...] | None:
    if _last_adoption not in reader.memo:
        reader.memo.update(reader.memo.get(LASTING, ()))
    if _last_adoption not in reader.memo:
        # Together with where it was read, which is needed next.
        [(*place, marked, position, event_id)] = reader.rows(
            f"SELECT {_WHERE[reader.connection.dialect]}, EXISTS ({_MARKED}), e.position, e.event_id"
            f" FROM progress p LEFT JOIN ({_ADOPTED} ORDER BY position DESC LIMIT 1) e ON TRUE",
            (reader.moment.position, reader.moment.position),
        )
        reader.memo[any_marked] = bool(marked)
        reader.memo[_last_adoption] = None if position is None else (position, event_id)
        reader.memo[place_of] = tuple(place)
        if LASTING in reader.memo:
            known = (any_marked, _last_adoption, place_of)
            reader.memo[LASTING].update({name: reader.memo[name] for name in known})
    last: tuple[Any, ...] | None = reader.memo[_last_adoption]
    return last


def place_of(reader: Reader) -> tuple[Any, ...]:
    """Which record is read, and where its read models are."""
    if place_of not in reader.memo:
        # Asked together with what was adopted last, which whoever asks this needs, too.
        reader.memo.pop(_last_adoption, None)
        _last_adoption(reader)
    place: tuple[Any, ...] = reader.memo[place_of]
    return place


def _remembered(reader: Reader) -> References:
    last = _last_adoption(reader)
    if last is None:
        return References()
    key = (*place_of(reader), *last)
    known = _references.get(key)
    if known is None:
        known = _read(reader)
        _references[key] = known
        while len(_references) > _REMEMBERED:
            _references.popitem(last=False)
    return known


def _read(reader: Reader) -> References:
    # A row in force holds from its adoption on, so this is the order of adoption, which says which edition is newest.
    return References(
        tuple(
            AdoptedEdition(
                row.kind, row.edition, row.hash, typed_content(row.kind, row.edition, row.body), row.in_force_from,
                row.withdrawn,
            )
            for row in select(reader).all(order=(Order("t.since"),))
        )
    )  # fmt: skip
