"""Which checkpoint a receipt names: one that attests its position, cosigned as the policy asks wherever that comes in time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from txapi.record.ledger import Checkpoint, Ledger

LOOK_AGAIN_SECONDS = 0.05


class Covers(Protocol):
    """Whoever signs checkpoints on demand."""

    def cover(self, position: int, timeout_seconds: float) -> Checkpoint | None:
        """A checkpoint that attests the event at that position; None if there is none in time."""


@dataclass(frozen=True, slots=True)
class Promises:
    """The checkpoints of a ledger. With a `signer`, one is signed where need be; without, others sign them."""

    ledger: Ledger
    signer: Covers | None = None

    def cover(self, position: int, timeout_seconds: float) -> Checkpoint | None:
        """A checkpoint that attests the event at that position; None if there is none in time.

        Where the policy asks for witnesses, it is waited for one that they have cosigned; when the time is over, one
        that they have not is better than none: a later one that they cosign extends it.
        """
        deadline = time.monotonic() + timeout_seconds
        if self.signer is not None:
            self.signer.cover(position, timeout_seconds)
        while True:
            published = self.ledger.latest(published=True)
            if published is not None and published.size >= position:
                first = self.ledger.covering(position)
                return first if first is not None and first.published else published
            if time.monotonic() >= deadline:
                return self.ledger.covering(position)
            time.sleep(LOOK_AGAIN_SECONDS)
