"""What leads from a form back to the record 存证: the root of the tree over the events that it was made from."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from txapi.record import merkle
from txapi.record.entries import entry_of
from txapi.record.tiles import WIDTH, subtree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from txapi.record.ledger import Ledger
    from txapi.record.store import Row

_LEAVES_LEVEL = WIDTH.bit_length() - 1
"""The subtrees up to this level are made from their events in one reading."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Tells roots and leaves of a record's tree at any position, whether they were signed by then or not.

    A root follows from the events alone. So the same form has the same root, however far the ledger had got when it was printed;
    every later checkpoint extends it, which a consistency proof shows. `rows` reads stored events behind a position.
    """

    record_id: str
    rows: Callable[[int, int], Sequence[Row]]
    ledger: Ledger | None = None

    def root(self, position: int) -> str:
        """The root of the tree over the first events, base64."""
        if self.ledger is not None:
            # Where the ledger has not got so far, the rest of the tree is made from the events.
            with suppress(ValueError):
                return _text(self.ledger.root(position))
        return _text(merkle.root(self._node, position))

    def leaf(self, position: int) -> str:
        """The leaf hash of the event at a position, base64."""
        return _text(self._node(0, position - 1))

    def _node(self, level: int, number: int) -> bytes:
        if self.ledger is not None:
            with suppress(ValueError):
                return self.ledger.node(level, number)
        if level > _LEAVES_LEVEL:
            return merkle.node_hash(self._node(level - 1, 2 * number), self._node(level - 1, 2 * number + 1))
        rows = self.rows(number << level, 1 << level)
        return subtree(b"".join(merkle.leaf_hash(entry_of(row)) for row in rows))


def _text(found: bytes) -> str:
    return base64.b64encode(found).decode()
