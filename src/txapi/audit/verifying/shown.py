"""What can be verified 受检对象: the events of a record and what was signed about them, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class StoredRow(NamedTuple):
    """One event as it is shown. `recorded_at` is in microseconds since 1970 UTC."""

    position: int
    recorded_at: int
    stream: str
    version: int
    topic: str
    state: bytes


@dataclass(frozen=True)
class ShownCheckpoint:
    """A checkpoint as it is kept: the size under which it is filed, and the signed note."""

    size: int
    note: str
    published: bool | None = None
    """Whether it is kept as one that enough witnesses signed; None where nothing is kept of that."""


@dataclass(frozen=True)
class ShownStatement:
    """A signed statement as it is kept beside the checkpoint of a size; `about` tells those of one kind apart."""

    size: int
    about: str
    note: str


class Shown(Protocol):
    """What every source shows. Nothing of it is believed; reading it twice gives the same.

    An event that cannot even be read is a row whose values are of the wrong type: it is the verification's to say so.
    """

    @property
    def record_id(self) -> str:
        """The record's own identifier, as the source says."""

    @property
    def vkey(self) -> str | None:
        """The key of the record, as the source says; None where it says nothing."""

    @property
    def origin(self) -> str | None:
        """The name under which checkpoints are signed, as the source says."""

    @property
    def policy(self) -> bytes | None:
        """The policy file that lies beside, if one does."""

    @property
    def judged_by(self) -> str | None:
        """By which policy it was decided what is published, as the source says; None where it says nothing."""

    @property
    def first(self) -> int:
        """The position of the first event that should be there; 1 unless the source is a part of a record."""

    @property
    def last(self) -> int:
        """The position of the last event that should be there; 0 where there is none."""

    def rows(self) -> Iterator[list[StoredRow]]:
        """The events in the order in which they lie, some at a time."""

    def checkpoints(self) -> Iterator[ShownCheckpoint]:
        """The checkpoints, the smallest first."""

    def statements(self, kind: str) -> Iterator[ShownStatement]:
        """The signed statements of a kind, beside the smallest checkpoint first."""

    def handovers(self) -> Sequence[str]:
        """The signed hand-overs of the record's key, as they are kept."""

    def tile(self, level: int, index: int) -> bytes | None:
        """The hashes of a tile as they are kept, which may be fewer or more than there should be; None where there is none."""
