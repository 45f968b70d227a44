"""A proof file 证明文件, verified: that an event is in the record, with nothing but the file and a key that is trusted."""

from __future__ import annotations

from dataclasses import dataclass

from txapi.audit.checker import LedgerEntry, LogProof, MalformedProof, Policy, PolicyLog, Verdict, VerifierKey
from txapi.audit.verifying.signed import NOBODY


@dataclass(frozen=True)
class ProvenEntry:
    """An entry that is proven to be in a record, and the verdict about the checkpoint that attests it."""

    entry: LedgerEntry
    verdict: Verdict


def verify_proof(content: bytes, keys: list[VerifierKey], policy: Policy | None = None) -> ProvenEntry:
    """Verify a file of C2SP tlog-proof that brings its entry as extra data, as `txapi proof` writes it.

    Trusted are the keys given and the logs of the policy. Raises what the checker raises: whatever does not hold.
    """
    asked = policy or NOBODY
    trusted = Policy((*asked.logs, *map(PolicyLog, keys)), asked.witnesses, asked.groups, asked.quorum)
    proof = LogProof.parse(content)
    if proof.extra is None:
        raise MalformedProof("the proof file does not bring the entry that it proves")
    proven = proof.verify(proof.extra, trusted)
    entry = LedgerEntry.parse(proof.extra)
    if entry.index != proven.index:
        raise MalformedProof(f"the entry is of position {entry.position}, and is proven to stand at {proven.index + 1}")
    return ProvenEntry(entry, proven.verdict)
