"""What was signed 签署: checkpoints with their cosignatures, and the statements beside them. Checked by the checker alone."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from txapi.audit.bundle_reading import BadBundle
from txapi.audit.checker import EMPTY_ROOT, Checkpoint, Note, NotProven, Policy, Succession, VerifierKey, WrongKey
from txapi.audit.checker.policies import NO_QUORUM
from txapi.audit.statements import DIGEST, BookkeepingStatement, DigestStatement, MalformedStatement
from txapi.audit.verifying.findings import DAMAGED, NOWHERE
from txapi.audit.verifying.tree import SignedRoot
from txapi.audit.witnessing import policy_name
from txapi.record.conflicts import RecordError
from txapi.record.ledger import NO_POLICY

if TYPE_CHECKING:
    from txapi.audit.verifying.findings import Findings
    from txapi.audit.verifying.shown import Shown

HANDOVER = b"txapi.handover/"
"""How the text of a hand-over begins."""

NOBODY = Policy((), (), (), NO_QUORUM)
"""The policy of those who were given none: the record's key is enough."""


NO_SUCCESSION = Succession()
"""Of a record whose key was never handed over, or that nobody knows to have been."""


@dataclass
class Trust:
    """Whose signatures count, and what was found to be signed by them."""

    keys: Sequence[VerifierKey]
    """The keys of the record that are believed."""
    policy: Policy = NOBODY
    succession: Succession = NO_SUCCESSION
    """How the record went from one key to the next: which of them may have signed what."""
    checkpoints: int = 0
    """How many checkpoints of the source are signed as they should be."""
    signed_until: int = 0
    """How many events the last of these attests."""
    cosigned_until: int = 0
    """How many events the last of these attests that as many witnesses signed as the policy asks for."""

    def check(self, note: str | bytes) -> tuple[Checkpoint, bool]:
        """The checkpoint of a note, and whether a quorum signed it. Raises NotProven."""
        verdict = self.policy.evaluate(note, self.keys)
        self.succession.must_have_signed(verdict.logs, verdict.checkpoint.size)
        return verdict.checkpoint, verdict.quorum_met

    def statement(self, note: str | bytes, size: int) -> str:
        """The text of a statement that the record's key signed beside a checkpoint of that size. Raises NotProven."""
        parsed = Note.parse(note)
        signed = parsed.verified([*self.keys, *(log.key for log in self.policy.logs)])
        self.succession.must_have_signed(signed, size)
        return parsed.text


Whose = Literal["given", "shown", "none"]
"""Whose word a key or a policy is: the caller's, or merely that of the source itself."""


def trust_in(
    shown: Shown,
    vkeys: Sequence[str],
    policy: bytes | None,
    findings: Findings,
    handovers: Sequence[bytes] = (),
) -> tuple[Trust, Whose, Whose]:
    """Whose signatures count: those of the keys given, else those of the key that the source shows; and of the keys before and after
    these, as the hand-overs tell that the source shows or somebody kept (`handovers`).

    A policy that lies beside the events names no key that is believed: whoever rewrote them could have written it too. It
    says which witnesses to look for, and only to those who were given neither a key nor a policy.
    """
    asked = Policy.parse(policy) if policy is not None else None
    whose_policy: Whose = "none" if asked is None else "given"
    if asked is None and not vkeys and shown.policy is not None:
        try:
            asked, whose_policy = dataclasses.replace(Policy.parse(shown.policy), logs=()), "shown"
        except NotProven as error:
            findings.add(NOWHERE, "policy", f"the policy beside the events cannot be read: {error}")
    keys = [VerifierKey.parse(vkey) for vkey in vkeys]
    given = [*keys, *(() if asked is None else (log.key for log in asked.logs))]
    whose: Whose = "given" if given else "none"
    try:
        own = None if shown.vkey is None else VerifierKey.parse(shown.vkey)
    except NotProven as error:
        findings.add(NOWHERE, "key", f"the key beside the events cannot be read: {error}")
        own = None
    if not given and own is not None:
        keys, whose = [own], "shown"
    succession = succession_in(shown, own, handovers, findings)
    believed = succession.believed([*given, *keys])
    if own is not None and own not in believed:
        findings.add(NOWHERE, "key", _why_not(own, succession, vkeys))
    return Trust(believed, asked or NOBODY, succession), whose, whose_policy


def succession_in(shown: Shown, own: VerifierKey | None, kept: Sequence[bytes], findings: Findings) -> Succession:
    """How the record went from one key to the next; what cannot be believed of it is told, and then nothing of it is."""
    try:
        told = Succession.of(shown.handovers())
        if told.handovers and (told.handovers[0].number, told.handovers[-1].new) != (1, own):
            raise WrongKey(
                "the hand-overs beside the events do not lead from the first key to the one beside the events"
            )
        found = Succession.of([*shown.handovers(), *kept])
    except NotProven as error:
        findings.add(NOWHERE, "key", f"how the record's key was handed over cannot be believed: {error}")
        return NO_SUCCESSION
    except (*DAMAGED, BadBundle) as error:
        findings.add(NOWHERE, "damaged", f"the file is damaged and cannot be read to its end: {error}")
        return NO_SUCCESSION
    strange = next((each for each in found.handovers if each.origin != shown.origin), None)
    if strange is not None:
        findings.add(NOWHERE, "key", f"the hand-over {strange.number} is of {strange.origin}, not of {shown.origin}")
        return NO_SUCCESSION
    return found


def _why_not(own: VerifierKey, succession: Succession, vkeys: Sequence[str]) -> str:
    """Why the key beside the events is none that is believed."""
    for handover in succession.handovers:
        if handover.exposed:
            return (
                f"the key {handover.old.key_id.hex()} was given up after {handover.size} events because others may have it, so what"
                f" it says of its successors is not believed: give the key {own.key_id.hex()} too, from somebody whom you trust"
            )
    if vkeys:
        return "the key beside the events is not the one that was given"
    return "the key beside the events is none that the policy trusts"


def handover_roots(trust: Trust, first: int, until: int) -> Iterator[SignedRoot]:
    """What keys of the record attested when they were given up, as far as it can be seen in these events."""
    for each in trust.succession.handovers:
        if first <= each.size <= until:
            yield SignedRoot(each.size, each.root, f"hand-over {each.number} of the key", kept=False)


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
            if note.startswith(HANDOVER):
                continue  # `succession_in` has read it.
            if note.startswith(b"txapi.bookkeeping/"):
                said = BookkeepingStatement.parse(Note.parse(note).text)
                trust.statement(note, said.until)
                outside.statements.append((name, said))
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
            yield DigestStatement.parse(trust.statement(one.note, one.size))
        except (NotProven, MalformedStatement) as error:
            raise NotBelieved(f"a statement of digests at {one.size} cannot be believed: {error}") from error
