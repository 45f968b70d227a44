"""A page as it is told: the texts of its rows, put together with what stands beside them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import GraphQLObjectType, GraphQLResolveInfo

from txapi.projections.shapes import GAP, NAMED, Unsure
from txapi.projections.told_pages import Asking
from txapi.schema.connections import Listing


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of a row that the executor tells, within a list that a plan tells."""

    name: str
    kind: GraphQLObjectType
    details: list[Any]


@dataclass(frozen=True, slots=True)
class Carrying:
    """What the executor needs to tell what is left to it: itself, where it stands, and what it was given there."""

    executor: Any
    info: GraphQLResolveInfo[Any]
    path: Any
    context: Any

    def filled(self, text: str, gaps: tuple[Gap, ...], row: Any, path: Any) -> str:
        """The text of a row with what is left to the executor, at a path."""
        first, *others = text.split(_GAP)
        pieces = [first]
        for gap, other in zip(gaps, others, strict=True):
            at = path.add_key(gap.name, gap.kind.name)
            told = self.executor.execute_field(gap.kind, row, gap.details, at, self.context)
            pieces += (msgspec.json.encode(told).decode(), other)
        return "".join(pieces)


_GAP = f'"{GAP}"'


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a page once its rows are told."""

    texts: tuple[list[str], ...]
    gaps: tuple[tuple[Gap, ...], ...]
    rows: list[Any]
    size: int
    cursors: list[str]
    has_next: bool
    has_previous: bool
    counting: Callable[[], int]
    carrying: Carrying

    def told(self, at: int, *way: tuple[str, str] | None) -> list[str]:
        """The texts of a shape; `way` leads from the page to a row, as paths do: names with their types, None for its number."""
        texts, gaps = self.texts[at], self.gaps[at]
        if not gaps:
            return texts
        filled = []
        for number, (text, row) in enumerate(zip(texts, self.rows, strict=True)):
            path = self.carrying.path
            for step in way:
                path = path.add_key(number, None) if step is None else path.add_key(*step)
            filled.append(self.carrying.filled(text, gaps, row, path))
        return filled


Part = Callable[[Place], str]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a page is told: what is asked of its rows, what of each shape is left to the executor, and what is put together of them."""

    asking: Asking
    gaps: tuple[tuple[Gap, ...], ...]
    whole: Part

    def tell(self, listing: Listing[Any], counting: Callable[[], int], carrying: Carrying) -> str:
        """The page as JSON. Unsure where it cannot be told for certain."""
        moment = "" if listing.pinned is None else listing.pinned.moment()
        found = self.asking.read(listing.question, (carrying.info, listing), lambda text: _with_ids(text, moment))
        cursors = listing.cursors(found.keys) if self.asking.keyed else []
        rows = listing.decoded(found.rows) if self.asking.whole else []
        return self.whole(
            Place(
                found.told,
                self.gaps,
                rows,
                len(found.keys),
                cursors,
                found.has_next,
                found.has_previous,
                counting,
                carrying,
            )
        )


def _with_ids(text: str, moment: str) -> str:
    """The text with the global ids of the nouns that it names, at the moment of the list."""
    first, *others = text.split(NAMED)
    pieces = [first]
    for other in others:
        plain, _, after = other.partition('"')
        if not plain.isascii() or "\\" in plain:
            raise Unsure
        pieces += (base64.urlsafe_b64encode(f"{plain}{moment}".encode()).decode().rstrip("="), '"', after)
    return "".join(pieces)


def json_object(parts: list[tuple[str, Part]]) -> Part:
    return lambda place: "{" + ",".join([f'"{name}":{part(place)}' for name, part in parts]) + "}"


def truth(of: Callable[[Place], bool]) -> Part:
    return lambda place: "true" if of(place) else "false"


def cursor(at: int) -> Part:
    return lambda place: f'"{place.cursors[at]}"' if place.cursors else "null"
