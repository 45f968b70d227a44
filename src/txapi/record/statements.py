"""Statements 声明: what the record's key signs beside a checkpoint, as texts of signed notes.

A statement's first line names its kind and cannot be mistaken for a checkpoint's, which is the origin of a ledger.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from txapi.record.store import CommandKey

DIGEST = "digest"
BOOKKEEPING = "bookkeeping"
HANDOVER = "handover"


def digest_text(origin: str, position: int, fingerprint: str, digest: str, digests: Mapping[str, str]) -> str:
    """What the read models of one version of the code add up to at a position: the whole, then table by table."""
    tables = "".join(f"{name} {value}\n" for name, value in sorted(digests.items()))
    return f"txapi.digest/v1\n{origin}\n{position}\n{fingerprint}\n{digest}\n{tables}"


def bookkeeping_text(
    origin: str, after: int, until: int, facts: Mapping[str, str], commands: Iterable[tuple[CommandKey, int, int]]
) -> str:
    """What the record keeps beside its events: its facts of itself, and the commands of a range of positions.

    Keys and deadlines need no statement, for they follow from the events. What is hashed is JSON, a line each: for
    facts `[key, value]` in order of the keys, for commands `[subject, command id, input hash in hex, first, last]` in
    order of first, last, subject and id.
    """
    told = hashlib.sha256()
    for key, value in sorted(facts.items()):
        told.update(msgspec.json.encode([key, value]) + b"\n")
    count, digest = 0, hashlib.sha256()
    for command, first, last in commands:
        line = [command.subject, command.command_id, command.input_hash.hex(), first, last]
        digest.update(msgspec.json.encode(line) + b"\n")
        count += 1
    return (
        f"txapi.bookkeeping/v1\n{origin}\n{after} {until}\nfacts {told.hexdigest()}\n"
        f"commands {count} {digest.hexdigest()}\n"
    )


def handover_text(origin: str, number: int, size: int, root: str, old: str, new: str, *, exposed: bool) -> str:
    """That the record is signed for by another key from now on: the `number`-th of them, from 1.

    `size` and `root` (base64) are of the last checkpoint that the old key signed, `old` and `new` verifier keys. Both keys sign
    it. `exposed`: the old key is given up because others may have it.
    """
    why = "exposed" if exposed else "routine"
    return f"txapi.handover/v1\n{origin}\n{number}\n{size} {root}\nfrom {old}\nto {new}\nbecause {why}\n"


def handed_over_from(note: str) -> str:
    """The verifier key of the old key, in a hand-over of ours."""
    return note.split("\n", 5)[4].removeprefix("from ")
