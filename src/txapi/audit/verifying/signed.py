"""What was signed 签署: checkpoints with their cosignatures, and the statements beside them. Checked by the checker alone."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from txapi.audit.checker import EMPTY_ROOT, Checkpoint, Note, NotProven, Policy, VerifierKey
from txapi.audit.checker.policies import NO_QUORUM
from txapi.audit.statements import DIGEST, BookkeepingStatement, DigestStatement, MalformedStatement
from txapi.audit.verifying.findings import NOWHERE
from txapi.audit.verifying.tree import SignedRoot
from txapi.audit.witnessing import policy_name
from txapi.record.conflicts import RecordError
from txapi.record.ledger import NO_POLICY

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.shown import Shown

NOBODY = Policy((), (), (), NO_QUORUM)
"""The policy of those who were given none: the record's key is enough."""


@dataclass
class Trust:
    """Whose signatures count, and what was found to be signed by them."""

    keys: Sequence[VerifierKey]
    """The keys of the record that are believed."""
    policy: Policy = NOBODY
    checkpoints: int = 0
    """How many checkpoints of the source are signed as they should be."""
    signed_until: int = 0
    """How many events the last of these attests."""
    cosigned_until: int = 0
    """How many events the last of these attests that as many witnesses signed as the policy asks for."""

    def check(self, note: str | bytes) -> tuple[Checkpoint, bool]:
        """The checkpoint of a note, and whether a quorum signed it. Raises NotProven."""
        verdict = self.policy.evaluate(note, self.keys)
        return verdict.checkpoint, verdict.quorum_met

    def statement(self, note: str | bytes) -> str:
        """The text of a statement that the record's key signed. Raises NotProven."""
        parsed = Note.parse(note)
        parsed.verified([*self.keys, *(log.key for log in self.policy.logs)])
        return parsed.text


Whose = Literal["given", "shown", "none"]
"""Whose word a key or a policy is: the caller's, or merely that of the source itself."""


def trust_in(shown: Shown, vkey: str | None, policy: bytes | None, findings: Findings) -> tuple[Trust, Whose, Whose]:
    """Whose signatures count: those of the keys given, else those of the key that the source shows.

    A policy that lies beside the events names no key that is believed: whoever rewrote them could have written it too. It
    says which witnesses to look for, and only to those who were given neither a key nor a policy.
    """
    asked = Policy.parse(policy) if policy is not None else None
    whose_policy: Whose = "none" if asked is None else "given"
    if asked is None and vkey is None and shown.policy is not None:
        try:
            asked, whose_policy = dataclasses.replace(Policy.parse(shown.policy), logs=()), "shown"
        except NotProven as error:
            findings.add(NOWHERE, "policy", f"the policy beside the events cannot be read: {error}")
    keys = [] if vkey is None else [VerifierKey.parse(vkey)]
    whose: Whose = "given" if keys or (whose_policy == "given" and asked is not None and asked.logs) else "none"
    if whose == "none" and shown.vkey is not None:
        try:
            keys, whose = [VerifierKey.parse(shown.vkey)], "shown"
        except NotProven as error:
            findings.add(NOWHERE, "key", f"the key beside the events cannot be read: {error}")
    elif vkey is not None and shown.vkey is not None and vkey != shown.vkey:
        findings.add(NOWHERE, "key", "the key beside the events is not the one that was given")
    elif vkey is None and asked is not None and not _trusts(asked, shown.vkey):
        findings.add(NOWHERE, "key", "the key beside the events is none that the policy trusts")
    return Trust(keys, asked or NOBODY), whose, whose_policy


def _trusts(policy: Policy, vkey: str | None) -> bool:
    try:
        return vkey is None or VerifierKey.parse(vkey) in {log.key for log in policy.logs}
    except NotProven:
        return False


def kept_roots(shown: Shown, trust: Trust, findings: Findings) -> Iterator[SignedRoot]:
    """The roots that the source keeps, each when its signatures have been verified; what is wrong with one is told."""
    last, judged_alike = 0, shown.judged_by == (NO_POLICY if trust.policy is NOBODY else policy_name(trust.policy))
    for one in shown.checkpoints():
        try:
            checkpoint, quorum = trust.check(one.note)
        except NotProven as error:
            findings.add(
                one.size, "checkpoint", f"the checkpoint of {one.size} events is not what it should be: {error}"
            )
            continue
        if checkpoint.size != one.size or checkpoint.size <= last:
            what = f"a checkpoint of {checkpoint.size} events is filed as one of {one.size}, behind one of {last}"
            findings.add(min(checkpoint.size, one.size), "checkpoint", what)
            continue
        if checkpoint.origin != shown.origin:
            what = f"the checkpoint of {one.size} events is of {checkpoint.origin}, not of {shown.origin}"
            findings.add(one.size, "checkpoint", what)
            continue
        last = trust.signed_until = checkpoint.size
        trust.checkpoints += 1
        if quorum:
            trust.cosigned_until = checkpoint.size
        if judged_alike and one.published is not None and one.published != quorum:
            kept = "published" if one.published else "not published"
            what = f"the checkpoint of {one.size} events is kept as {kept}, and the policy by which that was decided says otherwise"
            findings.add(one.size, "checkpoint", what)
        yield SignedRoot(checkpoint.size, checkpoint.root, "the checkpoint")


@dataclass
class Outside:
    """What somebody kept elsewhere, by the names under which it was given: checkpoints, and statements of bookkeeping."""

    roots: list[SignedRoot]
    statements: list[tuple[str, BookkeepingStatement]]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.roots) + len(self.statements)


def outside_notes(notes: Sequence[tuple[str, bytes]], trust: Trust, findings: Findings) -> Outside:
    """Read what was kept elsewhere. What is not signed by a key that is believed is told of."""
    outside = Outside([], [])
    for name, note in notes:
        try:
            if note.startswith(b"txapi.bookkeeping/"):
                outside.statements.append((name, BookkeepingStatement.parse(trust.statement(note))))
                continue
            checkpoint, _ = trust.check(note)
        except (NotProven, MalformedStatement) as error:
            findings.add(NOWHERE, "outside", f"what {name} holds is not of this record: {error}")
            continue
        if checkpoint.size:
            outside.roots.append(SignedRoot(checkpoint.size, checkpoint.root, f"the checkpoint in {name}", kept=False))
        elif checkpoint.root != EMPTY_ROOT:
            findings.add(
                NOWHERE, "outside", f"the checkpoint in {name} attests no events, with another root than theirs"
            )
    return outside


def all_roots(kept: Iterator[SignedRoot], outside: Sequence[SignedRoot]) -> Iterator[SignedRoot]:
    """Both together, in order of their sizes."""
    return heapq.merge(kept, sorted(outside, key=lambda one: one.size), key=lambda one: one.size)


class NotBelieved(RecordError):
    """A statement that lies beside the events is not signed by a key that is believed, or says what none says."""


def believed_digests(shown: Shown, trust: Trust, until: int) -> Iterator[DigestStatement]:
    """What was signed about read models up to a position, in order. Raises NotBelieved at one that cannot be believed."""
    for one in shown.statements(DIGEST):
        if one.size > until:
            return
        try:
            yield DigestStatement.parse(trust.statement(one.note))
        except (NotProven, MalformedStatement) as error:
            raise NotBelieved(f"a statement of digests at {one.size} cannot be believed: {error}") from error
