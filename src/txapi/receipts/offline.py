"""Answers with receipts without a server: for whoever has the folder of a record, and the key that signs for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from txapi.domain.errors import BadInput
from txapi.receipts.covering import KeyOfLedger, Promises
from txapi.receipts.issue import COVERED_WITHIN_SECONDS, Issuer, Salts, ask
from txapi.record.ids import RandomIds
from txapi.schema.admitting import Operation
from txapi.schema.context import Context
from txapi.schema.schema import the_schema

if TYPE_CHECKING:
    from txapi.domain.event import Actor
    from txapi.projections.views import Views
    from txapi.record.ledger import Ledger
    from txapi.record.record import Record


def issue_offline(
    record: Record,
    views: Views,
    ledger: Ledger,
    document: str,
    variables: dict[str, Any] | None,
    viewer: Actor,
    *,
    language: str = "en",
    salts: Salts | None = None,
    timeout_seconds: float = COVERED_WITHIN_SECONDS,
) -> dict[str, Any]:
    """The response to a question with its receipt (`extensions.receipt`), in the form that a server gives.

    The answer is read from `views`, at their position, by the clock of `record`. A checkpoint of `ledger` must attest that
    position, or come in time from a server that signs. BadInput RECEIPT_WITHOUT_KEY where the ledger was opened without
    its key, as an auditor's copy is; and as `Issuer.issue`.
    """
    if ledger.key is None:
        raise BadInput(
            "RECEIPT_WITHOUT_KEY",
            f"the key of {ledger.origin} is not here: only its holder issues receipts. A copy without it can check them",
        )
    context = Context(views, None, viewer, signed_in=True, language=language, read=record)
    try:
        asked = ask(the_schema(), context, Operation(document, variables))
    finally:
        context.close()
    issuer = Issuer(record.record_id, KeyOfLedger(ledger), Promises(ledger), salts or RandomIds())
    return asked.answered.content(receipt=issuer.issue(asked, timeout_seconds))
