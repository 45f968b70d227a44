"""The lines of an answer to an auditor 审计: the events and nouns of a whole page are read together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from txapi.audit.questions.pages import Line
from txapi.projections import units
from txapi.projections.moment import Reader
from txapi.schema.asking import MANY_LOADERS
from txapi.schema.history import Event, events_at
from txapi.schema.ids import GlobalId
from txapi.schema.nouns import together
from txapi.schema.units import Unit

L = TypeVar("L", bound=Line)


class AnswerPage(Generic[L]):
    """The lines of one page, at their moment: what the types of the lines ask for the events and nouns behind them."""

    def __init__(self, reader: Reader, pinned: GlobalId | None, lines: Sequence[L]) -> None:
        self.reader = reader
        self.pinned = pinned
        self.lines = lines
        found = events_at(reader, sorted({position for line in lines for position in line.events}))
        self._events = {int(event.position): event for event in found}
        self._nouns: dict[Any, dict[str, Any]] = {}

    def event(self, position: int | None) -> Event | None:
        """The event at one of the positions that a line names; None for none."""
        return None if position is None else self._events[position]

    def events(self, positions: Iterable[int]) -> list[Event]:
        """The events at positions that a line names, in that order."""
        return [self._events[position] for position in positions]

    def noun(self, kind: str, id: str | None, ids_of: Callable[[L], Iterable[str | None]]) -> Any:
        """The noun of that kind with that entity id, or None; `ids_of` says which others of the kind a line names."""
        return None if id is None else self._known(kind, ids_of, MANY_LOADERS[kind], _entity_id).get(id)

    def unit(self, code: str | None, codes_of: Callable[[L], Iterable[str | None]]) -> Unit | None:
        """The unit with that code, or None; `codes_of` says which units a line names."""
        if code is None:
            return None
        found = self._known("unit code", codes_of, lambda reader, codes: units.by_codes(reader, codes, Unit), _code)
        return found.get(code)

    def _known(
        self,
        name: str,
        keys_of: Callable[[L], Iterable[str | None]],
        load: Callable[[Reader, list[str]], Iterable[Any]],
        key_of: Callable[[Any], str],
    ) -> dict[str, Any]:
        if name not in self._nouns:
            wanted = sorted({key for line in self.lines for key in keys_of(line) if key is not None})
            found = together(list(load(self.reader, wanted)), self.reader, self.pinned) if wanted else []
            self._nouns[name] = {key_of(row): row for row in found}
        return self._nouns[name]


def _entity_id(row: Any) -> str:
    id: str = row.entity_id
    return id


def _code(row: Any) -> str:
    code: str = row.code
    return code
