"""Clients of a running server, or of several nodes, that keep the history of what they asked and were told.

They register nothing: the nouns are units whose place in the official order is the value of a register. Every value is written
by one command, so an answer tells which command it saw.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from tests.faults.histories import Effect, History, Outcome, Read, Write
from txapi.domain.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from txapi.record import Record

Done = TypeVar("Done", Read, Write)

READ = "query Read($code: String!) { unit(code: $code) { version officialOrder } }"
WRITE = """
mutation Write($input: AmendUnitInput!) {
  amendUnit(input: $input) {
    __typename
    ... on UnitReceipt { replayed events { position nounVersion } }
    ... on Refusal { code currentVersion }
  }
}
"""
REGISTER = """
mutation Register($input: RegisterUnitInput!) {
  registerUnit(input: $input) { __typename ... on UnitReceipt { events { position nounVersion } } }
}
"""
NOTHING_DONE = frozenset({"UNAVAILABLE", "BAD_REQUEST", "UNAUTHENTICATED"})
"""The codes of errors that say of a command that nothing was recorded."""
VALUES_PER_CLIENT = 1_000_000


class Manner(StrEnum):
    """How a client goes about with the nodes."""

    FAITHFUL = "faithful"
    """It stays with one node."""
    CARRYING = "carrying"
    """It goes to any node, and says each time which position it has seen."""
    WANDERING = "wandering"
    """It goes to any node and says nothing: no session is promised to it."""


class NotSent(Exception):
    """Nobody listens: the request never left."""


class NoAnswer(Exception):
    """It was sent, and no answer came."""


@dataclass
class Chances:
    """How often a client does what: shares of one."""

    write: float = 0.5
    expecting: float = 0.6
    """Of the writes: those on the version that the client saw last, which may be an old one."""
    again: float = 0.15
    """Of the acknowledged writes: those that are sent once more, by the same command id."""
    hang_up: float = 0.03
    """Of all requests: those whose client hangs up before there is an answer."""
    retry: float = 0.8
    """Of the unanswered writes: those that are sent again until there is an answer."""


class Client:
    """One session, one operation after the other."""

    def __init__(
        self,
        name: str,
        number: int,
        nodes: Sequence[str],
        token: str,
        nouns: Mapping[str, Effect],
        manner: Manner,
        chances: Chances,
    ) -> None:
        self.name = name
        self.operations: list[Write | Read] = []
        self._chance = random.Random(f"{name} {number}")
        self._first_value = (number + 1) * VALUES_PER_CLIENT
        self._count = 0
        self._nodes = nodes
        self._own_node = nodes[number % len(nodes)]
        self._token = token
        self._nouns = sorted(nouns)
        self._seen = {noun: effect.version for noun, effect in nouns.items()}
        self._position = 0
        self._manner = manner
        self._chances = chances
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def act(self) -> None:
        """Do one thing: a read, or a write with whatever becomes necessary."""
        noun = self._chance.choice(self._nouns)
        if self._chance.random() >= self._chances.write:
            self.read(noun)
            return
        self._count += 1
        expecting = self._chance.random() < self._chances.expecting
        write = Write(
            client=self.name,
            noun=noun,
            command=f"{self.name}-{self._count}",
            value=self._first_value + self._count,
            expected=self._seen[noun] if expecting else None,
            invoked=0,
        )
        told = self.write(write)
        while told.outcome is Outcome.UNKNOWN and self._chance.random() < self._chances.retry:
            told = self.write(write)
        if told.acknowledged and self._chance.random() < self._chances.again:
            self.write(write)

    def read(self, noun: str) -> Read:
        """Ask how a noun stands."""
        at_least = None
        if self._manner is Manner.CARRYING or self._chance.random() < 0.3:
            at_least = self._position or None
        extensions = {} if at_least is None else {"atLeast": str(at_least)}
        read = Read(self.name, noun, at_least, invoked=time.monotonic_ns())
        try:
            content = self._ask({"query": READ, "variables": {"code": noun}, "extensions": extensions})
        except (NotSent, NoAnswer) as error:
            outcome = Outcome.FAILED if isinstance(error, NotSent) else Outcome.UNKNOWN
            return self._note(replace(read, outcome=outcome))
        completed = time.monotonic_ns()
        if content.get("errors"):
            return self._note(replace(read, completed=completed, outcome=Outcome.FAILED))
        found = content["data"]["unit"] or {"version": 0, "officialOrder": None}
        position = int(content["extensions"]["position"])
        self._saw(noun, position, found["version"])
        return self._note(
            replace(
                read,
                completed=completed,
                outcome=Outcome.ACKNOWLEDGED,
                position=position,
                version=found["version"],
                value=found["officialOrder"],
            )
        )

    def write(self, wanted: Write) -> Write:
        """Give one command, or the same command again."""
        write = replace(wanted, invoked=time.monotonic_ns())
        given = {
            "unit": write.noun,
            "officialOrder": write.value,
            "commandId": write.command,
            "expectedVersion": write.expected,
        }
        try:
            content = self._ask({"query": WRITE, "variables": {"input": given}})
        except (NotSent, NoAnswer) as error:
            outcome = Outcome.FAILED if isinstance(error, NotSent) else Outcome.UNKNOWN
            return self._note(replace(write, outcome=outcome))
        return self._note(self._told(write, time.monotonic_ns(), content))

    def _told(self, write: Write, completed: int, content: dict[str, Any]) -> Write:
        codes = {error["extensions"]["code"] for error in content.get("errors", ())}
        if codes:
            nothing = codes <= NOTHING_DONE
            return replace(write, completed=completed, outcome=Outcome.FAILED if nothing else Outcome.UNKNOWN)
        done = content["data"]["amendUnit"]
        if done["__typename"] == "Refusal":
            if done["code"] == "StaleVersion":
                self._seen[write.noun] = done["currentVersion"]
                return replace(write, completed=completed, outcome=Outcome.STALE, version=done["currentVersion"])
            return replace(write, completed=completed, outcome=Outcome.FAILED)
        [event] = done["events"]
        position, version = int(event["position"]), event["nounVersion"]
        self._saw(write.noun, position, version)
        return replace(
            write,
            completed=completed,
            outcome=Outcome.ACKNOWLEDGED,
            position=position,
            version=version,
            replayed=done["replayed"],
        )

    def _saw(self, noun: str, position: int, version: int) -> None:
        self._position = max(self._position, position)
        self._seen[noun] = max(self._seen[noun], version)

    def _note(self, operation: Done) -> Done:
        self.operations.append(operation)
        return operation

    def _ask(self, body: dict[str, Any]) -> Any:
        node = self._own_node if self._manner is Manner.FAITHFUL else self._chance.choice(self._nodes)
        connection = self._connections.get(node)
        if connection is None:
            connection = http.client.HTTPConnection(urlsplit(node).netloc, timeout=30)
            try:
                connection.connect()
            except OSError as error:
                raise NotSent(str(error)) from error
            self._connections[node] = connection
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._token}"}
        hangs_up = self._chance.random() < self._chances.hang_up
        try:
            connection.request("POST", "/graphql", json.dumps(body), headers)
            if hangs_up:
                time.sleep(self._chance.uniform(0, 0.01))
                raise NoAnswer("the client hung up")
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError, NoAnswer) as error:
            self._connections.pop(node).close()
            raise NoAnswer(str(error)) from error

    def close(self) -> None:
        """Hang up everywhere."""
        for connection in self._connections.values():
            connection.close()


class Crowd:
    """Clients that act at the same time, each in a thread, until they are told to stop, or the block ends."""

    def __init__(
        self,
        nodes: Sequence[str],
        token: str,
        nouns: Mapping[str, Effect],
        manners: Sequence[Manner],
        chances: Chances | None = None,
        name: str = "client",
    ) -> None:
        self._nouns = nouns
        self._clients = [
            Client(f"{name}-{number}-{manner}", number, nodes, token, nouns, manner, chances or Chances())
            for number, manner in enumerate(manners)
        ]
        self._wandering = frozenset(
            client.name for client, manner in zip(self._clients, manners, strict=True) if manner is Manner.WANDERING
        )
        self._stopping = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, args=(client,), daemon=True) for client in self._clients]
        for thread in self._threads:
            thread.start()

    def _work(self, client: Client) -> None:
        try:
            while not self._stopping.is_set():
                client.act()
                if client.operations[-1].outcome is Outcome.FAILED:
                    self._stopping.wait(0.02)  # Nobody listens just now.
        except BaseException as error:
            self._failures.append(error)
        finally:
            client.close()

    @property
    def operations(self) -> list[Write | Read]:
        """What was noted up to now, client by client."""
        return [operation for client in self._clients for operation in list(client.operations)]

    def wait_for(self, operations: int, timeout_seconds: float = 300) -> None:
        """Wait until that many operations were noted."""
        deadline = time.monotonic() + timeout_seconds
        while len(self.operations) < operations:
            if self._failures:
                raise self._failures[0]
            assert time.monotonic() < deadline, "the clients hardly get anywhere"
            time.sleep(0.01)

    def wait_for_acknowledged(self, more: int, timeout_seconds: float = 300) -> None:
        """Wait until that many more writes were acknowledged."""

        def acknowledged() -> int:
            return sum(isinstance(one, Write) and one.acknowledged for one in self.operations)

        wanted, deadline = acknowledged() + more, time.monotonic() + timeout_seconds
        while acknowledged() < wanted:
            if self._failures:
                raise self._failures[0]
            assert time.monotonic() < deadline, "the clients hardly get anywhere"
            time.sleep(0.1)

    def stop(self) -> History:
        """Let everyone finish what is under way; what they saw."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        return History(self.operations, self._nouns, self._wandering)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()


def register(ask: Callable[[str, Any], Any], codes: Sequence[str]) -> dict[str, Effect]:
    """Register the units that are the nouns of a run. `ask` takes a document and its variables, and gives the data."""
    nouns = {}
    for code in codes:
        name = {"zh": "梧桐街道", "en": "Wutong"}
        given = {"code": code, "name": name, "kind": "SUBDISTRICT", "duty": "OTHER", "commandId": f"start {code}"}
        [event] = ask(REGISTER, {"input": given})["registerUnit"]["events"]
        nouns[code] = Effect(int(event["position"]), code, event["nounVersion"], f"start {code}", 0)
    return nouns


def effects(record: Record) -> Iterator[Effect]:
    """What the record holds of a run: every event of it, in order."""
    codes: dict[str, str] = {}
    for recorded in record.read_all():
        event = recorded.event
        assert isinstance(event, Unit.Registered | Unit.Amended), f"position {recorded.position} is of no run: {event}"
        if isinstance(event, Unit.Registered):
            codes[event.originator_id] = event.code
        value = event.official_order if isinstance(event, Unit.Registered) else event.order
        noun, version, command = codes[event.originator_id], event.originator_version, event.meta.command_id
        yield Effect(recorded.position, noun, version, command or "", value or 0)
