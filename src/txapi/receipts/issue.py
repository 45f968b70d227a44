"""The issue of receipts: an operation is answered, and the record's key signs what the answer follows from."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from txapi.domain.errors import BadInput
from txapi.domain.event import Actor, TimeBasis
from txapi.receipts.canonical import hash_of
from txapi.receipts.code import code_version, library_versions, schema_hash
from txapi.receipts.covering import Covers
from txapi.receipts.receipt import FORMAT, Receipt
from txapi.receipts.sealed import Sealed, commitment, seal
from txapi.record.ids import RandomIds
from txapi.schema.admitting import Operation
from txapi.schema.error_table import said_in
from txapi.schema.executing import Answered, execute
from txapi.schema.sealing import Path

if TYPE_CHECKING:
    import strawberry

    from txapi.schema.context import Context

COVERED_WITHIN_SECONDS = 5.0
"""How long an answer waits for a checkpoint that attests what it was read from."""

OF_A_COMMAND = BadInput(
    "EVIDENCE_OF_A_COMMAND",
    "evidence is given for questions; the receipt of a command is its position. Nothing was recorded",
)


class Signs(Protocol):
    """The record's key."""

    @property
    def name(self) -> str:
        """The name that signatures bear: the origin of the ledger."""

    def sign(self, text: str) -> str:
        """The text as a signed note."""


class Salts(Protocol):
    """Where salts come from."""

    def salt(self) -> str:
        """128 random bits as 32 hexadecimal characters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation that was answered, with all that the answer follows from besides the record and the code."""

    operation: Operation
    answered: Answered
    viewer: Actor
    signed_in: bool
    language: str
    clock: datetime
    clock_basis: TimeBasis
    sealing: list[Path]
    beside: bool
    """Whether the answer tells of the ledger, which is not part of what a record holds at a position."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Issues the receipts of one record. `salts` is chance, unless receipts have to be the same again."""

    record_id: str
    key: Signs
    checkpoints: Covers
    salts: Salts = field(default_factory=RandomIds)

    def issue(self, asked: Asked, timeout_seconds: float = COVERED_WITHIN_SECONDS) -> dict[str, Any]:
        """The receipt of an answer, complete in itself. Slow where a checkpoint has to be signed first: hold no snapshot.

        BadInput RECEIPT_OF_NOTHING, RECEIPT_OF_THE_LEDGER, RECEIPT_NOT_REPEATABLE, RECEIPT_NOT_COVERED.
        """
        answered = asked.answered
        if answered.refused or answered.position is None:
            raise BadInput("RECEIPT_OF_NOTHING", "the operation was refused as such: there is no answer to attest")
        if asked.beside:
            raise BadInput(
                "RECEIPT_OF_THE_LEDGER",
                "the answer tells of checkpoints, proofs or deliveries, which do not follow from a position",
            )
        if answered.unrepeatable:
            raise BadInput(
                "RECEIPT_NOT_REPEATABLE",
                "an error in the answer tells of this server just now and not of the record: no one could get it again",
            )
        checkpoint = self.checkpoints.cover(answered.position, timeout_seconds)
        if checkpoint is None:
            raise BadInput("RECEIPT_NOT_COVERED", f"no checkpoint attests position {answered.position} yet; ask again")
        salt = self.salts.salt()
        data, sealed = seal(answered.data, asked.sealing, self.salts.salt)
        libraries = library_versions()
        operation, viewer = asked.operation, asked.viewer
        receipt = Receipt(
            origin=self.key.name,
            record=self.record_id,
            position=answered.position,
            checkpoint_size=checkpoint.size,
            checkpoint_root=base64.b64encode(checkpoint.root).decode(),
            operation=hashlib.sha256(operation.document.encode()).hexdigest(),
            operation_name=operation.name,
            variables=hash_of(operation.variables or {}),
            schema=schema_hash(),
            code=code_version(),
            graphql_core=libraries["graphql-core"],
            msgspec=libraries["msgspec"],
            strawberry_graphql=libraries["strawberry-graphql"],
            clock=asked.clock,
            clock_basis=asked.clock_basis,
            viewer=commitment(salt, viewer.subject),
            role=viewer.role,
            unit=viewer.unit,
            signed_in=asked.signed_in,
            language=asked.language,
            result=hash_of(result(data, answered.errors)),
        )
        return {
            "format": FORMAT,
            "note": self.key.sign(receipt.text()),
            "checkpoint": checkpoint.note,
            "operation": operation.document,
            "operationName": operation.name,
            "variables": operation.variables or {},
            "viewer": {"subject": viewer.subject, "salt": salt},
            "sealed": [_opening(one) for one in sealed],
        }


def result(data: Any, errors: list[dict[str, Any]]) -> dict[str, Any]:
    """What is hashed of an answer: its data, and its errors where there are any. Extensions are no part of it."""
    return {"data": data, "errors": errors} if errors else {"data": data}


def _opening(one: Sealed) -> dict[str, Any]:
    return {"path": list(one.path), "commitment": one.commitment, "salt": one.salt, "value": one.value}


def ask(schema: strawberry.Schema, context: Context, operation: Operation) -> Asked:
    """Answer a question for which a receipt is to be issued; the caller closes the context, then issues it."""
    context.sealing = []
    answered = execute(schema, context, operation, questions_only=OF_A_COMMAND, needs_position=True)
    return Asked(
        operation,
        answered,
        context.viewer,
        context.signed_in,
        context.language,
        context.now,
        context.record.clock.basis,
        context.sealing,
        context.beside,
    )


def evidenced(asked: Asked, issuer: Issuer) -> dict[str, Any]:
    """The response with its receipt among the extensions, or with the reason why there is none (`receiptRefused`)."""
    try:
        return asked.answered.content(receipt=issuer.issue(asked))
    except BadInput as refused:
        message = said_in(asked.language, refused.code, str(refused))
        return asked.answered.content(receiptRefused={"code": refused.code, "message": message})
