"""Checkpoints 检查点 and the statements beside them, as the rows of a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from txapi.record.keys import BadKey
from txapi.record.statements import HANDOVER, handed_over_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from txapi.record.database import Connection

CHECKPOINT = "SELECT size, root, signed_at, note, published FROM checkpoints"
LAST = f"{CHECKPOINT} ORDER BY size DESC LIMIT 1"

MOST_HANDOVERS = 200
"""How often a record may go from one key to the next: every reader of it reads them all."""


class Checkpoint(NamedTuple):
    """A signed promise about the first `size` events. `note` carries all signatures and cosignatures collected so far.

    `signed_at` is in microseconds since 1970 UTC. `published`: whether the witnesses that the policy asks for signed.
    """

    size: int
    root: bytes
    signed_at: int
    note: str
    published: bool


class Statement(NamedTuple):
    """What the record's key signed beside a checkpoint: its kind, the checkpoint's size, what it is about, the note."""

    kind: str
    size: int
    about: str
    note: str


def one_checkpoint(connection: Connection, sql: str, *parameters: int) -> Checkpoint | None:
    """The checkpoint that a question finds first, if it finds any."""
    row = connection.execute(sql, parameters).fetchone()
    return None if row is None else checkpoint_of(row)


def checkpoint_of(row: tuple[int, bytes, int, str, int]) -> Checkpoint:
    """A row of checkpoints."""
    return Checkpoint(row[0], row[1], row[2], row[3], bool(row[4]))


def must_follow(before: Sequence[Statement], old: str, new: str) -> None:
    """Refuse a verifier key that cannot follow `old`, behind these hand-overs: BadKey."""
    if new == old or new in {handed_over_from(each.note) for each in before}:
        raise BadKey(f"{new} signed for this record before")
    if len(before) >= MOST_HANDOVERS:
        raise BadKey(f"a record is handed over {MOST_HANDOVERS} times at most")


def handovers_in(connection: Connection) -> list[Statement]:
    """How the record went from each of its keys to the next, in order."""
    sql = "SELECT kind, size, about, note FROM statements WHERE kind = ?"
    return sorted((Statement(*row) for row in connection.execute(sql, (HANDOVER,))), key=lambda each: int(each.about))
