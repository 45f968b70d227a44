"""What a verification finds wrong 发现: the first position of each kind of mistake, and how often it occurs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NOWHERE = 0
"""The position of what is wrong with the record as a whole, and with no event of it."""

MISSING = frozenset({"position", "cut-short"})
"""The kinds of mistakes that mean that events are missing, or that there are some too many."""
FOLLOWING = frozenset({"keys", "deadlines"})
"""The kinds of mistakes in what follows from events."""


@dataclass(frozen=True)
class Finding:
    """One kind of mistake: the first position at which it was found, what it is, and at how many places it was found."""

    position: int
    kind: str
    what: str
    places: int = 1


DAMAGED = (sqlite3.DatabaseError, UnicodeError)
"""What SQLite raises of a damaged file: what it says may quote the file, and then be no text."""


def readable(text: Any) -> str:
    """A text that can be told, whatever bytes it was read from; what is none, as it is written in Python, in angle brackets."""
    return text.encode(errors="backslashreplace").decode() if isinstance(text, str) else f"<{text!r}>"


class Findings:
    """Gathers mistakes; of each kind, the first is kept and the others are counted, so that memory stays bounded."""

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self._first: dict[str, Finding] = {}
        self.take(found)

    def add(self, position: int, kind: str, what: str, places: int = 1) -> None:
        """Something is wrong at a position (NOWHERE: with the whole)."""
        what = readable(what)
        known = self._first.get(kind)
        if known is None:
            self._first[kind] = Finding(position, kind, what, places)
        elif _place(position) < _place(known.position):
            self._first[kind] = Finding(position, kind, what, known.places + places)
        else:
            self._first[kind] = Finding(known.position, kind, known.what, known.places + places)

    def take(self, found: Iterable[Finding]) -> None:
        """Add what another part of the verification has found."""
        for one in found:
            self.add(one.position, one.kind, one.what, one.places)

    def has(self, kind: str) -> bool:
        """Whether something of that kind was found."""
        return kind in self._first

    def sorted(self) -> list[Finding]:
        """All of them, the first position first; what is wrong with the whole comes last.

        Where events are missing, what should follow from them differs too: it comes after them, wherever it begins.
        """
        missing = not MISSING.isdisjoint(self._first)
        return sorted(
            self._first.values(),
            key=lambda one: (missing and one.kind in FOLLOWING, _place(one.position), one.kind),
        )

    def __bool__(self) -> bool:
        return bool(self._first)


def _place(position: int) -> tuple[bool, int]:
    """Where to look first: an event that can be named says more than that something is wrong with the whole."""
    return position == NOWHERE, position
