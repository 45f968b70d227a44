"""What the checker finds wrong, one class for each fact.

NotProven                     what was shown does not prove what it claims
  Malformed                   it does not have the form that its specification gives it
    MalformedKey                a verifier key (vkey)
    MalformedNote               a signed note
    MalformedCheckpoint         the text of a checkpoint
    MalformedProof              an inclusion or consistency proof, a proof file, a tile or a bundle of entries
    MalformedPolicy             a policy file
    MalformedEntry              an entry of the ledger
    MalformedHandover           the hand-over from a key of a log to the next
  NotSigned                   no key that is trusted for it has signed
  BadSignature                a trusted key's signature does not fit the text
  WrongKey                    a key of the log has signed what was another's to sign, or hand-overs contradict each other
  QuorumNotMet                too few witnesses have cosigned
  WrongOrigin                 it speaks of another log
  NotInTheTree                the entry is not in the tree at that place
  NotAnExtension              the later tree is not shown to contain the earlier one
    ForkedLog                   two trees of one size, and they differ
    ShrunkenLog                 the later tree is the smaller one
"""

from __future__ import annotations


class NotProven(Exception):
    """What was shown does not prove what it claims; the message says what is wrong."""


class Malformed(NotProven):
    """A text or a run of bytes does not have the form that its specification gives it."""


class MalformedKey(Malformed):
    """This is no verifier key that the checker can use."""


class MalformedNote(Malformed):
    """This is no signed note."""


class MalformedCheckpoint(Malformed):
    """This note's text is no checkpoint."""


class MalformedProof(Malformed):
    """A proof has the wrong length or range, or a proof file, a tile or a bundle has the wrong form."""


class MalformedPolicy(Malformed):
    """A policy file breaks its grammar. `line` is the number of the line, from 1; None where the whole file is meant."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class MalformedEntry(Malformed):
    """These bytes are no entry of the ledger."""


class MalformedHandover(Malformed):
    """This note's text is no hand-over."""


class NotSigned(NotProven):
    """No signature by a key that is trusted for it."""


class BadSignature(NotProven):
    """A signature line names a trusted key, and its signature does not fit the text."""


class WrongKey(NotProven):
    """A key of the log has signed what was not its to sign, or what is told of the log's keys contradicts itself."""


class QuorumNotMet(NotProven):
    """Fewer witnesses have cosigned than the policy asks for."""


class WrongOrigin(NotProven):
    """It speaks of another log than the one in question."""


class NotInTheTree(NotProven):
    """The inclusion proof does not lead from the entry to the root."""


class NotAnExtension(NotProven):
    """The consistency proof does not lead from the earlier root to the later one."""


class ForkedLog(NotAnExtension):
    """Two trees of one size have different roots: the log has told two stories."""


class ShrunkenLog(NotAnExtension):
    """The tree that should be the later one has fewer entries."""
