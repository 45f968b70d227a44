"""A town that takes random commands, and beside it the naive book of what was acknowledged."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.application.book import Book
from tests.application.looking import compare_every_position, compare_rebuilt
from tests.city import ADMINISTRATOR, AUDITOR, LEADER, READER, SECRETARY, SUPERVISOR, clerk
from tests.stores import copied, place
from tests.views import opened
from txapi.application import companies, references, units
from txapi.application.desk import Desk, Done, Order, StaleVersion
from txapi.application.watch import record_due
from txapi.datasets.references import bundled_references
from txapi.domain.dates import day_of
from txapi.domain.errors import BadInput, Refusal
from txapi.domain.event import Actor, Metadata, Source, TimeBasis
from txapi.domain.labels import Label
from txapi.domain.unit import Duty, UnitKind
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.views_progress import Progress
from txapi.record.clock import ScriptClock
from txapi.record.conflicts import CommandIdReused
from txapi.record.ids import SeededIds
from txapi.record.record import Record

BEGINS = datetime(2015, 7, 1, 1, tzinfo=UTC)
CALENDARS = (2015, 2016)
CODES = ("chongfu", "dama", "land-bureau", "planning-bureau", "water-bureau")
ANYBODY = {
    "administrator": ADMINISTRATOR,
    "supervisor": SUPERVISOR,
    "leader": LEADER,
    "secretary": SECRETARY,
    "auditor": AUDITOR,
    "reader": READER,
    **{f"clerk of {code}": clerk(code) for code in CODES},
}
REASON = "经核实"
DOCUMENT = Source(document="签收登记簿", locator="第3页")


@dataclass(frozen=True)
class Acknowledged:
    """A command that was carried out, with everything that is needed to give it again."""

    command: Callable[..., Done]
    order: Order
    given: dict[str, Any]
    done: Done
    creates: bool


def found_town(folder: Path) -> None:
    """A record with references, units and one company: where every run begins."""
    record = Record.open(place(folder), ScriptClock(BEGINS, TimeBasis.DATASET), SeededIds("town"))
    desk = Desk(record)
    order = Order(Metadata(decided_at=BEGINS, actor=ADMINISTRATOR, correlation_id="founding"))
    for kind, edition, content in bundled_references(lambda year: year in CALENDARS):
        references.adopt_edition(desk, order, kind=kind, edition=edition, content=content)
    for code in CODES:
        bureau = code.endswith("bureau")
        units.register_unit(
            desk,
            order,
            code=code,
            name=Label(zh=code, en=code),
            kind=UnitKind.DEPARTMENT if bureau else UnitKind.TOWN,
            duty=Duty.HANDLING_DEPARTMENT if bureau else Duty.IMPLEMENTING_BODY,
        )
    companies.register_company(desk, order, name="桐昆集团", unit="chongfu")
    record.close()


class Town:
    """One run: a copy of the founded record, its desk, its follower, and the book."""

    def __init__(self, founded: Path, folder: Path, seed: int) -> None:
        copied(founded, folder)
        self.folder = folder
        self.clock = ScriptClock(BEGINS + timedelta(days=31), TimeBasis.DATASET)
        self.record = Record.open(place(folder), self.clock, SeededIds(seed))
        self.desk = Desk(self.record)
        self.views = opened(folder, self.record.record_id, PROJECTIONS)
        self.follower = Follower(self.record, self.views)
        self.chance = random.Random(seed)
        self.book = Book(self.record)
        self.acknowledged: list[Acknowledged] = []
        self.refusals: dict[str, int] = {}
        self._commands = 0

    @property
    def now(self) -> datetime:
        """The clock's time."""
        return self.clock.now()

    @property
    def today(self) -> Any:
        """The clock's day in Shanghai."""
        return day_of(self.now)

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.clock.set(self.now + timedelta(**span))

    # -- commands ----------------------------------------------------------------------------------------------

    def order(self, actor: Actor, reason: str | None = REASON, source: Source | None = None) -> Order:
        """The envelope of a new command."""
        self._commands += 1
        name = f"command-{self._commands}"
        meta = Metadata(
            decided_at=self.now,
            actor=self.desk.acting(actor),
            correlation_id=name,
            command_id=name,
            reason=reason,
            source=source,
            clock=self.clock.basis,
        )
        return Order(meta, name.encode())

    def give(
        self,
        command: Callable[..., Done],
        actor: Actor,
        *,
        reason: str | None = REASON,
        source: Source | None = None,
        **given: Any,
    ) -> Done | None:
        """Give a command a minute later; what was acknowledged goes into the book, what was refused left no trace."""
        self.wait(minutes=1)
        order = self.order(actor, reason, source)
        try:
            done = command(self.desk, order, **given)
        except (Refusal, BadInput) as refused:
            self.refusals[type(refused).__name__] = self.refusals.get(type(refused).__name__, 0) + 1
            assert self.record.head.position == self.book.head
            return None
        assert not done.replayed
        self.book.acknowledge(done, order.meta)
        assert self.record.head.position == self.book.head
        creates = self.book.versions[done.id] == done.last - done.first + 1
        self.acknowledged.append(Acknowledged(command, order, given, done, creates))
        return done

    def again(self, nth: int, *, later: bool) -> None:
        """Give an acknowledged command again, as a client that lost the answer: it is told what became of it."""
        earlier = self.acknowledged[nth % len(self.acknowledged)]
        meta = earlier.order.meta
        if later:
            meta = msgspec.structs.replace(meta, decided_at=self.now, correlation_id=f"{meta.command_id} again")
        done = earlier.command(self.desk, replace(earlier.order, meta=meta), **earlier.given)

        assert done == replace(earlier.done, replayed=True)
        assert self.record.head.position == self.book.head

    def reuse(self, nth: int) -> None:
        """Use the id of an acknowledged command for another one: refused."""
        earlier = self.acknowledged[nth % len(self.acknowledged)]
        refused = None
        try:
            earlier.command(self.desk, replace(earlier.order, input_hash=b"another input"), **earlier.given)
        except CommandIdReused as refusal:
            refused = refusal

        assert refused is not None
        assert self.record.head.position == self.book.head

    def stale(self, nth: int, off: int) -> None:
        """Give a command on a version that the noun does not have: refused, whatever it says."""
        earlier = self.acknowledged[nth % len(self.acknowledged)]
        expected = 7 if earlier.creates else self.book.versions[earlier.done.id] + off
        order = replace(self.order(ADMINISTRATOR), expected_version=expected)
        refused = None
        try:
            earlier.command(self.desk, order, **earlier.given)
        except StaleVersion as refusal:
            refused = refusal

        assert refused is not None, earlier.command
        assert self.record.head.position == self.book.head

    def watch(self) -> None:
        """Record what has lapsed."""
        record_due(self.desk, self.now)
        self.book.watched(self.record, self.record.head.position)

    def follow(self, batch: int, *, restart: bool) -> None:
        """Let the read models catch up, in batches of that size, perhaps after a restart."""
        if restart:
            self.views.close()
            self.views = opened(self.folder, self.record.record_id, PROJECTIONS, self.record.event_id_at)
        self.follower = Follower(self.record, self.views, batch)
        self.follower.catch_up()

    # -- looking -----------------------------------------------------------------------------------------------

    def compare(self) -> Progress:
        """Everything that must hold, now; the digests."""
        self.watch()
        self.follower.catch_up()
        self.book.compare(self.record, self.now)
        assert self.record.derived_indexes() == self.record.indexes()
        compare_every_position(self.record, self.views, self.chance)
        return compare_rebuilt(self.record, self.views, self.folder, 1 + self.chance.randrange(9))

    def close(self) -> None:
        """Let go of the files."""
        self.record.close()
        self.views.close()
