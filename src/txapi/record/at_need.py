"""A database that few processes ever ask: it is opened when the first of them needs it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from txapi.record.conflicts import RecordUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from txapi.record.database import Database

D = TypeVar("D", bound="Database")


class DatabaseAtNeed(Generic[D]):
    """What `make` opens, named `what` in messages. Nothing is asked of it before somebody opens it."""

    def __init__(self, what: str, make: Callable[[], D]) -> None:
        self._what = what
        self._make = make
        self._opening = threading.Lock()
        self._opened: D | None = None
        self._abandoned = False
        self._closed = False

    def open(self) -> D:
        """The database. RecordUnavailable once it was closed; what `make` raises."""
        with self._opening:
            if self._closed:
                raise RecordUnavailable(f"the tables {self._what} were closed")
            if self._opened is None:
                self._opened = self._make()
                if self._abandoned:
                    self._opened.abandon()
            return self._opened

    def abandon(self) -> None:
        """Ask nothing of the database any more, also where it is opened later."""
        with self._opening:
            self._abandoned = True
            if self._opened is not None:
                self._opened.abandon()

    def close(self) -> None:
        """Let go of every connection. Closing twice is harmless."""
        with self._opening:
            self._closed = True
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
