"""How commands that ask the record end where the answer tells of errors, and answers with receipts that say why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from txapi.cli.ends import BAD_USAGE, FOUND_WRONG, UNREACHED, language, stop

if TYPE_CHECKING:
    from txapi.projections.views import Views
    from txapi.record import Record
    from txapi.record.ledger import Ledger

AUDITOR = "auditor"

SERVERS_FAULT = 500
"""The HTTP status from which on it is not the client that is to blame."""


def end_with_errors(answer: Mapping[str, Any]) -> None:
    """End the command with the errors of an answer, one in a line; go on where it has none.

    An operation that was refused as such (there is no `data`) makes no sense as it was asked, which is bad usage; an error within an
    answer is something wrong that was found. What a server would answer with 500 or more is not the fault of whoever asked.
    """
    from txapi.web.offline import ERRORS

    errors = answer.get("errors") or []
    if not errors:
        return
    codes = {error.get("extensions", {}).get("code") for error in errors}
    ours = any(known in ERRORS and (ERRORS[known].status or 0) >= SERVERS_FAULT for known in codes)
    if "UNAVAILABLE" in codes:
        code = UNREACHED
    elif "data" in answer or ours:
        code = FOUND_WRONG
    else:
        code = BAD_USAGE
    stop(code, _lines(error["message"] for error in errors))


def issued(
    record: Record, views: Views, ledger: Ledger, document: str, variables: dict[str, Any] | None
) -> dict[str, Any]:
    """An answer with its receipt, as an auditor gets it who sees everything. BadInput where none can be issued.

    Where the operation is refused as such, there is nothing to attest; the command ends with the reason for that, too.
    """
    from txapi.application.desk import Desk
    from txapi.domain.errors import BadInput
    from txapi.domain.event import Actor, Role
    from txapi.receipts.offline import issue_offline
    from txapi.web.offline import answer

    auditor = Actor(AUDITOR, Role.AUDITOR)
    try:
        return issue_offline(record, views, ledger, document, variables, auditor, language=language())
    except BadInput as nothing:
        if nothing.code != "RECEIPT_OF_NOTHING":
            raise
        # Whoever issues receipts keeps no answer that has none. To ask again costs nothing: no field of it is asked.
        told = answer(views, Desk(record), auditor, document, variables or {})
        stop(BAD_USAGE, _lines([str(nothing), *(error["message"] for error in told.get("errors", ()))]))


def _lines(messages: Iterable[str]) -> str:
    """Messages as the command says them: each once and in one line, under the first of which the others stand."""
    return "\nError: ".join(dict.fromkeys(" ".join(message.splitlines()) for message in messages))
