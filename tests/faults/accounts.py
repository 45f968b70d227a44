"""The accounts of clients whose nodes are killed: what they asked, what they were told, and whether the record agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults.lapsing import DRAFT, ISSUE, LAPSES
from txapi.domain.event import TimeBasis
from txapi.domain.ticket import Ticket
from txapi.domain.unit import Unit
from txapi.record.codec import EventMapper
from txapi.record.ids import RandomIds

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from txapi.record.store import Row

NOUNS = ("noun-0", "noun-1", "noun-2")


class Command(NamedTuple):
    """One command; sent again, it is the same. Its value is no other's."""

    id: str
    noun: str
    value: int


class Told(NamedTuple):
    """A receipt, as the client holds it."""

    id: str
    first: int
    last: int
    replayed: bool


class Accounts:
    """Kept by whoever outlives the nodes. An AssertionError wherever the record does not agree."""

    def __init__(self, chance: random.Random) -> None:
        self.acknowledged: dict[str, Told] = {}
        self.asked: dict[str, Command] = {}
        self.open: dict[str, Command] = {}
        """What was asked and never answered."""
        self.position = 0
        """Up to where the record was looked at."""
        self._chance = chance
        self._recorded: dict[str, int] = {}
        self._issued: set[str] = set()
        self._lapsed: dict[tuple[str, str], int] = {}
        self._first_told: set[str] = set()
        self._unseen: list[Told] = []
        self._mapper = EventMapper(RandomIds(), TimeBasis.SYSTEM)
        self._count = 0

    def work(self, clients: int, commands: int, tickets: int = 0) -> list[list[Command]]:
        """For each client what it has to do: first of all what was never answered, and sometimes what was.

        Last the first client issues so many tickets, of which everything lapses at once.
        """
        again = [*self.open.values()]
        if self.acknowledged:
            again.append(self.asked[self._chance.choice([*self.acknowledged][-40:])])
        self._chance.shuffle(again)
        work: list[list[Command]] = [again[number::clients] for number in range(clients)]
        for own in work:
            for _ in range(commands):
                self._count += 1
                own.append(Command(f"command-{self._count}", self._chance.choice(NOUNS), self._count))
        for _ in range(tickets):
            self._count += 2
            work[0] += [
                Command(f"command-{self._count - 1}", DRAFT, self._count),
                Command(f"command-{self._count}", ISSUE, self._count),
            ]
        return work

    def note(self, kind: str, what: list[Any]) -> None:
        """Take in what a node said: that a client asks, or was told, or that something happened that never should."""
        assert kind in ("asked", "told"), what
        if kind == "asked":
            command = Command(*what)
            self.asked[command.id] = command
            if command.id not in self.acknowledged:
                self.open[command.id] = command
            return
        told = Told(*what)
        earlier = self.acknowledged.setdefault(told.id, told)
        assert told[:3] == earlier[:3], f"{earlier} became {told}"
        if not told.replayed:
            assert told.id not in self._first_told, f"{told.id} was done for the first time, twice"
            self._first_told.add(told.id)
        if earlier is told:
            self._unseen.append(told)
            del self.open[told.id]

    def look(self, rows: Iterable[Row]) -> None:
        """Take in what is new in the record: positions follow one another, and every command is there once, as it was said.

        What was said before the rows were read must have been noted by now.
        """
        for row in rows:
            assert row.position == self.position + 1
            self.position = row.position
            event = self._mapper.decode(row.stream, row.version, row.topic, row.state)
            if isinstance(event, LAPSES):
                lapse = (row.stream, type(event).__name__)
                assert lapse not in self._lapsed, f"{lapse} lapsed at {self._lapsed[lapse]} and at {row.position}"
                self._lapsed[lapse] = row.position
                continue
            id = event.meta.command_id
            assert id is not None
            assert id not in self._recorded, f"{id} was done at {self._recorded[id]} and at {row.position}"
            self._recorded[id] = row.position
            if isinstance(event, Ticket.Issued):
                self._issued.add(row.stream)
            if isinstance(event, Unit.Amended):
                assert event.order == self.asked[id].value
        for told in self._unseen:
            # What other nodes acknowledged after the rows were read is looked for the next time.
            there = told.first == told.last == self._recorded.get(told.id, self.position + 1)
            assert there or told.last > self.position, f"{told} is not there"
        self._unseen = [told for told in self._unseen if told.last > self.position]

    def close(self) -> None:
        """Assert that everything that was acknowledged is there, nothing that nobody asked for, and all that lapsed."""
        assert not self._unseen, f"{self._unseen[0]} is not there"
        assert all(told.last == self._recorded[told.id] for told in self.acknowledged.values())
        assert {id for id in self._recorded if not id.startswith("start ")} <= set(self.asked)
        assert set(self._lapsed) == {(ticket, lapse.__name__) for ticket in self._issued for lapse in LAPSES}

    def is_recorded(self, id: str) -> bool:
        """Whether what was looked at of the record holds that command."""
        return id in self._recorded

    def against_the_record(self) -> dict[str, int]:
        """How much of what was acknowledged is not in the record as it was said, and how many events are there twice."""
        lost = sum(told.last != self._recorded.get(told.id) for told in self.acknowledged.values())
        twice = self.position - len(self._recorded) - len(self._lapsed)
        return {"lapsed": len(self._lapsed), "lost": lost, "doubled": twice}
