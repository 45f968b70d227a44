"""The index of events as a table: what the read models keep of each event, and the pages of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from txapi.domain.event import Basis
from txapi.projections.history import EventFilter, condition
from txapi.projections.moment import Reader
from txapi.projections.select import Cut, Order, Page
from txapi.projections.table import FOREVER, Table


@dataclass(kw_only=True)
class EventRow:
    """What is told of an event without reading it; the same that it says of itself."""

    position: int
    stream: str
    version: int
    kind: str
    topic: str
    event_id: str
    decided_at: datetime
    recorded_at: datetime
    basis: Basis
    correlation: str


EVENTS: Table[EventRow] = Table("events", EventRow, noun="position")
"""Its columns; whoever fills it makes it, too."""


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a filter at a moment, in the order of the record; see `Select`."""

    reader: Reader
    asked: EventFilter

    def cuts(self, order: Sequence[Order], page: Page) -> Iterator[Cut]:
        """Where the page is cut out of the list."""
        source, parameters = self.counted()
        for at, sign in ((page.after, ">"), (page.before, "<")):
            if at is not None:
                source, parameters = f"{source} AND position {sign} ?", [*parameters, at[0]]
        direction = "DESC" if page.backward else "ASC"
        yield Cut(["t.position"], source, f"{source} ORDER BY t.position {direction}", parameters)

    def counted(self) -> tuple[str, list[int | str]]:
        """FROM and WHERE with their parameters."""
        moment = self.reader.moment
        # A snapshot holds nothing that is later than now.
        where, parameters = condition(self.reader, self.asked, FOREVER if moment.now else moment.position)
        return f"FROM events t WHERE {where}", parameters
