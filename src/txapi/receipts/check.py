"""The check of a receipt: who signed it, whether it fits its own parts and the record, whether the answer comes again."""

from __future__ import annotations

import base64
import enum
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from txapi.audit.checker import Checkpoint, Note, NotProven, Policy, Succession, VerifierKey
from txapi.receipts.again import Source, carried_out_again
from txapi.receipts.canonical import hash_of
from txapi.receipts.code import code_version, library_versions, schema_hash
from txapi.receipts.evidence import Evidence
from txapi.receipts.issue import result
from txapi.receipts.receipt import NotAReceipt, Receipt
from txapi.receipts.sealed import MISSING, Sealed, commitment, found, put, standing_for
from txapi.schema.schema import the_schema

if TYPE_CHECKING:
    import strawberry


class Outcome(enum.Enum):
    """What a check came to."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, what it came to, and that in a sentence."""

    name: str
    outcome: Outcome
    says: str


@dataclass
class Verdict:
    """What is to be thought of a receipt: check by check, and as a whole.

    `same_code` and `same_answer` are None where that was not looked at.
    """

    receipt: Receipt | None = None
    checks: list[Check] = field(default_factory=list)
    same_code: bool | None = None
    same_answer: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing failed. What was not checked is no failure; `checks` says what that was."""
        return all(check.outcome is not Outcome.FAILS for check in self.checks)

    def note(self, name: str, held: bool | None, says: str) -> bool:
        """Note what a check came to (None: not checked); whether it held."""
        outcome = {True: Outcome.HOLDS, False: Outcome.FAILS, None: Outcome.UNKNOWN}[held]
        self.checks.append(Check(name, outcome, says))
        return bool(held)


def check_receipt(
    content: bytes | dict[str, Any],
    keys: Iterable[str],
    source: Source | None = None,
    *,
    policy: Policy | None = None,
    root_of: Callable[[int], bytes | None] | None = None,
    succession: Succession | None = None,
    schema: strawberry.Schema | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Verdict:
    """Check the file of a receipt, and carry its operation out again over a record.

    `keys` are the verifier keys (vkey) that are believed to be the record's, beside the logs of `policy`, which also says
    whose cosignatures the checkpoint needs. `source` is the record, which somebody else has verified; without one
    nothing is carried out. `root_of` gives the root over its first so many entries, None where it does not reach
    (`txapi.audit.verifying.tree.root_over`).
    `succession` is how the record's key was handed over, as verifying the record has told.
    BadInput NOT_A_RECEIPT where the file is none.
    """
    evidence = Evidence.read(content)
    verdict = Verdict()
    trusted = [VerifierKey.parse(key) for key in keys]
    trusted += [] if policy is None else [log.key for log in policy.logs]
    receipt = _signed(verdict, evidence, trusted, policy, succession or Succession())
    if receipt is None:
        return verdict
    verdict.receipt = receipt
    fits = _fits(verdict, evidence, receipt)
    _code(verdict, receipt)
    if source is None:
        verdict.note("record", None, "no record was given to compare with")
        verdict.note("answer", None, "without a record the operation cannot be carried out again")
        return verdict
    if _record(verdict, receipt, source, root_of) and fits:
        repeated = carried_out_again(
            schema or the_schema(), source, receipt, evidence.operation,
            evidence.carried.viewer.subject if evidence.carried.viewer else None, on_progress,
        )  # fmt: skip
        _answer(verdict, receipt, evidence.carried.sealed, repeated.data, repeated.errors, repeated.places)
    else:
        verdict.note("answer", None, "the operation was not carried out again, for what it needs does not hold")
    return verdict


# -- the parts ---------------------------------------------------------------------------------------------------------


def _signed(
    verdict: Verdict, evidence: Evidence, keys: list[VerifierKey], policy: Policy | None, succession: Succession
) -> Receipt | None:
    """The receipt, where a believed key signed it and the checkpoint that it names."""
    try:
        note = Note.parse(evidence.carried.note)
        signed = note.verified(keys)
        receipt = Receipt.parse(note.text)
    except (NotProven, NotAReceipt) as error:
        verdict.note("signature", False, f"the receipt is not signed by the record's key: {error}")
        return None
    size = receipt.checkpoint_size
    names = {one.key.name for one in signed if succession.may_attest(one.key, size)}
    if not names:
        verdict.note("signature", False, f"signed by a key that was given up before the record had {size} events")
        return None
    if all(one.key in succession.exposed for one in signed):
        says = (
            "the key that signed was given up because others may have it: only what is compared with the record counts"
        )
        verdict.note("key", None, says)
    if not verdict.note(
        "signature",
        receipt.origin in names,
        f"signed by {', '.join(sorted(names))}, as the receipt of a record whose ledger is {receipt.origin}",
    ):
        return None
    own = [key for key in keys if key.name == receipt.origin]
    try:
        text = Note.parse(evidence.carried.checkpoint)
        checkpoint = Checkpoint.parse(text.text)
        succession.must_have_signed(text.verified(own), checkpoint.size)
        named = (receipt.origin, receipt.checkpoint_size, receipt.checkpoint_root)
        same = (checkpoint.origin, checkpoint.size, base64.b64encode(checkpoint.root).decode()) == named
        says = f"the checkpoint of {receipt.checkpoint_size} events is signed and covers position {receipt.position}"
        verdict.note(
            "checkpoint", same, says if same else "the checkpoint beside the receipt is not the one that it names"
        )
    except NotProven as error:
        verdict.note("checkpoint", False, f"the checkpoint does not hold: {error}")
    if policy is not None:
        try:
            witnesses = policy.verify(evidence.carried.checkpoint, own).cosignatures
            verdict.note("witnesses", True, f"cosigned by {', '.join(one.witness for one in witnesses) or 'nobody'}")
        except NotProven as error:
            verdict.note("witnesses", False, str(error))
    return receipt


def _fits(verdict: Verdict, evidence: Evidence, receipt: Receipt) -> bool:
    """Whether what the file carries is what the receipt was given for."""
    carried = evidence.carried
    document = hashlib.sha256(carried.operation.encode()).hexdigest()
    same = (document, carried.operation_name) == (receipt.operation, receipt.operation_name)
    fits = verdict.note("operation", same, f"the operation {'is' if same else 'is not'} the one that was answered")
    same = _hash(carried.variables) == receipt.variables
    fits &= verdict.note("variables", same, f"the variables {'are' if same else 'are not'} those of the answer")
    if carried.viewer is None:
        verdict.note("viewer", None, "the file does not say who asked")
    else:
        same = _commitment(carried.viewer.salt, carried.viewer.subject) == receipt.viewer
        fits &= verdict.note("viewer", same, f"{'asked' if same else 'not asked'} by {carried.viewer.subject}")
    if carried.sealed:
        fits &= _openings(verdict, carried.sealed)
    if evidence.response is None:
        verdict.note("data", None, "the file holds the receipt alone, without the answer")
    else:
        same = _data_fits(evidence, receipt)
        verdict.note("data", same, f"the data in the file {'are' if same else 'are not'} what the receipt attests")
        _extensions(verdict, evidence.response.extensions, receipt)
    return fits


def _extensions(verdict: Verdict, extensions: dict[str, Any], receipt: Receipt) -> None:
    """Whether the position beside the answer is the receipt's, and what else lies there that nobody signed for."""
    position = str(receipt.position)
    said = extensions.get("position", position)
    if said != position:
        verdict.note(
            "extensions", False, f"beside the answer stands the position {said!r}, the receipt's is {position}"
        )
    # What the answer cost its client says nothing of the record, and nobody would take it for evidence.
    elif others := sorted(set(extensions) - {"receipt", "position", "cost"}):
        verdict.note(
            "extensions", None, f"the receipt does not attest what lies beside the answer: {', '.join(others)}"
        )
    else:
        verdict.note("extensions", True, "the position beside the answer is the receipt's")


