"""The history 历程 of a concurrent run: what clients asked, when, and what they were told.

Every client is one session. Nouns are versioned registers: a write raises the version by one, and with `expected` it is refused
unless that is the version. Times are nanoseconds of the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Outcome(StrEnum):
    """What a client knows of its operation afterwards."""

    ACKNOWLEDGED = "acknowledged"
    STALE = "stale"
    """A write was refused because the noun was at another version."""
    FAILED = "failed"
    """It is certain that nothing was done."""
    UNKNOWN = "unknown"
    """The connection broke, or the time was over: it was done once, or will be, or never."""


@dataclass(frozen=True, slots=True)
class Write:
    """One attempt of a command. Another attempt of the same command carries the same `command`.

    Of an acknowledged one, `position` and `version` are those of its event. Of a stale one, `version` is what the refusal says.
    """

    client: str
    noun: str
    command: str
    value: int
    expected: int | None
    invoked: int
    completed: int | None = None
    outcome: Outcome = Outcome.UNKNOWN
    position: int | None = None
    version: int | None = None
    replayed: bool = False

    @property
    def acknowledged(self) -> bool:
        """Whether the client holds a receipt."""
        return self.outcome is Outcome.ACKNOWLEDGED

    def __str__(self) -> str:
        expected = "" if self.expected is None else f" expecting version {self.expected}"
        told = {
            Outcome.ACKNOWLEDGED: f"position {self.position}, version {self.version}{', replayed' * self.replayed}",
            Outcome.STALE: f"refused, for it is at version {self.version}",
        }.get(self.outcome, self.outcome.value)
        return f"{self.client} wrote {self.value} to {self.noun}{expected} as {self.command}: {told}"


@dataclass(frozen=True, slots=True)
class Read:
    """One read of one noun. `position` is the one that the answer says it comes from; version 0: there was no such noun."""

    client: str
    noun: str
    at_least: int | None
    invoked: int
    completed: int | None = None
    outcome: Outcome = Outcome.UNKNOWN
    position: int | None = None
    version: int | None = None
    value: int | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether there was an answer."""
        return self.outcome is Outcome.ACKNOWLEDGED

    def __str__(self) -> str:
        asked = "" if self.at_least is None else f" at least at position {self.at_least}"
        told = f"{self.value} in version {self.version} from position {self.position}"
        return f"{self.client} read {self.noun}{asked}: {told if self.acknowledged else self.outcome.value}"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the record holds of a write."""

    position: int
    noun: str
    version: int
    command: str
    value: int


@dataclass(slots=True)
class History:
    """A run. `initial` are the effects from before it; `wandering` are clients to whom no session was promised.

    (A client that goes from node to node without saying how fresh an answer must be.)
    """

    operations: list[Write | Read] = field(default_factory=list)
    initial: Mapping[str, Effect] = field(default_factory=dict)
    wandering: frozenset[str] = frozenset()

    @property
    def writes(self) -> list[Write]:
        """The writes, in the order in which they were invoked."""
        return sorted((one for one in self.operations if isinstance(one, Write)), key=lambda one: one.invoked)

    @property
    def reads(self) -> list[Read]:
        """The answered reads, in the order in which they were invoked."""
        reads = (one for one in self.operations if isinstance(one, Read) and one.acknowledged)
        return sorted(reads, key=lambda one: one.invoked)

    def save(self, path: Path) -> None:
        """Keep it, one operation per line, for whoever looks into a violation."""
        with path.open("w", encoding="utf-8") as file:
            about = {"initial": [asdict(one) for one in self.initial.values()], "wandering": sorted(self.wandering)}
            for line in (about, *(_plain(one) for one in self.operations)):
                file.write(json.dumps(line) + "\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` kept."""
        with path.open(encoding="utf-8") as file:
            about, *lines = map(json.loads, file)
        initial = {one["noun"]: Effect(**one) for one in about["initial"]}
        return cls([_operation(line) for line in lines], initial, frozenset(about["wandering"]))


def merged(parts: Iterable[History]) -> History:
    """The history of several processes that ran beside each other."""
    whole = History(initial={}, wandering=frozenset())
    for part in parts:
        whole.operations += part.operations
        whole.initial = {**whole.initial, **part.initial}
        whole.wandering |= part.wandering
    return whole


def _plain(operation: Write | Read) -> dict[str, Any]:
    return {"is": type(operation).__name__, **asdict(operation)}


def _operation(line: dict[str, Any]) -> Write | Read:
    kind: type[Write | Read] = Write if line.pop("is") == "Write" else Read
    return kind(**{**line, "outcome": Outcome(line["outcome"])})
