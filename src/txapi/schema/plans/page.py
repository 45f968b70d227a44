"""A page as it is told: the texts of its rows, put together with what stands beside them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from graphql import GraphQLObjectType, GraphQLResolveInfo

from txapi.projections.shapes import GAP, NAMED, Unsure
from txapi.projections.told_pages import Asking, Statement, Texts
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

    def filled(self, text: bytes, gaps: tuple[Gap, ...], row: Any, path: Any) -> bytes:
        """The text of a row with what is left to the executor, at a path."""
        first, *others = text.split(_GAP)
        pieces = [first]
        for gap, other in zip(gaps, others, strict=True):
            at = path.add_key(gap.name, gap.kind.name)
            told = self.executor.execute_field(gap.kind, row, gap.details, at, self.context)
            pieces += (msgspec.json.encode(told), other)
        return b"".join(pieces)


_GAP = f'"{GAP}"'.encode()
_NAMED = NAMED.encode()


@dataclass(slots=True)
class Place:
    """What is known of a page once its rows are told."""

    texts: tuple[Texts, ...]
    gaps: tuple[tuple[Gap, ...], ...]
    rows: list[Any]
    size: int
    cursors: list[str]
    has_next: bool
    has_previous: bool
    counting: Callable[[], int]
    carrying: Carrying | None
    """None where nothing is left to the executor."""

    def told(self, at: int, *way: tuple[str, str] | None) -> list[bytes]:
        """The texts of a shape; `way` leads from the page to a row, as paths do: names with their types, None for its number."""
        texts, gaps = self.texts[at].each, self.gaps[at]
        if not gaps:
            return texts
        assert self.carrying is not None
        filled = []
        for number, (text, row) in enumerate(zip(texts, self.rows, strict=True)):
            path = self.carrying.path
            for step in way:
                path = path.add_key(number, None) if step is None else path.add_key(*step)
            filled.append(self.carrying.filled(text, gaps, row, path))
        return filled

    def listed(self, at: int, *way: tuple[str, str] | None) -> bytes:
        """The same with commas between."""
        return b",".join(self.told(at, *way)) if self.gaps[at] else self.texts[at].listed()


Part = Callable[[Place], bytes]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a page is told: what is asked of its rows, what of each shape is left to the executor, and what is put together of them."""

    asking: Asking
    gaps: tuple[tuple[Gap, ...], ...]
    whole: Part

    def statements(self, listing: Listing[Any], info: GraphQLResolveInfo[Any]) -> Iterable[Statement]:
        """The statements that find the page. Unsure where it cannot be told."""
        return self.asking.statements(listing.question, (info, listing))

    def tell(
        self,
        listing: Listing[Any],
        counting: Callable[[], int],
        statements: Iterable[Statement],
        carrying: Carrying | None = None,
    ) -> bytes:
        """The page as JSON. Unsure where it cannot be told for certain."""
        moment = "" if listing.pinned is None else listing.pinned.moment()
        found = self.asking.read(listing.reader, listing.question.page, statements, lambda text: with_ids(text, moment))
        cursors = listing.cursors(found.keys) if self.asking.keyed else []
        rows = listing.decoded(found.rows) if self.asking.whole else []
        return self.whole(
            Place(
                found.told,
                self.gaps,
                rows,
                found.size,
                cursors,
                found.has_next,
                found.has_previous,
                counting,
                carrying,
            )
        )


def with_ids(text: bytes, moment: str) -> bytes:
    """The text with the global ids of the nouns that it names, at a moment as ids say it."""
    behind = moment.encode()
    first, *others = text.split(_NAMED)
    pieces = [first]
    for other in others:
        plain, _, after = other.partition(b'"')
        if not plain.isascii() or b"\\" in plain:
            raise Unsure
        pieces += (base64.urlsafe_b64encode(plain + behind).rstrip(b"="), b'"', after)
    return b"".join(pieces)


def json_object(parts: list[tuple[str, Part]]) -> Part:
    """An object of these parts."""
    named = [(f'"{name}":'.encode(), part) for name, part in parts]
    return lambda place: b"{%b}" % b",".join([name + part(place) for name, part in named])


def truth(of: Callable[[Place], bool]) -> Part:
    """True or false."""
    return lambda place: b"true" if of(place) else b"false"


def cursor(at: int) -> Part:
    """The cursor of one row; null where there are none."""
    return lambda place: f'"{place.cursors[at]}"'.encode() if place.cursors else b"null"
