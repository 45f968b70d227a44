"""Pages of what stands at the positions of events, which are the cursors: the past of a record never moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from txapi.projections import history
from txapi.projections.event_index import Events
from txapi.projections.moment import Reader
from txapi.projections.select import Page
from txapi.projections.shapes import Question
from txapi.schema.connections import NOWHERE, Connection, Edge, PageInfo, size_of
from txapi.schema.ids import GlobalId

T = TypeVar("T")


@dataclass(slots=True)
class PositionsListing(Generic[T]):
    """A page of a history that is asked for and not read; see `Listing`. Cursors do not pin it, and neither do ids."""

    reader: Reader
    asked: history.EventFilter
    page: Page
    nodes_at: Callable[[list[int]], list[T]]
    pinned: GlobalId | None = None

    @property
    def question(self) -> Question:
        """What is asked of the index of events."""
        select: Any = Events(self.reader, self.asked)
        return Question(select, (), self.page)

    def read(self) -> tuple[list[T], list[Edge[T]], PageInfo]:
        """What stands there, with its cursors and where the page stands."""
        page = self.page
        after, before = (None if at is None else at[0] for at in (page.after, page.before))
        found = history.page(self.reader, self.asked, page.size, after=after, before=before, backward=page.backward)
        nodes = self.nodes_at(found.positions)
        cursors = [str(position) for position in found.positions]
        told = PageInfo(
            has_next_page=found.has_next,
            has_previous_page=found.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
        return nodes, [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)], told

    def at(self, reader: Reader, _: GlobalId | None) -> PositionsListing[T]:
        """The same at a moment, which it does not carry."""
        return PositionsListing(reader, self.asked, self.page, self.nodes_at)

    def cursors(self, keys: Sequence[bytes]) -> list[str]:
        """The cursors of events whose positions are given, each alone in a list in JSON."""
        return [key[1:-1].decode() for key in keys]

    def counted(self, reader: Reader) -> int:
        """How many there are in all at a moment."""
        return history.count(reader, self.asked)


def connect_positions(
    reader: Reader,
    asked: history.EventFilter,
    nodes_at: Callable[[list[int]], list[T]],
    first: int | None,
    after: int | None,
    last: int | None,
    before: int | None,
) -> Connection[T]:
    """A page of what stands at the positions of events. Nothing of it is read before somebody looks at it."""
    size, backward = size_of(first, last)
    page = Page(size, None if after is None else (after,), None if before is None else (before,), backward)
    return Connection(
        nodes=[],
        edges=[],
        page_info=NOWHERE,
        counting=lambda: history.count(reader, asked),
        listing=PositionsListing(reader, asked, page, nodes_at),
    )