def _openings(verdict: Verdict, sealed: tuple[Sealed, ...]) -> bool:
    opened = [one for one in sealed if one.opened]
    wrong = [one for one in opened if _commitment(one.salt, one.value) != one.commitment]
    if wrong:
        return verdict.note("sealed values", False, f"what opens {_named(wrong[0])} is not what was committed to")
    closed = len(sealed) - len(opened)
    return verdict.note("sealed values", True, f"{len(opened)} opened and as committed to, {closed} closed")


def _data_fits(evidence: Evidence, receipt: Receipt) -> bool:
    """Whether the answer in the file is the one that was hashed; what is sealed may stand open in it, or closed."""
    response = evidence.response
    assert response is not None
    for one in evidence.carried.sealed:
        there = found(response.data, one.path)
        if there is MISSING or (there != standing_for(one.commitment) and one.opened and there != one.value):
            return False
    return _sealed_hash(response.data, evidence.carried.sealed, response.errors) == receipt.result


def _code(verdict: Verdict, receipt: Receipt) -> None:
    libraries = library_versions()
    pairs = [
        ("txapi", receipt.code, code_version()),
        ("graphql-core", receipt.graphql_core, libraries["graphql-core"]),
        ("msgspec", receipt.msgspec, libraries["msgspec"]),
        ("strawberry-graphql", receipt.strawberry_graphql, libraries["strawberry-graphql"]),
        ("the schema", receipt.schema, schema_hash()),
    ]
    other = [f"{name} was {then}, here it is {here}" for name, then, here in pairs if then != here]
    verdict.same_code = not other
    verdict.note("code", verdict.same_code or None, "; ".join(other) or f"the code that answered: {receipt.code}")


