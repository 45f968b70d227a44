"""Question 3: what was printed beside what the data gives, and why the two differ; which goal was in force that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from txapi.audit.questions.computations import Computation, Computations, printed_value
from txapi.audit.questions.explaining import Explanation, GoalsNeeded, because, goals_needed, places_of, twice_rounded
from txapi.audit.questions.pages import Key, Lines, key_of
from txapi.domain.labels import Label
from txapi.domain.money import Bound
from txapi.domain.publication import PublishedKind
from txapi.domain.quantity import rounded
from txapi.projections.moment import Reader
from txapi.projections.publications import AS_PRINTED, PublishedFilter, PublishedRow, select_published
from txapi.projections.select import Page, Select

KINDS = (PublishedKind.RATE, PublishedKind.COUNT, PublishedKind.TOTAL)
"""What is printed as a figure."""


@dataclass(frozen=True, kw_only=True)
class PrintedAsked:
    """Which printed figures: in a document, about a noun (entity ids), of these kinds. None does not restrict."""

    publication: str | None = None
    about: str | None = None
    kinds: tuple[PublishedKind, ...] = KINDS


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedBesideComputed:
    """One printed figure: what stands there, what the data gives at the printed precision, and how the two relate.

    `known_at` is the position at which what was printed had been known, where it is stale, or the event that stated the goal
    by which it agrees, where that is not the one of the day. `goal_stated_later`: no goal had
    been stated by the end of the day, so that the first one stated afterwards counts, because a goal is for its whole year.
    """

    key: Key
    item: str
    row: PublishedRow
    day: date
    value: Decimal | None
    places: int
    found: Computation
    computed: Decimal | None
    computed_between: tuple[Decimal, Decimal] | None
    needed: GoalsNeeded | None
    explanation: Explanation
    because: Label
    known_at: int | None
    printed_by: int
    events: tuple[int, ...]


def printed_beside_computed(
    reader: Reader, asked: PrintedAsked, *, size: int = 50, after: Key | None = None
) -> Lines[PrintedBesideComputed]:
    """The printed figures known at the moment, document by document as printed, beside what the data known there gives.

    A figure is of the day that was printed with it, else of the day of publication. A fixed number of statements.
    """
    found = _select(reader, asked).page(AS_PRINTED, Page(size, key_of(after, str, int, str, int)))
    if not found.rows:
        return Lines((), found.has_next)
    beside = Computations(reader, found.rows)
    lines = [_line(beside, row, key) for row, key in zip(found.rows, found.keys, strict=True)]
    return Lines(tuple(lines), found.has_next)


def count_printed(reader: Reader, asked: PrintedAsked) -> int:
    """How many printed figures there are."""
    return _select(reader, asked).count()


def _select(reader: Reader, asked: PrintedAsked) -> Select[PublishedRow]:
    kinds = [kind for kind in asked.kinds if kind in KINDS]
    return select_published(reader, PublishedFilter(kind=kinds, publication=asked.publication), about=asked.about)


def _line(beside: Computations, row: PublishedRow, key: Key) -> PrintedBesideComputed:
    day = beside.day(row)
    value, bound = printed_value(row)
    places = 0 if value is None else places_of(value)
    found = Computation() if value is None else beside.computed(row, day)
    said, known_at = _explained(value, bound, places, found)
    needed = None
    if row.kind is PublishedKind.RATE and value is not None and found.figure is not None:
        needed = goals_needed(found.figure.figure, value)
    shown = None if found.exact is None else _rounded(found.exact, places)
    printed_by = beside.positions[row.publication_id, row.fact_version]
    rests = {printed_by, row.__dict__["_since"], found.figure_position, found.goal_position, known_at}
    return PrintedBesideComputed(
        key=key,
        item=row.entity_id,
        row=row,
        day=day,
        value=value,
        places=places,
        found=found,
        computed=shown,
        computed_between=found.between and (_rounded(found.between[0], places), _rounded(found.between[1], places)),
        needed=needed,
        explanation=said,
        because=because(said, found.ratio, shown, places, needed, known_at),
        known_at=known_at,
        printed_by=printed_by,
        events=tuple(sorted(position for position in rests if position is not None)),
    )


def _rounded(exact: Fraction, places: int) -> Decimal:
    return rounded(exact.numerator, exact.denominator, places)


def _explained(value: Decimal | None, bound: Bound, places: int, found: Computation) -> tuple[Explanation, int | None]:
    """How what was printed relates to what is computed; and the event by which it agrees, where it is another."""
    if value is None:
        return Explanation.NOT_COMPUTABLE, None
    if found.exact is not None and _agrees(value, bound, places, found.exact):
        return Explanation.EQUAL, None
    for explanation, others in ((Explanation.STALE, found.earlier), (Explanation.OTHER_GOAL, found.by_other_goals)):
        for position, other in others:
            if _agrees(value, bound, places, other):
                return explanation, position
    if found.exact is None and found.between is None:
        return Explanation.NOT_COMPUTABLE, None
    if found.ratio is not None and twice_rounded(found.ratio, places) == value:
        return Explanation.ROUNDED_TWICE, None
    if found.between is not None:
        least, most = (_rounded(end, places) for end in found.between)
        if least <= value <= most:
            return Explanation.GOAL_WITHIN, None
    return Explanation.DIFFERS, None


def _agrees(value: Decimal, bound: Bound, places: int, exact: Fraction) -> bool:
    match bound:
        case Bound.MORE_THAN:
            return exact > value
        case Bound.AT_LEAST:
            return exact >= value
        case Bound.AT_MOST | Bound.NEARLY:
            return exact <= value
        case _:
            return _rounded(exact, places) == value
