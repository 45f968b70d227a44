"""The audience 听众 of a tail: those who listen, found by what an event is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from txapi.projections.listening import Wanted
    from txapi.record.record import RecordedEvent
    from txapi.web.tail import Listener


class Told(NamedTuple):
    """An event at hand, when it came (seconds of the event loop's clock), and the noun that it belongs to besides its own."""

    recorded: RecordedEvent
    at: float
    about: str | None = None


class Audience:
    """Those who listen, found by what an event is about: an event costs nothing to those who wait for other nouns."""

    def __init__(self) -> None:
        self._all: set[Listener] = set()
        self._by: dict[str, set[Listener]] = {}

    def add(self, listener: Listener) -> None:
        """Tell it from now on."""
        self._all.add(listener)
        for place in _places(listener.wanted):
            self._by.setdefault(place, set()).add(listener)

    def remove(self, listener: Listener) -> None:
        """Tell it no more."""
        if listener in self._all:
            self._all.remove(listener)
            for place in _places(listener.wanted):
                self._by[place].discard(listener)
                if not self._by[place]:
                    del self._by[place]

    def of(self, told: Told) -> Iterator[Listener]:
        """Those who may want the event."""
        event = told.recorded.event
        for place in (event.originator_id, told.about, event.TOPIC, event.TOPIC.partition(".")[0], _ANYWHERE):
            # A listener that is found twice takes the event once, for it goes by positions.
            yield from self._by.get(place, ()) if place is not None else ()

    def __iter__(self) -> Iterator[Listener]:
        return iter(self._all)


_ANYWHERE = ""


def _places(wanted: Wanted) -> list[str]:
    """Where a listener is found: under the narrowest part of what it wants, and never twice for one event."""
    asked = wanted.filter
    narrowest = next(
        (part for part in (asked.streams, asked.nouns, asked.topics, asked.kinds) if part is not None), [_ANYWHERE]
    )
    return list(dict.fromkeys(narrowest))
