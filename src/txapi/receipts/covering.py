"""Which checkpoint a receipt names: one that attests its position, cosigned as the policy asks wherever that comes in time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from txapi.domain.errors import BadInput
from txapi.record.ledger_tables import NotALedger

if TYPE_CHECKING:
    from txapi.record.ledger import Checkpoint, Ledger

LOOK_AGAIN_SECONDS = 0.05


class Covers(Protocol):
    """Whoever signs checkpoints on demand."""

    def cover(self, position: int, timeout_seconds: float) -> Checkpoint | None:
        """A checkpoint that attests the event at that position; None if there is none in time."""


@dataclass(frozen=True, slots=True)
class KeyOfLedger:
    """The key that signs for a record at the moment when something is signed: another process may have rotated it."""

    ledger: Ledger

    @property
    def name(self) -> str:
        """The name that signatures bear: the origin of the ledger."""
        return self.ledger.origin

    def sign(self, text: str) -> str:
        """The text as a signed note. BadInput RECEIPT_WITHOUT_KEY where the key is not here, or no longer the record's."""
        try:
            return self.ledger.signing_key().sign(text)
        except NotALedger as error:
            raise BadInput(
                "RECEIPT_WITHOUT_KEY",
                f"the key of {self.ledger.origin} is not here: only its holder issues receipts. A copy without it can check them",
            ) from error


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
