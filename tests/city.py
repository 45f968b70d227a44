"""A small running city for tests: a real record in a folder, its read models, the schema, and a clock that tests set."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tests.stores import copied, made_once, place
from tests.views import opened, snapshot_of
from txapi.application.desk import Desk, Order
from txapi.application.watch import record_due
from txapi.domain.event import Actor, Basis, Metadata, Role, Source, TimeBasis
from txapi.projections.all import PROJECTIONS
from txapi.projections.follower import Follower
from txapi.projections.moment import Reader, at_position, head_of
from txapi.projections.views import fingerprint
from txapi.record.accesses import Accesses
from txapi.record.clock import ScriptClock
from txapi.record.deliveries import Deliveries
from txapi.record.ids import Ids
from txapi.record.ledger import Checkpoint, Ledger
from txapi.record.person_keys import OpenedKeys, open_person_keys
from txapi.record.record import Record
from txapi.record.signer import Digests, Signer
from txapi.schema.context import Context
from txapi.schema.schema import root_value, the_schema

ADMINISTRATOR = Actor("admin", Role.ADMINISTRATOR)
SUPERVISOR = Actor("supervisor", Role.SUPERVISOR)
LEADER = Actor("leader", Role.LEADER)
SECRETARY = Actor("secretary", Role.SECRETARY)
AUDITOR = Actor("auditor", Role.AUDITOR)
READER = Actor("reader", Role.READER)

Told = TypeVar("Told")

OPERATIONS = Path(__file__).parent.parent / "schema" / "operations"
SCHEMA = the_schema()


def published(name: str) -> str:
    """The text of the published operation of that name, in whatever folder it lies."""
    [path] = OPERATIONS.rglob(f"{name}.graphql")
    return path.read_text(encoding="utf-8")


def clerk(unit: str) -> Actor:
    """A clerk of the unit with that code."""
    return Actor(f"clerk-{unit}", Role.CLERK, unit)


def instant(text: str) -> datetime:
    """An instant from ISO text; without an offset it is Shanghai time."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = datetime.fromisoformat(f"{text}+08:00")
    return parsed.astimezone(UTC)


class City:
    """One record with everything on it. `at` sets the clock; commands and operations happen then."""

    def __init__(self, folder: Path, start: str = "2015-08-01T09:00", ids: Ids | None = None) -> None:
        self.clock = ScriptClock(instant(start), TimeBasis.DATASET)
        self.record = Record.open(place(folder), self.clock, ids)
        self.person_keys = open_person_keys(place(folder))
        self.desk = Desk(self.record, person_keys=self.person_keys)
        self.views = opened(folder, self.record.record_id, PROJECTIONS)
        self.follower = Follower(self.record, self.views)
        self.record.writer.listen(self._follow)
        self.folder = folder
        self.ledger: Ledger | None = None

    @cached_property
    def deliveries(self) -> Deliveries:
        """How far webhooks were told; answers know it as soon as a test has looked."""
        return Deliveries.open(place(self.folder))

    @cached_property
    def accesses(self) -> Accesses:
        """Who read what is not everybody's; it is kept as soon as a test has looked."""
        return Accesses.open(place(self.folder))

    def at(self, time: str) -> City:
        """Set the clock (Shanghai time where no offset is given)."""
        self.clock.set(instant(time))
        return self

    def _follow(self, _position: int) -> None:
        self.follower.catch_up()

    def watch(self) -> int:
        """Record what has lapsed by the clock."""
        return record_due(self.desk, self.clock.now())

    def sign(self) -> Checkpoint:
        """Sign a checkpoint over what is recorded; the ledger is begun with the first."""
        if self.ledger is None:
            self.ledger = Ledger.open(place(self.folder), self.record.record_id, owner=True)
        signed = Signer(self.record, self.ledger, self._digests).sign()
        assert signed is not None
        return signed

    def _digests(self) -> Digests:
        progress = self.views.progress()
        return Digests(progress.position, fingerprint(), progress.digest, progress.digests)

    def order(self, actor: Actor = ADMINISTRATOR, *, expected_version: int | None = None, **meta: Any) -> Order:
        """A command's envelope at the clock's time."""
        if isinstance(meta.get("source"), str):
            meta["source"] = Source(document="a test", locator=meta["source"])
        metadata = Metadata(
            decided_at=self.clock.now(),
            actor=self.desk.acting(actor),
            correlation_id=str(uuid.uuid4()),
            clock=self.clock.basis,
            **{"basis": Basis.STATED, **meta},
        )
        return Order(metadata, repr(sorted(meta.items(), key=str)).encode(), expected_version)

    def reader(self, position: int | None = None, clock: str | None = None, valid_on: Any = None) -> Reader:
        """A reader of now or of a position; its snapshot stays open until the city closes."""
        connection = snapshot_of(self.views)
        judged = instant(clock) if clock else (self.clock.now() if position is None else None)
        return Reader(
            connection, at_position(connection, head_of(connection) if position is None else position, judged, valid_on)
        )

    def execute(
        self, query: str, variables: dict[str, Any] | None = None, as_: Actor | None = None, language: str = "en"
    ) -> Any:
        """Run a document, or the published operation of that name; the whole execution result."""
        if query.isidentifier():
            query = published(query)
        context = self.context(as_, language)
        try:
            return SCHEMA.execute_sync(
                query, variable_values=variables, context_value=context, root_value=root_value(context)
            )
        finally:
            context.close()

    def context(self, as_: Actor | None = None, language: str = "en") -> Context:
        """What an operation of somebody has at hand; whoever asked for it closes it."""
        return Context(
            self.views,
            self.desk,
            as_ or READER,
            signed_in=as_ is not None,
            language=language,
            ledger=self.ledger,
            deliveries=vars(self).get("deliveries"),
            accesses=vars(self).get("accesses"),
            request="of a test",
            person_keys=self.open_keys(),
        )

    def open_keys(self) -> OpenedKeys:
        """The keys of persons that an operation opens what is sealed with."""
        return OpenedKeys(self.person_keys)

    def ask(self, query: str, variables: dict[str, Any] | None = None, as_: Actor | None = None) -> Any:
        """As `execute`, for answers without errors: the data."""
        result = self.execute(query, variables, as_)
        assert result.errors is None, result.errors
        return result.data

    def close(self) -> None:
        """Let go of the files."""
        if self.ledger is not None:
            self.ledger.close()
        self.record.close()
        if "deliveries" in vars(self):
            self.deliveries.close()
        if "accesses" in vars(self):
            self.accesses.close()
        self.person_keys.close()
        self.views.close()


_stories: dict[Path, tuple[str, Any]] = {}


def like(folder: Path, make: Callable[..., City], *given: str) -> City:
    """The city that `make(folder, *given)` makes: a copy of the one that it made when it was first asked for.

    The clock stands where it stood at the end. `make` is a function of a module that makes the same of the same.
    """
    return _copied(folder, make, given, lambda there: (make(there, *given), None))[0]


def retold(folder: Path, make: Callable[[Path], tuple[City, Told]]) -> tuple[City, Told]:
    """The same of a city with what its maker says of it."""
    return _copied(folder, make, (), make)


def _copied(
    folder: Path, make: Callable[..., Any], given: tuple[str, ...], tell: Callable[[Path], tuple[City, Told]]
) -> tuple[City, Told]:
    def story(there: Path) -> None:
        city, told = tell(there)
        _stories[there] = (city.clock.now().isoformat(), told)
        city.close()

    origin = made_once(f"{make.__module__}.{make.__qualname__}{given}", story)
    copied(origin, folder)
    time, told = _stories[origin]
    return City(folder, time), deepcopy(told)
