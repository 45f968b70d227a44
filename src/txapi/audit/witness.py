"""The witness 见证人: it cosigns a log's checkpoint only when that extends the last one it cosigned (C2SP tlog-witness).

It runs on a machine of its own, with a key and a memory of its own, and knows nothing of the record: a log that shows
one history here and another there, or takes something back, gets no cosignature for it.
"""

from __future__ import annotations

import sqlite3
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import NamedTuple, Self

from txapi.audit.checker import (
    EMPTY_ROOT,
    BadSignature,
    Checkpoint,
    Malformed,
    MalformedProof,
    Note,
    NotProven,
    NotSigned,
    VerifierKey,
    verify_extension,
)
from txapi.audit.checker.encoding import from_decimal, hash_from_base64
from txapi.audit.checker.notes import by_name_and_id
from txapi.audit.cosigning import CosigningKey
from txapi.audit.witness_memory import Reason, Refused, Remembered, WitnessMemory, keep_refused, last_of, remember

MOST_PROOF_LINES = 63
"""The longest consistency proof that a client may send (tlog-witness, "add-checkpoint")."""

TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
"""The content type of an answer that says which size the witness knows (tlog-witness, "add-checkpoint")."""


class Reply(NamedTuple):
    """What a witness answers, in the terms of HTTP."""

    status: int
    content_type: str
    body: bytes


class Witness:
    """Cosigns for the logs whose keys it was given. Every method may be called from any thread, also of other processes."""

    def __init__(
        self,
        key: CosigningKey,
        memory: WitnessMemory,
        logs: Iterable[VerifierKey],
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        """`logs` are keys of logs; a key's name is its log's origin, and a log may have several keys. Malformed where two
        of them could not be told apart, or one belongs to a witness."""
        self.key = key
        self.memory = memory
        self._clock = clock
        self._logs: dict[str, list[VerifierKey]] = {}
        for log in by_name_and_id(logs).values():
            if not log.signs_logs:
                raise Malformed(f"the key {log.name} is a witness's, not a log's")
            self._logs.setdefault(log.name, []).append(log)

    @property
    def origins(self) -> list[str]:
        """The logs that it cosigns for."""
        return sorted(self._logs)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Judge a checkpoint, remember it and cosign it, or refuse it (tlog-witness, "add-checkpoint").

        200 with the cosignature; 400 for what is no request, or an old size above the checkpoint's; 404 for an unknown log; 403
        without its signature, or with a false one; 409 with the size that is remembered where the old size is another;
        422 where the proof or the root does not fit. What is answered with 200 is on the disk before.
        """
        try:
            asked = Submission.parse(body)
        except Malformed as error:
            return _refusal(400, str(error))
        keys = self._logs.get(asked.checkpoint.origin)
        if keys is None:
            return _refusal(404, f"{asked.checkpoint.origin} is no log that this witness knows")
        try:
            signed = asked.note.verified(keys)
        except (NotSigned, BadSignature) as error:
            return _refusal(403, str(error))
        # Only what was verified is kept: nobody else's lines get into evidence, or into what monitors read.
        note = asked.note.text + "\n" + "".join(f"{line}\n" for line in dict.fromkeys(each.line for each in signed))
        with self.memory.transaction() as change:
            return self._judged(change, asked, note)

    def _judged(self, change: sqlite3.Connection, asked: Submission, note: str) -> Reply:
        """The answer, while nobody else can change what is remembered."""
        newer, at = asked.checkpoint, max(self._clock(), 1)
        last = last_of(change, newer.origin)
        older = Checkpoint(newer.origin, 0, EMPTY_ROOT) if last is None else last.checkpoint
        reason = _misbehaviour(older, newer)
        reply: Reply | None = None
        if asked.old_size > newer.size:
            reply = _refusal(400, f"the old size {asked.old_size} is above the checkpoint's size {newer.size}")
            reason = reason or (Reason.SHRUNKEN if asked.old_size == older.size else None)
        elif asked.old_size != older.size:
            reply = Reply(409, SIZE, f"{older.size}\n".encode())
        else:
            try:
                verify_extension(older, newer, asked.path)
            except NotProven as error:
                reply, reason = _refusal(422, str(error)), reason or Reason.UNPROVEN
        if reply is not None:
            if reason is not None:
                keep_refused(change, newer, reason, note, last, at)
            return reply
        line = self.key.cosign(asked.note.text, at)
        remember(change, Remembered(newer, at, f"{note}{line}\n"))
        return Reply(200, TEXT, f"{line}\n".encode())

    def checkpoint(self, origin_hash: str) -> Reply:
        """The last checkpoint that was cosigned, of the log whose origin has this SHA-256 in lowercase hexadecimal.

        404 where none was (tlog-witness, "Monitor Retrieval Mechanism").
        """
        for each in self.memory.all():
            if sha256(each.checkpoint.origin.encode()).hexdigest() == origin_hash:
                return Reply(200, TEXT, each.note.encode())
        return _refusal(404, "this witness has cosigned no checkpoint of such a log")

    def refused(self) -> list[Refused]:
        """What was refused of checkpoints that their logs had signed: evidence, or suspicion."""
        return self.memory.refused()


class Submission(NamedTuple):
    """The body of a request to `add-checkpoint`, taken apart; nothing of it is verified yet."""

    old_size: int
    path: list[bytes]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read a body. Malformed where it is no request."""
        head, empty_line, rest = body.partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        old_size = from_decimal(lines[0].removeprefix("old ")) if lines[0].startswith("old ") else None
        if old_size is None or not empty_line:
            raise MalformedProof("a request begins with `old <size>`; an empty line comes before the checkpoint")
        path = [each for each in map(hash_from_base64, lines[1:]) if each is not None]
        if len(path) != len(lines) - 1 or len(path) > MOST_PROOF_LINES:
            raise MalformedProof(f"proof lines are base64 of 32 bytes, at most {MOST_PROOF_LINES} of them")
        note = Note.parse(rest)
        return cls(old_size, path, note, Checkpoint.parse(note.text))


def submission_of(old_size: int, path: Iterable[bytes], note: str) -> bytes:
    """The body that asks a witness to cosign a checkpoint: what `Submission.parse` reads."""
    return "".join((f"old {old_size}\n", *(f"{b64encode(step).decode()}\n" for step in path), "\n", note)).encode()


def _misbehaviour(older: Checkpoint, newer: Checkpoint) -> Reason | None:
    """What this checkpoint proves of its log by the log's own signatures, whatever came with it."""
    if newer.size == 0 and newer.root != EMPTY_ROOT:
        return Reason.FALSE_EMPTY
    if newer.size == older.size and newer.root != older.root:
        return Reason.FORKED
    return None


def _refusal(status: int, why: str) -> Reply:
    return Reply(status, TEXT, f"{why}\n".encode())
