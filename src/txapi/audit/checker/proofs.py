"""Proof files: that something is in a log, in one text that can be checked offline (C2SP tlog-proof, "Format")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from txapi.audit.checker.encoding import from_base64, from_decimal, hash_from_base64
from txapi.audit.checker.errors import MalformedProof
from txapi.audit.checker.merkle import leaf_hash, verify_inclusion
from txapi.audit.checker.policies import Policy, Verdict

HEADER = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
"""The longest way to a root that any tree has whose size can be written."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof file has proven."""

    verdict: Verdict
    """The checkpoint, and who signed it."""
    index: int
    """Where in the log the entry stands, from 0."""


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof file, read. It proves nothing before `verify`."""

    index: int
    """Where in the log the entry stands, from 0."""
    path: tuple[bytes, ...]
    """The hashes from the leaf's sibling up to the child of the root."""
    checkpoint: str
    """The signed checkpoint, verbatim."""
    extra: bytes | None = None
    """What the application put beside it; nothing vouches for it."""

    @classmethod
    def parse(cls, proof: bytes | str) -> Self:
        """Read a proof file. Raises MalformedProof."""
        try:
            whole = proof if isinstance(proof, str) else proof.decode()
        except UnicodeDecodeError:
            raise MalformedProof("a proof file is UTF-8") from None
        head, empty_line, checkpoint = whole.partition("\n\n")
        lines = head.split("\n")
        if not empty_line or lines[0] != HEADER:
            raise MalformedProof(f"a proof file begins with {HEADER!r}, and an empty line comes before the checkpoint")
        rest = lines[1:]
        extra = None
        if rest and rest[0].startswith("extra "):
            extra = from_base64(rest.pop(0).removeprefix("extra "))
            if not extra:
                raise MalformedProof("the extra data of a proof file are base64, or the line is left out")
        if not rest or not rest[0].startswith("index "):
            raise MalformedProof("a proof file names the index of the entry before the hashes")
        index = from_decimal(rest[0].removeprefix("index "))
        if index is None:
            raise MalformedProof(f"{rest[0]!r} is no index: a decimal without leading zeroes")
        path = [hash_from_base64(line) for line in rest[1:]]
        if len(path) > MOST_HASHES or None in path:
            raise MalformedProof(f"the hashes of a proof file are base64 of 32 bytes, at most {MOST_HASHES} of them")
        return cls(index, tuple(step for step in path if step is not None), checkpoint, extra)

    def verify(self, entry: bytes, policy: Policy) -> Proven:
        """That `entry` is in a log of the policy, under a checkpoint with a quorum (tlog-proof, "Verifying a tlog proof").

        Raises what `Policy.verify` and `verify_inclusion` raise: whatever does not hold.
        """
        verdict = policy.verify(self.checkpoint)
        verify_inclusion(self.index, verdict.checkpoint.size, leaf_hash(entry), self.path, verdict.checkpoint.root)
        return Proven(verdict, self.index)
