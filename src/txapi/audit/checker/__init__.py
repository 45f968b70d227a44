"""The proof checker: whether a log, its checkpoints and its entries are what they claim. It trusts nobody here.

It shares no code with what writes the record: nothing of txapi is imported, only the standard library and
`cryptography`, so that a mistake of the writer cannot hide in both. It verifies; it signs nothing and opens no file.
Whatever does not hold is raised, as one of the errors in `checker/errors.py`; what returns, holds.
"""

from txapi.audit.checker.checkpoints import Checkpoint, verify_extension
from txapi.audit.checker.entries import LedgerEntry
from txapi.audit.checker.errors import (
    BadSignature,
    ForkedLog,
    Malformed,
    MalformedCheckpoint,
    MalformedEntry,
    MalformedHandover,
    MalformedKey,
    MalformedNote,
    MalformedPolicy,
    MalformedProof,
    NotAnExtension,
    NotInTheTree,
    NotProven,
    NotSigned,
    QuorumNotMet,
    ShrunkenLog,
    WrongKey,
    WrongOrigin,
)
from txapi.audit.checker.handovers import Handover, Succession
from txapi.audit.checker.merkle import (
    EMPTY_ROOT,
    CompactRange,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from txapi.audit.checker.notes import Note, Signature, Signed
from txapi.audit.checker.policies import Cosignature, Group, Policy, PolicyLog, PolicyWitness, Verdict
from txapi.audit.checker.proofs import LogProof, Proven
from txapi.audit.checker.tiles import TILE_WIDTH, Tile, TileStream, entries_of_bundle, tiles_of
from txapi.audit.checker.vkeys import VerifierKey

__all__ = [
    "EMPTY_ROOT",
    "TILE_WIDTH",
    "BadSignature",
    "Checkpoint",
    "CompactRange",
    "Cosignature",
    "ForkedLog",
    "Group",
    "Handover",
    "LedgerEntry",
    "LogProof",
    "Malformed",
    "MalformedCheckpoint",
    "MalformedEntry",
    "MalformedHandover",
    "MalformedKey",
    "MalformedNote",
    "MalformedPolicy",
    "MalformedProof",
    "NotAnExtension",
    "NotInTheTree",
    "NotProven",
    "NotSigned",
    "Note",
    "Policy",
    "PolicyLog",
    "PolicyWitness",
    "Proven",
    "QuorumNotMet",
    "ShrunkenLog",
    "Signature",
    "Signed",
    "Succession",
    "Tile",
    "TileStream",
    "Verdict",
    "VerifierKey",
    "WrongKey",
    "WrongOrigin",
    "entries_of_bundle",
    "leaf_hash",
    "node_hash",
    "tiles_of",
    "verify_consistency",
    "verify_extension",
    "verify_inclusion",
]