def _record(verdict: Verdict, receipt: Receipt, source: Source, root_of: Callable[[int], bytes | None] | None) -> bool:
    """Whether the record is the receipt's, reaches its position, and is what its checkpoint attests."""
    if source.record_id != receipt.record:
        return verdict.note(
            "record", False, f"this is the record {source.record_id}, the receipt's is {receipt.record}"
        )
    if receipt.position and source.event_at(receipt.position) is None:
        return verdict.note("record", False, f"this record ends before position {receipt.position}")
    root = None if root_of is None else root_of(receipt.checkpoint_size)
    if root is None:
        verdict.note(
            "record",
            None,
            f"this record has no root over {receipt.checkpoint_size} events: whether the checkpoint extends it is not shown",
        )
        return True
    same = base64.b64encode(root).decode() == receipt.checkpoint_root
    says = (
        f"the first {receipt.checkpoint_size} events {'are' if same else 'are not'} those that the checkpoint attests"
    )
    return verdict.note("record", same, says)


def _answer(
    verdict: Verdict,
    receipt: Receipt,
    sealed: tuple[Sealed, ...],
    data: Any,
    errors: list[dict[str, Any]],
    places: list[list[str | int]],
) -> None:
    by_code = "by the same code" if verdict.same_code else "by other code"
    if [list(one.path) for one in sealed] != places:
        verdict.same_answer = False
        verdict.note("answer", False, f"carried out again {by_code}, other values are sealed than the receipt says")
        return
    verdict.same_answer = _sealed_hash(data, sealed, errors) == receipt.result
    says = "the same bytes" if verdict.same_answer else "another answer"
    verdict.note("answer", verdict.same_answer, f"carried out again at position {receipt.position} {by_code}: {says}")


def _named(one: Sealed) -> str:
    return ".".join(str(step) for step in one.path)


def _hash(value: Any) -> str | None:
    """The hash of a value that a file holds; None where it has no canonical form, and so is nobody's."""
    try:
        return hash_of(value)
    except ValueError:
        return None


def _sealed_hash(data: Any, sealed: Iterable[Sealed], errors: list[dict[str, Any]]) -> str | None:
    """The hash of a result with its commitments in their places; None where the data has not all of these places."""
    try:
        return _hash(result(put(data, sealed), errors))
    except KeyError:
        return None


def _commitment(salt: str | None, value: Any) -> str | None:
    try:
        return commitment(salt or "", value)
    except ValueError:
        return None
