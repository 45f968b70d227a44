"""Nouns made for the tests of the record: small, and with everything that the record looks at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from txapi.domain.aggregate import Aggregate
from txapi.domain.event import Actor, Event, Metadata, Role, TimeBasis

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2015, 8, 11, 4, tzinfo=UTC)


def said(at: datetime = NOON, clock: TimeBasis = TimeBasis.SYSTEM) -> Metadata:
    """Metadata of a command decided at that moment."""
    return Metadata(decided_at=at, actor=Actor("wang", Role.CLERK, "wutong"), correlation_id="c-1", clock=clock)


class Letter(Aggregate):
    """A letter with a number of its own, and a day by which it must be answered."""

    KIND = "letter"

    class Written(Event, frozen=True, kw_only=True, omit_defaults=True):
        """It was written and took a number."""

        TOPIC = "letter.written"
        number: str
        due: datetime | None = None

        def apply(self, aggregate: Any) -> None:
            aggregate.number = self.number
            aggregate.due = self.due

        def claims(self) -> Iterable[tuple[str, str]]:
            return (("letter-number", self.number),)

    class Renumbered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """It gave up its number for another."""

        TOPIC = "letter.renumbered"
        before: str
        number: str

        def apply(self, aggregate: Any) -> None:
            aggregate.number = self.number

        def claims(self) -> Iterable[tuple[str, str]]:
            return (("letter-number", self.number),)

        def releases(self) -> Iterable[tuple[str, str]]:
            return (("letter-number", self.before),)

    class Noted(Event, frozen=True, kw_only=True, omit_defaults=True):
        """Somebody wrote a note on it."""

        TOPIC = "letter.noted"
        text: str

        def apply(self, aggregate: Any) -> None:
            aggregate.notes.append(self.text)

    class Answered(Event, frozen=True, kw_only=True, omit_defaults=True):
        """It was answered; nothing is due any more."""

        TOPIC = "letter.answered"

        def apply(self, aggregate: Any) -> None:
            aggregate.due = None

    def _blank(self) -> None:
        self.number = ""
        self.due: datetime | None = None
        self.notes: list[str] = []

    def next_deadline(self) -> datetime | None:
        return self.due

    def write(self, meta: Metadata, number: str, days: int | None = None) -> None:
        self._must_be_new()
        due = meta.decided_at + timedelta(days=days) if days is not None else None
        self._record(self.Written, meta, number=number, due=due)

    def renumber(self, meta: Metadata, number: str) -> None:
        self._must_exist()
        self._record(self.Renumbered, meta, before=self.number, number=number)

    def note(self, meta: Metadata, text: str) -> None:
        self._must_exist()
        self._record(self.Noted, meta, text=text)

    def answer(self, meta: Metadata) -> None:
        self._must_exist()
        self._record(self.Answered, meta)


def written(id: str, number: str | None = None, days: int | None = None, at: datetime = NOON) -> Letter:
    """A new letter with that id, not yet recorded."""
    letter = Letter(id)
    letter.write(said(at), number or f"no-{id}", days)
    return letter
